/* SPDX-License-Identifier: BSD-2-Clause */
/* What the headers of FreeBSD's minidumps have in common, but for powerpc64's. */
#ifndef PORT_FREEBSD_MINIDUMP_H
#define PORT_FREEBSD_MINIDUMP_H

#include "format/minidump.h"
#include "port/port.h"

/* sys/<machine>/include/minidump.h */
struct freebsd_layout {
	const char *expected;	/* "expected" or "Expected", as libkvm's message has it */
	const char *pmapsize;	/* name of the page map's size */
	uint8_t versions;	/* 1 to this one */
	uint8_t size;		/* of the struct */
	uint8_t avail_off;	/* of dumpavailsize ... */
	uint8_t avail_from;	/* ... from this version on */
};

struct freebsd_head {
	uint8_t bytes[MINIDUMP_HEAD_MAX];
	struct view view;	/* of bytes */
	uint32_t version;
	struct minidump md;	/* of 4 KiB pages, in 64-bit words */
};

/* Reads the header and the sizes in it. */
enum kv_status freebsd_head_read(struct freebsd_head *head, const struct freebsd_layout *layout,
    const struct dump *dump, struct image *img, struct kv_err *err);

/* A field of the header. */
static inline uint64_t
freebsd_head_u32(const struct freebsd_head *head, uint64_t off)
{
	return minidump_u32(&head->view, "", off).value;
}

static inline uint64_t
freebsd_head_u64(const struct freebsd_head *head, uint64_t off)
{
	return minidump_u64(&head->view, "", off).value;
}

/*
 * Adds the page map, which md has found, as what translates addresses from kernbase on.  mmu: a
 * template of mmu_array.
 */
enum kv_status freebsd_page_map(struct dump *dump, const struct image *img, const struct mmu *mmu,
    const struct minidump *md, vaddr_t kernbase, struct kv_err *err);

/* Adds the direct map of [base, end) at pa, unless it is empty. */
enum kv_status freebsd_direct_map(struct dump *dump, vaddr_t base, vaddr_t end, paddr_t pa,
    struct kv_err *err);

/* arm64's and riscv's order: the direct map, which lies above kernbase, hides the page map. */
enum kv_status freebsd_direct_then_map(struct dump *dump, const struct image *img,
    const struct mmu *mmu, const struct freebsd_head *head, struct kv_err *err);

#endif
