/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Full dumps of FreeBSD and DragonFly: where the kernel's variables lead.  64 KiB of memory at each of
 * three places hold what a kernel, or a loader's copy of one, has there; the symbols are the test's.
 * Names from FreeBSD's lib/libkvm/kvm_{amd64,i386,arm}.c, sys/{arm64,riscv} and DragonFly's kvm_x86_64.c.
 */
#include <stdlib.h>
#include <string.h>

#include "bytes.h"
#include "port_sample.h"
#include "unit.h"

enum { PLACE = 0x200000, IMAGE = 0x10000, HEADERS = 0x1000, SYMBOLS = 10 };

/* A kernel's first addresses; each kernel is linked for PLACE and up. */
#define KERN64	UINT64_C(0xffffffff80000000)
#define ARM64	UINT64_C(0xffff000000000000)
#define RISCV	UINT64_C(0xffffffc000000000)
#define KERN32	UINT64_C(0xc0000000)

/* Code of 64 bits' kernels: the first bytes of their image. */
enum { CODE_LEN = 16 };

static bool
code64(vaddr_t va, vaddr_t *ret, void *buf, size_t *got)
{
	*ret = va;
	memset(buf, 0xcc, CODE_LEN);
	*got = CODE_LEN;
	return true;
}

static bool
code_x86(void *arg, vaddr_t *va, void *buf, size_t len, size_t *got)
{
	(void)arg, (void)len;
	return code64(KERN64 + PLACE, va, buf, got);
}

/* As the first segment of code may lie, within a large page; and a kernel linked for the second place. */
enum { INSIDE = 0x6000 };

static bool
code_inside(void *arg, vaddr_t *va, void *buf, size_t len, size_t *got)
{
	(void)arg, (void)len;
	return code64(KERN64 + PLACE + INSIDE, va, buf, got);
}

static bool
code_second(void *arg, vaddr_t *va, void *buf, size_t len, size_t *got)
{
	(void)arg, (void)len;
	return code64(KERN64 + 2 * PLACE, va, buf, got);
}

static bool
code_arm64(void *arg, vaddr_t *va, void *buf, size_t len, size_t *got)
{
	(void)arg, (void)len;
	return code64(ARM64 + PLACE, va, buf, got);
}

static bool
code_riscv(void *arg, vaddr_t *va, void *buf, size_t len, size_t *got)
{
	(void)arg, (void)len;
	return code64(RISCV + PLACE, va, buf, got);
}

struct put {
	uint32_t pa;
	unsigned size;		/* 0: the end */
	uint64_t value;
};

struct full_row {
	const char *name;
	struct port_kernel kernel;
	struct port_symbol symbols[SYMBOLS + 1];
	struct put puts[16];
	const char *text;	/* what it begins with, behind the image's name; NULL: it opens */
	paddr_t root;
	const char *regime;
	bool raw;		/* without a header; else an ELF core */
	bool reversed;		/* what lies last in memory comes first in the file */
	uint64_t delta;		/* with PT_DUMP_DELTA: where KERN64 + PLACE is */
	size_t cut;		/* bytes that the file lacks */
	enum kv_status st;	/* if it does not open */
};

#define KERNEL(em, width, order, system, finder) \
	{ .name = "kernel", .machine = (em), .bits = (width), .big = (order), .os = (system), \
	.lookup = port_sample_lookup, .code = (finder) }
#define AMD64		KERNEL(62, 64, false, "freebsd", code_x86)
#define AMD64_INSIDE	KERNEL(62, 64, false, "freebsd", code_inside)
#define AMD64_SECOND	KERNEL(62, 64, false, "freebsd", code_second)
#define DRAGONFLY	KERNEL(62, 64, false, "dragonfly", NULL)
#define I386		KERNEL(3, 32, false, "freebsd", NULL)
#define ARM		KERNEL(40, 32, false, "freebsd", NULL)
#define ARMEB		KERNEL(40, 32, true, "freebsd", NULL)
#define AARCH64		KERNEL(183, 64, false, "freebsd", code_arm64)
#define RISCV64		KERNEL(243, 64, false, "freebsd", code_riscv)

#define OPENS(table, name)	NULL, .root = (table), .regime = (name)

/* Variables lie at 0x8000 of the image, its tables from 0x1000 on. */
#define VAR	0x8000
#define NOWHERE	"where the kernel lies in memory is not known ("

/* AMD64 APM vol. 2, 5.3: the kernel's first 2 MiB, by tables in the image at pa, are at to. */
#define TABLES_X86(pa, to) \
	{ (pa) + 0x1ff8, 8, ((pa) + 0x2000) | 3 }, { (pa) + 0x2ff0, 8, ((pa) + 0x3000) | 3 }, \
	{ (pa) + 0x3008, 8, (to) | 0x83 }
/* Arm ARM D8.3 and RISC-V Privileged 4.4: the same of L0 or VPN[2] 0 and its first table. */
#define TABLES_ARM64(pa, to) \
	{ (pa) + 0x1000, 8, ((pa) + 0x2000) | 3 }, { (pa) + 0x2000, 8, ((pa) + 0x3000) | 3 }, \
	{ (pa) + 0x3008, 8, (to) | 0x401 }
#define TABLES_RISCV(pa, to) \
	{ (pa) + 0x1800, 8, ((pa) + 0x2000) >> 12 << 10 | 1 }, \
	{ (pa) + 0x2008, 8, (uint64_t)(to) >> 12 << 10 | 0xcf }
#define SATP39(pa)	(UINT64_C(8) << 60 | ((pa) + 0x1000) >> 12)

#define SYM64(base, variable)	{ { "kernbase", (base) }, { variable, (base) + PLACE + VAR } }
#define SYM32(variable)		{ { "kernbase", KERN32 }, { variable, KERN32 + PLACE + VAR } }

static const struct full_row rows[] = {
	/* ---- i386: the kernel is where it was linked for; since 12 at its own addresses ---- */
	{ "i386", I386, SYM32("IdlePTD"), { { PLACE + VAR, 4, 0x203000 } }, OPENS(0x203000, "32bit") },
	{ "i386, memory alone", I386, SYM32("IdlePTD"), { { PLACE + VAR, 4, 0x203000 } },
	    OPENS(0x203000, "32bit"), .raw = true },
	{ "i386, no table", I386, SYM32("IdlePTD"), { { 0 } },
	    "the kernel's IdlePTD is 0, wanted the address of a table", .st = KV_EFORMAT },
	{ "i386, off its page", I386, SYM32("IdlePTD"), { { PLACE + VAR, 4, 0x203020 } },
	    "the kernel's IdlePTD is 0x203020, wanted the address of a table", .st = KV_EFORMAT },
	{ "i386, the last page", I386, SYM32("IdlePTD"), { { PLACE + VAR, 4, 0x60f000 } }, OPENS(0x60f000, "32bit") },
	{ "i386, behind it", I386, SYM32("IdlePTD"), { { PLACE + VAR, 4, 0x610000 } },
	    "the page table at 0x610000, which the kernel's IdlePTD tells, cannot be read: ",
	    .st = KV_EABSENT },
	{ "i386, cut", I386, SYM32("IdlePTD"), { { PLACE + VAR, 4, 0x60f000 } },
	    "the page table at 0x60f000, which the kernel's IdlePTD tells, cannot be read: ",
	    .st = KV_ETRUNC, .cut = 1 },
	{ "i386, variable nowhere", I386, { { "kernbase", KERN32 }, { "IdlePTD", KERN32 + 0x100000 } },
	    { { 0 } }, "IdlePTD at 0xc0100000 cannot be read: ", .st = KV_EABSENT },
	{ "i386, no variable", I386, { { "kernbase", KERN32 } }, { { 0 } },
	    "bad namelist: the kernel kernel has no symbol IdlePTD, which leads to the page tables",
	    .st = KV_EUNSUP },
	{ "i386, no base", I386, { { "IdlePTD", KERN32 + PLACE + VAR } }, { { 0 } },
	    "bad namelist: the kernel kernel has no symbol kernbase, ", .st = KV_EUNSUP },
	{ "PAE", I386, SYM32("IdlePDPT"), { { PLACE + VAR, 4, 0x203020 } }, OPENS(0x203020, "pae") },
	{ "PAE, no table", I386, SYM32("IdlePDPT"), { { 0 } },
	    "the kernel's IdlePDPT is 0, wanted the address of a table", .st = KV_EFORMAT },
	{ "PAE, between two", I386, SYM32("IdlePDPT"), { { PLACE + VAR, 4, 0x203010 } },
	    "the kernel's IdlePDPT is 0x203010, wanted the address of a table", .st = KV_EFORMAT },
	{ "PAE, the last", I386, SYM32("IdlePDPT"), { { PLACE + VAR, 4, 0x60ffe0 } }, OPENS(0x60ffe0, "pae") },
	{ "PAE, cut", I386, SYM32("IdlePDPT"), { { PLACE + VAR, 4, 0x60ffe0 } },
	    "the page table at 0x60ffe0, which the kernel's IdlePDPT tells, cannot be read: ",
	    .st = KV_ETRUNC, .cut = 1 },
	{ "i386 since 12", I386, { { "kernbase", 0 }, { "tramp_idleptd", 1 }, { "IdlePTD", PLACE + VAR } },
	    { { PLACE + VAR, 4, 0x203000 } }, OPENS(0x203000, "32bit") },
	{ "i386 since 13", I386, { { "tramp_idleptd", 1 }, { "IdlePTD_nopae", PLACE + VAR },
	    { "IdlePDPT", PLACE + VAR + 4 }, { "pae_mode", PLACE + VAR + 8 }, { "IdlePTD", PLACE + VAR + 4 } },
	    { { PLACE + VAR, 4, 0x203000 }, { PLACE + VAR + 4, 4, 0x204020 } }, OPENS(0x203000, "32bit") },
	{ "PAE since 13", I386, { { "tramp_idleptd", 1 }, { "IdlePTD_nopae", PLACE + VAR },
	    { "IdlePDPT", PLACE + VAR + 4 }, { "pae_mode", PLACE + VAR + 8 } },
	    { { PLACE + VAR, 4, 0x203000 }, { PLACE + VAR + 4, 4, 0x204020 }, { PLACE + VAR + 8, 4, 1 } },
	    OPENS(0x204020, "pae") },
	{ "i386 since 13, no pae_mode", I386, { { "tramp_idleptd", 1 }, { "IdlePTD_nopae", PLACE + VAR } },
	    { { 0 } }, "bad namelist: the kernel kernel has no symbol pae_mode, ", .st = KV_EUNSUP },
	/* ---- arm: 16 KiB of entries; what names its pmap has ---- */
	{ "arm", ARM, { { "kernbase", KERN32 }, { "physaddr", PLACE }, { "kernel_l1pa", KERN32 + VAR } },
	    { { PLACE + VAR, 4, 0x204000 } }, OPENS(0x204000, "armv7") },
	{ "arm, big", ARMEB, { { "kernbase", KERN32 }, { "physaddr", PLACE }, { "kernel_l1pa", KERN32 + VAR } },
	    { { PLACE + VAR, 4, 0x204000 } }, OPENS(0x204000, "armv7") },
	{ "arm, memory alone", ARM, { { "kernbase", KERN32 }, { "physaddr", PLACE },
	    { "kernel_l1pa", KERN32 + VAR } }, { { PLACE + VAR, 4, 0x204000 } }, OPENS(0x204000, "armv7"),
	    .raw = true },
	{ "arm, no table", ARM, { { "kernbase", KERN32 }, { "physaddr", PLACE }, { "kernel_l1pa", KERN32 + VAR } },
	    { { 0 } }, "the kernel's kernel_l1pa is 0, wanted the address of 16 KiB", .st = KV_EFORMAT },
	{ "arm, half a table", ARM, { { "kernbase", KERN32 }, { "physaddr", PLACE },
	    { "kernel_l1pa", KERN32 + VAR } }, { { PLACE + VAR, 4, 0x206000 } },
	    "the kernel's kernel_l1pa is 0x206000, wanted the address of 16 KiB", .st = KV_EFORMAT },
	{ "arm, the last table", ARM, { { "kernbase", KERN32 }, { "physaddr", PLACE },
	    { "kernel_l1pa", KERN32 + VAR } }, { { PLACE + VAR, 4, 0x60c000 } }, OPENS(0x60c000, "armv7") },
	{ "arm, cut", ARM, { { "kernbase", KERN32 }, { "physaddr", PLACE }, { "kernel_l1pa", KERN32 + VAR } },
	    { { PLACE + VAR, 4, 0x60c000 } },
	    "the page table at 0x60c000, which the kernel's kernel_l1pa tells, cannot be read: ",
	    .st = KV_ETRUNC, .cut = 1 },
	{ "arm, variable nowhere", ARM, { { "kernbase", KERN32 }, { "physaddr", PLACE },
	    { "kernel_l1pa", KERN32 + 0x100000 } }, { { 0 } }, "kernel_l1pa at 0xc0100000 cannot be read: ",
	    .st = KV_EABSENT },
	{ "arm, no variable", ARM, { { "kernbase", KERN32 }, { "physaddr", PLACE } }, { { 0 } },
	    "bad namelist: the kernel kernel has no symbol kernel_l1pa, ", .st = KV_EUNSUP },
	{ "arm, no base", ARM, { { "physaddr", PLACE }, { "kernel_l1pa", KERN32 + VAR } }, { { 0 } },
	    "bad namelist: the kernel kernel has no symbol kernbase, ", .st = KV_EUNSUP },
	{ "arm, no address", ARM, { { "kernbase", KERN32 }, { "kernel_l1pa", KERN32 + VAR } }, { { 0 } },
	    "bad namelist: the kernel kernel has no symbol physaddr, ", .st = KV_EUNSUP },
#define ARMV5(name) \
	{ "arm, " name, ARM, { { "kernbase", KERN32 }, { "physaddr", PLACE }, \
	    { "kernel_l1pa", KERN32 + VAR }, { name, 1 } }, { { PLACE + VAR, 4, 0x204000 } }, OPENS(0x204000, "armv5") }
	ARMV5("pmap_pte_init_generic"), ARMV5("pmap_pte_init_arm9"), ARMV5("pmap_pte_init_arm10"),
	ARMV5("pmap_pte_init_xscale"), ARMV5("pmap_pte_init_sa1"),
	/* ---- DragonFly: cr3 in the ninth word of dumppcb ---- */
	{ "DragonFly", DRAGONFLY, SYM64(KERN64, "dumppcb"), { { PLACE + VAR + 64, 8, 0x201018 } },
	    OPENS(0x201000, "4level") },
	{ "DragonFly, memory alone", DRAGONFLY, SYM64(KERN64, "dumppcb"), { { PLACE + VAR + 64, 8, 0x201018 } },
	    OPENS(0x201000, "4level"), .raw = true },
	{ "DragonFly, nowhere", DRAGONFLY, SYM64(KERN64, "dumppcb"), { { PLACE + VAR + 64, 8, 0x60fff000 } },
	    "the page table at 0x60fff000, which the kernel's dumppcb tells, cannot be read: ",
	    .st = KV_EABSENT },
	{ "DragonFly, variable nowhere", DRAGONFLY, { { "kernbase", KERN64 }, { "dumppcb", KERN64 + 0x308000 } }, { { 0 } },
	    "dumppcb at 0xffffffff80308000 cannot be read: ", .st = KV_EABSENT },
	{ "DragonFly, no variable", DRAGONFLY, { { "kernbase", KERN64 } }, { { 0 } },
	    "bad namelist: the kernel kernel has no symbol dumppcb, ", .st = KV_EUNSUP },
	{ "DragonFly, all of the last page", DRAGONFLY, SYM64(KERN64, "dumppcb"),
	    { { PLACE + VAR + 64, 8, 0x60f000 } }, OPENS(0x60f000, "4level") },
	{ "DragonFly, the last page", DRAGONFLY, SYM64(KERN64, "dumppcb"), { { PLACE + VAR + 64, 8, 0x60f000 } },
	    "the page table at 0x60f000, which the kernel's dumppcb tells, cannot be read: ",
	    .st = KV_ETRUNC, .cut = 1 },
	{ "DragonFly, no base", DRAGONFLY, { { "dumppcb", KERN64 + PLACE + VAR } }, { { 0 } },
	    "bad namelist: the kernel kernel has no symbol kernbase, ", .st = KV_EUNSUP },
	/* ---- amd64: tables that map the kernel where it is, as linked or anywhere ---- */
	{ "amd64", AMD64, SYM64(KERN64, "KPML4phys"), { { PLACE + VAR, 8, 0x201000 },
	    TABLES_X86(0x200000, 0x200000) }, OPENS(0x201000, "4level") },
	{ "amd64, memory alone", AMD64, SYM64(KERN64, "KPML4phys"), { { PLACE + VAR, 8, 0x201000 },
	    TABLES_X86(0x200000, 0x200000) }, OPENS(0x201000, "4level"), .raw = true },
	{ "amd64, moved", AMD64, SYM64(KERN64, "KPML4phys"), { { 0x400000 + VAR, 8, 0x401000 },
	    TABLES_X86(0x400000, 0x400000) }, OPENS(0x401000, "4level") },
	{ "amd64, moved, code inside", AMD64_INSIDE, SYM64(KERN64, "KPML4phys"), { { 0x400000 + VAR, 8, 0x401000 },
	    TABLES_X86(0x400000, 0x400000) }, OPENS(0x401000, "4level") },
	{ "amd64, code inside", AMD64_INSIDE, SYM64(KERN64, "KPML4phys"), { { 0x200000 + VAR, 8, 0x201000 },
	    TABLES_X86(0x200000, 0x200000) }, OPENS(0x201000, "4level") },
	/* Two that are whole: the one that nothing moved. */
	{ "amd64, as linked and before it", AMD64_SECOND,
	    { { "kernbase", KERN64 }, { "KPML4phys", KERN64 + 2 * PLACE + VAR } }, {
	    { 0x200000 + VAR, 8, 0x201000 }, { 0x201ff8, 8, 0x202003 }, { 0x202ff0, 8, 0x203003 },
	    { 0x203010, 8, 0x200083 },
	    { 0x400000 + VAR, 8, 0x401000 }, { 0x401ff8, 8, 0x402003 }, { 0x402ff0, 8, 0x403003 },
	    { 0x403010, 8, 0x400083 } }, OPENS(0x401000, "4level") },
	/* Copies of a kernel where one is looked for first, with tables of their own, which map it elsewhere. */
	{ "amd64, decoys with tables", AMD64, SYM64(KERN64, "KPML4phys"), {
	    { 0x200000 + VAR, 8, 0x201000 }, TABLES_X86(0x200000, 0x600000),
	    { 0x400000 + VAR, 8, 0x401000 }, TABLES_X86(0x400000, 0x200000),
	    { 0x600000 + VAR, 8, 0x601000 }, TABLES_X86(0x600000, 0x600000) }, OPENS(0x601000, "4level") },
	{ "amd64, nothing but decoys", AMD64, SYM64(KERN64, "KPML4phys"), {
	    { 0x200000 + VAR, 8, 0x201000 }, TABLES_X86(0x200000, 0x600000),
	    { 0x400000 + VAR, 8, 0x401000 }, TABLES_X86(0x400000, 0x200000) },
	    NOWHERE "no program header PT_DUMP_DELTA, and not where kernbase says: the kernel keeps it in its "
	    "variable kernphys): at no multiple of 0x200000 in the dump is a kernel whose page tables map it "
	    "there (places tried: 3, the last at 0x600000): is kernel the kernel of this dump?", .st = KV_EFORMAT },
	{ "amd64, cut", AMD64, SYM64(KERN64, "KPML4phys"), { { 0 } }, "the file is truncated: 0x123 bytes of "
	    "its memory are missing, and the kernel's page tables among them, it seems (no program header",
	    .st = KV_ETRUNC, .cut = 0x123 },
	{ "amd64, in what is left", AMD64, SYM64(KERN64, "KPML4phys"), { { 0x600000 + VAR, 8, 0x601000 },
	    TABLES_X86(0x600000, 0x600000) }, OPENS(0x601000, "4level"), .reversed = true, .cut = IMAGE },
	{ "amd64, five levels off", AMD64, { { "kernbase", KERN64 }, { "KPML4phys", KERN64 + PLACE + VAR },
	    { "KPML5phys", KERN64 + PLACE + VAR + 8 } }, { { PLACE + VAR, 8, 0x201000 },
	    TABLES_X86(0x200000, 0x200000) }, OPENS(0x201000, "4level") },
	{ "amd64, five levels", AMD64, { { "kernbase", KERN64 }, { "KPML4phys", KERN64 + PLACE + VAR },
	    { "KPML5phys", KERN64 + PLACE + VAR + 8 } }, { { PLACE + VAR, 8, 0x201000 },
	    { PLACE + VAR + 8, 8, 0x205000 }, { 0x205ff8, 8, 0x201003 }, TABLES_X86(0x200000, 0x200000) },
	    OPENS(0x205000, "5level") },
	{ "amd64, no variable", AMD64, { { "kernbase", KERN64 } }, { { 0 } },
	    "bad namelist: the kernel kernel has no symbol KPML4phys, ", .st = KV_EUNSUP },
	{ "amd64, no base", AMD64, { { "KPML4phys", KERN64 + PLACE + VAR } }, { { 0 } },
	    "bad namelist: the kernel kernel has no symbol kernbase, ", .st = KV_EUNSUP },
	/* Where the core says it is nothing has to be proved. */
	{ "amd64, told", AMD64, SYM64(KERN64, "KPML4phys"), { { 0x400000 + VAR, 8, 0x201000 } },
	    OPENS(0x201000, "4level"), .delta = 0x400000 },
	{ "amd64, told, no table", AMD64, SYM64(KERN64, "KPML4phys"), { { 0 } },
	    "the kernel's KPML4phys is 0, wanted the address of a page", .st = KV_EFORMAT, .delta = 0x400000 },
	{ "amd64, told, off its page", AMD64, SYM64(KERN64, "KPML4phys"), { { 0x400000 + VAR, 8, 0x201800 } },
	    "the kernel's KPML4phys is 0x201800, wanted the address of a page", .st = KV_EFORMAT,
	    .delta = 0x400000 },
	{ "amd64, told, a flag", AMD64, SYM64(KERN64, "KPML4phys"), { { 0x400000 + VAR, 8, 0x201001 } },
	    "the kernel's KPML4phys is 0x201001, wanted the address of a page", .st = KV_EFORMAT,
	    .delta = 0x400000 },
	{ "amd64, told, the largest", AMD64, SYM64(KERN64, "KPML4phys"), { { 0x400000 + VAR, 8,
	    UINT64_C(0xffffffffff000) } }, "the page table at 0xffffffffff000, which the kernel's KPML4phys tells, "
	    "cannot be read: ", .st = KV_EABSENT, .delta = 0x400000 },
	{ "amd64, told, too far", AMD64, SYM64(KERN64, "KPML4phys"), { { 0x400000 + VAR, 8, UINT64_C(1) << 52 } },
	    "the kernel's KPML4phys is 0x10000000000000, wanted the address of a page", .st = KV_EFORMAT,
	    .delta = 0x400000 },
	{ "amd64, told, the last page", AMD64, SYM64(KERN64, "KPML4phys"), { { 0x400000 + VAR, 8, 0x60f000 } },
	    OPENS(0x60f000, "4level"), .delta = 0x400000 },
	{ "amd64, told, cut", AMD64, SYM64(KERN64, "KPML4phys"), { { 0x400000 + VAR, 8, 0x60f000 } },
	    "the page table at 0x60f000, which the kernel's KPML4phys tells, cannot be read: ",
	    .st = KV_ETRUNC, .delta = 0x400000, .cut = 1 },
	{ "amd64, told, variable nowhere", AMD64, SYM64(KERN64, "KPML4phys"), { { 0 } },
	    "KPML4phys at 0xffffffff80208000 cannot be read: ", .st = KV_EABSENT, .delta = 0x800000 },
	/* ---- arm64, riscv: nothing tells where the kernel is ---- */
	{ "arm64", AARCH64, { { "pagetable_l0_ttbr1", ARM64 + PLACE + 0x1000 } }, {
	    TABLES_ARM64(0x200000, 0x200000) }, OPENS(0x201000, "4k") },
	{ "arm64, memory alone", AARCH64, { { "pagetable_l0_ttbr1", ARM64 + PLACE + 0x1000 } }, {
	    TABLES_ARM64(0x400000, 0x400000) }, OPENS(0x401000, "4k"), .raw = true },
	{ "arm64, 16 KiB, memory alone", AARCH64, { { "pagetable_l0_ttbr1", ARM64 + PLACE + 0x1000 } }, {
	    { 0x401000, 8, 0x404000 | 3 }, { 0x404000, 8, 0x408000 | 3 }, { 0x408000, 8, 0x40c000 | 3 },
	    { 0x40c400, 8, 0x400000 | 0x403 } }, OPENS(0x401000, "16k"), .raw = true },
	{ "arm64, decoy with tables", AARCH64, { { "pagetable_l0_ttbr1", ARM64 + PLACE + 0x1000 } }, {
	    TABLES_ARM64(0x200000, 0x400000), TABLES_ARM64(0x600000, 0x600000) }, OPENS(0x601000, "4k") },
	{ "arm64, nothing", AARCH64, { { "pagetable_l0_ttbr1", ARM64 + PLACE + 0x1000 } }, { { 0 } },
	    NOWHERE "pagetable_l0_ttbr1 tells no physical address): at no multiple of 0x200000 ",
	    .st = KV_EFORMAT },
	{ "arm64, no table's name", AARCH64, { { "kernbase", ARM64 } }, { { 0 } },
	    "bad namelist: the kernel kernel has no symbol pagetable_l0_ttbr1, ", .st = KV_EUNSUP },
	{ "riscv", RISCV64, { { "kernel_pmap_store", RISCV + PLACE + VAR } }, {
	    { PLACE + VAR + 56, 8, SATP39(0x200000) }, TABLES_RISCV(0x200000, 0x200000) }, OPENS(0x201000, "sv39") },
	{ "riscv, memory alone", RISCV64, { { "kernel_pmap_store", RISCV + PLACE + VAR } }, {
	    { 0x400000 + VAR + 56, 8, SATP39(0x400000) }, TABLES_RISCV(0x400000, 0x400000) },
	    OPENS(0x401000, "sv39"), .raw = true },
	{ "riscv, decoy with tables", RISCV64, { { "kernel_pmap_store", RISCV + PLACE + VAR } }, {
	    { 0x200000 + VAR + 56, 8, SATP39(0x200000) }, TABLES_RISCV(0x200000, 0x400000),
	    { 0x600000 + VAR + 56, 8, SATP39(0x600000) }, TABLES_RISCV(0x600000, 0x600000) }, OPENS(0x601000, "sv39") },
	/* Kernels patch their code: the one that did not, else the first. */
	{ "riscv, patched and whole", RISCV64, { { "kernel_pmap_store", RISCV + PLACE + VAR } }, {
	    { 0x200000, 8, 0 }, { 0x200000 + VAR + 56, 8, SATP39(0x200000) }, TABLES_RISCV(0x200000, 0x200000),
	    { 0x400000 + VAR + 56, 8, SATP39(0x400000) }, TABLES_RISCV(0x400000, 0x400000) }, OPENS(0x401000, "sv39") },
	{ "riscv, patched twice", RISCV64, { { "kernel_pmap_store", RISCV + PLACE + VAR } }, {
	    { 0x200000, 8, 0 }, { 0x200000 + VAR + 56, 8, SATP39(0x200000) }, TABLES_RISCV(0x200000, 0x200000),
	    { 0x400000, 8, 0 }, { 0x400000 + VAR + 56, 8, SATP39(0x400000) }, TABLES_RISCV(0x400000, 0x400000) },
	    OPENS(0x201000, "sv39") },
	{ "riscv, nothing", RISCV64, { { "kernel_pmap_store", RISCV + PLACE + VAR } }, { { 0 } },
	    NOWHERE "kernel_pmap_store is behind page tables): at no multiple of 0x200000 ", .st = KV_EFORMAT },
	/* ---- Whose memory it is ---- */
	{ "no system, memory alone", KERNEL(62, 64, false, "", NULL), { { "kernbase", KERN64 } }, { { 0 } },
	    "core may be a dump of freebsd/amd64 or dragonfly/x86_64: the kernel file does not tell its system",
	    .st = KV_EFORMAT, .raw = true },
	{ "no system", KERNEL(62, 64, false, "", NULL), { { "kernbase", KERN64 } }, { { 0 } },
	    "core may be a dump of freebsd/amd64 or dragonfly/x86_64: the kernel file does not tell its system",
	    .st = KV_EFORMAT },
	{ "no kernel", { .machine = 0 }, { { "kernbase", KERN64 } }, { { 0 } }, "raw memory does not tell where "
	    "its page tables are: give the kernel, or the regime and its root register", .st = KV_EUNSUP,
	    .raw = true },
	{ "no symbols tell", KERNEL(20, 32, true, "freebsd", NULL), { { "kernbase", KERN32 } }, { { 0 } },
	    "raw memory of powerpc (ELF machine 20): no symbols of its kernels tell the page tables: give the "
	    "regime and its root register", .st = KV_EUNSUP, .raw = true },
	{ "another order, memory alone", KERNEL(62, 64, true, "freebsd", NULL), { { "kernbase", KERN64 } },
	    { { 0 } }, "kernel is a kernel for freebsd/x86-64 (ELF machine 62, 64 bits, big-endian), but core is a "
	    "dump of freebsd/amd64 or dragonfly/x86_64 (ELF machine 62, ", .st = KV_EFORMAT, .raw = true },
	{ "riscv, no store", RISCV64, { { "kernbase", RISCV } }, { { 0 } },
	    "bad namelist: the kernel kernel has no symbol kernel_pmap_store, ", .st = KV_EUNSUP },
};

/* System V gABI: a segment at each place, and perhaps FreeBSD's PT_DUMP_DELTA. */
static void
elf_make(uint8_t *b, const struct full_row *r)
{
	const bool big = r->kernel.big;
	const unsigned w = r->kernel.bits / 8, ehsize = w == 8 ? 64 : 52, phsize = w == 8 ? 56 : 32;
	const unsigned n = r->delta != 0 ? 4 : 3;
	const uint8_t ident[] = { 0x7f, 'E', 'L', 'F', (uint8_t)(w / 4), big ? 2 : 1, 1 };
	memcpy(b, ident, sizeof(ident));
	port_sample_put(b + 16, 4, 2, big);		/* ET_CORE */
	port_sample_put(b + 18, r->kernel.machine, 2, big);
	port_sample_put(b + 24 + w, ehsize, w, big);	/* e_phoff */
	port_sample_put(b + 28 + 3 * w, ehsize, 2, big);
	port_sample_put(b + 30 + 3 * w, phsize, 2, big);
	port_sample_put(b + 32 + 3 * w, n, 2, big);
	for (unsigned i = 0; i < n; i++) {
		const bool told = i == 3;
		uint8_t *ph = b + ehsize + i * phsize;
		port_sample_put(ph, told ? 0x6fb5d000 : 1, 4, big);
		ph += w;	/* p_flags follows in 64 bits */
		port_sample_put(ph, HEADERS + (r->reversed && !told ? 2 - i : i) * IMAGE, w, big);
		port_sample_put(ph + w, told ? KERN64 + PLACE : 0, w, big);
		port_sample_put(ph + 2 * w, told ? r->delta : (i + 1) * PLACE, w, big);
		port_sample_put(ph + 3 * w, told ? 0 : IMAGE, w, big);
		port_sample_put(ph + 4 * w, told ? 0 : IMAGE, w, big);
		port_sample_put(ph + (w == 8 ? 40 : 24), 0x1000, w, big);	/* p_align */
	}
}

static void
test_rows(void)
{
	enum { RAW = 2 * PLACE + IMAGE };
	uint8_t *image = malloc(RAW);
	if (!CHECK(image != NULL, "memory"))
		return;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct full_row *r = &rows[i];
		struct port_kernel kernel = r->kernel;
		kernel.arg = (void *)(uintptr_t)r->symbols;
		const size_t size = (r->raw ? RAW : HEADERS + 3 * IMAGE) - r->cut;
		memset(image, 0, RAW);
		if (!r->raw)
			elf_make(image, r);
		uint8_t *memory[3];
		for (unsigned k = 0; k < 3; k++) {
			memory[k] = r->raw ? image + k * PLACE : image + HEADERS +
			    (r->reversed ? 2 - k : k) * IMAGE;
			memset(memory[k], 0xcc, CODE_LEN);
			memset(memory[k] + INSIDE, 0xcc, CODE_LEN);
		}
		for (const struct put *p = r->puts; p->size != 0; p++)
			port_sample_put(memory[p->pa / PLACE - 1] + p->pa % PLACE, p->value, p->size,
			    kernel.big);
		struct image img;
		struct dump dump;
		struct kv_err err = { .text = "" };
		const struct raw raw = { .base = PLACE };
		CHECK_EQ(r->name, "image", image_open_mem(&img, "core", image, size, NULL), KV_OK);
		const enum kv_status st = r->raw ? port_open_raw(&dump, &img, &raw, &kernel, &err) :
		    port_open(&dump, &img, &kernel, &err);
		if (r->text != NULL) {
			const char *said = strstr(err.text, r->text);
			CHECK_EQ(r->name, "status", st, r->st);
			CHECK(said == err.text || said == err.text + 6, "%s: %s, wanted %s", r->name, err.text,
			    r->text);
		} else if (CHECK(st == KV_OK && dump.nas > 0, "%s: %s", r->name, err.text)) {
			/* Nothing is said where nothing was searched for, but of an ELF core that it is no other. */
			if (kernel.code == NULL || r->delta != 0)
				CHECK(r->raw ? err.text[0] == '\0' : strncmp(err.text, "core: magic ", 12) == 0, "%s: it opens, and says %s", r->name, err.text);
			CHECK_EQ(r->name, "root", dump.root, r->root);
			CHECK(strcmp(dump.as[0].mmu.regime, r->regime) == 0, "%s: %s", r->name,
			    dump.as[0].mmu.regime);
			CHECK_EQ(r->name, "all addresses", dump.as[0].lo, 0);
			CHECK_EQ(r->name, "all addresses", dump.as[0].last,
			    kernel.bits == 32 ? UINT32_MAX : UINT64_MAX);
			CHECK_EQ(r->name, "order of tables", dump.as[0].mmu.big, kernel.big);
		}
		port_close(&dump);
		image_close(&img);
	}
	free(image);
}

static const struct unit_test tests[] = {
	{ "kernels' variables", test_rows },
	{ 0 },
};
const struct unit_suite unit_full = { "full", tests };
