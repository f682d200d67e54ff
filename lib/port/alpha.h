/* SPDX-License-Identifier: BSD-2-Clause */
/* NetBSD and OpenBSD share alpha's cpu data and address space. */
#ifndef PORT_ALPHA_H
#define PORT_ALPHA_H

#include "port/port.h"

/* As struct port's decode. */
enum kv_status alpha_decode(struct dump *dump, struct image *img, const struct port_kernel *kernel,
    struct kv_err *err);

#define ALPHA_COMMON \
	.machine = "alpha", .form = "netbsd-kcore", \
	.elf_machine = 0x9026, .kernel_bits = 64, .mid = 0x8d, \
	.orders = NETBSD_LITTLE, .align = 8, \
	.bits = 64, .vabits = 43, .pagesize = 8192, \
	.decode = alpha_decode

#endif
