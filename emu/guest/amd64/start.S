/* SPDX-License-Identifier: BSD-2-Clause */
/* PVH entry (32-bit, paging off, ebx = start info) to long mode; traps; guarded accesses. */
#define PHYS(x)	((x) - KERNEL_VA_MINUS_PA)

	.section .note.Xen, "a", @note
	.balign	4
	.long	4, 4, 18		/* XEN_ELFNOTE_PHYS32_ENTRY */
	.asciz	"Xen"
	.long	PHYS(start)

	.section .start, "ax"
	.globl	start, machine_try, machine_code, trap_table, trampoline, trampoline_end
	.code32
start:	cld
	mov	$PHYS(stack_top), %esp
	mov	%ebx, PHYS(start_info)
	/* Boot tables: the first 8 GiB 1:1 in 1 GiB pages, and again at -2 GiB. */
	mov	$PHYS(boot_pdpt), %edi
	xor	%ecx, %ecx
1:	mov	%ecx, %eax
	shl	$30, %eax
	or	$0x83, %eax
	mov	%eax, (%edi, %ecx, 8)
	mov	%ecx, %eax
	shr	$2, %eax
	mov	%eax, 4(%edi, %ecx, 8)
	inc	%ecx
	cmp	$8, %ecx
	jne	1b
	movl	$0x83, 510 * 8(%edi)
	lea	3(%edi), %eax
	mov	$PHYS(boot_pml4), %edi
	mov	%eax, (%edi)
	mov	%eax, 511 * 8(%edi)
	mov	%edi, %edx		/* the root, of 4 levels */
	mov	$0x20, %eax		/* CR4.PAE */
#if REGIME_5level || LEVELS == 5
	or	$0x1000, %eax		/* CR4.LA57 */
	lea	3(%edi), %ecx
	mov	$PHYS(boot_pml5), %edx
	mov	%ecx, (%edx)
	mov	%ecx, 511 * 8(%edx)
#endif
	xor	%ebp, %ebp
	mov	%eax, PHYS(boot_cr4)
	mov	%edx, PHYS(boot_cr3)
paging:	mov	%eax, %cr4
	mov	%edx, %cr3
	mov	$0xc0000080, %ecx	/* EFER: LME, NXE */
	mov	$0x900, %eax
	xor	%edx, %edx
	wrmsr
	mov	$0x80010011, %eax	/* CR0: PG, WP, ET, PE */
	mov	%eax, %cr0
	lgdtl	PHYS(gdtr32)
	ljmpl	$8, $PHYS(3f)
	.code64
3:	movabs	$4f, %rax
	jmp	*%rax
4:	lgdt	gdtr
	mov	$16, %eax
	mov	%eax, %ss
	mov	%eax, %ds
	mov	%eax, %es
	mov	$stack2_top, %rsp
	mov	second_root, %rax
	test	%ebp, %ebp
	jz	5f
	mov	%rax, %cr3
	call	machine_init2
5:	mov	$stack_top, %rsp
	call	kernel_main

	/* Where the second CPU starts, in real mode, copied below 1 MiB. */
	.code16
trampoline:
	cli
	lgdtl	%cs:trampoline_gdtr - trampoline
	mov	$0x11, %eax
	mov	%eax, %cr0
	ljmpl	$24, $PHYS(second)
	.balign	4
trampoline_gdtr:
	.word	31
	.long	PHYS(gdt)
trampoline_end:
	.code32
second:	mov	$16, %eax
	mov	%eax, %ds
	mov	%eax, %ss
	mov	$1, %ebp
	mov	PHYS(boot_cr4), %eax
	mov	PHYS(boot_cr3), %edx
	jmp	paging
	.code64

machine_try:
	cmp	$1, %esi
	je	6f
	ja	7f
	mov	(%rdi), %al
	ret
6:	lock orb $0, (%rdi)
	ret
7:	jmp	*%rdi
	.balign	16
machine_code:
	ret

trap_all:				/* struct frame */
	push	%rax; push %rcx; push %rdx; push %rsi; push %rdi
	push	%r8; push %r9; push %r10; push %r11
	push	%rbx; push %rbp; push %r12; push %r13; push %r14; push %r15
	mov	%rsp, %rdi
	cld
	call	trap
	pop	%r15; pop %r14; pop %r13; pop %r12; pop %rbp; pop %rbx
	pop	%r11; pop %r10; pop %r9; pop %r8
	pop	%rdi; pop %rsi; pop %rdx; pop %rcx; pop %rax
	add	$16, %rsp
	iretq
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
	.balign	16
gdt:	.quad	0, 0x00af9b000000ffff, 0x00cf93000000ffff, 0x00cf9b000000ffff
gdtr32:	.word	31
	.long	PHYS(gdt)
gdtr:	.word	31
	.quad	gdt
boot_cr4:
	.long	0
boot_cr3:
	.long	0
	.bss
	.balign	4096
boot_pml5: .skip 4096
boot_pml4: .skip 4096
boot_pdpt: .skip 4096
	.skip	16384
stack_top:
	.skip	16384
stack2_top:
