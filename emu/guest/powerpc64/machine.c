/* SPDX-License-Identifier: BSD-2-Clause */
/* 64-bit PowerPC before the Power ISA's version 3: Power ISA 2.03, book III-S, chapter 4. */
#include "ppc_trap.h"

#define PTE_VALID	UINT64_C(1)
#define PTE_SECONDARY	UINT64_C(2)
#define PTE_LARGE	UINT64_C(4)
#define PTE_RC		UINT64_C(0x180)
#define PTE_M		UINT64_C(0x10)
#define PTE_N		UINT64_C(4)		/* no execution */
#define PTE_G		UINT64_C(8)		/* guarded: neither */
#define PP_RO		UINT64_C(3)		/* with key 0 all others allow writing */
#define PP_RO_KEY	UINT64_C(1)		/* with key 1 */
#define PP_RW		UINT64_C(2)
#define SLB_VALID	UINT64_C(0x08000000)
#define GROUP		8
#define NOT_FOUND	0x40000000u
#define PROTECTED	0x08000000u
#define NO_EXEC		0x10000000u		/* SRR1 */
#define SR_LARGE	UINT64_C(0x08000000)	/* as the bridge's segment registers have it */
#define SR_KS		UINT64_C(0x40000000)
#define SR_N		UINT64_C(0x10000000)
#define SLB_LARGE	UINT64_C(0x100)
#define SLB_KS		UINT64_C(0x800)
#define SLB_N		UINT64_C(0x200)
#define SEGMENT_SHIFT	28
#ifndef HTAB_SHIFT
#define HTAB_SHIFT	21			/* HTABSIZE 3 */
#endif

void	switch_tables(uint64_t sdr1, const uint64_t *slb);

struct cluster clusters[] = { { 0, 0x700000 }, { 0x1000000, 0x700000 } };
unsigned nclusters = 2;
static uint64_t htab, sr[16], slb[32];
static uint64_t stale;		/* what invalid entries are of */

#define SPR(n)		({ uint64_t v_; __asm__ volatile("mfspr %0, " #n : "=r"(v_)); v_; })

static bool
large_segment(uint64_t va)
{
	return (sr[va >> SEGMENT_SHIFT & 15] & SR_LARGE) != 0;
}

/* Every third page goes to the secondary group though the primary one has room. */
void
machine_enter(uint64_t va, uint64_t pa, unsigned shift, unsigned prot)
{
	static unsigned count;
	const uint64_t segment = sr[va >> SEGMENT_SHIFT], vsid = segment & 0x7ffffff;
	const uint64_t offset = va & ((UINT64_C(1) << SEGMENT_SHIFT) - 1);
	const bool secondary = count++ % 3 == 1, large = shift == 24;
	const uint64_t tag = vsid << 12 | offset >> 23 << 7 | (large ? PTE_LARGE : 0) |
	    (secondary ? PTE_SECONDARY : 0);
	uint64_t hash = vsid ^ offset >> shift;

	if (large != large_segment(va))
		panic("wrong: page size at ", va);
	if (secondary)
		hash = ~hash;
	uint64_t *entry = (uint64_t *)(htab + (hash << 7 & ((UINT64_C(1) << HTAB_SHIFT) - 1)));
	for (unsigned i = 0; i < GROUP; i++, entry += 2) {
		if (entry[0] & PTE_VALID)
			continue;
		if (count % 4 == 0 && i == 0) {	/* one that was this page's, and is no more */
			entry[0] = tag;
			entry[1] = ~UINT64_C(0);
			stale |= entry[0];
			continue;
		}
		entry[1] = pa | PTE_RC | PTE_M | (prot & PROT_X ? 0 : count % 2 ? PTE_N : PTE_G) |
		    (segment & SR_KS ? prot & PROT_W ? PP_RW : PP_RO_KEY :
		    prot & PROT_W ? count % 3 : PP_RO);
		entry[0] = tag | PTE_VALID;
		return;
	}
	panic("wrong: full group for ", va);
}

