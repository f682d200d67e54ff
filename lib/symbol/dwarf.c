/* SPDX-License-Identifier: BSD-2-Clause */
/* Layout of the kernel's structures, as its debug information has it (DWARF, by libdw). */
#include "private.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "bytes.h"

#ifdef HAVE_LIBDW

#include <dwarf.h>
#include <elfutils/libdw.h>

/* Where names are; each may be compressed, as .zdebug_info is. */
static const char *const name_sections[] = { "debug_info", "debug_str", "debug_line_str" };

enum { NNAMES = sizeof(name_sections) / sizeof(name_sections[0]) };

enum { NLAYOUTS = 32 };

struct layouts {
	Dwarf *dwarf;
	/* The bytes of name_sections: libdw does not look for the end of a string. */
	struct {
		const void *p;
		size_t len;
	} names[NNAMES];
	struct elf_file *apart;	/* where it is, if not in the kernel itself */
	/* Structs that were asked for: the search goes through the whole of the kernel's types. */
	struct {
		char name[32];
		Dwarf_Off die;
	} known[NLAYOUTS];
	unsigned nknown;
};

void
elf_layouts_free(struct elf_file *elf)
{
	if (elf->layouts == NULL)
		return;
	(void)dwarf_end(elf->layouts->dwarf);
	elf_file_close(elf->layouts->apart);
	free(elf->layouts);
}

static enum kv_status
damaged(const struct elf_file *elf, struct kv_err *err)
{
	const char *why = dwarf_errmsg(0);
	return kv_fail(err, KV_EFORMAT, "%s: debug information: %s", elf->name,
	    why != NULL ? why : "it contradicts itself");
}

/* NULL if the file has none. */
static Dwarf *
dwarf_of(const struct elf_file *elf)
{
	Dwarf_Off next;
	size_t head;
	Dwarf *dwarf = dwarf_begin_elf(elf->elf, DWARF_C_READ, NULL);
	if (dwarf != NULL && dwarf_nextcu(dwarf, 0, &next, &head, NULL, NULL, NULL) != 1)
		return dwarf;
	(void)dwarf_end(dwarf);
	return NULL;
}

/* After libdw has opened the file: it decompresses sections where they are. */
static void
names_find(struct layouts *l)
{
	Elf *elf = dwarf_getelf(l->dwarf);
	size_t strings;
	if (elf_getshdrstrndx(elf, &strings) != 0)
		return;
	for (Elf_Scn *scn = NULL; (scn = elf_nextscn(elf, scn)) != NULL;) {
		GElf_Shdr sh;
		const char *is = gelf_getshdr(scn, &sh) != NULL ?
		    elf_strptr(elf, strings, sh.sh_name) : NULL;
		if (is == NULL || is[0] != '.')
			continue;
		is += is[1] == 'z' ? 2 : 1;
		for (unsigned i = 0; i < NNAMES; i++) {
			const Elf_Data *data;
			/* Of two with one name libdw reads the first. */
			if (strcmp(is, name_sections[i]) != 0 || l->names[i].p != NULL ||
			    (data = elf_rawdata(scn, NULL)) == NULL)
				continue;
			l->names[i].p = data->d_buf;
			l->names[i].len = data->d_size;
		}
	}
}

/* Whether a string of libdw's, which may go on past its section, is that name. */
static bool
is_name(const struct layouts *l, const char *is, const char *name)
{
	const size_t len = strlen(name) + 1;
	for (unsigned i = 0; i < NNAMES; i++) {
		const size_t into = (uintptr_t)is - (uintptr_t)l->names[i].p;
		if (into < l->names[i].len)
			return len <= l->names[i].len - into && memcmp(is, name, len) == 0;
	}
	return false;
}

static enum kv_status
layouts_open(struct elf_file *elf, struct kv_err *err)
{
	if (elf->layouts != NULL)
		return KV_OK;
	struct elf_file *apart = NULL;
	Dwarf *dwarf = dwarf_of(elf);
	if (dwarf == NULL) {
		const enum kv_status st = elf_debuglink_open(elf, &apart, err);
		if (st != KV_OK)
			return st;
		dwarf = apart != NULL ? dwarf_of(apart) : NULL;
	}
	if (dwarf == NULL) {
		const enum kv_status st = kv_fail(err, KV_EUNSUP, "%s has no debug information "
		    "(.debug_info, .SUNW_ctf): give the kernel's file that has it",
		    apart != NULL ? apart->name : elf->name);
		elf_file_close(apart);
		return st;
	}
	elf->layouts = calloc(1, sizeof(*elf->layouts));
	if (elf->layouts == NULL) {
		(void)dwarf_end(dwarf);
		elf_file_close(apart);
		return kv_fail(err, KV_ENOMEM, "%s: no memory for debug information", elf->name);
	}
	elf->layouts->dwarf = dwarf;
	elf->layouts->apart = apart;
	names_find(elf->layouts);
	return KV_OK;
}

static bool
is_struct(const struct layouts *l, Dwarf_Die *die, const char *name)
{
	if (dwarf_tag(die) != DW_TAG_structure_type || dwarf_hasattr(die, DW_AT_declaration))
		return false;
	const char *is = dwarf_diename(die);
	return is != NULL && is_name(l, is, name);
}

/* The first definition among the types of all compilation units. */
static enum kv_status
struct_search(struct elf_file *elf, const char *name, Dwarf_Die *ret, struct kv_err *err)
{
	Dwarf *dwarf = elf->layouts->dwarf;
	Dwarf_Off off = 0, next;
	size_t head;
	for (;; off = next) {
		int end = dwarf_nextcu(dwarf, off, &next, &head, NULL, NULL, NULL);
		if (end == 1)
			break;
		Dwarf_Die unit, die;
		if (end != 0 || dwarf_offdie(dwarf, off + head, &unit) == NULL)
			return damaged(elf, err);
		/* libdw lets siblings only go forward. */
		int more = dwarf_child(&unit, &die);
		for (; more == 0; more = dwarf_siblingof(&die, &die))
			if (is_struct(elf->layouts, &die, name)) {
				*ret = die;
				return KV_OK;
			}
		if (more != 1)
			return damaged(elf, err);
	}
	return kv_fail(err, KV_EABSENT, "%s: its debug information has no struct %s", elf->name,
	    name);
}

static enum kv_status
struct_find(struct elf_file *elf, const char *name, Dwarf_Die *ret, struct kv_err *err)
{
	(void)dwarf_errno();	/* forgets an older error */
	enum kv_status st = layouts_open(elf, err);
	if (st != KV_OK)
		return st;
	struct layouts *l = elf->layouts;
	for (unsigned i = 0; i < l->nknown; i++)
		if (strcmp(l->known[i].name, name) == 0)
			return dwarf_offdie(l->dwarf, l->known[i].die, ret) != NULL ? KV_OK :
			    damaged(elf, err);
	st = struct_search(elf, name, ret, err);
	if (st == KV_OK && l->nknown < NLAYOUTS && strlen(name) < sizeof(l->known[0].name)) {
		memcpy(l->known[l->nknown].name, name, strlen(name) + 1);
		l->known[l->nknown++].die = dwarf_dieoffset(ret);
	}
	return st;
}

enum kv_status
elf_dwarf_struct_size(struct elf_file *elf, const char *name, uint64_t *ret, struct kv_err *err)
{
	Dwarf_Die die;
	enum kv_status st = struct_find(elf, name, &die, err);
	if (st != KV_OK)
		return st;
	Dwarf_Word size;
	if (dwarf_aggregate_size(&die, &size) != 0)
		return damaged(elf, err);
	*ret = size;
	return KV_OK;
}

