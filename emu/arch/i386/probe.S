/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * i386: start-up into protected mode, once, and then batches of single accesses, each of which
 * may fault.  The scratch is seen at its physical address; %edx is that address in a batch.
 * probes.py knows the offsets fixed by .org.
 */
	.globl	_start
	.code16
_start:					/* real mode, CS:IP = 0800:0000 */
	mov	%cs, %ax
	mov	%ax, %ds
	lgdtl	boot_gdtr
	mov	$0x11, %eax		/* CR0.ET, PE */
	mov	%eax, %cr0
	ljmpl	$8, $0x8000 + booted
	.balign	8
gdt:	.quad	0, 0x00cf9b000000ffff, 0x00cf93000000ffff	/* code32, data */
boot_gdtr:
	.word	23
	.long	0x8000 + gdt

	.org	0x100
	.code32
booted:	mov	$16, %eax
	mov	%eax, %ss
	mov	%eax, %ds
	mov	%eax, %es
	.org	0x140, 0x90
boot_done:
	jmp	boot_done

	/* One batch: %ebp entries of { va, kind, value, status } from %ebx on. */
	.org	0x200
batch:	lgdt	gdtr(%edx)
	lidt	idtr(%edx)
	lea	landed(%edx), %esi
next:	test	%ebp, %ebp
	jz	done
	mov	(%ebx), %edi
	mov	4(%ebx), %eax
	cmp	$1, %eax
	je	write
	ja	execute
	mov	(%edi), %eax
	mov	%eax, 8(%ebx)
	jmp	landed
write:	lock orb $0, (%edi)		/* a write that changes nothing */
	jmp	landed
execute:
	jmp	*%edi			/* finds jmp *%esi there */
landed:	movl	$1, 12(%ebx)
step:	add	$16, %ebx
	dec	%ebp
	jmp	next

	.org	0x2c0
done:	jmp	done

fault:	pop	%ecx			/* vector; below it the error code */
	pop	%eax
	add	$12, %esp
	shl	$16, %ecx
	or	%ecx, %eax
	bts	$31, %eax
	mov	%eax, 12(%ebx)
	mov	%cr2, %eax
	mov	%eax, 8(%ebx)
	jmp	step

	.org	0x400
#include "../i386/vectors.inc"

	.org	0x800
gdtr:	.skip	16
idtr:	.skip	16
