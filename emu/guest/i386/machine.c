/* SPDX-License-Identifier: BSD-2-Clause */
/* IA-32 paging, two levels or PAE: Intel SDM vol. 3, 4.3 and 4.4. */
#include "kernel.h"

#define P	UINT64_C(1)
#define W	UINT64_C(2)
#define A	UINT64_C(0x20)
#define D	UINT64_C(0x40)
#define PS	UINT64_C(0x80)
#define NX	(UINT64_C(1) << 63)

struct frame {
	uint32_t edi, esi, ebp, esp, ebx, edx, ecx, eax, vector, error, eip, cs, eflags;
};
void	trap(struct frame *);
void	pvh_clusters(void);
extern const char trap_table[];
uint64_t pae_top[4] __attribute__((__aligned__(32)));

#if REGIME_pae				/* the four second-level pages lie together */
#define FRAME	UINT64_C(0x000ffffffffff000)
#define HEADER_ROOT ((uint32_t)radix_root | 0x200)
#define SLOT	(OPENBSD ? 1660u : 1532u)
#define SLOTS	4u
#define RESERVED_BIT (U(1) << 13)	/* in a large page's entry */
const struct radix_level radix_levels[] = { { 21, 11 }, { 12, 9 } };
#else
#define FRAME	UINT64_C(0xfffff000)
#define HEADER_ROOT ((uint32_t)radix_root)
#define SLOT	(OPENBSD ? 830u : 767u)
#define SLOTS	1u
#define RESERVED_BIT (U(1) << 21)
const struct radix_level radix_levels[] = { { 22, 10 }, { 12, 10 } };
#endif
unsigned radix_nlevels = 2;

static struct {
	uint16_t low, selector, type, high;
} idt[32];

uint64_t
radix_table(unsigned level, uint64_t pa)
{
	(void)level;			/* bits 6 and 11:8 mean nothing there */
	return pa | P | W | A | 0xf40;
}

uint64_t
radix_leaf(unsigned level, unsigned shift, uint64_t pa, unsigned prot)
{
	(void)shift;
	return pa | P | A | D | (level == 0 ? PS : 0) | (prot & PROT_W ? W : 0) |
	    (prot & PROT_X ? 0 : NX);
}

uint64_t
radix_next(uint64_t entry)
{
	return (entry & (P | PS)) == P ? entry & FRAME : 0;
}

void
machine_init(void)
{
	struct {
		uint16_t pad, limit;
		uint32_t base;
	} pointer = { 0, sizeof idt - 1, (uint32_t)idt };

	for (unsigned i = 0; i < 32; i++) {
		const uint32_t at = (uint32_t)trap_table + 16 * i;

		idt[i].low = (uint16_t)at;
		idt[i].selector = 8;
		idt[i].type = 0x8e00;
		idt[i].high = (uint16_t)(at >> 16);
	}
	__asm__ volatile("lidt %0" : : "m"(pointer.limit) : "memory");
	pvh_clusters();
}

void
machine_plan(void)
{
	map(MAP_END - PAGE, take(PAGE, PAGE), PAGE, PAGE_SHIFT, PROT_R | PROT_W, FILL);
#ifndef MINIDUMP_VERSION		/* which has no large pages */
	radix_set(RESERVED_LARGE, 0, RESERVED_BIT | PS | W | A | P);
	span(RESERVED_, RESERVED_LARGE, U(1) << TEXT_SHIFT);
#endif
#if NETBSD || OPENBSD		/* sys/arch/i386/include/pmap.h: the tables see themselves */
	for (unsigned i = 0; i < SLOTS; i++)
		radix_set(U(SLOT + i) << TEXT_SHIFT, 0, (radix_root + i * PAGE) | P | W | A);
	span(RECURSIVE, U(SLOT) << TEXT_SHIFT, U(SLOTS) << TEXT_SHIFT);
#endif
}

#if FREEBSD				/* sys/i386/i386/pmap.c, before version 12 */
#if REGIME_pae
#define IdleTop IdlePDPT
#else
#define IdleTop IdlePTD
#endif
uint32_t IdleTop;
#endif
#if OPENBSD				/* sys/arch/i386/i386/locore.s: all that libkvm asks for */
uint32_t PTDpaddr, PTDsize, cpu_pae;
#endif

void
machine_switch(void)
{
	uint32_t top = (uint32_t)radix_root;
#if REGIME_pae
	for (unsigned i = 0; i < 4; i++)
		pae_top[i] = (radix_root + i * PAGE) | P;
	pae_top[1] = (radix_root + 3 * PAGE) & ~P;	/* nothing is there, and tables would be */
	top = (uint32_t)virt_pa(pae_top);
#endif
#if FREEBSD
	IdleTop = top;
#endif
#if OPENBSD
	PTDpaddr = (uint32_t)radix_root;
	PTDsize = SLOTS * (uint32_t)PAGE;
	cpu_pae = SLOTS > 1;
#endif
	__asm__ volatile("mov %0, %%cr3" : : "r"(top) : "memory");
}

void
trap(struct frame *f)
{
	uint32_t cr2;

	__asm__ volatile("mov %%cr2, %0" : "=r"(cr2));
	if (f->vector == 14) {
		const enum outcome how = f->error & 8 ? RESERVED : f->error & 1 ? DENIED : UNMAPPED;

		if (try_fault(cr2, how)) {
			f->eip = (uint32_t)machine_code;	/* whose `ret` is machine_try's */
			return;
		}
		trap_fatal("trap: page fault at ", cr2, f, sizeof *f);
	}
	trap_fatal("trap: vector ", f->vector, f, sizeof *f);
}

void
machine_registers(void)
{
	uint32_t cr3, cr4, low, high;

	__asm__ volatile("mov %%cr3, %0" : "=r"(cr3));
	__asm__ volatile("mov %%cr4, %0" : "=r"(cr4));
	__asm__ volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(0xc0000080));
	print("reg cr3 %x\nreg cr4 %x\nreg efer %x\n", U(cr3), U(cr4), U(low));
}

/* sys/arch/i386/include/kcore.h; OpenBSD writes what its stack held: addresses and such. */
void
machine_kcore_header(void *at)
{
	uint32_t *half = at;

#if OPENBSD
	for (uint32_t i = 0; i < 504 / 4; i++)
		half[i] = (uint32_t)machine_code + 3 * i;
#else
	half[0] = HEADER_ROOT;
	half[1] = kcore_nram;
	kcore_ram(half + 2);
#endif
}
