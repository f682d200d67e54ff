/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What all minidumps have in common: a header page, message buffer, dump_avail, bitmap, page map and
 * the dumped pages, each from a page boundary on, and nothing between them.
 * Source: FreeBSD lib/libkvm/kvm_minidump_*.c, sys/vm/vm_dumpset.h.
 */
#ifndef MINIDUMP_H
#define MINIDUMP_H

#include "bytes.h"
#include "format/format.h"
#include "image/image.h"
#include "kv.h"

/* A field of the header. */
struct minidump_field {
	const char *name;
	uint64_t off, value;
};

struct minidump {
	/* The caller's. */
	unsigned page_shift;
	enum bitmap_order order;
	bool big;
	bool avail32;	/* dump_avail may have elements of 32 bits (FreeBSD, autumn of 2020) */
	struct minidump_field msgbufsize, bitmapsize, pmapsize;
	struct minidump_field dumpavailsize;	/* value 0: none, the bitmap begins at page 0 */
	/* minidump_read's: where the page map and the pages begin. */
	uint64_t pmap_off, pages_off;
};

#define MINIDUMP_HEAD_MAX	144

/*
 * Reads the first size bytes of the image's header into head, and *view at it.  "cannot read dump
 * header: ..." if it has less.
 */
enum kv_status minidump_head(struct image *img, size_t size, bool big,
    uint8_t head[MINIDUMP_HEAD_MAX], struct view *view, struct kv_err *err);

/* A field of 32 or 64 bits, which the caller knows to be inside. */
struct minidump_field minidump_u32(const struct view *head, const char *name, uint64_t off);
struct minidump_field minidump_u64(const struct view *head, const char *name, uint64_t off);

/* KV_EFORMAT: "IMAGE: NAME at offset X is V, wanted ...". */
enum kv_status minidump_bad(const struct image *img, const struct minidump_field *field,
    struct kv_err *err, const char *wanted, ...) __attribute__((format(printf, 4, 5)));

/* KV_EUNSUP unless the version, at off, is from 1 to most; what: the family's own words. */
enum kv_status minidump_version(const struct image *img, const struct view *head, uint64_t off,
    uint32_t most, const char *expected, uint32_t *ret, struct kv_err *err);

/*
 * Finds the parts, whose sizes it compares with the file, and fills ram.  A file that ends among
 * the pages is none of its business: they are truncated.
 */
enum kv_status minidump_read(struct minidump *md, struct image *img, struct format *ram,
    struct kv_err *err);

#endif
