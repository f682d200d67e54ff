/* SPDX-License-Identifier: BSD-2-Clause */
/* Virtual: a sorted list of address ranges, each at one place, without tables. */
#include <inttypes.h>

#include "bytes.h"
#include "mmu.h"

enum { PARAM_COUNT };

static const struct mmu_segment *
segments(const struct mmu *mmu, size_t *n)
{
	*n = (size_t)mmu->param[PARAM_COUNT];
	return mmu->arg;
}

/* Index of the first segment that ends at va or behind it; n if there is none. */
static size_t
segment_find(const struct mmu_segment *v, size_t n, vaddr_t va)
{
	size_t lo = 0;
	while (n > 0) {
		size_t half = n / 2;
		if (v[lo + half].last < va) {
			lo += half + 1;
			n -= half + 1;
		} else
			n = half;
	}
	return lo;
}

static struct kv_run
segment_run(const struct mmu_segment *x, vaddr_t first, vaddr_t last)
{
	return (struct kv_run){
		.first = first,
		.last = last,
		.at = { .addr = x->addr + (first - x->first), .space = KV_PHYS },
		.prot = KV_R | KV_W | KV_X,
	};
}

static enum kv_status
virtual_walk(const struct mmu *mmu, const struct mmu_src *src, vaddr_t va, struct kv_run *run,
    mmu_step_fn *step, void *arg, struct kv_err *err)
{
	(void)src, (void)step, (void)arg;	/* there is no table to read or to show */
	size_t n;
	const struct mmu_segment *v = segments(mmu, &n);
	const size_t i = segment_find(v, n, va);
	if (i < n && va >= v[i].first) {
		*run = segment_run(&v[i], v[i].first, v[i].last);
		return KV_OK;
	}
	*run = (struct kv_run){
		.first = i > 0 ? v[i - 1].last + 1 : 0,
		.last = i < n ? v[i].first - 1 : UINT64_MAX,
	};
	return kv_fail(err, KV_EUNMAPPED,
	    "0x%" PRIx64 " is in none of the %zu segments: the gap is 0x%" PRIx64 " to 0x%" PRIx64, va, n,
	    run->first, run->last);
}

static enum kv_status
virtual_each(const struct mmu *mmu, const struct mmu_src *src, vaddr_t lo, vaddr_t last,
    mmu_run_fn *fn, void *arg, struct kv_err *err)
{
	(void)src, (void)err;
	size_t n;
	const struct mmu_segment *v = segments(mmu, &n);
	for (size_t i = segment_find(v, n, lo); i < n && v[i].first <= last; i++) {
		const struct kv_run run = segment_run(&v[i], u64_max(v[i].first, lo),
		    u64_min(v[i].last, last));
		if (!fn(arg, &run, KV_OK))
			break;
	}
	return KV_OK;
}

static const struct mmu_ops virtual_ops = {
	.walk = virtual_walk,
	.each = virtual_each,
};

struct mmu
mmu_virtual(const struct mmu_segment *v, size_t n)
{
	return (struct mmu){
		.ops = &virtual_ops,
		.regime = "virtual",
		.arg = v,
		.param = { [PARAM_COUNT] = n },
	};
}
