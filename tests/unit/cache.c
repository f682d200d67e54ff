/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lib/api/cache.c over memory made by hand.  What is kept is found without a walk: the walk is made
 * impossible, or all tables are wiped.  And nothing that is kept stands for what it is not.
 */
#include "api/cache.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "allocations.h"
#include "bytes.h"
#include "handle.h"
#include "unit.h"

/* The image is physical memory from BASE on: tables and small pages first, then two pages of 2 MiB. */
#define BASE	UINT64_C(0x40000000)
enum { PAGE = 0x1000, LARGE = 0x200000, SIZE = 3 * LARGE };
static uint8_t image[SIZE];
static uint8_t saved[LARGE];

/* Entries of a regime that is no machine's: flags, and the page's number in the image above them. */
enum {
	TABLE = 1, LEAF = 2, IN_FILE = 3,	/* kinds: the last is a page of the image, not of memory */
	SKIP = 4,	/* a table of the level after the next */
	WIDE = 8,	/* a page of 64 KiB */
	KINDS = 3, FLAGS = 4,
};

static void
decode(const struct mmu *mmu, unsigned i, uint64_t raw, struct mmu_entry *ret)
{
	static const enum mmu_kind kinds[] = { MMU_INVALID, MMU_TABLE, MMU_LEAF, MMU_LEAF };
	const bool in_file = (raw & KINDS) == IN_FILE;
	(void)i;
	/* As x86's, which leaves skip as it is. */
	ret->kind = kinds[raw & KINDS];
	ret->at = (struct kv_loc) { .addr = (in_file ? 0 : mmu->param[0]) + (raw >> FLAGS) * PAGE,
		.space = in_file ? KV_FILE : KV_PHYS };
	ret->prot = KV_R;
	ret->leaf_shift = (raw & WIDE) != 0 ? 16 : 0;
	ret->why = "is none";
	if ((raw & SKIP) != 0)
		ret->skip = 1;
}

static const struct mmu four_levels = {
	.ops = &mmu_radix_ops,
	.regime = "hand-made",
	.va_bits = 48,
	.nlevels = 4,
	.levels = { { "L3", 39, 9, 8, true }, { "L2", 30, 9, 8, true }, { "L1", 21, 9, 8, true },
	    { "L0", 12, 9, 8, false } },
	.decode = decode,
	.root = { .addr = BASE },
	.param = { BASE },
};

static void
entry_put(const struct mmu *mmu, unsigned level, unsigned page, unsigned index, uint64_t raw)
{
	const unsigned size = mmu->levels[level].entry_size;
	uint8_t *p = image + page * PAGE + index * size;
	for (unsigned k = 0; k < size; k++)
		p[mmu->big ? size - 1 - k : k] = (uint8_t)(raw >> 8 * k);
}

/* A handle for these ranges; memory is the whole image. */
static void
handle_open(struct __kvm *kd, struct as_range *as, unsigned nas)
{
	static const struct handle_extent all = { BASE, SIZE, 0 };
	handle_make(kd, image, SIZE, &all, 1, as, nas);
}

#define NOWHERE	UINT64_MAX

/* Where the byte at va lies in the image. */
static uint64_t
found(struct __kvm *kd, vaddr_t va)
{
	struct span span = { 1, 0, 0 };
	if (cache_find(kd, va, &span) != KV_OK)
		return NOWHERE;
	if (va < span.first || va > span.last)
		CHECK(false, "%#jx: not in its span %#jx to %#jx", (uintmax_t)va, (uintmax_t)span.first,
		    (uintmax_t)span.last);
	return span.off + (va - span.first);
}

/* No walk finds anything any more; what is kept does. */
static void
walks_fail(struct as_range *as)
{
	as->mmu.root.addr = UINT64_C(1) << 60;
}

/* What maps VA and its neighbours: tables are pages 0 to 8 of the image, data is behind. */
#define VA	(UINT64_C(5) << 39 | UINT64_C(7) << 30 | UINT64_C(9) << 21)
#define L1_SPAN	(UINT64_C(1) << 30)
static const struct {
	unsigned level, page, index, to;
} tables[] = {
	{ 0, 0, 5, 1 << FLAGS | TABLE },
	{ 1, 1, 7, 2 << FLAGS | TABLE },	/* and the one behind it, and one that is 2 GiB off */
	{ 1, 1, 8, 3 << FLAGS | TABLE },
	{ 1, 1, 9, 7 << FLAGS | TABLE },
	{ 2, 2, 9, 4 << FLAGS | TABLE },
	{ 2, 2, 10, 5 << FLAGS | TABLE },
	{ 2, 3, 9, 6 << FLAGS | TABLE },
	{ 2, 7, 9, 8 << FLAGS | TABLE },
	{ 3, 4, 0, 15 << FLAGS | LEAF },
	{ 3, 4, 1, 9 << FLAGS | LEAF },
	{ 3, 4, 2, 10 << FLAGS | LEAF },
	{ 3, 4, 6, 13 << FLAGS | LEAF },
	{ 3, 4, 511, 11 << FLAGS | LEAF },
	{ 3, 5, 3, 12 << FLAGS | LEAF },
	{ 3, 5, 5, 14 << FLAGS | LEAF },
	{ 3, 6, 4, 13 << FLAGS | LEAF },
	{ 3, 8, 1, 14 << FLAGS | LEAF },
};

static void
tables_put(const struct mmu *mmu)
{
	memset(image, 0, LARGE);
	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
		entry_put(mmu, tables[i].level, tables[i].page, tables[i].index, tables[i].to);
}

/* After one walk the tables that it came through serve all that they lead to, whatever their entries. */
static void
test_levels(void)
{
	static const struct {
		const char *name;
		uint8_t size;
		bool big;
	} rows[] = { { "8 bytes", 8, false }, { "8 bytes, big-endian", 8, true }, { "4 bytes", 4, false },
		{ "4 bytes, big-endian", 4, true }, { "a byte", 1, false } };
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *row = rows[i].name;
		struct __kvm kd;
		struct as_range as = { .last = UINT64_MAX, .mmu = four_levels };
		as.mmu.big = rows[i].big;
		for (unsigned k = 0; k < 4; k++)
			as.mmu.levels[k].entry_size = rows[i].size;
		tables_put(&as.mmu);
		handle_open(&kd, &as, 1);
		CHECK_EQ(row, "a walk", found(&kd, VA + 0x1234), 0x9234);
		walks_fail(&as);
		CHECK_EQ(row, "the same page", found(&kd, VA + 0x1fff), 0x9fff);
		CHECK_EQ(row, "the page's first byte", found(&kd, VA + 0x1000), 0x9000);
		CHECK_EQ(row, "the next page", found(&kd, VA + 0x2000), 0xa000);
		CHECK_EQ(row, "not mapped", found(&kd, VA + 0x3000), NOWHERE);
		CHECK_EQ(row, "by the table above", found(&kd, VA + LARGE + 0x3000), 0xc000);
		CHECK_EQ(row, "by the one above that", found(&kd, VA + L1_SPAN + 0x4000), 0xd000);
		CHECK_EQ(row, "far away", found(&kd, VA + 2 * L1_SPAN + 0x1000), 0xe000);
		CHECK_EQ(row, "by none", found(&kd, VA + (UINT64_C(1) << 39) + 0x1000), NOWHERE);
		CHECK_EQ(row, "below all", found(&kd, VA - (UINT64_C(1) << 39) + 0x1000), NOWHERE);
		/* Those of the last level are kept themselves, each in its place. */
		memset(image + PAGE, 0, PAGE);
		memset(image + 2 * PAGE, 0, PAGE);
		CHECK_EQ(row, "kept first", found(&kd, VA + 0x6000), 0xd000);
		CHECK_EQ(row, "its first byte", found(&kd, VA), 0xf000);
		CHECK_EQ(row, "its last byte", found(&kd, VA + LARGE - 1), 0xbfff);
		CHECK_EQ(row, "kept later", found(&kd, VA + LARGE + 0x5000), 0xe000);
		/* One table more below those that are kept. */
		entry_put(&as.mmu, 2, 3, 11, 8 << FLAGS | TABLE);
		CHECK_EQ(row, "the middle one is kept", found(&kd, VA + L1_SPAN + 2 * LARGE + 0x1000), 0xe000);
		cache_drop(kd.cache);
		CHECK_EQ(row, "dropped, a page", found(&kd, VA + 0x1234), NOWHERE);
		CHECK_EQ(row, "dropped, a table", found(&kd, VA + LARGE + 0x3008), NOWHERE);
		CHECK_EQ(row, "dropped, one above", found(&kd, VA + L1_SPAN + 0x4008), NOWHERE);
		handle_close(&kd);
	}
}

/* Of what is not there nothing is kept: neither of an empty cache, nor of a table in part. */
static void
test_nothing(void)
{
	struct __kvm kd;
	struct as_range as = { .last = UINT64_MAX, .mmu = four_levels };
	tables_put(&as.mmu);
	handle_open(&kd, &as, 1);
	CHECK_EQ("nothing", "at 0", found(&kd, 0), NOWHERE);
	CHECK(kd.cache != NULL, "nothing: a cache");
	CHECK_EQ("nothing", "at 0, again", found(&kd, 0), NOWHERE);
	cache_drop(kd.cache);
	CHECK_EQ("nothing", "at 0, dropped", found(&kd, 0), NOWHERE);
	handle_close(&kd);

	handle_open(&kd, &as, 1);
	kd.caching = false;
	CHECK_EQ("no cache", "page", found(&kd, VA + 0x1234), 0x9234);
	CHECK(kd.cache == NULL, "no cache: there is one");
	handle_close(&kd);

	/* Of the last table memory ends before its last entries, and of the image as well. */
	for (unsigned cut = 0; cut < 2; cut++) {
		handle_open(&kd, &as, 1);
		format_fini(&kd.dump.ram);
		CHECK_EQ("a part", "memory", format_init(&kd.dump.ram, 2, cut ? 0x4800 : SIZE, NULL), KV_OK);
		CHECK_EQ("a part", "memory", format_add(&kd.dump.ram, 0, BASE, cut ? SIZE : 0x4800, 0, NULL),
		    KV_OK);
		entry_put(&as.mmu, 3, 4, 1, 1 << FLAGS | LEAF);
		CHECK_EQ("a part", "walk", found(&kd, VA + 0x1234), 0x1234);
		entry_put(&as.mmu, 3, 4, 2, 2 << FLAGS | LEAF);
		entry_put(&as.mmu, 3, 4, 511, 1 << FLAGS | LEAF);
		CHECK_EQ("a part", "its neighbour", found(&kd, VA + 0x2234), 0x2234);
		CHECK_EQ("a part", "its last", found(&kd, VA + 0x1ff000), NOWHERE);
		handle_close(&kd);
		tables_put(&as.mmu);
	}
}

