/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * kvm_nlist by the rules of the kernel's own system, kvm_nlist2 by FreeBSD's.  NetBSD drops
 * exactly one leading underscore of the name asked for (nlist_elf32.c); OpenBSD and FreeBSD
 * look for the name as it stands, and only then without the underscore.
 */
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "conform.h"
#include "flavor.h"

/* NetBSD's n_type of an ELF symbol (atlas: nlist_elf32.c). */
static unsigned
type_of(const struct sym *sym)
{
	static const unsigned type[] = { [SYM_NOTYPE] = 0x00, [SYM_OBJECT] = 0x06,
		[SYM_FUNC] = 0x04, [SYM_FILE] = 0x1e };

	return type[sym->type] | (sym->bind != SYM_LOCAL ? 0x01 : 0x00);
}

/* One name asked for, and what may be answered. */
struct question {
	char *name;
	const struct sym *bare;		/* without one leading underscore; NULL: no such symbol */
	const struct sym *verbatim;	/* the name as it stands; NULL: no such symbol */
	bool netbsd;			/* by NetBSD's rule in kvm_nlist */
};

static struct question
question(const struct oracle *o, char *name)
{
	bool under = name[0] == '_';
	struct question q = { .name = name, .bare = oracle_sym(o, under ? name + 1 : name) };

	q.verbatim = under ? oracle_sym(o, name) : q.bare;
	q.netbsd = strcmp(o->os, "netbsd") == 0;
	return q;
}

/* Every sym and nosym line, as it stands and with an underscore before it. */
static struct question *
questions(const struct oracle *o, size_t *ret)
{
	size_t total = 2 * (o->nsym + o->nnosym), n = 0;
	struct question *q = xmalloc((total + 1) * sizeof(*q));

	for (size_t i = 0; i < o->nsym + o->nnosym; i++) {
		const char *name = i < o->nsym ? o->sym[i].name : o->nosym[i - o->nsym];

		q[n++] = question(o, xstrdup(name));
		q[n++] = question(o, xasprintf("_%s", name));
	}
	*ret = n;
	return q;
}

static void
questions_free(struct question *q, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(q[i].name);
	free(q);
}

static bool
by_section(const struct oracle *o)
{
	return strcmp(o->os, "freebsd") == 0 || strcmp(o->os, "dragonfly") == 0;
}

/*
 * Is it that symbol's type?  FreeBSD's and DragonFly's nlist(3) have it by the section, which the
 * oracle does not name: text (which is all that is not written to), data or bss.
 */
static bool
is_type(const struct oracle *o, const struct sym *want, unsigned type)
{
	if (!by_section(o))
		return type == type_of(want);
	const unsigned section = type & ~1u;
	return (type & 1) == (want->bind != SYM_LOCAL ? 1u : 0u) && (section == 0x02 ||
	    section == 0x04 || (section == 0x1e ? want->type == SYM_FILE :
	    want->type != SYM_FUNC && (section == 0x06 || section == 0x08)));
}

static bool
is_sym(const struct oracle *o, const struct sym *want, unsigned type, uint64_t value)
{
	return want == NULL ? type == 0 && value == 0 : is_type(o, want, type) && value == want->va;
}

enum rule { KERNELS_OWN, FREEBSD };

/* What is to be answered; NULL: not found. */
static const struct sym *
wanted(const struct question *q, enum rule rule)
{
	if (rule == KERNELS_OWN && q->netbsd)
		return q->bare;
	return q->verbatim != NULL ? q->verbatim : q->bare;
}

/* Where NetBSD finds nothing, <kvm.h> goes on to the name as it stands; NetBSD itself does not. */
static bool
answered(const struct oracle *o, const struct question *q, enum rule rule, unsigned type,
    uint64_t value)
{
	const struct sym *want = wanted(q, rule);

	return is_sym(o, want, type, value) ||
	    (want == NULL && q->verbatim != NULL && is_sym(o, q->verbatim, type, value));
}

/* Was the name not found?  A notype symbol at 0 is found and looks like nothing. */
static bool
is_missing(const struct oracle *o, const struct question *q, enum rule rule, unsigned type,
    uint64_t value)
{
	return wanted(q, rule) == NULL &&
	    !(q->verbatim != NULL && is_sym(o, q->verbatim, type, value));
}

static void
wrong(struct subject *s, const char *function, const struct question *q, enum rule rule,
    unsigned type, uint64_t value)
{
	const struct sym *want = wanted(q, rule);

	if (want != NULL && by_section(s->o))
		report_fail(s->r, "%s \"%s\"\n  wanted: type of its section%s, value 0x%" PRIx64
		    "\n  got:    type 0x%x, value 0x%" PRIx64, function, q->name,
		    want->bind != SYM_LOCAL ? " or-ed with 0x1" : "", want->va, type, value);
	else if (want != NULL)
		report_fail(s->r, "%s \"%s\"\n  wanted: type 0x%x, value 0x%" PRIx64
		    "\n  got:    type 0x%x, value 0x%" PRIx64, function, q->name, type_of(want),
		    want->va, type, value);
	else
		report_fail(s->r, "%s \"%s\"\n  wanted: not found\n  got:    type 0x%x, value 0x%" PRIx64,
		    function, q->name, type, value);
}

/* Values of 64-bit kernels do not fit struct nlist on a host with a 32-bit long. */
static bool
fits(const struct lib *lib, const struct oracle *o)
{
	for (size_t i = 0; i < o->nsym; i++)
		if (o->sym[i].va > (lib->narrow ? UINT32_MAX : ULONG_MAX))
			return false;
	return true;
}

static void
nlist_list(struct subject *s, kvm_t *kd, const struct question *q, size_t n)
{
	struct nlist *nl = xmalloc((n + 2) * sizeof(*nl));
	int missing = 0, got;

	memset(nl, UNTOUCHED, (n + 2) * sizeof(*nl));
	for (size_t i = 0; i < n; i++)
		nl[i].n_name = q[i].name;
	nl[n].n_name = NULL;
	nl[n + 1].n_name = "dumpmag";	/* behind the end: must stay as it is */
	got = s->lib->kvm_nlist(kd, nl);
	for (size_t i = 0; i < n; i++) {
		if (!answered(s->o, &q[i], KERNELS_OWN, nl[i].n_type, nl[i].n_value))
			wrong(s, "kvm_nlist", &q[i], KERNELS_OWN, nl[i].n_type, nl[i].n_value);
		if (nl[i].n_other != 0 || nl[i].n_desc != 0)
			report_fail(s->r, "kvm_nlist \"%s\": n_other %d, n_desc %d, wanted 0", q[i].name,
			    nl[i].n_other, nl[i].n_desc);
		missing += is_missing(s->o, &q[i], KERNELS_OWN, nl[i].n_type, nl[i].n_value);
	}
	expect_number(s, "names that kvm_nlist did not find", got, missing);
	if (nl[n + 1].n_type != UNTOUCHED)
		report_fail(s->r, "kvm_nlist went past the end of the list");
	free(nl);
}

static void
nlist_all(struct subject *s, kvm_t *kd)
{
	size_t n;
	struct question *q = questions(s->o, &n);

	nlist_list(s, kd, q, n);
	questions_free(q, n);
}

static void
nlist_single(struct subject *s, kvm_t *kd)
{
	size_t n;
	struct question *q = questions(s->o, &n);

	for (size_t i = 0; i < n; i++)
		nlist_list(s, kd, &q[i], 1);
	questions_free(q, n);
}

/* One name many times is found as often. */
static void
nlist_repeat(struct subject *s, kvm_t *kd)
{
	struct question q[6];
	char no[] = "a_name_that_is_no_symbol";

	for (size_t i = 0; i < 6; i++)
		q[i] = i % 3 == 2 ? question(s->o, no) : question(s->o, s->o->sym[i % s->o->nsym].name);
	q[4] = q[0];
	q[3] = q[0];
	nlist_list(s, kd, q, 6);
}

/* NULL and "" both end a list, also an empty one. */
static void
nlist_end(struct subject *s, kvm_t *kd)
{
	struct nlist nl[3];

	for (unsigned i = 0; i < 4; i++) {
		memset(nl, UNTOUCHED, sizeof(nl));
		nl[0].n_name = s->o->sym[0].name;
		nl[1].n_name = nl[2].n_name = s->o->sym[0].name;
		nl[i / 2].n_name = i % 2 == 0 ? NULL : "";
		expect_number(s, "kvm_nlist of a short list", s->lib->kvm_nlist(kd, nl), 0);
		if (nl[i / 2 + 1].n_type != UNTOUCHED)
			report_fail(s->r, "kvm_nlist did not stop at %s", i % 2 == 0 ? "NULL" : "\"\"");
	}
}

static void
nlist2_all(struct subject *s, kvm_t *kd)
{
	size_t n;
	struct question *q = questions(s->o, &n);
	struct kvm_nlist *nl = xmalloc((n + 1) * sizeof(*nl));
	int missing = 0, got;

	memset(nl, UNTOUCHED, (n + 1) * sizeof(*nl));
	for (size_t i = 0; i < n; i++)
		nl[i].n_name = q[i].name;
	nl[n].n_name = "";
	got = s->lib->kvm_nlist2(kd, nl);
	for (size_t i = 0; i < n; i++) {
		if (!answered(s->o, &q[i], FREEBSD, nl[i].n_type, nl[i].n_value))
			wrong(s, "kvm_nlist2", &q[i], FREEBSD, nl[i].n_type, nl[i].n_value);
		missing += is_missing(s->o, &q[i], FREEBSD, nl[i].n_type, nl[i].n_value);
	}
	expect_number(s, "names that kvm_nlist2 did not find", got, missing);
	free(nl);
	questions_free(q, n);
}

/* ---- kvm_symbol_find, kvm_symbol_at, kvm_each_symbol ---- */

/* No BSD has this one: a name means itself first, whatever the kernel's system. */
static void
find(struct subject *s, kvm_t *kd)
{
	size_t n;
	struct question *q = questions(s->o, &n);

	for (size_t i = 0; i < n; i++) {
		struct kvm_symbol ky = { .ky_name = NULL };
		int got = s->lib->kvm_symbol_find(kd, q[i].name, &ky);
		bool found = got == 0;

		if (got < 0 || (!found && wanted(&q[i], FREEBSD) != NULL) ||
		    (found && q[i].bare == NULL && q[i].verbatim == NULL))
			report_fail(s->r, "kvm_symbol_find \"%s\" returned %d", q[i].name, got);
		else if (found && !answered(s->o, &q[i], FREEBSD, ky.ky_type, ky.ky_value))
			wrong(s, "kvm_symbol_find", &q[i], FREEBSD, ky.ky_type, ky.ky_value);
	}
	questions_free(q, n);
}

/* Is there a symbol of this name and value? */
static bool
is_listed(const struct oracle *o, const char *name, uint64_t value)
{
	for (size_t i = 0; i < o->nsym; i++)
		if (name != NULL && strcmp(o->sym[i].name, name) == 0 && o->sym[i].va == value)
			return true;
	return false;
}

/* File names have no address. */
static void
at(struct subject *s, kvm_t *kd)
{
	for (size_t i = 0; i < s->o->nsym; i++)
		for (unsigned k = 0; k < 2 && s->o->sym[i].type != SYM_FILE; k++) {
			uint64_t va = s->o->sym[i].va + k, best = 0;
			struct kvm_symbol ky = { .ky_name = NULL };
			int n = s->lib->kvm_symbol_at(kd, va, &ky);

			for (size_t j = 0; j < s->o->nsym; j++)
				if (s->o->sym[j].va <= va && s->o->sym[j].va > best)
					best = s->o->sym[j].va;
			if (n != 0 || ky.ky_value != best || !is_listed(s->o, ky.ky_name, best))
				report_fail(s->r, "kvm_symbol_at(0x%" PRIx64 ") returned %d, \"%s\" at 0x%"
				    PRIx64 "\n  wanted: one at 0x%" PRIx64, va, n,
				    ky.ky_name != NULL ? ky.ky_name : "", ky.ky_value, best);
		}
}

struct tally {
	struct subject *s;
	size_t *seen;	/* how often each sym line was given */
};

static int
tally(const struct kvm_symbol *ky, void *arg)
{
	struct tally *t = arg;
	const struct oracle *o = t->s->o;

	for (size_t i = 0; i < o->nsym; i++)
		if (strcmp(o->sym[i].name, ky->ky_name) == 0 && o->sym[i].va == ky->ky_value &&
		    is_type(o, &o->sym[i], ky->ky_type) && t->seen[i] == 0) {
			t->seen[i]++;
			return 1;
		}
	return 1;	/* the oracle need not name every symbol */
}

static void
each(struct subject *s, kvm_t *kd)
{
	struct tally t = { s, xmalloc(s->o->nsym * sizeof(size_t)) };

	memset(t.seen, 0, s->o->nsym * sizeof(size_t));
	expect_number(s, "kvm_each_symbol", s->lib->kvm_each_symbol(kd, tally, &t), 0);
	for (size_t i = 0; i < s->o->nsym; i++)
		if (t.seen[i] == 0)
			report_fail(s->r, "kvm_each_symbol did not name %s, 0x%" PRIx64, s->o->sym[i].name,
			    s->o->sym[i].va);
	free(t.seen);
}

static void
extension(struct subject *s, const char *name, const char *function, bool missing,
    void (*run)(struct subject *, kvm_t *))
{
	kvm_t *kd;

	if (!begin(s, "%s", name))
		return;
	kd = subject_handle(s);
	if (kd != NULL && !lacks(s, missing, function))
		run(s, kd);
	report_end(s->r);
}

void
check_sym(struct subject *s)
{
	static const struct {
		const char *name;
		void (*run)(struct subject *, kvm_t *);
		bool nlist2;
	} checks[] = {
		{ "sym/nlist", nlist_all, false },
		{ "sym/nlist-one-by-one", nlist_single, false },
		{ "sym/nlist-repeated", nlist_repeat, false },
		{ "sym/nlist-end", nlist_end, false },
		{ "sym/nlist2", nlist2_all, true },
	};

	if (s->o->nsym == 0)
		return;
	for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++) {
		kvm_t *kd;

		if (!begin(s, "%s", checks[i].name))
			continue;
		if (flavor_resolves(s->lib, s->o)) {
			report_skip(s->r, "%s has the symbols of foreign kernels from the caller",
			    s->lib->flavor->library);
			report_end(s->r);
			continue;
		}
		kd = subject_handle(s);
		if (checks[i].nlist2)
			lacks(s, s->lib->kvm_nlist2 == NULL, "kvm_nlist2");
		else if (!lacks(s, s->lib->kvm_nlist == NULL, "kvm_nlist") && !fits(s->lib, s->o))
			report_skip(s->r, "this host's unsigned long does not hold the kernel's addresses");
		if (kd != NULL && (checks[i].nlist2 ? s->lib->kvm_nlist2 != NULL :
		    s->lib->kvm_nlist != NULL && fits(s->lib, s->o)))
			checks[i].run(s, kd);
		report_end(s->r);
	}
	extension(s, "sym/find", "kvm_symbol_find", s->lib->kvm_symbol_find == NULL, find);
	extension(s, "sym/at", "kvm_symbol_at", s->lib->kvm_symbol_at == NULL, at);
	extension(s, "sym/each", "kvm_each_symbol", s->lib->kvm_each_symbol == NULL, each);
}
