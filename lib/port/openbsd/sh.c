/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * OpenBSD/landisk.  cpu data (sys/arch/sh/include/kcore.h): u32 kcore_kptp, the physical address of
 * the kernel's pointers to pages of PTEs, u32 kcore_nsegs, kcore_segs[8].
 */
#include "port/port.h"

enum { CPU_KPTP = 0, CPU_NSEGS = 4, CPU_SEGS = 8, SEG_SIZE = 8, SEG_BYTES = 16, NSEGS = 8 };

#define EM_SH	42
#define MID_SH3	0x91	/* <sys/exec.h>; NetBSD's, too */

/* SH-4 Software Manual, 3.3.1: P1 and P2 are the 29 bits of memory, P3 is translated. */
#define SH_P1	UINT32_C(0x80000000)
#define SH_P2	UINT32_C(0xa0000000)
#define SH_P3	UINT32_C(0xc0000000)
#define SH_P4	UINT32_C(0xe0000000)
#define PA_LAST	UINT32_C(0x1fffffff)

static uint32_t
word(const struct netbsd_kcore *kcore, unsigned off)
{
	uint32_t v = 0;
	(void)view_u32(&kcore->cpu, off, &v);
	return v;
}

static bool
kptp_ok(uint32_t kptp)
{
	return kptp % 4 == 0 && kptp <= PA_LAST;
}

/* NetBSD's, which has no header, has anything there. */
static bool
sh_probe(const struct netbsd_kcore *kcore, struct image *img)
{
	(void)img;
	const uint32_t nsegs = word(kcore, CPU_NSEGS);
	if (!view_has(&kcore->cpu, CPU_SEGS, NSEGS * SEG_BYTES) ||
	    !kptp_ok(word(kcore, CPU_KPTP)) || nsegs == 0 || nsegs > NSEGS)
		return false;
	uint64_t next = 0;
	for (unsigned i = 0; i < nsegs; i++) {
		uint64_t start = 0, size = 0;
		(void)view_u64(&kcore->cpu, CPU_SEGS + i * SEG_BYTES, &start);
		(void)view_u64(&kcore->cpu, CPU_SEGS + i * SEG_BYTES + SEG_SIZE, &size);
		if (size == 0 || start < next || !u64_add(start, size, &next))
			return false;
	}
	return true;
}

static enum kv_status
sh_decode(struct dump *dump, struct image *img, const struct port_kernel *kernel,
    struct kv_err *err)
{
	(void)kernel;
	const struct netbsd_kcore *kc = &dump->kcore;
	enum kv_status s = dump_cpu_wants(dump, img, CPU_SEGS + NSEGS * SEG_BYTES, err);
	if (s != KV_OK)
		return s;
	const uint32_t kptp = word(kc, CPU_KPTP), nsegs = word(kc, CPU_NSEGS);
	if (!kptp_ok(kptp))
		return dump_bad(dump, img, CPU_KPTP, "kcore_kptp", kptp, err,
		    "a multiple of 4 up to %#jx", (uintmax_t)PA_LAST);
	if (nsegs == 0 || nsegs > NSEGS)
		return dump_bad(dump, img, CPU_NSEGS, "kcore_nsegs", nsegs, err, "1 to %d", (int)NSEGS);
	s = netbsd_segments(dump, img, CPU_SEGS, nsegs, NULL, err);
	if (s != KV_OK)
		return s;

	dump->root = kptp;
	struct mmu p3 = mmu_sh;
	p3.root = (struct kv_loc) { .space = KV_PHYS, .addr = kptp };
	const struct mmu p1 = mmu_linear(SH_P1, SH_P2 - 1, 0, MMU_NOPROT);
	const struct mmu p2 = mmu_linear(SH_P2, SH_P3 - 1, 0, MMU_NOPROT);
	s = dump_range(dump, SH_P1, SH_P2 - 1, &p1, err);
	if (s == KV_OK)
		s = dump_range(dump, SH_P2, SH_P3 - 1, &p2, err);
	return s == KV_OK ? dump_range(dump, SH_P3, SH_P4 - 1, &p3, err) : s;
}

const struct port port_openbsd_sh = {
	.os = "openbsd", .machine = "sh", .form = "netbsd-kcore",
	.elf_machine = EM_SH, .kernel_bits = 32, .mid = MID_SH3,
	.orders = NETBSD_LITTLE, .align = 4,
	.bits = 32, .vabits = 32, .pagesize = 4096,
	.probe = sh_probe, .decode = sh_decode,
};
