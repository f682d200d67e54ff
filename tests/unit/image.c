/* SPDX-License-Identifier: BSD-2-Clause */
/* lib/image: the same bytes however they are reached, and never past the end. */
#include "image/image.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

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
	{ "a file that shrinks", test_shrinks },
	{ "what is no image", test_unsuitable },
	{ 0 },
};
const struct unit_suite unit_image = { "image", tests };
