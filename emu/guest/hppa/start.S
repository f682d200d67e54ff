; SPDX-License-Identifier: BSD-2-Clause
; Entered by the firmware, without translation, at the linked address.
	.level	1.1
	.section .start, "ax"
	.globl	_start, start, machine_try, machine_code, switch_psw, purge_tlb, kernel_psw
_start:
start:	rsm	11, %r0			; I, D, Q
	.irp	n, 0,1,2,3,4,5,6,7
	mtsp	%r0, %sr\n
	.endr
	ldil	L%vectors, %r1
	ldo	R%vectors(%r1), %r1
	mtctl	%r1, %cr14
	mtctl	%r0, %cr8		; no protection by groups
	copy	%r0, %r27
	ldil	L%stack, %r30
	ldo	R%stack(%r30), %r30
	ldo	64(%r30), %r30
	ssm	8, %r0			; Q: interruptions are told where they came from
	b,l	kernel_main, %r2
	nop

; To the caller, with another PSW.
switch_psw:
	rsm	10, %r0
	mtctl	%r26, %cr22
	mtctl	%r0, %cr17
	mtctl	%r0, %cr17
	mtctl	%r2, %cr18
	ldo	4(%r2), %r2
	mtctl	%r2, %cr18
	rfi
	nop

purge_tlb:
	pdtlbe	%r0(%sr0, %r0)
	pitlbe	%r0(%sr0, %r0)
	bv	%r0(%r2)
	nop

machine_try:
	comib,=,n 1, %r25, 1f
	comib,=,n 2, %r25, 2f
	ldb	0(%r26), %r28
	bv	%r0(%r2)
	nop
1:	ldb	0(%r26), %r28
	stb	%r28, 0(%r26)
	bv	%r0(%r2)
	nop
2:	bv	%r0(%r26)
	nop
	.align	16
machine_code:
	bv	%r0(%r2)
	nop

; 32 bytes each. Translation is off, r1, r8, r9, r16, r17, r24 and r25 have shadows.
	.align	2048
vectors:
	.set	n, 0
	.rept	32
	.if n == 6 || n == 15
	b	miss
	.else
	b	general
	.endif
	ldi	n, %r9
	.align	32
	.set	n, n + 1
	.endr

miss:	mfctl	%cr21, %r8		; IOR
	comib,=,n 15, %r9, 1f
	mfctl	%cr18, %r8		; or the instruction's address
1:	ldil	L%radix_root + 4, %r16	; its lower half
	ldw	R%radix_root + 4(%r16), %r16
	extru	%r8, 9, 10, %r17
	sh2addl	%r17, %r16, %r16
	ldw	0(%r16), %r16
	comb,=,n %r0, %r16, general
	extru	%r8, 19, 10, %r17
	sh2addl	%r17, %r16, %r16
	ldw	0(%r16), %r16
	bb,>=,n	%r16, 31, general	; not valid
	extru	%r16, 19, 20, %r17	; page frame
	zdep	%r17, 26, 20, %r17
	extru	%r16, 27, 3, %r24	; type of access rights
	zdep	%r24, 7, 3, %r24
	depi	1, 3, 1, %r24		; dirty
	comib,=,n 15, %r9, 2f
	iitlba	%r17, (%sr0, %r8)
	iitlbp	%r24, (%sr0, %r8)
	rfir
	nop
2:	idtlba	%r17, (%sr0, %r8)
	idtlbp	%r24, (%sr0, %r8)
	rfir
	nop

; What tells where we came from; then the shadows back into their registers.
general:
	ldil	L%frame, %r8
	ldo	R%frame(%r8), %r8
	stw	%r9, 128(%r8)
	mfctl	%cr22, %r16
	stw	%r16, 132(%r8)
	mfctl	%cr18, %r16
	stw	%r16, 136(%r8)
	mfctl	%cr21, %r16
	stw	%r16, 140(%r8)
	mtctl	%r0, %cr22
	mtctl	%r0, %cr17
	mtctl	%r0, %cr17
	ldil	L%1f, %r16
	ldo	R%1f(%r16), %r16
	mtctl	%r16, %cr18
	ldo	4(%r16), %r16
	mtctl	%r16, %cr18
	rfir
	nop
1:	mtctl	%r1, %cr28
	ldil	L%frame, %r1
	ldo	R%frame(%r1), %r1
	.irp	n, 2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
	stw	%r\n, 4 * \n(%r1)
	.endr
	mfctl	%cr28, %r8
	stw	%r8, 4(%r1)
	copy	%r1, %r26
	ldil	L%kernel_psw, %r8
	ldw	R%kernel_psw(%r8), %r8
	mtctl	%r8, %cr22
	mtctl	%r0, %cr17
	mtctl	%r0, %cr17
	ldil	L%1f, %r8
	ldo	R%1f(%r8), %r8
	mtctl	%r8, %cr18
	ldo	4(%r8), %r8
	mtctl	%r8, %cr18
	ldo	256(%r30), %r30
	rfi
	nop
1:	b,l	trap, %r2
	nop
	rsm	10, %r0			; Q, D
	ldil	L%frame, %r1
	ldo	R%frame(%r1), %r1
	ldw	132(%r1), %r8
	mtctl	%r8, %cr22
	mtctl	%r0, %cr17
	mtctl	%r0, %cr17
	ldw	136(%r1), %r8
	mtctl	%r8, %cr18
	ldo	4(%r8), %r8
	mtctl	%r8, %cr18
	.irp	n, 2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
	ldw	4 * \n(%r1), %r\n
	.endr
	ldw	4(%r1), %r1
	rfi
	nop

	.data
	.align	4
kernel_psw:
	.word	8			; Q, until translation is on

	.bss
	.align	64
frame:	.skip	192
stack:	.skip	16384
