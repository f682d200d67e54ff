/* SPDX-License-Identifier: BSD-2-Clause */
/* Listing by sorting: for regimes whose tables name the pages that they map, in another order. */
#ifndef PAGES_H
#define PAGES_H

#include "mmu.h"

struct pages {		/* zeroed at first; its user frees v */
	vaddr_t *v;
	size_t n, cap;
};

/* Adds the page at va; KV_ENOMEM, with a sentence, if it cannot. */
enum kv_status mmu_pages_add(struct pages *pages, vaddr_t va, struct kv_err *err);

/*
 * each: those of the pages that a walk finds, in order of address and once each, clipped to
 * [lo, last].  A page that no walk finds is one that another entry hides.
 */
void mmu_pages_each(struct pages *pages, const struct mmu *mmu, const struct mmu_src *src,
    vaddr_t lo, vaddr_t last, mmu_run_fn *fn, void *arg);

#endif
