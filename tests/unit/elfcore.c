/* SPDX-License-Identifier: BSD-2-Clause */
/* Core files in ELF: headers, segments by either address, and where a moved kernel is found. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "allocations.h"
#include "format/elfcore.h"
#include "port/freebsd/full.h"
#include "unit.h"

/* ---- Files made by hand -------------------------------------------------------------- */

struct phdr {
	uint32_t type;
	uint64_t off, va, pa, filesz, memsz, align;
};

enum { FILE_SIZE = 0x9000, PT_LOAD = 1 };

struct file {
	bool big;
	unsigned bits;
	uint64_t base;		/* of the ELF header */
	uint8_t b[FILE_SIZE];
};

static void
put(struct file *f, uint64_t off, unsigned size, uint64_t v)
{
	uint8_t *p = f->b + f->base + off;
	for (unsigned i = 0; i < size; i++)
		p[f->big ? size - 1 - i : i] = (uint8_t)(v >> 8 * i);
}

/* Field offsets are those of gABI's figures 4-3 and 5-1, written out once more. */
static void
file_make(struct file *f, unsigned bits, bool big, uint64_t base, const struct phdr *ph, unsigned n)
{
	*f = (struct file) { .big = big, .bits = bits, .base = base };
	const bool wide = bits == 64;
	const unsigned w = bits / 8, ehsize = wide ? 64 : 52, phsize = wide ? 56 : 32;
	for (size_t i = 0; i < FILE_SIZE; i++)
		f->b[i] = (uint8_t)(i * 7 + i / 256);
	memset(f->b + base, 0, 0x200);
	memcpy(f->b + base, "\177ELF", 4);
	put(f, 4, 1, wide ? 2 : 1);
	put(f, 5, 1, big ? 2 : 1);
	put(f, 7, 1, 255);
	put(f, 16, 2, 4);
	put(f, wide ? 32 : 28, w, ehsize);
	put(f, wide ? 54 : 42, 2, phsize);
	put(f, wide ? 56 : 44, 2, n);
	put(f, wide ? 58 : 46, 2, wide ? 64 : 40);
	for (unsigned i = 0; i < n; i++) {
		const uint64_t at = ehsize + i * phsize;
		put(f, at, 4, ph[i].type);
		put(f, at + (wide ? 4 : 24), 4, 4);
		put(f, at + (wide ? 8 : 4), w, ph[i].off);
		put(f, at + (wide ? 16 : 8), w, ph[i].va);
		put(f, at + (wide ? 24 : 12), w, ph[i].pa);
		put(f, at + (wide ? 32 : 16), w, ph[i].filesz);
		put(f, at + (wide ? 40 : 20), w, ph[i].memsz);
		put(f, at + (wide ? 48 : 28), w, ph[i].align);
	}
}

static enum kv_status
file_open(struct file *f, size_t len, struct image *img, struct elfcore *core, struct kv_err *err)
{
	err->text[0] = '\0';
	if (image_open_mem(img, "core", f->b, len, err) != KV_OK)
		return KV_ENOMEM;
	return elfcore_read(core, img, f->base, err);
}

/* ---- What is refused ------------------------------------------------------------------- */

#define LOAD(o, p, fs, ms)	{ PT_LOAD, (o), (p), (p), (fs), (ms), 0x1000 }
#define ALL_ONES	UINT64_MAX

static void
refused(void)
{
	static const struct {
		const char *name, *text;
		struct phdr ph[3];
		unsigned n;
	} rows[] = {
		{ "filesz above memsz", "p_filesz", { LOAD(0x1000, 0x5000, 0x1001, 0x1000) }, 1 },
		{ "memory past 2^64", "p_memsz", { LOAD(0x1000, UINT64_MAX - 0xffe, 0x1000, 0x1000) }, 1 },
		{ "memory of 2^63", "p_memsz", { LOAD(0x1000, 0, 0x1000, UINT64_C(1) << 63) }, 1 },
		{ "virtual memory past 2^64", "p_memsz",
		    { { PT_LOAD, 0x1000, UINT64_MAX - 0xffe, ALL_ONES, 0x1000, 0x1000, 0 } }, 1 },
		{ "offset past 2^64", "p_offset", { LOAD(UINT64_MAX - 0xf, 0x5000, 0x1000, 0x1000) }, 1 },
		{ "offset past 2^63", "p_offset", { LOAD(INT64_MAX - 0xf, 0x5000, 0x1000, 0x1000) }, 1 },
		{ "the same twice", "headers 0 and 1 overlap",
		    { LOAD(0x1000, 0x5000, 0x1000, 0x1000), LOAD(0x2000, 0x5000, 0x1000, 0x1000) }, 2 },
		{ "overlap by a byte, unsorted", "headers 2 and 0 overlap",
		    { LOAD(0x1000, 0x5fff, 0x1000, 0x1000), LOAD(0x2000, 0x9000, 0x1000, 0x1000),
		    LOAD(0x3000, 0x5000, 0x1000, 0x1000) }, 3 },
		{ "overlap of what is not in the file", "overlap",
		    { LOAD(0x1000, 0x5000, 0x800, 0x1001), LOAD(0x2000, 0x6000, 0x1000, 0x1000) }, 2 },
		{ "no memory", "PT_LOAD", { LOAD(0x1000, 0x5000, 0, 0) }, 1 },
		{ "another type", "PT_LOAD", { { 4, 0x1000, 0, 0, 0x10, 0x10, 4 } }, 1 },
		{ "no headers", "it has 0 program headers, wanted a PT_LOAD", { LOAD(0, 0, 0, 0) }, 0 },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct file f;
		struct image img;
		struct elfcore core;
		struct kv_err err;
		struct format ram = { 0 };
		file_make(&f, 64, i % 2 == 1, i % 3 == 0 ? 512 : 0, rows[i].ph, rows[i].n);
		enum kv_status s = file_open(&f, FILE_SIZE, &img, &core, &err);
		if (s == KV_OK) {
			s = elfcore_physical(&core, &img, &ram, &err);
			elfcore_fini(&core);
		}
		CHECK_EQ(rows[i].name, "status", s, KV_EFORMAT);
		CHECK_TEXT(rows[i].name, err.text, rows[i].text);
		format_fini(&ram);
		image_close(&img);
	}
}

static void
headers_refused(void)
{
	static const struct {
		const char *name, *text;
		unsigned off, size;
		uint64_t value;
		size_t len;
		enum kv_status st;
	} rows[] = {
		{ "phentsize one less", "e_phentsize", 54, 2, 55, FILE_SIZE, KV_EFORMAT },
		{ "phentsize one more", "e_phentsize", 54, 2, 57, FILE_SIZE, KV_EFORMAT },
		{ "phoff at the end", "program headers", 32, 8, FILE_SIZE, FILE_SIZE, KV_EFORMAT },
		{ "phoff past the end", "program headers", 32, 8, UINT64_MAX, FILE_SIZE, KV_EFORMAT },
		{ "cut in the table", "program headers", 0, 0, 0, 64 + 55, KV_EFORMAT },
		{ "cut in the header", "core: cannot read the ELF header at offset 0: ", 0, 0, 0, 63, KV_ETRUNC },
		{ "cut in the first part", "core: cannot read the ELF header at offset 0: ", 0, 0, 0, 51, KV_ETRUNC },
		{ "header alone, no headers", "it has 0 program headers, wanted a PT_LOAD", 56, 2, 0, 64, KV_EFORMAT },
		{ "PN_XNUM without a section", "PN_XNUM", 56, 2, 0xffff, FILE_SIZE, KV_EFORMAT },
	};
	const struct phdr ph = LOAD(0x1000, 0x5000, 0x1000, 0x1000);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct file f;
		struct image img;
		struct elfcore core;
		struct kv_err err;
		file_make(&f, 64, false, 0, &ph, 1);
		put(&f, rows[i].off, rows[i].size, rows[i].value);
		CHECK_EQ(rows[i].name, "status", file_open(&f, rows[i].len, &img, &core, &err), rows[i].st);
		CHECK_TEXT(rows[i].name, err.text, rows[i].text);
		image_close(&img);
	}
	/* Nothing follows the program headers: they are all there. */
	{
		const struct phdr no_bytes = LOAD(0, 0x5000, 0, 0x1000);
		struct file f;
		struct image img;
		struct elfcore core;
		struct kv_err err;
		file_make(&f, 64, false, 0, &no_bytes, 1);
		CHECK_EQ("headers alone", "status", file_open(&f, 64 + 56, &img, &core, &err), KV_OK);
		CHECK_EQ("headers alone", "segments", core.n, 1);
		elfcore_fini(&core);
		image_close(&img);
	}
	/* A size that is wrong, behind a header of a dump device. */
	{
		struct file f;
		struct image img;
		struct elfcore core;
		struct kv_err err;
		file_make(&f, 64, false, 512, &ph, 1);
		put(&f, 54, 2, 32);
		CHECK_EQ("phentsize", "status", file_open(&f, FILE_SIZE, &img, &core, &err), KV_EFORMAT);
		CHECK(strcmp(err.text, "core: invalid core: e_phentsize at offset 0x236 is 32, wanted 56") == 0,
		    "phentsize: %s", err.text);
		image_close(&img);
	}
	/* Program headers that the file lacks, behind a header of a dump device. */
	{
		struct file f;
		struct image img;
		struct elfcore core;
		struct kv_err err;
		file_make(&f, 64, false, 512, &ph, 1);
		put(&f, 32, 8, FILE_SIZE - 512);
		CHECK_EQ("no program headers", "status", file_open(&f, FILE_SIZE, &img, &core, &err), KV_EFORMAT);
		char text[128];
		(void)snprintf(text, sizeof(text), "core: invalid core: 1 program headers at offset %#x go past the "
		    "end of the file, which has %#x bytes", (unsigned)FILE_SIZE, (unsigned)FILE_SIZE);
		CHECK_TEXT("no program headers", err.text, text);
		image_close(&img);
	}
	/* The section header that tells the number lies past the end, or is of another size. */
	for (unsigned k = 0; k < 3; k++) {
		struct file f;
		struct image img;
		struct elfcore core;
		struct kv_err err;
		file_make(&f, 64, false, 0, &ph, 1);
		put(&f, 56, 2, 0xffff);
		put(&f, 40, 8, k == 0 ? FILE_SIZE - 63 : 0x8000);
		put(&f, 58, 2, k == 1 ? 63 : 64);
		put(&f, 0x8000 + 44, 4, 1);
		enum kv_status s = file_open(&f, FILE_SIZE, &img, &core, &err);
		CHECK_EQ("section header 0", "status", s, k == 0 ? KV_ETRUNC : k == 1 ? KV_EFORMAT : KV_OK);
		if (k < 2)
			CHECK_TEXT("section header 0", err.text, "PN_XNUM");
		else {
			CHECK_EQ("section header 0", "segments", core.n, 1);
			elfcore_fini(&core);
		}
		image_close(&img);
	}
}

/* Numbers that are right by themselves, and go past 2^64 from where the ELF header is. */
static void
behind_refused(void)
{
	enum { BASE = 512, PHDR = 64 };
	static const struct {
		const char *name, *text;
		unsigned off, size;
		uint64_t value;
	} rows[] = {
		{ "phoff", "program headers at offset", 32, 8, UINT64_MAX - BASE / 2 },
		{ "PN_XNUM", "e_shoff is 0xffffffffffffff00", 40, 8, UINT64_C(0xffffffffffffff00) },
		{ "p_offset", "p_offset", PHDR + 8, 8, UINT64_MAX - 0x1000 },
		{ "p_offset past 2^63", "p_offset", PHDR + 8, 8, INT64_MAX - 0x1000 },
	};
	const struct phdr ph = LOAD(0x1000, 0x5000, 0x1000, 0x1000);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct file f;
		struct image img;
		struct elfcore core;
		struct kv_err err;
		file_make(&f, 64, false, BASE, &ph, 1);
		if (i == 1)
			put(&f, 56, 2, 0xffff);
		put(&f, rows[i].off, rows[i].size, rows[i].value);
		CHECK_EQ(rows[i].name, "status", file_open(&f, FILE_SIZE, &img, &core, &err), KV_EFORMAT);
		CHECK_TEXT(rows[i].name, err.text, rows[i].text);
		elfcore_fini(&core);
		image_close(&img);
	}
}

/* Each n-th read fails until a run needs fewer; headers lie on pages of their own. */
static void
no_reads(void)
{
	enum { N = 100, AT = 0x2000, SHOFF = 0x7000 };
	char path[] = "/tmp/unit-elfcore-XXXXXX";
	struct phdr ph[N];
	struct file f;
	for (unsigned i = 0; i < N; i++)
		ph[i] = (struct phdr) LOAD(0x1000, 0x5000 + i * 0x1000, 0x1000, 0x1000);
	file_make(&f, 64, false, 0, ph, 1);
	memset(f.b, 0, FILE_SIZE);
	struct file all = f;
	file_make(&all, 64, false, AT - 64, ph, N);	/* for its program headers */
	memcpy(f.b + AT, all.b + AT, N * 56);
	memcpy(f.b, all.b + AT - 64, 64);
	f.base = 0;
	put(&f, 32, 8, AT);
	put(&f, 40, 8, SHOFF);
	put(&f, 56, 2, 0xffff);
	put(&f, SHOFF + 44, 4, N);
	const int fd = mkstemp(path);
	if (!CHECK(fd != -1 && write(fd, f.b, FILE_SIZE) == FILE_SIZE && close(fd) == 0, "%s", path))
		return;
	bool ok = false, header = false, section = false;
	unsigned late = 0;
	for (int n = 0; !ok && n < 20; n++) {
		struct image img;
		struct elfcore core;
		struct kv_err err = { .text = "" };
		CHECK_EQ("no reads", "image", image_open(&img, path, IMAGE_NOMAP, NULL), KV_OK);
		reads_left = n;
		const enum kv_status st = elfcore_read(&core, &img, 0, &err);
		reads_left = -1;
		ok = st == KV_OK;
		CHECK(ok || st == KV_EIO, "read %d fails: status %d", n, (int)st);
		header |= strstr(err.text, "cannot read the ELF header at offset 0: ") != NULL;
		section |= strstr(err.text, "cannot read section header 0, which PN_XNUM needs, at offset 0x7000") != NULL;
		late += strstr(err.text, "cannot read a program header at offset 0x") != NULL;
		if (ok) {
			CHECK_EQ("no reads", "segments", core.n, N);
			CHECK_EQ("no reads", "last", core.v[N - 1].paddr, 0x5000 + (N - 1) * 0x1000);
			elfcore_fini(&core);
		}
		image_close(&img);
	}
	CHECK(ok && header && section && late >= 2, "no reads: header %d, section %d, %u", header, section, late);
	(void)unlink(path);
}

/* p_paddr of the first segment alone tells by which addresses: here the last physical one is memory. */
static void
last_byte(void)
{
	static const struct phdr ph[] = { LOAD(0x1000, 0x5000, 0x1000, 0x1000),
		{ PT_LOAD, 0x2000, 0, ALL_ONES, 1, 1, 0 } };
	for (unsigned bits = 32; bits <= 64; bits += 32) {
		struct file f;
		struct image img;
		struct elfcore core;
		struct format ram = { 0 };
		struct place at;
		struct kv_err err;
		file_make(&f, bits, false, 0, ph, 2);
		if (!CHECK(file_open(&f, FILE_SIZE, &img, &core, &err) == KV_OK, "last byte: %s", err.text))
			continue;
		CHECK_EQ("last byte", "virtual", core.is_virtual, false);
		CHECK_EQ("last byte", "align", core.align, 0x1000);
		CHECK_EQ("last byte", "physical", elfcore_physical(&core, &img, &ram, &err), KV_OK);
		format_locate(&ram, bits == 32 ? UINT32_MAX : UINT64_MAX, &at);
		CHECK_EQ("last byte", "kind", at.kind, PLACE_FILE);
		CHECK_EQ("last byte", "offset", at.off, 0x2000);
		elfcore_fini(&core);
		format_fini(&ram);
		image_close(&img);
	}
}

/* The largest of all: memory of 2^63 - 1 bytes, and bytes up to the largest offset. */
static void
largest(void)
{
	static const struct phdr ph[] = { LOAD(0x1000, 0x5000, 0x1000, INT64_MAX),
		LOAD(INT64_MAX - 0x1000, (uint64_t)INT64_MAX + 0x5000, 0x1000, 0x1000) };
	struct file f;
	struct image img;
	struct elfcore core;
	struct format ram = { 0 };
	struct kv_err err;
	file_make(&f, 64, false, 0, ph, 2);
	if (CHECK(file_open(&f, FILE_SIZE, &img, &core, &err) == KV_OK, "largest: %s", err.text)) {
		CHECK(elfcore_physical(&core, &img, &ram, &err) == KV_OK, "largest: %s", err.text);
		CHECK_EQ("largest", "missing", format_missing(&ram), 0x1000);
		elfcore_fini(&core);
	}
	format_fini(&ram);
	image_close(&img);
}

/* Two headers that tell where the kernel is: the first counts. */
static void
two_deltas(void)
{
	const struct phdr ph[] = { { PT_DUMP_DELTA, 0, 0xc0000000, 0x80000000, 0, 0, 0 },
		{ PT_DUMP_DELTA, 0, 0xd0000000, 0x90000000, 0, 0, 0 }, LOAD(0x1000, 0x5000, 0x1000, 0x1000) };
	struct file f;
	struct image img;
	struct elfcore core;
	struct kv_err err;
	file_make(&f, 32, false, 0, ph, 3);
	if (CHECK(file_open(&f, FILE_SIZE, &img, &core, &err) == KV_OK, "two deltas: %s", err.text)) {
		CHECK_EQ("two deltas", "virtual", core.delta_va, 0xc0000000);
		CHECK_EQ("two deltas", "physical", core.delta_pa, 0x80000000);
		elfcore_fini(&core);
	}
	image_close(&img);
}

/* By virtual addresses: the same twice; and bytes of the file that lie within another segment's. */
static void
virtual_shared(void)
{
	static const struct phdr same[] = { { PT_LOAD, 0x1000, 0xc0000000, ALL_ONES, 0x1000, 0x1000, 0 },
		{ PT_LOAD, 0x2000, 0xc0000000, ALL_ONES, 0x1000, 0x1000, 0 } };
	static const struct phdr inside[] = { { PT_LOAD, 0x1000, 0xc0000000, ALL_ONES, 0x3000, 0x3000, 0 },
		{ PT_LOAD, 0x2000, 0xd0000000, ALL_ONES, 0x1000, 0x1000, 0 },
		{ PT_LOAD, 0, 0xe0000000, ALL_ONES, 0, 0x1000, 0 } };
	struct file f;
	struct image img;
	struct elfcore core;
	struct format ram = { 0 };
	struct kv_err err;
	file_make(&f, 32, true, 0, same, 2);
	CHECK_EQ("same", "read", file_open(&f, FILE_SIZE, &img, &core, &err), KV_OK);
	CHECK_EQ("same", "status", elfcore_virtual(&core, &img, &ram, &err), KV_EFORMAT);
	CHECK_TEXT("same", err.text, "program headers 0 and 1 overlap");
	elfcore_fini(&core);
	format_fini(&ram);
	image_close(&img);
	file_make(&f, 32, true, 0, inside, 3);
	CHECK_EQ("inside", "read", file_open(&f, FILE_SIZE, &img, &core, &err), KV_OK);
	if (CHECK(elfcore_virtual(&core, &img, &ram, &err) == KV_OK, "inside: %s", err.text)) {
		CHECK_EQ("inside", "extents", ram.n, 1);
		CHECK_EQ("inside", "bytes", ram.total, 0x3000);
	}
	elfcore_fini(&core);
	format_fini(&ram);
	image_close(&img);
}

/* ---- What is read ---------------------------------------------------------------------- */