/* Where a member begins; false if that is no number.  A union's have none: *ret stays as it is. */
static bool
member_offset(Dwarf_Die *die, uint64_t *ret)
{
	Dwarf_Attribute attr;
	Dwarf_Op *op;
	size_t n;
	if (dwarf_attr(die, DW_AT_data_member_location, &attr) == NULL)
		return dwarf_hasattr(die, DW_AT_data_bit_offset) == 0;
	/* DWARF 2 writes an expression, DW_OP_plus_uconst N; libdw makes one of the others' numbers. */
	if (dwarf_getlocation(&attr, &op, &n) != 0 || n != 1 || op[0].atom != DW_OP_plus_uconst)
		return false;
	*ret = op[0].number;
	return true;
}

/* Looks in a struct or union, and in those without a name in it. */
static enum kv_status
member_search(const struct elf_file *elf, Dwarf_Die *in, const char *member, unsigned depth,
    uint64_t *left, struct elf_member *ret, struct kv_err *err)
{
	Dwarf_Die die;
	int more = dwarf_child(in, &die);
	for (; more == 0; more = dwarf_siblingof(&die, &die)) {
		if ((*left)-- == 0)
			return damaged(elf, err);
		if (dwarf_tag(&die) != DW_TAG_member)
			continue;
		const char *is = dwarf_diename(&die);
		Dwarf_Attribute attr;
		Dwarf_Die type;
		uint64_t off = 0;
		if (is != NULL && !is_name(elf->layouts, is, member))
			continue;
		if (dwarf_formref_die(dwarf_attr(&die, DW_AT_type, &attr), &type) == NULL ||
		    !member_offset(&die, &off))
			return damaged(elf, err);
		if (is != NULL) {
			Dwarf_Word size;
			if (dwarf_aggregate_size(&type, &size) != 0)
				return damaged(elf, err);
			*ret = (struct elf_member) { off, size };
			return KV_OK;
		}
		if (depth == 0)
			continue;
		enum kv_status st = member_search(elf, &type, member, depth - 1, left, ret, NULL);
		if (st == KV_OK && !u64_add(ret->off, off, &ret->off))
			return damaged(elf, err);
		if (st != KV_EABSENT)
			return st == KV_OK ? st : damaged(elf, err);
	}
	return more == 1 ? KV_EABSENT : damaged(elf, err);
}

enum kv_status
elf_dwarf_struct_member(struct elf_file *elf, const char *name, const char *member,
    struct elf_member *ret, struct kv_err *err)
{
	enum { DEPTH = 8 };	/* of structs without a name */
	struct elf_member found = { 0 };
	Dwarf_Die die;
	Dwarf_Word size;
	enum kv_status st = struct_find(elf, name, &die, err);
	if (st != KV_OK)
		return st;
	/* Types without a name may be shared, but not for ever. */
	uint64_t left = UINT16_MAX;
	if (dwarf_aggregate_size(&die, &size) != 0)
		return damaged(elf, err);
	st = member_search(elf, &die, member, DEPTH, &left, &found, err);
	if (st == KV_EABSENT)
		return kv_fail(err, st, "%s: struct %s has no member %s", elf->name, name, member);
	if (st != KV_OK)
		return st;
	if (found.off > size || size - found.off < found.size)
		return kv_fail(err, KV_EFORMAT, "%s: debug information: member %s of struct %s has "
		    "0x%" PRIx64 " bytes at 0x%" PRIx64 ", the struct 0x%" PRIx64, elf->name,
		    member, name, found.size, found.off, (uint64_t)size);
	*ret = found;
	return KV_OK;
}

#else

void
elf_layouts_free(struct elf_file *elf)
{
	(void)elf;
}

static enum kv_status
without(const struct elf_file *elf, const char *name, struct kv_err *err)
{
	return kv_fail(err, KV_EUNSUP, "%s: the layout of struct %s is not known: this library was "
	    "built without libdw, which reads debug information", elf->name, name);
}

enum kv_status
elf_dwarf_struct_size(struct elf_file *elf, const char *name, uint64_t *ret, struct kv_err *err)
{
	(void)ret;
	return without(elf, name, err);
}

enum kv_status
elf_dwarf_struct_member(struct elf_file *elf, const char *name, const char *member,
    struct elf_member *ret, struct kv_err *err)
{
	(void)member, (void)ret;
	return without(elf, name, err);
}

#endif
