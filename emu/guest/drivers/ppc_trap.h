/* SPDX-License-Identifier: BSD-2-Clause */
/* What ppc_trap.S saves. */
#ifndef PPC_TRAP_H
#define PPC_TRAP_H

#include "kernel.h"

struct frame {
	unsigned long r[32], srr0, srr1, dar, dsisr, lr, ctr, cr, xer, vector;
};
void	trap(struct frame *);
extern const char vector_code[];

/* Vectors from 0x100 to the end of their page frames. */
static inline void
install_vectors(uintptr_t low)
{
	for (unsigned at = 0x100; at < 0x3000; at += 0x80)
		memcpy((char *)(low + at), vector_code, 28);
}

#endif
