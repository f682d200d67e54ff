/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Full dumps of FreeBSD/arm64, which its own libkvm does not read.  Source:
 * sys/arm64/arm64/locore.S, sys/kern/kern_dump.c.
 */
#include "port/freebsd/full.h"

/* TCR_EL1: 48 bits below TTBR1, and its granule. */
#define TCR_T1SZ_48	(UINT64_C(16) << 16)
#define TCR_TG1_16K	(UINT64_C(1) << 30)
#define TCR_TG1_4K	(UINT64_C(2) << 30)

static enum kv_status
arm64_tables(const struct full *full, uint64_t delta, struct mmu *ret, struct kv_err *err)
{
	static const char name[] = "pagetable_l0_ttbr1";	/* the table itself */
	vaddr_t va;
	enum kv_status s = full_symbol(full, name, &va, err);
	if (s != KV_OK)
		return s;
	/* kern_dump.c: p_align is the page size. */
	const bool large = full->pagesize == 0x4000;
	/* It refuses other values. */
	(void)mmu_aarch64_init(ret, TCR_T1SZ_48 | (large ? TCR_TG1_16K : TCR_TG1_4K), va + delta,
	    false, err);
	full->dump->pagesize = large ? 0x4000 : 0x1000;
	/* The root of 16 KiB granules has two entries. */
	return full_root(full, ret->root.addr, 16, name, err);
}

#define MISSING	"pagetable_l0_ttbr1 tells no physical address"
static const struct full_machine arm64 = {
	.tables = arm64_tables, .missing = MISSING, .highest = UINT64_MAX,
}, arm64_16k = {
	.tables = arm64_tables, .missing = MISSING, .highest = UINT64_MAX, .raw_pagesize = 0x4000,
};

enum kv_status
freebsd_arm64_elf(struct dump *dump, struct image *img, uint64_t off,
    const struct port_kernel *kernel, struct kv_err *err)
{
	return full_elf(&arm64, dump, img, off, kernel, err);
}

enum kv_status
freebsd_arm64_raw(struct dump *dump, struct image *img, const struct raw *raw,
    const struct port_kernel *kernel, struct kv_err *err)
{
	(void)raw;
	/* Nothing tells the granule: the one that leads to tables. */
	enum kv_status s = full_raw(&arm64, dump, img, kernel, err);
	if (s == KV_EFORMAT && full_raw(&arm64_16k, dump, img, kernel, NULL) == KV_OK)
		s = KV_OK;
	return s;
}
