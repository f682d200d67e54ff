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
#else				/* one last-level entry for each page; large pages are split */
static void
map_page(uint64_t i, uint64_t *page)
{
	const unsigned last = radix_nlevels - 1;
	const uint64_t n = PAGE / ENTRY_SIZE;

	for (unsigned j = 0; j < n; j++) {
		const uint64_t va = MIN_KERNEL + ((i * n + j) << PAGE_SHIFT);
		unsigned level;
		uint64_t entry = radix_find(va, &level);

		if (entry != 0 && level < last) {
			static const struct fact *f = facts;

			for (unsigned k = 0; va - f->va >= f->len || f->kind > DEVICE; k++)
				f = &facts[k];
			entry = radix_leaf(last, PAGE_SHIFT, f->pa + (va - f->va), f->prot);
		}
#if ENTRY_SIZE == 4
		((uint32_t *)page)[j] = (uint32_t)entry;
#else
		page[j] = entry;
#endif
	}
}
#define MAP_BYTES	(((MAP_END - MIN_KERNEL) >> PAGE_SHIFT) * ENTRY_SIZE)
#endif

void
dumpsys(void)
{
	minidump_choose(MINIDUMP_AVAIL);
	minidump_map = MAP_BYTES;
	strcopy(minidump_header, MINIDUMP_MAGIC, 24);
	minidump_field(4, MINIDUMP_VERSION);
	minidump_field(4, minidump_msgbuf);
	minidump_field(4, minidump_bitmap);
	minidump_field(4, minidump_map);
	minidump_field(sizeof(uintptr_t), MIN_KERNEL);
	print("window %x %x\n", U(MIN_KERNEL), U(MAP_END - MIN_KERNEL));
#ifdef MINIDUMP_DMAP
	const uint64_t first = MINIDUMP_DMAP, size = minidump_end() - first;

	if (MINIDUMP_DMAP_HAS_PHYS)
		minidump_field(8, first);
	minidump_field(8, DIRECT_VA(first));
	minidump_field(8, DIRECT_VA(first) + size);
	print("window %x %x\ndmap %x %x %x\nlinear %x %x\n", U(DIRECT_VA(first)), size,
	    U(DIRECT_VA(first)), size, first, U(DIRECT_VA(first)), size);
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
	minidump_write(map_page);
}
