/* SPDX-License-Identifier: BSD-2-Clause */
/* OpenBSD/macppc.  Its header names two page tables, but its kernel never writes one. */
#include "port/port.h"

#define EM_PPC		20
#define MID_POWERPC	0x95	/* <sys/exec.h>; NetBSD's, too */

const struct port port_openbsd_powerpc = {
	.os = "openbsd", .machine = "powerpc", .form = "netbsd-kcore",
	.elf_machine = EM_PPC, .kernel_bits = 32, .mid = MID_POWERPC,
	.orders = NETBSD_BIG, .align = 8,
	.undefined = "no kernel writes a dump, and the header has neither segment registers nor BATs",
};
