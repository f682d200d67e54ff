/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A libkvm behind two pipes, so that kcore-conform can judge one that it is not linked with: on
 * another machine, under an emulator, or one that crashes.  One file, C89, no library but libc and
 * the libkvm that is to be judged:
 *
 *	cc -o worker worker.c -lkvm                                     on a BSD
 *	cc -DWORKER_DLOPEN -o worker worker.c && ./worker --lib ./libkvm.so
 *	cc -DWORKER_KCORE -Ilib -o worker worker.c libkvm.a ...
 *
 * The library's <kvm.h> is found as usual.  Its flavour is that of the host's system, or
 * WORKER_NETBSD, WORKER_OPENBSD, WORKER_FREEBSD, WORKER_DRAGONFLY, WORKER_KCORE.
 *
 * Options: --lib SO, the library (with WORKER_DLOPEN); --memory MIB, the most that the library
 * may allocate (default 2048, 0: no limit); --fuzz KERNEL CORE: no protocol, the library is called
 * with this core as fuzzers want it (at the end of this file).
 *
 * THE PROTOCOL.  One request is one line on standard input; its answer is one line that begins
 * with "=", on what was standard output (which the library itself cannot reach: what it prints
 * there goes to standard error).  Words are separated by one space:
 *
 *	N       a number: hexadecimal without 0x, "-" before it if it is negative
 *	TEXT    "=" and the characters, of which those that are not graphic, and "%", are written
 *	        %XX; "-" is NULL
 *	BYTES   two digits a byte; "-" is none
 *	H       a handle: a number from 1 on; 0 is NULL
 *	ERR     in a request 1 or 0: with an errbuf or without.  In an answer what the errbuf holds,
 *	        or "~" if the library did not touch it
 *	OVER    how many bytes behind a buffer's end, or behind a list's, the library changed
 *
 * Every request but the last of this list is the function kvm_... of that name; [x] only where the
 * library has it.
 *
 *	hello                                   = 1 FLAVOUR MACHINE BITS FUNCTION ...
 *	openfiles KERNEL CORE SWAP FLAGS ERR    = H ERR         names: TEXT
 *	open KERNEL CORE SWAP FLAGS ERRSTR      = H             ERRSTR: TEXT
 *	[open2] KERNEL CORE FLAGS ERR RESOLVER  = H ERR         RESOLVER 1: asks back (below)
 *	[open_image] KERNEL CORE FLAGS ERR -    = H ERR
 *	... ERR FLAGS BASE REGIME ROOT VABITS   = H ERR         the ko_ members
 *	close H                                 = N ERRNO       EINVAL by name, others as a number
 *	geterr H, [getkernelname] H             = TEXT
 *	[native] H, [kerndisp] H                = N
 *	read H VA LEN, [read2] ...              = N BYTES OVER  up to the last byte that was changed
 *	write H VA BYTES, [write2] ...          = N
 *	[readstr] H VA BUF CAP                  = WHAT CAP BYTES OVER
 *	        BUF 1: a buffer of CAP bytes, 0: NULL; CAP "-": lenp is NULL.
 *	        WHAT 0: NULL was returned, 1: the buffer, 2: other memory
 *	nlist H END NAME ...                    = N OVER TYPE OTHER DESC VALUE ...
 *	[nlist2] H END NAME ...                 = N OVER TYPE VALUE ...
 *	        END 0: NULL ends the list, 1: "" does.  Names: TEXT
 *	[dump_mkheader] H OFF                   = N
 *	[dump_header] H SIZE, [dump_header64]   = N             asks back
 *	[dump_wrtheader] H SIZE FULL, [...64]   = N BYTES       FULL 1: the stream is /dev/full
 *	[dump_inval] H, [dump_clear] H          = N
 *	[dump_find] H SIZE                      = N OVER ARCH HOST VERSION PANIC ...
 *	[walk_pages] H                          = N             asks back
 *	[xlate] H VA STEPS                      = N FIRST LAST PADDR OFFSET KIND PROT KNOWN
 *	[each_range] H LO LAST, [each_extent] H, [each_symbol] H   = N   ask back
 *	[symbol_find] H NAME, [symbol_at] H VA  = N NAME VALUE SIZE TYPE
 *	[getinfo] H SIZE                        = N OVER OS MACHINE REGIME FORM ORDER BITS VABITS ...
 *	quit                                    no answer: the worker exits with status 0
 *
 * The library's callbacks become questions: a line that begins with "?", to be answered by a line
 * "! N", N being what the callback returns, before the request itself is answered:
 *
 *	? resolve NAME                          ! N ADDRESS
 *	? write BYTES                           ! N ERRNO       ERRNO as above: it is set if N is 0
 *	? page VERSION PADDR KMAP DMAP PROT OFFSET LEN
 *	? range FIRST LAST PADDR OFFSET KIND PROT KNOWN
 *	? extent PADDR LEN OFFSET
 *	? symbol NAME VALUE SIZE TYPE
 *	+ step LEVEL NAME TABLE INDEX ENTRY RAW VERDICT WHY NEXT PROT SPACE     no answer
 *
 * A request that is not understood, for a function that is not there, or about a handle that is
 * not open, is answered "- REASON".
 * When a signal kills the worker it says "* SIGNAL ADDRESS" if it still can (-: no address).
 */
#if defined(__linux__)
#define _XOPEN_SOURCE 700
#define _DEFAULT_SOURCE
#define _FILE_OFFSET_BITS 64
#endif
#include <sys/types.h>
#include <sys/time.h>
#include <sys/resource.h>
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#if !defined(WORKER_KCORE) && !defined(WORKER_NETBSD) && !defined(WORKER_OPENBSD) && \
    !defined(WORKER_FREEBSD) && !defined(WORKER_DRAGONFLY)
#if defined(__NetBSD__)
#define WORKER_NETBSD
#elif defined(__OpenBSD__)
#define WORKER_OPENBSD
#elif defined(__FreeBSD__)
#define WORKER_FREEBSD
#elif defined(__DragonFly__)
#define WORKER_DRAGONFLY
#else
#define WORKER_KCORE
#endif
#endif
#include <stdint.h>
#if defined(WORKER_NETBSD) || defined(WORKER_KCORE)
#include <stdbool.h>
#endif
#include <kvm.h>
#ifdef WORKER_DLOPEN
#include <dlfcn.h>
#endif

#ifdef WORKER_KCORE
#define HAVE_MKHEADER
#define HAVE_DUMP_HEADER
#define HAVE_KERNELNAME
#define HAVE_OPEN2
#define HAVE_READSTR
#define FLAVOUR "kcore"
#endif
#ifdef WORKER_NETBSD
#define HAVE_MKHEADER
#define HAVE_DUMP_HEADER
#define HAVE_KERNELNAME
#define FLAVOUR "netbsd"
#endif
#ifdef WORKER_OPENBSD
#define HAVE_MKHEADER
#define FLAVOUR "openbsd"
#endif
#ifdef WORKER_FREEBSD
#define HAVE_OPEN2
#define FLAVOUR "freebsd"
#endif
#ifdef WORKER_DRAGONFLY
#define HAVE_READSTR
#define FLAVOUR "dragonfly"
#endif

#define ERRLEN	2048		/* _POSIX2_LINE_MAX */
#define GUARD	256		/* bytes behind every buffer that must stay as they are */
#define FILL	0xa5		/* what a buffer holds before a call */
#define MOST	((size_t)4 << 20)	/* of a buffer; longer reads must fail before that */
#define HANDLES	64

#ifdef HAVE_DUMP_HEADER
#ifdef __GNUC__
__extension__		/* C89 has no bool, but the library's header has */
#endif
typedef bool boolean;
#endif
typedef uint64_t u64;
typedef int64_t s64;

/* ---- The library's functions ---- */

#ifdef HAVE_MKHEADER
#define MKHEADER(FN)                                                                           \
	FN(int, kvm_dump_mkheader, (kvm_t *, off_t))                                           \
	FN(int, kvm_dump_wrtheader, (kvm_t *, FILE *, int))                                    \
	FN(int, kvm_dump_inval, (kvm_t *))
#else
#define MKHEADER(FN)
#endif
#ifdef HAVE_DUMP_HEADER
#define DUMP_HEADER(FN)                                                                        \
	FN(int, kvm_dump_header, (kvm_t *, boolean (*)(void *, const void *, size_t), void *, int))
#else
#define DUMP_HEADER(FN)
#endif
#ifdef HAVE_KERNELNAME
#define KERNELNAME(FN) FN(const char *, kvm_getkernelname, (kvm_t *))
#else
#define KERNELNAME(FN)
#endif
#ifdef HAVE_OPEN2
#define OPEN2(FN)                                                                              \
	FN(kvm_t *, kvm_open2, (const char *, const char *, int, char *,                       \
	    int (*)(const char *, kvaddr_t *)))                                                \
	FN(int, kvm_native, (kvm_t *))                                                         \
	FN(kssize_t, kvm_kerndisp, (kvm_t *))                                                  \
	FN(kssize_t, kvm_read2, (kvm_t *, kvaddr_t, void *, size_t))                           \
	FN(int, kvm_nlist2, (kvm_t *, struct kvm_nlist *))                                     \
	FN(int, kvm_walk_pages, (kvm_t *, kvm_walk_pages_cb_t *, void *))
#else
#define OPEN2(FN)
#endif
#ifdef HAVE_READSTR
#define READSTR(FN) FN(char *, kvm_readstr, (kvm_t *, unsigned long, char *, size_t *))
#else
#define READSTR(FN)
#endif
#ifdef WORKER_KCORE
#define KCORE(FN)                                                                              \
	FN(kvm_t *, kvm_open_image, (const char *, const char *, int,                          \
	    const struct kvm_open_options *, char *))                                          \
	FN(kssize_t, kvm_write2, (kvm_t *, kvaddr_t, const void *, size_t))                    \
	FN(kssize_t, kvm_dump_header64, (kvm_t *, boolean (*)(void *, const void *, size_t),      \
	    void *, uint64_t))                                                                 \
	FN(kssize_t, kvm_dump_wrtheader64, (kvm_t *, FILE *, uint64_t))                        \
	FN(int, kvm_dump_find, (kvm_t *, struct kvm_dump_info *, size_t))                      \
	FN(int, kvm_dump_clear, (kvm_t *))                                                     \
	FN(int, kvm_xlate, (kvm_t *, kvaddr_t, struct kvm_range *, kvm_step_cb_t *, void *))   \
	FN(int, kvm_each_range, (kvm_t *, kvaddr_t, kvaddr_t, kvm_range_cb_t *, void *))       \
	FN(int, kvm_each_extent, (kvm_t *, kvm_extent_cb_t *, void *))                         \
	FN(int, kvm_symbol_find, (kvm_t *, const char *, struct kvm_symbol *))                 \
	FN(int, kvm_symbol_at, (kvm_t *, kvaddr_t, struct kvm_symbol *))                       \
	FN(int, kvm_each_symbol, (kvm_t *, kvm_symbol_cb_t *, void *))                         \
	FN(int, kvm_getinfo, (kvm_t *, struct kvm_info *, size_t))
#else
#define KCORE(FN)
#endif
#define FUNCTIONS(FN)                                                                          \
	FN(kvm_t *, kvm_openfiles, (const char *, const char *, const char *, int, char *))    \
	FN(kvm_t *, kvm_open, (const char *, const char *, const char *, int, const char *))   \
	FN(int, kvm_close, (kvm_t *))                                                          \
	FN(char *, kvm_geterr, (kvm_t *))                                                      \
	FN(ssize_t, kvm_read, (kvm_t *, unsigned long, void *, size_t))                        \
	FN(ssize_t, kvm_write, (kvm_t *, unsigned long, const void *, size_t))                 \
	FN(int, kvm_nlist, (kvm_t *, struct nlist *))                                          \
	MKHEADER(FN) DUMP_HEADER(FN) KERNELNAME(FN) OPEN2(FN) READSTR(FN) KCORE(FN)

static struct {
#define FN(result, name, parameters) result (*name) parameters;
	FUNCTIONS(FN)
#undef FN
} lib;

static FILE *out;
static kvm_t *handle[HANDLES];	/* handle[0] is NULL */
static u64 asked;		/* its index there, of the request */

