/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <fnmatch.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "report.h"
#include "util.h"

#define MAX_SHOWN	3	/* mismatches of one check shown in full */
#define LIBRARY	"library/"	/* checks of no fixture: is the function there? */
#define LIMIT_SECONDS	600	/* for one check, also under sanitizers and qemu-user */

enum verdict { PASS, FAIL, SKIP, KNOWN };

/* A line of the file of known failures. */
struct known {
	char *pattern, *link;
	unsigned line;
	bool found;		/* a check has such a name */
};

struct result {
	char *name;
	char *text;		/* diagnostics, or the reason of a skip */
	double seconds;
	enum verdict verdict;
};

struct report {
	struct report_options opt;
	struct result *result;
	size_t n, cap;
	unsigned count[4], of_fixtures[4];
	unsigned died;		/* children */
	FILE *record;		/* of a child: verdicts go here and not to standard output */
	/* The check that runs. */
	bool running;
	char *name;
	char *text;
	char *skip;
	unsigned mismatches, shown;
	bool muted;		/* the last mismatch is not shown, so its notes are not */
	bool stopped;
	struct timespec start;
	struct known *known;
	size_t nknown, knowncap;
};

/* PATTERN LINK on each line; both to the end of the run. */
static void
known_read(struct report *r, const char *path)
{
	FILE *f = fopen(path, "r");
	char line[1024];

	if (f == NULL)
		fatal("%s: %s", path, strerror(errno));
	for (unsigned n = 1; fgets(line, sizeof(line), f) != NULL; n++) {
		char *space;

		line[strcspn(line, "\n")] = '\0';
		if (line[0] == '\0' || line[0] == '#')
			continue;
		space = strchr(line, ' ');
		if (space == NULL || space[1] == '\0')
			fatal("%s:%u: wanted: PATTERN LINK", path, n);
		*space = '\0';
		r->known = grow(r->known, r->nknown, &r->knowncap, sizeof(*r->known));
		r->known[r->nknown++] = (struct known){ .pattern = xstrdup(line),
			.link = xstrdup(space + 1), .line = n };
	}
	fclose(f);
}

static const struct known *
known_find(const struct report *r, const char *name)
{
	for (size_t i = 0; i < r->nknown; i++)
		if (fnmatch(r->known[i].pattern, name, 0) == 0)
			return &r->known[i];
	return NULL;
}

struct report *
report_open(const struct report_options *opt)
{
	struct report *r = xmalloc(sizeof(*r));

	*r = (struct report){ .opt = *opt };
	if (opt->known != NULL)
		known_read(r, opt->known);
	if (!opt->list)
		printf("TAP version 13\n");
	return r;
}

struct report *
report_child(const struct report *parent, FILE *record)
{
	struct report *r = xmalloc(sizeof(*r));

	*r = (struct report){ .opt = parent->opt, .record = record };
	return r;
}

static char *
vformat(const char *fmt, va_list ap)
{
	va_list again;
	char *s;
	int n;

	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, ap);
	if (n < 0)
		fatal("cannot format \"%s\"", fmt);
	s = xmalloc((size_t)n + 1);
	vsnprintf(s, (size_t)n + 1, fmt, again);
	va_end(again);
	return s;
}

/* Adds a line (or several) to *to. */
static void
append(char **to, const char *s)
{
	char *joined = xasprintf("%s%s%s", *to != NULL ? *to : "", *to != NULL ? "\n" : "", s);

	free(*to);
	*to = joined;
}

/* ---- From a child to its parent: the same program, so the same layout of numbers ---- */

static void
put(FILE *f, const void *p, size_t n)
{
	if (fwrite(p, 1, n, f) != n)
		fatal("the record of verdicts: %s", strerror(errno));
}

static void
put_text(FILE *f, const char *s)
{
	size_t n = strlen(s);

	put(f, &n, sizeof(n));
	put(f, s, n);
}

static bool
get(FILE *f, void *p, size_t n)
{
	return fread(p, 1, n, f) == n;
}

/* NULL at the end. */
static char *
get_text(FILE *f)
{
	size_t n;
	char *s;

	if (!get(f, &n, sizeof(n)))
		return NULL;
	s = xmalloc(n + 1);
	if (!get(f, s, n)) {
		free(s);
		return NULL;
	}
	s[n] = '\0';
	return s;
}

