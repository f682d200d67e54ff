/* SPDX-License-Identifier: BSD-2-Clause */
/* The Goldfish serial line: a word written to its first register is a character. */
#include "kernel.h"

void
console_put(char c)
{
	*(volatile uint32_t *)device_va(CONSOLE_PA) = (uint8_t)c;
}
