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

/* A register: its byte in struct pcb, and its word in Linux's and FreeBSD's set. */
struct saved {
	uint16_t pcb;
	uint8_t to_linux, to_freebsd;
};

/* FreeBSD sys/amd64/include/{pcb,reg}.h, 9 on; Linux arch/x86/include/asm/user_64.h. */
static const struct saved amd64[] = {
	{ 56, 16, 17 }, { 40, 19, 20 },				/* rip rsp */
	{ 0, 0, 0 }, { 8, 1, 1 }, { 16, 2, 2 }, { 24, 3, 3 },	/* r15 r14 r13 r12 */
	{ 32, 4, 10 }, { 48, 5, 11 },				/* rbp rbx */
};
/* FreeBSD to 8, and DragonFly sys/platform/pc64/include/pcb.h: padxx[8], cr3, then the same. */
static const struct saved amd64_old[] = {
	{ 128, 16, 17 }, { 112, 19, 20 },
	{ 72, 0, 0 }, { 80, 1, 1 }, { 88, 2, 2 }, { 96, 3, 3 },
	{ 104, 4, 10 }, { 120, 5, 11 },
};
/* sys/i386/include/{pcb,reg}.h; Linux arch/x86/include/asm/user_32.h. */
static const struct saved i386[] = {
	{ 20, 12, 13 }, { 12, 15, 16 },				/* eip esp */
	{ 0, 4, 3 }, { 4, 3, 4 }, { 8, 5, 5 }, { 16, 0, 7 },	/* edi esi ebp ebx */
};
/* To 9: behind cr3. */
static const struct saved i386_cr3[] = {
	{ 24, 12, 13 }, { 16, 15, 16 },
	{ 4, 4, 3 }, { 8, 3, 4 }, { 12, 5, 5 }, { 20, 0, 7 },
};
/* For a time in 9 and 10: behind cr0, cr2, cr3, cr4. */
static const struct saved i386_cr0[] = {
	{ 36, 12, 13 }, { 28, 15, 16 },
	{ 16, 4, 3 }, { 20, 3, 4 }, { 24, 5, 5 }, { 32, 0, 7 },
};
/*
 * sys/arm64/include/{pcb,reg}.h; Linux arch/arm64/include/uapi/asm/ptrace.h.  pc: lr's.  From 14
 * on pcb_x begins with x19.
 */
static const struct saved arm64[] = {
	{ 88, 32, 32 }, { 96, 31, 31 }, { 88, 30, 30 },		/* pc sp lr */
	{ 0, 19, 19 }, { 8, 20, 20 }, { 16, 21, 21 }, { 24, 22, 22 }, { 32, 23, 23 },
	{ 40, 24, 24 }, { 48, 25, 25 }, { 56, 26, 26 }, { 64, 27, 27 }, { 72, 28, 28 },
	{ 80, 29, 29 },
};
/* To 13: x0 to x30, then what was pc once, which savectx leaves alone. */
static const struct saved arm64_x0[] = {
	{ 240, 32, 32 }, { 256, 31, 31 }, { 240, 30, 30 },
	{ 152, 19, 19 }, { 160, 20, 20 }, { 168, 21, 21 }, { 176, 22, 22 }, { 184, 23, 23 },
	{ 192, 24, 24 }, { 200, 25, 25 }, { 208, 26, 26 }, { 216, 27, 27 }, { 224, 28, 28 },
	{ 232, 29, 29 },
};
/* sys/arm/include/{frame,reg}.h, struct switchframe of 11 on; Linux arch/arm/include/asm/user.h. */
static const struct saved arm[] = {
	{ 44, 15, 15 }, { 36, 13, 13 }, { 40, 14, 14 },		/* pc sp lr */
	{ 0, 4, 4 }, { 4, 5, 5 }, { 8, 6, 6 }, { 12, 7, 7 }, { 16, 8, 8 }, { 20, 9, 9 },
	{ 24, 10, 10 }, { 28, 11, 11 }, { 32, 12, 12 },
};
/* sys/riscv/include/{pcb,reg}.h; Linux arch/riscv/include/uapi/asm/ptrace.h.  pc: ra's. */
static const struct saved riscv[] = {
	{ 0, 0, 31 }, { 8, 2, 1 }, { 32, 8, 11 },		/* pc sp s0 */
	{ 0, 1, 0 }, { 16, 3, 2 }, { 24, 4, 3 },		/* ra gp tp */
	{ 40, 9, 12 }, { 48, 18, 13 }, { 56, 19, 14 }, { 64, 20, 15 }, { 72, 21, 16 },
	{ 80, 22, 17 }, { 88, 23, 18 }, { 96, 24, 19 }, { 104, 25, 20 }, { 112, 26, 21 },
	{ 120, 27, 22 },
};
/* To 12: t0 to t6, which savectx leaves alone, before s0. */
static const struct saved riscv_t0[] = {
	{ 0, 0, 31 }, { 8, 2, 1 }, { 88, 8, 11 },
	{ 0, 1, 0 }, { 16, 3, 2 }, { 24, 4, 3 },
	{ 96, 9, 12 }, { 104, 18, 13 }, { 112, 19, 14 }, { 120, 20, 15 }, { 128, 21, 16 },
	{ 136, 22, 17 }, { 144, 23, 18 }, { 152, 24, 19 }, { 160, 25, 20 }, { 168, 26, 21 },
	{ 176, 27, 22 },
};
/* sys/powerpc/include/{pcb,reg}.h; Linux arch/powerpc/include/uapi/asm/ptrace.h.  pc: lr's. */
static const struct saved powerpc64[] = {
	{ 184, 32, 36 }, { 168, 1, 1 }, { 184, 36, 32 }, { 176, 2, 2 },	/* pc sp lr toc */
	{ 0, 12, 12 }, { 8, 13, 13 }, { 16, 14, 14 }, { 24, 15, 15 }, { 32, 16, 16 },
	{ 40, 17, 17 }, { 48, 18, 18 }, { 56, 19, 19 }, { 64, 20, 20 }, { 72, 21, 21 },
	{ 80, 22, 22 }, { 88, 23, 23 }, { 96, 24, 24 }, { 104, 25, 25 }, { 112, 26, 26 },
	{ 120, 27, 27 }, { 128, 28, 28 }, { 136, 29, 29 }, { 144, 30, 30 }, { 152, 31, 31 },
	{ 160, 38, 33 },						/* cr */
};
static const struct saved powerpc[] = {
	{ 92, 32, 36 }, { 84, 1, 1 }, { 92, 36, 32 }, { 88, 2, 2 },
	{ 0, 12, 12 }, { 4, 13, 13 }, { 8, 14, 14 }, { 12, 15, 15 }, { 16, 16, 16 },
	{ 20, 17, 17 }, { 24, 18, 18 }, { 28, 19, 19 }, { 32, 20, 20 }, { 36, 21, 21 },
	{ 40, 22, 22 }, { 44, 23, 23 }, { 48, 24, 24 }, { 52, 25, 25 }, { 56, 26, 26 },
	{ 60, 27, 27 }, { 64, 28, 28 }, { 68, 29, 29 }, { 72, 30, 30 }, { 76, 31, 31 },
	{ 80, 38, 33 },
};