static void
die(const char *what, const char *why)
{
	fprintf(stderr, "worker: %s%s%s\n", what, why[0] != '\0' ? ": " : "", why);
	exit(3);
}

static void *
room(size_t n)
{
	void *p = malloc(n > 0 ? n : 1);

	if (p == NULL)
		die("no memory", "");
	return p;
}

/* ---- Words in ---- */

static char *line;		/* the request */
static size_t line_cap;
static char *rest;		/* of it, not yet read */

/* The next line of standard input, without its newline; 0 at the end. */
static int
next_line(char **buf, size_t *cap)
{
	size_t n = 0;

	for (;;) {
		if (*cap - n < 4096) {
			*cap = *cap * 2 + 8192;
			*buf = realloc(*buf, *cap);
			if (*buf == NULL)
				die("no memory", "");
		}
		if (fgets(*buf + n, (int)((*cap - n) < INT_MAX ? *cap - n : INT_MAX), stdin) == NULL)
			return 0;
		n += strlen(*buf + n);
		if (n > 0 && (*buf)[n - 1] == '\n') {
			(*buf)[n - 1] = '\0';
			return 1;
		}
	}
}

/* The next word; "" if there is none. */
static char *
word(void)
{
	char *w = rest;
	size_t n = strcspn(w, " ");

	rest = w + n;
	if (*rest == ' ')
		*rest++ = '\0';
	return w;
}

static int
digit(int c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 :
	    c >= 'A' && c <= 'F' ? c - 'A' + 10 : 0;
}

static u64
number(const char *w)
{
	int minus = *w == '-';
	u64 v = 0;

	for (w += minus; *w != '\0'; w++)
		v = v << 4 | (u64)digit(*w);
	return minus ? 0 - v : v;
}

static u64
num(void)
{
	return number(word());
}

/* TEXT, in place; NULL for "-". */
static char *
text(void)
{
	char *w = word(), *to = w, *from = w;

	if (*from++ != '=')
		return NULL;
	while (*from != '\0')
		if (from[0] == '%' && from[1] != '\0' && from[2] != '\0') {
			*to++ = (char)(digit(from[1]) << 4 | digit(from[2]));
			from += 3;
		} else
			*to++ = *from++;
	*to = '\0';
	return w;
}

/* BYTES, in place. */
static unsigned char *
bytes(size_t *n)
{
	char *w = word();
	unsigned char *p = (unsigned char *)w;
	size_t i;

	for (i = 0; isxdigit((unsigned char)w[2 * i]) && w[2 * i + 1] != '\0'; i++)
		p[i] = (unsigned char)(digit(w[2 * i]) << 4 | digit(w[2 * i + 1]));
	*n = i;
	return p;
}

/* The handle that the request is about. */
static kvm_t *
kd(void)
{
	return handle[asked];
}

/* ---- Words out ---- */

static void
put_u(u64 v)
{
	char s[17];
	int i = 16;

	s[i] = '\0';
	do {
		s[--i] = "0123456789abcdef"[v & 15];
		v >>= 4;
	} while (v != 0);
	putc(' ', out);
	fputs(s + i, out);
}

static void
put_s(s64 v)
{
	if (v >= 0) {
		put_u((u64)v);
		return;
	}
	fputs(" -", out);
	{
		u64 u = 0 - (u64)v;
		char s[17];
		int i = 16;

		s[i] = '\0';
		do {
			s[--i] = "0123456789abcdef"[u & 15];
			u >>= 4;
		} while (u != 0);
		fputs(s + i, out);
	}
}

static void
put_textn(const char *s, size_t most)
{
	if (s == NULL) {
		fputs(" -", out);
		return;
	}
	fputs(" =", out);
	for (; most > 0 && *s != '\0'; s++, most--) {
		unsigned char c = (unsigned char)*s;

		if (c <= ' ' || c >= 0x7f || c == '%') {
			putc('%', out);
			putc("0123456789abcdef"[c >> 4], out);
			putc("0123456789abcdef"[c & 15], out);
		} else
			putc(c, out);
	}
}

static void
put_text(const char *s)
{
	put_textn(s, (size_t)-1);
}

static void
put_bytes(const void *p, size_t n)
{
	const unsigned char *b = p;
	size_t i;

	putc(' ', out);
	if (n == 0)
		putc('-', out);
	for (i = 0; i < n; i++) {
		putc("0123456789abcdef"[b[i] >> 4], out);
		putc("0123456789abcdef"[b[i] & 15], out);
	}
}

static void
put_errno(int e)
{
	if (e == EINVAL)
		fputs(" EINVAL", out);
	else
		put_s(e);
}

static void
send_line(void)
{
	putc('\n', out);
	if (fflush(out) != 0)
		die("the answer does not go out", strerror(errno));
}

static void
answer_n(s64 n)
{
	putc('=', out);
	put_s(n);
	send_line();
}

#if defined(WORKER_KCORE) || defined(HAVE_OPEN2) || defined(HAVE_DUMP_HEADER)
/* Sends the question that was begun and waits for "! N ..."; what follows N is in *more. */
static s64
ask(char **more)
{
	static char *reply;
	static size_t cap;
	char *at;
	s64 n;

	send_line();
	if (!next_line(&reply, &cap) || reply[0] != '!' || reply[1] != ' ')
		die("a question was not answered", "");
	at = rest;
	rest = reply + 2;
	n = (s64)num();
	*more = rest;
	rest = at;
	return n;
}
#endif

/* ---- Buffers ---- */

/* How many of n bytes, up to the last that is not FILL. */
static size_t
changed(const unsigned char *p, size_t n)
{
	while (n > 0 && p[n - 1] == FILL)
		n--;
	return n;
}

/* ---- Requests: opening ---- */

static void
opened(kvm_t *k, const char *err, int with_err)
{
	size_t n = with_err ? changed((const unsigned char *)err, ERRLEN) : 0;
	int i = 0;

	if (k != NULL)
		for (i = 1; i < HANDLES && handle[i] != NULL; i++)
			;
	if (i == HANDLES)
		die("too many handles", "");
	if (i > 0)
		handle[i] = k;
	putc('=', out);
	put_s(i);
	if (n == 0)
		fputs(" ~", out);
	else
		put_textn(err, ERRLEN);
	send_line();
}

