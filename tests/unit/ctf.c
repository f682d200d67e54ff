/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lib/symbol/ctf.c on sections made here, byte by byte: both versions, orders and word sizes, and
 * what no compiler writes.  Layout and limits are those of ctf(5) and FreeBSD's sys/sys/ctf.h.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "symbol/symbol.h"
#include "unit.h"

enum {
	UNKNOWN, INTEGER, FLOAT, POINTER, ARRAY, FUNCTION, STRUCT, UNION, ENUM, FORWARD, TYPEDEF,
	HEAD = 36,
};

/* A section's types and strings as they grow. */
struct section {
	unsigned version;
	bool big;
	unsigned bits;
	uint8_t types[0x8000];
	size_t len;
	uint32_t n;		/* types so far */
	char strings[0x800];
	size_t nstrings;
};

static void
put(uint8_t *p, uint64_t v, unsigned size, bool big)
{
	for (unsigned i = 0; i < size; i++)
		p[big ? size - 1 - i : i] = (uint8_t)(v >> 8 * i);
}

static void
add(struct section *s, uint64_t v, unsigned size)
{
	if (s->len + size > sizeof(s->types))
		abort();
	put(s->types + s->len, v, size, s->big);
	s->len += size;
}

/* What has two bytes in version 2, four in 3. */
static void
add_half(struct section *s, uint64_t v)
{
	add(s, v, s->version == 3 ? 4 : 2);
}

static void
add_name(struct section *s, const char *name)
{
	const size_t len = strlen(name) + 1;
	add(s, len == 1 ? 0 : s->nstrings, 4);
	if (len == 1)
		return;
	if (s->nstrings + len > sizeof(s->strings))
		abort();
	memcpy(s->strings + s->nstrings, name, len);
	s->nstrings += len;
}

/* The head of a type, whose number is returned; size: or the type that it is made of. */
static uint32_t
add_type(struct section *s, unsigned kind, const char *name, uint32_t n, uint64_t size)
{
	const bool v3 = s->version == 3;
	const uint64_t most = v3 ? 0xffffffff : 0xffff;
	add_name(s, name);
	/* Between n and the flag of the root version 3 has a bit of no meaning. */
	add_half(s, v3 ? kind << 26 | 1u << 25 | 1u << 24 | n : kind << 11 | 1u << 10 | n);
	add_half(s, size < most ? size : most);
	if (size >= most) {
		add(s, size >> 32, 4);
		add(s, size & 0xffffffff, 4);
	}
	return ++s->n;
}

/* A member of a struct of that size. */
static void
add_member(struct section *s, uint64_t size, const char *name, uint32_t type, uint64_t bit)
{
	const bool v3 = s->version == 3;
	add_name(s, name);
	add_half(s, type);
	if (size < (v3 ? UINT64_C(1) << 29 : UINT64_C(1) << 13)) {
		add_half(s, bit);
		return;
	}
	if (!v3)
		add(s, 0, 2);
	add(s, bit >> 32, 4);
	add(s, bit & 0xffffffff, 4);
}

static uint32_t
add_integer(struct section *s, unsigned size)
{
	const uint32_t id = add_type(s, INTEGER, "number", 0, size);
	add(s, 8 * size, 4);
	return id;
}

static uint32_t
add_array(struct section *s, uint32_t of, uint32_t n)
{
	const uint32_t id = add_type(s, ARRAY, "", 0, 0);
	add_half(s, of);
	add_half(s, of);
	add(s, n, 4);
	return id;
}

/* A struct of one member, m. */
static uint32_t
add_struct(struct section *s, const char *name, uint64_t size, uint32_t type, uint64_t bit)
{
	const uint32_t id = add_type(s, STRUCT, name, 1, size);
	add_member(s, size, "m", type, bit);
	return id;
}

/* The head, types and strings; their length. */
static size_t
section_make(const struct section *s, uint8_t *to)
{
	memset(to, 0x11, HEAD);		/* labels, objects and functions: not of types */
	put(to, 0xcff1, 2, s->big);
	to[2] = (uint8_t)s->version;
	to[3] = 0;
	put(to + 8, 0, 4, s->big);
	put(to + 24, 0, 4, s->big);
	put(to + 28, s->len, 4, s->big);
	put(to + 32, s->nstrings, 4, s->big);
	memcpy(to + HEAD, s->types, s->len);
	memcpy(to + HEAD + s->len, s->strings, s->nstrings);
	return HEAD + s->len + s->nstrings;
}

/* ---- The file around it -------------------------------------------------------------- */

enum { NONE, CTF, NAMES, NSECTIONS, NAMED = 4, ELF_MAX = 0x10000 };

static uint8_t elf[ELF_MAX];

static size_t
shdr_at(unsigned bits, unsigned i)
{
	return bits == 64 ? 64 + 64 * i : 52 + 40 * i;
}

/* System V gABI, section header. */
static void
shdr(unsigned bits, bool big, unsigned i, unsigned name, unsigned type, uint64_t off, uint64_t size)
{
	uint8_t *p = elf + shdr_at(bits, i);
	const unsigned w = bits / 8;
	put(p, name, 4, big);
	put(p + 4, type, 4, big);
	put(p + 8 + 2 * w, off, w, big);
	put(p + 8 + 3 * w, size, w, big);
}

/* An ELF file whose last bytes are the section; its size. */
static size_t
elf_make(unsigned bits, bool big, const uint8_t *section, size_t size)
{
	static const char names[] = "\0x\0\0.SUNW_ctf\0.strtab";
	const unsigned w = bits / 8;
	const size_t at = shdr_at(bits, NSECTIONS), ctf = at + sizeof(names);
	const uint8_t ident[] = { 0x7f, 'E', 'L', 'F', w == 8 ? 2 : 1, big ? 2 : 1, 1 };
	if (ctf + size > sizeof(elf))
		abort();
	memset(elf, 0, ctf);
	memcpy(elf, ident, sizeof(ident));
	put(elf + 16, 2, 2, big);
	put(elf + 18, 62, 2, big);
	put(elf + 20, 1, 4, big);
	put(elf + 24 + 2 * w, shdr_at(bits, 0), w, big);
	put(elf + 28 + 3 * w, w == 8 ? 64 : 52, 2, big);
	put(elf + 34 + 3 * w, w == 8 ? 64 : 40, 2, big);
	put(elf + 36 + 3 * w, NSECTIONS, 2, big);
	put(elf + 38 + 3 * w, NAMES, 2, big);
	memcpy(elf + at, names, sizeof(names));
	shdr(bits, big, CTF, NAMED, 1, ctf, size);
	shdr(bits, big, NAMES, NAMED + 10, 3, at, sizeof(names));
	memcpy(elf + ctf, section, size);
	return ctf + size;
}

/* Asks the same twice: an answer is not worse for having been asked before. */
static enum kv_status
ask(const char *row, size_t size, const char *name, const char *member, struct elf_member *ret,
    struct kv_err *err)
{
	struct elf_file *file = NULL;
	enum kv_status st = KV_OK;
	if (!CHECK(elf_file_open_mem(&file, "kernel", elf, size, err) == KV_OK, "%s: %s", row, err->text))
		return KV_EFORMAT;
	for (unsigned turn = 0; turn < 2; turn++) {
		struct kv_err why = { .text = "" };
		*ret = (struct elf_member) { 77, 77 };
		const enum kv_status now = member != NULL ?
		    elf_struct_member(file, name, member, ret, &why) :
		    elf_struct_size(file, name, &ret->size, &why);
		if (turn == 1) {
			CHECK_EQ(row, "status when asked again", now, st);
			CHECK(strcmp(why.text, err->text) == 0, "%s: %s, and then %s", row, err->text,
			    why.text);
		}
		if (now != KV_OK)
			CHECK(ret->off == 77 && ret->size == 77, "%s: fails, and says %#jx, %#jx", row,
			    (uintmax_t)ret->off, (uintmax_t)ret->size);
		st = now;
		*err = why;
	}
	elf_file_close(file);
	return st;
}

/* Each version, byte order and word size in turn; false: that was the last. */
static bool
turn_next(struct section *s, unsigned turn)
{
	memset(s, 0, sizeof(*s));
	s->version = turn % 2 != 0 ? 3 : 2;
	s->big = turn / 2 % 2 != 0;
	s->bits = turn / 4 % 2 != 0 ? 64 : 32;
	s->nstrings = 1;
	return turn < 8;
}

static size_t
file_make(const struct section *s)
{
	static uint8_t bytes[HEAD + sizeof(s->types) + sizeof(s->strings)];
	return elf_make(s->bits, s->big, bytes, section_make(s, bytes));
}

/* ---- Types -------------------------------------------------------------------------- */

static const uint64_t sizes[] = {
	1, 0x1ffe, 0x1fff, 0x2000, 0xfffe, 0xffff, 0x10000, 0x1ffffffe, 0x1fffffff, 0x20000000, 0xfffffffe,
	0xffffffff, 0x100000000, 0x100000010, UINT64_MAX / 8,
};
enum { NSIZES = sizeof(sizes) / sizeof(sizes[0]) };

/* Structs around the limits where the form of types and members changes: all but their last byte. */
static void
test_sizes(void)
{
	static struct section s;
	for (unsigned turn = 0; turn_next(&s, turn); turn++) {
		const uint32_t octet = add_integer(&s, 1);
		for (size_t i = 0; i < NSIZES; i++) {
			char name[24];
			(void)snprintf(name, sizeof(name), "s%#jx", (uintmax_t)sizes[i]);
			add_struct(&s, name, sizes[i], octet, 8 * (sizes[i] - 1));
		}
		const size_t size = file_make(&s);
		for (size_t i = 0; i < NSIZES; i++) {
			char name[24];
			struct elf_member m;
			struct kv_err err = { .text = "" };
			(void)snprintf(name, sizeof(name), "s%#jx", (uintmax_t)sizes[i]);
			CHECK(ask(name, size, name, NULL, &m, &err) == KV_OK, "%s: %s", name, err.text);
			CHECK_EQ(name, "size", m.size, sizes[i]);
			CHECK(ask(name, size, name, "m", &m, &err) == KV_OK, "%s: %s", name, err.text);
			CHECK_EQ(name, "offset", m.off, sizes[i] - 1);
			CHECK_EQ(name, "its size", m.size, 1);
		}
	}
}

/* Names of names, arrays of arrays, and members that are of nothing. */
static void
test_types(void)
{
	static const struct {
		const char *name, *member;
		enum kv_status st;
		uint64_t off, size;
		const char *text;
	} rows[] = {
		{ "pointer", "m", KV_OK, 0, 0, "" },	/* of a word */
		{ "named63", "m", KV_OK, 0, 4, "" },
		{ "named64", "m", KV_EUNSUP, 0, 0, "member m of struct named64 is of bits, or has no size" },
		{ "arrays16", "m", KV_OK, 0, 4 << 16, "" },
		{ "arrays17", "m", KV_EUNSUP, 0, 0, "member m of struct arrays17 is of bits, or has no size" },
		{ "product", "m", KV_OK, 0, UINT64_C(0xfffffffe00000001), "" },
		{ "overflow", "m", KV_EUNSUP, 0, 0, "has no size" },
		{ "round", "m", KV_EUNSUP, 0, 0, "has no size" },
		{ "unknown", "m", KV_EUNSUP, 0, 0, "has no size" },
		{ "forward", "m", KV_EUNSUP, 0, 0, "has no size" },
		{ "function", "m", KV_EUNSUP, 0, 0, "has no size" },
		{ "void", "m", KV_EUNSUP, 0, 0, "has no size" },
		{ "behind", "m", KV_EUNSUP, 0, 0, "has no size" },
		{ "last", "m", KV_OK, 0, 4, "" },
		{ "flexible", "m", KV_OK, 4, 0, "" },
		{ "outside", "m", KV_EFORMAT, 0, 0, "kernel: .SUNW_ctf: member m of struct outside has 0x4 "
		    "bytes at 0x8, the struct 0x4" },
		{ "nameless", "m", KV_OK, 4, 4, "" },
		{ "nameless", "red", KV_EABSENT, 0, 0, "kernel: struct nameless has no member red" },
		{ "nowhere", "m", KV_EABSENT, 0, 0, "kernel: its .SUNW_ctf has no struct nowhere" },
		{ "joined", "m", KV_EABSENT, 0, 0, "kernel: its .SUNW_ctf has no struct joined" },
	};
	static struct section s;
	for (unsigned turn = 0; turn_next(&s, turn); turn++) {
		const uint32_t number = add_integer(&s, 4), octet = add_integer(&s, 1);
		uint32_t id = number;
		add_struct(&s, "pointer", 8, add_type(&s, POINTER, "", 0, number), 0);
		for (unsigned i = 0; i < 63; i++)
			id = add_type(&s, TYPEDEF, "", 0, id);
		add_struct(&s, "named63", 4, id, 0);
		add_struct(&s, "named64", 4, add_type(&s, TYPEDEF, "", 0, id), 0);
		id = number;
		for (unsigned i = 0; i < 16; i++)
			id = add_array(&s, id, 2);
		add_struct(&s, "arrays16", 8 << 16, id, 0);
		add_struct(&s, "arrays17", 8 << 16, add_array(&s, id, 2), 0);
		id = add_array(&s, add_array(&s, octet, UINT32_MAX), UINT32_MAX);
		add_struct(&s, "product", UINT64_MAX, id, 0);
		add_struct(&s, "overflow", UINT64_MAX, add_array(&s, id, 2), 0);
		add_struct(&s, "round", 4, add_array(&s, s.n + 1, 1), 0);
		add_struct(&s, "unknown", 4, add_type(&s, UNKNOWN, "", 0, 4), 0);
		add_struct(&s, "forward", 4, add_type(&s, FORWARD, "", 0, 4), 0);
		id = add_type(&s, FUNCTION, "", 1, number);
		add(&s, number, s.version == 3 ? 4 : 2);
		if (s.version == 2)
			add(&s, 0, 2);
		add_struct(&s, "function", 4, id, 0);
		add_struct(&s, "void", 4, 0, 0);
		add_struct(&s, "flexible", 4, add_array(&s, number, 0), 32);
		add_struct(&s, "outside", 4, number, 64);
		/* A union of that name is no struct; nor are values of an enum members. */
		add_type(&s, UNION, "joined", 1, 4);
		add_member(&s, 4, "m", number, 0);
		id = add_type(&s, ENUM, "colour", 1, 4);
		add_name(&s, "red");
		add(&s, 1, 4);
		add_type(&s, STRUCT, "nameless", 3, 8);
		add_member(&s, 8, "", id, 0);
		add_member(&s, 8, "", 0, 0);
		add_member(&s, 8, "m", number, 32);
		add_struct(&s, "behind", 4, s.n + 4, 0);
		add_struct(&s, "last", 4, s.n + 2, 0);
		add_integer(&s, 4);
		const size_t size = file_make(&s);
		for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
			struct elf_member m;
			struct kv_err err = { .text = "" };
			const enum kv_status st = ask(rows[i].name, size, rows[i].name, rows[i].member, &m, &err);
			CHECK(st == rows[i].st, "%s: version %u, status %d, wanted %d: %s", rows[i].name,
			    s.version, (int)st, (int)rows[i].st, err.text);
			if (rows[i].st != KV_OK) {
				CHECK_TEXT(rows[i].name, err.text, rows[i].text);
				continue;
			}
			CHECK_EQ(rows[i].name, "offset", m.off, rows[i].off);
			CHECK_EQ(rows[i].name, "size", m.size, i == 0 ? s.bits / 8 : rows[i].size);
		}
	}
}

/* Nine structs in each other: their offsets' sum is larger than 2^64. */
static void
test_sum(void)
{
	enum { DEEP = 9 };
	static struct section s;
	for (unsigned turn = 0; turn_next(&s, turn); turn++) {
		uint32_t id = add_integer(&s, 4);
		for (unsigned i = 0; i < DEEP; i++) {
			const uint32_t of = id;
			id = add_type(&s, STRUCT, i < DEEP - 1 ? "" : "sum", 1, UINT64_MAX);
			add_member(&s, UINT64_MAX, i == 0 ? "m" : "", of, UINT64_MAX - 7);
		}
		struct elf_member m;
		struct kv_err err = { .text = "" };
		CHECK_EQ("sum", "status", ask("sum", file_make(&s), "sum", "m", &m, &err), KV_EFORMAT);
		CHECK_TEXT("sum", err.text, "kernel: .SUNW_ctf: struct sum contradicts itself, or goes round");
	}
}

