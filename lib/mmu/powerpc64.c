/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * 64-bit PowerPC with the bridge's segment registers: the hashed table of 16-byte PTEs.
 * Source: Power ISA 2.03, Book III-S, 4.7 (address translation), 4.9.3.3 (mtsr).  Only the first
 * 4 GiB have a segment register; a dump has no segment table for what is above.
 */
#include <inttypes.h>

#include "entry.h"
#include "pteg.h"
#include "scan.h"

/* As mtsr takes them. */
#define SR_T		UINT64_C(0x80000000)
#define SR_KS		UINT64_C(0x40000000)
#define SR_N		UINT64_C(0x10000000)
#define SR_L		UINT64_C(0x08000000)	/* pages of 16 MiB */
#define SR_VSID		UINT64_C(0x07ffffff)

#define SDR1_HTABORG	UINT64_C(0x0ffffffffffc0000)
#define SDR1_HTABSIZE	UINT64_C(0x1f)

#define PTE_V		UINT64_C(0x1)		/* first doubleword */
#define PTE_H		UINT64_C(0x2)
#define PTE_L		UINT64_C(0x4)
#define PTE_AVPN_SHIFT	7
#define PTE_RPN		UINT64_C(0x3ffffffffffff000)	/* second */
#define PTE_N		UINT64_C(0x4)
#define PTE_G		UINT64_C(0x8)
#define PTE_PP		UINT64_C(0x3)
enum { PTEG_SHIFT = 7 };	/* eight PTEs of 16 bytes */
enum { SMALL_SHIFT = 12, LARGE_SHIFT = 24, SEGMENT_SHIFT = 28 };

enum { PARAM_SDR1 };

static uint8_t
prot_of_pte(uint64_t sr, uint64_t second)
{
	/* 4.12, by key and PP. */
	static const uint8_t prots[2][4] = {
		{ KV_R | KV_W, KV_R | KV_W, KV_R | KV_W, KV_R },
		{ 0, KV_R, KV_R | KV_W, KV_R },
	};
	const uint8_t prot = prots[(sr & SR_KS) != 0][second & PTE_PP];
	const bool x = prot != 0 && (sr & SR_N) == 0 && (second & (PTE_N | PTE_G)) == 0;
	return (uint8_t)(prot | (x ? KV_X : 0));
}

static uint64_t
segment(const struct mmu *mmu, vaddr_t va)
{
	return mmu->reg[va >> SEGMENT_SHIFT];
}

static uint64_t
oea64_group(const struct mmu *mmu, vaddr_t va, bool secondary)
{
	const uint64_t sr = segment(mmu, va), page = (va & low_mask(SEGMENT_SHIFT)) >>
	    ((sr & SR_L) != 0 ? LARGE_SHIFT : SMALL_SHIFT);
	const uint64_t hash = (sr & SR_VSID) ^ page;
	/* HTABSIZE: PTEGs are 2^11 at least, 2^39 at most. */
	uint64_t size = mmu->param[PARAM_SDR1] & SDR1_HTABSIZE;
	if (size > 28)
		size = 28;
	return mmu->root.addr |
	    ((secondary ? ~hash : hash) & low_mask(11 + (unsigned)size)) << PTEG_SHIFT;
}

static bool
oea64_match(const struct mmu *mmu, vaddr_t va, bool secondary, uint64_t first, uint64_t second,
    struct kv_run *run)
{
	const uint64_t sr = segment(mmu, va);
	const bool large = (sr & SR_L) != 0;
	/* The AVPN ends at bit 23, which is inside of a large page. */
	const uint64_t avpn = (sr & SR_VSID) << 5 | (va & low_mask(SEGMENT_SHIFT)) >> 23;
	const uint64_t ignored = large ? 1 : 0;
	if ((first & PTE_V) == 0 || ((first & PTE_H) != 0) != secondary ||
	    ((first & PTE_L) != 0) != large ||
	    ((first >> PTE_AVPN_SHIFT ^ avpn) & ~ignored) != 0)
		return false;
	/* Low bits of a large page's frame would say another size (4.7.7.1). */
	if (large && (second & PTE_RPN & low_mask(LARGE_SHIFT)) != 0)
		return false;
	run->at = (struct kv_loc){ .addr = second & PTE_RPN, .space = KV_PHYS };
	run->prot = prot_of_pte(sr, second);
	run->prot_known = true;
	return true;
}

static const struct pteg_table oea64_table = { 8, oea64_group, oea64_match };

static enum kv_status
oea64_walk(const struct mmu *mmu, const struct mmu_src *src, vaddr_t va, struct kv_run *run,
    mmu_step_fn *step, void *arg, struct kv_err *err)
{
	if (va > UINT32_MAX) {
		*run = (struct kv_run){ .first = UINT64_C(1) << 32, .last = UINT64_MAX };
		return kv_fail(err, KV_EUNMAPPED,
		    "0x%" PRIx64 ": segment registers cover 0x0 to 0xffffffff only", va);
	}
	const uint64_t sr = segment(mmu, va);
	const uint64_t offset = low_mask((sr & SR_L) != 0 ? LARGE_SHIFT : SMALL_SHIFT);
	*run = (struct kv_run){ .first = va & ~offset, .last = va | offset };
	if ((sr & SR_T) != 0) {
		run->first = va & ~low_mask(SEGMENT_SHIFT);
		run->last = va | low_mask(SEGMENT_SHIFT);
		return kv_fail(err, KV_EUNMAPPED,
		    "0x%" PRIx64 ": segment register %" PRIu64 " (0x%" PRIx64
		    ") is a direct-store segment", va, va >> SEGMENT_SHIFT, sr);
	}
	enum kv_status st = pteg_find(&oea64_table, mmu, src, va, run, step, arg, err);
	if (st != KV_EUNMAPPED)
		return st;
	return kv_fail(err, KV_EUNMAPPED,
	    "0x%" PRIx64 ": neither PTEG has a PTE for VSID 0x%" PRIx64 ", page 0x%" PRIx64, va,
	    sr & SR_VSID, (va & low_mask(SEGMENT_SHIFT)) >> SMALL_SHIFT);
}

static const struct mmu_ops oea64_ops = {
	.walk = oea64_walk,
	.each = mmu_scan_each,
};

struct mmu
mmu_powerpc64_oea64(uint64_t sdr1, const uint64_t sr[16])
{
	struct mmu mmu = {
		.ops = &oea64_ops,
		.regime = "oea64",
		.root = { .addr = sdr1 & SDR1_HTABORG, .space = KV_PHYS },
		.param = { [PARAM_SDR1] = sdr1 },
	};
	for (unsigned i = 0; i < 16; i++)
		mmu.reg[i] = sr[i];
	return mmu;
}
