/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Full dumps of FreeBSD and DragonFly: all of memory, as an ELF core or without a header.  Neither
 * tells where the page tables are: the kernel's symbols do, once it is known where the kernel's
 * image lies in memory, in one piece.
 */
#ifndef PORT_FREEBSD_FULL_H
#define PORT_FREEBSD_FULL_H

#include "format/elfcore.h"
#include "port/port.h"

typedef enum kv_status elf_fn(struct dump *dump, struct image *img, uint64_t off,
    const struct port_kernel *kernel, struct kv_err *err);
typedef enum kv_status raw_fn(struct dump *dump, struct image *img, const struct raw *raw,
    const struct port_kernel *kernel, struct kv_err *err);

/* decode_elf and decode_raw. */
elf_fn freebsd_amd64_elf, freebsd_i386_elf, freebsd_arm_elf, freebsd_arm64_elf, freebsd_riscv_elf,
    freebsd_powerpc_elf, dragonfly_x86_64_elf;
raw_fn freebsd_amd64_raw, freebsd_i386_raw, freebsd_arm_raw, freebsd_arm64_raw, freebsd_riscv_raw,
    dragonfly_x86_64_raw;

/* What a machine's code finds its tables by. */
struct full {
	struct dump *dump;	/* its ram is filled */
	const struct image *img;
	const struct port_kernel *kernel;
	uint64_t pagesize;	/* as the core tells; 0: it does not */
	bool has_delta;		/* the core tells delta */
	uint64_t delta;		/* from the kernel's virtual addresses to physical ones, mod 2^64 */
};

/* Makes the regime of a kernel whose image lies at delta.  Fails if its tables are not there. */
typedef enum kv_status full_tables_fn(const struct full *full, uint64_t delta, struct mmu *ret,
    struct kv_err *err);

struct full_machine {
	full_tables_fn *tables;
	/*
	 * Where the kernel lies if nothing moved it.  NULL: anywhere.  *sure: it cannot have been
	 * moved, and nothing is to be proved.
	 */
	enum kv_status (*delta)(const struct full *full, uint64_t *delta, bool *sure,
	    struct kv_err *err);
	const char *missing;	/* what the message speaks of if the kernel is not found */
	paddr_t highest;	/* where the kernel is searched for; UINT64_MAX: everywhere */
	uint64_t raw_pagesize;	/* of memory without a header; 0: the machine has but one */
};

/* Decodes an ELF core of physical memory, or memory without a header. */
enum kv_status full_elf(const struct full_machine *machine, struct dump *dump, struct image *img,
    uint64_t off, const struct port_kernel *kernel, struct kv_err *err);
enum kv_status full_raw(const struct full_machine *machine, struct dump *dump, struct image *img,
    const struct port_kernel *kernel, struct kv_err *err);

/* A symbol's address.  KV_EUNSUP, with a sentence, if the kernel has none. */
enum kv_status full_symbol(const struct full *full, const char *name, vaddr_t *ret,
    struct kv_err *err);
bool full_has(const struct full *full, const char *name);

/* The integer of 32 or 64 bits that the symbol names, at off from it. */
enum kv_status full_u32(const struct full *full, uint64_t delta, const char *name, uint64_t off,
    uint64_t *ret, struct kv_err *err);
enum kv_status full_u64(const struct full *full, uint64_t delta, const char *name, uint64_t off,
    uint64_t *ret, struct kv_err *err);

/* KV_EABSENT or so if a table of len bytes at root, which name told, is not in the dump. */
enum kv_status full_root(const struct full *full, paddr_t root, size_t len, const char *name,
    struct kv_err *err);

#endif
