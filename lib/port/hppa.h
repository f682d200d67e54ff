/* SPDX-License-Identifier: BSD-2-Clause */
/* hppa: what NetBSD and OpenBSD have in common. */
#ifndef PORT_HPPA_H
#define PORT_HPPA_H

#include "port/port.h"

enum kv_status hppa_decode(struct dump *dump, struct image *img, const struct port_kernel *kernel,
    struct kv_err *err);

#define EM_PARISC	15
#define HPPA_PAGE	4096u

#define HPPA_COMMON \
	.machine = "hppa", .form = "netbsd-kcore", \
	.elf_machine = EM_PARISC, .kernel_bits = 32, \
	.orders = NETBSD_BIG, .align = 8, \
	.bits = 32, .vabits = 32, .pagesize = HPPA_PAGE, \
	.decode = hppa_decode

#endif
