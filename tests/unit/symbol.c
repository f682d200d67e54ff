/* SPDX-License-Identifier: BSD-2-Clause */
/* The kernel file: ELF images made here, in both classes and byte orders, whole and damaged. */
#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "allocations.h"
#include "symbol/symbol.h"
#include "unit.h"

/* ---- Making ELF ------------------------------------------------------------------- */

struct image {
	uint8_t *p;
	size_t size;
	bool is64, big;
};

static void
put(struct image *im, size_t off, unsigned size, uint64_t v)
{
	for (unsigned i = 0; i < size; i++)
		im->p[off + (im->big ? size - 1 - i : i)] = (uint8_t)(v >> (8 * i));
}

/* Consecutive fields: a word is 4 or 8 bytes by class. */
struct out {
	struct image *im;
	size_t off;
};

static void
half(struct out *o, uint64_t v)
{
	put(o->im, o->off, 2, v);
	o->off += 2;
}

static void
word(struct out *o, uint64_t v)
{
	put(o->im, o->off, 4, v);
	o->off += 4;
}

static void
addr(struct out *o, uint64_t v)
{
	unsigned size = o->im->is64 ? 8 : 4;
	put(o->im, o->off, size, v);
	o->off += size;
}

static void
ehdr(struct image *im, uint16_t machine, uint64_t shoff, unsigned shnum, unsigned phnum)
{
	static const uint8_t magic[] = { 0x7f, 'E', 'L', 'F' };
	memcpy(im->p, magic, 4);
	im->p[4] = im->is64 ? 2 : 1;
	im->p[5] = im->big ? 2 : 1;
	im->p[6] = 1;
	struct out o = { im, 16 };
	half(&o, ET_EXEC);
	half(&o, machine);
	word(&o, 1);
	addr(&o, 0x80201000);
	addr(&o, phnum != 0 ? 0x40 : 0);
	addr(&o, shoff);
	word(&o, 0);
	half(&o, im->is64 ? 64 : 52);
	half(&o, im->is64 ? 56 : 32);
	half(&o, phnum);
	half(&o, im->is64 ? 64 : 40);
	half(&o, shnum);
	half(&o, 0);
}

static size_t
shdr_size(const struct image *im)
{
	return im->is64 ? 64 : 40;
}

static void
shdr(struct image *im, size_t at, unsigned type, unsigned flags, uint64_t va, uint64_t off,
    uint64_t size, unsigned link, unsigned entsize)
{
	struct out o = { im, at };
	word(&o, 0);
	word(&o, type);
	addr(&o, flags);
	addr(&o, va);
	addr(&o, off);
	addr(&o, size);
	word(&o, link);
	word(&o, 0);
	addr(&o, 4);
	addr(&o, entsize);
}

static void
phdr(struct image *im, size_t at, unsigned type, uint64_t off, uint64_t va, uint64_t filesz,
    uint64_t memsz)
{
	struct out o = { im, at };
	word(&o, type);
	if (im->is64)
		word(&o, 5);
	addr(&o, off);
	addr(&o, va);
	addr(&o, va);
	addr(&o, filesz);
	addr(&o, memsz);
	if (!im->is64)
		word(&o, 5);
	addr(&o, 4);
}

static size_t
sym_size(const struct image *im)
{
	return im->is64 ? 24 : 16;
}

static void
sym(struct image *im, size_t at, unsigned name, uint64_t value, uint64_t size, unsigned type,
    unsigned bind, unsigned section)
{
	struct out o = { im, at };
	word(&o, name);
	if (!im->is64) {
		addr(&o, value);
		addr(&o, size);
	}
	im->p[o.off++] = (uint8_t)(bind << 4 | type);
	im->p[o.off++] = 0;
	half(&o, section);
	if (im->is64) {
		addr(&o, value);
		addr(&o, size);
	}
}

/* Where things lie in the test image. */
enum {
	TEXT = 0x100, TEXTLEN = 0x40, NOTES = 0x140, STRS = 0x200, STRLEN = 0x200, SYMS = 0x400,
	SYMS2 = 0x800, SHDRS = 0x900, IMAGE_SIZE = 0xb00,
	S_TEXT = 1, S_BSS, S_SYMTAB, S_STRTAB, S_NOTE, S_DYNSYM, S_SYMTAB2, NSECTIONS,
};

/* Symbols in file order; those of section 2's table last. */
static const struct {
	const char *name;
	uint64_t value, size;
	uint8_t type, bind;
	uint16_t section;
	bool second;
} symbols[] = {
	{ "kern.c", 0, 0, STT_FILE, STB_LOCAL, SHN_ABS, false },
	{ "", 0x80201000, 0, STT_SECTION, STB_LOCAL, S_TEXT, false },
	{ ".text", 0x80201000, 0, STT_SECTION, STB_LOCAL, S_TEXT, false },
	{ "$d", 0x80201006, 0, STT_NOTYPE, STB_LOCAL, S_TEXT, false },
	{ ".L1", 0x80201007, 0, STT_NOTYPE, STB_LOCAL, S_TEXT, false },
	{ "dup", 0x80201001, 1, STT_OBJECT, STB_LOCAL, S_TEXT, false },
	{ "locals", 0x80201002, 1, STT_OBJECT, STB_LOCAL, S_TEXT, false },
	{ "locals", 0x80201003, 1, STT_OBJECT, STB_LOCAL, S_TEXT, false },
	{ "wl", 0x80201004, 1, STT_FUNC, STB_LOCAL, S_TEXT, false },
	{ ".Ltmp", 0x80201010, 0, STT_NOTYPE, STB_LOCAL, S_TEXT, false },
	{ "$x", 0x80201010, 0, STT_NOTYPE, STB_LOCAL, S_TEXT, false },
	{ "label", 0x80201010, 0, STT_NOTYPE, STB_GLOBAL, S_TEXT, false },
	{ "local_main", 0x80201010, 4, STT_FUNC, STB_LOCAL, S_TEXT, false },
	{ "main", 0x80201010, 0x10, STT_FUNC, STB_GLOBAL, S_TEXT, false },
	{ "__start", 0x80201010, 0, STT_OBJECT, STB_GLOBAL, SHN_ABS, false },
	{ "outside", 0, 0, STT_NOTYPE, STB_GLOBAL, SHN_UNDEF, false },
	{ "shared", 16, 4, STT_OBJECT, STB_GLOBAL, SHN_COMMON, false },
	{ "dup", 0x80201020, 4, STT_OBJECT, STB_GLOBAL, S_TEXT, false },
	{ "dup", 0x80201024, 4, STT_OBJECT, STB_LOCAL, S_TEXT, false },
	{ "wl", 0x80201025, 4, STT_FUNC, STB_WEAK, S_TEXT, false },
	{ "wg", 0x80201026, 4, STT_FUNC, STB_WEAK, S_TEXT, false },
	{ "wg", 0x80201027, 4, STT_FUNC, STB_GLOBAL, S_TEXT, false },
	{ "_under", 0x80201028, 4, STT_OBJECT, STB_GLOBAL, S_TEXT, false },
	{ "both", 0x80201029, 4, STT_OBJECT, STB_GLOBAL, S_TEXT, false },
	{ "_both", 0x8020102a, 4, STT_OBJECT, STB_GLOBAL, S_TEXT, false },
	{ "common", 0x8020102b, 4, STT_COMMON, STB_GLOBAL, S_TEXT, false },
	{ "tls", 0x8020102c, 4, STT_TLS, STB_GLOBAL, S_TEXT, false },
	{ "ifunc", 0x8020102d, 4, STT_GNU_IFUNC, STB_GLOBAL, S_TEXT, false },
	{ "x", 0x80201021, 1, STT_OBJECT, STB_GLOBAL, S_TEXT, false },
	{ ".entry", 0x80201022, 1, STT_FUNC, STB_GLOBAL, S_TEXT, false },
	{ "a$b", 0x80201023, 1, STT_OBJECT, STB_GLOBAL, S_TEXT, false },
	{ "end", 0xfffffff0, 0, STT_NOTYPE, STB_GLOBAL, SHN_ABS, false },
	{ "dup", 0x80201030, 4, STT_OBJECT, STB_GLOBAL, S_TEXT, true },
	{ "second", 0x80201031, 4, STT_OBJECT, STB_GLOBAL, S_TEXT, true },
	{ "locals", 0x80201032, 1, STT_OBJECT, STB_WEAK, S_TEXT, true },
};
enum { NSYMBOLS = sizeof(symbols) / sizeof(symbols[0]) };

static struct image
image_make(bool is64, bool big)
{
	struct image im = { calloc(1, IMAGE_SIZE), IMAGE_SIZE, is64, big };
	if (im.p == NULL)
		abort();
	ehdr(&im, is64 ? EM_X86_64 : EM_SPARC, SHDRS, NSECTIONS, 3);
	size_t ph = is64 ? 56 : 32;
	phdr(&im, 0x40, PT_LOAD, TEXT, 0x80201000, TEXTLEN / 2, TEXTLEN / 2);
	phdr(&im, 0x40 + ph, PT_LOAD, TEXT + TEXTLEN / 2, 0x80201000 + TEXTLEN / 2, TEXTLEN / 2,
	    0x1000);
	phdr(&im, 0x40 + 2 * ph, PT_NOTE, NOTES, 0, 0x38, 0x38);
	for (unsigned i = 0; i < TEXTLEN; i++)
		im.p[TEXT + i] = (uint8_t)(0xc0 + i);

	/* A note to be passed over, then the two that are asked for. */
	struct out o = { &im, NOTES };
	word(&o, 4), word(&o, 3), word(&o, 1);
	memcpy(im.p + o.off, "GNU\0abc", 8);
	o.off += 8;
	word(&o, 4), word(&o, 4), word(&o, 3);
	memcpy(im.p + o.off, "GNU\0\x12\x34\x56\x78", 8);
	o.off += 8;
	word(&o, 7), word(&o, 4), word(&o, 1);
	memcpy(im.p + o.off, "NetBSD\0", 8);
	o.off += 8;
	word(&o, 1099001200);

	size_t strs = 1, at = SYMS + sym_size(&im), at2 = SYMS2 + sym_size(&im);
	for (unsigned i = 0; i < NSYMBOLS; i++) {
		size_t name = 0;
		if (symbols[i].name[0] != '\0') {
			name = strs;
			memcpy(im.p + STRS + strs, symbols[i].name, strlen(symbols[i].name));
			strs += strlen(symbols[i].name) + 1;
		}
		size_t *to = symbols[i].second ? &at2 : &at;
		sym(&im, *to, (unsigned)name, symbols[i].value, symbols[i].size, symbols[i].type,
		    symbols[i].bind, symbols[i].section);
		*to += sym_size(&im);
	}
	if (strs > STRLEN || at > SYMS2 || at2 > SHDRS)
		abort();
	size_t ss = shdr_size(&im), entsize = sym_size(&im);
	shdr(&im, SHDRS + S_TEXT * ss, SHT_PROGBITS, SHF_ALLOC, 0x80201000, TEXT, TEXTLEN, 0, 0);
	shdr(&im, SHDRS + S_BSS * ss, SHT_NOBITS, SHF_ALLOC, 0x80201040, TEXT, 0xfc0, 0, 0);
	shdr(&im, SHDRS + S_SYMTAB * ss, SHT_SYMTAB, 0, 0, SYMS, at - SYMS, S_STRTAB,
	    (unsigned)entsize);
	shdr(&im, SHDRS + S_STRTAB * ss, SHT_STRTAB, 0, 0x80201040, STRS, STRLEN, 0, 0);
	shdr(&im, SHDRS + S_NOTE * ss, SHT_NOTE, 0, 0, NOTES, 0x14 + 0x14 + 0x18, 0, 0);
	shdr(&im, SHDRS + S_DYNSYM * ss, SHT_DYNSYM, SHF_ALLOC, 0x80300000, SYMS2, entsize, S_STRTAB,
	    (unsigned)entsize);
	shdr(&im, SHDRS + S_SYMTAB2 * ss, SHT_SYMTAB, 0, 0, SYMS2, at2 - SYMS2, S_STRTAB,
	    (unsigned)entsize);
	return im;
}

