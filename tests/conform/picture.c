/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Above, virtual addresses from left to right, a lane for each kind of line in the oracle; below,
 * physical memory; between them where each map lies.  Widths grow with the logarithm of the
 * length: a page beside half of 2^64 must still be seen.
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "html.h"
#include "picture.h"
#include "util.h"

#define LEFT	92.0		/* names of the lanes */
#define WIDE	1000.0
#define LANE	20.0
#define LABEL	118.0		/* least distance of two addresses written below a strip */
#define MAX_LINES 160		/* from maps to memory */
#define MAX_TITLES 150

enum { MAP, HOLE, ABSENT, SHORT, RAM, KINDS };
static const char *const kind_names[KINDS] = { "map", "hole", "absent", "short", "ram" };

struct piece {
	uint64_t first, last, pa;
	double x, w;
	int kind;
	char content[8];	/* RAM: hash, zero ... */
};

struct strip {
	struct piece *p;
	size_t n, cap;
};

static unsigned
log_2(uint64_t v)
{
	unsigned n = 0;

	while (v > 1) {
		v >>= 1;
		n++;
	}
	return n;
}

static double
weight(const struct piece *p)
{
	unsigned bits = log_2(p->last - p->first);

	return bits < 10 ? 3 : (double)bits - 7;
}

static void
parse(const char *text, struct strip *va, struct strip *pa)
{
	while (text != NULL && *text != '\0') {
		char word[8], rest[24] = "";
		struct piece p = { .kind = KINDS };
		size_t n = strcspn(text, "\n");
		char line[96];

		snprintf(line, sizeof(line), "%.*s", (int)(n < 90 ? n : 90), text);
		text += n + (text[n] == '\n');
		if (sscanf(line, "%7s %" SCNx64 " %" SCNx64 " %23s", word, &p.first, &p.last, rest) < 3 ||
		    p.last < p.first)
			continue;
		for (int k = 0; k < KINDS; k++)
			if (strcmp(word, kind_names[k]) == 0)
				p.kind = k;
		if (p.kind == KINDS)
			continue;
		if (p.kind == MAP)
			p.pa = strtoull(rest, NULL, 16);
		snprintf(p.content, sizeof(p.content), "%.7s", rest);
		struct strip *to = p.kind == RAM ? pa : va;
		to->p = grow(to->p, to->n, &to->cap, sizeof(*to->p));
		to->p[to->n++] = p;
	}
}

/* A gap is as wide as a small piece. */
static bool
gap_before(const struct strip *s, size_t i)
{
	return i > 0 && s->p[i].first - s->p[i - 1].last != 1;
}

static void
lay_out(struct strip *s)
{
	double total = 0, x = LEFT;

	for (size_t i = 0; i < s->n; i++)
		total += weight(&s->p[i]) + (gap_before(s, i) ? 4 : 0);
	for (size_t i = 0; i < s->n; i++) {
		if (gap_before(s, i))
			x += 4 * WIDE / total;
		s->p[i].x = x;
		s->p[i].w = weight(&s->p[i]) * WIDE / total;
		x += s->p[i].w;
	}
}

/* Where an address lies in its strip; negative: nowhere. */
static double
place(const struct strip *s, uint64_t addr, const struct piece **in)
{
	for (size_t i = 0; i < s->n; i++) {
		const struct piece *p = &s->p[i];

		if (addr >= p->first && addr <= p->last) {
			double len = (double)(p->last - p->first) + 1;

			if (in != NULL)
				*in = p;
			return p->x + p->w * ((double)(addr - p->first) / len);
		}
	}
	return -1;
}

static void
length(char *out, size_t size, const struct piece *p)
{
	static const char *const units[] = { "B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB" };
	uint64_t len = p->last - p->first;
	unsigned u = 0;

	if (len == UINT64_MAX) {
		snprintf(out, size, "16 EiB");
		return;
	}
	for (len++; len >= 10240 || (len >= 1024 && len % 1024 == 0); len >>= 10)
		u++;
	snprintf(out, size, "%" PRIu64 " %s", len, units[u]);
}

static void
box(FILE *f, const struct piece *p, double y, double h, bool bad, bool title)
{
	char len[32];

	fprintf(f, "<rect class=\"%s%s%s%s\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\"",
	    kind_names[p->kind], p->kind == RAM ? " " : "", p->kind == RAM ? p->content : "",
	    bad ? " hit" : "", p->x, y, p->w > 1.2 ? p->w - 0.6 : p->w, h);
	if (!title) {
		fputs("/>", f);
		return;
	}
	length(len, sizeof(len), p);
	fprintf(f, "><title>%s 0x%" PRIx64 " to 0x%" PRIx64 ", %s", kind_names[p->kind], p->first,
	    p->last, len);
	if (p->kind == MAP)
		fprintf(f, ", physical 0x%" PRIx64, p->pa);
	else if (p->kind == RAM)
		fprintf(f, ", %s", p->content);
	fputs("</title></rect>", f);
}

/* Addresses below a strip, as many as there is room for. */
static void
ruler(FILE *f, const struct strip *s, double y)
{
	double free_from = 0;

	for (size_t i = 0; i < s->n; i++) {
		const struct piece *p = &s->p[i];

		if (p->x < free_from || p->x > LEFT + WIDE - 100)
			continue;
		fprintf(f, "<path class=\"tick\" d=\"M%.1f %.1fv5\"/><text class=\"at\" x=\"%.1f\" y=\"%.1f\">%"
		    PRIx64 "</text>", p->x, y, p->x, y + 15, p->first);
		free_from = p->x + LABEL;
	}
}

/* Content comes from a file of results: only known words become class names. */
static void
known_content(struct strip *s)
{
	for (size_t i = 0; i < s->n; i++) {
		char *c = s->p[i].content;

		if (strcmp(c, "hash") != 0 && strcmp(c, "zero") != 0 && strcmp(c, "file") != 0)
			strcpy(c, "any");
	}
}

void
picture_write(FILE *f, const struct place *pl, const uint64_t *bad, size_t nbad)
{
	struct strip va = { .n = 0 }, pa = { .n = 0 };
	double lane[KINDS] = { 0 }, y = 26, ram_y, height;
	bool present[KINDS] = { false }, titles;
	size_t lines = 0, maps = 0;

	parse(pl->oracle, &va, &pa);
	if (va.n == 0) {
		free(va.p);
		free(pa.p);
		return;
	}
	lay_out(&va);
	lay_out(&pa);
	known_content(&pa);
	for (size_t i = 0; i < va.n; i++) {
		present[va.p[i].kind] = true;
		maps += va.p[i].kind == MAP;
	}
	/* Maps lowest: the lines to memory start there. */
	for (int k = HOLE; k <= SHORT; k++)
		if (present[k]) {
			lane[k] = y;
			y += LANE + 4;
		}
	lane[MAP] = y;
	y += LANE;
	ram_y = y + 24 + (pa.n > 0 ? 70 : 0);
	height = pa.n > 0 ? ram_y + LANE + 26 : y + 26;
	titles = va.n + pa.n <= MAX_TITLES;

	fprintf(f, "<svg class=\"space\" viewBox=\"0 0 %.0f %.0f\" role=\"img\" aria-label=\"Address space and physical"
	    " memory of ", LEFT + WIDE + 8, height);
	html_text(f, pl->fixture, SIZE_MAX);
	fputs("\">", f);
	for (int k = HOLE; k <= SHORT; k++)
		if (present[k])
			fprintf(f, "<text class=\"lane\" x=\"%.0f\" y=\"%.1f\">%s</text>", LEFT - 10,
			    lane[k] + 14, kind_names[k]);
	fprintf(f, "<text class=\"lane\" x=\"%.0f\" y=\"%.1f\">map</text>", LEFT - 10, lane[MAP] + 14);
	if (nbad > 0)
		fprintf(f, "<text class=\"lane bad\" x=\"%.0f\" y=\"18\">&#x2717; failed</text>", LEFT - 10);
	for (size_t i = 0; i < va.n && maps > 0; i++) {
		const struct piece *p = &va.p[i];
		double from = p->x + p->w / 2, to;
		bool hit = false;

		if (p->kind != MAP)
			continue;
		for (size_t b = 0; b < nbad; b++)
			hit = hit || (bad[b] >= p->first && bad[b] <= p->last);
		if (!hit && lines >= MAX_LINES)
			continue;
		to = place(&pa, p->pa, NULL);
		if (to < 0)
			continue;
		lines++;
		fprintf(f, "<path class=\"to%s\" d=\"M%.1f %.1fC%.1f %.1f %.1f %.1f %.1f %.1f\"/>",
		    hit ? " hit" : "", from, y, from, y + 62, to, ram_y - 62, to, ram_y);
	}
	for (size_t i = 0; i < va.n; i++) {
		bool hit = false;

		for (size_t b = 0; b < nbad; b++)
			hit = hit || (bad[b] >= va.p[i].first && bad[b] <= va.p[i].last);
		box(f, &va.p[i], lane[va.p[i].kind], LANE, hit, titles || hit);
	}
	for (size_t b = 0; b < nbad; b++) {
		double x = place(&va, bad[b], NULL);

		if (x >= 0)
			fprintf(f, "<path class=\"mark\" d=\"M%.1f 21l-5 -9h10z\"><title>failed at 0x%" PRIx64
			    "</title></path>", x, bad[b]);
	}
	ruler(f, &va, y);
	if (pa.n > 0) {
		fprintf(f, "<text class=\"lane\" x=\"%.0f\" y=\"%.1f\">memory</text>", LEFT - 10,
		    ram_y + 14);
		for (size_t i = 0; i < pa.n; i++) {
			box(f, &pa.p[i], ram_y, LANE, false, titles);
			if (pa.p[i].w > 46)
				fprintf(f, "<text class=\"in\" x=\"%.1f\" y=\"%.1f\">%s</text>",
				    pa.p[i].x + pa.p[i].w / 2, ram_y + 14, pa.p[i].content);
		}
		ruler(f, &pa, ram_y + LANE);
	}
	fputs("</svg>\n", f);
	free(va.p);
	free(pa.p);
}
