/* SPDX-License-Identifier: BSD-2-Clause */
/* The 16550 UART, polled; ports of I/O space where machine.h says so. */
#include "kernel.h"

#define DATA	0
#define LSR	5
#define LSR_THRE 0x20

#ifndef CONSOLE_IN
#define CONSOLE_IN(reg)		(*(volatile uint8_t *)(device_va(CONSOLE_PA) + (reg)))
#define CONSOLE_OUT(reg, v)	(*(volatile uint8_t *)(device_va(CONSOLE_PA) + (reg)) = (v))
#endif

void
console_put(char c)
{
	while ((CONSOLE_IN(LSR) & LSR_THRE) == 0)
		continue;
	CONSOLE_OUT(DATA, (uint8_t)c);
}
