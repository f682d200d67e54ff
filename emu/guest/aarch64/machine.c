/* SPDX-License-Identifier: BSD-2-Clause */
/* AArch64, VMSAv8-64: Arm ARM DDI 0487, D8.3 and D17. */
#include "kernel.h"

#define VALID	UINT64_C(1)
#define TABLE	UINT64_C(2)		/* and page, at the last level */
#define DEVICE_ATTR (UINT64_C(1) << 2)
#define AP_RO	(UINT64_C(1) << 7)
#define SH_INNER (UINT64_C(3) << 8)
#define AF	(UINT64_C(1) << 10)
#define PXN	(UINT64_C(1) << 53)
#define UXN	(UINT64_C(1) << 54)
#define PXN_TABLE (UINT64_C(1) << 59)
#define AP_TABLE_RO (UINT64_C(1) << 62)
#define TCR_BOOT UINT64_C(0x2b5103510)	/* both halves 48 bits, 4 KiB; 36-bit PA */
#define TCR	((TCR_BOOT & ~UINT64_C(0x7c03f0000)) | UINT64_C(5) << 32 /* 48-bit PA */ | TG1 << 30 | \
    U(64 - VABITS) << 16 | 1 << 7 | 1 << 22 /* A1: the ASID is in TTBR1 */)
#define TTBR_BITS	(UINT64_C(0x5aa5) << 48 | 1)	/* the ASID; CnP */

struct frame {
	uint64_t x[31], sp, elr, spsr, esr, far;
};
void	trap(struct frame *);
void	switch_tables(uint64_t ttbr1, uint64_t tcr);
uint64_t psci(uint64_t function, uint64_t target, uint64_t entry, uint64_t context);
extern const char start2[], vectors[];
uint64_t boot_ttbr1, boot_tcr;		/* the second CPU's */

/* Tables of one granule, but the top one: D8.2.5. */
#define LEVEL_BITS	(PAGE_SHIFT - 3)
#define SHIFT(above)	(PAGE_SHIFT + (above) * LEVEL_BITS)
#define LEVEL(above)	{ SHIFT(above), VABITS < SHIFT((above) + 1) ? VABITS - SHIFT(above) : LEVEL_BITS }
const struct radix_level radix_levels[] = {
#if VABITS > SHIFT(3)
	LEVEL(3),
#endif
#if VABITS > SHIFT(2)
	LEVEL(2),
#endif
	LEVEL(1), LEVEL(0) };
unsigned radix_nlevels = sizeof radix_levels / sizeof radix_levels[0];

struct cluster clusters[] = {		/* the rest is the firmware's */
	{ 0x40100000, 0x0d00000 }, { 0x41000000, 0xe30000 } };
unsigned nclusters = 2;

uint64_t
radix_table(unsigned level, uint64_t pa)
{
	(void)level;
	return pa | TABLE | VALID;
}

uint64_t
radix_leaf(unsigned level, unsigned shift, uint64_t pa, unsigned prot)
{
	(void)shift;
	return pa | VALID | (level == radix_nlevels - 1 ? TABLE : 0) | AF |
	    (pa < RAM_FIRST ? DEVICE_ATTR : SH_INNER) |
	    (prot & PROT_W ? 0 : AP_RO) | (prot & PROT_X ? UXN : UXN | PXN);
}

uint64_t
radix_next(uint64_t entry)
{
	return (entry & (TABLE | VALID)) == (TABLE | VALID) ?
	    entry & UINT64_C(0x0000ffffffffffff) & ~UINT64_C(63) : 0;
}

#if FREEBSD			/* sys/arm64/arm64/locore.S: the top table is in the image */
uint64_t pagetable_l0_ttbr1[PAGE / 8] __attribute__((__aligned__(1 << PAGE_SHIFT)));
#endif

void
machine_init(void)
{
#if FREEBSD
	radix_root = virt_pa(pagetable_l0_ttbr1);
#endif
	__asm__ volatile("msr vbar_el1, %0; isb" : : "r"(vectors));
}

#if NETBSD			/* a minidump holds no tables */
/* A page that may do all, in a table that does not let it. */
static void
limited(uint64_t va, uint64_t bit, unsigned prot)
{
	const uint64_t pa = take(PAGE, PAGE);
	const unsigned last = radix_nlevels - 1;

	machine_enter(va, pa, PAGE_SHIFT, PROT_R | PROT_W | PROT_X);
	radix_set(va, last - 1, radix_get(va, last - 1) | bit);
	fact(MAP, va, pa, PAGE, prot);
}
#endif

void
machine_plan(void)
{
#if NETBSD
	limited(LIMITED(0), PXN_TABLE, PROT_R | PROT_W);
	limited(LIMITED(1), AP_TABLE_RO, PROT_R | PROT_X);
#endif
}

void
machine_switch(void)
{
	boot_ttbr1 = radix_root | TTBR_BITS;
	boot_tcr = TCR;
	switch_tables(boot_ttbr1, TCR);
}

void
trap(struct frame *f)
{
	const unsigned ec = (unsigned)(f->esr >> 26), status = f->esr & 0x3c;

	if (ec == 0x25 || ec == 0x21) {		/* data, instruction abort from EL1 */
		const enum outcome how = status == 0x04 ? UNMAPPED :
		    status == 0x0c ? DENIED : RESERVED;

		if (try_fault(f->far, how)) {
			f->elr = f->x[30];
			return;
		}
		trap_fatal("trap: data abort at ", f->far, f, sizeof *f);
	}
	trap_fatal("trap: esr ", f->esr, f, sizeof *f);
}

#define REGISTER(name)	({ uint64_t v_; __asm__ volatile("mrs %0, " #name : "=r"(v_)); v_; })

void
machine_registers(void)
{
	print("reg ttbr1 %x\n", REGISTER(ttbr1_el1));
	print("reg tcr %x\n", REGISTER(tcr_el1));
	print("reg mair %x\n", REGISTER(mair_el1));
	print("reg sctlr %x\n", REGISTER(sctlr_el1));
}

void
machine_start_cpu(void)
{
	const uint64_t result = psci(0xc4000003, 1, virt_pa(start2), 0);	/* CPU_ON */

	if (result != 0)
		panic("wrong: CPU_ON ", result);
}

/* sys/arch/aarch64/include/kcore.h */
void
machine_kcore_header(void *at)
{
	uint64_t *word = at;

	*word++ = REGISTER(tcr_el1);
	*word++ = REGISTER(ttbr1_el1);
	*word++ = kcore_nram;
	kcore_ram(word);
}
