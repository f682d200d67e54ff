/* SPDX-License-Identifier: BSD-2-Clause */
/* AMD64: traps, tables, the second CPU; AMD64 APM vol. 2, 5.3 and 8.4.2. */
#include "kernel.h"

#define P	UINT64_C(1)
#define W	UINT64_C(2)
#define A	UINT64_C(0x20)
#define D	UINT64_C(0x40)
#define PS	UINT64_C(0x80)
#define NX	(UINT64_C(1) << 63)
#define FRAME	UINT64_C(0x000ffffffffff000)
#define RESERVED_BIT (UINT64_C(1) << 13)	/* in a large page's entry */
#define PAT	(UINT64_C(1) << 12)		/* there */
#define SLOT_RECURSIVE UINT64_C(320)
#if OPENBSD
#define PERCPU	DIRECT_END			/* where its direct map is not any more */
#else
#define PERCPU	UINT64_C(0xffffff0000000000)	/* slot 510 */
#endif
#define APIC	UINT64_C(0xfee00000)
#define TRAMPOLINE 0x8000

struct frame {
	uint64_t r15, r14, r13, r12, rbp, rbx, r11, r10, r9, r8, rdi, rsi, rdx, rcx, rax;
	uint64_t vector, error, rip, cs, rflags, rsp, ss;
};
void	trap(struct frame *);
void	pvh_clusters(void), machine_init2(void);
extern const char trap_table[], trampoline[], trampoline_end[];

const struct radix_level radix_levels[] = {
#if REGIME_5level || LEVELS == 5
	{ 48, 9 },
#endif
	{ 39, 9 }, { 30, 9 }, { 21, 9 }, { 12, 9 } };
unsigned radix_nlevels = sizeof radix_levels / sizeof radix_levels[0];
uint64_t second_root;
#if FREEBSD				/* sys/amd64/amd64/pmap.c */
uint64_t KPML4phys, KPML5phys, kernphys = 0x200000;
int la57;
#endif

static struct {
	uint16_t low, selector, type, middle;
	uint32_t high, zero;
} idt[32];

uint64_t
radix_table(unsigned level, uint64_t pa)
{
	/* Vol. 2, 5.4: a directory's entry that names a table may have any of bits 6 and 11:8. */
	return pa | P | W | A | (level + 2 == radix_nlevels ? 0xf40 : 0);
}

uint64_t
radix_leaf(unsigned level, unsigned shift, uint64_t pa, unsigned prot)
{
	(void)shift;
	return pa | P | A | D | (level < radix_nlevels - 1 ? PS : 0) | (prot & PROT_W ? W : 0) |
	    (prot & PROT_X ? 0 : NX);
}

uint64_t
radix_next(uint64_t entry)
{
	return (entry & (P | PS)) == P ? entry & FRAME : 0;
}

static void
idt_load(void)
{
	struct {
		uint16_t pad[3], limit;
		uint64_t base;
	} pointer = { { 0 }, sizeof idt - 1, (uint64_t)idt };

	__asm__ volatile("lidt %0" : : "m"(pointer.limit) : "memory");
}

void
machine_init(void)
{
	for (unsigned i = 0; i < 32; i++) {
		const uint64_t at = (uint64_t)trap_table + 16 * i;

		idt[i].low = (uint16_t)at;
		idt[i].selector = 8;
		idt[i].type = 0x8e00;
		idt[i].middle = (uint16_t)(at >> 16);
		idt[i].high = (uint32_t)(at >> 32);
	}
	idt_load();
	pvh_clusters();
	own(TRAMPOLINE, PAGE);
	memcpy((void *)TRAMPOLINE, trampoline, (size_t)(trampoline_end - trampoline));
}

/* The address where the recursive slot shows an entry's target as if one level lower. */
#if NETBSD
static uint64_t
through_slot(uint64_t va)
{
	const unsigned top = radix_levels[0].shift;
	const uint64_t below = va & ((UINT64_C(1) << (top + 9)) - 1);

	return ~((UINT64_C(1) << (top + 9)) - 1) | SLOT_RECURSIVE << top | below >> 9;
}
#endif

static void
reserved(uint64_t va, unsigned level)
{
	span(RESERVED_, va, UINT64_C(1) << radix_levels[level].shift);
}

void
machine_plan(void)
{
	const unsigned pt = radix_nlevels - 1;

	(void)pt;
	(void)reserved;
#if MINIDUMP_VERSION != 1		/* that form splits large pages, and loses these bits */
	const uint64_t high = clusters[nclusters - 1].start;

	radix_set(RESERVED_2M, pt - 1, high | RESERVED_BIT | PS | W | A | P);
	reserved(RESERVED_2M, pt - 1);
	radix_set(RESERVED_1G, pt - 2, high | RESERVED_BIT | PS | W | A | P);
	reserved(RESERVED_1G, pt - 2);
	radix_set(PAT_2M, pt - 1, radix_leaf(pt - 1, 21, high | PAT, PROT_R));
	fact(MAP, PAT_2M, high, UINT64_C(1) << 21, PROT_R);
#endif
	map(PERCPU, take(PAGE, PAGE), PAGE, 12, PROT_R | PROT_W, FILL);
	map(DEVICE_VA(APIC), APIC, PAGE, 12, PROT_R | PROT_W, DEVICE);
#if NETBSD
	const uint64_t ps4 = UINT64_C(0xffffc00000000000);

	/* PS has no meaning in a level 4 entry; seen through the slot it is a good 1 GiB page. */
	radix_set(ps4, pt - 3, PS | W | A | P);
	reserved(ps4, pt - 3);
	map(0x00007f7fffff5000, take(PAGE, PAGE), PAGE, 12, PROT_R | PROT_W, FILL);
	map(0, take(PAGE, PAGE), PAGE, 12, PROT_R | PROT_W, FILL);	/* the first entries of all tables */
	for (unsigned i = 56; i <= 72; i += 8)	/* the 64th, and those at 64 times 7 and 9 bytes */
		map(i * PAGE, take(PAGE, PAGE), PAGE, 12, PROT_R | PROT_W, FILL);
	radix_set(SLOT_RECURSIVE << radix_levels[0].shift, 0, radix_root | P | W | A | NX);
	span(RECURSIVE, through_slot(0), UINT64_C(1) << radix_levels[0].shift);
	reserved(through_slot(RESERVED_1G), pt - 1);
#endif
}

void
machine_switch(void)
{
	uint64_t cr4;

	second_root = radix_root;
#if FREEBSD
	la57 = radix_levels[0].shift == 48;
	if (la57)
		KPML5phys = radix_root;
	KPML4phys = la57 ? radix_next(radix_get(KERNEL_VA, 0)) : radix_root;
#endif
	__asm__ volatile("mov %%cr4, %0" : "=r"(cr4));
	__asm__ volatile("mov %0, %%cr3" : : "r"(radix_root) : "memory");
	__asm__ volatile("mov %0, %%cr4" : : "r"(cr4 | 0x80) : "memory");	/* PGE */
}

void
trap(struct frame *f)
{
	uint64_t cr2;

	__asm__ volatile("mov %%cr2, %0" : "=r"(cr2));
	if (f->vector == 14) {
		/* P comes with RSVD by the manual; QEMU 7.2 leaves it clear. */
		const enum outcome how = f->error & 8 ? RESERVED : f->error & 1 ? DENIED : UNMAPPED;

		if (try_fault(cr2, how)) {
			f->rip = *(uint64_t *)f->rsp;	/* machine_try pushes nothing */
			f->rsp += 8;
			return;
		}
		trap_fatal("trap: page fault at ", cr2, f, sizeof *f);
	}
	trap_fatal("trap: vector ", f->vector, f, sizeof *f);
}

void
machine_registers(void)
{
	uint64_t cr3, cr4;
	uint32_t low, high;

	__asm__ volatile("mov %%cr3, %0" : "=r"(cr3));
	__asm__ volatile("mov %%cr4, %0" : "=r"(cr4));
	__asm__ volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(0xc0000080));
	print("reg cr3 %x\nreg cr4 %x\nreg efer %x\n", cr3, cr4, U(low));
#if OPENBSD				/* its libkvm asks no table for the direct map */
	const struct cluster *c = &clusters[nclusters - 1];
	const uint64_t mask = (UINT64_C(1) << DIRECT_SHIFT) - 1;
	const uint64_t first = clusters[0].start & ~mask, end = (c->start + c->size + mask) & ~mask;

	print("linear %x %x\n", DIRECT, DIRECT_END - DIRECT);
	if (first > 0)
		print("beyond %x %x %x\n", DIRECT, U(0), first);
	print("beyond %x %x %x\n", DIRECT + end, end, DIRECT_END - DIRECT - end);
#endif
}

void
machine_init2(void)
{
	idt_load();
	kernel_second_cpu();
}

void
machine_start_cpu(void)			/* Intel SDM vol. 3, 9.4: INIT, then start at TRAMPOLINE */
{
	volatile uint32_t *icr = (volatile uint32_t *)(DEVICE_VA(APIC) + 0x300);

	icr[4] = 1u << 24;
	icr[0] = 0x4500;
	while (icr[0] & 0x1000)
		continue;
	icr[4] = 1u << 24;
	icr[0] = 0x4600 | TRAMPOLINE >> 12;
}

#if OPENBSD				/* as it stands in the saved CR3: PCIDs are kept */
#define CR3_REUSE	(UINT64_C(1) << 63)
#else
#define CR3_REUSE	UINT64_C(0)
#endif

/* sys/arch/amd64/include/kcore.h, of both */
void
machine_kcore_header(void *at)
{
	uint64_t *word = at;

	*word++ = radix_root | CR3_REUSE;
	*word++ = kcore_nram;
	kcore_ram(word);
}
