/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A libkvm with one fault, named by the environment variable KCORE_FAULT; without it, the
 * library itself.  Functions that are not here are found in the library behind this one.
 * The self-test sees that each fault is failed by the check that is there for it.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <kvm.h>

static bool
fault(const char *name)
{
	const char *s = getenv("KCORE_FAULT");

	return s != NULL && strcmp(s, name) == 0;
}

/* The library's own function behind ours. */
static void
next(const char *name, void *ret)
{
	void *p = dlsym(RTLD_NEXT, name);

	if (p == NULL) {
		fprintf(stderr, "faults: no %s: %s\n", name, dlerror());
		abort();
	}
	memcpy(ret, &p, sizeof(p));
}

#define NEXT(name)                                                                             \
	__typeof__(&name) real;                                                                \
	next(#name, &real)

/* Shared by all handles on purpose: that is one of the faults. */
static kvm_t *last_opened;
static kvm_t *marked;
static kvm_t *kernelless;	/* opened last, without a kernel */
static bool quiet;
static void *volatile keep;
static char text[2048];

/* ---- Opening ---- */

kvm_t *
kvm_openfiles(const char *kernel, const char *core, const char *swap, int flags, char *errbuf)
{
	NEXT(kvm_openfiles);
	char *err = errbuf;
	kvm_t *kd;

	if (fault("foreign") && errbuf != NULL)
		strcpy(errbuf, "non-native kernel requires a symbol resolver");
	if (fault("foreign"))
		return NULL;
	if (fault("flags-accepted") && flags != KVM_NO_FILES)
		flags &= O_ACCMODE;
	kd = real(kernel, core, swap, flags, err);
	if (kd == NULL) {
		if (fault("open-leaks"))
			(void)!dup(0);
		if (fault("open-mute") && errbuf != NULL)
			strcpy(errbuf, "broken");
		if (kernel == NULL && fault("no-kernel-mute") && errbuf != NULL)
			strcpy(errbuf, "it does not open");
		return NULL;
	}
	if (fault("errbuf-touched") && errbuf != NULL)
		errbuf[0] = '\0';
	if (fault("no-cloexec"))
		for (int i = 3; i < 64; i++)
			if (fcntl(i, F_GETFD) >= 0)
				fcntl(i, F_SETFD, 0);
	last_opened = kd;
	kernelless = kernel == NULL ? kd : NULL;
	return kd;
}

kvm_t *
kvm_open(const char *kernel, const char *core, const char *swap, int flags, const char *errstr)
{
	NEXT(kvm_open);

	return real(kernel, core, swap, flags, fault("errstr-ignored") ? NULL : errstr);
}

kvm_t *
kvm_open_image(const char *kernel, const char *core, int flags,
    const struct kvm_open_options *options, char *errbuf)
{
	NEXT(kvm_open_image);
	struct kvm_open_options other;
	kvm_t *kd;

	if (fault("raw-base") && options != NULL && (options->ko_flags & KVM_OPEN_RAW) != 0) {
		other = *options;
		other.ko_base += 0x1000;
		options = &other;
	}
	kd = real(kernel, core, flags, options, errbuf);
	if (kd == NULL && kernel == NULL && fault("no-kernel-mute") && errbuf != NULL)
		strcpy(errbuf, "it does not open");
	kernelless = kernel == NULL ? kd : NULL;
	if (fault("pread-differs") && options != NULL && (options->ko_flags & KVM_OPEN_PREAD) != 0)
		marked = kd;
	return kd;
}

kvm_t *
kvm_open2(const char *kernel, const char *core, int flags, char *errbuf,
    int (*resolver)(const char *, kvaddr_t *))
{
	NEXT(kvm_open2);
	kvaddr_t at = 0;
	kvm_t *kd;

	if (fault("foreign") && (resolver == NULL || resolver("kernbase", &at) != 0 || at == 0))
		return NULL;
	kd = real(kernel, core, flags, errbuf, resolver);
	if (kd != NULL && resolver != NULL && fault("resolver-deaf")) {
		kvm_close(kd);
		strcpy(errbuf, "no symbols");
		return NULL;
	}
	return kd;
}

int
kvm_native(kvm_t *kd)
{
	NEXT(kvm_native);

	return fault("native") ? !real(kd) : real(kd);
}

int
kvm_close(kvm_t *kd)
{
	NEXT(kvm_close);

	if (kd == NULL && fault("close-null"))
		return 0;
	if (kd != NULL && fault("close-leaks"))
		(void)!dup(0);
	if (kd != NULL && fault("memory-leaks"))
		keep = malloc(100);
	keep = NULL;
	if (kd == last_opened)
		last_opened = NULL;
	if (kd == marked)
		marked = NULL;
	return real(kd);
}

char *
kvm_geterr(kvm_t *kd)
{
	NEXT(kvm_geterr);
	char *s = real(kd), *end;

	if (fault("odd-text"))
		return strcpy(text, "<b>&\"'\x01\xff]]>\n\\ \x1b[1m");
	if (kd == NULL && fault("geterr-null"))
		return strcpy(text, "no handle");
	if (quiet && fault("geterr-cleared"))
		return strcpy(text, "");
	if (fault("one-message") && (end = strchr(s, ')')) != NULL) {
		snprintf(text, sizeof(text), "%.*s", (int)(end - s) + 1, s);
		return text;
	}
	if (fault("no-address"))
		return strcpy(text, "invalid address");
	return s;
}

/* ---- Memory ---- */

/* How many bytes from va on read, by the library. */
static ssize_t
readable(ssize_t (*real)(kvm_t *, unsigned long, void *, size_t), kvm_t *kd, unsigned long va,
    char *buf, size_t len)
{
	size_t n = 0;

	while (n < len && n < 10000 && real(kd, va + n, buf + n, 1) == 1)
		n++;
	return (ssize_t)n;
}

static volatile char *volatile nowhere = (volatile char *)16;

/* Memory that is never given back. */
static void *
more(size_t n)
{
	static void *last;
	void **p = malloc(n);

	if (p == NULL)
		abort();
	*p = last;
	last = p;
	return p;
}

ssize_t
kvm_read(kvm_t *kd, unsigned long va, void *buf, size_t len)
{
	NEXT(kvm_read);
	char *p = buf;
	ssize_t n;

	if (fault("global-state") && last_opened != NULL)
		kd = last_opened;
	if (fault("foreign"))
		exit(7);
	if (fault("crash") && len == 3)
		abort();
	if (fault("wild") && len == 3)
		*nowhere = 1;
	if (fault("leaves") && len == 3)
		exit(7);
	if (fault("hang") && len == 3)
		for (;;)
			pause();
	if (fault("eats") && len == 3)
		for (;;)
			memset(more(1 << 20), 1, 1 << 20);
	if (fault("neighbour") && len >= 8 && real(kd, va ^ 0x1000, buf, len) == (ssize_t)len)
		return (ssize_t)len;
	if (fault("wrap") && len > 0 && va + (len - 1) < va)
		return (ssize_t)len;
	if (fault("sign-hole") && va > UINT32_MAX)
		return -1;
	if (fault("sign-any") && va > UINT32_MAX)
		va &= UINT32_MAX;
	if (fault("zero-length") && len == 0)
		return -1;
	n = real(kd, va, buf, len);
	quiet = n >= 0;
	if (n > 0 && fault("off-by-one"))
		p[n - 1] = (char)(p[n - 1] + 1);
	if (n > 0 && fault("page-edge") && (va & 0xfff) + (size_t)n > 0x1000)
		p[0x1000 - (va & 0xfff)] ^= 1;
	if (n > 0 && fault("split") && n > 16)
		p[n / 2] ^= 1;
	if (n > 0 && fault("overrun"))
		p[n] = 0;
	if (n > 0 && kd == marked)
		p[0] ^= 1;
	if (n > 0 && fault("dumpmag-kept") && n == 4 && p[0] == 0)
		p[0] = 1;
	if (n < 0 && len > 0 && fault("stores"))
		p[len < 200000 ? len - 1 : 0] = 1;
	if (n < 0 && len > 0 && len < 100000) {
		if (fault("hole-zeros")) {
			memset(buf, 0, len);
			return (ssize_t)len;
		}
		if (fault("hole-returns-0"))
			return 0;
		if (fault("tail-cleared"))
			memset(buf, 0, len);
		if (fault("partial-count")) {
			n = readable(real, kd, va, buf, len);
			return n > 0 ? n : -1;
		}
	}
	if (n >= 0 && (size_t)n < len) {
		if (fault("no-clamp")) {
			memset(p + n, 0, len - (size_t)n);
			return (ssize_t)len;
		}
		if (fault("short-is-error"))
			return -1;
	}
	return n;
}

kssize_t
kvm_read2(kvm_t *kd, kvaddr_t va, void *buf, size_t len)
{
	NEXT(kvm_read2);

	/* A 32-bit address, as of a kvm_read on a 32-bit host. */
	return real(kd, fault("read2-narrow") ? va & UINT32_MAX : va, buf, len);
}

char *
kvm_readstr(kvm_t *kd, unsigned long va, char *buf, size_t *lenp)
{
	NEXT(kvm_readstr);
	char *s = real(kd, va, buf, lenp);

	if (s != NULL && lenp != NULL && fault("readstr-length"))
		--*lenp;
	return s;
}

ssize_t
kvm_write(kvm_t *kd, unsigned long va, const void *buf, size_t len)
{
	NEXT(kvm_write);
	ssize_t n;

	if (fault("hang-write"))
		for (;;)
			pause();
	if (fault("write-nothing"))
		return (ssize_t)len;
	/* As if an old translation stayed in a cache: the cleared entry has no effect. */
	if (fault("write-stale") && len == 8 && memcmp(buf, "\0\0\0\0\0\0\0", 8) == 0)
		return (ssize_t)len;
	n = real(kd, va, buf, len);
	if (n < 0 && fault("write-partial"))
		for (size_t i = 0; i < len && real(kd, va + i, (const char *)buf + i, 1) == 1; i++)
			;
	if (n < 0 && fault("write-claims"))
		return (ssize_t)len;
	return n;
}

/* ---- Symbols ---- */

int
kvm_nlist(kvm_t *kd, struct nlist *nl)
{
	NEXT(kvm_nlist);
	int n = real(kd, nl);
	size_t i;

	/* NetBSD's rule for every system. */
	if (fault("nlist-strips") && n >= 0)
		for (i = 0; nl[i].n_name != NULL && nl[i].n_name[0] != '\0'; i++)
			if (nl[i].n_name[0] == '_') {
				struct nlist one[2] = { { .n_name = nl[i].n_name + 1 }, { .n_name = NULL } };

				if (real(kd, one) == 0)
					nl[i].n_value = one[0].n_value;
			}

	if (n < 0)
		return n;
	for (i = 0; nl[i].n_name != NULL && nl[i].n_name[0] != '\0'; i++) {
		if (fault("nlist-type") && nl[i].n_type == (N_TEXT | N_EXT))
			nl[i].n_type = N_DATA | N_EXT;
		if (fault("nlist-local") && nl[i].n_type != 0)
			nl[i].n_type |= N_EXT;
		if (fault("nlist-finds-all") && nl[i].n_type == 0)
			nl[i].n_value = 0xffffffff80200000 & (unsigned long)-1;
	}
	if (fault("nlist-past-end") && nl[i].n_name == NULL)
		nl[i + 1].n_type = 0;
	return fault("nlist-count") ? n + 1 : n;
}

int
kvm_nlist2(kvm_t *kd, struct kvm_nlist *nl)
{
	NEXT(kvm_nlist2);
	int n = real(kd, nl);

	if (fault("nlist2-value"))
		nl[0].n_value++;
	return n;
}

int
kvm_symbol_at(kvm_t *kd, kvaddr_t va, struct kvm_symbol *symbol)
{
	NEXT(kvm_symbol_at);

	return real(kd, fault("symbol-below") ? va - 1 : va, symbol);
}

int
kvm_symbol_find(kvm_t *kd, const char *name, struct kvm_symbol *symbol)
{
	NEXT(kvm_symbol_find);
	int n = real(kd, name, symbol);

	return n == 1 && fault("symbol-any") ? 0 : n;
}

struct symbols {
	kvm_symbol_cb_t *cb;
	void *arg;
};

static int
symbol_drop(const struct kvm_symbol *ky, void *arg)
{
	struct symbols *sy = arg;

	return strcmp(ky->ky_name, "dumpmag") == 0 ? 1 : sy->cb(ky, sy->arg);
}

int
kvm_each_symbol(kvm_t *kd, kvm_symbol_cb_t *cb, void *arg)
{
	NEXT(kvm_each_symbol);
	struct symbols sy = { cb, arg };

	return fault("symbol-drops") ? real(kd, symbol_drop, &sy) : real(kd, cb, arg);
}

/* ---- Translations ---- */

struct steps {
	kvm_step_cb_t *cb;
	void *arg;
};

static void
step(const struct kvm_step *k, void *arg)
{
	struct steps *st = arg;
	struct kvm_step copy = *k;

	if (fault("walk-entry"))
		copy.ks_raw ^= 0x20;
	/* As if entries had the word's size. */
	if (fault("walk-half"))
		copy.ks_raw &= UINT32_MAX;
	st->cb(&copy, st->arg);
}

int
kvm_xlate(kvm_t *kd, kvaddr_t va, struct kvm_range *range, kvm_step_cb_t *cb, void *arg)
{
	NEXT(kvm_xlate);
	struct steps st = { cb, arg };
	int n = real(kd, va, range, cb != NULL && !fault("walk-none") ? step : NULL, &st);

	if (n != 0)
		return n;
	if (fault("xlate-pa"))
		range->kr_paddr += 0x1000;
	if (fault("xlate-prot"))
		range->kr_prot |= KVM_PROT_EXEC;
	if (fault("xlate-long") && range->kr_last != UINT64_MAX)
		range->kr_last++;
	if (fault("xlate-offset"))
		range->kr_offset += 8;
	if (fault("xlate-kind") && range->kr_kind == KVM_ABSENT)
		range->kr_kind = KVM_UNMAPPED;
	return n;
}

int
kvm_getinfo(kvm_t *kd, struct kvm_info *info, size_t size)
{
	NEXT(kvm_getinfo);
	int n = real(kd, info, size);

	if (fault("info-overrun") && size == 8)
		info->ki_machine = NULL;
	if (fault("info-vabits") && size == sizeof(*info))
		info->ki_vabits++;
	if (fault("info-root") && size == sizeof(*info))
		info->ki_root += 0x1000;
	if (fault("no-kernel-other") && kd == kernelless && size == sizeof(*info))
		info->ki_machine = "other";
	return n;
}

struct ranges {
	kvm_range_cb_t *cb;
	void *arg;
	kvaddr_t lo;
	unsigned n;
};

static int
range(const struct kvm_range *kr, void *arg)
{
	struct ranges *r = arg;
	struct kvm_range copy = *kr;
	int n;

	if (fault("each-drops") && r->n++ == 3)
		return 1;
	if (fault("each-splits") && kr->kr_last - kr->kr_first > 0x2000 && kr->kr_offset >= 0) {
		copy.kr_last = kr->kr_first + 0xfff;
		r->cb(&copy, r->arg);
		copy = *kr;
		copy.kr_first += 0x1000;
		copy.kr_paddr += 0x1000;
		copy.kr_offset += 0x1000;
	}
	n = r->cb(&copy, r->arg);
	return fault("each-goes-on") ? 1 : n;
}

int
kvm_each_range(kvm_t *kd, kvaddr_t lo, kvaddr_t last, kvm_range_cb_t *cb, void *arg)
{
	NEXT(kvm_each_range);
	struct ranges r = { cb, arg, lo, 0 };

	if (fault("each-unclipped"))
		lo &= ~(kvaddr_t)0xfff;
	return real(kd, lo, last, range, &r);
}

struct pages {
	kvm_walk_pages_cb_t *cb;
	void *arg;
	unsigned n;
};

static int
page(struct kvm_page *kp, void *arg)
{
	struct pages *p = arg;

	if (fault("pages-drop") && p->n++ == 2)
		return 1;
	if (fault("pages-version"))
		kp->kp_version = 1;
	return p->cb(kp, p->arg);
}

int
kvm_walk_pages(kvm_t *kd, kvm_walk_pages_cb_t *cb, void *arg)
{
	NEXT(kvm_walk_pages);
	struct pages p = { cb, arg, 0 };

	return real(kd, page, &p);
}

struct extents {
	kvm_extent_cb_t *cb;
	void *arg;
};

static int
extent(const struct kvm_extent *ke, void *arg)
{
	struct extents *e = arg;
	struct kvm_extent copy = *ke;

	copy.ke_offset++;
	return e->cb(&copy, e->arg);
}

int
kvm_each_extent(kvm_t *kd, kvm_extent_cb_t *cb, void *arg)
{
	NEXT(kvm_each_extent);
	struct extents e = { cb, arg };

	return fault("extent-offset") ? real(kd, extent, &e) : real(kd, cb, arg);
}

/* ---- Dump headers ---- */

int
kvm_dump_mkheader(kvm_t *kd, off_t off)
{
	NEXT(kvm_dump_mkheader);
	int n = real(kd, off);

	if (n == 0 && fault("mkheader-error"))
		return -1;
	return n > 0 && fault("mkheader-size") ? n + 8 : n;
}

struct sink {
	bool (*write)(void *, const void *, size_t);
	void *cookie;
};

static bool
deaf(void *cookie, const void *buf, size_t len)
{
	struct sink *k = cookie;

	k->write(k->cookie, buf, len);
	return true;
}

int
kvm_dump_header(kvm_t *kd, bool (*write)(void *, const void *, size_t), void *cookie, int size)
{
	NEXT(kvm_dump_header);
	struct sink k = { write, cookie };

	return fault("header-deaf") ? real(kd, deaf, &k, size) : real(kd, write, cookie, size);
}

int
kvm_dump_wrtheader(kvm_t *kd, FILE *f, int size)
{
	NEXT(kvm_dump_wrtheader);
	int n = real(kd, f, fault("header-size") ? size + 1 : size);

	return n > 0 && fault("wrtheader-zero") ? 0 : n;
}

kssize_t
kvm_dump_header64(kvm_t *kd, bool (*write)(void *, const void *, size_t), void *cookie,
    uint64_t size)
{
	NEXT(kvm_dump_header64);

	/* A size that does not fit is kept at its largest. */
	if (fault("header64-saturates") && size > UINT32_MAX)
		size = UINT32_MAX;
	return real(kd, write, cookie, size);
}

int
kvm_dump_inval(kvm_t *kd)
{
	NEXT(kvm_dump_inval);

	return fault("inval-nothing") ? 0 : real(kd);
}

/* ---- Devices of FreeBSD and DragonFly ---- */

int
kvm_dump_find(kvm_t *kd, struct kvm_dump_info *info, size_t size)
{
	NEXT(kvm_dump_find);
	int n = real(kd, info, size);

	if (fault("find-offset"))
		info->kd_offset += 512;
	if (fault("find-length"))
		info->kd_length -= 512;
	if (fault("find-compression"))
		info->kd_compression = strcmp(info->kd_compression, "none") == 0 ? "gzip" : "none";
	if (fault("find-encrypted"))
		info->kd_encrypted = !info->kd_encrypted;
	if (fault("find-cleared"))
		info->kd_cleared = false;
	if (fault("find-panic"))
		info->kd_panicstring[0] = '\0';
	return n < 0 && fault("find-anything") ? 0 : n;
}

int
kvm_dump_clear(kvm_t *kd)
{
	NEXT(kvm_dump_clear);

	return fault("clear-nothing") ? 0 : real(kd);
}
