/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lib/format/minidump.c and the ports' headers: images made by hand from the kernels' minidump.h,
 * with one field changed.
 */
#include "allocations.h"
#include "format/minidump.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "port/port.h"
#include "unit.h"

enum { PAGE = 0x1000, IMAGE_MAX = 0x70000 };
static uint8_t image[IMAGE_MAX];

static void
put(uint64_t off, uint64_t v, unsigned size, bool big)
{
	for (unsigned i = 0; i < size; i++)
		image[off + i] = (uint8_t)(v >> 8 * (big ? size - 1 - i : i));
}

static bool
no_symbol(void *arg, const char *symbol, vaddr_t *ret)
{
	(void)arg, (void)symbol, (void)ret;
	return false;
}

static const struct port_kernel no_kernel = { .name = "", .os = "", .lookup = no_symbol };

/* Opens the first size bytes: the status, which is the same if no sentence is asked for. */
static enum kv_status
open_image(struct dump *dump, struct image *img, size_t size, const struct port_kernel *kernel,
    struct kv_err *err)
{
	CHECK_EQ("image", "open", image_open_mem(img, "core", image, size, NULL), KV_OK);
	const enum kv_status quiet = port_open(dump, img, kernel, NULL);
	port_close(dump);
	const enum kv_status st = port_open(dump, img, kernel, err);
	CHECK_EQ("image", "without a sentence", quiet, st);
	return st;
}

/* The physical address of va, and where its byte lies; UINT64_MAX: not mapped, not there. */
static paddr_t
xlate(struct dump *dump, vaddr_t va, uint64_t *off)
{
	const struct mmu_src src = { .read = memory_read, .arg = &dump->mem };
	*off = UINT64_MAX;
	for (unsigned i = 0; i < dump->nas; i++) {
		struct kv_run run;
		if (va < dump->as[i].lo || va > dump->as[i].last)
			continue;
		if (mmu_walk(&dump->as[i].mmu, &src, va, &run, NULL, NULL, NULL) != KV_OK)
			return UINT64_MAX;
		const paddr_t pa = run.at.addr + (va - run.first);
		struct place place;
		format_locate(&dump->ram, pa, &place);
		if (place.kind == PLACE_FILE)
			*off = place.off + (pa - place.first);
		return pa;
	}
	return UINT64_MAX;
}

/* ---- amd64 ------------------------------------------------------------------------ */

#define KERNBASE	UINT64_C(0xfffffe0000000000)
#define DMAP		UINT64_C(0xfffff80000000000)

/*
 * Version 3.  Pages 0x10 to 0x1f and 0x100 to 0x10f; dumped are 0x11 (a page table), 0x12, 0x105.
 * Parts: 0x1000 message buffer, 0x2000 dump_avail, 0x3000 bitmap, 0x4000 page map, 0x5000 pages.
 */
static size_t
make_amd64(void)
{
	memset(image, 0, sizeof(image));
	memcpy(image, "minidump FreeBSD/amd64", 22);
	put(24, 3, 4, false);
	put(28, 0x123, 4, false);	/* msgbufsize */
	put(32, PAGE, 4, false);	/* bitmapsize */
	put(36, PAGE, 4, false);	/* pmapsize */
	put(40, KERNBASE, 8, false);
	put(48, DMAP, 8, false);
	put(56, DMAP + 0x40000000, 8, false);
	put(64, PAGE, 4, false);	/* dumpavailsize */
	put(0x2000, 0x10000, 8, false);
	put(0x2008, 0x20000, 8, false);
	put(0x2010, 0x100000, 8, false);
	put(0x2018, 0x110000, 8, false);
	image[0x3000] = 0x06;		/* bits 1, 2 */
	image[0x3002] = 0x20;		/* bit 21 */
	put(0x4000, 0x11003, 8, false);	/* PDE 0: the table */
	put(0x4008, UINT64_C(0x8000000000200081), 8, false);	/* PDE 1: 2 MiB */
	put(0x5000 + 8 * 3, 0x105003, 8, false);	/* PTE 3 */
	return 0x8000;
}

static const struct {
	const char *name;
	uint64_t off, value;
	unsigned size;
	size_t cut;		/* the image's size, or 0 */
	enum kv_status st;
	const char *text;
} amd64_rows[] = {
	{ "good",		0, 'm', 1,	0, KV_OK, "" },
	{ "version 4",		24, 4, 4,	0, KV_EUNSUP, "wrong minidump version. expected 3 got 4: core: version at offset 0x18 is 4, wanted 1 to 3" },
	{ "version 0",		24, 0, 4,	0, KV_EFORMAT, "wrong minidump version" },
	{ "version of 16 bits",	24, 0xffff, 4,	0, KV_EUNSUP, "wrong minidump version. expected 3 got 65535" },
	{ "version of 17 bits",	24, 0x10001, 4,	0, KV_EFORMAT, "wrong minidump version: at offset 0x18 it is 0x10001, wanted a small number" },
	{ "another machine",	17, 'x', 1,	0, KV_EUNSUP, "not a minidump for this platform" },
	{ "short header",	0, 'm', 1,	67, KV_ETRUNC, "core: cannot read dump header: 0x43 bytes are there, wanted 0x44 or more" },
	{ "a word alone",	0, 'm', 1,	8, KV_ETRUNC, "core: cannot read dump header: 0x8 bytes are there" },
	{ "short version 3",	0, 'm', 1,	71, KV_ETRUNC, "cannot read dump header: core: 0x47 bytes" },
	{ "msgbufsize to the end", 28, 0x4001, 4, 0, KV_EFORMAT, "pmapsize at offset 0x24 is 0x1000, wanted 0 or less: the page map begins at offset 0x8000" },
	{ "msgbufsize huge",	28, 0xffffffff, 4, 0, KV_EFORMAT, "msgbufsize at offset 0x1c is 0xffffffff, wanted 0x7000 or less: the message buffer begins at offset 0x1000, the file has 0x8000 bytes" },
	{ "dumpavailsize huge",	64, 0x6001, 4,	0, KV_EFORMAT, "dumpavailsize at offset 0x40 is 0x6001, wanted 0x6000 or less: the dump_avail begins at offset 0x2000" },
	{ "bitmapsize huge",	32, 0x5001, 4,	0, KV_EFORMAT, "bitmapsize at offset 0x20 is 0x5001, wanted 0x5000 or less: the bitmap begins at offset 0x3000" },
	{ "bitmapsize 0",	32, 0, 4,	0, KV_EFORMAT, "bitmapsize at offset 0x20 is 0, wanted 1 to 0x1ffffffffffff" },
	{ "bitmapsize of 3 bytes", 32, 3, 4,	0, KV_EFORMAT, "range 1: 0x100000 to 0x110000 has 16 pages, but 8 of the bitmap's 24 bits" },
	{ "bitmapsize of 4 bytes", 32, 4, 4,	0, KV_OK, "" },
	{ "pmapsize huge",	36, 0x4001, 4,	0, KV_EFORMAT, "pmapsize at offset 0x24 is 0x4001, wanted 0x4000 or less: the page map begins at offset 0x4000" },
	{ "pmapsize 0",		36, 0, 4,	0, KV_EFORMAT, "pmapsize at offset 0x24 is 0, wanted a page map" },
	{ "pmapsize 12",	36, 12, 4,	0, KV_EFORMAT, "pmapsize at offset 0x24 is 0xc, wanted a multiple of 8" },
	{ "kernbase of 1 MiB",	40, KERNBASE + 0x100000, 8, 0, KV_EFORMAT, "core: kernbase is 0xfffffe0000100000, wanted a multiple of 0x200000" },
	{ "no direct map",	56, DMAP, 8,	0, KV_OK, "" },
	{ "dump_avail unsorted", 0x2010, 0x8000, 8, 0, KV_EFORMAT, "core: dump_avail at offset 0x2010: range 1:" },
	{ "dump_avail of a pair and a half", 64, 16 + 15, 4, 0, KV_OK, "" },
	{ "dump_avail of a pair, the second backwards", 0x2010, UINT64_MAX, 8, 0, KV_EFORMAT, "dump_avail at offset 0x2010: range 1: 0xffffffffffffffff to 0x110000 is empty" },
	{ "dump_avail empty",	0x2008, 0, 8,	0, KV_EFORMAT, "dump_avail at offset 0x2000 is empty" },
	{ "bitmap cut off",	0, 'm', 1,	0x3fff, KV_EFORMAT, "bitmapsize at offset 0x20" },
	{ "page map cut off",	0, 'm', 1,	0x4fff, KV_EFORMAT, "pmapsize at offset 0x24" },
	{ "all pages cut off",	0, 'm', 1,	0x5000, KV_OK, "" },
};

static void
test_amd64(void)
{
	for (size_t i = 0; i < sizeof(amd64_rows) / sizeof(amd64_rows[0]); i++) {
		const char *row = amd64_rows[i].name;
		struct image img;
		struct dump dump;
		struct kv_err err = { .text = "" };
		size_t size = make_amd64();
		put(amd64_rows[i].off, amd64_rows[i].value, amd64_rows[i].size, false);
		if (amd64_rows[i].cut != 0)
			size = amd64_rows[i].cut;
		CHECK_EQ(row, "status", open_image(&dump, &img, size, &no_kernel, &err),
		    amd64_rows[i].st);
		CHECK_TEXT(row, err.text, amd64_rows[i].text);
		if (strcmp(row, "bitmapsize 0") == 0)
			CHECK(strcmp(strstr(err.text, "wanted"), "wanted 1 to 0x1ffffffffffff") == 0, "%s: %s",
			    row, err.text);
		if (strcmp(row, "dump_avail of a pair and a half") == 0)
			CHECK_EQ(row, "memory", dump.ram.total, 2 * PAGE);
		if (strcmp(row, "no direct map") == 0)
			CHECK_EQ(row, "ranges", dump.nas, 1);
		port_close(&dump);
		image_close(&img);
	}
}

static const struct {
	const char *name;
	vaddr_t va;
	paddr_t pa;
	uint64_t off;
} amd64_vas[] = {
	{ "page by the table",	KERNBASE + 0x3004, 0x105004, 0x7004 },
	{ "not present",	KERNBASE + 0x2fff, UINT64_MAX, UINT64_MAX },
	{ "large page",		KERNBASE + 0x200000 + 0x1ff123, 0x3ff123, UINT64_MAX },
	{ "end of the page map", KERNBASE + 0x3fffffff, UINT64_MAX, UINT64_MAX },
	{ "behind it",		KERNBASE + 0x40000000, UINT64_MAX, UINT64_MAX },
	{ "below it",		KERNBASE - 1,	UINT64_MAX, UINT64_MAX },
	{ "top",		UINT64_MAX,	UINT64_MAX, UINT64_MAX },
	{ "direct map",		DMAP + 0x12010,	0x12010, 0x6010 },
	{ "direct map, hole of dump_avail", DMAP + 0xf1000, 0xf1000, UINT64_MAX },
	{ "direct map, bit clear", DMAP + 0x13000, 0x13000, UINT64_MAX },
	{ "direct map, last",	DMAP + 0x3fffffff, 0x3fffffff, UINT64_MAX },
	{ "behind the direct map", DMAP + 0x40000000, UINT64_MAX, UINT64_MAX },
};

static void
test_amd64_memory(void)
{
	struct image img;
	struct dump dump;
	const size_t size = make_amd64();
	CHECK_EQ("amd64", "open", open_image(&dump, &img, size, &no_kernel, NULL), KV_OK);
	CHECK(dump.port != NULL && strcmp(dump.port->machine, "amd64") == 0 &&
	    strcmp(dump.port->os, "freebsd") == 0, "amd64: port");
	CHECK_EQ("amd64", "memory", dump.ram.total, 0x3000);
	CHECK_EQ("amd64", "dmap", dump.dmap.lo, DMAP);
	CHECK_EQ("amd64", "dmap last", dump.dmap.last, DMAP + 0x3fffffff);
	for (size_t i = 0; i < sizeof(amd64_vas) / sizeof(amd64_vas[0]); i++) {
		uint64_t off;
		CHECK_EQ(amd64_vas[i].name, "physical", xlate(&dump, amd64_vas[i].va, &off), amd64_vas[i].pa);
		CHECK_EQ(amd64_vas[i].name, "offset", off, amd64_vas[i].off);
	}
	port_close(&dump);
	image_close(&img);
}

/* A page that two ranges of dump_avail share has two bits, of which the second is never set. */
static void
test_shared_page(void)
{
	for (unsigned twice = 0; twice < 2; twice++) {
		struct image img;
		struct dump dump;
		struct kv_err err = { .text = "" };
		const size_t size = make_amd64();
		put(0x2010, 0x1f800, 8, false);		/* in page 0x1f, bits 15 and 16 */
		image[0x3001] = 0x80;
		image[0x3002] = (uint8_t)twice;
		CHECK_EQ("shared page", "status", open_image(&dump, &img, size, &no_kernel, &err),
		    twice ? KV_EFORMAT : KV_OK);
		if (twice)
			CHECK_TEXT("shared page", err.text,
			    "core: bit 16 of the bitmap is set, but its page 0x1f000 has bit 15");
		port_close(&dump);
		image_close(&img);
		CHECK_EQ("shared page", "no sentence", open_image(&dump, &img, size, &no_kernel, NULL),
		    twice ? KV_EFORMAT : KV_OK);
		port_close(&dump);
		image_close(&img);
	}
}

/* Each n-th allocation fails until one run needs fewer; the bitmap of a file that is not mapped is copied. */
static void
test_no_memory(void)
{
	char path[] = "/tmp/unit-minidump-XXXXXX";
	const size_t size = make_amd64();
	const int fd = mkstemp(path);
	if (!CHECK(fd != -1 && write(fd, image, size) == (ssize_t)size && close(fd) == 0, "%s", path))
		return;
	for (unsigned flags = 0; flags <= IMAGE_NOMAP; flags += IMAGE_NOMAP) {
		struct image img;
		bool bitmap = false, copy = false, ok = false, range = false, bins = false;
		int n = 0;
		CHECK_EQ("no memory", "image", image_open(&img, path, flags, NULL), KV_OK);
		for (; !ok && n < 50; n++) {
			struct dump dump;
			struct kv_err err = { .text = "" };
			allocations_left = n;
			const enum kv_status st = port_open(&dump, &img, &no_kernel, &err);
			allocations_left = -1;
			ok = st == KV_OK;
			CHECK(ok || (st == KV_ENOMEM && err.text[0] != '\0'), "allocation %d: status %d: %s", n,
			    (int)st, err.text);
			bitmap |= strstr(err.text, "bitmap: ") != NULL;
			range |= strstr(err.text, "dump_avail at offset 0x2000: range 0: ") != NULL;
			bins |= strstr(err.text, "cannot allocate popcount bins") != NULL;
			copy |= strstr(err.text, "cannot allocate 4096 bytes for bitmap") != NULL;
			port_close(&dump);
		}
		CHECK(ok && bitmap && range && bins, "%u: %d allocations, bitmap %d", flags, n, bitmap);
		CHECK_EQ("no memory", "a copy of the bitmap", copy, flags == IMAGE_NOMAP);
		/* And each n-th read. */
		copy = ok = false;
		for (n = 0; flags == IMAGE_NOMAP && !ok && n < 50; n++) {
			struct image fresh;
			struct dump dump;
			struct kv_err err = { .text = "" };
			CHECK_EQ("no reads", "image", image_open(&fresh, path, flags, NULL), KV_OK);
			reads_left = n;
			ok = port_open(&dump, &fresh, &no_kernel, &err) == KV_OK && dump.port != NULL;
			reads_left = -1;
			copy |= strstr(err.text, "cannot read 4096 bytes for bitmap: ") != NULL;
			port_close(&dump);
			image_close(&fresh);
		}
		CHECK_EQ("no reads", "of the bitmap", copy, flags == IMAGE_NOMAP);
		image_close(&img);
	}
	(void)unlink(path);
}

/* Versions without dump_avail number pages from 0, whatever the header has there. */
static void
test_amd64_old(void)
{
	static const struct {
		const char *name;
		unsigned version;
		vaddr_t va;
		paddr_t pa;
	} rows[] = {
		{ "version 2", 2, KERNBASE + 0x3004, 0x5004 },
		{ "version 1", 1, KERNBASE + 0x1234, 0x5234 },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct image img;
		struct dump dump;
		uint64_t off;
		(void)make_amd64();
		put(24, rows[i].version, 4, false);	/* dumpavailsize is garbage now */
		memset(image + 0x2000, 0, 0x2000);
		image[0x2000] = 0x22;		/* bits 1, 5 */
		/* 0x2000 bitmap, 0x3000 page map, 0x4000 page 1, 0x5000 page 5 */
		memset(image + 0x3000, 0, 0x3000);
		put(0x3000, 0x1003, 8, false);
		put(0x3008, 0x5003, 8, false);	/* version 1: PTE 1 */
		put(0x4018, 0x5003, 8, false);	/* version 2: PTE 3 */
		CHECK_EQ(rows[i].name, "open", open_image(&dump, &img, 0x6000, &no_kernel, NULL), KV_OK);
		CHECK_EQ(rows[i].name, "physical", xlate(&dump, rows[i].va, &off), rows[i].pa);
		CHECK_EQ(rows[i].name, "offset", off, 0x5000 + (rows[i].pa & 0xfff));
		port_close(&dump);
		image_close(&img);
	}
}

/* ---- 32 bits: both widths of dump_avail, both orders ------------------------------- */

/* Version 2.  Pages 0x10 to 0x1f and 0x80 to 0x8f; dumped are 0x13 and 0x85, bits 3 and 21. */
static size_t
make_32(const char *magic, bool big, unsigned width, unsigned entry)
{
	static const uint64_t avail[4] = { 0x10000, 0x20000, 0x80000, 0x90000 };
	memset(image, 0, sizeof(image));
	memcpy(image, magic, strlen(magic));
	put(24, 2, 4, big);
	put(28, PAGE, 4, big);
	put(32, PAGE, 4, big);
	put(36, PAGE, 4, big);
	put(40, 0xc0000000, 4, big);
	for (unsigned i = 0; i < 4; i++)
		put(0x2000 + width * i, avail[i], width, big);
	put(0x3000, 1u << 3 | 1u << 21, 4, big);
	put(0x4000 + 5 * entry, 0x85012, entry, big);	/* arm: a small page, read and write */
	return 0x7000;
}

static void
test_32(void)
{
	static const struct {
		const char *name, *magic;
		bool big;
		unsigned width, entry;
		uint64_t avail_off, extra_off, extra;
		enum kv_status st;
		const char *text;
	} rows[] = {
		{ "arm", "minidump FreeBSD/arm", false, 8, 4, 52, 48, 2, KV_OK, "" },
		{ "arm, V4", "minidump FreeBSD/arm", false, 8, 4, 52, 48, 1, KV_OK, "" },
		{ "arm, big", "minidump FreeBSD/arm", true, 8, 4, 52, 48, 2, KV_OK, "" },
		{ "arm, narrow", "minidump FreeBSD/arm", false, 4, 4, 52, 48, 2, KV_OK, "" },
		{ "arm, big, narrow", "minidump FreeBSD/arm", true, 4, 4, 52, 48, 2, KV_OK, "" },
		{ "arm, LPAE", "minidump FreeBSD/arm", false, 8, 4, 52, 48, 3, KV_EUNSUP, "mmuformat at offset 0x30 is 3: long descriptors" },
		{ "arm, mmuformat 4", "minidump FreeBSD/arm", false, 8, 4, 52, 48, 4, KV_EFORMAT, "mmuformat at offset 0x30 is 0x4, wanted 0" },
		{ "arm, empty", "minidump FreeBSD/arm", false, 0, 4, 52, 48, 2, KV_EFORMAT, "dump_avail at offset 0x2000 is empty" },
		{ "i386", "minidump FreeBSD/i386", false, 8, 4, 48, 44, 0, KV_OK, "" },
		{ "i386, narrow", "minidump FreeBSD/i386", false, 4, 4, 48, 44, 0, KV_OK, "" },
		{ "i386, PAE", "minidump FreeBSD/i386", false, 8, 8, 48, 44, 1, KV_OK, "" },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *row = rows[i].name;
		struct image img;
		struct dump dump;
		struct kv_err err = { .text = "" };
		uint64_t off;
		const size_t size = make_32(rows[i].magic, rows[i].big, rows[i].width, rows[i].entry);
		put(rows[i].avail_off, PAGE, 4, rows[i].big);
		put(rows[i].extra_off, rows[i].extra, 4, rows[i].big);
		if (rows[i].extra_off == 44)
			put(0x4000 + 5 * rows[i].entry, 0x85003, rows[i].entry, false);
		CHECK_EQ(row, "status", open_image(&dump, &img, size, &no_kernel, &err), rows[i].st);
		CHECK_TEXT(row, err.text, rows[i].text);
		if (rows[i].st == KV_OK) {
			CHECK_EQ(row, "physical", xlate(&dump, 0xc0005678, &off), 0x85678);
			CHECK_EQ(row, "offset", off, 0x6678);
			CHECK_EQ(row, "hole", xlate(&dump, 0xc0006000, &off), UINT64_MAX);
			CHECK_EQ(row, "memory", dump.ram.total, 0x2000);
		}
		port_close(&dump);
		image_close(&img);
	}
}

/* The same of mips, whose kernel tells the word size: narrow words are only of 32 bits. */
static void
test_mips(void)
{
	for (unsigned k = 0; k < 8; k++) {
		const bool big = (k & 1) != 0, wide = (k & 2) != 0, narrow = (k & 4) != 0;
		const char *row = wide ? narrow ? "mips64, narrow" : "mips64" : narrow ? "mips, narrow" : "mips";
		const unsigned entry = wide ? 8 : 4;
		struct port_kernel kernel = no_kernel;
		struct image img;
		struct dump dump;
		struct kv_err err = { .text = "" };
		uint64_t off;
		kernel.os = "freebsd";
		kernel.machine = 8;
		kernel.bits = wide ? 64 : 32;
		kernel.big = big;
		kernel.e_flags = ~UINT32_C(0x20);	/* all but EF_MIPS_ABI2 */
		const size_t size = make_32("minidump FreeBSD/mips", big, narrow ? 4 : 8, entry);
		put(40, wide ? UINT64_C(0xc000000000000000) : UINT64_C(0xffffffffc0000000), 8, big);
		put(64, PAGE, 4, big);
		/* Words of the bitmap are the kernel's. */
		put(0x3000, 1u << 3 | 1u << 21, wide ? 8 : 4, big);
		put(0x4000 + 5 * entry, 0x85 << 6 | 2, entry, big);
		const enum kv_status st = open_image(&dump, &img, size, &kernel, &err);
		if (wide && narrow)
			CHECK_EQ(row, "status", st, KV_EFORMAT);
		else if (CHECK(st == KV_OK, "%s: %s", row, err.text)) {
			const vaddr_t base = wide ? UINT64_C(0xc000000000000000) : 0xc0000000;
			CHECK_EQ(row, "physical", xlate(&dump, base + 0x5678, &off), 0x85678);
			CHECK_EQ(row, "offset", off, 0x6678);
			CHECK_EQ(row, "memory", dump.ram.total, 0x2000);
		}
		port_close(&dump);
		image_close(&img);
		/* Nothing but the kernel tells the width. */
		CHECK_EQ(row, "without kernel", open_image(&dump, &img, size, &no_kernel, &err), KV_EINVAL);
		CHECK_TEXT(row, err.text, "core: the dump does not tell whether its kernel is of 32 or 64 bits");
		port_close(&dump);
		image_close(&img);
	}
}

