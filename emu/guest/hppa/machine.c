/* SPDX-License-Identifier: BSD-2-Clause */
/* PA-RISC 1.1 Architecture and Instruction Set, chapters 3 and 5; software fills the TLB. */
#include "kernel.h"

/* Entries of this guest's own tables, which no dump tells of. */
#define ENTRY_VALID	1u
#define ENTRY_TYPE	4			/* shift; access rights type, TLB insertion */
#define TYPE_W		1u
#define TYPE_X		2u

#define ITLB_MISS	6			/* interruption numbers */
#define ITLB_PROTECTION	7
#define DTLB_MISS	15
#define DTLB_DIRTY	20
#define DTLB_RIGHTS	26
#define PSW_TRANSLATED	0x4000au		/* C, Q, D */

struct frame {
	uint32_t r[32], vector, psw, pc, ior;
};
void	trap(struct frame *);
void	switch_psw(uint32_t psw);
void	purge_tlb(void);
extern uint32_t kernel_psw;

struct cluster clusters[] = { { 0, RAM_SIZE } };
unsigned nclusters = 1;

const struct radix_level radix_levels[] = { { 22, 10 }, { 12, 10 } };
unsigned radix_nlevels = 2;

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
	return pa | ENTRY_VALID | ((prot & PROT_W ? TYPE_W : 0) |
	    (prot & PROT_X ? TYPE_X : 0)) << ENTRY_TYPE;
}

uint64_t
radix_next(uint64_t entry)
{
	return entry & ENTRY_VALID ? 0 : entry;
}

void
machine_init(void)
{
	own(0, PAGE);				/* the firmware's page */
}

void
machine_plan(void)
{
	map(0, 0, RAM_SIZE, PAGE_SHIFT, PROT_R | PROT_W | PROT_X, MAP);
	map(DEVICE_VA(CONSOLE_PA), CONSOLE_PA, CONSOLE_SIZE, PAGE_SHIFT, PROT_R | PROT_W, DEVICE);
	span(HOLE_, RAM_SIZE, 0x1000);
	for (uint64_t at = DISK_PA; at < DISK_PA + U(DISK_SECTORS) * SECTOR; at += PAGE)
		machine_enter(DEVICE_VA(at), at, PAGE_SHIFT, PROT_R | PROT_W);	/* after the panic */
}

void
machine_switch(void)
{
	switch_psw(kernel_psw = PSW_TRANSLATED);
}

/*
 * All that the harness asks for must be in the TLB.  Twice: QEMU 7.2 gives page 0 the entry that
 * the next page gets as well.
 */
static void
fill_tlb(void)
{
	purge_tlb();
	for (unsigned i = 0; i < 2 * nfacts; i++) {
		const struct fact *f = &facts[i < nfacts ? i : i - nfacts];

		for (uint64_t at = 0; f->kind <= DEVICE && at < f->len; at += PAGE)
			(void)*(volatile char *)(uintptr_t)(f->va + at);
	}
}

void
trap(struct frame *f)
{
	const bool fetch = f->vector == ITLB_MISS || f->vector == ITLB_PROTECTION;
	const bool miss = f->vector == ITLB_MISS || f->vector == DTLB_MISS;
	const uint32_t va = fetch ? f->pc & ~3u : f->ior;

	if (miss || f->vector == ITLB_PROTECTION || f->vector == DTLB_RIGHTS ||
	    f->vector == DTLB_DIRTY) {
		if (try_fault(va, miss ? UNMAPPED : DENIED)) {
			f->pc = f->r[2];
			return;
		}
		fill_tlb();
		trap_fatal(miss ? "trap: TLB miss at " : "trap: TLB protection at ", va, f,
		    sizeof *f);
	}
	print("pc %x ior %x\n", U(f->pc), U(f->ior));
	trap_fatal("trap: interruption ", f->vector, f, sizeof *f);
}

void
machine_registers(void)
{
	print("reg psw %x\n", U(kernel_psw));
	print("linear 0 %x\n", U(RAM_SIZE));
	print("window 0 %x\n", U(RAM_SIZE));	/* a dump tells of nothing else */
}

/* sys/arch/hppa/include/kcore.h: one number, which nobody sets */
void
machine_kcore_header(void *at)
{
	*(uint32_t *)at = 0x5ac0ffee;
}
