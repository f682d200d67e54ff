/* SPDX-License-Identifier: BSD-2-Clause */
/* Hashed table of Power ISA 2.03, book III-S, chapter 4; VSIDs as FreeBSD's mmu_g5 makes them. */
#include "kernel.h"

#if REGIME_hpt
#define PTE_VALID	UINT64_C(1)
#define PTE_SECONDARY	UINT64_C(2)
#define PTE_LARGE	UINT64_C(4)
#define PTE_RC		UINT64_C(0x180)
#define PTE_M		UINT64_C(0x10)
#define PTE_N		UINT64_C(4)		/* no execution */
#define PTE_G		UINT64_C(8)		/* guarded: neither */
#define PP_RW		UINT64_C(2)
#define PP_RO		UINT64_C(3)
#define SLB_VALID	UINT64_C(0x08000000)
#define SLB_LARGE	UINT64_C(0x100)
#define GROUP		8
#define SEGMENT_SHIFT	28
#define NSEGMENTS	4

void	load_segments(uint64_t sdr1, const uint64_t *slb, uint64_t n);
void	translate(void);

unsigned long htab;
static uint64_t *last;			/* the PTE that was entered last */
static uint64_t stale;		/* what invalid entries are of */
static const uint64_t segments[NSEGMENTS] = { DIRECT, MIN_KERNEL, FAR, HOLE };

/* sys/powerpc/aim/slb.c: of the kernel. */
static uint64_t
vsid_of(uint64_t va)
{
	const uint64_t esid = va >> SEGMENT_SHIFT;

	return ((esid << 8 | esid >> 28) * 0x13bb & UINT64_C(0xfffffffff)) | UINT64_C(1) << 36;
}

/* Every third page goes to the secondary group though the primary one has room. */
void
machine_enter(uint64_t va, uint64_t pa, unsigned shift, unsigned prot)
{
	static unsigned count;
	const uint64_t vsid = vsid_of(va), offset = va & ((UINT64_C(1) << SEGMENT_SHIFT) - 1);
	const bool secondary = count++ % 3 == 1;
	const uint64_t tag = vsid << 12 | offset >> 23 << 7 | (shift == DIRECT_SHIFT ? PTE_LARGE : 0) |
	    (secondary ? PTE_SECONDARY : 0);
	uint64_t hash = vsid ^ offset >> shift;

	if ((shift == DIRECT_SHIFT) != (va >> 60 == DIRECT >> 60))
		panic("wrong: page size at ", va);
	if (secondary)
		hash = ~hash;
	uint64_t *entry = (uint64_t *)(htab + (hash << 7 & (MINIDUMP_TABLE_SIZE - 1)));
	for (unsigned i = 0; i < GROUP; i++, entry += 2) {
		if (entry[0] & PTE_VALID)
			continue;
		if (count % 4 == 0 && i == 0) {	/* one that was this page's, and is no more */
			entry[0] = tag;
			entry[1] = ~UINT64_C(0);
			stale |= entry[0];
			continue;
		}
		last = entry;
		entry[1] = pa | PTE_RC | PTE_M | (prot & PROT_X ? 0 : count % 2 ? PTE_N : PTE_G) |
		    (prot & PROT_W ? PP_RW : PP_RO);
		entry[0] = tag | PTE_VALID;
		return;
	}
	panic("wrong: full group for ", va);
}

void
machine_tables(void)
{
	htab = take(MINIDUMP_TABLE_SIZE, MINIDUMP_TABLE_SIZE);
	own(htab, MINIDUMP_TABLE_SIZE);
	memset((void *)htab, 0, MINIDUMP_TABLE_SIZE);
}

void
plan_more(void)
{
	map(FAR + 0x345000, take(PAGE, PAGE), PAGE, PAGE_SHIFT, PROT_R | PROT_W, FILL);
	map(FAR + 0xfffe000, take(PAGE, PAGE), PAGE, PAGE_SHIFT, PROT_R, MAP);
	/* Of another page size; another VSID; another segment size. */
	static const uint64_t bits[] = { PTE_LARGE, UINT64_C(1) << 61, UINT64_C(1) << 62 };
	for (unsigned i = 0; i < sizeof bits / sizeof bits[0]; i++) {
		const uint64_t va = FAR + 0x400000 + i * PAGE;

		machine_enter(va, take(PAGE, PAGE), PAGE_SHIFT, PROT_R | PROT_W);
		*last |= bits[i];
		span(HOLE_, va, PAGE);
	}
}

void
machine_switch(void)
{
	uint64_t slb[2 * NSEGMENTS];

	if (stale == 0)
		panic("wrong: no invalid entry: ", stale);
	for (unsigned i = 0; i < NSEGMENTS; i++) {
		slb[2 * i] = (segments[i] & ~((UINT64_C(1) << SEGMENT_SHIFT) - 1)) | SLB_VALID | i;
		slb[2 * i + 1] = vsid_of(segments[i]) << 12 | (i == 0 ? SLB_LARGE : 0);
	}
	load_segments(htab, slb, NSEGMENTS);
	translate();
}

void
machine_registers(void)
{
	uint64_t sdr1;

	__asm__ volatile("mfspr %0, 25" : "=r"(sdr1));
	print("reg sdr1 %x\n", sdr1);
}
#endif
