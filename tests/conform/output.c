/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "html.h"
#include "json.h"
#include "output.h"
#include "util.h"

#define MAX_SPANS 1000		/* of one fixture: more cannot be seen in a picture */

bool
output_option(struct output *o, const char *option, const char *value)
{
	if (strcmp(option, "--json") == 0)
		o->json = value;
	else if (strcmp(option, "--html") == 0)
		o->html = value;
	else if (strcmp(option, "--from") == 0)
		o->from = value;
	else if (strcmp(option, "--compare") == 0)
		o->compare = value;
	else
		return false;
	return true;
}

/* ---- From a run ---- */

static void
add(void *arg, const char *name, const char *verdict, const char *text, double seconds)
{
	enum verdict_kind v = strcmp(verdict, "fail") == 0 ? VERDICT_FAIL :
	    strcmp(verdict, "skip") == 0 ? VERDICT_SKIP :
	    strcmp(verdict, "known") == 0 ? VERDICT_KNOWN : VERDICT_PASS;

	results_add(arg, name, v, text, (uint64_t)(seconds * 1e6 + 0.5));
}

/* The lines of a fixture's oracle that a picture is drawn from. */
static char *
excerpt(const struct oracle *o)
{
	static const char *const kinds[] = {
		[RAM_HASH] = "hash", [RAM_ZERO] = "zero", [RAM_ANY] = "any", [RAM_FILE] = "file",
	};
	char *text;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	if (f == NULL)
		fatal("out of memory for a fixture's oracle");
	for (size_t i = 0; i < o->nspan && i < MAX_SPANS; i++) {
		const struct span *sp = &o->span[i];

		fprintf(f, "%s %" PRIx64 " %" PRIx64, span_kind_name(sp->kind), sp->first, sp->last);
		if (sp->kind == SPAN_MAP)
			fprintf(f, " %" PRIx64, sp->pa);
		fputc('\n', f);
	}
	for (size_t i = 0; i < o->nram && i < MAX_SPANS; i++)
		fprintf(f, "ram %" PRIx64 " %" PRIx64 " %s\n", o->ram[i].first, o->ram[i].last,
		    kinds[o->ram[i].kind]);
	if (fclose(f) != 0)
		fatal("out of memory for a fixture's oracle");
	return text;
}

static int
by_pointed_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void
gather(struct results *r, const struct report *report, const struct fixtures *list)
{
	const char **bad;
	size_t nbad = 0;

	report_each(report, add, r);
	bad = xmalloc((r->n + 1) * sizeof(*bad));
	for (size_t i = 0; i < r->n; i++)
		if (r->outcome[i].verdict == VERDICT_FAIL || r->outcome[i].verdict == VERDICT_KNOWN)
			bad[nbad++] = r->outcome[i].fixture;
	qsort(bad, nbad, sizeof(*bad), by_pointed_name);
	for (size_t i = 0; i < list->n; i++) {
		const struct fixture *f = list->p[i];
		const char *name = f->name;
		char *oracle = NULL;
		struct place p = {
			.fixture = f->name, .os = f->o.os, .machine = f->o.machine, .regime = f->o.regime,
			.byteorder = f->o.big ? "big" : "little", .form = f->o.form, .bits = f->o.bits,
			.pagesize = f->o.pagesize,
		};

		if (bsearch(&name, bad, nbad, sizeof(*bad), by_pointed_name) != NULL)
			p.oracle = oracle = excerpt(&f->o);
		results_place(r, &p);
		free(oracle);
	}
	free(bad);
}

/* ---- Files ---- */

struct page {
	const struct results *r, *other;
};

static void
write_json(FILE *f, const struct page *p)
{
	json_write(f, p->r);
}

static void
write_html(FILE *f, const struct page *p)
{
	html_write(f, p->r, p->other);
}

/* Under another name until it is whole; devices and pipes as they are. */
static bool
save(const char *path, void (*writer)(FILE *, const struct page *), const struct page *page)
{
	struct stat st;
	bool direct = stat(path, &st) == 0 && !S_ISREG(st.st_mode), ok;
	char *temporary = xasprintf("%s.%ld.tmp", path, (long)getpid());
	FILE *f = fopen(direct ? path : temporary, "w");

	ok = f != NULL;
	if (ok) {
		writer(f, page);
		ok = !ferror(f);
		ok = fclose(f) == 0 && ok;
		if (!direct && ok)
			ok = rename(temporary, path) == 0;
		if (!direct && !ok) {
			int error = errno;

			unlink(temporary);
			errno = error;
		}
	}
	if (!ok)
		fprintf(stderr, "kcore-conform: %s: %s\n", path, strerror(errno));
	free(temporary);
	return ok;
}

static bool
write_all(const struct output *o, const struct results *r)
{
	struct results other;
	struct page page = { .r = r };
	bool ok = true;

	if (o->json != NULL)
		ok = save(o->json, write_json, &page);
	if (o->html == NULL)
		return ok;
	if (o->compare != NULL) {
		char *wrong = json_read(&other, o->compare);

		if (wrong != NULL) {
			fprintf(stderr, "kcore-conform: %s\n", wrong);
			free(wrong);
			return false;
		}
		page.other = &other;
	}
	ok = save(o->html, write_html, &page) && ok;
	if (page.other != NULL)
		results_fini(&other);
	return ok;
}

bool
output_run(const struct output *o, const struct report *report, const struct fixtures *list,
    const char *library, uint64_t seed)
{
	struct results r;
	bool ok;

	if (o->json == NULL && o->html == NULL)
		return true;
	results_init(&r, library, seed);
	gather(&r, report, list);
	ok = write_all(o, &r);
	results_fini(&r);
	return ok;
}

int
output_from(const struct output *o)
{
	struct results r;
	char *wrong = json_read(&r, o->from);
	int status;

	if (wrong != NULL) {
		fprintf(stderr, "kcore-conform: %s\n", wrong);
		free(wrong);
		return EXIT_BROKEN;
	}
	status = !write_all(o, &r) ? EXIT_BROKEN : r.count[VERDICT_FAIL] > 0 ? EXIT_SOME : EXIT_ALL;
	results_fini(&r);
	return status;
}
