/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The translation cache.  Direct-mapped arrays per handle: spans by page, large spans by 2 MiB,
 * and the tables of the last levels by what they cover, so that a miss costs one entry or two
 * instead of a walk.  It never makes an answer differ: only successes are kept, and all is
 * dropped when tables or the header change.
 */
#include "api/cache.h"

#include <stdlib.h>

#include "bytes.h"

struct cache *
cache_new(void)
{
	struct cache *cache = calloc(1, sizeof(*cache));
	if (cache == NULL)
		return NULL;
	cache->small = calloc(NSMALL, sizeof(*cache->small));
	if (cache->small == NULL) {
		free(cache);
		return NULL;
	}
	cache->small_mask = NSMALL - 1;
	cache_drop(cache);	/* to an age that nothing in it has */
	for (unsigned k = 0; k < NKEPT; k++)
		cache->level[k] = (struct cached_level) { .table = &cache->none, .shift = 63 };
	return cache;
}

void
cache_free(struct cache *cache)
{
	if (cache == NULL)
		return;
	for (unsigned k = 0; k < NKEPT; k++)
		if (cache->level[k].table != &cache->none)
			free(cache->level[k].table);
	free(cache->small);
	free(cache);
}

void
cache_drop(struct cache *cache)
{
	if (cache != NULL)
		cache->age++;
}

/*
 * Makes room for more pages: who misses that often reads in more places than have room.  What was
 * kept is found again when it is missed.
 */
static __attribute__((noinline)) void
small_grow(struct cache *cache)
{
	const size_t n = (size_t)u64_min(4 * (cache->small_mask + 1), MAXSMALL);
	cache->misses = 0;
	if (n == cache->small_mask + 1)
		return;
	struct cached_span *small = calloc(n, sizeof(*small));
	if (small == NULL)
		return;
	free(cache->small);
	cache->small = small;
	cache->small_mask = n - 1;
}

/* By 2 MiB only what fills such a block: two spans in one block would drive each other out. */
static inline void
span_keep(struct cache *cache, vaddr_t va, struct span span)
{
	vaddr_t mask = (UINT64_C(1) << LARGE_SHIFT) - 1;
	if (++cache->misses > 2 * cache->small_mask)
		small_grow(cache);
	struct cached_span *slot = &cache->small[va >> SMALL_SHIFT & cache->small_mask];
	if (span.first <= (va & ~mask) && span.last >= (va | mask))
		slot = &cache->large[(va >> LARGE_SHIFT) % NLARGE];
	slot->age = cache->age;
	slot->span = span;
}

static inline struct cached_table *
table_slot(const struct cached_level *kept, vaddr_t va)
{
	return &kept->table[va >> kept->shift & kept->mask];
}

/* Makes room for the first table of a level. */
static bool
table_room(struct cache *cache, unsigned k)
{
	struct cached_level *kept = &cache->level[k];
	if (kept->table != &cache->none)
		return true;
	size_t n = k == 0 ? NLAST : NUPPER;
	struct cached_table *table = calloc(n, sizeof(*table));
	if (table == NULL)
		return false;
	kept->table = table;
	kept->mask = n - 1;
	return true;
}

/* Of a root that is an array in the image as many entries are kept as a table has. */
enum { PIECE_BITS = 9, PIECE = 1 << PIECE_BITS };

/* How many bits of an address are the index in what is kept of level i. */
static unsigned
kept_bits(const struct mmu *mmu, unsigned i)
{
	return i == 0 ? PIECE_BITS : mmu->levels[i].bits;
}

/* Moves from the root to the piece of va's entry.  False: no such root, or less than a whole piece. */
static bool
piece_find(const struct mmu *mmu, vaddr_t va, struct kv_loc *at)
{
	const struct radix_level *root = &mmu->levels[0];
	const uint64_t index = va >> root->shift & low_mask(root->bits) & ~low_mask(PIECE_BITS);
	const uint64_t skip = index - mmu->root_first;	/* huge, if the piece begins before the root */
	/* mmu_array's, whose entries lie side by side. */
	if (mmu->root.space != KV_FILE || mmu->root_count < PIECE || skip > mmu->root_count - PIECE)
		return false;
	at->addr += skip * root->entry_size;
	return true;
}

/*
 * Keeps a table of level nlevels - 1 - k, if it can be read in place.  NULL: it is not kept.
 * Not any other root, which may be shorter than its index is wide, and begin elsewhere.
 */
static __attribute__((noinline)) const struct cached_table *
table_keep(kvm_t *kd, const struct mmu *mmu, unsigned k, struct kv_loc at, vaddr_t va)
{
	unsigned i = mmu->nlevels - 1u - k, above = i;
	const struct radix_level *level = &mmu->levels[i];
	unsigned bits = kept_bits(mmu, i);
	size_t size = (size_t)level->entry_size << bits, got;
	const uint8_t *bytes;
	if ((i == 0 && !piece_find(mmu, va, &at)) || !table_room(kd->cache, k) ||
	    memory_read(&kd->dump.mem, at, size, &bytes, &got, NULL) != KV_OK)
		return NULL;
	struct cached_level *kept = &kd->cache->level[k];
	/* The part of it that one entry above leads to. */
	unsigned cover = level->shift + bits;
	while (above > 0 && !mmu->levels[--above].table)
		continue;
	if (i > 0 && cover > mmu->levels[above].shift)
		cover = mmu->levels[above].shift;
	kept->shift = (unsigned)u64_min(kept->shift, cover);
	struct cached_table *slot = table_slot(kept, va);
	*slot = (struct cached_table) {
		.age = kd->cache->age,
		.first = va & ~low_mask(cover),
		.last = va | low_mask(cover),
		.mmu = mmu,
		.bytes = bytes,
		.level = (uint8_t)i,
		.shift = level->shift,
		.bits = (uint8_t)bits,
		.entry_size = level->entry_size,
	};
	return slot;
}

/* Finds va's entry in a table that is kept. */
static inline struct mmu_entry
table_entry(const struct cached_table *table, vaddr_t va)
{
	const struct mmu *mmu = table->mmu;
	const uint8_t *p = table->bytes +
	    (va >> table->shift & ((UINT64_C(1) << table->bits) - 1)) * table->entry_size;
	uint64_t raw;
	if (table->entry_size == 8)
		raw = mmu->big ? be64_get(p) : le64_get(p);
	else if (table->entry_size == 4)
		raw = mmu->big ? be32_get(p) : le32_get(p);
	else
		raw = p[0];
	struct mmu_entry entry = { .skip = 0 };
	mmu->decode(mmu, table->level, raw, &entry);
	return entry;
}

/* Translates va by the tables that are kept, from the last level up.  False: walk. */
static inline bool
table_find(kvm_t *kd, vaddr_t va, struct span *ret)
{
	const struct cached_table *table;
	unsigned k = 0;
	for (;; k++) {
		if (k == NKEPT)
			return false;
		table = table_slot(&kd->cache->level[k], va);
		if (va >= table->first && va <= table->last && table->age == kd->cache->age)
			break;
	}
	struct mmu_entry entry = table_entry(table, va);
	while (entry.kind == MMU_TABLE) {
		if (k < 1u + entry.skip)
			return false;
		k -= 1u + entry.skip;
		table = table_keep(kd, table->mmu, k, entry.at, va);
		if (table == NULL)
			return false;
		entry = table_entry(table, va);
	}
	if (entry.kind != MMU_LEAF || entry.at.space != KV_PHYS)
		return false;
	unsigned shift = table->shift;
	paddr_t pa = entry.at.addr + (va & (low_mask(entry.leaf_shift) | low_mask(shift)));
	paddr_t first = pa - (va & low_mask(shift)), last = first + low_mask(shift);
	if (last < first || !format_clip(&kd->dump.ram, pa, &first, &last, &ret->off))
		return false;
	ret->first = va - (pa - first);
	ret->last = va + (last - pa);
	return true;
}

/* The tables that a walk came through. */
struct path {
	struct kv_loc at[NKEPT];
	bool seen[NKEPT];
	const struct mmu *mmu;
};

/* A level is known by its name: a walk may pass over one (ARM's fine tables). */
static void
path_note(void *arg, const struct mmu_step *step)
{
	struct path *path = arg;
	for (unsigned k = 0; k < NKEPT && k < path->mmu->nlevels; k++)
		if (step->name == path->mmu->levels[path->mmu->nlevels - 1u - k].name) {
			path->at[k] = step->table;
			path->seen[k] = true;
			return;
		}
}

/* The range of va, if it is one whose tables are worth keeping. */
static const struct as_range *
path_range(const kvm_t *kd, vaddr_t va)
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

static void
path_keep(kvm_t *kd, const struct as_range *as, vaddr_t va, const struct path *path)
{
	const struct mmu *mmu = &as->mmu;
	for (unsigned k = 0; k < NKEPT; k++) {
		if (!path->seen[k])
			continue;
		/* Entries that the range cuts off would have to be clipped at each look-up. */
		const unsigned i = mmu->nlevels - 1u - k;
		const vaddr_t mask = low_mask(mmu->levels[i].shift + kept_bits(mmu, i));
		if ((va & ~mask) >= as->lo && (va | mask) <= as->last)
			(void)table_keep(kd, mmu, k, path->at[k], va);
	}
}

/* Whether no range that comes before the direct map holds a part of it. */
static inline bool
direct_whole(const struct dump *dump)
{
	const struct as_range *as = dump->as, *dmap = &dump->dmap, *end = as + dump->nas;
	while (as < end && (as->last < dmap->lo || as->lo > dmap->last))
		as++;
	return as < end && as->lo == dmap->lo && as->last == dmap->last;
}

/* Translates va by the header's direct map, for the 2 MiB around it. */
static inline bool
direct_find(kvm_t *kd, vaddr_t va, struct span *ret)
{
	const struct as_range *dmap = &kd->dump.dmap;
	const vaddr_t len_less_1 = dmap->last - dmap->lo, into = va - dmap->lo;
	if (into > len_less_1 || len_less_1 == 0 || !direct_whole(&kd->dump))
		return false;
	const paddr_t base = dmap->mmu.root.addr, pa = base + into;
	const vaddr_t mask = low_mask(LARGE_SHIFT);
	const vaddr_t below = u64_min(va & mask, into), above = u64_min(~va & mask, dmap->last - va);
	paddr_t first = pa - below, last = pa + above;
	if (len_less_1 > UINT64_MAX - base || !format_clip(&kd->dump.ram, pa, &first, &last, &ret->off))
		return false;
	ret->first = va - (pa - first);
	ret->last = va + (last - pa);
	return true;
}

/* Apart, so that what is found at once saves no registers for it. */
static __attribute__((noinline)) enum kv_status
find_slow(kvm_t *kd, vaddr_t va, struct span *ret)
{
	const struct as_range *as = path_range(kd, va);
	struct path path = { .mmu = as != NULL ? &as->mmu : NULL };
	const enum kv_status s = find_span(kd, va, ret, as != NULL ? path_note : NULL, &path,
	    &kd->deep);
	if (s != KV_OK)
		return s;
	if (as != NULL)
		path_keep(kd, as, va, &path);
	return KV_OK;
}

enum kv_status
cache_miss(kvm_t *kd, vaddr_t va, struct span *ret)
{
	struct span span;	/* in registers: *ret may be anywhere */
	if (kd->cache == NULL && kd->caching)
		kd->cache = cache_new();
	if (kd->cache != NULL && (direct_find(kd, va, &span) || table_find(kd, va, &span))) {
		span_keep(kd->cache, va, span);
		*ret = span;
		return KV_OK;
	}
	enum kv_status s = find_slow(kd, va, ret);
	if (s == KV_OK && kd->cache != NULL)
		span_keep(kd->cache, va, *ret);
	return s;
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
