/* SPDX-License-Identifier: BSD-2-Clause */
/* The rules of kvm_read, kvm_read2 and kvm_readstr, and of the error text between calls. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conform.h"
#include "flavor.h"

#define CHANGED "; it changed the buffer"

/* Nothing is read for zero bytes, wherever that is. */
static void
zero_length(struct subject *s, kvm_t *kd)
{
	uint64_t at[] = { 0, 1, s->o->top, s->o->top / 2 + 1, 0 };
	struct rng rng = begin_rng(s);
	const struct span *sp = pick_span(s, &rng, SPAN_MAP);

	if (sp != NULL)
		at[4] = sp->first;
	for (size_t i = 0; i < sizeof(at) / sizeof(at[0]); i++) {
		kssize_t n;

		memset(s->got, UNTOUCHED, GUARD);
		n = lib_read(s->lib, kd, at[i], s->got, 0);
		if (n != 0 || s->got[0] != UNTOUCHED)
			report_fail(s->r, "0x%" PRIx64 ": a read of 0 bytes returned %" PRId64 ", wanted 0%s",
			    at[i], n, s->got[0] != UNTOUCHED ? CHANGED : "");
	}
}

/* A read does not go round the top of the address space. */
static void
top(struct subject *s, kvm_t *kd)
{
	const struct span *sp = oracle_span(s->o, s->o->top);
	static const size_t past[] = { 1, 2, 9, 4096, 100000 };

	for (size_t i = 0; i < sizeof(past) / sizeof(past[0]); i++) {
		size_t before = i + 1;
		uint64_t va = s->o->top - (before - 1);
		kssize_t n;

		memset(s->got, UNTOUCHED, before + past[i] + GUARD);
		n = lib_read(s->lib, kd, va, s->got, before + past[i]);
		if (n != -1)
			report_fail(s->r, "0x%" PRIx64 ": a read of %zu bytes, past the top, returned %"
			    PRId64 ", wanted -1", va, before + past[i], n);
		for (size_t k = before; k < before + past[i]; k++)
			if (s->got[k] != UNTOUCHED && (s->got[k] != 0 ||
			    flavor_promises(s->lib->flavor, FLAVOR_UNTOUCHED))) {
				report_fail(s->r, "0x%" PRIx64 ": a read past the top stored 0x%02x as byte "
				    "%zu, wanted nothing there", va, s->got[k], k);
				break;
			}
		if (sp != NULL && sp->kind == SPAN_MAP && sp->last - sp->first >= before)
			expect_map(s, kd, sp, va, before);
	}
}

/*
 * Kernels of 32 bits are read by programs that extend addresses by their sign: the same bytes
 * and the same gaps.  What is extended neither way is no address.
 */
static void
sign_extended(struct subject *s, kvm_t *kd)
{
	static const uint64_t bad[] = { UINT64_C(1) << 32, UINT64_C(1) << 63,
		UINT64_C(0x7fffffff00000000), UINT64_C(0xfffffffe00000000) };
	const uint64_t sign = UINT64_C(0xffffffff00000000), half = UINT64_C(1) << 31;
	struct rng rng = begin_rng(s);

	if (!s->lib->ours) {
		report_skip(s->r, "only <kvm.h> of this project promises it");
		return;
	}
	for (unsigned i = 0; i < 300; i++) {
		const struct span *sp = i % 4 == 3 ? &s->o->span[rng_in(&rng, 0, s->o->nspan - 1)] :
		    pick_span(s, &rng, SPAN_MAP);
		uint64_t va, pa;
		kssize_t n;
		size_t len;

		if (sp == NULL)
			continue;
		va = i % 5 == 0 ? sp->last : i % 5 == 1 ? sp->first : rng_in(&rng, sp->first, sp->last);
		len = span_left(sp, va, (size_t)rng_in(&rng, 1, 64));
		pa = sp->pa + (va - sp->first);
		if (va >= half && sp->kind == SPAN_MAP)
			expect_read(s, kd, va | sign, pa, len);
		else if (va >= half && (n = lib_read(s->lib, kd, va | sign, s->got, 1)) > 0)
			report_fail(s->r, "0x%" PRIx64 ": a read of %s memory returned %" PRId64, va | sign,
			    span_kind_name(sp->kind), n);
		else if (va < half && (n = lib_read(s->lib, kd, va | sign, s->got, 1)) != -1)
			report_fail(s->r, "0x%" PRIx64 ": 0x%" PRIx64 " with a sign that it has not: a read "
			    "returned %" PRId64, va | sign, va, n);
		if ((n = lib_read(s->lib, kd, va | bad[i / 4 % 4], s->got, 1)) != -1)
			report_fail(s->r, "0x%" PRIx64 ": more than 32 bits: a read returned %" PRId64,
			    va | bad[i / 4 % 4], n);
	}
}

