/* SPDX-License-Identifier: BSD-2-Clause */
/* Sorted extents, or a bitmap: physical address -> place in the image. */
#include "format/format.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bytes.h"

enum kv_status
format_init(struct format *fmt, size_t n, uint64_t end, struct kv_err *err)
{
	*fmt = (struct format) { .cap = n, .end = end };
	if (n == 0)
		return KV_OK;
	fmt->v = calloc(n, sizeof(*fmt->v));
	if (fmt->v == NULL)
		return kv_fail(err, KV_ENOMEM, "cannot allocate %zu memory segments: %s", n,
		    strerror(ENOMEM));
	return KV_OK;
}

void
format_fini(struct format *fmt)
{
	free(fmt->v);
	free(fmt->bucket);
	bitmap_free(fmt->bitmap);
	*fmt = (struct format) { 0 };
}

/* How often n is halved, rounding up, until it is 1. */
static uint8_t
steps_for(size_t n)
{
	uint8_t steps = 0;
	for (; n > 1; n -= n / 2)
		steps++;
	return steps;
}

enum kv_status
format_add(struct format *fmt, size_t number, paddr_t pa, uint64_t len, uint64_t off,
    struct kv_err *err)
{
	uint64_t last, end, total;
	if (fmt->n == fmt->cap || len == 0)
		return kv_fail(err, KV_EINVAL, "segment %zu: no room for it", number);
	if (!u64_add(pa, len - 1, &last))
		return kv_fail(err, KV_EFORMAT, "segment %zu: start %#jx + size %#jx goes past "
		    "2^64", number, (uintmax_t)pa, (uintmax_t)len);
	if (!u64_add(off, len, &end) || !u64_add(fmt->total, len, &total))
		return kv_fail(err, KV_EFORMAT, "segment %zu: size %#jx at offset %#jx goes past "
		    "2^64", number, (uintmax_t)len, (uintmax_t)off);
	/* No file has such an offset, and callers get it as int64_t. */
	if (off > INT64_MAX)
		return kv_fail(err, KV_EFORMAT, "segment %zu: offset %#jx is past 2^63", number,
		    (uintmax_t)off);
	if (fmt->n > 0) {
		const struct extent *prev = &fmt->v[fmt->n - 1];
		if (pa <= prev->last && last >= prev->first)
			return kv_fail(err, KV_EFORMAT, "segment %zu: %#jx to %#jx overlaps the "
			    "one before it, %#jx to %#jx", number, (uintmax_t)pa,
			    (uintmax_t)last, (uintmax_t)prev->first, (uintmax_t)prev->last);
		if (pa < prev->first)
			return kv_fail(err, KV_EFORMAT, "segment %zu: starts at %#jx, below the "
			    "one before it at %#jx: not in ascending order", number,
			    (uintmax_t)pa, (uintmax_t)prev->first);
	}
	fmt->v[fmt->n++] = (struct extent) { .first = pa, .last = last, .off = off };
	fmt->total = total;
	free(fmt->bucket);
	fmt->bucket = NULL;
	fmt->steps = steps_for(fmt->n);
	return KV_OK;
}

void
format_index(struct format *fmt)
{
	enum { FEW = 16 };	/* searched faster than an index is read */
	size_t n = fmt->n;
	/* An index is smaller than the extents, whose size was no overflow. */
	if (fmt->bucket != NULL || n <= FEW || n > UINT32_MAX / 2)
		return;
	const struct extent *v = fmt->v;
	uint64_t range = v[n - 1].first - v[0].first;
	unsigned shift = 0;
	while (range >> shift >= 2 * n)
		shift++;
	size_t nbuckets = (size_t)(range >> shift) + 1, most = 1;
	uint32_t *bucket = fmt->bucket = malloc((nbuckets + 1) * sizeof(*bucket));
	if (bucket == NULL)
		return;		/* searched without */
	size_t i = 0;
	for (size_t b = 0; b < nbuckets; b++) {
		uint64_t from = (uint64_t)b << shift;
		while (i + 1 < n && v[i + 1].first - v[0].first <= from)
			i++;
		bucket[b] = (uint32_t)i;
	}
	bucket[nbuckets] = (uint32_t)(n - 1);
	for (size_t b = 0; b < nbuckets; b++) {
		size_t extents = bucket[b + 1] - bucket[b] + 1u;
		most = extents > most ? extents : most;
	}
	fmt->nbuckets = nbuckets;
	fmt->shift = (uint8_t)shift;
	fmt->steps = steps_for(most);
}

enum kv_status
format_set_bitmap(struct format *fmt, struct bitmap *bitmap, uint64_t end, struct kv_err *err)
{
	uint64_t past;
	*fmt = (struct format) { .bitmap = bitmap, .end = end };
	enum kv_status s = bitmap_index(bitmap, err);
	if (s == KV_OK && (bitmap->nset > UINT64_MAX >> bitmap->page_shift ||
	    !u64_add(bitmap->off, bitmap->nset << bitmap->page_shift, &past)))
		s = kv_fail(err, KV_EFORMAT, "%ju pages at offset %#jx go past 2^64",
		    (uintmax_t)bitmap->nset, (uintmax_t)bitmap->off);
	if (s == KV_OK)
		fmt->total = bitmap->nset << bitmap->page_shift;
	else
		format_fini(fmt);
	return s;
}

size_t
format_count(const struct format *fmt)
{
	if (fmt->bitmap == NULL)
		return fmt->n;
	return fmt->bitmap->nruns < SIZE_MAX ? (size_t)fmt->bitmap->nruns : SIZE_MAX;
}

bool
format_next(const struct format *fmt, uint64_t *cursor, struct extent *ret)
{
	if (fmt->bitmap != NULL)
		return bitmap_next(fmt->bitmap, cursor, &ret->first, &ret->last, &ret->off);
	if (*cursor >= fmt->n)
		return false;
	*ret = fmt->v[(*cursor)++];
	return true;
}

/* below: index of the extent before the gap, n if there is none. */
static void
place_gap(const struct format *fmt, size_t below, struct place *ret)
{
	bool none = below == fmt->n;
	size_t above = none ? 0 : below + 1;
	ret->kind = PLACE_ABSENT;
	ret->off = 0;
	ret->first = none ? 0 : fmt->v[below].last + 1;
	ret->last = above < fmt->n ? fmt->v[above].first - 1 : UINT64_MAX;
}

static void
place_extent(const struct format *fmt, const struct extent *x, paddr_t pa, struct place *ret)
{
	uint64_t have = x->off < fmt->end ? fmt->end - x->off : 0;	/* bytes in the image */
	uint64_t size_less_1 = x->last - x->first;
	ret->first = x->first;
	ret->last = x->last;
	ret->off = x->off;
	ret->kind = PLACE_FILE;
	if (have > size_less_1)
		return;
	if (pa - x->first < have) {
		ret->last = x->first + (have - 1);
	} else {
		ret->first = x->first + have;
		ret->off = x->off + have;
		ret->kind = PLACE_TRUNC;
	}
}

/* Cuts [*first, *last] at off to what the image has around pa; false: not pa. */
static bool
clip_end(const struct format *fmt, paddr_t pa, paddr_t first, paddr_t *last, uint64_t off)
{
	const uint64_t have = off < fmt->end ? fmt->end - off : 0;
	if (pa - first >= have)
		return false;
	if (*last - first >= have)
		*last = first + (have - 1);
	return true;
}

bool
format_clip_bitmap(const struct format *fmt, paddr_t pa, paddr_t *first, paddr_t *last,
    uint64_t *off)
{
	paddr_t from = *first, to = *last;
	if (!bitmap_near(fmt->bitmap, pa, &from, &to, off) || !clip_end(fmt, pa, from, &to, *off))
		return false;
	*first = from;
	*last = to;
	return true;
}

static void
locate_bitmap(const struct format *fmt, paddr_t pa, struct place *ret)
{
	struct extent x = { .first = 0, .last = UINT64_MAX };
	if (bitmap_clip(fmt->bitmap, pa, &x.first, &x.last, &x.off)) {
		place_extent(fmt, &x, pa, ret);
		return;
	}
	*ret = (struct place) { .kind = PLACE_ABSENT };
	bitmap_gap(fmt->bitmap, pa, &ret->first, &ret->last);
}

void
format_locate(struct format *fmt, paddr_t pa, struct place *ret)
{
	size_t i = fmt->hot;
	if (fmt->bitmap != NULL) {
		locate_bitmap(fmt, pa, ret);
		return;
	}
	if (i >= fmt->n || pa < fmt->v[i].first || pa > fmt->v[i].last) {
		i = format_search(fmt, pa);
		if (fmt->n == 0 || pa < fmt->v[i].first || pa > fmt->v[i].last) {
			place_gap(fmt, fmt->n == 0 || pa < fmt->v[i].first ? fmt->n : i, ret);
			return;
		}
		fmt->hot = i;
	}
	place_extent(fmt, &fmt->v[i], pa, ret);
}

uint64_t
format_missing(const struct format *fmt)
{
	uint64_t missing = 0;
	if (fmt->bitmap != NULL) {
		const uint64_t off = fmt->bitmap->off;
		const uint64_t have = off < fmt->end ? fmt->end - off : 0;
		return have < fmt->total ? fmt->total - have : 0;
	}
	for (size_t i = 0; i < fmt->n; i++) {
		const struct extent *x = &fmt->v[i];
		uint64_t len = x->last - x->first + 1;
		uint64_t have = x->off < fmt->end ? fmt->end - x->off : 0;
		missing += have < len ? len - have : 0;
	}
	return missing;
}
