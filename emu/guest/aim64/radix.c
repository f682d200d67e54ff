/* SPDX-License-Identifier: BSD-2-Clause */
/* Radix trees of the Power ISA 3.0B, book III, 5.7.10; calls of the hypervisor: PAPR, 14.5. */
#include "kernel.h"

#if REGIME_radix
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
#define H_SET_MODE	0x31c
#define SET_LITTLE	1
#define SET_ENDIAN	4			/* of interrupts */

#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__	/* tables are, whatever the kernel is */
#define BIG(x)		(x)
#else
#define BIG(x)		__builtin_bswap64(x)
#endif

void	translate(void);
uint64_t hypervisor(uint64_t function, uint64_t, uint64_t, uint64_t, uint64_t);

const struct radix_level radix_levels[] = { { 39, ROOT_BITS }, { 30, 9 }, { 21, 9 }, { 12, 9 } };
unsigned radix_nlevels = 4;

uint64_t
radix_table(unsigned level, uint64_t pa)
{
	return BIG(VALID | pa | radix_levels[level + 1].bits);
}

uint64_t
radix_leaf(unsigned level, unsigned shift, uint64_t pa, unsigned prot)
{
	(void)level;
	(void)shift;
	return BIG(VALID | LEAF | pa | REFERENCED | CHANGED | PRIVILEGED | READABLE |
	    (prot & PROT_W ? WRITABLE : 0) | (prot & PROT_X ? EXECUTABLE : 0));
}

uint64_t
radix_next(uint64_t entry)
{
	return (BIG(entry) & (VALID | LEAF)) == VALID ? BIG(entry) & FRAME : 0;
}

void
machine_tables(void)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	if (hypervisor(H_SET_MODE, SET_LITTLE, SET_ENDIAN, 0, 0) != 0)
		panic("wrong: no little-endian interrupts: ", 0);
#endif
}

void
plan_more(void)
{
	const uint64_t code = virt_pa(machine_code) & ~(PAGE - 1);

	machine_enter(CODE, code, PAGE_SHIFT, PROT_X);
	radix_set(CODE, 3, radix_get(CODE, 3) & ~BIG(READABLE));
	fact(MAP, CODE, code, PAGE, PROT_X);
	map(ODD, take(PAGE, PAGE), PAGE, PAGE_SHIFT, PROT_R | PROT_W, FILL);
}

/* The kernel is process 0; the lower half belongs to process 1, which has no tables. */
void
machine_switch(void)
{
	const uint64_t pa = take(PAGE, PAGE);
	uint64_t *table = (uint64_t *)pa;

	own(pa, PAGE);
	memset(table, 0, PAGE);
	table[0] = BIG(ADDRESS_BITS | radix_root | ROOT_BITS);
	if (hypervisor(H_REGISTER_PROC_TBL, REGISTER_RADIX, pa, 0, 0) != 0)
		panic("wrong: no radix trees here: ", pa);
	__asm__ volatile("mtspr 48, %0; isync" : : "r"(1));
	translate();
}

void
machine_registers(void)
{
	uint64_t pid;

	__asm__ volatile("mfspr %0, 48" : "=r"(pid));
	print("reg pidr %x\n", pid);
}
#endif
