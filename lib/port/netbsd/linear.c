/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Images that are not packed: memory from physical address 0 on, as far as it was written.
 * The low 32 bits of its size are the DATA segment's c_size; a dump device has none, and then it
 * is all that is there.
 */
#include "port/port.h"

enum kv_status
netbsd_linear(struct dump *dump, struct image *img, uint64_t skip, struct kv_err *err)
{
	const struct netbsd_kcore *kc = &dump->kcore;
	uint64_t off, size = kc->data_size;
	if (!u64_add(kc->mem_off, skip, &off))
		return kv_fail(err, KV_EFORMAT, "%s: memory begins at %#jx + %#jx, past 2^64",
		    img->name, (uintmax_t)kc->mem_off, (uintmax_t)skip);
	const uint64_t there = img->size - u64_min(off, img->size);
	dump->open_end = size == 0;
	if (size == 0)
		size = there;
	else	/* rounded up: a file may end early, but holds nothing else */
		size += (u64_max(size, there) - size + UINT32_MAX) >> 32 << 32;
	enum kv_status s = format_init(&dump->ram, 1, img->size, err);
	if (s == KV_OK && size > 0)
		s = format_add(&dump->ram, 0, 0, size, off, err);
	return s;
}
