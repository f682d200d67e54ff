/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * PowerPC's hashed page tables: a page's PTE is one of eight in one of two groups, the second
 * being that of the hash's complement.  PTEs are big-endian, whatever the kernel is.
 */
#ifndef PTEG_H
#define PTEG_H

#include "mmu.h"

enum { PTEG_PTES = 8 };

struct pteg_table {
	unsigned half;		/* bytes: a PTE is two words of 4, or two of 8 */
	/* The address, in root's space, of the group for va. */
	uint64_t (*group)(const struct mmu *mmu, vaddr_t va, bool secondary);
	/* True if the PTE is va's; then run's place and protection are set. */
	bool (*match)(const struct mmu *mmu, vaddr_t va, bool secondary, uint64_t first,
	    uint64_t second, struct kv_run *run);
};

/* Looks va up.  KV_EUNMAPPED, without a sentence, if neither group has it. */
enum kv_status pteg_find(const struct pteg_table *table, const struct mmu *mmu,
    const struct mmu_src *src, vaddr_t va, struct kv_run *run, mmu_step_fn *step, void *arg,
    struct kv_err *err);

#endif
