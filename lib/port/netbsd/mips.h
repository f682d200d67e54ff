/* SPDX-License-Identifier: BSD-2-Clause */
/* What NetBSD/mipsel and NetBSD/mipseb share: all but byte order and machine id. */
#ifndef PORT_NETBSD_MIPS_H
#define PORT_NETBSD_MIPS_H

#include "port/mips.h"

enum kv_status netbsd_mips_decode(struct dump *dump, struct image *img,
    const struct port_kernel *kernel, struct kv_err *err);

#endif
