/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The SPARC Reference MMU of sun4m and sun4d: from the context table, as the CPU walks it, and
 * from the segment map of NetBSD's dumps, which names the PTE tables by virtual address.
 * Source: SPARC Architecture Manual, Version 8, appendix H.
 */
#include <inttypes.h>

#include "entry.h"
#include "sun4.h"

#define SRMMU_ET(raw)	((unsigned)((raw) & 0x3))	/* 0 invalid, 1 PTD, 2 PTE, 3 reserved */
#define SRMMU_ACC(raw)	((unsigned)((raw) >> 2 & 0x7))
#define SRMMU_PPN	UINT64_C(0xffffff00)		/* physical bits 35:12 */
#define SRMMU_PTP	UINT64_C(0xfffffffc)		/* physical bits 35:6 */
enum { ET_PTD = 1, ET_PTE = 2 };

enum { PARAM_VA2PA };

static void
pte_decode(unsigned shift, uint64_t raw, struct mmu_entry *ret)
{
	/* H.4, table of access permissions, column "supervisor". */
	static const uint8_t prots[8] = {
		KV_R,
		KV_R | KV_W,
		KV_R | KV_X,
		KV_R | KV_W | KV_X,
		KV_X,
		KV_R | KV_W,
		KV_R | KV_X,
		KV_R | KV_W | KV_X,
	};
	entry_leaf(ret, (raw & SRMMU_PPN) << 4 & ~low_mask(shift), prots[SRMMU_ACC(raw)]);
}

static void
srmmu_decode(const struct mmu *mmu, unsigned i, uint64_t raw, struct mmu_entry *ret)
{
	const struct radix_level *lv = &mmu->levels[i];
	switch (SRMMU_ET(raw)) {
	case ET_PTD:
		if (lv->table)
			entry_table(ret, KV_PHYS, (raw & SRMMU_PTP) << 4, PROT_RWX);
		else
			entry_reserved(ret, "is a table descriptor, reserved at level 3");
		break;
	case ET_PTE:
		pte_decode(lv->shift, raw, ret);
		break;
	case 0:
		entry_invalid(ret, "is not valid (type 0)");
		break;
	default:
		entry_reserved(ret, "has the reserved type 3");
	}
}

/*
 * The header's sg_npte is not kept up for the kernel's map: sg_pte alone tells.  Tables lie in
 * the part of the kernel that one offset maps; the kernel computes in 32 bits.
 */
static void
segmap_decode(const struct mmu *mmu, unsigned i, uint64_t raw, struct mmu_entry *ret)
{
	if (i > 0)
		srmmu_decode(mmu, i, raw, ret);
	else if (SG_PTE(raw) == 0)
		entry_invalid(ret, "has no PTEs (sg_pte is NULL)");
	else if (SG_PTE(raw) < mmu->root_first << SEGMENT_SHIFT)
		entry_reserved(ret, "has a sg_pte below kernbase");
	else
		entry_table(ret, KV_PHYS, (uint32_t)(SG_PTE(raw) - mmu->param[PARAM_VA2PA]), PROT_RWX);
}

#define LEVEL3	{ "level 3", 12, 6, 4, false }

enum kv_status
mmu_srmmu_segmap_init(struct mmu *ret, uint32_t kernbase, uint32_t nsegmap, uint64_t segmap_off,
    uint64_t va2pa, struct kv_err *err)
{
	*ret = (struct mmu){
		.regime = "srmmu",
		.decode = segmap_decode,
		.param = { [PARAM_VA2PA] = va2pa },
	};
	enum kv_status st = sun4_segmap(ret, kernbase, nsegmap, segmap_off, err);
	ret->levels[1] = (struct radix_level)LEVEL3;
	return st;
}

struct mmu
mmu_srmmu_context(paddr_t context_table, unsigned context)
{
	return (struct mmu){
		.ops = &mmu_radix_ops,
		.regime = "srmmu",
		.root = { .addr = context_table + UINT64_C(4) * context, .space = KV_PHYS },
		.big = true,
		.va_bits = 32,
		.nlevels = 4,
		.levels = {
			/* shift bits size leaf table */
			{ "context", 32, 0, 4, true },
			{ "level 1", 24, 8, 4, true },
			{ "level 2", 18, 6, 4, true },
			LEVEL3,
		},
		.decode = srmmu_decode,
		.valid_mask = 0x3,
	};
}
