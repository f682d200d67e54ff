/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * RISC-V: batches of single accesses from M-mode, whose loads and stores MSTATUS.MPRV makes those
 * of S-mode; executions go to S-mode, where an ecall comes back.  No mapping of ours is needed.
 * probes.py starts it with t0 = satp, s0 = entries, s1 = their number.
 */
#if __riscv_xlen == 64
#define L ld
#define S sd
#define W 8
#else
#define L lw
#define S sw
#define W 4
#endif
	.option	norvc
	.option	norelax
	.globl	_start
_start:
	csrw	satp, t0
#if __riscv_xlen == 64
	li	t1, 1 << 62		/* menvcfg.PBMTE */
	csrw	0x30a, t1
#endif
	sfence.vma
	lla	t1, trap
	csrw	mtvec, t1
	li	s2, 0x20800		/* MPRV, MPP = S */
	li	s3, 0x21800		/* MPRV, MPP: a trap leaves MPP = M */
	csrc	mstatus, s3
	li	t1, 0x40000		/* SUM: pages of U-mode are pages */
	csrs	mstatus, t1
	li	t1, 0x80000		/* MXR, where only QEMU is asked: X alone is a page, too */
	csrs	mstatus, t1
	beqz	s1, done
	csrc	mstatus, t1
next:	L	a0, 0(s0)
	L	a1, W(s0)
	li	a3, 1
	bltu	a3, a1, execute
	beq	a3, a1, write
	csrs	mstatus, s2
	L	a2, 0(a0)
	csrc	mstatus, s3
	j	landed
write:	csrs	mstatus, s2
	amoor.w	zero, zero, (a0)	/* a write that changes nothing */
	csrc	mstatus, s3
	j	landed
execute:
	csrc	mstatus, s3
	csrs	mstatus, s2		/* MPP = S */
	csrw	mepc, a0
	mret				/* finds ecall there */

	.balign	4
trap:	csrc	mstatus, s3
	csrr	a3, mcause
	csrr	a2, mtval
	li	a4, 9			/* environment call from S-mode */
	beq	a3, a4, arrived
	addi	a3, a3, 0x100
	j	store
arrived:
	mv	a2, a0
landed:	li	a3, 1
store:	S	a2, 2*W(s0)
	S	a3, 3*W(s0)
	addi	s0, s0, 4*W
	addi	s1, s1, -1
	bnez	s1, next
done:	nop
stop:	j	stop
