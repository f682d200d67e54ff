/* SPDX-License-Identifier: BSD-2-Clause */
/* NetBSD/aarch64 and aarch64eb differ in byte order only. */
#ifndef PORT_NETBSD_AARCH64_H
#define PORT_NETBSD_AARCH64_H

#include "port/port.h"

/* As struct port's decode. */
enum kv_status netbsd_aarch64_decode(struct dump *dump, struct image *img,
    const struct port_kernel *kernel, struct kv_err *err);

#define AARCH64_COMMON \
	.os = "netbsd", .form = "netbsd-kcore", \
	.elf_machine = 183, .kernel_bits = 64, .mid = 0xb7, .align = 16, \
	.bits = 64, .pagesize = 4096, \
	.decode = netbsd_aarch64_decode

#endif
