/* SPDX-License-Identifier: BSD-2-Clause */
/* lib/image: the same bytes however they are reached, and never past the end. */
#include "image/image.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "allocations.h"
#include "unit.h"

enum { SIZE = 3 * IMAGE_WINDOW + 123 };

static uint8_t
byte_at(uint64_t off)
{
	return (uint8_t)(off * 167 + (off >> 8) * 13 + (off >> 16));
}

static char dir[] = "/tmp/unit-image-XXXXXX";
static char path[64];

static void
make_file(void)
{
	if (path[0] == '\0' && mkdtemp(dir) == NULL)
		abort();
	(void)snprintf(path, sizeof(path), "%s/image", dir);
	FILE *fp = fopen(path, "wb");
	if (fp == NULL)
		abort();
	for (uint64_t i = 0; i < SIZE; i++)
		(void)putc(byte_at(i), fp);
	(void)fclose(fp);
}

static void
remove_file(void)
{
	(void)unlink(path);
	(void)rmdir(dir);
	memcpy(dir + strlen(dir) - 6, "XXXXXX", 6);
	path[0] = '\0';
}

static bool
right(const uint8_t *p, uint64_t off, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (p[i] != byte_at(off + i))
			return false;
	return true;
}

static const struct {
	const char *name;
	uint64_t off;
	size_t len, got;	/* of image_read */
	enum kv_status st;
} rows[] = {
	{ "first byte",		  0,		1,	1,	KV_OK },
	{ "last byte",		  SIZE - 1,	1,	1,	KV_OK },
	{ "past the last",	  SIZE - 1,	2,	1,	KV_ETRUNC },
	{ "at the end",		  SIZE,		1,	0,	KV_ETRUNC },
	{ "far off",		  UINT64_MAX,	8,	0,	KV_ETRUNC },
	{ "across a window",	  IMAGE_WINDOW - 3, 7,	7,	KV_OK },
	{ "a window",		  4095,		IMAGE_WINDOW, IMAGE_WINDOW, KV_OK },
	{ "more than a window",	  1,		2 * IMAGE_WINDOW + 5, 2 * IMAGE_WINDOW + 5, KV_OK },
	{ "all",		  0,		SIZE,	SIZE,	KV_OK },
	{ "more than all",	  0,		SIZE + 1, SIZE,	KV_ETRUNC },
	{ "nothing",		  5,		0,	0,	KV_OK },
};

static void
check_rows(const char *mode, struct image *img)
{
	uint8_t *buf = malloc(SIZE + 2);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char row[96];
		(void)snprintf(row, sizeof(row), "%s: %s", mode, rows[i].name);
		struct kv_err err = { .text = "" };
		size_t got = 99;
		memset(buf, 0xa5, SIZE + 2);
		enum kv_status st = image_read(img, rows[i].off, buf, rows[i].len, &got, &err);
		CHECK_EQ(row, "status", st, rows[i].st);
		CHECK_EQ(row, "got", got, rows[i].got);
		CHECK(right(buf, rows[i].off, got), "%s: wrong bytes", row);
		CHECK_EQ(row, "byte after", buf[got], 0xa5);
		if (st != KV_OK)
			CHECK_TEXT(row, err.text, img->name);
	}
	free(buf);
}

/* Each piece that is given is of the image, whatever the window holds from before. */
static void
check_pieces(const char *mode, struct image *img)
{
	static const struct {
		uint64_t off;
		size_t want;
	} asked[] = {
		{ 3 * 4096, 16 }, { 4 * 4096 - 24, 16 }, { 4 * 4096 - 8, 16 }, { 4 * 4096 - 1, 1 },
		{ 3 * 4096 + 100, 4096 }, { 0, 1 }, { 100, 5000 }, { 4000, 200 }, { 4090, 2000 },
		{ 20000, 1 }, { 20480 - 500, 499 }, { 20480 - 500, 501 }, { SIZE - 9, 4 }, { SIZE - 4, 99 },
		{ SIZE - 5000, 4999 }, { SIZE - 4097, 4097 }, { 1, IMAGE_WINDOW }, { IMAGE_WINDOW, 2 },
	};
	for (size_t i = 0; i < sizeof(asked) / sizeof(asked[0]); i++) {
		const uint8_t *p;
		size_t got = 0;
		const uint64_t rest = SIZE - asked[i].off;
		const size_t there = asked[i].want < rest ? asked[i].want : (size_t)rest;
		CHECK_EQ(mode, "piece", image_get(img, asked[i].off, asked[i].want, &p, &got, NULL), KV_OK);
		/* Of what is larger than the window one byte at least. */
		CHECK(got >= (there < IMAGE_WINDOW / 2 ? there : 1), "%s: %zu bytes at %#jx, wanted %zu", mode,
		    got, (uintmax_t)asked[i].off, there);
		CHECK(right(p, asked[i].off, got), "%s: wrong bytes at %#jx", mode, (uintmax_t)asked[i].off);
	}
}

static void
test_modes(void)
{
	struct image img;
	make_file();
	CHECK_EQ("mapped", "open", image_open(&img, path, 0, NULL), KV_OK);
	CHECK(image_stable(&img), "a file is mapped");
	check_rows("mapped", &img);
	image_close(&img);

	CHECK_EQ("pread", "open", image_open(&img, path, IMAGE_NOMAP, NULL), KV_OK);
	CHECK(!image_stable(&img), "not mapped on request");
	check_rows("pread", &img);
	check_pieces("pread", &img);
	img.sector = IMAGE_SECTOR;	/* as a character device */
	img.win_len = 0;
	check_rows("sectors", &img);
	check_pieces("sectors", &img);
	/* What is asked for ends in the midst of a sector, and what is read with one. */
	const uint8_t *all;
	size_t n = 0;
	img.win_len = 0;
	CHECK_EQ("sectors", "status", image_get(&img, 100, 4096, &all, &n, NULL), KV_OK);
	CHECK(n >= 4096 && (100 + n) % IMAGE_SECTOR == 0, "sectors: %zu bytes", n);
	image_close(&img);

	uint8_t *bytes = malloc(SIZE);
	for (size_t i = 0; i < SIZE; i++)
		bytes[i] = byte_at(i);
	CHECK_EQ("memory", "open", image_open_mem(&img, "mem", bytes, SIZE, NULL), KV_OK);
	check_rows("memory", &img);
	image_close(&img);
	free(bytes);
	remove_file();
}

static void
test_put(void)
{
	static const struct {
		const char *name;
		unsigned flags, sector;
	} modes[] = {
		{ "mapped", IMAGE_WRITE, 1 }, { "pread", IMAGE_WRITE | IMAGE_NOMAP, 1 },
		{ "sectors", IMAGE_WRITE | IMAGE_NOMAP, IMAGE_SECTOR },
	};
	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		struct image img;
		uint8_t b[8];
		size_t got;
		struct kv_err err = { .text = "" };
		make_file();
		CHECK_EQ(modes[i].name, "open", image_open(&img, path, modes[i].flags, NULL), KV_OK);
		img.sector = modes[i].sector;
		CHECK_EQ(modes[i].name, "get", image_read(&img, 509, b, 8, &got, NULL), KV_OK);
		CHECK_EQ(modes[i].name, "put", image_put(&img, 510, "\1\2\3\4", 4, NULL), KV_OK);
		CHECK_EQ(modes[i].name, "get", image_read(&img, 509, b, 8, &got, NULL), KV_OK);
		CHECK(memcmp(b + 1, "\1\2\3\4", 4) == 0, "%s: the change is seen", modes[i].name);
		CHECK(b[0] == byte_at(509) && right(b + 5, 514, 3), "%s: neighbours stay",
		    modes[i].name);
		CHECK_EQ(modes[i].name, "put past the end",
		    image_put(&img, SIZE - 3, "\1\2\3\4", 4, &err), KV_ETRUNC);
		CHECK_TEXT(modes[i].name, err.text, "past the end");
		/* From the last byte on, and round to the first. */
		CHECK_EQ(modes[i].name, "put round", image_put(&img, UINT64_MAX - 1, "\1\2\3\4", 4, &err), KV_ETRUNC);
		/* A device that ends in the midst of a sector has none there. */
		CHECK_EQ(modes[i].name, "put up to the end", image_put(&img, SIZE - 4, "\1\2\3\4", 4, &err),
		    modes[i].sector > 1 ? KV_ETRUNC : KV_OK);
		CHECK_EQ(modes[i].name, "get", image_read(&img, SIZE - 5, b, 5, &got, NULL), KV_OK);
		CHECK(modes[i].sector > 1 ? right(b, SIZE - 5, 5) : b[0] == byte_at(SIZE - 5) &&
		    memcmp(b + 1, "\1\2\3\4", 4) == 0, "%s: the end", modes[i].name);
		struct stat st;
		CHECK(stat(path, &st) == 0 && st.st_size == SIZE, "%s: the file does not grow",
		    modes[i].name);
		image_close(&img);
		remove_file();
	}
	struct image img;
	struct kv_err err = { .text = "" };
	make_file();
	CHECK_EQ("read-only", "open", image_open(&img, path, 0, NULL), KV_OK);
	CHECK_EQ("read-only", "put", image_put(&img, 0, "x", 1, &err), KV_EIO);
	CHECK_TEXT("read-only", err.text, "read-only");
	image_close(&img);
	remove_file();
}

/* A disk that refuses a write: an error, with and without sectors. */
static void
test_put_fails(void)
{
	for (unsigned sector = 1; sector <= IMAGE_SECTOR; sector += IMAGE_SECTOR - 1) {
		struct image img;
		struct kv_err err = { .text = "" };
		make_file();
		CHECK_EQ("no write", "open", image_open(&img, path, IMAGE_WRITE | IMAGE_NOMAP, NULL), KV_OK);
		const int fd = open(path, O_RDONLY);
		CHECK(fd != -1 && dup2(fd, img.fd) == img.fd, "no write: descriptor");
		(void)close(fd);
		img.sector = sector;
		CHECK_EQ("no write", "status", image_put(&img, 510, "1234", 4, &err), KV_EIO);
		CHECK_TEXT("no write", err.text, "writing ");
		CHECK_TEXT("no write", err.text, strerror(EBADF));
		image_close(&img);
		remove_file();
	}
}

/* What is interrupted is done again, and what was done in part is gone on with; nothing more is changed. */
static void
test_transfers(void)
{
	static const struct {
		const char *name;
		struct transfers how;
		enum kv_status read, write;
		const char *text, *written;
	} how[] = {
		{ "interrupted", { .error = EINTR }, KV_OK, KV_OK, "", "" },
		{ "in parts", { .most = 3 }, KV_OK, KV_OK, "", "" },
		{ "error", { .error = ENXIO }, KV_EIO, KV_EIO, " bytes at offset 0x1000: ",
		    "writing 20 bytes at offset 0x3fe: " },
		{ "nothing", { .nothing = true }, KV_OK, KV_EIO, "", "nothing was written" },
	};
	for (unsigned sector = 1; sector <= IMAGE_SECTOR; sector += IMAGE_SECTOR - 1)
		for (size_t i = 0; i < sizeof(how) / sizeof(how[0]); i++) {
			const char *row = how[i].name;
			static const uint8_t text[20] = "twenty bytes of text";
			static uint8_t all[SIZE];
			struct image img;
			struct kv_err err = { .text = "" };
			uint8_t b[40];
			size_t got;
			make_file();
			CHECK_EQ(row, "open", image_open(&img, path, IMAGE_WRITE | IMAGE_NOMAP, NULL), KV_OK);
			img.sector = sector;
			reads_left = how[i].how.error != 0 ? 0 : -1;
			reads_error = how[i].how.error;
			reads_most = how[i].how.most;
			CHECK_EQ(row, "read", image_read(&img, 0x1001, b, 40, &got, &err), how[i].read);
			reads_left = -1;
			reads_error = 0;
			CHECK_TEXT(row, err.text, how[i].text);
			if (how[i].read == KV_OK)
				CHECK(got == 40 && right(b, 0x1001, 40), "%s: wrong bytes", row);
			CHECK_EQ(row, "large read", image_read(&img, 1, all, SIZE - 1, &got, &err), KV_OK);
			reads_most = 0;
			CHECK(got == SIZE - 1 && right(all, 1, SIZE - 1), "%s: wrong bytes of many", row);
			writes = how[i].how;
			CHECK_EQ(row, "put", image_put(&img, 0x3fe, text, 20, &err), how[i].write);
			writes = (struct transfers) { 0 };
			if (how[i].write != KV_OK && sector == 1)
				CHECK_TEXT(row, err.text, how[i].written);
			if (how[i].write == KV_OK) {
				CHECK_EQ(row, "read", image_read(&img, 0x3f0, b, 40, &got, NULL), KV_OK);
				CHECK(right(b, 0x3f0, 14) && memcmp(b + 14, text, 20) == 0 && right(b + 34, 0x412, 6),
				    "%s: other bytes were written", row);
			}
			image_close(&img);
			remove_file();
		}
}

/* A large read of what is no longer there, and one that the disk refuses: what was read counts. */
static void
test_large_read(void)
{
	static uint8_t all[SIZE];
	struct image img;
	struct kv_err err = { .text = "" };
	size_t got = 0;
	make_file();
	CHECK_EQ("large", "open", image_open(&img, path, IMAGE_NOMAP, NULL), KV_OK);
	CHECK_EQ("large", "truncate", truncate(path, 2 * IMAGE_WINDOW + 9), 0);
	CHECK_EQ("large", "status", image_read(&img, 5, all, SIZE - 5, &got, &err), KV_ETRUNC);
	CHECK_EQ("large", "bytes", got, 2 * IMAGE_WINDOW + 4);
	CHECK(right(all, 5, got), "large: wrong bytes");
	CHECK_TEXT("large", err.text, "image: offset 0x20009 is past the end of the file");
	reads_left = 0;
	CHECK_EQ("large, error", "status", image_read(&img, 5, all, IMAGE_WINDOW, &got, &err), KV_EIO);
	reads_left = -1;
	CHECK_EQ("large, error", "bytes", got, 0);
	CHECK_TEXT("large, error", err.text, "image: 65536 bytes at offset 0x5: ");
	image_close(&img);
	remove_file();
}

/* A window that is asked for nothing has a byte all the same; and small pieces bring their neighbours. */
static void
test_window(void)
{
	struct image img;
	const uint8_t *p;
	size_t got = 0;
	make_file();
	CHECK_EQ("window", "open", image_open(&img, path, IMAGE_NOMAP, NULL), KV_OK);
	CHECK_EQ("window", "nothing", image_get(&img, 4100, 0, &p, &got, NULL), KV_OK);
	CHECK(got >= 1 && right(p, 4100, got), "window: nothing gave %zu bytes", got);
	reads_left = 0;
	CHECK_EQ("window", "before it", image_get(&img, 4096, 100, &p, &got, NULL), KV_OK);
	CHECK_EQ("window", "behind it", image_get(&img, 8191, 1, &p, &got, NULL), KV_OK);
	CHECK(right(p, 8191, 1), "window: wrong byte");
	CHECK_EQ("window", "nothing again", image_get(&img, 4096, 0, &p, &got, NULL), KV_OK);
	CHECK_EQ("window", "too far", image_get(&img, 3 * 4096, 1, &p, &got, NULL), KV_EIO);
	CHECK_EQ("window", "lost", image_get(&img, 4096, 1, &p, &got, NULL), KV_EIO);
	reads_left = -1;
	/* As large as it can be, wherever in its first page it begins. */
	CHECK_EQ("window", "full", image_get(&img, 4095, IMAGE_WINDOW, &p, &got, NULL), KV_OK);
	CHECK_EQ("window", "full", got, IMAGE_WINDOW - 4095);
	CHECK_EQ("window", "more than that", image_get(&img, 4096, SIZE_MAX, &p, &got, NULL), KV_OK);
	CHECK_EQ("window", "more than that", got, IMAGE_WINDOW);
	CHECK_EQ("window", "the end", image_get(&img, SIZE - 1, SIZE_MAX, &p, &got, NULL), KV_OK);
	CHECK_EQ("window", "the end", got, 1);
	image_close(&img);
	remove_file();
}

/* A character device: no size, whole sectors, up to the last offset there can be. */
static void
test_device(void)
{
	struct image img;
	struct kv_err err = { .text = "" };
	const uint8_t *p;
	size_t got = 0;
	uint8_t b[4] = { 1, 1, 1, 1 };
	if (image_open(&img, "/dev/zero", IMAGE_WRITE, NULL) != KV_OK) {
		unit_skip("this host has no /dev/zero");
		return;
	}
	CHECK_EQ("device", "size", img.size, IMAGE_UNBOUNDED);
	CHECK_EQ("device", "sector", img.sector, IMAGE_SECTOR);
	CHECK(!image_stable(&img), "device: it is mapped");
	CHECK_EQ("device", "read", image_read(&img, 12345, b, 4, &got, &err), KV_OK);
	CHECK(b[0] == 0 && b[3] == 0, "device: wrong bytes");
	CHECK_EQ("device", "past all offsets", image_get(&img, (uint64_t)INT64_MAX + 1, 1, &p, &got, &err), KV_ETRUNC);
	CHECK_TEXT("device", err.text, "/dev/zero: offset 0x8000000000000000 is past the end");
	CHECK_EQ("device", "write", image_put(&img, 12345, b, 4, &err), KV_OK);
	CHECK_EQ("device", "write past all offsets", image_put(&img, INT64_MAX - 2, b, 4, &err), KV_ETRUNC);
	CHECK_EQ("device", "write round", image_put(&img, UINT64_MAX - 2, b, 4, &err), KV_ETRUNC);
	image_close(&img);
}

