/* SPDX-License-Identifier: BSD-2-Clause */
/* Real mode, at the physical address, which is the linked one; BATs stay as they are set here. */
#include "machine.h"

	.macro	bat upper, lower, high, low
	lis	%r3, \high@h
	ori	%r3, %r3, \high@l
	lis	%r4, \low@h
	ori	%r4, %r4, \low@l
	mtspr	\upper, %r3
	mtspr	\lower, %r4
	.endm
#define BAT(u, l, ...)	bat u, l, __VA_ARGS__

	.section .start, "ax"
	.globl	start, machine_try, machine_code, set_segment, flush_tlb, vector_code
start:	li	%r3, 0
	mtmsr	%r3
	isync
	BAT(536, 537, DBAT0)
	BAT(538, 539, DBAT1)
	BAT(540, 541, DBAT2)
	BAT(542, 543, DBAT3)
	BAT(528, 529, IBAT0)
	BAT(530, 531, IBAT1)
	BAT(532, 533, IBAT2)
	BAT(534, 535, IBAT3)
	lis	%r1, (stack_top - 64)@ha
	addi	%r1, %r1, (stack_top - 64)@l
	li	%r3, 0x1030			/* ME, IR, DR */
	sync
	mtmsr	%r3
	isync
	bl	kernel_main

set_segment:
	mtsrin	%r4, %r3
	isync
	blr

flush_tlb:				/* 64 classes */
	li	%r3, 64
	mtctr	%r3
	li	%r3, 0
1:	tlbie	%r3
	addi	%r3, %r3, 0x1000
	bdnz	1b
	sync
	isync
	blr

machine_try:
	cmpwi	%r4, 1
	beq	2f
	bgt	3f
	lbz	%r5, 0(%r3)
	blr
2:	lbz	%r5, 0(%r3)
	stb	%r5, 0(%r3)
	blr
3:	mtctr	%r3
	bctr
	.balign	16
machine_code:
	blr

vector_code:				/* real mode: LR then tells the vector */
	mtsprg	1, %r31
	mflr	%r31
	mtsprg	2, %r31
	bla	trap_all
	nop
trap_all:
	addi	%r31, %r1, -512
	stmw	%r0, 0(%r31)
	mfsprg	%r4, 1
	stw	%r4, 124(%r31)
	mfsrr0	%r4
	mfsrr1	%r5
	mfdar	%r6
	mfdsisr	%r7
	mfsprg	%r8, 2
	mfctr	%r9
	mfcr	%r10
	mfxer	%r11
	mflr	%r12
	stw	%r4, 128(%r31)
	stw	%r5, 132(%r31)
	stw	%r6, 136(%r31)
	stw	%r7, 140(%r31)
	stw	%r8, 144(%r31)
	stw	%r9, 148(%r31)
	stw	%r10, 152(%r31)
	stw	%r11, 156(%r31)
	stw	%r12, 160(%r31)
	addi	%r1, %r31, -64
	li	%r3, 0x1030
	mtmsr	%r3
	isync
	mr	%r3, %r31
	bl	trap
	li	%r3, 0x1000
	mtmsr	%r3
	isync
	lwz	%r4, 128(%r31)
	lwz	%r5, 132(%r31)
	lwz	%r8, 144(%r31)
	lwz	%r9, 148(%r31)
	lwz	%r10, 152(%r31)
	lwz	%r11, 156(%r31)
	mtsrr0	%r4
	mtsrr1	%r5
	mtlr	%r8
	mtctr	%r9
	mtcr	%r10
	mtxer	%r11
	lwz	%r0, 0(%r31)
	addi	%r1, %r31, 512
	.irp	r, 2,3,4,5,6,7,8,9,10,11,12
	lwz	%r\r, 4 * \r(%r31)
	.endr
	lwz	%r31, 124(%r31)
	rfi

	.bss
	.balign	16
	.skip	16384
stack_top:
