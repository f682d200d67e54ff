/* SPDX-License-Identifier: BSD-2-Clause */
/* The 68040's MMU: MC68040 User's Manual, chapter 3; access errors: 8.4.6.4. */
#include "kernel.h"

#define TABLE	2u
#define PAGE_	1u
#define PROTECT	4u
#define USED	8u
#define MODIFIED 0x10u
#define SUPERVISOR 0x80u
#define GLOBAL	0x400u

struct frame {
	uint32_t r[15];			/* d0-d7, a0-a6 */
	uint16_t sr, pc[2], vector, ea[2], ssw, wb3s, wb2s, wb1s, fa[2];
};
int	trap(struct frame *);
void	switch_tables(uint32_t root);
extern const char vectors[], kernel_end[];

#if PAGE_SHIFT == 12
const struct radix_level radix_levels[] = { { 25, 7 }, { 18, 7 }, { 12, 6 } };
#define TC	0x8000u
#define ADDR2	0xffffff00u
#else
const struct radix_level radix_levels[] = { { 25, 7 }, { 18, 7 }, { 13, 5 } };
#define TC	0xc000u
#define ADDR2	0xffffff80u
#endif
unsigned radix_nlevels = 3;

struct cluster clusters[] = {
	{ RAM_FIRST, 0x700000 }, { RAM_FIRST + 0x900000, 0x5e0000 } };
unsigned nclusters = 2;

uint64_t
radix_table(unsigned level, uint64_t pa)
{
	(void)level;
	return pa | TABLE | USED;
}

uint64_t
radix_leaf(unsigned level, unsigned shift, uint64_t pa, unsigned prot)
{
	(void)level;
	(void)shift;
	return pa | PAGE_ | USED | MODIFIED | SUPERVISOR | GLOBAL | (prot & PROT_W ? 0 : PROTECT);
}

uint64_t
radix_next(uint64_t entry)
{
	return (entry & 3) == TABLE ? entry & 0xffffff80 : 0;
}

void
machine_init(void)
{
	__asm__ volatile("movec %0, %%vbr" : : "r"(vectors));
}

void
machine_plan(void)
{
	const uint64_t disk = (VIRTIO_PA + (VIRTIO_COUNT - 1) * VIRTIO_STRIDE) & ~(PAGE - 1);

	map(0, RAM_FIRST, KERNEL_VA, PAGE_SHIFT, PROT_R | PROT_W, MAP);
	/* 3.2.2.1: a pointer's type 1 is as invalid as 0. */
	for (unsigned level = 0; level < 2; level++) {
		const uint64_t va = INVALID + (U(level) << radix_levels[0].shift);

		machine_enter(va, take(PAGE, PAGE), PAGE_SHIFT, PROT_R | PROT_W);
		radix_set(va, level, (radix_get(va, level) & ~U(3)) | 1);
		span(HOLE_, va, U(1) << radix_levels[level].shift);
	}
	map(DEVICE_VA(CONSOLE_PA), CONSOLE_PA, PAGE, PAGE_SHIFT, PROT_R | PROT_W, DEVICE);
	/* Two pages: QEMU 7.2's `info tlb` leaves out a last range of one page. */
	map(DEVICE_VA(disk), disk, 2 * PAGE, PAGE_SHIFT, PROT_R | PROT_W, DEVICE);
}

void
machine_switch(void)
{
	switch_tables((uint32_t)radix_root);
}

/* The SSW does not tell a missing page from a protected one. */
int
trap(struct frame *f)
{
	const uint32_t va = (uint32_t)f->fa[0] << 16 | f->fa[1];

	if ((f->vector & 0xfff) == 8 && try_fault(va, FAULTED))
		return 1;
	if ((f->vector & 0xfff) == 8)
		trap_fatal("trap: access error at ", va, f, sizeof *f);
	trap_fatal("trap: vector offset ", f->vector & 0xfff, f, sizeof *f);
}

#define REGISTER(name)	({ uint32_t v_; __asm__ volatile("movec %%" #name ", %0" : "=r"(v_)); v_; })

void
machine_registers(void)
{
	/* By the header, whatever tables say. */
	print("linear 0 %x\n", U((uintptr_t)kernel_end));
	print("reg srp %x\nreg urp %x\nreg tc %x\n", U(REGISTER(srp)), U(REGISTER(urp)),
	    U(REGISTER(tc)));
	print("reg dtt0 %x\nreg dtt1 %x\n", U(REGISTER(dtt0)), U(REGISTER(dtt1)));
	print("reg itt0 %x\nreg itt1 %x\n", U(REGISTER(itt0)), U(REGISTER(itt1)));
}

/* sys/arch/m68k/include/kcore.h: a common head, then Motorola's part; 64-bit fields at 92. */
void
machine_kcore_header(void *at)
{
	const uint32_t frame = ~UINT32_C(0) << PAGE_SHIFT;
	const uint32_t shape = 32 - PAGE_SHIFT;
	const uint32_t words[] = {
		PAGE, 0,				/* page_size, kernbase */
		(uint32_t)-2,				/* mmutype: 68040 */
		TABLE, frame, PAGE_SHIFT + 10, (shape > 19 ? 0x003ff000 : 0x00ffe000),
		25, 0x01fc0000, 18, 0x0003ffff & frame, PAGE_SHIFT,
		0xfffffe00, ADDR2, PAGE_, frame, (uint32_t)radix_root,
		RAM_FIRST, (uint32_t)kernel_end,	/* reloc, relocend */
	};
	uint32_t *to = (uint32_t *)((char *)at + 16);

	strcopy(at, "virt68k", 16);
	for (unsigned i = 0; i < sizeof words / 4; i++)
		*to++ = words[i];
	kcore_ram(to);
}
