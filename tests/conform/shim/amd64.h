/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the libkvms of the BSDs have in common on amd64, for stand-ins of them: nothing of the core
 * is mapped, each level of each walk is one pread, only this machine's dumps are read.  What
 * differs, and the defects of each, is in the file of that name; opening and closing, in handle.c.
 */
#ifndef SHIM_AMD64_H
#define SHIM_AMD64_H

#include <sys/types.h>
#include <elf.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "nlist.h"

#define ERRLEN	2048
#define FRAME	UINT64_C(0x000ffffffffff000)

/* Physical memory, and where it lies in the core. */
struct piece {
	uint64_t first, size, off;
};

struct __kvm;

/* What a family does in its own manner: each stand-in has one table, named manner. */
struct manner {
	int no_files;		/* KVM_NO_FILES, or 0 if it has none */
	bool write_only;	/* O_WRONLY is taken, beside O_RDONLY and O_RDWR */
	bool core_first;	/* the core is opened before the kernel */
	bool null_handles;	/* kvm_close and kvm_geterr take NULL */
	bool no_gigabyte;	/* pages of 1 GiB are taken for tables */
	bool by_section;	/* nlist's types are those of the symbols' sections */
	const char *device;	/* what a read that the host refuses is said of, or NULL */
	/* When the core is open, if not NULL; and when both files are. */
	int (*core_opened)(struct __kvm *, const char *core);
	int (*opened)(struct __kvm *);
	/* Where a physical address lies; false: nowhere. */
	bool (*find)(struct __kvm *, uint64_t pa, uint64_t *off);
	/* As translate, which is what most have here. */
	uint64_t (*translate)(struct __kvm *, uint64_t va, uint64_t *pa);
};

extern const struct manner manner;

struct __kvm {
	int core, kernel;
	int flags;
	char *name;		/* of the kernel */
	const char *program;	/* NULL: messages are stored */
	char err[ERRLEN];
	uint8_t *cpu;		/* NetBSD's, OpenBSD's: the machine's part of the header */
	uint32_t cpusize;
	uint64_t root;		/* the top table */
	struct piece *piece;
	size_t npieces;
	/* FreeBSD's: symbols come from here. */
	int (*resolver)(const char *, uint64_t *);
};

uint64_t little(const uint8_t *, unsigned n);
/* A message, stored, or printed if the handle has a program's name.  Returns -1. */
int hard(struct __kvm *, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Always stored.  Returns -1. */
int soft(struct __kvm *, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
bool full_read(int fd, void *, size_t, uint64_t off);

/* A handle, or NULL and why in errbuf, if that is not NULL.  A program's name: messages are printed. */
struct __kvm *handle_open(const char *kernel, const char *core, int flags, const char *program,
    char *errbuf, int (*resolver)(const char *, uint64_t *));

/* The pieces that hold pa; false: none. */
bool piece_find(struct __kvm *, uint64_t pa, uint64_t *off);
/* NetBSD's and OpenBSD's header; false, without a word, if there is none. */
bool kcore_header(struct __kvm *);
/* The pieces, from the header's list; memory begins at that offset of the core. */
bool kcore_pieces(struct __kvm *, uint64_t memory);
/* NetBSD's and OpenBSD's header on a device: its size, 0: another magic, -1: it does not read. */
int kcore_adopt(struct __kvm *, off_t);
/* The header as savecore(8) writes it: its size, or -1 after a piece that was not taken. */
int kcore_write(struct __kvm *, bool (*)(void *, const void *, size_t), void *, int size);
int kcore_write_stream(struct __kvm *, FILE *, int size);
/* FreeBSD's and DragonFly's: an ELF core with segments by physical address. */
bool elf_pieces(struct __kvm *);

/* Bytes from va on that lie together from *pa on; 0: it is not mapped. */
uint64_t translate(struct __kvm *, uint64_t va, uint64_t *pa);
/* Reads *n bytes, fewer where the file ends; false: *bad is the first address that the manner's
 * translate or find does not know. */
bool read_virtual(struct __kvm *, uint64_t va, void *buf, size_t len, uint64_t *bad, ssize_t *n);

/* The symbol of that name, or without its leading "_" if strip; false if there is none. */
bool symbol_find(struct __kvm *, const char *name, bool exact, bool strip, Elf64_Sym *);
/* nlist(3): how many are missing, -1: there is no symbol table. */
int symbols(struct __kvm *, struct nlist *, bool exact);

#endif
