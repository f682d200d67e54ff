/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * gzip (RFC 1952) and zstd (RFC 8878) streams, of one or more members or frames, with zeros behind
 * them as a dump device has.
 */
#include "image/compressed.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#ifdef HAVE_ZLIB
#include <zlib.h>
#endif
#ifdef HAVE_ZSTD
#include <zstd.h>
#include <zstd_errors.h>
#endif

#include "bytes.h"

enum { PIECE = 1 << 17, HOLE = 4096 };

/* What is left free of the file system for others. */
#define RESERVE		(UINT64_C(16) << 20)
/* How much is written between two looks at its free space. */
#define LOOK_EVERY	(UINT64_C(64) << 20)

struct output {
	const struct image *img;	/* for messages */
	int fd;
	char *dir;
	uint64_t len;		/* bytes so far, zeros included */
	uint64_t written, looked;	/* bytes of them that are not in holes */
};

#if defined(HAVE_ZLIB) || defined(HAVE_ZSTD)
static enum kv_status
no_room(const struct output *out, struct kv_err *err)
{
	return kv_fail(err, KV_EIO, "%s: no room in %s for the decompressed image, of which %#jx bytes "
	    "are written: set TMPDIR to a directory with more", out->img->name, out->dir,
	    (uintmax_t)out->written);
}

static enum kv_status
look(struct output *out, struct kv_err *err)
{
	struct statvfs fs;
	if (out->written - out->looked < LOOK_EVERY || fstatvfs(out->fd, &fs) == -1)
		return KV_OK;
	out->looked = out->written;
	return (uint64_t)fs.f_bavail * fs.f_frsize < RESERVE + LOOK_EVERY ? no_room(out, err) : KV_OK;
}

static enum kv_status
put(struct output *out, uint64_t off, const uint8_t *p, size_t len, struct kv_err *err)
{
	while (len > 0) {
		ssize_t n = pwrite(out->fd, p, len, (off_t)off);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1 && (errno == ENOSPC || errno == EDQUOT))
			return no_room(out, err);
		if (n <= 0)
			return kv_fail(err, KV_EIO, "%s: cannot write the decompressed image into %s: %s",
			    out->img->name, out->dir, n == 0 ? "nothing was written" : strerror(errno));
		off += (uint64_t)n;
		p += n;
		len -= (size_t)n;
		out->written += (uint64_t)n;
	}
	return look(out, err);
}

/* Blocks of zeros become holes.  What no file has room for the system refuses to write. */
static enum kv_status
output_put(struct output *out, const uint8_t *p, size_t len, struct kv_err *err)
{
	static const uint8_t zeros[HOLE];
	enum kv_status s = KV_OK;
	while (len > 0 && s == KV_OK) {
		size_t n = HOLE - (size_t)(out->len % HOLE);
		n = n < len ? n : len;
		if (memcmp(p, zeros, n) != 0)
			s = put(out, out->len, p, n, err);
		out->len += n;
		p += n;
		len -= n;
	}
	return s;
}

/* True if nothing but zeros follows: the rest of a block, or of a device. */
static bool
only_zeros(struct image *img, uint64_t off)
{
	const uint8_t *p;
	size_t got;
	for (; image_get(img, off, PIECE, &p, &got, NULL) == KV_OK; off += got)
		for (size_t i = 0; i < got; i++)
			if (p[i] != 0)
				return false;
	return off >= img->size;
}

/* Bytes of input; *len is 0 at the end. */
static enum kv_status
input_get(struct image *img, uint64_t off, const uint8_t **p, size_t *len, struct kv_err *err)
{
	*len = 0;
	if (off >= img->size)
		return KV_OK;
	enum kv_status s = image_get(img, off, PIECE, p, len, err);
	*len = *len < PIECE ? *len : PIECE;
	return s;
}

static enum kv_status
damaged(const struct image *img, const char *format, uint64_t off, const char *why,
    struct kv_err *err)
{
	return kv_fail(err, KV_EFORMAT, "%s: the %s stream is damaged at offset %#jx: %s", img->name,
	    format, (uintmax_t)off, why);
}
#endif

#ifdef HAVE_ZLIB
static enum kv_status
gunzip(struct image *img, struct output *out, uint8_t *buf, struct kv_err *err)
{
	enum { GZIP_ONLY = 15 + 16 };
	z_stream z = { .next_in = NULL };
	if (inflateInit2(&z, GZIP_ONLY) != Z_OK)
		return kv_fail(err, KV_ENOMEM, "%s: no memory to decompress it", img->name);
	enum kv_status s = KV_OK;
	for (uint64_t off = 0; s == KV_OK;) {
		const uint8_t *p;
		size_t len;
		s = input_get(img, off, &p, &len, err);
		if (s != KV_OK || len == 0)
			break;		/* also a stream that ends early */
		z.next_in = (Bytef *)(uintptr_t)p;
		z.avail_in = (uInt)len;
		int r = Z_OK;
		do {
			z.next_out = buf;
			z.avail_out = PIECE;
			r = inflate(&z, Z_NO_FLUSH);
			s = output_put(out, buf, PIECE - z.avail_out, err);
			/* Z_BUF_ERROR: it wants more input. */
		} while (s == KV_OK && r == Z_OK);
		off += len - z.avail_in;
		if (s == KV_OK && r != Z_OK && r != Z_STREAM_END && r != Z_BUF_ERROR)
			s = damaged(img, "gzip", off, z.msg != NULL ? z.msg : "zlib says no", err);
		if (s != KV_OK || r != Z_STREAM_END)
			continue;
		if (only_zeros(img, off))
			break;
		inflateReset(&z);	/* the next member */
	}
	inflateEnd(&z);
	return s;
}
#endif

#ifdef HAVE_ZSTD
/* RFC 8878, 3.1.1.1: the window descriptor, or the size of a single segment. */
static enum kv_status
window_too_large(struct image *img, uint64_t frame, struct kv_err *err)
{
	static const uint8_t id_len[] = { 0, 1, 2, 4 };
	static const uint64_t most = UINT64_C(1) << 31;	/* zstd(1) */
	enum { SINGLE_SEGMENT = 0x20 };
	uint8_t b[4 + 1 + 4 + 8] = { 0 };
	size_t got;
	(void)image_read(img, frame, b, sizeof(b), &got, NULL);	/* a short frame ends before */
	const uint8_t *size = b + 5 + id_len[b[4] & 3];
	uint64_t window = UINT64_C(1) << (10 + (b[5] >> 3));
	window += window / 8 * (b[5] & 7);
	if ((b[4] & SINGLE_SEGMENT) != 0)
		window = b[4] >> 6 == 3 ? le64_get(size) : le32_get(size);
	return kv_fail(err, KV_EUNSUP, "%s: the zstd frame at offset %#jx needs a window of %#jx bytes, "
	    "wanted %#jx or less: decompress it first%s", img->name, (uintmax_t)frame, (uintmax_t)window,
	    (uintmax_t)1 << 27, window <= most ? ", with zstd -d --long=31" : "");
}

static enum kv_status
unzstd(struct image *img, struct output *out, uint8_t *buf, struct kv_err *err)
{
	ZSTD_DStream *z = ZSTD_createDStream();
	if (z == NULL)
		return kv_fail(err, KV_ENOMEM, "%s: no memory to decompress it", img->name);
	enum kv_status s = KV_OK;
	bool between = false;	/* frames */
	uint64_t frame = 0;
	for (uint64_t off = 0; s == KV_OK;) {
		const uint8_t *p;
		size_t len;
		s = input_get(img, off, &p, &len, err);
		if (s != KV_OK || len == 0 || (between && only_zeros(img, off)))
			break;
		ZSTD_inBuffer in = { .src = p, .size = len };
		ZSTD_outBuffer to = { .dst = buf, .size = PIECE };
		size_t r;
		do {
			to.pos = 0;
			r = ZSTD_decompressStream(z, &to, &in);
			if (ZSTD_getErrorCode(r) == ZSTD_error_frameParameter_windowTooLarge)
				s = window_too_large(img, frame, err);
			else if (ZSTD_isError(r))
				s = damaged(img, "zstd", off + in.pos, ZSTD_getErrorName(r), err);
			else
				s = output_put(out, buf, to.pos, err);
			/* Zeros may follow a frame. */
		} while (s == KV_OK && r != 0 && (in.pos < in.size || to.pos == to.size));
		between = r == 0;
		off += in.pos;
		if (between)
			frame = off;
	}
	ZSTD_freeDStream(z);
	return s;
}
#endif

