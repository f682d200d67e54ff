/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Layout of the kernel's structures, as the Compact C Type Format in it has it: what FreeBSD's
 * kernels carry when their DWARF lies elsewhere.  Versions 2 and 3 of ctf(5): sys/sys/ctf.h.
 */
#include "private.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#ifdef HAVE_ZLIB
#include <zlib.h>
#endif

#include "bytes.h"

enum {
	CTF_MAGIC = 0xcff1,
	CTF_HEADER = 36,
	CTF_COMPRESSED = 1,
	/* Kinds of types. */
	K_UNKNOWN = 0, K_INTEGER, K_FLOAT, K_POINTER, K_ARRAY, K_FUNCTION, K_STRUCT, K_UNION, K_ENUM,
	K_FORWARD, K_TYPEDEF, K_VOLATILE, K_CONST, K_RESTRICT,
	DEPTH = 16,		/* of types in types, but for names of types */
	NAMES = 64,		/* typedefs and qualifiers of one type */
};

struct ctf {
	const char *file;
	uint8_t *bytes;		/* the types, then the strings */
	struct view types, strings;
	unsigned version, word;	/* bytes of a pointer */
	uint32_t ntypes;
	uint32_t *where;	/* where type i + 1 begins */
};

struct type {
	unsigned kind;
	uint32_t name, n;	/* n: members, arguments */
	uint32_t ref;		/* the type it is made of */
	uint64_t size;
	uint64_t body, end;	/* what follows its head; the next type */
};

static enum kv_status
damaged(const struct ctf *ctf, const char *what, uint64_t found, uint64_t wanted, struct kv_err *err)
{
	return kv_fail(err, KV_EFORMAT, "%s: .SUNW_ctf: %s is 0x%" PRIx64 ", wanted 0x%" PRIx64
	    " or less", ctf->file, what, found, wanted);
}

void
elf_ctf_free(struct elf_file *elf)
{
	if (elf->ctf == NULL)
		return;
	free(elf->ctf->bytes);
	free(elf->ctf->where);
	free(elf->ctf);
	elf->ctf = NULL;
}

/* ---- Types ------------------------------------------------------------------------ */

/* Two bytes in version 2, four in 3. */
static bool
half(const struct ctf *ctf, uint64_t off, uint32_t *ret)
{
	uint16_t v = 0;
	if (ctf->version == 3)
		return view_u32(&ctf->types, off, ret);
	const bool there = view_u16(&ctf->types, off, &v);
	*ret = v;
	return there;
}

/* Bytes of a member: structs that are large have longer ones. */
static uint64_t
member_bytes(const struct ctf *ctf, uint64_t size)
{
	if (ctf->version == 3)
		return size < UINT64_C(1) << 29 ? 12 : 16;
	return size < UINT64_C(1) << 13 ? 8 : 16;
}

/* The type that begins at off. */
static bool
type_read(const struct ctf *ctf, uint64_t off, struct type *ret)
{
	const bool v3 = ctf->version == 3;
	const unsigned width = v3 ? 4 : 2;
	uint32_t info, size, hi, lo;
	if (!view_u32(&ctf->types, off, &ret->name) || !half(ctf, off + 4, &info) ||
	    !half(ctf, off + 4 + width, &size))
		return false;
	ret->kind = v3 ? info >> 26 : info >> 11;
	ret->n = v3 ? info & 0xffffff : info & 0x3ff;
	ret->ref = size;
	ret->size = size;
	ret->body = off + 4 + 2 * width;
	if (size == (v3 ? UINT32_MAX : UINT16_MAX)) {
		if (!view_u32(&ctf->types, ret->body, &hi) ||
		    !view_u32(&ctf->types, ret->body + 4, &lo))
			return false;
		ret->size = (uint64_t)hi << 32 | lo;
		ret->body += 8;
	}
	uint64_t more = 0;
	switch (ret->kind) {
	case K_INTEGER:
	case K_FLOAT:
		more = 4;
		break;
	case K_ARRAY:
		more = 2 * width + 4;
		break;
	case K_FUNCTION:
		more = ((uint64_t)ret->n * width + 3) / 4 * 4;
		break;
	case K_STRUCT:
	case K_UNION:
		more = ret->n * member_bytes(ctf, ret->size);
		break;
	case K_ENUM:
		more = (uint64_t)ret->n * 8;
		break;
	default:
		if (ret->kind > K_RESTRICT)
			return false;
	}
	ret->end = ret->body + more;
	return view_has(&ctf->types, ret->body, more);
}

static bool
type_of(const struct ctf *ctf, uint32_t id, struct type *ret)
{
	return id >= 1 && id <= ctf->ntypes && type_read(ctf, ctf->where[id - 1], ret);
}

/* A name; "" if it has none.  Those in the table of symbols, bit 31, are none of structs. */
static const char *
name_at(const struct ctf *ctf, uint32_t off)
{
	return off < ctf->strings.len ? (const char *)ctf->strings.p + off : "";
}

/* What a typedef or a qualifier stands for. */
static bool
type_bare(const struct ctf *ctf, uint32_t id, struct type *ret)
{
	for (unsigned i = 0; i < NAMES && type_of(ctf, id, ret); i++) {
		if (ret->kind < K_TYPEDEF)
			return true;
		id = ret->ref;
	}
	return false;
}

/* The bytes of a type: false if nothing says how many. */
static bool
type_size(const struct ctf *ctf, uint32_t id, unsigned depth, uint64_t *ret)
{
	const unsigned width = ctf->version == 3 ? 4 : 2;
	struct type t;
	uint32_t contents, n;
	if (!type_bare(ctf, id, &t))
		return false;
	*ret = t.kind == K_POINTER ? ctf->word : t.size;
	if (t.kind == K_ARRAY)
		return depth > 0 && half(ctf, t.body, &contents) &&
		    view_u32(&ctf->types, t.body + 2 * width, &n) &&
		    type_size(ctf, contents, depth - 1, ret) && u64_mul(*ret, n, ret);
	return t.kind != K_UNKNOWN && t.kind != K_FUNCTION && t.kind != K_FORWARD;
}

/* Finds where each type begins. */
static enum kv_status
index_types(struct ctf *ctf, struct kv_err *err)
{
	struct type t;
	for (uint64_t off = 0; off < ctf->types.len; off = t.end) {
		if (!type_read(ctf, off, &t))
			return kv_fail(err, KV_EFORMAT, "%s: .SUNW_ctf: the type at 0x%" PRIx64
			    " of 0x%zx bytes of types is none, or ends behind them", ctf->file, off,
			    ctf->types.len);
		ctf->where[ctf->ntypes++] = (uint32_t)off;
	}
	return KV_OK;
}

/* ---- The section ------------------------------------------------------------------ */

static bool
section_find(const struct elf_file *elf, GElf_Shdr *ret)
{
	size_t names = 0;	/* no names */
	(void)elf_getshdrstrndx(elf->elf, &names);
	for (size_t i = 1; i < elf->nsections; i++) {
		Elf_Scn *scn;
		if (elf_section(elf, i, &scn, ret, NULL) != KV_OK || ret->sh_type == SHT_NOBITS)
			continue;
		const char *is = elf_strptr(elf->elf, names, ret->sh_name);
		if (is != NULL && strcmp(is, ".SUNW_ctf") == 0)
			return true;
	}
	return false;
}

/* len bytes out of size compressed ones. */
static enum kv_status
inflate_all(struct ctf *ctf, const uint8_t *from, size_t size, uint64_t len, struct kv_err *err)
{
#ifdef HAVE_ZLIB
	/* Deflate makes 1032 bytes of one at most: no larger length is right, nor allocated. */
	if (len / 1032 > size || len >= UINT32_MAX)
		return damaged(ctf, "the length of types and strings", len, 1032 * (uint64_t)size, err);
	uLongf got = (uLongf)len;
	ctf->bytes = malloc((size_t)len + 1);
	if (ctf->bytes == NULL)
		return kv_fail(err, KV_ENOMEM, "%s: no memory for .SUNW_ctf", ctf->file);
	if (uncompress(ctf->bytes, &got, from, (uLong)size) != Z_OK || got != len)
		return kv_fail(err, KV_EFORMAT, "%s: .SUNW_ctf: its compressed data is damaged, or "
		    "not 0x%" PRIx64 " bytes", ctf->file, len);
	return KV_OK;
#else
	(void)from, (void)size, (void)len;
	return kv_fail(err, KV_EUNSUP, "%s: .SUNW_ctf is compressed: this library was built without "
	    "zlib", ctf->file);
#endif
}

