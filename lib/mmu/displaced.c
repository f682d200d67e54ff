/* SPDX-License-Identifier: BSD-2-Clause */
/* Displaced: an address means another one, which a second regime translates. */
#include "bytes.h"
#include "mmu.h"

enum { PARAM_DISP };

static enum kv_status
displaced_walk(const struct mmu *mmu, const struct mmu_src *src, vaddr_t va, struct kv_run *run,
    mmu_step_fn *step, void *arg, struct kv_err *err)
{
	const struct mmu *inner = mmu->arg;
	const uint64_t disp = mmu->param[PARAM_DISP];
	const vaddr_t to = va + disp;
	enum kv_status st = mmu_walk(inner, src, to, run, step, arg, err);
	if (st != KV_OK && st != KV_EUNMAPPED)
		return st;
	/* The run around it, as far as addresses do not wrap on either side. */
	const uint64_t below = u64_min(to - run->first, va);
	const uint64_t above = u64_min(run->last - to, UINT64_MAX - va);
	run->at.addr += to - run->first - below;
	run->first = va - below;
	run->last = va + above;
	return st;
}

struct displaced {
	uint64_t disp;
	mmu_run_fn *fn;
	void *arg;
	bool stopped;
};

static bool
displaced_run(void *arg, const struct kv_run *run, enum kv_status st)
{
	struct displaced *d = arg;
	struct kv_run moved = *run;
	moved.first -= d->disp;
	moved.last -= d->disp;
	d->stopped = !d->fn(d->arg, &moved, st);
	return !d->stopped;
}

static enum kv_status
displaced_each(const struct mmu *mmu, const struct mmu_src *src, vaddr_t lo, vaddr_t last,
    mmu_run_fn *fn, void *arg, struct kv_err *err)
{
	const uint64_t disp = mmu->param[PARAM_DISP];
	struct displaced d = { .disp = disp, .fn = fn, .arg = arg };
	const vaddr_t to = lo + disp, to_last = last + disp;
	if (to <= to_last)
		return mmu_each(mmu->arg, src, to, to_last, displaced_run, &d, err);
	enum kv_status st = mmu_each(mmu->arg, src, to, UINT64_MAX, displaced_run, &d, err);
	if (st == KV_OK && !d.stopped)
		st = mmu_each(mmu->arg, src, 0, to_last, displaced_run, &d, err);
	return st;
}

static const struct mmu_ops displaced_ops = {
	.walk = displaced_walk,
	.each = displaced_each,
};

struct mmu
mmu_displaced(const struct mmu *inner, uint64_t disp)
{
	struct mmu mmu = {
		.ops = &displaced_ops,
		.regime = inner->regime,
		.arg = inner,
		.param = { [PARAM_DISP] = disp },
	};
	return mmu;
}
