/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * 32-bit PowerPC, OEA: block address translation, segment registers and the hashed table.
 * Sources: Programming Environments Manual for 32-Bit (MPCFPE32B), 7.3 to 7.6; PowerPC 601
 * User's Manual, 6.6 (its BATs); MPC7450 User's Manual, 5.3 (XBL).
 */
#include <inttypes.h>

#include "entry.h"
#include "pteg.h"
#include "scan.h"

#define SR_T		UINT32_C(0x80000000)	/* direct store */
#define SR_KS		UINT32_C(0x40000000)
#define SR_N		UINT32_C(0x10000000)
#define SR_VSID		UINT32_C(0x00ffffff)

#define SDR1_HTABORG	UINT32_C(0xffff0000)
#define SDR1_HTABMASK	UINT32_C(0x000001ff)
#define HASH_MASK	UINT32_C(0x0007ffff)

#define PTE_V		UINT32_C(0x80000000)	/* upper word */
#define PTE_VSID(hi)	((hi) >> 7 & 0xffffff)
#define PTE_H		UINT32_C(0x40)
#define PTE_API(hi)	((hi) & 0x3f)
#define PTE_RPN		UINT32_C(0xfffff000)	/* lower word */
#define PTE_G		UINT32_C(0x8)
#define PTE_PP(lo)	((lo) & 0x3)

#define BAT_EPI		UINT32_C(0xfffe0000)	/* and BRPN, of the lower word */
#define BAT_VS		UINT32_C(0x2)		/* upper: valid for the supervisor */
#define BAT_BL		UINT32_C(0x1ffc)	/* upper: length mask; 1fffc with XBL */
#define BAT_XBL		UINT32_C(0x1fffc)
#define BAT_601_V	UINT32_C(0x40)		/* lower */
#define BAT_601_BSM	UINT32_C(0x3f)		/* lower */
#define BAT_601_KS	UINT32_C(0x8)		/* upper */
enum { BAT_SHIFT = 17 };			/* 128 KiB, the smallest block */

enum { PARAM_SDR1, PARAM_601, PARAM_XBL };
enum { DATA, INSTRUCTION, NSIDES, NBATS = 8, NBATS_601 = 4 };
/* reg: 16 segment registers, then BATs as upper << 32 | lower, those for data first. */
enum { REG_SR, REG_BAT = 16 };

static const char *const bat_names[NSIDES] = { "DBAT", "IBAT" };

/* 7.5.4 and 7.4.4: what the supervisor may read and write, by key and PP. */
static uint8_t
pp_prot(bool key, unsigned pp)
{
	static const uint8_t prots[2][4] = {
		{ KV_R | KV_W, KV_R | KV_W, KV_R | KV_W, KV_R },
		{ 0, KV_R, KV_R | KV_W, KV_R },
	};
	return prots[key][pp];
}

/* ---- BATs ------------------------------------------------------------------------- */

struct bat {
	uint32_t epi, mask, pa;		/* mask: address bits that the block leaves as they are */
	uint8_t prot;
};

/* False if the BAT maps nothing. */
static bool
bat_get(const struct mmu *mmu, unsigned side, unsigned n, struct bat *ret)
{
	const uint64_t reg = mmu->reg[REG_BAT + side * NBATS + n];
	const uint32_t upper = (uint32_t)(reg >> 32), lower = (uint32_t)reg;
	ret->epi = upper & BAT_EPI;
	if (mmu->param[PARAM_601] != 0) {
		if (n >= NBATS_601 || (lower & BAT_601_V) == 0)
			return false;
		ret->mask = (lower & BAT_601_BSM) << BAT_SHIFT;
		ret->prot = pp_prot((upper & BAT_601_KS) != 0, upper & 0x3);
		ret->prot |= ret->prot != 0 ? KV_X : 0;
	} else {
		if ((upper & BAT_VS) == 0)
			return false;
		ret->mask = (upper & (mmu->param[PARAM_XBL] != 0 ? BAT_XBL : BAT_BL)) << 15;
		const unsigned pp = lower & 0x3;
		if (pp == 0)
			ret->prot = 0;
		else if (side == DATA)
			ret->prot = pp == 2 ? KV_R | KV_W : KV_R;
		else
			ret->prot = KV_X;
	}
	ret->mask |= ~BAT_EPI;
	ret->pa = lower & ~ret->mask;
	/* 7.4.2: a length with gaps is no length.  Bits that the mask covers are compared as 0. */
	return (ret->mask & (ret->mask + 1)) == 0 && (ret->epi & ret->mask) == 0;
}

static bool
bat_find(const struct mmu *mmu, unsigned side, uint32_t va, unsigned *n, struct bat *ret)
{
	for (*n = 0; *n < NBATS; ++*n)
		if (bat_get(mmu, side, *n, ret) && (va & ~ret->mask) == ret->epi)
			return true;
	return false;
}

/* True if the other block is a part of bat's: blocks are apart, or one contains the other. */
static bool
bat_cut(const struct bat *bat, const struct bat *other)
{
	return other->mask < bat->mask && (other->epi & ~bat->mask) == bat->epi;
}

/* The block around va, or the smallest piece of it, if other BATs answer for parts. */
static struct kv_run
bat_run(const struct mmu *mmu, const struct bat *bat, uint32_t va)
{
	uint32_t mask = bat->mask;
	struct bat other;
	for (unsigned i = 0; i < NSIDES * NBATS; i++)
		if (bat_get(mmu, i / NBATS, i % NBATS, &other) && bat_cut(bat, &other))
			mask = ~BAT_EPI;
	const uint32_t first = va & ~mask;
	return (struct kv_run){
		.first = first,
		.last = first | mask,
		.at = { .addr = bat->pa | (first & bat->mask), .space = KV_PHYS },
		.prot = bat->prot,
		.prot_known = true,
	};
}

static void
bat_step(const struct mmu *mmu, unsigned side, unsigned n, const struct bat *bat,
    mmu_step_fn *step, void *arg)
{
	if (step != NULL)
		step(arg,
		    &(struct mmu_step){
			.name = bat_names[side],
			.table = { .space = KV_BLOB },
			.index = n,
			.entry = { .addr = 8 * n, .space = KV_BLOB },
			.size = 8,
			.raw = mmu->reg[REG_BAT + side * NBATS + n],
			.kind = MMU_LEAF,
			.next = { .addr = bat->pa, .space = KV_PHYS },
			.prot = bat->prot,
		    });
}

/* ---- The hashed table ------------------------------------------------------------- */

static uint32_t
segment(const struct mmu *mmu, uint32_t va)
{
	return (uint32_t)mmu->reg[REG_SR + (va >> 28)];
}

/* 7.6.1.3: where the base has bits under the mask, they are or-ed. */
static uint64_t
oea_group(const struct mmu *mmu, vaddr_t va, bool secondary)
{
	const uint32_t vsid = segment(mmu, (uint32_t)va) & SR_VSID, page = va >> 12 & 0xffff;
	const uint32_t hash = (secondary ? ~(vsid ^ page) : vsid ^ page) & HASH_MASK;
	const uint32_t sdr1 = (uint32_t)mmu->param[PARAM_SDR1];
	const uint32_t upper = hash >> 10 & sdr1 & SDR1_HTABMASK;
	return (sdr1 & SDR1_HTABORG) | upper << 16 | (hash & 0x3ff) << 6;
}

static bool
oea_match(const struct mmu *mmu, vaddr_t va, bool secondary, uint64_t upper, uint64_t lower,
    struct kv_run *run)
{
	const uint32_t sr = segment(mmu, (uint32_t)va);
	if ((upper & PTE_V) == 0 || PTE_VSID(upper) != (sr & SR_VSID) ||
	    PTE_API(upper) != (va >> 22 & 0x3f) || ((upper & PTE_H) != 0) != secondary)
		return false;
	run->at = (struct kv_loc){ .addr = lower & PTE_RPN, .space = KV_PHYS };
	run->prot = pp_prot((sr & SR_KS) != 0, PTE_PP(lower));
	if (run->prot != 0 && (sr & SR_N) == 0 && (lower & PTE_G) == 0)
		run->prot |= KV_X;
	run->prot_known = true;
	return true;
}

static const struct pteg_table oea_table = { 4, oea_group, oea_match };

/*
 * As for a load: data BATs, then the table; and where these have nothing, as for a fetch,
 * because text may be mapped by instruction BATs only.
 */
static enum kv_status
oea_walk(const struct mmu *mmu, const struct mmu_src *src, vaddr_t va64, struct kv_run *run,
    mmu_step_fn *step, void *arg, struct kv_err *err)
{
	if (va64 > UINT32_MAX) {
		*run = (struct kv_run){ .first = UINT64_C(1) << 32, .last = UINT64_MAX };
		return kv_fail(err, KV_EUNMAPPED,
		    "0x%" PRIx64 " is outside of the translated addresses 0x0 to 0xffffffff", va64);
	}
	const uint32_t va = (uint32_t)va64;
	struct bat data, fetch;
	unsigned n, fetch_n;
	const bool has_fetch = bat_find(mmu, INSTRUCTION, va, &fetch_n, &fetch);
	const paddr_t fetch_pa = has_fetch ? fetch.pa | (va & fetch.mask) : 0;
	if (bat_find(mmu, DATA, va, &n, &data)) {
		if (has_fetch && fetch_pa == (data.pa | (va & data.mask)))
			data.prot |= fetch.prot & KV_X;
		bat_step(mmu, DATA, n, &data, step, arg);
		*run = bat_run(mmu, &data, va);
		return KV_OK;
	}

	const uint32_t sr = segment(mmu, va), offset = (uint32_t)low_mask(12);
	*run = (struct kv_run){ .first = va & ~offset, .last = va | offset };
	if ((sr & SR_T) == 0) {
		enum kv_status st = pteg_find(&oea_table, mmu, src, va, run, step, arg, err);
		/* A block hides the page from fetches. */
		if (st == KV_OK && has_fetch) {
			const bool same = fetch_pa == (run->at.addr | (va & offset));
			run->prot = (uint8_t)((run->prot & ~KV_X) | (same ? fetch.prot & KV_X : 0));
		}
		if (st != KV_EUNMAPPED)
			return st;
	}
	if (has_fetch) {
		bat_step(mmu, INSTRUCTION, fetch_n, &fetch, step, arg);
		run->at = (struct kv_loc){ .addr = fetch_pa & ~(paddr_t)offset, .space = KV_PHYS };
		run->prot = fetch.prot;
		run->prot_known = true;
		return KV_OK;
	}
	if ((sr & SR_T) != 0)
		return kv_fail(err, KV_EUNMAPPED,
		    "0x%" PRIx32 ": no BAT maps it, and segment register %" PRIu32 " (0x%" PRIx32
		    ") is a direct-store segment", va, va >> 28, sr);
	return kv_fail(err, KV_EUNMAPPED,
	    "0x%" PRIx32 ": no BAT maps it, and neither PTEG has a PTE for VSID 0x%" PRIx32
	    ", page 0x%" PRIx32, va, sr & SR_VSID, va >> 12 & 0xffff);
}

static const struct mmu_ops oea_ops = {
	.walk = oea_walk,
	.each = mmu_scan_each,
};

struct mmu
mmu_powerpc_oea(const struct mmu_powerpc *regs)
{
	struct mmu mmu = {
		.ops = &oea_ops,
		.regime = regs->is_601 ? "oea601" : "oea",
		.root = { .addr = regs->sdr1 & SDR1_HTABORG, .space = KV_PHYS },
		.param = {
			[PARAM_SDR1] = regs->sdr1,
			[PARAM_601] = regs->is_601,
			[PARAM_XBL] = regs->xbl,
		},
	};
	for (unsigned i = 0; i < 16; i++)
		mmu.reg[REG_SR + i] = regs->sr[i];
	for (unsigned i = 0; i < NSIDES * NBATS; i++)
		mmu.reg[REG_BAT + i] = (uint64_t)regs->bats[i / NBATS][i % NBATS].upper << 32 |
		    regs->bats[i / NBATS][i % NBATS].lower;
	return mmu;
}
