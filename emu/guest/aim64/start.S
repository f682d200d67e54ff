/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Entered at the physical address in real mode, which ignores an address's top bits; on pseries with
 * 32 bits.
 */
	.section .start, "ax"
	.globl	start, translate
start:
#ifdef __LITTLE_ENDIAN__			/* entered as if it were big-endian: instructions backwards */
	.long	0x05009f42			/* bcl	20, 31, .+4 */
	.long	0xa602487d			/* mflr	%r10 */
	.long	0x1c004a39			/* addi	%r10, %r10, 28 */
	.long	0xa600607d			/* mfmsr %r11 */
	.long	0x01006b61			/* ori	%r11, %r11, 1 */
	.long	0xa6035a7d			/* mtsrr0 %r10 */
	.long	0xa6037b7d			/* mtsrr1 %r11 */
	.long	0x2400004c			/* rfid */
#endif
	mfmsr	%r4				/* LE stays */
	li	%r3, 1				/* SF, ME */
	rldicr	%r3, %r3, 63, 0
	ori	%r3, %r3, 0x1000
	rlwimi	%r3, %r4, 0, 31, 31
	mtmsrd	%r3
	isync
	b	begin
#include "ppc_trap.S"

	.text
begin:	address	%r1, stack_top - 64
	address	%r12, kernel_main		/* finds its data from there */
	mtctr	%r12
	bctrl

translate:
	mfmsr	%r3
	ori	%r3, %r3, 0x30			/* IR, DR */
	mtmsrd	%r3
	isync
	blr

#if REGIME_radix
	.globl	hypervisor
hypervisor:				/* (function, argument, ...) */
	.long	0x44000022			/* sc 1 */
	blr
#else
	.globl	load_segments
load_segments:				/* (SDR1, entries, how many) */
	sync
	mtspr	25, %r3
	isync
	slbia
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
	blr
#endif
