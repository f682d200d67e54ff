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
	return kv_fail(err, KV_EABSENT, "%s: physical address %#jx is not in the dump: no memory "
	    "segment holds %#jx to %#jx", mem->img->name, (uintmax_t)pa, (uintmax_t)place->first,
	    (uintmax_t)place->last);
}

enum kv_status
memory_read(void *arg, struct kv_loc at, size_t len, const uint8_t **ret, size_t *got,
    struct kv_err *err)
{
	struct memory *mem = arg;
	uint64_t off = at.addr, avail_less_1 = UINT64_MAX;
	if (at.space == KV_PHYS) {
		struct place place;
		format_locate(mem->fmt, at.addr, &place);
		if (place.kind != PLACE_FILE)
			return memory_lacks(mem, &place, at.addr, err);
		off = place.off + (at.addr - place.first);
		avail_less_1 = place.last - at.addr;
		if (len > 0 && avail_less_1 < len - 1) {
			paddr_t next = place.last + 1;
			format_locate(mem->fmt, next, &place);
			if (place.kind != PLACE_FILE)
				return memory_lacks(mem, &place, next, err);
			return kv_fail(err, KV_EABSENT, "%s: %zu bytes at physical address %#jx "
			    "lie across the end of a memory segment at %#jx", mem->img->name,
			    len, (uintmax_t)at.addr, (uintmax_t)next);
		}
	} else if (at.space != KV_FILE) {
		return kv_fail(err, KV_EUNSUP, "%s: page tables in address space %d are not "
		    "supported", mem->img->name, (int)at.space);
	}
	enum kv_status s = image_get(mem->img, off, len, ret, got, err);
	if (s != KV_OK)
		return s;
	if (*got < len)
		return kv_fail(err, KV_ETRUNC, "%s: %zu bytes wanted at offset %#jx, but the file "
		    "is truncated: it has %#jx bytes", mem->img->name, len, (uintmax_t)off,
		    (uintmax_t)mem->img->size);
	if (*got - 1 > avail_less_1)
		*got = (size_t)avail_less_1 + 1;
	return KV_OK;
}
