/* SPDX-License-Identifier: BSD-2-Clause */
/* What the headers of NetBSD/powerpc and powerpc64 share. */
#ifndef PORT_NETBSD_POWERPC_H
#define PORT_NETBSD_POWERPC_H

#include "port/port.h"

/* RAM segments from off on: an entry of size 0, or the end of the cpu data, ends them. */
enum kv_status powerpc_segments(struct dump *dump, struct image *img, uint64_t off,
    struct kv_err *err);

#endif
