/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Full dumps of FreeBSD's amd64 and i386 and of DragonFly's x86_64.  Sources: FreeBSD
 * lib/libkvm/kvm_{amd64,i386}.c, sys/amd64/amd64/{pmap,machdep}.c, sys/i386/i386/pmap.c and
 * include/vmparam.h; DragonFly lib/libkvm/kvm_x86_64.c, sys/platform/pc64/include/pcb.h.
 */
#include "port/freebsd/full.h"

#define FRAME	(low_mask(52) & ~low_mask(12))

/* ---- Both systems on 64 bits ------------------------------------------------------- */

/* The kernel was linked for physical address 0 and up; FreeBSD's may have been moved. */
static enum kv_status
kernbase_delta(const struct full *full, uint64_t *delta, bool *sure, struct kv_err *err)
{
	(void)sure;
	vaddr_t kernbase;
	enum kv_status s = full_symbol(full, "kernbase", &kernbase, err);
	if (s != KV_OK)
		return s;
	*delta = 0 - kernbase;
	return KV_OK;
}

/* pmap.c: KPML5phys is 0 where the CPU or the loader's tunable switched 5 levels off. */
static enum kv_status
amd64_tables(const struct full *full, uint64_t delta, struct mmu *ret, struct kv_err *err)
{
	const char *name = "KPML5phys";
	uint64_t root = 0;
	if (full_has(full, name)) {
		enum kv_status s = full_u64(full, delta, name, 0, &root, err);
		if (s != KV_OK)
			return s;
	}
	*ret = root != 0 ? mmu_x86_5level : mmu_x86_4level;
	if (root == 0) {
		name = "KPML4phys";
		enum kv_status s = full_u64(full, delta, name, 0, &root, err);
		if (s != KV_OK)
			return s;
	}
	if (root == 0 || (root & ~FRAME) != 0)
		return kv_fail(err, KV_EFORMAT, "%s: the kernel's %s is %#jx, wanted the address of a "
		    "page", full->img->name, name, (uintmax_t)root);
	ret->root = (struct kv_loc) { .addr = root, .space = KV_PHYS };
	return full_root(full, root, 4096, name, err);
}

static const struct full_machine amd64 = {
	.tables = amd64_tables, .delta = kernbase_delta,
	.missing = "no program header PT_DUMP_DELTA, and not where kernbase says: the kernel keeps "
	    "it in its variable kernphys",
	.highest = UINT32_MAX,	/* stand/efi/loader/copy.c, get_staging_max */
};

enum kv_status
freebsd_amd64_elf(struct dump *dump, struct image *img, uint64_t off,
    const struct port_kernel *kernel, struct kv_err *err)
{
	return full_elf(&amd64, dump, img, off, kernel, err);
}

enum kv_status
freebsd_amd64_raw(struct dump *dump, struct image *img, const struct raw *raw,
    const struct port_kernel *kernel, struct kv_err *err)
{
	(void)raw;
	return full_raw(&amd64, dump, img, kernel, err);
}

/* ---- DragonFly ---------------------------------------------------------------------- */

/* struct pcb begins with 8 words of padding and frame pointers. */
enum { PCB_CR3 = 64 };

static enum kv_status
dragonfly_delta(const struct full *full, uint64_t *delta, bool *sure, struct kv_err *err)
{
	*sure = true;
	return kernbase_delta(full, delta, sure, err);
}

static enum kv_status
dragonfly_tables(const struct full *full, uint64_t delta, struct mmu *ret, struct kv_err *err)
{
	uint64_t cr3;
	enum kv_status s = full_u64(full, delta, "dumppcb", PCB_CR3, &cr3, err);
	if (s != KV_OK)
		return s;
	*ret = mmu_x86_4level;
	ret->root = mmu_x86_root(cr3);
	return full_root(full, ret->root.addr, 4096, "dumppcb", err);
}

static const struct full_machine dragonfly = {
	.tables = dragonfly_tables, .delta = dragonfly_delta, .missing = "kernbase",
};

enum kv_status
dragonfly_x86_64_elf(struct dump *dump, struct image *img, uint64_t off,
    const struct port_kernel *kernel, struct kv_err *err)
{
	return full_elf(&dragonfly, dump, img, off, kernel, err);
}

enum kv_status
dragonfly_x86_64_raw(struct dump *dump, struct image *img, const struct raw *raw,
    const struct port_kernel *kernel, struct kv_err *err)
{
	(void)raw;
	return full_raw(&dragonfly, dump, img, kernel, err);
}

/* ---- i386 ---------------------------------------------------------------------------- */

/*
 * Kernels with an address space of their own (since 12: they have a trampoline) are linked where
 * they are loaded; older ones kernbase above.
 */
static enum kv_status
i386_delta(const struct full *full, uint64_t *delta, bool *sure, struct kv_err *err)
{
	*sure = true;
	*delta = 0;
	return full_has(full, "tramp_idleptd") ? KV_OK : kernbase_delta(full, delta, sure, err);
}

/*
 * Which of both formats a kernel used.  One that has both (since 13) says so in pae_mode, and has
 * the page directory of each under its own name; else IdlePDPT is there only with PAE.
 */
static enum kv_status
i386_tables(const struct full *full, uint64_t delta, struct mmu *ret, struct kv_err *err)
{
	const bool merged = full_has(full, "IdlePTD_nopae");
	uint64_t pae = full_has(full, "IdlePDPT"), root;
	if (merged) {
		enum kv_status s = full_u32(full, delta, "pae_mode", 0, &pae, err);
		if (s != KV_OK)
			return s;
	}
	const char *name = pae != 0 ? "IdlePDPT" : merged ? "IdlePTD_nopae" : "IdlePTD";
	enum kv_status s = full_u32(full, delta, name, 0, &root, err);
	if (s != KV_OK)
		return s;
	if (root == 0 || root % (pae != 0 ? 32 : 4096) != 0)
		return kv_fail(err, KV_EFORMAT, "%s: the kernel's %s is %#jx, wanted the address of a "
		    "table", full->img->name, name, (uintmax_t)root);
	*ret = pae != 0 ? mmu_x86_pdpt : mmu_x86_32bit;
	ret->root = (struct kv_loc) { .addr = root, .space = KV_PHYS };
	return full_root(full, root, pae != 0 ? 32 : 4096, name, err);
}

static const struct full_machine i386 = {
	.tables = i386_tables, .delta = i386_delta, .missing = "kernbase",
};

enum kv_status
freebsd_i386_elf(struct dump *dump, struct image *img, uint64_t off,
    const struct port_kernel *kernel, struct kv_err *err)
{
	return full_elf(&i386, dump, img, off, kernel, err);
}

enum kv_status
freebsd_i386_raw(struct dump *dump, struct image *img, const struct raw *raw,
    const struct port_kernel *kernel, struct kv_err *err)
{
	(void)raw;
	return full_raw(&i386, dump, img, kernel, err);
}
