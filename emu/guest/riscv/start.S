/* SPDX-License-Identifier: BSD-2-Clause */
/* Supervisor mode, MMU off, a0 = hart; boot tables: devices and RAM 1:1, and RAM at KERNEL_VA. */
#if __riscv_xlen == 64
#define STORE	sd
#define LOAD	ld
#define WORD	8
#define GIB(va)	((((va) >> 30) & 511) * 8)
#else
#define STORE	sw
#define LOAD	lw
#define WORD	4
#endif

	.option	norvc
	.section .start, "ax"
	.globl	start, start2, machine_try, machine_code, trap_all, sbi, boot_hart
start:
#if __riscv_xlen == 32			/* no firmware: leave machine mode */
	li	t0, -1
	csrw	pmpaddr0, t0
	csrw	medeleg, t0
	li	t0, 0x1f
	csrw	pmpcfg0, t0
	li	t0, 0x1800
	csrc	mstatus, t0
	li	t0, 0x0800
	csrs	mstatus, t0
	la	t0, 1f
	csrw	mepc, t0
	mret
1:
#else
	/* OpenSBI 1.1 lets a hart go before it has noted where to: then the second one comes here. */
	la	t0, booted
	li	t1, 1
	amoswap.w t1, t1, (t0)
	bnez	t1, start2
#endif
	la	sp, stack_top
	la	t0, boot_hart
	STORE	a0, 0(t0)
	la	s1, kernel_main
	/* The table of gigapages serves at all depths: only the upper ones differ. */
	la	t0, boot_table
#if __riscv_xlen == 64
	li	t1, 0xcf			/* D A X W R V */
	sd	t1, GIB(0)(t0)
	li	t1, (0x80000000 >> 2) + 0xcf
	li	t2, GIB(0x80000000)
	add	t2, t2, t0
	sd	t1, 0(t2)
	li	t2, GIB(KERNEL_VA)
	add	t2, t2, t0
	sd	t1, 0(t2)
	srli	t1, t0, 2
	ori	t1, t1, 1
	li	t2, 8 * 511
#if LEVELS >= 4
	la	t0, boot_table4
	add	t3, t0, t2
	sd	t1, 0(t0)
	sd	t1, 0(t3)
#endif
#if LEVELS == 5
	srli	t1, t0, 2
	ori	t1, t1, 1
	la	t0, boot_table5
	add	t3, t0, t2
	sd	t1, 0(t0)
	sd	t1, 0(t3)
#endif
	li	t1, (LEVELS + 5) << 60
#else
	li	t1, (0x10000000 >> 2) + 0xcf
	sw	t1, 4 * 0x40(t0)
	li	t1, (0x80000000 >> 2) + 0xcf
	li	t2, 4 * 0x200			/* 0x80000000, and KERNEL_VA, 64 MiB each */
	add	t2, t2, t0
	li	t3, 4 * (KERNEL_VA >> 22)
	add	t3, t3, t0
	li	t4, 16
1:	sw	t1, 0(t2)
	sw	t1, 0(t3)
	li	t5, 1 << 20
	add	t1, t1, t5
	addi	t2, t2, 4
	addi	t3, t3, 4
	addi	t4, t4, -1
	bnez	t4, 1b
	li	t1, 1 << 31
#endif
	srli	t0, t0, 12
	or	t0, t0, t1
	la	t1, boot_satp
	STORE	t0, 0(t1)
	j	2f
start2:	la	sp, stack2_top
	la	s1, second
	la	t1, boot_satp
	LOAD	t0, 0(t1)
2:	sfence.vma
	csrw	satp, t0
	sfence.vma
	li	t0, KERNEL_VA_MINUS_PA
	add	sp, sp, t0
	add	s1, s1, t0
	jr	s1
second:	la	t0, trap_all
	csrw	stvec, t0
	la	t0, final_satp
	LOAD	t0, 0(t0)
	csrw	satp, t0
	sfence.vma
	call	kernel_second_cpu

sbi:	mv	a6, a3
	mv	a7, a4
	ecall
	ret

machine_try:
	li	t0, 1
	beq	a1, t0, 3f
	bgt	a1, t0, 4f
	lbu	t1, 0(a0)
	ret
3:	lbu	t1, 0(a0)
	sb	t1, 0(a0)
	ret
4:	jr	a0
	.balign	16
machine_code:
	ret

	.balign	4
trap_all:
	addi	sp, sp, -36 * WORD
	.irp	n,1,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
	STORE	x\n, \n * WORD(sp)
	.endr
	addi	t0, sp, 36 * WORD
	STORE	t0, 2 * WORD(sp)
	csrr	t0, sepc
	STORE	t0, 32 * WORD(sp)
	csrr	t0, scause
	STORE	t0, 33 * WORD(sp)
	csrr	t0, stval
	STORE	t0, 34 * WORD(sp)
	mv	a0, sp
	call	trap
	LOAD	t0, 32 * WORD(sp)
	csrw	sepc, t0
	.irp	n,1,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
	LOAD	x\n, \n * WORD(sp)
	.endr
	addi	sp, sp, 36 * WORD
	sret

	.data
	.balign	8
boot_hart:
	.dword	0
boot_satp:
	.dword	0
booted:	.word	0
	.bss
	.balign	4096
boot_table: .skip 4096
boot_table4: .skip 4096
boot_table5: .skip 4096
	.skip	16384
stack_top:
	.skip	16384
stack2_top:
