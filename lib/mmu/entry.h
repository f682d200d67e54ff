/* SPDX-License-Identifier: BSD-2-Clause */
/* What decoders of page-table entries answer, and checks that several of them make. */
#ifndef ENTRY_H
#define ENTRY_H

#include "mmu.h"

enum { PROT_RWX = KV_R | KV_W | KV_X };

static inline uint8_t
prot_of(bool r, bool w, bool x)
{
	return (uint8_t)((r ? KV_R : 0) | (w ? KV_W : 0) | (x ? KV_X : 0));
}

static inline void
entry_invalid(struct mmu_entry *ret, const char *why)
{
	*ret = (struct mmu_entry){ .kind = MMU_INVALID, .why = why };
}

static inline void
entry_reserved(struct mmu_entry *ret, const char *why)
{
	*ret = (struct mmu_entry){ .kind = MMU_RESERVED, .why = why };
}

static inline void
entry_table(struct mmu_entry *ret, enum kv_space space, uint64_t addr, uint8_t prot)
{
	*ret = (struct mmu_entry){
		.kind = MMU_TABLE,
		.at = { .addr = addr, .space = space },
		.prot = prot,
	};
}

static inline void
entry_leaf(struct mmu_entry *ret, paddr_t pa, uint8_t prot)
{
	*ret = (struct mmu_entry){
		.kind = MMU_LEAF,
		.at = { .addr = pa, .space = KV_PHYS },
		.prot = prot,
	};
}

#endif
