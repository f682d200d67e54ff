/* SPDX-License-Identifier: BSD-2-Clause */
/* Headers of FreeBSD's minidumps.  Source: sys/<machine>/include/minidump.h. */
#include "port/freebsd/minidump.h"

enum { VERSION = 24, MSGBUFSIZE = 28, BITMAPSIZE = 32, PMAPSIZE = 36 };

enum kv_status
freebsd_head_read(struct freebsd_head *head, const struct freebsd_layout *layout,
    const struct dump *dump, struct image *img, struct kv_err *err)
{
	enum kv_status s = minidump_head(img, layout->size, dump->big, head->bytes, &head->view, err);
	if (s == KV_OK)
		s = minidump_version(img, &head->view, VERSION, layout->versions, layout->expected,
		    &head->version, err);
	if (s != KV_OK)
		return s;
	head->md = (struct minidump) {
		.page_shift = 12,
		.order = dump->big ? BITMAP_BIG64 : BITMAP_LITTLE,
		.big = dump->big,
		.msgbufsize = minidump_u32(&head->view, "msgbufsize", MSGBUFSIZE),
		.bitmapsize = minidump_u32(&head->view, "bitmapsize", BITMAPSIZE),
		.pmapsize = minidump_u32(&head->view, layout->pmapsize, PMAPSIZE),
	};
	/* Older headers have anything there. */
	if (head->version >= layout->avail_from)
		head->md.dumpavailsize = minidump_u32(&head->view, "dumpavailsize",
		    layout->avail_off);
	return KV_OK;
}

/*
 * Adds the page map from kernbase on.  Where the direct map, which is there already, lies inside,
 * it gets a range below and one above: a range that another one hides in part is slower.
 */
enum kv_status
freebsd_page_map(struct dump *dump, const struct image *img, const struct mmu *mmu,
    const struct minidump *md, vaddr_t kernbase, struct kv_err *err)
{
	struct mmu array = *mmu;
	array.big = dump->big;
	const unsigned entry = mmu->levels[0].entry_size;
	if (md->pmapsize.value % entry != 0)
		return minidump_bad(img, &md->pmapsize, err, "a multiple of %u", entry);
	enum kv_status s = mmu_array(&array, kernbase, md->pmap_off, md->pmapsize.value, err);
	if (s != KV_OK) {
		kv_prefix(err, "%s", img->name);
		return s;
	}
	/* Nothing tells how many bits the machine translates. */
	dump->vabits = array.va_bits;
	const struct as_range *dmap = &dump->dmap;
	if (dmap->lo <= kernbase)	/* or there is none */
		return dump_range(dump, kernbase, UINT64_MAX, &array, err);
	s = dump_range(dump, kernbase, dmap->lo - 1, &array, err);
	if (s == KV_OK)
		s = dump_range(dump, dmap->last + 1, UINT64_MAX, &array, err);
	return s;
}

enum kv_status
freebsd_direct_map(struct dump *dump, vaddr_t base, vaddr_t end, paddr_t pa, struct kv_err *err)
{
	if (end <= base)
		return KV_OK;
	const vaddr_t last = end - 1;
	dump->dmap = (struct as_range) { .lo = base, .last = last,
		.mmu = mmu_linear(base, last, pa, MMU_NOPROT) };
	return dump_range(dump, base, last, &dump->dmap.mmu, err);
}

enum kv_status
freebsd_direct_then_map(struct dump *dump, const struct image *img, const struct mmu *mmu,
    const struct freebsd_head *head, struct kv_err *err)
{
	enum { KERNBASE = 40, DMAPPHYS = 48, DMAPBASE = 56, DMAPEND = 64 };
	enum kv_status s = freebsd_direct_map(dump, freebsd_head_u64(head, DMAPBASE),
	    freebsd_head_u64(head, DMAPEND), freebsd_head_u64(head, DMAPPHYS), err);
	if (s == KV_OK)
		s = freebsd_page_map(dump, img, mmu, &head->md, freebsd_head_u64(head, KERNBASE),
		    err);
	return s;
}
