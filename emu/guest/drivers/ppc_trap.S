/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * PowerPC of 32 and 64 bits, included by start.S: machine_try, and what each exception vector jumps
 * to.  It saves struct frame below the stack, which real mode finds at its physical address, calls
 * trap(frame) with MSR_ON, and goes on with what trap left there.
 */
#ifdef __powerpc64__
#define BYTES	8
#define STORE	std
#define LOAD	ld
#define RETURN	rfid
#define COMPARE	cmpdi
	.macro	address reg, symbol
	lis	\reg, \symbol@highest
	ori	\reg, \reg, \symbol@higher
	sldi	\reg, \reg, 32
	oris	\reg, \reg, \symbol@high
	ori	\reg, \reg, \symbol@l
	.endm
#else
#define BYTES	4
#define STORE	stw
#define LOAD	lwz
#define RETURN	rfi
#define COMPARE	cmpwi
	.macro	address reg, symbol
	lis	\reg, \symbol@ha
	addi	\reg, \reg, \symbol@l
	.endm
#endif
#define FRAME	(48 * BYTES)

	.globl	machine_try, machine_code, vector_code
machine_try:
	COMPARE	%r4, 1
	beq	1f
	bgt	2f
	lbz	%r5, 0(%r3)
	blr
1:	lbz	%r5, 0(%r3)
	stb	%r5, 0(%r3)
	blr
2:	mtctr	%r3
	bctr
	.balign	16
machine_code:
	blr

vector_code:				/* 28 bytes in real mode; LR then tells the vector */
	mtsprg	1, %r31
	mflr	%r31
	mtsprg	2, %r31
	lis	%r31, (trap_all - KERNEL_VA_MINUS_PA)@ha
	addi	%r31, %r31, (trap_all - KERNEL_VA_MINUS_PA)@l
	mtlr	%r31
	blrl
trap_all:
	addi	%r31, %r1, -FRAME - 288		/* beyond what a leaf function may use */
	.irp	r, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30
	STORE	%r\r, BYTES * \r(%r31)
	.endr
	mfsprg	%r4, 1
	STORE	%r4, 31 * BYTES(%r31)
	mfsrr0	%r4
	mfsrr1	%r5
	mfdar	%r6
	mfdsisr	%r7
	mfsprg	%r8, 2
	mfctr	%r9
	mfcr	%r10
	mfxer	%r11
	mflr	%r12
	.set	i, 32
	.irp	r, 4,5,6,7,8,9,10,11,12
	STORE	%r\r, i * BYTES(%r31)
	.set	i, i + 1
	.endr
	addi	%r1, %r31, -16 * BYTES
	address	%r3, trap_mapped
	mtsrr0	%r3
	mfmsr	%r3
	ori	%r3, %r3, 0x30			/* IR, DR */
	mtsrr1	%r3
	RETURN
trap_mapped:
	mr	%r3, %r31
	bl	trap
	nop
	LOAD	%r4, 32 * BYTES(%r31)
	LOAD	%r5, 33 * BYTES(%r31)
	LOAD	%r8, 36 * BYTES(%r31)
	LOAD	%r9, 37 * BYTES(%r31)
	LOAD	%r10, 38 * BYTES(%r31)
	LOAD	%r11, 39 * BYTES(%r31)
	mtsrr0	%r4
	mtsrr1	%r5
	mtlr	%r8
	mtctr	%r9
	mtcr	%r10
	mtxer	%r11
	addi	%r1, %r31, FRAME + 288
	.irp	r, 0,2,3,4,5,6,7,8,9,10,11,12
	LOAD	%r\r, BYTES * \r(%r31)
	.endr
	LOAD	%r31, 31 * BYTES(%r31)
	RETURN

	.bss
	.balign	16
	.skip	16384
stack_top:
