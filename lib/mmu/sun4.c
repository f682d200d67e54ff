/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sun4 and sun4c: segment map and PMEGs, both copied into the dump's header.
 * Sources: NetBSD sys/arch/sparc/include/{kcore,pmap,pte}.h; Sun-4 Architecture Manual, 5.
 */
#include "sun4.h"

#include <inttypes.h>

#include "entry.h"

#define PG_V		UINT64_C(0x80000000)
#define PG_W		UINT64_C(0x40000000)
#define PG_TYPE		UINT64_C(0x0c000000)	/* 0: main memory */
#define PG_PFNUM	UINT64_C(0x0007ffff)

enum { PARAM_NPMEG, PARAM_PMEG_BYTES, PARAM_PMEG_OFF };

static void
sun4_decode(const struct mmu *mmu, unsigned i, uint64_t raw, struct mmu_entry *ret)
{
	if (i == 1) {
		if ((raw & PG_V) == 0)
			entry_invalid(ret, "is not valid");
		else if ((raw & PG_TYPE) != 0)
			entry_invalid(ret, "maps a device, not memory (bits 27:26)");
		else
			entry_leaf(ret, (raw & PG_PFNUM) << mmu->levels[1].shift,
			    prot_of(true, (raw & PG_W) != 0, true));
		return;
	}
	const uint64_t pmeg = SG_PMEG(raw), npmeg = mmu->param[PARAM_NPMEG];
	if (SG_NPTE(raw) == 0)
		entry_invalid(ret, "has no PTEs (sg_npte is 0)");
	else if (pmeg == npmeg - 1)
		entry_invalid(ret, "has the invalid PMEG");
	else if (pmeg >= npmeg)
		entry_reserved(ret, "has a PMEG that does not exist");
	else
		entry_table(ret, KV_BLOB,
		    mmu->param[PARAM_PMEG_OFF] + pmeg * mmu->param[PARAM_PMEG_BYTES], PROT_RWX);
}

enum kv_status
sun4_segmap(struct mmu *ret, uint32_t kernbase, uint32_t nsegmap, uint64_t segmap_off,
    struct kv_err *err)
{
	const uint64_t first = kernbase >> SEGMENT_SHIFT, all = UINT64_C(1) << (32 - SEGMENT_SHIFT);
	if ((kernbase & low_mask(SEGMENT_SHIFT)) != 0)
		return kv_fail(err, KV_EFORMAT,
		    "kernbase 0x%" PRIx32 " is not a multiple of a segment, 0x40000", kernbase);
	if (nsegmap == 0 || nsegmap > all - first)
		return kv_fail(err, KV_EFORMAT,
		    "nsegmap is %" PRIu32 ", wanted 1 to %" PRIu64 " with kernbase 0x%" PRIx32, nsegmap,
		    all - first, kernbase);
	if (segmap_off > UINT32_MAX)
		return kv_fail(err, KV_EFORMAT, "segmapoffset 0x%" PRIx64 " is out of reach", segmap_off);
	ret->ops = &mmu_radix_ops;
	ret->root = (struct kv_loc){ .addr = segmap_off + 8, .space = KV_BLOB };
	ret->root_stride = SEGMAP_BYTES;
	ret->root_first = first;
	ret->root_count = nsegmap;
	ret->big = true;
	ret->va_bits = 32;
	ret->nlevels = 2;
	ret->levels[0] = (struct radix_level){ "segmap", SEGMENT_SHIFT, 32 - SEGMENT_SHIFT, 8,
		true };
	return KV_OK;
}

enum kv_status
mmu_sun4_init(struct mmu *ret, const struct mmu_sun4 *how, struct kv_err *err)
{
	const uint8_t shift = how->sun4c ? 12 : 13, bits = (uint8_t)(SEGMENT_SHIFT - shift);
	*ret = (struct mmu){
		.regime = how->sun4c ? "sun4c" : "sun4",
		.decode = sun4_decode,
		.param = {
			[PARAM_NPMEG] = how->npmeg,
			[PARAM_PMEG_BYTES] = UINT64_C(4) << bits,
			[PARAM_PMEG_OFF] = how->pmeg_off,
		},
	};
	/* sg_pmeg has 16 bits. */
	if (how->npmeg == 0 || how->npmeg > 0x10000)
		return kv_fail(err, KV_EFORMAT, "npmeg is %" PRIu32 ", wanted 1 to 65536", how->npmeg);
	if (how->pmeg_off > UINT32_MAX)
		return kv_fail(err, KV_EFORMAT, "pmegoffset 0x%" PRIx64 " is out of reach",
		    how->pmeg_off);
	enum kv_status st = sun4_segmap(ret, how->kernbase, how->nsegmap, how->segmap_off, err);
	ret->levels[1] = (struct radix_level){ "PMEG", shift, bits, 4, false };
	return st;
}