/* Of arm's pages: PTE2_RO and XN, of V4 the AP; of radix trees EAA (Power ISA 3.0B, 5.7.10.2). */
static void
test_prot(void)
{
#define RADIX	(UINT64_C(3) << 62 | 0x85000)	/* a valid leaf */
	static const struct {
		const char *name;
		const struct mmu *mmu;
		uint64_t pte;
		int prot;	/* -1: not valid */
	} rows[] = {
		{ "V6",			&mmu_arm_armv7_pte_array, 0x85012, KV_R | KV_W | KV_X },
		{ "V6, read-only",	&mmu_arm_armv7_pte_array, 0x85092, KV_R | KV_X },
		{ "V6, clean",		&mmu_arm_armv7_pte_array, 0x85212, KV_R | KV_W | KV_X },
		{ "V6, XN",		&mmu_arm_armv7_pte_array, 0x85013, KV_R | KV_W },
		{ "V6, large, XN",	&mmu_arm_armv7_pte_array, 0x88011, KV_R | KV_W },
		{ "V6, large",		&mmu_arm_armv7_pte_array, 0x80011, KV_R | KV_W | KV_X },
		{ "V6, large, odd",	&mmu_arm_armv7_pte_array, 0x90011, KV_R | KV_W | KV_X },
		{ "V6, type 0",		&mmu_arm_armv7_pte_array, 0x85010, -1 },
		{ "V4",			&mmu_arm_armv5_pte_array, 0x85552, KV_R | KV_W | KV_X },
		{ "V4, large",		&mmu_arm_armv5_pte_array, 0x80551, KV_R | KV_W | KV_X },
		{ "V4, read-only",	&mmu_arm_armv5_pte_array, 0x85002, KV_R | KV_X },
		{ "V4, user's alone",	&mmu_arm_armv5_pte_array, 0x85aa2, KV_R | KV_X },
		{ "V4, one subpage",	&mmu_arm_armv5_pte_array, 0x85012, KV_R | KV_W | KV_X },
		{ "V4, type 0",		&mmu_arm_armv5_pte_array, 0x85010, -1 },
		{ "V4, tiny",		&mmu_arm_armv5_pte_array, 0x85013, -1 },
		{ "radix",		&mmu_powerpc64_radix, RADIX | 0xf, KV_R | KV_W | KV_X },
		{ "radix, none",	&mmu_powerpc64_radix, RADIX | 0x8, 0 },
		{ "radix, execute",	&mmu_powerpc64_radix, RADIX | 0x9, KV_X },
		{ "radix, read",	&mmu_powerpc64_radix, RADIX | 0xc, KV_R },
		{ "radix, read, write",	&mmu_powerpc64_radix, RADIX | 0xe, KV_R | KV_W },
		{ "radix, not valid",	&mmu_powerpc64_radix, RADIX << 1 | 0xf, -1 },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct mmu_entry e = { .skip = 0 };
		rows[i].mmu->decode(rows[i].mmu, rows[i].mmu->nlevels - 1u, rows[i].pte, &e);
		CHECK_EQ(rows[i].name, "leaf", e.kind == MMU_LEAF, rows[i].prot != -1);
		CHECK_EQ(rows[i].name, "protection", e.prot, rows[i].prot != -1 ? rows[i].prot : 0);
		CHECK_EQ(rows[i].name, "subpages", e.sub_shift, 0);
		/* Else a listing would leave it out. */
		const uint64_t mask = rows[i].mmu->valid_mask;
		CHECK_EQ(rows[i].name, "listed", rows[i].prot == -1 || mask == 0 || (rows[i].pte & mask) != 0, true);
		CHECK_EQ(rows[i].name, "reason", e.why != NULL, rows[i].prot == -1);
	}
}

/* ---- arm64: the page size decides where everything lies ---------------------------- */

static void
test_arm64(void)
{
	static const struct {
		const char *name;
		unsigned version, flags, shift;
		enum kv_status st;
		const char *text;
	} rows[] = {
		{ "4 KiB",	3, 0, 12, KV_OK, "" },
		{ "16 KiB",	3, 1, 14, KV_OK, "" },
		{ "no flags yet", 2, 1, 12, KV_OK, "" },
		{ "64 KiB",	3, 2, 16, KV_EUNSUP, "flags at offset 0x4c are 0x2: pages of 64 KiB" },
		{ "reserved",	3, 3, 12, KV_EFORMAT, "flags at offset 0x4c is 0x3, wanted 0" },
	};
	const uint64_t base = UINT64_C(0xffff000000000000), dmap = UINT64_C(0xffffa00000000000);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *row = rows[i].name;
		struct image img;
		struct dump dump;
		struct kv_err err = { .text = "" };
		uint64_t off;
		const uint64_t page = UINT64_C(1) << rows[i].shift;
		memset(image, 0, sizeof(image));
		memcpy(image, "minidump FreeBSD/arm64", 22);
		put(24, rows[i].version, 4, false);
		put(28, 1, 4, false);
		put(32, 8, 4, false);		/* bitmapsize */
		put(36, 16, 4, false);		/* pmapsize: two entries */
		put(40, base, 8, false);
		put(48, 0x40000000, 8, false);	/* dmapphys */
		put(56, dmap, 8, false);
		put(64, dmap + 0x100000, 8, false);
		put(72, 16, 4, false);		/* dumpavailsize: no terminator */
		put(76, rows[i].flags, 4, false);
		put(2 * page, 0x40000000, 8, false);
		put(2 * page + 8, 0x40000000 + 4 * page, 8, false);
		put(2 * page + 16, 0x50000000, 8, false);	/* behind its end */
		put(2 * page + 24, 0x50100000, 8, false);
		put(3 * page, 0x1a, 1, false);	/* bits 1, 3; and 4, which has no page */
		put(4 * page + 8, (0x40000000 + 3 * page) | 0x703, 8, false);
		CHECK_EQ(row, "status", open_image(&dump, &img, (size_t)(7 * page), &no_kernel, &err), rows[i].st);
		CHECK_TEXT(row, err.text, rows[i].text);
		if (rows[i].st == KV_OK) {
			CHECK_EQ(row, "page size", dump.pagesize, page);
			CHECK_EQ(row, "memory", dump.ram.total, 2 * page);
			CHECK_EQ(row, "physical", xlate(&dump, base + page + 0x123, &off), 0x40000123 + 3 * page);
			CHECK_EQ(row, "offset", off, 6 * page + 0x123);
			CHECK_EQ(row, "behind the map", xlate(&dump, base + 2 * page, &off), UINT64_MAX);
			CHECK_EQ(row, "direct map", xlate(&dump, dmap + page, &off), 0x40000000 + page);
			CHECK_EQ(row, "its offset", off, 5 * page);
			/* No range hides a part of another. */
			const vaddr_t ends[][2] = { { dmap, dmap + 0xfffff }, { base, dmap - 1 },
				{ dmap + 0x100000, UINT64_MAX } };
			CHECK_EQ(row, "ranges", dump.nas, 3);
			for (unsigned k = 0; k < 3; k++) {
				CHECK_EQ(row, "range", dump.as[k].lo, ends[k][0]);
				CHECK_EQ(row, "its end", dump.as[k].last, ends[k][1]);
			}
		}
		port_close(&dump);
		image_close(&img);
	}
}

/* Entries behind the last address are of none: of each array the last two, then room for more. */
static void
test_array(void)
{
	const struct {
		const char *name;
		struct mmu mmu;
		vaddr_t base;
	} row[] = {
		{ "PTEs of long mode", mmu_x86_pte_array, UINT64_C(0xffffffffffffe000) },
		{ "PDEs of long mode", mmu_x86_pde_array, UINT64_C(0xffffffffffc00000) },
		{ "PTEs of PAE", mmu_x86_pae_pte_array, 0xffffe000 },
		{ "PTEs of i386", mmu_x86_32bit_pte_array, 0xffffe000 },
		{ "PTEs of ARMv7", mmu_arm_armv7_pte_array, 0xffffe000 },
		{ "PTEs of ARMv5", mmu_arm_armv5_pte_array, 0xffffe000 },
		{ "PTEs of AArch64, 4k", mmu_aarch64_4k_pte_array, UINT64_C(0xffffffffffffe000) },
		{ "PTEs of AArch64, 16k", mmu_aarch64_16k_pte_array, UINT64_C(0xffffffffffff8000) },
		{ "PTEs of RISC-V", mmu_riscv_pte_array, UINT64_C(0xffffffffffffe000) },
		{ "PTEs of MIPS", mmu_mips_freebsd_pte_array(false, 32, false), 0xffffe000 },
		{ "PTEs of MIPS n32", mmu_mips_freebsd_pte_array(true, 32, false), 0xffffe000 },
		{ "PTEs of MIPS n64", mmu_mips_freebsd_pte_array(true, 64, false), UINT64_C(0xffffffffffffe000) },
	};
	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		struct mmu mmu = row[i].mmu;
		CHECK_EQ(row[i].name, "init", mmu_array(&mmu, row[i].base, 0, 0x1000, NULL), KV_OK);
		CHECK_EQ(row[i].name, "entries", mmu.root_count, 2);
	}
	struct kv_err err = { .text = "" };
	struct mmu mmu = mmu_x86_32bit_pte_array;
	CHECK_EQ("array of 32 bits", "base", mmu_array(&mmu, UINT64_C(0x100000000), 0, 0x1000, &err), KV_EFORMAT);
	CHECK_TEXT("array of 32 bits", err.text, "kernbase is 0x100000000, wanted a multiple of 0x1000 up to 0xffffffff");
	CHECK_EQ("array of 3 bytes", "init", mmu_array(&mmu, 0, 0, 3, &err), KV_EFORMAT);
	CHECK_TEXT("array of 3 bytes", err.text, "the page map has 0x3 bytes, wanted an entry of 4");
}

/* As test_array, but one entry and no byte more. */
static void
test_array_of_one(void)
{
	struct mmu mmu = mmu_x86_32bit_pte_array;
	CHECK_EQ("array of one", "init", mmu_array(&mmu, 0xc0000000, 0x5000, 4, NULL), KV_OK);
	CHECK_EQ("array of one", "entries", mmu.root_count, 1);
	CHECK_EQ("array of one", "first", mmu.root_first, 0xc0000);
	CHECK_EQ("array of one", "offset", mmu.root.addr, 0x5000);
	mmu = mmu_x86_32bit_pte_array;
	CHECK_EQ("array of one", "last page", mmu_array(&mmu, 0xfffff000, 0, 4, NULL), KV_OK);
	CHECK_EQ("array of one", "entries", mmu.root_count, 1);
}

struct runs {
	struct kv_run v[4];
	size_t n, stop;		/* after so many; 0: never */
};

static bool
note_run(void *arg, const struct kv_run *run, enum kv_status st)
{
	struct runs *runs = arg;
	if (st == KV_OK && runs->n < 4)
		runs->v[runs->n++] = *run;
	return runs->n != runs->stop;
}

/*
 * Addresses that mean others: [0x1000, 0x4fff] is at 0x9000 of memory, with displacements that
 * wrap at 2^64 on one side or the other.
 */
static void
test_displaced(void)
{
#define TOP(n)	(UINT64_MAX - (n))
	static const struct {
		const char *name;
		uint64_t disp;
		vaddr_t va;
		enum kv_status st;
		vaddr_t first, last;
		paddr_t pa;		/* of first */
	} rows[] = {
		{ "inside", 0x800, 0x900, KV_OK, 0x800, 0x47ff, 0x9000 },
		{ "first", 0x800, 0x800, KV_OK, 0x800, 0x47ff, 0x9000 },
		{ "last", 0x800, 0x47ff, KV_OK, 0x800, 0x47ff, 0x9000 },
		{ "above", 0x800, 0x4800, KV_EUNMAPPED, 0x4800, TOP(0x800), 0 },
		{ "cut by 0", 0x2000, 0, KV_OK, 0, 0x2fff, 0xa000 },
		{ "cut by 0, inside", 0x2000, 0x10, KV_OK, 0, 0x2fff, 0xa000 },
		{ "begins at 0", 0x1000, 0x10, KV_OK, 0, 0x3fff, 0x9000 },
		{ "downwards", TOP(0xfff), 0x2000, KV_OK, 0x2000, 0x5fff, 0x9000 },
		{ "cut by the top", 0x3000, TOP(0xfff), KV_OK, TOP(0x1fff), UINT64_MAX, 0x9000 },
		{ "ends at the top", 0x5000, TOP(0xfff), KV_OK, TOP(0x3fff), UINT64_MAX, 0x9000 },
		{ "below, cut by 0", 0x800, 0, KV_EUNMAPPED, 0, 0x7ff, 0 },
		{ "hole, cut by the top", 0x3000, TOP(0x2fff), KV_EUNMAPPED, TOP(0x2fff), TOP(0x2000), 0 },
	};
	const struct mmu inner = mmu_linear(0x1000, 0x4fff, 0x9000, KV_R);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct mmu mmu = mmu_displaced(&inner, rows[i].disp);
		struct kv_run run;
		CHECK_EQ(rows[i].name, "status", mmu_walk(&mmu, NULL, rows[i].va, &run, NULL, NULL, NULL),
		    rows[i].st);
		CHECK_EQ(rows[i].name, "first", run.first, rows[i].first);
		CHECK_EQ(rows[i].name, "last", run.last, rows[i].last);
		if (rows[i].st != KV_OK)
			continue;
		CHECK_EQ(rows[i].name, "memory", run.at.addr, rows[i].pa);
		/* Listed, the same in the same place: here a run that wraps is two. */
		struct runs runs = { .n = 0 };
		CHECK_EQ(rows[i].name, "each", mmu_each(&mmu, NULL, rows[i].first, rows[i].last, note_run, &runs,
		    NULL), KV_OK);
		CHECK_EQ(rows[i].name, "runs", runs.n, 1);
		CHECK(runs.v[0].first == rows[i].first && runs.v[0].last == rows[i].last &&
		    runs.v[0].at.addr == rows[i].pa, "%s: each: %#jx to %#jx", rows[i].name,
		    (uintmax_t)runs.v[0].first, (uintmax_t)runs.v[0].last);
	}
	/* To the last address, and from that which means 0. */
	const struct mmu from0 = mmu_linear(0, 0x4fff, 0x9000, KV_R);
	const struct mmu ends = mmu_displaced(&from0, 0x3000);
	struct runs both = { .n = 0 };
	CHECK_EQ("from 0", "each", mmu_each(&ends, NULL, 0, UINT64_MAX, note_run, &both, NULL), KV_OK);
	CHECK_EQ("from 0", "runs", both.n, 2);
	CHECK_EQ("from 0", "first", both.v[0].first, 0);
	CHECK_EQ("from 0", "its last", both.v[0].last, 0x1fff);
	CHECK_EQ("from 0", "second", both.v[1].first, TOP(0x2fff));
	CHECK_EQ("from 0", "its place", both.v[1].at.addr, 0x9000);
	/* All addresses: what is mapped straddles 0, and so comes in two runs; or one, if stopped. */
	const struct mmu mmu = mmu_displaced(&inner, 0x3000);
	for (size_t stop = 0; stop < 2; stop++) {
		struct runs runs = { .stop = stop };
		CHECK_EQ("straddles", "each", mmu_each(&mmu, NULL, 0, UINT64_MAX, note_run, &runs, NULL), KV_OK);
		CHECK_EQ("straddles", "runs", runs.n, stop == 0 ? 2 : 1);
		CHECK(runs.v[0].first == 0 && runs.v[0].last == 0x1fff && runs.v[0].at.addr == 0xb000,
		    "straddles: from 0");
		if (stop == 0)
			CHECK(runs.v[1].first == TOP(0x1fff) && runs.v[1].last == UINT64_MAX &&
			    runs.v[1].at.addr == 0x9000, "straddles: to the top");
	}
}

/* ---- powerpc64: tables in the dump, addresses of the kernel file -------------------- */

enum { HPT = 0x40000, GROUP = 128 };
#define PPC_DMAP	UINT64_C(0xc000000000000000)
#define PPC_KVA		UINT64_C(0xe000000000000000)

/*
 * FreeBSD sys/powerpc/aim/slb.c: the ESID with its upper byte turned to the front, times 0x13bb.  Of
 * 0xe00000000, by hand: (0xe00000000 << 8 | 0xe0) mod 2^36 = 0xe0, times 0x13bb = 0x1143a0; with the
 * kernel's bit 36.
 */
#define PPC_VSID	UINT64_C(0x10001143a0)

/* 2048 groups; page 0x5 of segment 0xe00000000 in its primary group, page 0x1806 in its secondary. */
static size_t
make_powerpc64(bool big)
{
	memset(image, 0, sizeof(image));
	memcpy(image, "minidump FreeBSD/powerpc64", 26);
	memcpy(image + 32, "mmu_phyp", 8);
	put(64, 2, 4, big);
	put(72, 8, 4, big);		/* bitmapsize */
	put(76, HPT, 4, big);
	put(80, PPC_KVA, 8, big);
	put(88, PPC_KVA + 0x10000000, 8, big);
	put(96, PPC_DMAP, 8, big);
	put(104, PPC_DMAP + 0x2ffff, 8, big);	/* inclusive */
	put(120, PPC_DMAP + 0x100100, 8, big);	/* startkernel */
	put(136, 16, 4, big);
	put(0x1000, 0x10000, 8, big);
	put(0x1008, 0x20000, 8, big);
	put(0x2000, 0x28, 8, big);	/* bits 3, 5: pages 0x13, 0x15 */
	/* kernend is in the segment before; this one's VSID by hand: 0x2e0 times 0x13bb. */
	put(0x3000 + ((0x100038b9a0 ^ 0x5) & 0x7ff) * GROUP, UINT64_C(0x100038b9a0) << 12 | 1, 8, true);
	/* Entries are big-endian always: AVPN, valid; frame, PP 2.  In entry 7 of the group. */
	uint64_t at = 0x3000 + ((PPC_VSID ^ 0x5) & 0x7ff) * GROUP + 7 * 16;
	put(at, PPC_VSID << 12 | 0x1, 8, true);
	put(at + 8, 0x13000 | 2, 8, true);
	/* Not valid, though marked as of a secondary group. */
	at = 0x3000 + (~(PPC_VSID ^ 0x7) & 0x7ff) * GROUP;
	put(at, PPC_VSID << 12 | 0x2, 8, true);
	put(at + 8, 0x13000 | 2, 8, true);
	at = 0x3000 + (~(PPC_VSID ^ 0x1806) & 0x7ff) * GROUP;
	put(at, PPC_VSID << 12 | 0x1806 >> 11 << 7 | 0x3, 8, true);
	put(at + 8, 0x15000 | 3 | 4, 8, true);
	return 0x3000 + HPT + 0x2000;
}

static bool
note_page(void *arg, const struct kv_run *run, enum kv_status st)
{
	vaddr_t **next = arg;
	if (st == KV_OK)
		*(*next)++ = run->first;
	return true;
}

