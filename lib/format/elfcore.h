/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Core files in ELF, as FreeBSD's and DragonFly's kernels write full dumps.  Sources: System V
 * gABI, chapters 4 and 5; FreeBSD sys/kern/kern_dump.c.
 */
#ifndef FORMAT_ELFCORE_H
#define FORMAT_ELFCORE_H

#include "format/format.h"

/* A program header of memory. */
struct elfcore_segment {
	size_t number;		/* of the program header, for messages */
	uint64_t vaddr, paddr;
	uint64_t filesz, memsz;	/* filesz <= memsz; what lies between is not in the dump */
	uint64_t off;		/* counted from the ELF header */
};

struct elfcore {
	uint64_t base;		/* where in the image the ELF header lies */
	unsigned bits;		/* 32, 64 */
	bool big;
	struct elfcore_segment *v;	/* in the order of program headers; memsz > 0 */
	size_t n;
	bool is_virtual;	/* by p_vaddr: the first p_paddr is all ones */
	uint64_t align;		/* p_align of the first: the kernel's page size */
	bool has_delta;		/* PT_DUMP_DELTA: delta_pa is the physical address of delta_va */
	uint64_t delta_va, delta_pa;
};

/* FreeBSD sys/arm/include/dump.h */
#define PT_DUMP_DELTA	UINT32_C(0x6fb5d000)

/*
 * Reads the headers of the ELF file at base, which has been recognised as one, and checks every
 * number in them.  KV_EFORMAT, KV_ETRUNC, KV_EIO, KV_ENOMEM: then there is nothing to free.
 */
enum kv_status elfcore_read(struct elfcore *core, struct image *img, uint64_t base,
    struct kv_err *err);
void elfcore_fini(struct elfcore *core);

/* Sorts the segments by p_paddr and fills ram.  KV_EFORMAT if two overlap. */
enum kv_status elfcore_physical(struct elfcore *core, struct image *img, struct format *ram,
    struct kv_err *err);

/*
 * Sorts the segments by p_vaddr and fills ram, whose addresses are then offsets in the ELF file:
 * the format knows no others.
 */
enum kv_status elfcore_virtual(struct elfcore *core, struct image *img, struct format *ram,
    struct kv_err *err);

#endif
