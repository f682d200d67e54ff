/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * 32-bit ARM, short descriptors: those of version 6 and 7, and those before with coarse and
 * fine tables.
 * Sources: Arm ARM v7-A/R (DDI 0406C), B3.5; Arm ARM v5 (DDI 0100E), B3.3; Intel XScale Core
 * Developer's Manual (273473), B.2.1 (extended small pages).
 */
#include "entry.h"

#define ARM_TYPE(raw)	((unsigned)((raw) & 0x3))

/* Level 1 */
#define L1_COARSE	UINT64_C(0xfffffc00)
#define L1_FINE		UINT64_C(0xfffff000)
#define L1_SECTION	UINT64_C(0xfff00000)
#define L1_SUPER	UINT64_C(0xff000000)
#define L1_IS_SUPER	UINT64_C(0x00040000)	/* bit 18 */
/* Level 2 */
#define L2_LARGE	UINT64_C(0xffff0000)
#define L2_SMALL	UINT64_C(0xfffff000)
#define L2_TINY		UINT64_C(0xfffffc00)

enum { SMALL_SHIFT = 12, LARGE_SHIFT = 16, SUPER_SHIFT = 24 };

static const char invalid[] = "is not valid (type 0)";

/*
 * B3.7.1, AP[2:0] for PL1; SCTLR.AFE is taken to be clear, as NetBSD has it.  000 lets
 * nobody in (unless the domain is a manager's), and 100 is reserved.
 */
static uint8_t
v7_prot(unsigned ap, bool xn)
{
	static const uint8_t prots[8] = { 0, KV_R | KV_W, KV_R | KV_W, KV_R | KV_W, 0, KV_R, KV_R,
		KV_R };
	uint8_t prot = prots[ap];
	return (uint8_t)(prot | (prot != 0 && !xn ? KV_X : 0));
}

/* PXN is decoded even though not every CPU of version 7 has it: those fault on it. */
static void
armv7_l1(uint64_t raw, struct mmu_entry *ret)
{
	if (ARM_TYPE(raw) == 1) {
		entry_table(ret, KV_PHYS, raw & L1_COARSE, prot_of(true, true, (raw & 0x4) == 0));
		return;
	}
	/* B3.5.1: bit 0 of a section is PXN. */
	const bool xn = (raw & 0x11) != 0;
	const uint8_t prot = v7_prot((unsigned)((raw >> 13 & 0x4) | (raw >> 10 & 0x3)), xn);
	if ((raw & L1_IS_SUPER) == 0) {
		entry_leaf(ret, raw & L1_SECTION, prot);
		return;
	}
	/* Bits 35:32 of the address are in 23:20, bits 39:36 in 8:5. */
	entry_leaf(ret, (raw & L1_SUPER) | (raw >> 20 & 0xf) << 32 | (raw >> 5 & 0xf) << 36, prot);
	ret->leaf_shift = SUPER_SHIFT;
}

static void
armv7_decode(const struct mmu *mmu, unsigned i, uint64_t raw, struct mmu_entry *ret)
{
	(void)mmu;
	if (ARM_TYPE(raw) == 0) {
		entry_invalid(ret, invalid);
		return;
	}
	if (i == 0) {
		armv7_l1(raw, ret);
		return;
	}
	const unsigned ap = (unsigned)((raw >> 7 & 0x4) | (raw >> 4 & 0x3));
	if (ARM_TYPE(raw) == 1) {
		entry_leaf(ret, raw & L2_LARGE, v7_prot(ap, (raw & 0x8000) != 0));
		ret->leaf_shift = LARGE_SHIFT;
	} else	/* 2 and 3: bit 0 is XN */
		entry_leaf(ret, raw & L2_SMALL, v7_prot(ap, (raw & 0x1) != 0));
}

/* B3.6: AP 00 is read-only for the kernel, with the control register's S bit that NetBSD sets. */
static uint8_t
v5_prot(uint64_t raw, unsigned shift)
{
	return prot_of(true, (raw >> shift & 0x3) != 0, true);
}

/* A page of four subpages, each with its own AP (B3.3.3). */
static void
v5_page(struct mmu_entry *ret, uint64_t raw, paddr_t pa, uint8_t shift)
{
	entry_leaf(ret, pa, 0);
	ret->leaf_shift = shift;
	for (unsigned i = 0; i < 4; i++) {
		ret->sub_prot[i] = v5_prot(raw, 4 + 2 * i);
		if (ret->sub_prot[i] != ret->sub_prot[0])
			ret->sub_shift = (uint8_t)(shift - 2);
	}
	ret->prot = ret->sub_prot[0];
}

/* Levels: L1, coarse L2, fine L2. */
static void
armv5_decode(const struct mmu *mmu, unsigned i, uint64_t raw, struct mmu_entry *ret)
{
	(void)mmu;
	const unsigned type = ARM_TYPE(raw);
	if (type == 0)
		entry_invalid(ret, invalid);
	else if (i == 0 && type == 1)
		entry_table(ret, KV_PHYS, raw & L1_COARSE, PROT_RWX);
	else if (i == 0 && type == 3) {
		entry_table(ret, KV_PHYS, raw & L1_FINE, PROT_RWX);
		ret->skip = 1;
	} else if (i == 0)
		entry_leaf(ret, raw & L1_SECTION, v5_prot(raw, 10));
	else if (type == 1)
		v5_page(ret, raw, raw & L2_LARGE, LARGE_SHIFT);
	else if (type == 2)
		v5_page(ret, raw, raw & L2_SMALL, SMALL_SHIFT);
	else if (i == 1)	/* XScale: extended small page, one AP */
		entry_leaf(ret, raw & L2_SMALL, v5_prot(raw, 4));
	else
		entry_leaf(ret, raw & L2_TINY, v5_prot(raw, 4));
}

/*		     shift bits	size	leaf	table */
#define L1	{ "L1",	20, 12,	4,	true }
#define COARSE	{ "L2",	12, 8,	4,	false }
#define FINE	{ "fine L2", 10, 10, 4,	false }

const struct mmu mmu_arm_armv7 = {
	.ops = &mmu_radix_ops,
	.regime = "armv7",
	.va_bits = 32,
	.nlevels = 2,
	.levels = { L1, COARSE },
	.decode = armv7_decode,
	.valid_mask = 0x3,
};

const struct mmu mmu_arm_armv5 = {
	.ops = &mmu_radix_ops,
	.regime = "armv5",
	.va_bits = 32,
	.nlevels = 3,
	.levels = { L1, COARSE, FINE },
	.decode = armv5_decode,
	.valid_mask = 0x3,
};

/* ---- Page maps of FreeBSD's minidumps: level 2 of all addresses (sys/arm/arm/minidump_machdep.c). ---- */

/*
 * FreeBSD remaps TEX and has AP[2] say that a page is clean: whether it may be written is in a bit
 * of software's (PTE2_RO, sys/arm/include/pte.h).
 */
#define FREEBSD_RO	UINT64_C(0x80)

static void
armv7_pte_decode(const struct mmu *mmu, unsigned i, uint64_t raw, struct mmu_entry *ret)
{
	(void)i;
	armv7_decode(mmu, 1, raw, ret);
	const bool large = ARM_TYPE(raw) == 1;
	if (ret->kind == MMU_LEAF)
		ret->prot = prot_of(true, (raw & FREEBSD_RO) == 0, (raw & (large ? 0x8000 : 0x1)) == 0);
}

/* As in a coarse table.  Type 3 is a tiny page or, on an XScale, which the header does not tell, an
 * extended small page. */
static void
armv5_pte_decode(const struct mmu *mmu, unsigned i, uint64_t raw, struct mmu_entry *ret)
{
	(void)i;
	if (ARM_TYPE(raw) == 3) {
		entry_reserved(ret, "is a tiny page (type 3), which is not supported");
		return;
	}
	armv5_decode(mmu, 1, raw, ret);
	/* FreeBSD gives all subpages one AP. */
	if (ret->kind == MMU_LEAF)
		ret->prot = prot_of(true, (raw & 0x10) != 0, true);
	ret->sub_shift = 0;
}

const struct mmu mmu_arm_armv7_pte_array = {
	.ops = &mmu_radix_ops,
	.regime = "armv7",
	.va_bits = 32,
	.nlevels = 1,
	.levels = { { "L2", 12, 20, 4, false } },
	.decode = armv7_pte_decode,
	.valid_mask = 0x3,
};

const struct mmu mmu_arm_armv5_pte_array = {
	.ops = &mmu_radix_ops,
	.regime = "armv5",
	.va_bits = 32,
	.nlevels = 1,
	.levels = { { "L2", 12, 20, 4, false } },
	.decode = armv5_pte_decode,
	.valid_mask = 0x3,
};