static void
test_powerpc64(void)
{
	static const struct {
		const char *name;
		vaddr_t va;
		paddr_t pa;
		uint64_t off;
	} rows[] = {
		{ "primary group",	PPC_KVA + 0x5678,	0x13678, 0x43678 },
		{ "secondary group",	PPC_KVA + 0x1806123,	0x15123, 0x44123 },
		{ "neither",		PPC_KVA + 0x6000,	UINT64_MAX, UINT64_MAX },
		{ "not valid",		PPC_KVA + 0x7000,	UINT64_MAX, UINT64_MAX },
		{ "another segment",	PPC_KVA + 0x10005678,	UINT64_MAX, UINT64_MAX },
		{ "segment behind kernend", PPC_KVA + 0x20005678, UINT64_MAX, UINT64_MAX },
		{ "upper bits of the page", PPC_KVA + 0x1006123, UINT64_MAX, UINT64_MAX },
		{ "direct map",		PPC_DMAP + 0x13004,	0x13004, 0x43004 },
		{ "its last byte",	PPC_DMAP + 0x2ffff,	0x2ffff, UINT64_MAX },
		{ "behind it",		PPC_DMAP + 0x30000,	UINT64_MAX, UINT64_MAX },
		{ "as linked",		0x15004,		0x15004, 0x44004 },
		{ "as linked, behind",	0x30000,		UINT64_MAX, UINT64_MAX },
		{ "as linked, by tables", PPC_KVA - PPC_DMAP + 0x5678, 0x13678, 0x43678 },
		{ "below kernbase",	PPC_KVA - 1,		UINT64_MAX, UINT64_MAX },
	};
	for (unsigned big = 0; big < 2; big++) {
		struct image img;
		struct dump dump;
		struct kv_err err = { .text = "" };
		const size_t size = make_powerpc64(big != 0);
		CHECK_EQ("powerpc64", "open", open_image(&dump, &img, size, &no_kernel, &err), KV_OK);
		CHECK(strstr(err.text, "pmapsize") == NULL, "powerpc64: it opens, and says %s", err.text);
		CHECK(dump.port != NULL && strcmp(dump.port->machine, big != 0 ? "powerpc64" : "powerpc64le") == 0,
		    "powerpc64: port");
		CHECK_EQ("powerpc64", "kerndisp", dump.kerndisp, PPC_DMAP);
		for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
			uint64_t off;
			CHECK_EQ(rows[i].name, "physical", xlate(&dump, rows[i].va, &off), rows[i].pa);
			CHECK_EQ(rows[i].name, "offset", off, rows[i].off);
		}
		/* Addresses come back from the hash, in order; displaced ones, too. */
		const struct mmu_src src = { .read = memory_read, .arg = &dump.mem };
		for (unsigned i = 0; i < dump.nas; i++) {
			vaddr_t found[4] = { 0 }, *next = found;
			const vaddr_t base = dump.as[i].lo == PPC_KVA ? PPC_KVA : PPC_KVA - PPC_DMAP;
			if (strcmp(dump.as[i].mmu.regime, "hpt") != 0)
				continue;
			CHECK_EQ("each", "status", mmu_each(&dump.as[i].mmu, &src, dump.as[i].lo,
			    dump.as[i].last, note_page, &next, NULL), KV_OK);
			struct kv_err full = { .text = "" };
			allocations_left = 0;
			const enum kv_status none = mmu_each(&dump.as[i].mmu, &src, dump.as[i].lo,
			    dump.as[i].last, note_page, &(vaddr_t *){ found + 2 }, &full);
			allocations_left = -1;
			CHECK_EQ("each, no memory", "status", none, KV_ENOMEM);
			CHECK_TEXT("each, no memory", full.text, "no memory for a list of 0 pages");
			CHECK(next == found + 2 && found[0] == base + 0x5000 && found[1] == base + 0x1806000,
			    "each: pages of range %u", i);
		}
		port_close(&dump);
		image_close(&img);

		/* The kernel ran 64 KiB higher than usual. */
		uint64_t off;
		put(120, PPC_DMAP + 0x10000 + 0x100100, 8, big != 0);
		CHECK_EQ("moved", "open", open_image(&dump, &img, size, &no_kernel, NULL), KV_OK);
		CHECK_EQ("moved", "as linked", xlate(&dump, 0x5004, &off), 0x15004);
		CHECK_EQ("moved", "as linked, last", xlate(&dump, 0x1ffff, &off), 0x2ffff);
		CHECK_EQ("moved", "as linked, behind", xlate(&dump, 0x20000, &off), UINT64_MAX);
		CHECK_EQ("moved", "direct map", xlate(&dump, PPC_DMAP + 0x15004, &off), 0x15004);
		CHECK_EQ("moved", "by tables", xlate(&dump, PPC_KVA - PPC_DMAP - 0x10000 + 0x5678, &off), 0x13678);
		port_close(&dump);
		image_close(&img);

		/* An end that is not behind the beginning: of the tables' addresses, and of the direct map's. */
		put(88, PPC_KVA, 8, big != 0);
		CHECK_EQ("kernend", "open", open_image(&dump, &img, size, &no_kernel, &err), KV_EFORMAT);
		CHECK_TEXT("kernend", err.text, "core: kernend at offset 0x58 is 0xe000000000000000, wanted more than "
		    "kernbase, 0xe000000000000000");
		port_close(&dump);
		image_close(&img);
		put(88, PPC_KVA + 1, 8, big != 0);
		put(104, PPC_DMAP, 8, big != 0);
		CHECK_EQ("one segment", "open", open_image(&dump, &img, size, &no_kernel, NULL), KV_OK);
		for (unsigned i = 0; i < dump.nas; i++)
			if (dump.as[i].lo == PPC_KVA)
				CHECK_EQ("one segment", "last", dump.as[i].last, PPC_KVA + 0xfffffff);
		CHECK_EQ("one segment", "its last page", xlate(&dump, PPC_KVA + 0x1806123, &off), 0x15123);
		CHECK_EQ("one segment", "the next", xlate(&dump, PPC_KVA + 0x10005678, &off), UINT64_MAX);
		CHECK_EQ("no direct map", "address", xlate(&dump, PPC_DMAP, &off), UINT64_MAX);
		CHECK_EQ("no direct map", "end", dump.dmap.last, 0);
		CHECK_EQ("no direct map", "what means 0", xlate(&dump, 0 - (PPC_DMAP + 0x10000), &off), UINT64_MAX);
		port_close(&dump);
		image_close(&img);

		/*
		 * Up to dmapbase addresses are those of the kernel file, even where there is no direct map
		 * and where that many before 0 are meant, too.
		 */
		put(96, 0x1006000, 8, big != 0);
		put(104, 0, 8, big != 0);
		put(120, PPC_KVA + 0x800000 + 0x100100, 8, big != 0);
		CHECK_EQ("dmapbase", "open", open_image(&dump, &img, size, &no_kernel, NULL), KV_OK);
		CHECK_EQ("dmapbase", "below", xlate(&dump, 0x1005fff, &off), UINT64_MAX);
		CHECK_EQ("dmapbase", "itself", xlate(&dump, 0x1006000, &off), UINT64_MAX);
		port_close(&dump);
		image_close(&img);
		put(96, 0x1007000, 8, big != 0);
		CHECK_EQ("dmapbase", "open", open_image(&dump, &img, size, &no_kernel, NULL), KV_OK);
		CHECK_EQ("dmapbase", "its last page", xlate(&dump, 0x1006fff, &off), 0x15fff);
		port_close(&dump);
		image_close(&img);
		put(96, UINT64_MAX, 8, big != 0);
		CHECK_EQ("wraps", "open", open_image(&dump, &img, size, &no_kernel, NULL), KV_OK);
		CHECK_EQ("wraps", "behind 0", xlate(&dump, 0x1006123, &off), 0x15123);
		CHECK_EQ("wraps", "before 0", xlate(&dump, 0 - UINT64_C(0x800000) + 0x5678, &off), 0x13678);
		port_close(&dump);
		image_close(&img);

		put(32, 'x', 1, false);
		CHECK_EQ("MMU", "open", open_image(&dump, &img, size, &no_kernel, &err), KV_EUNSUP);
		CHECK_TEXT("MMU", err.text, "unsupported MMU: xmu_phyp: core: mmu_name at offset 0x20");
		port_close(&dump);
		image_close(&img);
		memset(image + 32, 'y', 32);	/* the whole field, and what follows it */
		CHECK_EQ("MMU's name", "open", open_image(&dump, &img, size, &no_kernel, &err), KV_EUNSUP);
		CHECK_TEXT("MMU's name", err.text, "unsupported MMU: yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy: core: ");
		port_close(&dump);
		image_close(&img);
		memset(image + 32, 0, 32);
		memcpy(image + 32, "mmu_radix", 9);
		CHECK_EQ("radix", "open", open_image(&dump, &img, size, &no_kernel, &err), KV_EFORMAT);
		CHECK_TEXT("radix", err.text, "unexpected radix page map size: 262144: core: pmapsize");
		port_close(&dump);
		image_close(&img);
		put(76, 0, 4, big != 0);
		CHECK_EQ("radix, no map", "open", open_image(&dump, &img, size, &no_kernel, &err), KV_EFORMAT);
		CHECK_TEXT("radix, no map", err.text, "radix minidump does not contain a page map: core: pmapsize at "
		    "offset 0x4c is 0, wanted 0x10000");
		port_close(&dump);
		image_close(&img);
		memcpy(image + 32, "mmu_g5\0\0", 9);
		put(76, HPT - 0x1000, 4, big != 0);
		CHECK_EQ("table size", "open", open_image(&dump, &img, size, &no_kernel, &err), KV_EFORMAT);
		CHECK_TEXT("table size", err.text, "pmapsize at offset 0x4c: the hashed page table has 0x3f000 bytes, wanted a power of two");
		port_close(&dump);
		image_close(&img);
		put(76, 0x20000, 4, big != 0);
		CHECK_EQ("small table", "open", open_image(&dump, &img, size, &no_kernel, &err), KV_EFORMAT);
		CHECK_TEXT("small table", err.text, "has 0x20000 bytes, wanted a power of two from 0x40000 on");
		port_close(&dump);
		image_close(&img);
	}
}

/* ---- Which port reads version 1 of amd64 ------------------------------------------ */

