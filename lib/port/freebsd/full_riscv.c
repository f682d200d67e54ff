/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Full dumps of FreeBSD/riscv, which its own libkvm does not read.  Source:
 * sys/riscv/include/pmap.h, sys/riscv/riscv/pmap.c.
 */
#include "port/freebsd/full.h"

/* struct pmap: a struct mtx of 32 bytes, pmap_statistics of 16, pm_top, pm_satp. */
enum { PM_SATP = 56 };

static enum kv_status
riscv_tables(const struct full *full, uint64_t delta, struct mmu *ret, struct kv_err *err)
{
	static const char name[] = "kernel_pmap_store";
	uint64_t satp;
	enum kv_status s = full_u64(full, delta, name, PM_SATP, &satp, err);
	if (s != KV_OK)
		return s;
	s = mmu_riscv_init(ret, satp, 64, err);
	if (s != KV_OK) {
		kv_prefix(err, "%s: pm_satp of %s", full->img->name, name);
		return KV_EFORMAT;	/* what was read there is no satp */
	}
	return full_root(full, ret->root.addr, 4096, name, err);
}

static const struct full_machine riscv = {
	.tables = riscv_tables, .missing = "kernel_pmap_store is behind page tables",
	.highest = UINT64_MAX,
};

enum kv_status
freebsd_riscv_elf(struct dump *dump, struct image *img, uint64_t off,
    const struct port_kernel *kernel, struct kv_err *err)
{
	return full_elf(&riscv, dump, img, off, kernel, err);
}

enum kv_status
freebsd_riscv_raw(struct dump *dump, struct image *img, const struct raw *raw,
    const struct port_kernel *kernel, struct kv_err *err)
{
	(void)raw;
	return full_raw(&riscv, dump, img, kernel, err);
}
