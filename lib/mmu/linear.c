/* SPDX-License-Identifier: BSD-2-Clause */
/* Linear: one stretch of addresses at one stretch of memory, without tables. */
#include <inttypes.h>

#include "mmu.h"

enum { PARAM_FIRST, PARAM_LAST, PARAM_PROT };

/* [first, last] lie in the stretch. */
static struct kv_run
linear_run(const struct mmu *mmu, vaddr_t first, vaddr_t last)
{
	struct kv_run run = { .first = first, .last = last, .at = mmu->root };
	run.at.addr += first - mmu->param[PARAM_FIRST];
	run.prot_known = !mmu->prot_unknown;
	run.prot = mmu->prot_unknown ? KV_R | KV_W | KV_X : (uint8_t)mmu->param[PARAM_PROT];
	return run;
}

static enum kv_status
linear_walk(const struct mmu *mmu, const struct mmu_src *src, vaddr_t va, struct kv_run *run,
    mmu_step_fn *step, void *arg, struct kv_err *err)
{
	(void)src, (void)step, (void)arg;	/* there is no table to read or to show */
	const vaddr_t first = mmu->param[PARAM_FIRST], last = mmu->param[PARAM_LAST];
	if (va >= first && va <= last) {
		*run = linear_run(mmu, first, last);
		return KV_OK;
	}
	*run = (struct kv_run){ .first = 0, .last = UINT64_MAX };
	if (va < first)
		run->last = first - 1;
	else
		run->first = last + 1;
	return kv_fail(err, KV_EUNMAPPED,
	    "0x%" PRIx64 " is outside of the linear addresses 0x%" PRIx64 " to 0x%" PRIx64, va, first,
	    last);
}

static enum kv_status
linear_each(const struct mmu *mmu, const struct mmu_src *src, vaddr_t lo, vaddr_t last,
    mmu_run_fn *fn, void *arg, struct kv_err *err)
{
	(void)src, (void)err;
	if (lo < mmu->param[PARAM_FIRST])
		lo = mmu->param[PARAM_FIRST];
	if (last > mmu->param[PARAM_LAST])
		last = mmu->param[PARAM_LAST];
	if (lo <= last) {
		const struct kv_run run = linear_run(mmu, lo, last);
		(void)fn(arg, &run, KV_OK);
	}
	return KV_OK;
}

static const struct mmu_ops linear_ops = {
	.walk = linear_walk,
	.each = linear_each,
};

struct mmu
mmu_linear(vaddr_t va, vaddr_t last, paddr_t pa, unsigned prot)
{
	/* Physical memory ends at 2^64 too: no byte may come from behind that. */
	if (last >= va && last - va > UINT64_MAX - pa)
		last = va + (UINT64_MAX - pa);
	return (struct mmu){
		.ops = &linear_ops,
		.regime = "linear",
		.root = { .addr = pa, .space = KV_PHYS },
		.prot_unknown = prot == MMU_NOPROT,
		.param = { [PARAM_FIRST] = va, [PARAM_LAST] = last, [PARAM_PROT] = prot },
	};
}