static void
physical(void)
{
	/* Unsorted, a tail that is not in the file, one behind the file, headers without memory. */
	static const struct phdr ph[] = {
		{ PT_DUMP_DELTA, 0, 0xc0000000, 0x8000, 0, 0, 0 },
		LOAD(0x3000, 0x7000, 0x1000, 0x1000),
		{ PT_LOAD, 0x1000, 0x2000, 0x2000, 0x800, 0x3000, 0x4000 },	/* the first one's p_align counts */
		{ 7, 0, 0x1234, 0x5678, 0, 0, 0 },
		LOAD(0x8800, 0x9000, 0x1000, 0x1000),
		LOAD(0x2000, 0x1000, 0, 0x1000),
	};
	static const struct {
		uint64_t pa;
		enum place_kind kind;
		uint64_t off;
	} wanted[] = {
		{ 0x1fff, PLACE_ABSENT, 0 }, { 0x2000, PLACE_FILE, 0x1000 }, { 0x27ff, PLACE_FILE, 0x17ff },
		{ 0x2800, PLACE_ABSENT, 0 }, { 0x4fff, PLACE_ABSENT, 0 }, { 0x6fff, PLACE_ABSENT, 0 },
		{ 0x7000, PLACE_FILE, 0x3000 }, { 0x7fff, PLACE_FILE, 0x3fff }, { 0x8000, PLACE_ABSENT, 0 },
		{ 0x9000, PLACE_FILE, 0x8800 }, { 0x97ff, PLACE_FILE, 0x8fff },
		{ 0x9800, PLACE_TRUNC, 0x9000 }, { 0xa000, PLACE_ABSENT, 0 },
	};
	for (unsigned k = 0; k < 4; k++) {
		char name[32];
		struct file f;
		struct image img;
		struct elfcore core;
		struct kv_err err = { .text = "" };
		struct format ram = { 0 };
		(void)snprintf(name, sizeof(name), "%u bits, %s", k < 2 ? 32 : 64, k % 2 ? "big" : "little");
		file_make(&f, k < 2 ? 32 : 64, k % 2 == 1, 0, ph, sizeof(ph) / sizeof(ph[0]));
		enum kv_status s = file_open(&f, FILE_SIZE, &img, &core, &err);
		if (!CHECK_EQ(name, "status", s, KV_OK))
			continue;
		CHECK_EQ(name, "segments", core.n, 4);
		CHECK_EQ(name, "delta", core.has_delta, true);
		CHECK_EQ(name, "delta_va", core.delta_va, 0xc0000000);
		CHECK_EQ(name, "delta_pa", core.delta_pa, 0x8000);
		CHECK_EQ(name, "align", core.align, 0x1000);
		CHECK_EQ(name, "virtual", core.is_virtual, false);
		CHECK_EQ(name, "physical", elfcore_physical(&core, &img, &ram, &err), KV_OK);
		CHECK_EQ(name, "missing", format_missing(&ram), 0x800);
		CHECK(err.text[0] == '\0', "%s: it is read, and says %s", name, err.text);
		for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
			struct place at;
			format_locate(&ram, wanted[i].pa, &at);
			CHECK(at.kind == wanted[i].kind, "%s: %#jx: kind %d, wanted %d", name,
			    (uintmax_t)wanted[i].pa, (int)at.kind, (int)wanted[i].kind);
			if (wanted[i].kind != PLACE_ABSENT)
				CHECK_EQ(name, "offset", at.off + (wanted[i].pa - at.first), wanted[i].off);
		}
		elfcore_fini(&core);
		format_fini(&ram);
		image_close(&img);
	}
}

/* PN_XNUM in both classes and orders (gABI, e_phnum): section header 0's sh_info tells the number. */
static void
number_elsewhere(void)
{
	static const struct phdr ph[] = { LOAD(0x3000, 0x7000, 0x1000, 0x1000),
		LOAD(0x1000, 0x2000, 0x800, 0x3000), LOAD(0x8000, 0x9000, 0x1000, 0x1000) };
	enum { SHOFF = 0x1240 };
	for (unsigned k = 0; k < 4; k++) {
		const bool wide = k >= 2;
		char name[32];
		struct file f;
		struct image img;
		struct elfcore core;
		struct kv_err err;
		(void)snprintf(name, sizeof(name), "%u bits, %s", wide ? 64 : 32, k % 2 ? "big" : "little");
		file_make(&f, wide ? 64 : 32, k % 2 == 1, 0, ph, 3);
		put(&f, wide ? 40 : 32, wide ? 8 : 4, SHOFF);
		put(&f, wide ? 56 : 44, 2, 0xffff);
		put(&f, SHOFF + (wide ? 44 : 28), 4, 2);	/* sh_info */
		if (CHECK(file_open(&f, FILE_SIZE, &img, &core, &err) == KV_OK, "%s: %s", name, err.text)) {
			CHECK_EQ(name, "segments", core.n, 2);
			elfcore_fini(&core);
		}
		image_close(&img);
		/* A file of the header alone: that much is read, and no byte more. */
		file_make(&f, wide ? 64 : 32, k % 2 == 1, 0, ph, 1);
		CHECK_EQ(name, "cut", file_open(&f, wide ? 64 : 52, &img, &core, &err), KV_EFORMAT);
		CHECK_TEXT(name, err.text, "1 program headers at offset");
		image_close(&img);
		CHECK_EQ(name, "header cut", file_open(&f, wide ? 63 : 51, &img, &core, &err), KV_ETRUNC);
		CHECK_TEXT(name, err.text, "cannot read the ELF header at offset 0: ");
		image_close(&img);
	}
}

/* 70000 segments: their number is told by section header 0 alone. */
static void
many(void)
{
	enum { N = 70000, HEADERS = 64 + 64 + N * 56 };
	uint8_t *b = calloc(1, HEADERS + 16);
	struct image img;
	struct elfcore core;
	struct kv_err err;
	struct format ram = { 0 };
	if (!CHECK(b != NULL, "many: memory"))
		return;
	memcpy(b, "\177ELF\002\001", 6);
	le16_put(b + 16, 4);
	le32_put(b + 32, 128);
	le32_put(b + 40, 64);
	le16_put(b + 54, 56);
	le16_put(b + 56, 0xffff);
	le16_put(b + 58, 64);
	le32_put(b + 64 + 44, N);
	for (uint32_t i = 0; i < N; i++) {
		uint8_t *p = b + 128 + (size_t)i * 56;
		le32_put(p, PT_LOAD);
		le32_put(p + 8, HEADERS + i % 16);
		le32_put(p + 24, (N - i) * 0x100);	/* from the end */
		le32_put(p + 32, 1);
		le32_put(p + 40, 1);
	}
	CHECK_EQ("many", "open", image_open_mem(&img, "core", b, HEADERS + 16, &err), KV_OK);
	CHECK_EQ("many", "read", elfcore_read(&core, &img, 0, &err), KV_OK);
	CHECK_EQ("many", "segments", core.n, N);
	CHECK_EQ("many", "physical", elfcore_physical(&core, &img, &ram, &err), KV_OK);
	format_index(&ram);
	for (uint32_t i = 0; i < N; i += 6999) {
		struct place at;
		format_locate(&ram, (N - i) * 0x100, &at);
		CHECK_EQ("many", "offset", at.off, HEADERS + i % 16);
	}
	elfcore_fini(&core);
	format_fini(&ram);
	image_close(&img);
	free(b);
}

/* ---- Virtual segments ------------------------------------------------------------------- */

static bool
count_run(void *arg, const struct kv_run *run, enum kv_status st)
{
	uint64_t *sum = arg;
	sum[0]++;
	sum[1] += run->last - run->first + 1;
	sum[2] += st != KV_OK ? run->last - run->first + 1 : 0;
	return true;
}

static bool
stop_run(void *arg, const struct kv_run *run, enum kv_status st)
{
	return count_run(arg, run, st) && false;
}

static void
virtual(void)
{
	/* Two share bytes of the file; one has a tail, one nothing else; one ends at the last address. */
	static const struct phdr ph[] = {
		{ PT_LOAD, 0x3000, 0xe0000000, ALL_ONES, 0x1000, 0x1000, 0x1000 },
		{ PT_LOAD, 0x1000, 0xc0000000, ALL_ONES, 0x1000, 0x2800, 0x1000 },
		{ PT_LOAD, 0x1800, 0xd0000000, ALL_ONES, 0x1000, 0x1000, 0x1000 },
		{ PT_LOAD, 0x2800, 0xfffff000, ALL_ONES, 0x1000, 0x1000, 0x1000 },
		{ PT_LOAD, 0x3800, 0xf0000000, ALL_ONES, 0, 0x1000, 0x1000 },
	};
	static const struct {
		uint64_t va;
		int kind;	/* of enum place_kind; -1: unmapped */
		uint64_t off;	/* in the ELF file */
		const char *text;	/* of what was not dumped */
	} wanted[] = {
		{ 0, -1, 0, NULL }, { 0xbfffffff, -1, 0, NULL }, { 0xc0000000, PLACE_FILE, 0x1000, NULL },
		{ 0xc0000fff, PLACE_FILE, 0x1fff, NULL }, { 0xc0001000, PLACE_ABSENT, 0,
		    "0xc0001000 is byte 0x1000 of program header 1, and was not dumped: p_filesz is 0x1000, p_memsz 0x2800" },
		{ 0xc00027ff, PLACE_ABSENT, 0, "0xc00027ff is byte 0x27ff of program header 1, " }, { 0xc0002800, -1, 0, NULL },
		{ 0xd0000000, PLACE_FILE, 0x1800, NULL }, { 0xd0001000, -1, 0, NULL },
		{ 0xe0000fff, PLACE_FILE, 0x3fff, NULL }, { 0xf0000000, PLACE_ABSENT, 0,
		    "0xf0000000 is byte 0x0 of program header 4, and was not dumped: p_filesz is 0x0, p_memsz 0x1000" },
		{ 0xf0001000, -1, 0, NULL }, { 0xffffefff, -1, 0, NULL },
		{ 0xfffff000, PLACE_FILE, 0x2800, NULL }, { 0xffffffff, PLACE_FILE, 0x37ff, NULL },
	};
	static const struct port port = { .os = "freebsd", .machine = "powerpc", .bits = 32,
		.vabits = 32, .pagesize = 4096 };
	for (unsigned base = 0; base <= 512; base += 512) {
		struct file f;
		struct image img;
		struct kv_err err = { .text = "" };
		struct dump dump = { .port = &port, .bits = 32, .vabits = 32, .pagesize = 4096,
			.big = true };
		const struct port_kernel kernel = { .machine = 0 };
		file_make(&f, 32, true, base, ph, sizeof(ph) / sizeof(ph[0]));
		CHECK_EQ("virtual", "open", image_open_mem(&img, "core", f.b, FILE_SIZE, &err), KV_OK);
		if (!CHECK(freebsd_powerpc_elf(&dump, &img, base, &kernel, &err) == KV_OK, "virtual: %s",
		    err.text))
			continue;
		CHECK(strcmp(dump.form, "elf-virtual") == 0, "virtual: form %s", dump.form);
		for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
			struct kv_run run;
			enum kv_status s = mmu_walk(&dump.as[0].mmu, NULL, wanted[i].va, &run, NULL, NULL,
			    &err);
			CHECK(s == (wanted[i].kind < 0 ? KV_EUNMAPPED : wanted[i].kind == PLACE_ABSENT ?
			    KV_EABSENT : KV_OK), "virtual: %#jx: status %d", (uintmax_t)wanted[i].va, (int)s);
			if (s == KV_EABSENT) {
				CHECK_TEXT("virtual, absent", err.text, wanted[i].text);
				continue;
			}
			CHECK(run.first <= wanted[i].va && run.last >= wanted[i].va, "virtual: %#jx: run",
			    (uintmax_t)wanted[i].va);
			if (s != KV_OK)
				continue;
			CHECK_EQ("virtual", "protection", run.prot, KV_R | KV_W | KV_X);
			struct place at;
			const uint64_t pa = run.at.addr + (wanted[i].va - run.first);
			format_locate(&dump.ram, pa, &at);
			CHECK(at.kind == (enum place_kind)wanted[i].kind, "virtual: %#jx: kind %d, wanted %d",
			    (uintmax_t)wanted[i].va, (int)at.kind, wanted[i].kind);
			if (wanted[i].kind == PLACE_FILE) {
				CHECK_EQ("virtual", "address", pa, wanted[i].off);
				CHECK_EQ("virtual", "offset", at.off + (pa - at.first), wanted[i].off + base);
			}
		}
		uint64_t sum[3] = { 0 };
		(void)mmu_each(&dump.as[0].mmu, NULL, 0xc0000010, 0xd000000f, count_run, sum, &err);
		CHECK_EQ("virtual, each", "runs", sum[0], 3);
		CHECK_EQ("virtual, each", "bytes", sum[1], 0x2800 - 0x10 + 0x10);
		CHECK_EQ("virtual, each", "bytes not dumped", sum[2], 0x1800);
		memset(sum, 0, sizeof(sum));
		(void)mmu_each(&dump.as[0].mmu, NULL, 0, UINT64_MAX, count_run, sum, &err);
		CHECK_EQ("virtual, all", "runs", sum[0], 6);
		CHECK_EQ("virtual, all", "bytes", sum[1], 0x1000 + 0x2800 + 3 * 0x1000);
		CHECK_EQ("virtual, all", "bytes not dumped", sum[2], 0x1800 + 0x1000);
		/* At the end of what was dumped, and of the segment. */
		static const struct {
			uint64_t lo, last, runs, lacking;
		} edges[] = {
			{ 0xc0000fff, 0xc0000fff, 1, 0 }, { 0xc0000fff, 0xc0001000, 2, 1 },
			{ 0xc0001000, 0xc0001000, 1, 1 }, { 0xc00027ff, 0xc0002800, 1, 1 },
			{ 0xc0002800, 0xcfffffff, 0, 0 },
		};
		for (size_t i = 0; i < sizeof(edges) / sizeof(edges[0]); i++) {
			memset(sum, 0, sizeof(sum));
			(void)mmu_each(&dump.as[0].mmu, NULL, edges[i].lo, edges[i].last, count_run, sum, &err);
			CHECK_EQ("virtual, edges", "runs", sum[0], edges[i].runs);
			CHECK_EQ("virtual, edges", "bytes", sum[1], edges[i].runs);
			CHECK_EQ("virtual, edges", "bytes not dumped", sum[2], edges[i].lacking);
		}
		memset(sum, 0, sizeof(sum));
		(void)mmu_each(&dump.as[0].mmu, NULL, 0, UINT64_MAX, stop_run, sum, &err);
		CHECK_EQ("virtual, stopped", "runs", sum[0], 1);
		port_close(&dump);
		image_close(&img);
	}
	/* What the file has not of a segment lies at no offset, however large both are. */
	static const struct phdr huge = { PT_LOAD, 0x1000, 0, ALL_ONES, UINT64_C(0x7fffffffffffe000), INT64_MAX, 0 };
	{
		static const struct port port64 = { .os = "freebsd", .machine = "powerpc64", .bits = 64,
			.vabits = 64, .pagesize = 4096 };
		const struct port_kernel none = { .machine = 0 };
		struct file big;
		struct image mem;
		struct kv_run run;
		struct kv_err says = { .text = "" };
		struct dump all = { .port = &port64, .bits = 64, .vabits = 64, .pagesize = 4096, .big = true };
		file_make(&big, 64, true, 0, &huge, 1);
		CHECK_EQ("huge", "image", image_open_mem(&mem, "core", big.b, FILE_SIZE, &says), KV_OK);
		CHECK(freebsd_powerpc_elf(&all, &mem, 0, &none, &says) == KV_OK, "huge: %s", says.text);
		CHECK_EQ("huge", "ranges", all.nas, 1);
		CHECK_EQ("huge", "walk", mmu_walk(&all.as[0].mmu, NULL, huge.filesz + 0x10, &run, NULL, NULL, &says),
		    KV_EABSENT);
		CHECK_TEXT("huge", says.text, "0x7fffffffffffe010 is byte 0x7fffffffffffe010 of program header 0, ");
		port_close(&all);
		image_close(&mem);
	}
	/* Nor past 2^32. */
	static const struct phdr wraps = { PT_LOAD, 0x1000, 0xfffff001, ALL_ONES, 0x1000, 0x1000, 0 };
	{
		struct file f;
		struct image img;
		struct kv_err err;
		struct elfcore core;
		file_make(&f, 32, true, 0, &wraps, 1);
		CHECK_EQ("past 2^32", "status", file_open(&f, FILE_SIZE, &img, &core, &err), KV_EFORMAT);
		CHECK_TEXT("past 2^32", err.text, "p_memsz");
		image_close(&img);
	}
	/* One by physical addresses is none of these machines', nor one of a program's. */
	static const struct phdr real = LOAD(0x1000, 0x5000, 0x1000, 0x1000);
	struct file f;
	struct image img;
	struct kv_err err;
	struct dump dump = { .port = &port, .bits = 32 };
	const struct port_kernel kernel = { .machine = 0 };
	file_make(&f, 32, true, 0, &real, 1);
	CHECK_EQ("by PA", "open", image_open_mem(&img, "core", f.b, FILE_SIZE, &err), KV_OK);
	CHECK_EQ("by PA", "status", freebsd_powerpc_elf(&dump, &img, 0, &kernel, &err), KV_EUNSUP);
	CHECK_TEXT("by PA", err.text, "Raw corefile not supported");
	f.b[7] = 0;
	CHECK_EQ("OSABI", "status", freebsd_powerpc_elf(&dump, &img, 0, &kernel, &err), KV_EFORMAT);
	CHECK_TEXT("OSABI", err.text, "EI_OSABI");
	port_close(&dump);
	image_close(&img);
}

