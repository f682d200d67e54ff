/* SPDX-License-Identifier: BSD-2-Clause */
/* lib/format/bitmap: bits and pages, ranks, runs, in all orders. */
#include "format/bitmap.h"

#include <stdlib.h>
#include <string.h>

#include "format/format.h"
#include "unit.h"

/* Bit n of a bitmap is bit n % W of word n / W, in the target's order (sys/vm/vm_dumpset.h). */
static void
bit_set(uint8_t *words, enum bitmap_order order, uint64_t n)
{
	uint64_t byte = n / 8;
	if (order == BITMAP_BIG32)
		byte = byte / 4 * 4 + (3 - byte % 4);
	else if (order == BITMAP_BIG64)
		byte = byte / 8 * 8 + (7 - byte % 8);
	words[byte] = (uint8_t)(words[byte] | 1u << n % 8);
}

static void
test_orders(void)
{
	static const struct {
		const char *name;
		enum bitmap_order order;
		uint8_t words[16];
		uint64_t set[3];
	} rows[] = {
		{ "little", BITMAP_LITTLE, { 0x01, [4] = 0x02, [15] = 0x80 }, { 0, 33, 127 } },
		{ "big, 32-bit words", BITMAP_BIG32, { [3] = 0x01, [7] = 0x02, [12] = 0x80 }, { 0, 33, 127 } },
		{ "big, 64-bit words", BITMAP_BIG64, { [7] = 0x01, [3] = 0x02, [8] = 0x80 }, { 0, 33, 127 } },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct bitmap *bm = bitmap_new(rows[i].words, 128, rows[i].order, 12, 0x7000);
		CHECK_EQ(rows[i].name, "range", bitmap_range_add(bm, 0, 0x100000, 0x180000, NULL), KV_OK);
		CHECK_EQ(rows[i].name, "index", bitmap_index(bm, NULL), KV_OK);
		CHECK_EQ(rows[i].name, "pages", bm->nset, 3);
		CHECK_EQ(rows[i].name, "runs", bm->nruns, 3);
		for (size_t k = 0; k < 3; k++) {
			const paddr_t page = 0x100000 + rows[i].set[k] * 0x1000;
			paddr_t first = 0, last = UINT64_MAX;
			uint64_t off = 0;
			CHECK(bitmap_clip(bm, page + 5, &first, &last, &off), "%s: page %zu", rows[i].name, k);
			CHECK_EQ(rows[i].name, "first", first, page);
			CHECK_EQ(rows[i].name, "last", last, page + 0xfff);
			CHECK_EQ(rows[i].name, "offset", off, 0x7000 + k * 0x1000);
		}
		bitmap_free(bm);
	}
}

/* Ranges of dump_avail with the number of bits that are left: 16. */
static const struct {
	const char *name;
	paddr_t start, end;
	enum kv_status st;
	const char *text;
	uint64_t nbits;
	unsigned nranges;
} range_rows[] = {	/* after 0x3800 to 0x6100: pages 3 to 6, 4 bits */
	{ "next page",		0x7000,	0x8000,		KV_OK,	"", 5, 1 },
	{ "far",		0xffffffffffff0000, 0xfffffffffffff000, KV_OK, "", 19, 2 },
	{ "to the top",		0xfffffffffffff000, UINT64_MAX, KV_OK, "", 5, 2 },
	{ "parts of pages",	0x8fff,	0xa001,		KV_OK,	"", 7, 2 },
	{ "all bits",		0x10000, 0x20000,	KV_OK,	"", 20, 2 },
	{ "one more",		0x10000, 0x20001,	KV_EFORMAT, "range 7: 0x10000 to 0x20001 has 17 pages, but 16 of the bitmap's 20 bits", 0, 1 },
	{ "empty",		0x7000,	0x7000,		KV_EFORMAT, "range 7: 0x7000 to 0x7000 is empty", 0, 1 },
	{ "backwards",		0x8000,	0x7000,		KV_EFORMAT, "is empty", 0, 1 },
	{ "below",		0x1000,	0x2000,		KV_EFORMAT, "range 7: starts at 0x1000, below the end", 0, 1 },
	{ "overlap",		0x5000,	0x9000,		KV_EFORMAT, "ascending", 0, 1 },
	{ "shares a page",	0x6800,	0x8000,		KV_OK,	"", 6, 2 },
	{ "shares its only page", 0x6800, 0x6900,	KV_OK,	"", 5, 1 },
};

static void
test_ranges(void)
{
	static const uint8_t words[8];
	for (size_t i = 0; i < sizeof(range_rows) / sizeof(range_rows[0]); i++) {
		const char *row = range_rows[i].name;
		struct kv_err err = { .text = "" };
		struct bitmap *bm = bitmap_new(words, 20, BITMAP_LITTLE, 12, 0);
		CHECK_EQ(row, "first", bitmap_range_add(bm, 6, 0x3800, 0x6100, NULL), KV_OK);
		CHECK_EQ(row, "status", bitmap_range_add(bm, 7, range_rows[i].start,
		    range_rows[i].end, &err), range_rows[i].st);
		CHECK_TEXT(row, err.text, range_rows[i].text);
		if (range_rows[i].st == KV_OK)
			CHECK_EQ(row, "bits", bm->nbits, range_rows[i].nbits);
		CHECK_EQ(row, "ranges", bm->nranges, range_rows[i].nranges);
		bitmap_free(bm);
	}

	/* What touches becomes one, and ends where the last one does. */
	struct bitmap *bm = bitmap_new(words, 20, BITMAP_LITTLE, 12, 0);
	CHECK_EQ("adjacent", "first", bitmap_range_add(bm, 0, 0x3000, 0x4000, NULL), KV_OK);
	CHECK_EQ("adjacent", "second", bitmap_range_add(bm, 1, 0x4000, 0x7000, NULL), KV_OK);
	if (CHECK(bm->nranges == 1, "adjacent: %zu ranges", bm->nranges)) {
		CHECK_EQ("adjacent", "start", bm->range[0].first, 0x3000);
		CHECK_EQ("adjacent", "last", bm->range[0].last, 0x6fff);
	}
	bitmap_free(bm);
}

/*
 * Pages 3 to 6 (bits 0 to 3), again 6 to 7 (bits 4, which is never set, and 5), 0x10 to 0x13 (bits 6
 * to 9), 0x20 (bit 10).  Set: 2, 3, 5, 6, 7, 9.
 */
static const struct {
	const char *name;
	paddr_t pa, first, last;
	uint64_t off;
	enum place_kind kind;
} place_rows[] = {
	{ "below all ranges",	0x0,	0,	0x4fff,	0,	PLACE_ABSENT },
	{ "below the start",	0x2fff,	0,	0x4fff,	0,	PLACE_ABSENT },
	{ "clear",		0x4fff,	0,	0x4fff,	0,	PLACE_ABSENT },
	{ "run",		0x5000,	0x5000,	0x6fff,	0x100,	PLACE_FILE },
	{ "its end",		0x6fff,	0x5000,	0x6fff,	0x100,	PLACE_FILE },
	{ "next bit set",	0x7000,	0x7000,	0x7fff,	0x2100,	PLACE_FILE },
	{ "between ranges",	0x8000,	0x8000,	0xffff,	0,	PLACE_ABSENT },
	{ "before a range",	0xffff,	0x8000,	0xffff,	0,	PLACE_ABSENT },
	{ "second range",	0x11234, 0x10000, 0x11fff, 0x3100, PLACE_FILE },
	{ "hole in it",		0x12000, 0x12000, 0x12fff, 0,	PLACE_ABSENT },
	{ "its last page, cut",	0x13000, 0x13000, 0x137ff, 0x5100, PLACE_FILE },
	{ "behind the cut",	0x13800, 0x13800, 0x13fff, 0x5900, PLACE_TRUNC },
	{ "behind it",		0x14000, 0x14000, UINT64_MAX, 0, PLACE_ABSENT },
	{ "last range",		0x20000, 0x14000, UINT64_MAX, 0, PLACE_ABSENT },
	{ "top",		UINT64_MAX, 0x14000, UINT64_MAX, 0, PLACE_ABSENT },
};

static struct bitmap *
places(const uint8_t words[8])
{
	struct bitmap *bm = bitmap_new(words, 64, BITMAP_LITTLE, 12, 0x100);
	CHECK_EQ("places", "add", bitmap_range_add(bm, 0, 0x3000, 0x6100, NULL), KV_OK);
	CHECK_EQ("places", "add", bitmap_range_add(bm, 1, 0x6100, 0x8000, NULL), KV_OK);
	CHECK_EQ("places", "add", bitmap_range_add(bm, 2, 0x10000, 0x14000, NULL), KV_OK);
	CHECK_EQ("places", "add", bitmap_range_add(bm, 3, 0x20000, 0x21000, NULL), KV_OK);
	return bm;
}

static void
test_places(void)
{
	static const uint8_t words[8] = { 0xec, 0x02 }, twice[8] = { 0xfc, 0x02 };
	static const struct extent runs[] = {
		{ 0x5000, 0x6fff, 0x100 }, { 0x7000, 0x7fff, 0x2100 }, { 0x10000, 0x11fff, 0x3100 },
		{ 0x13000, 0x13fff, 0x5100 },
	};
	struct format fmt;
	CHECK_EQ("places", "set", format_set_bitmap(&fmt, places(words), 0x5900, NULL), KV_OK);
	CHECK_EQ("places", "total", fmt.total, 0x6000);
	CHECK_EQ("places", "missing", format_missing(&fmt), 0x800);
	CHECK_EQ("places", "count", format_count(&fmt), 4);
	for (size_t i = 0; i < sizeof(place_rows) / sizeof(place_rows[0]); i++) {
		const char *row = place_rows[i].name;
		struct place place;
		format_locate(&fmt, place_rows[i].pa, &place);
		CHECK_EQ(row, "kind", place.kind, place_rows[i].kind);
		CHECK_EQ(row, "first", place.first, place_rows[i].first);
		CHECK_EQ(row, "last", place.last, place_rows[i].last);
		if (place.kind != PLACE_ABSENT)
			CHECK_EQ(row, "offset", place.off, place_rows[i].off);
		/* The quick way, of one byte and of all. */
		paddr_t first = 0, last = UINT64_MAX;
		uint64_t off = 0;
		const bool hit = format_clip(&fmt, place_rows[i].pa, &first, &last, &off);
		CHECK_EQ(row, "quick", hit, place.kind == PLACE_FILE);
		if (!hit)
			continue;
		CHECK(first == place.first && last == place.last && off == place.off, "%s: quick", row);
		first = last = place_rows[i].pa;
		CHECK(format_clip(&fmt, place_rows[i].pa, &first, &last, &off) && first == last &&
		    off == place.off + (first - place.first), "%s: quick, one byte", row);
	}
	uint64_t cursor = 0;
	struct extent x;
	size_t n = 0;
	for (; format_next(&fmt, &cursor, &x) && n < 4; n++)
		CHECK(x.first == runs[n].first && x.last == runs[n].last && x.off == runs[n].off,
		    "places: run %zu is %#jx to %#jx at %#jx", n, (uintmax_t)x.first, (uintmax_t)x.last,
		    (uintmax_t)x.off);
	CHECK_EQ("places", "runs", n, 4);
	CHECK(!format_next(&fmt, &cursor, &x), "places: no more runs");
	format_fini(&fmt);

	struct kv_err err = { .text = "" };
	CHECK_EQ("places", "a page's second bit",
	    format_set_bitmap(&fmt, places(twice), 0x5900, &err), KV_EFORMAT);
	CHECK_TEXT("places", err.text, "bit 4 of the bitmap is set, but its page 0x6000 has bit 3");
}

/*
 * Of the run [start, end) that holds bit i, or of its part in [lo, hi): what bitmap_near tells lies in
 * it, holds the page, has its offset, and is no less than what shares a word with the page.
 */
static bool
near_ok(const struct bitmap *bm, uint64_t i, uint64_t start, uint64_t end, uint64_t lo, uint64_t hi,
    uint64_t rank)
{
	paddr_t first = lo << 12, last = (hi << 12) - 1;
	uint64_t off = 0;
	if (!bitmap_near(bm, i << 12, &first, &last, &off))
		return false;
	const uint64_t from = first >> 12, to = (last >> 12) + 1, word = i / 64 * 64;
	start = start > lo ? start : lo;
	end = end < hi ? end : hi;
	return first % 4096 == 0 && last % 4096 == 4095 && from >= start && to <= end &&
	    from <= (start > word ? start : word) && to >= (end < word + 64 ? end : word + 64) &&
	    off == (rank - (i - from)) << 12;
}

/* Sizes around words and blocks, sparse and dense, against counting one by one. */
static void
check_random(uint64_t nbits, enum bitmap_order order, unsigned style, uint64_t *state)
{
	/* Behind the bits that have pages there are others, all set; or there is nothing. */
	const uint64_t room = nbits + (style % 2 == 0 ? 100 : 0);
	uint8_t *set = calloc((size_t)nbits + 1, 1);
	uint64_t *ends = calloc((size_t)nbits + 1, sizeof(*ends));
	uint8_t *words = calloc((size_t)bitmap_bytes(room), 1);
	uint64_t nset = 0, runs = 0;
	for (uint64_t i = nbits; i < room; i++)
		bit_set(words, order, i);
	for (uint64_t i = 0; i < nbits; i++) {
		/* 0: all, 1: none, 2: coins, 3: long runs, 4: few, 5: nearly all */
		const uint64_t r = unit_random(state);
		set[i] = style == 0 || (style == 4 && r % 600 == 0) || (style == 5 && r % 600 != 0) ||
		    (style == 2 && (r & 1) != 0) ||
		    (style == 3 && (i > 0 && r % 700 != 0 ? set[i - 1] : (r >> 32 & 1) != 0));
		if (set[i] == 0)
			continue;
		bit_set(words, order, i);
		runs += i == 0 || !set[i - 1];
		nset++;
	}
	struct bitmap *bm = bitmap_new(words, room, order, 12, 0);
	bool ok = bitmap_range_add(bm, 0, 0, nbits << 12, NULL) == KV_OK &&
	    bitmap_index(bm, NULL) == KV_OK;
	CHECK(ok && bm->nset == nset && bm->nruns == runs, "%ju bits, style %u: counts",
	    (uintmax_t)nbits, style);
	uint64_t rank = 0, start = 0, bad = UINT64_MAX;
	for (uint64_t i = nbits; i > 0; i--)
		ends[i - 1] = i < nbits && set[i] == set[i - 1] ? ends[i] : i;
	for (uint64_t i = 0; ok && i < nbits; i++) {
		if (i > 0 && set[i] != set[i - 1])
			start = i;
		const uint64_t lo = i >= 700 ? i - 700 : 0, end = nbits - i > 700 ? i + 700 : nbits;
		if (bitmap_rank(bm, i) != rank || bitmap_has(bm, i) != (set[i] != 0) ||
		    bitmap_run_start(bm, i, 0) != start ||
		    bitmap_run_start(bm, i, lo) != (start > lo ? start : lo) ||
		    bitmap_run_end(bm, i, i + 1) != i + 1 ||
		    bitmap_run_end(bm, i, nbits) != ends[i] ||
		    bitmap_run_end(bm, i, end) != (ends[i] < end ? ends[i] : end) ||
		    (set[i] != 0 && (!near_ok(bm, i, start, ends[i], lo, end, rank) ||
		    !near_ok(bm, i, start, ends[i], i, i + 1, rank))))
			bad = i;
		rank += set[i];
	}
	CHECK(bad == UINT64_MAX, "%ju bits, style %u, order %u: bit %ju", (uintmax_t)nbits, style,
	    (unsigned)order, (uintmax_t)bad);
	CHECK_EQ("random", "rank of the end", bitmap_rank(bm, nbits), nset);
	CHECK_EQ("random", "last run", bitmap_run_end(bm, nbits - 1, nbits), nbits);
	/* Behind the last page there is no more; the gap begins behind the last that is dumped. */
	paddr_t first = 1, last = 1;
	bitmap_gap(bm, nbits << 12, &first, &last);
	CHECK_EQ("behind all", "last", last, UINT64_MAX);
	CHECK_EQ("behind all", "first", first,
	    (set[nbits - 1] != 0 ? nbits : bitmap_run_start(bm, nbits - 1, 0)) << 12);
	/* All of them in one piece, from a word whose bits are all there. */
	for (uint64_t page = 0; style == 0 && page + 64 <= nbits; page += nbits / 2) {
		uint64_t off = 1;
		first = 0, last = UINT64_MAX;
		CHECK(bitmap_near(bm, page / 64 * 64 << 12, &first, &last, &off) && first == 0 &&
		    last == (nbits << 12) - 1 && off == 0, "%ju bits: all from %ju", (uintmax_t)nbits,
		    (uintmax_t)page);
	}
	bitmap_free(bm);
	free(words);
	free(ends);
	free(set);
}

static void
test_random(void)
{
	static const uint64_t sizes[] = { 1, 63, 64, 65, 511, 512, 513, 1024, 1535, 1536, 4097, 20000 };
	uint64_t state = 7;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		for (unsigned style = 0; style < 6; style++)
			check_random(sizes[i], (enum bitmap_order)((i + style) % 3), style, &state);
}

/*
 * Runs over whole blocks are found by the counts, without the words: these are changed after the
 * count, and nobody notices.  Blocks: one of a single bit, then 30 of zeros and 33 of ones, twice.
 */
static void
test_counts(void)
{
	enum { BLOCKS = 1 + 30 + 33, BITS = 512 * (2 * BLOCKS) };
	static uint8_t words[BITS / 8];
	struct bitmap *bm = bitmap_new(words, BITS, BITMAP_LITTLE, 12, 0);
	for (unsigned block = 0; block < 2 * BLOCKS; block++) {
		const unsigned k = block % BLOCKS;
		memset(words + block * 64, k > 30 ? 0xff : 0, 64);
		if (k == 0)
			words[block * 64] = 1;
	}
	CHECK_EQ("counts", "range", bitmap_range_add(bm, 0, 0, (uint64_t)BITS << 12, NULL), KV_OK);
	CHECK_EQ("counts", "index", bitmap_index(bm, NULL), KV_OK);
	/* All of a run at once, whatever lies before it. */
	for (uint64_t base = 0; base < BITS; base += BITS / 2) {
		const uint64_t ones = base + 31 * 512;
		paddr_t first = ones << 12, last = ((base + BITS / 2) << 12) - 1;
		uint64_t off = 0;
		CHECK(bitmap_near(bm, (ones + 5000) << 12, &first, &last, &off), "counts: near");
		CHECK_EQ("counts, near", "first", first, ones << 12);
		CHECK_EQ("counts, near", "last", last, ((base + BITS / 2) << 12) - 1);
		CHECK_EQ("counts, near", "offset", off, (base == 0 ? 1 : 2 + 33 * 512) << 12);
	}
	/* Inside of both runs, wherever a stride of a power of two from either end ends. */
	for (unsigned block = 0; block < 2 * BLOCKS; block++) {
		const unsigned k = block % BLOCKS;
		if ((k > 1 && k < 30) || (k > 31 && k < BLOCKS - 1))
			for (unsigned i = 0; i < 64; i++)
				words[block * 64 + i] ^= 0x10;
	}
	for (uint64_t base = 0; base < BITS; base += BITS / 2) {
		const uint64_t zeros = base + 1, ones = base + 31 * 512, end = base + BITS / 2;
		CHECK_EQ("counts", "end of zeros", bitmap_run_end(bm, zeros, BITS), ones);
		CHECK_EQ("counts", "end of ones", bitmap_run_end(bm, ones, BITS), end + (end < BITS));
		CHECK_EQ("counts", "start of zeros", bitmap_run_start(bm, ones - 1, 0), zeros);
		CHECK_EQ("counts", "start of ones", bitmap_run_start(bm, end - 1, 0), ones);
		/* Not further than was asked. */
		CHECK_EQ("counts", "zeros, to a block", bitmap_run_end(bm, zeros, ones - 512), ones - 512);
		CHECK_EQ("counts", "ones, from a block", bitmap_run_start(bm, end - 1, ones + 512), ones + 512);
	}
	bitmap_free(bm);
}

/* What is between two runs of a bitmap, and between two ranges. */
static void
test_neighbours(void)
{
	static uint8_t words[192];
	static const uint8_t three[8] = { 0x3d };	/* bits 0, 2 to 5 */
	struct bitmap *bm = bitmap_new(words, 1536, BITMAP_LITTLE, 12, 0);
	bit_set(words, BITMAP_LITTLE, 511);	/* a block of zeros, then a set bit */
	bit_set(words, BITMAP_LITTLE, 1024);
	bit_set(words, BITMAP_LITTLE, 63);	/* and a word of them */
	bit_set(words, BITMAP_LITTLE, 128);
	CHECK_EQ("blocks", "range", bitmap_range_add(bm, 0, 0, 0x600000, NULL), KV_OK);
	CHECK_EQ("blocks", "index", bitmap_index(bm, NULL), KV_OK);
	CHECK_EQ("blocks", "runs", bm->nruns, 4);
	bitmap_free(bm);

	/* Bit 0 is of page 0x3000, bit 1 again, bit 2 and on of 0x4000. */
	paddr_t first = 0x4000, last = 0x4fff;
	uint64_t off = 0;
	struct format fmt;
	bm = bitmap_new(three, 64, BITMAP_LITTLE, 12, 0x100);
	CHECK_EQ("shared", "range", bitmap_range_add(bm, 0, 0x3000, 0x3100, NULL), KV_OK);
	CHECK_EQ("shared", "range", bitmap_range_add(bm, 1, 0x3200, 0x3300, NULL), KV_OK);
	CHECK_EQ("shared", "range", bitmap_range_add(bm, 2, 0x4000, 0x8000, NULL), KV_OK);
	CHECK_EQ("shared", "set", format_set_bitmap(&fmt, bm, 0x1900, NULL), KV_OK);
	CHECK(bitmap_clip(bm, 0x4000, &first, &last, &off), "shared: page 0x4000");
	CHECK_EQ("shared", "offset", off, 0x1100);
	/* The file ends after 0x800 bytes of it. */
	first = 0x4000, last = 0x4800;
	CHECK(format_clip(&fmt, 0x4000, &first, &last, &off), "cut: page 0x4000");
	CHECK_EQ("cut", "last", last, 0x47ff);
	first = 0x4000, last = 0x4800;
	CHECK(!format_clip(&fmt, 0x4800, &first, &last, &off), "cut: first byte behind");
	format_fini(&fmt);
}

/* The last range may have no page but one that the range before it has: that bit is never set, either. */
static void
test_shared_last(void)
{
	static const uint8_t words[2][8] = { { 0x03 }, { 0x07 } };
	for (unsigned twice = 0; twice < 2; twice++) {
		struct format fmt;
		struct kv_err err = { .text = "" };
		struct extent x;
		uint64_t cursor = 0;
		struct bitmap *bm = bitmap_new(words[twice], 64, BITMAP_LITTLE, 12, 0x100);
		CHECK_EQ("shared last", "range", bitmap_range_add(bm, 0, 0x3000, 0x4800, NULL), KV_OK);
		CHECK_EQ("shared last", "range", bitmap_range_add(bm, 1, 0x4800, 0x4c00, NULL), KV_OK);
		CHECK_EQ("shared last", "status", format_set_bitmap(&fmt, bm, 0x2100, &err),
		    twice ? KV_EFORMAT : KV_OK);
		if (twice) {
			CHECK_TEXT("shared last", err.text,
			    "bit 2 of the bitmap is set, but its page 0x4000 has bit 1 already");
			continue;
		}
		CHECK(format_next(&fmt, &cursor, &x), "shared last: no extent");
		CHECK_EQ("shared last", "first", x.first, 0x3000);
		CHECK_EQ("shared last", "last", x.last, 0x4fff);
		CHECK(!format_next(&fmt, &cursor, &x), "shared last: a second extent");
		format_fini(&fmt);
	}
}

/* Of no ranges at all nothing is there; and pages do not lie past 2^64 in a file. */
static void
test_limits(void)
{
	static const uint8_t words[64] = { 0x03 };
	struct format fmt;
	struct place place;
	struct kv_err err = { .text = "" };
	CHECK_EQ("no ranges", "status", format_set_bitmap(&fmt,
	    bitmap_new(words, 64, BITMAP_LITTLE, 12, 0), 0x10000, &err), KV_OK);
	format_locate(&fmt, 0x1000, &place);
	CHECK_EQ("no ranges", "kind", place.kind, PLACE_ABSENT);
	CHECK_EQ("no ranges", "first", place.first, 0);
	CHECK_EQ("no ranges", "last", place.last, UINT64_MAX);
	format_fini(&fmt);
	struct bitmap *bm = bitmap_new(words, 64, BITMAP_LITTLE, 12, UINT64_MAX - 0x1fff);
	CHECK_EQ("past 2^64", "range", bitmap_range_add(bm, 0, 0, 0x40000, NULL), KV_OK);
	CHECK_EQ("past 2^64", "status", format_set_bitmap(&fmt, bm, 0x10000, &err), KV_EFORMAT);
	CHECK_TEXT("past 2^64", err.text, "2 pages at offset 0xffffffffffffe000 go past 2^64");
}

static const struct unit_test tests[] = {
	{ "bitmap: limits", test_limits },
	{ "bitmap: orders", test_orders },
	{ "bitmap: ranges", test_ranges },
	{ "bitmap: places", test_places },
	{ "bitmap: neighbours", test_neighbours },
	{ "bitmap: counts", test_counts },
	{ "bitmap: shared last page", test_shared_last },
	{ "bitmap: against counting", test_random },
	{ NULL, NULL },
};

const struct unit_suite unit_bitmap = { "bitmap", tests };
