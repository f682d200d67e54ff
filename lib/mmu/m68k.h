/* SPDX-License-Identifier: BSD-2-Clause */
/* Descriptors of Motorola's m68k MMUs, whatever tells the shape of their tree. */
#ifndef M68K_H
#define M68K_H

#include "mmu.h"

/* Families of descriptors. */
enum { M68K_HP, M68K_68030, M68K_68040 };

/* struct mmu's param; reg[i] holds the address bits of level i's pointers. */
enum {
	M68K_FAMILY,
	M68K_PG_FRAME,	/* address bits of a page descriptor */
	M68K_SG_V,	/* HP: valid bits */
	M68K_PG_V,
};

/*
 * levels are the tree's, of which the last holds page descriptors, and then the one-entry
 * "table" that an indirect descriptor points to.
 */
void m68k_decode(const struct mmu *mmu, unsigned i, uint64_t raw, struct mmu_entry *ret);

/* Appends that, and fills what all have. */
void m68k_finish(struct mmu *mmu, const char *regime, paddr_t root);

#endif
