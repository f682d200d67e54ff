/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is mapped on every machine: the kernel, a direct map that covers holes in RAM too, small pages
 * to scattered frames, aliases, read-only pages, code under a second name, large pages, and holes; each
 * bit of a frame by itself; entries with bits that mean nothing, or that make them none.
 */
#include "kernel.h"

#ifndef NPAGES
#define NPAGES	24
#endif
#ifndef DIRECT_SPLIT
#define DIRECT_SPLIT UINT64_MAX
#endif
#define NX	(HAS_NX ? 0 : PROT_X)		/* what every page allows */
#ifndef TEXT_SHIFT
#define TEXT_SHIFT PAGE_SHIFT
#endif
#ifndef FRAMES
#define FRAMES	(MAIN + 2 * ALIAS + 4 * PAGE)	/* room for FRAME_BITS pages, then for the plants */
#endif
#ifndef FRAME_KIND
#define FRAME_KIND DEVICE
#endif

extern const char text_start[], text_end[], data_start[], kernel_end[];

struct fact facts[240];
unsigned nfacts;

static struct cluster owners[160];
static unsigned nowners;
static uint64_t lowest[8];			/* of each cluster: what take() gave away */

static uint64_t
kernel_pa(const char *at)
{
	return (uintptr_t)at - KERNEL_OFFSET;
}

void
own(uint64_t pa, uint64_t size)
{
	if (nowners == sizeof owners / sizeof owners[0])
		panic("too many owned pieces: ", nowners);
	owners[nowners++] = (struct cluster){ pa, size };
}

bool
owned(uint64_t pa)
{
	for (unsigned i = 0; i < nowners; i++)
		if (pa + PAGE > owners[i].start && pa < owners[i].start + owners[i].size)
			return true;
	return false;
}

/* From the upper ends of all clusters in turn, each piece below the one before, with gaps. */
uint64_t
take_below(uint64_t limit, uint64_t size, uint64_t align)
{
	static unsigned turn;

	for (unsigned tries = 0; tries < nclusters; tries++) {
		const unsigned i = turn < nclusters ? turn : 0;
		const uint64_t top = lowest[i] ? lowest[i] : clusters[i].start + clusters[i].size;
		const uint64_t gap = PAGE * (1 + (turn & 1));
		const uint64_t at = (top - size - gap) & ~(align - 1) & ~(PAGE - 1);

		turn = i + 1;
		if (at < limit && at < top && at >= clusters[i].start && !owned(at) &&
		    (at >= kernel_pa(kernel_end) || at + size <= kernel_pa(text_start)))
			return lowest[i] = at;
	}
	panic("no RAM left for ", size);
}

uint64_t
take(uint64_t size, uint64_t align)
{
	return take_below(UINT64_MAX, size, align);
}

void
fact(enum fact_kind kind, uint64_t va, uint64_t pa, uint64_t len, unsigned prot)
{
	if (len == 0 || nfacts == sizeof facts / sizeof facts[0])
		panic("wrong: no room for a fact, or none at ", va);
	facts[nfacts++] = (struct fact){ kind, va, pa, len, prot };
}

void
span(enum fact_kind kind, uint64_t va, uint64_t len)
{
	fact(kind, va, 0, len, 0);
}

void
map(uint64_t va, uint64_t pa, uint64_t len, unsigned shift, unsigned prot, enum fact_kind kind)
{
	for (uint64_t done = 0; done < len; done += UINT64_C(1) << shift)
		machine_enter(va + done, pa + done, shift, prot | NX);
	fact(kind, va, pa, len, prot | NX);
}

static void
map_kernel(void)
{
#ifndef KERNEL_BUILT_IN
	const uint64_t text = (uintptr_t)text_start, data = (uintptr_t)data_start;
	const uint64_t ro = (uintptr_t)text_end, large = UINT64_C(1) << TEXT_SHIFT;

	map(text, kernel_pa(text_start), (ro - text + large - 1) & ~(large - 1), TEXT_SHIFT,
	    PROT_R | PROT_X, MAP);
	map(ro, kernel_pa(text_end), data - ro, PAGE_SHIFT, PROT_R, MAP);
	map(data, kernel_pa(data_start), (uintptr_t)kernel_end - data, PAGE_SHIFT,
	    PROT_R | PROT_W, MAP);
#endif
}