void
machine_init(void)
{
	own(0, 0x3000);				/* exception vectors */
	install_vectors(0);
	for (unsigned i = 0; i < 16; i++) {
		sr[i] = 0x5a51003 + i * 0x20897;
		if (i == 9 || i == 10 || i == 12)
			sr[i] |= SR_LARGE;
		sr[i] |= i == 6 ? SR_KS : i == 7 ? SR_N : 0;
		slb[2 * i] = (uint64_t)i << 28 | SLB_VALID | i;
		slb[2 * i + 1] = (sr[i] & 0x7ffffff) << 12 |
		    (sr[i] & SR_LARGE ? SLB_LARGE : 0) | (sr[i] & SR_KS ? SLB_KS : 0) |
		    (sr[i] & SR_N ? SLB_N : 0);
	}
	htab = take(1u << HTAB_SHIFT, 1u << HTAB_SHIFT);
	own(htab, 1u << HTAB_SHIFT);
	memset((void *)htab, 0, 1u << HTAB_SHIFT);
}

void
machine_plan(void)
{
	map(0, 0, KERNEL_VA, PAGE_SHIFT, PROT_R | PROT_W, MAP);		/* vectors and stack */
	map(BANK_VA, BANK, 0x3000000, 24, PROT_R | PROT_W, DEVICE);
	/* A page in each segment, with another bit of what a PTE has of the page's index. */
	for (uint64_t i = 0; i < 16; i++)
		if (!large_segment(i << SEGMENT_SHIFT)) {
			map((i << SEGMENT_SHIFT | 0x07000000) ^ U(1) << (23 + i % 5), take(PAGE, PAGE), PAGE,
			    PAGE_SHIFT, PROT_R | PROT_W, FILL);
			span(HOLE_, i << SEGMENT_SHIFT | 0x07000000, PAGE);
		}
	map(6 << SEGMENT_SHIFT, take(PAGE, PAGE), PAGE, PAGE_SHIFT, PROT_R, MAP);
}

void
machine_switch(void)
{
	if (stale == 0)
		panic("wrong: no invalid entry: ", stale);
	switch_tables(htab | (HTAB_SHIFT - 18), slb);
}

void
trap(struct frame *f)
{
	const uint64_t vector = f->vector & 0xff80;

	if (vector == 0x400 && try_fault(f->srr0, f->srr1 & NO_EXEC ? DENIED :
	    f->srr1 & NOT_FOUND ? UNMAPPED : RESERVED)) {
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
	print("srr0 %x srr1 %x\n", f->srr0, f->srr1);
	trap_fatal("trap: vector ", vector, f, sizeof *f);
}

void
machine_registers(void)
{
	uint64_t e, v;

	print("reg sdr1 %x\n", SPR(25));
	for (uint64_t i = 0; i < 16; i++) {
		const char *tens = i > 9 ? "1" : "";
		const uint64_t ones = i > 9 ? i - 10 : i;

		__asm__ volatile("slbmfee %0, %2; slbmfev %1, %2" : "=&r"(e), "=&r"(v) : "r"(i));
		print("reg slbe%s%x %x\n", tens, ones, e | i);
		print("reg slbv%s%x %x\n", tens, ones, v);
	}
}

/* sys/arch/powerpc/include/kcore.h, with registers of 64 bits */
void
machine_kcore_header(void *at)
{
	uint64_t *word = at;

	word[0] = SPR(287);			/* a pad and PVR */
	word[1] = SPR(25);
	for (unsigned i = 0; i < 16; i++)
		word[2 + i] = sr[i];
	word = (uint64_t *)((char *)at + 408);
	for (unsigned i = 0; i < nclusters; i++) {
		*word++ = clusters[i].start;
		*word++ = clusters[i].size;
	}
}
