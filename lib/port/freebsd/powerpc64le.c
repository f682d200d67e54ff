/* SPDX-License-Identifier: BSD-2-Clause */
/* FreeBSD/powerpc64le. */
#include "port/freebsd/powerpc64.h"

const struct port port_freebsd_powerpc64le = {
	FREEBSD_POWERPC64_COMMON, .machine = "powerpc64le", .orders = NETBSD_LITTLE,
};
