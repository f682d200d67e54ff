/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "util.h"

#define FORMAT	"kcore-conform 1"
#define MEMBERS	16		/* of one object; no line of ours has more */

static const char *const verdict_names[VERDICT_KINDS] = { "pass", "fail", "skip", "known" };

char *
results_clean(const char *s)
{
	char *copy = xstrdup(s != NULL ? s : "");

	for (char *p = copy; *p != '\0'; p++) {
		unsigned char c = (unsigned char)*p;

		if ((c < 0x20 && c != '\n' && c != '\t') || c >= 0x7f)
			*p = '?';
	}
	return copy;
}

void
results_init(struct results *r, const char *library, uint64_t seed)
{
	*r = (struct results){ .library = results_clean(library), .seed = seed };
}

void
results_fini(struct results *r)
{
	for (size_t i = 0; i < r->n; i++) {
		free(r->outcome[i].fixture);
		free(r->outcome[i].check);
		free(r->outcome[i].text);
	}
	for (size_t i = 0; i < r->nplace; i++) {
		const struct place *p = &r->place[i];
		const char *text[] = { p->fixture, p->os, p->machine, p->regime, p->byteorder, p->form,
			p->oracle };

		for (size_t k = 0; k < sizeof(text) / sizeof(text[0]); k++)
			free((void *)(uintptr_t)text[k]);
	}
	free(r->outcome);
	free(r->place);
	free(r->library);
}

void
results_add(struct results *r, const char *name, enum verdict_kind verdict, const char *text,
    uint64_t us)
{
	struct outcome o = { .fixture = results_clean(name), .verdict = verdict, .us = us };
	char *slash = strchr(o.fixture, '/');

	o.check = xstrdup(slash != NULL ? slash + 1 : "");
	if (slash != NULL)
		*slash = '\0';
	o.text = results_clean(verdict == VERDICT_PASS ? "" : text);
	r->outcome = grow(r->outcome, r->n, &r->cap, sizeof(*r->outcome));
	r->outcome[r->n++] = o;
	r->count[verdict]++;
	r->us += us;
}

void
results_place(struct results *r, const struct place *p)
{
	struct place copy = {
		.fixture = results_clean(p->fixture), .os = results_clean(p->os),
		.machine = results_clean(p->machine), .regime = results_clean(p->regime),
		.byteorder = results_clean(p->byteorder), .form = results_clean(p->form),
		.oracle = p->oracle != NULL ? results_clean(p->oracle) : NULL,
		.bits = p->bits, .pagesize = p->pagesize,
	};

	r->place = grow(r->place, r->nplace, &r->placecap, sizeof(*r->place));
	r->place[r->nplace++] = copy;
}

/* ---- Writing ---- */

static void
put_member(FILE *f, const char *key, const char *s, size_t n)
{
	fprintf(f, ",\"%s\":\"", key);
	for (; n > 0 && *s != '\0'; s++, n--) {
		if (*s == '"' || *s == '\\')
			fprintf(f, "\\%c", *s);
		else if (*s == '\n')
			fputs("\\n", f);
		else if (*s == '\t')
			fputs("\\t", f);
		else
			fputc(*s, f);
	}
	fputc('"', f);
}

static void
put_seconds(FILE *f, uint64_t us)
{
	fprintf(f, ",\"seconds\":%" PRIu64 ".%06" PRIu64, us / 1000000, us % 1000000);
}

