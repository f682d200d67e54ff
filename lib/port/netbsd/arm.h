/* SPDX-License-Identifier: BSD-2-Clause */
/* What NetBSD/arm and NetBSD/armeb share: all but the byte order. */
#ifndef PORT_NETBSD_ARM_H
#define PORT_NETBSD_ARM_H

#include "port/port.h"

#define EM_ARM	40
#define MID_ARM6	0x8f	/* <sys/aout_mids.h>; both byte orders */

bool netbsd_arm_probe(const struct netbsd_kcore *kcore, struct image *img);
enum kv_status netbsd_arm_decode(struct dump *dump, struct image *img,
    const struct port_kernel *kernel, struct kv_err *err);

#endif
