/* SPDX-License-Identifier: BSD-2-Clause */
/* Alpha with OSF/1 PALcode: Alpha Architecture Reference Manual, volume II-B, chapters 3 and 5. */
#include "kernel.h"

#define VALID	UINT64_C(1)
#define FOW	UINT64_C(4)
#define FOE	UINT64_C(8)
#define ASM	UINT64_C(0x10)
#define KRE	UINT64_C(0x100)
#define KWE	UINT64_C(0x1000)

#define MMCSR_TNV 0			/* translation not valid; all others are about access */

struct frame {				/* 0 to 15, 19 to 28; then what PALcode pushes */
	uint64_t r[26], ps, pc, gp, a0, a1, a2;
};
void	trap(struct frame *, uint64_t what, uint64_t a0, uint64_t a1);
void	switch_tables(uint64_t pcb_pa, uint64_t *pcb);
void	set_entries(void);

const struct radix_level radix_levels[] = { { 33, 10 }, { 23, 10 }, { 13, 10 } };
unsigned radix_nlevels = 3;

struct cluster clusters[] = { { 0x400000, 0x700000 }, { 0xc00000, 0x5e0000 } };	/* below: PALcode */
unsigned nclusters = 2;

uint64_t
radix_table(unsigned level, uint64_t pa)
{
	(void)level;
	return pa >> PAGE_SHIFT << 32 | VALID | KRE | KWE;
}

uint64_t
radix_leaf(unsigned level, unsigned shift, uint64_t pa, unsigned prot)
{
	(void)level;
	(void)shift;
	return pa >> PAGE_SHIFT << 32 | VALID | ASM | KRE | (prot & PROT_X ? 0 : FOE) |
	    (prot & PROT_W ? KWE : (pa & PAGE ? FOW | KWE : 0));	/* either way is read-only */
}

uint64_t
radix_next(uint64_t entry)
{
	return entry & VALID ? entry >> 32 << PAGE_SHIFT : 0;
}

void
machine_init(void)
{
	set_entries();
}

void
machine_plan(void)
{
	const unsigned all = PROT_R | PROT_W | PROT_X;

	fact(MAP, K0SEG, 0, UINT64_C(1) << 40, all);
	fact(DEVICE, K0SEG_IO, UINT64_C(1) << 43, UINT64_C(1) << 40, all);
	map(U(0) - PAGE, take(PAGE, PAGE), PAGE, PAGE_SHIFT, PROT_R | PROT_W, FILL);
}

void
machine_switch(void)
{
	static uint64_t pcb[16] __attribute__((__aligned__(128)));

	pcb[2] = radix_root >> PAGE_SHIFT;
	switch_tables(virt_pa(pcb), pcb);
}

void
trap(struct frame *f, uint64_t what, uint64_t a0, uint64_t a1)
{
	if (what == 2) {			/* entMM */
		if (try_fault(a0, a1 == MMCSR_TNV ? UNMAPPED : DENIED)) {
			f->pc = f->r[26 - 3];
			return;
		}
		trap_fatal("trap: memory management fault at ", a0, f, sizeof *f);
	}
	print("pc %x a0 %x\n", f->pc, a0);
	trap_fatal("trap: entry ", what, f, sizeof *f);
}

void
machine_registers(void)
{
	print("reg ptbr %x\n", radix_root >> PAGE_SHIFT);
	print("linear %x %x\n", K0SEG, UINT64_C(1) << 41);
	/* The kernel takes 41 bits as they are; the 21264 makes bit 40 its address bit 43. */
	print("unstated %x %x\n", K0SEG_IO, UINT64_C(1) << 40);
}

/* sys/arch/alpha/include/kcore.h */
void
machine_kcore_header(void *at)
{
	uint64_t *word = at;

	*word++ = radix_root;
	*word++ = PAGE;
	*word++ = nclusters;
	for (unsigned i = 0; i < nclusters; i++) {
		*word++ = clusters[i].start;
		*word++ = clusters[i].size;
	}
}
