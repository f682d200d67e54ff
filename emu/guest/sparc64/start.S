/* SPDX-License-Identifier: BSD-2-Clause */
/* Entered by OpenBIOS at the physical address, which it maps; all its TLB entries are replaced. */
#include "machine.h"
#define ASI_PHYS	0x14
#define ASI_IMMU	0x50
#define ASI_IDATA_IN	0x54
#define ASI_IENTRY	0x55
#define ASI_DMMU	0x58
#define ASI_DDATA_IN	0x5c
#define ASI_DENTRY	0x5d
#define TAG_ACCESS	0x30
#define SFSR		0x18
#define SFAR		0x20
#define ENTRIES		64
#define BIAS		2047
#define PSTATE		0x14			/* PEF, PRIV */

	.register %g2, #scratch
	.register %g3, #scratch
	.register %g6, #scratch
	.register %g7, #scratch

	/* Entry %g1 * 8 of the TLB: VA %g2 to what %g3 says. */
	.macro	locked va, pa, count
	setx	\va, %o0, %g2
	set	\pa, %g3
	or	%g3, %g4, %g3
	mov	\count, %g7
9:	stxa	%g2, [%g5] ASI_DMMU
	stxa	%g3, [%g1] ASI_DENTRY
	membar	#Sync
	set	LOCKED_SIZE, %o0
	add	%g2, %o0, %g2
	add	%g3, %o0, %g3
	subcc	%g7, 1, %g7
	bne	9b
	 add	%g1, 8, %g1
	.endm

	.section .start, "ax"
	.globl	start, machine_try, machine_code
start:	wrpr	%g0, PSTATE, %pstate
	wrpr	%g0, 15, %pil
	wrpr	%g0, 0, %tl
	mov	TAG_ACCESS, %g5
	mov	7, %g4				/* V, 4 MiB; L, CP, CV, P, W */
	sllx	%g4, 61, %g4
	or	%g4, 0x76, %g4
	set	KERNBASE, %g2
	set	KERNBASE_PA, %g3
	or	%g3, %g4, %g3
	mov	8 * (ENTRIES - 1), %g1
	stxa	%g2, [%g5] ASI_IMMU
	stxa	%g3, [%g1] ASI_IENTRY
	membar	#Sync
	set	1f, %g1
	jmp	%g1
	 nop
1:	set	vectors, %g1
	wrpr	%g1, 0, %tba
	mov	8 * (ENTRIES - 2), %g1
	stxa	%g0, [%g5] ASI_IMMU
2:	stxa	%g0, [%g1] ASI_IENTRY
	membar	#Sync
	subcc	%g1, 8, %g1
	bge	2b
	 nop
	mov	0, %g1
	locked	KERNBASE, KERNBASE_PA, 1
	locked	DIRECT, 0, DIRECT_COUNT
	locked	BANK_VA, BANK, BANK_COUNT
	stxa	%g0, [%g5] ASI_DMMU
3:	stxa	%g0, [%g1] ASI_DENTRY
	membar	#Sync
	add	%g1, 8, %g1
	cmp	%g1, 8 * ENTRIES
	bl	3b
	 nop
	wrpr	%g0, 0, %tl
	set	stack_top - 192 - BIAS, %sp
	set	stack_top - 192 - BIAS, %fp
	call	kernel_main
	 nop

machine_try:
	cmp	%o1, 1
	be	2f
	 nop
	bg	3f
	 nop
	ldub	[%o0], %o2
	retl
	 nop
2:	ldub	[%o0], %o2
	stb	%o2, [%o0]
	retl
	 nop
3:	jmp	%o0
	 nop
	.balign	16
machine_code:
	retl
	 nop

#if REGIME_tsb
	/* An entry whose page is that of the address, of the size that it says. */
	.macro	refill mmu, data_in, bits
	mov	TAG_ACCESS, %g1
	ldxa	[%g1] \mmu, %g1
	sethi	%hi(tsb_kernel_phys), %g2
	ldx	[%g2 + %lo(tsb_kernel_phys)], %g2
	srlx	%g1, 13, %g3
	set	(1 << TSB_SHIFT) - 1, %g4
	and	%g3, %g4, %g3
	sllx	%g3, TTE_SHIFT, %g3
	ldxa	[%g2 + %g3] ASI_PHYS, %g5
	add	%g3, 8, %g3
	ldxa	[%g2 + %g3] ASI_PHYS, %g2
	brgez	%g2, trap_all
	 and	%g2, \bits, %g3
	cmp	%g3, \bits
	bne	%xcc, trap_all
	 srlx	%g2, 61, %g3
	and	%g3, 3, %g3
	sllx	%g3, 1, %g4
	add	%g4, %g3, %g4
	add	%g4, 13, %g4
	srlx	%g1, %g4, %g4
	sllx	%g4, 2, %g4
	or	%g4, %g3, %g4
	cmp	%g4, %g5
	bne	%xcc, trap_all
	 nop
	stxa	%g2, [%g0] \data_in
	retry
	.endm
