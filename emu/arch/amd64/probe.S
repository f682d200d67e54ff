/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What runs on the CPU while a fixture's tables are asked: start-up into long mode, once, and
 * then batches of single accesses, each of which may fault.  Position independent: it is seen
 * at whatever slot the fixture's root leaves free.  probes.py knows the offsets fixed by .org.
 */
	.globl	_start
	.code16
_start:					/* real mode, CS:IP = 0800:0000 */
	mov	%cs, %ax
	mov	%ax, %ds
	lgdtl	boot_gdtr
	mov	$0x20, %eax		/* CR4.PAE */
	mov	%eax, %cr4
	mov	$0x10000, %eax		/* boot tables, written by probes.py */
	mov	%eax, %cr3
	mov	$0xc0000080, %ecx	/* EFER.LME */
	mov	$0x100, %eax
	xor	%edx, %edx
	wrmsr
	mov	$0x80000011, %eax	/* CR0.PG, ET, PE */
	mov	%eax, %cr0
	ljmpl	$8, $0x8000 + booted
	.balign	8
gdt:	.quad	0, 0x00af9b000000ffff, 0x00cf93000000ffff	/* code64, data */
boot_gdtr:
	.word	23
	.long	0x8000 + gdt

	.org	0x100
	.code64
booted:	mov	$16, %eax
	mov	%eax, %ss
	mov	%eax, %ds
	mov	%eax, %es
	.org	0x140, 0x90
boot_done:
	jmp	boot_done

	/* One batch: `count` entries of { va, kind, value, status }. */
	.org	0x200
batch:	lea	stack_top(%rip), %rsp
	lgdt	gdtr(%rip)
	lidt	idtr(%rip)
	lea	list(%rip), %rbx
	mov	count(%rip), %rbp
	lea	landed(%rip), %r15
next:	test	%rbp, %rbp
	jz	done
	mov	(%rbx), %rdi
	mov	8(%rbx), %rax
	cmp	$1, %rax
	je	write
	ja	execute
	mov	(%rdi), %rax
	mov	%rax, 16(%rbx)
	jmp	landed
write:	lock orb $0, (%rdi)		/* a write that changes nothing */
	jmp	landed
execute:
	jmp	*%rdi			/* finds jmp *%r15 there */
landed:	movq	$1, 24(%rbx)
step:	add	$32, %rbx
	dec	%rbp
	jmp	next

	.org	0x2c0
done:	jmp	done

fault:	pop	%rdx			/* vector; below it the error code */
	pop	%rcx
	lea	stack_top(%rip), %rsp
	shl	$32, %rdx
	or	%rcx, %rdx
	bts	$63, %rdx
	mov	%rdx, 24(%rbx)
	mov	%cr2, %rdx
	mov	%rdx, 16(%rbx)
	jmp	step

	.org	0x400
#include "../i386/vectors.inc"

	.org	0x800
gdtr:	.skip	16
idtr:	.skip	16
count:	.quad	0
	.org	0x1000
idt:	.skip	4096
stack:	.skip	4096
stack_top:
list:
