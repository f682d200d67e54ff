/* SPDX-License-Identifier: BSD-2-Clause */
/* lib/format: extents, and NetBSD's container. */
#include "format/format.h"

#include <stdio.h>
#include <stdlib.h>

#include "allocations.h"
#include "dump.h"
#include "format/netbsd.h"
#include "unit.h"

static const struct {
	const char *name;
	paddr_t pa;
	uint64_t len, off;
	enum kv_status st;
	const char *text;
} add_rows[] = {	/* after 0x1000 to 0x1fff at 0x100 */
	{ "next",		0x2000,	0x1000,	0x1100,	KV_OK, "" },
	{ "far",		0x5000,	1,	0x1100,	KV_OK, "" },
	{ "last byte of all",	UINT64_MAX, 1,	0x1100,	KV_OK, "" },
	{ "past 2^64",		UINT64_MAX, 2,	0x1100,	KV_EFORMAT, "segment 7: start" },
	{ "same",		0x1000,	0x1000,	0x1100,	KV_EFORMAT, "segment 7: 0x1000 to 0x1fff overlaps" },
	{ "last byte",		0x1fff,	1,	0x1100,	KV_EFORMAT, "overlaps" },
	{ "around",		0x0,	0x9000,	0x1100,	KV_EFORMAT, "overlaps" },
	{ "first byte",		0x0,	0x1001,	0x1100,	KV_EFORMAT, "overlaps" },
	{ "below",		0x0,	0x1000,	0x1100,	KV_EFORMAT, "ascending" },
	{ "offset past 2^64",	0x2000,	0x1000,	UINT64_MAX - 0xffe, KV_EFORMAT, "2^64" },
	{ "offset past 2^63",	0x2000,	0x1000,	(uint64_t)INT64_MAX + 1, KV_EFORMAT, "segment 7: offset 0x8000000000000000 is past" },
	{ "offset up to 2^63",	0x2000,	0x1000,	INT64_MAX, KV_OK, "" },
};

static void
test_add(void)
{
	for (size_t i = 0; i < sizeof(add_rows) / sizeof(add_rows[0]); i++) {
		struct format fmt;
		struct kv_err err = { .text = "" };
		CHECK_EQ(add_rows[i].name, "init", format_init(&fmt, 2, 0x10000, NULL), KV_OK);
		CHECK_EQ(add_rows[i].name, "first",
		    format_add(&fmt, 6, 0x1000, 0x1000, 0x100, NULL), KV_OK);
		CHECK_EQ(add_rows[i].name, "status", format_add(&fmt, 7, add_rows[i].pa,
		    add_rows[i].len, add_rows[i].off, &err), add_rows[i].st);
		CHECK_TEXT(add_rows[i].name, err.text, add_rows[i].text);
		CHECK_EQ(add_rows[i].name, "count", fmt.n, add_rows[i].st == KV_OK ? 2 : 1);
		format_fini(&fmt);
	}
}

/* Room for none, for an empty segment, and for more bytes than there are addresses. */
static void
test_add_limits(void)
{
	struct format fmt;
	struct kv_err err = { .text = "" };
	CHECK_EQ("none", "init", format_init(&fmt, 0, 0x1000, NULL), KV_OK);
	CHECK_EQ("none", "status", format_add(&fmt, 3, 0, 0x1000, 0, &err), KV_EINVAL);
	CHECK_TEXT("none", err.text, "segment 3: no room for it");
	format_fini(&fmt);
	CHECK_EQ("empty", "init", format_init(&fmt, 2, 0x1000, NULL), KV_OK);
	CHECK_EQ("empty", "status", format_add(&fmt, 0, 0, 0, 0, NULL), KV_EINVAL);
	CHECK_EQ("all but one", "status", format_add(&fmt, 0, 0, UINT64_MAX, 0, NULL), KV_OK);
	CHECK_EQ("all", "status", format_add(&fmt, 1, UINT64_MAX, 1, 0, &err), KV_EFORMAT);
	CHECK_TEXT("all", err.text, "segment 1: size 0x1 at offset 0 goes past 2^64");
	format_fini(&fmt);
}

/* 0x1000 to 0x2fff at 0x10, 0x3000 to 0x3fff at 0x2010, 0x9000 to 0x9fff at 0x3010; 0x3810 bytes */
static const struct {
	const char *name;
	paddr_t pa, first, last;
	uint64_t off;
	enum place_kind kind;
} locate_rows[] = {
	{ "below all",		0,	0,	0xfff,	0,	PLACE_ABSENT },
	{ "last below",		0xfff,	0,	0xfff,	0,	PLACE_ABSENT },
	{ "first",		0x1000,	0x1000,	0x2fff,	0x10,	PLACE_FILE },
	{ "last of first",	0x2fff,	0x1000,	0x2fff,	0x10,	PLACE_FILE },
	{ "adjacent",		0x3000,	0x3000,	0x3fff,	0x2010,	PLACE_FILE },
	{ "gap",		0x4000,	0x4000,	0x8fff,	0,	PLACE_ABSENT },
	{ "end of gap",		0x8fff,	0x4000,	0x8fff,	0,	PLACE_ABSENT },
	{ "cut",		0x9000,	0x9000,	0x97ff,	0x3010,	PLACE_FILE },
	{ "before the cut",	0x97ff,	0x9000,	0x97ff,	0x3010,	PLACE_FILE },
	{ "after the cut",	0x9800,	0x9800,	0x9fff,	0x3810,	PLACE_TRUNC },
	{ "last",		0x9fff,	0x9800,	0x9fff,	0x3810,	PLACE_TRUNC },
	{ "above",		0xa000,	0xa000,	UINT64_MAX, 0,	PLACE_ABSENT },
	{ "top",		UINT64_MAX, 0xa000, UINT64_MAX, 0, PLACE_ABSENT },
};

