/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Alpha, as NetBSD and OpenBSD dump it.  cpu data (sys/arch/alpha/include/kcore.h): u64
 * lev1map_pa, page_size, nmemsegs, then the RAM segments.
 */
#include "port/alpha.h"

enum { CPU_LEV1MAP = 0, CPU_PAGE_SIZE = 8, CPU_NMEMSEGS = 16, CPU_SEGS = 24, SEG_BYTES = 16 };

/*
 * Alpha Architecture Reference Manual, II-B 3 (superpage): with bits 42:41 of 2 the low 41 bits
 * are the physical address; of 3 they are the tables'.
 */
#define K0SEG		UINT64_C(0xfffffc0000000000)
#define K1SEG		UINT64_C(0xfffffe0000000000)

enum kv_status
alpha_decode(struct dump *dump, struct image *img, const struct port_kernel *kernel,
    struct kv_err *err)
{
	(void)kernel;
	const struct view *cpu = &dump->kcore.cpu;
	enum kv_status s = dump_cpu_wants(dump, img, CPU_SEGS + SEG_BYTES, err);
	if (s != KV_OK)
		return s;
	uint64_t lev1map = 0, page_size = 0, nmemsegs = 0, room = (cpu->len - CPU_SEGS) / SEG_BYTES;
	view_u64(cpu, CPU_LEV1MAP, &lev1map);
	view_u64(cpu, CPU_PAGE_SIZE, &page_size);
	view_u64(cpu, CPU_NMEMSEGS, &nmemsegs);
	if (page_size != dump->pagesize)
		return dump_bad(dump, img, CPU_PAGE_SIZE, "page_size", page_size, err,
		    "%#x, the only one that both systems have", dump->pagesize);
	if ((lev1map & (page_size - 1)) != 0)
		return dump_bad(dump, img, CPU_LEV1MAP, "lev1map_pa", lev1map, err,
		    "a multiple of page_size, %#jx", (uintmax_t)page_size);
	if (nmemsegs == 0 || nmemsegs > room)
		return dump_bad(dump, img, CPU_NMEMSEGS, "nmemsegs", nmemsegs, err,
		    "1 to %#jx: the cpu segment has %#zx bytes", (uintmax_t)room, cpu->len);
	s = netbsd_segments(dump, img, CPU_SEGS, nmemsegs, NULL, err);
	if (s != KV_OK)
		return s;

	struct mmu mmu = mmu_alpha;
	dump->root = lev1map;
	mmu.root = (struct kv_loc) { .space = KV_PHYS, .addr = lev1map };
	const struct mmu k0seg = mmu_linear(K0SEG, K1SEG - 1, 0, KV_R | KV_W | KV_X);
	s = dump_range(dump, K0SEG, K1SEG - 1, &k0seg, err);
	return s == KV_OK ? dump_range(dump, K1SEG, UINT64_MAX, &mmu, err) : s;
}
