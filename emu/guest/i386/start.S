/* SPDX-License-Identifier: BSD-2-Clause */
/* PVH entry (paging off, ebx = start info); boot tables: 1:1 below the kernel, 64 MiB there. */
#define PHYS(x)	((x) - KERNEL_VA_MINUS_PA)

	.section .note.Xen, "a", @note
	.balign	4
	.long	4, 4, 18		/* XEN_ELFNOTE_PHYS32_ENTRY */
	.asciz	"Xen"
	.long	PHYS(start)

	.section .start, "ax"
	.globl	start, machine_try, machine_code, trap_table
start:	cld
	mov	$PHYS(stack_top), %esp
	mov	%ebx, PHYS(start_info)
	mov	$PHYS(boot_table), %edi
	xor	%ecx, %ecx
	mov	$0x83, %eax
#if REGIME_pae
1:	mov	%eax, (%edi, %ecx, 8)
	movl	$0, 4(%edi, %ecx, 8)
	cmp	$32, %ecx
	jae	2f
	mov	%eax, KERNEL_VA_MINUS_PA >> 18(%edi, %ecx, 8)
2:	add	$0x200000, %eax
	inc	%ecx
	cmp	$(KERNEL_VA_MINUS_PA >> 21), %ecx
	jne	1b
	mov	$PHYS(boot_top), %edx
	lea	1(%edi), %eax
	xor	%ecx, %ecx
4:	mov	%eax, (%edx, %ecx, 8)
	add	$0x1000, %eax
	inc	%ecx
	cmp	$4, %ecx
	jne	4b
	mov	$0x20, %eax		/* CR4.PAE */
	mov	%eax, %cr4
	mov	%edx, %cr3
	mov	$0xc0000080, %ecx	/* EFER: NXE */
	mov	$0x800, %eax
	xor	%edx, %edx
	wrmsr
#else
1:	mov	%eax, (%edi, %ecx, 4)
	cmp	$16, %ecx
	jae	2f
	mov	%eax, KERNEL_VA_MINUS_PA >> 20(%edi, %ecx, 4)
2:	add	$0x400000, %eax
	inc	%ecx
	cmp	$(KERNEL_VA_MINUS_PA >> 22), %ecx
	jne	1b
	mov	$0x10, %eax		/* CR4.PSE */
	mov	%eax, %cr4
	mov	%edi, %cr3
#endif
	mov	$0x80010011, %eax	/* CR0: PG, WP, ET, PE */
	mov	%eax, %cr0
	lgdtl	gdtr
	ljmpl	$8, $5f
5:	mov	$16, %eax
	mov	%eax, %ss
	mov	%eax, %ds
	mov	%eax, %es
	mov	$stack_top, %esp
	xor	%ebp, %ebp
	call	kernel_main

machine_try:				/* pushes nothing: see trap() */
	mov	4(%esp), %eax
	cmpl	$1, 8(%esp)
	je	6f
	ja	7f
	mov	(%eax), %al
	ret
6:	lock orb $0, (%eax)
	ret
7:	jmp	*%eax
	.balign	16
machine_code:
	ret

trap_all:
	pushal
	push	%esp
	cld
	call	trap
	add	$4, %esp
	popal
	add	$8, %esp
	iret
	.balign	16
trap_table:				/* 16 bytes each; mask: vectors with an error code */
	.set	vector, 0
	.rept	32
	.balign	16
	.if	!((0x60227d00 >> vector) & 1)
	push	$0
	.endif
	push	$vector
	jmp	trap_all
	.set	vector, vector + 1
	.endr

	.data
	.balign	32
boot_top:
	.quad	0, 0, 0, 0
gdt:	.quad	0, 0x00cf9b000000ffff, 0x00cf93000000ffff
gdtr:	.word	23
	.long	gdt
	.bss
	.balign	4096
boot_table: .skip 16384
	.skip	16384
stack_top:
