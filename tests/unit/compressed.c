/* SPDX-License-Identifier: BSD-2-Clause */
/* Compressed images, made by hand of blocks that are stored or repeat a byte. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#ifdef HAVE_ZLIB
#include <zlib.h>
#endif
#ifdef HAVE_ZSTD
#include <zstd.h>
#endif

#include "allocations.h"
#include "bytes.h"
#include "image/compressed.h"
#include "unit.h"

struct stream {
	uint8_t b[0x80000];
	size_t len;
};

static void
put(struct stream *s, const void *p, size_t n)
{
	memcpy(s->b + s->len, p, n);
	s->len += n;
}

static void
put_le(struct stream *s, uint64_t v, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		s->b[s->len++] = (uint8_t)(v >> 8 * i);
}

/* RFC 1952, 8: bit by bit. */
static uint32_t
crc32_of(const uint8_t *p, size_t n)
{
	uint32_t c = UINT32_MAX;
	for (size_t i = 0; i < n; i++) {
		c ^= p[i];
		for (unsigned k = 0; k < 8; k++)
			c = (c & 1) != 0 ? UINT32_C(0xedb88320) ^ c >> 1 : c >> 1;
	}
	return ~c;
}

/* A member whose deflate blocks are stored (RFC 1951, 3.2.4). */
static void
gzip_member(struct stream *s, const uint8_t *p, size_t n)
{
	put(s, "\037\213\010\0\0\0\0\0\0\003", 10);
	for (size_t done = 0; done < n || n == 0;) {
		const size_t m = n - done < 0xffff ? n - done : 0xffff;
		put_le(s, done + m == n, 1);
		put_le(s, m, 2);
		put_le(s, m ^ 0xffff, 2);
		put(s, p + done, m);
		done += m;
		if (n == 0)
			break;
	}
	put_le(s, crc32_of(p, n), 4);
	put_le(s, n, 4);
}

/* A frame of raw blocks, without a checksum, with a window of 128 KiB (RFC 8878, 3.1.1). */
static void
zstd_frame(struct stream *s, const uint8_t *p, size_t n)
{
	put(s, "\x28\xb5\x2f\xfd\x00\x38", 6);
	for (size_t done = 0; done < n || n == 0;) {
		const size_t m = n - done < 0x10000 ? n - done : 0x10000;
		put_le(s, (uint64_t)m << 3 | (done + m == n), 3);
		put(s, p + done, m);
		done += m;
		if (n == 0)
			break;
	}
}

typedef void member_fn(struct stream *s, const uint8_t *p, size_t n);

static const struct {
	const char *name;
	member_fn *member;
	bool here;
} formats[] = {
#ifdef HAVE_ZLIB
	{ "gzip", gzip_member, true },
#else
	{ "gzip", gzip_member, false },
#endif
#ifdef HAVE_ZSTD
	{ "zstd", zstd_frame, true },
#else
	{ "zstd", zstd_frame, false },
#endif
};

enum { PLAIN = 0x30000 };

static void
plain_make(uint8_t *p)
{
	uint64_t state = 7;
	for (size_t i = 0; i < PLAIN; i++)
		p[i] = (uint8_t)unit_random(&state);
	memset(p + 0x8000, 0, 0x20000);
}

/* Opens the stream; compares what there is with plain. */
static enum kv_status
look(const char *name, const struct stream *s, const uint8_t *plain, size_t len, unsigned flags,
    struct kv_err *err)
{
	struct image img;
	err->text[0] = '\0';
	if (image_open_mem(&img, "image", s->b, s->len, err) != KV_OK)
		return KV_ENOMEM;
	enum kv_status st = image_decompress(&img, flags, err);
	if (st == KV_OK) {
		CHECK_EQ(name, "size", img.size, len);
		/* Before it is read: to map a hole of a tmpfs fills it. */
		struct stat file;
		if (len >= PLAIN && fstat(img.fd, &file) == 0) {
			CHECK((uint64_t)file.st_blocks * 512 <= len - 0x18000, "%s: %ju blocks", name,
			    (uintmax_t)file.st_blocks);
			CHECK_EQ(name, "links", file.st_nlink, 0);
		}
		uint8_t *got = malloc(len + 1);
		size_t n = 0;
		if (CHECK(got != NULL, "%s: memory", name) && len > 0) {
			CHECK_EQ(name, "read", image_read(&img, 0, got, len, &n, err), KV_OK);
			CHECK(n == len && memcmp(got, plain, len) == 0, "%s: bytes", name);
		}
		CHECK(!img.writable, "%s: writable", name);
		free(got);
	}
	image_close(&img);
	return st;
}

/* RFC 8878, 3.1.1.1: the window that a frame's header asks for. */
static void
windows(void)
{
	static const struct {
		const char *name, *header;
		size_t len;
		uint64_t window;	/* 0: not too large */
	} rows[] = {
		{ "128 MiB", "\x00\x88", 2, 0 },
		{ "144 MiB", "\x00\x89", 2, 0x9000000 },
		{ "256 MiB", "\x00\x90", 2, 0x10000000 },
		{ "2 GiB", "\x00\xa8", 2, 0x80000000 },
		{ "more than 2 GiB", "\x00\xa9", 2, 0x90000000 },
		{ "the largest", "\x00\xff", 2, 0x3c000000000 },
		/* A single segment: the window is the content. */
		/* libzstd's limit is a byte more than 128 MiB. */
		{ "128 MiB and 2 bytes", "\xa0\x02\x00\x00\x08", 5, 0x8000002 },
		{ "8 bytes of size", "\xe0\x02\x00\x00\x18\x00\x00\x00\x00", 9, 0x18000002 },
		{ "8 bytes of size, all used", "\xe0\x02\x00\x00\x18\x01\x00\x00\x00", 9, 0x118000002 },
		{ "4 bytes of dictionary", "\xa3\x00\x00\x00\x00\x03\x00\x00\x10", 9, 0x10000003 },
		{ "2 bytes of dictionary", "\xa2\x00\x00\x03\x00\x00\x10", 7, 0x10000003 },
		{ "a byte of dictionary", "\xa1\x00\x03\x00\x00\x10", 6, 0x10000003 },
	};
	static struct stream s;
	if (!formats[1].here) {
		unit_skip("zstd: this library was built without it");
		return;
	}
	/* As the first frame, and behind another. */
	for (size_t i = 0; i < 2 * sizeof(rows) / sizeof(rows[0]); i++) {
		const size_t k = i / 2;
		const uint8_t *plain = (const uint8_t *)(i % 2 == 0 ? "kernel" : "beforekernel");
		const size_t before = i % 2 == 0 ? 0 : 6;
		struct kv_err err;
		char text[200] = "";
		s.len = 0;
		if (before != 0)
			zstd_frame(&s, plain, before);
		if (rows[k].window != 0)
			(void)snprintf(text, sizeof(text), "image: the zstd frame at offset %#zx needs a window of "
			    "%#jx bytes, wanted 0x8000000 or less: decompress it first%s", s.len,
			    (uintmax_t)rows[k].window, rows[k].window <= 0x80000000 ? ", with zstd -d --long=31" : "");
		put(&s, "\x28\xb5\x2f\xfd", 4);
		put(&s, rows[k].header, rows[k].len);
		put_le(&s, 6 << 3 | 1, 3);	/* the last block, raw */
		put(&s, "kernel", 6);
		CHECK_EQ(rows[k].name, "status", look(rows[k].name, &s, plain, before + 6, 0, &err),
		    text[0] == '\0' ? KV_OK : KV_EUNSUP);
		CHECK(strcmp(err.text, text) == 0, "%s: \"%s\", wanted \"%s\"", rows[k].name, err.text, text);
	}
}

static void
streams(void)
{
	static uint8_t plain[PLAIN];
	static struct stream s;
	struct kv_err err;
	char name[64];
	plain_make(plain);
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		const char *f = formats[i].name;
		if (!formats[i].here) {
			s.len = 0;
			formats[i].member(&s, plain, 16);
			CHECK_EQ(f, "status", look(f, &s, plain, 16, 0, &err), KV_EUNSUP);
			CHECK_TEXT(f, err.text, "built without");
			unit_skip("%s: this library was built without it", f);
			continue;
		}
		static const struct {
			const char *what;
			size_t parts, zeros;	/* members or frames; bytes behind them */
		} good[] = { { "one", 1, 0 }, { "three", 3, 0 }, { "zeros behind", 2, 700 },
			{ "a block of zeros behind", 1, 0x21000 } };
		for (size_t k = 0; k < sizeof(good) / sizeof(good[0]); k++) {
			(void)snprintf(name, sizeof(name), "%s, %s", f, good[k].what);
			memset(&s, 0, sizeof(s));
			for (size_t n = 0; n < good[k].parts; n++) {
				const size_t from = PLAIN * n / good[k].parts,
				    to = PLAIN * (n + 1) / good[k].parts;
				formats[i].member(&s, plain + from, to - from);
			}
			s.len += good[k].zeros;
			CHECK_EQ(name, "status", look(name, &s, plain, PLAIN, 0, &err), KV_OK);
			CHECK_EQ(name, "pread", look(name, &s, plain, PLAIN, IMAGE_NOMAP, &err), KV_OK);
			CHECK_EQ(name, "for writing", look(name, &s, plain, PLAIN, IMAGE_WRITE, &err), KV_EUNSUP);
		}
		/* Around a block that may be a hole: its last byte counts. */
		static const size_t sizes[] = { 1, 2, 4095, 4096, 4097, 8193 };
		for (size_t k = 0; k < sizeof(sizes) / sizeof(sizes[0]); k++)
			for (unsigned zeros = 0; zeros < 2; zeros++) {
				static uint8_t few[8193];
				memcpy(few, plain, sizeof(few));
				if (zeros)
					memset(few, 0, sizes[k] - 1);
				few[sizes[k] - 1] = 0x5a;
				(void)snprintf(name, sizeof(name), "%s, %zu bytes", f, sizes[k]);
				s.len = 0;
				formats[i].member(&s, few, sizes[k]);
				CHECK_EQ(name, "status", look(name, &s, few, sizes[k], 0, &err), KV_OK);
			}
		/* What it is known by, and no more: a stream that ends early. */
		(void)snprintf(name, sizeof(name), "%s, magic alone", f);
		s.len = 0;
		formats[i].member(&s, plain, 16);
		s.len = i == 0 ? 3 : 4;
		CHECK_EQ(name, "status", look(name, &s, plain, 0, 0, &err), KV_OK);
		/* Zeros at a stream's end that are still of its last block. */
		(void)snprintf(name, sizeof(name), "%s, ends in zeros", f);
		static uint8_t last[0x2f000];
		memcpy(last, plain, 0x8000);
		s.len = 0;
		formats[i].member(&s, last, 0xf000);
		formats[i].member(&s, last + 0xf000, 0x20000);
		CHECK_EQ(name, "status", look(name, &s, last, sizeof(last), 0, &err), KV_OK);
		/* Garbage behind; a stream that ends early gives what it has; a flipped bit. */
		(void)snprintf(name, sizeof(name), "%s, garbage behind", f);
		s.len = 0;
		formats[i].member(&s, plain, PLAIN);
		const size_t whole = s.len;
		put(&s, "\0\0\0garbage garbage", 18);
		CHECK_EQ(name, "status", look(name, &s, plain, PLAIN, 0, &err), KV_EFORMAT);
		CHECK_TEXT(name, err.text, "damaged at offset 0x30");
		(void)snprintf(name, sizeof(name), "%s, empty", f);
		s.len = 0;
		formats[i].member(&s, plain, 0);
		CHECK_EQ(name, "status", look(name, &s, plain, 0, 0, &err), KV_OK);
		(void)snprintf(name, sizeof(name), "%s, cut", f);
		s.len = 0;
		formats[i].member(&s, plain, PLAIN);
		s.len = whole - 0x1000;
		struct image img;
		CHECK_EQ(name, "open", image_open_mem(&img, "image", s.b, s.len, &err), KV_OK);
		CHECK_EQ(name, "status", image_decompress(&img, 0, &err), KV_OK);
		CHECK(img.size >= 0x20000 && img.size < PLAIN, "%s: %#jx bytes", name, (uintmax_t)img.size);
		image_close(&img);
	}
	/* gzip has a sum of its contents, and one of a block's length. */
	if (formats[0].here) {
		s.len = 0;
		gzip_member(&s, plain, PLAIN);
		s.b[0x100] ^= 1;
		CHECK_EQ("gzip, flipped bit", "status", look("", &s, plain, PLAIN, 0, &err), KV_EFORMAT);
		CHECK_TEXT("gzip, flipped bit", err.text, "the gzip stream is damaged at offset");
		CHECK(strstr(err.text, "zlib says no") == NULL, "gzip, flipped bit: what zlib says is not told");
	}
}

/* Bits of a deflate stream: the lowest of a byte comes first (RFC 1951, 3.1.1). */
static void
put_bits(struct stream *s, unsigned *used, unsigned bits, unsigned n)
{
	for (unsigned i = 0; i < n; i++, ++*used) {
		if (*used % 8 == 0)
			s->b[s->len++] = 0;
		s->b[s->len - 1] |= (uint8_t)((bits >> i & 1) << *used % 8);
	}
}

/*
 * A stream that is cut off in a copy: all of its input is used up when the first 128 KiB of its
 * output are full, and the rest of the copy is output as well.
 */
static void
cut_copy(void)
{
	enum { COPIES = 509, COPY = 258 };
	static struct stream s;
	static uint8_t plain[1 + COPIES * COPY];
	struct kv_err err;
	unsigned used = 0;
	if (!formats[0].here) {
		unit_skip("gzip: this library was built without it");
		return;
	}
	s.len = 0;
	put(&s, "\037\213\010\0\0\0\0\0\0\003", 10);
	put_bits(&s, &used, 1 << 1, 3);		/* not the last block; fixed codes */
	put_bits(&s, &used, 0xe9, 8);		/* literal 'g': code 0x97, highest bit first */
	for (unsigned i = 0; i < COPIES; i++) {
		put_bits(&s, &used, 0xa3, 8);	/* length 258: code 0xc5 */
		put_bits(&s, &used, 0, 5);	/* distance 1 */
	}
	memset(plain, 'g', sizeof(plain));
	struct image img;
	CHECK_EQ("cut copy", "open", image_open_mem(&img, "image", s.b, s.len, &err), KV_OK);
	CHECK_EQ("cut copy", "status", image_decompress(&img, 0, &err), KV_OK);
	CHECK_EQ("cut copy", "size", img.size, sizeof(plain));
	const uint8_t *p;
	size_t got;
	CHECK(image_get(&img, 0, sizeof(plain), &p, &got, &err) == KV_OK && got >= sizeof(plain) &&
	    memcmp(p, plain, sizeof(plain)) == 0, "cut copy: bytes");
	image_close(&img);
}

/*
 * A copy of what lies nearly as far back as deflate goes, 32768 bytes (RFC 1951, 3.2.5), where the first
 * 128 KiB have been written already.
 */
static void
far_copy(void)
{
	enum { FIRST = 0x20000, STORED = 0x8000, BACK = 30000, CODE_FROM = 24577, COPY = 258 };
	static struct stream s;
	static uint8_t plain[FIRST + COPY];
	struct kv_err err;
	unsigned used = 0;
	uint64_t state = 5;
	if (!formats[0].here) {
		unit_skip("gzip: this library was built without it");
		return;
	}
	for (size_t i = 0; i < FIRST; i++)
		plain[i] = (uint8_t)unit_random(&state);
	memcpy(plain + FIRST, plain + FIRST - BACK, COPY);
	s.len = 0;
	put(&s, "\037\213\010\0\0\0\0\0\0\003", 10);
	for (size_t done = 0; done < FIRST; done += STORED) {
		put_le(&s, 0, 1);		/* not the last block; stored */
		put_le(&s, STORED, 2);
		put_le(&s, STORED ^ 0xffff, 2);
		put(&s, plain + done, STORED);
	}
	put_bits(&s, &used, 1 | 1 << 1, 3);	/* the last block; fixed codes */
	put_bits(&s, &used, 0xa3, 8);		/* length 258: code 0xc5, highest bit first */
	put_bits(&s, &used, 0x17, 5);		/* distances from 24577 on: code 0x1d */
	put_bits(&s, &used, BACK - CODE_FROM, 13);
	put_bits(&s, &used, 0, 7);		/* end of block */
	put_le(&s, crc32_of(plain, sizeof(plain)), 4);
	put_le(&s, sizeof(plain), 4);
	struct image img;
	CHECK_EQ("far copy", "open", image_open_mem(&img, "image", s.b, s.len, &err), KV_OK);
	CHECK(image_decompress(&img, 0, &err) == KV_OK, "far copy: %s", err.text);
	const uint8_t *p;
	size_t got;
	CHECK(image_get(&img, 0, sizeof(plain), &p, &got, &err) == KV_OK && got == sizeof(plain) &&
	    memcmp(p, plain, sizeof(plain)) == 0, "far copy: bytes");
	image_close(&img);
}

static void
others(void)
{
	static const char *const none[] = { "", "\037", "\037\213", "\037\213\007", "\x28\xb5\x2f",
		"\x28\xb5\x2f\xfc" };
	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
		struct image img;
		struct kv_err err;
		const size_t len = strlen(none[i]);
		CHECK_EQ("no stream", "open", image_open_mem(&img, "image", none[i], len, &err), KV_OK);
		CHECK_EQ("no stream", "status", image_decompress(&img, 0, &err), KV_OK);
		CHECK_EQ("no stream", "size", img.size, len);
		image_close(&img);
	}
}

/* A directory that is not there: the sentence names it. */
static void
no_directory(void)
{
	static struct stream s;
	struct kv_err err;
	const char *dir = getenv("TMPDIR");
	char *old = NULL;
	if (dir != NULL && (old = malloc(strlen(dir) + 1)) != NULL)
		memcpy(old, dir, strlen(dir) + 1);
	(void)setenv("TMPDIR", "/nonexistent/unit", 1);
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		if (!formats[i].here)
			continue;
		s.len = 0;
		formats[i].member(&s, (const uint8_t *)"kernel", 6);
		CHECK_EQ(formats[i].name, "status", look("", &s, NULL, 6, 0, &err), KV_EIO);
		CHECK_TEXT(formats[i].name, err.text, "image: cannot make a file in /nonexistent/unit for the "
		    "decompressed image: ");
		CHECK_TEXT(formats[i].name, err.text, strerror(ENOENT));
	}
	if (old != NULL)
		(void)setenv("TMPDIR", old, 1);
	else
		(void)unsetenv("TMPDIR");
	free(old);
}

/* The linker sends the library's question about the file system here; off_t has two names on some hosts. */
int __wrap_fstatvfs(int fd, struct statvfs *fs);
int __wrap_fstatvfs64(int fd, struct statvfs *fs);
static struct {
	int ret;
	uint64_t blocks;	/* free, of 4 KiB */
	unsigned asked;
} disk = { .blocks = UINT64_C(1) << 40 };

