/* SPDX-License-Identifier: BSD-2-Clause */
/* FreeBSD's minidump headers and page maps: sys/<machine>/include/minidump.h, minidump_machdep.c. */
#include "minidump.h"

#ifdef MINIDUMP_PDE			/* amd64 since version 2: a page of PDEs for each GiB */
static void
map_page(uint64_t i, uint64_t *page)
{
	const unsigned pd = radix_nlevels - 2;
	const uint64_t va = MIN_KERNEL + (i << 30), entry = radix_get(va, pd - 1);

	if (radix_next(entry) != 0)
		for (unsigned j = 0; j < 512; j++)
			page[j] = radix_get(va + ((uint64_t)j << 21), pd);
	else if (entry != 0)		/* a page of 1 GiB: as if in pages of 2 MiB */
		for (unsigned j = 0; j < 512; j++)
			page[j] = entry + ((uint64_t)j << 21);
}
#define MAP_BYTES	(((MAP_END - MIN_KERNEL) >> 30) << 12)
#elif defined(MINIDUMP_TABLE)	/* powerpc64: the tree's root, or all of the hashed table */
static void
map_page(uint64_t i, uint64_t *page)
{
	memcpy(page, (const void *)DIRECT_VA(MINIDUMP_TABLE + i * PAGE), PAGE);
}
#define MAP_BYTES MINIDUMP_TABLE_SIZE
#else				/* one last-level entry for each page; large pages are split */
static void
map_page(uint64_t i, uint64_t *page)
{
#ifndef NO_LARGE
	const unsigned last = radix_nlevels - 1;
#endif
	const uint64_t n = PAGE / ENTRY_SIZE;

	for (unsigned j = 0; j < n; j++) {
		const uint64_t va = MIN_KERNEL + ((i * n + j) << PAGE_SHIFT);
		unsigned level;
		uint64_t entry = radix_find(va, &level);

#ifndef NO_LARGE
		if (entry != 0 && level < last) {
			static const struct fact *f = facts;

			for (unsigned k = 0; va - f->va >= f->len || f->kind > DEVICE; k++)
				f = &facts[k];
			entry = radix_leaf(last, PAGE_SHIFT, f->pa + (va - f->va), f->prot);
		}
#endif
#if ENTRY_SIZE == 4
		((uint32_t *)page)[j] = (uint32_t)entry;
#else
		page[j] = entry;
#endif
	}
}
#define MAP_BYTES	(((MAP_END - MIN_KERNEL) >> PAGE_SHIFT) * ENTRY_SIZE)
#endif

#ifndef MINIDUMP_BASE
#define MINIDUMP_BASE	sizeof(uintptr_t)	/* bytes of kernbase */
#endif

#ifdef MINIDUMP_MMU
extern const char kernel_end[];

/* powerpc64: the kernel's addresses, as linked and as it runs, are in the header. */
static void
header(void)
{
	minidump_text(MINIDUMP_MAGIC, 32);
	minidump_text(MINIDUMP_MMU, 32);
	minidump_field(4, MINIDUMP_VERSION);
	minidump_field(4, minidump_msgbuf);
	minidump_field(4, minidump_bitmap);
	minidump_field(4, minidump_map);
	minidump_field(8, MIN_KERNEL);
	minidump_field(8, MAP_END);
	minidump_field(8, DIRECT);
	minidump_field(8, DIRECT_END - 1);
	minidump_field(4, 1);			/* hw_direct_map, and a pad */
	minidump_field(4, 0);
	minidump_field(8, MINIDUMP_START);
	minidump_field(8, (uintptr_t)kernel_end);
	minidump_field(4, minidump_avail);
	print("dmap %x %x 0\nlinear %x %x\n", DIRECT, DIRECT_END - DIRECT, DIRECT,
	    DIRECT_END - DIRECT);
	print("beyond %x %x %x\n", DIRECT + DIRECT_SIZE, DIRECT_SIZE,
	    DIRECT_END - DIRECT - DIRECT_SIZE);
	print("mirror 0 %x %x\n", DIRECT, MINIDUMP_SHIFT);
}
#else
static void
header(void)
{
	minidump_text(MINIDUMP_MAGIC, 24);
	minidump_field(4, MINIDUMP_VERSION);
	minidump_field(4, minidump_msgbuf);
	minidump_field(4, minidump_bitmap);
	minidump_field(4, minidump_map);
	minidump_field(MINIDUMP_BASE, MIN_KERNEL);
	print("window %x %x\n", U(MIN_KERNEL), U(MAP_END - MIN_KERNEL));
#ifdef MINIDUMP_DMAP
	const uint64_t first = MINIDUMP_DMAP, size = minidump_end() - first;

	if (MINIDUMP_DMAP_HAS_PHYS)
		minidump_field(8, first);
	minidump_field(8, DIRECT_VA(first));
	minidump_field(8, DIRECT_VA(first) + size);
	print("window %x %x\ndmap %x %x %x\nlinear %x %x\n", U(DIRECT_VA(first)), size,
	    U(DIRECT_VA(first)), size, first, U(DIRECT_VA(first)), size);
#elif defined(MINIDUMP_NO_DMAP)
	minidump_field(8, 0);			/* dmapbase, dmapend */
	minidump_field(8, 0);
#else
	minidump_field(4, MINIDUMP_WORD);	/* i386: paemode; arm: its version */
#ifdef MINIDUMP_MMUFORMAT
	minidump_field(4, MINIDUMP_MMUFORMAT);
#endif
#endif
	if (MINIDUMP_AVAIL)
		minidump_field(4, minidump_avail);
#ifdef MINIDUMP_FLAGS
	minidump_field(4, MINIDUMP_FLAGS);
#endif
}
#endif

void
dumpsys(void)
{
	minidump_choose(MINIDUMP_AVAIL);
	minidump_map = MAP_BYTES;
	header();
	minidump_write(map_page);
}
