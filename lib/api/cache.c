/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The translation cache.  Three direct-mapped arrays per handle: spans by page, large spans by
 * 2 MiB, and last-level tables by what they cover, so that a miss among 4 KiB pages costs
 * one entry instead of a walk.  It never makes an answer differ: only successes are kept,
 * and all is dropped when tables or the header change.
 */
#include "api/cache.h"

#include <stdlib.h>
#include <string.h>

#include "bytes.h"

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

/* By 2 MiB only what fills such a block: two spans in one block would drive each other out. */
static void
span_keep(struct cache *cache, vaddr_t va, const struct span *span)
{
	vaddr_t mask = (UINT64_C(1) << LARGE_SHIFT) - 1;
	if (span->first <= (va & ~mask) && span->last >= (va | mask))
		cache->large[(va >> LARGE_SHIFT) % NLARGE] = *span;
	else
		cache->small[(va >> SMALL_SHIFT) % NSMALL] = *span;
}

static inline struct table *
table_slot(struct cache *cache, vaddr_t va)
{
	return &cache->table[(va >> TABLE_SHIFT) % NTABLE];
}

/* Translates va by a table that is known.  False: walk. */
static inline bool
table_find(kvm_t *kd, vaddr_t va, struct span *ret)
{
	const struct table *table = table_slot(kd->cache, va);
	if (va < table->first || va > table->last)
		return false;
	const struct mmu *mmu = table->mmu;
	unsigned last = mmu->nlevels - 1u;
	const struct radix_level *level = &mmu->levels[last];
	const uint8_t *p = table->bytes +
	    (va >> level->shift & ((UINT64_C(1) << level->bits) - 1)) * level->entry_size;
	uint64_t raw;
	if (level->entry_size == 8)
		raw = mmu->big ? be64_get(p) : le64_get(p);
	else
		raw = mmu->big ? be32_get(p) : le32_get(p);
	struct mmu_entry entry;
	mmu->decode(mmu, last, raw, &entry);
	if (entry.kind != MMU_LEAF || entry.at.space != KV_PHYS ||
	    (entry.leaf_shift != 0 && entry.leaf_shift != level->shift))
		return false;
	vaddr_t mask = (UINT64_C(1) << level->shift) - 1;
	ret->first = va & ~mask;
	ret->last = va | mask;
	if (format_hit(&kd->dump.ram, entry.at.addr, entry.at.addr + mask, &ret->off))
		return true;
	const struct kv_run run = { .first = ret->first, .last = ret->last, .at = entry.at };
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

/*
 * Keeps the table that the last step was in, if it is the last level of a radix tree and can
 * be read in place.
 */
static void
table_keep(kvm_t *kd, const struct as_range *as, vaddr_t va, const struct last_step *last)
{
	const struct mmu *mmu = &as->mmu;
	const struct radix_level *level = &mmu->levels[mmu->nlevels - 1];
	/*
	 * Not a coarse table where the last level is the fine one; not a root, which may be shorter
	 * than its index is wide, and begin elsewhere.
	 */
	if (!last->seen || last->step.name != level->name || mmu->nlevels == 1)
		return;
	size_t size = (size_t)level->entry_size << level->bits, got;
	const uint8_t *bytes;
	if (memory_read(&kd->dump.mem, last->step.table, size, &bytes, &got, NULL) != KV_OK)
		return;
	vaddr_t mask = (UINT64_C(1) << (level->shift + level->bits)) - 1;
	/* Entries that the range cuts off would have to be clipped at each look-up. */
	if ((va & ~mask) >= as->lo && (va | mask) <= as->last)
		*table_slot(kd->cache, va) = (struct table) { .first = va & ~mask,
			.last = va | mask, .mmu = mmu, .bytes = bytes };
}

/* The range of va, if it is one whose tables are worth keeping. */
static const struct as_range *
table_range(const kvm_t *kd, vaddr_t va)
{
	if (kd->cache == NULL || !image_stable(&kd->img))
		return NULL;
	vaddr_t lo, last;
	const struct as_range *as = find_as(&kd->dump, va, &lo, &last);
	/* A range that another one hides in part is not worth the care. */
	if (as == NULL || lo != as->lo || last != as->last)
		return NULL;
	return as->mmu.ops == &mmu_radix_ops ? as : NULL;
}

static enum kv_status
find_slow(kvm_t *kd, vaddr_t va, struct span *ret)
{
	const struct as_range *as = table_range(kd, va);
	struct kvm_range range;
	struct last_step last = { .seen = false };
	enum kv_status why;
	find_range(kd, va, &range, as != NULL ? note_step : NULL, &last, &why, &kd->deep);
	if (why != KV_OK)
		return why;
	*ret = (struct span) { .first = range.kr_first, .last = range.kr_last,
		.off = (uint64_t)range.kr_offset };
	if (as != NULL)
		table_keep(kd, as, va, &last);
	return KV_OK;
}

enum kv_status
cache_miss(kvm_t *kd, vaddr_t va, struct span *ret)
{
	if (kd->cache == NULL)
		return find_slow(kd, va, ret);
	if (!table_find(kd, va, ret)) {
		enum kv_status s = find_slow(kd, va, ret);
		if (s != KV_OK)
			return s;
	}
	span_keep(kd->cache, va, ret);
	return KV_OK;
}

enum kv_status
cache_find(kvm_t *kd, vaddr_t va, struct span *ret)
{
	const struct span *span = kd->cache != NULL ? cache_hit(kd->cache, va) : NULL;
	if (span == NULL)
		return cache_miss(kd, va, ret);
	*ret = *span;
	return KV_OK;
}
