/* SPDX-License-Identifier: BSD-2-Clause */
/* The bytes of an image: open, get, read, put. */
#include "image/image.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bytes.h"

static enum kv_status
name_set(struct image *img, const char *name, struct kv_err *err)
{
	size_t n = strlen(name) + 1;
	img->name = malloc(n);
	if (img->name == NULL)
		return kv_fail(err, KV_ENOMEM, "%s: %s", name, strerror(ENOMEM));
	memcpy(img->name, name, n);
	return KV_OK;
}

/* What a file is that cannot be an image; NULL if it can. */
static const char *
unsuitable(mode_t mode)
{
	if (S_ISREG(mode) || S_ISCHR(mode) || S_ISBLK(mode))
		return NULL;
	if (S_ISDIR(mode))
		return "is a directory";
	if (S_ISFIFO(mode))
		return "is a FIFO";
	return "is neither a file nor a device";
}

static uint64_t
size_of(int fd, const struct stat *st)
{
	if (S_ISREG(st->st_mode))
		return (uint64_t)st->st_size;
	/* Block devices tell their size by seeking; character devices of some hosts do not. */
	off_t end = lseek(fd, 0, SEEK_END);
	return end > 0 ? (uint64_t)end : IMAGE_UNBOUNDED;
}

static enum kv_status
window_alloc(struct image *img, struct kv_err *err)
{
	img->win = malloc(IMAGE_WINDOW);
	if (img->win == NULL)
		return kv_fail(err, KV_ENOMEM, "%s: cannot allocate I/O buffer: %s", img->name,
		    strerror(ENOMEM));
	return KV_OK;
}

/* Maps all of a regular file; leaves map NULL where that is not possible. */
static void
try_map(struct image *img)
{
	if (img->size > SIZE_MAX)
		return;
	void *p = mmap(NULL, (size_t)img->size, PROT_READ, MAP_SHARED, img->fd, 0);
	if (p == MAP_FAILED)
		return;
	img->map = p;
	img->mapped = true;
}

static enum kv_status
open_fd(struct image *img, const char *path, unsigned flags, struct kv_err *err)
{
	/* O_NONBLOCK: a FIFO without a writer must not hang us. */
	int how = (flags & IMAGE_WRITE) != 0 ? O_RDWR : O_RDONLY;
	img->fd = open(path, how | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat st;
	if (img->fd == -1 || fstat(img->fd, &st) == -1)
		return kv_fail(err, KV_EIO, "%s: %s", path, strerror(errno));
	const char *why = unsuitable(st.st_mode);
	if (why != NULL)
		return kv_fail(err, KV_EFORMAT, "%s: %s, not a memory image", path, why);
	(void)fcntl(img->fd, F_SETFL, fcntl(img->fd, F_GETFL) & ~O_NONBLOCK);
	img->size = size_of(img->fd, &st);
	img->writable = (flags & IMAGE_WRITE) != 0;
	img->sector = S_ISCHR(st.st_mode) ? IMAGE_SECTOR : 1;
	if (S_ISREG(st.st_mode) && (flags & IMAGE_NOMAP) == 0)
		try_map(img);
	return img->map != NULL ? KV_OK : window_alloc(img, err);
}

enum kv_status
image_open(struct image *img, const char *path, unsigned flags, struct kv_err *err)
{
	*img = (struct image) { .fd = -1 };
	enum kv_status s = name_set(img, path, err);
	if (s == KV_OK)
		s = open_fd(img, path, flags, err);
	if (s != KV_OK)
		image_close(img);
	return s;
}

enum kv_status
image_open_mem(struct image *img, const char *name, const void *bytes, size_t len,
    struct kv_err *err)
{
	*img = (struct image) { .fd = -1, .size = len };
	img->map = len == 0 ? (const uint8_t *)"" : bytes;	/* never NULL */
	return name_set(img, name, err);
}

int
image_close(struct image *img)
{
	int ret = 0;
	if (img->mapped)
		munmap((void *)(uintptr_t)img->map, (size_t)img->size);
	if (img->fd != -1 && close(img->fd) == -1)
		ret = -1;
	free(img->win);
	free(img->name);
	*img = (struct image) { .fd = -1 };
	return ret;
}

enum kv_status
image_replace(struct image *img, int fd, uint64_t size, unsigned flags, struct kv_err *err)
{
	char *name = img->name;
	img->name = NULL;
	(void)image_close(img);
	*img = (struct image) { .name = name, .fd = fd, .size = size, .sector = 1 };
	if ((flags & IMAGE_NOMAP) == 0)
		try_map(img);
	return img->map != NULL ? KV_OK : window_alloc(img, err);
}

void
image_random(const struct image *img, bool random)
{
	if (!img->mapped)
		return;
#ifdef POSIX_MADV_RANDOM
	(void)posix_madvise((void *)(uintptr_t)img->map, (size_t)img->size,
	    random ? POSIX_MADV_RANDOM : POSIX_MADV_NORMAL);
#else
	(void)random;
#endif
}

static enum kv_status
past_end(const struct image *img, uint64_t off, struct kv_err *err)
{
	return kv_fail(err, KV_ETRUNC, "%s: offset %#jx is past the end of the file, which has "
	    "%#jx bytes", img->name, (uintmax_t)off, (uintmax_t)img->size);
}

/*
 * pread of whole sectors: as many bytes of [off, off + len) as the system gives.  Fewer than
 * len without an error: the file has become shorter than it was at open, or the device ends.
 */
static enum kv_status
pread_full(const struct image *img, uint64_t off, uint8_t *buf, size_t len, size_t *got,
    struct kv_err *err)
{
	*got = 0;
	while (*got < len) {
		uint64_t at = off + *got;
		if (at > INT64_MAX)
			return past_end(img, at, err);
		ssize_t n = pread(img->fd, buf + *got, len - *got, (off_t)at);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return kv_fail(err, KV_EIO, "%s: %zu bytes at offset %#jx: %s", img->name,
			    len - *got, (uintmax_t)at, strerror(errno));
		if (n == 0)
			break;
		*got += (size_t)n;
	}
	return KV_OK;
}

/* Fills the window so that it holds off, and want bytes from there if they fit. */
static enum kv_status
window_fill(struct image *img, uint64_t off, size_t want, struct kv_err *err)
{
	/* Neighbours of a small request come along: tables and headers are read in pieces. */
	enum { AHEAD = 4096 };
	_Static_assert(AHEAD % IMAGE_SECTOR == 0 && IMAGE_WINDOW % IMAGE_SECTOR == 0, "whole sectors");
	const uint64_t skip = off % AHEAD, start = off - skip;
	uint64_t len = u64_min(u64_max(want, AHEAD), IMAGE_WINDOW - skip) + skip;
	len = (len + img->sector - 1) / img->sector * img->sector;
	len = u64_min(len, img->size - start);	/* start <= off < size */
	img->win_len = 0;
	size_t got;
	enum kv_status s = pread_full(img, start, img->win, (size_t)len, &got, err);
	if (s != KV_OK)
		return s;
	img->win_off = start;
	img->win_len = got;
	if (got <= skip)
		return kv_fail(err, KV_ETRUNC, "%s: ends before offset %#jx, though it had "
		    "%#jx bytes when it was opened", img->name, (uintmax_t)off,
		    (uintmax_t)img->size);
	return KV_OK;
}

enum kv_status
image_get(struct image *img, uint64_t off, size_t want, const uint8_t **ret, size_t *got,
    struct kv_err *err)
{
	if (off >= img->size)
		return past_end(img, off, err);
	if (img->map != NULL) {
		*ret = img->map + off;
		*got = (size_t)(img->size - off);
		return KV_OK;
	}
	bool inside = off >= img->win_off && off - img->win_off < img->win_len;
	uint64_t have = inside ? img->win_len - (off - img->win_off) : 0;
	/* A byte at least, whatever is wanted. */
	if (have < u64_max(u64_min(want, img->size - off), 1)) {
		enum kv_status s = window_fill(img, off, want, err);
		if (s != KV_OK)
			return s;
	}
	size_t skip = (size_t)(off - img->win_off);
	*ret = img->win + skip;
	*got = img->win_len - skip;
	return KV_OK;
}

enum kv_status
image_read(struct image *img, uint64_t off, void *buf, size_t len, size_t *got,
    struct kv_err *err)
{
	uint8_t *to = buf;
	*got = 0;
	while (*got < len) {
		size_t left = len - *got, n;
		/* Large pieces of a plain file need no window. */
		if (img->map == NULL && img->sector == 1 && left >= IMAGE_WINDOW &&
		    off < img->size) {
			const size_t want = (size_t)u64_min(left, img->size - off);
			enum kv_status s = pread_full(img, off, to, want, &n, err);
			*got += n;
			if (s != KV_OK)
				return s;
			if (n < want)
				return past_end(img, off + n, err);
			off += n;
			to += n;
			continue;
		}
		const uint8_t *p;
		enum kv_status s = image_get(img, off, left, &p, &n, err);
		if (s != KV_OK)
			return s;
		n = (size_t)u64_min(n, left);
		memcpy(to, p, n);
		*got += n;
		off += n;
		to += n;
	}
	return KV_OK;
}

static enum kv_status
pwrite_full(const struct image *img, uint64_t off, const uint8_t *buf, size_t len,
    struct kv_err *err)
{
	for (size_t done = 0; done < len;) {
		ssize_t n = pwrite(img->fd, buf + done, len - done, (off_t)(off + done));
		if (n == -1 && errno == EINTR)
			continue;
		if (n <= 0)
			return kv_fail(err, KV_EIO, "%s: writing %zu bytes at offset %#jx: %s",
			    img->name, len - done, (uintmax_t)(off + done),
			    n == 0 ? "nothing was written" : strerror(errno));
		done += (size_t)n;
	}
	return KV_OK;
}

/* Character devices: reads the sectors around each piece, changes it, writes them back. */
static enum kv_status
put_sectors(struct image *img, uint64_t off, const uint8_t *buf, size_t len, struct kv_err *err)
{
	while (len > 0) {
		uint8_t sector[IMAGE_SECTOR];
		size_t skip = (size_t)(off % IMAGE_SECTOR);
		const size_t n = (size_t)u64_min(len, IMAGE_SECTOR - skip);
		size_t got;
		enum kv_status s = pread_full(img, off - skip, sector, sizeof(sector), &got, err);
		if (s == KV_OK && got < sizeof(sector))
			s = past_end(img, off - skip + got, err);
		if (s != KV_OK)
			return s;
		memcpy(sector + skip, buf, n);
		s = pwrite_full(img, off - skip, sector, sizeof(sector), err);
		if (s != KV_OK)
			return s;
		off += n;
		buf += n;
		len -= n;
	}
	return KV_OK;
}

enum kv_status
image_put(struct image *img, uint64_t off, const void *buf, size_t len, struct kv_err *err)
{
	if (!img->writable)
		return kv_fail(err, KV_EIO, "%s was opened read-only", img->name);
	uint64_t end;
	if (!u64_add(off, len, &end) || end > u64_min(img->size, INT64_MAX))
		return past_end(img, off, err);
	img->win_len = 0;
	if (img->sector > 1)
		return put_sectors(img, off, buf, len, err);
	enum kv_status s = pwrite_full(img, off, buf, len, err);
	/* POSIX leaves open whether a mapping sees what write(2) did until msync(2). */
	if (img->mapped)
		msync((void *)(uintptr_t)img->map, (size_t)img->size, MS_INVALIDATE);
	return s;
}
