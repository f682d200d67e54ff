/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * NetBSD/powerpc64.  Source: sys/arch/powerpc/include/kcore.h.  The BAT words mean nothing: with
 * the bridge's segment registers the processor has none.
 */
#include "port/netbsd/powerpc.h"

enum { CPU_SDR1 = 8, CPU_SR = 16, CPU_SEGS = 408 };

static enum kv_status
powerpc64_decode(struct dump *dump, struct image *img, const struct port_kernel *kernel,
    struct kv_err *err)
{
	(void)kernel;
	enum kv_status s = dump_cpu_wants(dump, img, CPU_SEGS, err);
	if (s == KV_OK)
		s = powerpc_segments(dump, img, CPU_SEGS, err);
	if (s != KV_OK)
		return s;
	uint64_t sdr1 = 0, sr[16] = { 0 };
	(void)view_u64(&dump->kcore.cpu, CPU_SDR1, &sdr1);
	for (unsigned i = 0; i < 16; i++)
		(void)view_u64(&dump->kcore.cpu, CPU_SR + i * 8, &sr[i]);
	const struct mmu mmu = mmu_powerpc64_oea64(sdr1, sr);
	dump->root = mmu.root.addr;
	return dump_range(dump, 0, UINT32_MAX, &mmu, err);
}

const struct port port_netbsd_powerpc64 = {
	.os = "netbsd", .machine = "powerpc64", .form = "netbsd-kcore",
	.elf_machine = 21, .kernel_bits = 64, .mid = 0x94,
	.orders = NETBSD_BIG, .align = 8,
	.bits = 64, .vabits = 32, .pagesize = 4096,
	.decode = powerpc64_decode,
};