static void
check_place(struct format *fmt, size_t i)
{
	struct place place;
	uint64_t off;
	format_locate(fmt, locate_rows[i].pa, &place);
	CHECK_EQ(locate_rows[i].name, "kind", place.kind, locate_rows[i].kind);
	CHECK_EQ(locate_rows[i].name, "first", place.first, locate_rows[i].first);
	CHECK_EQ(locate_rows[i].name, "last", place.last, locate_rows[i].last);
	if (place.kind != PLACE_ABSENT)
		CHECK_EQ(locate_rows[i].name, "offset", place.off, locate_rows[i].off);
	/* The same from the quick way, of all addresses and of those of one byte. */
	paddr_t first = 0, last = UINT64_MAX;
	bool hit = format_clip(fmt, locate_rows[i].pa, &first, &last, &off);
	CHECK_EQ(locate_rows[i].name, "quick", hit, place.kind == PLACE_FILE);
	if (hit) {
		CHECK_EQ(locate_rows[i].name, "quick first", first, place.first);
		CHECK_EQ(locate_rows[i].name, "quick last", last, place.last);
		CHECK_EQ(locate_rows[i].name, "quick offset", off, place.off);
		first = last = locate_rows[i].pa;
		CHECK(format_clip(fmt, locate_rows[i].pa, &first, &last, &off) && first == last,
		    "%s: quick, one byte", locate_rows[i].name);
		CHECK_EQ(locate_rows[i].name, "quick offset of one byte", off,
		    place.off + (locate_rows[i].pa - place.first));
	}
}

static void
test_locate(void)
{
	enum { N = sizeof(locate_rows) / sizeof(locate_rows[0]) };
	struct format fmt;
	CHECK_EQ("locate", "init", format_init(&fmt, 3, 0x3810, NULL), KV_OK);
	CHECK_EQ("locate", "add", format_add(&fmt, 0, 0x1000, 0x2000, 0x10, NULL), KV_OK);
	CHECK_EQ("locate", "add", format_add(&fmt, 1, 0x3000, 0x1000, 0x2010, NULL), KV_OK);
	CHECK_EQ("locate", "add", format_add(&fmt, 2, 0x9000, 0x1000, 0x3010, NULL), KV_OK);
	/* In every order of two: the last one found must not lead astray. */
	for (size_t i = 0; i < N; i++)
		for (size_t j = 0; j < N; j++) {
			check_place(&fmt, i);
			check_place(&fmt, j);
		}
	CHECK_EQ("locate", "missing", format_missing(&fmt), 0x800);
	format_fini(&fmt);
}

static void
test_many(void)
{
	enum { N = 1000 };
	struct format fmt;
	CHECK_EQ("many", "init", format_init(&fmt, N, UINT64_MAX, NULL), KV_OK);
	uint64_t seed = 1, off = 0;
	for (size_t i = 0; i < N; i++) {
		CHECK_EQ("many", "add", format_add(&fmt, i, i * 0x3000, 0x1000 + i, off, NULL), KV_OK);
		off += 0x1000 + i;
	}
	for (size_t k = 0; k < 5000; k++) {
		uint64_t i = unit_random(&seed) % N, o = unit_random(&seed) % 0x3000, q = 0;
		struct place place;
		format_locate(&fmt, i * 0x3000 + o, &place);
		bool in = o < 0x1000 + i;
		CHECK_EQ("many", "kind", place.kind, in ? PLACE_FILE : PLACE_ABSENT);
		CHECK_EQ("many", "first", place.first, i * 0x3000 + (in ? 0 : 0x1000 + i));
		paddr_t a = i * 0x3000 + o, z = a;
		CHECK_EQ("many", "quick", format_clip(&fmt, a, &a, &z, &q), in);
		if (in)
			CHECK_EQ("many", "quick offset", q, place.off + o);
	}
	format_fini(&fmt);
}

