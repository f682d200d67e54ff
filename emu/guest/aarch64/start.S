/* SPDX-License-Identifier: BSD-2-Clause */
/* EL1, MMU off, at the physical address; boot tables: the first 2 GiB 1:1 and RAM at KERNEL_VA. */
#define PHYS(x)	((x) - KERNEL_VA_MINUS_PA)

	.section .start, "ax"
	.globl	start, start2, machine_try, machine_code, vectors, switch_tables, psci
start:	adrp	x0, stack_top
	add	sp, x0, :lo12:stack_top
	adrp	x20, kernel_main
	add	x20, x20, :lo12:kernel_main
	b	1f
start2:	adrp	x0, stack2_top
	add	sp, x0, :lo12:stack2_top
	adrp	x20, second
	add	x20, x20, :lo12:second
1:	mrs	x21, sctlr_el1
#ifdef __AARCH64EB__				/* before any data is read */
	orr	x21, x21, #0x3000000		/* EE, E0E */
	msr	sctlr_el1, x21
	isb
#endif
	mov	x0, #0xff			/* attribute 0 write back, 1 device */
	msr	mair_el1, x0
	ldr	x0, =0x2b5103510
	msr	tcr_el1, x0
	adrp	x0, boot_low
	msr	ttbr0_el1, x0
	adrp	x0, boot_high
	msr	ttbr1_el1, x0
	isb
	ldr	x0, =0x1005
	orr	x0, x0, x21
	bic	x0, x0, #2			/* no alignment check */
	msr	sctlr_el1, x0
	isb
	ldr	x0, =KERNEL_VA_MINUS_PA
	mov	x1, sp
	add	sp, x1, x0
	add	x20, x20, x0
	br	x20
second:	ldr	x0, =vectors
	msr	vbar_el1, x0
	ldr	x0, =boot_ttbr1
	ldr	x1, =boot_tcr
	ldr	x0, [x0]
	ldr	x1, [x1]
	bl	switch_tables
	bl	kernel_second_cpu

	/* While the granule changes only the lower half may be used, and none of it afterwards. */
switch_tables:
	ldr	x3, =KERNEL_VA_MINUS_PA
	adr	x2, 2f
	sub	x2, x2, x3
	adr	x3, 3f
	bic	x4, x1, #0x80			/* EPD0 */
	br	x2
2:	msr	ttbr1_el1, x0
	msr	tcr_el1, x4
	isb
	tlbi	vmalle1
	dsb	sy
	isb
	br	x3
3:	msr	tcr_el1, x1
	isb
	tlbi	vmalle1
	dsb	sy
	isb
	ret

psci:	hvc	#0
	ret

machine_try:
	cmp	w1, #1
	b.eq	4f
	b.gt	5f
	ldrb	w2, [x0]
	ret
4:	mov	w2, wzr
	ldrb	w2, [x0]
	strb	w2, [x0]
	ret
5:	br	x0
	.balign	16
machine_code:
	ret

trap_all:
	sub	sp, sp, #288
	.irp	n,0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29
	str	x\n, [sp, #\n * 8]
	.endr
	add	x0, sp, #288
	stp	x30, x0, [sp, #240]
	mrs	x1, elr_el1
	mrs	x2, spsr_el1
	stp	x1, x2, [sp, #256]
	mrs	x1, esr_el1
	mrs	x2, far_el1
	stp	x1, x2, [sp, #272]
	mov	x0, sp
	bl	trap
	ldp	x1, x2, [sp, #256]
	msr	elr_el1, x1
	msr	spsr_el1, x2
	.irp	n,0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18
	ldr	x\n, [sp, #\n * 8]
	.endr
	ldr	x30, [sp, #240]
	add	sp, sp, #288
	eret
	.ltorg
	.balign	2048
vectors:
	.rept	16
	.balign	128
	b	trap_all
	.endr

	.data
	.balign	4096
boot_low:					/* level 0 */
	.quad	PHYS(boot_gib) + 3
	.fill	511, 8, 0
boot_high:
	.fill	(KERNEL_VA >> 39) & 511, 8, 0
	.quad	PHYS(boot_kernel) + 3
	.fill	511 - ((KERNEL_VA >> 39) & 511), 8, 0
boot_gib:					/* level 1: devices, RAM */
	.quad	0x0060000000000405, 0x40000701
	.fill	510, 8, 0
boot_kernel:					/* the GiB that KERNEL_VA is in */
	.fill	(KERNEL_VA >> 30) & 511, 8, 0
	.quad	0x40000701
	.fill	511 - ((KERNEL_VA >> 30) & 511), 8, 0
	.bss
	.balign	4096
	.skip	16384
stack_top:
	.skip	16384
stack2_top:
