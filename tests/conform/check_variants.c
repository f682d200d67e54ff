/* SPDX-License-Identifier: BSD-2-Clause */
/* Other ways to open an image give the same answers, in the same words. */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "conform.h"

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
	struct kvm_open_options opt = { .ko_size = sizeof(opt), .ko_flags = flags };
	char err[LIB_ERRLEN] = "";

	if (lacks(s, s->lib->kvm_open_image == NULL, "kvm_open_image"))
		return;
	sample(s, s->lib->kvm_open_image(s->f->kernel, s->f->core, O_RDONLY, &opt, err), err, true);
}

/* Without a kernel there are no symbols, but memory reads: the fixture's regime must be found. */
static void
no_kernel(struct subject *s)
{
	char err[LIB_ERRLEN] = "";
	struct nlist nl[2] = { { .n_name = "dumpmag" }, { .n_name = NULL } };
	kvm_t *kd;

	if (lacks(s, s->lib->kvm_open_image == NULL, "kvm_open_image"))
		return;
	kd = s->lib->kvm_open_image(NULL, s->f->core, O_RDONLY, NULL, err);
	if (kd != NULL && s->lib->kvm_nlist != NULL)
		expect_number(s, "kvm_nlist without a kernel", s->lib->kvm_nlist(kd, nl), -1);
	/* Which depth the tables have is told by the kernel alone: nothing is read then. */
	if (kd != NULL)
		subject_close(s, kd);
	else
		report_fail(s->r, "without a kernel: \"%s\"", err);
}

static void
in_memory(struct subject *s)
{
	char err[LIB_ERRLEN] = "";
	size_t n = (size_t)s->f->m.size;
	uint8_t *p;

	if (lacks(s, s->lib->kvm_open_mem == NULL, "kvm_open_mem"))
		return;
	p = xmalloc(n);
	for (size_t done = 0; done < n;) {
		ssize_t k = pread(s->f->m.fd, p + done, n - done, (off_t)done);

		if (k <= 0)
			fatal("%s: it does not read", s->f->core);
		done += (size_t)k;
	}
	sample(s, s->lib->kvm_open_mem(s->f->kernel, p, n, NULL, err), err, false);
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
