/* SPDX-License-Identifier: BSD-2-Clause */
/* A virtual address -> regime -> memory of the dump: the answer, and the stretch it holds for. */
#include "api/handle.h"

const struct as_range *
find_as(const struct dump *dump, vaddr_t va, vaddr_t *lo, vaddr_t *last)
{
	*lo = 0;
	*last = va > low_mask(dump->bits) ? UINT64_MAX : low_mask(dump->bits);
	for (unsigned i = 0; i < dump->nas; i++) {
		const struct as_range *as = &dump->as[i];
		if (va < as->lo) {
			*last = u64_min(*last, as->lo - 1);
		} else if (va > as->last) {
			*lo = u64_max(*lo, as->last + 1);
		} else {
			*lo = u64_max(*lo, as->lo);
			*last = u64_min(*last, as->last);
			return as;
		}
	}
	return NULL;
}

void
range_from_run(kvm_t *kd, const struct kv_run *run, vaddr_t va, struct kvm_range *range)
{
	static const enum kvm_kind kinds[] = {
		[PLACE_FILE] = KVM_MAPPED,
		[PLACE_ABSENT] = KVM_ABSENT,
		[PLACE_TRUNC] = KVM_TRUNCATED,
	};
	uint64_t at = run->at.addr + (va - run->first);
	struct place place = { .first = 0, .last = UINT64_MAX, .off = 0, .kind = PLACE_FILE };
	if (run->at.space == KV_PHYS)
		format_locate(&kd->dump.ram, at, &place);
	else if (at < kd->img.size)
		place.last = kd->img.size - 1;
	else
		place = (struct place) { .first = kd->img.size, .last = UINT64_MAX,
			.off = kd->img.size, .kind = PLACE_TRUNC };
	/* The part of the place around va, no larger than the run. */
	const uint64_t below = u64_min(at - place.first, va - run->first);
	const uint64_t above = u64_min(place.last - at, run->last - va);
	*range = (struct kvm_range) {
		.kr_first = va - below,
		.kr_last = va + above,
		.kr_paddr = at - below,
		.kr_offset = -1,
		.kr_kind = kinds[place.kind],
		.kr_prot = run->prot_known ? run->prot : 0,
		.kr_prot_known = run->prot_known,
	};
	if (place.kind == PLACE_FILE)
		range->kr_offset = (int64_t)(place.off + (at - below - place.first));
}

/* What is wrong where the run's byte at va is not there. */
static enum kv_status
lacks(kvm_t *kd, const struct kv_run *run, vaddr_t va, struct kv_err *err)
{
	const uint8_t *p;
	size_t got;
	struct place place;
	const paddr_t pa = run->at.addr + (va - run->first);
	if (run->at.space != KV_PHYS)
		return image_get(&kd->img, pa, 1, &p, &got, err);
	format_locate(&kd->dump.ram, pa, &place);
	return memory_lacks(&kd->dump.mem, &place, pa, err);
}

/* The run around va, cut to its range of regimes. */
static enum kv_status
find_run(kvm_t *kd, vaddr_t va, struct kv_run *run, mmu_step_fn *step, void *arg,
    struct kv_err *err)
{
	vaddr_t lo, last;
	const struct as_range *as = find_as(&kd->dump, va, &lo, &last);
	const struct mmu_src src = { .read = memory_read, .arg = &kd->dump.mem };
	*run = (struct kv_run) { .first = lo, .last = last };
	if (as == NULL)
		return kv_fail(err, KV_EUNMAPPED, "%s/%s: no page tables are known for %#jx to "
		    "%#jx", kd->dump.port->os, kd->dump.port->machine, (uintmax_t)lo,
		    (uintmax_t)last);
	const enum kv_status s = mmu_walk(&as->mmu, &src, va, run, step, arg, err);
	const vaddr_t first = u64_max(run->first, lo);
	run->at.addr += first - run->first;
	run->first = first;
	run->last = u64_min(run->last, last);
	return s;
}

void
find_range(kvm_t *kd, vaddr_t va, struct kvm_range *range, mmu_step_fn *step, void *arg,
    enum kv_status *why, struct kv_err *err)
{
	struct kv_run run;
	*why = find_run(kd, va, &run, step, arg, err);
	if (*why == KV_OK) {
		range_from_run(kd, &run, va, range);
		if (range->kr_kind != KVM_MAPPED)
			*why = lacks(kd, &run, va, err);
		return;
	}
	*range = (struct kvm_range) { .kr_first = run.first, .kr_last = run.last,
		.kr_offset = -1, .kr_kind = KVM_UNMAPPED };
	if (*why != KV_EUNMAPPED) {
		/* A table is missing; all of the smallest page depends on the same tables. */
		if (*why == KV_ETRUNC)
			*why = KV_EABSENT;	/* not memory that a short read may end in */
		vaddr_t lo, last, mask = kd->dump.pagesize - 1;
		(void)find_as(&kd->dump, va, &lo, &last);
		range->kr_kind = KVM_UNKNOWN;
		range->kr_first = u64_max(va & ~mask, lo);
		range->kr_last = u64_min(va | mask, last);
	}
}

enum kv_status
find_span(kvm_t *kd, vaddr_t va, struct span *ret, mmu_step_fn *step, void *arg,
    struct kv_err *err)
{
	struct kv_run run;
	struct kvm_range range;
	enum kv_status s = find_run(kd, va, &run, step, arg, err);
	if (s != KV_OK)
		return s == KV_ETRUNC ? KV_EABSENT : s;	/* as find_range */
	const paddr_t pa = run.at.addr + (va - run.first);
	paddr_t first = run.at.addr, last = first + (run.last - run.first);
	if (run.at.space == KV_PHYS && last >= first &&
	    format_clip(&kd->dump.ram, pa, &first, &last, &ret->off)) {
		ret->first = va - (pa - first);
		ret->last = va + (last - pa);
		return KV_OK;
	}
	range_from_run(kd, &run, va, &range);
	if (range.kr_kind != KVM_MAPPED)
		return lacks(kd, &run, va, err);
	*ret = (struct span) { .first = range.kr_first, .last = range.kr_last,
		.off = (uint64_t)range.kr_offset };
	return KV_OK;
}
