/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * SPARC v8: batches of single accesses with the MMU on; the code is seen at its physical address.
 * probes.py starts it with the MMU off, %g1 = context table pointer, %g3 = entries,
 * %g4 = their number, %g5 = the code's base, and knows the offsets fixed by .org.
 */
	.globl	_start
_start:
	set	0x100, %l0
	sta	%g1, [%l0] 4		/* context table pointer */
	set	0x200, %l0
	sta	%g0, [%l0] 4		/* context */
	set	0x400, %l0
	sta	%g0, [%l0] 3		/* flush all */
	set	0x1000, %g6
	add	%g5, %g6, %g6
	wr	%g6, %g0, %tbr
	wr	%g0, %g0, %wim
	set	next - _start, %g6
	add	%g5, %g6, %g6
	mov	1, %g2
	sta	%g2, [%g0] 4		/* MMU on */
	nop
	nop
	nop
next:	tst	%g4
	be	off
	nop
	ld	[%g3], %o0
	ld	[%g3 + 4], %o1
	cmp	%o1, 1
	be	write
	nop
	bg	execute
	andn	%o0, 3, %o0
	ba	landed
	ld	[%o0], %o2
write:	ldub	[%o0], %o2		/* a write that changes nothing */
	ba	landed
	stb	%o2, [%o0]
execute:
	jmpl	%o0, %o7		/* finds retl there */
	nop
landed:	mov	1, %o3
	st	%o2, [%g3 + 8]
	st	%o3, [%g3 + 12]
	add	%g3, 16, %g3
	ba	next
	sub	%g4, 1, %g4

fault:	set	0x300, %l5
	lda	[%l5] 4, %l3		/* fault status */
	set	0x400, %l5
	lda	[%l5] 4, %l5		/* fault address */
	set	0xffff, %l6
	and	%l3, %l6, %l3
	sll	%l4, 16, %l4
	or	%l3, %l4, %l3
	st	%l5, [%g3 + 8]
	st	%l3, [%g3 + 12]
	add	%g3, 16, %g3
	sub	%g4, 1, %g4
	jmp	%g6
	rett	%g6 + 4

	.org	0x200
off:	sta	%g0, [%g0] 4
	ba	end
	nop
	.org	0x240
end:	ba	end
	nop

	.org	0x1000			/* 256 traps of four instructions */
	.set	tt, 0
	.rept	256
	ba	fault
	mov	tt, %l4
	nop
	nop
	.set	tt, tt + 1
	.endr
