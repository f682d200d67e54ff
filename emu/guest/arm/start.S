/* SPDX-License-Identifier: BSD-2-Clause */
/* SVC mode, MMU off; boot table: all 1:1 by sections, 16 MiB at KERNEL_VA. */
#ifdef __ARMEB__
#define EE		0x2000000		/* of exceptions and page tables */
#else
#define EE		0
#endif
#if REGIME_armv7
#define BOOT_SECTION	0x402
#define CONTROL		0x2001 | EE		/* V, M */
#else
#define BOOT_SECTION	0x412
#define CONTROL		0x2101 | EE		/* V, S, M */
#endif
	.section .start, "ax"
	.globl	start, machine_try, machine_code, vectors, switch_tables
start:
#ifdef __ARMEB__
	setend	be				/* before any data is read */
#endif
	ldr	r0, =boot_table - KERNEL_VA_MINUS_PA
	mcr	p15, 0, r0, c2, c0, 0
#if REGIME_armv7
	mov	r1, #0
	mcr	p15, 0, r1, c2, c0, 2		/* TTBCR: TTBR0 alone, short descriptors */
#endif
	mov	r1, #1
	mcr	p15, 0, r1, c3, c0, 0		/* domain 0: client */
	mov	r1, #0
	mcr	p15, 0, r1, c8, c7, 0
	mrc	p15, 0, r1, c1, c0, 0
	bic	r1, r1, #2			/* no alignment check */
	bic	r1, r1, #0x300			/* S, R */
#if REGIME_armv7
	bic	r1, r1, #0x70000000		/* no remap, no access flag, ARM in exceptions */
#if FREEBSD
	orr	r1, r1, #0x10000000		/* remap */
#endif
#endif
	ldr	r2, =CONTROL
	orr	r1, r1, r2
	mcr	p15, 0, r1, c1, c0, 0
	mov	r1, #0
	mcr	p15, 0, r1, c7, c10, 4
	ldr	r1, =3f
	bx	r1
3:	ldr	sp, =abort_top
	msr	cpsr_c, #0xd7			/* abort mode has a stack of its own */
	ldr	sp, =abort_top
	msr	cpsr_c, #0xdb			/* undefined */
	ldr	sp, =abort_top
	msr	cpsr_c, #0xd3
	ldr	sp, =stack_top
	bl	kernel_main

switch_tables:
	mcr	p15, 0, r0, c2, c0, 0
	mov	r1, #0
	mcr	p15, 0, r1, c8, c7, 0
	mcr	p15, 0, r1, c7, c10, 4
#if REGIME_armv7
	mcr	p15, 0, r1, c7, c5, 4
#endif
	bx	lr

machine_try:
	mov	r12, lr
	cmp	r1, #1
	beq	4f
	bhi	5f
	ldrb	r2, [r0]
	bx	lr
4:	ldrb	r2, [r0]
	strb	r2, [r0]
	bx	lr
5:	bx	r0
	.balign	16
machine_code:
	bx	lr

abort_prefetch:
	sub	lr, lr, #4
	stmdb	sp!, {r1}
	mov	r1, #0
	b	6f
abort_data:
	sub	lr, lr, #8
	stmdb	sp!, {r1}
	mov	r1, #1
6:	sub	sp, sp, #60			/* r0 is at sp, the r1 saved above goes to its place */
	str	r0, [sp, #0]
	ldr	r0, [sp, #60]
	str	r0, [sp, #4]
	add	r0, sp, #8
	stmia	r0, {r2-r12}
	str	lr, [sp, #52]
	mrs	r0, spsr
	str	r0, [sp, #56]
	str	r1, [sp, #60]
	mov	r0, sp
	bl	trap
	ldr	lr, [sp, #52]
	ldr	r0, [sp, #56]
	msr	spsr_cxsf, r0
	ldmia	sp, {r0-r12}
	add	sp, sp, #64
	movs	pc, lr
	.ltorg
	.balign	4096
vectors:
	b	.
	b	.
	b	.
	ldr	pc, 7f
	ldr	pc, 8f
	b	.
	b	.
	b	.
7:	.long	abort_prefetch
8:	.long	abort_data
	.balign	4096

	.macro	sections pa, count
	.set	section, (\pa) + BOOT_SECTION
	.rept	\count
	.long	section
	.set	section, section + 0x100000
	.endr
	.endm

	.data
	.balign	16384
boot_table:
	sections 0, (KERNEL_VA >> 20)
	sections ((KERNEL_VA - KERNEL_VA_MINUS_PA) & 0xfff00000), 16
	sections ((KERNEL_VA + 0x1000000) & 0xfff00000), (4096 - 16 - (KERNEL_VA >> 20))

	.bss
	.balign	16
	.skip	16384
abort_top:
	.skip	16384
stack_top:
