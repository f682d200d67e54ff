/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * PowerPC with a hashed page table, 32 and 64 bits: sets the translation registers, then makes
 * batches of single accesses.  The code and its vectors are the board's firmware and stay in real
 * mode; only an access itself is made with MSR.DR, an execution with MSR.IR, and `sc` brings it
 * back.  So no mapping is ours.
 * probes.py starts it at 0x2000 with r3 = entries, r4 = their number, r5 = the scratch,
 * r6 = where the firmware lies.
 */
#ifdef __powerpc64__
#define L	ld
#define S	std
#define MTMSR	mtmsrd
#define RFI	rfid
#define W	8
#else
#define L	lwz
#define S	stw
#define MTMSR	mtmsr
#define RFI	rfi
#define W	4
#endif
#define REGS	0x3000

	.globl	_start
_start:
	/* Each vector: its own number to r10. */
	.set	vector, 0
	.rept	0x40
	.org	vector
	li	%r10, vector
	b	fault
	.set	vector, vector + 0x80
	.endr

	.org	0x2000
	L	%r7, REGS(%r5)
	xoris	%r8, %r7, 1		/* another table, so that QEMU forgets what it held */
	mtspr	25, %r8			/* SDR1 */
	mtspr	25, %r7
	addi	%r8, %r5, REGS + W
#ifdef __powerpc64__
	mtspr	311, %r6		/* HIOR */
	slbia
	li	%r9, 64			/* each SLB entry: RB, RS */
	mtctr	%r9
1:	ld	%r9, 0(%r8)
	ld	%r7, 8(%r8)
	slbmte	%r7, %r9
	addi	%r8, %r8, 16
	bdnz	1b
#else
	.set	i, 0
	.rept	16
	lwz	%r7, 4*i(%r8)
	mtsr	i, %r7
	.set	i, i + 1
	.endr
	.macro	bats first, count, from
	.set	i, 0
	.rept	\count
	lwz	%r7, 4*(\from + i)(%r8)
	mtspr	\first + i, %r7
	.set	i, i + 1
	.endr
	.endm
	bats	528, 16, 16		/* IBAT0U .. IBAT3L, DBAT0U .. DBAT3L */
	bats	560, 16, 32		/* IBAT4U .. IBAT7L, DBAT4U .. DBAT7L */
#endif
	isync
	mfmsr	%r20
	ori	%r21, %r20, 0x10	/* DR */
	ori	%r22, %r20, 0x30	/* IR, DR */
	cmpwi	%r4, 0
	beq	done
next:	L	%r6, 0(%r3)
	L	%r7, W(%r3)
	cmpwi	%r7, 1
	bgt	execute
	beq	write
	MTMSR	%r21
	isync
	L	%r8, 0(%r6)
	b	landed
write:	MTMSR	%r21
	isync
	lbz	%r9, 0(%r6)		/* a write that changes nothing */
	stb	%r9, 0(%r6)
landed:	MTMSR	%r20
	isync
	li	%r9, 1
	b	store
execute:
	mtsrr0	%r6
	mtsrr1	%r22
	RFI				/* finds sc there */

fault:	cmpwi	%r10, 0xc00		/* system call */
	beq	arrived
	andi.	%r9, %r10, 0x400	/* 400, 480: an instruction; its cause is in SRR1 */
	bne	1f
	mfspr	%r8, 19			/* DAR */
	mfspr	%r9, 18			/* DSISR */
	b	2f
1:	mfsrr0	%r8
	mfsrr1	%r9
2:	rlwinm	%r9, %r9, 0, 0, 15
	or	%r9, %r9, %r10
	b	store
arrived:
	mr	%r8, %r6
	li	%r9, 1
store:	S	%r8, 2*W(%r3)
	S	%r9, 3*W(%r3)
	addi	%r3, %r3, 4*W
	addi	%r4, %r4, -1
	cmpwi	%r4, 0
	bne	next
done:	nop
stop:	b	stop
