/* SPDX-License-Identifier: BSD-2-Clause */
#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "html.h"
#include "html_style.h"
#include "mismatch.h"
#include "picture.h"
#include "util.h"

/* Bytes after which failures are only named, pictures left out, and names only counted. */
#define DETAIL_BUDGET	((size_t)1800000)
#define PICTURE_BUDGET	((size_t)900000)
#define NAME_BUDGET	((size_t)700000)
#define MANY		12	/* failed checks up to which all are shown open */
#define MAX_SKIP_NAMES	40	/* of one reason */
#define MAX_DIFFER	400
#define MAX_BAD		64	/* marked addresses of a picture */

/* What a libkvm must be able to do, in the order in which one thing needs the other. */
static const struct capability {
	const char *name, *what;
	const char *starts[5];	/* of a check's name ... */
	const char *ends;	/* ... and its end, or NULL */
} capabilities[] = {
	{ "open", "kernel and image open, bad ones are refused with a reason", { "open/" }, NULL },
	{ "translate", "a virtual address gives the right physical address and protection",
	    { "map-", "hole-", "absent-", "short-", "info/" }, "/xlate" },
	{ "content", "mapped memory reads as the bytes that are there", { "map-", "read/" }, NULL },
	{ "edges", "reads that end at, or cross, the border of a mapping", { "straddle/" }, "/edges" },
	{ "holes", "what is not mapped, or not in the image, is an error and never other bytes",
	    { "hole-", "absent-", "short-", "messages/" }, NULL },
	{ "walk", "the page table entries on the way are those that are there", { "xlate/" }, NULL },
	{ "enumerate", "all mappings are listed, each once", { "each/" }, NULL },
	{ "symbols", "names of the kernel's symbol table", { "sym/" }, NULL },
	{ "write", "kvm_write changes what it should and nothing else", { "write/" }, NULL },
	{ "headers", "dump headers are written as they were read", { "header/" }, NULL },
	{ "device", "a dump on a device is found, saved and marked",
	    { "device/", "inval/", "kerneldump/" }, NULL },
	{ "variants", "other ways to open give the same bytes", { "variant/" }, NULL },
	{ "handles", "several at once do not disturb each other, and nothing leaks",
	    { "handles/" }, NULL },
	{ "other", "the library as a whole: it crashed, or a check of no kind above", { NULL }, NULL },
};
#define CAPS	(sizeof(capabilities) / sizeof(capabilities[0]))
#define OTHER	(CAPS - 1)

static const char *const signs[VERDICT_KINDS] = { "&#x2713;", "&#x2717;", "&#x2013;", "!" };
static const char *const classes[VERDICT_KINDS] = { "p", "f", "s", "k" };

/* Failures of a cell: the first library's in order, then those of the second alone. */
struct cell {
	uint64_t count[2][VERDICT_KINDS];
	const struct outcome **failed;
	size_t n, cap;
};

/* A port: a row of the matrix. */
struct row {
	const char *os, *machine, *regime, *byteorder;
	struct cell cell[CAPS];
	bool good;
};

struct page {
	FILE *f;
	const struct results *lib[2];	/* [1] may be NULL */
	const struct place **place;	/* of both, by name */
	size_t nplace;
	struct row **row;
	size_t nrow, rowcap;
	const struct outcome **sorted[2];	/* by fixture and check */
	bool used[CAPS];
	bool open;			/* few failures: show them all */
	size_t detail, picture, name;	/* bytes left */
};

void
html_text(FILE *f, const char *s, size_t n)
{
	for (; n > 0 && *s != '\0'; s++, n--) {
		if (*s == '&')
			fputs("&amp;", f);
		else if (*s == '<')
			fputs("&lt;", f);
		else if (*s == '>')
			fputs("&gt;", f);
		else if (*s == '"')
			fputs("&quot;", f);
		else if (*s == '\'')
			fputs("&#39;", f);
		else
			fputc(*s, f);
	}
}

static void
text(FILE *f, const char *s)
{
	html_text(f, s, SIZE_MAX);
}

static bool
is_bad(const struct outcome *o)
{
	return o->verdict == VERDICT_FAIL || o->verdict == VERDICT_KNOWN;
}

/* ---- What belongs where ---- */

static size_t
capability(const char *check)
{
	size_t len = strlen(check);

	if (len > 6 && strcmp(check + len - 6, "/xlate") == 0)
		return 1;
	if (len > 6 && strcmp(check + len - 6, "/edges") == 0)
		return 3;
	for (size_t c = 0; c < OTHER; c++)
		for (size_t i = 0; i < 5 && capabilities[c].starts[i] != NULL; i++) {
			const char *start = capabilities[c].starts[i];

			/* A row with an end takes its kind of map and hole by that end alone. */
			if (capabilities[c].ends != NULL && start[strlen(start) - 1] == '-')
				continue;
			if (strncmp(check, start, strlen(start)) == 0)
				return c;
		}
	return OTHER;
}

static int
by_place(const void *a, const void *b)
{
	return strcmp((*(const struct place *const *)a)->fixture,
	    (*(const struct place *const *)b)->fixture);
}

static const struct place *
find_place(const struct page *p, const char *fixture)
{
	size_t lo = 0, hi = p->nplace;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		int c = strcmp(p->place[mid]->fixture, fixture);

		if (c == 0)
			return p->place[mid];
		if (c < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return NULL;
}

static int
row_compare(const struct row *a, const struct row *b)
{
	int c = strcmp(a->os, b->os);

	if (c == 0)
		c = strcmp(a->machine, b->machine);
	if (c == 0)
		c = strcmp(a->regime, b->regime);
	return c != 0 ? c : strcmp(a->byteorder, b->byteorder);
}

static int
by_row(const void *a, const void *b)
{
	return row_compare(*(struct row *const *)a, *(struct row *const *)b);
}

static struct row *
find_row(struct page *p, const struct outcome *o)
{
	const struct place *pl = find_place(p, o->fixture);
	struct row key = { .os = o->fixture, .machine = "", .regime = "", .byteorder = "" };

	if (pl != NULL)
		key = (struct row){ .os = pl->os, .machine = pl->machine, .regime = pl->regime,
			.byteorder = pl->byteorder };
	/* Fixtures of a port mostly follow each other. */
	for (size_t i = p->nrow; i-- > 0;)
		if (row_compare(p->row[i], &key) == 0)
			return p->row[i];
	p->row = grow(p->row, p->nrow, &p->rowcap, sizeof(*p->row));
	p->row[p->nrow] = xmalloc(sizeof(key));
	*p->row[p->nrow] = key;
	return p->row[p->nrow++];
}

static int
by_name(const void *a, const void *b)
{
	const struct outcome *x = *(const struct outcome *const *)a;
	const struct outcome *y = *(const struct outcome *const *)b;
	int c = strcmp(x->fixture, y->fixture);

	return c != 0 ? c : strcmp(x->check, y->check);
}

/* The same check in the results of library i, or NULL. */
static const struct outcome *
twin(const struct page *p, int i, const struct outcome *o)
{
	const struct outcome *const *hit;

	if (p->lib[i] == NULL || p->lib[i]->n == 0)
		return NULL;
	hit = bsearch(&o, p->sorted[i], p->lib[i]->n, sizeof(o), by_name);
	return hit != NULL ? *hit : NULL;
}

static bool
from_first(const struct page *p, const struct outcome *o)
{
	return p->lib[0]->n > 0 && o >= p->lib[0]->outcome && o < p->lib[0]->outcome + p->lib[0]->n;
}

static void
sort_out(struct page *p)
{
	size_t n = p->lib[0]->nplace + (p->lib[1] != NULL ? p->lib[1]->nplace : 0);

	p->place = xmalloc((n + 1) * sizeof(*p->place));
	for (int i = 0; i < 2 && p->lib[i] != NULL; i++) {
		size_t known = p->nplace;

		for (size_t k = 0; k < p->lib[i]->nplace; k++) {
			const struct place *pl = &p->lib[i]->place[k];
			size_t j;

			for (j = 0; i == 1 && j < known; j++)
				if (strcmp(p->place[j]->fixture, pl->fixture) == 0)
					break;
			if (i == 0 || j == known)
				p->place[p->nplace++] = pl;
			else if (p->place[j]->oracle == NULL)
				p->place[j] = pl;	/* it may have what pictures need */
		}
	}
	qsort(p->place, p->nplace, sizeof(*p->place), by_place);
	for (int i = 0; i < 2 && p->lib[i] != NULL; i++) {
		p->sorted[i] = xmalloc((p->lib[i]->n + 1) * sizeof(*p->sorted[i]));
		for (size_t k = 0; k < p->lib[i]->n; k++)
			p->sorted[i][k] = &p->lib[i]->outcome[k];
		qsort(p->sorted[i], p->lib[i]->n, sizeof(*p->sorted[i]), by_name);
	}
	for (int i = 0; i < 2 && p->lib[i] != NULL; i++)
		for (size_t k = 0; k < p->lib[i]->n; k++) {
			const struct outcome *o = &p->lib[i]->outcome[k], *t;
			size_t c = capability(o->check);
			struct cell *cell = &find_row(p, o)->cell[c];

			cell->count[i][o->verdict]++;
			p->used[c] = true;
			if (!is_bad(o))
				continue;
			t = i == 1 ? twin(p, 0, o) : NULL;
			if (t != NULL && is_bad(t))
				continue;	/* shown with the first library's */
			cell->failed = grow(cell->failed, cell->n, &cell->cap, sizeof(*cell->failed));
			cell->failed[cell->n++] = o;
		}
	qsort(p->row, p->nrow, sizeof(*p->row), by_row);
	for (size_t i = 0; i < p->nrow; i++) {
		p->row[i]->good = true;
		for (size_t c = 0; c < CAPS; c++)
			p->row[i]->good = p->row[i]->good && p->row[i]->cell[c].n == 0;
	}
}

static uint64_t
sum(const uint64_t count[VERDICT_KINDS])
{
	return count[VERDICT_PASS] + count[VERDICT_FAIL] + count[VERDICT_SKIP] + count[VERDICT_KNOWN];
}

/* The verdict by which a cell is coloured: the worst. */
static enum verdict_kind
worst(const uint64_t count[VERDICT_KINDS])
{
	return count[VERDICT_FAIL] > 0 ? VERDICT_FAIL : count[VERDICT_KNOWN] > 0 ? VERDICT_KNOWN :
	    count[VERDICT_PASS] > 0 ? VERDICT_PASS : VERDICT_SKIP;
}

/* ---- Top of the page ---- */

static void
write_totals(const struct page *p, int i)
{
	static const char *const words[VERDICT_KINDS] = { "passed", "failed", "skipped", "known to fail" };
	const struct results *r = p->lib[i];
	FILE *f = p->f;

	if (p->lib[1] != NULL)
		fprintf(f, "<h3>%c: ", 'A' + i);
	else
		fputs("<p>Library under test: ", f);
	fputs("<code>", f);
	text(f, r->library);
	fprintf(f, "</code>%s\n<div class=\"totals\">", p->lib[1] != NULL ? "</h3>" : "</p>");
	for (int v = 0; v < VERDICT_KINDS; v++) {
		if (v == VERDICT_KNOWN && r->count[v] == 0)
			continue;
		fprintf(f, "<div class=\"%s\"><b>%s %" PRIu64 "</b>%s</div>",
		    r->count[v] > 0 ? classes[v] : "s", signs[v], r->count[v], words[v]);
	}
	fprintf(f, "<div><b>%zu</b>checks of %zu fixtures</div><div><b>%" PRIu64 ".%" PRIu64
	    " s</b>in checks</div><div><b>%" PRIu64 "</b>seed</div></div>\n", r->n, r->nplace,
	    r->us / 1000000, r->us / 100000 % 10, r->seed);
}

static void
write_top(const struct page *p)
{
	FILE *f = p->f;

	fprintf(f, "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
	    "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">"
	    "<title>libkvm conformance: %" PRIu64 " failed</title>\n<style>", p->lib[0]->count[VERDICT_FAIL]);
	fputs(html_style, f);
	fputs("</style></head><body>\n<h1>libkvm conformance</h1>\n"
	    "<p class=\"dim\">A libkvm reads images of kernel memory. Here it was given <em>fixtures</em>: a kernel, an "
	    "image of its memory, and an <em>oracle</em> that states what lies at which address, what is a hole, and "
	    "what the image lacks. Each <em>check</em> asks the library one thing and holds the answer against the "
	    "oracle. A row below is a port: operating system, machine, the form of its page tables, byte order.</p>\n", f);
	for (int i = 0; i < 2 && p->lib[i] != NULL; i++)
		write_totals(p, i);
	fputs("<p class=\"dim\">One check again: <code>kcore-conform --only 'FIXTURE/CHECK' DIRECTORY</code>. "
	    "Contents: <a href=\"#capabilities\">capabilities</a>, <a href=\"#matrix\">ports</a>, ", f);
	if (p->lib[1] != NULL)
		fputs("<a href=\"#differ\">where the two differ</a>, ", f);
	fputs("<a href=\"#failures\">failures</a>, <a href=\"#skips\">skipped</a>.</p>\n", f);
}

/* Also the legend of the matrix, in the order in which a port is best repaired. */
static void
write_capabilities(const struct page *p)
{
	FILE *f = p->f;

	fputs("<h2 id=\"capabilities\">What was checked</h2>\n<p class=\"dim\">In the order in which to repair: what is "
	    "further down mostly needs what is above.</p><div class=\"scroll\"><table><thead><tr><th>capability</th>"
	    "<th>what it means</th>", f);
	for (int i = 0; i < 2 && p->lib[i] != NULL; i++)
		fprintf(f, "<th>%s%.*s</th><th>failed</th><th>passed</th><th>skipped</th><th>ports that fail</th>",
		    p->lib[1] != NULL ? "library " : "", 1, p->lib[1] == NULL ? "" : i == 0 ? "A" : "B");
	fputs("</tr></thead><tbody>\n", f);
	for (size_t c = 0; c < CAPS; c++) {
		if (!p->used[c])
			continue;
		fprintf(f, "<tr><th>%s</th><td>%s</td>", capabilities[c].name, capabilities[c].what);
		for (int i = 0; i < 2 && p->lib[i] != NULL; i++) {
			uint64_t count[VERDICT_KINDS] = { 0 };
			size_t ports = 0;

			for (size_t k = 0; k < p->nrow; k++) {
				const uint64_t *cell = p->row[k]->cell[c].count[i];

				for (int v = 0; v < VERDICT_KINDS; v++)
					count[v] += cell[v];
				ports += cell[VERDICT_FAIL] > 0;
			}
			if (sum(count) == 0)
				fputs("<td class=\"dim\">&middot;</td>", f);
			else
				fprintf(f, "<td class=\"%s\">%s</td>", classes[worst(count)], signs[worst(count)]);
			fprintf(f, "<td>%" PRIu64 "</td><td>%" PRIu64 "</td><td>%" PRIu64 "</td><td>%zu</td>",
			    count[VERDICT_FAIL], count[VERDICT_PASS], count[VERDICT_SKIP], ports);
		}
		fputs("</tr>\n", f);
	}
	fputs("</tbody></table></div>\n", f);
}

/* ---- The matrix ---- */

static void
write_cell(const struct page *p, size_t row, size_t c)
{
	const struct cell *cell = &p->row[row]->cell[c];
	enum verdict_kind v = worst(cell->count[0]);
	FILE *f = p->f;
	bool two = p->lib[1] != NULL;

	if (sum(cell->count[0]) == 0 || (two && worst(cell->count[1]) == VERDICT_FAIL))
		v = worst(cell->count[1]);
	if (sum(cell->count[0]) == 0 && sum(cell->count[1]) == 0) {
		fputs("<td class=\"dim\">&middot;</td>", f);
		return;
	}
	fprintf(f, "<td class=\"%s\">", two ? "two" : classes[v]);
	if (cell->n > 0)
		fprintf(f, "<a href=\"#r%zuc%zu\">", row, c);
	for (int i = 0; i < (two ? 2 : 1); i++) {
		const uint64_t *n = cell->count[i];
		enum verdict_kind w = worst(n);
		const char *gap = "";

		fprintf(f, "<%s class=\"%s\" title=\"%" PRIu64 " passed, %" PRIu64 " failed, %" PRIu64 " skipped, %" PRIu64
		    " known to fail\">", two ? "div" : "span", two && sum(n) > 0 ? classes[w] : "one", n[VERDICT_PASS], n[VERDICT_FAIL],
		    n[VERDICT_SKIP], n[VERDICT_KNOWN]);
		if (two)
			fprintf(f, "<span class=\"who\">%c</span>", 'A' + i);
		if (sum(n) == 0)
			fputs("&middot;", f);
		else
			fprintf(f, "%s %" PRIu64, signs[w], n[w]);
		fputs("<small>", f);
		for (int k = 0; k < VERDICT_KINDS; k++)
			if (k != (int)w && n[k] > 0) {
				fprintf(f, "%s%s %" PRIu64, gap, signs[k], n[k]);
				gap = "&ensp;";
			}
		fprintf(f, "</small></%s>", two ? "div" : "span");
	}
	fprintf(f, "%s</td>", cell->n > 0 ? "</a>" : "");
}

static void
write_matrix(const struct page *p)
{
	FILE *f = p->f;
	size_t columns = 1, bad = 0;

	for (size_t c = 0; c < CAPS; c++)
		columns += p->used[c];
	for (size_t i = 0; i < p->nrow; i++)
		bad += !p->row[i]->good;
	fputs("<h2 id=\"matrix\">Ports by capability</h2>\n<p class=\"dim\">&#x2713; all passed, &#x2717; some failed (a link to "
	    "them), ! known to fail, &#x2013; skipped: cannot be asked here, &middot; no such check. The small numbers are the other "
	    "verdicts of the same cell.", f);
	fprintf(f, " %zu of %zu rows have a failure.</p>\n", bad, p->nrow);
	fputs("<input type=\"checkbox\" id=\"only\"><label for=\"only\"> only rows with failures</label>\n"
	    "<div class=\"scroll\"><table class=\"matrix\"><thead><tr><th>port</th>", f);
	for (size_t c = 0; c < CAPS; c++)
		if (p->used[c])
			fprintf(f, "<th title=\"%s\">%s</th>", capabilities[c].what, capabilities[c].name);
	fputs("</tr></thead><tbody>\n", f);
	for (size_t i = 0; i < p->nrow; i++) {
		const struct row *row = p->row[i];

		if (row->machine[0] != '\0' && (i == 0 || strcmp(row->os, p->row[i - 1]->os) != 0)) {
			fprintf(f, "<tr class=\"os\"><th colspan=\"%zu\">", columns);
			text(f, row->os);
			fputs("</th></tr>\n", f);
		}
		fprintf(f, "<tr%s><th>", row->good ? " class=\"good\"" : "");
		if (!row->good)
			fprintf(f, "<a href=\"#r%zu\">", i);
		text(f, row->machine[0] != '\0' ? row->machine : row->os);
		fputs(row->good ? " " : "</a> ", f);
		text(f, row->regime);
		fputs(" <span class=\"dim\">", f);
		text(f, row->byteorder);
		fputs("</span></th>", f);
		for (size_t c = 0; c < CAPS; c++)
			if (p->used[c])
				write_cell(p, i, c);
		fputs("</tr>\n", f);
	}
	fputs("</tbody></table></div>\n", f);
}

/* ---- Failures ---- */

static void
write_summary(FILE *f, const struct outcome *o)
{
	size_t n = strcspn(o->text, "\n");

	fprintf(f, "<b class=\"no\">%s</b> ", signs[o->verdict]);
	text(f, o->fixture);
	fputc('/', f);
	text(f, o->check);
	fputs(" <span class=\"dim\">", f);
	html_text(f, o->text, n < 160 ? n : 160);
	fputs("</span>", f);
}

static void
write_check(const struct page *p, FILE *f, const struct outcome *o)
{
	bool first = from_first(p, o);
	const struct outcome *t = p->lib[1] != NULL ? twin(p, first ? 1 : 0, o) : NULL;

	fprintf(f, "<details class=\"check%s\"%s><summary>", o->verdict == VERDICT_KNOWN ? " known" : "",
	    p->open ? " open" : "");
	write_summary(f, o);
	fputs("</summary>", f);
	if (p->lib[1] != NULL)
		fprintf(f, "<p>Library %c:</p>", first ? 'A' : 'B');
	mismatch_write(f, o->text);
	if (p->lib[1] != NULL) {
		fprintf(f, "<p>Library %c%s</p>", first ? 'B' : 'A', t == NULL ? " was not asked." :
		    t->verdict == VERDICT_PASS ? " passed." : t->verdict == VERDICT_SKIP ? " skipped it." : ":");
		if (t != NULL && is_bad(t))
			mismatch_write(f, t->text);
	}
	fputs("</details>\n", f);
}

/* Takes n bytes of what is left. */
static bool
afford(size_t *left, size_t n)
{
	if (n > *left)
		return false;
	*left -= n;
	return true;
}

static void
write_failed_cell(struct page *p, size_t row, size_t c, size_t share)
{
	const struct cell *cell = &p->row[row]->cell[c];
	FILE *f = p->f;
	size_t i = 0, named = 0;

	fprintf(f, "<details class=\"cell\" id=\"r%zuc%zu\"%s><summary>%s: <span class=\"no\">", row, c,
	    p->open ? " open" : "", capabilities[c].name);
	if (p->lib[1] != NULL)
		fprintf(f, "A %" PRIu64 ", B %" PRIu64 " failed", cell->count[0][VERDICT_FAIL],
		    cell->count[1][VERDICT_FAIL]);
	else
		fprintf(f, "%" PRIu64 " of %" PRIu64 " failed", cell->count[0][VERDICT_FAIL],
		    sum(cell->count[0]));
	fprintf(f, "</span> <span class=\"dim\">%s</span></summary>\n", capabilities[c].what);
	for (size_t used = 0; i < cell->n; i++) {
		char *s;
		size_t n;
		FILE *m = open_memstream(&s, &n);

		if (m == NULL)
			fatal("out of memory for the page");
		write_check(p, m, cell->failed[i]);
		if (fclose(m) != 0)
			fatal("out of memory for the page");
		/* The first of a cell is worth more than its share. */
		if ((i > 0 && used + n > share) || !afford(&p->detail, n)) {
			free(s);
			break;
		}
		used += n;
		fputs(s, f);
		free(s);
	}
	if (i < cell->n)
		fputs("<p class=\"dim\">More that failed here, by name; run one alone, or see the JSON lines:</p>"
		    "<ul class=\"names\">\n", f);
	for (size_t k = i; k < cell->n && named < 30; k++, named++) {
		const struct outcome *o = cell->failed[k];

		if (!afford(&p->name, strlen(o->fixture) + strlen(o->check) + 80))
			break;
		fputs("<li>", f);
		write_summary(f, o);
		fputs("</li>\n", f);
	}
	if (i < cell->n)
		fputs("</ul>", f);
	if (i + named < cell->n)
		fprintf(f, "<p class=\"dim\">and %zu more</p>", cell->n - i - named);
	fputs("</details>\n", f);
}

/* Addresses at which a failed check found something wrong. */
static size_t
bad_addresses(const struct row *row, const char *fixture, uint64_t bad[MAX_BAD])
{
	size_t n = 0;

	for (size_t c = 0; c < CAPS; c++)
		for (size_t i = 0; i < row->cell[c].n; i++) {
			const struct outcome *o = row->cell[c].failed[i];

			if (strcmp(o->fixture, fixture) == 0)
				n = mismatch_addresses(o->text, bad, n, MAX_BAD);
		}
	return n;
}

static int
by_outcome_fixture(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void
write_pictures(struct page *p, const struct row *row)
{
	const char **name;
	size_t n = 0, cap = 0, left_out = 0;

	for (size_t c = 0; c < CAPS; c++)
		cap += row->cell[c].n;
	name = xmalloc((cap + 1) * sizeof(*name));
	for (size_t c = 0; c < CAPS; c++)
		for (size_t i = 0; i < row->cell[c].n; i++)
			name[n++] = row->cell[c].failed[i]->fixture;
	qsort(name, n, sizeof(*name), by_outcome_fixture);
	for (size_t i = 0; i < n; i++) {
		const struct place *pl;
		uint64_t bad[MAX_BAD];
		size_t nbad, size;
		char *s;
		FILE *m;

		if (i > 0 && strcmp(name[i], name[i - 1]) == 0)
			continue;
		pl = find_place(p, name[i]);
		if (pl == NULL || pl->oracle == NULL)
			continue;
		nbad = bad_addresses(row, name[i], bad);
		m = open_memstream(&s, &size);
		if (m == NULL)
			fatal("out of memory for the page");
		picture_write(m, pl, bad, nbad);
		if (fclose(m) != 0)
			fatal("out of memory for the page");
		if (size > 0 && afford(&p->picture, size)) {
			fprintf(p->f, "<details%s><summary>Address space and memory of <code>",
			    p->open || i == 0 ? " open" : "");
			text(p->f, pl->fixture);
			fprintf(p->f, "</code> <span class=\"dim\">(%" PRIu64 " bits, pages of %" PRIu64 " bytes, ",
			    pl->bits, pl->pagesize);
			text(p->f, pl->form);
			fputs(")</span></summary><div class=\"scroll\">", p->f);
			fputs(s, p->f);
			fputs("</div></details>\n", p->f);
		} else
			left_out += size > 0;
		free(s);
	}
	if (left_out > 0)
		fprintf(p->f, "<p class=\"dim\">%zu more fixtures failed; their pictures are left out.</p>\n",
		    left_out);
	free(name);
}

static void
write_failures(struct page *p)
{
	FILE *f = p->f;
	size_t cells = 0, failed = 0, share;

	for (size_t i = 0; i < p->nrow; i++)
		for (size_t c = 0; c < CAPS; c++) {
			cells += p->row[i]->cell[c].n > 0;
			failed += p->row[i]->cell[c].n;
		}
	fputs("<h2 id=\"failures\">Failures</h2>\n", f);
	if (failed == 0) {
		fputs("<p class=\"yes\">&#x2713; None.</p>\n", f);
		return;
	}
	fputs("<p class=\"dim\">Pictures: virtual addresses above, physical memory below, lines from mappings to the memory "
	    "behind them; a width tells the order of magnitude of a length. <em>hole</em>: not mapped; <em>absent</em>: "
	    "mapped, but not in the image; <em>short</em>: the file ends before. Memory: "
	    "<span class=\"key hash\"></span> content that follows from the address, <span class=\"key file\"></span> page tables and the "
	    "kernel's own, as the image has them, <span class=\"key zero\"></span> zeros, <span class=\"key any\"></span> anything. Red: where a "
	    "check failed. Walks: what the library found in each page table "
	    "on the way to the address, and what the model that made the tables says is there.</p>\n", f);
	p->open = failed <= MANY;
	share = DETAIL_BUDGET / cells;
	for (size_t i = 0; i < p->nrow; i++) {
		const struct row *row = p->row[i];

		if (row->good)
			continue;
		fprintf(f, "<section><h3 id=\"r%zu\">", i);
		text(f, row->os);
		if (row->machine[0] != '\0') {
			fputc('/', f);
			text(f, row->machine);
			fputs(", ", f);
			text(f, row->regime);
			fputs(", ", f);
			text(f, row->byteorder);
			fputs("-endian", f);
		}
		fputs("</h3>\n", f);
		write_pictures(p, row);
		for (size_t c = 0; c < CAPS; c++)
			if (row->cell[c].n > 0)
				write_failed_cell(p, i, c, share);
		fputs("</section>\n", f);
	}
}

/* ---- Two libraries ---- */

static const char *
state(const struct outcome *o)
{
	static const char *const words[VERDICT_KINDS] = { "passed", "failed", "skipped", "known to fail" };

	return o == NULL ? "not run" : words[o->verdict];
}

static void
write_differ(const struct page *p)
{
	static const char *const titles[3] = { "Fails only in A", "Fails only in B",
		"Otherwise different (passed, skipped, not run)" };
	FILE *f = p->f;

	fputs("<h2 id=\"differ\">Where the two differ</h2>\n", f);
	for (int kind = 0; kind < 3; kind++) {
		size_t n = 0;
		char *list;
		size_t size;
		FILE *m = open_memstream(&list, &size);

		if (m == NULL)
			fatal("out of memory for the page");
		for (int i = 0; i < 2; i++)
			for (size_t k = 0; k < p->lib[i]->n; k++) {
				const struct outcome *o = &p->lib[i]->outcome[k], *t = twin(p, !i, o);
				const struct outcome *a = i == 0 ? o : t, *b = i == 0 ? t : o;
				bool afail = a != NULL && is_bad(a), bfail = b != NULL && is_bad(b);
				int is = afail && !bfail ? 0 : bfail && !afail ? 1 : 2;

				if ((i == 1 && t != NULL) || is != kind ||
				    (a != NULL && b != NULL && a->verdict == b->verdict) || (afail && bfail))
					continue;
				if (n++ >= MAX_DIFFER)
					continue;
				fputs("<li>", m);
				text(m, o->fixture);
				fputc('/', m);
				text(m, o->check);
				fprintf(m, " <span class=\"dim\">A %s, B %s</span></li>\n", state(a), state(b));
			}
		if (fclose(m) != 0)
			fatal("out of memory for the page");
		fprintf(f, "<details%s><summary><b>%s: %zu</b></summary><ul class=\"names\">\n%s</ul>",
		    n > 0 && n <= 40 ? " open" : "", titles[kind], n, list);
		if (n > MAX_DIFFER)
			fprintf(f, "<p class=\"dim\">and %zu more</p>", n - MAX_DIFFER);
		fputs("</details>\n", f);
		free(list);
	}
}

/* ---- Skips ---- */

static int
by_reason(const void *a, const void *b)
{
	const struct outcome *x = *(const struct outcome *const *)a;
	const struct outcome *y = *(const struct outcome *const *)b;
	int c = strcmp(x->text, y->text);

	return c != 0 ? c : by_name(a, b);
}

static void
write_skips(const struct page *p, int i)
{
	const struct results *r = p->lib[i];
	const struct outcome **skip = xmalloc((r->n + 1) * sizeof(*skip));
	size_t n = 0;
	FILE *f = p->f;

	for (size_t k = 0; k < r->n; k++)
		if (r->outcome[k].verdict == VERDICT_SKIP)
			skip[n++] = &r->outcome[k];
	qsort(skip, n, sizeof(*skip), by_reason);
	if (p->lib[1] != NULL)
		fprintf(f, "<h3>Library %c</h3>\n", 'A' + i);
	if (n == 0)
		fputs("<p>None.</p>\n", f);
	for (size_t k = 0, end; k < n; k = end) {
		for (end = k; end < n && strcmp(skip[end]->text, skip[k]->text) == 0; end++)
			;
		fprintf(f, "<details><summary><b>%zu</b> ", end - k);
		text(f, skip[k]->text);
		fputs("</summary><ul class=\"names\">\n", f);
		for (size_t j = k; j < end && j < k + MAX_SKIP_NAMES; j++) {
			fputs("<li>", f);
			text(f, skip[j]->fixture);
			fputc('/', f);
			text(f, skip[j]->check);
			fputs("</li>\n", f);
		}
		fputs("</ul>", f);
		if (end - k > MAX_SKIP_NAMES)
			fprintf(f, "<p class=\"dim\">and %zu more</p>", end - k - MAX_SKIP_NAMES);
		fputs("</details>\n", f);
	}
	free(skip);
}

void
html_write(FILE *f, const struct results *r, const struct results *other)
{
	struct page p = { .f = f, .lib = { r, other }, .detail = DETAIL_BUDGET,
		.picture = PICTURE_BUDGET, .name = NAME_BUDGET };

	sort_out(&p);
	write_top(&p);
	write_capabilities(&p);
	write_matrix(&p);
	if (other != NULL)
		write_differ(&p);
	write_failures(&p);
	fputs("<h2 id=\"skips\">Skipped</h2>\n<p class=\"dim\">By reason. A skipped check is no passed check.</p>\n", f);
	for (int i = 0; i < 2 && p.lib[i] != NULL; i++)
		write_skips(&p, i);
	fprintf(f, "<script>%s</script>\n</body></html>\n", html_script);
	for (size_t i = 0; i < p.nrow; i++) {
		for (size_t c = 0; c < CAPS; c++)
			free(p.row[i]->cell[c].failed);
		free(p.row[i]);
	}
	free(p.row);
	free(p.place);
	free(p.sorted[0]);
	free(p.sorted[1]);
}