/* True if one of these patterns, with commas between, matches the name as a glob or in part. */
static bool
wanted(const char *patterns, const char *name)
{
	bool found = false;

	while (*patterns != '\0' && !found) {
		size_t n = strcspn(patterns, ",");
		char *one = xasprintf("%.*s", (int)n, patterns);

		found = fnmatch(one, name, 0) == 0 || strstr(name, one) != NULL;
		free(one);
		patterns += n + (patterns[n] == ',');
	}
	return found;
}

bool
report_begin(struct report *r, const char *fmt, ...)
{
	va_list ap;
	char *name;

	if (r->running)
		fatal("check %s was begun inside %s", fmt, r->name);
	va_start(ap, fmt);
	name = vformat(fmt, ap);
	va_end(ap);
	if (r->opt.only != NULL && !wanted(r->opt.only, name)) {
		free(name);
		return false;
	}
	for (size_t i = 0; i < r->n; i++)
		if (strcmp(r->result[i].name, name) == 0)
			fatal("two checks are named %s", name);
	if (r->opt.list) {
		printf("%s\n", name);
		r->result = grow(r->result, r->n, &r->cap, sizeof(*r->result));
		r->result[r->n++] = (struct result){ .name = name };
		return false;
	}
	r->running = true;
	r->name = name;
	r->text = r->skip = NULL;
	r->mismatches = r->shown = 0;
	r->muted = false;
	r->stopped = false;
	clock_gettime(CLOCK_MONOTONIC, &r->start);
	put_text(r->record, name);
	if (fflush(r->record) != 0)	/* known to the parent if the library crashes */
		fatal("the record of verdicts: %s", strerror(errno));
	alarm(LIMIT_SECONDS);
	return true;
}

const char *
report_name(const struct report *r)
{
	return r->running ? r->name : "";
}

bool
report_room(const struct report *r)
{
	return r->shown < MAX_SHOWN;
}

bool
report_shown(const struct report *r)
{
	return !r->muted && !r->stopped;
}

bool
report_failed(const struct report *r)
{
	return r->mismatches > 0;
}

void
report_fail(struct report *r, const char *fmt, ...)
{
	va_list ap;
	char *s;

	if (!r->running)
		fatal("a failure outside of any check: %s", fmt);
	if (r->stopped)
		return;
	r->mismatches++;
	r->muted = true;
	if (r->shown >= MAX_SHOWN)
		return;
	va_start(ap, fmt);
	s = vformat(fmt, ap);
	va_end(ap);
	/* The same again tells nothing. */
	if (r->text == NULL || strstr(r->text, s) == NULL) {
		append(&r->text, s);
		r->shown++;
		r->muted = false;
	}
	free(s);
}

void
report_note(struct report *r, const char *fmt, ...)
{
	va_list ap;
	char *s;

	if (r->muted || r->stopped)
		return;
	va_start(ap, fmt);
	s = vformat(fmt, ap);
	va_end(ap);
	append(&r->text, s);
	free(s);
}

void
report_stop(struct report *r, const char *fmt, ...)
{
	va_list ap;
	char *s;

	if (r->stopped)
		return;
	va_start(ap, fmt);
	s = vformat(fmt, ap);
	va_end(ap);
	/* It is shown, whatever came before it. */
	r->mismatches++;
	r->shown++;
	append(&r->text, s);
	free(s);
	r->stopped = true;
}

bool
report_stopped(const struct report *r)
{
	return r->running && r->stopped;
}

void
report_skip(struct report *r, const char *fmt, ...)
{
	va_list ap;

	free(r->skip);
	va_start(ap, fmt);
	r->skip = vformat(fmt, ap);
	va_end(ap);
}

/* Diagnostics: every line after a "#". */
static void
print_text(const char *s)
{
	while (s != NULL && *s != '\0') {
		size_t n = strcspn(s, "\n");

		printf("#  %.*s\n", (int)n, s);
		s += n + (s[n] == '\n');
	}
}

/* A known failure does not count as one; what was fixed must leave the list. */
static void
expect_known(const struct report *r, struct result *res)
{
	const struct known *k = known_find(r, res->name);

	for (size_t i = 0; i < r->nknown; i++)
		if (!r->known[i].found)
			r->known[i].found = fnmatch(r->known[i].pattern, res->name, 0) == 0;
	if (k == NULL || res->verdict == SKIP)
		return;
	if (res->verdict == FAIL)
		res->verdict = KNOWN;
	else {
		free(res->text);
		res->text = xasprintf("it passes, but is listed as a known failure: %s", k->link);
		res->verdict = FAIL;
	}
}

/* Prints a verdict and keeps it for the end. */
static void
add(struct report *r, struct result *res)
{
	expect_known(r, res);
	r->count[res->verdict]++;
	if (strncmp(res->name, LIBRARY, strlen(LIBRARY)) != 0)
		r->of_fixtures[res->verdict]++;
	r->result = grow(r->result, r->n, &r->cap, sizeof(*r->result));
	r->result[r->n++] = *res;
	printf("%s %zu - %s%s%s\n", res->verdict == FAIL || res->verdict == KNOWN ? "not ok" : "ok",
	    r->n, res->name,
	    res->verdict == SKIP ? " # SKIP " : res->verdict == KNOWN ? " # TODO " : "",
	    res->verdict == SKIP ? res->text :
	    res->verdict == KNOWN ? known_find(r, res->name)->link : "");
	if (res->verdict == FAIL || res->verdict == KNOWN)
		print_text(res->text);
	if (r->opt.verbose)
		printf("# %.3f s\n", res->seconds);
}

void
report_end(struct report *r)
{
	struct result res = { .name = r->name };
	struct timespec now;

	alarm(0);
	clock_gettime(CLOCK_MONOTONIC, &now);
	res.seconds = (double)(now.tv_sec - r->start.tv_sec) +
	    (double)(now.tv_nsec - r->start.tv_nsec) / 1e9;
	if (r->mismatches > r->shown) {
		char *more = xasprintf("and %u more like these", r->mismatches - r->shown);

		append(&r->text, more);
		free(more);
	}
	res.verdict = r->mismatches > 0 ? FAIL : r->skip != NULL ? SKIP : PASS;
	put(r->record, &res.verdict, sizeof(res.verdict));
	put(r->record, &res.seconds, sizeof(res.seconds));
	put_text(r->record, res.verdict == SKIP ? r->skip : r->text != NULL ? r->text : "");
	free(r->text);
	free(r->skip);
	r->result = grow(r->result, r->n, &r->cap, sizeof(*r->result));
	r->result[r->n++] = res;
	r->running = false;
	r->name = r->text = r->skip = NULL;
}

void
report_take(struct report *r, FILE *record, const char *fixture, int status)
{
	struct result res = { .verdict = FAIL };

	rewind(record);
	while ((res.name = get_text(record)) != NULL) {
		res.text = NULL;
		if (!get(record, &res.verdict, sizeof(res.verdict)) ||
		    !get(record, &res.seconds, sizeof(res.seconds)) ||
		    (res.text = get_text(record)) == NULL)
			break;
		add(r, &res);
	}
	if (WIFEXITED(status) && WEXITSTATUS(status) == EXIT_ALL && res.name == NULL)
		return;
	/* It died: in the check whose end is missing, or after the last one. */
	if (res.name == NULL)
		res.name = xasprintf("%s/process", fixture);
	res.verdict = FAIL;
	res.seconds = 0;
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM)
		res.text = xstrdup("the library did not return in time");
	else if (WIFSIGNALED(status))
		res.text = xasprintf("the library crashed: signal %d", WTERMSIG(status));
	else
		res.text = xasprintf("the process ended with status %d", WEXITSTATUS(status));
	r->died++;
	add(r, &res);
}

static void
xml_text(FILE *f, const char *s, size_t n)
{
	for (; n > 0 && *s != '\0'; s++, n--) {
		unsigned char c = (unsigned char)*s;

		if (c == '&')
			fputs("&amp;", f);
		else if (c == '<')
			fputs("&lt;", f);
		else if (c == '>')
			fputs("&gt;", f);
		else if (c == '"')
			fputs("&quot;", f);
		else if ((c < 0x20 && c != '\n' && c != '\t') || c >= 0x7f)
			fputc('?', f);
		else
			fputc(c, f);
	}
}

