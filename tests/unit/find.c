/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lib/api/find.c and xlate.c over ranges of a regime that answers from a list: what is told of an
 * address, how far that holds, and how the answers of a listing become ranges.
 */
#include <stdio.h>
#include <string.h>

#include "kvm.h"
#include "handle.h"
#include "unit.h"

enum { PAGE = 0x1000, SIZE = 0x4a00 };
#define NOWHERE	UINT64_MAX

/* ---- The regime: mmu.arg is a list of runs that ends with last 0. ------------------ */

struct answer {
	struct kv_run run;
	enum kv_status st;
};

static enum kv_status
list_walk(const struct mmu *mmu, const struct mmu_src *src, vaddr_t va, struct kv_run *run,
    mmu_step_fn *step, void *arg, struct kv_err *err)
{
	(void)src;
	for (const struct answer *a = mmu->arg; a->run.last != 0; a++)
		if (va >= a->run.first && va <= a->run.last) {
			const struct mmu_step one = { .level = 1, .name = "list", .table = { .addr = 0x10, .space = KV_BLOB },
				.index = 2, .entry = { .addr = 0x20, .space = KV_FILE }, .size = 8, .raw = 0x30,
				.kind = MMU_RESERVED, .next = { .addr = 0x40 }, .prot = KV_W, .why = "is listed" };
			if (step != NULL)
				step(arg, &one);
			*run = a->run;
			return a->st == KV_OK ? KV_OK : kv_fail(err, a->st, "the list says %d", a->st);
		}
	*run = (struct kv_run) { .first = va, .last = va };
	return kv_fail(err, KV_EUNMAPPED, "not in the list");
}

static enum kv_status
list_each(const struct mmu *mmu, const struct mmu_src *src, vaddr_t lo, vaddr_t last,
    mmu_run_fn *fn, void *arg, struct kv_err *err)
{
	(void)src;
	for (const struct answer *a = mmu->arg; a->run.last != 0; a++) {
		struct kv_run run = a->run;
		if (a->st == KV_EIO)
			return kv_fail(err, KV_EIO, "the list ends");
		if (run.last < lo || run.first > last)
			continue;
		if (run.first < lo) {
			run.at.addr += lo - run.first;
			run.first = lo;
		}
		run.last = run.last > last ? last : run.last;
		if (!fn(arg, &run, a->st))
			return KV_OK;
	}
	return KV_OK;
}

static const struct mmu_ops list_ops = { list_walk, list_each };

static struct as_range
range_of(vaddr_t lo, vaddr_t last, const struct answer *list)
{
	return (struct as_range) { lo, last, { .ops = &list_ops, .regime = "list", .arg = list } };
}

/*
 * Memory: 0x1000 to 0x2fff at 0x100 of the image, 0x3000 to 0x3fff at 0x2200, 0x8000 to 0x9fff at 0x3200,
 * of which the image has 0x1800 bytes.
 */
static uint8_t image[SIZE];

static void
handle_open(struct __kvm *kd, struct as_range *as, unsigned nas)
{
	static const struct handle_extent extents[] = {
		{ 0x1000, 0x2000, 0x100 }, { 0x3000, 0x1000, 0x2200 }, { 0x8000, 0x2000, 0x3200 },
	};
	handle_make(kd, image, SIZE, extents, 3, as, nas);
}

/* ---- Which range an address is of, and where that ends to be so ------------------- */

static void
test_find_as(void)
{
	static const struct {
		vaddr_t va, lo, last;
		int as;
		unsigned bits;
	} rows[] = {
		{ 0, 0, 0xfff, -1, 64 }, { 0xfff, 0, 0xfff, -1, 64 },
		{ 0x1000, 0x1000, 0x1fff, 0, 64 }, { 0x1fff, 0x1000, 0x1fff, 0, 64 },
		/* The third begins in the first, and ends in the second. */
		{ 0x2000, 0x2000, 0x3fff, 2, 64 }, { 0x3fff, 0x2000, 0x3fff, 2, 64 },
		{ 0x4000, 0x4000, 0x7fff, 1, 64 }, { 0x7fff, 0x4000, 0x7fff, 1, 64 },
		{ 0x8000, 0x8000, 0x8fff, -1, 64 }, { 0x8fff, 0x8000, 0x8fff, -1, 64 },
		{ 0x9000, 0x9000, 0xafff, 3, 64 },
		{ 0xb000, 0xb000, UINT64_MAX, -1, 64 }, { UINT64_MAX, 0xb000, UINT64_MAX, -1, 64 },
		{ 0xb000, 0xb000, UINT32_MAX, -1, 32 }, { UINT32_MAX, 0xb000, UINT32_MAX, -1, 32 },
		{ UINT64_C(1) << 32, 0xb000, UINT64_MAX, -1, 32 },
	};
	struct as_range as[] = { { .lo = 0x1000, .last = 0x1fff }, { .lo = 0x4000, .last = 0x7fff },
		{ .lo = 0x1800, .last = 0x5fff }, { .lo = 0x9000, .last = 0xafff } };
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char row[32];
		const struct dump dump = { .as = as, .nas = 4, .bits = rows[i].bits };
		vaddr_t lo = 1, last = 1;
		(void)snprintf(row, sizeof(row), "%#jx of %u", (uintmax_t)rows[i].va, rows[i].bits);
		const struct as_range *got = find_as(&dump, rows[i].va, &lo, &last);
		CHECK(got == (rows[i].as < 0 ? NULL : &as[rows[i].as]), "%s: another range", row);
		CHECK_EQ(row, "lo", lo, rows[i].lo);
		CHECK_EQ(row, "last", last, rows[i].last);
	}
}

/* ---- What is at an address -------------------------------------------------------- */

#define PHYS(pa)	{ .addr = (pa), .space = KV_PHYS }
#define IN_FILE(off)	{ .addr = (off), .space = KV_FILE }
static const struct answer list[] = {
	{ { 0x10000, 0x15fff, PHYS(0), KV_R | KV_W, true }, KV_OK },
	{ { 0x20000, 0x21fff, PHYS(0x8000), KV_R, false }, KV_OK },
	{ { 0x30000, 0x31fff, IN_FILE(0x1100), KV_X, true }, KV_OK },
	{ { 0x32000, 0x33fff, IN_FILE(0x4000), KV_R, true }, KV_OK },
	{ { 0x34000, 0x35fff, PHYS(0), 0, false }, KV_EUNMAPPED },
	{ { 0x36000, 0x37fff, PHYS(0), 0, false }, KV_EABSENT },
	{ { 0x38000, 0x38fff, PHYS(0), 0, false }, KV_ETRUNC },
	{ { 0x39000, 0x39fff, PHYS(0), 0, false }, KV_EFORMAT },
	{ { 0x3a000, 0x3a000, PHYS(0x1234), KV_R, true }, KV_OK },
	{ { 0x3b000, 0x3cfff, PHYS(UINT64_MAX - 0xfff), KV_R, true }, KV_OK },
	{ { 0 }, KV_OK },
};
static const struct answer before[] = {
	{ { 0x11000, 0x13fff, PHYS(0x1800), KV_R, true }, KV_OK },
	{ { 0 }, KV_OK },
};

static const struct {
	const char *name;
	vaddr_t va, first, last;
	paddr_t pa;
	uint64_t off;
	enum kvm_kind kind;
	int prot;		/* -1: not known */
	enum kv_status why;
	const char *text;
} find_rows[] = {
	{ "below memory", 0x10800, 0x10000, 0x10fff, 0, NOWHERE, KVM_ABSENT, 3, KV_EABSENT,
	    "physical address 0x800 is not in the dump: no memory segment holds 0 to 0xfff" },
	{ "memory, cut by another range", 0x11800, 0x11000, 0x11fff, 0x1000, 0x100, KVM_MAPPED, 3, KV_OK, "" },
	{ "first byte", 0x11000, 0x11000, 0x11fff, 0x1000, 0x100, KVM_MAPPED, 3, KV_OK, "" },
	{ "last byte", 0x11fff, 0x11000, 0x11fff, 0x1000, 0x100, KVM_MAPPED, 3, KV_OK, "" },
	{ "the other range, its run begins before", 0x12345, 0x12000, 0x127ff, 0x2800, 0x1900, KVM_MAPPED, 1, KV_OK, "" },
	{ "the other range, its run ends behind", 0x12900, 0x12800, 0x12fff, 0x3000, 0x2200, KVM_MAPPED, 1, KV_OK, "" },
	{ "behind another range", 0x13800, 0x13000, 0x13fff, 0x3000, 0x2200, KVM_MAPPED, 3, KV_OK, "" },
	{ "above memory", 0x15000, 0x14000, 0x15fff, 0x4000, NOWHERE, KVM_ABSENT, 3, KV_EABSENT, "0x5000 is not in" },
	{ "before the image ends", 0x20010, 0x20000, 0x217ff, 0x8000, 0x3200, KVM_MAPPED, -1, KV_OK, "" },
	{ "past the image's end", 0x21812, 0x21800, 0x21fff, 0x9800, NOWHERE, KVM_TRUNCATED, -1, KV_ETRUNC,
	    "physical address 0x9812 lies at offset 0x4a12, but the file is truncated" },
	{ "in the image", 0x30123, 0x30000, 0x31fff, 0x1100, 0x1100, KVM_MAPPED, 4, KV_OK, "" },
	{ "in the image, before its end", 0x32000, 0x32000, 0x329ff, 0x4000, 0x4000, KVM_MAPPED, 1, KV_OK, "" },
	{ "the image's last byte", 0x329ff, 0x32000, 0x329ff, 0x4000, 0x4000, KVM_MAPPED, 1, KV_OK, "" },
	{ "not in the image", 0x32a00, 0x32a00, 0x33fff, 0x4a00, NOWHERE, KVM_TRUNCATED, 1, KV_ETRUNC,
	    "image: offset 0x4a00 is past the end of the file, which has 0x4a00 bytes" },
	{ "unmapped", 0x34123, 0x34000, 0x35fff, 0, NOWHERE, KVM_UNMAPPED, -1, KV_EUNMAPPED, "the list says" },
	{ "a table is absent", 0x36123, 0x36000, 0x36fff, 0, NOWHERE, KVM_UNKNOWN, -1, KV_EABSENT, "the list says" },
	{ "a table is absent, next page", 0x37fff, 0x37000, 0x37fff, 0, NOWHERE, KVM_UNKNOWN, -1, KV_EABSENT, "the list says" },
	{ "a table is cut off", 0x38fff, 0x38000, 0x38fff, 0, NOWHERE, KVM_UNKNOWN, -1, KV_EABSENT, "the list says" },
	{ "a table is wrong", 0x39000, 0x39000, 0x39fff, 0, NOWHERE, KVM_UNKNOWN, -1, KV_EFORMAT, "the list says" },
	{ "one byte", 0x3a000, 0x3a000, 0x3a000, 0x1234, 0x334, KVM_MAPPED, 1, KV_OK, "" },
	{ "the top of memory", 0x3b123, 0x3b000, 0x3bfff, UINT64_MAX - 0xfff, NOWHERE, KVM_ABSENT, 1, KV_EABSENT,
	    "0xfffffffffffff123 is not in the dump" },
	{ "no range", 0x50000, 0x50000, 0x607ff, 0, NOWHERE, KVM_UNMAPPED, -1, KV_EUNMAPPED,
	    "no page tables are known for 0x50000 to 0x607ff" },
	{ "a small range, unknown", 0x60900, 0x60800, 0x60bff, 0, NOWHERE, KVM_UNKNOWN, -1, KV_EFORMAT, "the list says" },
};

static void
count_step(void *arg, const struct mmu_step *step)
{
	(void)step;
	++*(unsigned *)arg;
}

static void
test_find(void)
{
	static const struct answer wrong[] = { { { 0x60000, 0x60fff, PHYS(0), 0, false }, KV_EFORMAT },
		{ { 0 }, KV_OK } };
	struct as_range as[] = { range_of(0x12000, 0x12fff, before), range_of(0x10000, 0x4ffff, list),
		range_of(0x60800, 0x60bff, wrong) };
	struct __kvm kd;
	handle_open(&kd, as, 3);
	for (size_t i = 0; i < sizeof(find_rows) / sizeof(find_rows[0]); i++) {
		const char *row = find_rows[i].name;
		const vaddr_t va = find_rows[i].va;
		struct kvm_range range;
		struct kv_err err = { .text = "" };
		enum kv_status why = KV_ENOMEM;
		unsigned steps = 0;
		find_range(&kd, va, &range, count_step, &steps, &why, &err);
		CHECK_EQ(row, "why", why, find_rows[i].why);
		CHECK_TEXT(row, err.text, find_rows[i].text);
		CHECK_EQ(row, "silent", err.text[0] == '\0', find_rows[i].why == KV_OK);
		CHECK_EQ(row, "first", range.kr_first, find_rows[i].first);
		CHECK_EQ(row, "last", range.kr_last, find_rows[i].last);
		CHECK_EQ(row, "pa", range.kr_paddr, find_rows[i].pa);
		CHECK_EQ(row, "offset", range.kr_offset, find_rows[i].off);
		CHECK_EQ(row, "kind", range.kr_kind, find_rows[i].kind);
		CHECK_EQ(row, "prot", range.kr_prot, find_rows[i].prot < 0 ? 0 : find_rows[i].prot);
		CHECK_EQ(row, "prot known", range.kr_prot_known, find_rows[i].prot >= 0);
		CHECK_EQ(row, "steps", steps, va < 0x50000 || va > 0x60000);
		/* What a read is told: the same bytes. */
		struct span span = { 0 };
		err.text[0] = '\0';
		const enum kv_status st = find_span(&kd, va, &span, count_step, &steps, &err);
		CHECK_EQ(row, "span, status", st, find_rows[i].why);
		CHECK_TEXT(row, err.text, find_rows[i].text);
		if (st != KV_OK)
			continue;
		CHECK_EQ(row, "span, first", span.first, find_rows[i].first);
		CHECK_EQ(row, "span, last", span.last, find_rows[i].last);
		CHECK_EQ(row, "span, offset", span.off, find_rows[i].off);
	}
	handle_close(&kd);
}

/* A run whose end is past the top of physical memory, whose last bytes are in the dump. */
static void
test_top(void)
{
	struct as_range as = range_of(0x10000, 0x4ffff, list);
	struct __kvm kd;
	struct span span = { 0 };
	handle_open(&kd, &as, 1);
	format_fini(&kd.dump.ram);
	CHECK_EQ("top", "memory", format_init(&kd.dump.ram, 1, SIZE, NULL), KV_OK);
	CHECK_EQ("top", "memory", format_add(&kd.dump.ram, 0, UINT64_MAX - 0x17ff, 0x1800, 0x100, NULL), KV_OK);
	CHECK_EQ("top", "status", find_span(&kd, 0x3b123, &span, NULL, NULL, NULL), KV_OK);
	CHECK_EQ("top", "first", span.first, 0x3b000);
	CHECK_EQ("top", "last", span.last, 0x3bfff);
	CHECK_EQ("top", "offset", span.off, 0x900);
	handle_close(&kd);
}

/* ---- kvm_xlate --------------------------------------------------------------------- */

static void
see_step(const struct kvm_step *s, void *arg)
{
	++*(unsigned *)arg;
	CHECK_EQ("step", "level", s->ks_level, 1);
	CHECK(strcmp(s->ks_name, "list") == 0, "step: name %s", s->ks_name);
	CHECK_EQ("step", "table", s->ks_table, 0x10);
	CHECK_EQ("step", "index", s->ks_index, 2);
	CHECK_EQ("step", "entry", s->ks_entry, 0x20);
	CHECK_EQ("step", "raw", s->ks_raw, 0x30);
	CHECK(strcmp(s->ks_verdict, "reserved") == 0, "step: verdict %s", s->ks_verdict);
	CHECK(strcmp(s->ks_why, "is listed") == 0, "step: why %s", s->ks_why);
	CHECK_EQ("step", "next", s->ks_next, 0x40);
	CHECK_EQ("step", "prot", s->ks_prot, KV_W);
	CHECK_EQ("step", "space of the entry", s->ks_space, KVM_SPACE_FILE);
}

static void
test_xlate(void)
{
	struct as_range as = range_of(0x10000, 0x4ffff, list);
	struct __kvm kd;
	struct kvm_range range;
	unsigned steps = 0;
	handle_open(&kd, &as, 1);
	CHECK_EQ("xlate", "returned", kvm_xlate(&kd, 0x11800, &range, see_step, &steps), 0);
	CHECK_EQ("xlate", "steps", steps, 1);
	CHECK_EQ("xlate", "last", range.kr_last, 0x12fff);
	CHECK_EQ("xlate", "silent", kd.errbuf[0], '\0');
	CHECK_EQ("xlate", "absent", kvm_xlate(&kd, 0x15000, &range, NULL, NULL), 0);
	CHECK_TEXT("xlate", kd.errbuf, "15000): image: physical address 0x5000 is not in the dump");
	handle_close(&kd);
	kd = (struct __kvm) { .no_header = "nothing is here" };
	CHECK_EQ("no header", "xlate", kvm_xlate(&kd, 0, &range, NULL, NULL), -1);
	CHECK_TEXT("no header", kd.errbuf, "no valid dump header: nothing is here");
}

/* ---- Listing ----------------------------------------------------------------------- */

struct told {
	struct kvm_range v[16];
	unsigned n, stop;	/* how many are wanted; 0: all */
};

static int
tell(const struct kvm_range *range, void *arg)
{
	struct told *told = arg;
	if (CHECK(told->n < 16, "a range too many at %#jx", (uintmax_t)range->kr_first))
		told->v[told->n++] = *range;
	return told->n != told->stop;
}

static void
told_is(const char *row, const struct told *told, unsigned i, vaddr_t first, vaddr_t last,
    enum kvm_kind kind)
{
	if (!CHECK(i < told->n, "%s: range %u is not told", row, i))
		return;
	CHECK_EQ(row, "first", told->v[i].kr_first, first);
	CHECK_EQ(row, "last", told->v[i].kr_last, last);
	CHECK_EQ(row, "kind", told->v[i].kr_kind, kind);
}

/* Two runs side by side are one range if they continue each other in all that is told. */
static void
test_merge(void)
{
	static const struct {
		const char *name;
		struct answer a, b;
		unsigned n;		/* ranges */
	} rows[] = {
		{ "one after the other", { { 0x10000, 0x107ff, PHYS(0x1000), KV_R, true }, KV_OK },
		    { { 0x10800, 0x10fff, PHYS(0x1800), KV_R, true }, KV_OK }, 1 },
		{ "a gap", { { 0x10000, 0x107fe, PHYS(0x1000), KV_R, true }, KV_OK },
		    { { 0x10800, 0x10fff, PHYS(0x1800), KV_R, true }, KV_OK }, 2 },
		{ "memory further on", { { 0x10000, 0x107ff, PHYS(0x1000), KV_R, true }, KV_OK },
		    { { 0x10800, 0x10fff, PHYS(0x1801), KV_R, true }, KV_OK }, 2 },
		{ "the same memory", { { 0x10000, 0x107ff, PHYS(0x1000), KV_R, true }, KV_OK },
		    { { 0x10800, 0x10fff, PHYS(0x1000), KV_R, true }, KV_OK }, 2 },
		{ "other protection", { { 0x10000, 0x107ff, PHYS(0x1000), KV_R, true }, KV_OK },
		    { { 0x10800, 0x10fff, PHYS(0x1800), KV_R | KV_W, true }, KV_OK }, 2 },
		{ "protection not known", { { 0x10000, 0x107ff, PHYS(0x1000), 0, true }, KV_OK },
		    { { 0x10800, 0x10fff, PHYS(0x1800), 0, false }, KV_OK }, 2 },
		{ "neither is known", { { 0x10000, 0x107ff, PHYS(0x1000), KV_R, false }, KV_OK },
		    { { 0x10800, 0x10fff, PHYS(0x1800), KV_W, false }, KV_OK }, 1 },
		{ "another place in the image", { { 0x10000, 0x107ff, PHYS(0x2800), KV_R, true }, KV_OK },
		    { { 0x10800, 0x10fff, PHYS(0x3000), KV_R, true }, KV_OK }, 2 },
		{ "memory, and none", { { 0x10000, 0x107ff, PHYS(0x3800), KV_R, true }, KV_OK },
		    { { 0x10800, 0x10fff, PHYS(0x4000), KV_R, true }, KV_OK }, 2 },
		{ "none", { { 0x10000, 0x107ff, PHYS(0x4000), KV_R, true }, KV_OK },
		    { { 0x10800, 0x10fff, PHYS(0x4800), KV_R, true }, KV_OK }, 1 },
		{ "none, elsewhere", { { 0x10000, 0x107ff, PHYS(0x4000), KV_R, true }, KV_OK },
		    { { 0x10800, 0x10fff, PHYS(0x4000), KV_R, true }, KV_OK }, 2 },
		{ "not known", { { 0x10000, 0x107ff, PHYS(0x1000), 0, false }, KV_EABSENT },
		    { { 0x10800, 0x10fff, PHYS(0x5000), 0, false }, KV_ETRUNC }, 1 },
		{ "not known, known", { { 0x10000, 0x107ff, PHYS(0), 0, false }, KV_EABSENT },
		    { { 0x10800, 0x10fff, PHYS(0x800), 0, false }, KV_OK }, 2 },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct answer both[] = { rows[i].a, rows[i].b, { { 0 }, KV_OK } };
		struct as_range as = range_of(0, UINT64_MAX, both);
		struct told told = { .n = 0 };
		struct __kvm kd;
		handle_open(&kd, &as, 1);
		CHECK_EQ(rows[i].name, "returned", kvm_each_range(&kd, 0, UINT64_MAX, tell, &told), 0);
		CHECK_EQ(rows[i].name, "ranges", told.n, rows[i].n);
		CHECK_EQ(rows[i].name, "first", told.v[0].kr_first, 0x10000);
		CHECK_EQ(rows[i].name, "end of the first", told.v[0].kr_last,
		    rows[i].n == 1 ? 0x10fff : rows[i].a.run.last);
		CHECK_EQ(rows[i].name, "end", told.v[told.n - 1].kr_last, 0x10fff);
		if (told.v[0].kr_kind != KVM_MAPPED)
			CHECK_EQ(rows[i].name, "offset", told.v[0].kr_offset, NOWHERE);
		handle_close(&kd);
	}
}

