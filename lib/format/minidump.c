/* SPDX-License-Identifier: BSD-2-Clause */
/* The parts of a minidump, and its memory. */
#include "format/minidump.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum kv_status
minidump_head(struct image *img, size_t size, bool big, uint8_t head[MINIDUMP_HEAD_MAX],
    struct view *view, struct kv_err *err)
{
	size_t got;
	enum kv_status s = image_read(img, 0, head, size, &got, NULL);
	if (s != KV_OK)
		return kv_fail(err, s, "cannot read dump header: %s: %#zx bytes are there, wanted %#zx",
		    img->name, got, size);
	*view = (struct view) { .p = head, .len = size, .big = big };
	return KV_OK;
}

struct minidump_field
minidump_u32(const struct view *head, const char *name, uint64_t off)
{
	uint32_t v = 0;
	(void)view_u32(head, off, &v);
	return (struct minidump_field) { .name = name, .off = off, .value = v };
}

struct minidump_field
minidump_u64(const struct view *head, const char *name, uint64_t off)
{
	struct minidump_field field = { .name = name, .off = off };
	(void)view_u64(head, off, &field.value);
	return field;
}

enum kv_status
minidump_bad(const struct image *img, const struct minidump_field *field, struct kv_err *err,
    const char *wanted, ...)
{
	char text[256];
	va_list ap;
	va_start(ap, wanted);
	(void)vsnprintf(text, sizeof(text), wanted, ap);
	va_end(ap);
	return kv_fail(err, KV_EFORMAT, "%s: %s at offset %#jx is %#jx, wanted %s", img->name,
	    field->name, (uintmax_t)field->off, (uintmax_t)field->value, text);
}

enum kv_status
minidump_version(const struct image *img, const struct view *head, uint64_t off, uint32_t most,
    const char *expected, uint32_t *ret, struct kv_err *err)
{
	*ret = (uint32_t)minidump_u32(head, "version", off).value;
	if (*ret >= 1 && *ret <= most)
		return KV_OK;
	return kv_fail(err, KV_EUNSUP, "wrong minidump version. %s %u got %u: %s: version at offset "
	    "%#jx is %u, wanted 1 to %u", expected, most, *ret, img->name, (uintmax_t)off, *ret,
	    most);
}

/* ---- Parts ------------------------------------------------------------------------ */

/* Moves *at behind a part that begins there, which the file has to hold. */
static enum kv_status
part_skip(const struct minidump *md, const struct image *img, const char *part,
    const struct minidump_field *size, uint64_t *at, struct kv_err *err)
{
	const uint64_t page = UINT64_C(1) << md->page_shift, from = *at;
	uint64_t len;
	if (u64_add(size->value, page - 1, &len) && u64_add(from, len & ~(page - 1), at) &&
	    *at <= img->size)
		return KV_OK;
	const uint64_t left = (img->size - u64_min(from, img->size)) & ~(page - 1);
	return minidump_bad(img, size, err, "%#jx or less: the %s begins at offset %#jx, the file has "
	    "%#jx bytes", (uintmax_t)left, part, (uintmax_t)from, (uintmax_t)img->size);
}

static uint64_t
word_get(const struct view *v, uint64_t off, unsigned width)
{
	return width == 8 ? minidump_u64(v, "", off).value : minidump_u32(v, "", off).value;
}

/*
 * Adds the ranges of dump_avail: pairs of start and end, until an end is 0.  *n: how many.
 */
static enum kv_status
avail_add(const struct minidump *md, struct image *img, uint64_t off, unsigned width,
    struct bitmap *bm, size_t *n, struct kv_err *err)
{
	const struct minidump_field *size = &md->dumpavailsize;
	*n = 0;
	for (uint64_t at = 0; size->value - at >= 2 * width; at += 2 * width) {
		uint8_t b[16];
		size_t got;
		enum kv_status s = image_read(img, off + at, b, 2 * width, &got, err);
		if (s != KV_OK)
			return s;
		const struct view pair = { .p = b, .len = 2 * width, .big = md->big };
		const uint64_t start = word_get(&pair, 0, width), end = word_get(&pair, width, width);
		if (end == 0)
			break;
		s = bitmap_range_add(bm, *n, start, end, err);
		if (s != KV_OK) {
			kv_prefix(err, "%s: dump_avail at offset %#jx", img->name,
			    (uintmax_t)(off + at));
			return s;
		}
		++*n;
	}
	return KV_OK;
}

