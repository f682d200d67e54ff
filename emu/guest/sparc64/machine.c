/* SPDX-License-Identifier: BSD-2-Clause */
/* UltraSPARC-I and II: User's Manual, chapter 6; tables are in trees.c and tsb.c. */
#include "kernel.h"

#define T_IMISS		0x64
#define T_DMISS		0x68
#define T_DPROT		0x6c
#define T_DERROR	0x30			/* it translated; nothing answers there */

struct frame {
	uint64_t tt, pc, npc, tstate, tag, sfsr, sfar, y, o[8], g[8];
};
void	trap(struct frame *);
void	machine_tables(void);		/* prints where they start, and what is mapped without them */
extern volatile uint32_t debugger_continue;

struct cluster clusters[] = { { 0x2000, 0x6fe000 }, { 0x900000, 0x5e0000 } };
unsigned nclusters = 2;

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
	    try_fault(va, type == T_DPROT ? DENIED : type == T_DMISS ? UNMAPPED : FAULTED)) {
		f->pc = f->o[7] + 8;
		f->npc = f->pc + 4;
		return;
	}
	if (type == T_DERROR && try_fault(f->o[0], FAULTED)) {	/* machine_try's address */
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
	machine_tables();
}