/* Where there is no memory for a cache, or for tables in it, all is found by walks. */
static void
test_no_memory(void)
{
	for (int n = 0; n < 5; n++) {
		struct __kvm kd;
		struct as_range as = { .last = UINT64_MAX, .mmu = four_levels };
		tables_put(&as.mmu);
		handle_open(&kd, &as, 1);
		allocations_left = n;
		const uint64_t one = found(&kd, VA + 0x1000), other = found(&kd, VA + 0x2000);
		allocations_left = -1;
		CHECK_EQ("no memory", "first", one, 0x9000);
		CHECK_EQ("no memory", "second", other, 0xa000);
		CHECK_EQ("no memory", "cache", kd.cache != NULL, n >= 2);
		walks_fail(&as);
		CHECK_EQ("no memory", "what is kept", found(&kd, VA + LARGE + 0x3000), n >= 4 ? 0xc000 : NOWHERE);
		CHECK_EQ("no memory", "what had no room", found(&kd, VA + L1_SPAN + 0x4000), NOWHERE);
		handle_close(&kd);
	}
}

/* Entries that lead elsewhere: over a level, out of memory, to pages larger than what an entry spans. */
static void
test_entries(void)
{
	struct __kvm kd;
	struct as_range as = { .last = UINT64_MAX, .mmu = four_levels };
	tables_put(&as.mmu);
	/* As ARM's fine tables: L1 is for entries of L2 without SKIP, and as wide as the pages of L0. */
	as.mmu.levels[2] = (struct radix_level) { "coarse", 21, 9, 8, false };
	as.mmu.levels[3] = (struct radix_level) { "fine", 18, 12, 8, false };
	entry_put(&as.mmu, 1, 1, 7, 2 << FLAGS | TABLE);
	entry_put(&as.mmu, 1, 1, 8, 16 << FLAGS | TABLE | SKIP);	/* eight pages */
	entry_put(&as.mmu, 1, 1, 9, 24 << FLAGS | TABLE | SKIP);
	entry_put(&as.mmu, 1, 1, 10, 3 << FLAGS | TABLE);
	entry_put(&as.mmu, 2, 2, 9, 512 << FLAGS | LEAF);
	entry_put(&as.mmu, 2, 3, 511, 1024 << FLAGS | LEAF);
	entry_put(&as.mmu, 3, 16, 8 * 9 + 1, 40 << FLAGS | LEAF);
	entry_put(&as.mmu, 3, 24, 8 * 9 + 2, 104 << FLAGS | LEAF);
	entry_put(&as.mmu, 3, 24, 8 * 10 + 2, 176 << FLAGS | LEAF);
	entry_put(&as.mmu, 3, 24, 4095, 168 << FLAGS | LEAF);
	handle_open(&kd, &as, 1);
	CHECK_EQ("skip", "fine", found(&kd, VA + L1_SPAN + 0x40000 + 0x123), 0x28123);
	CHECK_EQ("skip", "coarse", found(&kd, VA + 0x123), LARGE + 0x123);
	walks_fail(&as);
	CHECK_EQ("skip", "another fine", found(&kd, VA + 2 * L1_SPAN + 0x80000), 0x68000);
	CHECK_EQ("skip", "its last", found(&kd, VA + 2 * L1_SPAN - 9 * LARGE + 4095 * 0x40000), 0xa8000);
	CHECK_EQ("skip", "another coarse", found(&kd, VA + 3 * L1_SPAN + 502 * LARGE), 2 * LARGE);
	CHECK_EQ("skip", "none", found(&kd, VA + 3 * L1_SPAN + 0x40000), NOWHERE);
	/* A fine table is as wide as what leads to it, and not as a coarse one's page. */
	memset(image + PAGE, 0, PAGE);
	CHECK_EQ("skip", "fine, kept", found(&kd, VA + 2 * L1_SPAN + 0x80000 + LARGE), 0xb0000);
	handle_close(&kd);

	as.mmu = four_levels;
	tables_put(&as.mmu);
	entry_put(&as.mmu, 3, 4, 3, 20 << FLAGS | IN_FILE);
	entry_put(&as.mmu, 3, 4, 4, 0x700 << FLAGS | IN_FILE);
	entry_put(&as.mmu, 3, 4, 5, 0x700 << FLAGS | LEAF);
	entry_put(&as.mmu, 3, 4, 7, 21 << FLAGS | TABLE);
	entry_put(&as.mmu, 2, 2, 12, 21 << FLAGS | TABLE | SKIP);
	for (unsigned k = 16; k < 32; k++)
		entry_put(&as.mmu, 3, 4, k, 32 << FLAGS | LEAF | WIDE);
	handle_open(&kd, &as, 1);
	CHECK_EQ("entries", "walk", found(&kd, VA + 0x1000), 0x9000);
	for (unsigned k = 0; k < 2; k++) {
		CHECK_EQ("entries", "in the image", found(&kd, VA + 0x3008), 0x14008);
		CHECK_EQ("entries", "past the image", found(&kd, VA + 0x4008), NOWHERE);
		CHECK_EQ("entries", "past the memory", found(&kd, VA + 0x5008), NOWHERE);
		CHECK_EQ("entries", "a table below the last", found(&kd, VA + 0x7008), NOWHERE);
		CHECK_EQ("entries", "over the last", found(&kd, VA + 3 * LARGE), NOWHERE);
		CHECK_EQ("entries", "wide, middle", found(&kd, VA + 0x17123), 0x27123);
	}
	walks_fail(&as);
	CHECK_EQ("entries", "wide, first", found(&kd, VA + 0x10001), 0x20001);
	CHECK_EQ("entries", "wide, last", found(&kd, VA + 0x1ffff), 0x2ffff);
	handle_close(&kd);
}

/* Tables wider than what one entry above leads to serve that part only. */
static void
test_overlap(void)
{
	for (unsigned below = 0; below < 2; below++) {
		struct __kvm kd;
		struct as_range as = { .last = UINT64_MAX, .mmu = four_levels };
		tables_put(&as.mmu);
		as.mmu.nlevels = 3;
		as.mmu.va_bits = 38;
		as.mmu.levels[0] = (struct radix_level) { "L2", 29, 9, 8, true };
		as.mmu.levels[1] = (struct radix_level) { "L1", 20, 9, 8, true };
		as.mmu.levels[2] = (struct radix_level) { "L0", 12, 9, 8, false };
		entry_put(&as.mmu, 0, 0, 0, 3 << FLAGS | TABLE);
		entry_put(&as.mmu, 1, 3, 2, 1 << FLAGS | TABLE);
		entry_put(&as.mmu, 1, 3, 3, 2 << FLAGS | TABLE);
		memset(image + PAGE, 0, 2 * PAGE);
		entry_put(&as.mmu, 2, 1, 1, 9 << FLAGS | LEAF);
		entry_put(&as.mmu, 2, 1, 257, 10 << FLAGS | LEAF);
		entry_put(&as.mmu, 2, 2, 1, 11 << FLAGS | LEAF);
		entry_put(&as.mmu, 2, 2, 257, 12 << FLAGS | LEAF);
		handle_open(&kd, &as, 1);
		for (unsigned k = 0; k < 2; k++)
			CHECK_EQ("overlap", "page", found(&kd, below ^ k ? 0x301000 : 0x201000),
			    below ^ k ? 0xc000 : 0x9000);
		handle_close(&kd);
	}
}

/* A root that is an array in the image: 512 entries of it are kept, where it has as many. */
static void
test_pieces(void)
{
	static const struct {
		const char *name;
		uint64_t first, count;
		unsigned walk, other;	/* indices of entries: of a walk, and one that is found by what that kept */
		bool kept;
	} rows[] = {
		{ "all of a piece", 0, 512, 0, 511, true },
		{ "one less", 0, 511, 0, 510, false },
		{ "few", 0, 10, 0, 9, false },
		{ "from the second on", 512, 512, 600, 512, true },
		{ "of three the middle", 512, 1536, 1030, 1535, true },
		{ "of three the last", 512, 1536, 2047, 1536, true },
		{ "the next one is another", 512, 1536, 1023, 1024, false },
		{ "a part of the last", 512, 1535, 1536, 1537, false },
		{ "a part of the first", 510, 1536, 510, 511, false },
		{ "behind a part of the first", 510, 1536, 512, 1023, true },
		{ "a part, and a whole one's number", 1, 1024, 5, 6, false },
		{ "a part, as far from the top", 511, 1024, 511, 512, false },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *row = rows[i].name;
		struct __kvm kd;
		struct as_range as = { .last = UINT64_MAX, .mmu = four_levels };
		memset(image, 0, LARGE);
		/* As of FreeBSD's minidumps: an array that begins at any place of the image. */
		enum { AT = 0x1008 };
		as.mmu.nlevels = 2;
		as.mmu.va_bits = 36;
		as.mmu.levels[0] = (struct radix_level) { "L1", 21, 15, 8, true };
		as.mmu.levels[1] = four_levels.levels[3];
		as.mmu.root = (struct kv_loc) { .addr = AT, .space = KV_FILE };
		as.mmu.root_first = rows[i].first;
		as.mmu.root_count = rows[i].count;
		/* Tables behind it, at 64 KiB; what lies beside it looks like one of its own. */
		uint8_t *p = image + AT;
		le32_put(p - 8, 18 << FLAGS | TABLE);
		le32_put(p + 8 * rows[i].count, 18 << FLAGS | TABLE);
		le32_put(p + 8 * (rows[i].walk - rows[i].first), 16 << FLAGS | TABLE);
		le32_put(p + 8 * (rows[i].other - rows[i].first), 17 << FLAGS | TABLE);
		entry_put(&as.mmu, 1, 16, 1, 32 << FLAGS | LEAF);
		entry_put(&as.mmu, 1, 17, 1, 33 << FLAGS | LEAF);
		entry_put(&as.mmu, 1, 18, 1, 34 << FLAGS | LEAF);
		handle_open(&kd, &as, 1);
		CHECK_EQ(row, "walk", found(&kd, (vaddr_t)rows[i].walk << 21 | 0x1234), 0x20234);
		CHECK_EQ(row, "walk, again", found(&kd, (vaddr_t)rows[i].walk << 21 | 0x1234), 0x20234);
		CHECK_EQ(row, "behind the array", found(&kd, (rows[i].first + rows[i].count) << 21 | 0x1234),
		    NOWHERE);
		if (rows[i].first > 0)
			CHECK_EQ(row, "before the array", found(&kd, (rows[i].first - 1) << 21 | 0x1234),
			    NOWHERE);
		walks_fail(&as);
		CHECK_EQ(row, "kept", found(&kd, (vaddr_t)rows[i].other << 21 | 0x1234),
		    rows[i].kept ? 0x21234 : NOWHERE);
		handle_close(&kd);
	}
	/* An array whose elements lie apart is none of its entries alone. */
	struct __kvm kd;
	struct as_range as = { .last = UINT64_MAX, .mmu = four_levels };
	memset(image, 0, LARGE);
	as.mmu.nlevels = 2;
	as.mmu.va_bits = 36;
	as.mmu.levels[0] = (struct radix_level) { "L1", 21, 15, 8, true };
	as.mmu.levels[1] = four_levels.levels[3];
	as.mmu.root_stride = 16;
	as.mmu.root_count = 1024;
	le32_put(image + 16, 16 << FLAGS | TABLE);
	le32_put(image + 16 * 2, 17 << FLAGS | TABLE);
	entry_put(&as.mmu, 1, 16, 1, 32 << FLAGS | LEAF);
	entry_put(&as.mmu, 1, 17, 1, 33 << FLAGS | LEAF);
	handle_open(&kd, &as, 1);
	CHECK_EQ("apart", "walk", found(&kd, (UINT64_C(1) << 21) + 0x1234), 0x20234);
	CHECK_EQ("apart", "another", found(&kd, (UINT64_C(2) << 21) + 0x1234), 0x21234);
	handle_close(&kd);
}

/* A page that fills 2 MiB is kept as one, and drives no small one out that lies at a block's end. */
static void
test_large(void)
{
	enum { NEXT = 20 };
	struct __kvm kd;
	struct as_range as = { .last = UINT64_MAX, .mmu = four_levels };
	const vaddr_t page = VA + 11 * (vaddr_t)LARGE, small = page + 16 * L1_SPAN;
	tables_put(&as.mmu);
	entry_put(&as.mmu, 2, 2, NEXT, 512 << FLAGS | LEAF);
	entry_put(&as.mmu, 2, 2, NEXT + 1, 1024 << FLAGS | LEAF);
	entry_put(&as.mmu, 1, 1, 7 + 16, 3 << FLAGS | TABLE);
	entry_put(&as.mmu, 2, 3, NEXT, 6 << FLAGS | TABLE);
	entry_put(&as.mmu, 3, 6, 0, 9 << FLAGS | LEAF);
	entry_put(&as.mmu, 3, 6, 511, 10 << FLAGS | LEAF);
	handle_open(&kd, &as, 1);
	CHECK_EQ("large", "page", found(&kd, page + 0x1000), LARGE + 0x1000);
	CHECK_EQ("large", "the next", found(&kd, page + LARGE + 0x1000), 2 * LARGE + 0x1000);
	CHECK_EQ("large", "small, first", found(&kd, small), 0x9000);
	CHECK_EQ("large", "small, last", found(&kd, small + 0x1ff000), 0xa000);
	memset(image, 0, LARGE);
	CHECK_EQ("large", "elsewhere in it", found(&kd, page + 0x123456), LARGE + 0x123456);
	CHECK_EQ("large", "first byte", found(&kd, page), LARGE);
	CHECK_EQ("large", "last byte", found(&kd, page + LARGE - 1), 2 * LARGE - 1);
	CHECK_EQ("large", "elsewhere in the next", found(&kd, page + LARGE), 2 * LARGE);
	CHECK_EQ("large", "small, first, kept", found(&kd, small + 0xfff), 0x9fff);
	CHECK_EQ("large", "small, last, kept", found(&kd, small + 0x1fffff), 0xafff);
	CHECK_EQ("large", "what was not read", found(&kd, small + 0x1000), NOWHERE);
	handle_close(&kd);
}

/* Reads n of 1 GiB of pages: how many of them are right. */
static unsigned
pages_right(struct __kvm *kd, unsigned from, unsigned n)
{
	unsigned right = 0;
	for (unsigned k = from; k < from + n; k++)
		right += found(kd, VA - 9 * (vaddr_t)LARGE + (vaddr_t)k * PAGE + 7) == (16 + k % 100) * PAGE + 7;
	return right;
}

/* Who reads in more places than have room gets more room, up to a limit; then nothing is lost. */
static void
test_grows(void)
{
	struct __kvm kd;
	struct as_range as = { .last = UINT64_MAX, .mmu = four_levels };
	tables_put(&as.mmu);
	/* A table of the last level for each of 512 that have the pages in turn. */
	for (unsigned t = 0; t < 100; t++)
		for (unsigned k = 0; k < 512; k++)
			entry_put(&as.mmu, 3, 128 + t, k, (16 + (512 * t + k) % 100) << FLAGS | LEAF);
	for (unsigned k = 0; k < 512; k++)
		entry_put(&as.mmu, 2, 2, k, (128 + k % 100) << FLAGS | TABLE);
	entry_put(&as.mmu, 1, 1, 30, 3 << FLAGS | TABLE);
	entry_put(&as.mmu, 1, 1, 30 + 16, 3 << FLAGS | TABLE);
	entry_put(&as.mmu, 2, 3, 1, 512 << FLAGS | LEAF);
	handle_open(&kd, &as, 1);
	enum { SOME = 2 * (NSMALL - 1) };
	CHECK_EQ("grows", "some", pages_right(&kd, 0, SOME), SOME);
	CHECK_EQ("grows", "not yet", kd.cache->small_mask, NSMALL - 1);
	allocations_left = 0;
	CHECK_EQ("grows", "one", pages_right(&kd, SOME, 1), 1);
	allocations_left = -1;
	CHECK_EQ("grows", "no memory", kd.cache->small_mask, NSMALL - 1);
	CHECK_EQ("grows", "some", pages_right(&kd, SOME + 1, SOME), SOME);
	CHECK_EQ("grows", "not yet again", kd.cache->small_mask, NSMALL - 1);
	CHECK_EQ("grows", "one", pages_right(&kd, 2 * SOME + 1, 1), 1);
	CHECK_EQ("grows", "now", kd.cache->small_mask, 4 * NSMALL - 1);
	CHECK_EQ("grows", "all", pages_right(&kd, 0, 4 * NSMALL), 4 * NSMALL);
	memcpy(saved, image, sizeof(saved));
	memset(image, 0, LARGE);
	CHECK_EQ("grows", "all are kept", pages_right(&kd, 0, 4 * NSMALL), 4 * NSMALL);
	memcpy(image, saved, sizeof(saved));
	for (unsigned k = 0; k < 20 && kd.cache->small_mask != MAXSMALL - 1; k++)
		CHECK_EQ("grows", "more", pages_right(&kd, 0, MAXSMALL), MAXSMALL);
	CHECK_EQ("grows", "most", kd.cache->small_mask, MAXSMALL - 1);
	CHECK_EQ("grows", "all of it", pages_right(&kd, 0, MAXSMALL), MAXSMALL);
	/* Two large pages that share a place, in turn: misses, and no room to be had for them. */
	const vaddr_t large = (UINT64_C(5) << 39) + 30 * L1_SPAN + LARGE;
	unsigned right = 0;
	for (unsigned k = 0; k <= 2 * MAXSMALL; k++)
		right += found(&kd, large + (k % 2) * 16 * L1_SPAN) == LARGE;
	CHECK_EQ("grows", "misses", right, 2 * MAXSMALL + 1);
	memset(image, 0, LARGE);
	CHECK_EQ("grows", "most are kept", pages_right(&kd, 0, MAXSMALL), MAXSMALL);
	handle_close(&kd);
}

/* Tables are kept only of what lies in their range wholly, and is behind no other. */
static void
test_ranges(void)
{
	enum { AT = 40 * PAGE };	/* where the other one leads to */
	static const struct {
		const char *name;
		vaddr_t lo, last;	/* of the tables */
		vaddr_t other, other_last;
		bool first;		/* the other one comes before that of the tables */
		/* What is at VA, at two pages behind it, at the table's last page, and without a walk. */
		uint64_t at, behind, end, kept;
	} rows[] = {
		{ "all", 0, UINT64_MAX, 1, 0, false, 0xf000, 0xa000, 0xb000, 0xd000 },
		{ "exactly a table", VA, VA + LARGE - 1, 1, 0, false, 0xf000, 0xa000, 0xb000, 0xd000 },
		{ "cut off below", VA + 0x1000, UINT64_MAX, 1, 0, false, NOWHERE, 0xa000, 0xb000, NOWHERE },
		{ "cut off above", 0, VA + 0x1fefff, 1, 0, false, 0xf000, 0xa000, NOWHERE, NOWHERE },
		{ "another before it", 0, UINT64_MAX, VA + 0x2000, VA + 0x2fff, true, 0xf000, AT, 0xb000, NOWHERE },
		{ "another behind it", 0, UINT64_MAX, VA + 0x2000, VA + 0x2fff, false, 0xf000, 0xa000, 0xb000, 0xd000 },
		{ "another below", VA, UINT64_MAX, VA - 0x1000, VA - 1, true, 0xf000, 0xa000, 0xb000, 0xd000 },
		{ "another hides the beginning", 0, UINT64_MAX, VA - 0x1000, VA + 0xfff, true, AT + 0x1000, 0xa000,
		    0xb000, NOWHERE },
		{ "another hides the end", 0, UINT64_MAX, VA + 0x2000, UINT64_MAX, true, 0xf000, AT,
		    AT + 0x1fd000, AT + 0x4000 },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *row = rows[i].name;
		struct __kvm kd;
		struct as_range as[2], *of = &as[rows[i].first ? 1 : 0], *other = &as[rows[i].first ? 0 : 1];
		*of = (struct as_range) { rows[i].lo, rows[i].last, four_levels };
		*other = (struct as_range) { rows[i].other, rows[i].other_last,
			mmu_linear(rows[i].other, rows[i].other_last, BASE + AT, KV_R) };
		tables_put(&of->mmu);
		handle_open(&kd, as, rows[i].other <= rows[i].other_last ? 2 : 1);
		CHECK_EQ(row, "walk", found(&kd, VA + 0x1000), 0x9000);
		CHECK_EQ(row, "page before", found(&kd, VA), rows[i].at);
		CHECK_EQ(row, "next page", found(&kd, VA + 0x2000), rows[i].behind);
		CHECK_EQ(row, "last page", found(&kd, VA + 0x1ff000), rows[i].end);
		walks_fail(of);
		CHECK_EQ(row, "kept", found(&kd, VA + 0x6000), rows[i].kept);
		handle_close(&kd);
	}
}

/* The header's direct map: at once, and for the 2 MiB around; but not where another range comes first. */
static void
test_direct(void)
{
	enum { LO = 0x1000, LEN = 2 * LARGE + 0x3000, PA = 0x5000 };
	const vaddr_t lo = (UINT64_C(0xffff) << 48) + LO, last = lo + LEN - 1;
	static const struct {
		const char *name;
		uint64_t at, first, last;	/* from lo on; the span that is told */
	} rows[] = {
		{ "first byte", 0, 0, LARGE - LO - 1 },
		{ "in its block", 0x2345, 0, LARGE - LO - 1 },
		{ "a whole block", LARGE, LARGE - LO, 2 * LARGE - LO - 1 },
		{ "a block's first byte", LARGE - LO, LARGE - LO, 2 * LARGE - LO - 1 },
		{ "a block's last byte", LARGE - LO - 1, 0, LARGE - LO - 1 },
		{ "the last block", 2 * LARGE, 2 * LARGE - LO, LEN - 1 },
		{ "last byte", LEN - 1, 2 * LARGE - LO, LEN - 1 },
	};
	struct __kvm kd;
	/* One more range lies behind those that count. */
	struct as_range as[4];
	const struct as_range dmap = { lo, last, mmu_linear(lo, last, BASE + PA, KV_R) };
	const struct as_range below = { lo - 0x10000, lo - 1, mmu_linear(lo - 0x10000, lo - 1, BASE, KV_R) };
	const struct as_range above = { last + 1, last + 0x1000, mmu_linear(last + 1, last + 0x1000, BASE, KV_R) };
	const struct as_range inside = { lo + 0x10000, lo + 0x10fff,
		mmu_linear(lo + 0x10000, lo + 0x10fff, BASE, KV_R) };
	for (unsigned order = 0; order < 3; order++) {
		as[0] = order == 2 ? dmap : below;
		as[1] = order == 2 ? inside : order == 1 ? dmap : above;
		as[2] = order == 0 ? dmap : above;
		handle_open(&kd, as, 3);
		kd.dump.dmap = dmap;
		for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
			struct span span = { 1, 0, 0 };
			CHECK_EQ(rows[i].name, "status", cache_find(&kd, lo + rows[i].at, &span), KV_OK);
			CHECK_EQ(rows[i].name, "first", span.first - lo, rows[i].first);
			CHECK_EQ(rows[i].name, "last", span.last - lo, rows[i].last);
			CHECK_EQ(rows[i].name, "offset", span.off, PA + rows[i].first);
		}
		CHECK_EQ("direct", "before it", found(&kd, lo - 1), order == 2 ? NOWHERE : 0xffff);
		CHECK_EQ("direct", "behind it", found(&kd, last + 1), 0);
		CHECK_EQ("direct", "inside", found(&kd, lo + 0x10000), PA + 0x10000);
		handle_close(&kd);
	}
	/* Another range holds a part of it, and comes first; none of the ranges is it, but one that does not count. */
	as[0] = inside;
	as[1] = dmap;
	handle_open(&kd, as, 2);
	kd.dump.dmap = dmap;
	CHECK_EQ("hidden", "beside", found(&kd, lo), PA);
	CHECK_EQ("hidden", "inside", found(&kd, lo + 0x10123), 0x123);
	handle_close(&kd);
	static const struct {
		const char *name;
		unsigned down, up;	/* how much larger the range is than the direct map */
	} others[] = { { "larger below", 0x1000, 0 }, { "larger above", 0, 0x1000 }, { "larger", 0x1000, 0x1000 } };
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		const vaddr_t from = lo - others[i].down, to = last + others[i].up;
		as[0] = (struct as_range) { from, to, mmu_linear(from, to, BASE, KV_R) };
		handle_open(&kd, as, 1);
		kd.dump.dmap = dmap;
		CHECK_EQ(others[i].name, "the range's", found(&kd, lo), others[i].down);
		handle_close(&kd);
	}
	as[0] = below;
	as[1] = dmap;
	handle_open(&kd, as, 1);
	kd.dump.dmap = dmap;
	CHECK_EQ("no range", "direct", found(&kd, lo), NOWHERE);
	handle_close(&kd);
	/* The same where what does not count is not even memory. */
	struct as_range *one = malloc(sizeof(*one));
	if (CHECK(one != NULL, "memory")) {
		*one = below;
		handle_open(&kd, one, 1);
		kd.dump.dmap = dmap;
		CHECK_EQ("one range", "direct", found(&kd, lo), NOWHERE);
		handle_close(&kd);
	}
	free(one);

	/* Without a direct map a range of one byte at 0 is no such map either. */
	as[0] = (struct as_range) { 0, 0, mmu_linear(0, 0, BASE + 0x123, KV_R) };
	handle_open(&kd, as, 1);
	format_fini(&kd.dump.ram);
	CHECK_EQ("none", "memory", format_init(&kd.dump.ram, 2, SIZE, NULL), KV_OK);
	CHECK_EQ("none", "memory", format_add(&kd.dump.ram, 0, 0, PAGE, LARGE, NULL), KV_OK);
	CHECK_EQ("none", "memory", format_add(&kd.dump.ram, 1, BASE, LARGE, 0, NULL), KV_OK);
	CHECK_EQ("none", "at 0", found(&kd, 0), 0x123);
	handle_close(&kd);

	/* Memory from 0 on, and a direct map that would go round to it: up to the top it is right. */
	static const struct {
		const char *name;
		paddr_t pa;
		uint64_t last;		/* of the span that is told, from lo on */
	} tops[] = { { "up to the top", -(uint64_t)LEN, LARGE - LO - 1 }, { "round", -(uint64_t)LEN + 1, LEN - 2 } };
	for (size_t i = 0; i < sizeof(tops) / sizeof(tops[0]); i++) {
		as[0] = (struct as_range) { lo, last, mmu_linear(lo, last, tops[i].pa, KV_R) };
		handle_open(&kd, as, 1);
		kd.dump.dmap = as[0];
		format_fini(&kd.dump.ram);
		CHECK_EQ(tops[i].name, "memory", format_init(&kd.dump.ram, 2, SIZE, NULL), KV_OK);
		CHECK_EQ(tops[i].name, "memory", format_add(&kd.dump.ram, 0, 0, 0x1000, 0, NULL), KV_OK);
		CHECK_EQ(tops[i].name, "memory", format_add(&kd.dump.ram, 1, tops[i].pa, -tops[i].pa, 0x1000,
		    NULL), KV_OK);
		struct span span = { 1, 0, 0 };
		CHECK_EQ(tops[i].name, "status", cache_find(&kd, lo, &span), KV_OK);
		CHECK_EQ(tops[i].name, "last", span.last - lo, tops[i].last);
		CHECK_EQ(tops[i].name, "last byte", found(&kd, last), i == 0 ? 0x1000 + LEN - 1 : NOWHERE);
		handle_close(&kd);
	}
}

/* A page at the top of physical memory whose end is past it. */
static void
test_top(void)
{
	struct __kvm kd;
	struct as_range as = { .last = UINT64_MAX, .mmu = four_levels };
	tables_put(&as.mmu);
	as.mmu.param[0] = -(uint64_t)0x10000;
	as.mmu.root.addr = -(uint64_t)0x10000;
	entry_put(&as.mmu, 2, 2, 11, 15 << FLAGS | LEAF);
	handle_open(&kd, &as, 1);
	format_fini(&kd.dump.ram);
	CHECK_EQ("top", "memory", format_init(&kd.dump.ram, 2, SIZE, NULL), KV_OK);
	CHECK_EQ("top", "memory", format_add(&kd.dump.ram, 0, 0, 0x1000, 0x100000, NULL), KV_OK);
	CHECK_EQ("top", "memory", format_add(&kd.dump.ram, 1, as.mmu.param[0], 0x10000, 0, NULL), KV_OK);
	CHECK_EQ("top", "walk", found(&kd, VA + 0x1000), 0x9000);
	CHECK_EQ("top", "page", found(&kd, VA + 2 * LARGE + 0x123), 0xf123);
	CHECK_EQ("top", "past it", found(&kd, VA + 2 * LARGE + 0x100123), NOWHERE);
	handle_close(&kd);
}

static const struct unit_test tests[] = {
	{ "levels", test_levels },
	{ "nothing", test_nothing },
	{ "no memory", test_no_memory },
	{ "entries", test_entries },
	{ "overlap", test_overlap },
	{ "pieces", test_pieces },
	{ "large", test_large },
	{ "grows", test_grows },
	{ "ranges", test_ranges },
	{ "direct", test_direct },
	{ "top", test_top },
	{ 0 },
};
const struct unit_suite unit_cache = { "cache", tests };