static char *
errbuf(char buf[ERRLEN], int with_err)
{
	memset(buf, FILL, ERRLEN);
	return with_err ? buf : NULL;
}

static void
do_openfiles(void)
{
	char err[ERRLEN], *kernel = text(), *core = text(), *swap = text();
	int flags = (int)num(), with = (int)num();

	opened(lib.kvm_openfiles(kernel, core, swap, flags, errbuf(err, with)), err, with);
}

static void
do_open(void)
{
	char *kernel = text(), *core = text(), *swap = text();
	int flags = (int)num();
	/* It is kept by the library: not in the line, which is used again. */
	char *errstr = text(), *kept = NULL;

	if (errstr != NULL) {
		kept = room(strlen(errstr) + 1);
		strcpy(kept, errstr);
	}
	opened(lib.kvm_open(kernel, core, swap, flags, kept), NULL, 0);
}

#ifdef HAVE_OPEN2
static int
resolve(const char *name, kvaddr_t *addr)
{
	char *more;
	s64 n;

	fputs("? resolve", out);
	put_text(name);
	n = ask(&more);
	if (n == 0)
		*addr = number(more);
	return (int)n;
}

static void
do_open2(void)
{
	char err[ERRLEN], *kernel = text(), *core = text();
	int flags = (int)num(), with = (int)num(), resolver = (int)num();

	opened(lib.kvm_open2(kernel, core, flags, errbuf(err, with), resolver ? resolve : NULL), err,
	    with);
}
#endif

#ifdef WORKER_KCORE
static void
do_open_image(void)
{
	char err[ERRLEN], *kernel = text(), *core = text(), *w;
	int flags = (int)num(), with = (int)num();
	struct kvm_open_options o, *opt = NULL;

	memset(&o, 0, sizeof(o));
	w = word();
	if (strcmp(w, "-") != 0) {
		o.ko_size = sizeof(o);
		o.ko_flags = (unsigned)number(w);
		o.ko_base = num();
		o.ko_regime = text();
		o.ko_root = num();
		o.ko_vabits = (unsigned)num();
		opt = &o;
	}
	opened(lib.kvm_open_image(kernel, core, flags, opt, errbuf(err, with)), err, with);
}
#endif

static void
do_close(void)
{
	int n, e;

	errno = 0;
	n = lib.kvm_close(kd());
	e = errno;
	handle[asked] = NULL;
	putc('=', out);
	put_s(n);
	put_errno(e);
	send_line();
}

static void
answer_text(const char *s)
{
	putc('=', out);
	put_text(s);
	send_line();
}

static void
do_geterr(void)
{
	answer_text(lib.kvm_geterr(kd()));
}

#ifdef HAVE_KERNELNAME
static void
do_getkernelname(void)
{
	answer_text(lib.kvm_getkernelname(kd()));
}
#endif

/* ---- Memory ---- */

static void
read_any(int wide)
{
	kvm_t *k = kd();
	u64 va = num(), want = num();
	size_t len = (size_t)want, has = len < MOST ? len : MOST, n, over;
	unsigned char *p = room(has + GUARD);
	s64 got;

	(void)wide;
	memset(p, FILL, has + GUARD);
#ifdef HAVE_OPEN2
	if (wide)
		got = lib.kvm_read2(k, va, p, len);
	else
#endif
	got = lib.kvm_read(k, (unsigned long)va, p, len);
	over = changed(p + has, GUARD);
	n = changed(p, has);
	if (got > 0 && (u64)got > n)
		n = (u64)got < has ? (size_t)got : has;
	putc('=', out);
	put_s(got);
	put_bytes(p, n);
	put_u(over);
	send_line();
	free(p);
}

static void
do_read(void)
{
	read_any(0);
}

static void
do_write(void)
{
	kvm_t *k = kd();
	u64 va = num();
	size_t n;
	unsigned char *p = bytes(&n);

	answer_n(lib.kvm_write(k, (unsigned long)va, p, n));
}

#ifdef HAVE_OPEN2
static void
do_read2(void)
{
	read_any(1);
}

static void
do_native(void)
{
	answer_n(lib.kvm_native(kd()));
}

static void
do_kerndisp(void)
{
	answer_n(lib.kvm_kerndisp(kd()));
}
#endif

#ifdef WORKER_KCORE
static void
do_write2(void)
{
	kvm_t *k = kd();
	u64 va = num();
	size_t n;
	unsigned char *p = bytes(&n);

	answer_n(lib.kvm_write2(k, va, p, n));
}
#endif

#ifdef HAVE_READSTR
static void
do_readstr(void)
{
	kvm_t *k = kd();
	u64 va = num();
	int with = (int)num();
	char *w = word(), *p, *buf = NULL;
	int lenp = strcmp(w, "-") != 0;
	size_t cap = lenp ? (size_t)number(w) : 0, has = cap < MOST ? cap : MOST, n = 0, over = 0;

	if (with) {
		buf = room(has + GUARD);
		memset(buf, FILL, has + GUARD);
	}
	p = lib.kvm_readstr(k, (unsigned long)va, buf, lenp ? &cap : NULL);
	if (with) {
		n = changed((unsigned char *)buf, has);
		over = changed((unsigned char *)buf + has, GUARD);
	} else if (p != NULL)
		n = strlen(p) + 1;
	putc('=', out);
	put_s(p == NULL ? 0 : p == buf ? 1 : 2);
	put_u(cap);
	put_bytes(with ? buf : p, n);
	put_u(over);
	send_line();
	free(buf);
	if (p != buf)
		free(p);
}
#endif

/* ---- Symbols ---- */

#define NAMES 65536

/* The names of a request; their count. */
static size_t
names(char **name)
{
	size_t n = 0;

	while (*rest != '\0' && n < NAMES)
		name[n++] = text();
	return n;
}

static void
do_nlist(void)
{
	static char *name[NAMES];
	static char none[] = "", behind[] = "behind_the_end";
	kvm_t *k = kd();
	int end = (int)num(), got;
	size_t n = names(name), i;
	struct nlist *nl = room((n + 2) * sizeof(*nl));

	memset(nl, FILL, (n + 2) * sizeof(*nl));
	for (i = 0; i < n; i++)
		nl[i].n_name = name[i];
	nl[n].n_name = end ? none : NULL;
	nl[n + 1].n_name = behind;
	got = lib.kvm_nlist(k, nl);
	putc('=', out);
	put_s(got);
	put_u(nl[n + 1].n_type != FILL);
	for (i = 0; i < n; i++) {
		put_u((unsigned char)nl[i].n_type);
		put_s(nl[i].n_other);
		put_s(nl[i].n_desc);
		put_u(nl[i].n_value);
	}
	send_line();
	free(nl);
}

#ifdef HAVE_OPEN2
static void
do_nlist2(void)
{
	static char *name[NAMES];
	kvm_t *k = kd();
	int end = (int)num(), got;
	size_t n = names(name), i;
	struct kvm_nlist *nl = room((n + 2) * sizeof(*nl));

	memset(nl, FILL, (n + 2) * sizeof(*nl));
	for (i = 0; i < n; i++)
		nl[i].n_name = name[i];
	nl[n].n_name = end ? "" : NULL;
	nl[n + 1].n_name = "behind_the_end";
	got = lib.kvm_nlist2(k, nl);
	putc('=', out);
	put_s(got);
	put_u(nl[n + 1].n_type != FILL);
	for (i = 0; i < n; i++) {
		put_u(nl[i].n_type);
		put_u(nl[i].n_value);
	}
	send_line();
	free(nl);
}

static int
page(struct kvm_page *kp, void *arg)
{
	char *more;

	(void)arg;
	fputs("? page", out);
	put_u(kp->kp_version);
	put_u(kp->kp_paddr);
	put_u(kp->kp_kmap_vaddr);
	put_u(kp->kp_dmap_vaddr);
	put_u(kp->kp_prot);
	put_s(kp->kp_offset);
	put_u(kp->kp_len);
	return (int)ask(&more);
}

static void
do_walk_pages(void)
{
	answer_n(lib.kvm_walk_pages(kd(), page, NULL));
}
#endif

/* ---- Dump headers ---- */

#ifdef HAVE_MKHEADER
static void
do_dump_mkheader(void)
{
	kvm_t *k = kd();

	answer_n(lib.kvm_dump_mkheader(k, (off_t)(s64)num()));
}

static void
do_dump_inval(void)
{
	answer_n(lib.kvm_dump_inval(kd()));
}

static void
wrtheader(int wide)
{
	kvm_t *k = kd();
	u64 size = num();
	int full = (int)num(), e;
	FILE *f = full ? fopen("/dev/full", "w") : tmpfile();
	unsigned char *p;
	size_t n = 0;
	s64 got;

	(void)wide;
	if (f == NULL)
		die("a temporary file", strerror(errno));
	if (full)
		setvbuf(f, NULL, _IONBF, 0);
#ifdef WORKER_KCORE
	if (wide)
		got = lib.kvm_dump_wrtheader64(k, f, size);
	else
#endif
	got = lib.kvm_dump_wrtheader(k, f, (int)(s64)size);
	p = room(MOST);
	if (!full) {
		e = fflush(f);
		rewind(f);
		n = e == 0 ? fread(p, 1, MOST, f) : 0;
	}
	fclose(f);
	putc('=', out);
	put_s(got);
	put_bytes(p, n);
	send_line();
	free(p);
}

static void
do_dump_wrtheader(void)
{
	wrtheader(0);
}
#endif

#ifdef HAVE_DUMP_HEADER
static boolean
piece(void *cookie, const void *buf, size_t len)
{
	char *more;
	s64 n;

	(void)cookie;
	fputs("? write", out);
	put_bytes(buf, len);
	n = ask(&more);
	if (n == 0)
		errno = (int)number(more);
	return n != 0;
}

static void
do_dump_header(void)
{
	kvm_t *k = kd();

	answer_n(lib.kvm_dump_header(k, piece, NULL, (int)(s64)num()));
}
#endif

#ifdef WORKER_KCORE
static void
do_dump_header64(void)
{
	kvm_t *k = kd();

	answer_n(lib.kvm_dump_header64(k, piece, NULL, num()));
}

static void
do_dump_wrtheader64(void)
{
	wrtheader(1);
}

static void
do_dump_clear(void)
{
	answer_n(lib.kvm_dump_clear(kd()));
}

/* A struct of which the library may set the first size bytes: what it set behind them. */
static size_t
behind(const void *p, size_t all, size_t size)
{
	return size < all ? changed((const unsigned char *)p + size, all - size) : 0;
}

static void
do_dump_find(void)
{
	kvm_t *k = kd();
	size_t size = (size_t)num();
	struct kvm_dump_info i;
	int n;

	memset(&i, 0, sizeof(i));
	n = lib.kvm_dump_find(k, &i, size < sizeof(i) ? size : sizeof(i));
	putc('=', out);
	put_s(n);
	put_u(0);
	put_textn(i.kd_architecture, sizeof(i.kd_architecture));
	put_textn(i.kd_hostname, sizeof(i.kd_hostname));
	put_textn(i.kd_versionstring, sizeof(i.kd_versionstring));
	put_textn(i.kd_panicstring, sizeof(i.kd_panicstring));
	put_u(i.kd_version);
	put_u(i.kd_architecture_version);
	put_u(i.kd_time);
	put_u(i.kd_length);
	put_u(i.kd_offset);
	put_u(i.kd_extent);
	put_u(i.kd_header);
	put_u(i.kd_trailer);
	put_u(i.kd_blocksize);
	put_u(i.kd_keysize);
	put_text(i.kd_compression);
	put_u(i.kd_encrypted);
	put_u(i.kd_text);
	put_u(i.kd_cleared);
	send_line();
}

/* ---- What only kcore's library has ---- */

static void
put_range(const struct kvm_range *r)
{
	put_u(r->kr_first);
	put_u(r->kr_last);
	put_u(r->kr_paddr);
	put_s(r->kr_offset);
	put_u((u64)r->kr_kind);
	put_u(r->kr_prot);
	put_u(r->kr_prot_known);
}

