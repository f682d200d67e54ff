/* SPDX-License-Identifier: BSD-2-Clause */
/* NetBSD on big-endian MIPS. */
#include "port/netbsd/mips.h"

const struct port port_netbsd_mipseb = {
	.os = "netbsd", .machine = "mipseb", .form = "netbsd-kcore",
	.elf_machine = EM_MIPS, .mid = 0x8e,	/* <sys/aout_mids.h>, MIPS: big-endian */
	.orders = NETBSD_BIG, .align = 8,
	.bits = 32, .vabits = 32, .pagesize = 4096,
	.decode = netbsd_mips_decode,
};
