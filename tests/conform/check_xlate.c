/* SPDX-License-Identifier: BSD-2-Clause */
/* kvm_xlate: where an address lies, what it may do, and the walk; kvm_getinfo. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "conform.h"
#include "group.h"
#include "kcore.h"
#include "range.h"
#include "regime.h"

/* ---- Translations ---- */

static void
xlate_at(struct subject *s, kvm_t *kd, uint64_t va)
{
	const bool room = report_room(s->r);
	struct kvm_range range = { .kr_first = 1 };
	int n = s->lib->kvm_xlate(kd, va, &range, NULL, NULL);

	if (n != 0) {
		report_fail(s->r, "0x%" PRIx64 ": kvm_xlate returned %d: \"%s\"", va, n,
		    s->lib->kvm_geterr(kd));
		return;
	}
	if (va < range.kr_first || va > range.kr_last) {
		report_fail(s->r, "0x%" PRIx64 " is not in its range 0x%" PRIx64 " to 0x%" PRIx64, va,
		    range.kr_first, range.kr_last);
		return;
	}
	if (!range_agrees(s, &range)) {
		if (room)
			show_walks(s, kd, va);
	} else if (range.kr_kind != KVM_MAPPED && s->lib->kvm_geterr(kd)[0] == '\0')
		report_fail(s->r, "0x%" PRIx64 ": kvm_xlate left no sentence", va);
}

static void
xlate_group(struct subject *s, const struct group *g, enum span_kind kind)
{
	kvm_t *kd = subject_handle(s);
	struct rng rng = begin_rng(s);
	uint64_t edges[SPAN_EDGES];

	if (kd == NULL || lacks(s, s->lib->kvm_xlate == NULL, "kvm_xlate"))
		return;
	for (size_t i = g->from; i <= g->to; i++) {
		const struct span *sp = &s->o->span[i];

		if (sp->kind != kind)
			continue;
		xlate_at(s, kd, sp->first);
		xlate_at(s, kd, sp->last);
		const unsigned n = kind == SPAN_MAP ? 0 : span_edges(s->o, sp, g->count > 16 ? 9 : 1, edges);
		for (unsigned k = 0; k < n; k++)
			xlate_at(s, kd, edges[k]);
		for (unsigned k = 0; k < (g->count > 100 ? 2 : 32); k++)
			xlate_at(s, kd, rng_in(&rng, sp->first, sp->last));
	}
}

/* ---- The walk ---- */

struct walk {
	struct subject *s;
	uint64_t va, root, next, table, index;
	unsigned steps, level, bats;
	const char *verdict;
};

/* n bytes in the target's order. */
static uint64_t
number(const struct oracle *o, const uint8_t *p, unsigned n)
{
	uint64_t v = 0;

	for (unsigned i = 0; i < n; i++)
		v = v << 8 | p[regime_big(o) ? i : n - 1 - i];
	return v;
}

/* size bytes of the entry, as far as they are known. */
static bool
entry_bytes(struct subject *s, const struct kvm_step *k, unsigned size, uint8_t *p)
{
	const struct span *sp;
	bool known[32];
	struct kcore h;

	switch (k->ks_space) {
	case KVM_SPACE_MEMORY:
		return memory_want(&s->f->m, k->ks_entry, size, p, known);
	case KVM_SPACE_VIRTUAL:
		sp = oracle_span(s->o, k->ks_entry);
		return sp != NULL && sp->kind == SPAN_MAP && sp->last - k->ks_entry >= size - 1 &&
		    memory_want(&s->f->m, sp->pa + (k->ks_entry - sp->first), size, p, known);
	case KVM_SPACE_HEADER:	/* an offset in the cpu data */
		return kcore_read(s->f, &h) && k->ks_entry < h.cpusize &&
		    size <= h.cpusize - k->ks_entry && pread(s->f->m.fd, p, size,
		    (off_t)(h.hdrsize + h.seghdrsize + k->ks_entry)) == (ssize_t)size;
	case KVM_SPACE_FILE:
		return pread(s->f->m.fd, p, size, (off_t)k->ks_entry) == (ssize_t)size;
	}
	report_fail(s->r, "an entry lies in space %u, which is none", (unsigned)k->ks_space);
	return false;
}

/*
 * An entry that the walk read, where the oracle states that memory.  Its size is the regime's;
 * where that has several, what the index and the place say; and for the first entry any.
 */
static void
entry_agrees(struct subject *s, const struct kvm_step *k, unsigned step)
{
	static const unsigned sizes[] = { 1, 2, 4, 8, 16, 32 };
	unsigned want = regime_entry(s->o, step);
	uint64_t off = k->ks_entry - k->ks_table, v = 0;
	bool placed = false, stated = false;
	uint8_t p[32];

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		unsigned n = sizes[i];

		if ((want != 0 && n != want) || off != k->ks_index * n)
			continue;
		placed = true;
		if (!entry_bytes(s, k, n, p))
			return;
		stated = true;
		/* Of an entry of two words either may be what the walk shows. */
		v = number(s->o, p, n < 8 ? n : 8);
		if (v == k->ks_raw || (n >= 16 && number(s->o, p + 8, 8) == k->ks_raw))
			return;
	}
	if (!placed)
		report_fail(s->r, "entry 0x%" PRIx64 " of the table at 0x%" PRIx64 " is said to lie at 0x%"
		    PRIx64, k->ks_index, k->ks_table, k->ks_entry);
	else if (stated)
		report_fail(s->r, "the entry at physical 0x%" PRIx64 "\n  wanted: 0x%" PRIx64
		    "\n  got:    0x%" PRIx64, k->ks_entry, v, k->ks_raw);
}

/*
 * PowerPC: a pair of block address translation registers, as an entry of its upper and lower
 * word.  True if the step is one; it is compared with the reg lines.
 */
static bool
is_bat(struct subject *s, const struct kvm_step *k)
{
	static const char *const kinds[] = { "dbat", "ibat", "bat" };
	bool any = false;

	if (strcmp(s->o->machine, "powerpc") != 0 || k->ks_name == NULL ||
	    strstr(k->ks_name, "BAT") == NULL)
		return false;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		char upper[32], lower[32];
		uint64_t u, l;

		snprintf(upper, sizeof(upper), "%s%" PRIu64 "u", kinds[i], k->ks_index);
		snprintf(lower, sizeof(lower), "%s%" PRIu64 "l", kinds[i], k->ks_index);
		if (oracle_reg(s->o, upper, &u) && oracle_reg(s->o, lower, &l))
			any |= (u << 32 | l) == k->ks_raw;
	}
	if (!any)
		report_fail(s->r, "%s %" PRIu64 " is said to be 0x%" PRIx64 ", and is not", k->ks_name,
		    k->ks_index, k->ks_raw);
	return true;
}

static void
walk_step(const struct kvm_step *k, void *arg)
{
	struct walk *w = arg;
	struct subject *s = w->s;

	if (is_bat(s, k)) {
		w->next = k->ks_next;
		w->verdict = k->ks_verdict != NULL ? k->ks_verdict : "";
		w->bats++;
		return;
	}
	if (w->steps == 0) {
		if (w->root != 0 && k->ks_table != w->root)
			report_fail(s->r, "0x%" PRIx64 ": the walk starts at 0x%" PRIx64 ", not at 0x%" PRIx64,
			    w->va, k->ks_table, w->root);
	} else if (regime_hashed(s->o) && strcmp(w->verdict, "table") != 0) {
		/* The entry was none for this address: another place of the same table is tried. */
		if (k->ks_table != w->table || k->ks_level != w->level || k->ks_index == w->index)
			report_fail(s->r, "0x%" PRIx64 ": entry 0x%" PRIx64 " of 0x%" PRIx64 " is \"%s\", then "
			    "entry 0x%" PRIx64 " of 0x%" PRIx64 " is tried", w->va, w->index, w->table, w->verdict,
			    k->ks_index, k->ks_table);
	} else {
		if (strcmp(w->verdict, "table") != 0)
			report_fail(s->r, "0x%" PRIx64 ": the walk goes on after \"%s\"", w->va, w->verdict);
		if (k->ks_table != w->next)
			report_fail(s->r, "0x%" PRIx64 ": an entry points to 0x%" PRIx64 ", the next table is 0x%"
			    PRIx64, w->va, w->next, k->ks_table);
		if (k->ks_level >= w->level)
			report_fail(s->r, "0x%" PRIx64 ": level %u follows level %u", w->va, k->ks_level,
			    w->level);
	}
	if (k->ks_name == NULL || k->ks_verdict == NULL)
		report_fail(s->r, "0x%" PRIx64 ": step %u has no name or no verdict", w->va, w->steps);
	entry_agrees(s, k, w->steps);
	w->level = k->ks_level;
	w->next = k->ks_next;
	w->table = k->ks_table;
	w->index = k->ks_index;
	w->verdict = k->ks_verdict != NULL ? k->ks_verdict : "";
	w->steps++;
}

static void
walk(struct subject *s)
{
	kvm_t *kd = subject_handle(s);
	struct rng rng = begin_rng(s);

	if (kd == NULL || lacks(s, s->lib->kvm_xlate == NULL, "kvm_xlate"))
		return;
	for (unsigned i = 0; i < 300; i++) {
		enum span_kind kind = i % 3 == 0 ? SPAN_HOLE : SPAN_MAP;
		const struct span *sp = pick_span(s, &rng, kind);
		struct kvm_range range;
		struct walk w = { .s = s, .root = regime_root(s->o) };

		if (sp == NULL)
			continue;
		w.va = i % 5 == 0 ? sp->last : i % 5 == 1 ? sp->first : rng_in(&rng, sp->first, sp->last);
		if (s->lib->kvm_xlate(kd, w.va, &range, walk_step, &w) != 0)
			report_fail(s->r, "0x%" PRIx64 ": kvm_xlate: \"%s\"", w.va, s->lib->kvm_geterr(kd));
		else if (kind == SPAN_MAP && w.steps + w.bats == 0 && regime_linear(s->o, w.va))
			range_agrees(s, &range);
		else if (kind == SPAN_MAP && (w.steps + w.bats == 0 || strcmp(w.verdict, "leaf") != 0))
			report_fail(s->r, "0x%" PRIx64 " is mapped, but its walk of %u steps ends in \"%s\"",
			    w.va, w.steps, w.steps + w.bats > 0 ? w.verdict : "");
		else if (kind == SPAN_MAP &&
		    w.next / s->o->pagesize > (range.kr_paddr + (w.va - range.kr_first)) / s->o->pagesize)
			report_fail(s->r, "0x%" PRIx64 ": the leaf points to 0x%" PRIx64 ", past 0x%" PRIx64,
			    w.va, w.next, range.kr_paddr + (w.va - range.kr_first));
		else if (kind == SPAN_HOLE && w.steps + w.bats > 0 && strcmp(w.verdict, "leaf") == 0)
			report_fail(s->r, "0x%" PRIx64 " is a hole, but its walk ends in a leaf", w.va);
	}
}

/* ---- What the image is ---- */

static void
same_word(struct subject *s, const char *what, const char *got, const char *want)
{
	if (got == NULL || strcmp(got, want) != 0)
		report_fail(s->r, "%s is \"%s\", wanted \"%s\"", what, got != NULL ? got : "(null)", want);
}

static void
info(struct subject *s)
{
	const struct oracle *o = s->o;
	kvm_t *kd = subject_handle(s);
	struct kvm_info ki;
	uint64_t root = regime_root(o);

	if (kd == NULL || lacks(s, s->lib->kvm_getinfo == NULL, "kvm_getinfo"))
		return;
	memset(&ki, 0, sizeof(ki));
	if (s->lib->kvm_getinfo(kd, &ki, sizeof(ki)) != 0) {
		report_fail(s->r, "kvm_getinfo: \"%s\"", s->lib->kvm_geterr(kd));
		return;
	}
	same_word(s, "os", ki.ki_os, o->os);
	same_word(s, "machine", ki.ki_machine, o->machine);
	same_word(s, "regime", ki.ki_regime, o->regime);
	same_word(s, "form", ki.ki_form, o->form);
	same_word(s, "byte order", ki.ki_byteorder, o->big ? "big" : "little");
	expect_number(s, "bits", ki.ki_bits, o->bits);
	expect_number(s, "address bits", ki.ki_vabits, o->vabits);
	expect_number(s, "page size", ki.ki_pagesize, (int64_t)o->pagesize);
	expect_number(s, "has a header", ki.ki_header, 1);
	if (root != 0 && ki.ki_root != root)
		report_fail(s->r, "the top table is at 0x%" PRIx64 ", wanted 0x%" PRIx64, ki.ki_root, root);
	if (span_count(o, SPAN_SHORT) > 0 && ki.ki_missing == 0)
		report_fail(s->r, "the file ends early, but no memory is said to be missing");
	if (o->complete && span_count(o, SPAN_SHORT) == 0 && ki.ki_missing > ki.ki_memory)
		report_fail(s->r, "more memory is missing than there is");
}

/* Only so many bytes as the caller's struct has may be set. */
static void
info_size(struct subject *s)
{
	kvm_t *kd = subject_handle(s);
	unsigned char buf[sizeof(struct kvm_info)];

	if (kd == NULL || lacks(s, s->lib->kvm_getinfo == NULL, "kvm_getinfo"))
		return;
	for (size_t n = 0; n < sizeof(buf); n += sizeof(void *)) {
		memset(buf, UNTOUCHED, sizeof(buf));
		s->lib->kvm_getinfo(kd, (struct kvm_info *)(void *)buf, n);
		for (size_t i = n; i < sizeof(buf); i++)
			if (buf[i] != UNTOUCHED) {
				report_fail(s->r, "kvm_getinfo with %zu bytes changed byte %zu", n, i);
				return;
			}
	}
}

void
check_xlate(struct subject *s)
{
	for (unsigned kind = 0; kind < SPAN_KINDS; kind++) {
		struct group g[MAX_GROUPS];
		size_t n = groups_make(s->o, (enum span_kind)kind, g);

		for (size_t i = 0; i < n; i++)
			if (begin(s, "%s/xlate", g[i].name)) {
				xlate_group(s, &g[i], (enum span_kind)kind);
				report_end(s->r);
			}
	}
	if (begin(s, "xlate/walk")) {
		walk(s);
		report_end(s->r);
	}
	if (begin(s, "info/oracle")) {
		info(s);
		report_end(s->r);
	}
	if (begin(s, "info/size")) {
		info_size(s);
		report_end(s->r);
	}
}
