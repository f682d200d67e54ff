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

static inline void
put_words(uint8_t *p, const uint32_t *v, size_t n, bool big)
{
	for (size_t i = 0; i < n; i++)
		put32(p + 4 * i, v[i], big);
}

/* phys_ram_seg_t */
static inline void
put_segment(uint8_t *p, uint64_t start, uint64_t size, bool big)
{
	put64(p, start, big);
	put64(p + 8, size, big);
}

/* So many bytes of zeros: tables that nobody fills have no entries. */
static inline uint8_t *
port_rows_room(size_t room)
{
	uint8_t *image = calloc(1, room);
	if (image == NULL)
		abort();
	return image;
}

static inline uint8_t *
port_rows_image(void)
{
	return port_rows_room(SAMPLE_MAX);
}

/* A sample that a test may change before it opens it. */
struct port_trial {
	struct port_kernel kernel;	/* the sample's */
	uint8_t *image, *cpu, *mem;	/* the file; in it, cpu data and memory */
	size_t size;			/* of the file */
	bool device;			/* it lies on a device, at SAMPLE_DEVICE */
	/* Once it is opened: */
	struct image img;
	struct dump dump;
	struct kv_err err;
};

/* In so many bytes, to which the file may grow. */
static inline void
port_trial_make_in(struct port_trial *t, const struct port_sample *sample, size_t room)
{
	uint8_t *image = port_rows_room(room);
	*t = (struct port_trial) { .kernel = port_sample_kernel(sample), .image = image,
		.cpu = image + SAMPLE_CPU, .mem = image + port_sample_mem(sample),
		.size = port_sample_make(sample, image), .img = { .fd = -1 } };
}

static inline void
port_trial_make(struct port_trial *t, const struct port_sample *sample)
{
	port_trial_make_in(t, sample, sample->fill != NULL ? SAMPLE_KCORE_MAX : SAMPLE_MAX);
}

/* As its kernel leaves it on a device. */
static inline void
port_trial_make_device(struct port_trial *t, const struct port_sample *sample)
{
	port_trial_make(t, sample);
	t->device = true;
	t->size = port_sample_make_device(sample, t->image);
	t->mem = t->image + t->size - SAMPLE_MEM_MAX;
	t->cpu = t->mem - sample->cpu_size;
}

/* The status of opening it, of which nothing is wanted. */
static inline enum kv_status
port_trial_try(struct port_trial *t, const char *row)
{
	t->err.text[0] = '\0';
	CHECK_EQ(row, "image", image_open_mem(&t->img, t->device ? "device" : "file", t->image, t->size,
	    NULL), KV_OK);
	return t->device ? port_adopt(&t->dump, &t->img, SAMPLE_DEVICE, &t->kernel, &t->err) :
	    port_open(&t->dump, &t->img, &t->kernel, &t->err);
}

/* Wants that status of opening it, and that text if it fails.  True if it is open, as wanted. */
static inline bool
port_trial_open(struct port_trial *t, const char *row, enum kv_status st, const char *text)
{
	const enum kv_status got = port_trial_try(t, row);
	const bool ok = CHECK(got == st, "%s: status %d, wanted %d (%s)", row, (int)got, (int)st,
	    t->err.text);
	if (got == KV_OK)
		return CHECK(t->dump.port != NULL, "%s: of no port", row) && ok;
	CHECK_TEXT(row, t->err.text, text);
	return false;
}

/* It may be changed and opened again. */
static inline void
port_trial_close(struct port_trial *t)
{
	port_close(&t->dump);
	image_close(&t->img);
}

static inline void
port_trial_end(struct port_trial *t)
{
	port_trial_close(t);
	free(t->image);
}

struct port_place {
	const char *name;
	int sample;
	vaddr_t va;
	paddr_t pa;		/* or NOWHERE */
};

/* One address, in the dump as a file and, of those that have one, as the kernel leaves it on a device. */
static inline void
port_place_check(const struct port_sample *samples, const struct port_place *r)
{
	const struct port_sample *sample = &samples[r->sample];
	for (int device = 0; device < (sample->fill != NULL ? 2 : 1); device++) {
		char row[100];
		struct port_trial t;
		(void)snprintf(row, sizeof(row), "%s%s", r->name, device ? ", device" : "");
		if (device)
			port_trial_make_device(&t, sample);
		else
			port_trial_make(&t, sample);
		if (port_trial_open(&t, row, KV_OK, "")) {
			CHECK(strcmp(t.dump.port->machine, sample->machine) == 0 &&
			    strcmp(t.dump.port->os, sample->os) == 0, "%s: opened as %s/%s", row,
			    t.dump.port->os, t.dump.port->machine);
			CHECK_EQ(row, "address", port_sample_xlate(&t.dump, r->va), r->pa);
		}
		port_trial_end(&t);
	}
}

struct port_lie {
	const char *name;
	int sample;
	unsigned off, size;	/* of the field in the cpu data */
	uint64_t value;
	enum kv_status st;
	const char *text;
};

static inline void
port_lie_check(const struct port_sample *samples, const struct port_lie *r)
{
	char row[100];
	struct port_trial t;
	(void)snprintf(row, sizeof(row), "%s: %s", samples[r->sample].machine, r->name);
	port_trial_make(&t, &samples[r->sample]);
	port_sample_put(t.cpu + r->off, r->value, r->size, t.kernel.big);
	if (port_trial_open(&t, row, r->st, r->text))
		for (unsigned i = 0; i < t.dump.nas; i++)
			CHECK(t.dump.as[i].lo <= t.dump.as[i].last, "%s: range %u is none", row, i);
	else
		CHECK_TEXT(row, t.err.text, "file: ");
	port_trial_end(&t);
}

/* What a decoder makes of a sample, but for the addresses: the last range's regime, and its numbers. */
struct port_shape {
	int sample;
	const char *regime;
	unsigned bits, vabits, pagesize, align;
	paddr_t root;
};

static inline void
port_shape_check(const struct port_sample *samples, const struct port_shape *r)
{
	char row[80];
	struct port_trial t;
	(void)snprintf(row, sizeof(row), "shape of %s, %s", samples[r->sample].machine, r->regime);
	port_trial_make(&t, &samples[r->sample]);
	if (port_trial_open(&t, row, KV_OK, "")) {
		const char *regime = t.dump.as[t.dump.nas - 1].mmu.regime;
		CHECK(strcmp(regime, r->regime) == 0, "%s: regime %s", row, regime);
		CHECK_EQ(row, "bits", t.dump.bits, r->bits);
		CHECK_EQ(row, "vabits", t.dump.vabits, r->vabits);
		CHECK_EQ(row, "pagesize", t.dump.pagesize, r->pagesize);
		CHECK_EQ(row, "align", t.dump.align, r->align);
		CHECK_EQ(row, "root", t.dump.root, r->root);
	}
	port_trial_end(&t);
}

/* Range n of a sample's nas, which begin and end there. */
struct port_range {
	int sample;
	unsigned n, nas;
	vaddr_t lo, last;
};

static inline void
port_range_check(const struct port_sample *samples, const struct port_range *r)
{
	char row[80];
	struct port_trial t;
	(void)snprintf(row, sizeof(row), "range %u of %s", r->n, samples[r->sample].machine);
	port_trial_make(&t, &samples[r->sample]);
	if (port_trial_open(&t, row, KV_OK, "") && CHECK_EQ(row, "ranges", t.dump.nas, r->nas)) {
		const struct as_range *as = &t.dump.as[r->n];
		CHECK_EQ(row, "first address", as->lo, r->lo);
		CHECK_EQ(row, "last address", as->last, r->last);
		/* What needs no table goes no farther by itself. */
		const struct mmu_src src = { .read = memory_read, .arg = &t.dump.mem };
		struct kv_run run;
		if (strcmp(as->mmu.regime, "linear") == 0 &&
		    CHECK(mmu_walk(&as->mmu, &src, r->lo, &run, NULL, NULL, NULL) == KV_OK, "%s: no walk", row)) {
			CHECK_EQ(row, "first address by itself", run.first, r->lo);
			CHECK_EQ(row, "last address by itself", run.last, r->last);
		}
	}
	port_trial_end(&t);
}

/* What the first range that holds an address says about access to it. */
static inline void
port_prot_check(const struct port_sample *sample, vaddr_t va, bool known, unsigned prot)
{
	char row[80];
	struct port_trial t;
	(void)snprintf(row, sizeof(row), "access to 0x%" PRIx64 " of %s", va, sample->machine);
	port_trial_make(&t, sample);
	if (port_trial_open(&t, row, KV_OK, "")) {
		const struct mmu_src src = { .read = memory_read, .arg = &t.dump.mem };
		unsigned i = 0;
		while (i < t.dump.nas && (va < t.dump.as[i].lo || va > t.dump.as[i].last))
			i++;
		struct kv_run run;
		if (CHECK(i < t.dump.nas &&
		    mmu_walk(&t.dump.as[i].mmu, &src, va, &run, NULL, NULL, NULL) == KV_OK, "%s: not mapped", row)) {
			CHECK_EQ(row, "known", run.prot_known, known);
			if (known)
				CHECK_EQ(row, "prot", run.prot, prot);
		}
	}
	port_trial_end(&t);
}

/*
 * Cpu data of as many bytes as the header needs at least, and of one less, which an error says.  then:
 * what becomes of the former, as its arrays may have no room.
 */
static inline void
port_least_check(const struct port_sample *sample, uint32_t need, enum kv_status then)
{
	for (uint32_t size = need - 1; size <= need; size++) {
		char text[64] = "";
		struct port_trial t;
		port_trial_make(&t, sample);
		t.size = port_sample_cut(sample, size, t.image);
		if (size < need)
			(void)snprintf(text, sizeof(text), "c_size is %#" PRIx32 ", wanted %#" PRIx32 " or more", size,
			    need);
		(void)port_trial_open(&t, sample->machine, size < need ? KV_EFORMAT : then, text);
		CHECK(size < need || strstr(t.err.text, "c_size is") == NULL, "%s: %s", sample->machine, t.err.text);
		port_trial_end(&t);
	}
}

#endif
