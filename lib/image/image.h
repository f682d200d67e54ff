/* SPDX-License-Identifier: BSD-2-Clause */
/* The bytes of an image: bounds-checked, from a mapped file, by pread, or from memory. */
#ifndef IMAGE_H
#define IMAGE_H

#include "kv.h"

#define IMAGE_SECTOR	512	/* transfers of character devices are multiples of it */
#define IMAGE_UNBOUNDED	UINT64_MAX	/* size of a device that does not tell it */

enum image_flags {
	IMAGE_WRITE = 1,	/* image_put may be called */
	IMAGE_NOMAP = 2,	/* pread even a regular file */
};

/* Embedded by the caller; all zero is a closed image. */
struct image {
	char *name;		/* for messages */
	int fd;			/* -1 unless open */
	uint64_t size;		/* at open; never exceeded */
	const uint8_t *map;	/* all of it, stable; NULL in pread mode */
	bool mapped;		/* map is to be unmapped */
	bool writable;
	unsigned sector;	/* offsets and lengths of transfers are multiples of it; 1 */
	uint8_t *win;		/* pread mode: one window */
	uint64_t win_off;
	size_t win_len;
};

/*
 * Opens a regular file or a device.  Fails with "PATH: strerror" and the like; a FIFO and
 * a directory are refused.
 */
enum kv_status image_open(struct image *img, const char *path, unsigned flags,
    struct kv_err *err);

/* Presents bytes of the caller, which must stay. */
enum kv_status image_open_mem(struct image *img, const char *name, const void *bytes, size_t len,
    struct kv_err *err);

/* Lets another file, of size bytes, be the image, read-only.  fd is the image's then, even on failure. */
enum kv_status image_replace(struct image *img, int fd, uint64_t size, unsigned flags,
    struct kv_err *err);

/* Returns 0, or -1 if close(2) failed. */
int image_close(struct image *img);

/*
 * What comes next are gets here and there, of which neighbours are not wanted: the host reads none
 * ahead.  In a hole of a mapped file that makes each faster by a factor of 100.
 */
void image_random(const struct image *img, bool random);

/*
 * Points at the bytes from off on.  *got says how many are there: want or more, fewer only
 * at the end of the image (then at least 1) or, in pread mode, beyond IMAGE_WINDOW.  They
 * are valid till the next get, or till image_close if the image is stable.
 * KV_ETRUNC: off is at or past the end.
 */
enum kv_status image_get(struct image *img, uint64_t off, size_t want, const uint8_t **ret,
    size_t *got, struct kv_err *err);

#define IMAGE_WINDOW	65536

/*
 * Copies len bytes.  *got says how many were copied: fewer than len only with KV_ETRUNC (the
 * image ends early) or KV_EIO.
 */
enum kv_status image_read(struct image *img, uint64_t off, void *buf, size_t len, size_t *got,
    struct kv_err *err);

/* Changes bytes inside the image; it never grows.  Later reads see them. */
enum kv_status image_put(struct image *img, uint64_t off, const void *buf, size_t len,
    struct kv_err *err);

/* True if pointers of image_get stay valid. */
static inline bool
image_stable(const struct image *img)
{
	return img->map != NULL;
}

#endif
