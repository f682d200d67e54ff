/* SPDX-License-Identifier: BSD-2-Clause */
/* Parser and validation of the oracle; strict, since a lenient one would hide a lost fact. */
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <kvm.h>

#include "oracle.h"
#include "util.h"

struct parser {
	struct oracle *o;
	const char *path;
	unsigned line;
	unsigned long seen;	/* bit per once-only keyword */
	size_t cap_span, cap_ram, cap_exact, cap_sym, cap_nosym, cap_reg;
	char *err;
};

static bool broken(struct parser *p, unsigned line, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* Records "path:line: reason" (line 0: the file as a whole); always false. */
static bool
broken(struct parser *p, unsigned line, const char *fmt, ...)
{
	va_list ap;
	int n;

	if (line != 0)
		n = snprintf(p->err, ORACLE_ERRLEN, "%s:%u: ", p->path, line);
	else
		n = snprintf(p->err, ORACLE_ERRLEN, "%s: ", p->path);
	if (n < 0 || n >= ORACLE_ERRLEN)
		return false;
	va_start(ap, fmt);
	vsnprintf(p->err + n, (size_t)(ORACLE_ERRLEN - n), fmt, ap);
	va_end(ap);
	return false;
}

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

static bool
parse_hex(struct parser *p, const char *what, const char *s, uint64_t *ret)
{
	uint64_t v = 0;
	size_t n = strlen(s);

	if (n == 0 || n > 16)
		return broken(p, p->line, "%s: \"%s\" is not 1 to 16 hexadecimal digits", what, s);
	for (; *s != '\0'; s++) {
		int d = hex_digit(*s);

		if (d < 0)
			return broken(p, p->line, "%s: \"%c\" is not a hexadecimal digit", what, *s);
		v = v << 4 | (uint64_t)d;
	}
	*ret = v;
	return true;
}

static bool
parse_decimal(struct parser *p, const char *what, const char *s, uint64_t max, uint64_t *ret)
{
	uint64_t v = 0;
	const char *q = s;

	for (; *q >= '0' && *q <= '9' && v <= max; q++)
		v = v * 10 + (uint64_t)(*q - '0');
	if (*q != '\0' || q == s || v > max)
		return broken(p, p->line, "%s: \"%s\" is not a decimal number up to %" PRIu64, what, s,
		    max);
	*ret = v;
	return true;
}

/* ADDR LEN -> first and last, which must not pass max. */
static bool
parse_stretch(struct parser *p, const char *addr, const char *len, uint64_t max, uint64_t *first,
    uint64_t *last)
{
	uint64_t n;

	if (!parse_hex(p, "address", addr, first) || !parse_hex(p, "length", len, &n))
		return false;
	if (n == 0)
		return broken(p, p->line, "length is 0");
	if (*first > max || n - 1 > max - *first)
		return broken(p, p->line, "0x%" PRIx64 " + 0x%" PRIx64 " passes the top 0x%" PRIx64,
		    *first, n, max);
	*last = *first + (n - 1);
	return true;
}

/* The index of s in a NULL-terminated table of words. */
static bool
parse_word(struct parser *p, const char *what, const char *s, const char *const *words,
    unsigned *ret)
{
	*ret = 0;
	for (unsigned i = 0; words[i] != NULL; i++)
		if (strcmp(words[i], s) == 0) {
			*ret = i;
			return true;
		}
	return broken(p, p->line, "%s: \"%s\" is not one of the known words", what, s);
}

static bool
parse_prot(struct parser *p, const char *s, unsigned *ret)
{
	static const char letters[] = "rwx";
	static const unsigned bits[] = { KVM_PROT_READ, KVM_PROT_WRITE, KVM_PROT_EXEC };

	if (strcmp(s, "-") == 0) {
		*ret = PROT_UNSTATED;
		return true;
	}
	*ret = 0;
	if (strlen(s) != 3)
		return broken(p, p->line, "protection \"%s\" is not three of rwx-", s);
	for (unsigned i = 0; i < 3; i++) {
		if (s[i] == letters[i])
			*ret |= bits[i];
		else if (s[i] != '-')
			return broken(p, p->line, "protection \"%s\" is not three of rwx-", s);
	}
	return true;
}

/* ---- One handler per keyword; arg holds exactly the fields the table asks for. ---- */

static bool
key_form(struct parser *p, char **arg)
{
	p->o->form = xstrdup(arg[0]);
	return true;
}

static bool
key_os(struct parser *p, char **arg)
{
	p->o->os = xstrdup(arg[0]);
	return true;
}

static bool
key_machine(struct parser *p, char **arg)
{
	p->o->machine = xstrdup(arg[0]);
	return true;
}

static bool
key_regime(struct parser *p, char **arg)
{
	p->o->regime = xstrdup(arg[0]);
	return true;
}

static bool
key_byteorder(struct parser *p, char **arg)
{
	static const char *const words[] = { "little", "big", NULL };
	unsigned i;

	if (!parse_word(p, "byteorder", arg[0], words, &i))
		return false;
	p->o->big = i == 1;
	return true;
}

static bool
key_bits(struct parser *p, char **arg)
{
	uint64_t v;

	if (!parse_decimal(p, "bits", arg[0], 64, &v))
		return false;
	if (v != 32 && v != 64)
		return broken(p, p->line, "bits is %s, neither 32 nor 64", arg[0]);
	p->o->bits = (unsigned)v;
	p->o->top = v == 64 ? UINT64_MAX : UINT32_MAX;
	return true;
}

static bool
key_vabits(struct parser *p, char **arg)
{
	uint64_t v;

	if (!parse_decimal(p, "vabits", arg[0], 64, &v))
		return false;
	p->o->vabits = (unsigned)v;
	return true;
}

static bool
key_pagesize(struct parser *p, char **arg)
{
	if (!parse_decimal(p, "pagesize", arg[0], UINT64_C(1) << 30, &p->o->pagesize))
		return false;
	if (p->o->pagesize == 0 || (p->o->pagesize & (p->o->pagesize - 1)) != 0)
		return broken(p, p->line, "pagesize %s is not a power of two", arg[0]);
	return true;
}

static bool
key_witness(struct parser *p, char **arg)
{
	static const char *const words[] = { "model", "machine", NULL };
	unsigned i;

	if (!parse_word(p, "witness", arg[0], words, &i))
		return false;
	p->o->machine_witness = i == 1;
	return true;
}

static bool
key_complete(struct parser *p, char **arg)
{
	static const char *const words[] = { "no", "yes", NULL };
	unsigned i;

	if (!parse_word(p, "complete", arg[0], words, &i))
		return false;
	p->o->complete = i == 1;
	return true;
}

static bool
key_file(struct parser *p, char **arg)
{
	if (strcmp(arg[0], "core") != 0)
		return broken(p, p->line, "file \"%s\" is not \"core\"", arg[0]);
	if (strchr(arg[1], '/') != NULL || arg[1][0] == '.')
		return broken(p, p->line, "file name \"%s\" leaves the fixture", arg[1]);
	p->o->core = xstrdup(arg[1]);
	return true;
}

static bool
key_device(struct parser *p, char **arg)
{
	p->o->has_device = true;
	p->o->device_at_end = strcmp(arg[0], "end") == 0;
	return p->o->device_at_end || parse_hex(p, "device", arg[0], &p->o->device_off);
}

/* save fail TEXT */
static bool
key_save(struct parser *p, char **arg)
{
	if (strncmp(arg[0], "fail ", 5) != 0 || arg[0][5] == '\0' || arg[0][5] == ' ')
		return broken(p, p->line, "save \"%s\" is not fail and a text", arg[0]);
	p->o->save_text = xstrdup(arg[0] + 5);
	return true;
}

static bool
key_raw(struct parser *p, char **arg)
{
	struct oracle *o = p->o;

	o->is_raw = true;
	if (!parse_hex(p, "base", arg[0], &o->raw_base))
		return false;
	if ((arg[1] == NULL) != (arg[2] == NULL))
		return broken(p, p->line, "raw has a regime without a root");
	if (arg[1] == NULL)
		return true;
	o->raw_regime = xstrdup(arg[1]);
	return parse_hex(p, "root", arg[2], &o->raw_root);
}

static bool
key_dmap(struct parser *p, char **arg)
{
	struct span *s = &p->o->dmap;

	if (p->o->bits == 0)
		return broken(p, p->line, "dmap before bits");
	*s = (struct span){ .kind = SPAN_MAP, .prot = PROT_UNSTATED, .line = p->line };
	p->o->has_dmap = true;
	return parse_stretch(p, arg[0], arg[1], p->o->top, &s->first, &s->last) &&
	    parse_hex(p, "physical address", arg[2], &s->pa);
}

static bool
key_kerndisp(struct parser *p, char **arg)
{
	uint64_t v = 0;

	if (!parse_hex(p, "kerndisp", arg[0], &v))
		return false;
	p->o->kerndisp = (int64_t)v;	/* two's complement */
	return true;
}

/* open ok | noheader TEXT | fail [@family] TEXT; the text runs to the end of the line. */
static bool
key_open(struct parser *p, char **arg)
{
	struct oracle *o = p->o;
	char *s = arg[0], *text;

	if (strcmp(s, "ok") == 0) {
		o->open = OPEN_OK;
		return true;
	}
	text = strchr(s, ' ');
	if (text == NULL)
		return broken(p, p->line, "open \"%s\" has no text", s);
	*text++ = '\0';
	if (strcmp(s, "noheader") == 0)
		o->open = OPEN_NOHEADER;
	else if (strcmp(s, "fail") == 0)
		o->open = OPEN_FAIL;
	else
		return broken(p, p->line, "open \"%s\" is not ok, noheader or fail", s);
	if (o->open == OPEN_FAIL && *text == '@') {
		char *family = text + 1;

		text = strchr(family, ' ');
		if (text == NULL || text == family)
			return broken(p, p->line, "open fail @family has no text");
		*text++ = '\0';
		o->open_family = xstrdup(family);
	}
	if (*text == '\0' || *text == ' ')
		return broken(p, p->line, "open has an empty text");
	o->open_text = xstrdup(text);
	return true;
}

static bool
key_seed(struct parser *p, char **arg)
{
	return parse_hex(p, "seed", arg[0], &p->o->seed);
}

static bool
key_ram(struct parser *p, char **arg)
{
	static const char *const words[] = { "hash", "zero", "any", "file", NULL };
	struct oracle *o = p->o;
	struct ram r = { .line = p->line };
	unsigned kind;

	if (!parse_stretch(p, arg[0], arg[1], UINT64_MAX, &r.first, &r.last))
		return false;
	if (!parse_word(p, "content", arg[2], words, &kind))
		return false;
	r.kind = (enum ram_kind)kind;
	if ((r.kind == RAM_FILE) != (arg[3] != NULL))
		return broken(p, p->line, "content \"%s\" %s an offset", arg[2],
		    r.kind == RAM_FILE ? "wants" : "has no");
	if (r.kind == RAM_FILE && !parse_hex(p, "offset", arg[3], &r.off))
		return false;
	if (o->nram > 0) {
		const struct ram *b = &o->ram[o->nram - 1];

		if (r.first <= b->last && r.last >= b->first)
			return broken(p, p->line, "ram 0x%" PRIx64 " overlaps line %u", r.first, b->line);
		if (r.first <= b->last)
			return broken(p, p->line, "ram 0x%" PRIx64 " is out of order after line %u",
			    r.first, b->line);
	}
	o->ram = grow(o->ram, o->nram, &p->cap_ram, sizeof(*o->ram));
	o->ram[o->nram++] = r;
	return true;
}

static bool
key_reg(struct parser *p, char **arg)
{
	struct oracle *o = p->o;
	uint64_t v;

	if (oracle_reg(o, arg[0], &v))
		return broken(p, p->line, "reg %s is given twice", arg[0]);
	if (!parse_hex(p, "value", arg[1], &v))
		return false;
	o->reg = grow(o->reg, o->nreg, &p->cap_reg, sizeof(*o->reg));
	o->reg[o->nreg++] = (struct reg){ xstrdup(arg[0]), v };
	return true;
}

static bool
span_add(struct parser *p, const struct span *s)
{
	struct oracle *o = p->o;

	if (o->nspan > 0) {
		const struct span *b = &o->span[o->nspan - 1];

		if (s->first <= b->last && s->last >= b->first)
			return broken(p, p->line, "%s 0x%" PRIx64 " overlaps line %u",
			    span_kind_name(s->kind), s->first, b->line);
		if (s->first <= b->last)
			return broken(p, p->line, "%s 0x%" PRIx64 " is out of order after line %u",
			    span_kind_name(s->kind), s->first, b->line);
	}
	o->span = grow(o->span, o->nspan, &p->cap_span, sizeof(*o->span));
	o->span[o->nspan++] = *s;
	return true;
}

static bool
span_parse(struct parser *p, enum span_kind kind, char **arg)
{
	struct span s = { .kind = kind, .line = p->line, .prot = PROT_UNSTATED };
	const char *len = kind == SPAN_MAP ? arg[2] : arg[1];

	if (p->o->bits == 0)
		return broken(p, p->line, "%s before bits", span_kind_name(kind));
	if (!parse_stretch(p, arg[0], len, p->o->top, &s.first, &s.last))
		return false;
	const char *pa = kind == SPAN_MAP ? arg[1] : kind == SPAN_ABSENT ? arg[2] : NULL;
	if (kind == SPAN_MAP && !parse_prot(p, arg[3], &s.prot))
		return false;
	s.has_pa = pa != NULL;
	if (s.has_pa) {
		if (!parse_hex(p, "physical address", pa, &s.pa))
			return false;
		if (s.last - s.first > UINT64_MAX - s.pa)
			return broken(p, p->line, "physical address passes 2^64");
	}
	return span_add(p, &s);
}

static bool
key_map(struct parser *p, char **arg)
{
	return span_parse(p, SPAN_MAP, arg);
}

static bool
key_hole(struct parser *p, char **arg)
{
	return span_parse(p, SPAN_HOLE, arg);
}

static bool
key_absent(struct parser *p, char **arg)
{
	return span_parse(p, SPAN_ABSENT, arg);
}

static bool
key_short(struct parser *p, char **arg)
{
	return span_parse(p, SPAN_SHORT, arg);
}

static bool
key_bytes(struct parser *p, char **arg)
{
	struct oracle *o = p->o;
	struct exact e = { .line = p->line };
	size_t digits = strlen(arg[1]);

	if (!parse_hex(p, "address", arg[0], &e.pa))
		return false;
	if (digits == 0 || digits % 2 != 0)
		return broken(p, p->line, "bytes has %zu digits, not an even number", digits);
	e.len = digits / 2;
	if (e.len - 1 > UINT64_MAX - e.pa)
		return broken(p, p->line, "bytes pass 2^64");
	e.p = xmalloc(e.len);
	for (size_t i = 0; i < e.len; i++) {
		int hi = hex_digit(arg[1][2 * i]), lo = hex_digit(arg[1][2 * i + 1]);

		if (hi < 0 || lo < 0) {
			free(e.p);
			return broken(p, p->line, "byte %zu is not hexadecimal", i);
		}
		e.p[i] = (uint8_t)(hi << 4 | lo);
	}
	o->exact = grow(o->exact, o->nexact, &p->cap_exact, sizeof(*o->exact));
	o->exact[o->nexact++] = e;
	return true;
}

static bool
key_sym(struct parser *p, char **arg)
{
	static const char *const types[] = { "notype", "object", "func", "file", NULL };
	static const char *const binds[] = { "local", "global", "weak", NULL };
	struct oracle *o = p->o;
	unsigned type, bind;
	uint64_t va;

	if (!parse_hex(p, "address", arg[1], &va) || !parse_word(p, "type", arg[2], types, &type) ||
	    !parse_word(p, "binding", arg[3], binds, &bind))
		return false;
	o->sym = grow(o->sym, o->nsym, &p->cap_sym, sizeof(*o->sym));
	o->sym[o->nsym++] = (struct sym){ xstrdup(arg[0]), va, (enum sym_type)type,
		(enum sym_bind)bind };
	return true;
}

static bool
key_nosym(struct parser *p, char **arg)
{
	struct oracle *o = p->o;

	o->nosym = grow(o->nosym, o->nnosym, &p->cap_nosym, sizeof(*o->nosym));
	o->nosym[o->nnosym++] = xstrdup(arg[0]);
	return true;
}

#define REST	0		/* one argument: the rest of the line, spaces included */
#define MAXARGS 4

static const struct keyword {
	const char *name;
	bool (*parse)(struct parser *, char **);
	unsigned char min, max;	/* fields after the keyword; min REST: see above */
	bool once, required;
} keywords[] = {
	{ "form", key_form, 1, 1, true, true },
	{ "os", key_os, 1, 1, true, true },
	{ "machine", key_machine, 1, 1, true, true },
	{ "regime", key_regime, 1, 1, true, true },
	{ "byteorder", key_byteorder, 1, 1, true, true },
	{ "bits", key_bits, 1, 1, true, true },
	{ "vabits", key_vabits, 1, 1, true, true },
	{ "pagesize", key_pagesize, 1, 1, true, true },
	{ "witness", key_witness, 1, 1, true, true },
	{ "complete", key_complete, 1, 1, true, true },
	{ "file", key_file, 2, 2, true, true },
	{ "device", key_device, 1, 1, true, false },
	{ "save", key_save, REST, 1, true, false },
	{ "raw", key_raw, 1, 3, true, false },
	{ "dmap", key_dmap, 3, 3, true, false },
	{ "kerndisp", key_kerndisp, 1, 1, true, false },
	{ "open", key_open, REST, 1, true, true },
	{ "seed", key_seed, 1, 1, true, false },
	{ "ram", key_ram, 3, 4, false, false },
	{ "reg", key_reg, 2, 2, false, false },
	{ "map", key_map, 4, 4, false, false },
	{ "hole", key_hole, 2, 2, false, false },
	{ "absent", key_absent, 2, 3, false, false },
	{ "short", key_short, 2, 2, false, false },
	{ "bytes", key_bytes, 2, 2, false, false },
	{ "sym", key_sym, 4, 4, false, false },
	{ "nosym", key_nosym, 1, 1, false, false },
};
#define NKEYWORDS (sizeof(keywords) / sizeof(keywords[0]))

/* Splits s at single spaces into arg; the number of fields, or max + 1 if there are more. */
static unsigned
split(char *s, char **arg, unsigned max)
{
	unsigned n = 0;

	while (s != NULL) {
		if (n == max)
			return max + 1;
		arg[n++] = s;
		s = strchr(s, ' ');
		if (s != NULL)
			*s++ = '\0';
	}
	return n;
}

static bool
parse_line(struct parser *p, char *s)
{
	char *arg[MAXARGS + 1] = { NULL };
	char *rest = strchr(s, ' ');
	unsigned n = 0;

	if (rest != NULL)
		*rest++ = '\0';
	for (size_t k = 0; k < NKEYWORDS; k++) {
		const struct keyword *w = &keywords[k];

		if (strcmp(w->name, s) != 0)
			continue;
		if (w->once && (p->seen & 1ul << k) != 0)
			return broken(p, p->line, "%s is given twice", s);
		p->seen |= 1ul << k;
		if (w->min == REST) {
			if (rest == NULL)
				return broken(p, p->line, "%s has no value", s);
			arg[0] = rest;
			return w->parse(p, arg);
		}
		n = split(rest, arg, w->max);
		for (unsigned i = 0; i < n && i < w->max; i++)
			if (arg[i][0] == '\0')
				return broken(p, p->line, "field %u is empty: one space separates fields",
				    i + 1);
		if (n < w->min || n > w->max)
			return broken(p, p->line, "%s has %s fields", s,
			    n < w->min ? "too few" : "too many");
		return w->parse(p, arg);
	}
	return broken(p, p->line, "unknown keyword \"%s\"", s);
}

/* ---- What must hold over all lines. ---- */

static int
exact_order(const void *a, const void *b)
{
	const struct exact *x = a, *y = b;

	return x->pa < y->pa ? -1 : x->pa > y->pa;
}

static bool
check_exact(struct parser *p)
{
	struct oracle *o = p->o;

	if (o->nexact > 0)
		qsort(o->exact, o->nexact, sizeof(*o->exact), exact_order);
	for (size_t i = 1; i < o->nexact; i++) {
		const struct exact *a = &o->exact[i - 1], *b = &o->exact[i];

		if (b->pa - a->pa < a->len)
			return broken(p, b->line, "bytes 0x%" PRIx64 " overlap line %u", b->pa, a->line);
	}
	return true;
}

static bool
check_complete(struct parser *p)
{
	const struct oracle *o = p->o;
	uint64_t want = 0;

	if (!o->complete)
		return true;
	for (size_t i = 0; i < o->nspan; i++) {
		if (o->span[i].first != want)
			return broken(p, o->span[i].line, "complete yes, but 0x%" PRIx64 " to 0x%" PRIx64
			    " is not covered", want, o->span[i].first - 1);
		if (o->span[i].last == o->top)
			return true;
		want = o->span[i].last + 1;
	}
	return broken(p, 0, "complete yes, but 0x%" PRIx64 " to 0x%" PRIx64 " is not covered", want,
	    o->top);
}

static bool
check_ram(struct parser *p)
{
	const struct oracle *o = p->o;

	for (size_t i = 0; i < o->nspan; i++) {
		const struct span *s = &o->span[i];
		uint64_t pa = s->pa, last = s->pa + (s->last - s->first);

		if (s->kind != SPAN_MAP)
			continue;
		for (;;) {
			const struct ram *r = oracle_ram(o, pa);

			if (r == NULL)
				return broken(p, s->line, "map 0x%" PRIx64 ": physical 0x%" PRIx64
				    " has no ram line", s->first, pa);
			if (r->last >= last)
				break;
			pa = r->last + 1;
		}
	}
	return true;
}

static bool
check_all(struct parser *p)
{
	const struct oracle *o = p->o;

	for (size_t k = 0; k < NKEYWORDS; k++)
		if (keywords[k].required && (p->seen & 1ul << k) == 0)
			return broken(p, 0, "no %s line", keywords[k].name);
	for (size_t i = 0; i < o->nram; i++)
		if (o->ram[i].kind == RAM_HASH)
			for (size_t k = 0; k < NKEYWORDS; k++)
				if (strcmp(keywords[k].name, "seed") == 0 && (p->seen & 1ul << k) == 0)
					return broken(p, o->ram[i].line, "ram is hash, but no seed line");
	return check_exact(p) && check_complete(p) && check_ram(p);
}

bool
oracle_read(struct oracle *o, const char *path, char err[ORACLE_ERRLEN])
{
	struct parser p = { .o = o, .path = path, .err = err };
	size_t cap = 0;
	char *line = NULL;
	ssize_t n;
	bool ok = true;
	FILE *f;

	memset(o, 0, sizeof(*o));
	o->path = xstrdup(path);
	f = fopen(path, "r");
	if (f == NULL)
		return broken(&p, 0, "%s", strerror(errno));
	while (ok && (n = getline(&line, &cap, f)) > 0) {
		p.line++;
		if (line[n - 1] != '\n')
			ok = broken(&p, p.line, "the last line is cut: no newline");
		else if (line[n - 1] = '\0', strlen(line) != (size_t)n - 1)
			ok = broken(&p, p.line, "a NUL byte");
		else if (line[0] != '\0' && line[0] != '#')
			ok = parse_line(&p, line);
	}
	if (ok && ferror(f))
		ok = broken(&p, 0, "%s", strerror(errno));
	free(line);
	fclose(f);
	return ok && check_all(&p);
}

void
oracle_fini(struct oracle *o)
{
	for (size_t i = 0; i < o->nexact; i++)
		free(o->exact[i].p);
	for (size_t i = 0; i < o->nsym; i++)
		free(o->sym[i].name);
	for (size_t i = 0; i < o->nnosym; i++)
		free(o->nosym[i]);
	for (size_t i = 0; i < o->nreg; i++)
		free(o->reg[i].name);
	free(o->exact);
	free(o->sym);
	free(o->nosym);
	free(o->reg);
	free(o->span);
	free(o->ram);
	free(o->path);
	free(o->form);
	free(o->os);
	free(o->machine);
	free(o->regime);
	free(o->core);
	free(o->raw_regime);
	free(o->save_text);
	free(o->open_family);
	free(o->open_text);
	memset(o, 0, sizeof(*o));
}

size_t
oracle_span_index(const struct oracle *o, uint64_t va)
{
	size_t lo = 0, hi = o->nspan;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (o->span[mid].last < va)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

const struct span *
oracle_span(const struct oracle *o, uint64_t va)
{
	size_t i = oracle_span_index(o, va);

	return i < o->nspan && o->span[i].first <= va ? &o->span[i] : NULL;
}

const struct ram *
oracle_ram(const struct oracle *o, uint64_t pa)
{
	size_t lo = 0, hi = o->nram;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (o->ram[mid].last < pa)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < o->nram && o->ram[lo].first <= pa ? &o->ram[lo] : NULL;
}

bool
oracle_reg(const struct oracle *o, const char *name, uint64_t *ret)
{
	for (size_t i = 0; i < o->nreg; i++)
		if (strcmp(o->reg[i].name, name) == 0) {
			*ret = o->reg[i].value;
			return true;
		}
	return false;
}

const struct sym *
oracle_sym(const struct oracle *o, const char *name)
{
	static const unsigned rank[] = { [SYM_LOCAL] = 0, [SYM_WEAK] = 1, [SYM_GLOBAL] = 2 };
	const struct sym *best = NULL;

	for (size_t i = 0; i < o->nsym; i++)
		if (strcmp(o->sym[i].name, name) == 0 &&
		    (best == NULL || rank[o->sym[i].bind] > rank[best->bind]))
			best = &o->sym[i];
	return best;
}

const char *
span_kind_name(enum span_kind kind)
{
	static const char *const names[SPAN_KINDS] = { "map", "hole", "absent", "short" };

	return names[kind];
}
