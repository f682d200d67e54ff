/* SPDX-License-Identifier: BSD-2-Clause */
/* How a read is compared with the oracle, and how a mismatch is shown. */
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conform.h"
#include "family.h"
#include "flavor.h"
#include "range.h"
#include "try.h"

void
subject_init(struct subject *s, struct conform *c, const struct fixture *f)
{
	*s = (struct subject){ .c = c, .lib = c->lib, .f = f, .o = &f->o, .r = c->report };
	s->got = xmalloc(CHUNK + GUARD);
	s->want = xmalloc(CHUNK + GUARD);
	s->known = xmalloc((CHUNK + GUARD) * sizeof(*s->known));
}

void
subject_fini(struct subject *s)
{
	if (s->kd != NULL)
		s->lib->kvm_close(s->kd);
	free(s->got);
	free(s->want);
	free(s->known);
}

kvm_t *
subject_open(struct subject *s, const char *file, int flags)
{
	char err[LIB_ERRLEN] = "";
	kvm_t *kd = fixture_try(s->lib, s->f, s->f->kernel, file, flags, 0, err);

	if (kd == NULL)
		report_fail(s->r, "%s does not open: \"%.*s\"", file, LIB_ERRLEN - 1, err);
	return kd;
}

void
subject_close(struct subject *s, kvm_t *kd)
{
	int n = s->lib->kvm_close(kd);

	if (n != 0)
		report_fail(s->r, "kvm_close returned %d, wanted 0", n);
}

kvm_t *
subject_handle(struct subject *s)
{
	if (s->kd == NULL)
		s->kd = subject_open(s, s->f->core, O_RDONLY);
	return s->kd;
}

bool
begin(struct subject *s, const char *fmt, ...)
{
	char name[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(name, sizeof(name), fmt, ap);
	va_end(ap);
	if (!report_begin(s->r, "%s/%s", s->f->name, name))
		return false;
	if (s->closed) {
		report_skip(s->r, "it did not open");
		report_end(s->r);
	}
	return !s->closed;
}

struct rng
begin_rng(const struct subject *s)
{
	return rng_make(s->c->seed, report_name(s->r));
}

bool
lacks(struct subject *s, bool missing, const char *function)
{
	if (missing && s->lib->flavor != NULL)
		report_skip(s->r, "%s has no %s", s->lib->flavor->library, function);
	else if (missing)
		report_skip(s->r, "the library has no %s", function);
	return missing;
}

bool
elsewhere(struct subject *s, const char *why)
{
	if (s->lib->remote)
		report_skip(s->r, "the library is in another process: %s", why);
	return s->lib->remote;
}

bool
unpromised(struct subject *s, unsigned what, const char *words)
{
	if (flavor_promises(s->lib->flavor, what))
		return false;
	report_skip(s->r, "%s %s", s->lib->flavor->library, words);
	return true;
}

/* ---- Showing a mismatch ---- */

static void
hex(char *out, const uint8_t *p, const bool *known, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (known == NULL || known[i])
			snprintf(out + 3 * i, 4, "%02x ", p[i]);
		else
			snprintf(out + 3 * i, 4, "-- ");
	}
	out[n > 0 ? 3 * n - 1 : 0] = '\0';
}

static void
show_step(const struct kvm_step *k, void *arg)
{
	struct subject *s = arg;

	report_note(s->r, "    %-5s table 0x%" PRIx64 " index 0x%" PRIx64 " entry 0x%" PRIx64 " %s%s%s",
	    k->ks_name != NULL ? k->ks_name : "?", k->ks_table, k->ks_index, k->ks_raw,
	    k->ks_verdict != NULL ? k->ks_verdict : "?", k->ks_why != NULL ? ": " : "",
	    k->ks_why != NULL ? k->ks_why : "");
}

/* The model's own walk, by the command that was given. */
static void
show_model(struct subject *s, uint64_t va)
{
	char *command, line[512];
	FILE *p;

	if (s->c->walk == NULL || s->c->walks == 0)
		return;
	if (strchr(s->f->dir, '\'') != NULL)
		return;
	s->c->walks--;
	command = xasprintf("%s '%s' 0x%" PRIx64 " 2>&1", s->c->walk, s->f->dir, va);
	report_note(s->r, "  the model's walk:");
	fflush(stdout);
	p = popen(command, "r");
	for (unsigned n = 0; p != NULL && n < 20 && fgets(line, sizeof(line), p) != NULL; n++) {
		line[strcspn(line, "\n")] = '\0';
		report_note(s->r, "    %s", line);
	}
	if (p == NULL || pclose(p) != 0)
		report_note(s->r, "    (%s failed)", s->c->walk);
	free(command);
}

void
show_walks(struct subject *s, kvm_t *kd, uint64_t va)
{
	struct kvm_range range;
	const struct span *sp = oracle_span(s->o, va);

	if (!report_shown(s->r))
		return;
	if (sp != NULL)
		report_note(s->r, "  the oracle: %s 0x%" PRIx64 " to 0x%" PRIx64 ", line %u",
		    span_kind_name(sp->kind), sp->first, sp->last, sp->line);
	if (s->lib->kvm_xlate != NULL) {
		report_note(s->r, "  the library's walk:");
		if (s->lib->kvm_xlate(kd, va, &range, show_step, s) == 0)
			report_note(s->r, "    %s, 0x%" PRIx64 " to 0x%" PRIx64 ", physical 0x%"
			    PRIx64, range_kind_name(range.kr_kind), range.kr_first, range.kr_last, range.kr_paddr);
		else
			report_note(s->r, "    none: %s", s->lib->kvm_geterr(kd));
	}
	show_model(s, va);
}

/* ---- Comparisons ---- */

static bool
compare(struct subject *s, kvm_t *kd, uint64_t va, uint64_t pa, size_t len)
{
	char want[3 * 16 + 1], got[3 * 16 + 1];
	bool all;
	size_t i, n;

	if (len == 0)
		return true;
	all = memory_want(&s->f->m, pa, len, s->want, s->known);
	if (all && memcmp(s->got, s->want, len) == 0)
		return true;
	for (i = 0; i < len; i++)
		if (s->known[i] && s->got[i] != s->want[i])
			break;
	if (i == len)
		return true;
	if (!report_room(s->r)) {
		report_fail(s->r, "bytes differ");
		return false;
	}
	n = len - i < 16 ? len - i : 16;
	hex(want, s->want + i, s->known + i, n);
	hex(got, s->got + i, NULL, n);
	report_fail(s->r, "0x%" PRIx64 " (byte 0x%zx of a read of 0x%zx at 0x%" PRIx64
	    ", physical 0x%" PRIx64 ")\n  wanted: %s\n  got:    %s", va + i, i, len, va, pa + i, want,
	    got);
	show_walks(s, kd, va + i);
	return false;
}

/* No byte from n on may have changed; some flavors clear the buffer, but not what is behind it. */
static bool
untouched(struct subject *s, uint64_t va, size_t n, size_t end, const char *what)
{
	const bool may_clear = !flavor_promises(s->lib->flavor, FLAVOR_UNTOUCHED);
	const uint8_t *const rest = s->got + n;

	/* Each byte equals the one after it: most of a run's time would go into looking one by one. */
	if (rest[0] == UNTOUCHED && memcmp(rest, rest + 1, end - n + GUARD - 1) == 0)
		return true;
	for (size_t i = n; i < end + GUARD; i++)
		if (s->got[i] != UNTOUCHED && !(may_clear && i < end && s->got[i] == 0)) {
			report_fail(s->r, "a read at 0x%" PRIx64 " changed byte 0x%zx of the buffer, %s "
			    "0x%zx", va, i, what, n);
			return false;
		}
	return true;
}

bool
expect_read(struct subject *s, kvm_t *kd, uint64_t va, uint64_t pa, size_t len)
{
	kssize_t n;

	memset(s->got, UNTOUCHED, len + GUARD);
	n = lib_read(s->lib, kd, va, s->got, len);
	if (n != (kssize_t)len) {
		bool room = report_room(s->r);

		report_fail(s->r, "0x%" PRIx64 ": a read of 0x%zx bytes returned %" PRId64 ": \"%s\"",
		    va, len, n, s->lib->kvm_geterr(kd));
		if (room)
			show_walks(s, kd, n > 0 && (uint64_t)n < len ? va + (uint64_t)n : va);
		return false;
	}
	return compare(s, kd, va, pa, len) && untouched(s, va, len, len, "past its end at");
}

bool
expect_map(struct subject *s, kvm_t *kd, const struct span *sp, uint64_t va, size_t len)
{
	return expect_read(s, kd, va, sp->pa + (va - sp->first), len);
}

bool
expect_fail(struct subject *s, kvm_t *kd, uint64_t va, size_t len, size_t good,
    uint64_t good_pa, enum span_kind kind)
{
	kssize_t n, want = kind == SPAN_SHORT ? (kssize_t)good : -1;
	const char *text;
	bool room = report_room(s->r);

	memset(s->got, UNTOUCHED, len + GUARD);
	n = lib_read(s->lib, kd, va, s->got, len);
	/* <kvm.h>: a short count where the file ends; others may say -1. */
	if (n != want && !(kind == SPAN_SHORT && !s->lib->ours && n == -1)) {
		char got[3 * 16 + 1];

		hex(got, s->got, NULL, len < 16 ? len : 16);
		report_fail(s->r, "0x%" PRIx64 ": a read of 0x%zx bytes into %s memory\n  wanted: %" PRId64
		    " returned\n  got:    %" PRId64 " returned, bytes %s", va, len, span_kind_name(kind),
		    want, n, got);
		if (room)
			show_walks(s, kd, va + good);
		return false;
	}
	if (!untouched(s, va, good, len, "where memory ends at") || !compare(s, kd, va, good_pa, good))
		return false;
	text = s->lib->kvm_geterr(kd);
	if (text == NULL || (text[0] == '\0' && (s->lib->ours || kind != SPAN_SHORT))) {
		report_fail(s->r, "0x%" PRIx64 ": a read failed without a message", va);
		return false;
	}
	if (s->lib->ours) {
		char family[64];

		if (kind == SPAN_SHORT)
			return expect_text(s, "message of a read at the end of the file", text, "short read");
		/* The family's text, with the first address that does not read. */
		family_unmapped(s->o, va + good, family, sizeof(family));
		return expect_text(s, "message of a failed read", text, family);
	}
	if (s->lib->flavor != NULL && kind == SPAN_HOLE) {
		char family[64];

		family_unmapped(s->o, va + good, family, sizeof(family));
		return expect_text(s, "message of a failed read", text, family);
	}
	return true;
}

bool
expect_text(struct subject *s, const char *what, const char *got, const char *text)
{
	if (got != NULL && strstr(got, text) != NULL)
		return true;
	report_fail(s->r, "%s\n  wanted: \"...%s...\"\n  got:    \"%.1000s\"", what, text,
	    got != NULL ? got : "(null)");
	return false;
}

bool
expect_error(struct subject *s, kvm_t *kd, const char *what, const char *text)
{
	return expect_text(s, what, s->lib->kvm_geterr(kd), text);
}

bool
expect_number(struct subject *s, const char *what, int64_t got, int64_t want)
{
	if (got == want)
		return true;
	report_fail(s->r, "%s\n  wanted: %" PRId64 "\n  got:    %" PRId64, what, want, got);
	return false;
}

void
expect_sample(struct subject *s, kvm_t *kd, struct rng *rng, unsigned n)
{
	for (unsigned i = 0; i < n && s->o->nspan > 0; i++) {
		const struct span *sp = i % 4 == 3 ? &s->o->span[rng_in(rng, 0, s->o->nspan - 1)] :
		    pick_span(s, rng, SPAN_MAP);
		uint64_t va;
		size_t len;

		if (sp == NULL)
			continue;
		va = i % 5 == 0 ? sp->first : rng_in(rng, sp->first, sp->last);
		len = span_left(sp, va, (size_t)rng_in(rng, 1, i % 16 == 0 ? 20000 : 64));
		if (sp->kind == SPAN_MAP)
			expect_map(s, kd, sp, va, len);
		else
			expect_fail(s, kd, va, len, 0, 0, sp->kind);
	}
}

/* ---- Choosing places ---- */

const struct span *
pick_span(const struct subject *s, struct rng *rng, enum span_kind kind)
{
	size_t n = s->o->nspan, at;

	if (n == 0)
		return NULL;
	at = (size_t)rng_in(rng, 0, n - 1);
	for (size_t i = 0; i < n; i++) {
		const struct span *sp = &s->o->span[(at + i) % n];

		if (sp->kind == kind)
			return sp;
	}
	return NULL;
}

const struct span *
first_map(const struct oracle *o, uint64_t len)
{
	for (size_t i = 0; i < o->nspan; i++)
		if (o->span[i].kind == SPAN_MAP && o->span[i].last - o->span[i].first >= len - 1)
			return &o->span[i];
	return NULL;
}

size_t
span_left(const struct span *sp, uint64_t va, size_t max)
{
	uint64_t left = sp->last - va;

	return left < max ? (size_t)left + 1 : max;
}

unsigned
span_edges(const struct oracle *o, const struct span *sp, unsigned step, uint64_t va[SPAN_EDGES])
{
	unsigned n = 0, shift = 0;

	while (UINT64_C(1) << shift < o->pagesize)
		shift++;
	for (; shift < o->bits; shift += step) {
		uint64_t unit = UINT64_C(1) << shift;
		uint64_t up = (sp->first / unit + 1) * unit, down = sp->last / unit * unit;

		if (up != 0 && up <= sp->last) {
			va[n++] = up;
			va[n++] = up - 1;
		}
		if (down > sp->first) {
			va[n++] = down;
			va[n++] = down - 1;
		}
	}
	return n;
}

size_t
span_count(const struct oracle *o, enum span_kind kind)
{
	size_t n = 0;

	for (size_t i = 0; i < o->nspan; i++)
		n += o->span[i].kind == kind;
	return n;
}
