/* SPDX-License-Identifier: BSD-2-Clause */
/* RISC-V in supervisor mode above OpenSBI: Privileged 20211203, 4.1 and 4.3 to 4.5. */
#include "kernel.h"

#define V	1u
#define R	2u
#define W	4u
#define X	8u
#define U_	0x10u
#define G	0x20u
#define A	0x40u
#define D	0x80u
#define PPN(pa)	((pa) >> 12 << 10)

struct frame {
	uintptr_t x[32], sepc, scause, stval;
};
void	trap(struct frame *);
intptr_t sbi(uintptr_t, uintptr_t, uintptr_t, uintptr_t function, uintptr_t extension);
extern const char trap_all[], start2[];
extern uintptr_t boot_hart;
uintptr_t final_satp = 1;
#if FREEBSD				/* sys/riscv/include/pmap.h */
struct {
	uint64_t	mtx[4], stats[2], top, satp;
} kernel_pmap_store;
#endif

const struct radix_level radix_levels[] = {
#if REGIME_sv32
	{ 22, 10 }, { 12, 10 }
#define MODE	(UINT32_C(1) << 31 | UINT32_C(0x1ff) << 22)	/* and an ASID */
#else
#if LEVELS == 5
	{ 48, 9 },
#endif
#if LEVELS >= 4
	{ 39, 9 },
#endif
	{ 30, 9 }, { 21, 9 }, { 12, 9 }
#define MODE	(U(LEVELS + 5) << 60 | U(0xffff) << 44)
#endif
};
unsigned radix_nlevels = sizeof radix_levels / sizeof radix_levels[0];

#if REGIME_sv32
#define FIRST	0x80000000
#else
#define FIRST	0x80200000		/* OpenSBI lies below */
#endif
struct cluster clusters[] = {		/* the device tree lies above */
	{ FIRST, 0x80c00000 - 0x200000 - FIRST }, { 0x80c00000, 0xd30000 } };
unsigned nclusters = 2;

uint64_t
radix_table(unsigned level, uint64_t pa)
{
	(void)level;
	return PPN(pa) | V;
}

uint64_t
radix_leaf(unsigned level, unsigned shift, uint64_t pa, unsigned prot)
{
	(void)level;
	(void)shift;
	return PPN(pa) | V | A | D | G | R | (prot & PROT_W ? W : 0) | (prot & PROT_X ? X : 0);
}

uint64_t
radix_next(uint64_t entry)
{
	return (entry & (V | R | W | X)) == V ? (entry & UINT64_C(0x003ffffffffffc00)) << 2 : 0;
}

void
machine_init(void)
{
	__asm__ volatile("csrw stvec, %0" : : "r"(trap_all));
}

void
machine_plan(void)
{
#ifdef MIN_KERNEL			/* where a page map begins, and where it ends */
	map(MIN_KERNEL, take(PAGE, PAGE), PAGE, PAGE_SHIFT, PROT_R | PROT_W, FILL);
#endif
#ifdef MAP_END
	map(MAP_END - PAGE, take(PAGE, PAGE), PAGE, PAGE_SHIFT, PROT_R | PROT_W, FILL);
#endif
#ifndef MINIDUMP_VERSION		/* which has no such tables */
	/* 4.3.1 and 4.4.1: bits that a pointer to a table must not have. */
	static const uint64_t bits[] = { U_, A, D,
#if !REGIME_sv32
	    U(1) << 54, U(1) << 60, U(1) << 61, U(1) << 62, U(1) << 63
#endif
	};
	const unsigned level = radix_nlevels - 2;
	const uint64_t size = U(1) << radix_levels[level].shift;

	for (unsigned i = 0; i < sizeof bits / sizeof bits[0]; i++) {
		const uint64_t va = MAIN + 0x8000000 + i * size;

		for (unsigned j = 0; j < size / PAGE; j += (unsigned)(size / PAGE) - 1)
			machine_enter(va + j * PAGE, take(PAGE, PAGE), PAGE_SHIFT, PROT_R | PROT_W);
		radix_set(va, level, radix_get(va, level) | bits[i]);
		span(RESERVED_, va, size);
	}
#endif
}

void
machine_switch(void)
{
	final_satp = (uintptr_t)(MODE | radix_root >> 12);
#if FREEBSD
	kernel_pmap_store.top = DIRECT_VA(radix_root);
	kernel_pmap_store.satp = final_satp;
#endif
	__asm__ volatile("sfence.vma; csrw satp, %0; sfence.vma" : : "r"(final_satp) : "memory");
}

void
trap(struct frame *f)
{
	if (f->scause == 12 || f->scause == 13 || f->scause == 15) {	/* fetch, load, store */
		if (try_fault(f->stval, FAULTED)) {
			f->sepc = f->x[1];
			return;
		}
		trap_fatal("trap: page fault at ", f->stval, f, sizeof *f);
	}
	trap_fatal("trap: scause ", f->scause, f, sizeof *f);
}

void
machine_registers(void)
{
	uintptr_t satp;

	__asm__ volatile("csrr %0, satp" : "=r"(satp));
	print("reg satp %x\n", U(satp));
}

void
machine_start_cpu(void)			/* SBI 0.3, chapter 9: hart_start */
{
	const intptr_t result = sbi(1 - boot_hart, (uintptr_t)virt_pa(start2), 0, 0, 0x48534d);

	if (result != 0)
		panic("wrong: hart_start ", U(-result));
}

/* The reader's layout: satp, seven more words, then RAM. */
void
machine_kcore_header(void *at)
{
	uintptr_t *misc = at;

	*misc = final_satp;
	kcore_ram(misc + 8);
}
