/* SPDX-License-Identifier: BSD-2-Clause */
/* The kernel file as the files of this folder share it. */
#ifndef SYMBOL_PRIVATE_H
#define SYMBOL_PRIVATE_H

#include <gelf.h>

#include "symbol.h"

struct name_slot {
	uint32_t hash;
	uint32_t index;		/* of syms, plus 1; 0: empty */
};

struct addr_slot {
	uint64_t value;
	uint32_t pref;		/* lower is better */
	uint32_t index;
};

struct elf_file {
	char *name;
	int fd;			/* -1 over memory */
	const uint8_t *mem;	/* NULL over a file */
	uint64_t size;		/* at open; nothing past it is read */
	Elf *elf;
	struct elf_info info;
	size_t nsections, nsegments;

	/* names.c: all symbols but the first of each table, from the first use on */
	bool loaded;
	struct symbol *syms;
	uint32_t nsyms;
	struct name_slot *names;	/* open addressing, mask + 1 slots */
	uint32_t mask;
	struct addr_slot *addrs;	/* ascending, one per address */
	uint32_t naddrs;

	struct layouts *layouts;	/* dwarf.c's, from the first use on */
	struct ctf *ctf;		/* ctf.c's */
};

/* What libelf says, or that it says nothing. */
const char *libelf_text(void);

/* Copies file bytes; KV_ETRUNC if they do not lie wholly inside the file. */
enum kv_status elf_bytes(const struct elf_file *elf, uint64_t off, void *buf, uint64_t len,
    struct kv_err *err);

/* Section or segment i; KV_EFORMAT with a sentence if libelf refuses it. */
enum kv_status elf_section(const struct elf_file *elf, size_t i, Elf_Scn **scn, GElf_Shdr *ret,
    struct kv_err *err);
enum kv_status elf_segment(const struct elf_file *elf, size_t i, GElf_Phdr *ret,
    struct kv_err *err);

void elf_names_free(struct elf_file *elf);

/*
 * Opens the file with the debug information that the kernel lacks, for the caller to close.
 * *ret NULL and KV_OK: the kernel names none.  KV_EUNSUP: there is none that is right.
 */
enum kv_status elf_debuglink_open(const struct elf_file *elf, struct elf_file **ret,
    struct kv_err *err);

/* dwarf.c: as elf_struct_size and elf_struct_member, but KV_EUNSUP also where CTF is to be asked. */
enum kv_status elf_dwarf_struct_size(struct elf_file *elf, const char *name, uint64_t *ret,
    struct kv_err *err);
enum kv_status elf_dwarf_struct_member(struct elf_file *elf, const char *name, const char *member,
    struct elf_member *ret, struct kv_err *err);
void elf_layouts_free(struct elf_file *elf);

/* ctf.c: whether the kernel has CTF; if so, KV_OK lets the others be called. */
enum kv_status elf_ctf_open(struct elf_file *elf, bool *found, struct kv_err *err);
enum kv_status elf_ctf_struct_size(struct elf_file *elf, const char *name, uint64_t *ret,
    struct kv_err *err);
enum kv_status elf_ctf_struct_member(struct elf_file *elf, const char *name, const char *member,
    struct elf_member *ret, struct kv_err *err);
void elf_ctf_free(struct elf_file *elf);

#endif
