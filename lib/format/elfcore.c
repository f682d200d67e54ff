/* SPDX-License-Identifier: BSD-2-Clause */
/* Core files in ELF: headers -> segments of memory. */
#include "format/elfcore.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Offsets of the fields that are read (gABI, chapters 4 and 5): 32-bit and 64-bit files. */
struct layout {
	unsigned word;		/* bytes of an address or offset */
	unsigned phoff, shoff, phentsize, phnum, shentsize, ehdr;
	unsigned sh_info, shdr;
	unsigned p_offset, p_vaddr, p_paddr, p_filesz, p_memsz, p_align, phdr;
};

static const struct layout layouts[] = {
	{ 4, 28, 32, 42, 44, 46, 52, 28, 40, 4, 8, 12, 16, 20, 28, 32 },
	{ 8, 32, 40, 54, 56, 58, 64, 44, 64, 8, 16, 24, 32, 40, 48, 56 },
};

enum { EI_CLASS = 4, EI_DATA = 5, EHDR_MAX = 64, SHDR_MAX = 64, PHDR_MAX = 56 };
enum { PT_LOAD = 1, PN_XNUM = 0xffff };

static uint64_t
word_at(const struct elfcore *core, const uint8_t *p, unsigned size)
{
	if (size == 8)
		return core->big ? be64_get(p) : le64_get(p);
	if (size == 4)
		return core->big ? be32_get(p) : le32_get(p);
	return core->big ? be16_get(p) : le16_get(p);
}

static enum kv_status
part_read(struct image *img, uint64_t off, void *buf, size_t len, const char *what,
    struct kv_err *err)
{
	size_t got;
	enum kv_status s = image_read(img, off, buf, len, &got, err);
	if (s != KV_OK)
		kv_prefix(err, "%s: cannot read %s at offset %#jx", img->name, what,
		    (uintmax_t)off);
	return s;
}

/* How many program headers there are: 65535 or more are told by section header 0 (gABI, e_phnum). */
static enum kv_status
phnum_read(const struct elfcore *core, const struct layout *l, struct image *img,
    const uint8_t *ehdr, uint64_t *ret, struct kv_err *err)
{
	*ret = word_at(core, ehdr + l->phnum, 2);
	if (*ret != PN_XNUM)
		return KV_OK;
	const uint64_t shoff = word_at(core, ehdr + l->shoff, l->word);
	const uint64_t shentsize = word_at(core, ehdr + l->shentsize, 2);
	uint64_t at;
	if (shoff == 0 || shentsize != l->shdr || !u64_add(core->base, shoff, &at))
		return kv_fail(err, KV_EFORMAT, "%s: invalid core: e_phnum is 0xffff (PN_XNUM), so "
		    "that section header 0 tells the number, but e_shoff is %#jx and e_shentsize %ju, "
		    "wanted an offset and %u", img->name, (uintmax_t)shoff, (uintmax_t)shentsize,
		    l->shdr);
	uint8_t shdr[SHDR_MAX] = { 0 };
	enum kv_status s = part_read(img, at, shdr, l->shdr, "section header 0, which PN_XNUM needs,",
	    err);
	*ret = word_at(core, shdr + l->sh_info, 4);
	return s;
}

static enum kv_status
segment_bad(const struct image *img, const struct elfcore_segment *seg, const char *field,
    uint64_t found, const char *why, struct kv_err *err)
{
	return kv_fail(err, KV_EFORMAT, "%s: invalid core: program header %zu: %s is %#jx %s",
	    img->name, seg->number, field, (uintmax_t)found, why);
}

static enum kv_status
segment_check(const struct elfcore *core, const struct image *img,
    const struct elfcore_segment *seg, struct kv_err *err)
{
	uint64_t end;
	const uint64_t start = core->is_virtual ? seg->vaddr : seg->paddr;
	if (seg->filesz > seg->memsz)
		return segment_bad(img, seg, "p_filesz", seg->filesz, "and more than p_memsz", err);
	if (!u64_add(start, seg->memsz - 1, &end) || seg->memsz > INT64_MAX ||
	    (core->bits == 32 && end > UINT32_MAX))
		return segment_bad(img, seg, "p_memsz", seg->memsz, core->is_virtual ?
		    "and goes with p_vaddr past the last address" :
		    "and goes with p_paddr past the last address", err);
	if (!u64_add(seg->off, seg->filesz, &end) || !u64_add(end, core->base, &end) ||
	    end > INT64_MAX)
		return segment_bad(img, seg, "p_offset", seg->off, "and goes with p_filesz past the "
		    "largest offset of a file", err);
	return KV_OK;
}

/* One program header.  Those without memory are not kept. */
static enum kv_status
segment_take(struct elfcore *core, const struct layout *l, const struct image *img, size_t number,
    const uint8_t *p, struct kv_err *err)
{
	const uint32_t type = (uint32_t)word_at(core, p, 4);
	struct elfcore_segment seg = {
		.number = number,
		.vaddr = word_at(core, p + l->p_vaddr, l->word),
		.paddr = word_at(core, p + l->p_paddr, l->word),
		.filesz = word_at(core, p + l->p_filesz, l->word),
		.memsz = word_at(core, p + l->p_memsz, l->word),
		.off = word_at(core, p + l->p_offset, l->word),
	};
	if (type == PT_DUMP_DELTA && !core->has_delta) {
		core->has_delta = true;
		core->delta_va = seg.vaddr;
		core->delta_pa = seg.paddr;
	}
	if (type != PT_LOAD || (seg.memsz == 0 && seg.filesz == 0))
		return KV_OK;
	if (core->n == 0) {
		core->is_virtual = seg.paddr == (l->word == 8 ? UINT64_MAX : UINT32_MAX);
		core->align = word_at(core, p + l->p_align, l->word);
	}
	enum kv_status s = segment_check(core, img, &seg, err);
	if (s != KV_OK)
		return s;
	core->v[core->n++] = seg;
	return KV_OK;
}

static enum kv_status
segments_read(struct elfcore *core, const struct layout *l, struct image *img, uint64_t phoff,
    uint64_t phnum, struct kv_err *err)
{
	uint64_t at, size;
	if (!u64_add(core->base, phoff, &at) || !u64_mul(phnum, l->phdr, &size) || at > img->size ||
	    img->size - at < size)
		return kv_fail(err, KV_EFORMAT, "%s: invalid core: %ju program headers at offset %#jx "
		    "go past the end of the file, which has %#jx bytes", img->name, (uintmax_t)phnum,
		    (uintmax_t)(core->base + phoff), (uintmax_t)img->size);
	if (phnum == 0)
		return kv_fail(err, KV_EFORMAT, "%s: invalid core: it has %ju program headers, wanted "
		    "a PT_LOAD", img->name, (uintmax_t)phnum);
	core->v = calloc((size_t)phnum, sizeof(*core->v));	/* phnum has 32 bits */
	if (core->v == NULL)
		return kv_fail(err, KV_ENOMEM, "%s: %ju program headers: %s", img->name,
		    (uintmax_t)phnum, strerror(ENOMEM));
	for (size_t i = 0; i < phnum; i++, at += l->phdr) {
		uint8_t phdr[PHDR_MAX];
		enum kv_status s = part_read(img, at, phdr, l->phdr, "a program header", err);
		if (s == KV_OK)
			s = segment_take(core, l, img, i, phdr, err);
		if (s != KV_OK)
			return s;
	}
	if (core->n == 0)
		return kv_fail(err, KV_EFORMAT, "%s: invalid core: none of its %ju program headers "
		    "is a PT_LOAD with memory", img->name, (uintmax_t)phnum);
	return KV_OK;
}

enum kv_status
elfcore_read(struct elfcore *core, struct image *img, uint64_t base, struct kv_err *err)
{
	*core = (struct elfcore) { .base = base };
	uint8_t ehdr[EHDR_MAX] = { 0 };
	size_t got;
	/* As much as there is: it tells how much there has to be. */
	(void)image_read(img, base, ehdr, sizeof(ehdr), &got, NULL);
	core->bits = ehdr[EI_CLASS] == 2 ? 64 : 32;
	core->big = ehdr[EI_DATA] == 2;
	const struct layout *l = &layouts[core->bits == 64];
	enum kv_status s = part_read(img, base, ehdr, l->ehdr, "the ELF header", err);
	if (s != KV_OK)
		return s;
	const uint64_t phoff = word_at(core, ehdr + l->phoff, l->word);
	const uint64_t phentsize = word_at(core, ehdr + l->phentsize, 2);
	if (phentsize != l->phdr)
		return kv_fail(err, KV_EFORMAT, "%s: invalid core: e_phentsize at offset %#jx is %ju, "
		    "wanted %u", img->name, (uintmax_t)(base + l->phentsize), (uintmax_t)phentsize,
		    l->phdr);
	uint64_t phnum;
	s = phnum_read(core, l, img, ehdr, &phnum, err);
	if (s == KV_OK)
		s = segments_read(core, l, img, phoff, phnum, err);
	if (s != KV_OK)
		elfcore_fini(core);
	return s;
}

void
elfcore_fini(struct elfcore *core)
{
	free(core->v);
	core->v = NULL;
}

static int
by_paddr(const void *a, const void *b)
{
	const struct elfcore_segment *x = a, *y = b;
	return x->paddr != y->paddr ? u64_compare(x->paddr, y->paddr) :
	    u64_compare(x->number, y->number);
}

static int
by_vaddr(const void *a, const void *b)
{
	const struct elfcore_segment *x = a, *y = b;
	return x->vaddr != y->vaddr ? u64_compare(x->vaddr, y->vaddr) :
	    u64_compare(x->number, y->number);
}

/* Of sorted segments. */
static enum kv_status
overlaps(const struct elfcore *core, const struct image *img, struct kv_err *err)
{
	for (size_t i = 1; i < core->n; i++) {
		const struct elfcore_segment *x = &core->v[i - 1], *y = &core->v[i];
		const uint64_t from = core->is_virtual ? x->vaddr : x->paddr;
		const uint64_t to = core->is_virtual ? y->vaddr : y->paddr;
		if (to - from < x->memsz)
			return kv_fail(err, KV_EFORMAT, "%s: invalid core: program headers %zu and %zu "
			    "overlap: %#jx bytes at %#jx, and %#jx bytes at %#jx", img->name, x->number,
			    y->number, (uintmax_t)x->memsz, (uintmax_t)from, (uintmax_t)y->memsz,
			    (uintmax_t)to);
	}
	return KV_OK;
}

enum kv_status
elfcore_physical(struct elfcore *core, struct image *img, struct format *ram, struct kv_err *err)
{
	qsort(core->v, core->n, sizeof(*core->v), by_paddr);
	enum kv_status s = overlaps(core, img, err);
	if (s == KV_OK)
		s = format_init(ram, core->n, img->size, err);
	for (size_t i = 0; i < core->n && s == KV_OK; i++) {
		const struct elfcore_segment *x = &core->v[i];
		if (x->filesz > 0)
			s = format_add(ram, x->number, x->paddr, x->filesz, core->base + x->off, err);
	}
	return s;
}

static int
by_off(const void *a, const void *b)
{
	const struct elfcore_segment *const *x = a, *const *y = b;
	return u64_compare((*x)->off, (*y)->off);
}

/* The bytes of the file that segments name, each once: several may share them. */
static enum kv_status
offsets_add(const struct elfcore *core, const struct elfcore_segment **v, struct format *ram,
    struct kv_err *err)
{
	enum kv_status s = KV_OK;
	for (size_t i = 0; i < core->n && s == KV_OK;) {
		const struct elfcore_segment *x = v[i];
		uint64_t end = x->off + x->filesz;
		while (++i < core->n && v[i]->off < end)
			if (v[i]->off + v[i]->filesz > end)
				end = v[i]->off + v[i]->filesz;
		if (end > x->off)
			s = format_add(ram, x->number, x->off, end - x->off, core->base + x->off, err);
	}
	return s;
}

enum kv_status
elfcore_virtual(struct elfcore *core, struct image *img, struct format *ram, struct kv_err *err)
{
	qsort(core->v, core->n, sizeof(*core->v), by_vaddr);
	enum kv_status s = overlaps(core, img, err);
	if (s == KV_OK)
		s = format_init(ram, core->n, img->size, err);
	if (s != KV_OK)
		return s;
	const struct elfcore_segment **v = malloc(core->n * sizeof(const struct elfcore_segment *));
	if (v == NULL)
		return kv_fail(err, KV_ENOMEM, "%s: %zu segments: %s", img->name, core->n,
		    strerror(ENOMEM));
	for (size_t i = 0; i < core->n; i++)
		v[i] = &core->v[i];
	qsort(v, core->n, sizeof(const struct elfcore_segment *), by_off);
	s = offsets_add(core, v, ram, err);
	free(v);
	return s;
}
