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
uint64_t machine_pa(const void *);	/* of an image or direct-map address */

static inline void
out8(uint16_t port, uint8_t value)
{
	__asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port));
}

static inline void
out16(uint16_t port, uint16_t value)
{
	__asm__ volatile("outw %0, %1" : : "a"(value), "Nd"(port));
}

static inline void
out32(uint16_t port, uint32_t value)
{
	__asm__ volatile("outl %0, %1" : : "a"(value), "Nd"(port));
}

static inline uint8_t
in8(uint16_t port)
{
	uint8_t value;

	__asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
	return value;
}

static inline uint16_t
in16(uint16_t port)
{
	uint16_t value;

	__asm__ volatile("inw %1, %0" : "=a"(value) : "Nd"(port));
	return value;
}

static inline uint32_t
in32(uint16_t port)
{
	uint32_t value;

	__asm__ volatile("inl %1, %0" : "=a"(value) : "Nd"(port));
	return value;
}

#endif
