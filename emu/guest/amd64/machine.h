/* SPDX-License-Identifier: BSD-2-Clause */
/* What the amd64 files share. */
#ifndef MACHINE_H
#define MACHINE_H

#include "kernel.h"

#define KERNBASE	UINT64_C(0xffffffff80000000)
#define DIRECT		UINT64_C(0xffffa08040200000)	/* aligned to 2 MiB, not to a slot */
#define MAIN		UINT64_C(0xffff800000100000)
#define HOLE		UINT64_C(0xffff8000c0000000)	/* 1 GiB with nothing in it */

void	trap_init(void);

#define PORT_IO(bits, suffix)								\
static inline void									\
out##bits(uint16_t port, uint##bits##_t value)						\
{											\
	__asm__ volatile("out" suffix " %0, %1" : : "a"(value), "Nd"(port) : "memory");	\
}											\
static inline uint##bits##_t								\
in##bits(uint16_t port)									\
{											\
	uint##bits##_t value;								\
											\
	__asm__ volatile("in" suffix " %1, %0" : "=a"(value) : "Nd"(port) : "memory");	\
	return value;									\
}
PORT_IO(8, "b")
PORT_IO(16, "w")
PORT_IO(32, "l")

#endif
