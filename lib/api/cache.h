/* SPDX-License-Identifier: BSD-2-Clause */
/* The translation cache's layout, for the fast path of kvm_read. */
#ifndef CACHE_H
#define CACHE_H

#include "api/handle.h"

#ifdef FUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION
/* Cheap to make for each input, and addresses drive each other out. */
enum { NSMALL = 32, MAXSMALL = 128, NLARGE = 16, NLAST = 16, NUPPER = 8 };
#else
enum {
	NSMALL = 2048,
	MAXSMALL = 262144,	/* 1 GiB of 4 KiB pages, in 8 MiB */
	NLARGE = 8192,		/* 16 GiB of 2 MiB pages, in 256 KiB */
	NLAST = 32768,		/* last-level tables: of 64 GiB where each covers 2 MiB */
	NUPPER = 1024,		/* of each of the levels above */
};
#endif
enum {
	SMALL_SHIFT = 12, LARGE_SHIFT = 21,
	NKEPT = 3,		/* levels that are kept, from the last one up */
};

/* What is of another age than the cache is not there. */
struct cached_span {
	uint64_t age;
	struct span span;
};

/* The table of one level by which mmu translates [first, last]. */
struct cached_table {
	uint64_t age;
	vaddr_t first, last;
	const struct mmu *mmu;
	const uint8_t *bytes;	/* into a stable image */
	uint8_t level, shift, bits, entry_size;	/* of mmu's levels */
};

/* The tables of one level. */
struct cached_level {
	struct cached_table *table;	/* &none until one is kept */
	uint64_t mask;		/* their number - 1 */
	unsigned shift;		/* log2 of what the smallest of them covers */
};

/* From calloc: parts that are never used take no memory. */
struct cache {
	uint64_t age;		/* from 1 on */
	struct cached_level level[NKEPT];	/* by the levels below it */
	struct cached_table none;
	struct cached_span *small;	/* grows with the number of misses */
	uint64_t small_mask;	/* their number - 1 */
	uint64_t misses;	/* since it grew */
	struct cached_span large[NLARGE];
};

/* cache_find for an address that cache_hit does not know, or without a cache. */
enum kv_status cache_miss(kvm_t *kd, vaddr_t va, struct span *ret);

/* The span that holds va, or NULL. */
static inline const struct span *
cache_hit(const struct cache *cache, vaddr_t va)
{
	const struct cached_span *c = &cache->small[va >> SMALL_SHIFT & cache->small_mask];
	if (va >= c->span.first && va <= c->span.last && c->age == cache->age)
		return &c->span;
	c = &cache->large[(va >> LARGE_SHIFT) % NLARGE];
	if (va >= c->span.first && va <= c->span.last && c->age == cache->age)
		return &c->span;
	return NULL;
}

#endif
