/* SPDX-License-Identifier: BSD-2-Clause */
/* A handle for what lib/api makes of translations, without a dump: its memory and ranges are given. */
#ifndef UNIT_HANDLE_H
#define UNIT_HANDLE_H

#include "api/handle.h"
#include "port/port.h"
#include "unit.h"

/* len bytes of memory from pa on lie at off of the image. */
struct handle_extent {
	paddr_t pa;
	uint64_t len, off;
};

static inline void
handle_make(struct __kvm *kd, const uint8_t *image, size_t size, const struct handle_extent *extents,
    size_t n, struct as_range *as, unsigned nas)
{
	const char *regimes;
	*kd = (struct __kvm) { .caching = true };
	CHECK_EQ("handle", "image", image_open_mem(&kd->img, "image", image, size, NULL), KV_OK);
	CHECK_EQ("handle", "memory", format_init(&kd->dump.ram, n, size, NULL), KV_OK);
	for (size_t i = 0; i < n; i++)
		CHECK_EQ("handle", "memory", format_add(&kd->dump.ram, i, extents[i].pa, extents[i].len,
		    extents[i].off, NULL), KV_OK);
	kd->dump.mem = (struct memory) { .img = &kd->img, .fmt = &kd->dump.ram };
	kd->dump.port = port_at(0, &regimes);
	kd->dump.bits = 64;
	kd->dump.pagesize = 4096;
	kd->dump.as = as;
	kd->dump.nas = nas;
}

static inline void
handle_close(struct __kvm *kd)
{
	cache_free(kd->cache);
	format_fini(&kd->dump.ram);
	image_close(&kd->img);
}

#endif
