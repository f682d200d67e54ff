/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * 64-bit PowerPC's radix tree, whose root is in a minidump.
 * Source: Power ISA 3.0B, Book III, 5.7.10 (radix tree translation); FreeBSD
 * lib/libkvm/kvm_minidump_powerpc64_radix.c.
 */
#include "entry.h"

/* Bits are numbered from the right here. */
#define RADIX_V		(UINT64_C(1) << 63)
#define RADIX_L		(UINT64_C(1) << 62)	/* leaf */
#define RADIX_NLB	UINT64_C(0x00ffffffffffff00)
#define RADIX_RPN	UINT64_C(0x00fffffffffff000)
#define RADIX_EAA_R	UINT64_C(0x4)
#define RADIX_EAA_W	UINT64_C(0x2)
#define RADIX_EAA_X	UINT64_C(0x1)

static void
radix_decode(const struct mmu *mmu, unsigned i, uint64_t raw, struct mmu_entry *ret)
{
	const struct radix_level *lv = &mmu->levels[i];
	if ((raw & RADIX_V) == 0)
		entry_invalid(ret, "is not valid");
	else if ((raw & RADIX_L) != 0) {
		if (i > 0)	/* no page is larger than 1 GiB */
			entry_leaf(ret, raw & RADIX_RPN & ~low_mask(lv->shift),
			    prot_of((raw & RADIX_EAA_R) != 0, (raw & RADIX_EAA_W) != 0,
				(raw & RADIX_EAA_X) != 0));
		else
			entry_reserved(ret, "is a leaf, of which this level has none");
	} else if (lv->table)
		entry_table(ret, KV_PHYS, raw & RADIX_NLB, PROT_RWX);
	else
		entry_reserved(ret, "points to another table, below the last level");
}

/* The levels have no names of their own in the ISA; FreeBSD's mmu_radix.c numbers them. */
const struct mmu mmu_powerpc64_radix = {
	.ops = &mmu_radix_ops,
	.regime = "radix",
	.big = true,
	.va_bits = 52,
	.nlevels = 4,
	.levels = {
		{ "L1", 39, 13, 8, true },
		{ "L2", 30, 9, 8, true },
		{ "L3", 21, 9, 8, true },
		{ "L4", 12, 9, 8, false },
	},
	.decode = radix_decode,
	.valid_mask = RADIX_V,
};
