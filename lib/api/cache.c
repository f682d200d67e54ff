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

/* The range of va, if it is a radix tree that can be read in place: worth keeping tables of. */
static const struct as_range *
table_range(const kvm_t *kd, vaddr_t va)
{
	if (!image_stable(&kd->img))
		return NULL;
	vaddr_t lo, last;
	const struct as_range *as = find_as(&kd->dump, va, &lo, &last);
	/* A range that another one hides in part is not worth the care. */
	if (as == NULL || lo != as->lo || last != as->last)
		return NULL;
	return as->mmu.ops == &mmu_radix_ops ? as : NULL;
}

/* Translates va by a table that is known.  False: walk. */
static bool
table_find(kvm_t *kd, const struct as_range *as, vaddr_t va, struct span *ret)
{
	const struct mmu *mmu = &as->mmu;
	unsigned level = mmu->nlevels - 1u;
	const struct radix_level *last = &mmu->levels[level];
	const struct table *table = table_slot(kd->cache, va, last->shift + last->bits);
	if (va < table->first || va > table->last || table->mmu != mmu)
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
	if ((va & ~mask) < as->lo || (va | mask) > as->last)
		return false;
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

static void
table_keep(kvm_t *kd, const struct mmu *mmu, vaddr_t va, const struct last_step *last)
{
	const struct radix_level *level = &mmu->levels[mmu->nlevels - 1];
	if (!last->seen || last->step.level != 0)
		return;
	size_t size = (size_t)level->entry_size << level->bits, got;
	const uint8_t *bytes;
	if (memory_read(&kd->dump.mem, last->step.table, size, &bytes, &got, NULL) != KV_OK)
		return;
	unsigned bits = level->shift + level->bits;
	vaddr_t mask = (UINT64_C(1) << bits) - 1;
	*table_slot(kd->cache, va, bits) = (struct table) { .first = va & ~mask,
		.last = va | mask, .mmu = mmu, .bytes = bytes };
}

static enum kv_status
find_slow(kvm_t *kd, vaddr_t va, struct span *ret, const struct as_range *as)
{
	struct kvm_range range;
	struct last_step last = { .seen = false };
	enum kv_status why;
	find_range(kd, va, &range, as != NULL ? note_step : NULL, &last, &why, &kd->deep);
	if (why != KV_OK)
		return why;
	*ret = (struct span) { .first = range.kr_first, .last = range.kr_last,
		.off = (uint64_t)range.kr_offset };
	if (as != NULL)
		table_keep(kd, &as->mmu, va, &last);
	return KV_OK;
}

enum kv_status
cache_find(kvm_t *kd, vaddr_t va, struct span *ret)
{
	struct cache *cache = kd->cache;
	if (cache == NULL)
		return find_slow(kd, va, ret, NULL);
	const struct span *span = cache_hit(cache, va);
	if (span != NULL) {
		*ret = *span;
		return KV_OK;
	}
	const struct as_range *as = table_range(kd, va);
	if (as == NULL || !table_find(kd, as, va, ret)) {
		enum kv_status s = find_slow(kd, va, ret, as);
		if (s != KV_OK)
			return s;
	}
	span_keep(cache, va, ret);
	return KV_OK;
}
