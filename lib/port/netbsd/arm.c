/* SPDX-License-Identifier: BSD-2-Clause */
/* NetBSD/arm.  cpu data: sys/arch/arm/include/kcore.h. */
#include "port/netbsd/arm.h"

enum {
	CPU_VERSION = 0, CPU_FLAGS = 4, CPU_KERNEL_L1 = 8, CPU_USER_L1 = 12, CPU_USER_L1_SIZE = 16,
	CPU_NMEMSEGS = 20, CPU_OMEMSEGS = 24, CPU_BYTES = 28, SEG_BYTES = 16,
};

/* Arm ARM v7-A/R, B3.5.4: a level 1 table is 16 KiB and aligned to that. */
#define L1_BYTES	UINT32_C(0x4000)

/* sys/arch/arm/arm32/pmap.c: what sets up a kernel's descriptors; version 6 has the first one, too. */
static bool
is_armv5_kernel(const struct port_kernel *kernel)
{
	static const char *const later[] = { "pmap_pte_init_arm11", "pmap_pte_init_armv6",
		"pmap_pte_init_armv7" };
	vaddr_t va;
	for (size_t i = 0; i < sizeof(later) / sizeof(later[0]); i++)
		if (kernel->lookup(kernel->arg, later[i], &va))
			return false;
	return kernel->lookup(kernel->arg, "pmap_pte_init_generic", &va) ||
	    kernel->lookup(kernel->arg, "pmap_pte_init_xscale", &va);
}

/*
 * The header does not tell which descriptors the tables have: those through which the kernel's
 * dumpmag reads as it should; where it reads through both, as without fine tables, those that the
 * kernel was built for; and version 7's where that does not decide.
 */
static struct mmu
choose_regime(struct dump *dump, const struct port_kernel *kernel)
{
	struct mmu v7 = mmu_arm_armv7, v5 = mmu_arm_armv5;
	v7.root = v5.root = (struct kv_loc) { .space = KV_PHYS, .addr = dump->root };
	v7.big = v5.big = dump->kcore.cpu.big;
	const enum dumpmag by_v5 = dump_try_dumpmag(dump, &v5, kernel);
	const enum dumpmag by_v7 = dump_try_dumpmag(dump, &v7, kernel);
	return by_v5 > by_v7 || (by_v5 == by_v7 && is_armv5_kernel(kernel)) ? v5 : v7;
}

static enum kv_status
table_check(const struct dump *dump, const struct image *img, unsigned off, const char *field,
    uint32_t pa, uint32_t bytes, struct kv_err *err)
{
	if ((pa & (bytes - 1)) == 0)
		return KV_OK;
	return dump_bad(dump, img, off, field, pa, err, "a multiple of %#jx", (uintmax_t)bytes);
}

/* Addresses below UserL1TableSize << 17 have a table of their own. */
static enum kv_status
add_ranges(struct dump *dump, const struct image *img, const struct port_kernel *kernel,
    struct kv_err *err)
{
	const uint32_t user_l1 = view_get32(&dump->kcore.cpu, CPU_USER_L1);
	const uint16_t user_l1_size = view_get16(&dump->kcore.cpu, CPU_USER_L1_SIZE);
	struct mmu mmu = choose_regime(dump, kernel);
	if (mmu.nlevels == mmu_arm_armv5.nlevels)
		dump->pagesize = 1024;	/* tiny pages */
	const vaddr_t end = (vaddr_t)user_l1_size << 17;
	if (end != 0) {
		/* DDI 0406C, B4.1.154: the smallest table of TTBR0 has 128 bytes. */
		enum kv_status s = table_check(dump, img, CPU_USER_L1, "PAUserL1Table", user_l1, 128,
		    err);
		struct mmu user = mmu;
		user.root.addr = user_l1;
		if (s == KV_OK)
			s = dump_range(dump, 0, u64_min(end - 1, UINT32_MAX), &user, err);
		if (s != KV_OK)
			return s;
	}
	return dump_range(dump, 0, UINT32_MAX, &mmu, err);
}

/* OpenBSD's first word is 0 or the kernel's address. */
bool
netbsd_arm_probe(const struct netbsd_kcore *kcore, struct image *img)
{
	(void)img;
	uint32_t version, omemsegs;
	return view_u32(&kcore->cpu, CPU_VERSION, &version) &&
	    view_u32(&kcore->cpu, CPU_OMEMSEGS, &omemsegs) && version == 1 && omemsegs >= CPU_BYTES;
}

enum kv_status
netbsd_arm_decode(struct dump *dump, struct image *img, const struct port_kernel *kernel,
    struct kv_err *err)
{
	const struct view *cpu = &dump->kcore.cpu;
	enum kv_status s = dump_cpu_wants(dump, img, CPU_BYTES, err);
	if (s != KV_OK)
		return s;
	const uint32_t version = view_get32(cpu, CPU_VERSION), flags = view_get32(cpu, CPU_FLAGS),
		       l1 = view_get32(cpu, CPU_KERNEL_L1), nmemsegs = view_get32(cpu, CPU_NMEMSEGS),
		       omemsegs = view_get32(cpu, CPU_OMEMSEGS);
	if (version != 1)
		return dump_bad(dump, img, CPU_VERSION, "version", version, err, "1");
	if (flags != 0)
		return dump_bad(dump, img, CPU_FLAGS, "flags", flags, err, "0");
	s = table_check(dump, img, CPU_KERNEL_L1, "PAKernelL1Table", l1, L1_BYTES, err);
	if (s != KV_OK)
		return s;
	if (omemsegs < CPU_BYTES || omemsegs > cpu->len)
		return dump_bad(dump, img, CPU_OMEMSEGS, "omemsegs", omemsegs, err, "%#x to %#zx",
		    (unsigned)CPU_BYTES, cpu->len);
	const uint64_t room = (cpu->len - omemsegs) / SEG_BYTES;
	if (nmemsegs == 0 || nmemsegs > room)
		return dump_bad(dump, img, CPU_NMEMSEGS, "nmemsegs", nmemsegs, err,
		    "1 to %#jx: the cpu segment has %#zx bytes, and omemsegs is %#jx", (uintmax_t)room,
		    cpu->len, (uintmax_t)omemsegs);
	s = netbsd_segments(dump, img, omemsegs, nmemsegs, NULL, err);
	if (s != KV_OK)
		return s;
	/* Only where 8 bytes are aligned to 4 (the old ABI) do segments follow at once. */
	if (omemsegs % 8 != 0)
		dump->align = 4;
	dump->root = l1;
	return add_ranges(dump, img, kernel, err);
}

const struct port port_netbsd_arm = {
	.os = "netbsd", .machine = "arm", .form = "netbsd-kcore",
	.elf_machine = EM_ARM, .kernel_bits = 32, .mid = MID_ARM6,
	.orders = NETBSD_LITTLE, .align = 8,
	.bits = 32, .vabits = 32, .pagesize = 4096,
	.probe = netbsd_arm_probe, .decode = netbsd_arm_decode,
};
