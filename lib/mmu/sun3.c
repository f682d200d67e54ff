/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sun2 and sun3: segment map and PMEGs, copied into the dump's header; sun3x: the kernel's
 * level-C tables, which lie one behind the other.
 * Sources: NetBSD sys/arch/m68k/include/kcore.h, sys/arch/sun3/include/{pte3,mc68851}.h,
 * sys/arch/sun2/include/pte.h; Sun-3 Architecture Manual, 3; MC68030 User's Manual, 9.5.
 */
#include <inttypes.h>

#include "entry.h"

#define SUN3_W		UINT64_C(0x40000000)
#define SUN3_TYPE	UINT64_C(0x0c000000)	/* 0: main memory */
#define SUN2_W		UINT64_C(0x20000000)
#define SUN2_TYPE	UINT64_C(0x00c00000)
#define SUN3X_WP	UINT64_C(0x4)
#define SUN3X_DT(raw)	((unsigned)((raw) & 0x3))

enum { SUN2_SHIFT = 11, SUN3_SHIFT = 13 };	/* log2 of a page's size */
enum { NPMEG = 256, PMEG_INVALID = NPMEG - 1, PMEG_BITS = 4, PMEG_BYTES = 4 << PMEG_BITS };

enum { PARAM_FRAME, PARAM_VALID, PARAM_PMEG_OFF, PARAM_IS_SUN2 };

static void
sun3_decode(const struct mmu *mmu, unsigned i, uint64_t raw, struct mmu_entry *ret)
{
	const bool sun2 = mmu->param[PARAM_IS_SUN2] != 0;
	if (i == 0) {
		if (raw == PMEG_INVALID)
			entry_invalid(ret, "is the invalid PMEG");
		else
			entry_table(ret, KV_BLOB, mmu->param[PARAM_PMEG_OFF] + raw * PMEG_BYTES,
			    PROT_RWX);
	} else if ((raw & mmu->param[PARAM_VALID]) == 0)
		entry_invalid(ret, "is not valid");
	else if ((raw & (sun2 ? SUN2_TYPE : SUN3_TYPE)) != 0)
		entry_invalid(ret, "maps a device, not memory");
	else
		entry_leaf(ret, (raw & mmu->param[PARAM_FRAME]) << mmu->levels[1].shift,
		    prot_of(true, (raw & (sun2 ? SUN2_W : SUN3_W)) != 0, true));
}

static enum kv_status
page_size_check(uint32_t size, unsigned shift, struct kv_err *err)
{
	if (size == UINT32_C(1) << shift)
		return KV_OK;
	return kv_fail(err, KV_EFORMAT, "page_size is 0x%" PRIx32 ", wanted 0x%" PRIx32, size,
	    UINT32_C(1) << shift);
}

static enum kv_status
pmeg_init(struct mmu *ret, const struct mmu_sun3 *how, bool sun2, struct kv_err *err)
{
	const unsigned shift = sun2 ? SUN2_SHIFT : SUN3_SHIFT;
	enum kv_status st = page_size_check(how->page_size, shift, err);
	if (st != KV_OK)
		return st;
	/* A PMEG has 16 PTEs. */
	if (how->segshift != shift + PMEG_BITS)
		return kv_fail(err, KV_EFORMAT, "segshift is %" PRIu32 ", wanted %u", how->segshift,
		    shift + PMEG_BITS);
	const uint64_t first = how->kernbase >> how->segshift,
		       all = UINT64_C(1) << (32 - how->segshift);
	if (how->nksegmap == 0 || how->nksegmap > all - first)
		return kv_fail(err, KV_EFORMAT,
		    "ksegmap has %" PRIu64 " segments, wanted 1 to %" PRIu64 " with kernbase 0x%" PRIx32,
		    how->nksegmap, all - first, how->kernbase);
	if (how->ksegmap_off > UINT32_MAX || how->pmeg_off > UINT32_MAX)
		return kv_fail(err, KV_EFORMAT, "offsets 0x%" PRIx64 " and 0x%" PRIx64
		    " in the header are out of reach", how->ksegmap_off, how->pmeg_off);
	*ret = (struct mmu){
		.ops = &mmu_radix_ops,
		.regime = sun2 ? "sun2" : "sun3",
		.root = { .addr = how->ksegmap_off, .space = KV_BLOB },
		/* Counted from the segment that kernbase lies in, even if not at its start. */
		.root_first = first,
		.root_count = how->nksegmap,
		.big = true,
		.va_bits = 32,
		.nlevels = 2,
		.levels = {
			{ "ksegmap", (uint8_t)how->segshift, (uint8_t)(32 - how->segshift), 1,
			    true },
			{ "PMEG", (uint8_t)shift, PMEG_BITS, 4, false },
		},
		.decode = sun3_decode,
		.param = {
			[PARAM_FRAME] = how->pg_frame,
			[PARAM_VALID] = how->pg_valid,
			[PARAM_PMEG_OFF] = how->pmeg_off,
			[PARAM_IS_SUN2] = sun2,
		},
	};
	return KV_OK;
}

enum kv_status
mmu_sun3_init(struct mmu *ret, const struct mmu_sun3 *how, struct kv_err *err)
{
	return pmeg_init(ret, how, false, err);
}

enum kv_status
mmu_sun2_init(struct mmu *ret, const struct mmu_sun3 *how, struct kv_err *err)
{
	return pmeg_init(ret, how, true, err);
}

static void
sun3x_decode(const struct mmu *mmu, unsigned i, uint64_t raw, struct mmu_entry *ret)
{
	/* pg_valid is 1: it knows nothing of indirect descriptors, which a 68030 follows (9.5.3.2). */
	const bool valid = (raw & mmu->param[PARAM_VALID]) != 0;
	if (SUN3X_DT(raw) == 2 && i == 0)
		entry_table(ret, KV_PHYS, raw & ~UINT64_C(3), PROT_RWX);
	else if (SUN3X_DT(raw) == 2)
		entry_reserved(ret, "is indirect, but was itself reached so");
	else if (!valid)
		entry_invalid(ret, "is not valid");
	else if (SUN3X_DT(raw) == 3)
		entry_reserved(ret, "points to a long page descriptor, which no BSD has");
	else
		entry_leaf(ret, raw & mmu->param[PARAM_FRAME] & ~low_mask(mmu->levels[i].shift),
		    prot_of(true, (raw & SUN3X_WP) == 0, true));
}

enum kv_status
mmu_sun3x_init(struct mmu *ret, uint32_t page_size, uint32_t kernbase, uint32_t pg_frame,
    uint32_t pg_valid, uint32_t kern_c_base, struct kv_err *err)
{
	const unsigned shift = SUN3_SHIFT;
	enum kv_status st = page_size_check(page_size, shift, err);
	if (st != KV_OK)
		return st;
	if ((kernbase & (page_size - 1)) != 0)
		return kv_fail(err, KV_EFORMAT, "kernbase 0x%" PRIx32 " is not a multiple of 0x%" PRIx32,
		    kernbase, page_size);
	const uint64_t first = kernbase >> shift;
	*ret = (struct mmu){
		.ops = &mmu_radix_ops,
		.regime = "sun3x",
		.root = { .addr = kern_c_base, .space = KV_VIRT },
		.root_first = first,
		.root_count = (UINT64_C(1) << (32 - shift)) - first,
		.big = true,
		.va_bits = 32,
		.nlevels = 2,
		.levels = {
			{ "C", (uint8_t)shift, (uint8_t)(32 - shift), 4, true },
			{ "indirect", (uint8_t)shift, 0, 4, false },
		},
		.decode = sun3x_decode,
		.param = { [PARAM_FRAME] = pg_frame, [PARAM_VALID] = pg_valid },
	};
	return KV_OK;
}
