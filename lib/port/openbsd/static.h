/* SPDX-License-Identifier: BSD-2-Clause */
/* OpenBSD/arm, arm64 and riscv64: the header that tells the kernel's static part only. */
#ifndef PORT_OPENBSD_STATIC_H
#define PORT_OPENBSD_STATIC_H

#include "port/port.h"

/* As struct port's hooks; the header's words have the port's bits. */
bool openbsd_static_probe(const struct netbsd_kcore *kcore, struct image *img, unsigned bits);
enum kv_status openbsd_static_decode(struct dump *dump, struct image *img,
    const struct port_kernel *kernel, struct kv_err *err);

#endif