/* Layouts for the index: n extents of len bytes each, apart, and one at far if it is not 0. */
static const struct {
	const char *name;
	size_t n;
	paddr_t first;
	uint64_t apart, len;
	paddr_t far;
	uint64_t far_len;
} index_rows[] = {
	{ "one",			1,    0x1000,  0,	    0x1000, 0, 0 },
	{ "one, of all",		1,    0,       0,	    UINT64_MAX, 0, 0 },
	{ "too few",			16,   0x5000,  0x3000,	    0x1000, 0, 0 },
	{ "few",			17,   0x5000,  0x3000,	    0x1000, 0, 0 },
	{ "few, around 2^63",		20,   (UINT64_C(1) << 63) - 0x80000, 0x10000, 0x1000, 0, 0 },
	{ "even",			5000, 0x10000, 0x3000,	    0x1000, 0, 0 },
	{ "without gaps",		5000, 0,       0x1000,	    0x1000, 0, 0 },
	{ "bytes",			5000, 7,       2,	    1,	    0, 0 },
	{ "skewed, far above",		5000, 0x1000,  0x3000,	    0x2000, UINT64_C(1) << 62, 0x1000 },
	{ "skewed, up to 2^64",		5000, 0,       0x3000,	    0x2000, UINT64_MAX - 0xfff, 0x1000 },
	{ "skewed, last byte of all",	5000, 0,       0x3000,	    0x2000, UINT64_MAX, 1 },
	{ "skewed, one large",		5000, 0x1000,  0x3000,	    0x2000, UINT64_C(1) << 40, UINT64_C(1) << 63 },
	{ "over all addresses",		4096, 0,       UINT64_C(1) << 52, 0x1000, 0, 0 },
	{ "over all, from above 0",	4095, 0x123456, UINT64_C(1) << 52, 0x1000, 0, 0 },
};

/* What is at pa, by looking at all extents in turn. */
static void
check_index(const char *row, struct format *fmt, paddr_t pa)
{
	const struct extent *in = NULL;
	paddr_t first = 0, last = UINT64_MAX, lo = 0, hi = UINT64_MAX;
	uint64_t off = 0;
	struct place place;
	for (size_t i = 0; i < fmt->n; i++) {
		const struct extent *x = &fmt->v[i];
		if (pa >= x->first && pa <= x->last)
			in = x;
		else if (x->last < pa)
			first = x->last + 1;
		else if (x->first - 1 < last)
			last = x->first - 1;
	}
	format_locate(fmt, pa, &place);
	CHECK_EQ(row, "kind", place.kind, in != NULL ? PLACE_FILE : PLACE_ABSENT);
	CHECK_EQ(row, "first", place.first, in != NULL ? in->first : first);
	CHECK_EQ(row, "last", place.last, in != NULL ? in->last : last);
	CHECK_EQ(row, "quick", format_clip(fmt, pa, &lo, &hi, &off), in != NULL);
	if (in != NULL)
		CHECK_EQ(row, "quick offset", off, in->off);
}

static void
test_index(void)
{
	for (size_t k = 0; k < sizeof(index_rows) / sizeof(index_rows[0]); k++) {
		const char *row = index_rows[k].name;
		size_t n = index_rows[k].n, far = index_rows[k].far != 0;
		struct format fmt;
		uint64_t off = 0x100;
		CHECK_EQ(row, "init", format_init(&fmt, n + far, UINT64_MAX, NULL), KV_OK);
		for (size_t i = 0; i < n; i++) {
			CHECK_EQ(row, "add", format_add(&fmt, i, index_rows[k].first +
			    i * index_rows[k].apart, index_rows[k].len, n == 1 ? 0 : off, NULL), KV_OK);
			off += index_rows[k].len;
		}
		/* An index that is too old must not stay. */
		format_index(&fmt);
		if (far != 0)
			CHECK_EQ(row, "add", format_add(&fmt, n, index_rows[k].far,
			    index_rows[k].far_len, off, NULL), KV_OK);
		for (int indexed = 0; indexed < 2; indexed++) {
			for (size_t i = 0; i < fmt.n; i += i < 20 || i + 20 > n ? 1 : 97) {
				check_index(row, &fmt, fmt.v[i].first);
				check_index(row, &fmt, fmt.v[i].last);
				check_index(row, &fmt, fmt.v[i].first - 1);
				check_index(row, &fmt, fmt.v[i].last + 1);
			}
			check_index(row, &fmt, 0);
			check_index(row, &fmt, UINT64_MAX);
			check_index(row, &fmt, UINT64_C(1) << 63);
			format_index(&fmt);
			const uint32_t *made = fmt.bucket;
			format_index(&fmt);
			CHECK(fmt.bucket == made, "%s: made twice", row);
			CHECK_EQ(row, "is there", fmt.bucket != NULL, fmt.n > 16);
			CHECK(fmt.bucket == NULL || fmt.nbuckets <= 2 * fmt.n, "%s: too large", row);
		}
		format_fini(&fmt);
	}
}

/* A pointer that leads to a page of 16 bytes, of which 12 are left. */
static enum kv_status
short_page(void *arg, vaddr_t va, struct kv_run *run, struct kv_err *err)
{
	(void)arg;
	(void)err;
	*run = (struct kv_run) { .first = va - 4, .last = va + 11,
		.at = { .space = KV_PHYS, .addr = 0x1000 } };
	return KV_OK;
}

/* Leads from a virtual address to a virtual address. */
static enum kv_status
to_itself(void *arg, vaddr_t va, struct kv_run *run, struct kv_err *err)
{
	(void)arg, (void)err;
	*run = (struct kv_run) { .first = va, .last = va | 0xfff, .at = { .addr = va, .space = KV_VIRT } };
	return KV_OK;
}

/* What a walk says of a virtual address, and how often one needs another. */
struct walks {
	struct memory *mem;
	enum kv_status st;
	unsigned n, most;	/* how many there were; 0: none needs another, else up to so many do */
};

