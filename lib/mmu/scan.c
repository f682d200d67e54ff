/* SPDX-License-Identifier: BSD-2-Clause */
/* Listing by asking: for regimes whose tables are not in order of address. */
#include "scan.h"

enum { PAGE_SHIFT = 12 };

enum kv_status
mmu_scan_each(const struct mmu *mmu, const struct mmu_src *src, vaddr_t lo, vaddr_t last,
    mmu_run_fn *fn, void *arg, struct kv_err *err)
{
	(void)err;
	struct kv_run unknown;
	enum kv_status unknown_st = KV_OK;	/* KV_OK: no stretch is open */
	if (last > UINT32_MAX)
		last = UINT32_MAX;
	for (vaddr_t va = lo; va <= last;) {
		struct kv_run run;
		enum kv_status st = mmu->ops->walk(mmu, src, va, &run, NULL, NULL, NULL);
		if (st != KV_OK && st != KV_EUNMAPPED)
			run = (struct kv_run){ .last = va | low_mask(PAGE_SHIFT) };
		if (run.last > last)
			run.last = last;
		if (unknown_st != KV_OK && unknown_st != st) {
			if (!fn(arg, &unknown, unknown_st))
				return KV_OK;
			unknown_st = KV_OK;
		}
		if (st == KV_OK) {
			run.at.addr += va - run.first;
			run.first = va;
			if (!fn(arg, &run, KV_OK))
				return KV_OK;
		} else if (st != KV_EUNMAPPED) {
			if (unknown_st == KV_OK)
				unknown = (struct kv_run){ .first = va };
			unknown.last = run.last;
			unknown_st = st;
		}
		va = run.last + 1;
	}
	if (unknown_st != KV_OK)
		(void)fn(arg, &unknown, unknown_st);
	return KV_OK;
}