static void
step(const struct kvm_step *s, void *arg)
{
	(void)arg;
	fputs("+ step", out);
	put_u(s->ks_level);
	put_text(s->ks_name);
	put_u(s->ks_table);
	put_u(s->ks_index);
	put_u(s->ks_entry);
	put_u(s->ks_raw);
	put_text(s->ks_verdict);
	put_text(s->ks_why);
	put_u(s->ks_next);
	put_u(s->ks_prot);
	put_u((u64)s->ks_space);
	putc('\n', out);
}

static void
do_xlate(void)
{
	kvm_t *k = kd();
	u64 va = num();
	struct kvm_range r;
	int n;

	memset(&r, 0, sizeof(r));
	r.kr_first = 1;		/* an answer that is none does not look like one */
	n = lib.kvm_xlate(k, va, &r, num() ? step : NULL, NULL);
	putc('=', out);
	put_s(n);
	put_range(&r);
	send_line();
}

static int
range(const struct kvm_range *r, void *arg)
{
	char *more;

	(void)arg;
	fputs("? range", out);
	put_range(r);
	return (int)ask(&more);
}

static void
do_each_range(void)
{
	kvm_t *k = kd();
	u64 lo = num();

	answer_n(lib.kvm_each_range(k, lo, num(), range, NULL));
}

static int
extent(const struct kvm_extent *e, void *arg)
{
	char *more;

	(void)arg;
	fputs("? extent", out);
	put_u(e->ke_paddr);
	put_u(e->ke_len);
	put_s(e->ke_offset);
	return (int)ask(&more);
}

static void
do_each_extent(void)
{
	answer_n(lib.kvm_each_extent(kd(), extent, NULL));
}

static void
put_symbol(const struct kvm_symbol *s)
{
	put_text(s->ky_name);
	put_u(s->ky_value);
	put_u(s->ky_size);
	put_u(s->ky_type);
}

static int
symbol(const struct kvm_symbol *s, void *arg)
{
	char *more;

	(void)arg;
	fputs("? symbol", out);
	put_symbol(s);
	return (int)ask(&more);
}

static void
do_each_symbol(void)
{
	answer_n(lib.kvm_each_symbol(kd(), symbol, NULL));
}

static void
do_symbol_find(void)
{
	kvm_t *k = kd();
	struct kvm_symbol s;
	int n;

	memset(&s, 0, sizeof(s));
	n = lib.kvm_symbol_find(k, text(), &s);
	putc('=', out);
	put_s(n);
	put_symbol(&s);
	send_line();
}

static void
do_symbol_at(void)
{
	kvm_t *k = kd();
	struct kvm_symbol s;
	int n;

	memset(&s, 0, sizeof(s));
	n = lib.kvm_symbol_at(k, num(), &s);
	putc('=', out);
	put_s(n);
	put_symbol(&s);
	send_line();
}

static void
do_getinfo(void)
{
	kvm_t *k = kd();
	size_t size = (size_t)num();
	struct kvm_info i;
	int n;

	memset(&i, FILL, sizeof(i));
	n = lib.kvm_getinfo(k, &i, size < sizeof(i) ? size : sizeof(i));
	putc('=', out);
	put_s(n);
	put_u(behind(&i, sizeof(i), size));
	if (size < sizeof(i) || n != 0 || !i.ki_header) {
		/* Not all of it is set. */
		int header = size >= sizeof(i) && n == 0 && i.ki_header;

		memset(&i, 0, sizeof(i));
		i.ki_header = header != 0;
	}
	put_text(i.ki_os);
	put_text(i.ki_machine);
	put_text(i.ki_regime);
	put_text(i.ki_form);
	put_text(i.ki_byteorder);
	put_u(i.ki_bits);
	put_u(i.ki_vabits);
	put_u(i.ki_pagesize);
	put_u(i.ki_root);
	put_u(i.ki_nextents);
	put_u(i.ki_memory);
	put_u(i.ki_missing);
	put_u(i.ki_header);
	send_line();
}
#endif

/* ---- Which machine, which functions ---- */

/* Where a system's dumps have another name for it, the runner knows (machines[] of flavor.c). */
static const char *
machine(void)
{
#if defined(__x86_64__)
	return "amd64";
#elif defined(__i386__)
	return "i386";
#elif defined(__aarch64__) && defined(__AARCH64EB__)
	return "aarch64eb";
#elif defined(__aarch64__)
	return "aarch64";
#elif defined(__arm__) && (defined(__ARMEB__) || defined(__ARM_BIG_ENDIAN))
	return "armeb";
#elif defined(__arm__)
	return "arm";
#elif defined(__riscv) && __riscv_xlen == 64
	return "riscv64";
#elif defined(__riscv)
	return "riscv32";
#elif defined(__sparc64__) || defined(__sparcv9)
	return "sparc64";
#elif defined(__sparc__)
	return "sparc";
#elif defined(__powerpc64__) && defined(__LITTLE_ENDIAN__)
	return "powerpc64le";
#elif defined(__powerpc64__)
	return "powerpc64";
#elif defined(__powerpc__)
	return "powerpc";
#elif defined(__alpha__)
	return "alpha";
#elif defined(__hppa__)
	return "hppa";
#elif defined(__ia64__)
	return "ia64";
#elif defined(__m68k__)
	return "m68k";
#elif defined(__m88k__)
	return "m88k";
#elif defined(__mips__) && defined(__MIPSEB__)
	return "mipseb";
#elif defined(__mips__)
	return "mipsel";
#elif defined(__or1k__) || defined(__OR1K__)
	return "or1k";
#elif defined(__sh__)
	return "sh3";
#elif defined(__vax__)
	return "vax";
#else
	return "unknown";
#endif
}

static void
do_hello(void)
{
	fprintf(out, "= 1 %s %s", FLAVOUR, machine());
	put_u(CHAR_BIT * sizeof(unsigned long));
#define FN(result, name, parameters)                                                           \
	if (lib.name != NULL)                                                                  \
		fputs(" " #name, out);
	FUNCTIONS(FN)
#undef FN
	send_line();
}

#define OPENS(name) { #name, "kvm_" #name, do_##name, 0 }
#define LINK(name) { #name, "kvm_" #name, do_##name, 1 }
static const struct {
	const char *request, *function;
	void (*run)(void);
	int handle;		/* its first word is one */
} requests[] = {
	{ "hello", "", do_hello, 0 },
	OPENS(openfiles), OPENS(open), LINK(close), LINK(geterr), LINK(read), LINK(write), LINK(nlist),
#ifdef HAVE_KERNELNAME
	LINK(getkernelname),
#endif
#ifdef HAVE_MKHEADER
	LINK(dump_mkheader), LINK(dump_wrtheader), LINK(dump_inval),
#endif
#ifdef HAVE_DUMP_HEADER
	LINK(dump_header),
#endif
#ifdef HAVE_OPEN2
	OPENS(open2), LINK(native), LINK(kerndisp), LINK(read2), LINK(nlist2), LINK(walk_pages),
#endif
#ifdef HAVE_READSTR
	LINK(readstr),
#endif
#ifdef WORKER_KCORE
	OPENS(open_image), LINK(write2), LINK(dump_header64), LINK(dump_wrtheader64), LINK(dump_find),
	LINK(dump_clear), LINK(xlate), LINK(each_range), LINK(each_extent), LINK(each_symbol),
	LINK(symbol_find), LINK(symbol_at), LINK(getinfo),
#endif
	{ NULL, NULL, NULL, 0 }
};

static int
has(const char *function)
{
#define FN(result, name, parameters)                                                           \
	if (strcmp(function, #name) == 0)                                                      \
		return lib.name != NULL;
	FUNCTIONS(FN)
#undef FN
	return 1;
}

#ifdef WORKER_DLOPEN
static void
load(const char *so)
{
	char *path = room(strlen(so) + 3);
	void *h, *p;

	/* Without a slash dlopen would search the system's folders. */
	sprintf(path, "%s%s", strchr(so, '/') != NULL ? "" : "./", so);
	h = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	if (h == NULL)
		die("it does not load", dlerror());
	free(path);
	/* POSIX promises that the pointer holds a function; C has no cast for it. */
#define FN(result, name, parameters)                                                           \
	p = dlsym(h, #name);                                                                   \
	memcpy(&lib.name, &p, sizeof(p));
	FUNCTIONS(FN)
#undef FN
	if (lib.kvm_openfiles == NULL || lib.kvm_read == NULL || lib.kvm_close == NULL ||
	    lib.kvm_geterr == NULL)
		die(so, "not a libkvm: no kvm_openfiles, kvm_read, kvm_close or kvm_geterr");
}
#endif

/* ---- Ends ---- */

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED
#endif
#endif
#ifdef __SANITIZE_ADDRESS__
#define SANITIZED
#endif

static int out_fd;

#ifndef SANITIZED	/* which tells more of a crash */
static void
last_words(int sig, siginfo_t *info, void *context)
{
	char s[40] = "\n* ", *p = s + 3;
	u64 a = (u64)(uintptr_t)info->si_addr;
	int shift = 60;

	(void)context;
	if (sig >= 16)
		*p++ = "0123456789abcdef"[sig >> 4 & 15];
	*p++ = "0123456789abcdef"[sig & 15];
	*p++ = ' ';
	if (sig != SIGSEGV && sig != SIGBUS)
		*p++ = '-';
	else {
		while (shift > 0 && (a >> shift & 15) == 0)
			shift -= 4;
		for (; shift >= 0; shift -= 4)
			*p++ = "0123456789abcdef"[a >> shift & 15];
	}
	*p++ = '\n';
	if (write(out_fd, s, (size_t)(p - s)) < 0)
		_exit(3);
	signal(sig, SIG_DFL);
	raise(sig);
}

static void
catch_signals(void)
{
	static const int sigs[] = { SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT };
	static char stack[65536];	/* also for a stack that overflowed */
	struct sigaction sa;
	stack_t ss;
	size_t i;

	memset(&ss, 0, sizeof(ss));
	ss.ss_sp = stack;
	ss.ss_size = sizeof(stack);
	sigaltstack(&ss, NULL);
	memset(&sa, 0, sizeof(sa));
	sa.sa_sigaction = last_words;
	sa.sa_flags = SA_SIGINFO | SA_ONSTACK;
	sigemptyset(&sa.sa_mask);
	for (i = 0; i < sizeof(sigs) / sizeof(sigs[0]); i++)
		sigaction(sigs[i], &sa, NULL);
}
#endif

/* Not of the address space: a core is mapped, and may be larger than any memory. */
static void
limit_memory(u64 mib)
{
#ifndef SANITIZED	/* which reserves terabytes */
	struct rlimit r;

	if (mib == 0 || getrlimit(RLIMIT_DATA, &r) != 0)
		return;
	r.rlim_cur = (rlim_t)mib << 20;
	if (r.rlim_cur > r.rlim_max)
		r.rlim_cur = r.rlim_max;
	setrlimit(RLIMIT_DATA, &r);
#else
	(void)mib;
#endif
}

/* ---- Fuzzing ---- */

/*
 * One core that someone damaged: it is opened, and read where its symbols and usual addresses
 * are.  What matters is that this returns.
 *
 *	afl-fuzz -i seeds -o found -- ./worker --fuzz kernel @@
 *
 * Compiled by afl-clang-fast, one process tries many cores.
 */
#ifdef __AFL_HAVE_MANUAL_CONTROL
#define AGAIN()	__AFL_LOOP(10000)
#else
#define AGAIN()	(runs++ == 0)
#endif

#ifdef HAVE_OPEN2
/* Symbols of a kernel that the library does not read by itself: always the same addresses. */
static int
fuzz_resolve(const char *name, kvaddr_t *addr)
{
	*addr = ((u64)0xffffffffUL << 32 | 0x80000000UL) + ((u64)strlen(name) << 12);
	return 0;
}

static int
fuzz_page(struct kvm_page *kp, void *arg)
{
	(void)kp;
	return ++*(int *)arg < 1000;
}
#endif

#ifdef HAVE_DUMP_HEADER
static boolean
fuzz_piece(void *arg, const void *buf, size_t len)
{
	*(size_t *)arg += len + (len > 0 ? *(const unsigned char *)buf : 0);
	return 1;
}
#endif

static void
fuzz_reads(kvm_t *k, u64 va)
{
	static char buf[(1 << 13) + 1];
	static const size_t lens[] = { 1, 8, 4097, sizeof(buf) };
	size_t i;

	for (i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
		(void)lib.kvm_read(k, (unsigned long)va, buf, lens[i]);
#ifdef HAVE_OPEN2
		if (lib.kvm_read2 != NULL)
			(void)lib.kvm_read2(k, va, buf, lens[i]);
#endif
	}
#ifdef HAVE_READSTR
	{
		size_t len = sizeof(buf);

		if (lib.kvm_readstr != NULL)
			(void)lib.kvm_readstr(k, (unsigned long)va, buf, &len);
	}
#endif
}

static void
fuzz_handle(kvm_t *k)
{
	static const u64 usual[] = { 0, 0x1000, 0x7fffffff, 0x80000000UL, 0xc0000000UL, 0xffffffffUL,
		((u64)0xffff8000UL << 32), ((u64)0xfffffe00UL << 32), ((u64)0xffffffffUL << 32) | 0x80000000UL,
		~(u64)0 };
	static char names[][16] = { "_version", "_ostype", "_dumpmag", "_msgbufp", "_kernbase",
		"_averunnable", "_end" };
	enum { NSYM = sizeof(names) / sizeof(names[0]) };
	struct nlist nl[NSYM + 1];
	size_t i;
	int pages = 0;

	memset(nl, 0, sizeof(nl));
	for (i = 0; i < NSYM; i++)
		nl[i].n_name = names[i];
	if (lib.kvm_nlist(k, nl) >= 0)
		for (i = 0; i < NSYM; i++)
			fuzz_reads(k, nl[i].n_value);
	for (i = 0; i < sizeof(usual) / sizeof(usual[0]); i++)
		fuzz_reads(k, usual[i]);
	(void)lib.kvm_geterr(k);
#ifdef HAVE_OPEN2
	if (lib.kvm_walk_pages != NULL)
		(void)lib.kvm_walk_pages(k, fuzz_page, &pages);
#endif
	(void)pages;
}

static int
fuzz(const char *kernel, const char *core)
{
	static char err[ERRLEN];
	unsigned runs = 0;

	(void)runs;
	/* Else each run would be a core that does not open. */
	if (access(kernel, R_OK) != 0)
		die(kernel, strerror(errno));
	if (access(core, R_OK) != 0)
		die(core, strerror(errno));
	while (AGAIN()) {
		kvm_t *k = lib.kvm_openfiles(kernel, core, NULL, O_RDONLY, err);

#ifdef HAVE_OPEN2
		/* FreeBSD's takes a kernel of another machine in this way only. */
		if (k == NULL && lib.kvm_open2 != NULL)
			k = lib.kvm_open2(kernel, core, O_RDONLY, err, fuzz_resolve);
#endif
		if (k == NULL)
			continue;
		fuzz_handle(k);
#ifdef HAVE_MKHEADER
		/* The same bytes, as a dump device has them. */
		if (lib.kvm_dump_mkheader != NULL && lib.kvm_dump_mkheader(k, 0) > 0) {
			fuzz_handle(k);
#ifdef HAVE_DUMP_HEADER
			{
				size_t n = 0;

				if (lib.kvm_dump_header != NULL)
					(void)lib.kvm_dump_header(k, fuzz_piece, &n, 1 << 20);
			}
#endif
		}
#endif
		(void)lib.kvm_close(k);
	}
	return 0;
}

static void
find_library(const char *so)
{
#ifdef WORKER_DLOPEN
	load(so);
#else
	(void)so;
#define FN(result, name, parameters) lib.name = name;
	FUNCTIONS(FN)
#undef FN
#endif
}

/* C syntax, as the runner takes it. */
static u64
megabytes(const char *s)
{
	char *end;
	u64 mib;

	errno = 0;
	mib = strtoul(s, &end, 0);
	if (!isdigit((unsigned char)*s) || *end != '\0' || errno != 0 || mib > 0xffffffffUL) {
		fprintf(stderr, "worker: --memory %s: no number of MiB, 0 to 0xffffffff\n", s);
		exit(3);
	}
	return mib;
}

int
main(int argc, char **argv)
{
	const char *so = NULL, *kernel = NULL, *core = NULL;
	u64 mib = 2048;
	int i;

	for (i = 1; i + 1 < argc; i += 2)
		if (strcmp(argv[i], "--lib") == 0)
			so = argv[i + 1];
		else if (strcmp(argv[i], "--memory") == 0)
			mib = megabytes(argv[i + 1]);
		else
			break;
	if (argc - i == 3 && strcmp(argv[i], "--fuzz") == 0) {
		kernel = argv[i + 1];
		core = argv[i + 2];
		i = argc;
	}
#ifdef WORKER_DLOPEN
	if (i != argc || so == NULL)
		die("usage: worker --lib SO [--memory MIB] [--fuzz KERNEL CORE]", "");
#else
	if (i != argc || so != NULL)
		die("usage: worker [--memory MIB] [--fuzz KERNEL CORE]", "");
#endif
	if (core != NULL) {
		find_library(so);
		limit_memory(mib);
		return fuzz(kernel, core);
	}
	out_fd = dup(STDOUT_FILENO);
	if (out_fd < 0 || fcntl(out_fd, F_SETFD, FD_CLOEXEC) != 0 ||
	    dup2(STDERR_FILENO, STDOUT_FILENO) < 0 || (out = fdopen(out_fd, "w")) == NULL)
		die("standard output", strerror(errno));
	setvbuf(out, NULL, _IOFBF, (size_t)1 << 16);
	signal(SIGPIPE, SIG_IGN);
#ifndef SANITIZED
	catch_signals();
#endif
	find_library(so);
	limit_memory(mib);
	while (next_line(&line, &line_cap)) {
		const char *request;

		rest = line;
		request = word();
		if (strcmp(request, "quit") == 0)
			break;
		for (i = 0; requests[i].request != NULL; i++)
			if (strcmp(requests[i].request, request) == 0)
				break;
		if (requests[i].request == NULL || !has(requests[i].function)) {
			fprintf(out, "- no request %s here", request);
			send_line();
			continue;
		}
		asked = requests[i].handle ? num() : 0;
		if (asked < HANDLES && (asked == 0 || handle[asked] != NULL)) {
			requests[i].run();
			continue;
		}
		fputs("- no handle", out);
		put_u(asked);
		send_line();
	}
	free(line);
	return 0;
}
