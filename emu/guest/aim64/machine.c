/* SPDX-License-Identifier: BSD-2-Clause */
/* What both regimes share: RAM, the direct map, traps (Power ISA 3.0B, book III, 6.5). */
#include "ppc_trap.h"

#define NOT_FOUND	0x40000000u		/* DSISR and SRR1 */
#define NO_EXEC		0x10000000u
#define PROTECTED	0x08000000u

struct cluster clusters[] = { { 0x400000, 0x700000 }, { 0x1000000, 0x680000 } };
unsigned nclusters = 2;

void
machine_init(void)
{
	install_vectors(0);
	machine_tables();
}

void
machine_plan(void)
{
	map(DIRECT, 0, DIRECT_SIZE, DIRECT_SHIFT, PROT_R | PROT_W | PROT_X, MAP);
	plan_more();
}

void
trap(struct frame *f)
{
	const uint64_t vector = f->vector & 0xff80;

	if ((vector == 0x400 || vector == 0x480) && try_fault(f->srr0,
	    vector == 0x480 || f->srr1 & NOT_FOUND ? UNMAPPED :
	    f->srr1 & (NO_EXEC | PROTECTED) ? DENIED : RESERVED)) {
		f->srr0 = f->lr;
		return;
	}
	if (vector == 0x300 || vector == 0x380) {
		if (try_fault(f->dar, vector == 0x380 || f->dsisr & NOT_FOUND ? UNMAPPED :
		    f->dsisr & PROTECTED ? DENIED : RESERVED)) {
			f->srr0 = f->lr;
			return;
		}
		trap_fatal("trap: data storage interrupt at ", f->dar, f, sizeof *f);
	}
	print("srr0 %x srr1 %x\n", U(f->srr0), U(f->srr1));
	trap_fatal("trap: vector ", vector, f, sizeof *f);
}
