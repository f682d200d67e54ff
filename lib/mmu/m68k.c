/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * m68k: two levels (68851, 68030, HP) or three (68040, 68060), their shifts and masks from
 * the dump's header.
 * Sources: MC68030 User's Manual, 9.5; MC68851 User's Manual, 5.1; M68040 User's Manual,
 * 3.2 (the 68060's is the same); NetBSD sys/arch/m68k/include/{kcore,pte_motorola}.h.
 */
#include "m68k.h"

#include <inttypes.h>

#include "entry.h"

#define M68K_DT(raw)	((unsigned)((raw) & 0x3))	/* descriptor type */
#define M68K_WP		UINT64_C(0x4)			/* write-protected */
#define M68K_INDIRECT	UINT64_C(0xfffffffc)

static const char invalid[] = "is not valid";

/* 68040, 3.2.2.2: a pointer is resident if bit 1 is set, whatever bit 0 is. */
static void
pointer_decode(const struct mmu *mmu, unsigned i, uint64_t raw, struct mmu_entry *ret)
{
	const uint64_t family = mmu->param[M68K_FAMILY];
	const uint8_t prot = prot_of(true, (raw & M68K_WP) == 0, true);
	const unsigned dt = M68K_DT(raw);
	if (family == M68K_HP ? (raw & mmu->param[M68K_SG_V]) == 0 :
				dt == 0 || (dt == 1 && family == M68K_68040))
		entry_invalid(ret, invalid);
	else if (family != M68K_68030 || dt == 2)
		entry_table(ret, KV_PHYS, raw & mmu->reg[i], prot);
	else if (dt == 3)
		entry_reserved(ret, "points to a table of long descriptors, which no BSD has");
	else {	/* 68030, 9.5.3.1: early termination */
		const paddr_t pa = raw & mmu->param[M68K_PG_FRAME];
		if ((pa & low_mask(mmu->levels[i].shift)) != 0)
			entry_reserved(ret, "ends the walk early, at an address not aligned to its size");
		else
			entry_leaf(ret, pa, prot);
	}
}

static void
page_decode(const struct mmu *mmu, bool indirect, uint64_t raw, struct mmu_entry *ret)
{
	const uint64_t family = mmu->param[M68K_FAMILY];
	const unsigned dt = M68K_DT(raw);
	if (family == M68K_HP ? (raw & mmu->param[M68K_PG_V]) == 0 : dt == 0)
		entry_invalid(ret, invalid);
	else if (family == M68K_HP || dt == 1 || (dt == 3 && family == M68K_68040))
		entry_leaf(ret, raw & mmu->param[M68K_PG_FRAME],
		    prot_of(true, (raw & M68K_WP) == 0, true));
	else if (indirect)
		entry_reserved(ret, "is indirect, but was itself reached so");
	else if (dt == 3)
		entry_reserved(ret, "points to a long page descriptor, which no BSD has");
	else
		entry_table(ret, KV_PHYS, raw & M68K_INDIRECT, PROT_RWX);
}

void
m68k_decode(const struct mmu *mmu, unsigned i, uint64_t raw, struct mmu_entry *ret)
{
	if (i + 2u < mmu->nlevels)
		pointer_decode(mmu, i, raw, ret);
	else
		page_decode(mmu, i + 1u == mmu->nlevels, raw, ret);
}

void
m68k_finish(struct mmu *mmu, const char *regime, paddr_t root)
{
	const struct radix_level *page = &mmu->levels[mmu->nlevels - 1];
	mmu->levels[mmu->nlevels++] = (struct radix_level){
		.name = "indirect",
		.shift = page->shift,
		.entry_size = 4,
	};
	mmu->ops = &mmu_radix_ops;
	mmu->regime = regime;
	mmu->root = (struct kv_loc){ .addr = root, .space = KV_PHYS };
	mmu->big = true;
	mmu->va_bits = 32;
	mmu->decode = m68k_decode;
}

static struct radix_level
level(const char *name, uint32_t shift, uint32_t end)
{
	return (struct radix_level){
		.name = name,
		.shift = (uint8_t)shift,
		.bits = (uint8_t)(end - shift),
		.entry_size = 4,
		.table = true,
	};
}

/* A constant that does not follow from the shifts would index past a table or skip bits. */
static enum kv_status
want(const char *name, uint32_t got, uint64_t wanted, struct kv_err *err)
{
	if (got == wanted)
		return KV_OK;
	return kv_fail(err, KV_EFORMAT, "%s is 0x%" PRIx32 ", wanted 0x%" PRIx64, name, got, wanted);
}

/* From bit shift up to bit end - 1. */
static uint64_t
field(uint32_t shift, uint32_t end)
{
	return low_mask(end) & ~low_mask(shift);
}

static enum kv_status
init_68040(struct mmu *ret, const struct mmu_m68k *how, uint32_t page_shift, struct kv_err *err)
{
	if (how->sg40_shift1 >= 32 || how->sg40_shift2 >= how->sg40_shift1 ||
	    how->sg40_shift2 <= page_shift)
		return kv_fail(err, KV_EFORMAT,
		    "sg40_shift1 %" PRIu32 ", sg40_shift2 %" PRIu32 " and the page's %" PRIu32
		    " do not descend from 31", how->sg40_shift1, how->sg40_shift2, page_shift);
	enum kv_status st = want("sg40_shift3", how->sg40_shift3, page_shift, err);
	if (st == KV_OK)
		st = want("sg40_mask2", how->sg40_mask2, field(how->sg40_shift2, how->sg40_shift1), err);
	if (st == KV_OK)
		st = want("sg40_mask3", how->sg40_mask3, field(page_shift, how->sg40_shift2), err);
	if (st != KV_OK)
		return st;
	ret->nlevels = 3;
	ret->levels[0] = level("L1", how->sg40_shift1, 32);
	ret->levels[1] = level("L2", how->sg40_shift2, how->sg40_shift1);
	ret->levels[2] = level("PT", page_shift, how->sg40_shift2);
	ret->reg[0] = how->sg40_addr1;
	ret->reg[1] = how->sg40_addr2;
	return KV_OK;
}

static enum kv_status
init_68030(struct mmu *ret, const struct mmu_m68k *how, uint32_t page_shift, struct kv_err *err)
{
	if (how->sg_ishift >= 32 || how->sg_ishift <= page_shift)
		return kv_fail(err, KV_EFORMAT, "sg_ishift is %" PRIu32 ", wanted %" PRIu32 " to 31",
		    how->sg_ishift, page_shift + 1);
	enum kv_status st = want("sg_pmask", how->sg_pmask, field(page_shift, how->sg_ishift), err);
	if (st != KV_OK)
		return st;
	ret->nlevels = 2;
	ret->levels[0] = level("ST", how->sg_ishift, 32);
	ret->levels[1] = level("PT", page_shift, how->sg_ishift);
	ret->reg[0] = how->sg_frame;
	return KV_OK;
}

enum kv_status
mmu_m68k_init(struct mmu *ret, const struct mmu_m68k *how, struct kv_err *err)
{
	uint32_t page_shift = 0;
	while (page_shift < 32 && UINT64_C(1) << page_shift < how->page_size)
		page_shift++;
	if (how->page_size < 256 || how->page_size > 32768 ||
	    how->page_size != UINT64_C(1) << page_shift)
		return kv_fail(err, KV_EFORMAT,
		    "page_size is 0x%" PRIx32 ", wanted a power of two from 0x100 to 0x8000",
		    how->page_size);
	if (how->mmutype < -3 || how->mmutype > 1)
		return kv_fail(err, KV_EUNSUP, "mmutype is %" PRId32 ", wanted -3 to 1", how->mmutype);
	if ((how->pg_frame & (how->page_size - 1)) != 0)
		return kv_fail(err, KV_EFORMAT,
		    "pg_frame 0x%" PRIx32 " has bits inside of a page of 0x%" PRIx32 " bytes",
		    how->pg_frame, how->page_size);
	const bool three = how->mmutype <= -2;
	/* No MMU has tables of less than 16 bytes, and type and status lie below. */
	if (((three ? how->sg40_addr1 | how->sg40_addr2 : how->sg_frame) & 0xf) != 0)
		return kv_fail(err, KV_EFORMAT,
		    "%s 0x%" PRIx32 " and 0x%" PRIx32 ": bits 3:0 of a table's address must be clear",
		    three ? "sg40_addr1, sg40_addr2" : "sg_frame, sg_frame",
		    three ? how->sg40_addr1 : how->sg_frame, three ? how->sg40_addr2 : how->sg_frame);
	*ret = (struct mmu){ .nlevels = 0 };
	enum kv_status st = three ? init_68040(ret, how, page_shift, err) :
				    init_68030(ret, how, page_shift, err);
	if (st != KV_OK)
		return st;
	ret->param[M68K_FAMILY] = three ? M68K_68040 : how->mmutype == 0 ? M68K_HP : M68K_68030;
	ret->param[M68K_PG_FRAME] = how->pg_frame;
	ret->param[M68K_SG_V] = how->sg_v;
	ret->param[M68K_PG_V] = how->pg_v;
	m68k_finish(ret, three ? "68040" : "68030", how->sysseg_pa);
	return KV_OK;
}
