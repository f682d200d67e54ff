/* SPDX-License-Identifier: BSD-2-Clause */
/* The SPARC reference MMU: The SPARC Architecture Manual, version 8, appendix H. */
#include "kernel.h"

#define ET_PTD		1u
#define ET_PTE		2u
#define ACC(n)		((n) << 2)		/* 0 r--, 1 rw-, 6 r-x, 7 rwx */
#define USED		0xe0u			/* cacheable, modified, referenced */
#define SEGMENTS	1024			/* of 256 KiB, from KERNBASE on */

struct frame {
	uint32_t tbr, psr, pc, npc, y, g[8], o[8], sfsr, sfar;
};
void	trap(struct frame *);
void	switch_tables(uint32_t context_table);

const struct radix_level radix_levels[] = { { 24, 8 }, { 18, 6 }, { 12, 6 } };
unsigned radix_nlevels = 3;

/* NetBSD does not dump the page at 0. */
struct cluster clusters[] = { { 0x1000, 0x6ff000 }, { 0x900000, 0x5e0000 } };
unsigned nclusters = 2;
static uint32_t context_table;

uint64_t
radix_table(unsigned level, uint64_t pa)
{
	(void)level;
	return pa >> 4 | ET_PTD;
}

uint64_t
radix_leaf(unsigned level, unsigned shift, uint64_t pa, unsigned prot)
{
	(void)level;
	(void)shift;
	return pa >> 4 | USED | ET_PTE | (prot & PROT_X ? ACC(6) : prot & PROT_W ? ACC(1) : ACC(0));
}

uint64_t
radix_next(uint64_t entry)
{
	return (entry & 3) == ET_PTD ? (entry & 0xfffffffc) << 4 : 0;
}

void
machine_init(void)
{
}

void
machine_plan(void)
{
	map(BANK_VA, BANK, BANK_SIZE, PAGE_SHIFT, PROT_R | PROT_W, DEVICE);
	map(UINT64_C(0x100000000) - PAGE, take(PAGE, PAGE), PAGE, PAGE_SHIFT, PROT_R | PROT_W, FILL);
}

void
machine_switch(void)
{
	const uint64_t pa = take(PAGE, PAGE);

	own(pa, PAGE);
	memset((void *)BOOT_VA((uintptr_t)pa), 0, PAGE);
	context_table = (uint32_t)pa;
	*(volatile uint32_t *)BOOT_VA((uintptr_t)pa) = (uint32_t)radix_table(0, radix_root);
	switch_tables(context_table);
}

/* Fault type of the status register: 1 invalid address, 2 protection, 3 privilege. */
void
trap(struct frame *f)
{
	const unsigned type = f->tbr >> 4 & 255, why = f->sfsr >> 2 & 7;
	/* QEMU 7.2 tells the page alone; machine_try has the address. */
	const uint32_t va = type == 1 ? f->pc : (f->o[0] ^ f->sfar) < PAGE ? f->o[0] : f->sfar;

	if ((type == 1 || type == 9) && try_fault(va, why == 1 ? UNMAPPED :
	    why == 2 || why == 3 ? DENIED : RESERVED)) {
		f->pc = f->o[7] + 8;
		f->npc = f->pc + 4;
		return;
	}
	if (type == 9)
		trap_fatal("trap: data access exception at ", va, f, sizeof *f);
	print("pc %x\n", U(f->pc));
	trap_fatal("trap: type ", type, f, sizeof *f);
}

void
machine_registers(void)
{
	uint32_t value;

	__asm__ volatile("lda [%1] 4, %0" : "=r"(value) : "r"(0x100));
	print("reg ctxtable %x\n", U(value));
}

/* sys/arch/sparc/include/kcore.h: segments point to their page tables. */
void
machine_kcore_header(void *at)
{
	const uint32_t segments = 32 + 16 * nclusters;
	const uint32_t words[] = {
		2, KERNBASE, nclusters, 32,		/* cputype: sun4m */
		SEGMENTS, segments, 0, segments + 16 * SEGMENTS,
	};
	uint64_t *ram = (uint64_t *)((char *)at + 32);
	uint32_t *segment = (uint32_t *)((char *)at + segments);

	memcpy(at, words, sizeof words);
	for (unsigned i = 0; i < nclusters; i++) {
		*ram++ = clusters[i].start;
		*ram++ = clusters[i].size;
	}
	for (unsigned i = 0; i < SEGMENTS; i++, segment += 4) {
		const uint64_t table = radix_next(radix_get(KERNBASE + U(i) * 0x40000, 1));

		segment[2] = table ? (uint32_t)table + KERNBASE : 0;
	}
}
