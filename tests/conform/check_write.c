/* SPDX-License-Identifier: BSD-2-Clause */
/* kvm_write, always on a private copy of the core. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "conform.h"
#include "files.h"
#include "flavor.h"
#include "try.h"

/* A private copy, open twice: by the library, and by us to look at the file. */
struct copy {
	char *path;
	int fd;
	kvm_t *kd;
};

static bool
copy_open(struct subject *s, struct copy *c, int flags)
{
	*c = (struct copy){ .fd = -1 };
	if (lacks(s, s->lib->kvm_write == NULL, "kvm_write") ||
	    unpromised(s, FLAVOR_WRITES, "does not write to dumps"))
		return false;
	c->path = file_copy(s->f->core);
	if (c->path == NULL) {
		report_skip(s->r, "the core is too large to copy");
		return false;
	}
	c->fd = open(c->path, O_RDWR | O_CLOEXEC);
	if (c->fd < 0)
		fatal("%s: %s", c->path, strerror(errno));
	c->kd = subject_open(s, c->path, flags);
	return c->kd != NULL;
}

static void
copy_close(struct subject *s, struct copy *c)
{
	if (c->kd != NULL)
		subject_close(s, c->kd);
	if (c->fd >= 0)
		close(c->fd);
	file_drop(c->path);
}

/* How many bytes of the copy differ from the fixture's core. */
static uint64_t
copy_changed(struct subject *s, const struct copy *c, uint64_t *first, uint64_t *last)
{
	uint64_t size = file_size(c->fd);

	if (size != s->f->m.size)
		report_fail(s->r, "the core's size went from 0x%" PRIx64 " to 0x%" PRIx64, s->f->m.size, size);
	return file_differ(c->fd, 0, s->f->m.fd, 0, s->f->m.size, first, last);
}

static void
unchanged(struct subject *s, const struct copy *c, const char *what)
{
	uint64_t first = 0, last = 0, n = copy_changed(s, c, &first, &last);

	if (n != 0)
		report_fail(s->r, "%s: %" PRIu64 " bytes changed, from 0x%" PRIx64 " to 0x%" PRIx64, what, n,
		    first, last);
}

/* Every byte at va other than it is. */
static void
invert(struct subject *s, kvm_t *kd, uint64_t va, uint8_t *p, size_t len)
{
	if (lib_read(s->lib, kd, va, p, len) != (kssize_t)len)
		report_fail(s->r, "0x%" PRIx64 ": %zu bytes to be changed do not read: \"%s\"", va, len,
		    s->lib->kvm_geterr(kd));
	for (size_t i = 0; i < len; i++)
		p[i] = (uint8_t)~p[i];
}

/* A map that crosses a page boundary, if there is one. */
static const struct span *
wide_map(const struct oracle *o)
{
	const struct span *sp = first_map(o, o->pagesize + 32);

	return sp != NULL ? sp : first_map(o, 1);
}

/* Changes the file, exactly so many bytes, and is read back by this handle and by a new one. */
static void
changes(struct subject *s, int flags)
{
	struct copy c;
	const struct span *sp = wide_map(s->o);
	uint64_t va = sp->first, first = 0, last = 0, n;
	uint8_t put[61], got[61];
	size_t len = span_left(sp, va, sizeof(put));
	kvm_t *again;

	if (sp->last - sp->first > s->o->pagesize + 30) {	/* across the first boundary inside */
		va = (sp->first / s->o->pagesize + 1) * s->o->pagesize - 30;
		len = span_left(sp, va, sizeof(put));
	}
	if (!copy_open(s, &c, flags)) {
		copy_close(s, &c);
		return;
	}
	invert(s, c.kd, va, put, len);
	expect_number(s, "kvm_write", lib_write(s->lib, c.kd, va, put, len), (int64_t)len);
	memset(got, 0, sizeof(got));
	if (lib_read(s->lib, c.kd, va, got, len) != (kssize_t)len || memcmp(got, put, len) != 0)
		report_fail(s->r, "0x%" PRIx64 ": this handle does not read what it wrote", va);
	again = subject_open(s, c.path, O_RDONLY);
	if (again != NULL) {
		memset(got, 0, sizeof(got));
		if (lib_read(s->lib, again, va, got, len) != (kssize_t)len || memcmp(got, put, len) != 0)
			report_fail(s->r, "0x%" PRIx64 ": a new handle does not read what was written", va);
		subject_close(s, again);
	}
	n = copy_changed(s, &c, &first, &last);
	if (n != len)
		report_fail(s->r, "%zu bytes were written, %" PRIu64 " changed, from 0x%" PRIx64 " to 0x%"
		    PRIx64, len, n, first, last);
	/* And back. */
	for (size_t i = 0; i < len; i++)
		put[i] = (uint8_t)~put[i];
	expect_number(s, "kvm_write", lib_write(s->lib, c.kd, va, put, len), (int64_t)len);
	unchanged(s, &c, "written and written back");
	copy_close(s, &c);
}

static void
rdwr(struct subject *s)
{
	changes(s, O_RDWR);
}

/* The man pages list O_WRONLY. */
static void
wronly(struct subject *s)
{
	changes(s, O_WRONLY);
}

static void
rdonly(struct subject *s)
{
	struct copy c;
	const struct span *sp = first_map(s->o, 1);
	uint8_t put[8] = { 1, 2, 3, 4, 5, 6, 7, 8 };

	if (copy_open(s, &c, O_RDONLY)) {
		size_t len = span_left(sp, sp->first, sizeof(put));

		invert(s, c.kd, sp->first, put, len);
		expect_number(s, "kvm_write on a handle opened read-only",
		    lib_write(s->lib, c.kd, sp->first, put, len), -1);
		expect_error(s, c.kd, "kvm_write on a handle opened read-only", "kvm_write");
		expect_map(s, c.kd, sp, sp->first, len);
		unchanged(s, &c, "opened read-only");
	}
	copy_close(s, &c);
}

/* Into a gap, or from a map into one: nothing is written. */
static void
gaps(struct subject *s)
{
	struct copy c;
	uint8_t put[40];
	unsigned done[SPAN_KINDS] = { 0 };

	if (!copy_open(s, &c, O_RDWR)) {
		copy_close(s, &c);
		return;
	}
	expect_number(s, "kvm_write of 0 bytes", lib_write(s->lib, c.kd, s->o->span[0].first, put, 0), 0);
	for (size_t i = 0; i < s->o->nspan; i++) {
		const struct span *sp = &s->o->span[i], *before = i > 0 ? sp - 1 : NULL;
		uint64_t va = sp->first;
		size_t good = 0, len;

		if (sp->kind == SPAN_MAP || done[sp->kind]++ > 20)
			continue;
		memset(put, 0x5a, sizeof(put));
		len = span_left(sp, sp->first, 8);
		expect_number(s, "kvm_write into a gap", lib_write(s->lib, c.kd, va, put, len), -1);
		if (s->lib->kvm_geterr(c.kd)[0] == '\0')
			report_fail(s->r, "0x%" PRIx64 ": kvm_write failed without a message", va);
		if (before == NULL || before->kind != SPAN_MAP || before->last + 1 != sp->first)
			continue;
		good = before->last - before->first < 16 ? (size_t)(before->last - before->first) + 1 : 16;
		invert(s, c.kd, va - good, put, good);
		if (lib_write(s->lib, c.kd, va - good, put, good + len) != -1)
			report_fail(s->r, "0x%" PRIx64 ": a write from a map into %s memory did not fail",
			    va - good, span_kind_name(sp->kind));
	}
	unchanged(s, &c, "only failing writes");
	copy_close(s, &c);
}

/* ---- A changed page table is obeyed, although its old content was cached ---- */

static void
first_entry(const struct kvm_step *k, void *arg)
{
	uint64_t *entry = arg;

	if (*entry == UINT64_MAX && k->ks_space == KVM_SPACE_MEMORY)
		*entry = k->ks_entry;
}

