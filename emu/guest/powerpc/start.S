/* SPDX-License-Identifier: BSD-2-Clause */
/* Real mode, at the physical address, which is the linked one; BATs stay as they are set here. */
#include "machine.h"

	.macro	bat upper, lower, high, low
	lis	%r3, \high@h
	ori	%r3, %r3, \high@l
	lis	%r4, \low@h
	ori	%r4, %r4, \low@l
	mtspr	\upper, %r3
	mtspr	\lower, %r4
	.endm
#define BAT(u, l, ...)	bat u, l, __VA_ARGS__

	.section .start, "ax"
	.globl	start, set_segment, flush_tlb
start:	b	begin
#include "ppc_trap.S"

	.text
begin:	li	%r3, 0
	mtmsr	%r3
	isync
	BAT(536, 537, DBAT0)
	BAT(538, 539, DBAT1)
	BAT(540, 541, DBAT2)
	BAT(542, 543, DBAT3)
#if HIGH_BATS
	BAT(574, 575, DBAT7)
#endif
	BAT(528, 529, IBAT0)
	BAT(530, 531, IBAT1)
	BAT(532, 533, IBAT2)
	BAT(534, 535, IBAT3)
	address	%r1, stack_top - 64
	li	%r3, 0x1030			/* ME, IR, DR */
	sync
	mtmsr	%r3
	isync
	bl	kernel_main

set_segment:
	mtsrin	%r4, %r3
	isync
	blr

flush_tlb:				/* 64 classes */
	li	%r3, 64
	mtctr	%r3
	li	%r3, 0
1:	tlbie	%r3
	addi	%r3, %r3, 0x1000
	bdnz	1b
	sync
	isync
	blr