#else
	/* Physical addresses in three levels of 1024; bits 63:43 equal, else it is in the hole. */
	.macro	refill mmu, data_in, bits
	mov	TAG_ACCESS, %g1
	ldxa	[%g1] \mmu, %g1
	srax	%g1, 43, %g2
	srlx	%g2, 63, %g3
	add	%g2, %g3, %g2
	brnz	%g2, trap_all
	 sethi	%hi(radix_root), %g2
	ldx	[%g2 + %lo(radix_root)], %g2
	srlx	%g1, 33, %g3
	and	%g3, 1023, %g3
	sllx	%g3, 3, %g3
	ldxa	[%g2 + %g3] ASI_PHYS, %g2
	brz	%g2, trap_all
	 srlx	%g1, 23, %g3
	and	%g3, 1023, %g3
	sllx	%g3, 3, %g3
	ldxa	[%g2 + %g3] ASI_PHYS, %g2
	brz	%g2, trap_all
	 srlx	%g1, 13, %g3
	and	%g3, 1023, %g3
	sllx	%g3, 3, %g3
	ldxa	[%g2 + %g3] ASI_PHYS, %g2
	brgez	%g2, trap_all
	 nop
	stxa	%g2, [%g0] \data_in
	retry
	.endm
#endif
refill_i:
	refill	ASI_IMMU, ASI_IDATA_IN, TTE_EXEC
refill_d:
	refill	ASI_DMMU, ASI_DDATA_IN, 0

trap_all:				/* with one of the alternate sets of globals */
	add	%sp, BIAS - 512, %g4
	rdpr	%tt, %g1
	stx	%g1, [%g4]
	rdpr	%tpc, %g1
	stx	%g1, [%g4 + 8]
	rdpr	%tnpc, %g1
	stx	%g1, [%g4 + 16]
	rdpr	%tstate, %g1
	stx	%g1, [%g4 + 24]
	mov	TAG_ACCESS, %g1
	ldxa	[%g1] ASI_DMMU, %g1
	stx	%g1, [%g4 + 32]
	mov	SFSR, %g1
	ldxa	[%g1] ASI_DMMU, %g1
	stx	%g1, [%g4 + 40]
	mov	SFAR, %g1
	ldxa	[%g1] ASI_DMMU, %g1
	stx	%g1, [%g4 + 48]
	rd	%y, %g1
	stx	%g1, [%g4 + 56]
	.irp	r, 0,1,2,3,4,5,6,7
	stx	%o\r, [%g4 + 64 + 8 * \r]
	.endr
	mov	%g4, %o0
	wrpr	%g0, PSTATE, %pstate
	.irp	r, 1,2,3,4,5,6,7
	stx	%g\r, [%o0 + 128 + 8 * \r]
	.endr
	sub	%o0, BIAS + 192, %sp
	call	trap
	 nop
	add	%sp, BIAS + 192, %o0
	ldx	[%o0 + 8], %g1
	wrpr	%g1, 0, %tpc
	ldx	[%o0 + 16], %g1
	wrpr	%g1, 0, %tnpc
	ldx	[%o0 + 24], %g1
	wrpr	%g1, 0, %tstate
	ldx	[%o0 + 56], %g1
	wr	%g1, 0, %y
	.irp	r, 1,2,3,4,5,6,7
	ldx	[%o0 + 128 + 8 * \r], %g\r
	.endr
	.irp	r, 1,2,3,4,5,6,7,0
	ldx	[%o0 + 64 + 8 * \r], %o\r
	.endr
	retry

	.balign	0x8000
vectors:
	.set	n, 0
	.rept	1024				/* 512 of each trap level */
	.if (n & 0x1fc) == 0x64
	ba	refill_i
	.elseif (n & 0x1fc) == 0x68
	ba	refill_d
	.else
	ba	trap_all
	.endif
	 nop
	.skip	24
	.set	n, n + 1
	.endr

	.bss
	.balign	16
	.skip	16384
stack_top:
