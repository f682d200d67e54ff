/* SPDX-License-Identifier: BSD-2-Clause */
/* Containers: where in the image a target's physical memory lies. */
#ifndef FORMAT_H
#define FORMAT_H

#include "bytes.h"
#include "format/bitmap.h"
#include "image/image.h"
#include "kv.h"
#include "mmu/mmu.h"

struct extent {
	paddr_t first, last;	/* inclusive */
	uint64_t off;		/* of first in the image */
};

/* Physical memory as a sorted list of extents, or as a bitmap: then the list is empty. */
struct format {
	struct extent *v;	/* ascending, disjoint */
	size_t n, cap;
	struct bitmap *bitmap;	/* NULL: a list */
	uint64_t total;		/* bytes of all of them */
	uint64_t end;		/* size of the image: what lies beyond is missing */
	size_t hot;		/* the last one found */
	/*
	 * The index.  Bucket b begins at v[0].first + (b << shift); its value is the last extent
	 * that starts there or below, and one more value follows the last bucket.  NULL: one
	 * bucket for all.  steps halve the fullest bucket down to one extent.
	 */
	uint32_t *bucket;
	size_t nbuckets;
	uint8_t shift, steps;
};

enum place_kind {
	PLACE_FILE,	/* in the image, at off */
	PLACE_ABSENT,	/* not in the dump */
	PLACE_TRUNC,	/* in the dump, but the image ends before off */
};

/* The stretch of physical memory around an address that shares its answer. */
struct place {
	paddr_t first, last;	/* inclusive */
	uint64_t off;		/* of first; FILE and TRUNC */
	enum place_kind kind;
};

/* Room for n extents of an image of end bytes.  n must have been compared with the file. */
enum kv_status format_init(struct format *fmt, size_t n, uint64_t end, struct kv_err *err);
void format_fini(struct format *fmt);

/*
 * Appends len > 0 bytes of memory at pa, which lie at off.  KV_EFORMAT, with a sentence that
 * begins "segment NUMBER", if it wraps, overlaps its predecessor or lies below it.
 */
enum kv_status format_add(struct format *fmt, size_t number, paddr_t pa, uint64_t len,
    uint64_t off, struct kv_err *err);

/*
 * Makes look-ups fast, after the last extent is added: O(1) where extents are spread evenly,
 * O(log n) wherever they lie.  Without memory for it they are slower.
 */
void format_index(struct format *fmt);

/*
 * Makes memory what the bitmap says, of an image of end bytes.  The bitmap is indexed here, and
 * freed by format_fini, on failure too.
 */
enum kv_status format_set_bitmap(struct format *fmt, struct bitmap *bitmap, uint64_t end,
    struct kv_err *err);

/* The number of extents, or of runs of dumped pages. */
size_t format_count(const struct format *fmt);

/* The extent at *cursor, from 0 on, in ascending order; false: there are no more. */
bool format_next(const struct format *fmt, uint64_t *cursor, struct extent *ret);

/* Finds any address: O(log n), O(1) near the last one found.  Never fails. */
void format_locate(struct format *fmt, paddr_t pa, struct place *ret);

/*
 * Index of the last extent that starts at or below pa, or 0 if there is none.  Without
 * branches that depend on pa: mispredicted, they would serialise the misses of random reads.
 */
static inline size_t
format_search(const struct format *fmt, paddr_t pa)
{
	size_t i = 0, n = fmt->n;
	if (fmt->bucket != NULL) {
		paddr_t base = fmt->v[0].first;
		uint64_t b = (pa > base ? pa - base : 0) >> fmt->shift;
		b = b < fmt->nbuckets ? b : fmt->nbuckets - 1;
		i = fmt->bucket[b];
		n = fmt->bucket[b + 1] - i + 1;
	}
	/* As often for every bucket: once n is 1, nothing changes. */
	for (unsigned k = fmt->steps; k > 0; k--) {
		size_t half = n / 2;
		i += half & -(size_t)(fmt->v[i + half].first <= pa);
		n -= half;
	}
	return i;
}

/* format_clip of a bitmap. */
bool format_clip_bitmap(const struct format *fmt, paddr_t pa, paddr_t *first, paddr_t *last,
    uint64_t *off);

/*
 * format_locate for the usual case: true if the image holds the byte at pa.  Then *first to
 * *last, which held pa, is cut to what lies with it in one piece, at *off; of a bitmap to a part of
 * that which is cheap to tell.
 */
static inline bool
format_clip(const struct format *fmt, paddr_t pa, paddr_t *first, paddr_t *last, uint64_t *off)
{
	if (fmt->n == 0)
		return fmt->bitmap != NULL && format_clip_bitmap(fmt, pa, first, last, off);
	const struct extent *x = &fmt->v[format_search(fmt, pa)];
	if (pa < x->first || pa > x->last)
		return false;
	paddr_t lo = *first > x->first ? *first : x->first;
	paddr_t hi = *last < x->last ? *last : x->last;
	uint64_t at = x->off + (lo - x->first);
	uint64_t have = at < fmt->end ? fmt->end - at : 0;	/* bytes in the image */
	if (pa - lo >= have)
		return false;
	*first = lo;
	*last = hi - lo < have ? hi : lo + (have - 1);
	*off = at;
	return true;
}

/* How many bytes of all extents the image lacks. */
uint64_t format_missing(const struct format *fmt);

/* And how many it has. */
static inline uint64_t
format_present(const struct format *fmt)
{
	return fmt->total - format_missing(fmt);
}

/* Page tables that are reached by virtual pointers, which lead to such pointers ... */
#define MEMORY_DEPTH	4

/* What page-table walkers read: all spaces of struct kv_loc. */
struct memory {
	struct image *img;
	struct format *fmt;
	struct view blob;	/* KV_BLOB: the header's own data */
	/* KV_VIRT: translates one address, as mmu_ops.walk.  NULL: the port has no such tables. */
	enum kv_status (*virt)(void *arg, vaddr_t va, struct kv_run *run, struct kv_err *err);
	void *virt_arg;
	unsigned depth;		/* of virt at work */
};

/*
 * Points at len bytes or more of memory at one place, as struct mmu_src.read wants; arg is a
 * struct memory.  KV_EABSENT, KV_ETRUNC, KV_EIO.
 */
enum kv_status memory_read(void *arg, struct kv_loc at, size_t len, const uint8_t **ret,
    size_t *got, struct kv_err *err);

/* The sentence for a place that is not PLACE_FILE; returns KV_EABSENT or KV_ETRUNC. */
enum kv_status memory_lacks(const struct memory *mem, const struct place *place, paddr_t pa,
    struct kv_err *err);

#endif
