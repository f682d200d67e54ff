/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The header before and behind a dump on a dump device of FreeBSD and DragonFly.  Its integers are
 * big-endian on every machine.  Sources: FreeBSD sys/sys/kerneldump.h, kerneldump_compat.h,
 * sys/kern/kern_shutdown.c, sbin/savecore/savecore.c.
 */
#ifndef FORMAT_KERNELDUMP_H
#define FORMAT_KERNELDUMP_H

#include "image/image.h"
#include "kv.h"

enum { KERNELDUMP_LEN = 512 };

enum kerneldump_kind {
	KERNELDUMP_NONE,
	KERNELDUMP_DUMP,
	KERNELDUMP_TEXT,	/* a textdump: no memory */
	KERNELDUMP_CLEARED,	/* saved before */
};

struct kerneldump {
	enum kerneldump_kind kind;
	char architecture[13];	/* MACHINE_ARCH: "amd64", "aarch64" ... */
	uint32_t version, architecture_version;
	uint64_t length;	/* bytes of the dump, compressed or not */
	uint64_t extent;	/* bytes that it has on the device */
	uint64_t time;		/* since 1970 */
	uint32_t keysize;	/* of the encrypted key before the dump; 0: not encrypted */
	uint32_t blocksize;
	uint8_t compression;	/* 0 none, 1 gzip, 2 zstd */
	char hostname[65], versionstring[193], panicstring[193];
	/* kerneldump_find: where these lie on the medium.  What is at first is known of a dump only. */
	uint64_t first, data, last;	/* both headers, and the dump */
};

/* What these 512 bytes are, by their magic only. */
enum kerneldump_kind kerneldump_probe(const uint8_t header[KERNELDUMP_LEN]);

/*
 * Decodes the header at off.  KV_EFORMAT: parity or version is wrong; KV_EUNSUP: there is no
 * header (*ret->kind is KERNELDUMP_NONE).
 */
enum kv_status kerneldump_read(struct kerneldump *ret, struct image *img, uint64_t off,
    struct kv_err *err);

/*
 * Finds a dump from the end of the medium, and compares both of its headers unless it is cleared or
 * a textdump.  KV_EUNSUP: there is none.
 */
enum kv_status kerneldump_find(struct kerneldump *ret, struct image *img, struct kv_err *err);

/*
 * Marks what kerneldump_find found as cleared, so that it is not saved twice: both headers of a dump,
 * the last one of a textdump.  What is cleared stays as it is.
 */
enum kv_status kerneldump_clear(const struct kerneldump *kd, struct image *img,
    struct kv_err *err);

/* "gzip" ..., or "unknown". */
const char *kerneldump_compression(uint8_t compression);

#endif