/* Checks the head, and finds types and strings in what follows it. */
static enum kv_status
section_read(struct ctf *ctf, const uint8_t *p, size_t size, bool big, struct kv_err *err)
{
	const struct view v = { .p = p, .len = size, .big = big };
	uint32_t parent, types, strings, nstrings;
	uint16_t magic;
	if (!view_u16(&v, 0, &magic) || !view_u32(&v, 8, &parent) || !view_u32(&v, 24, &types) ||
	    !view_u32(&v, 28, &strings) || !view_u32(&v, 32, &nstrings))
		return kv_fail(err, KV_EUNSUP, "%s: .SUNW_ctf has 0x%zx bytes, wanted 0x24 or more",
		    ctf->file, size);
	if (magic != CTF_MAGIC || (p[2] != 2 && p[2] != 3))
		return kv_fail(err, KV_EUNSUP, "%s: .SUNW_ctf: its magic number is %#x and its version "
		    "%u, wanted 0xcff1, and 2 or 3", ctf->file, magic, p[2]);
	ctf->version = p[2];
	if (parent != 0)
		return kv_fail(err, KV_EUNSUP, "%s: .SUNW_ctf is a module's: its types begin in "
		    "another file", ctf->file);
	if (types > strings)
		return damaged(ctf, "cth_typeoff", types, strings, err);
	const uint64_t len = (uint64_t)strings + nstrings;
	if ((p[3] & CTF_COMPRESSED) != 0) {
		enum kv_status st = inflate_all(ctf, p + CTF_HEADER, size - CTF_HEADER, len, err);
		if (st != KV_OK)
			return st;
	} else {
		if (len > size - CTF_HEADER)
			return damaged(ctf, "cth_stroff and cth_strlen", len, size - CTF_HEADER, err);
		ctf->bytes = malloc((size_t)len + 1);
		if (ctf->bytes == NULL)
			return kv_fail(err, KV_ENOMEM, "%s: no memory for .SUNW_ctf", ctf->file);
		memcpy(ctf->bytes, p + CTF_HEADER, (size_t)len);
	}
	ctf->bytes[len] = '\0';		/* the last string ends */
	ctf->types = (struct view) { ctf->bytes + types, strings - types, big };
	ctf->strings = (struct view) { ctf->bytes + strings, nstrings, big };
	/* No type has less than 8 bytes. */
	ctf->where = malloc((size_t)u64_max((strings - types) / 8, 1) * sizeof(*ctf->where));
	if (ctf->where == NULL)
		return kv_fail(err, KV_ENOMEM, "%s: no memory for .SUNW_ctf", ctf->file);
	return index_types(ctf, err);
}

enum kv_status
elf_ctf_open(struct elf_file *elf, bool *found, struct kv_err *err)
{
	GElf_Shdr sh;
	*found = elf->ctf != NULL || section_find(elf, &sh);
	if (elf->ctf != NULL || !*found)
		return KV_OK;
	if (sh.sh_offset > elf->size || elf->size - sh.sh_offset < sh.sh_size)
		return kv_fail(err, KV_ETRUNC, "%s: .SUNW_ctf: 0x%" PRIx64 " bytes at offset 0x%"
		    PRIx64 ", file has 0x%" PRIx64, elf->name, sh.sh_size, sh.sh_offset, elf->size);
	uint8_t *p = malloc((size_t)sh.sh_size + 1);
	elf->ctf = calloc(1, sizeof(*elf->ctf));
	enum kv_status st = p != NULL && elf->ctf != NULL ? KV_OK :
	    kv_fail(err, KV_ENOMEM, "%s: no memory for .SUNW_ctf", elf->name);
	if (st == KV_OK)
		st = elf_bytes(elf, sh.sh_offset, p, sh.sh_size, err);
	if (st == KV_OK) {
		elf->ctf->file = elf->name;
		elf->ctf->word = elf->info.bits / 8;
		st = section_read(elf->ctf, p, (size_t)sh.sh_size, elf->info.big, err);
	}
	free(p);
	if (st != KV_OK)
		elf_ctf_free(elf);
	return st;
}

/* ---- Structs ---------------------------------------------------------------------- */

