/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sparc64: the kernel's software tree of physical addresses, with TTEs at the bottom.
 * Sources: NetBSD sys/arch/sparc64/include/{pmap,pte}.h; UltraSPARC-I/II User's Manual, 6.2
 * and UltraSPARC III User's Manual, F.2 (TTE); UltraSPARC Architecture 2007, 14.2 (sun4v's TTE).
 */
#include "entry.h"

#define TTE_V		UINT64_C(0x8000000000000000)
#define TTE_4U_W	UINT64_C(0x2)
#define TTE_4V_W	UINT64_C(0x40)
#define TTE_4V_EP	UINT64_C(0x80)
/* Up to UltraSPARC III; bits 49:43 are the CPU's own. */
#define TTE_4U_FRAME	UINT64_C(0x000007ffffffe000)
#define TTE_4V_FRAME	UINT64_C(0x00ffffffffffe000)

enum { PARAM_FRAME, PARAM_W, PARAM_X };

/* The size field means nothing here: the kernel writes a TTE, and its frame, for each 8 KiB. */
static void
sparc64_decode(const struct mmu *mmu, unsigned i, uint64_t raw, struct mmu_entry *ret)
{
	if (mmu->levels[i].table) {
		if (raw == 0)
			entry_invalid(ret, "is zero");
		else if ((raw & low_mask(13)) != 0)
			entry_reserved(ret, "is not the address of a page");
		else
			entry_table(ret, KV_PHYS, raw, PROT_RWX);
	} else if ((raw & TTE_V) == 0)
		entry_invalid(ret, "is not valid");
	else
		entry_leaf(ret, raw & mmu->param[PARAM_FRAME],
		    prot_of(true, (raw & mmu->param[PARAM_W]) != 0,
			mmu->param[PARAM_X] == 0 || (raw & mmu->param[PARAM_X]) != 0));
}

/*
 * Indices of 43 bits.  Bits 63:43 are all equal on either side of the hole in the address space,
 * and no index shows them: a port that translates the upper half too has an instance for it, whose
 * va_base has them set.
 */
#define SHAPE								\
	.ops = &mmu_radix_ops, .big = true, .va_bits = 43, .nlevels = 3,	\
	.levels = {							\
		{ "L1", 33, 10, 8, true },			\
		{ "L2", 23, 10, 8, true },			\
		{ "TTE", 13, 10, 8, false },			\
	},								\
	.decode = sparc64_decode

const struct mmu mmu_sparc64_sun4u = {
	SHAPE,
	.regime = "sun4u",
	.param = { [PARAM_FRAME] = TTE_4U_FRAME, [PARAM_W] = TTE_4U_W },
};

const struct mmu mmu_sparc64_sun4v = {
	SHAPE,
	.regime = "sun4v",
	.param = { [PARAM_FRAME] = TTE_4V_FRAME, [PARAM_W] = TTE_4V_W, [PARAM_X] = TTE_4V_EP },
};

void
mmu_sparc64_frame(struct mmu *mmu, uint64_t tte_frame)
{
	mmu->param[PARAM_FRAME] = tte_frame;
}