typedef enum kv_status decompress_fn(struct image *img, struct output *out, uint8_t *buf,
    struct kv_err *err);

static const struct format_of {
	const char *name, *library;
	uint8_t magic[4];
	size_t len;
	decompress_fn *fn;	/* NULL: built without */
} formats[] = {
	/* RFC 1952, 2.3.1: ID1, ID2, CM = deflate. */
	{ "gzip", "zlib", { 0x1f, 0x8b, 8 }, 3,
#ifdef HAVE_ZLIB
	    gunzip
#else
	    NULL
#endif
	},
	/* RFC 8878, 3.1.1. */
	{ "zstd", "libzstd", { 0x28, 0xb5, 0x2f, 0xfd }, 4,
#ifdef HAVE_ZSTD
	    unzstd
#else
	    NULL
#endif
	},
};

static const struct format_of *
format_of(struct image *img)
{
	const uint8_t *p;
	size_t got;
	if (image_get(img, 0, sizeof(formats[0].magic), &p, &got, NULL) != KV_OK)
		return NULL;
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
		if (got >= formats[i].len && memcmp(p, formats[i].magic, formats[i].len) == 0)
			return &formats[i];
	return NULL;
}

/* A file that nobody else sees and that is gone when it is closed. */
static enum kv_status
output_open(struct output *out, struct kv_err *err)
{
	static const char name[] = "/kcore.XXXXXX";
	const char *dir = getenv("TMPDIR");
	if (dir == NULL || dir[0] == '\0')
		dir = "/tmp";
	const size_t len = strlen(dir);
	out->dir = malloc(len + sizeof(name));
	if (out->dir == NULL)
		return kv_fail(err, KV_ENOMEM, "%s: %s", out->img->name, strerror(ENOMEM));
	memcpy(out->dir, dir, len);
	memcpy(out->dir + len, name, sizeof(name));
	out->fd = mkstemp(out->dir);
	const int why = errno;
	if (out->fd != -1) {
		(void)unlink(out->dir);
		(void)fcntl(out->fd, F_SETFD, FD_CLOEXEC);
	}
	out->dir[len] = '\0';
	if (out->fd == -1)
		return kv_fail(err, KV_EIO, "%s: cannot make a file in %s for the decompressed image: %s: "
		    "set TMPDIR to another directory", out->img->name, dir, strerror(why));
	return KV_OK;
}

enum kv_status
image_decompress(struct image *img, unsigned flags, struct kv_err *err)
{
	const struct format_of *format = format_of(img);
	if (format == NULL)
		return KV_OK;
	if (format->fn == NULL)
		return kv_fail(err, KV_EUNSUP, "%s: compressed with %s: this library was built without %s: "
		    "decompress it first", img->name, format->name, format->library);
	if ((flags & IMAGE_WRITE) != 0)
		return kv_fail(err, KV_EUNSUP, "%s: compressed with %s, and so cannot be written to: "
		    "decompress it first", img->name, format->name);
	struct output out = { .img = img, .fd = -1 };
	uint8_t *buf = malloc(PIECE);
	enum kv_status s = buf == NULL ? kv_fail(err, KV_ENOMEM, "%s: %s", img->name,
	    strerror(ENOMEM)) : output_open(&out, err);
	if (s == KV_OK)
		s = format->fn(img, &out, buf, err);
	if (s == KV_OK && ftruncate(out.fd, (off_t)out.len) == -1)
		s = kv_fail(err, KV_EIO, "%s: the decompressed image of %#jx bytes in %s: %s", img->name,
		    (uintmax_t)out.len, out.dir, strerror(errno));
	if (s == KV_OK)
		s = image_replace(img, out.fd, out.len, flags, err);
	else if (out.fd != -1)
		(void)close(out.fd);
	free(out.dir);
	free(buf);
	return s;
}
