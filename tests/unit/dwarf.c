/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lib/symbol/dwarf.c on debug information made here: what no compiler writes, and what goes round.
 * DWARF 4, 7.5: units, abbreviations and forms.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#ifdef HAVE_ZLIB
#include <zlib.h>
#endif

#include "symbol/symbol.h"
#include "unit.h"

#ifdef HAVE_LIBDW

/* Abbreviations: tag, whether it has children, and attributes with their forms. */
enum {
	UNIT = 1, NOTHING, STRUCT, BASE, MEMBER, BLOCK, BITS, PLAIN, UNNAMED, NO_NAME, DECLARED, SIBLING,
	NO_TYPE, ROUND, NO_SIZE, TYPEDEF, STRINGS, UNKNOWN,
};
static const uint8_t abbreviations[] = {
	UNIT, 0x11, 1, 0, 0,
	NOTHING, 0x3b, 0, 0, 0,					/* unspecified_type */
	STRUCT, 0x13, 1, 0x03, 0x08, 0x0b, 0x0f, 0, 0,		/* name, byte_size */
	BASE, 0x24, 0, 0x03, 0x08, 0x0b, 0x0b, 0x3e, 0x0b, 0, 0,
	MEMBER, 0x0d, 0, 0x03, 0x08, 0x49, 0x13, 0x38, 0x0f, 0, 0,	/* name, type, location */
	BLOCK, 0x0d, 0, 0x03, 0x08, 0x49, 0x13, 0x38, 0x18, 0, 0,	/* exprloc */
	BITS, 0x0d, 0, 0x03, 0x08, 0x49, 0x13, 0x6b, 0x0b, 0, 0,	/* data_bit_offset */
	PLAIN, 0x0d, 0, 0x03, 0x08, 0x49, 0x13, 0, 0,
	UNNAMED, 0x0d, 0, 0x49, 0x13, 0x38, 0x0f, 0, 0,
	NO_NAME, 0x13, 1, 0x0b, 0x0f, 0, 0,
	DECLARED, 0x13, 0, 0x03, 0x08, 0x3c, 0x0c, 0, 0,		/* declaration */
	SIBLING, 0x13, 1, 0x01, 0x13, 0x03, 0x08, 0x0b, 0x0f, 0, 0,
	NO_TYPE, 0x0d, 0, 0x03, 0x08, 0x38, 0x0f, 0, 0,
	ROUND, 0x0d, 0, 0x01, 0x13, 0x03, 0x08, 0x49, 0x13, 0x38, 0x0f, 0, 0,
	NO_SIZE, 0x13, 1, 0x03, 0x08, 0, 0,
	TYPEDEF, 0x16, 0, 0x03, 0x08, 0, 0,
	STRINGS, 0x13, 1, 0x03, 0x0e, 0x0b, 0x0f, 0, 0,		/* name in .debug_str */
	0,
};

static uint8_t info[0x10000], elf[0x20000];
static size_t len, unit;

static void
number(uint64_t v, unsigned size)
{
	for (unsigned i = 0; i < size; i++)
		info[len++] = (uint8_t)(v >> 8 * i);
}

static void
leb(uint64_t v)
{
	for (; v >= 0x80; v >>= 7)
		info[len++] = (uint8_t)(v | 0x80);
	info[len++] = (uint8_t)v;
}

/* An entry, and its name unless that is NULL; where it is, from its unit's beginning. */
static uint32_t
entry(unsigned abbreviation, const char *name)
{
	const uint32_t at = (uint32_t)(len - unit);
	info[len++] = (uint8_t)abbreviation;
	if (name != NULL) {
		memcpy(info + len, name, strlen(name) + 1);
		len += strlen(name) + 1;
	}
	return at;
}

static void
member(unsigned abbreviation, const char *name, uint32_t type, uint64_t off)
{
	(void)entry(abbreviation, name);
	number(type, 4);
	leb(off);
}

static uint32_t
structure(const char *name, uint64_t size)
{
	const uint32_t at = entry(name != NULL ? STRUCT : NO_NAME, name);
	leb(size);
	return at;
}

/* A unit with its first type, of 4 bytes, which is returned. */
static uint32_t
unit_begin(unsigned version)
{
	unit = len;
	number(0, 4);
	number(version, 2);
	number(0, 4);
	number(8, 1);
	(void)entry(UNIT, NULL);
	const uint32_t at = entry(BASE, "number");
	number(4, 1);
	number(7, 1);
	return at;
}

static void
unit_end(void)
{
	const uint64_t n = len - unit - 4;
	for (unsigned i = 0; i < 4; i++)
		info[unit + i] = (uint8_t)(n >> 8 * i);
}

static void
put(uint8_t *p, uint64_t v, unsigned size)
{
	for (unsigned i = 0; i < size; i++)
		p[i] = (uint8_t)(v >> 8 * i);
}

/* The last one goes on past the section; what follows it in the file is 0. */
enum { WHOLE = 1, CUT = 7 };
static const char strings[] = "\0whole\0cut";

/* An ELF file of x86-64 with all sections (System V gABI); its size. */
static size_t
file_make(const uint8_t *data, size_t size, bool compressed)
{
	static const char names[] = "\0.debug_info\0.debug_abbrev\0.shstrtab\0.debug_str";
	static const uint8_t ident[] = { 0x7f, 'E', 'L', 'F', 2, 1, 1 };
	const struct {
		size_t name, len;
		const void *p;
		unsigned type, flags;
	} sections[] = {
		{ 1, size, data, 1, compressed ? 0x800 : 0 }, { 13, sizeof(abbreviations), abbreviations, 1, 0 },
		{ 27, sizeof(names), names, 3, 0 }, { 37, sizeof(strings) - 1, strings, 1, 0 },
	};
	size_t at = 64 + 5 * 64;
	memset(elf, 0, at);
	memcpy(elf, ident, sizeof(ident));
	put(elf + 16, 2, 2);
	put(elf + 18, 62, 2);
	put(elf + 20, 1, 4);
	put(elf + 40, 64, 8);
	put(elf + 52, 64, 2);
	put(elf + 58, 64, 2);
	put(elf + 60, 5, 2);
	put(elf + 62, 3, 2);
	for (size_t i = 0; i < 4; i++) {
		uint8_t *sh = elf + 64 + 64 * (i + 1);
		put(sh, sections[i].name, 4);
		put(sh + 4, sections[i].type, 4);
		put(sh + 8, sections[i].flags, 8);
		put(sh + 24, at, 8);
		put(sh + 32, sections[i].len, 8);
		put(sh + 48, 1, 8);
		memcpy(elf + at, sections[i].p, sections[i].len);
		memset(elf + at + sections[i].len, 0, 8);
		at += (sections[i].len + 7) / 8 * 8;
	}
	return at;
}

static enum kv_status
ask(size_t size, const char *name, const char *wanted, struct elf_member *ret, struct kv_err *err)
{
	struct elf_file *file = NULL;
	err->text[0] = '\0';
	*ret = (struct elf_member) { 77, 77 };
	if (!CHECK(elf_file_open_mem(&file, "kernel", elf, size, err) == KV_OK, "%s", err->text))
		return KV_EFORMAT;
	const enum kv_status st = wanted != NULL ? elf_struct_member(file, name, wanted, ret, err) :
	    elf_struct_size(file, name, &ret->size, err);
	CHECK(st == KV_OK || (ret->off == 77 && ret->size == 77), "%s: fails, and says something", name);
	elf_file_close(file);
	return st;
}

/* Members of every form, and of none. */
static void
test_members(void)
{
	static const char contradicts[] = "kernel: debug information: ";
	static const struct {
		const char *name, *member;
		enum kv_status st;
		uint64_t off, size;
		const char *text;
	} rows[] = {
		{ "forms", "first", KV_OK, 0, 4, "" },
		{ "forms", "far", KV_OK, 0x1000000000, 4, "" },
		{ "forms", "block", KV_OK, 300, 4, "" },
		{ "forms", "another", KV_EFORMAT, 0, 0, contradicts },
		{ "forms", "two", KV_EFORMAT, 0, 0, contradicts },
		{ "forms", "bits", KV_EFORMAT, 0, 0, contradicts },
		{ "forms", "plain", KV_OK, 0, 4, "" },
		{ "forms", "typeless", KV_EFORMAT, 0, 0, contradicts },
		{ "forms", "declared", KV_EFORMAT, 0, 0, contradicts },
		{ "forms", "alias", KV_OK, 8, 4, "" },
		{ "forms", "none", KV_EABSENT, 0, 0, "kernel: struct forms has no member none" },
		{ "ends", "last", KV_OK, 4, 4, "" },
		{ "ends", "empty", KV_OK, 8, 0, "" },
		{ "ends", "beyond", KV_EFORMAT, 0, 0,
		    "kernel: debug information: member beyond of struct ends has 0x4 bytes at 0x5, the struct 0x8" },
		{ "ends", "outside", KV_EFORMAT, 0, 0,
		    "kernel: debug information: member outside of struct ends has 0x4 bytes at 0xc, the struct 0x8" },
		{ "nested", "m", KV_OK, 24, 4, "" },
		{ "nested", "behind", KV_OK, 32, 4, "" },
		{ "sum", "m", KV_EFORMAT, 0, 0, contradicts },
		{ "typeless", "m", KV_EFORMAT, 0, 0, contradicts },
		{ "declared", "m", KV_EABSENT, 0, 0, "kernel: its debug information has no struct declared" },
		{ "second", "m", KV_OK, 4, 4, "" },
		{ "sizeless", "m", KV_EFORMAT, 0, 0, contradicts },
	};
	static const uint8_t expressions[][3] = {
		{ 0x23, 0xac, 0x02 },	/* DW_OP_plus_uconst 300 */
		{ 0x08, 0x05, 0x96 },	/* DW_OP_const1u 5, nop */
		{ 0x23, 0x05, 0x96 },	/* DW_OP_plus_uconst 5, nop */
	};
	static const char *const names[] = { "block", "another", "two" };
	len = 0;
	uint32_t type = unit_begin(4);
	const uint32_t declared = entry(DECLARED, "declared");
	number(1, 1);
	const uint32_t empty = structure("empty", 0);
	number(0, 1);
	(void)structure("forms", UINT64_C(0x2000000000));
	member(MEMBER, "first", type, 0);
	member(MEMBER, "far", type, UINT64_C(0x1000000000));
	for (size_t i = 0; i < 3; i++) {
		(void)entry(BLOCK, names[i]);
		number(type, 4);
		number(3, 1);
		memcpy(info + len, expressions[i], 3);
		len += 3;
	}
	(void)entry(BITS, "bits");
	number(type, 4);
	number(3, 1);
	(void)entry(PLAIN, "plain");
	number(type, 4);
	(void)entry(NO_TYPE, "typeless");
	leb(4);
	member(MEMBER, "declared", declared, 0);
	(void)entry(TYPEDEF, "alias");	/* of a type, not of a member */
	member(MEMBER, "alias", type, 8);
	number(0, 1);
	(void)structure("ends", 8);
	member(MEMBER, "last", type, 4);
	member(MEMBER, "empty", empty, 8);
	member(MEMBER, "beyond", type, 5);
	member(MEMBER, "outside", type, 12);
	number(0, 1);
	const uint32_t inner = structure(NULL, 16);
	member(MEMBER, "m", type, 8);
	number(0, 1);
	const uint32_t other = structure(NULL, 16);
	member(MEMBER, "x", type, 8);
	number(0, 1);
	(void)structure("nested", 40);
	member(UNNAMED, NULL, other, 0);
	member(UNNAMED, NULL, inner, 16);
	member(MEMBER, "behind", type, 32);
	number(0, 1);
	(void)structure("sum", 64);
	member(UNNAMED, NULL, inner, UINT64_MAX - 7);
	number(0, 1);
	(void)structure("typeless", 64);
	member(UNNAMED, NULL, 0xffff, 0);	/* behind the unit */
	number(0, 1);
	(void)entry(NO_SIZE, "sizeless");
	member(MEMBER, "m", type, 0);
	number(0, 2);
	unit_end();
	type = unit_begin(4);
	(void)structure("second", 8);
	member(MEMBER, "m", type, 4);
	number(0, 2);
	unit_end();
	const size_t size = file_make(info, len, false);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct elf_member m;
		struct kv_err err;
		const enum kv_status st = ask(size, rows[i].name, rows[i].member, &m, &err);
		CHECK(st == rows[i].st, "%s, %s: status %d, wanted %d: %s", rows[i].name, rows[i].member, (int)st,
		    (int)rows[i].st, err.text);
		if (rows[i].st == KV_OK) {
			CHECK_EQ(rows[i].member, "offset", m.off, rows[i].off);
			CHECK_EQ(rows[i].member, "size", m.size, rows[i].size);
		} else
			CHECK(strncmp(err.text, rows[i].text, strlen(rows[i].text)) == 0, "%s, %s: %s, wanted %s",
			    rows[i].name, rows[i].member, err.text, rows[i].text);
	}
}

