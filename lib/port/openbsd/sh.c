/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * OpenBSD/landisk.  cpu data (sys/arch/sh/include/kcore.h): u32 kcore_kptp, u32 kcore_nsegs, and
 * 8 RAM segments.
 */
#include "port/port.h"

enum { CPU_KPTP = 0, CPU_NSEGS = 4, CPU_SEGS = 8, NSEGS = 8, SEG_BYTES = 16 };
#define P1	UINT32_C(0x80000000)
#define P2	UINT32_C(0xa0000000)
#define P3	UINT32_C(0xc0000000)
#define P3_LAST	UINT32_C(0xdfffffff)

static enum kv_status
sh_decode(struct dump *dump, struct image *img, const struct port_kernel *kernel,
    struct kv_err *err)
{
	(void)kernel;
	const struct view *cpu = &dump->kcore.cpu;
	enum kv_status s = dump_cpu_wants(dump, img, CPU_SEGS + NSEGS * SEG_BYTES, err);
	if (s != KV_OK)
		return s;
	uint32_t kptp = 0, n = 0;
	(void)view_u32(cpu, CPU_KPTP, &kptp);
	(void)view_u32(cpu, CPU_NSEGS, &n);
	if (kptp % dump->pagesize != 0)
		return dump_bad(dump, img, CPU_KPTP, "kcore_kptp", kptp, err, "a multiple of %#x",
		    dump->pagesize);
	if (n == 0 || n > NSEGS)
		return dump_bad(dump, img, CPU_NSEGS, "kcore_nsegs", n, err, "1 to %d", NSEGS);
	s = netbsd_segments(dump, img, CPU_SEGS, n, err);
	if (s != KV_OK)
		return s;
	const struct mmu p1 = mmu_linear(P1, P2 - 1, 0, MMU_NOPROT);
	const struct mmu p2 = mmu_linear(P2, P3 - 1, 0, MMU_NOPROT);
	struct mmu p3 = mmu_sh;
	dump->root = kptp;
	p3.root = (struct kv_loc) { .space = KV_PHYS, .addr = kptp };
	p3.big = cpu->big;
	s = dump_range(dump, P1, P2 - 1, &p1, err);
	if (s == KV_OK)
		s = dump_range(dump, P2, P3 - 1, &p2, err);
	return s == KV_OK ? dump_range(dump, P3, P3_LAST, &p3, err) : s;
}

const struct port port_openbsd_sh = {
	.os = "openbsd", .machine = "sh", .form = "netbsd-kcore",
	.elf_machine = 42, .kernel_bits = 32, .mid = 0x91,
	.orders = NETBSD_LITTLE, .align = 4,
	.bits = 32, .vabits = 32, .pagesize = 4096,
	.decode = sh_decode,
};
