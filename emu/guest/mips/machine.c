/* SPDX-License-Identifier: BSD-2-Clause */
/* MIPS32 and MIPS64: Privileged Resource Architecture, MD00090 and MD00091; software fills the TLB. */
#include "kernel.h"

/* PTEs as TLB entries have them: sys/arch/mips/include/mips3_pte.h. */
#define PG_G		1u
#define PG_V		2u
#define PG_D		4u			/* writable */
#define PG_CACHED	(3u << 3)
#if FREEBSD				/* software's: the refill handler shifts them out */
#define PG_RO		((pte_t)1 << (PTE_SIZE_SHIFT == 3 ? 55 : 29))
#define PG_WIRED	(PG_RO << 1)
#else
#define PG_RO		0x40000000u
#define PG_WIRED	0x80000000u
#endif
#if PTE_SIZE_SHIFT == 3
typedef uint64_t pte_t;
#else
typedef uint32_t pte_t;
#endif
#define PG_SHIFT	6
#define PG_FRAME	0x3fffffc0u

#define CAUSE_MOD	1
#define CAUSE_TLBL	2
#define CAUSE_TLBS	3
#define CAUSE_DBE	7			/* it translated; nothing answers there */

struct frame {
	unsigned long r[32], hi, lo, status, cause, epc, badvaddr;
};
void	trap(struct frame *);
void	install_vectors(void);
void	flush_tlb(void);
extern const char text_start[], kernel_end[];

uintptr_t segtab;		/* where the refill handler starts; of an older kernel its Sysmap */

struct cluster clusters[] = { { 0, 0x700000 }, { 0x900000, 0x5e0000 } };
unsigned nclusters = 2;

/* Tables are known by KSEG0's addresses; with 64 bits every second one by XKPHYS's. */
static uintptr_t
table_new(uint64_t size, pte_t fill)
{
	const uint64_t pa = take(size < PAGE ? PAGE : size, PAGE);
	uintptr_t at = (uintptr_t)(KSEG0 + pa);
	static unsigned count;

#ifdef __mips64
	if (count & 1)
		at = XKPHYS_CACHED + pa;
#endif
	if (size < PAGE)
		at += size * (count & 1);
	count++;
	own(pa, size < PAGE ? PAGE : size);
	for (uint64_t i = 0; i < size / sizeof fill; i++)
		((pte_t *)at)[i] = fill;
	return at;
}

/* The PTE of an address; NULL if there is no table for it, and none is to be made. */
static pte_t *
pte_at(uint64_t va, bool make)
{
	pte_t *pages;

#if ARRAY
	(void)make;
	pages = (pte_t *)segtab + ((va - MAPPED) >> PAGE_SHIFT & ~(PAGE / sizeof *pages - 1));
#else
	uintptr_t *entry = (uintptr_t *)segtab;
#ifdef __mips64
	entry += va >> XSEG_SHIFT & (SEG_ENTRIES - 1);
	if (*entry == 0 && make)
		*entry = table_new(SEG_ENTRIES * sizeof *entry, 0);
	if (*entry == 0)
		return NULL;
	entry = (uintptr_t *)*entry;
#endif
	entry += va >> SEG_SHIFT & (SEG_ENTRIES - 1);
	if (*entry == 0 && make)
		*entry = table_new(PAGE, PG_G);
	if (*entry == 0)
		return NULL;
	pages = (pte_t *)*entry;
#endif
	return &pages[va >> PAGE_SHIFT & (PAGE / sizeof *pages - 1)];
}

void
machine_enter(uint64_t va, uint64_t pa, unsigned shift, unsigned prot)
{
	if (shift != PAGE_SHIFT)
		panic("wrong: page shift ", shift);
	*pte_at(va, true) = (pte_t)(pa >> 12) << PG_SHIFT | PG_CACHED | PG_V | PG_G |
	    (prot & PROT_W ? PG_D | PG_WIRED : PG_RO);
}

#if FREEBSD				/* for the minidump's page map */
uint64_t
radix_find(uint64_t va, unsigned *retlevel)
{
	const pte_t *pte = pte_at(va, false);

	*retlevel = 0;
	return pte == NULL ? 0 : *pte;
}
#endif

