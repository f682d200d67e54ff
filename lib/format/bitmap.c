/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The bitmap of a minidump with a rank index: counts by blocks of 512 bits and by words, so that a
 * look-up reads one count, one word and no more, however large the memory is.
 */
#include "format/bitmap.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { WORD = 64, BLOCK = 512, BLOCK_WORDS = BLOCK / WORD };

/* Without the host's instruction, which not all hosts of one kind have. */
static inline unsigned
popcount(uint64_t v)
{
	v -= v >> 1 & UINT64_C(0x5555555555555555);
	v = (v & UINT64_C(0x3333333333333333)) + (v >> 2 & UINT64_C(0x3333333333333333));
	v = (v + (v >> 4)) & UINT64_C(0x0f0f0f0f0f0f0f0f);
	return (unsigned)(v * UINT64_C(0x0101010101010101) >> 56);
}

static inline uint64_t
blocks_of(uint64_t nbits)
{
	return nbits / BLOCK + (nbits % BLOCK != 0);
}

struct bitmap *
bitmap_new(const uint8_t *words, uint64_t room, enum bitmap_order order, unsigned page_shift,
    uint64_t off)
{
	struct bitmap *bm = calloc(1, sizeof(*bm));
	if (bm != NULL)
		*bm = (struct bitmap) { .words = words, .room = room, .order = order,
			.page_shift = (uint8_t)page_shift, .off = off };
	return bm;
}

void
bitmap_free(struct bitmap *bm)
{
	if (bm == NULL)
		return;
	free(bm->copy);
	free(bm->range);
	free(bm->rank);
	free(bm);
}

/* Word i without the bits that no range has. */
static inline uint64_t
word_of(const struct bitmap *bm, uint64_t i)
{
	uint64_t w = bitmap_word(bm, i);
	if (i == bm->nbits / WORD)
		w &= (UINT64_C(1) << bm->nbits % WORD) - 1;
	return w;
}

/* The first bit behind a range. */
static inline uint64_t
range_end(const struct bitmap *bm, const struct bitmap_range *r)
{
	return r->bit + ((r->last - r->first) >> bm->page_shift) + 1;
}

/* ---- Building --------------------------------------------------------------------- */

enum kv_status
bitmap_range_add(struct bitmap *bm, size_t number, paddr_t start, paddr_t end, struct kv_err *err)
{
	const unsigned shift = bm->page_shift;
	if (end <= start)
		return kv_fail(err, KV_EFORMAT, "range %zu: %#jx to %#jx is empty", number,
		    (uintmax_t)start, (uintmax_t)end);
	uint64_t page = start >> shift, bit = bm->nbits;
	const uint64_t last_page = (end - 1) >> shift;
	/* Of all pages that the range touches, as vm_dumpset.h counts them. */
	if (last_page - page >= bm->room - bit)
		return kv_fail(err, KV_EFORMAT, "range %zu: %#jx to %#jx has %ju pages, but %ju of "
		    "the bitmap's %ju bits are left", number, (uintmax_t)start, (uintmax_t)end,
		    (uintmax_t)(last_page - page) + 1, (uintmax_t)(bm->room - bit),
		    (uintmax_t)bm->room);
	bm->nbits = bit + (last_page - page) + 1;
	struct bitmap_range *prev = bm->nranges > 0 ? &bm->range[bm->nranges - 1] : NULL;
	if (prev != NULL) {
		const uint64_t prev_page = prev->last >> shift;
		if (page < prev_page)
			return kv_fail(err, KV_EFORMAT, "range %zu: starts at %#jx, below the end "
			    "of the one before it at %#jx: not in ascending order", number,
			    (uintmax_t)start, (uintmax_t)prev->last);
		/* A page that two ranges share has two bits: the first counts. */
		if (page == prev_page) {
			if (last_page == page)
				return KV_OK;
			page++;
			bit++;
		} else if (page == prev_page + 1 && bit == range_end(bm, prev)) {
			prev->last = last_page << shift | ((UINT64_C(1) << shift) - 1);
			return KV_OK;
		}
	}
	struct bitmap_range *grown = realloc(bm->range, (bm->nranges + 1) * sizeof(*grown));
	if (grown == NULL)
		return kv_fail(err, KV_ENOMEM, "range %zu: %s", number, strerror(ENOMEM));
	bm->range = grown;
	bm->range[bm->nranges++] = (struct bitmap_range) { .first = page << shift,
		.last = last_page << shift | ((UINT64_C(1) << shift) - 1), .bit = bit };
	return KV_OK;
}

/* A block's words.  In whole blocks there are no bits to leave out. */
static inline uint64_t
block_get(const struct bitmap *bm, uint64_t b, uint64_t word[BLOCK_WORDS])
{
	uint64_t any = 0;
	const uint64_t nwords = bm->nbits / WORD + (bm->nbits % WORD != 0);
	if (b < bm->nbits / BLOCK && bm->order == BITMAP_LITTLE)
		for (unsigned k = 0; k < BLOCK_WORDS; k++)
			any |= word[k] = le64_get(bm->words + 8 * (b * BLOCK_WORDS + k));
	else
		for (unsigned k = 0; k < BLOCK_WORDS; k++) {
			const uint64_t i = b * BLOCK_WORDS + k;
			any |= word[k] = i < nwords ? word_of(bm, i) : 0;
		}
	return any;
}

/* Counts words and blocks; most of a sparse bitmap is blocks of zeros. */
static void
count(struct bitmap *bm)
{
	const uint64_t nblocks = blocks_of(bm->nbits);
	uint64_t before = 0, runs = 0, carry = 0;	/* carry: the bit before this word */
	for (uint64_t b = 0; b < nblocks; b++) {
		uint64_t word[BLOCK_WORDS], inside = 0;
		bm->rank[b] = (struct bitmap_rank) { .before = before };
		if (block_get(bm, b, word) == 0) {
			carry = 0;
			continue;
		}
		unsigned n = 0;
		for (unsigned k = 0; k < BLOCK_WORDS; k++) {
			if (k > 0)
				inside |= (uint64_t)n << 9 * (k - 1);
			if (word[k] == 0) {
				carry = 0;
				continue;
			}
			n += popcount(word[k]);
			runs += popcount(word[k] & ~(word[k] << 1 | carry));
			carry = word[k] >> 63;
		}
		bm->rank[b].inside = inside;
		before += n;
	}
	bm->rank[nblocks] = (struct bitmap_rank) { .before = before };
	bm->nset = before;
	bm->nruns = runs;
}

enum kv_status
bitmap_index(struct bitmap *bm, struct kv_err *err)
{
	const uint64_t n = blocks_of(bm->nbits) + 1;
	bm->rank = n <= SIZE_MAX / sizeof(*bm->rank) ? malloc((size_t)n * sizeof(*bm->rank)) : NULL;
	if (bm->rank == NULL)
		return kv_fail(err, KV_ENOMEM, "cannot allocate popcount bins: %ju for %ju pages: %s",
		    (uintmax_t)n, (uintmax_t)bm->nbits, strerror(ENOMEM));
	count(bm);
	for (size_t i = 0; i < bm->nranges; i++) {
		const struct bitmap_range *r = &bm->range[i];
		const uint64_t end = range_end(bm, r), next = i + 1 < bm->nranges ? r[1].bit : bm->nbits;
		for (uint64_t bit = end; bit < next; bit++)
			if (bitmap_has(bm, bit))
				return kv_fail(err, KV_EFORMAT, "bit %ju of the bitmap is set, but its "
				    "page %#jx has bit %ju already", (uintmax_t)bit,
				    (uintmax_t)r->last >> bm->page_shift << bm->page_shift,
				    (uintmax_t)end - 1);
		/* Bits side by side, pages apart. */
		if (i > 0 && bitmap_has(bm, r->bit) && bitmap_has(bm, r->bit - 1))
			bm->nruns++;
	}
	return KV_OK;
}

/* ---- Looking up ------------------------------------------------------------------- */

uint64_t
bitmap_rank(const struct bitmap *bm, uint64_t bit)
{
	const struct bitmap_rank *r = &bm->rank[bit / BLOCK];
	uint64_t n = r->before;
	if (bit == bm->nbits && bit % WORD == 0)
		return bm->nset;	/* there may be no such word */
	/* Before the first word there are none, as bit 63 says: a branch would be mispredicted. */
	const unsigned k = (unsigned)(bit % BLOCK / WORD);
	n += r->inside >> (k > 0 ? 9 * (k - 1) : 63) & 0x1ff;
	return n + popcount(bitmap_word(bm, bit / WORD) & ((UINT64_C(1) << bit % WORD) - 1));
}

/* Whether all bits of blocks [a, b) are equal to the mask's. */
static inline bool
blocks_are(const struct bitmap *bm, uint64_t a, uint64_t b, uint64_t mask)
{
	return bm->rank[b].before - bm->rank[a].before == (mask != 0 ? (b - a) * BLOCK : 0);
}

static inline unsigned
lowest(uint64_t v)
{
	return (unsigned)__builtin_ctzll(v);
}

static inline unsigned
highest(uint64_t v)
{
	return 63 - (unsigned)__builtin_clzll(v);
}

uint64_t
bitmap_run_end(const struct bitmap *bm, uint64_t bit, uint64_t end)
{
	uint64_t i = bit / WORD;
	const uint64_t mask = bitmap_has(bm, bit) ? UINT64_MAX : 0;
	/* Bits that differ are ones. */
	uint64_t w = (word_of(bm, i) ^ mask) & UINT64_MAX << bit % WORD;
	const uint64_t past = end / WORD + (end % WORD != 0), whole = end / BLOCK;
	while (w == 0 && ++i < past) {
		if (i % BLOCK_WORDS == 0) {
			/* Strides that double, then halve, over whole blocks of equal bits. */
			uint64_t b = i / BLOCK_WORDS, step = 1;
			while (step <= whole - b && blocks_are(bm, b, b + step, mask))
				step *= 2;
			for (; step > 0; step /= 2)
				if (step <= whole - b && blocks_are(bm, b, b + step, mask))
					b += step;
			i = b * BLOCK_WORDS;
			if (i >= past)
				break;
		}
		w = word_of(bm, i) ^ mask;
	}
	const uint64_t found = w == 0 ? end : i * WORD + lowest(w);
	return u64_min(found, end);
}

uint64_t
bitmap_run_start(const struct bitmap *bm, uint64_t bit, uint64_t lo)
{
	uint64_t i = bit / WORD;
	const uint64_t mask = bitmap_has(bm, bit) ? UINT64_MAX : 0;
	uint64_t w = (word_of(bm, i) ^ mask) & UINT64_MAX >> (WORD - 1 - bit % WORD);
	const uint64_t stop = lo / WORD, whole = lo / BLOCK;
	while (w == 0 && i > stop) {
		if (i % BLOCK_WORDS == 0) {
			uint64_t b = i / BLOCK_WORDS, step = 1;	/* blocks before b */
			while (step <= b - whole && blocks_are(bm, b - step, b, mask))
				step *= 2;
			for (; step > 0; step /= 2)
				if (step <= b - whole && blocks_are(bm, b - step, b, mask))
					b -= step;
			i = b * BLOCK_WORDS;
			if (i <= stop)
				break;
		}
		w = word_of(bm, --i) ^ mask;
	}
	const uint64_t found = w == 0 ? lo : i * WORD + highest(w) + 1;
	return u64_max(found, lo);
}

/* Number of ranges that start at or below pa.  Without branches that depend on it. */
static inline size_t
ranges_to(const struct bitmap *bm, paddr_t pa)
{
	size_t i = 0, n = bm->nranges;
	if (n == 0)
		return 0;
	for (; n > 1; n -= n / 2)
		i += n / 2 & -(size_t)(bm->range[i + n / 2].first <= pa);
	return i + (bm->range[i].first <= pa);
}

/* The same of those whose bits start at or below bit. */
static const struct bitmap_range *
range_of_bit(const struct bitmap *bm, uint64_t bit)
{
	size_t i = 0, n = bm->nranges;
	while (n > 1) {
		const size_t half = n / 2;
		if (bm->range[i + half].bit <= bit)
			i += half;
		n -= half;
	}
	return &bm->range[i];
}

static inline paddr_t
page_of_bit(const struct bitmap *bm, uint64_t bit)
{
	const struct bitmap_range *r = range_of_bit(bm, bit);
	return r->first + ((bit - r->bit) << bm->page_shift);
}

/* The bit of a page of the range. */
static inline uint64_t
bit_of(const struct bitmap *bm, const struct bitmap_range *r, paddr_t pa)
{
	return r->bit + ((pa - r->first) >> bm->page_shift);
}

/* Cuts [*first, *last] to the pages of the range's bits [from, to], which are all set. */
static inline void
cut_to_bits(const struct bitmap *bm, const struct bitmap_range *r, uint64_t from, uint64_t to,
    paddr_t *first, paddr_t *last, uint64_t *off)
{
	const paddr_t lo = r->first + ((from - r->bit) << bm->page_shift);
	const paddr_t hi = r->first + ((to - r->bit + 1) << bm->page_shift) - 1;
	*first = u64_max(*first, lo);
	*last = u64_min(*last, hi);
	*off = bm->off + (bitmap_rank(bm, from) << bm->page_shift) + (*first - lo);
}

bool
bitmap_near(const struct bitmap *bm, paddr_t pa, paddr_t *first, paddr_t *last, uint64_t *off)
{
	const size_t i = ranges_to(bm, pa);
	if (i == 0)
		return false;
	const struct bitmap_range *r = &bm->range[i - 1];
	if (pa > r->last)
		return false;
	const uint64_t bit = bit_of(bm, r, pa), word = bitmap_word(bm, bit / WORD);
	const unsigned at = bit % WORD;
	if ((word >> at & 1) == 0)
		return false;
	const uint64_t least = bit_of(bm, r, u64_max(*first, r->first));
	const uint64_t most = bit_of(bm, r, u64_min(*last, r->last));
	const uint64_t below = ~word & ((UINT64_C(1) << at) - 1), above = ~word >> at;
	uint64_t from = bit - at + (below != 0 ? highest(below) + 1 : 0);
	uint64_t to = bit - at + (above != 0 ? at + lowest(above) : WORD) - 1;
	if (word == UINT64_MAX && bitmap_has(bm, most) &&
	    bitmap_rank(bm, most) - bitmap_rank(bm, least) == most - least) {
		from = least;
		to = most;
	}
	cut_to_bits(bm, r, u64_max(from, least), u64_min(to, most), first, last, off);
	return true;
}

bool
bitmap_clip(const struct bitmap *bm, paddr_t pa, paddr_t *first, paddr_t *last, uint64_t *off)
{
	const size_t i = ranges_to(bm, pa);
	if (i == 0)
		return false;
	const struct bitmap_range *r = &bm->range[i - 1];
	if (pa > r->last)
		return false;
	const uint64_t bit = bit_of(bm, r, pa);
	if (!bitmap_has(bm, bit))
		return false;
	const paddr_t least = u64_max(*first, r->first);
	const paddr_t most = u64_min(*last, r->last);
	const uint64_t from = bitmap_run_start(bm, bit, bit_of(bm, r, least));
	const uint64_t end = bitmap_run_end(bm, bit, bit_of(bm, r, most) + 1);
	cut_to_bits(bm, r, from, end - 1, first, last, off);
	return true;
}

void
bitmap_gap(const struct bitmap *bm, paddr_t pa, paddr_t *first, paddr_t *last)
{
	/* Bits below it belong to pages below pa; it, and all above, to pa or pages above. */
	uint64_t bit = bm->nbits;
	const size_t i = ranges_to(bm, pa);
	if (i > 0 && pa <= bm->range[i - 1].last)
		bit = bm->range[i - 1].bit + ((pa - bm->range[i - 1].first) >> bm->page_shift);
	else if (i < bm->nranges)
		bit = bm->range[i].bit;
	*first = 0;
	*last = UINT64_MAX;
	if (bit > 0) {
		uint64_t below = bit - 1;
		if (!bitmap_has(bm, below))
			below = bitmap_run_start(bm, below, 0) - 1;
		if (below != UINT64_MAX)
			*first = page_of_bit(bm, below) + (UINT64_C(1) << bm->page_shift);
	}
	if (bit < bm->nbits) {
		uint64_t above = bit;
		if (!bitmap_has(bm, above))
			above = bitmap_run_end(bm, above, bm->nbits);
		if (above < bm->nbits)
			*last = page_of_bit(bm, above) - 1;
	}
}

bool
bitmap_next(const struct bitmap *bm, uint64_t *cursor, paddr_t *first, paddr_t *last,
    uint64_t *off)
{
	uint64_t bit = *cursor;
	if (bit < bm->nbits && !bitmap_has(bm, bit))
		bit = bitmap_run_end(bm, bit, bm->nbits);
	if (bit >= bm->nbits)
		return false;
	const struct bitmap_range *r = range_of_bit(bm, bit);
	const uint64_t end = bitmap_run_end(bm, bit, range_end(bm, r));
	*first = r->first + ((bit - r->bit) << bm->page_shift);
	*last = r->first + ((end - r->bit) << bm->page_shift) - 1;
	*off = bm->off + (bitmap_rank(bm, bit) << bm->page_shift);
	*cursor = end;
	return true;
}
