/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * NetBSD/powerpc (OEA).  Sources: sys/arch/powerpc/include/kcore.h, include/oea/{bat,spr}.h.
 * XBL: MPC7450 RISC Microprocessor Family Reference Manual, 5.3.
 */
#include "port/netbsd/powerpc.h"

enum {
	CPU_PVR = 4, CPU_SDR1 = 8, CPU_SR = 12, CPU_DBATL = 76, CPU_DBATU = 108, CPU_IBATL = 140,
	CPU_IBATU = 172, CPU_SEGS = 208,
};
enum { SEG_SIZE = 8, SEG_BYTES = 16, NBATS = 8, PVR_601 = 0x0001 };

static uint32_t
word(const struct view *cpu, uint64_t off)
{
	uint32_t v = 0;
	(void)view_u32(cpu, off, &v);
	return v;
}

/* Whether the version's MMU is the 32-bit OEA's. */
static bool
known(uint32_t pvr)
{
	static const uint16_t versions[] = {
		PVR_601, 0x0003, 0x0004, 0x0006, 0x0007, 0x0008, 0x000a, 0x000c, 0x0081, 0x7000,
		0x8000, 0x8001, 0x8002, 0x8003, 0x8004, 0x8005, 0x8006, 0x8007, 0x800c, 0x8081,
	};
	for (size_t i = 0; i < sizeof(versions) / sizeof(versions[0]); i++)
		if (pvr >> 16 == versions[i])
			return true;
	return false;
}

enum kv_status
powerpc_segments(struct dump *dump, struct image *img, uint64_t off, struct kv_err *err)
{
	uint64_t n = 0, size;
	while (view_u64(&dump->kcore.cpu, off + n * SEG_BYTES + SEG_SIZE, &size) && size != 0)
		n++;
	if (n == 0)
		return dump_bad(dump, img, off + SEG_SIZE, "ram_segs[0].size", 0, err,
		    "more than 0: there is no memory segment");
	return netbsd_segments(dump, img, off, n, err);
}

/* OpenBSD's machine id is the same. */
static bool
powerpc_probe(const struct netbsd_kcore *kcore, struct image *img)
{
	(void)img;
	return known(word(&kcore->cpu, CPU_PVR));
}

static enum kv_status
powerpc_decode(struct dump *dump, struct image *img, const struct port_kernel *kernel,
    struct kv_err *err)
{
	(void)kernel;
	const struct view *cpu = &dump->kcore.cpu;
	enum kv_status s = dump_cpu_wants(dump, img, CPU_SEGS, err);
	if (s != KV_OK)
		return s;
	const uint32_t pvr = word(cpu, CPU_PVR), version = pvr >> 16;
	if (!known(pvr))
		return dump_bad(dump, img, CPU_PVR, "pvr", pvr, err, "that of a 601 to 745x or 824x");
	s = powerpc_segments(dump, img, CPU_SEGS, err);
	if (s != KV_OK)
		return s;
	struct mmu_powerpc regs = {
		.sdr1 = word(cpu, CPU_SDR1),
		.is_601 = version == PVR_601,
		.xbl = version >= 0x8000 && version <= 0x8004,
	};
	for (unsigned i = 0; i < 16; i++)
		regs.sr[i] = word(cpu, CPU_SR + i * 4);
	for (unsigned i = 0; i < NBATS; i++) {
		regs.bats[0][i].upper = word(cpu, CPU_DBATU + i * 4);
		regs.bats[0][i].lower = word(cpu, CPU_DBATL + i * 4);
		regs.bats[1][i].upper = word(cpu, CPU_IBATU + i * 4);
		regs.bats[1][i].lower = word(cpu, CPU_IBATL + i * 4);
	}
	const struct mmu mmu = mmu_powerpc_oea(&regs);
	dump->root = mmu.root.addr;
	return dump_range(dump, 0, UINT32_MAX, &mmu, err);
}

const struct port port_netbsd_powerpc = {
	.os = "netbsd", .machine = "powerpc", .form = "netbsd-kcore",
	.elf_machine = 20, .kernel_bits = 32, .mid = 0x95,
	.orders = NETBSD_BIG, .align = 8,
	.bits = 32, .vabits = 32, .pagesize = 4096,
	.probe = powerpc_probe, .decode = powerpc_decode,
};
