/* SPDX-License-Identifier: BSD-2-Clause */
/* SH-4: SH7751 Hardware Manual, sections 3 and 5; software fills the TLB, from pmap.c's two levels. */
#include "kernel.h"

/* PTEs as PTEL has them: sys/arch/sh/include/pte.h. */
#define PG_V		0x100u
#define PG_4K		0x010u			/* SZ0 */
#define PG_RW		0x020u			/* PR0 of a privileged page */
#define PG_C		0x008u
#define PG_D		0x004u
#define PG_G		0x002u			/* of all address spaces */
#define PG_OTHER	0xe0000241u		/* PG_HW_BITS has none of these but PR1 */

#define SHIFT_L1	22
#define ENTRIES_L1	512
#define MMUCR		(*(volatile uint32_t *)0xff000010)
#define MMUCR_AT	0x001u
#define MMUCR_TI	0x004u

/* EXPEVT */
#define MISS_READ	0x040
#define MISS_WRITE	0x060
#define FIRST_WRITE	0x080			/* the page's D is 0 */
#define PROTECTED_READ	0x0a0
#define PROTECTED_WRITE	0x0c0

struct frame {
	uint32_t event, tea, spc, ssr, macl, mach, pr, r15, r14, r13, r12, r11, r10, r9, r8;
	uint32_t r7, r6, r5, r4, r3, r2, r1, r0;
};
void	trap(struct frame *);

struct cluster clusters[] = { { 0x0c002000, 0x5fe000 }, { 0x0c800000, 0x690000 } };
unsigned nclusters = 2;
uint32_t **tables;		/* the kernel's: P1 addresses of pages of PTEs; the TLB miss handler's */

static void *
table_new(void)
{
	const uint64_t pa = take(PAGE, PAGE);
	void *at = (void *)(uintptr_t)DIRECT_VA(pa);

	own(pa, PAGE);
	memset(at, 0, PAGE);
	return at;
}

void
machine_enter(uint64_t va, uint64_t pa, unsigned shift, unsigned prot)
{
	uint32_t **table = &tables[(va - P3) >> SHIFT_L1 & (ENTRIES_L1 - 1)];

	if (shift != PAGE_SHIFT)
		panic("wrong: page shift ", shift);
	if (*table == NULL)
		*table = table_new();
	(*table)[va >> PAGE_SHIFT & (PAGE / 4 - 1)] = (uint32_t)pa | PG_V | PG_4K | PG_C | PG_G |
	    (prot & PROT_W ? PG_RW | PG_D : PG_OTHER);
}

void
machine_init(void)
{
	tables = table_new();
}

void
machine_plan(void)
{
	const unsigned all = PROT_R | PROT_W | PROT_X;

	fact(MAP, P1, 0, 0x20000000, all);
	fact(MAP, P2, 0, 0x20000000, all);
	fact(DEVICE, P4, P4, 0x20000000, all);
	machine_enter(INVALID, take(PAGE, PAGE), PAGE_SHIFT, PROT_R);
	tables[(INVALID - P3) >> SHIFT_L1][INVALID >> PAGE_SHIFT & (PAGE / 4 - 1)] = ~PG_V;
	span(HOLE_, INVALID, PAGE);
	/* P3's first page and its last but one. */
	map(P3, take(PAGE, PAGE), PAGE, PAGE_SHIFT, PROT_R | PROT_W, FILL);
	map(P4 - 2 * PAGE, take(PAGE, PAGE), PAGE, PAGE_SHIFT, PROT_R, MAP);
}

void
machine_switch(void)
{
	MMUCR = MMUCR_TI | MMUCR_AT;
}

void
trap(struct frame *f)
{
	const bool miss = f->event == MISS_READ || f->event == MISS_WRITE;

	if (miss || (f->event >= FIRST_WRITE && f->event <= PROTECTED_WRITE)) {
		if (try_fault(f->tea, miss ? UNMAPPED : DENIED)) {
			f->spc = f->pr;
			return;
		}
		trap_fatal(miss ? "trap: TLB miss at " : "trap: TLB protection at ", f->tea, f,
		    sizeof *f);
	}
	print("spc %x tea %x\n", U(f->spc), U(f->tea));
	trap_fatal("trap: event ", f->event, f, sizeof *f);
}

void
machine_registers(void)
{
	print("reg mmucr_at %x\n", U(MMUCR & MMUCR_AT));
	print("linear %x 40000000\n", U(P1));
	print("window %x 60000000\n", U(P1));	/* libkvm knows nothing of P4 */
}

/* sys/arch/sh/include/kcore.h */
void
machine_kcore_header(void *at)
{
	uint32_t *word = at;
	uint64_t *segment = (uint64_t *)(word + 2);

	word[0] = (uint32_t)virt_pa(tables);
	word[1] = nclusters;
	for (unsigned i = 0; i < nclusters; i++) {
		*segment++ = clusters[i].start;
		*segment++ = clusters[i].size;
	}
}
