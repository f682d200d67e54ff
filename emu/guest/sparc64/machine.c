/* SPDX-License-Identifier: BSD-2-Clause */
/* UltraSPARC-I and II: User's Manual, chapter 6; tables as sys/arch/sparc64/sparc64/pmap.c has them. */
#include "kernel.h"

#define TTE_V		(UINT64_C(1) << 63)
#define TTE_CACHED	UINT64_C(0x30)
#define TTE_P		UINT64_C(4)		/* privileged */
#define TTE_W		UINT64_C(2)
#define TTE_G		UINT64_C(1)
#define T_IMISS		0x64
#define T_DMISS		0x68
#define T_DPROT		0x6c
#define LOCKED		(1 + DIRECT_COUNT + BANK_COUNT)

struct frame {
	uint64_t tt, pc, npc, tstate, tag, sfsr, sfar, y, o[8], g[8];
};
void	trap(struct frame *);
extern volatile uint32_t debugger_continue;

const struct radix_level radix_levels[] = { { 33, 10 }, { 23, 10 }, { 13, 10 } };
unsigned radix_nlevels = 3;

struct cluster clusters[] = { { 0x2000, 0x6fe000 }, { 0x900000, 0x5e0000 } };
unsigned nclusters = 2;

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
	return TTE_V | pa | TTE_CACHED | TTE_P | TTE_G | (prot & PROT_W ? TTE_W : 0);
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
	/* Above the hole the same tables are looked up. */
	for (unsigned i = 0, n = nfacts; i < n; i++)
		if (facts[i].kind <= FILL && facts[i].va >= MAIN)
			fact(MAP, facts[i].va | UPPER, facts[i].pa, facts[i].len, facts[i].prot);
}

void
machine_switch(void)
{
}

void
trap(struct frame *f)
{
	const uint64_t type = f->tt & ~UINT64_C(3);
	const uint64_t tag = f->tag & ~(PAGE - 1);	/* no more than the page is told */
	const uint64_t va = type == T_IMISS ? f->pc : (f->o[0] ^ tag) < PAGE ? f->o[0] : tag;

	if ((type == T_IMISS || type == T_DMISS || type == T_DPROT) &&
	    try_fault(va, type == T_DPROT ? DENIED : UNMAPPED)) {
		f->pc = f->o[7] + 8;
		f->npc = f->pc + 4;
		return;
	}
	/* QEMU 7.2 delivers the last miss that its monitor's questions caused, when it goes on. */
	static bool ignored;
	if ((type == T_DMISS || type == T_IMISS) && debugger_continue != 0 && !ignored) {
		ignored = true;
		return;
	}
	if (type == T_DMISS)
		trap_fatal("trap: data access MMU miss at ", va, f, sizeof *f);
	print("pc %x sfsr %x sfar %x\n", f->pc, f->sfsr, f->sfar);
	trap_fatal("trap: type ", f->tt, f, sizeof *f);
}

void
machine_registers(void)
{
	uint64_t context;

	__asm__ volatile("ldxa [%1] 0x58, %0" : "=r"(context) : "r"(8));
	print("reg context %x\n", context);
	print("linear %x %x\n", U(KERNBASE), U(LOCKED_SIZE));
	print("linear %x %x\n", U(DIRECT), U(DIRECT_COUNT * LOCKED_SIZE));
	print("linear %x %x\n", U(BANK_VA), U(BANK_COUNT * LOCKED_SIZE));
}

static uint64_t *
locked(uint64_t *pair, uint64_t va, uint64_t pa, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		*pair++ = va + U(i) * LOCKED_SIZE;
		*pair++ = pa + U(i) * LOCKED_SIZE;
	}
	return pair;
}

/* sys/arch/sparc64/include/kcore.h, with locked pages and no per-CPU area */
void
machine_kcore_header(void *at)
{
	uint32_t *half = at;
	uint64_t *word = at;

	half[0] = 3;				/* sun4u */
	half[1] = nclusters;
	word[1] = 160 + 16 * LOCKED;		/* RAM segments */
	half[4] = 1024;
	word[3] = radix_root;
	word[4] = KERNBASE;
	word[5] = 0xe0048000;			/* CPUINFO_VA */
	word[12] = 0x3afec01e;
	word[13] = LOCKED;
	word[14] = 160;
	word[16] = 0x10000;
	word += 20;
	word = locked(word, KERNBASE, KERNBASE_PA, 1);
	word = locked(word, DIRECT, 0, DIRECT_COUNT);
	word = locked(word, BANK_VA, BANK, BANK_COUNT);
	for (unsigned i = 0; i < nclusters; i++) {
		*word++ = clusters[i].start;
		*word++ = clusters[i].size;
	}
}
