| SPDX-License-Identifier: BSD-2-Clause
| MMU off.  Boot map: 512 KiB at 0 to RAM_FIRST by tables, RAM and devices transparently.
#define PHYS(x)	((x) - KERNEL_VA_MINUS_PA)
#define RAM	0x01000000
#if PAGE_SHIFT == 12
#define TC	0x8000
#define PER	64
#else
#define TC	0xc000
#define PER	32
#endif

	.section .start, "ax"
	.globl	start, machine_try, machine_code, switch_tables, vectors
start:	move.w	#0x2700, %sr
	move.l	#PHYS(boot_root), %d0
	movec	%d0, %srp
	movec	%d0, %urp
	move.l	#0xff00c040, %d0	| devices, uncached
	movec	%d0, %dtt0
	move.l	#0x0100c000, %d0	| 16 MiB of RAM
	movec	%d0, %dtt1
	movec	%d0, %itt0
	move.l	#TC, %d0
	movec	%d0, %tc
	pflusha
	jmp	(1f).l
1:	move.l	#0, %d0
	movec	%d0, %itt0
	lea	stack_top, %sp
	jbsr	kernel_main

switch_tables:
	move.l	4(%sp), %d0
	movec	%d0, %srp
	movec	%d0, %urp
	pflusha
	move.l	#0, %d0
	movec	%d0, %dtt0
	movec	%d0, %dtt1
	movec	%d0, %itt0
	movec	%d0, %itt1
	rts

machine_try:				| pushes nothing
	move.l	4(%sp), %a0
	cmp.l	#1, 8(%sp)
	jeq	2f
	jhi	3f
	tst.b	(%a0)
	rts
2:	move.b	(%a0), %d0
	move.b	%d0, (%a0)
	rts
3:	jmp	(%a0)
	.balign	16
machine_code:
	rts

trap_all:
	movem.l	%d0-%d7/%a0-%a6, -(%sp)
	move.l	%sp, -(%sp)
	jbsr	trap
	addq.l	#4, %sp
	movem.l	(%sp)+, %d0-%d7/%a0-%a6
	| Instead of the long frame of an access error a short one, that returns to an rts.
	lea	52(%sp), %sp
	move.w	#0x2700, (%sp)
	move.l	#machine_code, 2(%sp)
	move.w	#0, 6(%sp)
	rte
	.balign	4096
vectors:
	.rept	64
	.long	trap_all
	.endr

	.data
	.balign	8192
boot_root:
	.long	PHYS(boot_pointer) + 2
	.fill	127, 4, 0
boot_pointer:
	.long	PHYS(boot_pages) + 2, PHYS(boot_pages) + PER * 4 + 2
	.fill	126, 4, 0
boot_pages:
	.set	i, 0
	.rept	2 * PER
	.long	RAM + (i << PAGE_SHIFT) + 0x19
	.set	i, i + 1
	.endr
	.bss
	.balign	4
	.skip	16384
stack_top:
