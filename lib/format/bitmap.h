/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Physical memory as the bitmap of a minidump: a bit for each page of dump_avail's ranges; the
 * pages whose bit is set lie back to back.  Source: FreeBSD sys/vm/vm_dumpset.h.
 */
#ifndef BITMAP_H
#define BITMAP_H

#include "bytes.h"
#include "kv.h"

/* In what the bits are numbered: the kernel's words, in its byte order. */
enum bitmap_order {
	BITMAP_LITTLE,		/* words of any size: byte n/8, bit n%8 */
	BITMAP_BIG32,
	BITMAP_BIG64,
};

/* Pages whose bits follow each other. */
struct bitmap_range {
	paddr_t first, last;	/* inclusive, whole pages */
	uint64_t bit;		/* of the first */
};

/* Of a block of 512 bits: how many are set before it, and before each of its words but the first. */
struct bitmap_rank {
	uint64_t before;
	uint64_t inside;	/* 7 times 9 bits */
};

struct bitmap {
	const uint8_t *words;	/* in the image, or copy */
	uint8_t *copy;
	enum bitmap_order order;
	uint8_t page_shift;
	uint64_t room;		/* bits that words holds */
	uint64_t nbits;		/* that ranges have pages for, no more than room */
	uint64_t nset, nruns;
	uint64_t off;		/* of the first page in the image */
	struct bitmap_range *range;	/* ascending, disjoint, not adjacent */
	size_t nranges;
	struct bitmap_rank *rank;	/* one more than blocks */
};

/* Bytes that have to be behind words: whole words of 8. */
static inline uint64_t
bitmap_bytes(uint64_t room)
{
	return (room / 64 + (room % 64 != 0)) * 8;
}

/*
 * A bitmap of room bits without ranges.  words stays the caller's and must stay, unless it is set
 * as copy too, which bitmap_free frees.  NULL: no memory.
 */
struct bitmap *bitmap_new(const uint8_t *words, uint64_t room, enum bitmap_order order,
    unsigned page_shift, uint64_t off);
void bitmap_free(struct bitmap *bm);

/*
 * Appends the pages that touch [start, end).  KV_EFORMAT, with a sentence that begins "range
 * NUMBER": it is empty, lies below its predecessor, or has no bits left.
 */
enum kv_status bitmap_range_add(struct bitmap *bm, size_t number, paddr_t start, paddr_t end,
    struct kv_err *err);

/* Makes it ready, once, after the last range: one pass over the words. */
enum kv_status bitmap_index(struct bitmap *bm, struct kv_err *err);

static inline uint64_t
bitmap_word(const struct bitmap *bm, uint64_t i)
{
	const uint8_t *p = bm->words + 8 * i;
	if (bm->order == BITMAP_LITTLE)
		return le64_get(p);
	if (bm->order == BITMAP_BIG64)
		return be64_get(p);
	return be32_get(p) | (uint64_t)be32_get(p + 4) << 32;
}

static inline bool
bitmap_has(const struct bitmap *bm, uint64_t bit)
{
	return (bitmap_word(bm, bit / 64) >> bit % 64 & 1) != 0;
}

/* How many of the bits before this one are set. */
uint64_t bitmap_rank(const struct bitmap *bm, uint64_t bit);

/*
 * Ends of the run of equal bits that holds bit: the first bit of it, and the first one behind it,
 * but no less than lo and no more than end.  O(log of its length).
 */
uint64_t bitmap_run_start(const struct bitmap *bm, uint64_t bit, uint64_t lo);
uint64_t bitmap_run_end(const struct bitmap *bm, uint64_t bit, uint64_t end);

/*
 * True if the page at pa is dumped.  Then *first to *last, which held pa, is cut to the pages
 * dumped with it, and *off is where that begins in the image.
 */
bool bitmap_clip(const struct bitmap *bm, paddr_t pa, paddr_t *first, paddr_t *last,
    uint64_t *off);

/*
 * The same at a constant cost: a part of them around pa.  Those that share a word of the bitmap with
 * it, or all of *first to *last.
 */
bool bitmap_near(const struct bitmap *bm, paddr_t pa, paddr_t *first, paddr_t *last,
    uint64_t *off);

/* What lies around pa, which is not dumped: up to the next pages that are. */
void bitmap_gap(const struct bitmap *bm, paddr_t pa, paddr_t *first, paddr_t *last);

/* The first run of dumped pages at bit *cursor or after it, which then is moved behind it. */
bool bitmap_next(const struct bitmap *bm, uint64_t *cursor, paddr_t *first, paddr_t *last,
    uint64_t *off);

#endif
