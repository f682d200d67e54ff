/* SPDX-License-Identifier: BSD-2-Clause */
/* FreeBSD's TSB, which has the kernel's 4 MiB pages too: sys/sparc64/sparc64/pmap.c. */
#include "kernel.h"

#if REGIME_tsb
#define TD_V		(UINT64_C(1) << 63)
#define TD_SIZE		61			/* shift: 8 KiB times 8 each */
#define TD_REF		UINT64_C(0x400)
#define TD_SW		UINT64_C(0x100)		/* may be written, as software knows it */
#define TD_OTHER	UINT64_C(0x1281)	/* PV, WIRED, one that it leaves clear; global */
#define TD_CACHED	UINT64_C(0x30)
#define TD_P		UINT64_C(4)		/* privileged */
#define TD_W		UINT64_C(2)
#define MASK		((UINT64_C(1) << TSB_SHIFT) - 1)

struct tte {
	uint64_t vpn, data, next, prev;		/* a list of all mappings of a page */
};
uint64_t tsb_kernel_phys;

void
machine_init(void)
{
	const uint64_t size = UINT64_C(1) << (TSB_SHIFT + TTE_SHIFT);

	tsb_kernel_phys = take(size, size);
	own(tsb_kernel_phys, size);
	memset((void *)DIRECT_VA(tsb_kernel_phys), 0, size);
}

void
machine_enter(uint64_t va, uint64_t pa, unsigned shift, unsigned prot)
{
	const uint64_t size = (shift - PAGE_SHIFT) / 3;

	for (uint64_t i = 0; i < UINT64_C(1) << (shift - PAGE_SHIFT); i++) {
		volatile struct tte *e = (volatile struct tte *)DIRECT_VA(tsb_kernel_phys) +
		    (((va >> PAGE_SHIFT) + i) & MASK);

		if (e->data != 0)
			panic("wrong: in use is the TSB's entry for ", va);
		e->vpn = va >> shift << 2 | size;
		e->data = TD_V | size << TD_SIZE | pa | TD_REF | TD_OTHER | TD_CACHED | TD_P |
		    (prot & PROT_W ? TD_SW | TD_W : 0) | (prot & PROT_X ? TTE_EXEC : 0);
		e->prev = (uintptr_t)e;
	}
}

void
machine_plan(void)
{
	const unsigned all = PROT_R | PROT_W | PROT_X;

	map(KERNBASE, KERNBASE_PA, LOCKED_SIZE, PAGE_SHIFT, all, MAP);
	fact(MAP, DIRECT, 0, DIRECT_COUNT * LOCKED_SIZE, all);
	fact(DEVICE, BANK_VA, BANK, BANK_COUNT * LOCKED_SIZE, all);
	volatile struct tte *table = (volatile struct tte *)DIRECT_VA(tsb_kernel_phys);
	machine_enter(INVALID, 0, PAGE_SHIFT, 0);
	table[INVALID >> PAGE_SHIFT & MASK].data = ~(TD_V | UINT64_C(3) << TD_SIZE);
	span(HOLE_, INVALID, PAGE);
	/* A hole's entry is another's: the table has come round. */
	map(MAIN + 5 * PAGE + ((MASK + 1) << PAGE_SHIFT), take(PAGE, PAGE), PAGE, PAGE_SHIFT,
	    PROT_R | PROT_W, FILL);
}

void
machine_tables(void)
{
	const uint64_t ram = DIRECT_COUNT * LOCKED_SIZE, end = BANK + BANK_COUNT * LOCKED_SIZE;

	print("reg root %x\nreg mask %x\n", tsb_kernel_phys, MASK);
	print("dmap %x %x 0\nlinear %x %x\n", DIRECT, DIRECT_SIZE, DIRECT, DIRECT_SIZE);
	print("beyond %x %x %x\n", DIRECT + ram, ram, BANK - ram);
	print("beyond %x %x %x\n", DIRECT + end, end, DIRECT_SIZE - end);
}
#endif
