/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The kernel file: ELF of either class and byte order and of any machine; its
 * symbols, notes and initial memory.
 */
#ifndef SYMBOL_H
#define SYMBOL_H

#include "kv.h"

/* The BSDs' n_type values (a.out): what kvm_nlist answers with. */
enum {
	NLIST_UNDF = 0x00,
	NLIST_EXT = 0x01,
	NLIST_ABS = 0x02,
	NLIST_TEXT = 0x04,
	NLIST_DATA = 0x06,
	NLIST_BSS = 0x08,
	NLIST_FN = 0x1e,
};

struct symbol {
	const char *name;	/* valid until elf_file_close */
	uint64_t value, size;
	uint16_t section;	/* st_shndx, SHN_ABS ... included */
	uint8_t type, bind;	/* STT_*, STB_* */
};

struct elf_info {
	unsigned bits;		/* 32 or 64 */
	bool big;
	uint16_t machine;	/* EM_* */
	uint16_t type;		/* ET_* */
	uint32_t flags;		/* EF_* */
	uint64_t entry;
};

/* An open kernel file.  One thread at a time. */
struct elf_file;

/**
 * Opens an ELF file (close-on-exec, read-only).
 *
 * @param ret  the handle, on KV_OK only; to be given to elf_file_close
 * Errors: KV_EIO with the system's text; KV_EFORMAT if it is no ELF file or its
 * headers contradict themselves; KV_ENOMEM.  A file without symbols opens.
 */
enum kv_status elf_file_open(struct elf_file **ret, const char *path, struct kv_err *err);

/**
 * The same over an image in memory, which is not copied and must outlive the handle.
 * name stands for the path in sentences and is copied.
 */
enum kv_status elf_file_open_mem(struct elf_file **ret, const char *name, const void *image,
    size_t size, struct kv_err *err);

/* Closes; NULL is allowed.  Symbols and names die with it. */
void elf_file_close(struct elf_file *elf);

const struct elf_info *elf_file_info(const struct elf_file *elf);
/* The path or name that it was opened by. */
const char *elf_file_name(const struct elf_file *elf);

/**
 * The symbol of that exact name.
 *
 * All SHT_SYMTAB sections count (the dynamic one does not).  Of several symbols of one
 * name a global one is preferred to a weak one and that to a local one; then the first
 * wins.  Undefined symbols have no address and are not found.
 * @param ret  NULL if there is none; that is KV_OK
 * Errors: KV_EFORMAT if there is no symbol table or it is damaged; KV_ENOMEM; KV_EIO.
 * The first call reads the table and may take milliseconds; later ones take O(1).
 */
enum kv_status elf_symbol(struct elf_file *elf, const char *name, const struct symbol **ret,
    struct kv_err *err);

/**
 * As elf_symbol, with nlist(3)'s rule for names: as asked; if there is none and the name
 * begins with '_', without that one underscore.
 * Follows: FreeBSD and OpenBSD; NetBSD never tries the name as asked, which hides `_foo`.
 */
enum kv_status elf_symbol_nlist(struct elf_file *elf, const char *name,
    const struct symbol **ret, struct kv_err *err);

/**
 * n_type as NetBSD's nlist(3) gives it: NLIST_TEXT, _DATA, _FN or _UNDF by the symbol's
 * type, plus NLIST_EXT unless it is local.
 */
uint8_t symbol_nlist_type(const struct symbol *sym);

/**
 * n_type as FreeBSD's nlist(3) gives it: by the section's kind, absolute symbols apart, plus
 * NLIST_EXT unless it is local.
 */
uint8_t symbol_nlist_type_section(const struct elf_file *elf, const struct symbol *sym);

/**
 * The nearest symbol at or below addr; sizes do not count: compare addr - value with size.
 * Of several at one address a function or object is preferred, then a global, then
 * the first.  Sections, files, undefined, thread-local and assembler-local (.L, $x) ones do not count.
 * @param ret  NULL if none lies at or below
 */
enum kv_status elf_symbol_at(struct elf_file *elf, uint64_t addr, const struct symbol **ret,
    struct kv_err *err);

/**
 * Calls fn for each named symbol in file order, duplicates and undefined ones included, till it
 * returns false.
 */
enum kv_status elf_symbol_each(struct elf_file *elf,
    bool (*fn)(void *arg, const struct symbol *sym), void *arg, struct kv_err *err);

/**
 * The first note of that owner and type, in SHT_NOTE sections, then in PT_NOTE segments.
 *
 * @param buf   receives the first len bytes of its description
 * @param retlen the description's full length; 0 and KV_OK with *found false if there is none
 * Build id: "GNU", 3.  .note.netbsd.ident: "NetBSD", 1.
 */
enum kv_status elf_note(struct elf_file *elf, const char *owner, uint32_t type, void *buf,
    size_t len, size_t *retlen, bool *found, struct kv_err *err);

/**
 * Reads initial memory: the bytes that the file has for [va, va + len), from PT_LOAD
 * segments or, if there are none, from allocated sections.
 * Errors: KV_EABSENT, and buf is not to be used, if the file lacks any of them (bss
 * included: it lies in memory, not in the file); KV_ETRUNC, KV_EIO.
 */
enum kv_status elf_read_va(struct elf_file *elf, uint64_t va, void *buf, size_t len,
    struct kv_err *err);

/**
 * The beginning of the first executable PT_LOAD segment: its address, and up to len bytes; 0 of
 * them in a file of symbols alone.  False if there is no such segment.
 */
bool elf_code(struct elf_file *elf, uint64_t *va, void *buf, size_t len, size_t *got);

/* ---- Layout of the kernel's structures: layout.c ----------------------------------- */

struct elf_member {
	uint64_t off, size;	/* bytes */
};

/**
 * The bytes of a struct, as the kernel's debug information (DWARF, else CTF) has it.
 * Errors: KV_EUNSUP if there is no debug information, or the library was built without libdw;
 * KV_EABSENT if there is no such struct; KV_EFORMAT if it is damaged.
 */
enum kv_status elf_struct_size(struct elf_file *elf, const char *name, uint64_t *ret,
    struct kv_err *err);

/** The same of a member, which may lie in unnamed structs and unions in it. */
enum kv_status elf_struct_member(struct elf_file *elf, const char *name, const char *member,
    struct elf_member *ret, struct kv_err *err);

#endif