static const struct {
	const char *name;
	bool is64, big;
} kinds[] = {
	{ "64 little", true, false },
	{ "64 big", true, true },
	{ "32 little", false, false },
	{ "32 big", false, true },
};
enum { NKINDS = sizeof(kinds) / sizeof(kinds[0]) };

static struct elf_file *
open_image(const struct image *im, const char *row)
{
	struct elf_file *elf = NULL;
	struct kv_err err = { .text = "" };
	enum kv_status st = elf_file_open_mem(&elf, "kernel", im->p, im->size, &err);
	CHECK(st == KV_OK, "%s: opens: %s", row, err.text);
	return st == KV_OK ? elf : NULL;
}

/* ---- Tests ------------------------------------------------------------------------ */

static void
test_info(void)
{
	for (unsigned k = 0; k < NKINDS; k++) {
		struct image im = image_make(kinds[k].is64, kinds[k].big);
		struct elf_file *elf = open_image(&im, kinds[k].name);
		if (elf != NULL) {
			const struct elf_info *info = elf_file_info(elf);
			CHECK_EQ(kinds[k].name, "bits", info->bits, kinds[k].is64 ? 64 : 32);
			CHECK_EQ(kinds[k].name, "big", info->big, kinds[k].big);
			CHECK_EQ(kinds[k].name, "machine", info->machine,
			    kinds[k].is64 ? EM_X86_64 : EM_SPARC);
			CHECK_EQ(kinds[k].name, "type", info->type, ET_EXEC);
			CHECK_EQ(kinds[k].name, "entry", info->entry, 0x80201000);
			CHECK_TEXT(kinds[k].name, elf_file_name(elf), "kernel");
		}
		elf_file_close(elf);
		free(im.p);
	}
	elf_file_close(NULL);
}

static void
test_names(void)
{
	static const struct {
		const char *name;
		uint64_t exact, nlist;	/* 0: not found */
		uint8_t type;		/* n_type of the nlist hit */
	} rows[] = {
		{ "main", 0x80201010, 0x80201010, NLIST_TEXT | NLIST_EXT },
		{ "_main", 0, 0x80201010, NLIST_TEXT | NLIST_EXT },
		{ "__main", 0, 0, 0 },
		{ "mai", 0, 0, 0 },
		{ "main ", 0, 0, 0 },
		{ "", 0, 0, 0 },
		{ "_", 0, 0, 0 },
		{ "dup", 0x80201020, 0x80201020, NLIST_DATA | NLIST_EXT },
		{ "locals", 0x80201032, 0x80201032, NLIST_DATA | NLIST_EXT },
		{ "wl", 0x80201025, 0x80201025, NLIST_TEXT | NLIST_EXT },
		{ "wg", 0x80201027, 0x80201027, NLIST_TEXT | NLIST_EXT },
		{ "_under", 0x80201028, 0x80201028, NLIST_DATA | NLIST_EXT },
		{ "__under", 0, 0x80201028, NLIST_DATA | NLIST_EXT },
		{ "under", 0, 0, 0 },
		{ "both", 0x80201029, 0x80201029, NLIST_DATA | NLIST_EXT },
		{ "_both", 0x8020102a, 0x8020102a, NLIST_DATA | NLIST_EXT },
		{ "__both", 0, 0x8020102a, NLIST_DATA | NLIST_EXT },
		{ "label", 0x80201010, 0x80201010, NLIST_UNDF | NLIST_EXT },
		{ "local_main", 0x80201010, 0x80201010, NLIST_TEXT },
		{ "common", 0x8020102b, 0x8020102b, NLIST_DATA | NLIST_EXT },
		{ "tls", 0x8020102c, 0x8020102c, NLIST_UNDF | NLIST_EXT },
		{ "second", 0x80201031, 0x80201031, NLIST_DATA | NLIST_EXT },
		{ "outside", 0, 0, 0 },
		{ "shared", 0, 0, 0 },
		{ "end", 0xfffffff0, 0xfffffff0, NLIST_UNDF | NLIST_EXT },
		{ "x", 0x80201021, 0x80201021, NLIST_DATA | NLIST_EXT },
		{ "_x", 0, 0x80201021, NLIST_DATA | NLIST_EXT },
	};
	for (unsigned k = 0; k < NKINDS; k++) {
		struct image im = image_make(kinds[k].is64, kinds[k].big);
		struct elf_file *elf = open_image(&im, kinds[k].name);
		for (size_t i = 0; elf != NULL && i < sizeof(rows) / sizeof(rows[0]); i++) {
			const struct symbol *s = NULL;
			CHECK_EQ(rows[i].name, "status", elf_symbol(elf, rows[i].name, &s, NULL), KV_OK);
			CHECK_EQ(rows[i].name, "exact", s != NULL ? s->value : 0, rows[i].exact);
			CHECK_EQ(rows[i].name, "status",
			    elf_symbol_nlist(elf, rows[i].name, &s, NULL), KV_OK);
			CHECK_EQ(rows[i].name, "nlist", s != NULL ? s->value : 0, rows[i].nlist);
			CHECK_EQ(rows[i].name, "n_type", s != NULL ? symbol_nlist_type(s) : 0,
			    rows[i].type);
		}
		const struct symbol *s = NULL;
		if (elf != NULL && elf_symbol(elf, "kern.c", &s, NULL) == KV_OK) {
			CHECK_EQ("kern.c", "n_type", s != NULL ? symbol_nlist_type(s) : 0, NLIST_FN);
			CHECK_EQ("kern.c", "type", s != NULL ? s->type : 0, STT_FILE);
		}
		if (elf != NULL && elf_symbol(elf, "main", &s, NULL) == KV_OK && s != NULL) {
			CHECK_EQ("main", "size", s->size, 0x10);
			CHECK_EQ("main", "bind", s->bind, STB_GLOBAL);
			CHECK_EQ("main", "section", s->section, S_TEXT);
		}
		elf_file_close(elf);
		free(im.p);
	}
}

static bool
each_count(void *arg, const struct symbol *s)
{
	unsigned *n = arg;
	unsigned i = *n;
	/* Row 1 has no name and is passed over. */
	unsigned row = i == 0 ? 0 : i + 1;
	CHECK(row < NSYMBOLS && strcmp(s->name, symbols[row].name) == 0 &&
		s->value == symbols[row].value, "each %u: %s 0x%" PRIx64, i, s->name, s->value);
	++*n;
	return *n != 20 && *n != NSYMBOLS - 1;
}

static void
test_each(void)
{
	struct image im = image_make(true, false);
	struct elf_file *elf = open_image(&im, "each");
	unsigned n = 0;
	if (elf != NULL) {
		CHECK_EQ("each", "status", elf_symbol_each(elf, each_count, &n, NULL), KV_OK);
		CHECK_EQ("each", "stops where told", n, 20);
	}
	elf_file_close(elf);
	free(im.p);
}

static void
test_addresses(void)
{
	static const struct {
		uint64_t addr;
		const char *name;	/* NULL: none */
	} rows[] = {
		{ 0, NULL },
		{ 0x80201000, NULL },	/* only a section there */
		{ 0x80201001, "dup" },
		{ 0x80201003, "locals" },
		{ 0x8020100f, "wl" },
		{ 0x80201010, "main" },	/* not .Ltmp, $x, label, local_main, __start */
		{ 0x8020101f, "main" },
		{ 0x80201020, "dup" },
		{ 0x80201021, "x" },
		{ 0x80201022, ".entry" },	/* as on powerpc64: no assembler's name */
		{ 0x80201023, "a$b" },
		{ 0x8020102b, "common" },
		{ 0x8020102c, "common" },	/* not tls */
		{ 0x8020102d, "ifunc" },
		{ 0x80201032, "locals" },
		{ 0xffffffef, "locals" },
		{ 0xfffffff0, "end" },
		{ 0xffffffff, "end" },
	};
	for (unsigned k = 0; k < NKINDS; k++) {
		struct image im = image_make(kinds[k].is64, kinds[k].big);
		struct elf_file *elf = open_image(&im, kinds[k].name);
		for (size_t i = 0; elf != NULL && i < sizeof(rows) / sizeof(rows[0]); i++) {
			const struct symbol *s = NULL;
			CHECK_EQ("at", "status", elf_symbol_at(elf, rows[i].addr, &s, NULL), KV_OK);
			const char *got = s != NULL ? s->name : "none";
			const char *want = rows[i].name != NULL ? rows[i].name : "none";
			CHECK(strcmp(got, want) == 0, "%s: at 0x%" PRIx64 ": wanted %s, got %s",
			    kinds[k].name, rows[i].addr, want, got);
		}
		/* Only of a target of 32 bits, and only what has bits 63 to 31 set, is cut to 32 bits. */
		static const struct {
			uint64_t addr;
			const char *name;	/* on a target of 32 bits */
		} far[] = {
			{ 0xffffffff80201012, "main" },
			{ 0x7fffffff80201012, "end" },
			{ 0xffffffff40201012, "end" },
			{ 0x180201012, "end" },
		};
		for (size_t i = 0; elf != NULL && i < sizeof(far) / sizeof(far[0]); i++) {
			const struct symbol *s = NULL;
			const char *want = kinds[k].is64 ? "end" : far[i].name;
			CHECK_EQ("far", "status", elf_symbol_at(elf, far[i].addr, &s, NULL), KV_OK);
			CHECK(s != NULL && strcmp(s->name, want) == 0, "%s: 0x%" PRIx64 ": wanted %s, got %s",
			    kinds[k].name, far[i].addr, want, s != NULL ? s->name : "none");
		}
		elf_file_close(elf);
		free(im.p);
	}
}

static void
test_contents(void)
{
	static const struct {
		const char *name;
		uint64_t va;
		size_t len;
		enum kv_status st;
		uint8_t first;
	} rows[] = {
		{ "first byte", 0x80201000, 1, KV_OK, 0xc0 },
		{ "all, over two segments", 0x80201000, 0x40, KV_OK, 0xc0 },
		{ "straddling", 0x8020101e, 4, KV_OK, 0xde },
		{ "last byte", 0x8020103f, 1, KV_OK, 0xff },
		{ "nothing", 0x1, 0, KV_OK, 0 },
		{ "one past", 0x8020103f, 2, KV_EABSENT, 0 },
		{ "bss", 0x80201040, 1, KV_EABSENT, 0 },
		{ "a note segment is not memory", 0x10, 1, KV_EABSENT, 0 },
		{ "before", 0x80200fff, 1, KV_EABSENT, 0 },
		{ "end of the address space", UINT64_MAX, 2, KV_EABSENT, 0 },
	};
	for (unsigned k = 0; k < 2 * NKINDS; k++) {
		struct image im = image_make(kinds[k / 2].is64, kinds[k / 2].big);
		if (k % 2 == 1)	/* no segments: the sections answer */
			put(&im, im.is64 ? 56 : 44, 2, 0);
		struct elf_file *elf = open_image(&im, kinds[k / 2].name);
		for (size_t i = 0; elf != NULL && i < sizeof(rows) / sizeof(rows[0]); i++) {
			uint8_t buf[0x40] = { 0 };
			CHECK_EQ(rows[i].name, "status",
			    elf_read_va(elf, rows[i].va, buf, rows[i].len, NULL), rows[i].st);
			if (rows[i].st != KV_OK)
				continue;
			bool same = true;
			for (size_t b = 0; b < rows[i].len; b++)
				same &= buf[b] == (uint8_t)(rows[i].first + b);
			CHECK(same, "%s: %s: wrong bytes", kinds[k / 2].name, rows[i].name);
		}
		uint8_t b = 0;
		if (elf != NULL && !im.is64) {
			CHECK_EQ("sign-extended", "status",
			    elf_read_va(elf, 0xffffffff80201005, &b, 1, NULL), KV_OK);
			CHECK_EQ("sign-extended", "byte", b, 0xc5);
			CHECK_EQ("63 bits", "status", elf_read_va(elf, 0x7fffffff80201005, &b, 1, NULL), KV_EABSENT);
			CHECK_EQ("33 bits", "status", elf_read_va(elf, 0x180201005, &b, 1, NULL), KV_EABSENT);
		}

		/* Sections answer only where there are no segments. */
		if (elf != NULL)
			CHECK_EQ("section without a segment", "status",
			    elf_read_va(elf, 0x80300000, &b, 1, NULL), k % 2 == 1 ? KV_OK : KV_EABSENT);

		/* A segment, or section, that says to lie past 2^64. */
		size_t off = k % 2 == 1 ? SHDRS + shdr_size(&im) + (im.is64 ? 24 : 16) :
					  0x40u + (im.is64 ? 8 : 4);
		struct image far = image_make(im.is64, im.big);
		if (k % 2 == 1)
			put(&far, far.is64 ? 56 : 44, 2, 0);
		put(&far, off, far.is64 ? 8 : 4, UINT64_MAX);
		struct elf_file *felf = open_image(&far, "far");
		if (felf != NULL)
			CHECK_EQ("far", "status", elf_read_va(felf, 0x80201001, &b, 1, NULL), KV_ETRUNC);
		elf_file_close(felf);
		free(far.p);

		bool found = false;
		size_t len = 0;
		uint8_t id[4] = { 0 };
		if (elf != NULL) {
			CHECK_EQ("build id", "status",
			    elf_note(elf, "GNU", 3, id, sizeof(id), &len, &found, NULL), KV_OK);
			CHECK_EQ("build id", "found", found, true);
			CHECK_EQ("build id", "length", len, 4);
			CHECK(memcmp(id, "\x12\x34\x56\x78", 4) == 0, "build id: %02x...", id[0]);
			(void)elf_note(elf, "NetBSD", 1, id, sizeof(id), &len, &found, NULL);
			CHECK_EQ("ident", "found", found, true);
			uint64_t v = 0;
			for (unsigned i = 0; i < 4; i++)
				v |= (uint64_t)id[im.big ? 3 - i : i] << (8 * i);
			CHECK_EQ("ident", "version", v, 1099001200);
			memset(id, 0, 4);
			(void)elf_note(elf, "GNU", 3, id, 2, &len, &found, NULL);
			CHECK_EQ("short buffer", "length", len, 4);
			CHECK(id[1] == 0x34 && id[2] == 0, "short buffer: overrun");
			(void)elf_note(elf, "GNU", 4, id, 4, &len, &found, NULL);
			CHECK_EQ("no such type", "found", found, false);
			(void)elf_note(elf, "NetBS", 1, id, 4, &len, &found, NULL);
			CHECK_EQ("owner cut", "found", found, false);
			(void)elf_note(elf, "NetBSDX", 1, id, 4, &len, &found, NULL);
			CHECK_EQ("owner longer", "found", found, false);
		}
		elf_file_close(elf);
		free(im.p);
	}
}

static void
test_segments(void)
{
	/* No sections: notes come from their segment, which cuts the last one. */
	struct image im = image_make(true, false);
	put(&im, 40, 8, 0);
	put(&im, 60, 2, 0);
	struct elf_file *elf = open_image(&im, "no sections");
	uint8_t buf[4] = { 0 };
	size_t len = 0;
	bool found = false;
	if (elf != NULL) {
		CHECK_EQ("no sections", "status", elf_note(elf, "GNU", 3, buf, 4, &len, &found, NULL),
		    KV_OK);
		CHECK_EQ("no sections", "build id found", found, true);
		CHECK_EQ("no sections", "build id", buf[0], 0x12);
		(void)elf_note(elf, "NetBSD", 1, buf, 4, &len, &found, NULL);
		CHECK_EQ("no sections", "cut note found", found, false);
	}
	elf_file_close(elf);
	free(im.p);

	/* A section of no notes. */
	im = image_make(true, false);
	put(&im, SHDRS + S_NOTE * shdr_size(&im) + 32, 8, 0);
	put(&im, 0x40 + 2 * 56 + 32, 8, 0);
	if ((elf = open_image(&im, "no notes")) != NULL) {
		CHECK_EQ("no notes", "status", elf_note(elf, "GNU", 3, buf, 4, &len, &found, NULL), KV_OK);
		CHECK_EQ("no notes", "found", found, false);
	}
	elf_file_close(elf);
	free(im.p);

	/* A table of no program headers, behind the file's end. */
	im = image_make(true, false);
	put(&im, 56, 2, 0);
	put(&im, 32, 8, IMAGE_SIZE + 1);
	struct kv_err no_err = { .text = "" };
	CHECK_EQ("program headers behind", "status",
	    elf_file_open_mem(&elf, "kernel", im.p, im.size, &no_err), KV_EFORMAT);
	CHECK_TEXT("program headers behind", no_err.text, "headers at offset 0xb01 do not fit");
	free(im.p);

	/* Memory at both ends of the address space: a read does not go around. */
	im = image_make(true, false);
	phdr(&im, 0x40, PT_LOAD, TEXT, UINT64_MAX - 0x1f, 0x20, 0x20);
	phdr(&im, 0x40 + 56, PT_LOAD, TEXT + 0x20, 0, 0x20, 0x20);
	elf = open_image(&im, "both ends");
	if (elf != NULL) {
		CHECK_EQ("last byte", "status", elf_read_va(elf, UINT64_MAX, buf, 1, NULL), KV_OK);
		CHECK_EQ("last byte", "byte", buf[0], 0xdf);
		CHECK_EQ("first byte", "status", elf_read_va(elf, 0, buf, 1, NULL), KV_OK);
		CHECK_EQ("first byte", "byte", buf[0], 0xe0);
		CHECK_EQ("around", "status", elf_read_va(elf, UINT64_MAX, buf, 2, NULL), KV_EABSENT);
	}
	elf_file_close(elf);
	free(im.p);
}

/* ---- Damage ----------------------------------------------------------------------- */

/* Offsets are those of the 64-bit little-endian image. */
#define SH(section, field) (SHDRS + (section)*64 + (field))
enum { SH_TYPE = 4, SH_FLAGS = 8, SH_OFFSET = 24, SH_SIZE = 32, SH_LINK = 40, SH_ENTSIZE = 56 };

