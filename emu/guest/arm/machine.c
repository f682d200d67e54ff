/* SPDX-License-Identifier: BSD-2-Clause */
/* ARM, short descriptors: DDI 0406C B3.5 (ARMv7) and DDI 0100I B4.7 (ARMv5). */
#include "kernel.h"

#define COARSE		0x001u
#define FINE		0x003u
#define TINY_PAGE	0x003u
#define SECTION		0x002u
#define SUPERSECTION	(1u << 18)
#define LARGE_PAGE	0x001u
#define SMALL_PAGE	0x002u

struct frame {
	uint32_t r[13], pc, cpsr, data;
};
void	trap(struct frame *);
void	switch_tables(uint32_t);
extern const char vectors[];

#if FINE_TABLES				/* each small page then has four entries */
const struct radix_level radix_levels[] = { { 20, 12 }, { 10, 10 } };
#else
const struct radix_level radix_levels[] = { { 20, 12 }, { 12, 8 } };
#endif
unsigned radix_nlevels = 2;

struct cluster clusters[] = {
	{ RAM_FIRST + 0x100000, 0x800000 }, { RAM_FIRST + 0xb00000, 0x630000 } };
unsigned nclusters = 2;

#if REGIME_armv7
#define XN_SECTION	0x10u
#define SECTION_BITS	0xb100cu		/* NS; TEX 1, C, B: write back; nG, S */
#define COARSE_BITS	0x208u			/* NS, and one that is the CPU's own */
static uint32_t
access(unsigned prot, unsigned low, unsigned ap2)
{
	return 1u << low | (prot & PROT_W ? 0 : 1u << ap2);
}
#else
#define XN_SECTION	0u
#define SECTION_BITS	0x21cu			/* the CPU's own, should-be-one, C, B */
#define COARSE_BITS	0x10u
#endif

uint64_t
radix_table(unsigned level, uint64_t pa)
{
	(void)level;
	return pa | (FINE_TABLES ? FINE : COARSE) | COARSE_BITS;
}

uint64_t
radix_leaf(unsigned level, unsigned shift, uint64_t pa, unsigned prot)
{
	const uint32_t at = (uint32_t)pa;
#if REGIME_armv7
	const uint32_t nx = prot & PROT_X ? 0 : 1;
	const uint32_t above = (uint32_t)(pa >> 32 & 15) << 20 | (uint32_t)(pa >> 36 & 15) << 5;

	if (level == 0)
		return at | SECTION | SECTION_BITS | access(prot, 10, 15) | nx * XN_SECTION |
		    (shift == 24 ? SUPERSECTION | above : 0);
	if (shift == 16)
		return at | LARGE_PAGE | 0x100c | access(prot, 4, 9) | nx << 15;
	/* FreeBSD remaps TEX, whose bits 1 and 2 are then its own: read only, wired
	 * (sys/arm/include/pte-v6.h). */
	return at | SMALL_PAGE | 0x4c | access(prot, 4, 9) | nx |
	    (!FREEBSD ? 0 : prot & PROT_W ? 0x100 : 0x80);
#else
	/* AP 1: write; AP 0 with SCTLR.S: read only.  Pages have it four times. */
	if (level == 0)
		return at | SECTION | SECTION_BITS | (prot & PROT_W ? 0x400 : 0);
	if (shift == 10)
		return at | TINY_PAGE | 0xc | (prot & PROT_W ? 0x10 : 0);
	return at | (shift == 16 ? LARGE_PAGE : SMALL_PAGE) | 0xc | (prot & PROT_W ? 0x550 : 0);
#endif
}

uint64_t
radix_next(uint64_t entry)
{
	return FINE_TABLES ? ((entry & 3) == FINE ? entry & 0xfffff000 : 0) :
	    (entry & 3) == COARSE ? entry & 0xfffffc00 : 0;
}

#if REGIME_armv7 && NETBSD
/* A page that may do all, and then what its entry of the top level makes of it. */
static void
change(uint64_t va, uint64_t pa, unsigned shift, uint64_t set, uint64_t clear, unsigned prot)
{
	machine_enter(va, pa, shift, PROT_R | PROT_W | PROT_X);
	radix_set(va, 0, (radix_get(va, 0) | set) & ~clear);
	fact(MAP, va, pa, U(1) << shift, prot);
}

static const struct {
	uint64_t	set, clear;
	unsigned	prot;
} sections[] = {
	{ 0x1, 0x1000, PROT_R | PROT_W },	/* PXN; TEX 0 */
	{ 0x800, 0x400, PROT_R | PROT_W | PROT_X },	/* AP 2, 3, 6, 7 */
	{ 0xc00, 0, PROT_R | PROT_W | PROT_X },
	{ 0x8800, 0x400, PROT_R | PROT_X },
	{ 0x8c00, 0, PROT_R | PROT_X },
};
#endif

#if !REGIME_armv7
void	pmap_pte_init_generic(void);

void
pmap_pte_init_generic(void)		/* the kernel's name for this format's set-up */
{
}
#endif

void
machine_init(void)
{
}

void
machine_plan(void)
{
#if REGIME_armv7
	/* Each bit of an address; 39:32 only a supersection has. */
	for (unsigned bit = 24; LARGEST == 24 && NETBSD && bit < 40; bit++)
		map(0xd0000000 + (U(bit - 24) << 24), RAM_FIRST ^ U(1) << bit, U(1) << 24, 24, PROT_R,
		    DEVICE);
#if NETBSD
	const uint64_t page = take(PAGE, PAGE), whole = RAM_FIRST + 0x100000;

	change(LIMITED(0), page, PAGE_SHIFT, 4, 0, PROT_R | PROT_W);	/* a table with PXN */
	for (unsigned i = 0; i < sizeof sections / sizeof sections[0]; i++)
		change(LIMITED(1 + i), whole, 20, sections[i].set, sections[i].clear, sections[i].prot);
#endif
#else
	map(DEVICE_VA(DISK_PA), DISK_PA, 0x1400000, 20, PROT_R | PROT_W, DEVICE);
#endif
#if FINE_TABLES
	const uint64_t tiny = take(PAGE, PAGE);

	map(MAIN + 3 * ALIAS, tiny, PAGE, 10, PROT_R | PROT_W, FILL);
	map(MAIN + 3 * ALIAS + PAGE, tiny, PAGE, 10, PROT_R, MAP);
#endif
	map(VECTORS, virt_pa(vectors), PAGE, 12, PROT_R | PROT_X, MAP);
#if NETBSD				/* at an odd multiple, and to be executed */
	map(LARGE(0) + 0x50000, clusters[1].start, 0x10000, 16, PROT_R | PROT_W | PROT_X, MAP);
#endif
	map(MAP_END - PAGE, take(PAGE, PAGE), PAGE, PAGE_SHIFT, PROT_R | PROT_W, FILL);
	for (unsigned bit = 20; NETBSD && bit < 32; bit++)
		map(SECTIONS + (U(bit - 20) << 20), RAM_FIRST ^ U(1) << bit, U(1) << 20, 20, PROT_R,
		    DEVICE);
	/* A section that begins with code, in two parts, so that the guest executes what it has there. */
	const uint64_t code = virt_pa(machine_code) & ~(PAGE - 1);

	if ((code & 0xfffff) != 0)
		panic("wrong: code is not where a section begins: ", code);
	machine_enter(SECTION_VA, code, 20, PROT_R | PROT_X);
	fact(MAP, SECTION_VA, code, PAGE, PROT_R | PROT_X);
	fact(MAP, SECTION_VA + PAGE, code + PAGE, 0x100000 - PAGE, PROT_R | PROT_X);
}

#if FREEBSD
uint32_t kernel_l1pa;			/* sys/arm/arm/pmap-v6.c */
#endif

void
machine_switch(void)
{
#if FREEBSD
	kernel_l1pa = (uint32_t)radix_root;
#endif
	switch_tables((uint32_t)radix_root);
}

#define REGISTER(crn, crm, op2)	({ uint32_t v_;						\
	__asm__ volatile("mrc p15, 0, %0, c" #crn ", c" #crm ", " #op2 : "=r"(v_)); v_; })

void
trap(struct frame *f)
{
#if REGIME_armv7
	const uint32_t fsr = f->data ? REGISTER(5, 0, 0) : REGISTER(5, 0, 1);
	const uint32_t va = f->data ? REGISTER(6, 0, 0) : REGISTER(6, 0, 2);
	const uint32_t status = (fsr & 15) | (fsr >> 6 & 16);
#else
	const uint32_t va = f->data ? REGISTER(6, 0, 0) : f->pc;
	const uint32_t status = f->data ? REGISTER(5, 0, 0) & 15 : 5;
#endif
	const enum outcome how = status == 5 || status == 7 ? UNMAPPED :
	    status == 13 || status == 15 ? DENIED : RESERVED;

	if (try_fault(va, how)) {
		f->pc = f->r[12];		/* where machine_try keeps its return address */
		return;
	}
	trap_fatal(f->data ? "trap: data abort at " : "trap: prefetch abort at ", va, f, sizeof *f);
}

void
machine_registers(void)
{
	print("reg ttbr0 %x\n", U(REGISTER(2, 0, 0)));
#if REGIME_armv7
	print("reg ttbcr %x\n", U(REGISTER(2, 0, 2)));
#else
	print("reg ttbcr 0\n");
#endif
	print("reg dacr %x\n", U(REGISTER(3, 0, 0)));
	print("reg sctlr %x\n", U(REGISTER(1, 0, 0)));
}

/* sys/arch/arm/include/kcore.h */
void
machine_kcore_header(void *at)
{
	uint32_t *half = at;

	half[0] = 1;				/* version */
	half[2] = (uint32_t)radix_root;
	half[5] = kcore_nram;
	half[6] = 32;				/* where RAM is listed */
	kcore_ram(half + 8);
}
