/* SPDX-License-Identifier: BSD-2-Clause */
/* NetBSD/amd64's address space: sys/arch/x86/x86/pmap.c without randomised slots. */
#include "machine.h"

#define P	UINT64_C(1)		/* AMD64 APM vol. 2, 5.3.3 and 5.4.1 */
#define W	UINT64_C(2)
#define PS	UINT64_C(0x80)
#define G	UINT64_C(0x100)
#define NX	(UINT64_C(1) << 63)
#define FRAME	UINT64_C(0x000ffffffffff000)
#define RESERVED (UINT64_C(1) << 13)	/* in a large page's entry */

#define HIGH	(UINT64_C(4) << 30)
#define MIB2	(UINT64_C(2) << 20)
#define PERCPU	UINT64_C(0xffffff0000000000)	/* slot 510 */
#define HUGE	UINT64_C(0xffffb00000000000)
#define SLOT_RECURSIVE 320
#define NPAGES	24

struct cluster clusters[8];
unsigned nclusters;
struct fact facts[2 * NPAGES + 16];
unsigned nfacts;
uint64_t kernel_first_pa = 0x200000, kernel_end_pa;

extern uint32_t start_info;
extern char data_start[], kernel_end[];

static uint64_t root, tables[64], next_low, next_high;
static unsigned ntables, top_shift;

static volatile uint64_t *
table_at(uint64_t pa)			/* the boot tables show the first 8 GiB 1:1 */
{
	return (volatile uint64_t *)pa;
}

/* Tables lie in both pieces of RAM, each at a lower address than the one before. */
static uint64_t
table_new(void)
{
	uint64_t *next = ntables % 2 == 0 ? &next_low : &next_high;

	*next -= 3 * PAGE;
	for (unsigned i = 0; i < PAGE / 8; i++)
		table_at(*next)[i] = 0;
	return tables[ntables++] = *next;
}

bool
machine_is_table(uint64_t pa)
{
	for (unsigned i = 0; i < ntables; i++)
		if (tables[i] == pa)
			return true;
	return false;
}

static volatile uint64_t *
entry_at(uint64_t va, unsigned shift)
{
	uint64_t table = root;

	for (unsigned at = top_shift; at > shift; at -= 9) {
		volatile uint64_t *e = &table_at(table)[va >> at & 511];

		if ((*e & P) == 0)
			*e = table_new() | P | W;
		table = *e & FRAME;
	}
	return &table_at(table)[va >> shift & 511];
}

static void
map(uint64_t va, uint64_t pa, unsigned shift, uint64_t bits)
{
	*entry_at(va, shift) = pa | bits | P | (shift > 12 ? PS : 0);
}

static void
fact(const char *name, int kind, uint64_t va, uint64_t len, uint64_t pa)
{
	facts[nfacts++] = (struct fact){ name, va, len, pa, (unsigned)kind };
}

/* PVH start info: xen/include/public/arch-x86/hvm/start_info.h. */
static void
clusters_find(void)
{
	const char *info = (const char *)(uint64_t)start_info;
	const char *map_at = (const char *)*(const uint64_t *)(info + 40);
	const uint32_t count = *(const uint32_t *)(info + 48);

	for (uint32_t i = 0; i < count && nclusters < 8; i++, map_at += 24) {
		const uint64_t start = *(const uint64_t *)map_at;
		const uint64_t end = (start + *(const uint64_t *)(map_at + 8)) & ~(PAGE - 1);
		const uint64_t first = (start + PAGE - 1) & ~(PAGE - 1);

		if (*(const uint32_t *)(map_at + 16) == 1 && first < end)
			clusters[nclusters++] = (struct cluster){ first, end - first };
	}
}