/* Lengths that a careless sum wraps.  They start in holes, so that nothing may be stored. */
static void
huge_length(struct subject *s, kvm_t *kd)
{
	static const size_t lengths[] = { SIZE_MAX, SIZE_MAX - 1, SIZE_MAX / 2, SIZE_MAX / 2 + 1,
		SIZE_MAX - 4095 };
	struct rng rng = begin_rng(s);

	for (size_t i = 0; i < 20; i++) {
		const struct span *sp = pick_span(s, &rng, i % 2 == 0 ? SPAN_HOLE : SPAN_ABSENT);
		size_t len = lengths[i % (sizeof(lengths) / sizeof(lengths[0]))];
		bool changed;
		kssize_t n;

		if (sp == NULL)
			continue;
		memset(s->got, UNTOUCHED, GUARD);
		n = lib_read(s->lib, kd, sp->first, s->got, len);
		changed = s->got[0] != UNTOUCHED && (s->got[0] != 0 ||
		    flavor_promises(s->lib->flavor, FLAVOR_UNTOUCHED));
		if (n != -1 || changed)
			report_fail(s->r, "%s 0x%" PRIx64 ": a read of 0x%zx bytes returned %" PRId64
			    ", wanted -1%s", span_kind_name(sp->kind), sp->first, len, n,
			    changed ? CHANGED : "");
	}
}

/* The text is not cleared by success, and a failure leaves the handle usable. */
static void
after_error(struct subject *s)
{
	struct rng rng = begin_rng(s);
	const struct span *map = pick_span(s, &rng, SPAN_MAP), *hole = pick_span(s, &rng, SPAN_HOLE);
	kvm_t *kd = subject_open(s, s->f->core, 0);
	char before[LIB_ERRLEN];

	if (kd == NULL)
		return;
	if (s->lib->kvm_geterr(kd)[0] != '\0')
		report_fail(s->r, "a new handle has the message \"%s\"", s->lib->kvm_geterr(kd));
	expect_map(s, kd, map, map->first, span_left(map, map->first, 8));
	if (s->lib->kvm_geterr(kd)[0] != '\0')
		report_fail(s->r, "a successful read left the message \"%s\"", s->lib->kvm_geterr(kd));
	for (unsigned i = 0; i < 3; i++) {
		expect_fail(s, kd, hole->first, 1, 0, 0, SPAN_HOLE);
		snprintf(before, sizeof(before), "%s", s->lib->kvm_geterr(kd));
		expect_map(s, kd, map, map->first, span_left(map, map->first, 8));
		if (strcmp(before, s->lib->kvm_geterr(kd)) != 0 || before[0] == '\0')
			report_fail(s->r, "the message \"%s\" became \"%s\" by a successful read", before,
			    s->lib->kvm_geterr(kd));
	}
	subject_close(s, kd);
}

static void
read2(struct subject *s, kvm_t *kd)
{
	struct rng rng = begin_rng(s);

	if (lacks(s, s->lib->kvm_read2 == NULL, "kvm_read2"))
		return;
	for (unsigned i = 0; i < 200; i++) {
		bool hole = i % 4 == 0;
		const struct span *sp = pick_span(s, &rng, hole ? SPAN_HOLE : SPAN_MAP);
		uint64_t va;
		size_t n;
		bool all;

		if (sp == NULL)
			continue;
		va = rng_in(&rng, sp->first, sp->last);
		n = span_left(sp, va, (size_t)rng_in(&rng, 1, 600));
		memset(s->got, UNTOUCHED, n);
		if (s->lib->kvm_read2(kd, va, s->got, n) != (hole ? -1 : (kssize_t)n)) {
			report_fail(s->r, "0x%" PRIx64 ": kvm_read2 of %zu bytes of %s memory", va, n,
			    span_kind_name(sp->kind));
			continue;
		}
		if (hole)
			continue;
		all = memory_want(&s->f->m, sp->pa + (va - sp->first), n, s->want, s->known);
		if (all && memcmp(s->got, s->want, n) != 0)
			report_fail(s->r, "0x%" PRIx64 ": kvm_read2 of %zu bytes differs", va, n);
	}
}

/* ---- kvm_readstr ---- */

/*
 * A string inside a map, found in the memory that the oracle states: its address and its bytes
 * with the NUL, at most max of them.
 */
static bool
find_string(struct subject *s, const struct span *sp, size_t min, size_t max, uint64_t *va,
    uint8_t *text, size_t *len)
{
	size_t window = span_left(sp, sp->first, CHUNK);

	memory_want(&s->f->m, sp->pa, window, s->want, s->known);
	for (size_t from = 0, to; from < window; from = to + 1) {
		/* Up to a NUL, or to a byte that is not stated. */
		for (to = from; to < window && s->known[to] && s->want[to] != 0; to++)
			;
		if (to < window && s->known[to] && to + 1 - from >= min) {
			*len = to + 1 - from < max ? to + 1 - from : max;
			*va = sp->first + (to + 1 - *len);
			memcpy(text, s->want + (to + 1 - *len), *len);
			return true;
		}
	}
	return false;
}

static void
readstr_at(struct subject *s, kvm_t *kd, uint64_t va64, const uint8_t *text, size_t len)
{
	const struct lib *lib = s->lib;
	unsigned long va = (unsigned long)va64;
	size_t cap;
	char *buf = xmalloc(len + GUARD), *p;

	/* Allocated, with and without the length. */
	cap = 77;
	p = lib->kvm_readstr(kd, va, NULL, &cap);
	if (p == NULL || cap != len || memcmp(p, text, len) != 0)
		report_fail(s->r, "0x%" PRIx64 ": kvm_readstr into new memory: %s, length %zu, wanted %zu",
		    va64, p == NULL ? "NULL" : "a string", cap, len);
	free(p);
	p = lib->kvm_readstr(kd, va, NULL, NULL);
	if (p == NULL || memcmp(p, text, len) != 0)
		report_fail(s->r, "0x%" PRIx64 ": kvm_readstr(..., NULL, NULL) differs", va64);
	free(p);
	/* Fits, exactly and with room. */
	for (size_t room = 0; room <= 8; room += 8) {
		memset(buf, UNTOUCHED, len + GUARD);
		cap = len + room;
		p = lib->kvm_readstr(kd, va, buf, &cap);
		if (p != buf || cap != len || memcmp(buf, text, len) != 0)
			report_fail(s->r, "0x%" PRIx64 ": kvm_readstr into %zu bytes: %s, length %zu, "
			    "wanted %zu", va64, len + room, p == NULL ? "NULL" : "a string", cap, len);
		for (size_t i = len + room; i < len + GUARD; i++)
			if ((uint8_t)buf[i] != UNTOUCHED) {
				report_fail(s->r, "kvm_readstr wrote past its %zu bytes", len + room);
				break;
			}
	}
	/* Does not fit: NULL, the size it needs, and the beginning without a NUL. */
	for (size_t less = 1; less <= len && less <= 3; less++) {
		size_t fit = len - less;

		memset(buf, UNTOUCHED, len + GUARD);
		cap = fit;
		p = lib->kvm_readstr(kd, va, buf, &cap);
		if (p != NULL || cap != len || memcmp(buf, text, fit) != 0)
			report_fail(s->r, "0x%" PRIx64 ": kvm_readstr of %zu bytes into %zu: %s, length "
			    "%zu; wanted NULL and %zu", va64, len, fit, p == NULL ? "NULL" : "a string", cap,
			    len);
		if ((uint8_t)buf[fit] != UNTOUCHED)
			report_fail(s->r, "kvm_readstr wrote past its %zu bytes", fit);
	}
	free(buf);
}

