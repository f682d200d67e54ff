/* SPDX-License-Identifier: BSD-2-Clause */
/* PowerPC OEA: The Programming Environments for 32-Bit Microprocessors, chapter 7; traps: chapter 6. */
#include "ppc_trap.h"

#define PTE_VALID	0x80000000u
#define PTE_SECONDARY	0x40u
#define PTE_RC		0x180u			/* referenced, changed */
#define PTE_M		0x10u
#define PP_RO		3u			/* with key 0 all others allow writing */
#define PP_RO_KEY	1u			/* with key 1 */
#define PP_RW		2u
#define SR_N		0x10000000u
#define SR_KS		0x40000000u
#define SR_KP		0x20000000u
#define SR_IGNORED	0x0f000000u		/* reserved */
#define GROUP		8			/* entries */
#define NOT_FOUND	0x40000000u		/* DSISR */
#define PROTECTED	0x08000000u

#ifndef HTAB_SHIFT
#define HTAB_SHIFT	16
#endif

void	set_segment(uint32_t ea, uint32_t sr);
void	flush_tlb(void);

struct cluster clusters[] = { { 0, 0x700000 }, { 0x900000, 0x5e0000 } };
unsigned nclusters = 2;
static uint32_t htab, sr[16];
static uint32_t stale;		/* what invalid entries are of */
static uint32_t dbat[16], ibat[16];	/* upper, lower */

#define SPR(n)		({ uint32_t v_; __asm__ volatile("mfspr %0, " #n : "=r"(v_)); v_; })
#define BAT(bat, i, n)	(bat[2 * (i)] = SPR(n), bat[2 * (i) + 1] = SPR(n + 1))

/* Every third page goes to the secondary group though the primary one has room. */
void
machine_enter(uint64_t va, uint64_t pa, unsigned shift, unsigned prot)
{
	static unsigned count;
	const uint32_t vsid = sr[va >> 28] & 0xffffff, index = va >> PAGE_SHIFT & 0xffff;
	const bool secondary = count++ % 3 == 1;
	const uint32_t tag = vsid << 7 | (secondary ? PTE_SECONDARY : 0) | index >> 10;
	uint32_t hash = (vsid & 0x7ffff) ^ index;

	if (shift != PAGE_SHIFT)
		panic("wrong: page shift ", shift);
	if (secondary)
		hash = ~hash;
	uint32_t *entry = (uint32_t *)(htab + (hash << 6 & ((1u << HTAB_SHIFT) - 1)));
	for (unsigned i = 0; i < GROUP; i++, entry += 2) {
		if (entry[0] & PTE_VALID)
			continue;
		if (count % 4 == 0 && i == 0) {	/* one that was this page's, and is no more */
			entry[0] = tag;
			entry[1] = ~0u;
			stale |= entry[0];
			continue;
		}
		entry[1] = (uint32_t)pa | PTE_RC | PTE_M | (sr[va >> 28] & SR_KS ?
		    prot & PROT_W ? PP_RW : PP_RO_KEY : prot & PROT_W ? count % 3 : PP_RO);
		entry[0] = PTE_VALID | tag;
		return;
	}
	panic("wrong: full group for ", va);
}

void
machine_init(void)
{
	own(0, 0x3000);				/* exception vectors, each 256 bytes */
	install_vectors(0);
	for (unsigned i = 0; i < 16; i++) {
		sr[i] = 0xa51003 + i * 0x20897;
		sr[i] |= SR_IGNORED | (i == 13 || i == 14 ? SR_N : i == 6 ? SR_KS : SR_KP);
	}
	/* The lowest bit of SDR1's origin is set. */
	htab = (uint32_t)take(2u << HTAB_SHIFT, 2u << HTAB_SHIFT) + (1u << HTAB_SHIFT);
	own(htab, 1u << HTAB_SHIFT);
	memset((void *)(uintptr_t)htab, 0, 1u << HTAB_SHIFT);
}

