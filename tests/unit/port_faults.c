/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lib/port on bad days: no memory, a disk that fails, a dump cut at any length, numbers that lie.  Every
 * port's sample opens as what it is, or fails with a sentence that names the file.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#include "allocations.h"
#include "port_sample.h"
#include "unit.h"

int reads_left = -1, reads_error;
size_t reads_most;

ssize_t __real_pread(int fd, void *p, size_t n, off_t off);
ssize_t __real_pread64(int fd, void *p, size_t n, off_t off);
ssize_t __wrap_pread(int fd, void *p, size_t n, off_t off);
ssize_t __wrap_pread64(int fd, void *p, size_t n, off_t off);

static bool
refuse(void)
{
	if (reads_left == 0) {
		errno = reads_error != 0 ? reads_error : EIO;
		if (errno == EINTR)
			reads_left = -1;
		return true;
	}
	reads_left -= reads_left > 0;
	return false;
}

static size_t
most(size_t n)
{
	return reads_most != 0 && n > reads_most ? reads_most : n;
}

ssize_t
__wrap_pread(int fd, void *p, size_t n, off_t off)
{
	return refuse() ? -1 : __real_pread(fd, p, most(n), off);
}

/* What a 32-bit host calls. */
ssize_t
__wrap_pread64(int fd, void *p, size_t n, off_t off)
{
	return refuse() ? -1 : __real_pread64(fd, p, most(n), off);
}

static uint8_t image[SAMPLE_MAX];
static char path[] = "/tmp/unit-faults-XXXXXX";

static bool
make_file(size_t size)
{
	memcpy(path + strlen(path) - 6, "XXXXXX", 6);
	const int fd = mkstemp(path);
	const bool ok = fd != -1 && write(fd, image, size) == (ssize_t)size;
	if (fd != -1)
		(void)close(fd);
	return CHECK(ok, "%s: cannot be written", path);
}

/* Where the samples lie now: in files, or as their kernels leave them on a device. */
static bool on_device;

/* No kernel is given: the header alone decides what it is. */
static bool alone;

/* What opening gave. */
struct opened {
	enum kv_status st;
	bool header;		/* with KV_OK */
	bool same;		/* it is the sample's port */
	unsigned nas;		/* ranges of addresses, pieces of memory, bytes of tables outside of it */
	size_t nram, nblob;
	char text[KV_ERRLEN];
};

static void
open_sample(struct opened *ret, struct image *img, const struct port_sample *sample, bool speak)
{
	const struct port_kernel kernel = alone ? port_no_kernel : port_sample_kernel(sample);
	struct kv_err err = { .text = "" };
	struct dump dump;
	struct kv_err *listener = speak ? &err : NULL;
	*ret = (struct opened) { .st = on_device ?
		port_adopt(&dump, img, SAMPLE_DEVICE, &kernel, listener) :
		port_open(&dump, img, &kernel, listener) };
	if (ret->st == KV_OK) {
		ret->header = dump.port != NULL;
		ret->same = ret->header && strcmp(dump.port->os, sample->os) == 0 &&
		    strcmp(dump.port->machine, sample->machine) == 0;
		ret->nas = dump.nas;
		ret->nram = dump.ram.n;
		ret->nblob = dump.mem.blob.len;
		port_close(&dump);
	}
	memcpy(ret->text, err.text, sizeof(ret->text));
}

static bool
alike(const struct opened *a, const struct opened *b)
{
	return a->st == b->st && a->header == b->header && a->same == b->same && a->nas == b->nas &&
	    a->nram == b->nram && a->nblob == b->nblob;
}

/* Fails with a sentence that begins with the file's name, and the same without one who listens. */
static void
check_alike(const char *row, struct image *img, const struct port_sample *sample,
    const struct opened *loud)
{
	struct opened quiet;
	open_sample(&quiet, img, sample, false);
	CHECK(alike(&quiet, loud),
	    "%s: status %d, without a text %d (%s)", row, (int)loud->st, (int)quiet.st, loud->text);
	CHECK(loud->st == KV_OK || strstr(loud->text, img->name) != NULL,
	    "%s: the sentence does not name the file: %s", row, loud->text);
}

static void
each_sample(void (*fn)(const char *row, const struct port_sample *sample, size_t size))
{
	const struct port_sample *s;
	for (size_t i = 0; (s = port_sample_at(i)) != NULL; i++) {
		char row[80];
		(void)snprintf(row, sizeof(row), "%s/%s, %u bits", s->os, s->machine, s->bits);
		fn(row, s, port_sample_make(s, image));
		if (s->fill == NULL)
			continue;
		(void)snprintf(row, sizeof(row), "%s/%s, %u bits, device", s->os, s->machine, s->bits);
		on_device = true;
		fn(row, s, port_sample_make_device(s, image));
		on_device = false;
	}
}

/* Each n-th allocation fails until one run needs fewer. */
static void
no_memory(const char *row, const struct port_sample *sample, size_t size)
{
	struct image img;
	struct opened all, some;
	CHECK_EQ(row, "image", image_open_mem(&img, "file", image, size, NULL), KV_OK);
	open_sample(&all, &img, sample, true);
	int n = 0;
	for (bool enough = false; !enough && n < 100; n++)
		for (int how = 0; how < 4; how++) {
			const bool speak = how % 2 != 0;
			allocations_left = n;
			allocations_go_on = how / 2 != 0;	/* it fails alone, or all behind it, too */
			open_sample(&some, &img, sample, speak);
			enough = allocations_left > 0;
			allocations_left = -1;
			allocations_go_on = false;
			/* What only makes it faster may be missing. */
			if (some.st == all.st)
				CHECK(alike(&some, &all), "%s: allocation %d: another dump", row, n);
			else
				CHECK(some.st == KV_ENOMEM, "%s: allocation %d: status %d (%s)", row, n,
				    (int)some.st, some.text);
			CHECK(some.st == KV_OK || !speak || some.text[0] != '\0',
			    "%s: allocation %d: no sentence", row, n);
		}
	CHECK(n < 100, "%s: it never opens", row);
	CHECK(alike(&some, &all), "%s: with all memory: %s", row, some.text);
	image_close(&img);
}

static void
test_no_memory(void)
{
	each_sample(no_memory);
}

/* Each n-th read of the file fails until one run needs fewer. */
static void
no_reads(const char *row, const struct port_sample *sample, size_t size)
{
	struct image img;
	struct opened all, some;
	CHECK_EQ(row, "image", image_open_mem(&img, "file", image, size, NULL), KV_OK);
	open_sample(&all, &img, sample, true);
	image_close(&img);
	if (!make_file(size))
		return;
	int n = 0;
	for (bool enough = false; !enough && n < 1000; n++)
		for (int speak = 0; speak < 2; speak++) {
			if (!CHECK(image_open(&img, path, IMAGE_NOMAP, NULL) == KV_OK, "%s: %s", row, path))
				break;
			reads_left = n;
			open_sample(&some, &img, sample, speak != 0);
			enough = reads_left > 0;
			reads_left = -1;
			/* What begins with bytes that cannot be read is of no port, and says why. */
			const bool as_ever = alike(&some, &all);
			const bool no_header = some.st == KV_OK && !some.header;
			CHECK(as_ever || (!enough && (some.st == KV_EIO || no_header)),
			    "%s: read %d fails: status %d (%s)", row, n, (int)some.st, some.text);
			CHECK(!no_header || !speak || strstr(some.text, strerror(EIO)) != NULL,
			    "%s: read %d fails: the sentence does not say why: %s", row, n, some.text);
			CHECK(some.header || !speak || strstr(some.text, path) != NULL,
			    "%s: read %d fails: the sentence does not name the file: %s", row, n, some.text);
			image_close(&img);
		}
	CHECK(n > 1 && n < 1000, "%s: %d reads were refused", row, n);
	(void)unlink(path);
}

static void
test_no_reads(void)
{
	each_sample(no_reads);
}

/* A dump of any length is that port's, or has a sentence. */
static void
cut(const char *row, const struct port_sample *sample, size_t size)
{
	const size_t step = size / 64;
	for (size_t n = 0; n < size; n += n < 2200 ? 1 : step) {
		struct image img;
		struct opened loud;
		CHECK_EQ(row, "image", image_open_mem(&img, "file", image, n, NULL), KV_OK);
		open_sample(&loud, &img, sample, true);
		CHECK(loud.st != KV_OK || loud.same || !loud.header, "%s: cut at %zu: another port", row,
		    n);
		check_alike(row, &img, sample, &loud);
		image_close(&img);
	}
}

static void
test_cut(void)
{
	each_sample(cut);
}

/* Each number of the headers is an awkward one: no crash, and a sentence or a dump. */
static void
lies(const char *row, const struct port_sample *sample, size_t size)
{
	static const uint64_t values[] = { 0, 1, UINT32_MAX, 0x80000000, 0x7fffffff, UINT64_MAX,
		UINT64_C(1) << 63, UINT64_MAX - 0xfff, 0x7fffffff00000001, 0xfffff001 };
	const size_t begin = on_device ? SAMPLE_DEVICE : 0;
	for (size_t at = begin; at + 8 <= begin + 512 && at + 8 <= size; at += 4)
		for (unsigned width = 4; width <= 8; width += 4)
			for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
				struct image img;
				struct opened loud;
				uint8_t was[8];
				char name[128];
				(void)snprintf(name, sizeof(name), "%s: %#jx at offset %zu", row,
				    (uintmax_t)values[i], at);
				memcpy(was, image + at, sizeof(was));
				port_sample_put(image + at, values[i], width, sample->big);
				CHECK_EQ(name, "image", image_open_mem(&img, "file", image, size, NULL),
				    KV_OK);
				open_sample(&loud, &img, sample, true);
				check_alike(name, &img, sample, &loud);
				image_close(&img);
				memcpy(image + at, was, sizeof(was));
			}
}

static void
test_lies(void)
{
	each_sample(lies);
}

/* The cpu data ends anywhere, and memory follows at once: with its kernel, and without. */
static void
cpu_cut(const char *row, const struct port_sample *sample, size_t size)
{
	(void)size;
	if (sample->fill == NULL || on_device)
		return;
	for (uint32_t n = 0; n < sample->cpu_size; n += n < 256 ? 4 : 1 + sample->cpu_size / 8)
		for (int without = 0; without < 2; without++) {
			struct image img;
			struct opened loud;
			char name[128];
			(void)snprintf(name, sizeof(name), "%s: c_size is %#x%s", row, (unsigned)n,
			    without ? ", no kernel" : "");
			const size_t len = port_sample_cut(sample, n, image);
			CHECK_EQ(name, "image", image_open_mem(&img, "file", image, len, NULL), KV_OK);
			alone = without != 0;
			open_sample(&loud, &img, sample, true);
			check_alike(name, &img, sample, &loud);
			alone = false;
			image_close(&img);
		}
}

static void
test_cpu_cut(void)
{
	each_sample(cpu_cut);
}

static void
test_lies_alone(void)
{
	alone = true;
	each_sample(lies);
	alone = false;
}

/* Zeros without an end are of no port. */
static void
test_unbounded(void)
{
	struct image img;
	struct opened loud;
	struct kv_err err = { .text = "" };
	if (!CHECK(image_open(&img, "/dev/zero", 0, &err) == KV_OK, "/dev/zero: %s", err.text))
		return;
	open_sample(&loud, &img, port_sample_at(0), true);
	CHECK_EQ("/dev/zero", "status", loud.st, KV_OK);
	CHECK_EQ("/dev/zero", "header", loud.header, false);
	CHECK_TEXT("/dev/zero", loud.text, "/dev/zero: ");
	check_alike("/dev/zero", &img, port_sample_at(0), &loud);
	image_close(&img);
}

static const struct unit_test tests[] = {
	{ "no memory", test_no_memory },
	{ "reads that fail", test_no_reads },
	{ "cut at any length", test_cut },
	{ "numbers that lie", test_lies },
	{ "numbers that lie, without a kernel", test_lies_alone },
	{ "cpu data, cut", test_cpu_cut },
	{ "a device without an end", test_unbounded },
	{ 0 },
};
const struct unit_suite unit_port_faults = { "port_faults", tests };
