/* SPDX-License-Identifier: BSD-2-Clause */
/* What NetBSD/riscv32 and riscv64 share: the cpu data, in words of either size. */
#ifndef PORT_NETBSD_RISCV_H
#define PORT_NETBSD_RISCV_H

#include "port/port.h"

/* As struct port's hooks, for each word size. */
bool netbsd_riscv_probe(const struct netbsd_kcore *kcore, unsigned xlen);
enum kv_status netbsd_riscv_decode(struct dump *dump, struct image *img, unsigned xlen,
    struct kv_err *err);

#define RISCV_COMMON \
	.os = "netbsd", .form = "netbsd-kcore", \
	.elf_machine = 243, .mid = 0xb9, \
	.orders = NETBSD_LITTLE, .align = 16, .pagesize = 4096

#endif
