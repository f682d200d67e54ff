/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * NetBSD/aarch64 and aarch64eb.  cpu data (sys/arch/aarch64/include/kcore.h): u64 kh_tcr1 and
 * kh_ttbr1, the registers; u64 kh_nramsegs; the RAM segments.  Granule and number of levels are TCR_EL1's.
 */
#include "port/netbsd/aarch64.h"

enum { CPU_TCR1 = 0, CPU_TTBR1 = 8, CPU_NRAMSEGS = 16, CPU_SEGS = 24, SEG_BYTES = 16 };

enum kv_status
netbsd_aarch64_decode(struct dump *dump, struct image *img, const struct port_kernel *kernel,
    struct kv_err *err)
{
	(void)kernel;
	const struct netbsd_kcore *kc = &dump->kcore;
	enum kv_status s = dump_cpu_wants(dump, img, CPU_SEGS + SEG_BYTES, err);
	if (s != KV_OK)
		return s;
	const uint64_t tcr = view_get64(&kc->cpu, CPU_TCR1), ttbr1 = view_get64(&kc->cpu, CPU_TTBR1);
	const uint64_t room = (kc->cpu.len - CPU_SEGS) / SEG_BYTES;
	const uint64_t nramsegs = view_get64(&kc->cpu, CPU_NRAMSEGS);
	/* The count, not a terminator: where all entries are used there is none. */
	if (nramsegs == 0 || nramsegs > room)
		return dump_bad(dump, img, CPU_NRAMSEGS, "kh_nramsegs", nramsegs, err,
		    "1 to %#jx: the cpu segment has %#zx bytes", (uintmax_t)room, kc->cpu.len);
	s = netbsd_segments(dump, img, CPU_SEGS, nramsegs, NULL, err);
	if (s != KV_OK)
		return s;

	struct mmu mmu;
	s = mmu_aarch64_init(&mmu, tcr, ttbr1, kc->cpu.big, err);
	if (s != KV_OK) {
		kv_prefix(err, "%s: kh_tcr1 at offset %#jx", img->name,
		    (uintmax_t)(kc->cpu_off + CPU_TCR1));
		return s;
	}
	dump->root = mmu.root.addr;
	dump->vabits = mmu.va_bits;
	dump->pagesize = 1u << mmu.levels[mmu.nlevels - 1].shift;
	return dump_range(dump, 0, UINT64_MAX, &mmu, err);
}

const struct port port_netbsd_aarch64 = {
	AARCH64_COMMON, .machine = "aarch64", .orders = NETBSD_LITTLE,
};
