/* SPDX-License-Identifier: BSD-2-Clause */
/* NetBSD/powerpc and powerpc64: the RAM segments that end their cpu data. */
#ifndef PORT_NETBSD_POWERPC_H
#define PORT_NETBSD_POWERPC_H

#include "port/port.h"

#define POWERPC_PAGE	4096u

/* Whether the segments from off on (to a size of 0 or the end of the data) ascend. */
bool netbsd_powerpc_segments_ascend(const struct view *cpu, uint64_t off);

/* Fills dump->ram from them.  KV_EFORMAT if there is none. */
enum kv_status netbsd_powerpc_segments(struct dump *dump, struct image *img, uint64_t off,
    struct kv_err *err);

#endif
