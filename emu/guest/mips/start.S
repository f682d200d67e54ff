/* SPDX-License-Identifier: BSD-2-Clause */
/* Entered at the physical or the linked address with Status.ERL set: the lower half is 1:1 then. */
#define UINT64_C(x) x
#include "machine.h"
#ifdef __mips64
#define REG_S	sd
#define REG_L	ld
#define LA	dla
#define MFC0	dmfc0
#define MTC0	dmtc0
#define ADD	daddu
#define SUB	dsubu
#define SRL	dsrl
#define BYTES	8
#if PTE_SIZE_SHIFT == 3
#define PTE_L	ld
#define PTE_MTC0 dmtc0
#define PTE_SLL	dsll
#define PTE_SRL	dsrl
#define SOFT	9			/* bits of a PTE that are software's */
#endif
#define STATUS	0x80			/* KX */
#else
#define REG_S	sw
#define REG_L	lw
#define LA	la
#define MFC0	mfc0
#define MTC0	mtc0
#define ADD	addu
#define SUB	subu
#define SRL	srl
#define BYTES	4
#define STATUS	0
#endif
#ifndef PTE_L
#define PTE_L	lw
#define PTE_MTC0 mtc0
#define PTE_SLL	sll
#define PTE_SRL	srl
#define SOFT	(2 + FREEBSD)
#endif
#define k0	$26
#define k1	$27

	.set	noreorder
	.set	noat
	.section .start, "ax"
	.globl	start, machine_try, machine_code, install_vectors, flush_tlb
start:	LA	k0, 1f
	jr	k0
	nop
1:	li	k0, STATUS
	mtc0	k0, $12
	LA	$29, stack_top - 64
	LA	k0, kernel_main
	jr	k0
	nop

	/* The same three instructions at each vector: to where there is room. */
install_vectors:
	li	$8, KSEG0
	LA	$9, vector_refill
	LA	$10, vector_general
	li	$11, 4
2:	lw	$12, 0($9)
	lw	$13, 0($10)
	sw	$12, 0($8)
	sw	$12, 0x80($8)
	sw	$13, 0x180($8)
	addiu	$11, $11, -1
	addiu	$8, $8, 4
	addiu	$9, $9, 4
	bnez	$11, 2b
	addiu	$10, $10, 4
	jr	$31
	nop
	.balign	16
vector_refill:
	lui	k0, %hi(refill)
	addiu	k0, k0, %lo(refill)
	jr	k0
	nop
vector_general:
	lui	k0, %hi(general)
	addiu	k0, k0, %lo(general)
	jr	k0
	nop

flush_tlb:				/* of addresses that are not looked up */
	li	$8, PAGE_MASK
	mtc0	$8, $5
	mtc0	$0, $6
	MTC0	$0, $2
	MTC0	$0, $3
	li	$9, KSEG0
	li	$10, 63
3:	mtc0	$10, $0
	MTC0	$9, $10
	tlbwi
	addiu	$9, $9, 0x4000
	addiu	$9, $9, 0x4000
	bnez	$10, 3b
	addiu	$10, $10, -1
	MTC0	$0, $10
	jr	$31
	nop

refill:
	MFC0	k0, $8			/* BadVAddr */
#if ARRAY
#ifdef __mips64
	li	k1, MAPPED >> 62
	dsll32	k1, k1, 30
#else
	lui	k1, %hi(MAPPED)
#endif
	SUB	k0, k0, k1
	SRL	k0, k0, PAGE_SHIFT
	SRL	k1, k0, SYSMAP_SHIFT
	bnez	k1, general
	srl	k0, k0, 1
	sll	k0, k0, 3
	lui	k1, %hi(segtab)
	REG_L	k1, %lo(segtab)(k1)
#else
#ifdef __mips64
#define PTR	3
	dsrl32	k0, k0, VABITS - 32
	li	k1, (MAPPED >> VABITS)
	bne	k0, k1, general
	MFC0	k0, $8
	lui	k1, %hi(segtab)
	ld	k1, %lo(segtab)(k1)
	dsrl	k0, k0, XSEG_SHIFT - 16
	dsrl	k0, k0, 16
	andi	k0, k0, SEG_ENTRIES - 1
	dsll	k0, k0, PTR
	daddu	k1, k1, k0
	ld	k1, 0(k1)
	beqz	k1, general
	MFC0	k0, $8
	dsrl	k0, k0, SEG_SHIFT
#else
#define PTR	2
	bgez	k0, general
	lui	k1, %hi(segtab)
	lw	k1, %lo(segtab)(k1)
	srl	k0, k0, SEG_SHIFT
#endif
	andi	k0, k0, SEG_ENTRIES - 1
	sll	k0, k0, PTR
	ADD	k1, k1, k0
	REG_L	k1, 0(k1)
	beqz	k1, general
	MFC0	k0, $8
	SRL	k0, k0, PAGE_SHIFT - PTE_SIZE_SHIFT
#endif
#if PAGE_SHIFT == 13			/* one PTE, two halves */
	andi	k0, k0, (1 << PAGE_SHIFT) - 4
	ADD	k1, k1, k0
	lw	k0, 0(k1)
	sll	k0, k0, 2
	srl	k0, k0, 2
	mtc0	k0, $2
	addiu	k0, k0, 0x40
	mtc0	k0, $3
#else					/* two PTEs */
#if !ARRAY
	andi	k0, k0, (1 << PAGE_SHIFT) - (2 << PTE_SIZE_SHIFT)
#endif
	ADD	k1, k1, k0
	PTE_L	k0, 0(k1)
	PTE_SLL	k0, k0, SOFT
	PTE_SRL	k0, k0, SOFT
	PTE_MTC0 k0, $2
	PTE_L	k0, (1 << PTE_SIZE_SHIFT)(k1)
	PTE_SLL	k0, k0, SOFT
	PTE_SRL	k0, k0, SOFT
	PTE_MTC0 k0, $3
#endif
	tlbwr
	eret

general:
	REG_S	$1, (1 - 38 - 16) * BYTES($29)
	addiu	$1, $29, (-38 - 16) * BYTES
	.irp	r, 2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,28,29,30,31
	REG_S	$\r, \r * BYTES($1)
	.endr
	move	$29, $1
	mfhi	$8
	mflo	$9
	mfc0	$10, $12
	mfc0	$11, $13
	MFC0	$12, $14
	MFC0	$13, $8
	.set	i, 32
	.irp	r, 8,9,10,11,12,13
	REG_S	$\r, i * BYTES($29)
	.set	i, i + 1
	.endr
	move	$4, $29
	addiu	$29, $29, -64
	LA	$25, trap
	jalr	$25
	nop
	addiu	$29, $29, 64
	REG_L	$8, 32 * BYTES($29)
	REG_L	$9, 33 * BYTES($29)
	REG_L	$12, 36 * BYTES($29)
	mthi	$8
	mtlo	$9
	MTC0	$12, $14
	.irp	r, 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,24,25,31
	REG_L	$\r, \r * BYTES($29)
	.endr
	REG_L	$29, 29 * BYTES($29)
	eret

machine_try:
	beqz	$5, 4f
	addiu	$5, $5, -1
	bnez	$5, 5f
	nop
	lbu	$2, 0($4)
	sb	$2, 0($4)
	jr	$31
	nop
4:	lbu	$2, 0($4)
	jr	$31
	nop
5:	jr	$4
	nop
	.balign	16
machine_code:
	jr	$31
	nop

	.bss
	.balign	16
	.skip	16384
stack_top:
