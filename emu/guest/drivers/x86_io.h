/* SPDX-License-Identifier: BSD-2-Clause */
/* A PC's I/O ports, and its console there. */
#ifndef X86_IO_H
#define X86_IO_H

#include <stdint.h>

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

#define CONSOLE_IN(reg)		in8(0x3f8 + (reg))
#define CONSOLE_OUT(reg, v)	out8(0x3f8 + (reg), (v))

#endif
