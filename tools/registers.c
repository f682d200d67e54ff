/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * FreeBSD's and DragonFly's kernels save the registers of the CPU that panics in a struct pcb,
 * dumppcb, before they dump (savectx: those that a called function must keep, the stack pointer and
 * where it was called).  Its members moved between versions, and nothing in a dump tells the
 * version for sure.  So a layout is believed only if what it takes for the stack pointer points to
 * memory of the dump other than the kernel's text, and what it takes for the program counter into
 * that text.
 */
#include "registers.h"

#include <elf.h>
#include <inttypes.h>
#include <string.h>

/*
 * Registers: the byte of the first in struct pcb, its word in Linux's and FreeBSD's set, and how many
 * more follow it in all three.
 */
struct saved {
	uint16_t pcb;
	uint8_t to_linux, to_freebsd, more;
};

/* FreeBSD sys/amd64/include/{pcb,reg}.h, 9 on; Linux arch/x86/include/asm/user_64.h. */
static const struct saved amd64[] = {
	{ 56, 16, 17, 0 }, { 40, 19, 20, 0 },			/* rip rsp */
	{ 0, 0, 0, 3 }, { 32, 4, 10, 0 }, { 48, 5, 11, 0 },	/* r15 to r12, rbp rbx */
};
/* sys/i386/include/{pcb,reg}.h; Linux arch/x86/include/asm/user_32.h. */
static const struct saved i386[] = {
	{ 20, 12, 13, 0 }, { 12, 15, 16, 0 },			/* eip esp */
	{ 0, 4, 3, 0 }, { 4, 3, 4, 0 }, { 8, 5, 5, 0 }, { 16, 0, 7, 0 },	/* edi esi ebp ebx */
};
/*
 * sys/arm64/include/{pcb,reg}.h; Linux arch/arm64/include/uapi/asm/ptrace.h.  pc: lr's.  From 14
 * on pcb_x begins with x19.
 */
static const struct saved arm64[] = {
	{ 88, 32, 32, 0 }, { 96, 31, 31, 0 }, { 88, 30, 30, 0 },	/* pc sp lr */
	{ 0, 19, 19, 10 },					/* x19 to x29 */
};
/* To 13: x0 to x30, then what was pc once, which savectx leaves alone. */
static const struct saved arm64_x0[] = {
	{ 240, 32, 32, 0 }, { 256, 31, 31, 0 }, { 240, 30, 30, 0 }, { 152, 19, 19, 10 },
};
/* sys/arm/include/{frame,reg}.h, struct switchframe of 11 on; Linux arch/arm/include/asm/user.h. */
static const struct saved arm[] = {
	{ 44, 15, 15, 0 }, { 36, 13, 13, 0 }, { 40, 14, 14, 0 },	/* pc sp lr */
	{ 0, 4, 4, 8 },						/* r4 to r12 */
};
/* sys/riscv/include/{pcb,reg}.h; Linux arch/riscv/include/uapi/asm/ptrace.h.  pc: ra's. */
static const struct saved riscv[] = {
	{ 0, 0, 31, 0 }, { 8, 2, 1, 0 }, { 32, 8, 11, 0 },	/* pc sp s0 */
	{ 0, 1, 0, 0 }, { 16, 3, 2, 1 },			/* ra, gp tp */
	{ 40, 9, 12, 0 }, { 48, 18, 13, 9 },			/* s1, s2 to s11 */
};
/* To 12: t0 to t6, which savectx leaves alone, before s0. */
static const struct saved riscv_t0[] = {
	{ 0, 0, 31, 0 }, { 8, 2, 1, 0 }, { 88, 8, 11, 0 },
	{ 0, 1, 0, 0 }, { 16, 3, 2, 1 },
	{ 96, 9, 12, 0 }, { 104, 18, 13, 9 },
};
/* sys/powerpc/include/{pcb,reg}.h; Linux arch/powerpc/include/uapi/asm/ptrace.h.  pc: lr's. */
static const struct saved powerpc64[] = {
	{ 184, 32, 36, 0 }, { 168, 1, 1, 0 }, { 184, 36, 32, 0 }, { 176, 2, 2, 0 },	/* pc sp lr toc */
	{ 0, 12, 12, 19 }, { 160, 38, 33, 0 },			/* r12 to r31, cr */
};
static const struct saved powerpc[] = {
	{ 92, 32, 36, 0 }, { 84, 1, 1, 0 }, { 92, 36, 32, 0 }, { 88, 2, 2, 0 },
	{ 0, 12, 12, 19 }, { 80, 38, 33, 0 },
};

/*
 * The program counter comes first in each, then npointers that must point to memory; at: what lies
 * before them in struct pcb.
 */
struct layout {
	const char *os;
	unsigned machine, bits;
	unsigned npointers, at;
	const struct saved *saved;
	size_t n;
};

#define LAYOUT(os, machine, bits, npointers, at, table) \
	{ os, machine, bits, npointers, at, table, sizeof(table) / sizeof(table[0]) }

/*
 * The first that fits is taken.  Of one machine those come first whose program counter lies where
 * the others have what is never one: 0, a segment's descriptor, a floating-point register.
 */
static const struct layout layouts[] = {
	LAYOUT("freebsd", EM_X86_64, 64, 1, 0, amd64),
	/* FreeBSD to 8, and DragonFly sys/platform/pc64/include/pcb.h: padxx[8] and cr3 before it. */
	LAYOUT("freebsd", EM_X86_64, 64, 1, 72, amd64),
	LAYOUT("dragonfly", EM_X86_64, 64, 1, 72, amd64),
	/* To 9: behind cr3.  For a time in 9 and 10: behind cr0, cr2, cr3, cr4. */
	LAYOUT("freebsd", EM_386, 32, 1, 4, i386),
	LAYOUT("freebsd", EM_386, 32, 1, 16, i386),
	LAYOUT("freebsd", EM_386, 32, 1, 0, i386),
	LAYOUT("freebsd", EM_AARCH64, 64, 1, 0, arm64),
	LAYOUT("freebsd", EM_AARCH64, 64, 1, 0, arm64_x0),
	LAYOUT("freebsd", EM_ARM, 32, 1, 0, arm),
	/* FreeBSD's kernels keep frame pointers: s0 tells these two apart. */
	LAYOUT("freebsd", EM_RISCV, 64, 2, 0, riscv),
	LAYOUT("freebsd", EM_RISCV, 64, 2, 0, riscv_t0),
	LAYOUT("freebsd", EM_PPC64, 64, 1, 0, powerpc64),
	LAYOUT("freebsd", EM_PPC, 32, 1, 0, powerpc),
};

/* Words of Linux's elf_gregset_t and of FreeBSD's struct reg. */
static const struct {
	unsigned machine, bits, nlinux, nfreebsd;
} sets[] = {
	{ EM_X86_64, 64, 27, 22 }, { EM_AARCH64, 64, 34, 34 }, { EM_RISCV, 64, 32, 33 },
	{ EM_PPC64, 64, 48, 37 }, { EM_386, 32, 17, 19 }, { EM_ARM, 32, 18, 17 },
	{ EM_PPC, 32, 48, 37 }, { EM_MIPS, 32, 45, 0 }, { EM_MIPS, 64, 45, 0 },
};

/* A word of the target that lies at p. */
static uint64_t
word_at(const struct kernelfile *kernel, const uint8_t *p)
{
	const unsigned size = kernel->bits / 8;
	uint64_t value = 0;
	for (unsigned i = 0; i < size; i++)
		value |= (uint64_t)p[kernel->big ? size - 1 - i : i] << 8 * i;
	return value;
}

static bool
in_text(kvm_t *kd, const struct kernelfile *kernel, uint64_t pc)
{
	/* Symbols stay where the linker put them, the kernel may run elsewhere. */
	const uint64_t linked = pc - (uint64_t)kvm_kerndisp(kd);
	return (pc >= kernel->text && pc - kernel->text < kernel->text_size) ||
	    (linked >= kernel->text && linked - kernel->text < kernel->text_size);
}

/* How far a layout fits; the sentence in why is of the one that went furthest. */
enum fit { NOT, PC_FITS, FITS };

/* Fills the sets from a struct pcb at va if that layout is its. */
static enum fit
take(struct registers *ret, kvm_t *kd, const struct kernelfile *kernel, uint64_t va,
    const struct layout *layout, char why[256])
{
	const size_t word = kernel->bits / 8, room = sizeof(ret->why);
	struct registers got = *ret;
	for (size_t i = 0; i < layout->n; i++) {
		const struct saved *saved = &layout->saved[i];
		const size_t len = (saved->more + 1u) * word;
		uint8_t *p = got.as_linux + word * saved->to_linux;
		if (kvm_read2(kd, va + layout->at + saved->pcb, p, len) != (kssize_t)len) {
			(void)snprintf(why, room, "dumppcb: %.240s", kvm_geterr(kd));
			return NOT;
		}
		memcpy(got.as_freebsd + word * saved->to_freebsd, p, len);
	}
	const uint64_t pc = word_at(kernel, got.as_linux + word * layout->saved[0].to_linux);
	if (!in_text(kd, kernel, pc)) {
		(void)snprintf(why, room, "dumppcb at %#" PRIx64 ": the program counter is %#"
		    PRIx64 ", wanted an address of the kernel's text, %#" PRIx64 " to %#" PRIx64,
		    va, pc, kernel->text, kernel->text + kernel->text_size);
		return NOT;
	}
	for (unsigned i = 1; i <= layout->npointers; i++) {
		const uint64_t pointer = word_at(kernel, got.as_linux + word * layout->saved[i].to_linux);
		uint8_t byte;
		const bool text = in_text(kd, kernel, pointer);
		if (text || kvm_read2(kd, pointer, &byte, 1) != 1) {
			(void)snprintf(why, room, "dumppcb at %#" PRIx64 ": the %s pointer is %#"
			    PRIx64 ": %.160s", va, i == 1 ? "stack" : "frame", pointer,
			    text ? "an address of the kernel's text" : kvm_geterr(kd));
			return PC_FITS;
		}
	}
	*ret = got;
	return FITS;
}

void
registers_read(struct registers *ret, kvm_t *kd, const struct kernelfile *kernel, const char *os)
{
	struct kvm_symbol sym;
	int best = -1;
	*ret = (struct registers) { .why = "nothing says where this system's kernel keeps them" };
	for (size_t i = 0; i < sizeof(sets) / sizeof(sets[0]); i++)
		if (sets[i].machine == kernel->machine && sets[i].bits == kernel->bits) {
			ret->nlinux = sets[i].nlinux;
			ret->nfreebsd = sets[i].nfreebsd;
		}
	for (size_t i = 0; i < sizeof(layouts) / sizeof(layouts[0]) && !ret->saved; i++) {
		if (layouts[i].machine != kernel->machine || layouts[i].bits != kernel->bits ||
		    strcmp(layouts[i].os, os) != 0)
			continue;
		if (kvm_symbol_find(kd, "dumppcb", &sym) != 0) {
			(void)snprintf(ret->why, sizeof(ret->why), "the kernel has no symbol dumppcb");
			return;
		}
		char why[sizeof(ret->why)];
		const enum fit fit = take(ret, kd, kernel, sym.ky_value, &layouts[i], why);
		ret->saved = fit == FITS;
		if (fit < FITS && (int)fit > best) {
			best = (int)fit;
			memcpy(ret->why, why, sizeof(why));
		}
	}
}
