/* SPDX-License-Identifier: BSD-2-Clause */
/* NetBSD/or1k.  Its <machine/kcore.h> has eight words without a meaning; there is no kernel. */
#include "port/port.h"

#define EM_OR1K		92
#define MID_OR1K	0xb8	/* <sys/exec_aout.h> */

const struct port port_netbsd_or1k = {
	.os = "netbsd", .machine = "or1k", .form = "netbsd-kcore",
	.elf_machine = EM_OR1K, .kernel_bits = 32, .mid = MID_OR1K,
	.orders = NETBSD_BIG, .align = 4,
	.undefined = "there is no kernel, and the header's words have no meaning",
};