static const struct {
	const char *name;
	size_t off;
	unsigned size;
	uint64_t value;
	bool opens;
	enum kv_status st;
	const char *text;
} damages[] = {
	{ "magic", 0, 1, 0x1f, false, KV_EFORMAT,
	    "kernel: not an ELF file: begins with 1f 45 4c 46" },
	{ "class", 4, 1, 3, false, KV_EFORMAT, "ELF class at offset 4 is 3, wanted 1 or 2" },
	{ "class 0", 4, 1, 0, false, KV_EFORMAT, "ELF class at offset 4 is 0" },
	{ "byte order", 5, 1, 0, false, KV_EFORMAT, "ELF byte order at offset 5 is 0" },
	{ "version", 6, 1, 2, false, KV_EFORMAT, "ELF version at offset 6 is 2" },
	{ "section headers far away", 40, 8, 0x123456789, false, KV_EFORMAT,
	    "8 section headers at offset 0x123456789 do not fit, file has 0xb00 bytes" },
	{ "section headers one byte out", 40, 8, IMAGE_SIZE - 8 * 64 + 1, false, KV_EFORMAT,
	    "do not fit" },
	{ "too many sections", 60, 2, 9, false, KV_EFORMAT, "9 section headers at offset 0x900" },
	{ "section header size", 58, 2, 63, false, KV_EFORMAT,
	    "section header size is 63, wanted 64" },
	{ "program header size", 54, 2, 32, false, KV_EFORMAT,
	    "program header size is 32, wanted 56" },
	{ "too many segments", 56, 2, 0x4000, false, KV_EFORMAT,
	    "16384 program headers at offset 0x40 do not fit" },
	{ "no sections", 40, 8, 0, true, KV_EFORMAT, "no symbol table" },
	{ "symbol size", SH(S_SYMTAB, SH_ENTSIZE), 8, 16, true, KV_EFORMAT,
	    "16 per symbol, wanted a multiple of 24" },
	{ "symbol size 0", SH(S_SYMTAB, SH_ENTSIZE), 8, 0, true, KV_EFORMAT, "0 per symbol" },
	{ "odd table", SH(S_SYMTAB, SH_SIZE), 8, 49, true, KV_EFORMAT,
	    "symbol table of 0x31 bytes" },
	{ "table past the end", SH(S_SYMTAB, SH_OFFSET), 8, IMAGE_SIZE - 24, true, KV_EFORMAT,
	    "section 3: 0x318 bytes at offset 0xae8 are not in the file, which has 0xb00" },
	{ "table wraps", SH(S_SYMTAB, SH_OFFSET), 8, UINT64_MAX - 23, true, KV_EFORMAT,
	    "are not in the file" },
	{ "huge table", SH(S_SYMTAB, SH_SIZE), 8, 24 * UINT64_C(0x10000000), true, KV_EFORMAT,
	    "are not in the file" },
	{ "string table 0", SH(S_SYMTAB, SH_LINK), 4, 0, true, KV_EFORMAT,
	    "section 3: string table is section 0 of 8" },
	{ "string table none", SH(S_SYMTAB, SH_LINK), 4, 8, true, KV_EFORMAT,
	    "string table is section 8 of 8" },
	{ "string table is code", SH(S_SYMTAB, SH_LINK), 4, S_TEXT, true, KV_EFORMAT,
	    "string table is section 1, whose type is 1, wanted 3" },
	{ "strings past the end", SH(S_STRTAB, SH_SIZE), 8, 0x901, true, KV_EFORMAT,
	    "section 4: 0x901 bytes at offset 0x200 are not in the file" },
	{ "strings empty", SH(S_STRTAB, SH_SIZE), 8, 0, true, KV_EFORMAT,
	    "symbol 1: name at 0x1 of a string table of 0x0 bytes" },
	{ "strings end inside a name", SH(S_STRTAB, SH_SIZE), 8, 4, true, KV_EFORMAT,
	    "symbol 1: name at 0x1 of a string table of 0x4 bytes" },
	{ "name past the strings", SYMS + 24 * 5, 4, STRLEN, true, KV_EFORMAT,
	    "section 3: symbol 5: name at 0x200 of a string table of 0x200 bytes" },
	{ "compressed", SH(S_SYMTAB, SH_FLAGS), 8, 0x800, true, KV_EUNSUP, "is compressed" },
};

static void
test_damage(void)
{
	for (size_t i = 0; i < sizeof(damages) / sizeof(damages[0]); i++) {
		struct image im = image_make(true, false);
		put(&im, damages[i].off, damages[i].size, damages[i].value);
		struct elf_file *elf = NULL;
		struct kv_err err = { .text = "" };
		const struct symbol *s;
		enum kv_status st = elf_file_open_mem(&elf, "kernel", im.p, im.size, &err);
		if (damages[i].opens) {
			CHECK(st == KV_OK, "%s: does not open: %s", damages[i].name, err.text);
			for (unsigned twice = 0; st == KV_OK && twice < 2; twice++) {
				err.text[0] = '\0';
				enum kv_status lst = elf_symbol(elf, "main", &s, &err);
				CHECK_EQ(damages[i].name, "status", lst, damages[i].st);
				CHECK_TEXT(damages[i].name, err.text, damages[i].text);
				CHECK_EQ(damages[i].name, "status by address",
				    elf_symbol_at(elf, 0x80201010, &s, NULL), damages[i].st);
			}
			if (st == KV_OK)
				elf_file_close(elf);
		} else {
			CHECK_EQ(damages[i].name, "status", st, damages[i].st);
			CHECK_TEXT(damages[i].name, err.text, damages[i].text);
			if (st == KV_OK)
				elf_file_close(elf);
		}
		free(im.p);
	}
}

/* Asks all there is to ask; answers may be errors, but there must be answers. */
static void
ask_all(struct elf_file *elf)
{
	const struct symbol *s;
	uint8_t buf[64];
	size_t len;
	bool found;
	struct kv_err err;
	if (elf_symbol(elf, "main", &s, &err) == KV_OK && s != NULL)
		(void)strlen(s->name);
	if (elf_symbol_at(elf, 0x80201010, &s, &err) == KV_OK && s != NULL)
		(void)strlen(s->name);
	(void)elf_note(elf, "NetBSD", 1, buf, sizeof(buf), &len, &found, &err);
	(void)elf_read_va(elf, 0x80201000, buf, sizeof(buf), &err);
}

/* Cut at every length: an error or the right answer. */
static void
test_cut(void)
{
	for (unsigned k = 0; k < NKINDS; k++) {
		struct image im = image_make(kinds[k].is64, kinds[k].big);
		unsigned opened = 0;
		for (size_t n = 0; n <= im.size; n++) {
			/* A copy of just that size, so that a sanitizer sees one byte too far. */
			uint8_t *p = malloc(n + (n == 0));
			if (p == NULL)
				abort();
			memcpy(p, im.p, n);
			struct elf_file *elf = NULL;
			struct kv_err err = { .text = "" };
			const struct symbol *s = NULL;
			enum kv_status st = elf_file_open_mem(&elf, "kernel", p, n, &err);
			if (st == KV_OK) {
				opened++;
				st = elf_symbol(elf, "main", &s, &err);
				CHECK(st != KV_OK || (s != NULL && s->value == 0x80201010),
				    "%s cut at %zu: wrong answer", kinds[k].name, n);
				ask_all(elf);
				elf_file_close(elf);
			} else
				CHECK(st == KV_EFORMAT && err.text[0] != '\0', "%s cut at %zu: status %d: %s", kinds[k].name, n,
				    (int)st, err.text);
			free(p);
		}
		CHECK(opened != 0 && opened <= im.size - SHDRS, "%s: %u cuts open", kinds[k].name,
		    opened);
		free(im.p);
	}
}

static void
test_noise(void)
{
	uint64_t rnd = 42;
	unsigned opened = 0;
	for (unsigned i = 0; i < 8000; i++) {
		struct image im = image_make(kinds[i % NKINDS].is64, kinds[i % NKINDS].big);
		for (unsigned k = 0; k < 1 + i % 4; k++) {
			/* Mostly headers; mostly extreme values. */
			uint64_t at = unit_random(&rnd) % IMAGE_SIZE;
			if (k % 2 == 0)
				at = unit_random(&rnd) % 2 == 0 ? SHDRS + at % (8 * shdr_size(&im)) :
								  8 + at % 0xe0;
			uint64_t v = unit_random(&rnd);
			im.p[at] = v % 3 == 0 ? 0xff : v % 3 == 1 ? 0 : (uint8_t)(v >> 8);
		}
		struct elf_file *elf = NULL;
		if (elf_file_open_mem(&elf, "kernel", im.p, im.size, NULL) == KV_OK) {
			opened++;
			ask_all(elf);
			elf_file_close(elf);
		}
		free(im.p);
	}
	CHECK(opened > 2000, "noise: only %u of 8000 opened", opened);
}

/* A file of n symbols whose names come from name(i), in one string table of strlen bytes. */
static struct image
image_many(unsigned n, size_t strsize)
{
	struct image im = { NULL, 0, true, false };
	size_t syms = 0x100 + strsize, shdrs = (syms + 24 * (n + 1u) + 7) & ~(size_t)7;
	im.size = shdrs + 3 * 64;
	im.p = calloc(1, im.size);
	if (im.p == NULL)
		abort();
	ehdr(&im, EM_X86_64, shdrs, 3, 0);
	shdr(&im, shdrs + 64, SHT_SYMTAB, 0, 0, syms, 24 * (n + 1u), 2, 24);
	shdr(&im, shdrs + 128, SHT_STRTAB, 0, 0, 0x100, strsize, 0, 0);
	return im;
}

static void
many_check(const char *row, struct image *im, enum kv_status want)
{
	struct elf_file *elf = open_image(im, row);
	struct kv_err err = { .text = "" };
	const struct symbol *s;
	if (elf != NULL)
		CHECK_EQ(row, "status", elf_symbol(elf, "zzz", &s, &err), want);
	if (want != KV_OK)
		CHECK_TEXT(row, err.text, "kernel: symbol names overlap or collide beyond reason");
	elf_file_close(elf);
	free(im->p);
}

/* Files made to take forever. */
static void
test_slow(void)
{
	/* All names are tails of one string. */
	struct image im = image_many(4000, 4096);
	memset(im.p + 0x100, 'a', 4095);
	for (unsigned i = 1; i <= 4000; i++)
		sym(&im, 0x100 + 4096 + 24 * i, i, i, 1, STT_FUNC, STB_GLOBAL, 1);
	many_check("overlapping names", &im, KV_EFORMAT);

	/* Tables that share the bytes of the file. */
	im = image_make(true, false);
	put(&im, SH(S_STRTAB, SH_OFFSET), 8, 0);
	put(&im, SH(S_STRTAB, SH_SIZE), 8, IMAGE_SIZE);
	struct elf_file *elf = open_image(&im, "overlapping tables");
	struct kv_err err = { .text = "" };
	const struct symbol *s;
	if (elf != NULL)
		CHECK_EQ("overlapping tables", "status", elf_symbol(elf, "main", &s, &err), KV_EFORMAT);
	CHECK_TEXT("overlapping tables", err.text, "symbol and string tables overlap");
	elf_file_close(elf);
	free(im.p);
	im = image_make(true, false);
	for (unsigned i = 0; i < NSECTIONS; i++)
		shdr(&im, SHDRS + i * 64, SHT_NOTE, 0, 0, 0, IMAGE_SIZE, 0, 0);
	elf = open_image(&im, "overlapping notes");
	uint8_t buf[4];
	size_t len;
	bool found;
	if (elf != NULL)
		CHECK_EQ("overlapping notes", "status",
		    elf_note(elf, "GNU", 9, buf, sizeof(buf), &len, &found, &err), KV_EFORMAT);
	CHECK_TEXT("overlapping notes", err.text, "all notes together are larger than the file");
	elf_file_close(elf);
	free(im.p);

	/* Sections and segments may name the same notes: twice the file's size, and no byte more. */
	for (unsigned more = 0; more < 2; more++) {
		enum { SEGMENT = 0x38 };
		im = image_make(true, false);
		shdr(&im, SHDRS + S_TEXT * 64, SHT_NOTE, 0, 0, 0, IMAGE_SIZE, 0, 0);
		shdr(&im, SHDRS + S_BSS * 64, SHT_NOTE, 0, 0, 0, IMAGE_SIZE - SEGMENT + more, 0, 0);
		shdr(&im, SHDRS + S_NOTE * 64, SHT_PROGBITS, 0, 0, 0, 0, 0, 0);
		elf = open_image(&im, "notes twice");
		if (elf != NULL)
			CHECK_EQ("notes twice", "status", elf_note(elf, "GNU", 9, buf, sizeof(buf), &len, &found,
			    &err), more == 0 ? KV_OK : KV_EFORMAT);
		elf_file_close(elf);
		free(im.p);
	}

	/* All names fall on one slot of 2048 (FNV-1a folded); and as many that do not. */
	for (unsigned collide = 0; collide < 2; collide++) {
		im = image_many(1000, 16384);
		unsigned got = 0;
		for (unsigned i = 0; got < 1000; i++) {
			char name[16];
			int n = snprintf(name, sizeof(name), "s%08x", i);
			uint64_t h = UINT64_C(0xcbf29ce484222325);
			for (int c = 0; c < n; c++)
				h = (h ^ (unsigned char)name[c]) * UINT64_C(0x100000001b3);
			if (collide != 0 && ((h ^ h >> 32) & 2047) != 7)
				continue;
			memcpy(im.p + 0x100 + 1 + 10 * got, name, 9);
			got++;
			sym(&im, 0x100 + 16384 + 24 * got, 1 + 10 * (got - 1), got, 1, STT_FUNC,
			    STB_GLOBAL, 1);
		}
		many_check(collide != 0 ? "colliding names" : "many names", &im,
		    collide != 0 ? KV_EFORMAT : KV_OK);
	}
}

/* ---- Tables at their limits ---------------------------------------------------------- */

static void
symbols_check(const char *row, const struct image *im, enum kv_status want, const char *text)
{
	struct elf_file *elf = open_image(im, row);
	struct kv_err err = { .text = "" };
	const struct symbol *s = NULL;
	if (elf != NULL)
		CHECK_EQ(row, "status", elf_symbol(elf, "zzz", &s, &err), want);
	CHECK(s == NULL, "%s: zzz is found", row);
	CHECK_TEXT(row, err.text, text);
	elf_file_close(elf);
}

/* Nothing, the symbol without a name alone, and one symbol; the string table is section 1 here. */
static void
test_few(void)
{
	for (unsigned n = 0; n <= 2; n++) {
		struct image im = { calloc(1, 0x300), 0x300, true, false };
		const struct symbol *s = NULL;
		if (im.p == NULL)
			abort();
		ehdr(&im, EM_X86_64, 0x200, 3, 0);
		memcpy(im.p + 0x101, "one", 3);
		sym(&im, 0x140 + 24, 1, 0x1234, 1, STT_FUNC, STB_GLOBAL, 1);
		shdr(&im, 0x240, SHT_STRTAB, 0, 0, 0x100, 5, 0, 0);
		shdr(&im, 0x280, SHT_SYMTAB, 0, 0, 0x140, 24 * n, n > 1, 24);
		struct elf_file *elf = open_image(&im, "few");
		if (elf != NULL)
			CHECK_EQ("few", "status", elf_symbol(elf, "one", &s, NULL), KV_OK);
		CHECK_EQ("few", "value", s != NULL ? s->value : 0, n > 1 ? 0x1234 : 0);
		if (elf != NULL && elf_symbol_at(elf, 0x1234, &s, NULL) == KV_OK)
			CHECK_EQ("few", "by address", s != NULL, n > 1);
		elf_file_close(elf);
		free(im.p);
	}
}

/* Tables that end with the file, and are together twice its size, and a byte more. */
static void
test_table_ends(void)
{
	for (unsigned more = 0; more < 2; more++) {
		struct image im = image_make(true, false);
		const uint64_t syms = 24 * (1 + NSYMBOLS - 3 + 1 + 3), strs = (2 * IMAGE_SIZE - syms) / 2 + more;
		put(&im, SH(S_STRTAB, SH_OFFSET), 8, IMAGE_SIZE - strs);
		put(&im, SH(S_STRTAB, SH_SIZE), 8, strs);
		symbols_check("twice", &im, more == 0 ? KV_OK : KV_EFORMAT, more == 0 ? "" :
		    "kernel: section 4: symbol and string tables overlap, together they are larger than the file");
		free(im.p);
	}
	/* No byte, at the file's end. */
	struct image im = image_make(true, false);
	put(&im, SH(S_STRTAB, SH_OFFSET), 8, IMAGE_SIZE);
	put(&im, SH(S_STRTAB, SH_SIZE), 8, 0);
	symbols_check("nothing at the end", &im, KV_EFORMAT, "symbol 1: name at 0x1 of a string table of 0x0 bytes");
	put(&im, SH(S_STRTAB, SH_OFFSET), 8, IMAGE_SIZE + 1);
	symbols_check("nothing behind the end", &im, KV_EFORMAT, "section 4: 0x0 bytes at offset 0xb01 are not in the file");
	free(im.p);
	/* A name that is the table's last NUL; what follows the table is not of it. */
	im = image_make(true, false);
	put(&im, SYMS + 24 * 5, 4, STRLEN - 1);
	put(&im, SYMS, 1, 0xff);
	symbols_check("last byte", &im, KV_OK, "");
	free(im.p);
}

/* More symbols than a kernel has, in one table and in two, are not read. */
static void
test_too_many(void)
{
	enum { MOST = 1 << 26 };
	char path[] = "/tmp/unit-symbol-XXXXXX";
	const int fd = mkstemp(path);
	if (!CHECK(fd != -1, "mkstemp fails"))
		return;
	for (unsigned second = 0; second < 2; second++) {
		const uint64_t n = MOST + (second ? 0 : 1), first = second ? NSYMBOLS - 3 : 0;
		struct image im = image_make(true, false);
		struct elf_file *elf = NULL;
		struct kv_err err = { .text = "" };
		const struct symbol *s;
		char text[100];
		put(&im, SH(second ? S_SYMTAB2 : S_SYMTAB, SH_SIZE), 8, 24 * n);
		CHECK(pwrite(fd, im.p, im.size, 0) == (ssize_t)im.size && ftruncate(fd, (off_t)(24 * n + IMAGE_SIZE)) == 0,
		    "cannot write %s", path);
		if (CHECK(elf_file_open(&elf, path, &err) == KV_OK, "too many: %s", err.text))
			CHECK_EQ("too many", "status", elf_symbol(elf, "main", &s, &err), KV_EUNSUP);
		(void)snprintf(text, sizeof(text), ": %" PRIu64 " symbols are too many, wanted 67108864 or less", n + first);
		CHECK_TEXT("too many", err.text, text);
		elf_file_close(elf);
		free(im.p);
	}
	(void)close(fd);
	(void)unlink(path);
}

/* Two symbols of the hash's slot: FNV-1a, folded. */
static bool
in_slot(const char *name, unsigned mask, unsigned slot)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);
	for (; *name != '\0'; name++)
		h = (h ^ (unsigned char)*name) * UINT64_C(0x100000001b3);
	return ((h ^ h >> 32) & mask) == slot;
}

/*
 * Building the hash may touch each byte of the file 16 times, where a collision counts as 16 bytes, and no
 * byte more: one name that many symbols have, and names that collide.
 */
static void
test_work(void)
{
	enum { ONE = 50, ONE_LEN = 1023, ONE_STRS = 1528 };
	for (unsigned more = 0; more < 2; more++) {
		struct image im = image_many(ONE, ONE_STRS);
		CHECK_EQ("one name", "work", ONE * (ONE_LEN + 1), 16 * im.size);
		memset(im.p + 0x101, 'n', ONE_LEN + more);
		for (unsigned i = 1; i <= ONE; i++)
			sym(&im, 0x100 + ONE_STRS + 24 * i, i == ONE ? 1 : 1 + more, i, 1, STT_FUNC, STB_GLOBAL, 1);
		symbols_check("one name", &im, more == 0 ? KV_OK : KV_EFORMAT, more == 0 ? "" : "names overlap or collide");
		free(im.p);
	}
	/* 128 symbols have 256 slots, and fill every second one if they are put there. */
	enum { MANY = 128, NAME = 10, MANY_STRS = 4664, MASK = 255, SLOT = 7 };
	for (unsigned more = 0; more < 2; more++) {
		struct image im = image_many(MANY, MANY_STRS);
		char name[16];
		unsigned got = 0;
		size_t at = 1;
		CHECK_EQ("collisions", "work", MANY * NAME + 16 * (MANY * (MANY - 1) / 2), 16 * im.size);
		for (unsigned i = 0; got <= MANY; i++) {
			(void)snprintf(name, sizeof(name), got == MANY - 1 && more ? "s%09x" : "s%08x", i);
			if (!in_slot(name, MASK, SLOT))
				continue;
			if (++got > MANY)
				break;	/* and one more of that slot, which is asked for */
			memcpy(im.p + 0x100 + at, name, strlen(name));
			sym(&im, 0x100 + MANY_STRS + 24 * got, (unsigned)at, got, 1, STT_FUNC, STB_GLOBAL, 1);
			at += strlen(name) + 1;
		}
		struct elf_file *elf = open_image(&im, "collisions");
		const struct symbol *s = NULL;
		struct kv_err err = { .text = "" };
		if (elf != NULL)
			CHECK_EQ("collisions", "status", elf_symbol(elf, name, &s, &err), more ? KV_EFORMAT : KV_OK);
		CHECK(s == NULL, "collisions: %s is found", name);
		CHECK_TEXT("collisions", err.text, more ? "names overlap or collide" : "");
		elf_file_close(elf);
		free(im.p);
	}
}

/* Names that have one hash, of all its 32 bits, are two names; a third is none of them. */
static void
test_one_hash(void)
{
	static const char names[][10] = { "s00015592", "s0001924d", "s0000ef02" };
	static const char twin[] = "s000282dd";	/* of the third */
	struct image im = image_many(3, 64);
	CHECK(in_slot(names[0], UINT32_MAX, 0x6d455880) && in_slot(names[1], UINT32_MAX, 0x6d455880) &&
	    in_slot(names[2], UINT32_MAX, 0xcad3d031) && in_slot(twin, UINT32_MAX, 0xcad3d031), "one hash: others");
	for (unsigned i = 0; i < 3; i++) {
		memcpy(im.p + 0x101 + sizeof(names[0]) * i, names[i], sizeof(names[0]));
		sym(&im, 0x100 + 64 + 24 * (i + 1), 1 + (unsigned)sizeof(names[0]) * i, 0x1000 + i, 1, STT_FUNC, STB_GLOBAL,
		    1);
	}
	struct elf_file *elf = open_image(&im, "one hash");
	const struct symbol *s = NULL;
	for (unsigned i = 0; elf != NULL && i < 3; i++) {
		CHECK_EQ(names[i], "status", elf_symbol(elf, names[i], &s, NULL), KV_OK);
		CHECK_EQ(names[i], "value", s != NULL ? s->value : 0, 0x1000 + i);
	}
	if (elf != NULL)
		CHECK(elf_symbol(elf, twin, &s, NULL) == KV_OK && s == NULL, "%s is found", twin);
	elf_file_close(elf);
	free(im.p);
}

/* What the file's headers led to is gone since it was opened. */
static void
test_shrunk(void)
{
	char dir[] = "/tmp/unit-symbol-XXXXXX", path[64];
	if (!CHECK(mkdtemp(dir) != NULL, "mkdtemp fails"))
		return;
	(void)snprintf(path, sizeof(path), "%s/kernel", dir);
	for (unsigned k = 0; k < NKINDS; k++) {
		const char *row = kinds[k].name;
		struct image im = image_make(kinds[k].is64, kinds[k].big);
		const struct symbol text = { .section = S_TEXT, .type = STT_FUNC, .bind = STB_LOCAL, .name = "s" };
		for (unsigned headers = 0; headers < 2; headers++) {
			struct elf_file *elf = NULL;
			struct kv_err err = { .text = "" };
			const struct symbol *s;
			uint8_t buf[4];
			uint64_t va;
			size_t len;
			bool found;
			FILE *f = fopen(path, "w");
			CHECK(f != NULL && fwrite(im.p, 1, im.size, f) == im.size && fclose(f) == 0, "cannot write %s",
			    path);
			if (!CHECK(elf_file_open(&elf, path, &err) == KV_OK, "%s: %s", row, err.text))
				continue;
			/* libelf reads all headers of a kind when it is asked for the first. */
			if (headers == 1)
				CHECK_EQ(row, "note", elf_note(elf, "none", 3, buf, 4, &len, &found, &err), KV_OK);
			CHECK_EQ(row, "truncate", truncate(path, 0x50), 0);
			CHECK_EQ(row, "symbol", elf_symbol(elf, "main", &s, &err), KV_EFORMAT);
			CHECK_TEXT(row, err.text, headers == 1 ? "kernel: section 3: " : "kernel: section header 1: ");
			CHECK(strstr(err.text, "nknown error") == NULL && strstr(err.text, "no error") == NULL &&
			    strstr(err.text, "no reason") == NULL, "%s: %s", row, err.text);
			CHECK_EQ(row, "note", elf_note(elf, "GNU", 3, buf, 4, &len, &found, &err),
			    headers == 1 ? KV_ETRUNC : KV_EFORMAT);
			CHECK_TEXT(row, err.text, headers == 1 ? "kernel: ends at offset 0x140, had 0xb00 bytes at open" :
			    "kernel: section header 1: ");
			CHECK(!found && len == 0, "%s: a note is found", row);
			CHECK_EQ(row, "type", symbol_nlist_type_section(elf, &text), headers == 1 ? NLIST_TEXT : NLIST_UNDF);
			CHECK_EQ(row, "memory", elf_read_va(elf, 0x80201000, buf, 4, &err),
			    headers == 1 ? KV_ETRUNC : KV_EFORMAT);
			CHECK_TEXT(row, err.text, headers == 1 ? "kernel: ends at offset 0x100" : "kernel: program header 0: ");
			len = 9;
			CHECK_EQ(row, "code", elf_code(elf, &va, buf, sizeof(buf), &len), headers == 1);
			if (headers == 1)
				CHECK_EQ(row, "code's bytes", len, 0);
			elf_file_close(elf);
		}
		free(im.p);
	}
	(void)unlink(path);
	(void)rmdir(dir);
}

/* Without sections the notes' segment is asked for, and without segments memory's sections. */
static void
test_shrunk_alone(void)
{
	char dir[] = "/tmp/unit-symbol-XXXXXX", path[64];
	if (!CHECK(mkdtemp(dir) != NULL, "mkdtemp fails"))
		return;
	(void)snprintf(path, sizeof(path), "%s/kernel", dir);
	for (unsigned sections = 0; sections < 2; sections++) {
		struct image im = image_make(true, false);
		struct elf_file *elf = NULL;
		struct kv_err err = { .text = "" };
		uint8_t buf[4];
		size_t len;
		bool found;
		put(&im, sections ? 32 : 40, 8, 0);
		put(&im, sections ? 56 : 60, 2, 0);
		FILE *f = fopen(path, "w");
		CHECK(f != NULL && fwrite(im.p, 1, im.size, f) == im.size && fclose(f) == 0, "cannot write %s", path);
		if (CHECK(elf_file_open(&elf, path, &err) == KV_OK && truncate(path, 0x50) == 0, "alone: %s", err.text)) {
			const enum kv_status st = sections ? elf_read_va(elf, 0x80201000, buf, 4, &err) :
			    elf_note(elf, "GNU", 3, buf, 4, &len, &found, &err);
			CHECK_EQ("alone", "status", st, KV_EFORMAT);
			CHECK_TEXT("alone", err.text, sections ? "kernel: section header 1: " : "kernel: program header 0: ");
		}
		elf_file_close(elf);
		free(im.p);
	}
	(void)unlink(path);
	(void)rmdir(dir);
}

/* The first executable segment that has memory, and as many of its bytes as are asked for and there. */
static void
test_code(void)
{
	static const struct {
		const char *name;
		unsigned type, flags;		/* of the first segment */
		uint64_t off, filesz, memsz;
		size_t len;
		uint64_t va;			/* 0: none */
		size_t got;
	} rows[] = {
		{ "all of it", PT_LOAD, PF_X | PF_R, TEXT, 4, 4, 4, 0x1000, 4 },
		{ "some of it", PT_LOAD, PF_X, TEXT, 4, 4, 3, 0x1000, 3 },
		{ "more than it", PT_LOAD, PF_X, TEXT, 4, 4, 8, 0x1000, 4 },
		{ "one byte of memory", PT_LOAD, PF_X, TEXT, 1, 1, 4, 0x1000, 1 },
		{ "no byte in the file", PT_LOAD, PF_X, TEXT, 0, 4, 4, 0x1000, 0 },
		{ "up to the file's end", PT_LOAD, PF_X, IMAGE_SIZE - 4, 4, 4, 4, 0x1000, 4 },
		{ "bytes behind the file", PT_LOAD, PF_X, IMAGE_SIZE - 3, 4, 4, 4, 0x1000, 0 },
		{ "no memory: the second", PT_LOAD, PF_X, TEXT, 4, 0, 4, 0x80201020, 4 },
		{ "not executable: the second", PT_LOAD, PF_R | PF_W, TEXT, 4, 4, 4, 0x80201020, 4 },
		{ "not loaded: the second", PT_NOTE, PF_X, TEXT, 4, 4, 4, 0x80201020, 4 },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct image im = image_make(true, false);
		uint8_t buf[8];
		uint64_t va = 0;
		size_t got = 99;
		memset(buf, 0xee, sizeof(buf));
		phdr(&im, 0x40, rows[i].type, rows[i].off, 0x1000, rows[i].filesz, rows[i].memsz);
		put(&im, 0x44, 4, rows[i].flags);
		struct elf_file *elf = open_image(&im, rows[i].name);
		if (elf != NULL) {
			CHECK_EQ(rows[i].name, "found", elf_code(elf, &va, buf, rows[i].len, &got), true);
			CHECK_EQ(rows[i].name, "address", va, rows[i].va);
			CHECK_EQ(rows[i].name, "bytes", got, rows[i].got);
			const uint8_t *is = im.p + (va == 0x1000 ? rows[i].off : TEXT + TEXTLEN / 2);
			CHECK(memcmp(buf, is, got <= 8 ? got : 8) == 0, "%s: other bytes", rows[i].name);
			for (size_t k = got; k < sizeof(buf); k++)
				CHECK_EQ(rows[i].name, "behind them", buf[k], 0xee);
		}
		elf_file_close(elf);
		free(im.p);
	}
	struct image im = image_make(true, false);
	uint8_t buf[4];
	uint64_t va;
	size_t got;
	put(&im, 0x44, 4, PF_R);
	put(&im, 0x40 + 56 + 4, 4, PF_R);
	struct elf_file *elf = open_image(&im, "no code");
	if (elf != NULL)
		CHECK_EQ("no code", "found", elf_code(elf, &va, buf, sizeof(buf), &got), false);
	elf_file_close(elf);
	free(im.p);
}

/* ---- Notes ---------------------------------------------------------------------------- */

/* gABI, chapter 5: sizes of name and description, type, name, description; the last two padded. */
static size_t
note_put(struct image *im, size_t base, size_t at, const char *name, unsigned namesz, const char *desc,
    unsigned descsz, unsigned type, unsigned align)
{
	struct out o = { im, base + at };
	word(&o, namesz), word(&o, descsz), word(&o, type);
	memcpy(im->p + o.off, name, namesz);
	at = (at + 12 + namesz + align - 1) / align * align;
	memcpy(im->p + base + at, desc, descsz);
	return (at + descsz + align - 1) / align * align;
}

/* An image of notes alone: of a first section, or of a first segment. */
static struct image
image_notes(bool is64, bool big, bool segment, size_t size, unsigned align)
{
	struct image im = image_make(is64, big);
	memset(im.p + NOTES, 0, SYMS - NOTES);
	ehdr(&im, EM_X86_64, segment ? 0 : SHDRS, segment ? 0 : 2, segment ? 1 : 0);
	phdr(&im, 0x40, PT_NOTE, NOTES, 0, size, size);
	put(&im, 0x40 + (is64 ? 48 : 28), is64 ? 8 : 4, align);
	const size_t sh = SHDRS + shdr_size(&im);
	shdr(&im, sh, SHT_NOTE, 0, 0, NOTES, size, 0, 0);
	put(&im, sh + (is64 ? 48 : 32), is64 ? 8 : 4, align);
	return im;
}

static bool
note_found(const char *row, const struct image *im, const char *owner, uint32_t type, char *buf, size_t size,
    size_t *len)
{
	struct elf_file *elf = open_image(im, row);
	struct kv_err err = { .text = "" };
	bool found = true;	/* is cleared where there is nothing to look through, too */
	*len = 99;
	if (elf != NULL)
		CHECK(elf_note(elf, owner, type, buf, size, len, &found, &err) == KV_OK, "%s: %s", row, err.text);
	elf_file_close(elf);
	CHECK(found || *len == 0, "%s: %zu bytes of nothing", row, *len);
	return found;
}

/* The second of two notes, by each alignment (all but 8 are 4), cut at each length. */
static void
test_note_align(void)
{
	static const unsigned aligns[] = { 0, 1, 4, 7, 8, 9, 16 };
	for (size_t i = 0; i < 4 * NKINDS * sizeof(aligns) / sizeof(aligns[0]); i++) {
		const unsigned align = aligns[i / (4 * NKINDS)];
		const size_t k = i / 4 % NKINDS;
		const bool segment = i % 2 != 0, longer = i % 4 / 2 != 0;
		struct image im = image_notes(kinds[k].is64, kinds[k].big, segment, 0, align);
		const unsigned pad = align == 8 ? 8 : 4;
		const size_t second = note_put(&im, NOTES, 0, "first", longer ? 5 : 2, "description", longer ? 9 : 1, 7, pad);
		const size_t whole = (second + 12 + 4 + pad - 1) / pad * pad + 5;
		(void)note_put(&im, NOTES, second, "OWN", 4, "\x11\x22\x33\x44\x55", 5, 0x80000007, pad);
		for (size_t size = 0; size <= whole; size++) {
			char buf[8] = "";
			size_t len;
			put(&im, segment ? 0x40 + (im.is64 ? 32 : 16) : SHDRS + shdr_size(&im) + (im.is64 ? 32 : 20),
			    im.is64 ? 8 : 4, size);
			const bool found = note_found("align", &im, "OWN", 0x80000007, buf, sizeof(buf), &len);
			CHECK(found == (size == whole), "align %u, %zu of %zu bytes: %s", align, size, whole,
			    found ? "found" : "not found");
			if (found)
				CHECK(len == 5 && memcmp(buf, "\x11\x22\x33\x44\x55\0\0", 8) == 0, "align %u: %zu bytes", align, len);
		}
		free(im.p);
	}
}

/* Owners are written with and without their NUL, or with more of them. */
static void
test_note_owner(void)
{
	static const struct {
		const char *name;
		unsigned namesz;
		const char *asked;
		bool found;
	} rows[] = {
		{ "OWN", 3, "OWN", true },
		{ "OWN", 4, "OWN", true },
		{ "OWN\0\0\0\0", 8, "OWN", true },
		{ "OWNS", 4, "OWN", false },
		{ "OWNS", 5, "OWN", false },
		{ "OW", 2, "OWN", false },
		{ "OW", 3, "OWN", false },
		{ "XWN", 4, "OWN", false },
		{ "OWX", 4, "OWN", false },
		{ "", 0, "OWN", false },
		{ "", 0, "", true },
		{ "", 1, "", true },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct image im = image_notes(true, false, false, 0x100, 4);
		char buf[4] = "";
		size_t len;
		(void)note_put(&im, NOTES, 0, rows[i].name, rows[i].namesz, "d", 1, 3, 4);
		CHECK(note_found(rows[i].name, &im, rows[i].asked, 3, buf, 1, &len) == rows[i].found &&
		    (buf[0] == 'd') == rows[i].found && buf[1] == 0, "owner \"%s\" in %u bytes, asked for \"%s\"",
		    rows[i].name, rows[i].namesz, rows[i].asked);
		CHECK(!note_found(rows[i].name, &im, rows[i].asked, 4, NULL, 0, &len), "another type");
		if (rows[i].found)
			CHECK(note_found(rows[i].name, &im, rows[i].asked, 3, NULL, 0, &len) && len == 1, "no room");
		free(im.p);
	}
	/* A header that ends the area is a note, too, of nobody and nothing. */
	struct image im = image_notes(true, true, true, 12, 4);
	size_t len;
	CHECK(note_found("a header", &im, "", 0, NULL, 0, &len) && len == 0, "a header: not found");
	free(im.p);
	/* No byte behind the file's end is none; one byte is not there. */
	for (size_t size = 0; size < 2; size++) {
		im = image_notes(true, false, false, size, 4);
		put(&im, SHDRS + 64 + SH_OFFSET, 8, IMAGE_SIZE);
		struct elf_file *elf = open_image(&im, "behind the file");
		bool found = true;
		if (elf != NULL)
			CHECK_EQ("behind the file", "status", elf_note(elf, "GNU", 3, NULL, 0, &len, &found, NULL),
			    size == 0 ? KV_OK : KV_ETRUNC);
		CHECK(!found && len == 0, "behind the file: a note");
		elf_file_close(elf);
		free(im.p);
	}
	/* Neither sections nor segments. */
	im = image_make(true, false);
	ehdr(&im, EM_X86_64, 0, 0, 0);
	CHECK(!note_found("no headers", &im, "GNU", 3, NULL, 0, &len), "no headers: a note");
	free(im.p);
	/* No memory for them. */
	im = image_notes(true, false, false, 0x100, 4);
	struct elf_file *elf = open_image(&im, "no memory");
	struct kv_err err = { .text = "" };
	bool found = true;
	if (elf != NULL) {
		allocations_left = 0;
		CHECK_EQ("no memory", "status", elf_note(elf, "GNU", 3, NULL, 0, &len, &found, &err), KV_ENOMEM);
		allocations_left = -1;
		CHECK_TEXT("no memory", err.text, "kernel: no memory for notes");
		CHECK(!found && len == 0, "no memory: a note");
	}
	elf_file_close(elf);
	free(im.p);
}

/* ---- Headers -------------------------------------------------------------------------- */

static enum kv_status
open_checked(const char *row, const struct image *im, struct elf_file **ret, const char *text)
{
	struct kv_err err = { .text = "" };
	*ret = NULL;
	const enum kv_status st = elf_file_open_mem(ret, "kernel", im->p, im->size, &err);
	CHECK_TEXT(row, err.text, text);
	return st;
}

/* More headers than their numbers have room for: section 0 has the numbers (gABI, chapter 4). */
static void
test_section_0(void)
{
	static const struct {
		const char *name;
		unsigned shnum, phnum, size, info;
		enum kv_status st;
		const char *text;
	} rows[] = {
		{ "both", 0, 0xffff, NSECTIONS, 3, KV_OK, "" },
		{ "sections", 0, 3, NSECTIONS, 77, KV_OK, "" },
		{ "segments", NSECTIONS, 0xffff, 77, 3, KV_OK, "" },
		{ "neither", NSECTIONS, 3, 77, 77, KV_OK, "" },
		{ "too many sections", 0, 3, 0x10000, 0, KV_EFORMAT,
		    "kernel: 65536 section headers at offset 0x900 do not fit, file has 0xb00 bytes" },
		{ "too many segments", NSECTIONS, 0xffff, 0, 0x10000, KV_EFORMAT,
		    "kernel: 65536 program headers at offset 0x40 do not fit, file has 0xb00 bytes" },
	};
	for (size_t i = 0; i < NKINDS * sizeof(rows) / sizeof(rows[0]); i++) {
		const size_t k = i % NKINDS, n = i / NKINDS;
		struct image im = image_make(kinds[k].is64, kinds[k].big);
		struct elf_file *elf;
		const struct symbol *s = NULL;
		uint8_t b = 0;
		put(&im, im.is64 ? 60 : 48, 2, rows[n].shnum);
		put(&im, im.is64 ? 56 : 44, 2, rows[n].phnum);
		put(&im, SHDRS + (im.is64 ? 32 : 20), im.is64 ? 8 : 4, rows[n].size);
		put(&im, SHDRS + (im.is64 ? 44 : 28), 4, rows[n].info);
		CHECK_EQ(rows[n].name, "status", open_checked(rows[n].name, &im, &elf, rows[n].text), rows[n].st);
		if (elf != NULL) {
			CHECK(elf_symbol(elf, "main", &s, NULL) == KV_OK && s != NULL, "%s: no symbol", rows[n].name);
			CHECK_EQ(rows[n].name, "memory", elf_read_va(elf, 0x80201005, &b, 1, NULL), KV_OK);
			CHECK_EQ(rows[n].name, "byte", b, 0xc5);
		}
		elf_file_close(elf);
		free(im.p);
	}
}

/* Files of a few bytes: what there is of them is said. */
static void
test_short(void)
{
	static const struct {
		size_t size;
		const char *text;
	} rows[] = {
		{ 0, "kernel: not an ELF file: only 0 bytes long" },
		{ 15, "kernel: not an ELF file: only 15 bytes long" },
		{ 16, "kernel: ELF header: " },
		{ 63, "kernel: ELF header: " },
		{ 64, "kernel: 8 section headers at offset 0x900 do not fit, file has 0x40 bytes" },
	};
	struct elf_file *elf = NULL;
	struct kv_err err = { .text = "" };
	const int flags = fcntl(0, F_GETFD);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct image im = image_make(true, false);
		im.size = rows[i].size;
		CHECK_EQ("short", "status", open_checked("short", &im, &elf, rows[i].text), KV_EFORMAT);
		CHECK(elf == NULL, "%zu bytes: a file", im.size);
		free(im.p);
	}
	CHECK_EQ("no image", "status", elf_file_open_mem(&elf, "kernel", NULL, 5, &err), KV_EFORMAT);
	CHECK_TEXT("no image", err.text, rows[0].text);

	/* No memory for a handle, or for its name. */
	struct image im = image_make(true, false);
	for (int n = 0; n < 2; n++) {
		err.text[0] = '\0';
		allocations_left = n;
		CHECK_EQ("no memory", "status", elf_file_open_mem(&elf, "kernel", im.p, im.size, &err), KV_ENOMEM);
		allocations_left = -1;
		CHECK_TEXT("no memory", err.text, "kernel: out of memory");
	}
	free(im.p);
	CHECK_EQ("an image in memory", "descriptor 0", fcntl(0, F_GETFD), flags);
}

