/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The translation cache.  Three direct-mapped arrays per handle: spans by page, large spans by
 * 2 MiB, and last-level tables by what they cover, so that a miss among 4 KiB pages costs
 * one entry instead of a walk.  It never makes an answer differ: only successes are kept,
 * and all is dropped when tables or the header change.
 */
#include "api/handle.h"

#include <stdlib.h>
#include <string.h>

#include "bytes.h"

enum {
	NSMALL = 2048, SMALL_SHIFT = 12,
	NLARGE = 1024, LARGE_SHIFT = 21,
	NTABLE = 2048,
	LARGE_MIN = 64 * 1024,	/* bytes of a span that is kept as a large one */
};

/* The last-level table that translates [first, last]. */
struct table {
	vaddr_t first, last;
	const uint8_t *bytes;	/* into a stable image */
};

struct cache {
	struct span small[NSMALL];
	struct span large[NLARGE];
	struct table table[NTABLE];
};

/* No address is inside. */
static const struct span span_none = { .first = 1, .last = 0 };

struct cache *
cache_new(void)
{
	struct cache *cache = malloc(sizeof(*cache));
	if (cache != NULL)
		cache_drop(cache);
	return cache;
}

void
cache_free(struct cache *cache)
{
	free(cache);
}

void
cache_drop(struct cache *cache)
{
	if (cache == NULL)
		return;
	for (size_t i = 0; i < NSMALL; i++)
		cache->small[i] = span_none;
	for (size_t i = 0; i < NLARGE; i++)
		cache->large[i] = span_none;
	for (size_t i = 0; i < NTABLE; i++)
		cache->table[i] = (struct table) { .first = 1, .last = 0 };
}

static inline bool
holds(const struct span *span, vaddr_t va)
{
	return va >= span->first && va <= span->last;
}

static void
span_keep(struct cache *cache, vaddr_t va, const struct span *span)
{
	bool large = span->last - span->first >= LARGE_MIN - 1;
	if (large)
		cache->large[(va >> LARGE_SHIFT) % NLARGE] = *span;
	else
		cache->small[(va >> SMALL_SHIFT) % NSMALL] = *span;
}

/* Slot of a last-level table that covers 2^bits bytes. */
static inline struct table *
table_slot(struct cache *cache, vaddr_t va, unsigned bits)
{
	return &cache->table[(va >> bits) % NTABLE];
}

/* Only radix trees that stand alone and can be read in place have tables worth keeping. */
static const struct mmu *
table_regime(const kvm_t *kd)
{
	const struct mmu *mmu = &kd->dump.as[0].mmu;
	bool whole = kd->dump.nas == 1 && kd->dump.as[0].lo == 0 &&
	    kd->dump.as[0].last == UINT64_MAX;
	return whole && mmu->ops == &mmu_radix_ops && image_stable(&kd->img) ? mmu : NULL;
}

/* Translates va by a table that is known.  False: walk. */
static bool
table_find(kvm_t *kd, const struct mmu *mmu, vaddr_t va, struct span *ret)
{
	unsigned level = mmu->nlevels - 1u;
	const struct radix_level *last = &mmu->levels[level];
	const struct table *table = table_slot(kd->cache, va, last->shift + last->bits);
	if (va < table->first || va > table->last)
		return false;
	uint64_t index = va >> last->shift & ((UINT64_C(1) << last->bits) - 1);
	const uint8_t *p = table->bytes + index * last->entry_size;
	uint64_t raw;
	if (last->entry_size == 8)
		raw = mmu->big ? be64_get(p) : le64_get(p);
	else
		raw = mmu->big ? be32_get(p) : le32_get(p);
	struct mmu_entry entry;
	mmu->decode(mmu, level, raw, &entry);
	if (entry.kind != MMU_LEAF || entry.at.space != KV_PHYS ||
	    (entry.leaf_shift != 0 && entry.leaf_shift != last->shift))
		return false;
	vaddr_t mask = (UINT64_C(1) << last->shift) - 1;
	const struct kv_run run = { .first = va & ~mask, .last = va | mask, .at = entry.at };
	struct kvm_range range;
	range_from_run(kd, &run, va, &range);
	if (range.kr_kind != KVM_MAPPED)
		return false;
	*ret = (struct span) { .first = range.kr_first, .last = range.kr_last,
		.off = (uint64_t)range.kr_offset };
	return true;
}

/* Remembers the last step of a walk. */
struct last_step {
	struct mmu_step step;
	bool seen;
};

static void
note_step(void *arg, const struct mmu_step *step)
{
	struct last_step *last = arg;
	last->step = *step;
	last->seen = true;
}

static void
table_keep(kvm_t *kd, const struct mmu *mmu, vaddr_t va, const struct last_step *last)
{
	const struct radix_level *level = &mmu->levels[mmu->nlevels - 1];
	if (!last->seen || last->step.level != 0 || last->step.table.space != KV_PHYS)
		return;
	size_t size = (size_t)level->entry_size << level->bits, got;
	const uint8_t *bytes;
	if (memory_read(&kd->mem, last->step.table, size, &bytes, &got, NULL) != KV_OK)
		return;
	unsigned bits = level->shift + level->bits;
	vaddr_t mask = (UINT64_C(1) << bits) - 1;
	*table_slot(kd->cache, va, bits) = (struct table) { .first = va & ~mask,
		.last = va | mask, .bytes = bytes };
}

static enum kv_status
find_slow(kvm_t *kd, vaddr_t va, struct span *ret, const struct mmu *mmu)
{
	struct kvm_range range;
	struct last_step last = { .seen = false };
	enum kv_status why;
	find_range(kd, va, &range, mmu != NULL ? note_step : NULL, &last, &why, &kd->deep);
	if (why != KV_OK)
		return why;
	*ret = (struct span) { .first = range.kr_first, .last = range.kr_last,
		.off = (uint64_t)range.kr_offset };
	if (mmu != NULL)
		table_keep(kd, mmu, va, &last);
	return KV_OK;
}

enum kv_status
cache_find(kvm_t *kd, vaddr_t va, struct span *ret)
{
	struct cache *cache = kd->cache;
	if (cache == NULL)
		return find_slow(kd, va, ret, NULL);
	const struct span *span = &cache->small[(va >> SMALL_SHIFT) % NSMALL];
	if (holds(span, va)) {
		*ret = *span;
		return KV_OK;
	}
	span = &cache->large[(va >> LARGE_SHIFT) % NLARGE];
	if (holds(span, va)) {
		*ret = *span;
		return KV_OK;
	}
	const struct mmu *mmu = table_regime(kd);
	if (mmu == NULL || !table_find(kd, mmu, va, ret)) {
		enum kv_status s = find_slow(kd, va, ret, mmu);
		if (s != KV_OK)
			return s;
	}
	span_keep(cache, va, ret);
	return KV_OK;
}
