/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The search in a group of PTEs, which all PowerPC's hashed tables have in common.
 * Sources: MPCFPE32B, 7.6.1; Power ISA 2.07, Book III-S, 5.7.7.
 */
#include <inttypes.h>

#include "bytes.h"
#include "pteg.h"

static enum kv_status
group_search(const struct pteg_table *table, const struct mmu *mmu, const struct mmu_src *src,
    vaddr_t va, bool secondary, struct kv_run *run, mmu_step_fn *step, void *arg,
    struct kv_err *err)
{
	const unsigned half = table->half, pte = 2 * half;
	const char *name = secondary ? "secondary PTEG" : "primary PTEG";
	const struct kv_loc at = {
		.addr = table->group(mmu, va, secondary),
		.space = mmu->root.space,
		.file = mmu->root.file,
	};
	const uint8_t *p;
	size_t got;
	enum kv_status st = src->read(src->arg, at, PTEG_PTES * pte, &p, &got, err);
	if (st != KV_OK) {
		kv_prefix(err, "%s at %s0x%" PRIx64 " cannot be read", name,
		    at.space == KV_FILE ? "file offset " : "", at.addr);
		return st;
	}
	struct mmu_step seen = {
		.name = name,
		.table = mmu->root,
		.index = (at.addr - mmu->root.addr) / pte,
		.entry = at,
		.size = pte,
		.raw = be64_get(p),	/* both words of 4, or the first of 8 */
		.kind = MMU_INVALID,
		.why = "begins a group without a PTE for this page",
	};
	st = KV_EUNMAPPED;
	for (unsigned i = 0; i < PTEG_PTES; i++, p += pte) {
		const uint64_t first = half == 4 ? be32_get(p) : be64_get(p);
		const uint64_t second = half == 4 ? be32_get(p + half) : be64_get(p + half);
		if (!table->match(mmu, va, secondary, first, second, run))
			continue;
		seen.index += i;
		seen.entry.addr += i * pte;
		seen.raw = be64_get(p);
		seen.kind = MMU_LEAF;
		seen.next = run->at;
		seen.prot = run->prot;
		seen.why = NULL;
		st = KV_OK;
		break;
	}
	if (step != NULL)
		step(arg, &seen);
	return st;
}

enum kv_status
pteg_find(const struct pteg_table *table, const struct mmu *mmu, const struct mmu_src *src,
    vaddr_t va, struct kv_run *run, mmu_step_fn *step, void *arg, struct kv_err *err)
{
	const enum kv_status st = group_search(table, mmu, src, va, false, run, step, arg, err);
	if (st != KV_EUNMAPPED)
		return st;
	return group_search(table, mmu, src, va, true, run, step, arg, err);
}
