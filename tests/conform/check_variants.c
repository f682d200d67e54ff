/* SPDX-License-Identifier: BSD-2-Clause */
/* Other ways to open an image give the same answers, in the same words. */
#include <ctype.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "conform.h"
#include "try.h"

#define IN_MEMORY_MAX ((uint64_t)96 << 20)

/* The sentences of the shared handle and of this one, for the same failing reads. */
static void
same_words(struct subject *s, kvm_t *kd, struct rng *rng)
{
	kvm_t *shared = subject_handle(s);

	for (unsigned i = 0; shared != NULL && i < 60; i++) {
		const struct span *sp = pick_span(s, rng, (enum span_kind)(1 + i % 3));
		uint64_t va;

		if (sp == NULL)
			continue;
		va = rng_in(rng, sp->first, sp->last);
		lib_read(s->lib, shared, va, s->got, 1);
		lib_read(s->lib, kd, va, s->got, 1);
		if (strcmp(s->lib->kvm_geterr(shared), s->lib->kvm_geterr(kd)) != 0)
			report_fail(s->r, "0x%" PRIx64 ": two handles say\n  \"%s\"\n  \"%s\"", va,
			    s->lib->kvm_geterr(shared), s->lib->kvm_geterr(kd));
	}
}

static void
sample(struct subject *s, kvm_t *kd, const char *err, bool words)
{
	struct rng rng = begin_rng(s);

	if (kd == NULL) {
		report_fail(s->r, "it does not open: \"%s\"", err);
		return;
	}
	expect_sample(s, kd, &rng, 1500);
	if (words)
		same_words(s, kd, &rng);
	subject_close(s, kd);
}

static void
image(struct subject *s, unsigned flags)
{
	char err[LIB_ERRLEN] = "";

	if (lacks(s, s->lib->kvm_open_image == NULL, "kvm_open_image"))
		return;
	sample(s, fixture_try(s->lib, s->f, s->f->kernel, s->f->core, O_RDONLY, flags, err), err, true);
}

/* Does text hold the word, not as a part of another one? */
static bool
has_word(const char *text, const char *word)
{
	size_t n = strlen(word);

	for (const char *p = text; n > 0 && (p = strstr(p, word)) != NULL; p++) {
		bool begins = p == text || !(isalnum((unsigned char)p[-1]) || p[-1] == '_');

		if (begins && !isalnum((unsigned char)p[n]) && p[n] != '_')
			return true;
	}
	return false;
}

/* A port that asks the kernel's variables must name one of them. */
static bool
names_symbol(const struct oracle *o, const char *text)
{
	for (size_t i = 0; i < o->nsym; i++)
		if (has_word(text, o->sym[i].name))
			return true;
	return false;
}

/* Reads that succeed. */
static void
sample_maps(struct subject *s, kvm_t *kd, struct rng *rng)
{
	for (unsigned i = 0; i < 300; i++) {
		const struct span *sp = pick_span(s, rng, SPAN_MAP);
		uint64_t va;

		if (sp == NULL)
			return;
		va = rng_in(rng, sp->first, sp->last);
		expect_map(s, kd, sp, va, span_left(sp, va, (size_t)rng_in(rng, 1, 5000)));
	}
}

/* DragonFly's first minidumps are FreeBSD/amd64's to the byte: only the kernel tells them apart. */
static bool
written_alike(const struct oracle *o, const struct kvm_info *ki)
{
	return strcmp(o->form, "dragonfly-minidump") == 0 && strcmp(o->regime, "pte") == 0 &&
	    strcmp(ki->ki_os, "freebsd") == 0 && strcmp(ki->ki_machine, "amd64") == 0;
}

/*
 * What opened without a kernel is the fixture's own kind of image, or nothing.  What the kernel
 * alone tells (how deep the tables are, the size of a page) may be missed; where nothing was
 * missed, memory reads as with the kernel.
 */
static void
same_image(struct subject *s, kvm_t *kd)
{
	const struct oracle *o = s->o;
	struct rng rng = begin_rng(s);
	struct kvm_info ki;

	if (s->lib->kvm_getinfo == NULL)
		return;
	memset(&ki, 0, sizeof(ki));
	if (s->lib->kvm_getinfo(kd, &ki, sizeof(ki)) != 0 || ki.ki_os == NULL ||
	    ki.ki_machine == NULL || ki.ki_regime == NULL)
		report_fail(s->r, "kvm_getinfo without a kernel: \"%s\"", s->lib->kvm_geterr(kd));
	else if ((o->is_raw && strcmp(ki.ki_os, "raw") == 0) || written_alike(o, &ki))
		sample_maps(s, kd, &rng);	/* the sentences are of another family */
	else if (strcmp(ki.ki_os, o->os) != 0 || strcmp(ki.ki_machine, o->machine) != 0)
		report_fail(s->r, "without a kernel it is taken for one of %s/%s, wanted: %s/%s", ki.ki_os,
		    ki.ki_machine, o->os, o->machine);
	else if (strcmp(ki.ki_regime, o->regime) == 0 && ki.ki_bits == o->bits &&
	    ki.ki_vabits == o->vabits && ki.ki_pagesize == o->pagesize &&
	    oracle_sym(o, "va2pa_offset") == NULL)	/* sparc: where its tables are */
		expect_sample(s, kd, &rng, 300);
}

/*
 * Without a kernel there are no symbols, but memory reads; where the dump alone does not tell
 * whose it is, or where its tables are, opening it fails and names what it might be, or what
 * is needed.
 */
static void
no_kernel(struct subject *s)
{
	char err[LIB_ERRLEN] = "";
	struct nlist nl[2] = { { .n_name = "dumpmag" }, { .n_name = NULL } };
	char *own;
	kvm_t *kd;

	if (lacks(s, s->lib->kvm_open_image == NULL, "kvm_open_image"))
		return;
	kd = fixture_try(s->lib, s->f, NULL, s->f->core, O_RDONLY, 0, err);
	if (kd != NULL && s->lib->kvm_nlist != NULL)
		expect_number(s, "kvm_nlist without a kernel", s->lib->kvm_nlist(kd, nl), -1);
	if (kd != NULL) {
		same_image(s, kd);
		subject_close(s, kd);
		return;
	}
	own = xasprintf("%s/%s", s->o->os, s->o->machine);
	if (strstr(err, "may be a dump of") != NULL ? !has_word(err, own) :
	    strstr(err, "give the kernel") == NULL && !names_symbol(s->o, err))
		report_fail(s->r, "without a kernel\n  wanted: it opens, or \"... may be a dump of ... %s "
		    "...\", \"... give the kernel ...\", or the name of a symbol\n  got:    \"%s\"", own, err);
	free(own);
}

static void
in_memory(struct subject *s)
{
	char err[LIB_ERRLEN] = "";
	size_t n = (size_t)s->f->m.size;
	struct kvm_open_options opt;
	uint8_t *p;

	if (lacks(s, s->lib->kvm_open_mem == NULL, "kvm_open_mem") ||
	    elsewhere(s, "it does not see our memory"))
		return;
	p = xmalloc(n);
	for (size_t done = 0; done < n;) {
		ssize_t k = pread(s->f->m.fd, p + done, n - done, (off_t)done);

		if (k <= 0)
			fatal("%s: it does not read", s->f->core);
		done += (size_t)k;
	}
	fixture_options(s->f, 0, &opt);
	sample(s, s->lib->kvm_open_mem(s->f->kernel, p, n, &opt, err), err, false);
	free(p);
}

void
check_variants(struct subject *s)
{
	static const struct {
		const char *name;
		unsigned flags;
	} variants[] = {
		{ "variant/pread", KVM_OPEN_PREAD },
		{ "variant/no-cache", KVM_OPEN_NOCACHE },
		{ "variant/pread-no-cache", KVM_OPEN_PREAD | KVM_OPEN_NOCACHE },
	};

	for (size_t i = 0; i < sizeof(variants) / sizeof(variants[0]); i++)
		if (begin(s, "%s", variants[i].name)) {
			image(s, variants[i].flags);
			report_end(s->r);
		}
	if (begin(s, "variant/no-kernel")) {
		no_kernel(s);
		report_end(s->r);
	}
	if (s->f->m.size <= IN_MEMORY_MAX && begin(s, "variant/in-memory")) {
		in_memory(s);
		report_end(s->r);
	}
}