/* An address through which physical pa may be written, whose own walk begins elsewhere. */
static bool
window(struct subject *s, kvm_t *kd, uint64_t pa, uint64_t *va)
{
	for (size_t i = 0; i < s->o->nspan; i++) {
		const struct span *sp = &s->o->span[i];
		uint64_t entry = UINT64_MAX;
		struct kvm_range kr;

		if (sp->kind != SPAN_MAP || pa < sp->pa || pa - sp->pa > sp->last - sp->first ||
		    sp->last - sp->first - (pa - sp->pa) < 7)
			continue;
		*va = sp->first + (pa - sp->pa);
		if (s->lib->kvm_xlate(kd, *va, &kr, first_entry, &entry) == 0 && entry != pa)
			return true;
	}
	return false;
}

static void
page_table(struct subject *s)
{
	struct copy c;
	bool tried = false;

	if (lacks(s, s->lib->kvm_xlate == NULL, "kvm_xlate"))
		return;
	if (!copy_open(s, &c, O_RDWR)) {
		copy_close(s, &c);
		return;
	}
	for (size_t i = 0; i < s->o->nspan && !tried; i++) {
		const struct span *sp = &s->o->span[i];
		uint64_t entry = UINT64_MAX, va;
		uint8_t old[8], none[8] = { 0 };
		size_t size = s->o->bits / 8, len;
		struct kvm_range kr;

		if (sp->kind != SPAN_MAP)
			continue;
		if (s->lib->kvm_xlate(c.kd, sp->first, &kr, first_entry, &entry) != 0 ||
		    entry == UINT64_MAX || !window(s, c.kd, entry, &va))
			continue;
		tried = true;
		len = span_left(sp, sp->first, 8);
		expect_map(s, c.kd, sp, sp->first, len);
		if (lib_read(s->lib, c.kd, va, old, size) != (kssize_t)size)
			report_fail(s->r, "0x%" PRIx64 ": %s", va, s->lib->kvm_geterr(c.kd));
		expect_number(s, "kvm_write of an entry", lib_write(s->lib, c.kd, va, none, size),
		    (int64_t)size);
		expect_fail(s, c.kd, sp->first, len, 0, 0, SPAN_HOLE);
		expect_number(s, "kvm_write of the old entry", lib_write(s->lib, c.kd, va, old, size),
		    (int64_t)size);
		expect_map(s, c.kd, sp, sp->first, len);
	}
	if (!tried)
		report_skip(s->r, "no table is mapped");
	copy_close(s, &c);
}

/* The fixture maps its top table somewhere, by a direct map or a recursive slot. */
static bool
has_mapped_root(const struct oracle *o)
{
	uint64_t root;

	if (!oracle_reg(o, "cr3", &root))
		return false;
	root &= UINT64_C(0x000ffffffffff000);
	for (size_t i = 0; i < o->nspan; i++)
		if (o->span[i].kind == SPAN_MAP && root >= o->span[i].pa &&
		    root - o->span[i].pa <= o->span[i].last - o->span[i].first)
			return true;
	return false;
}

/* A compressed core is opened for reading only, and says so. */
static void
compressed(struct subject *s)
{
	static const int flags[] = { O_RDWR, O_WRONLY };

	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		char err[LIB_ERRLEN] = "";
		kvm_t *kd = fixture_try(s->lib, s->f, s->f->kernel, s->f->core, flags[i], 0, err);

		if (kd != NULL) {
			report_fail(s->r, "a compressed core was opened for writing");
			subject_close(s, kd);
		} else
			expect_text(s, "opened for writing", err, "compressed");
	}
}

void
check_write(struct subject *s)
{
	static const struct {
		const char *name;
		void (*run)(struct subject *);
	} checks[] = {
		{ "write/rdwr", rdwr },
		{ "write/wronly", wronly },
		{ "write/rdonly", rdonly },
		{ "write/gaps", gaps },
	};

	if (first_map(s->o, 1) == NULL)
		return;
	if (s->f->packed) {
		if (begin(s, "write/compressed")) {
			compressed(s);
			report_end(s->r);
		}
		return;
	}
	for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++)
		if (begin(s, "%s", checks[i].name)) {
			checks[i].run(s);
			report_end(s->r);
		}
	if (has_mapped_root(s->o) && begin(s, "write/page-table")) {
		page_table(s);
		report_end(s->r);
	}
}
