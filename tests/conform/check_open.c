/* SPDX-License-Identifier: BSD-2-Clause */
/* Opening, refusing to open, closing, and where messages go. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "conform.h"
#include "descriptors.h"
#include "family.h"
#include "flavor.h"
#include "try.h"

/* A fixture's name may hold the very words that its message must: they do not count. */
static void
forget_dir(const struct subject *s, char *message)
{
	const size_t n = strlen(s->f->dir);

	for (char *at; n > 0 && (at = strstr(message, s->f->dir)) != NULL;)
		memmove(at, at + n, strlen(at + n) + 1);
}

/* The sentence of an image that does not open. */
static void
expect_open_text(struct subject *s, const char *what, char *message)
{
	forget_dir(s, message);
	expect_text(s, what, message, s->o->open_text);
}

/* kvm_openfiles must fail with this text, leave errno and errbuf filled, and no descriptor. */
static void
refused(struct subject *s, const char *what, const char *kernel, const char *core, int flags,
    const char *text)
{
	char err[LIB_ERRLEN];
	struct descriptors before, after;
	kvm_t *kd;

	memset(err, 0, sizeof(err));
	descriptors_take(&before);
	kd = fixture_try(s->lib, s->f, kernel, core, flags, 0, err);
	if (kd != NULL) {
		report_fail(s->r, "%s: it opened; wanted: \"...%s...\"", what, text);
		s->lib->kvm_close(kd);
		return;
	}
	if (err[0] == '\0')
		report_fail(s->r, "%s: refused without a message", what);
	else {
		if (text == s->o->open_text)
			forget_dir(s, err);
		expect_text(s, what, err, text);
	}
	descriptors_take(&after);
	descriptors_same(s, &before, &after, what);
	/* A NULL errbuf is allowed. */
	kd = fixture_try(s->lib, s->f, kernel, core, flags, 0, NULL);
	if (kd != NULL) {
		report_fail(s->r, "%s: it opened, without an errbuf", what);
		s->lib->kvm_close(kd);
	}
}

/* ---- open ok, noheader, fail ---- */

static void
open_ok(struct subject *s)
{
	char err[LIB_ERRLEN];
	kvm_t *kd;

	memset(err, UNTOUCHED, sizeof(err));
	kd = fixture_try(s->lib, s->f, s->f->kernel, s->f->core, O_RDONLY, 0, err);
	if (kd == NULL) {
		report_fail(s->r, "%s does not open: \"%.*s\"", s->f->core, LIB_ERRLEN - 1, err);
		return;
	}
	for (size_t i = 0; i < sizeof(err); i++)
		if ((uint8_t)err[i] != UNTOUCHED) {
			report_fail(s->r, "a successful open changed errbuf at %zu", i);
			break;
		}
	if (s->lib->kvm_geterr(kd)[0] != '\0')
		report_fail(s->r, "a new handle has the message \"%s\"", s->lib->kvm_geterr(kd));
	subject_close(s, kd);
}

static int
no_range(const struct kvm_range *range, void *arg)
{
	(void)range;
	report_fail(((struct subject *)arg)->r, "a range was listed");
	return 0;
}

/* Opens, but whatever needs a header says that there is none. */
static void
open_noheader(struct subject *s)
{
	const struct lib *lib = s->lib;
	kvm_t *kd = subject_open(s, s->f->core, O_RDONLY);
	struct kvm_range range;
	static const uint64_t at[] = { 0, UINT64_C(0xffffffff80200000), UINT64_C(0xc0100000) };

	if (kd == NULL)
		return;
	for (size_t i = 0; i < sizeof(at) / sizeof(at[0]); i++) {
		kssize_t n = lib_read(s->lib, kd, at[i] & s->o->top, s->got, 8);

		expect_number(s, "a read without a header", n, -1);
		expect_error(s, kd, "a read without a header", s->o->open_text);
		if (lib->kvm_write != NULL)
			expect_number(s, "a write without a header",
			    lib_write(lib, kd, at[i] & s->o->top, s->got, 8), -1);
		if (lib->kvm_xlate != NULL)
			expect_number(s, "kvm_xlate", lib->kvm_xlate(kd, at[i], &range, NULL, NULL), -1);
	}
	if (lib->kvm_each_range != NULL)
		expect_number(s, "kvm_each_range", lib->kvm_each_range(kd, 0, s->o->top, no_range, s), -1);
	if (lib->kvm_dump_inval != NULL)
		expect_number(s, "kvm_dump_inval", lib->kvm_dump_inval(kd), -1);
	if (lib->kvm_nlist2 != NULL && s->o->nsym > 0) {	/* symbols need no header */
		struct kvm_nlist nl[2] = { { .n_name = "dumpmag" }, { .n_name = NULL } };

		expect_number(s, "kvm_nlist2", lib->kvm_nlist2(kd, nl), 0);
	}
	subject_close(s, kd);
}

/* Another library may open what ours finds to contradict itself, but nothing of it may kill it. */
static void
survives(struct subject *s)
{
	static const uint64_t at[] = { 0, UINT64_C(0xffffffff80200000), UINT64_C(0xc0100000) };
	char err[LIB_ERRLEN] = "";
	kvm_t *kd = fixture_try(s->lib, s->f, s->f->kernel, s->f->core, O_RDONLY, 0, err);

	for (size_t i = 0; kd != NULL && i < sizeof(at) / sizeof(at[0]); i++)
		lib_read(s->lib, kd, at[i] & s->o->top, s->got, 8);
	for (size_t i = 0; kd != NULL && i < s->o->nspan && i < 100; i++)
		lib_read(s->lib, kd, s->o->span[i].first, s->got, 8);
	if (kd != NULL)
		subject_close(s, kd);
}

static void
open_fail(struct subject *s)
{
	if (s->o->open_family != NULL && strcmp(s->o->open_family, "netbsd") != 0) {
		report_skip(s->r, "the text is of family %s", s->o->open_family);
		return;
	}
	if (!flavor_promises(s->lib->flavor, FLAVOR_STRICT)) {
		survives(s);
		return;
	}
	refused(s, s->f->core, s->f->kernel, s->f->core, O_RDONLY, s->o->open_text);
}

/* The same text from every way to open. */
static void
open_fail_everywhere(struct subject *s)
{
	static const unsigned flags[] = { KVM_OPEN_PREAD, KVM_OPEN_NOCACHE,
		KVM_OPEN_PREAD | KVM_OPEN_NOCACHE };
	char err[LIB_ERRLEN] = "";
	kvm_t *kd;

	if (unpromised(s, FLAVOR_STRICT, "may open it"))
		return;
	if (s->lib->kvm_open2 != NULL && !s->o->is_raw) {
		kd = s->lib->kvm_open2(s->f->kernel, s->f->core, O_RDONLY, err, NULL);
		if (kd != NULL) {
			report_fail(s->r, "kvm_open2 opened it");
			s->lib->kvm_close(kd);
		} else
			expect_open_text(s, "kvm_open2", err);
	}
	for (size_t i = 0; s->lib->kvm_open_image != NULL && i < 3; i++) {
		err[0] = '\0';
		kd = fixture_try(s->lib, s->f, s->f->kernel, s->f->core, O_RDONLY, flags[i], err);
		if (kd != NULL) {
			report_fail(s->r, "kvm_open_image with flags %u opened it", flags[i]);
			s->lib->kvm_close(kd);
		} else
			expect_open_text(s, "kvm_open_image", err);
	}
}

/* ---- Arguments ---- */

static void
flags(struct subject *s)
{
	static const int good[] = { O_RDONLY, O_RDWR, O_WRONLY };
	static const int bad[] = { O_RDWR | O_CREAT, O_TRUNC, O_APPEND, O_RDONLY | O_NONBLOCK,
		0x40000000 };

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		kvm_t *kd;

		/* Opening is no writing, but a file of the fixture is not put at risk for it. */
		if (good[i] != O_RDONLY && (access(s->f->core, W_OK) != 0 || s->f->packed))
			continue;
		if (good[i] == O_WRONLY && !flavor_promises(s->lib->flavor, FLAVOR_WRONLY))
			continue;
		kd = subject_open(s, s->f->core, good[i]);
		if (kd == NULL)
			report_note(s->r, "  with flags %d", good[i]);
		else
			subject_close(s, kd);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		refused(s, "flags", s->f->kernel, s->f->core, bad[i], "bad flags arg");
}

static void
names(struct subject *s)
{
	char *none = xasprintf("%s/no-such-file", s->f->dir), *text, *name;
	size_t n = 70000;

	text = xasprintf("%s: %s", none, strerror(ENOENT));
	refused(s, "a kernel that does not exist", none, s->f->core, O_RDONLY, text);
	refused(s, "a core that does not exist", s->f->kernel, none, O_RDONLY, text);
	/* The kernel is opened first. */
	if (flavor_promises(s->lib->flavor, FLAVOR_KERNEL_FIRST))
		refused(s, "neither exists", none, "/nowhere/at/all", O_RDONLY, text);
	free(text);
	free(none);
	name = xmalloc(n + 1);
	memset(name, 'k', n);
	name[n] = '\0';
	refused(s, "a very long name", name, s->f->core, O_RDONLY, "exec file name too long");
	free(name);
	if (!flavor_promises(s->lib->flavor, FLAVOR_STRICT))
		return;
	text = xasprintf("%s: ", s->f->dir);
	refused(s, "a directory as core", s->f->kernel, s->f->dir, O_RDONLY, text);
	free(text);
	refused(s, "the core as kernel", s->f->core, s->f->core, O_RDONLY, s->f->core);
}

/* No file here is a running kernel: live access is refused, with a reason. */
static void
live(struct subject *s)
{
	static const char *const core[] = { NULL, "/dev/mem", "/dev/kmem", "/dev/null" };

	if (!s->lib->ours) {
		report_skip(s->r, "another library may read the running kernel");
		return;
	}
	for (size_t i = 0; i < sizeof(core) / sizeof(core[0]); i++)
		refused(s, core[i] != NULL ? core[i] : "a NULL core", s->f->kernel, core[i], O_RDONLY,
		    "not supported");
}

/* True, with the running check skipped, if only kvm_open_image can say what the image is. */
static bool
only_image(struct subject *s)
{
	if (s->o->is_raw)
		report_skip(s->r, "raw memory is opened by kvm_open_image");
	return s->o->is_raw;
}

/* kvm_open's errstr: hard errors go to standard error and not to the handle. */
static void
errstr(struct subject *s)
{
	kvm_t *kd;
	struct rng rng = begin_rng(s);
	const struct span *hole = pick_span(s, &rng, SPAN_HOLE);
	char said[LIB_ERRLEN], family[64];
	const bool soft = family_soft(s->o);

	if (lacks(s, s->lib->kvm_open == NULL, "kvm_open") || only_image(s) ||
	    elsewhere(s, "what it prints is not seen"))
		return;
	stderr_catch();
	kd = s->lib->kvm_open(s->f->kernel, s->f->core, NULL, O_RDONLY, "conform-program");
	stderr_release(said, sizeof(said));
	if (kd == NULL) {
		report_fail(s->r, "kvm_open failed, and said \"%s\"", said);
		return;
	}
	if (said[0] != '\0')
		report_fail(s->r, "kvm_open succeeded, and said \"%s\"", said);
	if (hole != NULL) {
		stderr_catch();
		lib_read(s->lib, kd, hole->first, s->got, 1);
		stderr_release(said, sizeof(said));
		family_unmapped(s->o, hole->first, family, sizeof(family));
		expect_text(s, "on standard error", said, "conform-program: ");
		if (soft)
			expect_error(s, kd, "kvm_open(..., name)", family);
		else
			expect_text(s, "on standard error", said, family);
		if (strchr(said, '\n') == NULL || strchr(said, '\n')[1] != '\0')
			report_fail(s->r, "a message is one line, but \"%s\" was said", said);
		if (!soft && strstr(s->lib->kvm_geterr(kd), family) != NULL)
			report_fail(s->r, "a hard error was printed and also stored: \"%s\"",
			    s->lib->kvm_geterr(kd));
	}
	subject_close(s, kd);

	/* NULL: stored, nothing printed. */
	stderr_catch();
	kd = s->lib->kvm_open(s->f->kernel, s->f->core, NULL, O_RDONLY, NULL);
	if (kd != NULL && hole != NULL) {
		lib_read(s->lib, kd, hole->first, s->got, 1);
		family_unmapped(s->o, hole->first, family, sizeof(family));
		expect_error(s, kd, "kvm_open(..., NULL)", family);
	}
	stderr_release(said, sizeof(said));
	if (kd == NULL)
		report_fail(s->r, "kvm_open(..., NULL) failed");
	else
		subject_close(s, kd);
	if (said[0] != '\0')
		report_fail(s->r, "without a name, \"%s\" was printed", said);

	/* Failing to open. */
	stderr_catch();
	kd = s->lib->kvm_open(s->f->kernel, "/nowhere/core", NULL, O_RDONLY, "conform-program");
	stderr_release(said, sizeof(said));
	if (kd != NULL) {
		report_fail(s->r, "a core that does not exist was opened");
		s->lib->kvm_close(kd);
	}
	expect_text(s, "kvm_open of no file, on standard error", said,
	    "conform-program: /nowhere/core: ");
}

static void
no_files(struct subject *s)
{
	const struct lib *lib = s->lib;
	struct nlist nl[2] = { { .n_name = "dumpmag" }, { .n_name = NULL } };
	kvm_t *kd;
	char err[LIB_ERRLEN] = "";
	/* Some take the handle for one of a running kernel, whose descriptors do not read. */
	const bool dead = lib->flavor != NULL && !flavor_promises(lib->flavor, FLAVOR_NO_FILES_TEXT);

	if (unpromised(s, FLAVOR_NO_FILES, "has no KVM_NO_FILES"))
		return;
	kd = lib->kvm_openfiles(NULL, NULL, NULL, KVM_NO_FILES, NULL);
	if (kd == NULL) {
		kd = lib->kvm_openfiles(NULL, NULL, NULL, KVM_NO_FILES, err);
		report_fail(s->r, "KVM_NO_FILES does not open: \"%s\"", err);
		if (kd == NULL)
			return;
	}
	expect_number(s, "kvm_read", lib_read(lib, kd, 0x1000, s->got, 8), -1);
	expect_error(s, kd, "kvm_read", dead ? "invalid address (1000)" :
	    "kvm_open called with KVM_NO_FILES, can't use kvm_read");
	if (lib->kvm_write != NULL) {
		expect_number(s, "kvm_write", lib_write(lib, kd, 0x1000, s->got, 8), -1);
		expect_error(s, kd, "kvm_write", dead ? "invalid address (1000)" :
		    "kvm_open called with KVM_NO_FILES, can't use kvm_write");
	}
	if (lib->kvm_nlist != NULL) {
		expect_number(s, "kvm_nlist", lib->kvm_nlist(kd, nl), -1);
		expect_error(s, kd, "kvm_nlist", "bad namelist");
	}
	if (lib->kvm_dump_mkheader != NULL) {
		expect_number(s, "kvm_dump_mkheader", lib->kvm_dump_mkheader(kd, 0), -1);
		expect_error(s, kd, "kvm_dump_mkheader", "don't use on live kernel");
	}
	if (lib->kvm_dump_inval != NULL) {
		expect_number(s, "kvm_dump_inval", lib->kvm_dump_inval(kd), -1);
		expect_error(s, kd, "kvm_dump_inval", "clearing dump on live kernel");
	}
	if (lib->kvm_getkernelname != NULL && flavor_promises(lib->flavor, FLAVOR_STRICT)) {
		const char *name = lib->kvm_getkernelname(kd);

		if (name == NULL || name[0] != '\0')
			report_fail(s->r, "kvm_getkernelname is %s, wanted \"\"", name != NULL ? name : "NULL");
	}
	if (lib->kvm_getinfo != NULL) {
		struct kvm_info ki;

		expect_number(s, "kvm_getinfo", lib->kvm_getinfo(kd, &ki, sizeof(ki)), -1);
	}
	subject_close(s, kd);
}

static void
null_handle(struct subject *s)
{
	const char *text;

	if (unpromised(s, FLAVOR_NULL_HANDLE, "promises nothing of NULL handles"))
		return;
	text = s->lib->kvm_geterr(NULL);
	if (text == NULL || text[0] != '\0')
		report_fail(s->r, "kvm_geterr(NULL) is \"%s\", wanted \"\"", text != NULL ? text : "(null)");
	errno = 0;
	expect_number(s, "kvm_close(NULL)", s->lib->kvm_close(NULL), -1);
	expect_number(s, "errno of kvm_close(NULL)", errno, EINVAL);
}

static void
kernel_name(struct subject *s)
{
	kvm_t *kd = subject_handle(s);
	const char *name;

	if (kd == NULL || lacks(s, s->lib->kvm_getkernelname == NULL, "kvm_getkernelname"))
		return;
	name = s->lib->kvm_getkernelname(kd);
	if (name == NULL || strcmp(name, s->f->kernel) != 0)
		report_fail(s->r, "kvm_getkernelname is \"%s\", wanted \"%s\"", name != NULL ? name : "(null)",
		    s->f->kernel);
}

/* Native is an image of this host's own OS and machine only. */
static void
native(struct subject *s)
{
	kvm_t *kd = subject_handle(s);
	const char *os = "", *machine = "";

#if defined(__NetBSD__)
	os = "netbsd";
#elif defined(__FreeBSD__)
	os = "freebsd";
#elif defined(__OpenBSD__)
	os = "openbsd";
#elif defined(__DragonFly__)
	os = "dragonfly";
#endif
#if defined(__x86_64__)
	machine = "amd64";
#elif defined(__i386__)
	machine = "i386";
#endif
	bool want = strcmp(os, s->o->os) == 0 && strcmp(machine, s->o->machine) == 0;

	/* A worker was built for a system, whatever carries it. */
	if (s->lib->family[0] != '\0' && strcmp(s->lib->family, "kcore") != 0)
		want = strcmp(s->lib->family, s->o->os) == 0 && flavor_native(s->lib, s->o);
	if (kd != NULL && !lacks(s, s->lib->kvm_native == NULL, "kvm_native"))
		expect_number(s, "kvm_native", s->lib->kvm_native(kd), want);
}

static void
kerndisp(struct subject *s)
{
	kvm_t *kd = subject_handle(s);

	if (kd != NULL && !lacks(s, s->lib->kvm_kerndisp == NULL, "kvm_kerndisp"))
		expect_number(s, "kvm_kerndisp", s->lib->kvm_kerndisp(kd), s->o->kerndisp);
}

/* Whose symbols the resolver knows: FreeBSD's function is given no argument of the caller's. */
static const struct oracle *resolver_oracle;

static int
resolver(const char *name, kvaddr_t *addr)
{
	const struct sym *sym = oracle_sym(resolver_oracle, name);

	if (strcmp(name, "resolved") == 0)
		*addr = 0x1234567;
	else if (sym != NULL)
		*addr = sym->va;
	else
		return -1;
	return 0;
}

/* kvm_open2: as kvm_openfiles, and symbols may come from the caller. */
static void
open2(struct subject *s)
{
	struct kvm_nlist nl[3] = { { .n_name = "resolved" }, { .n_name = "not-resolved" },
		{ .n_name = NULL } };
	char err[LIB_ERRLEN];
	const struct span *sp = first_map(s->o, 1);

	if (lacks(s, s->lib->kvm_open2 == NULL, "kvm_open2") || only_image(s))
		return;
	resolver_oracle = s->o;
	for (unsigned i = 0; i < 2; i++) {
		kvm_t *kd = s->lib->kvm_open2(s->f->kernel, s->f->core, O_RDONLY, err,
		    i == 0 ? NULL : resolver);

		if (kd == NULL) {
			report_fail(s->r, "kvm_open2 with%s a resolver: \"%.*s\"", i == 0 ? "out" : "",
			    LIB_ERRLEN - 1, err);
			continue;
		}
		if (sp != NULL)
			expect_map(s, kd, sp, sp->first, span_left(sp, sp->first, 100));
		if (i == 1 && s->lib->kvm_nlist2 != NULL) {
			expect_number(s, "names not resolved", s->lib->kvm_nlist2(kd, nl), 1);
			expect_number(s, "value resolved", (int64_t)nl[0].n_value, 0x1234567);
			expect_number(s, "type resolved", nl[0].n_type, 0x07);	/* N_DATA | N_EXT */
			expect_number(s, "type not resolved", nl[1].n_type, 0);
		}
		subject_close(s, kd);
	}
}

/* What a library that is not ours does not read fails once.  Of ours every check has to tell. */
void
check_files(struct subject *s)
{
	if (s->lib->ours || s->o->open != OPEN_OK || !begin(s, "open/files"))
		return;
	s->closed = subject_handle(s) == NULL;
	report_end(s->r);
}

void
check_open(struct subject *s)
{
	static const struct {
		const char *name;
		void (*run)(struct subject *);
	} checks[] = {
		{ "open/flags", flags },
		{ "open/names", names },
		{ "open/live", live },
		{ "open/errstr", errstr },
		{ "open/no-files", no_files },
		{ "open/null-handle", null_handle },
		{ "open/kernel-name", kernel_name },
		{ "open/native", native },
		{ "open/kerndisp", kerndisp },
		{ "open/open2", open2 },
	};

	if (s->o->open == OPEN_FAIL) {
		if (begin(s, "open/fails")) {
			open_fail(s);
			report_end(s->r);
		}
		if (s->o->open_family == NULL && begin(s, "open/fails-everywhere")) {
			open_fail_everywhere(s);
			report_end(s->r);
		}
		return;
	}
	if (s->o->open == OPEN_NOHEADER) {
		if (begin(s, "open/no-header")) {
			open_noheader(s);
			report_end(s->r);
		}
		return;
	}
	if (begin(s, "open/ok")) {
		open_ok(s);
		report_end(s->r);
	}
	for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++)
		if (begin(s, "%s", checks[i].name)) {
			checks[i].run(s);
			report_end(s->r);
		}
}
