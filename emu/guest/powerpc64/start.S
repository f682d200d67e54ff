/* SPDX-License-Identifier: BSD-2-Clause */
/* Real mode with 64-bit addresses, at the physical address, which is the linked one. */
	.section .start, "ax"
	.globl	start, switch_tables
start:	b	begin
#include "ppc_trap.S"

	.text
begin:	address	%r1, stack_top - 64
	li	%r3, 1				/* SF, ME */
	rldicr	%r3, %r3, 63, 0
	ori	%r3, %r3, 0x1000
	mtmsrd	%r3
	isync
	address	%r2, .TOC.
	bl	kernel_main
	nop

switch_tables:
	sync
	mtspr	25, %r3
	isync
	slbia
	li	%r5, 16
	mtctr	%r5
1:	ld	%r5, 0(%r4)
	ld	%r6, 8(%r4)
	slbmte	%r6, %r5
	addi	%r4, %r4, 16
	bdnz	1b
	isync
	li	%r3, 256			/* classes of the TLB */
	mtctr	%r3
	li	%r3, 0
2:	tlbiel	%r3
	addi	%r3, %r3, 0x1000
	bdnz	2b
	sync
	mfmsr	%r3
	ori	%r3, %r3, 0x30
	mtmsrd	%r3
	isync
	blr