/* ---- Kernels that were moved -------------------------------------------------------------- */

#define KERNBASE	UINT64_C(0xffffffff80000000)
#define CODE_VA		(KERNBASE + 0x200000)
enum { RAM_LEN = 0x1000000, CODE_LEN = 4096, ROOT_SYMBOL = 0x3000 };

struct moved {
	uint8_t *ram;		/* physical memory from base on */
	uint64_t base;
	unsigned lookups;
	bool la57;
	bool no_code;		/* the kernel file has symbols alone */
	bool no_symbol;
};

static uint8_t
code_byte(size_t i)
{
	return (uint8_t)(i * 13 + i / 256 + 1);
}

static bool
moved_lookup(void *arg, const char *symbol, vaddr_t *ret)
{
	struct moved *m = arg;
	m->lookups++;
	if (strcmp(symbol, "kernbase") == 0)
		*ret = KERNBASE;
	else if (strcmp(symbol, "KPML4phys") == 0 && !m->no_symbol)
		*ret = CODE_VA + ROOT_SYMBOL;
	else if (strcmp(symbol, "KPML5phys") == 0)
		*ret = CODE_VA + ROOT_SYMBOL + 8;
	else
		return false;
	return true;
}

static bool
moved_code(void *arg, vaddr_t *va, void *buf, size_t len, size_t *got)
{
	const struct moved *m = arg;
	*va = CODE_VA;
	*got = m->no_code ? 0 : len < CODE_LEN ? len : CODE_LEN;
	for (size_t i = 0; i < *got; i++)
		((uint8_t *)buf)[i] = code_byte(i);
	return true;
}

static void
entry_put(struct moved *m, uint64_t at, uint64_t raw)
{
	le32_put(m->ram + (at - m->base), (uint32_t)raw);
	le32_put(m->ram + (at - m->base) + 4, (uint32_t)(raw >> 32));
}

/* A kernel's image at pa; its tables, at tables, map it at where. */
static void
kernel_put(struct moved *m, uint64_t pa, uint64_t tables, uint64_t where, bool patched)
{
	for (size_t i = 0; i < CODE_LEN; i++)
		m->ram[pa - m->base + i] = code_byte(i);
	if (patched)
		m->ram[pa - m->base + 5] ^= 0xff;
	entry_put(m, pa + ROOT_SYMBOL + (m->la57 ? 8 : 0), tables);
	entry_put(m, pa + ROOT_SYMBOL + (m->la57 ? 0 : 8), 0);
	if (tables == 0)
		return;
	if (m->la57) {
		entry_put(m, tables + 511 * 8, (tables + 0x3000) | 3);
		tables += 0x3000;
	}
	const uint64_t pdpt = tables + 0x1000, pd = tables + 0x2000;
	entry_put(m, tables + 511 * 8, pdpt | 3);
	entry_put(m, pdpt + 510 * 8, pd | 3);
	entry_put(m, pd + 8, where | 0x83);
}

static void
moved(void)
{
	static const struct {
		const char *name;
		uint64_t pa;		/* of the true kernel */
		uint64_t stale;		/* of a copy without tables; 0: none */
		uint64_t liar;		/* of a copy whose tables map it elsewhere; 0: none */
		bool la57, no_code, patched;
	} rows[] = {
		{ "as linked", 0x200000, 0, 0, false, false, false },
		{ "moved", 0x600000, 0, 0, false, false, false },
		{ "moved, 5 levels", 0x800000, 0x200000, 0, true, false, false },
		{ "moved, stale copy where it was linked", 0x600000, 0x200000, 0, false, false, false },
		{ "moved, stale copy above", 0x600000, 0xa00000, 0, false, false, false },
		{ "moved, and a copy that is mapped elsewhere", 0x800000, 0, 0x400000, false, false, false },
		{ "moved, patched code", 0x600000, 0, 0, false, false, true },
		{ "moved, symbols alone", 0x600000, 0, 0x200000, false, true, false },
		{ "at the dump's end", 0xe00000, 0, 0, false, false, false },
	};
	static const struct port port = { .os = "freebsd", .machine = "amd64", .bits = 64,
		.vabits = 48, .pagesize = 4096 };
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct moved m = { .ram = calloc(1, RAM_LEN), .la57 = rows[i].la57,
			.no_code = rows[i].no_code };
		if (!CHECK(m.ram != NULL, "moved: memory"))
			return;
		struct image img;
		struct kv_err err = { .text = "" };
		const struct port_kernel kernel = { .name = "kernel", .machine = 62, .bits = 64,
			.os = "freebsd", .lookup = moved_lookup, .code = moved_code, .arg = &m };
		kernel_put(&m, rows[i].pa, 0x10000, rows[i].pa, rows[i].patched);
		if (rows[i].stale != 0)
			kernel_put(&m, rows[i].stale, 0, 0, false);
		if (rows[i].liar != 0)
			kernel_put(&m, rows[i].liar, 0x20000, 0xc00000, false);
		for (unsigned k = 0; k < 2; k++) {
			m.no_symbol = k == 1 && !m.la57;
			struct dump dump = { .port = &port, .bits = 64, .vabits = 48, .pagesize = 4096 };
			CHECK_EQ(rows[i].name, "open", image_open_mem(&img, "core", m.ram, RAM_LEN, &err), KV_OK);
			CHECK_EQ(rows[i].name, "ram", format_init(&dump.ram, 1, RAM_LEN, &err), KV_OK);
			CHECK_EQ(rows[i].name, "ram", format_add(&dump.ram, 0, 0, RAM_LEN, 0, &err), KV_OK);
			dump.mem = (struct memory) { .img = &img, .fmt = &dump.ram };
			const struct raw raw = { .base = 0 };
			enum kv_status s = freebsd_amd64_raw(&dump, &img, &raw, &kernel, &err);
			if (m.no_symbol) {
				CHECK_EQ(rows[i].name, "without the symbol", s, KV_EUNSUP);
				CHECK_TEXT(rows[i].name, err.text, "no symbol KPML4phys");
			} else if (CHECK(s == KV_OK, "%s: %s", rows[i].name, err.text)) {
				CHECK_EQ(rows[i].name, "root", dump.root, 0x10000);
				CHECK(strcmp(dump.as[0].mmu.regime, m.la57 ? "5level" : "4level") == 0,
				    "%s: regime %s", rows[i].name, dump.as[0].mmu.regime);
			}
			port_close(&dump);
			image_close(&img);
		}
		/* Without its tables a kernel is nowhere. */
		memset(m.ram + 0x10000, 0, 0x10000);
		m.no_symbol = false;
		struct dump dump = { .port = &port, .bits = 64, .vabits = 48, .pagesize = 4096 };
		CHECK_EQ(rows[i].name, "open", image_open_mem(&img, "core", m.ram, RAM_LEN, &err), KV_OK);
		CHECK_EQ(rows[i].name, "ram", format_init(&dump.ram, 1, RAM_LEN, &err), KV_OK);
		CHECK_EQ(rows[i].name, "ram", format_add(&dump.ram, 0, 0, RAM_LEN, 0, &err), KV_OK);
		dump.mem = (struct memory) { .img = &img, .fmt = &dump.ram };
		const struct raw raw = { .base = 0 };
		CHECK_EQ(rows[i].name, "without tables", freebsd_amd64_raw(&dump, &img, &raw, &kernel, &err),
		    KV_EFORMAT);
		CHECK_TEXT(rows[i].name, err.text, "kernphys");
		port_close(&dump);
		image_close(&img);
		free(m.ram);
	}
}

/*
 * Memory in two pieces, of which the second begins behind the first byte of the kernel's code, and
 * ends, in the file, long before it says.  Below the kernel lies another one whose tables map
 * it where it is.
 */
static void
in_pieces(void)
{
	enum { BASE = 0x40000000, KERNEL = BASE + 0x600000, OTHER = BASE + 0x200000, TABLES = BASE + 0x10000,
		GAP = 0x800000, FILE_LEN = GAP + RAM_LEN };
	static const struct port port = { .os = "freebsd", .machine = "amd64", .bits = 64,
		.vabits = 48, .pagesize = 4096 };
	static const struct {
		const char *name;
		bool no_code;
		size_t split;		/* a byte behind which of them begins */
		size_t hole;		/* bytes that the dump lacks there */
		uint64_t root;
	} rows[] = {
		{ "by its code", false, 0x600000 + 1, 0, TABLES },
		{ "by its code, the other's in pieces", false, 0x200000 + 1, 0, TABLES },
		{ "by its code, the other's without its end", false, 0x200000 + 1, 0x1000, TABLES },
		{ "symbols alone", true, 0x600000 + 1, 0, TABLES + 0x10000 },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const size_t split = rows[i].split;
		struct moved m = { .ram = calloc(1, RAM_LEN), .base = BASE, .no_code = rows[i].no_code };
		uint8_t *file = calloc(1, FILE_LEN);
		if (!CHECK(m.ram != NULL && file != NULL, "pieces: memory"))
			return;
		kernel_put(&m, OTHER, TABLES + 0x10000, OTHER, true);
		kernel_put(&m, KERNEL, TABLES, KERNEL, false);
		memset(m.ram + (KERNEL - BASE) + CODE_LEN, 0x5a, 16);
		memcpy(file, m.ram, split);
		memset(file + split, 0x5a, GAP);
		memcpy(file + split + GAP, m.ram + split, RAM_LEN - split);
		struct image img;
		struct kv_err err = { .text = "" };
		const struct port_kernel kernel = { .name = "kernel", .machine = 62, .bits = 64,
			.os = "freebsd", .lookup = moved_lookup, .code = moved_code, .arg = &m };
		struct dump dump = { .port = &port, .bits = 64, .vabits = 48, .pagesize = 4096 };
		const struct raw raw = { .base = 0 };
		CHECK_EQ(rows[i].name, "open", image_open_mem(&img, "core", file, FILE_LEN, &err), KV_OK);
		CHECK_EQ(rows[i].name, "ram", format_init(&dump.ram, 2, FILE_LEN, &err), KV_OK);
		CHECK_EQ(rows[i].name, "ram", format_add(&dump.ram, 0, BASE, split, 0, &err), KV_OK);
		/* A tebibyte more than the file has. */
		CHECK_EQ(rows[i].name, "ram", format_add(&dump.ram, 1, BASE + split + rows[i].hole,
		    UINT64_C(1) << 40, split + rows[i].hole + GAP, &err), KV_OK);
		dump.mem = (struct memory) { .img = &img, .fmt = &dump.ram };
		if (CHECK(freebsd_amd64_raw(&dump, &img, &raw, &kernel, &err) == KV_OK, "%s: %s",
		    rows[i].name, err.text))
			CHECK_EQ(rows[i].name, "root", dump.root, rows[i].root);
		port_close(&dump);

		/* Both lose their tables: only what the file has is looked at, 8 places of 2 MiB. */
		memset(file + 0x10000, 0, 0x20000);
		m.lookups = 0;
		dump = (struct dump) { .port = &port, .bits = 64, .vabits = 48, .pagesize = 4096 };
		CHECK_EQ(rows[i].name, "ram", format_init(&dump.ram, 2, FILE_LEN, &err), KV_OK);
		CHECK_EQ(rows[i].name, "ram", format_add(&dump.ram, 0, BASE, split, 0, &err), KV_OK);
		CHECK_EQ(rows[i].name, "ram", format_add(&dump.ram, 1, BASE + split + rows[i].hole,
		    UINT64_C(1) << 40, split + rows[i].hole + GAP, &err), KV_OK);
		dump.mem = (struct memory) { .img = &img, .fmt = &dump.ram };
		CHECK_EQ(rows[i].name, "without tables", freebsd_amd64_raw(&dump, &img, &raw, &kernel, &err),
		    KV_ETRUNC);
		CHECK_TEXT(rows[i].name, err.text, "the file is truncated");
		/* A place costs three look-ups, and as many go before. */
		CHECK(m.lookups <= 3 * 10, "%s: %u look-ups", rows[i].name, m.lookups);
		port_close(&dump);
		image_close(&img);
		free(file);
		free(m.ram);
	}
}