static bool
junit_write(const struct report *r)
{
	FILE *f = fopen(r->opt.junit, "w");
	double seconds = 0;
	bool ok;

	if (f == NULL)
		return false;
	for (size_t i = 0; i < r->n; i++)
		seconds += r->result[i].seconds;
	fprintf(f, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuite name=\"kcore-conform\" "
	    "tests=\"%zu\" failures=\"%u\" skipped=\"%u\" errors=\"0\" time=\"%.3f\">\n",
	    r->n, r->count[FAIL], r->count[SKIP] + r->count[KNOWN], seconds);
	for (size_t i = 0; i < r->n; i++) {
		const struct result *res = &r->result[i];
		const char *rest = strchr(res->name, '/');
		size_t n = rest != NULL ? (size_t)(rest - res->name) : strlen(res->name);

		fputs("  <testcase classname=\"", f);
		xml_text(f, res->name, n);
		fputs("\" name=\"", f);
		xml_text(f, rest != NULL ? rest + 1 : res->name, SIZE_MAX);
		fprintf(f, "\" time=\"%.3f\"", res->seconds);
		if (res->verdict == PASS) {
			fputs("/>\n", f);
			continue;
		}
		fputs(res->verdict == FAIL ? "><failure message=\"" : "><skipped message=\"", f);
		xml_text(f, res->text, strcspn(res->text, "\n"));
		if (res->verdict == FAIL) {
			fputs("\">", f);
			xml_text(f, res->text, SIZE_MAX);
			fputs("</failure></testcase>\n", f);
		} else
			fputs("\"/></testcase>\n", f);
	}
	fputs("</testsuite>\n", f);
	ok = !ferror(f);
	return fclose(f) == 0 && ok;
}

void
report_each(const struct report *r, void (*fn)(void *arg, const char *name, const char *verdict,
    const char *text, double seconds), void *arg)
{
	static const char *const verdicts[] = {
		[PASS] = "pass", [FAIL] = "fail", [SKIP] = "skip", [KNOWN] = "known",
	};

	for (size_t i = 0; i < r->n; i++) {
		const struct result *res = &r->result[i];

		fn(arg, res->name, verdicts[res->verdict], res->text != NULL ? res->text : "", res->seconds);
	}
}

void
report_free(struct report *r)
{
	for (size_t i = 0; i < r->n; i++) {
		free(r->result[i].name);
		free(r->result[i].text);
	}
	free(r->result);
	for (size_t i = 0; i < r->nknown; i++) {
		free(r->known[i].pattern);
		free(r->known[i].link);
	}
	free(r->known);
	free(r);
}

/* Says which patterns no check has matched: they are misspelt, or what they name is gone. */
static bool
all_found(const struct report *r)
{
	bool all = true;

	for (size_t i = 0; i < r->nknown; i++)
		if (!r->known[i].found) {
			fprintf(stderr, "kcore-conform: %s:%u: %s matches no check\n", r->opt.known,
			    r->known[i].line, r->known[i].pattern);
			all = false;
		}
	return all;
}

/* Were there checks of fixtures, and every one was skipped?  That proves nothing. */
static bool
none_judged(const struct report *r, bool part)
{
	const unsigned *n = r->of_fixtures;

	if (n[SKIP] == 0 || n[PASS] + n[FAIL] + n[KNOWN] > 0)
		return false;
	fprintf(stderr, "kcore-conform: nothing was judged%s: all checks of fixtures (%u) were skipped\n",
	    part ? " in this part" : "", n[SKIP]);
	return true;
}

int
report_close(struct report *r, unsigned least, bool part, bool whole)
{
	int status = r->count[FAIL] > 0 ? EXIT_SOME : EXIT_ALL;

	/* One part of several may be that of other machines. */
	if (none_judged(r, part) && status == EXIT_ALL && !part)
		status = EXIT_CANNOT;

	if (whole && !all_found(r))
		status = EXIT_SOME;

	if (!r->opt.list) {
		printf("1..%zu\n%u passed, %u failed, %u skipped", r->n, r->count[PASS],
		    r->count[FAIL], r->count[SKIP]);
		if (r->opt.known != NULL)
			printf(", %u known to fail", r->count[KNOWN]);
		putchar('\n');
		if (r->opt.junit != NULL && !junit_write(r)) {
			fprintf(stderr, "kcore-conform: %s: %s\n", r->opt.junit, strerror(errno));
			status = EXIT_BROKEN;
		}
	}
	if (r->n == 0 || r->n < least) {
		if (r->n == 0)
			fprintf(stderr, "kcore-conform: no check matches\n");
		else
			fprintf(stderr, "kcore-conform: %zu checks, %u expected: some were lost%s\n", r->n,
			    least, r->died > 0 ? " with crashes" : "");
		if (r->died == 0)
			status = EXIT_BROKEN;
	}
	report_free(r);
	return status;
}