static void
map_pages(void)				/* the kernel's data: frames in descending order */
{
	for (uint64_t i = 0; i < NPAGES; i++) {
		const uint64_t va = MAIN + i * PAGE;
		const uint64_t pa = i % 3 == 0 ? HIGH + 0x600000 - i * 0x3000 : 0x1000000 - i * 0x5000;

		if (i % 7 == 5) {
			fact("hole", FACT_HOLE, va, PAGE, 0);
			continue;
		}
		map(va, pa, 12, G | W | (i % 2 ? NX : 0));
		fact("page", FACT_RW, va, PAGE, pa);
		if (i % 4 == 0) {
			map(va + 0x100000, pa, 12, W | NX);
			fact("alias", FACT_ALIAS, va + 0x100000, PAGE, pa);
		} else if (i % 4 == 1) {
			map(va + 0x100000, pa, 12, NX);
			fact("readonly", FACT_RO, va + 0x100000, PAGE, pa);
		}
	}
	map(PERCPU, 0xa00000, 12, G | W | NX);
	fact("percpu", FACT_RW, PERCPU, PAGE, 0xa00000);
	fact("hole", FACT_HOLE, PERCPU + PAGE, MIB2 - PAGE, 0);
	map(0x00007f7fffff5000, 0xa03000, 12, W | NX);
	fact("lower", FACT_RW, 0x00007f7fffff5000, PAGE, 0xa03000);
}

static void
map_large(void)
{
	map(0xffff800040000000, HIGH + 4 * MIB2, 21, G | W | NX);
	fact("large", FACT_RW, 0xffff800040000000, MIB2, HIGH + 4 * MIB2);
	fact("hole", FACT_HOLE, 0xffff800040000000 + MIB2, MIB2, 0);
	map(0xffff800050000000, HIGH + 4 * MIB2, 21, 0);
	fact("readonly", FACT_RO, 0xffff800050000000, MIB2, HIGH + 4 * MIB2);
	map(HUGE, HIGH, 30, W | NX);	/* reaches far beyond RAM */
	fact("huge", FACT_ALIAS, HUGE, 0x100000, HIGH);
	map(0xffff800080000000, (HIGH + 4 * MIB2) | RESERVED, 21, W);
	fact("reserved", FACT_RESERVED, 0xffff800080000000, MIB2, 0);
	map(HUGE + (UINT64_C(1) << 30), HIGH | RESERVED, 30, W);
	fact("reserved", FACT_RESERVED, HUGE + (UINT64_C(1) << 30), UINT64_C(1) << 30, 0);
	*entry_at(UINT64_C(0xffffc00000000000), 39) = root | P | W | PS;	/* PS is reserved there */
	fact("reserved", FACT_RESERVED, UINT64_C(0xffffc00000000000), UINT64_C(1) << 39, 0);
	fact("hole", FACT_HOLE, HOLE, UINT64_C(1) << 30, 0);
}

void
machine_map(void)
{
	uint64_t cr4, end;

	trap_init();
	clusters_find();
	if (nclusters < 3)
		panic("too few RAM clusters: ", nclusters);
	kernel_end_pa = (uint64_t)kernel_end - KERNBASE;
	next_low = clusters[1].start + clusters[1].size;
	end = next_high = clusters[nclusters - 1].start + clusters[nclusters - 1].size;
	__asm__ volatile("mov %%cr4, %0" : "=r"(cr4));
	top_shift = cr4 & 0x1000 ? 48 : 39;
	root = table_new();
	table_at(root)[SLOT_RECURSIVE] = root | P | W | NX;
	map(KERNBASE + 0x200000, 0x200000, 21, G);
	for (uint64_t va = KERNBASE + 0x400000; va < (uint64_t)kernel_end; va += PAGE)
		map(va, va - KERNBASE, 12, G | NX | (va >= (uint64_t)data_start ? W : 0));
	for (uint64_t pa = 0; pa < end; pa += MIB2)	/* over the holes in RAM too */
		map(DIRECT + pa, pa, 21, G | W | NX);
	map_pages();
	map_large();
	__asm__ volatile("mov %0, %%cr3" : : "r"(root) : "memory");
	__asm__ volatile("mov %0, %%cr4" : : "r"(cr4 | 0x80) : "memory");	/* PGE */
}

uint64_t
machine_direct(uint64_t pa)
{
	return DIRECT + pa;
}

uint64_t
machine_pa(const volatile void *at)
{
	return (uint64_t)at - ((uint64_t)at >= KERNBASE ? KERNBASE : DIRECT);
}

uint64_t
machine_root(void)
{
	return root;
}

/* sys/arch/amd64/include/kcore.h */
void
machine_dump_header(void *at)
{
	uint64_t *word = at;

	*word++ = root;
	*word++ = nclusters;
	for (unsigned i = 0; i < nclusters; i++) {
		*word++ = clusters[i].start;
		*word++ = clusters[i].size;
	}
}
