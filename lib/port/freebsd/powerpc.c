/* SPDX-License-Identifier: BSD-2-Clause */
/* FreeBSD/powerpc, 32 bits: it writes no minidumps. */
#include "port/freebsd/full.h"

const struct port port_freebsd_powerpc = {
	.os = "freebsd", .machine = "powerpc", .form = "elf-virtual",
	.elf_machine = 20, .kernel_bits = 32, .orders = NETBSD_BIG,
	.bits = 32, .vabits = 32, .pagesize = 4096,
	.decode_elf = freebsd_powerpc_elf,
};
