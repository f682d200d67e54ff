/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memory without a header: by the regime and the root register that the caller names, whatever
 * the system; or by the kernel's symbols, where a port knows them.
 */
#include <stdio.h>
#include <string.h>

#include "port/choose.h"
#include "port/mips.h"

typedef enum kv_status regime_fn(struct mmu *ret, const struct raw *raw, bool big,
    struct kv_err *err);

/* AMD64 APM vol. 2, 3.1.2 and Intel SDM vol. 3A, 2.5: CR3. */
static enum kv_status
long_mode(struct mmu *ret, const struct raw *raw, bool big, struct kv_err *err)
{
	(void)big, (void)err;
	*ret = strcmp(raw->regime, "5level") == 0 ? mmu_x86_5level : mmu_x86_4level;
	ret->root = mmu_x86_root(raw->root);
	return KV_OK;
}

static enum kv_status
i386(struct mmu *ret, const struct raw *raw, bool big, struct kv_err *err)
{
	(void)big, (void)err;
	const bool pae = strcmp(raw->regime, "pae") == 0;
	*ret = pae ? mmu_x86_pdpt : mmu_x86_32bit;
	ret->root.addr = raw->root & (pae ? UINT64_C(0xffffffe0) : UINT64_C(0xfffff000));
	return KV_OK;
}

/* Arm ARM, TTBR1_EL1, and TCR_EL1 with T1SZ and TG1 alone. */
static enum kv_status
aarch64(struct mmu *ret, const struct raw *raw, bool big, struct kv_err *err)
{
	const unsigned vabits = raw->vabits != 0 ? raw->vabits : 48;
	const uint64_t tg1 = strcmp(raw->regime, "16k") == 0 ? 1 : strcmp(raw->regime, "4k") == 0 ?
	    2 : 3;
	if (vabits > 52 || vabits < 16)
		return kv_fail(err, KV_EINVAL, "%u bits of virtual addresses, wanted 16 to 52", vabits);
	uint64_t tcr = tg1 << 30 | (uint64_t)(64 - vabits) << 16;
	/* DS: more than 48 bits with 4 and 16 KiB need it, and other entries; 64 KiB do without. */
	if (vabits > 48)
		tcr |= UINT64_C(1) << 59;
	return mmu_aarch64_init(ret, tcr, raw->root, big, err);
}

/* Arm ARM, TTBR0 with TTBCR.N = 0. */
static enum kv_status
arm(struct mmu *ret, const struct raw *raw, bool big, struct kv_err *err)
{
	(void)err;
	*ret = strcmp(raw->regime, "armv5") == 0 ? mmu_arm_armv5 : mmu_arm_armv7;
	ret->big = big;
	ret->root.addr = raw->root & UINT64_C(0xffffc000);
	return KV_OK;
}

static enum kv_status
riscv(struct mmu *ret, const struct raw *raw, bool big, struct kv_err *err)
{
	(void)big;
	enum kv_status s = mmu_riscv_init(ret, raw->root, strcmp(raw->regime, "sv32") == 0 ? 32 : 64,
	    err);
	if (s == KV_OK && strcmp(ret->regime, raw->regime) != 0)
		return kv_fail(err, KV_EINVAL, "satp %#jx selects %s, not %s", (uintmax_t)raw->root,
		    ret->regime, raw->regime);
	return s;
}

/* Alpha Architecture Reference Manual, PTBR: a page frame number. */
static enum kv_status
alpha(struct mmu *ret, const struct raw *raw, bool big, struct kv_err *err)
{
	(void)big;
	if (raw->root >> 51 != 0)
		return kv_fail(err, KV_EINVAL, "PTBR %#jx is not a page frame number",
		    (uintmax_t)raw->root);
	*ret = mmu_alpha;
	ret->root.addr = raw->root << 13;
	return KV_OK;
}

/* SPARC V8, H.3: the context table pointer holds bits 35:6 of the address; the kernel is context 0. */
static enum kv_status
srmmu(struct mmu *ret, const struct raw *raw, bool big, struct kv_err *err)
{
	(void)big, (void)err;
	*ret = mmu_srmmu_context((raw->root & UINT64_C(0xfffffffc)) << 4, 0);
	return KV_OK;
}

/* pagesize: where no table says more. */
#define MACHINE(name, em, width, endian)	\
	{ .os = "raw", .machine = (name), .form = "raw", .elf_machine = (em),	\
	.kernel_bits = (width), .bits = (width), .vabits = (width), .pagesize = 4096,	\
	.orders = (endian) }

/*
 * What an image is called whose system is not known.  They are no ports: they find nothing by
 * themselves.
 */
static const struct port
    x86_64_machine = MACHINE("amd64", 62, 64, NETBSD_LITTLE),
    i386_machine = MACHINE("i386", 3, 32, NETBSD_LITTLE),
    aarch64_machine = MACHINE("aarch64", 183, 64, NETBSD_LITTLE | NETBSD_BIG),
    arm_machine = MACHINE("arm", 40, 32, NETBSD_LITTLE | NETBSD_BIG),
    riscv64_machine = MACHINE("riscv64", 243, 64, NETBSD_LITTLE),
    riscv32_machine = MACHINE("riscv32", 243, 32, NETBSD_LITTLE),
    alpha_machine = MACHINE("alpha", 0x9026, 64, NETBSD_LITTLE),
    sparc_machine = MACHINE("sparc", 2, 32, NETBSD_BIG),
    mips_machine = MACHINE("mips", EM_MIPS, 32, NETBSD_LITTLE | NETBSD_BIG),
    mips64_machine = MACHINE("mips64", EM_MIPS, 64, NETBSD_LITTLE | NETBSD_BIG);

/* Regimes that one root register selects. */
#define REGIMES(R) \
	R("4level", &x86_64_machine, long_mode) R("5level", &x86_64_machine, long_mode) \
	R("32bit", &i386_machine, i386) R("pae", &i386_machine, i386) \
	R("4k", &aarch64_machine, aarch64) R("16k", &aarch64_machine, aarch64) \
	R("64k", &aarch64_machine, aarch64) \
	R("armv7", &arm_machine, arm) R("armv5", &arm_machine, arm) \
	R("sv32", &riscv32_machine, riscv) R("sv39", &riscv64_machine, riscv) \
	R("sv48", &riscv64_machine, riscv) R("sv57", &riscv64_machine, riscv) \
	R("alpha", &alpha_machine, alpha) R("srmmu", &sparc_machine, srmmu)

#define ROW(name, machine, init)	{ name, machine, init },
#define NAME(name, machine, init)	" " name
static const struct regime {
	const char *name;
	const struct port *machine;
	regime_fn *init;
} regimes[] = { REGIMES(ROW) };
static const char regime_names[] = REGIMES(NAME);

static const struct regime *
regime_find(const char *name)
{
	for (size_t i = 0; i < sizeof(regimes) / sizeof(regimes[0]); i++)
		if (strcmp(regimes[i].name, name) == 0)
			return &regimes[i];
	return NULL;
}

/* The kernel's own port, if it names its system: only for what the image is called. */
static const struct port *
port_of(const struct port *machine, const struct port_kernel *kernel)
{
	const struct port *port;
	for (size_t i = 0; (port = port_at(i, NULL)) != NULL; i++)
		if (strcmp(port->os, kernel->os) == 0 && port->bits == machine->bits &&
		    (port->orders & (kernel->big ? NETBSD_BIG : NETBSD_LITTLE)) != 0 &&
		    port->elf_machine == machine->elf_machine)
			return port;
	return machine;
}

/* All of the image is memory from base on. */
static enum kv_status
memory_fill(struct dump *dump, struct image *img, const struct raw *raw, struct kv_err *err)
{
	/* A device of unknown size may have any. */
	const uint64_t len = img->size == IMAGE_UNBOUNDED ? UINT64_MAX - raw->base : img->size;
	if (len == 0)
		return kv_fail(err, KV_EFORMAT, "%s: raw memory: the image is empty: it has 0 bytes", img->name);
	enum kv_status s = format_init(&dump->ram, 1, img->size, err);
	if (s == KV_OK)
		s = format_add(&dump->ram, 0, raw->base, len, 0, err);
	if (s != KV_OK)
		kv_prefix(err, "%s: raw memory from %#jx on", img->name, (uintmax_t)raw->base);
	return s;
}

/*
 * "linear": what MIPS maps without tables, which its systems fill in software and each in its own
 * way.  Word size and byte order are the kernel's.
 */
static enum kv_status
open_linear(struct dump *dump, struct image *img, const struct raw *raw,
    const struct port_kernel *kernel, struct kv_err *err)
{
	if (kernel->machine != EM_MIPS)
		return kv_fail(err, KV_EUNSUP, "%s: raw memory: the regime linear is of MIPS, whose kernel "
		    "tells word size and byte order: give the kernel", img->name);
	const struct port *machine = kernel->bits == 32 ? &mips_machine : &mips64_machine;
	dump_begin(dump, machine, img, "raw", kernel->big);
	enum kv_status s = memory_fill(dump, img, raw, err);
	if (s == KV_OK)
		s = mips_direct_ranges(dump, machine->bits, KV_R | KV_W | KV_X, err);
	return dump_end(dump, s);
}

static enum kv_status
open_by_regime(struct dump *dump, struct image *img, const struct raw *raw,
    const struct port_kernel *kernel, struct kv_err *err)
{
	if (strcmp(raw->regime, "linear") == 0)
		return open_linear(dump, img, raw, kernel, err);
	const struct regime *regime = regime_find(raw->regime);
	if (regime == NULL)
		return kv_fail(err, KV_EUNSUP, "%s: raw memory: no regime %s that a root register "
		    "selects, wanted one of%s, or linear for MIPS", img->name, raw->regime, regime_names);
	const struct port *machine = regime->machine;
	if (kernel->machine != 0 && (kernel->machine != machine->elf_machine ||
	    kernel->bits != machine->bits))
		return kv_fail(err, KV_EFORMAT, "%s: raw memory: %s is a regime of %s, but %s is a kernel "
		    "for %s, %u bits", img->name, raw->regime, machine->machine, kernel->name,
		    port_elf_machine_name(kernel->machine), kernel->bits);
	const bool big = kernel->machine != 0 ? kernel->big :
	    (machine->orders & NETBSD_LITTLE) == 0;
	dump_begin(dump, port_of(machine, kernel), img, "raw", big);
	struct mmu mmu;
	enum kv_status s = regime->init(&mmu, raw, big, err);
	if (s != KV_OK)
		kv_prefix(err, "%s: raw memory", img->name);
	if (s == KV_OK)
		s = memory_fill(dump, img, raw, err);
	if (s == KV_OK)
		s = dump_range(dump, 0, low_mask(dump->bits), &mmu, err);
	if (s == KV_OK) {
		dump->root = mmu.root.addr;
		dump->vabits = mmu.va_bits;
		/* The last level's pages are the smallest. */
		dump->pagesize = 1u << mmu.levels[mmu.nlevels - 1].shift;
		if (strcmp(raw->regime, "armv5") == 0)
			dump->pagesize = machine->pagesize;
	}
	return dump_end(dump, s);
}

static bool
takes_raw(const struct port *port, const void *arg)
{
	const struct port_kernel *kernel = arg;
	return port->decode_raw != NULL && port->elf_machine == kernel->machine;
}

enum kv_status
port_open_raw(struct dump *dump, struct image *img, const struct raw *raw,
    const struct port_kernel *kernel, struct kv_err *err)
{
	*dump = (struct dump) { 0 };
	if (raw->regime != NULL)
		return open_by_regime(dump, img, raw, kernel, err);
	if (kernel->machine == 0)
		return kv_fail(err, KV_EUNSUP, "%s: raw memory does not tell where its page tables are: "
		    "give the kernel, or the regime and its root register", img->name);
	struct candidates c;
	candidates_where(&c, takes_raw, kernel);
	if (c.n == 0)
		return kv_fail(err, KV_EUNSUP, "%s: raw memory of %s (ELF machine %u): no symbols of its "
		    "kernels tell the page tables: give the regime and its root register", img->name,
		    port_elf_machine_name(kernel->machine), kernel->machine);
	enum kv_status s = candidates_by_kernel(&c, img, kernel, err);
	if (s == KV_OK && c.n > 1)
		s = candidates_undecided(&c, img, kernel, err);
	if (s != KV_OK)
		return s;
	dump_begin(dump, c.v[0], img, "raw", kernel->big);
	s = memory_fill(dump, img, raw, err);
	return dump_end(dump, s == KV_OK ? c.v[0]->decode_raw(dump, img, raw, kernel, err) : s);
}