static enum kv_status
walk(void *arg, vaddr_t va, struct kv_run *run, struct kv_err *err)
{
	struct walks *w = arg;
	const uint8_t *p;
	size_t got;
	enum kv_status st = w->st;
	if (++w->n < w->most)
		st = memory_read(w->mem, (struct kv_loc) { .space = KV_VIRT, .addr = va + 0x1000 }, 8, &p, &got, err);
	else if (st != KV_OK)
		kv_fail(err, st, "the walk says so");
	*run = (struct kv_run) { .first = va, .last = va | 0xfff, .at = { .space = KV_PHYS, .addr = 0x1000 } };
	return st;
}

/* A table that cannot be found is absent; what else a walk says stays; and it ends. */
static void
test_virtual(void)
{
	static const struct {
		enum kv_status walk, read;
	} rows[] = { { KV_OK, KV_OK }, { KV_EUNMAPPED, KV_EABSENT }, { KV_EABSENT, KV_EABSENT }, { KV_ETRUNC, KV_ETRUNC },
		{ KV_EIO, KV_EIO }, { KV_EFORMAT, KV_EFORMAT } };
	static const uint8_t bytes[0x40];
	struct image img;
	struct format fmt;
	struct kv_err err = { .text = "" };
	const uint8_t *p;
	size_t got = 0;
	const struct kv_loc at = { .space = KV_VIRT, .addr = 0xc0000000 };
	CHECK_EQ("virtual", "open", image_open_mem(&img, "m", bytes, sizeof(bytes), NULL), KV_OK);
	CHECK_EQ("virtual", "init", format_init(&fmt, 1, sizeof(bytes), NULL), KV_OK);
	CHECK_EQ("virtual", "add", format_add(&fmt, 0, 0x1000, 0x40, 0, NULL), KV_OK);
	struct walks w = { .n = 0 };
	struct memory mem = { .img = &img, .fmt = &fmt, .virt = walk, .virt_arg = &w };
	w.mem = &mem;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		w = (struct walks) { .mem = &mem, .st = rows[i].walk };
		CHECK_EQ("virtual", "status", memory_read(&mem, at, 8, &p, &got, &err), rows[i].read);
		CHECK_EQ("virtual", "walks", w.n, 1);
		CHECK_EQ("virtual", "depth", mem.depth, 0);
	}
	/* Each walk needs another: four may. */
	w = (struct walks) { .mem = &mem, .most = 4 };
	CHECK_EQ("four walks", "status", memory_read(&mem, at, 8, &p, &got, &err), KV_OK);
	CHECK_EQ("four walks", "walks", w.n, 4);
	w = (struct walks) { .mem = &mem, .most = 100 };
	CHECK_EQ("endless", "status", memory_read(&mem, at, 8, &p, &got, &err), KV_EFORMAT);
	CHECK_EQ("endless", "walks", w.n, 4);
	CHECK_TEXT("endless", err.text, "m: page tables behind the virtual address 0xc0004000 need page tables behind "
	    "virtual addresses: gave up after 4");
	CHECK_EQ("endless", "depth", mem.depth, 0);
	format_fini(&fmt);
	image_close(&img);
}

static void
test_spaces(void)
{
	uint8_t bytes[0x100] = { 0 };
	static const uint8_t cpu[0x40];
	struct image img;
	struct format fmt;
	const uint8_t *p;
	size_t got = 0;
	struct kv_err err = { .text = "" };
	CHECK_EQ("spaces", "open", image_open_mem(&img, "m", bytes, sizeof(bytes), NULL), KV_OK);
	CHECK_EQ("spaces", "init", format_init(&fmt, 1, sizeof(bytes), NULL), KV_OK);
	CHECK_EQ("spaces", "add", format_add(&fmt, 0, 0x1000, 0x40, 0x10, NULL), KV_OK);
	struct memory mem = { .img = &img, .fmt = &fmt, .virt = short_page,
		.blob = { cpu, sizeof(cpu), false } };
	struct kv_loc at = { .space = KV_BLOB, .addr = 0x10 };
	CHECK_EQ("cpu data", "status", memory_read(&mem, at, 8, &p, &got, NULL), KV_OK);
	CHECK_EQ("cpu data", "got", got, 0x30);
	CHECK(p == cpu + 0x10, "cpu data: elsewhere");
	at.addr = 0x39;
	CHECK_EQ("cpu data's end", "status", memory_read(&mem, at, 8, &p, &got, &err), KV_EFORMAT);
	CHECK_TEXT("cpu data's end", err.text, "8 bytes at offset 0x39 of the cpu data, which has 0x40");
	at = (struct kv_loc) { .space = KV_VIRT, .addr = 0xc0000004 };
	CHECK_EQ("virtual", "status", memory_read(&mem, at, 12, &p, &got, NULL), KV_OK);
	CHECK_EQ("virtual", "got", got, 12);
	CHECK_EQ("virtual", "nothing", memory_read(&mem, at, 0, &p, &got, NULL), KV_OK);
	CHECK_EQ("virtual", "got", got, 12);
	CHECK(p == bytes + 0x14, "virtual: elsewhere");
	err.text[0] = '\0';
	CHECK_EQ("virtual's end", "status", memory_read(&mem, at, 13, &p, &got, &err), KV_EABSENT);
	CHECK_TEXT("virtual's end", err.text, "13 bytes of page tables lie across the end of a page "
	    "at 0x100f");
	err.text[0] = '\0';
	at = (struct kv_loc) { .space = KV_FILE, .addr = 0xfc };
	CHECK_EQ("file", "status", memory_read(&mem, at, 4, &p, &got, NULL), KV_OK);
	CHECK_EQ("file's end", "status", memory_read(&mem, at, 5, &p, &got, &err), KV_ETRUNC);
	CHECK_TEXT("file's end", err.text, "5 bytes wanted at offset 0xfc, but the file is truncated");
	at = (struct kv_loc) { .space = KV_VIRT, .addr = 0xc0000004 };
	mem.virt = NULL;
	CHECK_EQ("no such tables", "status", memory_read(&mem, at, 8, &p, &got, &err), KV_EUNSUP);
	CHECK_TEXT("no such tables", err.text, "m: page tables behind virtual addresses are not supported");
	mem.virt = to_itself;
	CHECK_EQ("in a circle", "status", memory_read(&mem, at, 8, &p, &got, &err), KV_EFORMAT);
	CHECK_TEXT("in a circle", err.text, "m: the virtual address 0xc0000004 leads to another");
	format_fini(&fmt);
	image_close(&img);
}

static void
test_memory(void)
{
	uint8_t bytes[0x100];
	struct image img;
	struct format fmt;
	const uint8_t *p;
	size_t got;
	struct kv_err err = { .text = "" };
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)i;
	CHECK_EQ("memory", "open", image_open_mem(&img, "m", bytes, sizeof(bytes), NULL), KV_OK);
	CHECK_EQ("memory", "init", format_init(&fmt, 3, sizeof(bytes), NULL), KV_OK);
	CHECK_EQ("memory", "add", format_add(&fmt, 0, 0x1000, 0x40, 0x10, NULL), KV_OK);
	CHECK_EQ("memory", "add", format_add(&fmt, 1, 0x1ff0, 0x10, 0x20, NULL), KV_OK);
	CHECK_EQ("memory", "add", format_add(&fmt, 2, 0x2000, 0x1000, 0x50, NULL), KV_OK);
	struct memory mem = { .img = &img, .fmt = &fmt };
	static const struct {
		const char *name;
		paddr_t pa;
		size_t len, got;
		enum kv_status st;
		const char *text;
	} rows[] = {
		{ "first",	    0x1000, 8, 0x40, KV_OK,	 "" },
		{ "nothing",	    0x1000, 0, 0x40, KV_OK,	 "" },
		{ "last entry",	    0x1038, 8, 8,    KV_OK,	 "" },
		{ "last byte",	    0x103f, 1, 1,    KV_OK,	 "" },
		{ "nothing of it",  0x103f, 0, 1,    KV_OK,	 "" },
		{ "across the end", 0x103c, 8, 0,    KV_EABSENT, "not in the dump" },
		{ "across segments", 0x1ffc, 8, 0,   KV_EABSENT,
		    "8 bytes at physical address 0x1ffc lie across the end of a memory segment at 0x2000" },
		{ "absent",	    0x1040, 8, 0,    KV_EABSENT, "0x1040 is not in the dump" },
		{ "cut",	    0x20a8, 8, 8,    KV_OK,	 "" },
		{ "past the cut",   0x20b0, 8, 0,    KV_ETRUNC,	 "truncated" },
		{ "across the cut", 0x20ac, 8, 0,    KV_ETRUNC,	 "truncated" },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		err.text[0] = '\0';
		CHECK_EQ(rows[i].name, "status", memory_read(&mem, (struct kv_loc) {
		    .space = KV_PHYS, .addr = rows[i].pa }, rows[i].len, &p, &got, &err), rows[i].st);
		CHECK_TEXT(rows[i].name, err.text, rows[i].text);
		if (rows[i].st != KV_OK)
			continue;
		CHECK_EQ(rows[i].name, "got", got, rows[i].got);
		CHECK_EQ(rows[i].name, "byte", p[0], rows[i].pa < 0x2000 ?
		    rows[i].pa - 0x1000 + 0x10 : rows[i].pa - 0x2000 + 0x50);
	}
	format_fini(&fmt);
	image_close(&img);
}

/* The cpu data, as tables that lie in it are read: no byte behind it. */
static void
test_blob(void)
{
	static const uint8_t cpu[16] = { [12] = 0x5a };
	struct image img;
	struct format fmt = { 0 };
	const uint8_t *p;
	size_t got;
	struct kv_err err = { .text = "" };
	CHECK_EQ("blob", "open", image_open_mem(&img, "m", cpu, sizeof(cpu), NULL), KV_OK);
	struct memory mem = { .img = &img, .fmt = &fmt, .blob = { .p = cpu, .len = sizeof(cpu) } };
	struct kv_loc at = { .space = KV_BLOB, .addr = 12 };
	CHECK_EQ("blob", "last word", memory_read(&mem, at, 4, &p, &got, &err), KV_OK);
	CHECK_EQ("blob", "bytes", got, 4);
	CHECK_EQ("blob", "byte", p[0], 0x5a);
	CHECK_EQ("blob", "across its end", memory_read(&mem, at, 8, &p, &got, &err), KV_EFORMAT);
	CHECK_TEXT("blob", err.text, "m: 8 bytes at offset 0xc of the cpu data, which has 0x10");
	at.addr = UINT64_MAX;
	CHECK_EQ("blob", "behind it", memory_read(&mem, at, 8, &p, &got, &err), KV_EFORMAT);
	at.addr = 16;
	CHECK_EQ("blob", "nothing at its end", memory_read(&mem, at, 0, &p, &got, &err), KV_OK);
	CHECK_EQ("blob", "nothing", got, 0);
	image_close(&img);
}

