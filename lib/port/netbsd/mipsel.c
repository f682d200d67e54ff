/* SPDX-License-Identifier: BSD-2-Clause */
/* NetBSD on little-endian MIPS. */
#include "port/netbsd/mips.h"

const struct port port_netbsd_mipsel = {
	.os = "netbsd", .machine = "mipsel", .form = "netbsd-kcore",
	.elf_machine = EM_MIPS, .mid = 0x8b,	/* <sys/aout_mids.h>, PMAX: little-endian MIPS */
	.orders = NETBSD_LITTLE, .align = 8,
	.bits = 32, .vabits = 32, .pagesize = 4096,
	.decode = netbsd_mips_decode,
};