static void
readstr(struct subject *s, kvm_t *kd)
{
	struct rng rng = begin_rng(s);
	const struct span *hole = pick_span(s, &rng, SPAN_HOLE);
	const uint64_t most = s->lib->narrow ? UINT32_MAX : (unsigned long)-1;
	uint8_t text[5000];
	unsigned found = 0, fit = 0;

	if (lacks(s, s->lib->kvm_readstr == NULL, "kvm_readstr"))
		return;
	for (size_t i = 0; i < s->o->nspan && found < 4; i++) {
		const struct span *sp = &s->o->span[i];
		uint64_t va;
		size_t len;

		if (sp->kind != SPAN_MAP || sp->last > most)
			continue;
		fit++;
		if (!find_string(s, sp, 5, sizeof(text), &va, text, &len))
			continue;
		readstr_at(s, kd, va, text, len);
		readstr_at(s, kd, va + len - 1, text + len - 1, 1);	/* the empty string */
		found++;
	}
	if (fit == 0 || (found == 0 && fit < span_count(s->o, SPAN_MAP)))
		report_skip(s->r, "this host's unsigned long does not hold the kernel's addresses");
	else if (found == 0)
		report_fail(s->r, "the fixture has no string to read");
	if (hole != NULL && hole->last <= most) {
		size_t cap = sizeof(text);
		char *p = s->lib->kvm_readstr(kd, (unsigned long)hole->first, (char *)text, &cap);

		if (p != NULL || cap != sizeof(text))
			report_fail(s->r, "hole 0x%" PRIx64 ": kvm_readstr returned %s, length %zu",
			    hole->first, p == NULL ? "NULL" : "a string", cap);
		cap = 3;
		p = s->lib->kvm_readstr(kd, (unsigned long)hole->first, NULL, &cap);
		if (p != NULL || cap != 3)
			report_fail(s->r, "hole 0x%" PRIx64 ": kvm_readstr into new memory returned %s, "
			    "length %zu", hole->first, p == NULL ? "NULL" : "a string", cap);
		free(p);
	}
}

void
check_read(struct subject *s)
{
	static const struct {
		const char *name;
		void (*run)(struct subject *, kvm_t *);
	} checks[] = {
		{ "read/zero-length", zero_length },
		{ "read/top-of-address-space", top },
		{ "read/huge-length", huge_length },
		{ "read/read2", read2 },
		{ "read/readstr", readstr },
	};
	bool maps = span_count(s->o, SPAN_MAP) > 0;

	for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++)
		if ((maps || checks[i].run != readstr) && begin(s, "%s", checks[i].name)) {
			kvm_t *kd = subject_handle(s);

			if (kd != NULL)
				checks[i].run(s, kd);
			report_end(s->r);
		}
	if (maps && s->o->bits == 32 && begin(s, "read/sign-extended")) {
		kvm_t *kd = subject_handle(s);

		if (kd != NULL)
			sign_extended(s, kd);
		report_end(s->r);
	}
	if (maps && span_count(s->o, SPAN_HOLE) > 0 && begin(s, "read/after-error")) {
		after_error(s);
		report_end(s->r);
	}
}
