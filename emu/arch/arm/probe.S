/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ARM: batches of single accesses in Supervisor mode.  probes.py starts it with the MMU off,
 * r0..r3 = TTBR0, TTBCR, DACR, SCTLR, r4 = entries, r5 = their number.
 */
	.syntax	unified
	.arm
	.globl	_start
_start:
	setend	le
	adr	r8, vectors
	mcr	p15, 0, r8, c12, c0, 0		/* VBAR */
	mcr	p15, 0, r0, c2, c0, 0
	mcr	p15, 0, r1, c2, c0, 2
	mcr	p15, 0, r2, c3, c0, 0
	adr	r11, landed
	adr	r12, step
	mcr	p15, 0, r0, c8, c7, 0		/* TLBIALL */
	mcr	p15, 0, r0, c7, c10, 4		/* DSB */
	mcr	p15, 0, r3, c1, c0, 0
	mcr	p15, 0, r0, c7, c5, 4		/* ISB */
	tst	r3, #(1 << 25)			/* EE */
	beq	next
	setend	be
next:	cmp	r5, #0
	beq	off
	ldr	r6, [r4]
	ldr	r7, [r4, #4]
	cmp	r7, #1
	beq	write
	bhi	execute
	ldr	r9, [r6]
	str	r9, [r4, #8]
	b	landed
write:	ldrexb	r9, [r6]			/* a write that changes nothing */
	strexb	r10, r9, [r6]
	b	landed
execute:
	bx	r6				/* finds bx r11 there */
landed:	mov	r9, #1
	str	r9, [r4, #12]
step:	add	r4, r4, #16
	sub	r5, r5, #1
	b	next

	.org	0x100
off:	mrc	p15, 0, r9, c1, c0, 0
	bic	r9, r9, #1
	bic	r9, r9, #(1 << 25)
	mcr	p15, 0, r9, c1, c0, 0
	mcr	p15, 0, r0, c7, c5, 4
	b	end
	.org	0x140
end:	b	end

	.org	0x180
fetch:	mrc	p15, 0, r9, c5, c0, 1		/* IFSR */
	mrc	p15, 0, r10, c6, c0, 2		/* IFAR */
	orr	r9, r9, #0x40000000
	b	fault
data:	mrc	p15, 0, r9, c5, c0, 0		/* DFSR */
	mrc	p15, 0, r10, c6, c0, 0		/* DFAR */
fault:	orr	r9, r9, #0x80000000
	str	r10, [r4, #8]
	str	r9, [r4, #12]
	movs	pc, r12
other:	mov	r9, #0x20000000
	b	fault

	.org	0x200
vectors:
	b	other
	b	other
	b	other
	b	fetch
	b	data
	b	other
	b	other
	b	other
