! SPDX-License-Identifier: BSD-2-Clause
! Entered in P2, at the physical address; everything but P3 is fixed.
#define SR_NORMAL	0x400000f0	/* privileged, interrupts masked */
#define SR_BLOCKED	0x700000f0	/* the same, bank 1, exceptions blocked */

	.section .start, "ax"
	.globl	_start, start, machine_try, machine_code
_start:
start:	mov.l	normal, r0
	ldc	r0, sr
	mova	vectors, r0
	mov.l	p1, r1
	or	r1, r0
	mov.l	not_p2, r1
	and	r1, r0
	ldc	r0, vbr
	mov.l	stack, r15
	mov.l	main, r0
	jmp	@r0
	nop
	.balign	4
normal:	.long	SR_NORMAL
p1:	.long	0x80000000
not_p2:	.long	0xdfffffff
stack:	.long	stack_top
main:	.long	kernel_main

machine_try:
	mov	#1, r0
	cmp/eq	r0, r5
	bt	1f
	cmp/gt	r0, r5
	bt	2f
	rts
	mov.b	@r4, r0
1:	mov.b	@r4, r0
	rts
	mov.b	r0, @r4
2:	jmp	@r4
	nop
	.balign	16
machine_code:
	rts
	nop

	.balign	256
vectors:
	.org	vectors - .start + 0x100
general:
	mov	r15, r0
	.irp	r, 0,1,2,3,4,5,6,7
	stc.l	r\r\()_bank, @-r15
	.endr
	.irp	r, 8,9,10,11,12,13,14
	mov.l	r\r, @-r15
	.endr
	mov.l	r0, @-r15
	sts.l	pr, @-r15
	sts.l	mach, @-r15
	sts.l	macl, @-r15
	stc.l	ssr, @-r15
	stc.l	spc, @-r15
	mov.l	mmu, r0
	mov.l	@(0x0c, r0), r1		! TEA
	mov.l	@(0x24, r0), r2		! EXPEVT
	mov.l	r1, @-r15
	mov.l	r2, @-r15
	mov.l	unbank, r0
	ldc	r0, sr
	mov	r15, r4
	mov.l	handler, r0
	jsr	@r0
	nop
	mov.l	block, r0
	ldc	r0, sr
	add	#8, r15
	ldc.l	@r15+, spc
	ldc.l	@r15+, ssr
	lds.l	@r15+, macl
	lds.l	@r15+, mach
	lds.l	@r15+, pr
	mov.l	@r15+, r0
	.irp	r, 14,13,12,11,10,9,8
	mov.l	@r15+, r\r
	.endr
	.irp	r, 7,6,5,4,3,2,1,0
	ldc.l	@r15+, r\r\()_bank
	.endr
	rte
	nop
	.balign	4
mmu:	.long	0xff000000
unbank:	.long	SR_NORMAL
block:	.long	SR_BLOCKED
handler: .long	trap

	.org	vectors - .start + 0x400
miss:	mov.l	1f, r0
	mov.l	@(0x0c, r0), r1		! TEA
	mov.l	2f, r2
	cmp/hs	r2, r1
	bf	7f
	mov	r1, r4
	sub	r2, r4
	shlr16	r4
	shlr2	r4
	shlr2	r4
	shlr2	r4
	mov.w	3f, r3			! 512 entries
	cmp/hs	r3, r4
	bt	7f
	shll2	r4
	mov.l	4f, r2
	mov.l	@r2, r2
	add	r4, r2
	mov.l	@r2, r2			! page of PTEs
	tst	r2, r2
	bt	7f
	mov	r1, r4
	shlr8	r4
	shlr2	r4
	mov.w	5f, r3
	and	r3, r4
	add	r4, r2
	mov.l	@r2, r2
	mov.w	6f, r3
	tst	r3, r2
	bt	7f
	mov.l	r2, @(0x04, r0)		! PTEL; the CPU has set PTEH
	mov.l	8f, r2			! the TLB's entries in turn
	mov.l	@r2, r1
	mov.w	9f, r3
	add	r3, r1
	mov.l	r1, @r2
	mov.l	r1, @(0x10, r0)		! MMUCR
	ldtlb
	nop
	rte
	nop
7:	bra	general
	nop
3:	.word	512
5:	.word	0xffc
6:	.word	0x100
9:	.word	0x400
	.balign	4
1:	.long	0xff000000
2:	.long	0xc0000000
4:	.long	tables
8:	.long	replace

	.data
	.balign	4
replace: .long	1			! MMUCR: AT, and URC counts on

	.bss
	.balign	16
	.skip	16384
stack_top:
