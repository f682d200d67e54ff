/* SPDX-License-Identifier: BSD-2-Clause */
/* The state is the process's, because the functions of a libkvm get no argument of ours. */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "proxy.h"
#include "stop.h"
#include "util.h"

/* A kvm_t of ours. */
struct remote {
	unsigned id, epoch;	/* the worker's handle, and in which worker */
	char *reopen;		/* the request that opens it */
	bool adopted;		/* by kvm_dump_mkheader ... */
	int64_t header;		/* ... at this offset */
	resolver_t *resolver;
	char *err, *name;	/* of kvm_geterr, kvm_getkernelname */
	struct remote *next;
};

struct text {
	char *p;
	size_t n, cap;
};

/* Strings that the API promises to stay. */
struct word {
	struct word *next;
	char s[];
};

static struct proxy_options options;
static struct report *report;
static struct remote *handles;
static struct word *words;
static pid_t worker;			/* 0: none runs */
static int to = -1, from = -1;
static unsigned epoch;
static struct text request, reply;	/* reply: what was read; one line after the other */
static size_t reply_next;		/* where the next line begins */
static char *cursor;			/* in the line that is looked at */
static char *crash;			/* died outside of any check */
static char last_words[64];
static bool worker_wide;		/* its unsigned long has 64 bits */
static bool worker_read2, worker_write2;

/* What the library calls back during a request. */
static struct {
	resolver_t *resolver;
	dump_write_t *write;
	kvm_walk_pages_cb_t *page;
	kvm_step_cb_t *step;
	kvm_range_cb_t *range;
	kvm_extent_cb_t *extent;
	kvm_symbol_cb_t *symbol;
	void *arg;
} back;

/* ---- The process ---- */

static void
close_pipes(void)
{
	if (to >= 0)
		close(to);
	if (from >= 0)
		close(from);
	to = from = -1;
}

static void
start(void)
{
	int in[2], out[2];

	if (pipe(in) != 0 || pipe(out) != 0)
		fatal("pipe: %s", strerror(errno));
	for (unsigned i = 0; i < 2; i++)
		if (fcntl(in[i], F_SETFD, FD_CLOEXEC) != 0 || fcntl(out[i], F_SETFD, FD_CLOEXEC) != 0)
			fatal("fcntl: %s", strerror(errno));
	fflush(NULL);
	worker = stop_fork(true);
	if (worker < 0)
		fatal("fork: %s", strerror(errno));
	if (worker == 0) {
		signal(SIGPIPE, SIG_DFL);
		if (dup2(in[0], STDIN_FILENO) < 0 || dup2(out[1], STDOUT_FILENO) < 0)
			_exit(3);
		execvp(options.argv[0], options.argv);
		fprintf(stderr, "%s: %s\n", options.argv[0], strerror(errno));
		fflush(stderr);
		_exit(127);
	}
	close(in[0]);
	close(out[1]);
	to = in[1];
	from = out[0];
	reply.n = reply_next = 0;
	last_words[0] = '\0';
	epoch++;
}

/* Its status, of waitpid. */
static int
reap(void)
{
	int status = 0;

	close_pipes();
	while (waitpid(worker, &status, 0) < 0 && errno == EINTR)
		;
	stop_forget(worker);
	worker = 0;
	return status;
}

/* The worker is gone, or must go: the running check fails, and is told nothing more. */
static void
died(const char *how)
{
	size_t n = request.n > 0 ? strcspn(request.p, "\n") : 0;
	char *s = xasprintf("%s\n  call: %.*s%s", how, (int)(n < 200 ? n : 200), request.p,
	    n > 200 ? "..." : "");

	if (report != NULL && report_name(report)[0] != '\0')
		report_stop(report, "%s", s);
	else if (crash == NULL)
		crash = xstrdup(s);
	free(s);
}

static void
timed_out(void)
{
	char *s = xasprintf("the library did not return within %u s", options.seconds);

	kill(-worker, SIGKILL);
	reap();
	died(s);
	free(s);
}

/* A phrase like "signal 11 (Segmentation fault) at address 0x10". */
static char *
signal_text(int sig, const char *address)
{
	bool known = address[0] != '\0' && address[0] != '-';

	return xasprintf("signal %d (%s)%s%s", sig, strsignal(sig), known ? " at address 0x" : "",
	    known ? address : "");
}

static void
ended(void)
{
	int status = reap(), sig = 0;
	char address[20] = "", *what, *s;
	unsigned said;

	/* A shell, ssh or an emulator between us turns signals into a status. */
	if (WIFSIGNALED(status))
		sig = WTERMSIG(status);
	else if (WEXITSTATUS(status) > 128)
		sig = WEXITSTATUS(status) - 128;
	if (sscanf(last_words, "%x %19s", &said, address) == 2)
		sig = (int)said;
	if (sig != 0) {
		what = signal_text(sig, address);
		s = xasprintf("the library crashed: %s", what);
		free(what);
	} else
		s = xasprintf("the library ended the process with status %d", WEXITSTATUS(status));
	died(s);
	free(s);
}

/* ---- Lines ---- */

static void
add(struct text *t, const char *p, size_t n)
{
	if (t->cap - t->n < n + 1) {
		t->cap = 2 * t->cap + n + 4096;
		t->p = realloc(t->p, t->cap);
		if (t->p == NULL)
			fatal("out of memory for a request");
	}
	if (n > 0)
		memcpy(t->p + t->n, p, n);
	t->n += n;
	t->p[t->n] = '\0';
}

static bool
send_all(const char *p, size_t n)
{
	while (n > 0) {
		ssize_t k = write(to, p, n);

		if (k < 0 && errno == EINTR)
			continue;
		if (k < 0)
			return false;
		p += k;
		n -= (size_t)k;
	}
	return true;
}

/* The next line of the worker; NULL after it died. */
static char *
next_line(void)
{
	struct timespec begun, now;

	clock_gettime(CLOCK_MONOTONIC, &begun);
	for (;;) {
		char *at = reply.n > reply_next ? memchr(reply.p + reply_next, '\n', reply.n - reply_next) :
		    NULL, buf[65536];
		struct pollfd p = { .fd = from, .events = POLLIN };
		int64_t left;
		ssize_t n;

		if (at != NULL) {
			char *line = reply.p + reply_next;

			*at = '\0';
			reply_next = (size_t)(at - reply.p) + 1;
			if (line[0] == '*')
				snprintf(last_words, sizeof(last_words), "%s", line + 1);
			else if (line[0] != '\0')
				return line;
			continue;
		}
		if (reply_next > 0) {
			memmove(reply.p, reply.p + reply_next, reply.n - reply_next);
			reply.n -= reply_next;
			reply_next = 0;
		}
		clock_gettime(CLOCK_MONOTONIC, &now);
		left = options.seconds * INT64_C(1000) - (now.tv_sec - begun.tv_sec) * INT64_C(1000) -
		    (now.tv_nsec - begun.tv_nsec) / 1000000;
		if (left <= 0 || poll(&p, 1, (int)left) == 0) {
			timed_out();
			return NULL;
		}
		n = read(from, buf, sizeof(buf));
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			ended();
			return NULL;
		}
		add(&reply, buf, (size_t)n);
	}
}

/* ---- Words in: as in worker.c ---- */

static char *
take(void)
{
	char *w = cursor;
	size_t n = strcspn(w, " ");

	cursor += n;
	if (*cursor == ' ')
		*cursor++ = '\0';
	return w;
}

static uint64_t
number(const char *w)
{
	bool minus = *w == '-';
	uint64_t v = strtoull(w + minus, NULL, 16);

	return minus ? 0 - v : v;
}

static uint64_t
take_u(void)
{
	return number(take());
}

static int64_t
take_s(void)
{
	return (int64_t)take_u();
}

static int
digit(char c)
{
	return isdigit((unsigned char)c) ? c - '0' : (c | 0x20) - 'a' + 10;
}

/* In place; NULL for "-" and for "~". */
static char *
take_text(void)
{
	char *w = take(), *out = w;

	if (*w != '=')
		return NULL;
	for (const char *p = w + 1; *p != '\0'; p++)
		if (p[0] == '%' && isxdigit((unsigned char)p[1]) && isxdigit((unsigned char)p[2])) {
			*out++ = (char)(digit(p[1]) << 4 | digit(p[2]));
			p += 2;
		} else
			*out++ = *p;
	*out = '\0';
	return w;
}

/* In place. */
static uint8_t *
take_bytes(size_t *n)
{
	char *w = take();
	uint8_t *p = (uint8_t *)w;
	size_t i;

	for (i = 0; isxdigit((unsigned char)w[2 * i]) && w[2 * i + 1] != '\0'; i++)
		p[i] = (uint8_t)(digit(w[2 * i]) << 4 | digit(w[2 * i + 1]));
	*n = i;
	return p;
}

static const char *
keep(const char *s)
{
	size_t n;
	struct word *w;

	if (s == NULL)
		return NULL;
	for (w = words; w != NULL; w = w->next)
		if (strcmp(w->s, s) == 0)
			return w->s;
	n = strlen(s) + 1;
	w = xmalloc(sizeof(*w) + n);
	memcpy(w->s, s, n);
	w->next = words;
	words = w;
	return w->s;
}

/* ---- Words out ---- */

static void
put(const char *s)
{
	if (request.n > 0)
		add(&request, " ", 1);
	add(&request, s, strlen(s));
}

static void
put_u(uint64_t v)
{
	char s[20];

	snprintf(s, sizeof(s), "%" PRIx64, v);
	put(s);
}

static void
put_s(int64_t v)
{
	char s[20];

	snprintf(s, sizeof(s), "%s%" PRIx64, v < 0 ? "-" : "", v < 0 ? 0 - (uint64_t)v : (uint64_t)v);
	put(s);
}

static void
put_text(const char *s)
{
	if (s == NULL) {
		put("-");
		return;
	}
	put("=");
	for (; *s != '\0'; s++) {
		unsigned char c = (unsigned char)*s;
		char x[4];

		if (c > ' ' && c < 0x7f && c != '%')
			add(&request, s, 1);
		else {
			snprintf(x, sizeof(x), "%%%02x", c);
			add(&request, x, 3);
		}
	}
}

static void
put_bytes(const void *buf, size_t n)
{
	const uint8_t *p = buf;

	put(n == 0 ? "-" : "");
	for (size_t i = 0; i < n; i++) {
		const char x[2] = { "0123456789abcdef"[p[i] >> 4], "0123456789abcdef"[p[i] & 15] };

		add(&request, x, 2);
	}
}

/* ---- Questions ---- */

static void
take_range(struct kvm_range *r)
{
	r->kr_first = take_u();
	r->kr_last = take_u();
	r->kr_paddr = take_u();
	r->kr_offset = take_s();
	r->kr_kind = (enum kvm_kind)take_u();
	r->kr_prot = (unsigned)take_u();
	r->kr_prot_known = take_u() != 0;
}

static void
take_symbol(struct kvm_symbol *s)
{
	s->ky_name = take_text();
	s->ky_value = take_u();
	s->ky_size = take_u();
	s->ky_type = (unsigned char)take_u();
}

static void
take_step(void)
{
	struct kvm_step k;

	k.ks_level = (unsigned)take_u();
	k.ks_name = keep(take_text());
	k.ks_table = take_u();
	k.ks_index = take_u();
	k.ks_entry = take_u();
	k.ks_raw = take_u();
	k.ks_verdict = keep(take_text());
	k.ks_why = keep(take_text());
	k.ks_next = take_u();
	k.ks_prot = (unsigned)take_u();
	k.ks_space = (enum kvm_space)take_u();
	if (back.step != NULL)
		back.step(&k, back.arg);
}

/* Callbacks do not call the library: the worker waits for this answer. */
static bool
question(void)
{
	const char *what = take();
	char s[64] = "! 0\n";
	int n = 0;

	if (strcmp(what, "resolve") == 0) {
		const char *name = take_text();
		kvaddr_t addr = 0;

		n = back.resolver != NULL && name != NULL ? back.resolver(name, &addr) : -1;
		snprintf(s, sizeof(s), "! %s %" PRIx64 "\n", n == 0 ? "0" : "-1", addr);
		return send_all(s, strlen(s));
	}
	if (strcmp(what, "write") == 0) {
		size_t len;
		const uint8_t *p = take_bytes(&len);
		bool ok;

		errno = 0;
		ok = back.write != NULL && back.write(back.arg, p, len);
		snprintf(s, sizeof(s), "! %d %x\n", ok, (unsigned)errno);
		return send_all(s, strlen(s));
	}
	if (strcmp(what, "page") == 0 && back.page != NULL) {
		struct kvm_page kp = { .kp_version = (unsigned)take_u() };

		kp.kp_paddr = take_u();
		kp.kp_kmap_vaddr = take_u();
		kp.kp_dmap_vaddr = take_u();
		kp.kp_prot = (unsigned char)take_u();
		kp.kp_offset = (off_t)take_s();
		kp.kp_len = (size_t)take_u();
		n = back.page(&kp, back.arg);
	} else if (strcmp(what, "range") == 0 && back.range != NULL) {
		struct kvm_range r;

		take_range(&r);
		n = back.range(&r, back.arg);
	} else if (strcmp(what, "extent") == 0 && back.extent != NULL) {
		struct kvm_extent e = { .ke_paddr = take_u() };

		e.ke_len = take_u();
		e.ke_offset = take_s();
		n = back.extent(&e, back.arg);
	} else if (strcmp(what, "symbol") == 0 && back.symbol != NULL) {
		struct kvm_symbol k;

		take_symbol(&k);
		n = back.symbol(&k, back.arg);
	}
	if (n != 0)
		s[2] = '1';
	return send_all(s, strlen(s));
}

/* The line that came is no answer.  That of the first worker, which says what there is, ends the run. */
static void
no_answer(const char *line)
{
	char *s, *p;

	if (line[0] == '-' && line[1] == ' ')
		s = xasprintf("the worker refuses it: %.100s", line + 2);
	else
		s = xasprintf("the worker's answer%s is no line of the protocol: \"%.100s\", wanted =, ?, + or -",
		    report == NULL ? " to hello" : "", line);
	for (p = s; *p != '\0'; p++)
		if (!isprint((unsigned char)*p))
			*p = '?';
	if (report == NULL)
		fatal("%s", s);
	kill(-worker, SIGKILL);
	reap();
	died(s);
	free(s);
}

/* Sends the request; true with the cursor behind the "=" of its answer. */
static bool
exchange(void)
{
	char *line;

	add(&request, "\n", 1);
	(void)send_all(request.p, request.n);	/* a worker that is gone is seen below */
	while ((line = next_line()) != NULL) {
		char kind = line[1] == ' ' ? line[0] : '\0';

		cursor = line + 2;
		if (kind == '=')
			return true;
		if (kind == '+') {
			take();
			take_step();
		} else if (kind == '?')
			(void)question();
		else {
			no_answer(line);
			return false;
		}
	}
	return false;
}

static void
begin_request(const char *what)
{
	request.n = 0;
	put(what);
}

/* ---- Handles ---- */

static bool
stopped(void)
{
	return report != NULL && report_stopped(report);
}

static bool
running(void)
{
	if (stopped())
		return false;
	if (worker == 0)
		start();
	return true;
}

/* Opens it again in a worker that knows nothing of it. */
static bool
revive(struct remote *h)
{
	if (h->epoch == epoch)
		return true;
	request.n = 0;
	add(&request, h->reopen, strlen(h->reopen));
	back.resolver = h->resolver;
	if (!exchange())
		return false;
	h->id = (unsigned)take_u();
	h->epoch = epoch;
	if (h->id != 0 && h->adopted) {
		begin_request("dump_mkheader");
		put_u(h->id);
		put_s(h->header);
		if (!exchange())
			return false;
	}
	return true;
}

/* Begins a request about a handle, which may be NULL; false: there is no worker to ask. */
static bool
about(kvm_t *kd, const char *what)
{
	struct remote *h = (struct remote *)kd;

	memset(&back, 0, sizeof(back));
	if (!running() || (h != NULL && !revive(h)))
		return false;
	back.resolver = h != NULL ? h->resolver : NULL;
	begin_request(what);
	put_u(h != NULL ? h->id : 0);
	return true;
}

/* What a function without further arguments returns; -1 if it does not return. */
static int64_t
ask_number(kvm_t *kd, const char *what)
{
	return about(kd, what) && exchange() ? take_s() : -1;
}

static int64_t
ask_result(void)
{
	return exchange() ? take_s() : -1;
}

/* The library wrote where nothing is to be written. */
static void
over(const char *function, uint64_t n)
{
	if (n > 0 && report != NULL && report_name(report)[0] != '\0')
		report_fail(report, "%s wrote %" PRIu64 " bytes behind the end of what it was given", function,
		    n);
}

static kvm_t *
opened(char *errbuf, resolver_t *resolver)
{
	struct remote *h;
	char *sent;
	unsigned id;

	back.resolver = resolver;
	sent = xstrdup(request.p);
	if (!exchange()) {
		free(sent);
		return NULL;
	}
	id = (unsigned)take_u();
	if (errbuf != NULL) {
		const char *err = take_text();

		if (err != NULL)
			snprintf(errbuf, LIB_ERRLEN, "%s", err);
	}
	if (id == 0) {
		free(sent);
		return NULL;
	}
	h = xmalloc(sizeof(*h));
	*h = (struct remote){ .id = id, .epoch = epoch, .reopen = sent, .resolver = resolver,
		.next = handles };
	handles = h;
	return (kvm_t *)h;
}

static bool
begin_open(const char *what)
{
	memset(&back, 0, sizeof(back));
	if (!running())
		return false;
	begin_request(what);
	return true;
}

static kvm_t *
far_kvm_openfiles(const char *kernel, const char *core, const char *swap, int flags, char *errbuf)
{
	if (!begin_open("openfiles"))
		return NULL;
	put_text(kernel);
	put_text(core);
	put_text(swap);
	put_s(flags);
	put_u(errbuf != NULL);
	return opened(errbuf, NULL);
}

static kvm_t *
far_kvm_open(const char *kernel, const char *core, const char *swap, int flags, const char *errstr)
{
	if (!begin_open("open"))
		return NULL;
	put_text(kernel);
	put_text(core);
	put_text(swap);
	put_s(flags);
	put_text(errstr);
	return opened(NULL, NULL);
}

static kvm_t *
far_kvm_open2(const char *kernel, const char *core, int flags, char *errbuf, resolver_t *resolver)
{
	if (!begin_open("open2"))
		return NULL;
	put_text(kernel);
	put_text(core);
	put_s(flags);
	put_u(errbuf != NULL);
	put_u(resolver != NULL);
	return opened(errbuf, resolver);
}

static kvm_t *
far_kvm_open_image(const char *kernel, const char *core, int flags,
    const struct kvm_open_options *opt, char *errbuf)
{
	if (!begin_open("open_image"))
		return NULL;
	put_text(kernel);
	put_text(core);
	put_s(flags);
	put_u(errbuf != NULL);
	if (opt == NULL)
		put("-");
	else {
		put_u(opt->ko_flags);
		put_u(opt->ko_base);
		put_text(opt->ko_regime);
		put_u(opt->ko_root);
		put_u(opt->ko_vabits);
	}
	return opened(errbuf, NULL);
}

static void
forget(struct remote *h)
{
	struct remote **p = &handles;

	while (*p != NULL && *p != h)
		p = &(*p)->next;
	if (*p != NULL)
		*p = h->next;
	free(h->reopen);
	free(h->err);
	free(h->name);
	free(h);
}

static int
far_kvm_close(kvm_t *kd)
{
	struct remote *h = (struct remote *)kd;
	int n = 0;

	/* What died with its worker needs no closing. */
	if (h == NULL || (worker != 0 && h->epoch == epoch)) {
		if (!about(kd, "close") || !exchange())
			n = -1;
		else {
			const char *e;

			n = (int)take_s();
			e = take();
			errno = strcmp(e, "EINVAL") == 0 ? EINVAL : (int)number(e);
		}
	}
	if (h != NULL)
		forget(h);
	return n;
}

/* A string of the library's, kept with the handle. */
static char *
ask_text(kvm_t *kd, const char *what, char **kept)
{
	static char none[1];
	const char *s;

	none[0] = '\0';
	if (!about(kd, what) || !exchange())
		return *kept != NULL ? *kept : none;
	s = take_text();
	if (s == NULL)
		return NULL;
	free(*kept);
	*kept = xstrdup(s);
	return *kept;
}

static char *
far_kvm_geterr(kvm_t *kd)
{
	static char *of_null;

	return ask_text(kd, "geterr", kd == NULL ? &of_null : &((struct remote *)kd)->err);
}

static const char *
far_kvm_getkernelname(kvm_t *kd)
{
	return ask_text(kd, "getkernelname", &((struct remote *)kd)->name);
}

static int
far_kvm_native(kvm_t *kd)
{
	return (int)ask_number(kd, "native");
}

static kssize_t
far_kvm_kerndisp(kvm_t *kd)
{
	return ask_number(kd, "kerndisp");
}

/* ---- Memory ---- */

static kssize_t
read_any(kvm_t *kd, const char *what, uint64_t va, void *buf, size_t len)
{
	const uint8_t *p;
	int64_t n;
	size_t got;

	if (!about(kd, what))
		return -1;
	put_u(va);
	put_u(!worker_wide && len > UINT32_MAX ? UINT32_MAX : len);
	if (!exchange())
		return -1;
	n = take_s();
	p = take_bytes(&got);
	if (got > len)
		fatal("the worker read %zu bytes of %zu", got, len);
	if (got > 0)
		memcpy(buf, p, got);
	over("a read", take_u());
	return n;
}

static kssize_t
far_kvm_read2(kvm_t *kd, kvaddr_t va, void *buf, size_t len)
{
	return read_any(kd, "read2", va, buf, len);
}

/* Our unsigned long may be wider than the worker's. */
static ssize_t
far_kvm_read(kvm_t *kd, unsigned long va, void *buf, size_t len)
{
	bool wide = !worker_wide && va > UINT32_MAX;

	if (wide && !worker_read2)
		return -1;
	return (ssize_t)read_any(kd, wide ? "read2" : "read", va, buf, len);
}

static kssize_t
write_any(kvm_t *kd, const char *what, uint64_t va, const void *buf, size_t len)
{
	if (!about(kd, what))
		return -1;
	put_u(va);
	put_bytes(buf, len);
	return ask_result();
}

static kssize_t
far_kvm_write2(kvm_t *kd, kvaddr_t va, const void *buf, size_t len)
{
	return write_any(kd, "write2", va, buf, len);
}

static ssize_t
far_kvm_write(kvm_t *kd, unsigned long va, const void *buf, size_t len)
{
	bool wide = !worker_wide && va > UINT32_MAX;

	if (wide && !worker_write2)
		return -1;
	return (ssize_t)write_any(kd, wide ? "write2" : "write", va, buf, len);
}

static char *
far_kvm_readstr(kvm_t *kd, unsigned long va, char *buf, size_t *lenp)
{
	int64_t what;
	const uint8_t *p;
	size_t n, cap;
	char *s;

	if (!about(kd, "readstr"))
		return NULL;
	put_u(va);
	put_u(buf != NULL);
	if (lenp != NULL)
		put_u(*lenp);
	else
		put("-");
	if (!exchange())
		return NULL;
	what = take_s();
	cap = (size_t)take_u();
	p = take_bytes(&n);
	over("kvm_readstr", take_u());
	if (buf != NULL && lenp != NULL && n > *lenp)
		fatal("the worker read %zu bytes of %zu", n, *lenp);
	if (lenp != NULL)
		*lenp = cap;
	if (buf != NULL) {
		if (n > 0)
			memcpy(buf, p, n);
		return what == 1 ? buf : NULL;
	}
	if (what == 0)
		return NULL;
	s = xmalloc(n + 1);
	if (n > 0)
		memcpy(s, p, n);
	s[n] = '\0';
	return s;
}

static int
far_kvm_walk_pages(kvm_t *kd, kvm_walk_pages_cb_t *cb, void *arg)
{
	if (!about(kd, "walk_pages"))
		return 0;
	back.page = cb;
	back.arg = arg;
	return (int)ask_result();
}

/* ---- Symbols ---- */

_Static_assert(offsetof(struct nlist, n_name) == 0 && offsetof(struct kvm_nlist, n_name) == 0,
    "entry_name finds the name");

/* Of entry i of a list whose entries, of that size, begin with it. */
static const char *
entry_name(const void *list, size_t size, size_t i)
{
	const char *name;

	memcpy(&name, (const char *)list + i * size, sizeof(name));
	return name;
}

/* Asks for the names of a list, which ends as the caller's did; the answers for its entries follow
 * at the cursor.  How many; 0 too if there is no answer. */
static size_t
ask_names(kvm_t *kd, const char *what, const char *function, const void *list, size_t size, int *missing)
{
	const char *name;
	size_t n = 0;

	*missing = -1;
	if (!about(kd, what))
		return 0;
	while ((name = entry_name(list, size, n)) != NULL && name[0] != '\0')
		n++;
	put_u(name != NULL);	/* it ends with "" */
	for (size_t i = 0; i < n; i++)
		put_text(entry_name(list, size, i));
	if (!exchange())
		return 0;
	*missing = (int)take_s();
	over(function, take_u());
	return n;
}

static int
far_kvm_nlist(kvm_t *kd, struct nlist *nl)
{
	int missing;
	size_t n = ask_names(kd, "nlist", "kvm_nlist", nl, sizeof(*nl), &missing);

	for (size_t i = 0; i < n; i++) {
		nl[i].n_type = (unsigned char)take_u();
		nl[i].n_other = (char)take_s();
		nl[i].n_desc = (short)take_s();
		nl[i].n_value = (unsigned long)take_u();
	}
	return missing;
}

static int
far_kvm_nlist2(kvm_t *kd, struct kvm_nlist *nl)
{
	int missing;
	size_t n = ask_names(kd, "nlist2", "kvm_nlist2", nl, sizeof(*nl), &missing);

	for (size_t i = 0; i < n; i++) {
		nl[i].n_type = (unsigned char)take_u();
		nl[i].n_value = take_u();
	}
	return missing;
}

static int
ask_symbol(struct kvm_symbol *symbol)
{
	int n = (int)ask_result();

	if (n == 0) {
		take_symbol(symbol);
		symbol->ky_name = keep(symbol->ky_name);
	}
	return n;
}

static int
far_kvm_symbol_find(kvm_t *kd, const char *name, struct kvm_symbol *symbol)
{
	if (!about(kd, "symbol_find"))
		return -1;
	put_text(name);
	return ask_symbol(symbol);
}

static int
far_kvm_symbol_at(kvm_t *kd, kvaddr_t va, struct kvm_symbol *symbol)
{
	if (!about(kd, "symbol_at"))
		return -1;
	put_u(va);
	return ask_symbol(symbol);
}

static int
far_kvm_each_symbol(kvm_t *kd, kvm_symbol_cb_t *cb, void *arg)
{
	if (!about(kd, "each_symbol"))
		return -1;
	back.symbol = cb;
	back.arg = arg;
	return (int)ask_result();
}

/* ---- Dump headers ---- */

static int
far_kvm_dump_mkheader(kvm_t *kd, off_t off)
{
	struct remote *h = (struct remote *)kd;
	int n;

	if (!about(kd, "dump_mkheader"))
		return -1;
	put_s(off);
	n = (int)ask_result();
	if (n > 0) {
		h->adopted = true;
		h->header = off;
	}
	return n;
}

static kssize_t
dump_header(kvm_t *kd, const char *what, dump_write_t *cb, void *cookie, int64_t size)
{
	if (!about(kd, what))
		return -1;
	put_s(size);
	back.write = cb;
	back.arg = cookie;
	return ask_result();
}

static int
far_kvm_dump_header(kvm_t *kd, dump_write_t *cb, void *cookie, int size)
{
	return (int)dump_header(kd, "dump_header", cb, cookie, size);
}

static kssize_t
far_kvm_dump_header64(kvm_t *kd, dump_write_t *cb, void *cookie, uint64_t size)
{
	return dump_header(kd, "dump_header64", cb, cookie, (int64_t)size);
}

/* /dev/full is the worker's own: what fails there is the library's write, not ours. */
static kssize_t
wrtheader(kvm_t *kd, const char *what, FILE *fp, int64_t size)
{
	struct stat full, st;
	bool is_full = stat("/dev/full", &full) == 0 && fstat(fileno(fp), &st) == 0 &&
	    S_ISCHR(st.st_mode) && st.st_rdev == full.st_rdev;
	const uint8_t *p;
	size_t len;
	int64_t n;

	if (!about(kd, what))
		return -1;
	put_s(size);
	put_u(is_full);
	if (!exchange())
		return -1;
	n = take_s();
	p = take_bytes(&len);
	return fwrite(p, 1, len, fp) == len ? n : -1;
}

static int
far_kvm_dump_wrtheader(kvm_t *kd, FILE *fp, int size)
{
	return (int)wrtheader(kd, "dump_wrtheader", fp, size);
}

static kssize_t
far_kvm_dump_wrtheader64(kvm_t *kd, FILE *fp, uint64_t size)
{
	return wrtheader(kd, "dump_wrtheader64", fp, (int64_t)size);
}

static int
far_kvm_dump_inval(kvm_t *kd)
{
	return (int)ask_number(kd, "dump_inval");
}

static int
far_kvm_dump_clear(kvm_t *kd)
{
	return (int)ask_number(kd, "dump_clear");
}

static void
copy_text(char *buf, size_t size, const char *s)
{
	snprintf(buf, size, "%s", s != NULL ? s : "");
}

static int
far_kvm_dump_find(kvm_t *kd, struct kvm_dump_info *info, size_t size)
{
	struct kvm_dump_info i;
	int n;

	if (!about(kd, "dump_find"))
		return -1;
	put_u(size);
	if (!exchange())
		return -1;
	memset(&i, 0, sizeof(i));
	n = (int)take_s();
	over("kvm_dump_find", take_u());
	copy_text(i.kd_architecture, sizeof(i.kd_architecture), take_text());
	copy_text(i.kd_hostname, sizeof(i.kd_hostname), take_text());
	copy_text(i.kd_versionstring, sizeof(i.kd_versionstring), take_text());
	copy_text(i.kd_panicstring, sizeof(i.kd_panicstring), take_text());
	i.kd_version = (unsigned)take_u();
	i.kd_architecture_version = (unsigned)take_u();
	i.kd_time = take_u();
	i.kd_length = take_u();
	i.kd_offset = take_u();
	i.kd_extent = take_u();
	i.kd_header = take_u();
	i.kd_trailer = take_u();
	i.kd_blocksize = (unsigned)take_u();
	i.kd_keysize = (unsigned)take_u();
	i.kd_compression = keep(take_text());
	i.kd_encrypted = take_u() != 0;
	i.kd_text = take_u() != 0;
	i.kd_cleared = take_u() != 0;
	memcpy(info, &i, size < sizeof(i) ? size : sizeof(i));
	return n;
}

/* ---- What only kcore's library has ---- */

static int
far_kvm_xlate(kvm_t *kd, kvaddr_t va, struct kvm_range *range, kvm_step_cb_t *step, void *arg)
{
	int n;

	if (!about(kd, "xlate"))
		return -1;
	put_u(va);
	put_u(step != NULL);
	back.step = step;
	back.arg = arg;
	if (!exchange())
		return -1;
	n = (int)take_s();
	take_range(range);
	return n;
}

static int
far_kvm_each_range(kvm_t *kd, kvaddr_t lo, kvaddr_t last, kvm_range_cb_t *cb, void *arg)
{
	if (!about(kd, "each_range"))
		return -1;
	put_u(lo);
	put_u(last);
	back.range = cb;
	back.arg = arg;
	return (int)ask_result();
}

static int
far_kvm_each_extent(kvm_t *kd, kvm_extent_cb_t *cb, void *arg)
{
	if (!about(kd, "each_extent"))
		return -1;
	back.extent = cb;
	back.arg = arg;
	return (int)ask_result();
}

static int
far_kvm_getinfo(kvm_t *kd, struct kvm_info *info, size_t size)
{
	struct kvm_info i;
	int n;

	if (!about(kd, "getinfo"))
		return -1;
	/* The worker's struct may have another size. */
	put_u(size == sizeof(i) ? SIZE_MAX : size);
	if (!exchange())
		return -1;
	memset(&i, 0, sizeof(i));
	n = (int)take_s();
	over("kvm_getinfo", take_u());
	i.ki_os = keep(take_text());
	i.ki_machine = keep(take_text());
	i.ki_regime = keep(take_text());
	i.ki_form = keep(take_text());
	i.ki_byteorder = keep(take_text());
	i.ki_bits = (unsigned)take_u();
	i.ki_vabits = (unsigned)take_u();
	i.ki_pagesize = (unsigned)take_u();
	i.ki_root = take_u();
	i.ki_nextents = (size_t)take_u();
	i.ki_memory = take_u();
	i.ki_missing = take_u();
	i.ki_header = take_u() != 0;
	if (n == 0)
		memcpy(info, &i, size < sizeof(i) ? size : sizeof(i));
	return n;
}

/* It would have to send the whole image: checks that need it do not run. */
static kvm_t *
far_kvm_open_mem(const char *kernel, const void *image, size_t len,
    const struct kvm_open_options *opt, char *errbuf)
{
	(void)kernel;
	(void)image;
	(void)len;
	(void)opt;
	if (errbuf != NULL)
		snprintf(errbuf, LIB_ERRLEN, "kvm_open_mem does not reach another process");
	return NULL;
}

/* ---- The table ---- */

bool
proxy_init(struct lib *lib, const struct proxy_options *opt, char err[LIB_ERRLEN])
{
	char *flavour, *machine;

	signal(SIGPIPE, SIG_IGN);
	options = *opt;
	*lib = (struct lib){ .remote = true };
	start();
	begin_request("hello");
	if (!exchange()) {
		snprintf(err, LIB_ERRLEN, "the worker does not start: %s", crash != NULL ? crash : "");
		err[strcspn(err, "\n")] = '\0';
		free(crash);
		crash = NULL;
		return false;
	}
	if (take_u() != 1) {
		snprintf(err, LIB_ERRLEN, "the worker speaks another protocol");
		return false;
	}
	flavour = take();
	machine = take();
	snprintf(lib->machine, sizeof(lib->machine), "%s", machine);
	snprintf(lib->family, sizeof(lib->family), "%s", flavour);
	worker_wide = take_u() == 64;
	lib->narrow = !worker_wide;
	while (*cursor != '\0') {
		const char *name = take();

#define FN(result, fn, required, parameters)                                                   \
		if (strcmp(name, #fn) == 0)                                                    \
			lib->fn = far_##fn;
		LIB_FUNCTIONS(FN)
#undef FN
	}
#define FN(result, fn, required, parameters)                                                   \
	if ((required) && lib->fn == NULL) {                                                   \
		snprintf(err, LIB_ERRLEN, "the worker has no function %s: not a libkvm", #fn); \
		return false;                                                                  \
	}
	LIB_FUNCTIONS(FN)
#undef FN
	lib->ours = lib->kvm_getinfo != NULL;
	worker_read2 = lib->kvm_read2 != NULL;
	worker_write2 = lib->kvm_write2 != NULL;
	if (lib->ours)
		lib->kvm_open_mem = far_kvm_open_mem;
	/* Each child of the runner starts its own. */
	free(proxy_end());
	return true;
}

void
proxy_report(struct report *r)
{
	report = r;
}

char *
proxy_end(void)
{
	char *s;

	if (worker != 0) {
		int status;

		request.n = 0;
		add(&request, "quit\n", 5);
		(void)send_all(request.p, request.n);
		close(to);
		to = -1;
		/* It closes its pipe when it is done; what it still says is its last words. */
		report = NULL;
		if (next_line() == NULL && crash != NULL && worker == 0 &&
		    strstr(crash, "with status 0") != NULL) {
			free(crash);
			crash = NULL;
		}
		if (worker != 0) {
			kill(-worker, SIGKILL);
			status = reap();
			(void)status;
		}
	}
	while (handles != NULL)
		forget(handles);
	while (words != NULL) {
		struct word *w = words;

		words = w->next;
		free(w);
	}
	free(request.p);
	free(reply.p);
	request = reply = (struct text){ .p = NULL };
	reply_next = 0;
	s = crash;
	crash = NULL;
	return s;
}
