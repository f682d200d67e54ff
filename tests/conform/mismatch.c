/* SPDX-License-Identifier: BSD-2-Clause */
#include <ctype.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "html.h"
#include "mismatch.h"

#define MAX_LEVELS 24

struct piece {
	const char *s;
	size_t n;
};

/* One level of a walk; columns empty where the line is of another form: then decoded is all of it. */
struct level {
	struct piece name, table, index, raw, decoded;
	bool whole;
};

struct walk {
	struct level level[MAX_LEVELS];
	size_t n;
	bool there;
};

struct miss {
	struct piece wanted, got;
	struct walk library, model;
};

static bool
starts(struct piece line, const char *with)
{
	return line.n >= strlen(with) && memcmp(line.s, with, strlen(with)) == 0;
}

static struct piece
after(struct piece line, size_t n)
{
	return n > line.n ? (struct piece){ line.s + line.n, 0 } : (struct piece){ line.s + n, line.n - n };
}

/* Takes the text up to mark off the line; false if it is not there. */
static bool
take(struct piece *line, const char *mark, struct piece *ret)
{
	size_t n = strlen(mark);

	for (size_t i = 0; i + n <= line->n; i++)
		if (memcmp(line->s + i, mark, n) == 0) {
			*ret = (struct piece){ line->s, i };
			*line = after(*line, i + n);
			return true;
		}
	return false;
}

static struct piece
trim(struct piece p)
{
	while (p.n > 0 && *p.s == ' ')
		p = after(p, 1);
	while (p.n > 0 && p.s[p.n - 1] == ' ')
		p.n--;
	return p;
}

static void
put(FILE *f, struct piece p)
{
	html_text(f, p.s, p.n);
}

static bool
same(struct piece a, struct piece b)
{
	return a.n == b.n && memcmp(a.s, b.s, a.n) == 0;
}

/*
 * The library's:  PML4  table 0x9eb000 index 0x1ff entry 0x10008b023 table
 * The model's:    PML4 at 0x9eb000, entry 0x1ff at 0x9ebff8: 0x10008b023, table to 0x10008b000 rwx
 */
static void
add_level(struct walk *w, struct piece line, bool model)
{
	struct piece rest = trim(line), at;
	struct level v = { .whole = false };
	bool ok;

	if (w->n == MAX_LEVELS)
		return;
	if (model)
		ok = take(&rest, " at ", &v.name) && take(&rest, ", entry ", &v.table) &&
		    take(&rest, " at ", &v.index) && take(&rest, ": ", &at) && take(&rest, ", ", &v.raw);
	else
		ok = take(&rest, " table ", &v.name) && take(&rest, " index ", &v.table) &&
		    take(&rest, " entry ", &v.index) && take(&rest, " ", &v.raw);
	if (!ok)
		v = (struct level){ .decoded = trim(line), .whole = true };
	else
		v.decoded = rest;
	v.name = trim(v.name);
	w->level[w->n++] = v;
}

static void
write_level(FILE *f, const char *who, const struct level *v, const struct level *other)
{
	const char *row = who[0] == 'l' ? "l" : "m";

	fprintf(f, "<td class=\"%s dim\">%s</td>", row, who);
	if (v->whole) {
		fprintf(f, "<td class=\"%s\" colspan=\"4\">", row);
		put(f, v->decoded);
		fputs("</td>", f);
		return;
	}
	for (int i = 0; i < 4; i++) {
		const struct piece *mine = i == 0 ? &v->table : i == 1 ? &v->index : i == 2 ? &v->raw : &v->decoded;
		const struct piece *its = other == NULL ? NULL : i == 0 ? &other->table : i == 1 ? &other->index :
		    i == 2 ? &other->raw : NULL;
		bool mark = its != NULL && !other->whole && !same(*mine, *its);

		fprintf(f, "<td class=\"%s\">%s", row, mark ? "<mark>" : "");
		put(f, *mine);
		fprintf(f, "%s</td>", mark ? "</mark>" : "");
	}
}

/* The next level with columns, in order; the other lines come after all levels. */
static size_t
next_level(const struct walk *w, size_t i)
{
	while (i < w->n && w->level[i].whole)
		i++;
	return i;
}

static void
write_walks(FILE *f, const struct miss *m)
{
	size_t a = 0, b = 0;

	if (!m->library.there && !m->model.there)
		return;
	fputs("<table class=\"walk\"><caption>The walk, level by level", f);
	if (m->library.there && m->model.there)
		fputs("; where library and model read different things is marked", f);
	else if (!m->model.there)
		fputs(" (the model was not asked: see --walk; a fixture has it asked a few times only)", f);
	fputs("</caption><thead><tr><th>level</th><th>who</th><th>table at</th><th>index</th><th>raw entry</th>"
	    "<th>decoded</th></tr></thead><tbody>\n", f);
	for (;;) {
		const struct level *la, *lb;

		a = next_level(&m->library, a);
		b = next_level(&m->model, b);
		la = a < m->library.n ? &m->library.level[a++] : NULL;
		lb = b < m->model.n ? &m->model.level[b++] : NULL;
		if (la == NULL && lb == NULL)
			break;
		fprintf(f, "<tr><th rowspan=\"%d\">", la != NULL && lb != NULL ? 2 : 1);
		put(f, (la != NULL ? la : lb)->name);
		fputs("</th>", f);
		if (la != NULL)
			write_level(f, "library", la, lb);
		if (la != NULL && lb != NULL)
			fputs("</tr><tr>", f);
		if (lb != NULL)
			write_level(f, "model", lb, la);
		fputs("</tr>\n", f);
	}
	for (int i = 0; i < 2; i++) {
		const struct walk *w = i == 0 ? &m->library : &m->model;

		for (size_t k = 0; k < w->n; k++)
			if (w->level[k].whole) {
				fputs("<tr><th>answer</th>", f);
				write_level(f, i == 0 ? "library" : "model", &w->level[k], NULL);
				fputs("</tr>\n", f);
			}
	}
	fputs("</tbody></table>\n", f);
}

/* What differs from the other is marked, word by word. */
static void
write_words(FILE *f, struct piece p, struct piece other)
{
	while (p.n > 0) {
		size_t n = 0, k = 0;
		struct piece word, twin;

		while (n < p.n && p.s[n] != ' ')
			n++;
		while (k < other.n && other.s[k] != ' ')
			k++;
		word = (struct piece){ p.s, n };
		twin = (struct piece){ other.s, k };
		if (same(word, twin) || n == 0)
			put(f, word);
		else {
			fputs("<mark>", f);
			put(f, word);
			fputs("</mark>", f);
		}
		if (n < p.n)
			fputc(' ', f);
		p = after(p, n + 1);
		other = after(other, k + 1);
	}
}

/* Nothing is marked, and nothing shown, where only one of the two was told. */
static void
write_side(FILE *f, const char *name, struct piece p, struct piece other)
{
	if (p.n == 0)
		return;
	fprintf(f, "<tr><th>%s</th><td>", name);
	write_words(f, p, other.n > 0 ? other : p);
	fputs("</td></tr>", f);
}

static void
finish(FILE *f, struct miss *m)
{
	if (m->wanted.n > 0 || m->got.n > 0) {
		fputs("<table class=\"both\"><tbody>", f);
		write_side(f, "wanted", m->wanted, m->got);
		write_side(f, "got", m->got, m->wanted);
		fputs("</tbody></table>\n", f);
	}
	write_walks(f, m);
	*m = (struct miss){ .wanted = { "", 0 }, .got = { "", 0 } };
}

void
mismatch_write(FILE *f, const char *text)
{
	struct miss m = { .wanted = { "", 0 }, .got = { "", 0 } };
	enum { NONE, LIBRARY, MODEL } in = NONE;
	bool open = false;

	for (const char *s = text; *s != '\0';) {
		struct piece line = { s, strcspn(s, "\n") };

		s += line.n + (s[line.n] == '\n');
		if (line.n == 0 || line.s[0] != ' ') {
			if (open) {
				finish(f, &m);
				fputs("</div>\n", f);
			}
			fputs("<div class=\"miss\"><p class=\"head\">", f);
			put(f, line);
			fputs("</p>", f);
			open = true;
			in = NONE;
		} else if (starts(line, "  wanted:"))
			m.wanted = trim(after(line, 9));
		else if (starts(line, "  got:"))
			m.got = trim(after(line, 6));
		else if (starts(line, "  the library's walk:")) {
			in = LIBRARY;
			m.library.there = true;
		} else if (starts(line, "  the model's walk:")) {
			in = MODEL;
			m.model.there = true;
		} else if (in != NONE && starts(line, "    "))
			add_level(in == LIBRARY ? &m.library : &m.model, line, in == MODEL);
		else {
			fputs("<pre>", f);
			put(f, trim(line));
			fputs("</pre>", f);
		}
	}
	if (open) {
		finish(f, &m);
		fputs("</div>\n", f);
	}
}

size_t
mismatch_addresses(const char *text, uint64_t *address, size_t n, size_t max)
{
	for (const char *s = text; *s != '\0'; s += strcspn(s, "\n"), s += *s == '\n') {
		uint64_t v;
		size_t i;

		if (strncmp(s, "0x", 2) != 0 || !isxdigit((unsigned char)s[2]))
			continue;
		v = strtoull(s, NULL, 16);
		for (i = 0; i < n; i++)
			if (address[i] == v)
				break;
		if (i == n && n < max)
			address[n++] = v;
	}
	return n;
}