/* Without memory for an index, extents are found all the same. */
static void
test_no_index(void)
{
	enum { MANY = 64 };
	struct format fmt;
	CHECK_EQ("no index", "init", format_init(&fmt, MANY, MANY * 0x1000, NULL), KV_OK);
	for (uint64_t i = 0; i < MANY; i++)
		CHECK_EQ("no index", "add", format_add(&fmt, (size_t)i, i * 0x3000, 0x1000, i * 0x1000,
		    NULL), KV_OK);
	allocations_left = 0;
	format_index(&fmt);
	allocations_left = -1;
	CHECK_EQ("no index", "index", fmt.bucket != NULL, false);
	for (uint64_t i = 0; i < MANY; i++) {
		struct place place;
		format_locate(&fmt, i * 0x3000 + 0xfff, &place);
		CHECK_EQ("no index", "kind", place.kind, PLACE_FILE);
		CHECK_EQ("no index", "offset", place.off, i * 0x1000);
		format_locate(&fmt, i * 0x3000 + 0x1000, &place);
		CHECK_EQ("no index", "gap", place.kind, PLACE_ABSENT);
	}
	format_fini(&fmt);
}

/* ---- The container: one change of a good header a row. ----------------------------- */

static const struct {
	const char *name;
	size_t off;
	unsigned byte;		/* its new value */
	size_t size;		/* of the file; 0: whole */
	enum kv_status st;
	const char *text;
} header_rows[] = {
	{ "good",		   0,  0x00, 0,	  KV_OK,      "" },
	{ "flags of the file",	   0,  0x08, 0,	  KV_OK,      "" },	/* not checked by NetBSD */
	{ "c_nseg 3",		   8,  3,    0,	  KV_EFORMAT, "c_nseg" },
	{ "c_hdrsize 11",	   4,  11,   0,	  KV_EFORMAT, "c_hdrsize at offset 0x4 is 0xb, wanted 0xc" },
	{ "c_hdrsize 17",	   4,  17,   0,	  KV_EFORMAT, "segment magic at offset 0x13" },
	{ "c_seghdrsize 7",	   6,  7,    0,	  KV_EFORMAT, "c_seghdrsize at offset 0x6 is 0x7" },
	{ "cpu magic",		   19, 0xad, 0,	  KV_EFORMAT, "cpu segment: segment magic at offset 0x12 is 0x8fad" },
	{ "cpu flags",		   16, 0x08, 0,	  KV_EFORMAT, "flags at offset 0x10 are 0x2" },
	{ "cpu flags and others",  16, 0x0c, 0,	  KV_EFORMAT, "flags at offset 0x10 are 0x3" },
	{ "cpu mid",		   17, 0x9d, 0,	  KV_OK,      "" },	/* not checked by NetBSD */
	{ "cpu size",		   20, 0xf0, 0,	  KV_EFORMAT, "data segment" },
	{ "cpu size 0xff0001f8",   23, 0xff, 0,	  KV_EFORMAT, "c_size is 0xff0001f8" },
	{ "cpu size 0x80001f8",	   23, 0x08, 0,	  KV_ETRUNC,  "c_size is 0x80001f8 at offset 0x18" },
	{ "data flags",		   528, 4,   0,	  KV_EFORMAT, "data segment" },
	{ "data size",		   532, 9,   0,	  KV_OK,      "" },	/* unreliable: not used */
	{ "cut in the header",	   0,  0,    11,  KV_ETRUNC,  "header" },
	{ "cut in the cpu header", 0,  0,    23,  KV_ETRUNC,  "cpu segment" },
	{ "cut in the cpu data",   0,  0,    527, KV_ETRUNC,  "c_size is 0x1f8" },
	{ "cut in the data header", 0, 0,    535, KV_ETRUNC,  "data segment" },
	{ "no memory at all",	   0,  0,    536, KV_OK,      "" },
};

static void
test_header(void)
{
	static uint8_t image[DUMP_SIZE];
	for (size_t i = 0; i < sizeof(header_rows) / sizeof(header_rows[0]); i++) {
		struct image img;
		struct netbsd_kcore kc;
		struct kv_err err = { .text = "" };
		const char *row = header_rows[i].name;
		dump_make(image);
		image[header_rows[i].off] = (uint8_t)header_rows[i].byte;
		size_t size = header_rows[i].size != 0 ? header_rows[i].size : DUMP_SIZE;
		CHECK_EQ(row, "open", image_open_mem(&img, "file", image, size, NULL), KV_OK);
		enum kv_status st = netbsd_open_file(&kc, &img, &err);
		CHECK_EQ(row, "status", st, header_rows[i].st);
		CHECK_TEXT(row, err.text, header_rows[i].text);
		if (st == KV_OK) {
			CHECK_EQ(row, "memory", kc.mem_off, DUMP_MEM);
			CHECK_EQ(row, "cpu data", kc.cpu.len, DUMP_CPU_SIZE);
			netbsd_fini(&kc);
		} else {
			CHECK_TEXT(row, err.text, "file");
		}
		image_close(&img);
	}
}

/* The most that a header may claim is looked for in the file; one more is not. */
static void
test_cpu_max(void)
{
	static uint8_t image[DUMP_SIZE];
	for (uint32_t more = 0; more <= 8; more += 8) {
		struct image img;
		struct netbsd_kcore kc;
		struct kv_err err = { .text = "" };
		dump_make(image);
		le32_put(image + 20, NETBSD_CPU_MAX + more);
		CHECK_EQ("c_size", "image", image_open_mem(&img, "m", image, sizeof(image), NULL), KV_OK);
		CHECK_EQ("c_size", "status", netbsd_open_file(&kc, &img, &err),
		    more == 0 ? KV_ETRUNC : KV_EFORMAT);
		CHECK_TEXT("c_size", err.text, more == 0 ? "c_size is 0x10000000 at offset" :
		    "c_size is 0x10000008, more than 0x10000000");
		image_close(&img);
	}
}

static void
test_big_endian(void)
{
	/* 12 + 8 + 16 + 8: no padding, as on m68k. */
	uint8_t b[64] = { 0x00, 0x87, 0x8f, 0xca, 0, 12, 0, 8, 0, 0, 0, 2,
		0x04, 0x00, 0x8f, 0xac, 0, 0, 0, 16 };
	be32_put(b + 36, 0x08008fac);
	b[20] = 0x12;
	struct image img;
	struct netbsd_kcore kc;
	CHECK_EQ("big-endian", "open", image_open_mem(&img, "be", b, sizeof(b), NULL), KV_OK);
	CHECK_EQ("big-endian", "status", netbsd_open_file(&kc, &img, NULL), KV_OK);
	CHECK(kc.cpu.big, "big-endian: order");
	CHECK_EQ("big-endian", "memory", kc.mem_off, 44);
	uint32_t word = 0;
	CHECK(view_u32(&kc.cpu, 0, &word) && word == 0x12000000, "big-endian: cpu data");
	netbsd_fini(&kc);
	image_close(&img);
}

struct sink {
	uint8_t bytes[1024];
	size_t n;
	int left;	/* calls until it fails; -1: never */
};

static bool
sink_put(void *cookie, const void *buf, size_t len)
{
	struct sink *sink = cookie;
	if (sink->left == 0 || len == 0 || len > sizeof(sink->bytes) - sink->n)
		return false;
	sink->left -= sink->left > 0;
	memcpy(sink->bytes + sink->n, buf, len);
	sink->n += len;
	return true;
}

/* Header of the file from the device's, and from the file's own; every put may fail. */
static void
test_emit(void)
{
	static uint8_t image[DUMP_SIZE], device[64 + 512];
	dump_make(image);
	be32_put(device + 64, 0x049d8fca);
	le32_put(device + 68, DUMP_CPU_SIZE);
	memcpy(device + 72, image + DUMP_CPU, DUMP_CPU_SIZE);
	struct image img;
	struct netbsd_kcore kc[2];
	uint32_t midmag = 0;
	CHECK_EQ("emit", "open", image_open_mem(&img, "device", device, sizeof(device), NULL), KV_OK);
	CHECK_EQ("emit", "probe", netbsd_probe_device(&img, 64, &midmag, NULL), KV_OK);
	CHECK_EQ("emit", "word", midmag, 0x049d8fca);
	CHECK_EQ("emit", "device", netbsd_open_device(&kc[0], &img, 64, 8, NETBSD_LITTLE, NULL), KV_OK);
	CHECK_EQ("emit", "memory", kc[0].mem_off, 64 + 512);
	struct image file;
	CHECK_EQ("emit", "open", image_open_mem(&file, "file", image, DUMP_SIZE, NULL), KV_OK);
	CHECK_EQ("emit", "file", netbsd_open_file(&kc[1], &file, NULL), KV_OK);
	for (int k = 0; k < 2; k++) {
		struct sink sink = { .left = -1 };
		const char *what;
		CHECK_EQ("emit", "length", netbsd_emit(&kc[k], 8, DUMP_SEG0_LEN + DUMP_SEG1_LEN,
		    sink_put, &sink, &what), DUMP_MEM);
		CHECK(memcmp(sink.bytes, image, DUMP_MEM) == 0, "emit %d: other bytes", k);
		bool failed = true;
		int calls = 0;
		for (; failed && calls < 20; calls++) {
			struct sink weak = { .left = calls };
			failed = netbsd_emit(&kc[k], 8, 0, sink_put, &weak, &what) == 0;
			CHECK(!failed || what != NULL, "emit: the part that failed is named");
		}
		CHECK_EQ("emit", "calls", calls - 1, 5);	/* 12 bytes, gap, 8, cpu data, 8 */
		netbsd_fini(&kc[k]);
	}
	image_close(&file);
	image_close(&img);
}

static void
test_device(void)
{
	static uint8_t dev[1024];
	be32_put(dev + 512, 0x049d8fca);
	le32_put(dev + 516, 504);
	static const struct {
		const char *name;
		uint64_t off;
		size_t size;
		enum kv_status st;
		const char *text;
	} rows[] = {
		{ "good",	   512,	1024, KV_OK,	  "" },
		{ "wrong place",   504,	1024, KV_EUNSUP,  "invalid magic in cpu_hdr" },
		{ "cut header",	   512,	516,  KV_ETRUNC,
		    "read 4 bytes at offset 200 for cpu_hdr instead of requested 8" },
		{ "past the end",  1024, 1024, KV_ETRUNC, "read 0 bytes at offset 400" },
		{ "cut cpu data",  512,	1023, KV_EFORMAT, "size 503 != cpu_hdr.csize 504" },
		{ "no cpu data",   512,	520,  KV_EFORMAT, "size 0 != cpu_hdr.csize 504" },
	};
	{	/* It is no file, and is told apart. */
		struct image img;
		struct kv_err err = { .text = "" };
		uint32_t midmag;
		CHECK_EQ("as a file", "open", image_open_mem(&img, "dev", dev + 512, 512, NULL), KV_OK);
		CHECK_EQ("as a file", "form", netbsd_probe(&img, &midmag, &err), NETBSD_DEVICE);
		CHECK_TEXT("as a file", err.text, "dev: at offset 0 is the header of a dump device");
		image_close(&img);
	}
	{	/* Without a look at its magic before. */
		struct image img;
		struct netbsd_kcore kc;
		struct kv_err err = { .text = "" };
		CHECK_EQ("no header", "open", image_open_mem(&img, "dev", dev, 516, NULL), KV_OK);
		CHECK_EQ("no header", "status", netbsd_open_device(&kc, &img, 512, 8, NETBSD_LITTLE, &err),
		    KV_ETRUNC);
		CHECK_TEXT("no header", err.text, "truncated in the device header");
		image_close(&img);
	}
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct image img;
		struct netbsd_kcore kc;
		struct kv_err err = { .text = "" };
		uint32_t midmag;
		CHECK_EQ(rows[i].name, "open", image_open_mem(&img, "dev", dev, rows[i].size, NULL), KV_OK);
		enum kv_status st = netbsd_probe_device(&img, rows[i].off, &midmag, &err);
		if (st == KV_OK)
			st = netbsd_open_device(&kc, &img, rows[i].off, 8, NETBSD_LITTLE, &err);
		CHECK_EQ(rows[i].name, "status", st, rows[i].st);
		CHECK_TEXT(rows[i].name, err.text, rows[i].text);
		if (st == KV_OK)
			netbsd_fini(&kc);
		image_close(&img);
	}
}

/* A port of both orders takes the one by which header and cpu data fill disk blocks. */
static void
test_device_order(void)
{
	uint8_t dev[512] = { 0x04, 0x8f, 0x8f, 0xca };
	/* Neither order tells whole blocks: it is not little-endian.  A size of 0, or of too much, too. */
	static const uint32_t sizes[] = { 8, 0, 0x30000000 };
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct image img;
		struct netbsd_kcore kc;
		le32_put(dev + 4, sizes[i]);
		CHECK_EQ("no order", "open", image_open_mem(&img, "dev", dev, sizeof(dev), NULL), KV_OK);
		if (netbsd_open_device(&kc, &img, 0, 8, NETBSD_LITTLE | NETBSD_BIG, NULL) == KV_OK) {
			CHECK_EQ("no order", "big", kc.cpu.big, true);
			netbsd_fini(&kc);
		}
		image_close(&img);
	}
	for (int big = 0; big < 2; big++) {
		struct image img;
		struct netbsd_kcore kc;
		if (big)
			be32_put(dev + 4, 504);
		else
			le32_put(dev + 4, 504);
		CHECK_EQ("order", "open", image_open_mem(&img, "dev", dev, sizeof(dev), NULL), KV_OK);
		CHECK_EQ("order", "status", netbsd_open_device(&kc, &img, 0, 8,
		    NETBSD_LITTLE | NETBSD_BIG, NULL), KV_OK);
		CHECK_EQ("order", "big", kc.cpu.big, big);
		CHECK_EQ("order", "size", kc.cpu.len, 504);
		netbsd_fini(&kc);
		image_close(&img);
	}
}

static const struct unit_test tests[] = {
	{ "segments", test_add },
	{ "limits of add", test_add_limits },
	{ "locate", test_locate },
	{ "many extents", test_many },
	{ "index", test_index },
	{ "memory", test_memory },
	{ "spaces", test_spaces },
	{ "virtual addresses", test_virtual },
	{ "cpu data", test_blob },
	{ "no index", test_no_index },
	{ "headers of a file", test_header },
	{ "largest cpu segment", test_cpu_max },
	{ "big-endian", test_big_endian },
	{ "emit", test_emit },
	{ "device", test_device },
	{ "byte order of a device", test_device_order },
	{ 0 },
};
const struct unit_suite unit_format = { "format", tests };
