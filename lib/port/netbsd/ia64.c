/* SPDX-License-Identifier: BSD-2-Clause */
/* NetBSD/ia64.  Its kernel writes no dump, and it has no <machine/kcore.h>. */
#include "port/port.h"

#define EM_IA_64	50
#define MID_IA64	0x9f	/* <sys/exec_aout.h>; OpenBSD/arm64's, too */

const struct port port_netbsd_ia64 = {
	.os = "netbsd", .machine = "ia64", .form = "netbsd-kcore",
	.elf_machine = EM_IA_64, .kernel_bits = 64, .mid = MID_IA64,
	.orders = NETBSD_LITTLE, .align = 16,
	.undefined = "no kernel writes a dump, and no header is defined",
};