/* Types without a name may be shared: as often as 65535 members are looked at. */
static void
test_shared(void)
{
	enum { INNER = 254, SHARED = 256 };
	for (unsigned more = 0; more < 2; more++) {
		struct elf_member m;
		struct kv_err err;
		len = 0;
		const uint32_t type = unit_begin(4), inner = structure(NULL, 4);
		for (unsigned i = 0; i < INNER; i++)
			member(MEMBER, "x", type, 0);
		number(0, 1);
		(void)structure("shared", 4);
		for (unsigned i = 0; i < SHARED; i++)
			member(UNNAMED, NULL, inner, 0);
		for (unsigned i = 0; i < INNER + more; i++)
			member(MEMBER, "y", type, 0);
		member(MEMBER, "m", type, 0);
		number(0, 2);
		unit_end();
		const size_t size = file_make(info, len, false);
		CHECK(ask(size, "shared", "m", &m, &err) == (more ? KV_EFORMAT : KV_OK), "shared: %s", err.text);
		CHECK_TEXT("shared", err.text, more ? "kernel: debug information: it contradicts itself" : "");
	}
}

/* Units whose entries go round, are none, or are of no version: what comes before is found. */
static void
test_units(void)
{
	static const char *const names[] = { "siblings", "entries", "version", "members" };
	for (unsigned row = 0; row < 4; row++) {
		struct elf_member m;
		struct kv_err err;
		len = 0;
		(void)unit_begin(4);
		(void)structure("before", 4);
		number(0, 1);
		if (row == 2) {
			number(0, 1);
			unit_end();
			(void)unit_begin(77);
		}
		if (row == 1)
			(void)entry(UNKNOWN, NULL);
		if (row == 3) {
			(void)structure("round", 4);
			const uint32_t here = entry(ROUND, NULL);
			number(here, 4);
			memcpy(info + len, "y", 2);
			len += 2;
			number(here, 4);
			leb(0);
			number(0, 1);
		}
		const uint32_t at = (uint32_t)(len - unit);
		info[len++] = row == 0 ? SIBLING : STRUCT;
		if (row == 0)
			number(at, 4);
		memcpy(info + len, "x", 2);
		len += 2;
		leb(4);
		number(0, 1);
		(void)structure("behind", 4);
		number(0, 2);
		unit_end();
		const size_t size = file_make(info, len, false);
		CHECK_EQ(names[row], "before", ask(size, "before", NULL, &m, &err), KV_OK);
		CHECK_EQ(names[row], "size", m.size, 4);
		CHECK_EQ(names[row], "behind", ask(size, "behind", NULL, &m, &err), KV_EFORMAT);
		CHECK_TEXT(names[row], err.text, "kernel: debug information: ");
	}
}

/* What was found is found without a search: the file may have changed. */
static void
test_known(void)
{
	static const char *const names[] = { "one", "two", "three" };
	struct elf_file *file = NULL;
	struct kv_err err = { .text = "" };
	uint64_t n = 0;
	size_t at[3];
	len = 0;
	(void)unit_begin(4);
	for (unsigned i = 0; i < 3; i++) {
		at[i] = len + 1;
		(void)structure(names[i], 4 + i);
		number(0, 1);
	}
	number(0, 1);
	unit_end();
	const size_t size = file_make(info, len, false), first = 64 + 5 * 64;
	if (!CHECK(elf_file_open_mem(&file, "kernel", elf, size, &err) == KV_OK, "%s", err.text))
		return;
	for (unsigned turn = 0; turn < 2; turn++) {
		for (unsigned i = 0; i < 2; i++) {
			CHECK_EQ(names[i], "status", elf_struct_size(file, names[i], &n, &err), KV_OK);
			CHECK_EQ(names[i], "size", n, 4 + i);
		}
		for (unsigned i = 0; i < 3; i++)
			elf[first + at[i]] = '?';
	}
	CHECK_EQ("never asked for", "status", elf_struct_size(file, "three", &n, &err), KV_EABSENT);
	elf_file_close(file);
}

/* More structs than are kept, some of names that are too long for that: each is found each time. */
static void
test_many(void)
{
	enum { MANY = 80 };
	struct elf_file *file = NULL;
	struct kv_err err = { .text = "" };
	char name[64];
	len = 0;
	(void)unit_begin(4);
	for (unsigned i = 0; i < MANY; i++) {
		(void)snprintf(name, sizeof(name), "%0*u", (int)(i % 40 + 1), i);
		(void)structure(name, 4 + i);
		number(0, 1);
	}
	number(0, 1);
	unit_end();
	const size_t size = file_make(info, len, false);
	if (!CHECK(elf_file_open_mem(&file, "kernel", elf, size, &err) == KV_OK, "%s", err.text))
		return;
	for (unsigned turn = 0; turn < 2; turn++)
		for (unsigned i = 0; i < MANY; i++) {
			uint64_t n = 0;
			(void)snprintf(name, sizeof(name), "%0*u", (int)(i % 40 + 1), i);
			CHECK(elf_struct_size(file, name, &n, &err) == KV_OK, "%s: %s", name, err.text);
			CHECK_EQ(name, "size", n, 4 + i);
		}
	elf_file_close(file);
}

/* More entries than the file has bytes, since they are compressed. */
static void
test_compressed(void)
{
#ifdef HAVE_ZLIB
	enum { ENTRIES = 12000, CHDR = 24 };
	static uint8_t packed[CHDR + 0x4000];
	uLongf got = sizeof(packed) - CHDR;
	struct elf_member m;
	struct kv_err err;
	len = 0;
	const uint32_t type = unit_begin(4);
	for (unsigned i = 0; i < ENTRIES; i++)
		(void)entry(NOTHING, NULL);
	(void)structure("last", 4);
	member(MEMBER, "m", type, 0);
	number(0, 2);
	unit_end();
	CHECK(compress(packed + CHDR, &got, info, len) == Z_OK, "it is not compressed");
	/* gABI, Elf64_Chdr: ELFCOMPRESS_ZLIB, size, alignment. */
	put(packed, 1, 4);
	put(packed + 8, len, 8);
	put(packed + 16, 1, 8);
	const size_t size = file_make(packed, CHDR + got, true);
	CHECK(size < ENTRIES / 8, "%zu bytes for %d entries", size, ENTRIES);
	CHECK(ask(size, "last", "m", &m, &err) == KV_OK, "compressed: %s", err.text);
	CHECK_EQ("compressed", "size", m.size, 4);
#else
	unit_skip("compressed debug information: built without zlib");
#endif
}

/* Names in a section of strings, the last of which has no end. */
static void
test_strings(void)
{
	struct elf_member m;
	struct kv_err err;
	len = 0;
	(void)unit_begin(4);
	static const uint32_t names[] = { WHOLE, CUT };
	for (unsigned i = 0; i < 2; i++) {
		(void)entry(STRINGS, NULL);
		number(names[i], 4);
		leb(4 + i);
		number(0, 1);
	}
	number(0, 1);
	unit_end();
	const size_t size = file_make(info, len, false);
	CHECK(ask(size, "whole", NULL, &m, &err) == KV_OK && m.size == 4, "whole: %s", err.text);
	CHECK_EQ("cut", "status", ask(size, "cut", NULL, &m, &err), KV_EABSENT);
	CHECK_TEXT("cut", err.text, "its debug information has no struct cut");
	/* Nor where more than the section has is compared. */
	CHECK_EQ("longer", "status", ask(size, "cut and more", NULL, &m, &err), KV_EABSENT);
	CHECK_EQ("shorter", "status", ask(size, "who", NULL, &m, &err), KV_EABSENT);
}

static const struct unit_test tests[] = {
	{ "members", test_members },
	{ "strings", test_strings },
	{ "shared types", test_shared },
	{ "units", test_units },
	{ "known structs", test_known },
	{ "many structs", test_many },
	{ "compressed", test_compressed },
	{ 0 },
};

#else

static void
test_nothing(void)
{
	unit_skip("this library was built without libdw");
}

static const struct unit_test tests[] = {
	{ "nothing", test_nothing },
	{ 0 },
};

#endif

const struct unit_suite unit_dwarf = { "dwarf", tests };
