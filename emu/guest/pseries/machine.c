/* SPDX-License-Identifier: BSD-2-Clause */
/* Radix trees of the Power ISA 3.0B, book III, 5.7.10; calls of the hypervisor: PAPR, 14.5. */
#include "ppc_trap.h"

#define VALID		(UINT64_C(1) << 63)
#define LEAF		(UINT64_C(1) << 62)
#define FRAME		UINT64_C(0x00ffffffffffff00)
#define REFERENCED	UINT64_C(0x100)
#define CHANGED		UINT64_C(0x080)
#define PRIVILEGED	UINT64_C(0x008)
#define READABLE	UINT64_C(0x004)
#define WRITABLE	UINT64_C(0x002)
#define EXECUTABLE	UINT64_C(0x001)

/* Process table's entry: 52 bits of address, and the size of the root. */
#define ADDRESS_BITS	(UINT64_C(2) << 61 | UINT64_C(5) << 5)
#define ROOT_BITS	13
#define H_REGISTER_PROC_TBL 0x37c
#define REGISTER_RADIX	0x1d

#define NOT_FOUND	0x40000000u		/* DSISR and SRR1 */
#define NO_EXEC		0x10000000u
#define PROTECTED	0x08000000u

void	switch_tables(void);
uint64_t hypervisor(uint64_t function, uint64_t, uint64_t, uint64_t, uint64_t);

struct cluster clusters[] = { { 0x400000, 0x700000 }, { 0x1000000, 0x680000 } };
unsigned nclusters = 2;

const struct radix_level radix_levels[] = { { 39, ROOT_BITS }, { 30, 9 }, { 21, 9 }, { 12, 9 } };
unsigned radix_nlevels = 4;

#define SPR(n)		({ uint64_t v_; __asm__ volatile("mfspr %0, " #n : "=r"(v_)); v_; })

uint64_t
radix_table(unsigned level, uint64_t pa)
{
	return VALID | pa | radix_levels[level + 1].bits;
}

uint64_t
radix_leaf(unsigned level, unsigned shift, uint64_t pa, unsigned prot)
{
	(void)level;
	(void)shift;
	return VALID | LEAF | pa | REFERENCED | CHANGED | PRIVILEGED | READABLE |
	    (prot & PROT_W ? WRITABLE : 0) | (prot & PROT_X ? EXECUTABLE : 0);
}

uint64_t
radix_next(uint64_t entry)
{
	return (entry & (VALID | LEAF)) == VALID ? entry & FRAME : 0;
}

void
machine_init(void)
{
	install_vectors(0);
}

void
machine_plan(void)
{
	map(DIRECT, 0, DIRECT_SIZE, 21, PROT_R | PROT_W | PROT_X, MAP);
}

/* The kernel is process 0; the lower half belongs to process 1, which has no tables. */
void
machine_switch(void)
{
	const uint64_t pa = take(PAGE, PAGE);
	uint64_t *table = (uint64_t *)pa;

	own(pa, PAGE);
	memset(table, 0, PAGE);
	table[0] = ADDRESS_BITS | radix_root | ROOT_BITS;
	if (hypervisor(H_REGISTER_PROC_TBL, REGISTER_RADIX, pa, 0, 0) != 0)
		panic("wrong: no radix trees here: ", pa);
	__asm__ volatile("mtspr 48, %0; isync" : : "r"(1));
	switch_tables();
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

void
machine_registers(void)
{
	print("reg pidr %x\n", SPR(48));
}
