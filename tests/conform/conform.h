/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the checks share: the run, the fixture that is judged, and how a read is compared
 * with the oracle.  Each check_*.c holds the checks of one part of the API; expected values
 * come from the oracle and the documents of the formats, never from the library.
 */
#ifndef CONFORM_H
#define CONFORM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fixture.h"
#include "lib.h"
#include "report.h"
#include "util.h"

#define CHUNK	((size_t)1 << 20)	/* largest read of one comparison */
#define GUARD	64			/* bytes behind it that must stay as they are */
#define UNTOUCHED 0xa5			/* what a buffer holds before a read */

struct conform {
	const struct lib *lib;
	struct report *report;
	const char *walk;	/* command that explains an address from the model, or NULL */
	unsigned walks;		/* how often it may still be run: it is slow */
	uint64_t seed;
	unsigned shard, shards;	/* judges fixture i if i % shards == shard; shards 0: all */
};

/* One fixture under judgement. */
struct subject {
	struct conform *c;
	const struct lib *lib;	/* c's */
	const struct fixture *f;
	const struct oracle *o;	/* f's */
	struct report *r;	/* c's */
	bool closed;		/* the core does not open: checks are skipped */
	kvm_t *kd;		/* kvm_openfiles of kernel and core, read-only; made on first use */
	uint8_t *got, *want;	/* CHUNK + GUARD bytes each */
	bool *known;
};

void subject_init(struct subject *, struct conform *, const struct fixture *);
void subject_fini(struct subject *);
/* The shared handle; if the core does not open the running check fails and NULL is returned. */
kvm_t *subject_handle(struct subject *);
/* Opens kernel and file; the running check fails and NULL is returned if that fails. */
kvm_t *subject_open(struct subject *, const char *file, int flags);
/* Closes, and fails the running check if that fails. */
void subject_close(struct subject *, kvm_t *);

/* report_begin with the fixture's name before the check's; if the core does not open the check is
 * skipped, and false returned. */
bool begin(struct subject *, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* The stream of the running check. */
struct rng begin_rng(const struct subject *);
/* True, with the running check skipped, if the library lacks a function. */
bool lacks(struct subject *, bool missing, const char *function);
/* True, with the running check skipped, if the library is in another process. */
bool elsewhere(struct subject *, const char *why);
/* True, with the running check skipped, if the library's flavor does not promise FLAVOR_*. */
bool unpromised(struct subject *, unsigned what, const char *words);

/* ---- Comparisons; each reports its own mismatch and returns whether all was well. ---- */

/* len bytes at va must be those of physical memory from pa on.  len <= CHUNK. */
bool expect_read(struct subject *, kvm_t *, uint64_t va, uint64_t pa, size_t len);
/* The same for the part of a map that starts at va. */
bool expect_map(struct subject *, kvm_t *, const struct span *, uint64_t va, size_t len);
/*
 * A read of len bytes at va must fail; its first good bytes are the map's behind good_pa, and
 * what follows them in the buffer is untouched.  kind tells how: SPAN_SHORT wants a short count.
 */
bool expect_fail(struct subject *, kvm_t *, uint64_t va, size_t len, size_t good,
    uint64_t good_pa, enum span_kind kind);
/* The last error's sentence must contain text. */
bool expect_error(struct subject *, kvm_t *, const char *what, const char *text);
/* A sentence, from a handle or an errbuf, must contain text. */
bool expect_text(struct subject *, const char *what, const char *got, const char *text);
/* A number returned. */
bool expect_number(struct subject *, const char *what, int64_t got, int64_t want);

/* n random reads of random spans, each as its span demands. */
void expect_sample(struct subject *, kvm_t *, struct rng *, unsigned n);

/* A random span of a kind, or NULL. */
const struct span *pick_span(const struct subject *, struct rng *, enum span_kind);
/* The first map with at least len bytes, or NULL. */
const struct span *first_map(const struct oracle *, uint64_t len);
/* Bytes from va to the end of the span, at most max. */
size_t span_left(const struct span *, uint64_t va, size_t max);
/* Addresses of a span on both sides of a multiple of 2^shift, for each step-th shift from a page's
 * on: table levels of any regime are among them.  How many there are. */
#define SPAN_EDGES	256
unsigned span_edges(const struct oracle *, const struct span *, unsigned step, uint64_t va[SPAN_EDGES]);
/* Notes for the mismatch reported last: the oracle's line of va, and both walks of it, what the
 * library did and what the model says.  Only if report_room was true before it. */
void show_walks(struct subject *, kvm_t *, uint64_t va);
/* Has the oracle a line of that kind? */
size_t span_count(const struct oracle *, enum span_kind);

/* ---- The checks ---- */

void check_files(struct subject *);	/* another library opens the core at all */
void check_open(struct subject *);	/* open ok, noheader, fail; arguments; close; geterr */
void check_map(struct subject *);	/* content and boundaries of maps */
void check_gap(struct subject *);	/* holes, absent and short memory, and their messages */
void check_read(struct subject *);	/* rules of kvm_read, kvm_read2, kvm_readstr */
void check_xlate(struct subject *);	/* kvm_xlate, kvm_getinfo */
void check_each(struct subject *);	/* kvm_each_range, kvm_each_extent, kvm_walk_pages */
void check_sym(struct subject *);	/* kvm_nlist, kvm_nlist2 */
void check_write(struct subject *);	/* kvm_write */
void check_header(struct subject *);	/* kvm_dump_header and kin on the core */
void check_device(struct subject *);	/* kvm_dump_mkheader and kin on the device */
void check_kerneldump(struct subject *);	/* kvm_dump_find, kvm_dump_clear */
void check_variants(struct subject *);	/* pread, no cache, in memory */
/* Two at once, beside another fixture of the list; descriptors. */
void check_handles(struct subject *, const struct fixtures *, size_t self);

#endif
