/* SPDX-License-Identifier: BSD-2-Clause */
/* NetBSD: the array of phys_ram_seg_t (<sys/kcore.h>) in the cpu data. */
#include <stdlib.h>

#include "port/port.h"

enum { SEG_START = 0, SEG_SIZE = 8, SEG_BYTES = 16 };

enum kv_status
netbsd_segments(struct dump *dump, struct image *img, uint64_t off, uint64_t n,
    struct kv_err *err)
{
	const struct view *cpu = &dump->kcore.cpu;
	/* Bounds the count by the bytes that are there, whatever the caller checked. */
	if (off > cpu->len || n > (cpu->len - off) / SEG_BYTES)
		return kv_fail(err, KV_EFORMAT, "%s: %ju memory segments do not fit in %#zx bytes "
		    "of cpu data", img->name, (uintmax_t)n, cpu->len);
	enum kv_status s = format_init(&dump->ram, (size_t)n, img->size, err);
	uint64_t at = dump->kcore.mem_off;
	for (size_t i = 0; s == KV_OK && i < n; i++) {
		const uint64_t start = view_get64(cpu, off + i * SEG_BYTES + SEG_START);
		uint64_t size = view_get64(cpu, off + i * SEG_BYTES + SEG_SIZE);
		if (size == 0)	/* holds nothing and takes no room in the image */
			continue;
		s = format_add(&dump->ram, i, start, size, at, err);
		if (s != KV_OK)
			kv_prefix(err, "%s: memory segment table at offset %#jx, entry at %#jx",
			    img->name, (uintmax_t)(dump->kcore.cpu_off + off),
			    (uintmax_t)(dump->kcore.cpu_off + off + i * SEG_BYTES));
		at += size;	/* cannot wrap: format_add has checked */
	}
	return s;
}

struct segment {
	uint64_t start, size, at;
	size_t number;
};

static int
by_start(const void *a, const void *b)
{
	const struct segment *x = a, *y = b;
	return u64_compare(x->start, y->start);
}

/* A segment whose first page takes less room than it has bytes: the rest of that page is absent. */
static enum kv_status
add_at_0(struct dump *dump, const struct segment *seg, uint64_t page_size, uint64_t room0,
    struct kv_err *err)
{
	if (seg->start != 0 || room0 == page_size || seg->size < page_size)
		return format_add(&dump->ram, seg->number, seg->start, seg->size, seg->at, err);
	enum kv_status s = format_add(&dump->ram, seg->number, 0, room0, seg->at, err);
	if (s == KV_OK && seg->size > page_size)
		s = format_add(&dump->ram, seg->number, page_size, seg->size - page_size,
		    seg->at + room0, err);
	return s;
}

enum kv_status
netbsd_segments_ended(struct dump *dump, struct image *img, uint64_t off, unsigned max,
    uint64_t page_size, uint64_t room0, struct kv_err *err)
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
		uint64_t room = x->start == 0 && x->size >= page_size ?
		    x->size - page_size + room0 : x->size;
		at += room;	/* where it wraps, format_add refuses the segment */
	}
	if (n == 0)
		return dump_bad(dump, img, off + SEG_SIZE, "ram_segs[0].size", 0, err,
		    "more than 0: there is no memory segment");
	qsort(seg, n, sizeof(seg[0]), by_start);
	enum kv_status s = format_init(&dump->ram, n + 1, img->size, err);
	for (size_t i = 0; s == KV_OK && i < n; i++) {
		s = add_at_0(dump, &seg[i], page_size, room0, err);
		if (s != KV_OK)
			kv_prefix(err, "%s: ram_segs at offset %#jx", img->name,
			    (uintmax_t)(dump->kcore.cpu_off + off));
	}
	return s;
}
