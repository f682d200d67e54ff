/* SPDX-License-Identifier: BSD-2-Clause */
/* Where no UART is easy: a piece of RAM outside of all clusters: length, then text; the harness looks. */
#include "kernel.h"

static bool begun;

void
console_put(char c)
{
	volatile uint32_t *length = (volatile uint32_t *)device_va(CONSOLE_PA);

	if (!begun)				/* a firmware may have been there */
		*length = 0;
	begun = true;
	((volatile char *)(length + 1))[*length] = c;
	__asm__ volatile("" : : : "memory");
	++*length;
}
