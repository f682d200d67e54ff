/* SPDX-License-Identifier: BSD-2-Clause */
/* Rows about the samples of ports: where addresses lead, and headers that lie. */
#ifndef UNIT_PORT_ROWS_H
#define UNIT_PORT_ROWS_H

#include "port_sample.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "unit.h"

#define NOWHERE	UINT64_MAX

static inline void
put32(uint8_t *p, uint64_t v, bool big)
{
	port_sample_put(p, v, 4, big);
}

static inline void
put64(uint8_t *p, uint64_t v, bool big)
{
	port_sample_put(p, v, 8, big);
}

/* phys_ram_seg_t */
static inline void
put_segment(uint8_t *p, uint64_t start, uint64_t size, bool big)
{
	put64(p, start, big);
	put64(p + 8, size, big);
}

struct port_place {
	const char *name;
	int sample;
	vaddr_t va;
	paddr_t pa;		/* or NOWHERE */
};

struct port_lie {
	const char *name;
	int sample;
	unsigned off, size;	/* of the field in the cpu data */
	uint64_t value;
	enum kv_status st;
	const char *text;
};

static inline uint8_t *
port_rows_image(void)
{
	uint8_t *image = calloc(1, SAMPLE_MAX);	/* tables that nobody fills have no entries */
	if (image == NULL)
		abort();
	return image;
}

/* One address, in the dump as a file and as the kernel leaves it on a device. */
static inline void
port_place_check(const struct port_sample *samples, const struct port_place *r, bool device,
    uint8_t *image)
{
	const struct port_sample *sample = &samples[r->sample];
	const struct port_kernel kernel = port_sample_kernel(sample);
	struct image img;
	struct dump dump;
	struct kv_err err = { .text = "" };
	const size_t size = device ? port_sample_make_device(sample, image) :
	    port_sample_make(sample, image);
	CHECK_EQ(r->name, "image", image_open_mem(&img, "file", image, size, NULL), KV_OK);
	const enum kv_status st = device ?
	    port_adopt(&dump, &img, SAMPLE_DEVICE, &kernel, &err) :
	    port_open(&dump, &img, &kernel, &err);
	if (CHECK(st == KV_OK, "%s: %s", r->name, err.text)) {
		CHECK(strcmp(dump.port->machine, sample->machine) == 0 &&
		    strcmp(dump.port->os, sample->os) == 0, "%s: opened as %s/%s", r->name,
		    dump.port->os, dump.port->machine);
		CHECK_EQ(r->name, device ? "address (device)" : "address",
		    port_sample_xlate(&dump, r->va), r->pa);
		port_close(&dump);
	}
	image_close(&img);
}

static inline void
port_lie_check(const struct port_sample *samples, const struct port_lie *r, uint8_t *image)
{
	const struct port_sample *sample = &samples[r->sample];
	const struct port_kernel kernel = port_sample_kernel(sample);
	struct image img;
	struct dump dump;
	struct kv_err err = { .text = "" };
	const size_t size = port_sample_make(sample, image);
	port_sample_put(image + SAMPLE_CPU + r->off, r->value, r->size, sample->big);
	CHECK_EQ(r->name, "image", image_open_mem(&img, "file", image, size, NULL), KV_OK);
	const enum kv_status st = port_open(&dump, &img, &kernel, &err);
	CHECK(st == r->st, "%s: %s: status %d, wanted %d (%s)", sample->machine, r->name, (int)st,
	    (int)r->st, err.text);
	CHECK_TEXT(r->name, st == KV_OK ? "" : err.text, r->text);
	if (st == KV_OK) {
		for (unsigned i = 0; i < dump.nas; i++)
			CHECK(dump.as[i].lo <= dump.as[i].last, "%s: %s: range %u is none", sample->machine,
			    r->name, i);
		port_close(&dump);
	} else
		CHECK_TEXT(r->name, err.text, "file: ");
	image_close(&img);
}

/* What a decoder makes of a sample, but for the addresses: the last range's regime, and its numbers. */
struct port_shape {
	int sample;
	const char *regime;
	unsigned bits, vabits, pagesize, align;
	paddr_t root;
};

/* Range n of a sample's nas, which begin and end there. */
struct port_range {
	int sample;
	unsigned n, nas;
	vaddr_t lo, last;
};

