/* SPDX-License-Identifier: BSD-2-Clause */
/* NetBSD/sh3.  Its dumpsys() is empty, and it has no <machine/kcore.h>. */
#include "port/port.h"

#define EM_SH	42
#define MID_SH3	0x91	/* <sys/exec_aout.h>; OpenBSD's, too */

const struct port port_netbsd_sh3 = {
	.os = "netbsd", .machine = "sh3", .form = "netbsd-kcore",
	.elf_machine = EM_SH, .kernel_bits = 32, .mid = MID_SH3,
	.orders = NETBSD_LITTLE | NETBSD_BIG, .align = 4,
	.undefined = "no kernel writes a dump, and no header is defined",
};
