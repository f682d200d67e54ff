/* SPDX-License-Identifier: BSD-2-Clause */
/* OpenBSD/powerpc64: <machine/kcore.h> is empty. */
#include "port/port.h"

#define EM_PPC64	21
#define MID_POWERPC64	0xa0	/* <sys/exec.h> */

const struct port port_openbsd_powerpc64 = {
	.os = "openbsd", .machine = "powerpc64", .form = "netbsd-kcore",
	.elf_machine = EM_PPC64, .kernel_bits = 64, .mid = MID_POWERPC64,
	.orders = NETBSD_BIG, .align = 8,
	.undefined = "no kernel writes a dump, and no header is defined",
};