static inline bool
port_sample_open(const struct port_sample *sample, uint8_t *image, struct image *img, struct dump *dump)
{
	const struct port_kernel kernel = port_sample_kernel(sample);
	struct kv_err err = { .text = "" };
	CHECK_EQ(sample->machine, "image", image_open_mem(img, "file", image,
	    port_sample_make(sample, image), NULL), KV_OK);
	return CHECK(port_open(dump, img, &kernel, &err) == KV_OK, "%s: %s", sample->machine, err.text);
}

static inline void
port_shape_check(const struct port_sample *samples, const struct port_shape *r, uint8_t *image)
{
	char row[80];
	struct image img;
	struct dump dump;
	(void)snprintf(row, sizeof(row), "shape of %s, %s", samples[r->sample].machine, r->regime);
	if (port_sample_open(&samples[r->sample], image, &img, &dump)) {
		CHECK(strcmp(dump.as[dump.nas - 1].mmu.regime, r->regime) == 0, "%s: regime %s", row,
		    dump.as[dump.nas - 1].mmu.regime);
		CHECK_EQ(row, "bits", dump.bits, r->bits);
		CHECK_EQ(row, "vabits", dump.vabits, r->vabits);
		CHECK_EQ(row, "pagesize", dump.pagesize, r->pagesize);
		CHECK_EQ(row, "align", dump.align, r->align);
		CHECK_EQ(row, "root", dump.root, r->root);
	}
	port_close(&dump);
	image_close(&img);
}

static inline void
port_ranges_check(const struct port_sample *samples, const struct port_range *r, uint8_t *image)
{
	char row[80];
	struct image img;
	struct dump dump;
	(void)snprintf(row, sizeof(row), "range %u of %s", r->n, samples[r->sample].machine);
	if (port_sample_open(&samples[r->sample], image, &img, &dump) &&
	    CHECK_EQ(row, "ranges", dump.nas, r->nas)) {
		CHECK_EQ(row, "first address", dump.as[r->n].lo, r->lo);
		CHECK_EQ(row, "last address", dump.as[r->n].last, r->last);
		/* What needs no table goes no farther by itself. */
		const struct mmu_src src = { .read = memory_read, .arg = &dump.mem };
		struct kv_run run;
		if (strcmp(dump.as[r->n].mmu.regime, "linear") == 0 &&
		    CHECK(mmu_walk(&dump.as[r->n].mmu, &src, r->lo, &run, NULL, NULL, NULL) == KV_OK, "%s: no walk", row)) {
			CHECK_EQ(row, "first address by itself", run.first, r->lo);
			CHECK_EQ(row, "last address by itself", run.last, r->last);
		}
	}
	port_close(&dump);
	image_close(&img);
}

/* What the first range that holds an address says about access to it. */
static inline void
port_prot_check(const struct port_sample *sample, vaddr_t va, bool known, unsigned prot)
{
	char row[80];
	uint8_t *image = port_rows_image();
	struct image img;
	struct dump dump;
	(void)snprintf(row, sizeof(row), "access to 0x%" PRIx64 " of %s", va, sample->machine);
	if (port_sample_open(sample, image, &img, &dump)) {
		const struct mmu_src src = { .read = memory_read, .arg = &dump.mem };
		unsigned i = 0;
		while (i < dump.nas && (va < dump.as[i].lo || va > dump.as[i].last))
			i++;
		struct kv_run run;
		if (CHECK(i < dump.nas &&
		    mmu_walk(&dump.as[i].mmu, &src, va, &run, NULL, NULL, NULL) == KV_OK, "%s: not mapped", row)) {
			CHECK_EQ(row, "known", run.prot_known, known);
			if (known)
				CHECK_EQ(row, "prot", run.prot, prot);
		}
	}
	port_close(&dump);
	image_close(&img);
	free(image);
}

#define PORT_SHAPES_CHECK(samples, rows) \
	port_shapes_check(samples, rows, sizeof(rows) / sizeof((rows)[0]))
#define PORT_RANGES_CHECK(samples, rows) \
	port_all_ranges_check(samples, rows, sizeof(rows) / sizeof((rows)[0]))

static inline void
port_shapes_check(const struct port_sample *samples, const struct port_shape *rows, size_t n)
{
	uint8_t *image = port_rows_image();
	for (size_t i = 0; i < n; i++)
		port_shape_check(samples, &rows[i], image);
	free(image);
}

static inline void
port_all_ranges_check(const struct port_sample *samples, const struct port_range *rows, size_t n)
{
	uint8_t *image = port_rows_image();
	for (size_t i = 0; i < n; i++)
		port_ranges_check(samples, &rows[i], image);
	free(image);
}

/* All rows of a table: of places, each in a file and on a device; of lies. */
#define PORT_PLACES_CHECK(samples, rows) \
	port_places_check(samples, rows, sizeof(rows) / sizeof((rows)[0]))
#define PORT_LIES_CHECK(samples, rows) \
	port_lies_check(samples, rows, sizeof(rows) / sizeof((rows)[0]))

static inline void
port_places_check(const struct port_sample *samples, const struct port_place *rows, size_t n)
{
	uint8_t *image = port_rows_image();
	for (size_t i = 0; i < n; i++)
		for (int device = 0; device < 2; device++)
			port_place_check(samples, &rows[i], device, image);
	free(image);
}

static inline void
port_lies_check(const struct port_sample *samples, const struct port_lie *rows, size_t n)
{
	uint8_t *image = port_rows_image();
	for (size_t i = 0; i < n; i++)
		port_lie_check(samples, &rows[i], image);
	free(image);
}

/*
 * Cpu data of as many bytes as the header needs at least, and of one less, which an error says.  st_then:
 * what becomes of the former, as its arrays have no room.
 */
static inline void
port_least_check(const struct port_sample *sample, uint32_t need, enum kv_status st_then)
{
	const struct port_kernel kernel = port_sample_kernel(sample);
	uint8_t *image = port_rows_image();
	for (uint32_t size = need - 1; size <= need; size++) {
		struct image img;
		struct dump dump;
		struct kv_err err = { .text = "" };
		char text[64] = "";
		(void)port_sample_make(sample, image);
		port_sample_put(image + 20, size, 4, sample->big);
		be32_put(image + SAMPLE_CPU + size, 0x08008fac);
		CHECK_EQ(sample->machine, "image", image_open_mem(&img, "file", image, SAMPLE_MAX, NULL),
		    KV_OK);
		const enum kv_status st = port_open(&dump, &img, &kernel, &err);
		if (size < need)
			(void)snprintf(text, sizeof(text), "c_size is %#" PRIx32 ", wanted %#" PRIx32
			    " or more", size, need);
		CHECK_EQ(sample->machine, "status", st, size < need ? KV_EFORMAT : st_then);
		CHECK_TEXT(sample->machine, err.text, text);
		CHECK(size < need || strstr(err.text, "c_size is") == NULL, "%s: %s", sample->machine, err.text);
		if (st == KV_OK)
			port_close(&dump);
		image_close(&img);
	}
	free(image);
}

/*
 * The same of a sample whose memory tells more, and is to stay right behind the cpu data: fill must write
 * less than need.
 */
static inline void
port_exact_check(const struct port_sample *sample, uint32_t need)
{
	const struct port_kernel kernel = port_sample_kernel(sample);
	uint8_t *image = port_rows_image();
	for (uint32_t size = need - 1; size <= need; size++) {
		struct port_sample exact = *sample;
		struct image img;
		struct dump dump;
		struct kv_err err = { .text = "" };
		char text[64] = "";
		exact.cpu_size = size;
		CHECK_EQ(sample->machine, "image", image_open_mem(&img, "file", image,
		    port_sample_make(&exact, image), NULL), KV_OK);
		if (size < need)
			(void)snprintf(text, sizeof(text), "c_size is %#" PRIx32 ", wanted %#" PRIx32 " or more", size,
			    need);
		CHECK_EQ(sample->machine, "status", port_open(&dump, &img, &kernel, &err),
		    size < need ? KV_EFORMAT : KV_OK);
		CHECK_TEXT(sample->machine, size < need ? err.text : "", text);
		port_close(&dump);
		image_close(&img);
	}
	free(image);
}

/* The sample with its cpu data cut to size bytes, before the head of its memory; opens its image. */
static inline void
port_sample_cut(const struct port_sample *sample, uint32_t size, uint8_t *image, struct image *img)
{
	(void)port_sample_make(sample, image);
	port_sample_put(image + 20, size, 4, sample->big);
	be32_put(image + SAMPLE_CPU + size, 0x08008fac);
	CHECK_EQ(sample->machine, "image", image_open_mem(img, "file", image,
	    SAMPLE_CPU + size + 16 + SAMPLE_MEM_MAX, NULL), KV_OK);
}

#endif
