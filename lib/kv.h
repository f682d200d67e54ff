/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What every layer shares: address types, statuses with their sentence, the
 * place where bytes lie, and the run that a translation answers with.
 */
#ifndef KV_H
#define KV_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Addresses of the target; never mixed with size_t or pointers of the host. */
typedef uint64_t vaddr_t;
typedef uint64_t paddr_t;

enum kv_status {
	KV_OK,
	KV_EIO,		/* the system refused a read or a write */
	KV_ETRUNC,	/* in the dump, but the file ends before */
	KV_EFORMAT,	/* the dump contradicts itself or its format */
	KV_EUNSUP,	/* well-formed, but nothing here can do it */
	KV_EUNMAPPED,	/* the page tables say no */
	KV_EABSENT,	/* mapped, but the page is not in the dump */
	KV_ENOMEM,
	KV_EINVAL,	/* the caller's argument */
};

#define KV_ERRLEN	2048	/* _POSIX2_LINE_MAX, as the BSDs' buffers */

/*
 * One failure: a code and one sentence (file, what, offset, value found, value
 * wanted).  Every function that takes a struct kv_err * accepts NULL: then only
 * the status is returned and no text is formatted.
 */
struct kv_err {
	enum kv_status st;
	char text[KV_ERRLEN];
};

/* Records the sentence and returns st. */
enum kv_status kv_fail(struct kv_err *err, enum kv_status st, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
enum kv_status kv_vfail(struct kv_err *err, enum kv_status st, const char *fmt, va_list ap)
    __attribute__((format(printf, 3, 0)));
/* Puts "prefix: " before the sentence that is there; returns err->st. */
enum kv_status kv_prefix(struct kv_err *err, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/*
 * Where bytes lie.  PHYS: target physical memory.  VIRT: behind a kernel virtual
 * address (page tables that point with virtual pointers).  BLOB: header data kept by
 * the port (the page-map part of a minidump).  FILE: an offset in the image.
 */
enum kv_space { KV_PHYS, KV_VIRT, KV_BLOB, KV_FILE };
struct kv_loc {
	uint64_t addr;
	enum kv_space space;
	uint16_t file;
};

enum { KV_R = 1, KV_W = 2, KV_X = 4 };

/*
 * Part of the address space for which one answer holds: from first to last,
 * inclusive, so that the end of the address space needs no special case.
 * at is where the byte at first lies; meaningless if unmapped, as is the protection.
 */
struct kv_run {
	vaddr_t first, last;
	struct kv_loc at;
	uint8_t prot;		/* KV_R | KV_W | KV_X */
	bool prot_known;
};

#endif
