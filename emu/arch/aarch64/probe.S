/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * AArch64: batches of single accesses at EL1, the code mapped by TTBR0.  probes.py starts it with
 * the MMU off, x0..x4 = TTBR1, TCR, MAIR, SCTLR, TTBR0, x19 = entries, x20 = their number.
 */
	.globl	_start
_start:
	adr	x5, vectors
	msr	vbar_el1, x5
	msr	ttbr1_el1, x0
	msr	tcr_el1, x1
	msr	mair_el1, x2
	msr	ttbr0_el1, x4
	adr	x22, landed
	adr	x23, step
	tlbi	vmalle1
	dsb	sy
	isb
	msr	sctlr_el1, x3
	isb
next:	cbz	x20, off
	ldp	x6, x7, [x19]
	cmp	x7, #1
	b.eq	write
	b.hi	execute
	ldr	x8, [x6]
	str	x8, [x19, #16]
	b	landed
write:	.inst	0x383f30c9		/* ldsetb wzr, w9, [x6]: a write that changes nothing */
	b	landed
execute:
	ret	x6			/* finds br x22 there; ret, because of guarded pages */
landed:	mov	x9, #1
	str	x9, [x19, #24]
step:	add	x19, x19, #32
	sub	x20, x20, #1
	b	next

	.org	0x100
off:	mrs	x9, sctlr_el1
	bic	x9, x9, #1
	bic	x9, x9, #(1 << 25)	/* EE */
	msr	sctlr_el1, x9
	isb
	b	end
	.org	0x140
end:	b	end

	.org	0x800
vectors:
	.rept	16
	.balign	0x80
	mrs	x9, esr_el1
	mrs	x10, far_el1
	stp	x10, x9, [x19, #16]
	msr	elr_el1, x23
	eret
	.endr
