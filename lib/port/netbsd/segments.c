/* SPDX-License-Identifier: BSD-2-Clause */
/* NetBSD: the array of phys_ram_seg_t (<sys/kcore.h>) in the cpu data. */
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
		uint64_t start = 0, size = 0;
		view_u64(cpu, off + i * SEG_BYTES + SEG_START, &start);
		view_u64(cpu, off + i * SEG_BYTES + SEG_SIZE, &size);
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
