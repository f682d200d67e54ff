/* SPDX-License-Identifier: BSD-2-Clause */
/* The dump device: adopting its header, saving it as savecore(8) does, and destroying the dump. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "conform.h"
#include "files.h"
#include "kcore.h"

struct device {
	struct kcore k;
	uint64_t off;		/* where the dump starts */
	uint64_t header;	/* bytes before memory */
	int fd;
};

/* Opens the device and adopts its header; NULL with the running check failed. */
static kvm_t *
adopted(struct subject *s, const struct device *d, const char *path, int flags)
{
	kvm_t *kd = subject_open(s, path, flags);

	if (kd != NULL && !expect_number(s, "kvm_dump_mkheader",
	    s->lib->kvm_dump_mkheader(kd, (off_t)d->off), (int64_t)d->header)) {
		report_note(s->r, "  \"%s\"", s->lib->kvm_geterr(kd));
		subject_close(s, kd);
		return NULL;
	}
	return kd;
}

/* Opened alone it has no header, and says so wherever one is needed. */
static void
no_header(struct subject *s, const struct device *d)
{
	static const char text[] = "no valid dump header";
	kvm_t *kd = subject_open(s, s->f->device, O_RDONLY);
	const struct span *sp = first_map(s->o, 1);
	uint64_t va = sp != NULL ? sp->first : 0;

	(void)d;
	if (kd == NULL)
		return;
	expect_number(s, "kvm_read", lib_read(s->lib, kd, va, s->got, 8), -1);
	expect_error(s, kd, "kvm_read", text);
	if (s->lib->kvm_write != NULL)
		expect_number(s, "kvm_write", lib_write(s->lib, kd, va, s->got, 8), -1);
	if (s->lib->kvm_dump_wrtheader != NULL) {
		FILE *f = fdopen(file_scratch(), "w");

		if (f == NULL)
			fatal("fdopen: %s", strerror(errno));
		expect_number(s, "kvm_dump_wrtheader", s->lib->kvm_dump_wrtheader(kd, f, 0), -1);
		expect_error(s, kd, "kvm_dump_wrtheader", text);
		fclose(f);
	}
	if (s->lib->kvm_dump_inval != NULL)
		expect_number(s, "kvm_dump_inval", s->lib->kvm_dump_inval(kd), -1);
	if (s->lib->kvm_getinfo != NULL) {
		struct kvm_info ki;

		memset(&ki, UNTOUCHED, sizeof(ki));
		expect_number(s, "kvm_getinfo", s->lib->kvm_getinfo(kd, &ki, sizeof(ki)), 0);
		expect_number(s, "has a header", ki.ki_header, 0);
	}
	subject_close(s, kd);
}

/* Wrong places, then the right one on the same handle, then once more. */
static void
mkheader(struct subject *s, const struct device *d)
{
	uint64_t size = file_size(d->fd);
	const uint64_t wrong[] = { d->off + 512, d->off + 4, d->off + d->header,
		d->off >= 512 ? d->off - 512 : d->off + 1024 };
	kvm_t *kd = subject_open(s, s->f->device, O_RDONLY);

	if (kd == NULL)
		return;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		if (wrong[i] > size - 8)
			continue;
		if (!expect_number(s, "kvm_dump_mkheader at a wrong place",
		    s->lib->kvm_dump_mkheader(kd, (off_t)wrong[i]), 0))
			report_note(s->r, "  offset 0x%" PRIx64 ": \"%s\"", wrong[i], s->lib->kvm_geterr(kd));
		expect_error(s, kd, "kvm_dump_mkheader at a wrong place", "invalid magic in cpu_hdr");
		expect_number(s, "a read after it", lib_read(s->lib, kd, 0, s->got, 8), -1);
		expect_error(s, kd, "a read after it", "no valid dump header");
	}
	/* Past the end, or with only half a header there. */
	expect_number(s, "kvm_dump_mkheader at the end", s->lib->kvm_dump_mkheader(kd, (off_t)size), -1);
	expect_error(s, kd, "kvm_dump_mkheader at the end", "for cpu_hdr");
	expect_number(s, "kvm_dump_mkheader near the end",
	    s->lib->kvm_dump_mkheader(kd, (off_t)(size - 3)), -1);
	expect_number(s, "kvm_dump_mkheader at -1", s->lib->kvm_dump_mkheader(kd, -1), -1);
	expect_number(s, "kvm_dump_mkheader", s->lib->kvm_dump_mkheader(kd, (off_t)d->off),
	    (int64_t)d->header);
	if (d->header % 512 != 0)
		report_fail(s->r, "the header's 0x%" PRIx64 " bytes are not whole blocks", d->header);
	expect_number(s, "kvm_dump_mkheader again", s->lib->kvm_dump_mkheader(kd, (off_t)d->off), -1);
	expect_error(s, kd, "kvm_dump_mkheader again", "already has a dump header");
	subject_close(s, kd);
}

/* Through an adopted header memory reads as through the core. */
static void
reads(struct subject *s, const struct device *d)
{
	kvm_t *kd = adopted(s, d, s->f->device, O_RDONLY);
	struct rng rng = begin_rng(s);

	if (kd == NULL)
		return;
	for (size_t i = 0; i < s->o->nspan && i < 2000; i++) {
		const struct span *sp = &s->o->span[i];

		if (sp->kind == SPAN_MAP) {
			uint64_t tail = sp->last - sp->first < 64 ? sp->first : sp->last - 63;

			expect_map(s, kd, sp, sp->first, span_left(sp, sp->first, 4097));
			expect_map(s, kd, sp, tail, span_left(sp, tail, 64));
		} else if (sp->kind != SPAN_SHORT) {
			expect_fail(s, kd, sp->first, 1, 0, 0, sp->kind);
			expect_fail(s, kd, sp->last, 1, 0, 0, sp->kind);
		}
	}
	for (unsigned i = 0; i < 500; i++) {
		const struct span *sp = pick_span(s, &rng, SPAN_MAP);
		uint64_t va;

		if (sp == NULL)
			break;
		va = rng_in(&rng, sp->first, sp->last);
		expect_map(s, kd, sp, va, span_left(sp, va, (size_t)rng_in(&rng, 1, 9000)));
	}
	subject_close(s, kd);
}

/* Header by the library, memory from the device: the core, byte for byte. */
static void
save(struct subject *s, const struct device *d)
{
	kvm_t *kd = adopted(s, d, s->f->device, O_RDONLY);
	int out = file_scratch();
	FILE *f = fdopen(out, "w+");
	uint64_t first = 0, last = 0, differ;

	if (f == NULL)
		fatal("fdopen: %s", strerror(errno));
	if (kd == NULL || lacks(s, s->lib->kvm_dump_wrtheader == NULL, "kvm_dump_wrtheader")) {
		fclose(f);
		if (kd != NULL)
			subject_close(s, kd);
		return;
	}
	if (d->k.datasize == d->k.memory_len && d->k.memory_len <= INT32_MAX)
		expect_number(s, "kvm_dump_wrtheader", s->lib->kvm_dump_wrtheader(kd, f,
		    (int)d->k.memory_len), (int64_t)d->k.memory);
	else if (s->lib->kvm_dump_wrtheader64 != NULL)
		expect_number(s, "kvm_dump_wrtheader64", s->lib->kvm_dump_wrtheader64(kd, f,
		    d->k.memory_len), (int64_t)d->k.memory);
	else
		expect_number(s, "kvm_dump_wrtheader", s->lib->kvm_dump_wrtheader(kd, f,
		    (int)d->k.datasize), (int64_t)d->k.memory);
	fflush(f);
	if (file_size(out) != d->k.memory)
		report_fail(s->r, "the header has 0x%" PRIx64 " bytes, wanted 0x%" PRIx64, file_size(out),
		    d->k.memory);
	differ = file_differ(out, 0, s->f->m.fd, 0, d->k.memory, &first, &last);
	if (differ != 0)
		report_fail(s->r, "%" PRIu64 " bytes of the header differ, from 0x%" PRIx64 " to 0x%" PRIx64,
		    differ, first, last);
	differ = file_differ(d->fd, d->off + d->header, s->f->m.fd, d->k.memory, d->k.memory_len, &first,
	    &last);
	if (differ != 0)
		report_fail(s->r, "%" PRIu64 " bytes of memory differ, from 0x%" PRIx64 " to 0x%" PRIx64
		    " of the core", differ, d->k.memory + first, d->k.memory + last);
	fclose(f);
	subject_close(s, kd);
}

struct sink {
	uint8_t *p;
	size_t n, cap;
};

static bool
sink_write(void *cookie, const void *buf, size_t len)
{
	struct sink *k = cookie;

	while (k->cap - k->n < len)
		k->p = grow(k->p, k->cap, &k->cap, 1);
	if (len > 0)
		memcpy(k->p + k->n, buf, len);
	k->n += len;
	return true;
}

/* And back: the device's header from the one that a handle on the core emits. */
static void
restore(struct subject *s, const struct device *d)
{
	kvm_t *kd = subject_handle(s);
	struct sink sink = { .n = 0 };
	uint8_t *want, *got;

	if (kd == NULL || lacks(s, s->lib->kvm_dump_header == NULL, "kvm_dump_header"))
		return;
	s->lib->kvm_dump_header(kd, sink_write, &sink, (int)d->k.datasize);
	if (sink.n != d->k.memory) {
		report_fail(s->r, "kvm_dump_header emitted %zu bytes, wanted %" PRIu64, sink.n, d->k.memory);
		free(sink.p);
		return;
	}
	want = xmalloc((size_t)d->header);
	got = kcore_device_header(s->f, &d->k, sink.p);
	if (pread(d->fd, want, (size_t)d->header, (off_t)d->off) != (ssize_t)d->header)
		fatal("%s: the header does not read", s->f->device);
	for (size_t i = 0; i < d->header; i++)
		if (got[i] != want[i]) {
			report_fail(s->r, "byte 0x%zx of the device's header\n  wanted: %02x\n  got:    %02x", i,
			    want[i], got[i]);
			break;
		}
	free(got);
	free(want);
	free(sink.p);
}

/* ---- kvm_dump_inval ---- */

/* NetBSD's dumpmag (atlas: variables that describe a dump), in the target's order. */
static void
dumpmag_bytes(const struct oracle *o, uint8_t p[4])
{
	static const uint8_t big[4] = { 0x8f, 0xca, 0x01, 0x01 };

	for (unsigned i = 0; i < 4; i++)
		p[i] = big[o->big ? i : 3 - i];
}

/* What changed in the copy: dumpmag became zero, and nothing outside of its block changed. */
static void
inval_changed(struct subject *s, int copy, int original)
{
	uint64_t first = 0, last = 0, n = file_differ(copy, 0, original, 0, file_size(original), &first,
	    &last);
	uint8_t magic[4], *old, *new;
	size_t from, len;
	bool found = false;

	dumpmag_bytes(s->o, magic);
	if (n == 0) {
		report_fail(s->r, "kvm_dump_inval changed nothing");
		return;
	}
	if (last - first >= 512 || file_size(copy) != file_size(original)) {
		report_fail(s->r, "kvm_dump_inval changed 0x%" PRIx64 " to 0x%" PRIx64
		    ", more than a block", first, last);
		return;
	}
	from = first < 3 ? 0 : 3;
	len = (size_t)(last - first) + 1 + from;
	old = xmalloc(len);
	new = xmalloc(len);
	if (pread(original, old, len, (off_t)(first - from)) != (ssize_t)len ||
	    pread(copy, new, len, (off_t)(first - from)) != (ssize_t)len)
		fatal("%s: the changed block does not read", s->f->dir);
	for (size_t i = 0; i + 4 <= len; i++)
		found |= memcmp(old + i, magic, 4) == 0 && memcmp(new + i, "\0\0\0", 4) == 0;
	for (size_t i = 0; i < len; i++)
		if (new[i] != 0 && new[i] != old[i]) {
			report_fail(s->r, "kvm_dump_inval wrote %02x at 0x%" PRIx64, new[i], first - from + i);
			break;
		}
	if (!found)
		report_fail(s->r, "kvm_dump_inval changed 0x%" PRIx64 " to 0x%" PRIx64
		    ", but dumpmag was not there", first, last);
	free(old);
	free(new);
}

static const struct sym *
dumpmag(const struct oracle *o)
{
	for (size_t i = 0; i < o->nsym; i++)
		if (strcmp(o->sym[i].name, "dumpmag") == 0 && o->sym[i].bind == SYM_GLOBAL) {
			const struct span *sp = oracle_span(o, o->sym[i].va);

			return sp != NULL && sp->kind == SPAN_MAP ? &o->sym[i] : NULL;
		}
	return NULL;
}

static void
inval(struct subject *s, const struct device *d, const char *from, int original, uint64_t va)
{
	char *path = file_copy(from);
	kvm_t *kd;
	int copy;

	if (lacks(s, s->lib->kvm_dump_inval == NULL, "kvm_dump_inval") || path == NULL) {
		if (path == NULL)
			report_skip(s->r, "%s is too large to copy", from);
		file_drop(path);
		return;
	}
	copy = open(path, O_RDONLY | O_CLOEXEC);
	if (copy < 0)
		fatal("%s: %s", path, strerror(errno));
	/* Opened read-only it refuses, and changes nothing. */
	kd = d != NULL ? adopted(s, d, path, O_RDONLY) : subject_open(s, path, O_RDONLY);
	if (kd != NULL) {
		uint64_t first, last;

		expect_number(s, "kvm_dump_inval, opened read-only", s->lib->kvm_dump_inval(kd), -1);
		if (s->lib->kvm_geterr(kd)[0] == '\0')
			report_fail(s->r, "kvm_dump_inval failed without a message");
		if (file_differ(copy, 0, original, 0, file_size(original), &first, &last) != 0)
			report_fail(s->r, "kvm_dump_inval failed, and changed the file");
		subject_close(s, kd);
	}
	kd = d != NULL ? adopted(s, d, path, O_RDWR) : subject_open(s, path, O_RDWR);
	if (kd != NULL) {
		int n = s->lib->kvm_dump_inval(kd);

		if (n != 0)
			report_fail(s->r, "kvm_dump_inval returned %d: \"%s\"", n, s->lib->kvm_geterr(kd));
		inval_changed(s, copy, original);
		subject_close(s, kd);
	}
	/* What is left still opens, and dumpmag reads as zero. */
	kd = d != NULL ? adopted(s, d, path, O_RDONLY) : subject_open(s, path, O_RDONLY);
	if (kd != NULL) {
		memset(s->got, UNTOUCHED, 4);
		expect_number(s, "a read of dumpmag", lib_read(s->lib, kd, va, s->got, 4), 4);
		if (memcmp(s->got, "\0\0\0", 4) != 0)
			report_fail(s->r, "dumpmag is not zero");
		subject_close(s, kd);
	}
	close(copy);
	file_drop(path);
}

void
check_device(struct subject *s)
{
	static const struct {
		const char *name;
		void (*run)(struct subject *, const struct device *);
	} checks[] = {
		{ "device/no-header", no_header },
		{ "device/mkheader", mkheader },
		{ "device/reads", reads },
		{ "device/save", save },
		{ "device/restore", restore },
	};
	const struct sym *mag = dumpmag(s->o);
	struct device d = { .fd = -1 };

	if (!kcore_read(s->f, &d.k))
		return;
	/* A compressed core cannot be written to. */
	if (mag != NULL && !s->f->packed && begin(s, "inval/core")) {
		inval(s, NULL, s->f->core, s->f->m.fd, mag->va);
		report_end(s->r);
	}
	if (s->f->device == NULL)
		return;
	d.fd = open(s->f->device, O_RDONLY | O_CLOEXEC);
	if (d.fd < 0)
		fatal("%s: %s", s->f->device, strerror(errno));
	d.off = kcore_device_offset(s->f, &d.k, file_size(d.fd));
	d.header = (uint64_t)d.k.seghdrsize + d.k.cpusize;
	for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++)
		if (begin(s, "%s", checks[i].name)) {
			if (!lacks(s, s->lib->kvm_dump_mkheader == NULL, "kvm_dump_mkheader"))
				checks[i].run(s, &d);
			report_end(s->r);
		}
	if (mag != NULL && begin(s, "device/inval")) {
		if (!lacks(s, s->lib->kvm_dump_mkheader == NULL, "kvm_dump_mkheader"))
			inval(s, &d, s->f->device, d.fd, mag->va);
		report_end(s->r);
	}
	close(d.fd);
}
