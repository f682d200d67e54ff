/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A debugger wants a thread.  Two are written: Linux's, which the gdb and lldb of every host
 * read, and that of the dump's own system, by which lldb and a gdb built for it recognise the
 * system.
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

/* PT_GETREGS of NetBSD, the note's type; 0: not known. */
static unsigned
netbsd_type(const struct kernelfile *kernel)
{
	return kernel->machine == EM_X86_64 || kernel->machine == EM_386 ? 33 :
	    kernel->machine == EM_AARCH64 ? 32 : 0;
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

/* Linux's thread and the system's own are two: gdb knows threads by number. */
enum { SIGABRT_OF_ALL = 6, PID = 1, OWN = 2 };

bool
notes_make(struct notes *ret, kvm_t *kd, const struct kernelfile *kernel, const char *os)
{
	*ret = (struct notes) { 0 };
	struct registers r;
	const unsigned word = kernel->bits / 8;
	uint8_t *p;
	registers_read(&r, kd, kernel, os);
	ret->registers = r.saved;
	memcpy(ret->why, r.why, sizeof(ret->why));
	if (r.nlinux != 0) {
		/* struct elf_prstatus: 12 bytes of signal, 2 words, 4 pids, 4 times, registers. */
		const size_t before = word == 8 ? 112 : 72;
		p = note_add(ret, kernel, "CORE", NT_PRSTATUS, before + r.nlinux * word + word);
		if (p == NULL)
			return false;
		put(kernel, p, 4, SIGABRT_OF_ALL);
		put(kernel, p + 12, 2, SIGABRT_OF_ALL);
		put(kernel, p + (word == 8 ? 32 : 24), 4, PID);
		memcpy(p + before, r.as_linux, r.nlinux * word);
	}
	if (r.nfreebsd != 0 && strcmp(os, "freebsd") == 0) {
		/* <sys/procfs.h>: struct prstatus, version 1. */
		const size_t before = word == 8 ? 48 : 28;
		p = note_add(ret, kernel, "FreeBSD", NT_PRSTATUS, before + r.nfreebsd * word);
		if (p == NULL)
			return false;
		put(kernel, p, 4, 1);
		put(kernel, p + word, word, before + r.nfreebsd * word);
		put(kernel, p + 2 * word, word, r.nfreebsd * word);
		put(kernel, p + 4 * word + 4, 4, SIGABRT_OF_ALL);
		put(kernel, p + 4 * word + 8, 4, OWN);
		memcpy(p + before, r.as_freebsd, r.nfreebsd * word);
	}
	if (netbsd_type(kernel) != 0 && strcmp(os, "netbsd") == 0) {
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
		if (note_add(ret, kernel, "NetBSD-CORE@2", netbsd_type(kernel), 34 * 8) == NULL)
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
