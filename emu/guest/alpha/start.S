/* SPDX-License-Identifier: BSD-2-Clause */
/* Entered in K0SEG; PALcode's memory management is on. */
#define SWPCTX	0x30
#define TBI	0x33
#define WRENT	0x34
#define WRKGP	0x37
#define RTI	0x3f

	.set	noat
	.set	noreorder
	.section .start, "ax"
	.globl	start, machine_try, machine_code, switch_tables, set_entries
start:	br	$27, 1f
1:	ldgp	$29, 0($27)
	lda	$30, stack_top
	lda	$27, kernel_main
	jsr	$26, ($27)

set_entries:
	ldgp	$29, 0($27)
	lda	$30, -16($30)
	stq	$26, 0($30)
	mov	$29, $16
	call_pal WRKGP
	.irp	n, 0,1,2,3,4,5
	lda	$16, entry_\n
	lda	$17, \n($31)
	call_pal WRENT
	.endr
	ldq	$26, 0($30)
	lda	$30, 16($30)
	ret	$31, ($26), 1

switch_tables:				/* PALcode takes the stack from the new context */
	lda	$30, -16($30)
	stq	$26, 0($30)
	stq	$30, 0($17)
	call_pal SWPCTX
	lda	$16, -2($31)
	call_pal TBI
	ldq	$26, 0($30)
	lda	$30, 16($30)
	ret	$31, ($26), 1

machine_try:
	beq	$17, 4f
	subq	$17, 1, $17
	bne	$17, 5f
	ldbu	$0, 0($16)
	stb	$0, 0($16)
	ret	$31, ($26), 1
4:	ldbu	$0, 0($16)
	ret	$31, ($26), 1
5:	jmp	$31, ($16), 0
	.balign	16
machine_code:
	ret	$31, ($26), 1

	.macro	entry n
	.balign	16
entry_\n:
	lda	$30, -208($30)
	stq	$0, 0($30)
	lda	$0, \n($31)
	br	$31, trap_all
	.endm
	entry	0
	entry	1
	entry	2
	entry	3
	entry	4
	entry	5
trap_all:
	.irp	r, 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15
	stq	$\r, 8 * \r($30)
	.endr
	.irp	r, 19,20,21,22,23,24,25,26,27,28
	stq	$\r, 8 * (\r - 3)($30)
	.endr
	mov	$17, $19
	mov	$16, $18
	mov	$0, $17
	mov	$30, $16
	br	$27, 2f
2:	ldgp	$29, 0($27)
	lda	$27, trap
	jsr	$26, ($27)
	.irp	r, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15
	ldq	$\r, 8 * \r($30)
	.endr
	.irp	r, 19,20,21,22,23,24,25,26,27,28
	ldq	$\r, 8 * (\r - 3)($30)
	.endr
	lda	$30, 208($30)
	call_pal RTI

	.bss
	.balign	16
	.skip	16384
stack_top:
