/* SPDX-License-Identifier: BSD-2-Clause */
/* kvm_dump_header and kin on the core: they must emit the header that the core begins with. */
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

/* Receives what is emitted, and fails at one call. */
struct sink {
	uint8_t *p;
	size_t n, cap;
	unsigned calls, fail_at;	/* 0: never */
	bool empty;			/* a call with no bytes was seen */
};

static bool
sink_write(void *cookie, const void *buf, size_t len)
{
	struct sink *k = cookie;

	if (++k->calls == k->fail_at) {
		errno = ENOSPC;
		return false;
	}
	k->empty |= len == 0;
	while (k->cap - k->n < len)
		k->p = grow(k->p, k->cap, &k->cap, 1);
	if (len > 0)
		memcpy(k->p + k->n, buf, len);
	k->n += len;
	return true;
}

static void
same_header(struct subject *s, const struct kcore *k, const char *what, int64_t ret,
    const uint8_t *p, size_t n, uint32_t datasize)
{
	uint8_t *want = xmalloc((size_t)k->memory);
	size_t at = (size_t)k->memory - k->seghdrsize + 4;

	expect_number(s, what, ret, (int64_t)k->memory);
	if (pread(s->f->m.fd, want, (size_t)k->memory, 0) != (ssize_t)k->memory)
		fatal("%s: the core's header does not read", s->f->core);
	for (unsigned i = 0; i < 4; i++)
		want[at + i] = (uint8_t)(datasize >> (s->o->big ? 24 - 8 * i : 8 * i));
	if (n != k->memory)
		report_fail(s->r, "%s emitted %zu bytes, wanted %" PRIu64, what, n, k->memory);
	else
		for (size_t i = 0; i < n; i++)
			if (p[i] != want[i]) {
				report_fail(s->r, "%s: byte 0x%zx of the header\n  wanted: %02x\n  got:    %02x",
				    what, i, want[i], p[i]);
				break;
			}
	free(want);
}

static void
callback(struct subject *s, kvm_t *kd, const struct kcore *k)
{
	struct sink sink = { .n = 0 };
	int n;

	if (lacks(s, s->lib->kvm_dump_header == NULL, "kvm_dump_header"))
		return;
	n = s->lib->kvm_dump_header(kd, sink_write, &sink, (int)k->datasize);
	same_header(s, k, "kvm_dump_header", n, sink.p, sink.n, k->datasize);
	if (sink.empty)
		report_fail(s->r, "kvm_dump_header called back with no bytes");
	free(sink.p);
}

/* Sizes of 2 GiB and more; the file keeps their low 32 bits. */
static void
callback64(struct subject *s, kvm_t *kd, const struct kcore *k)
{
	const uint64_t size[] = { k->memory_len, k->datasize, UINT64_C(0x80000000),
		UINT64_C(0x123456789a), UINT64_MAX };

	if (lacks(s, s->lib->kvm_dump_header64 == NULL, "kvm_dump_header64"))
		return;
	for (size_t i = 0; i < sizeof(size) / sizeof(size[0]); i++) {
		struct sink sink = { .n = 0 };
		kssize_t n = s->lib->kvm_dump_header64(kd, sink_write, &sink, size[i]);

		same_header(s, k, "kvm_dump_header64", n, sink.p, sink.n, (uint32_t)size[i]);
		free(sink.p);
	}
}

static void
stream(struct subject *s, kvm_t *kd, const struct kcore *k)
{
	for (unsigned wide = 0; wide < 2; wide++) {
		FILE *f;
		int64_t n;
		size_t got;
		uint8_t *p;

		/* The narrow one alone is a check, too. */
		if (wide ? s->lib->kvm_dump_wrtheader64 == NULL :
		    lacks(s, s->lib->kvm_dump_wrtheader == NULL, "kvm_dump_wrtheader"))
			continue;
		f = fdopen(file_scratch(), "w+");
		if (f == NULL)
			fatal("fdopen: %s", strerror(errno));
		n = wide ? s->lib->kvm_dump_wrtheader64(kd, f, k->datasize) :
		    s->lib->kvm_dump_wrtheader(kd, f, (int)k->datasize);
		p = xmalloc((size_t)k->memory + 1);
		rewind(f);
		got = fread(p, 1, (size_t)k->memory + 1, f);
		same_header(s, k, wide ? "kvm_dump_wrtheader64" : "kvm_dump_wrtheader", n, p, got, k->datasize);
		free(p);
		fclose(f);
	}
}

/* Wherever a write fails, -1 is returned, a reason is given, and no more is written. */
static void
failing(struct subject *s, kvm_t *kd, const struct kcore *k)
{
	struct sink whole = { .n = 0 };
	FILE *full = NULL;

	if (lacks(s, s->lib->kvm_dump_header == NULL, "kvm_dump_header"))
		return;
	s->lib->kvm_dump_header(kd, sink_write, &whole, (int)k->datasize);
	free(whole.p);
	for (unsigned at = 1; at <= whole.calls; at++) {
		struct sink sink = { .fail_at = at };
		char what[64];

		snprintf(what, sizeof(what), "kvm_dump_header, call %u of %u fails", at, whole.calls);
		expect_number(s, what, s->lib->kvm_dump_header(kd, sink_write, &sink, 0), -1);
		expect_number(s, "calls made", sink.calls, at);
		expect_error(s, kd, what, strerror(ENOSPC));
		if (strstr(s->lib->kvm_geterr(kd), "kvm_dump_header") == NULL)
			expect_error(s, kd, what, "clear_gap");
		free(sink.p);
	}
	if (s->lib->kvm_dump_wrtheader != NULL)
		full = fopen("/dev/full", "w");
	if (full == NULL)
		return;
	setvbuf(full, NULL, _IONBF, 0);	/* else the error would come with fclose */
	expect_number(s, "kvm_dump_wrtheader to /dev/full", s->lib->kvm_dump_wrtheader(kd, full, 0), -1);
	fclose(full);
}

/* A handle that has a header does not adopt another one. */
static void
adopt(struct subject *s, kvm_t *kd, const struct kcore *k)
{
	(void)k;
	if (lacks(s, s->lib->kvm_dump_mkheader == NULL, "kvm_dump_mkheader"))
		return;
	expect_number(s, "kvm_dump_mkheader", s->lib->kvm_dump_mkheader(kd, 0), -1);
	expect_error(s, kd, "kvm_dump_mkheader", "already has a dump header");
}

void
check_header(struct subject *s)
{
	static const struct {
		const char *name;
		void (*run)(struct subject *, kvm_t *, const struct kcore *);
	} checks[] = {
		{ "header/callback", callback },
		{ "header/callback64", callback64 },
		{ "header/stream", stream },
		{ "header/failing", failing },
		{ "header/mkheader-again", adopt },
	};
	struct kcore k;

	if (!kcore_read(s->f, &k))
		return;
	for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++)
		if (begin(s, "%s", checks[i].name)) {
			kvm_t *kd = subject_handle(s);

			if (kd != NULL)
				checks[i].run(s, kd, &k);
			report_end(s->r);
		}
}
