/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Full dumps of FreeBSD/arm.  Sources: lib/libkvm/kvm_arm.c, sys/arm/arm/dump_machdep.c,
 * sys/arm/arm/pmap-v4.c and pmap-v6.c.
 */
#include "port/freebsd/full.h"

/* Arm ARM, TTBR0 with TTBCR.N = 0: 16 KiB of first-level entries. */
enum { L1_BYTES = 0x4000 };

static enum kv_status
arm_delta(const struct full *full, uint64_t *delta, bool *sure, struct kv_err *err)
{
	vaddr_t kernbase, physaddr;
	enum kv_status s = full_symbol(full, "kernbase", &kernbase, err);
	if (s == KV_OK)
		s = full_symbol(full, "physaddr", &physaddr, err);
	if (s != KV_OK)
		return s;
	*sure = true;
	*delta = physaddr - kernbase;
	return KV_OK;
}

/* The dump does not tell the format of entries; only the pmap of ARMv5 and before has these. */
static bool
is_armv5(const struct full *full)
{
	static const char *const names[] = {
		"pmap_pte_init_generic", "pmap_pte_init_arm9", "pmap_pte_init_arm10",
		"pmap_pte_init_xscale", "pmap_pte_init_sa1",
	};
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (full_has(full, names[i]))
			return true;
	return false;
}

static enum kv_status
arm_tables(const struct full *full, uint64_t delta, struct mmu *ret, struct kv_err *err)
{
	uint64_t root;
	enum kv_status s = full_u32(full, delta, "kernel_l1pa", 0, &root, err);
	if (s != KV_OK)
		return s;
	if (root == 0 || root % L1_BYTES != 0)
		return kv_fail(err, KV_EFORMAT, "%s: the kernel's kernel_l1pa is %#jx, wanted the "
		    "address of 16 KiB", full->img->name, (uintmax_t)root);
	*ret = is_armv5(full) ? mmu_arm_armv5 : mmu_arm_armv7;
	ret->big = full->dump->big;
	ret->root = (struct kv_loc) { .addr = root, .space = KV_PHYS };
	return full_root(full, root, L1_BYTES, "kernel_l1pa", err);
}

static const struct full_machine arm = {
	.tables = arm_tables, .delta = arm_delta, .missing = "kernbase and physaddr",
};

enum kv_status
freebsd_arm_elf(struct dump *dump, struct image *img, uint64_t off,
    const struct port_kernel *kernel, struct kv_err *err)
{
	return full_elf(&arm, dump, img, off, kernel, err);
}

enum kv_status
freebsd_arm_raw(struct dump *dump, struct image *img, const struct raw *raw,
    const struct port_kernel *kernel, struct kv_err *err)
{
	(void)raw;
	return full_raw(&arm, dump, img, kernel, err);
}
