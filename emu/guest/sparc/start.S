/* SPDX-License-Identifier: BSD-2-Clause */
/* Entered by OpenBIOS at the physical address, MMU on; boot tables: 64 MiB 1:1, 16 MiB at KERNBASE. */
#define PHYS(x)	((x) - KERNEL_VA_MINUS_PA)
#define ASI_FLUSH	3
#define ASI_MMU		4
#define MMU_CONTROL	0
#define MMU_CTXTABLE	0x100
#define MMU_CONTEXT	0x200
#define MMU_SFSR	0x300
#define MMU_SFAR	0x400
#define FLUSH_ALL	0x400
#define PTE_16M		0x9e			/* ACC 7 */

	.section .start, "ax"
	.globl	start, machine_try, machine_code, switch_tables
start:	mov	0xfc0, %g1			/* PIL 15, S, PS; no traps yet */
	wr	%g1, 0, %psr
	nop
	nop
	nop
	wr	%g0, 2, %wim
	set	PHYS(boot_regions), %g1
	set	PTE_16M, %g2
	set	0x100000, %g3			/* 16 MiB >> 4 */
	st	%g2, [%g1 + 4 * (KERNEL_VA >> 24)]
	st	%g2, [%g1]
	add	%g2, %g3, %g2
	st	%g2, [%g1 + 4]
	add	%g2, %g3, %g2
	st	%g2, [%g1 + 8]
	add	%g2, %g3, %g2
	st	%g2, [%g1 + 12]
	srl	%g1, 4, %g1
	or	%g1, 1, %g1
	set	PHYS(boot_contexts), %o0
	st	%g1, [%o0]
	call	switch_tables
	 nop
	set	1f, %g1
	jmp	%g1
	 nop
1:	lda	[%g0] ASI_MMU, %g1
	andn	%g1, 2, %g1			/* faults are told */
	sta	%g1, [%g0] ASI_MMU
	set	vectors, %g1
	wr	%g1, 0, %tbr
	set	stack_top - 96, %sp
	mov	0xfe0, %g1			/* ET */
	wr	%g1, 0, %psr
	nop
	nop
	nop
	call	kernel_main
	 nop

switch_tables:
	srl	%o0, 4, %o0
	set	MMU_CTXTABLE, %o1
	sta	%o0, [%o1] ASI_MMU
	set	MMU_CONTEXT, %o1
	sta	%g0, [%o1] ASI_MMU
	set	FLUSH_ALL, %o1
	sta	%g0, [%o1] ASI_FLUSH
	retl
	 nop

machine_try:
	cmp	%o1, 1
	be	2f
	 nop
	bg	3f
	 nop
	ldub	[%o0], %o2
	retl
	 nop
2:	ldub	[%o0], %o2
	stb	%o2, [%o0]
	retl
	 nop
3:	jmp	%o0
	 nop
	.balign	16
machine_code:
	retl
	 nop

	/* In the next window: %i are the interrupted code's %o; that window is used by nobody else. */
trap_all:
	sub	%fp, 96 + 96, %sp
	mov	%tbr, %l3
	st	%l3, [%sp + 96]
	st	%l0, [%sp + 100]
	st	%l1, [%sp + 104]
	st	%l2, [%sp + 108]
	mov	%y, %l3
	st	%l3, [%sp + 112]
	.irp	r, 1,2,3,4,5,6,7
	st	%g\r, [%sp + 116 + 4 * \r]
	.endr
	.irp	r, 0,1,2,3,4,5,6,7
	st	%i\r, [%sp + 148 + 4 * \r]
	.endr
	set	MMU_SFAR, %l3
	lda	[%l3] ASI_MMU, %l4
	st	%l4, [%sp + 184]
	set	MMU_SFSR, %l3
	lda	[%l3] ASI_MMU, %l4
	st	%l4, [%sp + 180]
	call	trap
	 add	%sp, 96, %o0
	ld	[%sp + 112], %l3
	wr	%l3, 0, %y
	.irp	r, 1,2,3,4,5,6,7
	ld	[%sp + 116 + 4 * \r], %g\r
	.endr
	ld	[%sp + 100], %l0
	ld	[%sp + 104], %l1
	ld	[%sp + 108], %l2
	wr	%l0, 0, %psr
	nop
	nop
	nop
	jmp	%l1
	rett	%l2

	.balign	4096
vectors:
	.rept	256
	ba	trap_all
	 rd	%psr, %l0
	nop
	nop
	.endr

	.data
	.balign	4096
boot_regions:
	.skip	1024
boot_contexts:
	.skip	1024
	.bss
	.balign	16
	.skip	16384
stack_top:
