/* SPDX-License-Identifier: BSD-2-Clause */
/* Symbols by name and by address, read at the first use. */
#include "private.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "bytes.h"

/*
 * How often all bytes of the file may be touched while the tables are built, counted in bytes of
 * names and in collisions.  An honest file stays near 1; names that share one
 * long string or are made to collide would otherwise take hours.
 */
enum { WORK_FACTOR = 16 };

/* Far more than a kernel has.  The hash has twice as many slots, in 32 bits. */
enum { SYMBOLS_MAX = 1 << 26 };

struct names_load {
	struct elf_file *elf;
	struct kv_err *err;
	uint64_t left;		/* of the work */
	uint64_t table_left;	/* bytes of tables that may still be read */
};

static enum kv_status
work_spend(struct names_load *ld, uint64_t work)
{
	if (work > ld->left)
		return kv_fail(ld->err, KV_EFORMAT,
		    "%s: symbol names overlap or collide beyond reason", ld->elf->name);
	ld->left -= work;
	return KV_OK;
}

static uint32_t
name_hash(const char *s, uint64_t *len)
{
	/* FNV-1a, 64 bits folded to 32. */
	uint64_t h = UINT64_C(0xcbf29ce484222325);
	const char *p = s;
	for (; *p != '\0'; p++)
		h = (h ^ (unsigned char)*p) * UINT64_C(0x100000001b3);
	*len = (uint64_t)(p - s) + 1;
	return (uint32_t)(h ^ h >> 32);
}

/* Undefined and common symbols have no address. */
static bool
has_address(const struct symbol *s)
{
	return s->name[0] != '\0' && s->section != SHN_UNDEF && s->section != SHN_COMMON;
}

static unsigned
bind_rank(const struct symbol *s)
{
	return s->bind == STB_LOCAL ? 2 : s->bind == STB_WEAK ? 1 : 0;
}

/* A section lies wholly inside the file, as it is, and not over the others. */
static enum kv_status
section_check(struct names_load *ld, size_t i, const GElf_Shdr *sh)
{
	const struct elf_file *elf = ld->elf;
	if (sh->sh_offset > elf->size || elf->size - sh->sh_offset < sh->sh_size)
		return kv_fail(ld->err, KV_EFORMAT,
		    "%s: section %zu: 0x%" PRIx64 " bytes at offset 0x%" PRIx64
		    " are not in the file, which has 0x%" PRIx64,
		    elf->name, i, (uint64_t)sh->sh_size, (uint64_t)sh->sh_offset, elf->size);
	if ((sh->sh_flags & SHF_COMPRESSED) != 0)
		return kv_fail(ld->err, KV_EUNSUP, "%s: section %zu is compressed", elf->name, i);
	if (sh->sh_size > ld->table_left)
		return kv_fail(ld->err, KV_EFORMAT,
		    "%s: section %zu: symbol and string tables overlap, together they are larger than the file",
		    elf->name, i);
	ld->table_left -= sh->sh_size;
	return KV_OK;
}

static enum kv_status
section_data(struct names_load *ld, size_t i, Elf_Scn *scn, Elf_Data **ret)
{
	*ret = elf_getdata(scn, NULL);
	if (*ret == NULL)
		return kv_fail(ld->err, KV_EFORMAT, "%s: section %zu: %s", ld->elf->name, i, libelf_text());
	return KV_OK;
}

/* Makes room for n more symbols. */
static enum kv_status
syms_grow(struct names_load *ld, uint64_t n)
{
	struct elf_file *elf = ld->elf;
	if (n > SYMBOLS_MAX - elf->nsyms)
		return kv_fail(ld->err, KV_EUNSUP, "%s: %" PRIu64 " symbols are too many, wanted %d or less",
		    elf->name, n + elf->nsyms, SYMBOLS_MAX);
	struct symbol *syms = realloc(elf->syms, (size_t)(elf->nsyms + n) * sizeof(*syms));
	if (syms == NULL)
		return kv_fail(ld->err, KV_ENOMEM, "%s: no memory for %" PRIu64 " symbols",
		    elf->name, n);
	elf->syms = syms;
	return KV_OK;
}

/* Appends the symbols of section i, a SHT_SYMTAB. */
static enum kv_status
symtab_load(struct names_load *ld, size_t i, Elf_Scn *scn, const GElf_Shdr *sh)
{
	struct elf_file *elf = ld->elf;
	const uint64_t entsize = elf->info.bits == 64 ? 24 : 16;
	if (sh->sh_entsize != entsize || sh->sh_size % entsize != 0)
		return kv_fail(ld->err, KV_EFORMAT,
		    "%s: section %zu: symbol table of 0x%" PRIx64 " bytes, %" PRIu64
		    " per symbol, wanted a multiple of %" PRIu64,
		    elf->name, i, (uint64_t)sh->sh_size, (uint64_t)sh->sh_entsize, entsize);
	uint64_t n = sh->sh_size / entsize;
	if (n <= 1)
		return KV_OK;
	if (sh->sh_link == 0 || sh->sh_link >= elf->nsections)
		return kv_fail(ld->err, KV_EFORMAT,
		    "%s: section %zu: string table is section %u of %zu", elf->name, i, sh->sh_link,
		    elf->nsections);
	Elf_Scn *strscn;
	GElf_Shdr strsh;
	enum kv_status st = elf_section(elf, sh->sh_link, &strscn, &strsh, ld->err);
	if (st == KV_OK && strsh.sh_type != SHT_STRTAB)
		return kv_fail(ld->err, KV_EFORMAT,
		    "%s: section %zu: string table is section %u, whose type is %u, wanted %d",
		    elf->name, i, sh->sh_link, strsh.sh_type, SHT_STRTAB);
	Elf_Data *data, *strdata;
	if (st != KV_OK || (st = section_check(ld, i, sh)) != KV_OK ||
	    (st = section_check(ld, sh->sh_link, &strsh)) != KV_OK ||
	    (st = syms_grow(ld, n)) != KV_OK ||
	    (st = section_data(ld, i, scn, &data)) != KV_OK ||
	    (st = section_data(ld, sh->sh_link, strscn, &strdata)) != KV_OK)
		return st;
	/* Names end inside the table: none may begin behind its last NUL. */
	const char *strs = strdata->d_buf;
	uint64_t strend = strdata->d_size;
	while (strend > 0 && strs[strend - 1] != '\0')
		strend--;

	for (uint64_t k = 1; k < n; k++) {
		GElf_Sym s;
		/* There are n of them, but not every libelf is this host's. */
		if (gelf_getsym(data, (int)k, &s) == NULL)
			return kv_fail(ld->err, KV_EFORMAT, "%s: section %zu: symbol %" PRIu64 ": %s",
			    elf->name, i, k, libelf_text());
		if (s.st_name >= strend && s.st_name != 0)
			return kv_fail(ld->err, KV_EFORMAT,
			    "%s: section %zu: symbol %" PRIu64 ": name at 0x%x of a string table of 0x%" PRIx64
			    " bytes", elf->name, i, k, s.st_name, (uint64_t)strdata->d_size);
		elf->syms[elf->nsyms++] = (struct symbol){
			.name = s.st_name != 0 ? strs + s.st_name : "",
			.value = s.st_value,
			.size = s.st_size,
			.section = s.st_shndx,
			.type = GELF_ST_TYPE(s.st_info),
			.bind = GELF_ST_BIND(s.st_info),
		};
	}
	return KV_OK;
}

/* The slot of that name, or the empty one where it belongs. */
static struct name_slot *
name_slot(const struct elf_file *elf, const char *name, uint32_t hash, uint64_t *probes)
{
	uint32_t at = hash & elf->mask;
	for (*probes = 1;; ++*probes, at = (at + 1) & elf->mask) {
		struct name_slot *slot = &elf->names[at];
		if (slot->index == 0 ||
		    (slot->hash == hash && strcmp(elf->syms[slot->index - 1].name, name) == 0))
			return slot;
	}
}

static enum kv_status
names_build(struct names_load *ld)
{
	struct elf_file *elf = ld->elf;
	uint32_t slots = 16;
	while (slots < 2 * elf->nsyms)
		slots *= 2;
	elf->names = calloc(slots, sizeof(*elf->names));
	if (elf->names == NULL)
		return kv_fail(ld->err, KV_ENOMEM, "%s: no memory for %u symbols", elf->name,
		    elf->nsyms);
	elf->mask = slots - 1;
	for (uint32_t i = 0; i < elf->nsyms; i++) {
		const struct symbol *s = &elf->syms[i];
		if (!has_address(s))
			continue;
		uint64_t len, probes;
		uint32_t hash = name_hash(s->name, &len);
		struct name_slot *slot = name_slot(elf, s->name, hash, &probes);
		enum kv_status st = work_spend(ld, len + 16 * (probes - 1));
		if (st != KV_OK)
			return st;
		if (slot->index == 0 || bind_rank(s) < bind_rank(&elf->syms[slot->index - 1]))
			*slot = (struct name_slot){ hash, i + 1 };
	}
	return KV_OK;
}

static int
addr_compare(const void *pa, const void *pb)
{
	const struct addr_slot *a = pa, *b = pb;
	if (a->value != b->value)
		return u64_compare(a->value, b->value);
	if (a->pref != b->pref)
		return u64_compare(a->pref, b->pref);
	return u64_compare(a->index, b->index);
}

/* True if a reader wants to see this name for an address. */
static bool
names_address(const struct symbol *s)
{
	return has_address(s) && s->type != STT_SECTION && s->type != STT_FILE &&
	    s->type != STT_TLS && s->name[0] != '$' && strncmp(s->name, ".L", 2) != 0;
}

static enum kv_status
addrs_build(struct elf_file *elf, struct kv_err *err)
{
	struct addr_slot *a = malloc((elf->nsyms + (size_t)1) * sizeof(*a));
	if (a == NULL)
		return kv_fail(err, KV_ENOMEM, "%s: no memory for %u symbols", elf->name, elf->nsyms);
	uint32_t n = 0;
	for (uint32_t i = 0; i < elf->nsyms; i++) {
		const struct symbol *s = &elf->syms[i];
		if (!names_address(s))
			continue;
		uint32_t pref = bind_rank(s);
		if (s->type != STT_FUNC && s->type != STT_OBJECT)
			pref += 4;
		if (s->section == SHN_ABS)
			pref += 8;
		a[n++] = (struct addr_slot){ s->value, pref, i };
	}
	qsort(a, n, sizeof(*a), addr_compare);
	for (uint32_t i = 0; i < n; i++)
		if (i == 0 || a[i].value != a[i - 1].value)
			a[elf->naddrs++] = a[i];
	elf->addrs = a;
	return KV_OK;
}

void
elf_names_free(struct elf_file *elf)
{
	free(elf->syms);
	free(elf->names);
	free(elf->addrs);
	/* The tables that failed are read again at the next use. */
	elf->syms = NULL;
	elf->names = NULL;
	elf->nsyms = 0;
}

static enum kv_status
names_read(struct names_load *ld)
{
	struct elf_file *elf = ld->elf;
	bool any = false;
	for (size_t i = 1; i < elf->nsections; i++) {
		Elf_Scn *scn;
		GElf_Shdr sh;
		enum kv_status st = elf_section(elf, i, &scn, &sh, ld->err);
		if (st != KV_OK)
			return st;
		if (sh.sh_type != SHT_SYMTAB)
			continue;
		any = true;
		if ((st = symtab_load(ld, i, scn, &sh)) != KV_OK)
			return st;
	}
	if (!any)
		return kv_fail(ld->err, KV_EFORMAT, "%s: no symbol table among %zu sections",
		    elf->name, elf->nsections);
	return names_build(ld);
}

static enum kv_status
names_load(struct elf_file *elf, struct kv_err *err)
{
	if (elf->loaded)
		return KV_OK;
	struct names_load ld = {
		.elf = elf,
		.err = err,
		.left = elf->size > UINT64_MAX / WORK_FACTOR ? UINT64_MAX : WORK_FACTOR * elf->size,
		.table_left = 2 * elf->size,	/* no file has 2^63 bytes */
	};
	enum kv_status st = names_read(&ld);
	if (st != KV_OK)
		elf_names_free(elf);
	else
		elf->loaded = true;
	return st;
}

enum kv_status
elf_symbol(struct elf_file *elf, const char *name, const struct symbol **ret, struct kv_err *err)
{
	enum kv_status st = names_load(elf, err);
	if (st != KV_OK)
		return st;
	uint64_t len, probes;
	const struct name_slot *slot = name_slot(elf, name, name_hash(name, &len), &probes);
	*ret = slot->index != 0 ? &elf->syms[slot->index - 1] : NULL;
	return KV_OK;
}

enum kv_status
elf_symbol_nlist(struct elf_file *elf, const char *name, const struct symbol **ret,
    struct kv_err *err)
{
	enum kv_status st = elf_symbol(elf, name, ret, err);
	if (st == KV_OK && *ret == NULL && name[0] == '_')
		st = elf_symbol(elf, name + 1, ret, err);
	return st;
}

uint8_t
symbol_nlist_type(const struct symbol *sym)
{
	uint8_t type = NLIST_UNDF;
	switch (sym->type) {
	case STT_OBJECT:
	case STT_COMMON:
		type = NLIST_DATA;
		break;
	case STT_FUNC:
		type = NLIST_TEXT;
		break;
	case STT_FILE:
		type = NLIST_FN;
		break;
	default:
		break;
	}
	return sym->bind == STB_LOCAL ? type : (uint8_t)(type | NLIST_EXT);
}

uint8_t
symbol_nlist_type_section(const struct elf_file *elf, const struct symbol *sym)
{
	uint8_t type = NLIST_UNDF;
	Elf_Scn *scn;
	GElf_Shdr sh;
	if (sym->section == SHN_ABS)
		type = sym->type == STT_FILE ? NLIST_FN : NLIST_ABS;
	else if (sym->section == SHN_XINDEX)
		type = symbol_nlist_type(sym) & (uint8_t)~NLIST_EXT;
	else if (sym->section < elf->nsections &&
	    elf_section(elf, sym->section, &scn, &sh, NULL) == KV_OK) {
		if (sh.sh_type == SHT_PROGBITS)
			type = (sh.sh_flags & SHF_WRITE) != 0 ? NLIST_DATA : NLIST_TEXT;
		else if (sh.sh_type == SHT_NOBITS)
			type = NLIST_BSS;
	}
	return sym->bind == STB_LOCAL ? type : (uint8_t)(type | NLIST_EXT);
}

enum kv_status
elf_symbol_at(struct elf_file *elf, uint64_t addr, const struct symbol **ret, struct kv_err *err)
{
	enum kv_status st = names_load(elf, err);
	if (st == KV_OK && elf->addrs == NULL)
		st = addrs_build(elf, err);
	if (st != KV_OK)
		return st;
	if (elf->info.bits == 32 && addr >> 31 == UINT64_MAX >> 31)
		addr &= UINT32_MAX;	/* sign-extended */
	uint32_t lo = 0, hi = elf->naddrs;	/* addrs[lo - 1] <= addr < addrs[hi] */
	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;
		if (elf->addrs[mid].value <= addr)
			lo = mid + 1;
		else
			hi = mid;
	}
	*ret = lo != 0 ? &elf->syms[elf->addrs[lo - 1].index] : NULL;
	return KV_OK;
}

enum kv_status
elf_symbol_each(struct elf_file *elf, bool (*fn)(void *arg, const struct symbol *sym), void *arg,
    struct kv_err *err)
{
	enum kv_status st = names_load(elf, err);
	if (st != KV_OK)
		return st;
	for (uint32_t i = 0; i < elf->nsyms; i++)
		if (elf->syms[i].name[0] != '\0' && !fn(arg, &elf->syms[i]))
			break;
	return KV_OK;
}