void
json_write(FILE *f, const struct results *r)
{
	fputs("{\"type\":\"run\"", f);
	put_member(f, "format", FORMAT, SIZE_MAX);
	put_member(f, "library", r->library, SIZE_MAX);
	fprintf(f, ",\"seed\":%" PRIu64 "}\n", r->seed);
	for (size_t i = 0; i < r->nplace; i++) {
		const struct place *p = &r->place[i];

		fputs("{\"type\":\"fixture\"", f);
		put_member(f, "fixture", p->fixture, SIZE_MAX);
		put_member(f, "os", p->os, SIZE_MAX);
		put_member(f, "machine", p->machine, SIZE_MAX);
		put_member(f, "regime", p->regime, SIZE_MAX);
		put_member(f, "byteorder", p->byteorder, SIZE_MAX);
		put_member(f, "form", p->form, SIZE_MAX);
		fprintf(f, ",\"bits\":%" PRIu64 ",\"pagesize\":%" PRIu64, p->bits, p->pagesize);
		if (p->oracle != NULL)
			put_member(f, "oracle", p->oracle, SIZE_MAX);
		fputs("}\n", f);
	}
	for (size_t i = 0; i < r->n; i++) {
		const struct outcome *o = &r->outcome[i];
		size_t n = strcspn(o->text, "\n");

		fputs("{\"type\":\"check\"", f);
		put_member(f, "fixture", o->fixture, SIZE_MAX);
		put_member(f, "check", o->check, SIZE_MAX);
		put_member(f, "verdict", verdict_names[o->verdict], SIZE_MAX);
		if (o->text[0] != '\0')
			put_member(f, "reason", o->text, n);
		if (o->text[n] != '\0')
			put_member(f, "notes", o->text + n + 1, SIZE_MAX);
		put_seconds(f, o->us);
		fputs("}\n", f);
	}
	fprintf(f, "{\"type\":\"total\",\"passed\":%" PRIu64 ",\"failed\":%" PRIu64 ",\"skipped\":%"
	    PRIu64 ",\"known\":%" PRIu64, r->count[VERDICT_PASS], r->count[VERDICT_FAIL],
	    r->count[VERDICT_SKIP], r->count[VERDICT_KNOWN]);
	put_seconds(f, r->us);
	fputs("}\n", f);
}

/* ---- Reading: objects of strings and numbers; the line is cut up where it lies ---- */

struct member {
	char *key, *value;
};

static void
skip_space(char **p)
{
	*p += strspn(*p, " \t\r\n");
}

/* RFC 8259, 7.  What is not ASCII becomes "?". */
static char *
take_string(char **p)
{
	char *to, *start;

	if (**p != '"')
		return NULL;
	start = to = ++*p;
	while (**p != '"') {
		char c = *(*p)++;

		if (c == '\0')
			return NULL;
		if (c == '\\') {
			static const char from[] = "\"\\/bfnrt", into[] = "\"\\/\b\f\n\r\t";
			const char *at;

			c = *(*p)++;
			if (c == 'u') {
				char hex[5] = "";
				unsigned long v;

				for (int i = 0; i < 4; i++) {
					hex[i] = **p;
					if (strchr("0123456789abcdefABCDEF", hex[i]) == NULL || hex[i] == '\0')
						return NULL;
					++*p;
				}
				v = strtoul(hex, NULL, 16);
				c = v > 0 && v < 0x7f ? (char)v : '?';
			} else if (c != '\0' && (at = strchr(from, c)) != NULL)
				c = into[at - from];
			else
				return NULL;
		}
		*to++ = c;
	}
	++*p;
	*to = '\0';
	return start;
}

/* Members of one object, n of them; -1 if the line is something else. */
static int
take_object(char *p, struct member m[MEMBERS])
{
	int n = 0;

	skip_space(&p);
	if (*p++ != '{')
		return -1;
	for (skip_space(&p); *p != '}'; n++) {
		if (n == MEMBERS || (m[n].key = take_string(&p)) == NULL)
			return -1;
		skip_space(&p);
		if (*p++ != ':')
			return -1;
		skip_space(&p);
		if (*p == '"') {
			if ((m[n].value = take_string(&p)) == NULL)
				return -1;
			skip_space(&p);
		} else {
			size_t len = strspn(p, "+-.0123456789eEtrufalsn");
			char *end = p + len;

			if (len == 0)
				return -1;
			m[n].value = p;
			p = end;
			skip_space(&p);
			if (*p != ',' && *p != '}')
				return -1;
			if (p == end) {		/* the separator goes, but is remembered */
				bool last = *p == '}';

				*p++ = '\0';
				if (last)
					return n + 1;
				skip_space(&p);
				continue;
			}
			*end = '\0';
		}
		if (*p == ',') {
			p++;
			skip_space(&p);
		} else if (*p != '}')
			return -1;
	}
	return n;
}

static const char *
member(const struct member *m, int n, const char *key)
{
	for (int i = 0; i < n; i++)
		if (strcmp(m[i].key, key) == 0)
			return m[i].value;
	return "";
}

static uint64_t
micro(const char *s)
{
	char *end;
	uint64_t us = strtoull(s, &end, 10) % UINT64_C(1000000000000) * 1000000, unit = 100000;

	if (*end == '.')
		for (end++; *end >= '0' && *end <= '9'; end++, unit /= 10)
			us += (uint64_t)(*end - '0') * unit;
	return us;
}

static const char *
take_check(struct results *r, const struct member *m, int n)
{
	const char *verdict = member(m, n, "verdict"), *notes = member(m, n, "notes");
	int v;
	char *name, *text;

	for (v = 0; v < VERDICT_KINDS; v++)
		if (strcmp(verdict, verdict_names[v]) == 0)
			break;
	if (v == VERDICT_KINDS)
		return "the verdict is not pass, fail, skip or known";
	if (member(m, n, "fixture")[0] == '\0' || member(m, n, "check")[0] == '\0')
		return "a check without a name";
	name = xasprintf("%s/%s", member(m, n, "fixture"), member(m, n, "check"));
	text = xasprintf("%s%s%s", member(m, n, "reason"), notes[0] != '\0' ? "\n" : "", notes);
	results_add(r, name, (enum verdict_kind)v, text, micro(member(m, n, "seconds")));
	free(name);
	free(text);
	return NULL;
}

/* NULL, or what is wrong with the line. */
static const char *
take_line(struct results *r, char *line, size_t number, bool *total)
{
	struct member m[MEMBERS];
	int n = take_object(line, m);
	const char *type;

	if (n < 0)
		return "not an object of texts and numbers";
	type = member(m, n, "type");
	if (number == 1) {
		if (strcmp(type, "run") != 0 || strcmp(member(m, n, "format"), FORMAT) != 0)
			return "not the results of a run: wanted format \"" FORMAT "\"";
		results_init(r, member(m, n, "library"), strtoull(member(m, n, "seed"), NULL, 10));
	} else if (strcmp(type, "fixture") == 0) {
		struct place p = {
			.fixture = member(m, n, "fixture"), .os = member(m, n, "os"),
			.machine = member(m, n, "machine"), .regime = member(m, n, "regime"),
			.byteorder = member(m, n, "byteorder"), .form = member(m, n, "form"),
			.oracle = member(m, n, "oracle"),
			.bits = strtoull(member(m, n, "bits"), NULL, 10),
			.pagesize = strtoull(member(m, n, "pagesize"), NULL, 10),
		};

		if (p.oracle[0] == '\0')
			p.oracle = NULL;
		results_place(r, &p);
	} else if (strcmp(type, "check") == 0)
		return take_check(r, m, n);
	else if (strcmp(type, "total") == 0) {
		*total = true;
		if (strtoull(member(m, n, "failed"), NULL, 10) != r->count[VERDICT_FAIL] ||
		    strtoull(member(m, n, "passed"), NULL, 10) != r->count[VERDICT_PASS])
			return "the totals are not those of the checks above";
	}
	return NULL;
}

char *
json_read(struct results *r, const char *path)
{
	FILE *f = fopen(path, "r");
	char *line = NULL, *sentence = NULL;
	const char *wrong = NULL;
	size_t cap = 0, number = 0;
	bool total = false;

	*r = (struct results){ .library = NULL };
	if (f == NULL)
		return xasprintf("%s: %s", path, strerror(errno));
	while (wrong == NULL && getline(&line, &cap, f) >= 0)
		wrong = take_line(r, line, ++number, &total);
	if (wrong == NULL && ferror(f))
		wrong = strerror(errno);
	if (wrong == NULL && !total)
		wrong = "the file ends before the totals";
	if (wrong != NULL)
		sentence = xasprintf("%s:%zu: %s", path, number, wrong);
	free(line);
	fclose(f);
	if (sentence != NULL) {
		results_fini(r);
		*r = (struct results){ .library = NULL };
	}
	return sentence;
}
