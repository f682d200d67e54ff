/* SPDX-License-Identifier: BSD-2-Clause */
/* Listing by sorting: for regimes whose tables name the pages that they map, in another order. */
#include <stdlib.h>

#include "bytes.h"
#include "pages.h"

enum kv_status
mmu_pages_add(struct pages *pages, vaddr_t va, struct kv_err *err)
{
	if (pages->n == pages->cap) {
		const size_t cap = pages->cap == 0 ? 1024 : pages->cap * 2;
		vaddr_t *grown = cap > SIZE_MAX / sizeof(*grown) ? NULL :
		    realloc(pages->v, cap * sizeof(*grown));
		if (grown == NULL)
			return kv_fail(err, KV_ENOMEM, "no memory for a list of %zu pages", pages->n);
		pages->v = grown;
		pages->cap = cap;
	}
	pages->v[pages->n++] = va;
	return KV_OK;
}

static int
by_address(const void *a, const void *b)
{
	return u64_compare(*(const vaddr_t *)a, *(const vaddr_t *)b);
}

void
mmu_pages_each(struct pages *pages, const struct mmu *mmu, const struct mmu_src *src, vaddr_t lo,
    vaddr_t last, mmu_run_fn *fn, void *arg)
{
	if (pages->n > 0)
		qsort(pages->v, pages->n, sizeof(*pages->v), by_address);
	for (size_t i = 0; i < pages->n; i++) {
		if (i > 0 && pages->v[i] == pages->v[i - 1])
			continue;
		struct kv_run run;
		if (mmu->ops->walk(mmu, src, pages->v[i], &run, NULL, NULL, NULL) != KV_OK)
			continue;
		if (run.first < lo) {
			run.at.addr += lo - run.first;
			run.first = lo;
		}
		if (run.last > last)
			run.last = last;
		if (!fn(arg, &run, KV_OK))
			break;
	}
}
