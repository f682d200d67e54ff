/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Alpha, OSF/1 PALcode: three levels of 8 KiB tables.
 * Source: Alpha Architecture Reference Manual, 4th ed., II-B 3 (memory management).
 */
#include "entry.h"

#define ALPHA_V		UINT64_C(0x1)
#define ALPHA_FOR	UINT64_C(0x2)	/* fault on read, write, execute */
#define ALPHA_FOW	UINT64_C(0x4)
#define ALPHA_FOE	UINT64_C(0x8)
#define ALPHA_KRE	UINT64_C(0x100)	/* kernel read, write enable */
#define ALPHA_KWE	UINT64_C(0x1000)
enum { PAGE_SHIFT = 13 };

/*
 * Granularity hints (bits 6:5) change nothing: each PTE of the group holds its own frame.
 * Of the tables' PTEs the CPU looks at V and the frame only.
 */
static void
alpha_decode(const struct mmu *mmu, unsigned i, uint64_t raw, struct mmu_entry *ret)
{
	const paddr_t pa = raw >> 32 << PAGE_SHIFT;
	if ((raw & ALPHA_V) == 0)
		entry_invalid(ret, "is not valid");
	else if (mmu->levels[i].table)
		entry_table(ret, KV_PHYS, pa, PROT_RWX);
	else {
		bool read = (raw & ALPHA_KRE) != 0;
		entry_leaf(ret, pa,
		    prot_of(read && (raw & ALPHA_FOR) == 0,
			(raw & ALPHA_KWE) != 0 && (raw & ALPHA_FOW) == 0,
			read && (raw & ALPHA_FOE) == 0));
	}
}

const struct mmu mmu_alpha = {
	.ops = &mmu_radix_ops,
	.regime = "alpha",
	.sign_extended = true,
	.va_bits = 43,
	.nlevels = 3,
	.levels = {
		/* shift bits size leaf table */
		{ "L1", 33, 10, 8, true },
		{ "L2", 23, 10, 8, true },
		{ "L3", 13, 10, 8, false },
	},
	.decode = alpha_decode,
	.valid_mask = ALPHA_V,
};
