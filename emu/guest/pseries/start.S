/* SPDX-License-Identifier: BSD-2-Clause */
/* Entered at the physical address in real mode with 32 bits; real mode ignores an address's top bits. */
	.section .start, "ax"
	.globl	start, switch_tables, hypervisor
start:	li	%r3, 1				/* SF, ME */
	rldicr	%r3, %r3, 63, 0
	ori	%r3, %r3, 0x1000
	mtmsrd	%r3
	isync
	b	begin
#include "ppc_trap.S"

	.text
begin:	address	%r1, stack_top - 64
	address	%r12, kernel_main		/* finds its data from there */
	mtctr	%r12
	bctrl

hypervisor:				/* (function, argument, ...) */
	.long	0x44000022			/* sc 1 */
	blr

switch_tables:
	mfmsr	%r3
	ori	%r3, %r3, 0x30			/* IR, DR */
	mtmsrd	%r3
	isync
	blr
