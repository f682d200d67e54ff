/* SPDX-License-Identifier: BSD-2-Clause */
/* NetBSD and OpenBSD share amd64's machine id and cpu data. */
#ifndef PORT_AMD64_H
#define PORT_AMD64_H

#include "port/port.h"

/* Fills ram and root from the cpu data. */
enum kv_status amd64_header(struct dump *dump, struct image *img, struct kv_err *err);

/* Which system a dump's own content tells. */
enum amd64_system { AMD64_EITHER, AMD64_NETBSD, AMD64_OPENBSD };
enum amd64_system amd64_system(const struct netbsd_kcore *kcore, struct image *img);

#define AMD64_COMMON \
	.machine = "amd64", .form = "netbsd-kcore", \
	.elf_machine = 62, .kernel_bits = 64, .mid = 0x9d, \
	.orders = NETBSD_LITTLE, .align = 8, \
	.bits = 64, .vabits = 48, .pagesize = 4096

#endif