/* The program counter comes first in each, then npointers that must point to memory. */
struct layout {
	const char *os;
	unsigned machine, bits;
	unsigned npointers;
	const struct saved *saved;
	size_t n;
};

#define LAYOUT(os, machine, bits, npointers, table) \
	{ os, machine, bits, npointers, table, sizeof(table) / sizeof(table[0]) }

/*
 * The first that fits is taken.  Of one machine those come first whose program counter lies where
 * the others have what is never one: 0, a segment's descriptor, a floating-point register.
 */
static const struct layout layouts[] = {
	LAYOUT("freebsd", EM_X86_64, 64, 1, amd64),
	LAYOUT("freebsd", EM_X86_64, 64, 1, amd64_old),
	LAYOUT("dragonfly", EM_X86_64, 64, 1, amd64_old),
	LAYOUT("freebsd", EM_386, 32, 1, i386_cr3),
	LAYOUT("freebsd", EM_386, 32, 1, i386_cr0),
	LAYOUT("freebsd", EM_386, 32, 1, i386),
	LAYOUT("freebsd", EM_AARCH64, 64, 1, arm64),
	LAYOUT("freebsd", EM_AARCH64, 64, 1, arm64_x0),
	LAYOUT("freebsd", EM_ARM, 32, 1, arm),
	/* FreeBSD's kernels keep frame pointers: s0 tells these two apart. */
	LAYOUT("freebsd", EM_RISCV, 64, 2, riscv),
	LAYOUT("freebsd", EM_RISCV, 64, 2, riscv_t0),
	LAYOUT("freebsd", EM_PPC64, 64, 1, powerpc64),
	LAYOUT("freebsd", EM_PPC, 32, 1, powerpc),
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
	uint8_t got[REGISTERS_MAX][8];
	for (size_t i = 0; i < layout->n; i++)
		if (kvm_read2(kd, va + layout->saved[i].pcb, got[i], word) != (kssize_t)word) {
			(void)snprintf(why, room, "dumppcb: %.240s", kvm_geterr(kd));
			return NOT;
		}
	const uint64_t pc = word_at(kernel, got[0]);
	if (!in_text(kd, kernel, pc)) {
		(void)snprintf(why, room, "dumppcb at %#" PRIx64 ": the program counter is %#"
		    PRIx64 ", wanted an address of the kernel's text, %#" PRIx64 " to %#" PRIx64,
		    va, pc, kernel->text, kernel->text + kernel->text_size);
		return NOT;
	}
	for (unsigned i = 1; i <= layout->npointers; i++) {
		const uint64_t pointer = word_at(kernel, got[i]);
		uint8_t byte;
		const bool text = in_text(kd, kernel, pointer);
		if (text || kvm_read2(kd, pointer, &byte, 1) != 1) {
			(void)snprintf(why, room, "dumppcb at %#" PRIx64 ": the %s pointer is %#"
			    PRIx64 ": %.160s", va, i == 1 ? "stack" : "frame", pointer,
			    text ? "an address of the kernel's text" : kvm_geterr(kd));
			return PC_FITS;
		}
	}
	for (size_t i = 0; i < layout->n; i++) {
		memcpy(ret->as_linux + word * layout->saved[i].to_linux, got[i], word);
		memcpy(ret->as_freebsd + word * layout->saved[i].to_freebsd, got[i], word);
	}
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
