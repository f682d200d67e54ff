/* SPDX-License-Identifier: BSD-2-Clause */
/* Real mode with 64-bit addresses, at the physical address, which is the linked one. */
#define MSR_SF	0x8000000000000000
	.macro	address reg, symbol
	lis	\reg, \symbol@ha
	addi	\reg, \reg, \symbol@l
	.endm

	.section .start, "ax"
	.globl	start, machine_try, machine_code, switch_tables, vector_code
start:	address	%r1, stack_top - 64
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

machine_try:
	cmpwi	%r4, 1
	beq	4f
	bgt	5f
	lbz	%r5, 0(%r3)
	blr
4:	lbz	%r5, 0(%r3)
	stb	%r5, 0(%r3)
	blr
5:	mtctr	%r3
	bctr
	.balign	16
machine_code:
	blr

vector_code:				/* real mode: LR then tells the vector */
	mtsprg	1, %r31
	mflr	%r31
	mtsprg	2, %r31
	address	%r31, trap_all
	mtlr	%r31
	blrl
trap_all:
	addi	%r31, %r1, -1024
	.irp	r, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30
	std	%r\r, 8 * \r(%r31)
	.endr
	mfsprg	%r4, 1
	std	%r4, 248(%r31)
	mfsrr0	%r4
	mfsrr1	%r5
	mfdar	%r6
	mfdsisr	%r7
	mfsprg	%r8, 2
	mfctr	%r9
	mfcr	%r10
	mfxer	%r11
	mflr	%r12
	.set	i, 256
	.irp	r, 4,5,6,7,8,9,10,11,12
	std	%r\r, i(%r31)
	.set	i, i + 8
	.endr
	addi	%r1, %r31, -128
	mfmsr	%r3
	ori	%r3, %r3, 0x30
	mtmsrd	%r3
	isync
	mr	%r3, %r31
	bl	trap
	nop
	mfmsr	%r3
	xori	%r3, %r3, 0x30
	mtmsrd	%r3
	isync
	ld	%r4, 256(%r31)
	ld	%r5, 264(%r31)
	ld	%r8, 288(%r31)
	ld	%r9, 296(%r31)
	ld	%r10, 304(%r31)
	ld	%r11, 312(%r31)
	mtsrr0	%r4
	mtsrr1	%r5
	mtlr	%r8
	mtctr	%r9
	mtcr	%r10
	mtxer	%r11
	addi	%r1, %r31, 1024
	.irp	r, 0,2,3,4,5,6,7,8,9,10,11,12
	ld	%r\r, 8 * \r(%r31)
	.endr
	ld	%r31, 248(%r31)
	rfid

	.bss
	.balign	16
	.skip	16384
stack_top:
