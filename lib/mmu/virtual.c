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
	if (i == n || va < v[i].first) {
		*run = (struct kv_run){
			.first = i > 0 ? v[i - 1].last + 1 : 0,
			.last = i < n ? v[i].first - 1 : UINT64_MAX,
		};
		return kv_fail(err, KV_EUNMAPPED,
		    "0x%" PRIx64 " is in none of the %zu segments: the gap is 0x%" PRIx64 " to 0x%" PRIx64,
		    va, n, run->first, run->last);
	}
	const struct mmu_segment *x = &v[i];
	if (va - x->first >= x->dumped)
		return kv_fail(err, KV_EABSENT,
		    "0x%" PRIx64 " is byte 0x%" PRIx64 " of program header %zu, and was not dumped: p_filesz is "
		    "0x%" PRIx64 ", p_memsz 0x%" PRIx64, va, va - x->first, x->number, x->dumped,
		    x->last - x->first + 1);
	*run = segment_run(x, x->first, x->first + (x->dumped - 1));
	return KV_OK;
}

/* Gives what [from, to] and [lo, last] have in common. */
static bool
part_give(const struct mmu_segment *x, vaddr_t from, vaddr_t to, vaddr_t lo, vaddr_t last,
    enum kv_status st, mmu_run_fn *fn, void *arg)
{
	if (from > last || to < lo)
		return true;
	const struct kv_run run = segment_run(x, u64_max(from, lo), u64_min(to, last));
	return fn(arg, &run, st);
}

static enum kv_status
virtual_each(const struct mmu *mmu, const struct mmu_src *src, vaddr_t lo, vaddr_t last,
    mmu_run_fn *fn, void *arg, struct kv_err *err)
{
	(void)src, (void)err;
	size_t n;
	const struct mmu_segment *v = segments(mmu, &n);
	bool more = true;
	for (size_t i = segment_find(v, n, lo); i < n && v[i].first <= last && more; i++) {
		const struct mmu_segment *x = &v[i];
		if (x->dumped > 0)
			more = part_give(x, x->first, x->first + (x->dumped - 1), lo, last, KV_OK, fn, arg);
		if (more && x->dumped <= x->last - x->first)
			more = part_give(x, x->first + x->dumped, x->last, lo, last, KV_EABSENT, fn, arg);
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