static bool
arm_lookup(void *arg, const char *symbol, vaddr_t *ret)
{
	(void)arg;
	*ret = 0xc0000100;
	return strcmp(symbol, "kernel_l1pa") == 0;
}

/* FreeBSD/arm of either order: the kernel's variable tells where its first table is. */
static void
arm_orders(void)
{
	enum { VARIABLE = 0x1000 + 0x100 };
	static const struct {
		const char *name;
		uint32_t l1;
		const char *text;	/* "": it opens */
	} rows[] = {
		{ "table", 0x50004000, "" },
		{ "no table", 0, "the kernel's kernel_l1pa is 0, wanted the address of 16 KiB" },
		{ "table off its place", 0x50005000, "the kernel's kernel_l1pa is 0x50005000, wanted" },
		{ "table outside", 0x90000000,
		    "the page table at 0x90000000, which the kernel's kernel_l1pa tells, cannot be read: " },
		{ "table cut", 0x50008000,
		    "the page table at 0x50008000, which the kernel's kernel_l1pa tells, cannot be read: " },
	};
	static const struct phdr ph[] = {
		{ PT_DUMP_DELTA, 0, 0xc0000000, 0x50000000, 0, 0, 0 },
		{ PT_LOAD, 0x1000, 0, 0x50000000, 0x8000, 0x8000, 0x1000 },
	};
	static const struct port port = { .os = "freebsd", .machine = "arm", .bits = 32,
		.vabits = 32, .pagesize = 4096 };
	{
		const struct port_kernel kernel = { .name = "kernel", .machine = 40, .bits = 32, .os = "freebsd",
			.lookup = arm_lookup };
		struct file f;
		struct image img;
		struct kv_err err = { .text = "" };
		struct dump dump = { .port = &port, .bits = 32, .vabits = 32, .pagesize = 4096 };
		file_make(&f, 32, false, 0, ph, 2);
		put(&f, 42, 2, 31);
		CHECK_EQ("headers", "open", image_open_mem(&img, "core", f.b, FILE_SIZE, &err), KV_OK);
		CHECK_EQ("headers", "status", freebsd_arm_elf(&dump, &img, 0, &kernel, &err), KV_EFORMAT);
		CHECK(strcmp(err.text, "core: invalid core: e_phentsize at offset 0x2a is 31, wanted 32") == 0,
		    "headers: %s", err.text);
		port_close(&dump);
		image_close(&img);
	}
	for (unsigned big = 0; big < 2; big++)
		for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
			const struct port_kernel kernel = { .name = "kernel", .machine = 40, .bits = 32,
				.big = big != 0, .os = "freebsd", .lookup = arm_lookup };
			struct file f;
			struct image img;
			struct kv_err err = { .text = "" };
			struct dump dump = { .port = &port, .bits = 32, .vabits = 32, .pagesize = 4096,
				.big = big != 0 };
			file_make(&f, 32, big != 0, 0, ph, 2);
			put(&f, VARIABLE, 4, rows[i].l1);
			CHECK_EQ(rows[i].name, "open", image_open_mem(&img, "core", f.b, FILE_SIZE, &err), KV_OK);
			dump.mem = (struct memory) { .img = &img, .fmt = &dump.ram };
			const enum kv_status s = freebsd_arm_elf(&dump, &img, 0, &kernel, &err);
			if (rows[i].text[0] != '\0') {
				CHECK(s != KV_OK, "%s: opens", rows[i].name);
				CHECK_TEXT(rows[i].name, err.text, rows[i].text);
			} else if (CHECK(s == KV_OK, "%s: %s", rows[i].name, err.text))
				CHECK_EQ(rows[i].name, "root", dump.root, rows[i].l1);
			port_close(&dump);
			image_close(&img);
		}
}

static bool
arm64_lookup(void *arg, const char *symbol, vaddr_t *ret)
{
	(void)arg;
	*ret = UINT64_C(0xffff000000008000);
	return strcmp(symbol, "pagetable_l0_ttbr1") == 0;
}

/* FreeBSD/arm64: p_align is the page size, and so the granule. */
static void
granule(void)
{
	static const struct port port = { .os = "freebsd", .machine = "arm64", .bits = 64,
		.vabits = 48, .pagesize = 4096 };
	const struct port_kernel kernel = { .name = "kernel", .machine = 183, .bits = 64,
		.os = "freebsd", .lookup = arm64_lookup };
	for (uint64_t align = 0x1000; align <= 0x4000; align *= 4) {
		const struct phdr ph[] = {
			{ PT_DUMP_DELTA, 0, UINT64_C(0xffff000000000000), 0x40000000, 0, 0, 0 },
			{ PT_LOAD, 0x1000, 0, 0x40008000, 0x4000, 0x4000, align },
		};
		struct file f;
		struct image img;
		struct kv_err err = { .text = "" };
		struct dump dump = { .port = &port, .bits = 64, .vabits = 48, .pagesize = 4096 };
		file_make(&f, 64, false, 0, ph, 2);
		/* 16 KiB: 48 bits have two entries in the root, which is 16 bytes of the file. */
		for (unsigned less = 0; less < 2; less++) {
			struct dump cut = { .port = &port, .bits = 64, .vabits = 48, .pagesize = 4096 };
			CHECK_EQ("root", "open", image_open_mem(&img, "core", f.b, 0x1010 - less, &err), KV_OK);
			cut.mem = (struct memory) { .img = &img, .fmt = &cut.ram };
			CHECK_EQ("root", "status", freebsd_arm64_elf(&cut, &img, 0, &kernel, &err),
			    less == 0 ? KV_OK : KV_ETRUNC);
			if (less != 0)
				CHECK_TEXT("root", err.text, "the page table at 0x40008000, which the kernel's "
				    "pagetable_l0_ttbr1 tells, cannot be read: ");
			port_close(&cut);
			image_close(&img);
		}
		CHECK_EQ("granule", "open", image_open_mem(&img, "core", f.b, FILE_SIZE, &err), KV_OK);
		dump.mem = (struct memory) { .img = &img, .fmt = &dump.ram };
		if (CHECK(freebsd_arm64_elf(&dump, &img, 0, &kernel, &err) == KV_OK, "granule: %s", err.text)) {
			CHECK_EQ("granule", "page size", dump.pagesize, align);
			CHECK_EQ("granule", "root", dump.root, 0x40008000);
			CHECK_EQ("granule", "vabits", dump.vabits, 48);
			CHECK(strcmp(dump.as[0].mmu.regime, align == 0x1000 ? "4k" : "16k") == 0, "granule: %s",
			    dump.as[0].mmu.regime);
		}
		port_close(&dump);
		image_close(&img);
	}
}

static const struct unit_test tests[] = {
	{ "no reads", no_reads }, { "last byte", last_byte }, { "largest", largest },
	{ "behind a header", behind_refused }, { "two deltas", two_deltas },
	{ "virtual, shared", virtual_shared },
	{ "granule", granule }, { "arm", arm_orders }, { "number elsewhere", number_elsewhere }, { "refused", refused }, { "headers refused", headers_refused }, { "physical", physical },
	{ "many", many }, { "virtual", virtual }, { "moved", moved },
	{ "in pieces", in_pieces }, { NULL, NULL },
};

const struct unit_suite unit_elfcore = { "elfcore", tests };