static enum kv_status
struct_find(const struct ctf *ctf, const char *name, struct type *ret, struct kv_err *err)
{
	for (uint32_t i = 0; i < ctf->ntypes; i++)
		if (type_read(ctf, ctf->where[i], ret) && ret->kind == K_STRUCT &&
		    strcmp(name_at(ctf, ret->name), name) == 0)
			return KV_OK;
	return kv_fail(err, KV_EABSENT, "%s: its .SUNW_ctf has no struct %s", ctf->file, name);
}

enum kv_status
elf_ctf_struct_size(struct elf_file *elf, const char *name, uint64_t *ret, struct kv_err *err)
{
	struct type t;
	enum kv_status st = struct_find(elf->ctf, name, &t, err);
	if (st == KV_OK)
		*ret = t.size;
	return st;
}

/* Member i: its name, its type, and where it begins, in bits. */
static bool
member_read(const struct ctf *ctf, const struct type *in, uint32_t i, uint32_t *name, uint32_t *type,
    uint64_t *bit)
{
	const unsigned width = ctf->version == 3 ? 4 : 2;
	const uint64_t size = member_bytes(ctf, in->size), off = in->body + i * size;
	uint32_t hi = 0, lo;
	if (!view_u32(&ctf->types, off, name) || !half(ctf, off + 4, type) || (size == 16 ?
	    !view_u32(&ctf->types, off + 8, &hi) || !view_u32(&ctf->types, off + 12, &lo) :
	    !half(ctf, off + 4 + width, &lo)))
		return false;
	*bit = (uint64_t)hi << 32 | lo;
	return true;
}

/* Looks in a struct or union, and in those without a name in it. */
static enum kv_status
member_search(const struct ctf *ctf, const struct type *in, const char *member, unsigned depth,
    uint64_t *left, struct elf_member *ret)
{
	for (uint32_t i = 0; i < in->n; i++) {
		uint32_t name, type;
		uint64_t bit;
		struct type inner;
		if ((*left)-- == 0 || !member_read(ctf, in, i, &name, &type, &bit))
			return KV_EFORMAT;
		const char *is = name_at(ctf, name);
		if (strcmp(is, member) == 0) {
			ret->off = bit / 8;
			return bit % 8 == 0 && type_size(ctf, type, DEPTH, &ret->size) ? KV_OK :
			    KV_EUNSUP;
		}
		if (is[0] != '\0' || depth == 0 || !type_bare(ctf, type, &inner) ||
		    (inner.kind != K_STRUCT && inner.kind != K_UNION))
			continue;
		enum kv_status st = member_search(ctf, &inner, member, depth - 1, left, ret);
		if (st == KV_OK && !u64_add(ret->off, bit / 8, &ret->off))
			return KV_EFORMAT;
		if (st != KV_EABSENT)
			return st;
	}
	return KV_EABSENT;
}

enum kv_status
elf_ctf_struct_member(struct elf_file *elf, const char *name, const char *member,
    struct elf_member *ret, struct kv_err *err)
{
	enum { UNNAMED = 8 };	/* as deep as DWARF is searched */
	const struct ctf *ctf = elf->ctf;
	struct elf_member found = { 0 };
	struct type t;
	enum kv_status st = struct_find(ctf, name, &t, err);
	if (st != KV_OK)
		return st;
	/* Each member takes 8 bytes or more: unnamed types may be shared, but not for ever. */
	uint64_t left = ctf->types.len;
	st = member_search(ctf, &t, member, UNNAMED, &left, &found);
	if (st == KV_EABSENT)
		return kv_fail(err, st, "%s: struct %s has no member %s", ctf->file, name, member);
	if (st == KV_EUNSUP)
		return kv_fail(err, st, "%s: .SUNW_ctf: member %s of struct %s is of bits, or has no "
		    "size", ctf->file, member, name);
	if (st != KV_OK)
		return kv_fail(err, st, "%s: .SUNW_ctf: struct %s contradicts itself, or goes round",
		    ctf->file, name);
	if (found.off > t.size || t.size - found.off < found.size)
		return kv_fail(err, KV_EFORMAT, "%s: .SUNW_ctf: member %s of struct %s has 0x%" PRIx64
		    " bytes at 0x%" PRIx64 ", the struct 0x%" PRIx64, ctf->file, member, name,
		    found.size, found.off, t.size);
	*ret = found;
	return KV_OK;
}
