/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * NetBSD/powerpc, OEA.  cpu data (sys/arch/powerpc/include/kcore.h): 32-bit words pad, pvr, sdr1,
 * sr[16], dbatl[8], dbatu[8], ibatl[8], ibatu[8], pad; then the RAM segments.
 */
#include "port/netbsd/powerpc.h"

enum {
	CPU_PVR = 4, CPU_SDR1 = 8, CPU_SR = 12, CPU_DBATL = 76, CPU_DBATU = 108, CPU_IBATL = 140,
	CPU_IBATU = 172, CPU_SEGS = 208, SEG_BYTES = 16,
};
enum { NSRS = 16, NBATS = 8 };

#define EM_PPC		20
#define MID_POWERPC	0x95	/* <sys/exec.h>; OpenBSD's, too */

/*
 * The processor version, pvr 31:16, of those with 32-bit PTEs and BATs (oea/spr.h); which of them
 * NetBSD lets have blocks above 256 MiB: cpu_model_init (oea/cpu_subr.c).
 */
static const struct cpu {
	uint16_t version;
	bool is_601, xbl;
} cpus[] = {
	{ 0x0001, true, false },	/* 601 */
	{ 0x0003, false, false }, { 0x0006, false, false }, { 0x0007, false, false },	/* 603 */
	{ 0x0004, false, false }, { 0x0009, false, false }, { 0x000a, false, false },	/* 604 */
	{ 0x0008, false, false }, { 0x7000, false, false }, { 0x7002, false, false },	/* 750 */
	{ 0x000c, false, false }, { 0x800c, false, false },	/* 7400, 7410 */
	{ 0x8000, false, false },	/* 7450 */
	{ 0x8001, false, true }, { 0x8002, false, true }, { 0x8003, false, true },	/* 745x */
	{ 0x8004, false, true },
	{ 0x8005, false, true }, { 0x8006, false, true }, { 0x8007, false, true },
	{ 0x0081, false, false }, { 0x8081, false, false },	/* 82xx */
	{ 0x8082, false, false }, { 0x8083, false, false },	/* G2_LE, e300 */
};

static const struct cpu *
find_cpu(uint32_t pvr)
{
	for (size_t i = 0; i < sizeof(cpus) / sizeof(cpus[0]); i++)
		if (cpus[i].version == pvr >> 16)
			return &cpus[i];
	return NULL;
}

static bool
powerpc_probe(const struct netbsd_kcore *kcore, struct image *img)
{
	(void)img;
	return find_cpu(view_get32(&kcore->cpu, CPU_PVR)) != NULL &&
	    netbsd_powerpc_segments_ascend(&kcore->cpu, CPU_SEGS);
}

static enum kv_status
powerpc_decode(struct dump *dump, struct image *img, const struct port_kernel *kernel,
    struct kv_err *err)
{
	(void)kernel;
	const struct view *data = &dump->kcore.cpu;
	enum kv_status s = dump_cpu_wants(dump, img, CPU_SEGS + SEG_BYTES, err);
	if (s != KV_OK)
		return s;
	const uint32_t pvr = view_get32(data, CPU_PVR);
	const struct cpu *cpu = find_cpu(pvr);
	if (cpu == NULL)
		return dump_bad(dump, img, CPU_PVR, "pvr", pvr, err,
		    "a processor with 32-bit segment registers and BATs, such as 0x80010000");
	s = netbsd_powerpc_segments(dump, img, CPU_SEGS, err);
	if (s != KV_OK)
		return s;

	struct mmu_powerpc regs = { .sdr1 = view_get32(data, CPU_SDR1), .is_601 = cpu->is_601,
		.xbl = cpu->xbl };
	for (unsigned i = 0; i < NSRS; i++)
		regs.sr[i] = view_get32(data, CPU_SR + 4 * i);
	/* The 601's are for data and instructions. */
	for (unsigned i = 0; i < NBATS; i++) {
		regs.bats[0][i].upper = view_get32(data, CPU_DBATU + 4 * i);
		regs.bats[0][i].lower = view_get32(data, CPU_DBATL + 4 * i);
		if (cpu->is_601)
			continue;
		regs.bats[1][i].upper = view_get32(data, CPU_IBATU + 4 * i);
		regs.bats[1][i].lower = view_get32(data, CPU_IBATL + 4 * i);
	}
	const struct mmu mmu = mmu_powerpc_oea(&regs);
	dump->root = mmu.root.addr;
	return dump_range(dump, 0, UINT32_MAX, &mmu, err);
}

const struct port port_netbsd_powerpc = {
	.os = "netbsd", .machine = "powerpc", .form = "netbsd-kcore",
	.elf_machine = EM_PPC, .kernel_bits = 32, .mid = MID_POWERPC,
	.orders = NETBSD_BIG, .align = 8,
	.bits = 32, .vabits = 32, .pagesize = POWERPC_PAGE,
	.probe = powerpc_probe, .decode = powerpc_decode,
};