/* The words of the bitmap, where they stay: in a stable image, or in a copy. */
static enum kv_status
words_get(struct image *img, uint64_t off, uint64_t size, const uint8_t **ret, uint8_t **copy,
    struct kv_err *err)
{
	size_t got;
	*copy = NULL;
	if (image_stable(img))
		return image_get(img, off, (size_t)size, ret, &got, err);
	*copy = size == (size_t)size ? malloc((size_t)size) : NULL;
	if (*copy == NULL)
		return kv_fail(err, KV_ENOMEM, "cannot allocate %ju bytes for bitmap: %s",
		    (uintmax_t)size, strerror(ENOMEM));
	*ret = *copy;
	enum kv_status s = image_read(img, off, *copy, (size_t)size, &got, err);
	if (s != KV_OK) {
		free(*copy);
		*copy = NULL;
		kv_prefix(err, "cannot read %ju bytes for bitmap", (uintmax_t)size);
	}
	return s;
}

/* A bitmap without ranges.  NULL: *s and the sentence say why. */
static struct bitmap *
bitmap_make(const struct minidump *md, struct image *img, uint64_t off, enum kv_status *s,
    struct kv_err *err)
{
	const uint64_t room = md->bitmapsize.value * 8;
	const uint8_t *words;
	uint8_t *copy;
	*s = words_get(img, off, bitmap_bytes(room), &words, &copy, err);
	if (*s != KV_OK)
		return NULL;
	struct bitmap *bm = bitmap_new(words, room, md->order, md->page_shift, md->pages_off);
	if (bm != NULL) {
		bm->copy = copy;
		return bm;
	}
	free(copy);
	*s = kv_fail(err, KV_ENOMEM, "%s: bitmap: %s", img->name, strerror(ENOMEM));
	return NULL;
}

/*
 * The change that brought dump_avail (FreeBSD r365978) wrote it in the kernel's words; soon after
 * it became 64 bits everywhere.  Nothing tells which: 32-bit words read as 64 bits have ends before
 * their starts, or far more pages than the bitmap.
 */
static enum kv_status
ranges_add(const struct minidump *md, struct image *img, uint64_t avail_off, uint64_t bitmap_off,
    struct bitmap **bm, struct kv_err *err)
{
	enum kv_status s;
	size_t n;
	*bm = bitmap_make(md, img, bitmap_off, &s, err);
	if (*bm == NULL)
		return s;
	if (md->dumpavailsize.value == 0)
		return bitmap_range_add(*bm, 0, 0, (*bm)->room << md->page_shift, err);
	s = avail_add(md, img, avail_off, 8, *bm, &n, err);
	if ((s == KV_OK && n > 0) || (s != KV_OK && s != KV_EFORMAT))
		return s;
	if (md->avail32) {
		enum kv_status s32;
		struct bitmap *narrow = bitmap_make(md, img, bitmap_off, &s32, NULL);
		if (narrow != NULL)
			s32 = avail_add(md, img, avail_off, 4, narrow, &n, NULL);
		if (narrow != NULL && s32 == KV_OK && n > 0) {
			bitmap_free(*bm);
			*bm = narrow;
			return KV_OK;
		}
		bitmap_free(narrow);
	}
	if (s == KV_OK)
		s = kv_fail(err, KV_EFORMAT, "%s: dump_avail at offset %#jx is empty, wanted one range "
		    "of memory or more", img->name, (uintmax_t)avail_off);
	return s;
}

enum kv_status
minidump_read(struct minidump *md, struct image *img, struct format *ram, struct kv_err *err)
{
	uint64_t at = UINT64_C(1) << md->page_shift;
	enum kv_status s = part_skip(md, img, "message buffer", &md->msgbufsize, &at, err);
	const uint64_t avail_off = at;
	if (s == KV_OK)
		s = part_skip(md, img, "dump_avail", &md->dumpavailsize, &at, err);
	const uint64_t bitmap_off = at;
	if (s == KV_OK)
		s = part_skip(md, img, "bitmap", &md->bitmapsize, &at, err);
	md->pmap_off = at;
	if (s == KV_OK)
		s = part_skip(md, img, "page map", &md->pmapsize, &at, err);
	md->pages_off = at;
	if (s != KV_OK)
		return s;
	/* As many pages as an address can name, without dump_avail from page 0 on. */
	const uint64_t most = UINT64_MAX >> md->page_shift >> 3;
	if (md->bitmapsize.value == 0 || md->bitmapsize.value > most)
		return minidump_bad(img, &md->bitmapsize, err, "1 to %#jx", (uintmax_t)most);
	if (md->pmapsize.value == 0)
		return minidump_bad(img, &md->pmapsize, err, "a page map");

	struct bitmap *bm;
	s = ranges_add(md, img, avail_off, bitmap_off, &bm, err);
	if (s == KV_OK) {
		s = format_set_bitmap(ram, bm, img->size, err);
		if (s != KV_OK)
			kv_prefix(err, "%s", img->name);
		return s;
	}
	bitmap_free(bm);
	return s;
}
