/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * FreeBSD/sparc64's kernel TSB: a direct-mapped table of TTEs, each with its tag, and a direct map
 * above it.  Sources: FreeBSD sys/sparc64/include/{tsb,tte,tlb}.h and lib/libkvm/kvm_sparc64.c;
 * UltraSPARC-I/II User's Manual, 6.2 (TTE).
 */
#include <inttypes.h>
#include <stdlib.h>

#include "bytes.h"
#include "mmu.h"
#include "pages.h"

enum { PAGE_SHIFT = 13, ENTRY_SHIFT = 5 };
enum { ENTRY_VPN = 0, ENTRY_DATA = 8, ENTRY_READ = 16 };
enum { PARAM_MASK };	/* of the index */

/* The tag: the virtual page number in units of its size, then the size. */
#define TAG_SIZE(tag)	((unsigned)((tag) & 3))
#define TAG_PAGE(tag)	((tag) >> 2)

#define TTE_V		UINT64_C(0x8000000000000000)
#define TTE_SIZE(data)	((unsigned)((data) >> 61 & 3))
#define TTE_FRAME	low_mask(43)	/* bits 42:13, and those below them that the size leaves out */
#define TTE_W		UINT64_C(0x2)
#define TTE_EXEC	UINT64_C(0x800)	/* one of the software bits: TD_EXEC */

static enum kv_status
entry_read(const struct mmu *mmu, const struct mmu_src *src, uint64_t index, struct kv_loc *at,
    uint64_t *tag, uint64_t *data, struct kv_err *err)
{
	*at = mmu->root;
	if (!u64_add(mmu->root.addr, index << ENTRY_SHIFT, &at->addr))
		return kv_fail(err, KV_EFORMAT, "TSB entry %" PRIu64 " runs past the last address", index);
	const uint8_t *p;
	size_t got;
	enum kv_status st = src->read(src->arg, *at, ENTRY_READ, &p, &got, err);
	if (st != KV_OK) {
		kv_prefix(err, "TSB entry %" PRIu64 " at 0x%" PRIx64 " cannot be read", index,
		    at->addr);
		return st;
	}
	*tag = be64_get(p + ENTRY_VPN);
	*data = be64_get(p + ENTRY_DATA);
	return KV_OK;
}

/* Why an entry does not translate va; NULL if it does. */
static const char *
entry_lacks(uint64_t tag, uint64_t data, vaddr_t va)
{
	if ((data & TTE_V) == 0)
		return "is not valid";
	const unsigned size = TTE_SIZE(data);
	if (TAG_SIZE(tag) != size || TAG_PAGE(tag) != va >> (PAGE_SHIFT + 3 * size))
		return "is of another page";
	return NULL;
}

/* The 8 KiB of va: other parts of a larger page are in other entries. */
static struct kv_run
entry_run(uint64_t data, vaddr_t va)
{
	const uint64_t page = low_mask(PAGE_SHIFT), large = low_mask(PAGE_SHIFT + 3 * TTE_SIZE(data));
	return (struct kv_run){
		.first = va & ~page,
		.last = va | page,
		.at = { .addr = (data & TTE_FRAME & ~large) | (va & large & ~page), .space = KV_PHYS },
		.prot = (uint8_t)(KV_R | ((data & TTE_W) != 0 ? KV_W : 0) |
		    ((data & TTE_EXEC) != 0 ? KV_X : 0)),
		.prot_known = true,
	};
}

static enum kv_status
tsb_walk(const struct mmu *mmu, const struct mmu_src *src, vaddr_t va, struct kv_run *run,
    mmu_step_fn *step, void *arg, struct kv_err *err)
{
	const uint64_t index = va >> PAGE_SHIFT & mmu->param[PARAM_MASK];
	struct kv_loc at;
	uint64_t tag, data;
	enum kv_status st = entry_read(mmu, src, index, &at, &tag, &data, err);
	if (st != KV_OK)
		return st;
	const char *why = entry_lacks(tag, data, va);
	*run = entry_run(data, va);
	if (step != NULL)
		step(arg, &(struct mmu_step){ .name = "TSB", .table = mmu->root, .index = index,
		    .entry = at, .size = ENTRY_READ, .raw = data,
		    .kind = why == NULL ? MMU_LEAF : MMU_INVALID,
		    .next = why == NULL ? run->at : (struct kv_loc){ 0 },
		    .prot = why == NULL ? run->prot : 0, .why = why });
	if (why == NULL)
		return KV_OK;
	return kv_fail(err, KV_EUNMAPPED, "TSB entry %" PRIu64 " (tag 0x%" PRIx64 ", data 0x%" PRIx64
	    ") at 0x%" PRIx64 " %s", index, tag, data, at.addr, why);
}

/*
 * The pages of 8 KiB that entries stand for, even where these are parts of larger ones: the low
 * address bits are those of the index.  Those that no look-up finds are left out later.  What an entry
 * that cannot be read stands for is unknown.
 */
static enum kv_status
collect(const struct mmu *mmu, const struct mmu_src *src, vaddr_t lo, vaddr_t last,
    struct pages *pages, bool *unknown, struct kv_err *err)
{
	const uint64_t mask = mmu->param[PARAM_MASK];
	for (uint64_t index = 0; index <= mask; index++) {
		struct kv_loc at;
		uint64_t tag, data;
		enum kv_status st = entry_read(mmu, src, index, &at, &tag, &data, NULL);
		*unknown = st != KV_OK;
		if (*unknown)
			return st;
		const unsigned shift = 3 * TTE_SIZE(data);
		const vaddr_t base = TAG_PAGE(tag) << shift;
		/* A small TSB has one entry for several parts of a large page. */
		for (uint64_t part = index & low_mask(shift); part >> shift == 0; part += mask + 1) {
			const vaddr_t va = (base | part) << PAGE_SHIFT;
			if ((data & TTE_V) == 0 || (va | low_mask(PAGE_SHIFT)) < lo || va > last)
				continue;
			if ((st = mmu_pages_add(pages, va, err)) != KV_OK)
				return st;
		}
	}
	return KV_OK;
}

/* One index has pages far apart, if the kernel has more addresses than its TSB has entries. */
static enum kv_status
tsb_each(const struct mmu *mmu, const struct mmu_src *src, vaddr_t lo, vaddr_t last,
    mmu_run_fn *fn, void *arg, struct kv_err *err)
{
	struct pages pages = { 0 };
	bool unknown = false;
	enum kv_status st = collect(mmu, src, lo, last, &pages, &unknown, err);
	if (st == KV_OK)
		mmu_pages_each(&pages, mmu, src, lo, last, fn, arg);
	free(pages.v);
	if (!unknown)
		return st;
	const struct kv_run all = { .first = lo, .last = last };
	(void)fn(arg, &all, st);
	return KV_OK;
}

static const struct mmu_ops tsb_ops = {
	.walk = tsb_walk,
	.each = tsb_each,
};

struct mmu
mmu_tsb(struct kv_loc root, uint64_t mask)
{
	return (struct mmu){
		.ops = &tsb_ops,
		.regime = "tsb",
		.root = root,
		.param = { [PARAM_MASK] = mask },
	};
}