void
machine_plan(void)
{
	fact(MAP, 0, 0, 0x1000000, PROT_R | PROT_W | PROT_X);
	fact(MAP, 0xc0000000, 0x400000, 0x400000, PROT_R | PROT_W | PROT_X);
	fact(DEVICE, 0xc0820000, 0x920000, 0x20000, PROT_R);	/* but QEMU 7.2 executes it, too */
	span(HOLE_, USER_BAT, 0x20000);
#if HIGH_BATS
	fact(DEVICE, BANK_VA, BANK, 0x2000000, PROT_R | PROT_W);
	fact(DEVICE, BLOCK_VA, 0xe0000000, 0x10000000, PROT_R);
#else
	fact(DEVICE, BLOCK_VA, 0, 0x10000000, PROT_R | PROT_W);
#endif
	/* Text alone cannot be read.  Its block, not their segment, lets pages behind it be executed. */
	if ((uintptr_t)machine_code >= TEXT + PAGE)
		panic("wrong: code is not where its block begins: ", (uintptr_t)machine_code);
	map(TEXT_BAT, TEXT, PAGE, PAGE_SHIFT, PROT_R | PROT_X, MAP);
	map(TEXT_BAT + PAGE, TEXT, PAGE, PAGE_SHIFT, PROT_R, DEVICE);	/* fetches go elsewhere */
	fact(DEVICE, TEXT_BAT + 2 * PAGE, TEXT + 2 * PAGE, 0xfe000, PROT_X);
	/* A page in each segment, with another bit of what a PTE has of the page's index. */
	for (uint32_t i = 0; i < 16; i++)
		if (i != BLOCK_VA >> 28)
			map((i << 28 | 0x07000000) ^ 1u << (22 + i % 6), take(PAGE, PAGE), PAGE, PAGE_SHIFT,
			    PROT_R | PROT_W | (sr[i] & SR_N ? 0 : PROT_X), FILL);
	map(6u << 28, take(PAGE, PAGE), PAGE, PAGE_SHIFT, PROT_R | PROT_X, MAP);
}

void
machine_switch(void)
{
	if (stale == 0)
		panic("wrong: no invalid entry: ", stale);
	for (unsigned i = 0; i < 16; i++)
		set_segment(i << 28, sr[i]);
	__asm__ volatile("sync; mtspr 25, %0; isync" : :
	    "r"(htab | ((1u << HTAB_SHIFT) - 1) >> 16));
	flush_tlb();
}

/* No reason is told for a fetch that failed, unless its segment is to blame. */
void
trap(struct frame *f)
{
	const uint32_t vector = f->vector & 0xff00;

	if (vector == 0x400 && try_fault(f->srr0, f->srr1 & SR_N ? DENIED : FAULTED)) {
		f->srr0 = f->lr;
		return;
	}
	if (vector == 0x300) {
		if (try_fault(f->dar, f->dsisr & PROTECTED ? DENIED :
		    f->dsisr & NOT_FOUND ? UNMAPPED : RESERVED)) {
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
	uint32_t value;

	print("reg sdr1 %x\n", U(SPR(25)));
	for (unsigned i = 0; i < 16; i++) {
		__asm__ volatile("mfsrin %0, %1" : "=r"(value) : "r"(i << 28));
		if (value != sr[i])
			panic("wrong: another number in segment register ", i);
		print("reg sr");
		if (i > 9)
			print("1");
		print("%x %x\n", U(i > 9 ? i - 10 : i), U(value));
	}
	BAT(dbat, 0, 536), BAT(dbat, 1, 538), BAT(dbat, 2, 540), BAT(dbat, 3, 542);
	BAT(ibat, 0, 528), BAT(ibat, 1, 530), BAT(ibat, 2, 532), BAT(ibat, 3, 534);
#if HIGH_BATS
	BAT(dbat, 7, 574);
#endif
	for (uint64_t i = 0; i < 8; i++) {
		if (dbat[2 * i] != 0)
			print("reg dbat%xu %x\nreg dbat%xl %x\n", i, U(dbat[2 * i]), i, U(dbat[2 * i + 1]));
		if (ibat[2 * i] != 0)
			print("reg ibat%xu %x\nreg ibat%xl %x\n", i, U(ibat[2 * i]), i, U(ibat[2 * i + 1]));
	}
}

/* sys/arch/powerpc/include/kcore.h */
void
machine_kcore_header(void *at)
{
	uint32_t *word = at;

	word[1] = SPR(287);			/* PVR */
	word[2] = SPR(25);
	for (unsigned i = 0; i < 16; i++)
		word[3 + i] = sr[i];
	for (unsigned i = 0; i < 8; i++) {
		word[19 + i] = dbat[2 * i + 1];
		word[27 + i] = dbat[2 * i];
		word[35 + i] = ibat[2 * i + 1];
		word[43 + i] = ibat[2 * i];
	}
	uint64_t *segment = (uint64_t *)((char *)at + 208);
	for (unsigned i = 0; i < nclusters; i++) {
		*segment++ = clusters[i].start;
		*segment++ = clusters[i].size;
	}
}
