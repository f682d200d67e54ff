/* SPDX-License-Identifier: BSD-2-Clause */
/* What is where: kvm_xlate, kvm_each_range, kvm_each_extent. */
#include "api/handle.h"

struct step_adapter {
	kvm_step_cb_t *cb;
	void *arg;
};

static void
step_forward(void *arg, const struct mmu_step *step)
{
	static const char *const verdicts[] = {
		[MMU_INVALID] = "invalid", [MMU_RESERVED] = "reserved",
		[MMU_TABLE] = "table", [MMU_LEAF] = "leaf",
	};
	static const enum kvm_space spaces[] = {
		[KV_PHYS] = KVM_SPACE_MEMORY, [KV_VIRT] = KVM_SPACE_VIRTUAL,
		[KV_BLOB] = KVM_SPACE_HEADER, [KV_FILE] = KVM_SPACE_FILE,
	};
	const struct step_adapter *to = arg;
	const struct kvm_step ks = {
		.ks_level = step->level,
		.ks_name = step->name,
		.ks_table = step->table.addr,
		.ks_index = step->index,
		.ks_entry = step->entry.addr,
		.ks_raw = step->raw,
		.ks_verdict = verdicts[step->kind],
		.ks_why = step->why,
		.ks_next = step->next.addr,
		.ks_prot = step->prot,
		.ks_space = spaces[step->entry.space],
	};
	to->cb(&ks, to->arg);
}

int
kvm_xlate(kvm_t *kd, kvaddr_t va, struct kvm_range *range, kvm_step_cb_t *step, void *arg)
{
	if (!header_wanted(kd, "kvm_xlate"))
		return -1;
	struct step_adapter to = { .cb = step, .arg = arg };
	enum kv_status why;
	va = va_of(kd, va);
	find_range(kd, va, range, step != NULL ? step_forward : NULL, &to, &why, &kd->deep);
	if (why != KV_OK) {
		const struct family *family = family_of(kd);
		err_soft(kd, "%s%jx%s: %s", family->before, (uintmax_t)va, family->after,
		    kd->deep.text);
	}
	return 0;
}

/* ---- Enumeration: runs of a regime, cut by what the dump holds, merged. ------------ */

struct listing {
	kvm_t *kd;
	kvm_range_cb_t *cb;
	void *arg;
	struct kvm_range held;	/* not yet given to cb */
	bool holding, stopped;
	bool disorder;		/* the regime went backwards */
	enum kv_status looping;
	uint64_t cuts;		/* ends of memory inside of runs that may still be met */
};

/*
 * Memory is cut where its pieces end, by each run that holds it.  Kernels map all of it a few times
 * in such runs (MIPS ten times); hostile tables may do so without end.
 */
enum { CUTS_MIN = 1 << 19, CUTS_PER_EXTENT = 16 };

static void
give(struct listing *ls)
{
	if (ls->holding && ls->cb(&ls->held, ls->arg) == 0)
		ls->stopped = true;
}

static bool
continues(const struct kvm_range *a, const struct kvm_range *b)
{
	uint64_t len = b->kr_first - a->kr_first;
	if (a->kr_last + 1 != b->kr_first || a->kr_kind != b->kr_kind ||
	    a->kr_prot != b->kr_prot || a->kr_prot_known != b->kr_prot_known)
		return false;
	if (a->kr_kind == KVM_UNKNOWN)
		return true;
	if (a->kr_paddr + len != b->kr_paddr)
		return false;
	return a->kr_kind != KVM_MAPPED || (uint64_t)a->kr_offset + len == (uint64_t)b->kr_offset;
}

static void
add(struct listing *ls, const struct kvm_range *range)
{
	if (ls->holding && range->kr_first <= ls->held.kr_last) {
		ls->disorder = ls->stopped = true;
		return;
	}
	if (ls->holding && continues(&ls->held, range)) {
		ls->held.kr_last = range->kr_last;
		return;
	}
	give(ls);
	ls->held = *range;
	ls->holding = !ls->stopped;
}

static bool
add_run(void *arg, const struct kv_run *run, enum kv_status st)
{
	struct listing *ls = arg;
	if (st != KV_OK) {
		const struct kvm_range range = { .kr_first = run->first, .kr_last = run->last,
			.kr_offset = -1, .kr_kind = KVM_UNKNOWN };
		add(ls, &range);
		return !ls->stopped;
	}
	vaddr_t va = run->first;
	for (;;) {
		struct kvm_range range;
		range_from_run(ls->kd, run, va, &range);
		add(ls, &range);
		if (ls->stopped || range.kr_last == run->last)
			return !ls->stopped;
		if (ls->cuts-- == 0) {
			ls->stopped = true;
			ls->looping = kv_fail(&ls->kd->deep, KV_EFORMAT, "page tables map the same "
			    "memory over and over: gave up at %#jx", (uintmax_t)range.kr_last);
			return false;
		}
		va = range.kr_last + 1;
	}
}

int
kvm_each_range(kvm_t *kd, kvaddr_t lo, kvaddr_t last, kvm_range_cb_t *cb, void *arg)
{
	if (!header_wanted(kd, "kvm_each_range"))
		return -1;
	const struct mmu_src src = { .read = memory_read, .arg = &kd->dump.mem };
	struct listing ls = { .kd = kd, .cb = cb, .arg = arg,
		.cuts = (uint64_t)format_count(&kd->dump.ram) * CUTS_PER_EXTENT + CUTS_MIN };
	enum kv_status s = KV_OK;
	lo = va_of(kd, lo);
	last = va_of(kd, last);
	for (vaddr_t va = lo; va <= last && s == KV_OK && !ls.stopped;) {
		vaddr_t from, to;
		const struct as_range *as = find_as(&kd->dump, va, &from, &to);
		to = u64_min(to, last);
		if (as != NULL)
			s = mmu_each(&as->mmu, &src, va, to, add_run, &ls, &kd->deep);
		if (to == last)
			break;
		va = to + 1;
	}
	if (s == KV_OK && !ls.stopped)
		give(&ls);
	if (s == KV_OK)
		s = ls.looping;
	if (ls.disorder)
		s = kv_fail(&kd->deep, KV_EUNSUP, "%s cannot list its mappings in order",
		    kd->dump.as[0].mmu.regime);
	if (s == KV_OK)
		return 0;
	err_soft(kd, "kvm_each_range: %s", kd->deep.text);
	return -1;
}

int
kvm_each_extent(kvm_t *kd, kvm_extent_cb_t *cb, void *arg)
{
	if (!header_wanted(kd, "kvm_each_extent"))
		return -1;
	const struct format *ram = &kd->dump.ram;
	struct extent x;
	for (uint64_t cursor = 0; format_next(ram, &cursor, &x);) {
		const struct kvm_extent extent = {
			.ke_paddr = x.first,
			.ke_len = x.last - x.first + 1,
			.ke_offset = (int64_t)x.off,
		};
		if (cb(&extent, arg) == 0)
			break;
	}
	return 0;
}
