/* SPDX-License-Identifier: BSD-2-Clause */
#include "port/hppa.h"

#define MID_HPPA	0x9a	/* <sys/exec_aout.h> */

const struct port port_netbsd_hppa = { .os = "netbsd", .mid = MID_HPPA, HPPA_COMMON };
