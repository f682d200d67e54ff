/* SPDX-License-Identifier: BSD-2-Clause */
#include "port/hppa.h"

#define MID_HPUX800	0x20b	/* <sys/exec.h> */

const struct port port_openbsd_hppa = { .os = "openbsd", .mid = MID_HPUX800, HPPA_COMMON };