/* Types may be shared: as many members are looked at as the types have bytes. */
static void
test_shared(void)
{
	enum { INNER = 15, NAMED_ONES = 3 };
	static struct section s;
	for (unsigned more = 0; more < 2; more++)
		for (unsigned turn = 0; turn_next(&s, turn); turn++) {
			const unsigned shared = (s.version == 3 ? 66 : 22) + more;
			const uint32_t number = add_integer(&s, 4);
			const uint32_t inner = add_type(&s, STRUCT, "", INNER, 4);
			for (unsigned i = 0; i < INNER; i++)
				add_member(&s, 4, "x", number, 0);
			add_type(&s, STRUCT, "shared", shared + NAMED_ONES + 1, 4);
			for (unsigned i = 0; i < NAMED_ONES; i++)
				add_member(&s, 4, "y", number, 0);
			for (unsigned i = 0; i < shared; i++)
				add_member(&s, 4, "", inner, 0);
			add_member(&s, 4, "m", number, 0);
			const size_t looks = shared * (INNER + 1) + NAMED_ONES + 1;
			CHECK(more ? looks > s.len : looks == s.len, "%zu members for %zu bytes", looks, s.len);
			struct elf_member m;
			struct kv_err err = { .text = "" };
			CHECK_EQ("shared", "status", ask("shared", file_make(&s), "shared", "m", &m, &err),
			    more ? KV_EFORMAT : KV_OK);
		}
}

/* ---- The section -------------------------------------------------------------------- */

/* Sections that are too short, that have no types, and types that are none or go past the end. */
static void
test_section(void)
{
	static struct section s;
	char text[128];
	struct elf_member m;
	uint8_t bytes[0x100];
	for (unsigned turn = 0; turn_next(&s, turn); turn++) {
		struct kv_err err = { .text = "" };
		add_struct(&s, "one", 4, add_integer(&s, 4), 0);
		const size_t size = section_make(&s, bytes);
		for (size_t cut = 0; cut < HEAD; cut++) {
			(void)snprintf(text, sizeof(text), "kernel: .SUNW_ctf has 0x%zx bytes, wanted 0x24 or more", cut);
			CHECK_EQ("short", "status", ask("short", elf_make(s.bits, s.big, bytes, cut), "one",
			    NULL, &m, &err), KV_EUNSUP);
			CHECK(strcmp(err.text, text) == 0, "short: %s, wanted %s", err.text, text);
		}
		for (size_t cut = HEAD; cut <= size; cut++) {
			(void)snprintf(text, sizeof(text), "kernel: .SUNW_ctf: cth_stroff and cth_strlen is 0x%zx, "
			    "wanted 0x%zx or less", size - HEAD, cut - HEAD);
			CHECK_EQ("cut", "status", ask("cut", elf_make(s.bits, s.big, bytes, cut), "one",
			    NULL, &m, &err), cut < size ? KV_EFORMAT : KV_OK);
			if (cut < size)
				CHECK(strcmp(err.text, text) == 0, "cut: %s, wanted %s", err.text, text);
		}
		/* Types as small as they can be: version 2's are all that there is room for. */
		(void)turn_next(&s, turn);
		for (unsigned i = 0; i < 4; i++)
			add_type(&s, FORWARD, "one", 0, 0);
		CHECK_EQ("forward", "status", ask("forward", file_make(&s), "one", NULL, &m, &err), KV_EABSENT);
		/* No types: with strings and without. */
		for (unsigned strings = 0; strings < 2; strings++) {
			(void)turn_next(&s, turn);
			s.nstrings = strings;
			CHECK_EQ("empty", "status", ask("empty", file_make(&s), "one", NULL, &m, &err), KV_EABSENT);
			CHECK_TEXT("empty", err.text, "kernel: its .SUNW_ctf has no struct one");
		}
		/* A module, by any byte of its parent's name. */
		for (unsigned at = 8; at < 12; at++) {
			bytes[at] = 1;
			CHECK_EQ("module", "status", ask("module", elf_make(s.bits, s.big, bytes, size), "one", NULL,
			    &m, &err), KV_EUNSUP);
			CHECK_TEXT("module", err.text, "kernel: .SUNW_ctf is a module's: its types begin in another file");
			bytes[at] = 0;
		}
		/* cth_typeoff one behind cth_stroff. */
		(void)section_make(&s, bytes);
		put(bytes + 24, 1, 4, s.big);
		CHECK_EQ("order", "status", ask("order", elf_make(s.bits, s.big, bytes, HEAD + 1), "one", NULL,
		    &m, &err), KV_EFORMAT);
		CHECK(strcmp(err.text, "kernel: .SUNW_ctf: cth_typeoff is 0x1, wanted 0x0 or less") == 0, "%s",
		    err.text);
		for (unsigned row = 0; row < 11; row++) {
			static const char *const wrong[11] = { "kind 14", "members", "a long size", "arguments" };
			const char *const name = wrong[row] != NULL ? wrong[row] : "no head";
			(void)turn_next(&s, turn);
			const uint32_t number = add_integer(&s, 4);
			const size_t at = s.len;
			if (row == 0)
				add_type(&s, 14, "", 0, 0);
			else if (row == 1) {
				/* As many as can be, of which one is there. */
				add_type(&s, STRUCT, "one", s.version == 3 ? 0x800000 : 0x200, 4);
				add_member(&s, 4, "m", number, 0);
			} else if (row == 2) {
				add_type(&s, STRUCT, "one", 0, UINT64_MAX);
				s.len -= 4;
			} else if (row == 3) {
				add_type(&s, FUNCTION, "", 3, number);
				s.len += 4;
			} else
				s.len += row - 3;
			CHECK_EQ(name, "status", ask(name, file_make(&s), "one", NULL, &m, &err),
			    KV_EFORMAT);
			(void)snprintf(text, sizeof(text), "kernel: .SUNW_ctf: the type at 0x%zx of 0x%zx bytes of "
			    "types is none, or ends behind them", at, s.len);
			CHECK(strcmp(err.text, text) == 0, "%s: %s, wanted %s", name, err.text, text);
		}
	}
}

/* Whether a sentence says that the kernel has no such section. */
static bool
is_none(const char *text)
{
	return strstr(text, "no debug information (.debug_info, .SUNW_ctf)") != NULL ||
	    strstr(text, "built without libdw") != NULL;
}

/* Where the file has the section, and whether. */
static void
test_file(void)
{
	enum { PROGBITS = 1, NOBITS = 8, NONAME = 0x7fff };
	static struct section s;
	for (unsigned turn = 0; turn_next(&s, turn); turn++) {
		uint8_t bytes[0x100];
		struct elf_member m;
		struct kv_err err = { .text = "" };
		char text[160];
		add_struct(&s, "one", 4, add_integer(&s, 4), 0);
		const size_t size = section_make(&s, bytes), all = elf_make(s.bits, s.big, bytes, size);
		const size_t at = all - size, names = shdr_at(s.bits, NSECTIONS);
		CHECK_EQ("whole", "status", ask("whole", all, "one", NULL, &m, &err), KV_OK);
		/* The file ends before the section does. */
		CHECK_EQ("cut", "status", ask("cut", all - 1, "one", NULL, &m, &err), KV_ETRUNC);
		(void)snprintf(text, sizeof(text), "kernel: .SUNW_ctf: 0x%zx bytes at offset 0x%zx, file has 0x%zx",
		    size, at, all - 1);
		CHECK(strcmp(err.text, text) == 0, "cut: %s, wanted %s", err.text, text);
		/* It begins where the file ends, and behind that. */
		for (unsigned behind = 0; behind < 2; behind++) {
			shdr(s.bits, s.big, CTF, NAMED, PROGBITS, all + behind, 0);
			CHECK_EQ("end", "status", ask("end", all, "one", NULL, &m, &err),
			    behind ? KV_ETRUNC : KV_EUNSUP);
			CHECK_TEXT("end", err.text, behind ? "0x0 bytes at offset 0x" :
			    "kernel: .SUNW_ctf has 0x0 bytes, wanted 0x24 or more");
		}
		/* One of that name without bytes in the file is none; the next may be. */
		shdr(s.bits, s.big, CTF, NAMED, NOBITS, at, size);
		CHECK_EQ("no bits", "status", ask("no bits", all, "one", NULL, &m, &err), KV_EUNSUP);
		CHECK(is_none(err.text), "no bits: %s", err.text);
		put(elf + (s.bits == 64 ? 62 : 50), CTF, 2, s.big);	/* e_shstrndx */
		shdr(s.bits, s.big, CTF, NAMED + 10, 3, names, at - names);
		shdr(s.bits, s.big, NAMES, NAMED, PROGBITS, at, size);
		CHECK_EQ("behind names", "status", ask("behind names", all, "one", NULL, &m, &err), KV_OK);
		/* The name lies outside of the names. */
		shdr(s.bits, s.big, CTF, NONAME, 3, names, at - names);
		CHECK_EQ("no name", "status", ask("no name", all, "one", NULL, &m, &err), KV_OK);
		shdr(s.bits, s.big, CTF, 0, NOBITS, 0, 0);
		CHECK_EQ("no names", "status", ask("no names", all, "one", NULL, &m, &err), KV_EUNSUP);
		CHECK(is_none(err.text), "no names: %s", err.text);
	}
}

#ifdef HAVE_ZLIB
/* Lengths that deflate cannot have made of so few bytes (RFC 1951: 258 of 2 bits), or a program hold. */
static void
test_compressed(void)
{
	enum { BYTES = 100, LARGE = 4161791 };	/* LARGE: 2^32 / 1032, and one more */
	static const struct {
		size_t size;
		uint64_t len;
		const char *text;
	} rows[] = {
		{ BYTES, 1032 * BYTES + 1031, "its compressed data is damaged, or not 0x19727 bytes" },
		{ BYTES, 1032 * (BYTES + 1), "the length of types and strings is 0x19728, wanted 0x19320 or less" },
		{ LARGE, UINT32_MAX, "the length of types and strings is 0xffffffff, wanted 0x1000003f8 or less" },
	};
	uint8_t *bytes = calloc(1, HEAD + LARGE), *file = calloc(1, 0x1000 + HEAD + LARGE);
	for (size_t i = 0; bytes != NULL && file != NULL && i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct elf_file *e = NULL;
		struct kv_err err = { .text = "" };
		uint64_t n = 77;
		put(bytes, 0xcff1, 2, false);
		bytes[2] = 2;
		bytes[3] = 1;
		put(bytes + 32, rows[i].len, 4, false);
		/* The file's headers, as of a small section. */
		const size_t at = elf_make(64, false, bytes, HEAD) - HEAD;
		shdr(64, false, CTF, NAMED, 1, at, HEAD + rows[i].size);
		memcpy(file, elf, at);
		memcpy(file + at, bytes, HEAD + rows[i].size);
		if (!CHECK(elf_file_open_mem(&e, "kernel", file, at + HEAD + rows[i].size, &err) == KV_OK, "%s",
		    err.text))
			break;
		CHECK_EQ("compressed", "status", elf_struct_size(e, "one", &n, &err), KV_EFORMAT);
		CHECK_TEXT("compressed", err.text, rows[i].text);
		elf_file_close(e);
	}
	CHECK(bytes != NULL && file != NULL, "no memory");
	free(bytes);
	free(file);
}
#else
static void
test_compressed(void)
{
	unit_skip("compressed CTF: built without zlib");
}
#endif

static const struct unit_test tests[] = {
	{ "sizes", test_sizes },
	{ "types", test_types },
	{ "sum of offsets", test_sum },
	{ "shared types", test_shared },
	{ "section", test_section },
	{ "file", test_file },
	{ "compressed", test_compressed },
	{ 0 },
};
const struct unit_suite unit_ctf = { "ctf", tests };
