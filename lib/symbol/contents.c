/* SPDX-License-Identifier: BSD-2-Clause */
/* What else the kernel file holds: initial memory and notes. */
#include "private.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "bytes.h"

/* The file's bytes from va on: where they begin and how many there are. */
struct piece {
	uint64_t off, len;
};

static bool
piece_set(struct piece *p, uint64_t va, uint64_t start, uint64_t off, uint64_t size)
{
	if (va < start || va - start >= size)
		return false;
	if (!u64_add(off, va - start, &p->off))
		p->off = UINT64_MAX;	/* elf_bytes refuses it */
	p->len = size - (va - start);
	return true;
}

static enum kv_status
piece_find(const struct elf_file *elf, uint64_t va, struct piece *p, struct kv_err *err)
{
	bool loads = false;
	for (size_t i = 0; i < elf->nsegments; i++) {
		GElf_Phdr ph;
		enum kv_status st = elf_segment(elf, i, &ph, err);
		if (st != KV_OK)
			return st;
		if (ph.p_type != PT_LOAD)
			continue;
		loads = true;
		if (piece_set(p, va, ph.p_vaddr, ph.p_offset, ph.p_filesz))
			return KV_OK;
	}
	for (size_t i = 1; !loads && i < elf->nsections; i++) {
		Elf_Scn *scn;
		GElf_Shdr sh;
		enum kv_status st = elf_section(elf, i, &scn, &sh, err);
		if (st != KV_OK)
			return st;
		if ((sh.sh_flags & SHF_ALLOC) != 0 && sh.sh_type != SHT_NOBITS &&
		    piece_set(p, va, sh.sh_addr, sh.sh_offset, sh.sh_size))
			return KV_OK;
	}
	return kv_fail(err, KV_EABSENT, "%s: holds no bytes for address 0x%" PRIx64, elf->name, va);
}

enum kv_status
elf_read_va(struct elf_file *elf, uint64_t va, void *buf, size_t len, struct kv_err *err)
{
	if (elf->info.bits == 32 && va >> 31 == UINT64_MAX >> 31)
		va &= UINT32_MAX;	/* sign-extended */
	for (size_t done = 0; done < len;) {
		uint64_t at;
		if (!u64_add(va, done, &at))
			return kv_fail(err, KV_EABSENT,
			    "%s: 0x%zx bytes at 0x%" PRIx64 " run past the last address", elf->name, len,
			    va);
		struct piece p = { 0 };
		enum kv_status st = piece_find(elf, at, &p, err);
		if (st != KV_OK)
			return st;
		if (p.len > len - done)
			p.len = len - done;
		st = elf_bytes(elf, p.off, (char *)buf + done, p.len, err);
		if (st != KV_OK)
			return st;
		done += (size_t)p.len;
	}
	return KV_OK;
}

bool
elf_code(struct elf_file *elf, uint64_t *va, void *buf, size_t len, size_t *got)
{
	GElf_Phdr ph;
	for (size_t i = 0; elf_segment(elf, i, &ph, NULL) == KV_OK; i++) {
		if (ph.p_type != PT_LOAD || (ph.p_flags & PF_X) == 0 || ph.p_memsz == 0)
			continue;
		*va = ph.p_vaddr;
		*got = ph.p_filesz < len ? (size_t)ph.p_filesz : len;
		if (elf_bytes(elf, ph.p_offset, buf, *got, NULL) != KV_OK)
			*got = 0;
		return true;
	}
	return false;
}

/* ---- Notes ------------------------------------------------------------------------ */

struct note_query {
	const char *owner;
	uint32_t type;
	const uint8_t *desc;
	size_t len;	/* of desc */
};

static uint64_t
round_up(uint64_t n, uint64_t align)
{
	return (n + align - 1) & ~(align - 1);
}

/*
 * Looks through one area of notes: name size, description size, type, name, description,
 * the last two padded (gABI, chapter 5).  Sizes are 32 bits, so sums of them cannot wrap.
 */
static bool
notes_search(const struct view *v, uint64_t align, struct note_query *q)
{
	enum { HEAD = 12 };
	const uint64_t ownerlen = strlen(q->owner);
	for (uint64_t off = 0; view_has(v, off, HEAD);) {
		const uint32_t namesz = view_get32(v, off), descsz = view_get32(v, off + 4);
		const uint64_t name = off + HEAD, desc = round_up(name + namesz, align);
		if (!view_has(v, name, namesz) || !view_has(v, desc, descsz))
			return false;
		/* Owners are written with and without their NUL, or with more of them. */
		bool same = namesz >= ownerlen && memcmp(v->p + name, q->owner, (size_t)ownerlen) == 0 &&
		    (namesz == ownerlen || v->p[name + ownerlen] == '\0');
		if (same && view_get32(v, off + 8) == q->type) {
			q->desc = v->p + desc;
			q->len = descsz;
			return true;
		}
		off = round_up(desc + descsz, align);
	}
	return false;
}

/* One section or segment of notes. */
static enum kv_status
note_area(const struct elf_file *elf, uint64_t off, uint64_t size, uint64_t align,
    uint64_t *left, struct note_query *q, void *buf, size_t len, bool *found, struct kv_err *err)
{
	if (size > *left || size > SIZE_MAX)
		return kv_fail(err, KV_EFORMAT,
		    "%s: 0x%" PRIx64 " bytes of notes at offset 0x%" PRIx64
		    ": all notes together are larger than the file",
		    elf->name, size, off);
	*left -= size;
	if (size == 0)
		return KV_OK;
	uint8_t *bytes = malloc((size_t)size);
	if (bytes == NULL)
		return kv_fail(err, KV_ENOMEM, "%s: no memory for notes", elf->name);
	enum kv_status st = elf_bytes(elf, off, bytes, size, err);
	if (st == KV_OK) {
		struct view v = { bytes, (size_t)size, elf->info.big };
		*found = notes_search(&v, align == 8 ? 8 : 4, q);
		size_t n = q->len < len ? q->len : len;
		if (*found && n != 0)
			memcpy(buf, q->desc, n);
	}
	free(bytes);
	return st;
}

enum kv_status
elf_note(struct elf_file *elf, const char *owner, uint32_t type, void *buf, size_t len,
    size_t *retlen, bool *found, struct kv_err *err)
{
	struct note_query q = { .owner = owner, .type = type };
	uint64_t left = 2 * elf->size;	/* no file has 2^63 bytes */
	enum kv_status st = KV_OK;
	*found = false;
	for (size_t i = 1; i < elf->nsections && st == KV_OK && !*found; i++) {
		Elf_Scn *scn;
		GElf_Shdr sh;
		st = elf_section(elf, i, &scn, &sh, err);
		if (st == KV_OK && sh.sh_type == SHT_NOTE)
			st = note_area(elf, sh.sh_offset, sh.sh_size, sh.sh_addralign, &left, &q, buf,
			    len, found, err);
	}
	for (size_t i = 0; i < elf->nsegments && st == KV_OK && !*found; i++) {
		GElf_Phdr ph;
		st = elf_segment(elf, i, &ph, err);
		if (st == KV_OK && ph.p_type == PT_NOTE)
			st = note_area(elf, ph.p_offset, ph.p_filesz, ph.p_align, &left, &q, buf, len,
			    found, err);
	}
	*retlen = q.len;
	return st;
}
