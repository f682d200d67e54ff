/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Faults of the system: faults DIR FIXTURE...
 *
 * The library's n-th allocation fails, or its n-th read or mapping, for every n until all succeed; all
 * reads are short, or interrupted; there are no file descriptors left; the file shrinks while it is
 * open.  Opening then fails with a sentence, or what is read is right; nothing leaks
 * (LeakSanitizer tells).  And what is no image or no kernel at all is refused by name.
 *
 * DIR is for files of the run.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "allocations.h"
#include "fuzz.h"
#include "raw_options.h"

enum { BYTES = 64 };

/* What befalls reads and mappings. */
enum io { SOUND, EIO_ONCE, SHORT, INTERRUPTED, NO_MAP, IOS };
static const char *const io_name[IOS] = { "sound", "EIO", "short reads", "EINTR", "no mmap" };
static enum io io;
static long io_left;		/* EIO_ONCE, NO_MAP: calls until it */
static unsigned long io_calls, io_struck;

/* Moves fewer bytes, or none and fails: -1. */
static ssize_t
io_fault(size_t *n)
{
	io_calls++;
	if (io == SHORT && *n > 1) {
		*n = (*n + 1) / 2;
		io_struck++;
	}
	if (!(io == EIO_ONCE && io_left-- == 0) && !(io == INTERRUPTED && io_calls % 2 == 1))
		return 0;
	io_struck++;
	errno = io == EIO_ONCE ? EIO : EINTR;
	return -1;
}

#define READS(name, off_type)						\
	ssize_t __real_##name(int, void *, size_t, off_type);		\
	ssize_t __wrap_##name(int, void *, size_t, off_type);		\
	ssize_t								\
	__wrap_##name(int fd, void *p, size_t n, off_type off)		\
	{								\
		return io_fault(&n) == -1 ? -1 : __real_##name(fd, p, n, off);	\
	}
READS(pread, off_t)
READS(pread64, off_t)

ssize_t __real_read(int, void *, size_t);
ssize_t __wrap_read(int, void *, size_t);
ssize_t
__wrap_read(int fd, void *p, size_t n)
{
	return io_fault(&n) == -1 ? -1 : __real_read(fd, p, n);
}

#define MAPS(name)							\
	void *__real_##name(void *, size_t, int, int, int, off_t);	\
	void *__wrap_##name(void *, size_t, int, int, int, off_t);	\
	void *								\
	__wrap_##name(void *p, size_t n, int prot, int flags, int fd, off_t off)	\
	{								\
		if (io != NO_MAP || io_left-- != 0)			\
			return __real_##name(p, n, prot, flags, fd, off);	\
		io_struck++;						\
		errno = ENOMEM;						\
		return MAP_FAILED;					\
	}
MAPS(mmap)
MAPS(mmap64)

static int
first_mapped(const struct kvm_range *r, void *arg)
{
	struct kvm_range *ret = arg;
	if (r->kr_kind != KVM_MAPPED || r->kr_last - r->kr_first < BYTES)
		return 1;
	*ret = *r;
	return 0;
}

/* Of the first that are listed, the one that lies last in the file: its tables are likely before it. */
struct last {
	struct kvm_range range;
	unsigned seen;
};

static int
last_mapped(const struct kvm_range *r, void *arg)
{
	enum { MANY = 4000 };
	struct last *last = arg;
	if (r->kr_kind == KVM_MAPPED && r->kr_last - r->kr_first >= BYTES &&
	    r->kr_offset >= last->range.kr_offset)
		last->range = *r;
	return ++last->seen < MANY;
}

static int
some_pages(struct kvm_page *page, void *arg)
{
	(void)page;
	return ++*(unsigned *)arg < 5000;
}

/* A fixture, one address of it, and what is there. */
struct fixture {
	char core[1024], kernel[1024], regime[16];
	struct kvm_open_options how;
	struct kvm_range at;
	uint8_t wanted[BYTES];
};

/* All that allocates.  False: it did not open. */
static bool
use(const struct fixture *fx)
{
	const char *core = fx->core;
	const struct kvm_range *at = &fx->at;
	char err[2048] = "";
	struct kvm_open_options how = fx->how;
	if (io != SOUND && io != NO_MAP)
		how.ko_flags |= KVM_OPEN_PREAD;
	kvm_t *kd = kvm_open_image(fx->kernel, core, O_RDONLY, &how, err);
	if (kd == NULL) {
		MUST(err[0] != '\0', "%s: no sentence", core);
		return false;
	}
	uint8_t buf[BYTES];
	unsigned pages = 0;
	const kssize_t n = kvm_read2(kd, at->kr_first, buf, BYTES);
	MUST(n == BYTES || (n == -1 && kvm_geterr(kd)[0] != '\0'), "%s: %jd", core, (intmax_t)n);
	MUST(n == -1 || memcmp(buf, fx->wanted, BYTES) == 0, "%s: other bytes", core);
	struct kvm_range r = *at;
	if (kvm_each_range(kd, at->kr_first, at->kr_last, first_mapped, &r) == -1)
		MUST(kvm_geterr(kd)[0] != '\0', "%s: no sentence", core);
	if (io == SOUND && kvm_walk_pages(kd, some_pages, &pages) == 0 && pages < 5000)
		MUST(kvm_geterr(kd)[0] != '\0', "%s: no sentence", core);
	free(kvm_readstr(kd, (unsigned long)at->kr_first, NULL, NULL));
	struct kvm_symbol symbol;
	(void)kvm_symbol_find(kd, "kernbase", &symbol);
	(void)kvm_close(kd);
	return n == BYTES;
}

/* Each fault of reads and mappings.  Returns how many times something was tried. */
static long
bad_io(const struct fixture *fx)
{
	const char *core = fx->core;
	enum { EACH = 12, MANY = 400 };	/* every n of the first, then some */
	long tried = 0;
	for (io = EIO_ONCE; io < IOS; io++) {
		long n = 0;
		bool all = false;
		unsigned long struck = 0;
		/* Short and interrupted reads befall all at once. */
		for (; !all && n < MANY; n += n < EACH ? 1 : n, tried++) {
			io_left = n;
			io_calls = io_struck = 0;
			const bool ok = use(fx);
			struck += io_struck;
			all = io_struck == 0 || io == SHORT || io == INTERRUPTED;
			if (io != EIO_ONCE || io_struck == 0)
				MUST(ok, "%s: %s %ld: it is not read", core, io_name[io], n);
		}
		MUST(struck > 0, "%s: %s: never", core, io_name[io]);
	}
	io = SOUND;
	return tried;
}

static void
copy_file(const char *from, const char *to)
{
	static uint8_t piece[65536];
	FILE *in = fopen(from, "rb"), *out = fopen(to, "wb");
	MUST(in != NULL && out != NULL, "%s to %s", from, to);
	for (size_t n; (n = fread(piece, 1, sizeof(piece), in)) > 0;)
		MUST(fwrite(piece, 1, n, out) == n, "%s", to);
	(void)fclose(in);
	MUST(fclose(out) == 0, "%s", to);
}

/* A copy of the core that is cut while it is open: what is left reads right, the rest is an error. */
static void
shrinks(const char *dir, const struct fixture *fx)
{
	enum { FAR = 1 << 17 };	/* further than what is read ahead */
	char path[1100], err[2048] = "";
	uint8_t buf[BYTES], wanted[BYTES];
	struct last last = { .range = fx->at };
	struct kvm_open_options how = fx->how;
	how.ko_flags |= KVM_OPEN_PREAD | KVM_OPEN_NOCACHE;
	kvm_t *kd = kvm_open_image(fx->kernel, fx->core, O_RDONLY, &how, err);
	MUST(kd != NULL, "%s", err);
	(void)kvm_each_range(kd, 0, UINT64_MAX, last_mapped, &last);
	const struct kvm_range *at = &last.range;
	MUST(kvm_read2(kd, at->kr_first, wanted, BYTES) == BYTES, "%s: %s", fx->core, kvm_geterr(kd));
	(void)kvm_close(kd);
	(void)snprintf(path, sizeof(path), "%s/faults.core", dir);
	const off_t end = (off_t)at->kr_offset + BYTES, cuts[] = { end, end - BYTES / 2, end - BYTES, 1, 0 };
	for (size_t i = 0; i < sizeof(cuts) / sizeof(cuts[0]); i++) {
		copy_file(fx->core, path);
		kd = kvm_open_image(fx->kernel, path, O_RDONLY, &how, err);
		MUST(kd != NULL, "%s", err);
		/* What was read ahead may still be at hand, but not of two places. */
		MUST(kvm_read2(kd, fx->at.kr_first, buf, BYTES) == BYTES, "%s: %s", path, kvm_geterr(kd));
		MUST(truncate(path, cuts[i]) == 0, "%s", path);
		const kssize_t n = kvm_read2(kd, at->kr_first, buf, BYTES);
		MUST(n >= -1 && n <= BYTES, "%s: %jd", path, (intmax_t)n);
		MUST(n <= 0 || memcmp(buf, wanted, (size_t)n) == 0, "%s: cut at %jd: other bytes",
		    fx->core, (intmax_t)cuts[i]);
		MUST(n == BYTES || kvm_geterr(kd)[0] != '\0', "%s: no sentence", path);
		MUST(n != BYTES || cuts[i] == end || at->kr_offset - fx->at.kr_offset < FAR,
		    "%s: cut at %jd, but %#jx is read", fx->core, (intmax_t)cuts[i], (uintmax_t)at->kr_first);
		struct kvm_range r = { 0 };
		(void)kvm_each_range(kd, at->kr_first, at->kr_last, first_mapped, &r);
		(void)kvm_close(kd);
	}
	MUST(unlink(path) == 0, "%s", path);
}

static void
no_descriptors(const struct fixture *fx)
{
	const char *core = fx->core;
	struct rlimit was, few;
	MUST(getrlimit(RLIMIT_NOFILE, &was) == 0, "RLIMIT_NOFILE");
	const int next = dup(2);
	(void)close(next);
	for (int n = 0; n < 3; n++) {
		few = was;
		few.rlim_cur = (rlim_t)(next + n);
		MUST(setrlimit(RLIMIT_NOFILE, &few) == 0, "RLIMIT_NOFILE");
		const bool ok = use(fx);
		MUST(setrlimit(RLIMIT_NOFILE, &was) == 0, "RLIMIT_NOFILE");
		MUST(ok == (n >= 2), "%s: %d descriptors, and it %s", core, n, ok ? "opens" : "fails");
		const int after = dup(2);
		MUST(after == next, "%s: descriptor %d is still open", core, next);
		(void)close(after);
	}
}

/* ---- What is no image, or no kernel -------------------------------------------------- */

static void
file_with(const char *path, const void *bytes, size_t n)
{
	FILE *fp = fopen(path, "wb");
	MUST(fp != NULL && fwrite(bytes, 1, n, fp) == n && fclose(fp) == 0, "%s", path);
}

/* Returns how many were tried. */
static long
wrong_files(const char *dir, const char *kernel, const char *core)
{
	char fifo[1100], empty[1100], text[1100];
	(void)snprintf(fifo, sizeof(fifo), "%s/faults.fifo", dir);
	(void)snprintf(empty, sizeof(empty), "%s/faults.empty", dir);
	(void)snprintf(text, sizeof(text), "%s/faults.text", dir);
	(void)unlink(fifo);
	MUST(mkfifo(fifo, 0600) == 0, "%s", fifo);
	file_with(empty, "", 0);
	file_with(text, "neither\n", 8);
	const struct {
		const char *kernel, *core, *says, *names;
	} rows[] = {
		{ kernel, fifo, "is a FIFO", fifo },
		{ kernel, dir, "is a directory", dir },
		{ kernel, "/nonexistent/core", "No such file", "/nonexistent/core" },
		{ kernel, "/dev/null", "not supported for a running kernel", "/dev/null" },
		{ kernel, "/dev/zero", "", "/dev/zero" },
		{ kernel, empty, "", empty },
		{ kernel, text, "", text },
		{ kernel, kernel, "ET_CORE", kernel },
		{ fifo, core, "not a regular file", fifo },
		{ dir, core, "not a regular file", dir },
		{ "/dev/zero", core, "not a regular file", "/dev/zero" },
		{ "/nonexistent/kernel", core, "No such file", "/nonexistent/kernel" },
		{ empty, core, "", empty },
		{ text, core, "not an ELF file", text },
		{ core, core, "", core },
	};
	enum { ROWS = sizeof(rows) / sizeof(rows[0]) };
	for (size_t i = 0; i < ROWS; i++)
		for (unsigned how = 0; how <= KVM_OPEN_PREAD; how += KVM_OPEN_PREAD) {
			char err[2048] = "", byte;
			const struct kvm_open_options o = { .ko_size = sizeof(o), .ko_flags = how };
			kvm_t *kd = kvm_open_image(rows[i].kernel, rows[i].core, O_RDONLY, &o, err);
			/* NetBSD's open succeeds without a header, and a read says so. */
			if (kd != NULL) {
				MUST(kvm_read2(kd, 0, &byte, 1) == -1, "%s: it is read", rows[i].names);
				(void)snprintf(err, sizeof(err), "%s", kvm_geterr(kd));
				(void)kvm_close(kd);
			}
			MUST(strstr(err, rows[i].names) != NULL && strstr(err, rows[i].says) != NULL,
			    "%s: wanted \"%s\", got \"%s\"", rows[i].names, rows[i].says, err);
		}
	(void)unlink(fifo);
	(void)unlink(empty);
	(void)unlink(text);
	return 2 * ROWS;
}

int
main(int argc, char **argv)
{
	long all = 0, allocations = 0;
	MUST(argc > 2, "usage: faults DIR FIXTURE...");
	for (int i = 2; i < argc; i++) {
		struct fixture fx = { .regime = "" };
		char err[2048] = "";
		(void)snprintf(fx.core, sizeof(fx.core), "%s/core", argv[i]);
		(void)snprintf(fx.kernel, sizeof(fx.kernel), "%s/kernel", argv[i]);
		raw_options(argv[i], fx.regime, &fx.how);
		kvm_t *kd = kvm_open_image(fx.kernel, fx.core, O_RDONLY, &fx.how, err);
		if (kd == NULL && strstr(err, "undefined") != NULL)
			continue;
		MUST(kd != NULL, "%s", err);
		(void)kvm_each_range(kd, 0, UINT64_MAX, first_mapped, &fx.at);
		MUST(kvm_read2(kd, fx.at.kr_first, fx.wanted, BYTES) == BYTES, "%s: %s", fx.core,
		    kvm_geterr(kd));
		(void)kvm_close(kd);
		int n = 0;
		for (bool enough = false; !enough; n++) {
			allocations_left = n;
			(void)use(&fx);
			enough = allocations_left > 0;
			allocations_left = -1;
		}
		MUST(n > 1, "%s: no allocation failed", fx.core);
		allocations += n;
		all += n + bad_io(&fx);
		no_descriptors(&fx);
		shrinks(argv[1], &fx);
		/* No image of raw memory is refused for what it holds. */
		if ((fx.how.ko_flags & KVM_OPEN_RAW) == 0)
			all += wrong_files(argv[1], fx.kernel, fx.core);
	}
	(void)printf("faults: %d fixtures, %ld allocations refused\n", argc - 2, allocations);
	/* The first failure would have ended it. */
	(void)printf("%ld passed, 0 failed, 0 skipped\n", all);
	return all > 0 ? 0 : 1;
}