static void
map_pages(void)				/* frames in no order; aliases 1 MiB up */
{
	for (unsigned i = 0; i < NPAGES; i++) {
		const uint64_t va = MAIN + U(i) * PAGE, alias = va + ALIAS;

		if (i % 7 == 5) {
			span(HOLE_, va, PAGE);
			continue;
		}
		const uint64_t pa = take(PAGE, PAGE);

		map(va, pa, PAGE, PAGE_SHIFT, PROT_R | PROT_W, FILL);
		if (i % 4 == 0)
			map(alias, pa, PAGE, PAGE_SHIFT, PROT_R | PROT_W, MAP);
		else if (i % 4 == 1)
			map(alias, pa, PAGE, PAGE_SHIFT, PROT_R, MAP);
		else
			span(HOLE_, alias, PAGE);
	}
	map(MAIN + 2 * ALIAS, kernel_pa(machine_code) & ~(PAGE - 1), PAGE, PAGE_SHIFT,
	    PROT_R | PROT_X, MAP);
}

/* Each size twice, at LARGE(i): to RAM, and what is beside it. */
static void
map_large(void)
{
#ifndef NO_LARGE
	static const unsigned shifts[] = LARGE_SHIFTS;

	for (unsigned i = 0; i < sizeof shifts / sizeof shifts[0]; i++) {
		const uint64_t size = UINT64_C(1) << shifts[i], va = LARGE(i);
		const uint64_t pa = clusters[nclusters - 1].start & ~(size - 1);

		map(va, pa, size, shifts[i], PROT_R | PROT_W, FILL);
		map(va + 2 * size, pa, size, shifts[i], PROT_R, MAP);
		span(HOLE_, va + size, size);
	}
#endif
}

/* Over the holes in RAM too, but for the one at DIRECT_SPLIT. */
static void
map_direct(void)
{
#ifndef DIRECT_BUILT_IN
	const uint64_t step = UINT64_C(1) << DIRECT_SHIFT;
	uint64_t first = clusters[0].start & ~(step - 1);

	for (unsigned i = 0; i < nclusters; i++) {
		const struct cluster *c = &clusters[i];
		const uint64_t end = (c->start + c->size + step - 1) & ~(step - 1);

		if (i + 1 < nclusters && (end > DIRECT_SPLIT || c[1].start < DIRECT_SPLIT))
			continue;
		map(DIRECT_VA(first), first, end - first, DIRECT_SHIFT, PROT_R | PROT_W, MAP);
		if (i + 1 < nclusters)
			first = c[1].start & ~(step - 1);
	}
#endif
}

/*
 * A page for each bit of a frame: its neighbour in that bit alone, RAM or not.  Who drops the bit, or
 * has another in its place, reads RAM where nothing is in the dump.
 */
static void
map_frames(void)
{
#ifdef FRAME_BITS
	const uint64_t pa = (clusters[0].start + clusters[0].size / 2) & ~(PAGE - 1);

	for (unsigned bit = PAGE_SHIFT; bit < FRAME_BITS; bit++)
		map(FRAMES + (bit - PAGE_SHIFT) * PAGE, pa ^ U(1) << bit, PAGE, PAGE_SHIFT,
		    PROT_R | PROT_X, FRAME_KIND);
#endif
}

static void
map_devices(void)
{
#ifdef DEVICES
	static const uint64_t registers[] = DEVICES;

	for (unsigned i = 0; i < sizeof registers / sizeof registers[0]; i++) {
		const uint64_t pa = registers[i] & ~(PAGE - 1);

		map(DEVICE_VA(pa), pa, PAGE, PAGE_SHIFT, PROT_R | PROT_W, DEVICE);
	}
#endif
}

/* Good entries for small pages, and then other bits in them. */
static void
plant(void)
{
#ifdef PLANTS
	static const struct {
		uint64_t	set, clear;
		enum fact_kind	kind;
		unsigned	prot;
	} plants[] = PLANTS;
	const unsigned last = radix_nlevels - 1;

	for (unsigned i = 0; i < sizeof plants / sizeof plants[0]; i++) {
		const uint64_t va = FRAMES + (64 + i) * PAGE, pa = take(PAGE, PAGE);
		const unsigned prot = plants[i].prot;

		machine_enter(va, pa, PAGE_SHIFT, NX | (prot ? prot : PROT_R | PROT_W));
		radix_set(va, last, (radix_get(va, last) | plants[i].set) & ~plants[i].clear);
		fact(plants[i].kind, va, pa, PAGE, prot ? NX | prot : 0);
	}
#endif
}

void
plan(void)
{
	own(kernel_pa(text_start), kernel_pa(kernel_end) - kernel_pa(text_start));

	map_kernel();
	map_direct();
	map_pages();
	map_large();
	map_frames();
	map_devices();
	plant();
	span(HOLE_, HOLE, HOLE_SIZE);
}
