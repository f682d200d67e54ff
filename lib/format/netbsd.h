/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * NetBSD's and OpenBSD's kcore container: the file that savecore(8) leaves and the dump device
 * that the kernel leaves.  Source: NetBSD <sys/kcore.h>, <sys/core.h>, lib/libkvm/kvm.c.
 */
#ifndef FORMAT_NETBSD_H
#define FORMAT_NETBSD_H

#include "bytes.h"
#include "image/image.h"
#include "kv.h"

/* The c_midmag word, most significant byte first on every port: flags, machine id, magic. */
#define NETBSD_KCORE_MAGIC	0x8fca
#define NETBSD_SEG_MAGIC	0x8fac
#define NETBSD_FLAG_CPU		1u
#define NETBSD_FLAG_DATA	2u
#define NETBSD_MIDMAG(flags, mid, magic) \
	((uint32_t)(flags) << 26 | (uint32_t)(mid) << 16 | (uint32_t)(magic))
#define NETBSD_MAGIC(midmag)	((midmag) & 0xffff)
#define NETBSD_MID(midmag)	((midmag) >> 16 & 0x3ff)
#define NETBSD_FLAGS(midmag)	((midmag) >> 26)

enum {
	NETBSD_HDR_SIZE = 12,	/* kcore_hdr_t: midmag, u16 hdrsize, u16 seghdrsize, u32 nseg */
	NETBSD_SEGHDR_SIZE = 8,	/* kcore_seg_t: midmag, u32 size */
	NETBSD_NSEG = 2,	/* CPU and DATA */
};

/* More cpu data than 16 million segments need is refused, whatever the file's size. */
#define NETBSD_CPU_MAX	(UINT32_C(1) << 28)

enum netbsd_form { NETBSD_NONE, NETBSD_FILE, NETBSD_DEVICE };

struct netbsd_kcore {
	uint32_t midmag;	/* of the file's header */
	uint16_t hdrsize, seghdrsize;
	uint64_t cpu_off;	/* cpu data in the image */
	struct view cpu;	/* its bytes, in the target's order */
	uint8_t *copy;		/* of them, if the image is not stable */
	uint64_t mem_off;	/* where memory begins in the image */
	uint32_t data_size;	/* low 32 bits of the length that a file's header tells; else 0 */
};

/*
 * Looks at the first word only.  *midmag is set unless it is NETBSD_NONE; then *err says what
 * is there instead of the magic number.
 */
enum netbsd_form netbsd_probe(struct image *img, uint32_t *midmag, struct kv_err *err);

/* Decodes a savecore file.  The byte order is taken from c_nseg.  KV_EFORMAT, KV_ETRUNC ... */
enum kv_status netbsd_open_file(struct netbsd_kcore *kc, struct image *img, struct kv_err *err);

/* Which byte orders a port has. */
enum { NETBSD_LITTLE = 1, NETBSD_BIG = 2 };

/* The first word of a dump device's header: NetBSD's own texts for what may be wrong. */
enum kv_status netbsd_probe_device(struct image *img, uint64_t off, uint32_t *midmag,
    struct kv_err *err);

/*
 * Decodes a dump device whose header, already probed, lies at off.
 *   align   the port's ALIGNBYTES + 1: padding of headers
 *   orders  NETBSD_LITTLE, _BIG or both: then the one that makes c_size plausible is taken
 */
enum kv_status netbsd_open_device(struct netbsd_kcore *kc, struct image *img, uint64_t off,
    unsigned align, unsigned orders, struct kv_err *err);

/* The sizes of the headers that netbsd_emit writes. */
void netbsd_align(struct netbsd_kcore *kc, unsigned align);

void netbsd_fini(struct netbsd_kcore *kc);

/*
 * Emits the header of a savecore file in order.  Returns its length, or 0 if put failed.
 * *what then names the part as NetBSD's message does.
 */
uint64_t netbsd_emit(const struct netbsd_kcore *kc, unsigned align, uint32_t dumpsize,
    bool (*put)(void *cookie, const void *buf, size_t len), void *cookie, const char **what);

#endif