/* Closing gives all back, and tells what close(2) says. */
static void
test_close(void)
{
	struct image img;
	make_file();
	CHECK_EQ("close", "open", image_open(&img, path, 0, NULL), KV_OK);
	CHECK(img.mapped && img.map != NULL, "close: not mapped");
	void *map = (void *)(uintptr_t)img.map;
	const int fd = img.fd;
	CHECK_EQ("close", "returned", image_close(&img), 0);
	CHECK(msync(map, 1, MS_ASYNC) == -1 && errno == ENOMEM, "close: it is mapped still");
	CHECK(fcntl(fd, F_GETFD) == -1, "close: it is open still");
	CHECK(img.fd == -1 && img.map == NULL && img.name == NULL && img.size == 0, "close: something is left");
	CHECK_EQ("close", "again", image_close(&img), 0);
	CHECK_EQ("close", "open", image_open(&img, path, IMAGE_NOMAP, NULL), KV_OK);
	(void)close(img.fd);
	CHECK_EQ("close", "closed already", image_close(&img), -1);
	/* Of a failure to open nothing is left either. */
	struct kv_err err = { .text = "" };
	CHECK_EQ("failure", "open", image_open(&img, dir, 0, &err), KV_EFORMAT);
	CHECK(img.fd == -1 && img.map == NULL && img.name == NULL, "failure: something is left");
	const int next = open(path, O_RDONLY);
	(void)close(next);
	for (int n = 0; n < 2; n++) {
		allocations_left = n;
		CHECK_EQ("failure", "memory", image_open(&img, path, IMAGE_NOMAP, &err), KV_ENOMEM);
		allocations_left = -1;
		CHECK_TEXT("failure", err.text, n == 0 ? path : "/image: cannot allocate I/O buffer: ");
		CHECK_TEXT("failure", err.text, strerror(ENOMEM));
		CHECK(img.fd == -1, "failure: a descriptor is left");
		const int again = open(path, O_RDONLY);
		CHECK_EQ("failure", "descriptors", again, next);
		(void)close(again);
	}
	remove_file();
}

/* Images of nothing and of one byte, in memory and in files. */
static void
test_small(void)
{
	static const uint8_t one[] = { 0x5a };
	struct image img;
	struct kv_err err = { .text = "" };
	const uint8_t *p;
	size_t got = 0;
	CHECK_EQ("nothing", "open", image_open_mem(&img, "none", NULL, 0, NULL), KV_OK);
	CHECK(image_stable(&img), "nothing: it is not stable");
	CHECK_EQ("nothing", "get", image_get(&img, 0, 1, &p, &got, &err), KV_ETRUNC);
	CHECK_TEXT("nothing", err.text, "none: offset 0 is past the end of the file, which has 0 bytes");
	CHECK_EQ("nothing", "close", image_close(&img), 0);
	CHECK_EQ("a byte", "open", image_open_mem(&img, "one", one, 1, NULL), KV_OK);
	CHECK(image_get(&img, 0, 1, &p, &got, &err) == KV_OK && got == 1 && *p == 0x5a, "a byte: another");
	CHECK_EQ("a byte", "close", image_close(&img), 0);
	make_file();
	CHECK_EQ("a byte", "truncate", truncate(path, 1), 0);
	for (unsigned nomap = 0; nomap < 2; nomap++) {
		CHECK_EQ("a byte", "open", image_open(&img, path, nomap ? IMAGE_NOMAP : 0, NULL), KV_OK);
		CHECK(image_get(&img, 0, 1, &p, &got, &err) == KV_OK && got == 1 && *p == byte_at(0),
		    "a file's byte: another");
		image_close(&img);
	}
	remove_file();
}

/* Another file takes the image's place, and its name stays. */
static void
test_replace(void)
{
	static const uint8_t before[] = "before";
	for (unsigned nomap = 0; nomap < 2; nomap++) {
		struct image img;
		struct kv_err err = { .text = "" };
		uint8_t b[8];
		size_t got;
		make_file();
		CHECK_EQ("replace", "open", image_open_mem(&img, "name", before, sizeof(before), NULL), KV_OK);
		const int fd = open(path, O_RDONLY);
		CHECK_EQ("replace", "status", image_replace(&img, fd, SIZE - 1, nomap ? IMAGE_NOMAP : 0, &err), KV_OK);
		CHECK_EQ("replace", "mapped", image_stable(&img), !nomap);
		CHECK_EQ("replace", "size", img.size, SIZE - 1);
		CHECK_EQ("replace", "descriptor", img.fd, fd);
		CHECK_EQ("replace", "read", image_read(&img, 777, b, 8, &got, NULL), KV_OK);
		CHECK(right(b, 777, 8), "replace: wrong bytes");
		CHECK_EQ("replace", "write", image_put(&img, 0, b, 1, &err), KV_EIO);
		CHECK_TEXT("replace", err.text, "name was opened read-only");
		image_close(&img);
		CHECK(fcntl(fd, F_GETFD) == -1, "replace: the descriptor is open still");
		remove_file();
	}
	/* The new one has no memory for its window: it is the image all the same. */
	struct image img;
	make_file();
	CHECK_EQ("replace", "open", image_open_mem(&img, "name", before, sizeof(before), NULL), KV_OK);
	const int fd = open(path, O_RDONLY);
	allocations_left = 0;
	CHECK_EQ("replace", "status", image_replace(&img, fd, SIZE, IMAGE_NOMAP, NULL), KV_ENOMEM);
	allocations_left = -1;
	CHECK_EQ("replace", "descriptor", img.fd, fd);
	image_close(&img);
	remove_file();
}

static void
test_shrinks(void)
{
	struct image img;
	struct kv_err err = { .text = "" };
	uint8_t b[16];
	size_t got;
	make_file();
	CHECK_EQ("shrinks", "open", image_open(&img, path, IMAGE_NOMAP, NULL), KV_OK);
	CHECK_EQ("shrinks", "truncate", truncate(path, 1000), 0);
	CHECK_EQ("shrinks", "read", image_read(&img, 8192, b, 8, &got, &err), KV_ETRUNC);
	CHECK_TEXT("shrinks", err.text, "when it was opened");
	CHECK_EQ("shrinks", "read before", image_read(&img, 100, b, 8, &got, &err), KV_OK);
	CHECK_EQ("shrinks", "read across", image_read(&img, 996, b, 8, &got, &err), KV_ETRUNC);
	CHECK_EQ("shrinks", "bytes", got, 4);
	image_close(&img);
	remove_file();
}

static void
test_unsuitable(void)
{
	struct image img;
	struct kv_err err = { .text = "" };
	make_file();
	CHECK(image_open(&img, dir, 0, &err) != KV_OK, "a directory fails");
	CHECK_TEXT("directory", err.text, "is a directory");
	(void)unlink(path);
	CHECK_EQ("fifo", "mkfifo", mkfifo(path, 0600), 0);
	CHECK(image_open(&img, path, 0, &err) != KV_OK, "a FIFO fails and does not hang");
	CHECK_TEXT("fifo", err.text, "is a FIFO");
	(void)unlink(path);
	CHECK_EQ("missing", "open", image_open(&img, path, 0, &err), KV_EIO);
	CHECK_TEXT("missing", err.text, "No such file");
	FILE *fp = fopen(path, "wb");
	if (fp != NULL)
		(void)fclose(fp);
	CHECK_EQ("empty", "open", image_open(&img, path, 0, &err), KV_OK);
	const uint8_t *p;
	size_t got;
	CHECK_EQ("empty", "get", image_get(&img, 0, 1, &p, &got, &err), KV_ETRUNC);
	image_close(&img);
	make_file();
	CHECK_EQ("close-on-exec", "open", image_open(&img, path, 0, &err), KV_OK);
	CHECK(fcntl(img.fd, F_GETFD) == FD_CLOEXEC, "close-on-exec");
	CHECK((fcntl(img.fd, F_GETFL) & O_NONBLOCK) == 0, "blocking again");
	image_close(&img);
	remove_file();
}

static const struct unit_test tests[] = {
	{ "modes agree", test_modes },
	{ "put", test_put },
	{ "a put that fails", test_put_fails },
	{ "transfers", test_transfers },
	{ "large reads", test_large_read },
	{ "window", test_window },
	{ "device", test_device },
	{ "close", test_close },
	{ "replace", test_replace },
	{ "small", test_small },
	{ "a file that shrinks", test_shrinks },
	{ "what is no image", test_unsuitable },
	{ 0 },
};
const struct unit_suite unit_image = { "image", tests };
