/* SPDX-License-Identifier: BSD-2-Clause */
/* PVH entry (32-bit, paging off, ebx = start info) to long mode; traps; guarded accesses. */
#define PHYS(x)	((x) - 0xffffffff80000000)

	.section .note.Xen, "a", @note
	.balign	4
	.long	4, 4, 18		/* XEN_ELFNOTE_PHYS32_ENTRY */
	.asciz	"Xen"
	.long	PHYS(start)

	.text
	.globl	start, machine_try, trap_table
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
	mov	24(%ebx), %esi		/* start info: command line */
	cmpb	$'5', (%esi)
	jne	2f
	or	$0x1000, %eax		/* CR4.LA57 */
	lea	3(%edi), %ecx
	mov	$PHYS(boot_pml5), %edx
	mov	%ecx, (%edx)
	mov	%ecx, 511 * 8(%edx)
2:	mov	%eax, %cr4
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
	mov	$stack_top, %rsp
	xor	%ebp, %ebp
	call	kernel_main
5:	hlt
	jmp	5b

	/* uint64_t machine_try(va, write): the instructions that may fault, and where to go then. */
machine_try:
	test	%esi, %esi
	jnz	6f
	.globl	try_read, try_write, try_done
try_read:
	mov	(%rdi), %al
	xor	%eax, %eax
	ret
6:	xor	%eax, %eax
try_write:
	lock orb $0, (%rdi)
try_done:
	ret

trap_all:				/* rax .. r11 saved, as trap() may be C */
	push	%rax; push %rcx; push %rdx; push %rsi; push %rdi
	push	%r8; push %r9; push %r10; push %r11
	mov	%rsp, %rdi
	cld
	call	trap
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
gdt:	.quad	0, 0x00af9b000000ffff, 0x00cf93000000ffff
gdtr32:	.word	23
	.long	PHYS(gdt)
gdtr:	.word	23
	.quad	gdt
	.globl	start_info
start_info:
	.long	0
	.bss
	.balign	4096
boot_pml5: .skip 4096
boot_pml4: .skip 4096
boot_pdpt: .skip 4096
	.skip	16384
stack_top:
