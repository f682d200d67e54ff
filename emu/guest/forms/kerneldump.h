/* SPDX-License-Identifier: BSD-2-Clause */
/* A dump between two headers at the end of the disk: sys/sys/kerneldump.h. */
#ifndef KERNELDUMP_H
#define KERNELDUMP_H

#include "kernel.h"

void	kerneldump_begin(uint64_t length);	/* opens the disk; the leading header */
void	kerneldump_end(void);			/* the trailing one */

#endif