void
machine_init(void)
{
	own(0, PAGE);				/* exception vectors */
	install_vectors();
#if ARRAY
	segtab = table_new(UINT64_C(4) << SYSMAP_SHIFT, PG_G);
#else
	segtab = table_new(SEG_ENTRIES * sizeof segtab, 0);
#endif
}

void
machine_plan(void)
{
	const unsigned all = PROT_R | PROT_W | PROT_X;

	*pte_at(INVALID, true) = (pte_t)~(uint64_t)PG_V;	/* all but the one that counts */
	span(HOLE_, INVALID, PAGE);
#if NETBSD				/* KSEG3; or the end of an array */
	map(LAST, take(PAGE, PAGE), PAGE, PAGE_SHIFT, all, FILL);
#endif
	fact(MAP, KSEG0, 0, 0x20000000, all);
	fact(MAP, KSEG1, 0, 0x20000000, all);
#ifdef __mips64
	for (uint64_t i = 0; i < 8; i++)	/* each cache attribute; RAM is read through one */
		fact(i == 3 ? MAP : DEVICE, XKPHYS + (i << 59), 0, UINT64_C(1) << PA_BITS, all);
#if !REGIME_sysmap			/* which older kernels and minidumps do not reach */
	map(MAPPED + (UINT64_C(1) << (XSEG_SHIFT + 1)), 0x100000, PAGE, PAGE_SHIFT, all, MAP);
#endif
#endif
}

void
machine_switch(void)
{
	flush_tlb();
}

void
trap(struct frame *f)
{
	const unsigned cause = f->cause >> 2 & 31;

	if (cause >= CAUSE_MOD && cause <= CAUSE_TLBS) {
		if (try_fault(f->badvaddr, cause == CAUSE_MOD ? DENIED : UNMAPPED)) {
			f->epc = f->r[31];
			return;
		}
		trap_fatal("trap: TLB exception at ", f->badvaddr, f, sizeof *f);
	}
	if (cause == CAUSE_DBE && try_fault(f->r[4], FAULTED)) {	/* machine_try's address */
		f->epc = f->r[31];
		return;
	}
	print("epc %x\n", U(f->epc));
	trap_fatal("trap: cause ", f->cause, f, sizeof *f);
}

void
machine_registers(void)
{
	unsigned mask;

	__asm__ volatile("mfc0 %0, $5" : "=r"(mask));
	print("reg pagemask %x\nreg root %x\n", U(mask), U(segtab & 0x1fffffff));
#ifdef __mips64
	for (uint64_t i = 0; i < 8; i++)
		print("beyond %x %x %x\n", XKPHYS + (i << 59) + (UINT64_C(1) << PA_BITS),
		    UINT64_C(1) << PA_BITS, (UINT64_C(1) << 59) - (UINT64_C(1) << PA_BITS));
	print("linear %x %x\n", XKPHYS, UINT64_C(1) << 62);
#endif
	print("linear %x 40000000\n", U(KSEG0));
#if FREEBSD
	print("window %x 40000000\n", U(KSEG0));
#ifdef __mips64
	print("window %x %x\n", XKPHYS, UINT64_C(1) << 62);
#endif
#endif
}

/* sys/arch/mips/include/kcore.h */
void
machine_kcore_header(void *at)
{
	uint64_t *wide = at;
	uint32_t *word = at;

#if ARRAY					/* until 2020 */
	*word++ = segtab & 0x1fffffff;
	*word++ = 1 << SYSMAP_SHIFT;
#else
	*wide = segtab & 0x1fffffff;
	word += 2;
	*word++ = 0;				/* sysmapsize: segment tables instead */
#endif
	*word++ = 3;				/* archlevel */
	*word++ = PG_SHIFT;
	*word++ = PG_FRAME;
	*word++ = PG_V;
	*word++ = nclusters;
	wide += 4;
	for (unsigned i = 0; i < nclusters; i++) {
		*wide++ = clusters[i].start;
		*wide++ = clusters[i].size;
	}
}
