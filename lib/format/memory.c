/* SPDX-License-Identifier: BSD-2-Clause */
/* Physical memory of an image, as page-table walkers read it. */
#include "format/format.h"

enum kv_status
memory_lacks(const struct memory *mem, const struct place *place, paddr_t pa, struct kv_err *err)
{
	if (place->kind == PLACE_TRUNC)
		return kv_fail(err, KV_ETRUNC, "%s: physical address %#jx lies at offset %#jx, "
		    "but the file is truncated: it has %#jx bytes", mem->img->name,
		    (uintmax_t)pa, (uintmax_t)(place->off + (pa - place->first)),
		    (uintmax_t)mem->img->size);
	if (mem->fmt->bitmap != NULL)
		return kv_fail(err, KV_EABSENT, "%s: physical address %#jx is not in the dump: the "
		    "bitmap has no page from %#jx to %#jx", mem->img->name, (uintmax_t)pa,
		    (uintmax_t)place->first, (uintmax_t)place->last);
	return kv_fail(err, KV_EABSENT, "%s: physical address %#jx is not in the dump: no memory "
	    "segment holds %#jx to %#jx", mem->img->name, (uintmax_t)pa, (uintmax_t)place->first,
	    (uintmax_t)place->last);
}

/* Finds where a virtual pointer leads: *at becomes the place, *left the bytes after the first. */
static enum kv_status
memory_virt(struct memory *mem, struct kv_loc *at, uint64_t *left, struct kv_err *err)
{
	if (mem->virt == NULL)
		return kv_fail(err, KV_EUNSUP, "%s: page tables behind virtual addresses are not "
		    "supported", mem->img->name);
	if (mem->depth == MEMORY_DEPTH)
		return kv_fail(err, KV_EFORMAT, "%s: page tables behind the virtual address %#jx "
		    "need page tables behind virtual addresses: gave up after %d",
		    mem->img->name, (uintmax_t)at->addr, MEMORY_DEPTH);
	struct kv_run run;
	vaddr_t va = at->addr;
	mem->depth++;
	enum kv_status s = mem->virt(mem->virt_arg, va, &run, err);
	mem->depth--;
	if (s != KV_OK)
		return s == KV_EUNMAPPED ? KV_EABSENT : s;	/* a table is missing: unknown */
	if (run.at.space == KV_VIRT)
		return kv_fail(err, KV_EFORMAT, "%s: the virtual address %#jx leads to another",
		    mem->img->name, (uintmax_t)va);
	*at = run.at;
	at->addr += va - run.first;
	*left = run.last - va;
	return KV_OK;
}

static enum kv_status
memory_blob(const struct memory *mem, uint64_t off, size_t len, const uint8_t **ret,
    size_t *got, struct kv_err *err)
{
	if (!view_has(&mem->blob, off, len))
		return kv_fail(err, KV_EFORMAT, "%s: %zu bytes at offset %#jx of the cpu data, "
		    "which has %#zx", mem->img->name, len, (uintmax_t)off, mem->blob.len);
	*ret = mem->blob.p + off;
	*got = mem->blob.len - (size_t)off;
	return KV_OK;
}

enum kv_status
memory_read(void *arg, struct kv_loc at, size_t len, const uint8_t **ret, size_t *got,
    struct kv_err *err)
{
	struct memory *mem = arg;
	uint64_t left = UINT64_MAX;	/* bytes after the first that are one stretch */
	const uint64_t rest = u64_max(len, 1) - 1;	/* and how many are wanted */
	if (at.space == KV_VIRT) {
		enum kv_status s = memory_virt(mem, &at, &left, err);
		if (s != KV_OK)
			return s;
		if (left < rest)
			return kv_fail(err, KV_EABSENT, "%s: %zu bytes of page tables lie across the "
			    "end of a page at %#jx", mem->img->name, len,
			    (uintmax_t)(at.addr + left));
	}
	enum kv_status s;
	uint64_t off = at.addr;
	paddr_t first = at.addr, last = UINT64_MAX;
	if (at.space == KV_PHYS && format_clip(mem->fmt, at.addr, &first, &last, &off) &&
	    last - at.addr >= rest) {
		/* The usual case; how far the stretch really goes is dearer to tell. */
		left = u64_min(left, last - at.addr);
	} else if (at.space == KV_PHYS) {
		struct place place;
		format_locate(mem->fmt, at.addr, &place);
		if (place.kind != PLACE_FILE)
			return memory_lacks(mem, &place, at.addr, err);
		off = place.off + (at.addr - place.first);
		left = u64_min(left, place.last - at.addr);
		if (left < rest) {
			paddr_t next = place.last + 1;
			format_locate(mem->fmt, next, &place);
			if (place.kind != PLACE_FILE)
				return memory_lacks(mem, &place, next, err);
			return kv_fail(err, KV_EABSENT, "%s: %zu bytes at physical address %#jx "
			    "lie across the end of a memory segment at %#jx", mem->img->name,
			    len, (uintmax_t)at.addr, (uintmax_t)next);
		}
	}
	if (at.space == KV_BLOB)
		s = memory_blob(mem, off, len, ret, got, err);
	else
		s = image_get(mem->img, off, len, ret, got, err);
	if (s != KV_OK)
		return s;
	if (*got < len)
		return kv_fail(err, KV_ETRUNC, "%s: %zu bytes wanted at offset %#jx, but the file "
		    "is truncated: it has %#jx bytes", mem->img->name, len, (uintmax_t)off,
		    (uintmax_t)mem->img->size);
	*got = (size_t)u64_min(*got - 1, left) + 1;
	return KV_OK;
}
