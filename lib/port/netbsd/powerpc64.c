/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * NetBSD/powerpc64.  cpu data (sys/arch/powerpc/include/kcore.h): 32-bit pad and pvr, then 64-bit
 * sdr1, sr[16], four sets of 8 BAT words and a pad, then the RAM segments.  The processors
 * have no BATs while the bridge's segment registers are in use, so those words say nothing.
 */
#include "port/netbsd/powerpc.h"

enum { CPU_SDR1 = 8, CPU_SR = 16, CPU_SEGS = 408, SEG_BYTES = 16, NSRS = 16 };

#define EM_PPC64	21
#define MID_POWERPC64	0x94	/* <sys/exec.h> */

/* Power ISA 2.03, Book III-S, 4.7.1: 2^18 bytes of PTEs to 2^46. */
#define SDR1_HTABSIZE	UINT64_C(0x1f)
#define HTABSIZE_MAX	28

static enum kv_status
powerpc64_decode(struct dump *dump, struct image *img, const struct port_kernel *kernel,
    struct kv_err *err)
{
	(void)kernel;
	const struct view *data = &dump->kcore.cpu;
	enum kv_status s = dump_cpu_wants(dump, img, CPU_SEGS + SEG_BYTES, err);
	if (s != KV_OK)
		return s;
	const uint64_t sdr1 = view_get64(data, CPU_SDR1);
	if ((sdr1 & SDR1_HTABSIZE) > HTABSIZE_MAX)
		return dump_bad(dump, img, CPU_SDR1, "sdr1", sdr1, err,
		    "0 to %u in its low 5 bits, HTABSIZE", HTABSIZE_MAX);
	s = netbsd_powerpc_segments(dump, img, CPU_SEGS, err);
	if (s != KV_OK)
		return s;
	uint64_t sr[NSRS];
	for (unsigned i = 0; i < NSRS; i++)
		sr[i] = view_get64(data, CPU_SR + 8 * i);
	const struct mmu mmu = mmu_powerpc64_oea64(sdr1, sr);
	dump->root = mmu.root.addr;
	return dump_range(dump, 0, UINT64_MAX, &mmu, err);
}

const struct port port_netbsd_powerpc64 = {
	.os = "netbsd", .machine = "powerpc64", .form = "netbsd-kcore",
	.elf_machine = EM_PPC64, .kernel_bits = 64, .mid = MID_POWERPC64,
	.orders = NETBSD_BIG, .align = 8,
	.bits = 64, .vabits = 64, .pagesize = POWERPC_PAGE,
	.decode = powerpc64_decode,
};
