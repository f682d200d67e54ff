/* SPDX-License-Identifier: BSD-2-Clause */
/* ARM's PL011 UART, polled. */
#include "kernel.h"

#define DR	0x00
#define FR	0x18
#define FR_TXFF	0x20

void
console_put(char c)
{
	while (le32(*(volatile uint32_t *)(device_va(CONSOLE_PA) + FR)) & FR_TXFF)
		continue;
	*(volatile uint32_t *)(device_va(CONSOLE_PA) + DR) = le32((uint8_t)c);
}