static void
test_dragonfly(void)
{
	struct port_kernel kernel = no_kernel;
	struct image img;
	struct dump dump;
	struct kv_err err = { .text = "" };
	uint64_t off;
	kernel.machine = 62;
	kernel.bits = 64;
	kernel.os = "dragonfly";
	(void)make_amd64();
	put(24, 1, 4, false);
	memset(image + 0x2000, 0, 0x2000);
	image[0x2000] = 0x20;
	put(0x3008, 0x5003, 8, false);
	CHECK_EQ("version 1", "open", open_image(&dump, &img, 0x5000, &kernel, NULL), KV_OK);
	CHECK(dump.port != NULL && strcmp(dump.port->os, "dragonfly") == 0, "version 1: port");
	CHECK_EQ("version 1", "physical", xlate(&dump, KERNBASE + 0x1234, &off), 0x5234);
	port_close(&dump);
	image_close(&img);

	put(24, 2, 4, false);	/* FreeBSD's version 2 is no DragonFly's */
	CHECK_EQ("version 2", "open", open_image(&dump, &img, 0x5000, &kernel, &err), KV_EUNSUP);
	CHECK_TEXT("version 2", err.text, "wrong minidump version. Expected 1 got 2");
	port_close(&dump);
	image_close(&img);

	memset(image, 0, 0x1000);
	memcpy(image, "minidump DFlyBSD/x86-64", 23);
	put(24, 2, 4, false);
	put(48, 0x1000, 8, false);	/* ptesize */
	CHECK_EQ("own version 2", "ptesize", open_image(&dump, &img, 0x5000, &kernel, &err), KV_EFORMAT);
	CHECK_TEXT("own version 2", err.text, "ptesize at offset 0x30 is 0x1000, wanted 0x200000");
	port_close(&dump);
	image_close(&img);
	put(40, UINT64_MAX, 8, false);	/* bitmapsize */
	put(48, 0x200000, 8, false);
	CHECK_EQ("own version 2", "bitmapsize", open_image(&dump, &img, 0x5000, &kernel, &err), KV_EFORMAT);
	CHECK_TEXT("own version 2", err.text, "bitmapsize at offset 0x28 is 0xffffffffffffffff, wanted");
	port_close(&dump);
	image_close(&img);
	put(24, 3, 4, false);
	CHECK_EQ("own version 3", "open", open_image(&dump, &img, 0x5000, &kernel, &err), KV_EUNSUP);
	CHECK_TEXT("own version 3", err.text, "wrong minidump version. Expected 2 got 3");
	port_close(&dump);
	image_close(&img);
}

/*
 * DragonFly's own version 2: a page map of all addresses, 1 GiB an entry, below the kernel's first
 * address and above.
 */
static void
test_dragonfly_all(void)
{
	enum { PDP = 0x200000, SIZE = 0x2000 + PDP + 0x1000 };
	const vaddr_t kernbase = UINT64_C(0xffffff8000000000);
	struct image img;
	struct dump dump;
	struct kv_err err = { .text = "" };
	uint64_t off;
	uint8_t *file = calloc(1, SIZE);
	if (!CHECK(file != NULL, "memory"))
		return;
	memset(image, 0, sizeof(image));
	memcpy(image, "minidump DFlyBSD/x86-64", 23);
	put(24, 2, 4, false);
	put(40, 8, 8, false);		/* bitmapsize */
	put(48, PDP, 8, false);
	put(56, kernbase, 8, false);
	put(64, kernbase - 0x80000000, 8, false);	/* the direct map: 1 GiB */
	put(72, kernbase - 0x40000000, 8, false);
	image[0x1000] = 2;
	memcpy(file, image, 0x2000);
	/* AMD64 APM vol. 2, 5.3.4: present, PS.  Entry n is of n GiB, in 48 bits. */
	static const struct {
		unsigned entry;
		uint64_t pa;
	} pages[] = { { 0, 0 }, { 0x1ffff, 0x80000000 }, { 0x3fdff, 0xc0000000 }, { 0x3fe00, 0x40000000 },
		{ 0x3ffff, 0x80000000 } };
	for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++) {
		uint8_t *p = file + 0x2000 + (size_t)pages[i].entry * 8;
		p[0] = 0x83;
		p[3] = (uint8_t)(pages[i].pa >> 24);
	}
	static const struct {
		const char *name;
		vaddr_t va;
		paddr_t pa;
	} rows[] = {
		{ "the kernel's first", UINT64_C(0xffffff8000000000), 0x40000000 },
		{ "the one before", UINT64_C(0xffffff7fffffffff), 0xffffffff },
		{ "the last", UINT64_MAX, 0xbfffffff },
		{ "0", 0, 0 }, { "0, in the dump", 0x1004, 0x1004 },
		{ "the lower half's last", UINT64_C(0x00007fffffffffff), 0xbfffffff },
		{ "not canonical", UINT64_C(0x0000800000000000), UINT64_MAX },
		{ "hole", 0x40000000, UINT64_MAX },
		{ "direct map", UINT64_C(0xffffff7f80000000), 0 },
		{ "its last", UINT64_C(0xffffff7fbfffffff), 0x3fffffff },
	};
	CHECK_EQ("all addresses", "image", image_open_mem(&img, "core", file, SIZE, NULL), KV_OK);
	if (CHECK(port_open(&dump, &img, &no_kernel, &err) == KV_OK, "all addresses: %s", err.text))
		for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
			CHECK_EQ(rows[i].name, "physical", xlate(&dump, rows[i].va, &off), rows[i].pa);
			if (rows[i].va == 0x1004)
				CHECK_EQ(rows[i].name, "offset", off, 0x2000 + PDP + 4);
		}
	CHECK_EQ("all addresses", "bits", dump.vabits, 48);
	port_close(&dump);
	/* All of them are the kernel's. */
	memset(file + 56, 0, 8);
	if (CHECK(port_open(&dump, &img, &no_kernel, &err) == KV_OK, "from 0: %s", err.text)) {
		CHECK_EQ("from 0", "ranges", dump.nas, 2);
		CHECK_EQ("from 0", "the last", xlate(&dump, UINT64_MAX, &off), 0xbfffffff);
	}
	port_close(&dump);
	image_close(&img);
	free(file);
}

/* Version 0 is none, whatever it is the version of. */
static void
test_version(void)
{
	static const struct {
		uint32_t version;
		enum kv_status st;
	} rows[] = { { 0, KV_EUNSUP }, { 1, KV_OK }, { 3, KV_OK }, { 4, KV_EUNSUP } };
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint8_t head[28] = { 0 };
		const struct view view = { .p = head, .len = sizeof(head) };
		struct image img = { .name = "core" };
		struct kv_err err = { .text = "" };
		uint32_t version;
		head[24] = (uint8_t)rows[i].version;
		CHECK_EQ("version", "status", minidump_version(&img, &view, 24, 3, "expected", &version, &err),
		    rows[i].st);
		CHECK_EQ("version", "version", version, rows[i].version);
		if (rows[i].st != KV_OK)
			CHECK_TEXT("version", err.text, "wrong minidump version. expected 3 got ");
	}
}

static const struct unit_test tests[] = {
	{ "versions", test_version },
	{ "minidump: amd64's header", test_amd64 },
	{ "minidump: amd64's memory", test_amd64_memory },
	{ "minidump: amd64 before dump_avail", test_amd64_old },
	{ "minidump: 32 bits", test_32 },
	{ "minidump: mips", test_mips },
	{ "minidump: protections", test_prot },
	{ "minidump: arm64", test_arm64 },
	{ "minidump: shared page", test_shared_page },
	{ "minidump: no memory", test_no_memory },
	{ "minidump: page maps", test_array },
	{ "minidump: page map of one", test_array_of_one },
	{ "minidump: displaced", test_displaced },
	{ "minidump: powerpc64", test_powerpc64 },
	{ "minidump: dragonfly", test_dragonfly },
	{ "minidump: dragonfly, all addresses", test_dragonfly_all },
	{ NULL, NULL },
};

const struct unit_suite unit_minidump = { "minidump", tests };
