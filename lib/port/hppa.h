/* SPDX-License-Identifier: BSD-2-Clause */
/* NetBSD/hppa and OpenBSD/hppa: the machine ids differ, the dumps do not. */
#ifndef PORT_HPPA_H
#define PORT_HPPA_H

#include "port/port.h"

enum kv_status hppa_decode(struct dump *dump, struct image *img, const struct port_kernel *kernel,
    struct kv_err *err);

#define HPPA_COMMON						\
	.machine = "hppa", .form = "netbsd-kcore",		\
	.elf_machine = 15, .kernel_bits = 32,			\
	.orders = NETBSD_BIG, .align = 8,			\
	.bits = 32, .vabits = 32, .pagesize = 4096,		\
	.decode = hppa_decode

#endif
