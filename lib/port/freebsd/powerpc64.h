/* SPDX-License-Identifier: BSD-2-Clause */
/* FreeBSD/powerpc64 and powerpc64le: one header, in either byte order. */
#ifndef PORT_FREEBSD_POWERPC64_H
#define PORT_FREEBSD_POWERPC64_H

#include "port/freebsd/full.h"

enum kv_status freebsd_powerpc64_minidump(struct dump *dump, struct image *img,
    const struct port_kernel *kernel, struct kv_err *err);

#define FREEBSD_POWERPC64_COMMON \
	.os = "freebsd", .form = "freebsd-minidump elf-virtual", \
	.elf_machine = 21, .kernel_bits = 64, \
	.bits = 64, .vabits = 64, .pagesize = 4096, \
	.minidump_magic = "minidump FreeBSD/powerpc64", \
	.decode_minidump = freebsd_powerpc64_minidump, .decode_elf = freebsd_powerpc_elf

#endif
