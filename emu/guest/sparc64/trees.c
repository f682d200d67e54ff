/* SPDX-License-Identifier: BSD-2-Clause */
/* NetBSD's and OpenBSD's tables: sys/arch/sparc64/sparc64/pmap.c. */
#include "kernel.h"

#if REGIME_sun4u
#define TTE_V		(UINT64_C(1) << 63)
/* Bits 49:43 are an UltraSPARC-I's own; later CPUs have an address there, as OpenBSD's reader does. */
#define TTE_DIAG	(NETBSD ? UINT64_C(0x7f) << 43 : 0)
#define TTE_CACHED	UINT64_C(0x30)
#define TTE_P		UINT64_C(4)		/* privileged */
#define TTE_W		UINT64_C(2)
#define TTE_G		UINT64_C(1)
#define LOCKED		(1 + DIRECT_COUNT + BANK_COUNT)

const struct radix_level radix_levels[] = { { 33, 10 }, { 23, 10 }, { 13, 10 } };
unsigned radix_nlevels = 3;

uint64_t
radix_table(unsigned level, uint64_t pa)
{
	(void)level;
	return pa;
}

uint64_t
radix_leaf(unsigned level, unsigned shift, uint64_t pa, unsigned prot)
{
	(void)level;
	(void)shift;
	return TTE_V | TTE_DIAG | pa | TTE_CACHED | TTE_P | TTE_G | (prot & PROT_W ? TTE_W : 0);
}

uint64_t
radix_next(uint64_t entry)
{
	return entry & TTE_V ? 0 : entry;
}

void
machine_init(void)
{
}

void
machine_plan(void)
{
	const unsigned all = PROT_R | PROT_W | PROT_X;

	fact(MAP, KERNBASE, KERNBASE_PA, LOCKED_SIZE, all);
	fact(MAP, DIRECT, 0, DIRECT_COUNT * LOCKED_SIZE, all);
	fact(DEVICE, BANK_VA, BANK, BANK_COUNT * LOCKED_SIZE, all);
	map((UINT64_C(1) << 43) - PAGE, take(PAGE, PAGE), PAGE, PAGE_SHIFT, PROT_R | PROT_W, FILL);
	radix_set(INVALID, radix_nlevels - 1, ~TTE_V);
	span(HOLE_, INVALID, PAGE);
	/* Above the hole the same tables are looked up. */
	for (unsigned i = 0, n = nfacts; i < n; i++)
		if (facts[i].kind <= FILL && facts[i].va >= MAIN)
			fact(MAP, facts[i].va | UPPER, facts[i].pa, facts[i].len, facts[i].prot);
}

void
machine_tables(void)
{
	print("reg root %x\n", radix_root);
	print("linear %x %x\n", U(KERNBASE), U(LOCKED_SIZE));
#if OPENBSD
	print("linear %x %x\n", U(DIRECT), U(DATA_SIZE));
	print("beyond %x %x %x\n", U(DIRECT + DIRECT_COUNT * LOCKED_SIZE),
	    U(DIRECT_COUNT * LOCKED_SIZE), U(BANK - DIRECT_COUNT * LOCKED_SIZE));
#else
	print("linear %x %x\n", U(DIRECT), U(DIRECT_COUNT * LOCKED_SIZE));
	print("linear %x %x\n", U(BANK_VA), U(BANK_COUNT * LOCKED_SIZE));
#endif
}

#if NETBSD				/* locked pages; there is no per-CPU area */
static uint64_t *
locked(uint64_t *pair, uint64_t va, uint64_t pa, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		*pair++ = va + U(i) * LOCKED_SIZE;
		*pair++ = pa + U(i) * LOCKED_SIZE;
	}
	return pair;
}

static uint64_t *
ranges(uint64_t *word)
{
	word[1] = 160 + 16 * LOCKED;		/* RAM segments */
	word[5] = 0xe0048000;			/* CPUINFO_VA */
	word[12] = 0x3afec01e;
	word[13] = LOCKED;
	word[14] = 160;
	word[16] = 0x10000;
	word += 20;
	word = locked(word, KERNBASE, KERNBASE_PA, 1);
	word = locked(word, DIRECT, 0, DIRECT_COUNT);
	return locked(word, BANK_VA, BANK, BANK_COUNT);
}
#else					/* text and data, each in one piece of 4 MiB pages */
static uint64_t *
ranges(uint64_t *word)
{
	word[1] = 96;				/* RAM segments */
	word[5] = 0xe001c000;			/* CPUINFO_VA */
	word[6] = KERNBASE;
	word[7] = KERNBASE_PA;
	word[8] = LOCKED_SIZE;
	word[9] = DIRECT;
	word[11] = DATA_SIZE;
	return word + 12;
}
#endif

/* sys/arch/sparc64/include/kcore.h, of both */
void
machine_kcore_header(void *at)
{
	uint32_t *half = at;
	uint64_t *word = at;

	half[0] = 3;				/* sun4u */
	half[1] = nclusters;
	half[4] = 1024;
	word[3] = radix_root;
	word[4] = KERNBASE;
	word = ranges(word);
	for (unsigned i = 0; i < nclusters; i++) {
		*word++ = clusters[i].start;
		*word++ = clusters[i].size;
	}
}
#endif
