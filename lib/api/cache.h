/* SPDX-License-Identifier: BSD-2-Clause */
/* The translation cache's layout, for the fast path of kvm_read. */
#ifndef CACHE_H
#define CACHE_H

#include "api/handle.h"

enum {
	NSMALL = 2048, SMALL_SHIFT = 12,
	NLARGE = 1024, LARGE_SHIFT = 21,
	NTABLE = 2048, TABLE_SHIFT = 20,	/* smaller than what most tables cover */
};

/* The last-level table by which mmu translates [first, last]. */
struct table {
	vaddr_t first, last;
	const struct mmu *mmu;
	const uint8_t *bytes;	/* into a stable image */
};

struct cache {
	struct span small[NSMALL];
	struct span large[NLARGE];
	struct table table[NTABLE];
};

/* cache_find for an address that cache_hit does not know, or without a cache. */
enum kv_status cache_miss(kvm_t *kd, vaddr_t va, struct span *ret);

/* The span that holds va, or NULL. */
static inline const struct span *
cache_hit(const struct cache *cache, vaddr_t va)
{
	const struct span *span = &cache->small[(va >> SMALL_SHIFT) % NSMALL];
	if (va >= span->first && va <= span->last)
		return span;
	span = &cache->large[(va >> LARGE_SHIFT) % NLARGE];
	if (va >= span->first && va <= span->last)
		return span;
	return NULL;
}

#endif