int
__wrap_fstatvfs(int fd, struct statvfs *fs)
{
	(void)fd;
	*fs = (struct statvfs) { .f_bsize = 1 << 20, .f_frsize = 4096, .f_bfree = (fsblkcnt_t)-1,
		.f_bavail = (fsblkcnt_t)disk.blocks };
	disk.asked++;
	return disk.ret;
}

int
__wrap_fstatvfs64(int fd, struct statvfs *fs)
{
	return __wrap_fstatvfs(fd, fs);
}

/* And its writes. */
ssize_t __wrap_pwrite(int fd, const void *p, size_t n, off_t off);
ssize_t __wrap_pwrite64(int fd, const void *p, size_t n, off_t off);
struct transfers writes;

ssize_t
__wrap_pwrite(int fd, const void *p, size_t n, off_t off)
{
	const int error = writes.error;
	const bool nothing = writes.nothing;
	writes.error = 0;
	writes.nothing = false;
	if (error != 0) {
		errno = error;
		return -1;
	}
	if (nothing)
		return 0;
	if (lseek(fd, off, SEEK_SET) == -1)
		return -1;
	return write(fd, p, writes.most != 0 && n > writes.most ? writes.most : n);
}

ssize_t
__wrap_pwrite64(int fd, const void *p, size_t n, off_t off)
{
	return __wrap_pwrite(fd, p, n, off);
}

/* Whether "in DIRECTORY " or "into DIRECTORY:" stands in the text. */
static bool
directory_is_named(const char *text)
{
	const char *dir = getenv("TMPDIR");
	if (dir == NULL || dir[0] == '\0')
		dir = "/tmp";
	const char *at = strstr(text, " in /"), *into = strstr(text, " into /");
	at = at != NULL ? at + 4 : into != NULL ? into + 6 : text;
	const size_t len = strlen(dir);
	return strncmp(at, dir, len) == 0 && (at[len] == ' ' || at[len] == ':');
}

/* A descriptor that is left open makes it another. */
static int
next_descriptor(void)
{
	const int fd = open("/", O_RDONLY);
	(void)close(fd);
	return fd;
}

static void
bad_writes(void)
{
	static const struct {
		const char *name;
		int error;
		bool nothing;
		size_t most;
		enum kv_status st;
		const char *text;
	} rows[] = {
		{ "interrupted", EINTR, false, 0, KV_OK, "" },
		{ "short", 0, false, 1000, KV_OK, "" },
		{ "no space", ENOSPC, false, 0, KV_EIO, " for the decompressed image, of which 0 bytes are written" },
		{ "quota", EDQUOT, false, 0, KV_EIO, " for the decompressed image, of which 0 bytes are written" },
		{ "error", EIO, false, 0, KV_EIO, "cannot write the decompressed image into " },
		{ "nothing", 0, true, 0, KV_EIO, "nothing was written" },
	};
	static uint8_t plain[PLAIN];
	static struct stream s;
	plain_make(plain);
	for (size_t i = 0; i < 2 * sizeof(rows) / sizeof(rows[0]); i++) {
		const size_t f = i % 2, k = i / 2;
		struct kv_err err;
		if (!formats[f].here)
			continue;
		s.len = 0;
		formats[f].member(&s, plain, PLAIN);
		writes.error = rows[k].error;
		writes.nothing = rows[k].nothing;
		writes.most = rows[k].most;
		const int next = next_descriptor();
		CHECK_EQ(rows[k].name, "status", look(rows[k].name, &s, plain, PLAIN, 0, &err), rows[k].st);
		CHECK_EQ(rows[k].name, "descriptors", next_descriptor(), next);
		CHECK_TEXT(rows[k].name, err.text, rows[k].text);
		/* The directory alone: the file has no name any more. */
		if (rows[k].st != KV_OK)
			CHECK(directory_is_named(err.text), "%s: %s", rows[k].name, err.text);
		if (rows[k].error == EIO)
			CHECK_TEXT(rows[k].name, err.text, strerror(EIO));
		writes.most = 0;
	}
	for (size_t f = 0; f < 2; f++)
		if (!formats[f].here)
			unit_skip("%s: this library was built without it", formats[f].name);
}

/* After each 64 MiB so much, and 16 MiB for others, must be free. */
static void
disk_space(void)
{
	enum { MIB = 1 << 20, PIECES = 64 * 8, BLOCKS_FREE = (64 + 16) * 256 };
	static const struct {
		const char *name;
		unsigned pieces;	/* of 128 KiB */
		int ret;
		uint64_t blocks;
		unsigned asked;
		enum kv_status st;
	} rows[] = {
		{ "a little less", PIECES - 1, 0, 0, 0, KV_OK },
		{ "enough", PIECES + 2, 0, BLOCKS_FREE, 1, KV_OK },
		{ "a block short", PIECES, 0, BLOCKS_FREE - 1, 1, KV_EIO },
		{ "not known", PIECES, -1, 0, 1, KV_OK },
	};
	static struct stream s;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]) && formats[1].here; i++) {
		struct image img;
		struct kv_err err = { .text = "" };
		s.len = 0;
		put(&s, "\x28\xb5\x2f\xfd\x00\x38", 6);
		for (unsigned k = 0; k < rows[i].pieces; k++) {
			/* RFC 8878, 3.1.1.2: a block of one repeated byte. */
			put_le(&s, UINT64_C(0x20000) << 3 | 1 << 1 | (k + 1 == rows[i].pieces), 3);
			put_le(&s, 0x5a, 1);
		}
		disk.ret = rows[i].ret;
		disk.blocks = rows[i].blocks;
		disk.asked = 0;
		CHECK_EQ(rows[i].name, "open", image_open_mem(&img, "image", s.b, s.len, &err), KV_OK);
		CHECK_EQ(rows[i].name, "status", image_decompress(&img, 0, &err), rows[i].st);
		CHECK_EQ(rows[i].name, "asked", disk.asked, rows[i].asked);
		if (rows[i].st == KV_OK)
			CHECK_EQ(rows[i].name, "size", img.size, (uint64_t)rows[i].pieces * (MIB / 8));
		else {
			CHECK_TEXT(rows[i].name, err.text, "image: no room in ");
			CHECK_TEXT(rows[i].name, err.text, "of which 0x4000000 bytes are written: set TMPDIR");
		}
		image_close(&img);
	}
	if (!formats[1].here)
		unit_skip("zstd: this library was built without it");
	disk.ret = 0;
	disk.blocks = UINT64_C(1) << 40;
}

/* And what makes it as long as it is; and what begins to decompress. */
static bool no_end, no_stream;
int __real_ftruncate(int fd, off_t len);
int __wrap_ftruncate(int fd, off_t len);
int __real_ftruncate64(int fd, off_t len);
int __wrap_ftruncate64(int fd, off_t len);

int
__wrap_ftruncate(int fd, off_t len)
{
	errno = EFBIG;
	return no_end ? -1 : __real_ftruncate(fd, len);
}

int
__wrap_ftruncate64(int fd, off_t len)
{
	errno = EFBIG;
	return no_end ? -1 : __real_ftruncate64(fd, len);
}

#ifdef HAVE_ZLIB
int __real_inflateInit2_(z_streamp z, int bits, const char *version, int size);
int __wrap_inflateInit2_(z_streamp z, int bits, const char *version, int size);

int
__wrap_inflateInit2_(z_streamp z, int bits, const char *version, int size)
{
	return no_stream ? Z_MEM_ERROR : __real_inflateInit2_(z, bits, version, size);
}
#endif

#ifdef HAVE_ZSTD
ZSTD_DStream *__real_ZSTD_createDStream(void);
ZSTD_DStream *__wrap_ZSTD_createDStream(void);

ZSTD_DStream *
__wrap_ZSTD_createDStream(void)
{
	return no_stream ? NULL : __real_ZSTD_createDStream();
}
#endif

/* What the image needs and does not get. */
static void
starved(void)
{
	static struct stream s;
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		const char *f = formats[i].name;
		struct kv_err err;
		if (!formats[i].here) {
			unit_skip("%s: this library was built without it", f);
			continue;
		}
		s.len = 0;
		formats[i].member(&s, (const uint8_t *)"kernel", 6);
		no_stream = true;
		CHECK_EQ(f, "no stream", look(f, &s, (const uint8_t *)"kernel", 6, 0, &err), KV_ENOMEM);
		no_stream = false;
		CHECK(strcmp(err.text, "image: no memory to decompress it") == 0, "%s: %s", f, err.text);
		no_end = true;
		CHECK_EQ(f, "no end", look(f, &s, (const uint8_t *)"kernel", 6, 0, &err), KV_EIO);
		no_end = false;
		CHECK_TEXT(f, err.text, "image: the decompressed image of 0x6 bytes in /");
		CHECK_TEXT(f, err.text, strerror(EFBIG));
		/* Its buffer, and the name of the file. */
		for (int n = 0; n < 2; n++) {
			struct image img;
			CHECK_EQ(f, "open", image_open_mem(&img, "image", s.b, s.len, NULL), KV_OK);
			allocations_left = n;
			const enum kv_status st = image_decompress(&img, 0, &err);
			allocations_left = -1;
			CHECK_EQ(f, "no memory", st, KV_ENOMEM);
			CHECK_TEXT(f, err.text, "image: ");
			CHECK_TEXT(f, err.text, strerror(ENOMEM));
			image_close(&img);
		}
	}
}

/* Without TMPDIR, or with an empty one, the file is in /tmp: where Linux tells, that is seen. */
static void
default_directory(void)
{
	static struct stream s;
	const char *dir = getenv("TMPDIR");
	char *old = dir != NULL ? strdup(dir) : NULL;
	for (unsigned empty = 0; empty < 2 && formats[0].here; empty++) {
		char link[64], to[64] = "/tmp/kcore.";
		struct image img;
		struct kv_err err = { .text = "" };
		if (empty)
			(void)setenv("TMPDIR", "", 1);
		else
			(void)unsetenv("TMPDIR");
		s.len = 0;
		gzip_member(&s, (const uint8_t *)"kernel", 6);
		CHECK_EQ("default", "open", image_open_mem(&img, "image", s.b, s.len, NULL), KV_OK);
		CHECK(image_decompress(&img, 0, &err) == KV_OK, "default: %s", err.text);
		(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", img.fd);
		const ssize_t n = readlink(link, to, sizeof(to) - 1);
		CHECK(n < 0 || strncmp(to, "/tmp/kcore.", 11) == 0, "default: %s", to);
		CHECK(fcntl(img.fd, F_GETFD) == FD_CLOEXEC, "default: programs inherit it");
		image_close(&img);
	}
	if (!formats[0].here)
		unit_skip("gzip: this library was built without it");
	if (old != NULL)
		(void)setenv("TMPDIR", old, 1);
	else
		(void)unsetenv("TMPDIR");
	free(old);
}

static const struct unit_test tests[] = {
	{ "starved", starved }, { "default directory", default_directory },
	{ "disk space", disk_space }, { "bad writes", bad_writes },
	{ "far copy", far_copy }, { "cut copy", cut_copy }, { "streams", streams }, { "windows", windows }, { "others", others }, { "no directory", no_directory }, { NULL, NULL },
};
const struct unit_suite unit_compressed = { "compressed", tests };
