/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A debugger wants a thread.  Two are written: Linux's, which the gdb and lldb of every host
 * read, and that of the dump's own system, by which lldb and a gdb built for it recognise the
 * system.  Registers are those that the kernel saved in dumppcb; the others are 0.
 */
#include "elfnotes.h"

#include <elf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

void
put(const struct kernelfile *kernel, uint8_t *p, unsigned size, uint64_t value)
{
	for (unsigned i = 0; i < size; i++)
		p[i] = (uint8_t)(value >> 8 * (kernel->big ? size - 1 - i : i));
}

/* A register: where FreeBSD's struct pcb has it, and its number in Linux's and FreeBSD's set. */
struct saved {
	uint16_t pcb;
	uint8_t to_linux, to_freebsd;
};

/* sys/amd64/include/{pcb,reg}.h; Linux arch/x86/include/asm/user_64.h. */
static const struct saved amd64[] = {
	{ 0, 0, 0 }, { 8, 1, 1 }, { 16, 2, 2 }, { 24, 3, 3 },	/* r15 r14 r13 r12 */
	{ 32, 4, 10 }, { 40, 19, 20 }, { 48, 5, 11 }, { 56, 16, 17 },	/* rbp rsp rbx rip */
};
/* sys/riscv/include/{pcb,reg}.h; Linux arch/riscv/include/uapi/asm/ptrace.h.  pc: ra's. */
static const struct saved riscv[] = {
	{ 0, 1, 0 }, { 0, 0, 31 }, { 8, 2, 1 }, { 16, 3, 2 }, { 24, 4, 3 },	/* ra pc sp gp tp */
	{ 32, 8, 11 }, { 40, 9, 12 }, { 48, 18, 13 }, { 56, 19, 14 }, { 64, 20, 15 },	/* s0.. */
	{ 72, 21, 16 }, { 80, 22, 17 }, { 88, 23, 18 }, { 96, 24, 19 }, { 104, 25, 20 },
	{ 112, 26, 21 }, { 120, 27, 22 },
};
/* sys/powerpc/include/{pcb,reg}.h; Linux arch/powerpc/include/uapi/asm/ptrace.h. */
static const struct saved powerpc64[] = {
	{ 0, 12, 12 }, { 8, 13, 13 }, { 16, 14, 14 }, { 24, 15, 15 }, { 32, 16, 16 },
	{ 40, 17, 17 }, { 48, 18, 18 }, { 56, 19, 19 }, { 64, 20, 20 }, { 72, 21, 21 },
	{ 80, 22, 22 }, { 88, 23, 23 }, { 96, 24, 24 }, { 104, 25, 25 }, { 112, 26, 26 },
	{ 120, 27, 27 }, { 128, 28, 28 }, { 136, 29, 29 }, { 144, 30, 30 }, { 152, 31, 31 },
	{ 160, 38, 33 }, { 168, 1, 1 }, { 176, 2, 2 }, { 184, 36, 32 }, { 184, 32, 36 },
};						/* cr, sp, toc, lr, pc: lr's */

static const struct machine {
	unsigned machine, bits;
	unsigned nlinux, nfreebsd;	/* words of the register sets; 0: none is known */
	unsigned netbsd_type;		/* PT_GETREGS, the note's type; 0: none is known */
	const struct saved *saved;
	size_t nsaved;
} machines[] = {
	{ EM_X86_64, 64, 27, 22, 33, amd64, sizeof(amd64) / sizeof(amd64[0]) },
	{ EM_AARCH64, 64, 34, 34, 32, NULL, 0 },
	{ EM_RISCV, 64, 32, 33, 0, riscv, sizeof(riscv) / sizeof(riscv[0]) },
	{ EM_PPC64, 64, 48, 37, 0, powerpc64, sizeof(powerpc64) / sizeof(powerpc64[0]) },
	{ EM_386, 32, 17, 19, 33, NULL, 0 },
	{ EM_ARM, 32, 18, 17, 0, NULL, 0 },
	{ EM_PPC, 32, 48, 37, 0, NULL, 0 },
	{ EM_MIPS, 32, 45, 0, 0, NULL, 0 },
	{ EM_MIPS, 64, 45, 0, 0, NULL, 0 },
};

static const struct machine *
machine_of(const struct kernelfile *kernel)
{
	for (size_t i = 0; i < sizeof(machines) / sizeof(machines[0]); i++)
		if (machines[i].machine == kernel->machine && machines[i].bits == kernel->bits)
			return &machines[i];
	return NULL;
}

/* Appends a note; NULL if there is no memory, else its zeroed description. */
static uint8_t *
note_add(struct notes *notes, const struct kernelfile *kernel, const char *name, unsigned type,
    size_t size)
{
	size_t len = strlen(name) + 1, name_room = (len + 3) / 4 * 4, room = (size + 3) / 4 * 4;
	uint8_t *grown = realloc(notes->p, notes->n + 12 + name_room + room);
	if (grown == NULL) {
		complain("%s", strerror(errno));
		return NULL;
	}
	notes->p = grown;
	uint8_t *p = grown + notes->n;
	memset(p, 0, 12 + name_room + room);
	put(kernel, p, 4, len);
	put(kernel, p + 4, 4, size);
	put(kernel, p + 8, 4, type);
	memcpy(p + 12, name, len);
	notes->n += 12 + name_room + room;
	return p + 12 + name_room;
}

/* The kernel's saved registers, or all 0: true if they were saved. */
static bool
registers(kvm_t *kd, const struct machine *m, const char *os, uint8_t *to_linux,
    uint8_t *to_freebsd)
{
	struct kvm_symbol sym;
	uint8_t pcb[192], word[8];
	bool any = false;
	/* Other systems and machines keep them in structures that vary between versions. */
	if (m->nsaved == 0 || strcmp(os, "freebsd") != 0 ||
	    kvm_symbol_find(kd, "dumppcb", &sym) != 0 ||
	    kvm_read2(kd, sym.ky_value, pcb, sizeof(pcb)) != (kssize_t)sizeof(pcb))
		return false;
	for (size_t i = 0; i < m->nsaved; i++) {
		memcpy(word, pcb + m->saved[i].pcb, 8);
		memcpy(to_linux + 8 * m->saved[i].to_linux, word, 8);
		memcpy(to_freebsd + 8 * m->saved[i].to_freebsd, word, 8);
		for (unsigned k = 0; k < 8; k++)
			any |= word[k] != 0;
	}
	return any;
}

/* Linux's thread and the system's own are two: gdb knows threads by number. */
enum { SIGABRT_OF_ALL = 6, PID = 1, OWN = 2 };

bool
notes_make(struct notes *ret, kvm_t *kd, const struct kernelfile *kernel, const char *os)
{
	*ret = (struct notes) { 0 };
	const struct machine *m = machine_of(kernel);
	const unsigned word = kernel->bits / 8;
	uint8_t to_linux[48 * 8] = { 0 }, to_freebsd[48 * 8] = { 0 }, *p;
	if (m != NULL) {
		ret->registers = registers(kd, m, os, to_linux, to_freebsd);
		/* struct elf_prstatus: 12 bytes of signal, 2 words, 4 pids, 4 times, registers. */
		const size_t before = word == 8 ? 112 : 72;
		p = note_add(ret, kernel, "CORE", NT_PRSTATUS, before + m->nlinux * word + word);
		if (p == NULL)
			return false;
		put(kernel, p, 4, SIGABRT_OF_ALL);
		put(kernel, p + 12, 2, SIGABRT_OF_ALL);
		put(kernel, p + (word == 8 ? 32 : 24), 4, PID);
		memcpy(p + before, to_linux, m->nlinux * word);
	}
	if (m != NULL && m->nfreebsd != 0 && strcmp(os, "freebsd") == 0) {
		/* <sys/procfs.h>: struct prstatus, version 1. */
		const size_t before = word == 8 ? 48 : 28;
		p = note_add(ret, kernel, "FreeBSD", NT_PRSTATUS, before + m->nfreebsd * word);
		if (p == NULL)
			return false;
		put(kernel, p, 4, 1);
		put(kernel, p + word, word, before + m->nfreebsd * word);
		put(kernel, p + 2 * word, word, m->nfreebsd * word);
		put(kernel, p + 4 * word + 4, 4, SIGABRT_OF_ALL);
		put(kernel, p + 4 * word + 8, 4, OWN);
		memcpy(p + before, to_freebsd, m->nfreebsd * word);
	}
	if (m != NULL && m->netbsd_type != 0 && strcmp(os, "netbsd") == 0) {
		/* <sys/exec_elf.h>: struct netbsd_elfcore_procinfo, version 1. */
		p = note_add(ret, kernel, "NetBSD-CORE", 1, 160);
		if (p == NULL)
			return false;
		put(kernel, p, 4, 1);
		put(kernel, p + 4, 4, 160);
		put(kernel, p + 8, 4, SIGABRT_OF_ALL);
		put(kernel, p + 0x50, 4, PID);
		put(kernel, p + 0x78, 4, 1);	/* threads */
		put(kernel, p + 0x9c, 4, OWN);	/* the one that got the signal */
		memcpy(p + 0x7c, "kernel", 6);
		if (note_add(ret, kernel, "NetBSD-CORE@2", m->netbsd_type, 34 * 8) == NULL)
			return false;
	}
	if (kernel->build_id_len > 0) {
		p = note_add(ret, kernel, "GNU", NT_GNU_BUILD_ID, kernel->build_id_len);
		if (p == NULL)
			return false;
		memcpy(p, kernel->build_id, kernel->build_id_len);
	}
	return true;
}