/* Addresses of a target of 32 bits are taken in either extension. */
static void
test_extended(void)
{
	static const struct answer high[] = { { { 0x80010000, 0x80011fff, PHYS(0x1000), KV_R, true }, KV_OK },
		{ { 0 }, KV_OK } };
	const uint64_t sign = UINT64_C(0xffffffff) << 32;
	struct as_range as = range_of(0, UINT32_MAX, high);
	struct told told = { .n = 0 };
	struct kvm_range range;
	struct __kvm kd;
	handle_open(&kd, &as, 1);
	kd.dump.bits = 32;
	CHECK_EQ("extended", "returned", kvm_xlate(&kd, sign | 0x80010123, &range, NULL, NULL), 0);
	CHECK_EQ("extended", "kind", range.kr_kind, KVM_MAPPED);
	CHECK_EQ("extended", "first", range.kr_first, 0x80010000);
	CHECK_EQ("extended", "listed", kvm_each_range(&kd, sign | 0x80010800, sign | 0x800117ff, tell, &told), 0);
	CHECK_EQ("extended", "ranges", told.n, 1);
	told_is("extended", &told, 0, 0x80010800, 0x800117ff, KVM_MAPPED);
	/* One of them alone, with the other as it is. */
	told = (struct told) { .n = 0 };
	CHECK_EQ("extended", "listed", kvm_each_range(&kd, 0x80010800, sign | 0x800117ff, tell, &told), 0);
	told_is("extended, last", &told, 0, 0x80010800, 0x800117ff, KVM_MAPPED);
	told = (struct told) { .n = 0 };
	CHECK_EQ("extended", "listed", kvm_each_range(&kd, sign | 0x80010800, 0x800117ff, tell, &told), 0);
	told_is("extended, first", &told, 0, 0x80010800, 0x800117ff, KVM_MAPPED);
	handle_close(&kd);
}

/* Runs are cut where memory is, by what is asked for, and at the caller's wish. */
static void
test_each(void)
{
	struct as_range as[] = { range_of(0x12000, 0x12fff, before), range_of(0x10000, 0x15fff, list),
		range_of(0x20000, 0x21fff, list) };
	struct told told = { .n = 0 };
	struct __kvm kd;
	handle_open(&kd, as, 3);
	CHECK_EQ("all", "returned", kvm_each_range(&kd, 0, UINT64_MAX, tell, &told), 0);
	CHECK_EQ("all", "ranges", told.n, 8);
	told_is("all", &told, 0, 0x10000, 0x10fff, KVM_ABSENT);
	told_is("all", &told, 1, 0x11000, 0x11fff, KVM_MAPPED);
	told_is("all", &told, 2, 0x12000, 0x127ff, KVM_MAPPED);
	told_is("all", &told, 3, 0x12800, 0x12fff, KVM_MAPPED);
	told_is("all", &told, 4, 0x13000, 0x13fff, KVM_MAPPED);
	told_is("all", &told, 5, 0x14000, 0x15fff, KVM_ABSENT);
	told_is("all", &told, 6, 0x20000, 0x217ff, KVM_MAPPED);
	told_is("all", &told, 7, 0x21800, 0x21fff, KVM_TRUNCATED);
	/* Every one may be the last that is wanted. */
	for (unsigned n = 1; n <= 8; n++) {
		told = (struct told) { .stop = n };
		CHECK_EQ("stopped", "returned", kvm_each_range(&kd, 0, UINT64_MAX, tell, &told), 0);
		CHECK_EQ("stopped", "ranges", told.n, n);
	}
	told = (struct told) { .n = 0 };
	CHECK_EQ("a part", "returned", kvm_each_range(&kd, 0x11800, 0x12400, tell, &told), 0);
	CHECK_EQ("a part", "ranges", told.n, 2);
	told_is("a part", &told, 0, 0x11800, 0x11fff, KVM_MAPPED);
	told_is("a part", &told, 1, 0x12000, 0x12400, KVM_MAPPED);
	CHECK_EQ("a part", "pa", told.v[0].kr_paddr, 0x1800);
	told = (struct told) { .n = 0 };
	CHECK_EQ("a byte", "returned", kvm_each_range(&kd, 0x11fff, 0x11fff, tell, &told), 0);
	CHECK_EQ("a byte", "ranges", told.n, 1);
	told_is("a byte", &told, 0, 0x11fff, 0x11fff, KVM_MAPPED);
	told = (struct told) { .n = 0 };
	CHECK_EQ("backwards", "returned", kvm_each_range(&kd, 0x12000, 0x11fff, tell, &told), 0);
	CHECK_EQ("backwards", "ranges", told.n, 0);
	/* A piece of one byte is one. */
	format_fini(&kd.dump.ram);
	CHECK_EQ("a byte's hole", "memory", format_init(&kd.dump.ram, 2, SIZE, NULL), KV_OK);
	CHECK_EQ("a byte's hole", "memory", format_add(&kd.dump.ram, 0, 0, 0x1800, 0, NULL), KV_OK);
	CHECK_EQ("a byte's hole", "memory", format_add(&kd.dump.ram, 1, 0x1801, 0x4000, 0x1801, NULL), KV_OK);
	CHECK_EQ("a byte's hole", "returned", kvm_each_range(&kd, 0x10000, 0x11fff, tell, &told), 0);
	CHECK_EQ("a byte's hole", "ranges", told.n, 3);
	told_is("a byte's hole", &told, 0, 0x10000, 0x117ff, KVM_MAPPED);
	told_is("a byte's hole", &told, 1, 0x11800, 0x11800, KVM_ABSENT);
	told_is("a byte's hole", &told, 2, 0x11801, 0x11fff, KVM_MAPPED);
	told = (struct told) { .n = 0 };
	CHECK_EQ("hole", "returned", kvm_each_range(&kd, 0x16000, 0x1ffff, tell, &told), 0);
	CHECK_EQ("hole", "ranges", told.n, 0);
	handle_close(&kd);
}

/* A regime that is wrong or cannot go on: what it said before is not told twice, and the sentence says which. */
static void
test_each_fails(void)
{
	static const struct {
		const char *name;
		struct answer list[4];
		unsigned n;		/* ranges that are told */
		const char *text;
	} rows[] = {
		{ "backwards", { { { 0x11000, 0x11fff, PHYS(0x1000), KV_R, true }, KV_OK },
		    { { 0x10000, 0x10fff, PHYS(0x3000), KV_R, true }, KV_OK }, { { 0 }, KV_OK } }, 0,
		    "kvm_each_range: list cannot list its mappings in order" },
		{ "over each other", { { { 0x11000, 0x11fff, PHYS(0x1000), KV_R, true }, KV_OK },
		    { { 0x11fff, 0x12fff, PHYS(0x1fff), KV_R, true }, KV_OK }, { { 0 }, KV_OK } }, 0,
		    "kvm_each_range: list cannot list its mappings in order" },
		{ "backwards later", { { { 0x10000, 0x10fff, PHYS(0x1000), KV_R, true }, KV_OK },
		    { { 0x13000, 0x13fff, PHYS(0x3000), KV_R, true }, KV_OK },
		    { { 0x12000, 0x12fff, PHYS(0x3000), KV_R, true }, KV_OK }, { { 0 }, KV_OK } }, 1,
		    "kvm_each_range: list cannot list its mappings in order" },
		{ "an error", { { { 0x10000, 0x10fff, PHYS(0x1000), KV_R, true }, KV_OK },
		    { { 0x11000, 0x11fff, PHYS(0x3000), KV_R, true }, KV_OK },
		    { { 0, 1, PHYS(0), 0, false }, KV_EIO } }, 1, "kvm_each_range: the list ends" },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		/* The second one's regime has another name. */
		struct as_range as[2] = { range_of(0, 0xfffff, rows[i].list), range_of(0x100000, UINT64_MAX, rows[i].list) };
		struct told told = { .n = 0 };
		struct __kvm kd;
		as[1].mmu.regime = "another";
		handle_open(&kd, as, 2);
		CHECK_EQ(rows[i].name, "returned", kvm_each_range(&kd, 0, UINT64_MAX, tell, &told), -1);
		CHECK_TEXT(rows[i].name, kd.errbuf, rows[i].text);
		CHECK_EQ(rows[i].name, "told", told.n, rows[i].n);
		handle_close(&kd);
	}
}

/* ---- Extents ----------------------------------------------------------------------- */

struct extents {
	struct kvm_extent v[4];
	unsigned n, stop;
};

static int
see_extent(const struct kvm_extent *extent, void *arg)
{
	struct extents *seen = arg;
	if (CHECK(seen->n < 4, "an extent too many at %#jx", (uintmax_t)extent->ke_paddr))
		seen->v[seen->n++] = *extent;
	return seen->n != seen->stop;
}

static void
test_extents(void)
{
	struct as_range as = range_of(0, 0xffff, list);
	struct extents seen = { .n = 0 };
	struct __kvm kd;
	handle_open(&kd, &as, 1);
	CHECK_EQ("extents", "returned", kvm_each_extent(&kd, see_extent, &seen), 0);
	CHECK_EQ("extents", "all", seen.n, 3);
	CHECK_EQ("extents", "address", seen.v[1].ke_paddr, 0x3000);
	CHECK_EQ("extents", "length", seen.v[1].ke_len, 0x1000);
	CHECK_EQ("extents", "offset", seen.v[1].ke_offset, 0x2200);
	CHECK_EQ("extents", "length of what is cut off", seen.v[2].ke_len, 0x2000);
	seen = (struct extents) { .stop = 2 };
	CHECK_EQ("extents, stopped", "returned", kvm_each_extent(&kd, see_extent, &seen), 0);
	CHECK_EQ("extents, stopped", "told", seen.n, 2);
	handle_close(&kd);
	kd = (struct __kvm) { .no_header = "nothing is here" };
	CHECK_EQ("no header", "extents", kvm_each_extent(&kd, see_extent, &seen), -1);
	CHECK_EQ("no header", "ranges", kvm_each_range(&kd, 0, 1, tell, NULL), -1);
	CHECK_TEXT("no header", kd.errbuf, "no valid dump header: nothing is here");
}

static const struct unit_test tests[] = {
	{ "ranges of regimes", test_find_as },
	{ "an address", test_find },
	{ "the top of memory", test_top },
	{ "xlate", test_xlate },
	{ "neighbours", test_merge },
	{ "each range", test_each },
	{ "extended addresses", test_extended },
	{ "each range fails", test_each_fails },
	{ "extents", test_extents },
	{ 0 },
};
const struct unit_suite unit_find = { "find", tests };
