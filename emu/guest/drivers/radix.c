/* SPDX-License-Identifier: BSD-2-Clause */
/* Page tables in trees: what differs between them are the level table and the entries' form. */
#include "kernel.h"

#if ENTRY_SIZE == 4
typedef uint32_t entry_t;
#else
typedef uint64_t entry_t;
#endif

#ifndef TABLE_LIMIT
#define TABLE_LIMIT	UINT64_MAX
#endif

uint64_t radix_root;

static volatile entry_t *
table_at(uint64_t pa)
{
	return (volatile entry_t *)(switched ? DIRECT_VA(pa) : (uintptr_t)BOOT_VA(pa));
}

/* Small tables lie at different places of their pages. */
static uint64_t
table_new(unsigned level)
{
	static unsigned count;
	const uint64_t size = U(ENTRY_SIZE) << radix_levels[level].bits;
	uint64_t pa = take_below(TABLE_LIMIT, size, size);

	if (size < PAGE)
		pa += size * ++count & (PAGE - 1);
	own(pa, size);
	for (unsigned i = 0; i < 1u << radix_levels[level].bits; i++)
		table_at(pa)[i] = 0;
	return pa;
}

static volatile entry_t *
entry_at(uint64_t va, unsigned level, bool make)
{
	uint64_t table = radix_root;

	if (table == 0)
		table = radix_root = table_new(0);
	for (unsigned at = 0;; at++) {
		const struct radix_level *l = &radix_levels[at];
		volatile entry_t *e = &table_at(table)[va >> l->shift & ((1u << l->bits) - 1)];

		if (at == level)
			return e;
		if (radix_next(*e) == 0) {
			if (!make)
				return NULL;
			*e = (entry_t)radix_table(at, table_new(at + 1));
		}
		table = radix_next(*e);
	}
}

uint64_t
radix_get(uint64_t va, unsigned level)
{
	volatile entry_t *e = entry_at(va, level, false);

	return e == NULL ? 0 : *e;
}

uint64_t
radix_find(uint64_t va, unsigned *retlevel)
{
	for (*retlevel = 0;; ++*retlevel) {
		const uint64_t entry = radix_get(va, *retlevel);

		if (*retlevel == radix_nlevels - 1 || radix_next(entry) == 0)
			return entry;
	}
}

void
radix_set(uint64_t va, unsigned level, uint64_t entry)
{
	*entry_at(va, level, true) = (entry_t)entry;
}

void
machine_enter(uint64_t va, uint64_t pa, unsigned shift, unsigned prot)
{
	unsigned level = radix_nlevels - 1;

	while (level > 0 && radix_levels[level - 1].shift <= shift)
		level--;
	/* Pages larger than what an entry stands for are repeated. */
	const uint64_t step = UINT64_C(1) << radix_levels[level].shift;

	for (uint64_t done = 0; done >> shift == 0; done += step)
		*entry_at(va + done, level, true) = (entry_t)radix_leaf(level, shift, pa, prot);
}
