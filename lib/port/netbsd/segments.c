/* SPDX-License-Identifier: BSD-2-Clause */
/* NetBSD: the array of phys_ram_seg_t (<sys/kcore.h>) in the cpu data. */
#include <stdlib.h>

#include "port/port.h"

enum { SEG_START = 0, SEG_SIZE = 8, SEG_BYTES = 16 };

struct segment {
	uint64_t start, size, at;
	size_t number;
};

/* Where in the image the next segment begins; where format_add refuses it, if that is nowhere. */
static uint64_t
next_at(uint64_t at, uint64_t start, uint64_t size, const struct netbsd_page0 *page0)
{
	if (page0 != NULL && start == 0 && size >= page0->skip)
		size = size - page0->skip + page0->room;
	return u64_add(at, size, &at) ? at : UINT64_MAX;
}

/* A segment without what its kernel does not write; nothing if it has no more than that. */
static enum kv_status
add(struct dump *dump, const struct segment *seg, const struct netbsd_page0 *page0,
    struct kv_err *err)
{
	if (page0 == NULL || seg->start != 0)
		return format_add(&dump->ram, seg->number, seg->start, seg->size, seg->at, err);
	if (seg->size <= page0->skip)
		return KV_OK;
	return format_add(&dump->ram, seg->number, page0->skip, seg->size - page0->skip,
	    seg->at + page0->room, err);
}

enum kv_status
netbsd_segments(struct dump *dump, struct image *img, uint64_t off, uint64_t n,
    const struct netbsd_page0 *page0, struct kv_err *err)
{
	const struct view *cpu = &dump->kcore.cpu;
	/* Bounds the count by the bytes that are there, whatever the caller checked. */
	if (off > cpu->len || n > (cpu->len - off) / SEG_BYTES)
		return kv_fail(err, KV_EFORMAT, "%s: %ju memory segments do not fit in %#zx bytes "
		    "of cpu data", img->name, (uintmax_t)n, cpu->len);
	enum kv_status s = format_init(&dump->ram, (size_t)n, img->size, err);
	uint64_t at = dump->kcore.mem_off;
	for (size_t i = 0; s == KV_OK && i < n; i++) {
		const struct segment seg = {
			.start = view_get64(cpu, off + i * SEG_BYTES + SEG_START),
			.size = view_get64(cpu, off + i * SEG_BYTES + SEG_SIZE),
			.at = at, .number = i,
		};
		if (seg.size == 0)	/* holds nothing and takes no room in the image */
			continue;
		s = add(dump, &seg, page0, err);
		if (s != KV_OK)
			kv_prefix(err, "%s: memory segment table at offset %#jx, entry at %#jx",
			    img->name, (uintmax_t)(dump->kcore.cpu_off + off),
			    (uintmax_t)(dump->kcore.cpu_off + off + i * SEG_BYTES));
		at = next_at(at, seg.start, seg.size, page0);
	}
	return s;
}

static int
by_start(const void *a, const void *b)
{
	const struct segment *x = a, *y = b;
	return u64_compare(x->start, y->start);
}

enum kv_status
netbsd_segments_ended(struct dump *dump, struct image *img, uint64_t off, unsigned max,
    const struct netbsd_page0 *page0, struct kv_err *err)
{
	enum { MOST = 8 };	/* of any header that has such an array */
	struct segment seg[MOST];
	const struct view *cpu = &dump->kcore.cpu;
	uint64_t at = dump->kcore.mem_off;
	size_t n = 0;
	for (uint64_t pos = off; n < max && n < MOST; pos += SEG_BYTES) {
		struct segment *x = &seg[n];
		x->start = view_get64(cpu, pos + SEG_START);
		x->size = view_get64(cpu, pos + SEG_SIZE);
		if (x->size == 0)	/* or it is behind the end */
			break;
		x->number = n++;
		x->at = at;
		at = next_at(at, x->start, x->size, page0);
	}
	if (n == 0)
		return dump_bad(dump, img, off + SEG_SIZE, "ram_segs[0].size", 0, err,
		    "more than 0: there is no memory segment");
	qsort(seg, n, sizeof(seg[0]), by_start);
	enum kv_status s = format_init(&dump->ram, n, img->size, err);
	for (size_t i = 0; s == KV_OK && i < n; i++) {
		s = add(dump, &seg[i], page0, err);
		if (s != KV_OK)
			kv_prefix(err, "%s: ram_segs at offset %#jx", img->name,
			    (uintmax_t)(dump->kcore.cpu_off + off));
	}
	return s;
}
