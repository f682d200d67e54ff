/* SPDX-License-Identifier: BSD-2-Clause */
/* Handles are independent: two at once, eight threads; and what they leave behind: nothing. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conform.h"
#include "descriptors.h"
#include "flavor.h"
#include "try.h"

/* Two fixtures, read by turns. */
static void
interleaved(struct subject *s, const struct fixture *other)
{
	struct subject t;
	struct rng rng = begin_rng(s);
	kvm_t *a, *b;

	subject_init(&t, s->c, other);
	a = subject_open(s, s->f->core, O_RDONLY);
	b = subject_open(&t, other->core, O_RDONLY);
	for (unsigned i = 0; a != NULL && b != NULL && i < 400; i++) {
		expect_sample(s, a, &rng, 1 + i % 3);
		expect_sample(&t, b, &rng, 1 + i % 2);
	}
	/* The one that is left works on when the other is closed. */
	if (a != NULL)
		subject_close(s, a);
	if (b != NULL) {
		expect_sample(&t, b, &rng, 20);
		subject_close(&t, b);
	}
	subject_fini(&t);
}

enum { THREADS = 8, READS = 400 /* of each thread, four times */ };

/* One thread's work.  It reports nothing itself: verdicts belong to the main thread. */
struct job {
	const struct lib *lib;
	const struct fixture *f;
	uint64_t seed, bad_va;
	pthread_barrier_t *all;
	char reason[256];	/* "": all was well */
};

static void *
job_run(void *arg)
{
	struct job *j = arg;
	const struct oracle *o = &j->f->o;
	struct rng rng = rng_make(j->seed, "thread");
	uint8_t got[256], want[256];
	bool known[256];
	kvm_t *kd;

	for (unsigned round = 0; round < 4; round++) {
		char err[LIB_ERRLEN] = "";

		kd = fixture_try(j->lib, j->f, j->f->kernel, j->f->core, O_RDONLY, 0, err);
		/* A busy machine would run one thread after the other. */
		if (round == 0)
			(void)pthread_barrier_wait(j->all);
		if (kd == NULL) {
			snprintf(j->reason, sizeof(j->reason), "it does not open: %.200s", err);
			return NULL;
		}
		for (unsigned i = 0; i < READS; i++) {
			const struct span *sp = &o->span[rng_in(&rng, 0, o->nspan - 1)];
			uint64_t va = rng_in(&rng, sp->first, sp->last);
			size_t n = span_left(sp, va, (size_t)rng_in(&rng, 1, sizeof(got)));
			kssize_t ret = lib_read(j->lib, kd, va, got, n);
			bool map = sp->kind == SPAN_MAP, ok = map ? ret == (kssize_t)n : ret <= 0;

			j->bad_va = va;
			if (!ok)
				snprintf(j->reason, sizeof(j->reason), "a read of %zu bytes returned %" PRId64, n,
				    ret);
			if (ok && map && memory_want(&j->f->m, sp->pa + (va - sp->first), n, want, known) &&
			    memcmp(got, want, n) != 0)
				snprintf(j->reason, sizeof(j->reason), "%zu bytes differ", n);
			if (j->reason[0] != '\0') {
				j->lib->kvm_close(kd);
				return NULL;
			}
		}
		j->lib->kvm_close(kd);
	}
	return NULL;
}

static void
threads(struct subject *s, const struct fixture *other)
{
	pthread_barrier_t all;
	struct job job[THREADS];
	pthread_t thread[THREADS];

	if (elsewhere(s, "one request at a time"))
		return;
	if (pthread_barrier_init(&all, NULL, THREADS) != 0)
		fatal("pthread_barrier_init failed");
	for (unsigned i = 0; i < THREADS; i++) {
		job[i] = (struct job) { .lib = s->lib, .f = i % 2 == 0 ? s->f : other,
			.seed = s->c->seed + i, .all = &all };
		int n = pthread_create(&thread[i], NULL, job_run, &job[i]);

		if (n != 0)
			fatal("pthread_create: %s", strerror(n));
	}
	for (unsigned i = 0; i < THREADS; i++) {
		pthread_join(thread[i], NULL);
		if (job[i].reason[0] != '\0')
			report_fail(s->r, "thread %u, %s, 0x%" PRIx64 ": %s", i + 1, job[i].f->name,
			    job[i].bad_va, job[i].reason);
	}
	pthread_barrier_destroy(&all);
}

/* What a handle opens is close-on-exec, and closed with it. */
static void
descriptors(struct subject *s)
{
	static const unsigned flags[] = { 0, KVM_OPEN_PREAD };
	struct descriptors before, open, after;
	struct rng rng = begin_rng(s);

	if (elsewhere(s, "its descriptors are not seen"))
		return;
	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		char err[LIB_ERRLEN] = "";
		bool cloexec;
		kvm_t *kd;

		if (i > 0 && s->lib->kvm_open_image == NULL)
			break;
		descriptors_take(&before);
		kd = fixture_try(s->lib, s->f, s->f->kernel, s->f->core, O_RDONLY, flags[i], err);
		if (kd == NULL) {
			report_fail(s->r, "it does not open: \"%s\"", err);
			return;
		}
		expect_sample(s, kd, &rng, 50);
		if (s->lib->kvm_nlist2 != NULL) {
			struct kvm_nlist nl[2] = { { .n_name = "dumpmag" }, { .n_name = NULL } };

			s->lib->kvm_nlist2(kd, nl);
		}
		descriptors_take(&open);
		descriptors_new(&before, &open, &cloexec);
		if (!cloexec)
			report_fail(s->r, "a descriptor is not close-on-exec");
		subject_close(s, kd);
		descriptors_take(&after);
		descriptors_same(s, &before, &after, "kvm_close");
	}
}

/* A library that keeps in a variable what a machine's dumps differ in mixes up these two. */
static bool
differs_in_regime(const struct oracle *a, const struct oracle *b)
{
	return strcmp(a->os, b->os) == 0 && strcmp(a->machine, b->machine) == 0 &&
	    strcmp(a->regime, b->regime) != 0;
}

/*
 * The next fixture that opens, to be read beside this one: of another regime of its machine, else
 * any; itself if there is no other.  One that should open and does not fails its own checks, and
 * none of this fixture's.
 */
static const struct fixture *
partner(struct subject *s, const struct fixtures *list, size_t self)
{
	for (int any = 0; any < 2; any++)
		for (size_t k = 1; k < list->n; k++) {
			struct fixture *f = list->p[(self + k) % list->n];
			char err[LIB_ERRLEN];
			kvm_t *kd;

			if (f->o.open != OPEN_OK || f->o.nspan == 0 || (!any && !differs_in_regime(s->o, &f->o)) ||
			    !flavor_reads(s->lib, &f->o, err, sizeof(err)))
				continue;
			kd = fixture_try(s->lib, f, f->kernel, f->core, O_RDONLY, 0, err);
			if (kd == NULL)
				continue;
			s->lib->kvm_close(kd);
			fixture_open(f);
			return f;
		}
	return s->f;
}

void
check_handles(struct subject *s, const struct fixtures *list, size_t self)
{
	if (s->o->nspan == 0)
		return;
	if (begin(s, "handles/interleaved")) {
		interleaved(s, partner(s, list, self));
		report_end(s->r);
	}
	if (begin(s, "handles/threads")) {
		threads(s, partner(s, list, self));
		report_end(s->r);
	}
	if (begin(s, "handles/descriptors")) {
		descriptors(s);
		report_end(s->r);
	}
}