/* ---- Files ------------------------------------------------------------------------ */

static void
test_file(void)
{
	char dir[] = "/tmp/unit-symbol-XXXXXX", path[64];
	if (!CHECK(mkdtemp(dir) != NULL, "mkdtemp fails"))
		return;
	(void)snprintf(path, sizeof(path), "%s/kernel", dir);
	struct image im = image_make(true, true);
	FILE *f = fopen(path, "w");
	CHECK(f != NULL && fwrite(im.p, 1, im.size, f) == im.size, "cannot write %s", path);
	if (f != NULL)
		(void)fclose(f);
	int before = dup(0);
	(void)close(before);

	struct elf_file *elf = NULL;
	struct kv_err err = { .text = "" };
	const struct symbol *s = NULL;
	CHECK_EQ("file", "opens", elf_file_open(&elf, path, &err), KV_OK);
	CHECK_EQ("file", "close-on-exec", fcntl(before, F_GETFD), FD_CLOEXEC);
	CHECK_EQ("file", "symbol", elf_symbol(elf, "second", &s, &err), KV_OK);
	CHECK_EQ("file", "value", s != NULL ? s->value : 0, 0x80201031);
	uint8_t buf[4] = { 0 };
	CHECK_EQ("file", "bytes", elf_read_va(elf, 0x8020101e, buf, 4, &err), KV_OK);
	CHECK_EQ("file", "byte", buf[3], 0xe1);
	/* Reads that give less than they could, and are interrupted. */
	uint8_t all[TEXTLEN];
	for (int n = 0; n < 4; n++) {
		memset(all, 0, sizeof(all));
		reads_most = 0x1d;
		reads_error = EINTR;
		reads_left = n;
		CHECK_EQ("file in pieces", "status", elf_read_va(elf, 0x80201000, all, sizeof(all), &err), KV_OK);
		CHECK(memcmp(all, im.p + TEXT, sizeof(all)) == 0, "file in pieces: other bytes");
		reads_error = 0;
		reads_left = n;
		CHECK_EQ("file that fails", "status", elf_read_va(elf, 0x80201000, all, sizeof(all), &err), KV_EIO);
		CHECK_TEXT("file that fails", err.text, "/kernel: Input/output error");
		reads_left = -1;
		reads_most = 0;
	}
	struct elf_file *other = NULL;
	reads_left = 0;
	CHECK_EQ("no head", "status", elf_file_open(&other, path, &err), KV_EIO);
	reads_left = -1;
	CHECK_TEXT("no head", err.text, "/kernel: Input/output error");
	CHECK(other == NULL, "no head: a file");
	/* Cut while open. */
	CHECK(truncate(path, 0x110) == 0, "truncate fails");
	CHECK_EQ("file cut", "status", elf_read_va(elf, 0x8020101e, buf, 4, &err), KV_ETRUNC);
	CHECK_TEXT("file cut", err.text, "kernel: ends at offset 0x11e, had 0xb00 bytes at open");
	elf_file_close(elf);

	CHECK_EQ("cut file", "status", elf_file_open(&elf, path, &err), KV_EFORMAT);
	CHECK_TEXT("cut file", err.text, "section headers at offset 0x900 do not fit");
	CHECK(truncate(path, 0) == 0, "truncate fails");
	CHECK_EQ("empty file", "status", elf_file_open(&elf, path, &err), KV_EFORMAT);
	CHECK_TEXT("empty file", err.text, "not an ELF file: only 0 bytes long");
	(void)unlink(path);
	CHECK_EQ("no file", "status", elf_file_open(&elf, path, &err), KV_EIO);
	CHECK_TEXT("no file", err.text, "kernel: No such file");
	CHECK_EQ("directory", "status", elf_file_open(&elf, dir, &err), KV_EFORMAT);
	CHECK_TEXT("directory", err.text, "not a regular file");
	if (CHECK(mkfifo(path, 0600) == 0, "mkfifo fails"))
		CHECK_EQ("FIFO", "status", elf_file_open(&elf, path, &err), KV_EFORMAT);
	(void)unlink(path);
	(void)rmdir(dir);
	int after = dup(0);
	(void)close(after);
	CHECK_EQ("file", "descriptors left open", after, before);
	free(im.p);
}

/* ---- The sentence ----------------------------------------------------------------- */

static void
test_err(void)
{
	struct kv_err err = { .text = "" };
	CHECK_EQ("kv_fail", "status", kv_fail(&err, KV_EABSENT, "page 0x%x", 0x12u), KV_EABSENT);
	CHECK_EQ("kv_fail", "kept", err.st, KV_EABSENT);
	CHECK_EQ("kv_prefix", "status", kv_prefix(&err, "entry %d", 3), KV_EABSENT);
	CHECK(strcmp(err.text, "entry 3: page 0x12") == 0, "kv_prefix: %s", err.text);
	(void)kv_fail(&err, KV_EIO, "again: %s", err.text);
	CHECK(strcmp(err.text, "again: entry 3: page 0x12") == 0, "own text: %s", err.text);
	CHECK_EQ("kv_fail", "NULL", kv_fail(NULL, KV_EIO, "x"), KV_EIO);
	(void)kv_prefix(NULL, "x");
	/* Never longer than the buffer, always ended. */
	char big[2 * KV_ERRLEN];
	memset(big, 'b', sizeof(big) - 1);
	big[sizeof(big) - 1] = '\0';
	(void)kv_fail(&err, KV_EIO, "%s", big);
	CHECK_EQ("long text", "length", strlen(err.text), KV_ERRLEN - 1);
	(void)kv_prefix(&err, "front");
	CHECK_EQ("long prefixed", "length", strlen(err.text), KV_ERRLEN - 1);
	CHECK_TEXT("long prefixed", err.text, "front: bbb");
	(void)kv_prefix(&err, "%s", big);
	CHECK_EQ("long prefix", "length", strlen(err.text), KV_ERRLEN - 1);
}

/* A load that runs out of memory leaves nothing behind that the next one trips over. */
static void
test_again(void)
{
	for (unsigned k = 0; k < NKINDS; k++) {
		const char *row = kinds[k].name;
		struct image im = image_make(kinds[k].is64, kinds[k].big);
		struct elf_file *elf = open_image(&im, row);
		enum kv_status st = KV_ENOMEM;
		for (int n = 0; elf != NULL && st == KV_ENOMEM && n < 9; n++) {
			const struct symbol *s = NULL;
			struct kv_err err = { .text = "" };
			allocations_left = n;
			st = elf_symbol_at(elf, 0x80201010, &s, &err);
			allocations_left = -1;
			if (st == KV_ENOMEM)
				CHECK_TEXT(row, err.text, "kernel: no memory for ");
			else if (CHECK(st == KV_OK && s != NULL, "%s: %s", row, err.text)) {
				CHECK_EQ(row, "value", s->value, 0x80201010);
				CHECK(n >= 4, "%s: %d allocations failed", row, n);
			}
		}
		CHECK_EQ(row, "status", st, KV_OK);
		elf_file_close(elf);
		free(im.p);
	}
}

/* FreeBSD's types of a namelist are those of the section; without one, of the symbol. */
static void
test_section_types(void)
{
	enum { S_DATA = S_DYNSYM };	/* the dynamic symbols' section becomes one of data */
	static const struct {
		const char *name;
		uint16_t section;
		uint8_t type, bind, want;
	} rows[] = {	/* <nlist.h>: N_EXT 1, N_ABS 2, N_TEXT 4, N_DATA 6, N_BSS 8, N_FN 0x1e */
		{ "text", S_TEXT, STT_OBJECT, STB_GLOBAL, 4 | 1 },
		{ "data", S_DATA, STT_FUNC, STB_LOCAL, 6 },
		{ "notes", S_NOTE, STT_OBJECT, STB_GLOBAL, 1 },
		{ "bss", S_BSS, STT_FUNC, STB_LOCAL, 8 },
		{ "file", SHN_ABS, STT_FILE, STB_LOCAL, 0x1e },
		{ "absolute", SHN_ABS, STT_NOTYPE, STB_GLOBAL, 2 | 1 },
		{ "many sections, function", SHN_XINDEX, STT_FUNC, STB_GLOBAL, 4 | 1 },
		{ "many sections, local function", SHN_XINDEX, STT_FUNC, STB_LOCAL, 4 },
		{ "many sections, object", SHN_XINDEX, STT_OBJECT, STB_WEAK, 6 | 1 },
		{ "no section", NSECTIONS, STT_FUNC, STB_GLOBAL, 1 },
		{ "undefined", SHN_UNDEF, STT_FUNC, STB_LOCAL, 0 },
	};
	struct image im = image_make(true, false);
	shdr(&im, SHDRS + S_DATA * shdr_size(&im), SHT_PROGBITS, SHF_ALLOC | SHF_WRITE, 0, TEXT, 1, 0, 0);
	struct elf_file *elf = open_image(&im, "types");
	for (size_t i = 0; elf != NULL && i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct symbol s = { .section = rows[i].section, .type = rows[i].type,
			.bind = rows[i].bind, .name = "s" };
		CHECK_EQ(rows[i].name, "type", symbol_nlist_type_section(elf, &s), rows[i].want);
	}
	elf_file_close(elf);
	free(im.p);
}

static const struct unit_test tests[] = {
	{ "again after a failure", test_again },
	{ "few symbols", test_few },
	{ "ends of tables", test_table_ends },
	{ "too many symbols", test_too_many },
	{ "work", test_work },
	{ "names of one hash", test_one_hash },
	{ "a file that shrinks", test_shrunk },
	{ "a file that shrinks, of one kind of headers", test_shrunk_alone },
	{ "code", test_code },
	{ "alignment of notes", test_note_align },
	{ "owners of notes", test_note_owner },
	{ "numbers in section 0", test_section_0 },
	{ "short files", test_short },
	{ "types by section", test_section_types },
	{ "sentences", test_err },
	{ "header", test_info },
	{ "names", test_names },
	{ "each", test_each },
	{ "addresses", test_addresses },
	{ "initial memory and notes", test_contents },
	{ "segments alone", test_segments },
	{ "damage", test_damage },
	{ "cut at each length", test_cut },
	{ "noise", test_noise },
	{ "files made to be slow", test_slow },
	{ "files", test_file },
	{ NULL, NULL },
};

const struct unit_suite unit_symbol = { "symbol", tests };
