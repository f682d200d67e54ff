/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Faults while kcore saves a dump from its device, or converts one: saving DIR FIXTURE...
 *
 * The n-th system call of each kind fails, for every n until none does: with EIO, ENOSPC, EINTR, or by
 * doing less than was asked.  A limit on the size of files stands in for what libc writes by
 * itself.  Then must hold, whatever happened:
 *
 *  - the file is whole and under its name, or what was there before is, and nothing else lies around;
 *  - success means that no write, truncate, fsync, close or rename of the file failed;
 *  - the device changes only after the file's fsync, its rename and the directory's fsync;
 *  - a failure says so.
 *
 * A signal that ends it at any of these calls leaves nothing but the first of these.
 *
 * DIR is for files of the run; fixtures have a device or are converted.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fuzz.h"

int kcore_main(int argc, char **argv);	/* tools/kcore.c's */

enum call { PREAD, PWRITE, TRUNCATE, FSYNC, CLOSE, RENAME, MKSTEMP, CALLS };
static const char *const call_name[CALLS] = { "pread", "pwrite", "ftruncate", "fsync", "close", "rename",
	"mkstemp" };

enum { LESS = -1 /* instead of an errno: it does less */, CALLS_MAX = 64,
	SUN2_MISJUDGED = 6 * 2048 /* it says 3 pages of header, and writes 9 */ };

/* The fault that is wanted, and what happened. */
static struct {
	bool active;
	enum call call;
	int error;
	int signal;		/* not a fault: the call goes on, and this is raised */
	long left;		/* calls until it */
	bool struck;
	int fd;			/* of the file; -1 */
	int finished;		/* fd's fsync 1, and its rename 2, and the directory's fsync 3 */
	bool failed;		/* something of the file failed */
	bool early;		/* the device was written before finished was 3 */
} now = { .fd = -1 };

/* Whether this call is the one. */
static bool
strikes(enum call call)
{
	if (!now.active || now.struck || call != now.call || now.left-- > 0)
		return false;
	now.struck = true;
	if (now.signal != 0) {
		if (call != MKSTEMP)	/* that is to have made a file */
			(void)raise(now.signal);
		return false;
	}
	if (now.error != LESS)
		errno = now.error;
	return true;
}

#define WRAP(ret, name, ...)						\
	ret __real_##name(__VA_ARGS__);					\
	ret __wrap_##name(__VA_ARGS__);					\
	ret								\
	__wrap_##name(__VA_ARGS__)

/* A call that moves bytes: fails, or moves half, or all. */
#define MOVES(name, call, type, off_type)				\
	WRAP(ssize_t, name, int fd, type p, size_t n, off_type off)	\
	{								\
		if (call == PWRITE && now.active && fd != now.fd)	\
			now.early |= now.finished != 3;			\
		if (!strikes(call))					\
			return __real_##name(fd, p, n, off);		\
		if (now.error == LESS)					\
			return __real_##name(fd, p, (n + 1) / 2, off);	\
		if (now.error != EINTR)					\
			now.failed |= call == PWRITE && fd == now.fd;	\
		return -1;						\
	}
MOVES(pread, PREAD, void *, off_t)
MOVES(pread64, PREAD, void *, off_t)
MOVES(pwrite, PWRITE, const void *, off_t)
MOVES(pwrite64, PWRITE, const void *, off_t)

WRAP(int, ftruncate, int fd, off_t len)
{
	if (strikes(TRUNCATE)) {
		now.failed = true;
		return -1;
	}
	return __real_ftruncate(fd, len);
}

WRAP(int, ftruncate64, int fd, off_t len)
{
	if (strikes(TRUNCATE)) {
		now.failed = true;
		return -1;
	}
	return __real_ftruncate64(fd, len);
}

/* Does nothing: no disk is wanted, only that it is called. */
int __wrap_fsync(int fd);
int
__wrap_fsync(int fd)
{
	if (strikes(FSYNC)) {
		now.failed = true;
		return -1;
	}
	if (fd == now.fd && now.finished == 0)
		now.finished = 1;
	else if (fd != now.fd && now.finished == 2)
		now.finished = 3;
	return 0;
}

WRAP(int, rename, const char *from, const char *to)
{
	if (strikes(RENAME)) {
		now.failed = true;
		return -1;
	}
	if (now.finished == 1)
		now.finished = 2;
	return __real_rename(from, to);
}

WRAP(int, close, int fd)
{
	const bool file = now.active && fd == now.fd;
	if (file)
		now.fd = -1;
	if (!file || !strikes(CLOSE))
		return __real_close(fd);
	now.failed = true;
	(void)__real_close(fd);
	errno = now.error;
	return -1;
}

#define MAKES(name)							\
	WRAP(int, name, char *path)					\
	{								\
		if (strikes(MKSTEMP)) {					\
			now.failed = true;				\
			return -1;					\
		}							\
		now.fd = __real_##name(path);				\
		if (now.struck && now.call == MKSTEMP)			\
			(void)raise(now.signal);			\
		return now.fd;						\
	}
MAKES(mkstemp)
MAKES(mkstemp64)

/* ---- What is there ---------------------------------------------------------------- */

struct bytes {
	uint8_t *p;
	size_t n;
};

static struct bytes
file_bytes(const char *path)
{
	struct bytes b = { 0 };
	FILE *fp = fopen(path, "rb");
	if (fp == NULL)
		return b;
	MUST(fseek(fp, 0, SEEK_END) == 0, "%s", path);
	b.n = (size_t)ftell(fp);
	rewind(fp);
	b.p = malloc(b.n + 1);
	MUST(b.p != NULL && fread(b.p, 1, b.n, fp) == b.n, "%s", path);
	(void)fclose(fp);
	return b;
}

static void
file_make(const char *path, struct bytes b)
{
	FILE *fp = fopen(path, "wb");
	MUST(fp != NULL && fwrite(b.p, 1, b.n, fp) == b.n && fclose(fp) == 0, "%s", path);
}

static bool
same(struct bytes a, struct bytes b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

static unsigned
files_in(const char *dir)
{
	DIR *d = opendir(dir);
	unsigned n = 0;
	MUST(d != NULL, "%s", dir);
	for (struct dirent *e; (e = readdir(d)) != NULL;)
		n += e->d_name[0] != '.';
	(void)closedir(d);
	return n;
}

/* One thing that kcore is to do, again and again. */
struct work {
	const char *name;
	char dir[512], device[600], out[600], said[600];
	char *argv[10];
	int argc;
	struct bytes before;	/* the device; empty: there is none */
	struct bytes after;	/* the device when all went well */
	struct bytes wanted;	/* the file */
};

static const char previous[] = "what was there before";
static unsigned long runs;

/* Runs kcore with its output to a file; returns its exit status. */
static int
kcore(struct work *w)
{
	(void)fflush(NULL);
	const int out = dup(1), err = dup(2);
	const int said = open(w->said, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	MUST(out != -1 && err != -1 && said != -1, "%s", w->said);
	(void)dup2(said, 1);
	(void)dup2(said, 2);
	now.active = true;
	now.fd = -1;
	now.finished = 0;
	now.struck = now.failed = now.early = false;
	char *argv[sizeof(w->argv) / sizeof(w->argv[0])];	/* it is sorted in place */
	memcpy(argv, w->argv, sizeof(argv));
	const int ret = kcore_main(w->argc, argv);
	now.active = false;
	(void)fflush(NULL);
	(void)dup2(out, 1);
	(void)dup2(err, 2);
	(void)close(out);
	(void)close(err);
	(void)close(said);
	return ret;
}

/* Runs it with the fault that is set, and judges what is left. */
static int
judge(struct work *w, const char *fault)
{
	runs++;
	file_make(w->out, (struct bytes) { (uint8_t *)(uintptr_t)previous, sizeof(previous) });
	if (w->before.p != NULL)
		file_make(w->device, w->before);
	const int ret = kcore(w);
	const struct bytes out = file_bytes(w->out), said = file_bytes(w->said);
	const struct bytes old = { (uint8_t *)(uintptr_t)previous, sizeof(previous) };
	const bool whole = same(out, w->wanted);
	MUST(said.n > 0, "%s: %s: exit %d, and nothing is said", w->name, fault, ret);
	said.p[said.n] = '\0';
	MUST(ret == 0 || ret == 1, "%s: %s: exit %d: %s", w->name, fault, ret, (char *)said.p);
	MUST(whole || same(out, old), "%s: %s: %zu bytes in the file, wanted %zu, or the old file", w->name,
	    fault, out.n, w->wanted.n);
	MUST(whole || ret != 0, "%s: %s: exit 0, but the old file is there: %s", w->name, fault,
	    (char *)said.p);
	MUST(ret != 0 || !now.failed, "%s: %s: exit 0, though it failed", w->name, fault);
	MUST(!now.early, "%s: %s: the device was written before the file was safe (%d of 3)", w->name, fault,
	    now.finished);
	/* kcore's words, the file and perhaps the device: no temporary one. */
	MUST(files_in(w->dir) == (w->before.p != NULL ? 3 : 2), "%s: %s: %u files are left", w->name, fault,
	    files_in(w->dir));
	if (w->before.p != NULL) {
		const struct bytes device = file_bytes(w->device);
		MUST(device.n == w->before.n, "%s: %s: the device has %zu bytes", w->name, fault, device.n);
		MUST(now.finished == 3 || same(device, w->before), "%s: %s: the device changed", w->name, fault);
		MUST(ret != 0 || same(device, w->after), "%s: %s: exit 0, but the device is not marked", w->name,
		    fault);
		free(device.p);
	}
	free(out.p);
	free(said.p);
	return ret;
}

/* A dump device goes on behind the dump; some ports' headers do not tell where that ends. */
static struct bytes
longer(struct bytes device)
{
	enum { MORE = 100000 };
	device.p = realloc(device.p, device.n + MORE);
	MUST(device.p != NULL, "memory");
	memset(device.p + device.n, 0xa5, MORE);
	device.n += MORE;
	return device;
}

/* A device with half of what the kernel's dumpsize says: it is saved, and that is said. */
static void
ends_early(struct work *w)
{
	const struct bytes half = { w->before.p, w->before.n / 2 };
	file_make(w->device, half);
	const int ret = kcore(w);
	const struct bytes said = file_bytes(w->said);
	MUST(said.n > 0, "%s: nothing is said of half a device", w->name);
	said.p[said.n] = '\0';
	MUST(ret == 0 && strstr((char *)said.p, "warning: the kernel's dumpsize says") != NULL,
	    "%s: half a device: exit %d: %s", w->name, ret, (char *)said.p);
	free(said.p);
}

static void
all_faults(struct work *w)
{
	static const struct {
		const char *name;
		int error;
		bool harmless, moves;	/* it must go on; only where bytes are moved */
	} errors[] = {
		{ "EIO", EIO, false, false }, { "ENOSPC", ENOSPC, false, false }, { "EINTR", EINTR, true, true },
		{ "less", LESS, true, true },
	};
	char fault[128];
	for (int call = 0; call < CALLS; call++)
		for (size_t e = 0; e < sizeof(errors) / sizeof(errors[0]); e++) {
			if (errors[e].moves && call != PREAD && call != PWRITE)
				continue;
			long n = 0;
			do {
				now.call = (enum call)call;
				now.error = errors[e].error;
				now.left = n;
				(void)snprintf(fault, sizeof(fault), "%s %ld: %s", call_name[call], n, errors[e].name);
				const int ret = judge(w, fault);
				MUST(ret == 0 || now.struck, "%s: %s: exit %d without a fault", w->name, fault, ret);
				/* What is read only to see what a device is may fail; what is saved is compared. */
				if (call != PREAD || !now.struck || errors[e].harmless)
					MUST(ret == (now.struck && !errors[e].harmless ? 1 : 0), "%s: %s: exit %d",
					    w->name, fault, ret);
			} while (now.struck && ++n < CALLS_MAX);
			/* Each kind is called, or its faults prove nothing; converting maps what it reads. */
			MUST(n > 0 || call == PREAD, "%s: no %s", w->name, call_name[call]);
		}
}

/* The size of files is limited: what libc writes by itself fails too. */
static void
small_disk(struct work *w)
{
	struct rlimit was;
	char fault[64];
	MUST(getrlimit(RLIMIT_FSIZE, &was) == 0, "RLIMIT_FSIZE");
	now.call = CALLS;
	const size_t sizes[] = { 1024, 1025, 4096, w->wanted.n / 2, w->wanted.n - 1, w->wanted.n };
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		/* The old file and the device are made within the limit, too; so they are made before. */
		struct rlimit few = was;
		few.rlim_cur = sizes[i];
		(void)snprintf(fault, sizeof(fault), "files of %zu bytes", sizes[i]);
		file_make(w->out, (struct bytes) { (uint8_t *)(uintptr_t)previous, sizeof(previous) });
		if (w->before.p != NULL)
			file_make(w->device, w->before);
		MUST(setrlimit(RLIMIT_FSIZE, &few) == 0, "RLIMIT_FSIZE");
		const int ret = kcore(w);
		MUST(setrlimit(RLIMIT_FSIZE, &was) == 0, "RLIMIT_FSIZE");
		const struct bytes out = file_bytes(w->out);
		const bool fits = sizes[i] >= w->wanted.n;
		runs++;
		/* Marking the device may need more than that. */
		MUST(fits || ret == 1, "%s: %s: exit %d", w->name, fault, ret);
		MUST(fits ? same(out, w->wanted) : out.n == sizeof(previous), "%s: %s: %zu bytes", w->name, fault,
		    out.n);
		MUST(files_in(w->dir) == (w->before.p != NULL ? 3 : 2), "%s: %s: %u files are left", w->name,
		    fault, files_in(w->dir));
		if (w->before.p != NULL && !fits) {
			const struct bytes device = file_bytes(w->device);
			MUST(same(device, w->before), "%s: %s: the device changed", w->name, fault);
			free(device.p);
		}
		free(out.p);
	}
}

/* A signal at the n-th call.  Returns false if there are fewer calls. */
static bool
ended(struct work *w, int signo, bool ignored, enum call call, long n)
{
	enum { STRUCK = 64 };
	char fault[64];
	(void)snprintf(fault, sizeof(fault), "signal %d%s at %s %ld", signo, ignored ? ", ignored," : "",
	    call_name[call], n);
	runs++;
	const struct bytes old = { (uint8_t *)(uintptr_t)previous, sizeof(previous) };
	file_make(w->out, old);
	if (w->before.p != NULL)
		file_make(w->device, w->before);
	(void)fflush(NULL);
	const pid_t child = fork();
	MUST(child != -1, "fork");
	if (child == 0) {
		const struct rlimit none = { 0, 0 };
		(void)setrlimit(RLIMIT_CORE, &none);
		(void)signal(signo, ignored ? SIG_IGN : SIG_DFL);
		now.call = call;
		now.signal = signo;
		now.left = n;
		const int ret = kcore(w);
		_exit(ret + (now.struck ? STRUCK : 0));
	}
	int status;
	MUST(waitpid(child, &status, 0) == child, "waitpid");
	const struct bytes out = file_bytes(w->out);
	const bool whole = same(out, w->wanted), killed = WIFSIGNALED(status);
	if (killed)
		MUST(WTERMSIG(status) == signo && !ignored, "%s: %s: ended by signal %d", w->name, fault,
		    WTERMSIG(status));
	else
		MUST(whole && WEXITSTATUS(status) == (ignored && WEXITSTATUS(status) != 0 ? STRUCK : 0),
		    "%s: %s: exit %d", w->name, fault, WEXITSTATUS(status));
	MUST(whole || same(out, old), "%s: %s: %zu bytes in the file", w->name, fault, out.n);
	MUST(files_in(w->dir) == (w->before.p != NULL ? 3 : 2), "%s: %s: %u files are left", w->name, fault,
	    files_in(w->dir));
	if (w->before.p != NULL) {
		const struct bytes device = file_bytes(w->device);
		MUST(same(device, whole && !killed ? w->after : w->before), "%s: %s: the device", w->name, fault);
		free(device.p);
	}
	free(out.p);
	return WIFSIGNALED(status) || WEXITSTATUS(status) == STRUCK;
}

static void
all_signals(struct work *w)
{
	static const int signals[] = { SIGHUP, SIGINT, SIGPIPE, SIGQUIT, SIGXCPU, SIGXFSZ };
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		MUST(ended(w, signals[i], false, PWRITE, 0), "%s: no pwrite", w->name);
	for (int call = 0; call < CALLS; call++) {
		const bool first = ended(w, SIGTERM, false, (enum call)call, 0);
		MUST(first || call == PREAD, "%s: no %s", w->name, call_name[call]);
		(void)ended(w, SIGTERM, false, (enum call)call, 1);
	}
	(void)ended(w, SIGHUP, true, PWRITE, 0);	/* nohup(1) */
}

static void
work(const char *dir, const char *fixture)
{
	struct work w = { .name = strrchr(fixture, '/') != NULL ? strrchr(fixture, '/') + 1 : fixture };
	char path[600], kernel[600], core[600] = "", offset[64] = "", line[256];
	(void)snprintf(path, sizeof(path), "%s/oracle", fixture);
	FILE *fp = fopen(path, "r");
	MUST(fp != NULL, "%s", path);
	while (fgets(line, sizeof(line), fp) != NULL) {
		char word[128];
		if (sscanf(line, "device %63s", offset) == 1)
			continue;
		if (sscanf(line, "file core %127s", word) == 1)
			(void)snprintf(core, sizeof(core), "%s/%s", fixture, word);
	}
	(void)fclose(fp);
	(void)snprintf(kernel, sizeof(kernel), "%s/kernel", fixture);
	(void)snprintf(w.dir, sizeof(w.dir), "%s/saving.XXXXXX", dir);
	MUST(mkdtemp(w.dir) != NULL, "%s", w.dir);
	(void)snprintf(w.device, sizeof(w.device), "%s/device", w.dir);
	(void)snprintf(w.out, sizeof(w.out), "%s/out", w.dir);
	(void)snprintf(w.said, sizeof(w.said), "%s/said", w.dir);
	static char tool[] = "kcore", save[] = "save", convert[] = "convert", k[] = "-k", o[] = "--offset";
	w.argv[w.argc++] = tool;
	if (offset[0] == '\0') {
		w.argv[w.argc++] = convert;
		w.argv[w.argc++] = k;
		w.argv[w.argc++] = kernel;
		w.argv[w.argc++] = core;
	} else {
		(void)snprintf(path, sizeof(path), "%s/device", fixture);
		w.before = file_bytes(path);
		MUST(w.before.n > 0, "%s", path);
		if (strcmp(offset, "end") != 0)
			w.before = longer(w.before);
		w.argv[w.argc++] = save;
		char number[80];
		(void)snprintf(number, sizeof(number), "0x%.60s", offset);
		memcpy(path, number, strlen(number) + 1);
		if (strcmp(offset, "end") != 0) {
			w.argv[w.argc++] = k;
			w.argv[w.argc++] = kernel;
			w.argv[w.argc++] = o;
			w.argv[w.argc++] = path;
		}
		w.argv[w.argc++] = w.device;
	}
	w.argv[w.argc++] = w.out;
	/* Without a fault first: what is wanted. */
	now.call = CALLS;
	if (w.before.p != NULL)
		file_make(w.device, w.before);
	MUST(kcore(&w) == 0, "%s: fails without a fault: see %s", w.name, w.said);
	if (w.before.p != NULL) {
		w.wanted = file_bytes(core);	/* the model's, not ours */
		w.after = file_bytes(w.device);
		MUST(!same(w.after, w.before), "%s: the device is as it was", w.name);
		struct bytes got = file_bytes(w.out);
		/* savecore(8) leaves out the last of what sun2's kernels dumped: they misjudge their header. */
		const size_t more = strstr(w.name, "sun2") != NULL ? SUN2_MISJUDGED : 0;
		MUST(got.n == w.wanted.n + more && memcmp(got.p, w.wanted.p, w.wanted.n) == 0,
		    "%s: %zu bytes, wanted %zu", w.name, got.n, w.wanted.n + more);
		free(w.wanted.p);
		w.wanted = got;
		if (strstr(w.name, "vax") != NULL)
			ends_early(&w);
	} else {
		w.wanted = file_bytes(w.out);	/* tests/convert judges it */
		MUST(w.wanted.n > 0, "%s: nothing was converted", w.name);
	}
	all_faults(&w);
	small_disk(&w);
	all_signals(&w);
	(void)unlink(w.device);
	(void)unlink(w.out);
	(void)unlink(w.said);
	(void)rmdir(w.dir);
	free(w.before.p);
	free(w.after.p);
	free(w.wanted.p);
}

int
main(int argc, char **argv)
{
	MUST(argc > 2, "usage: saving DIR FIXTURE...");
	(void)signal(SIGXFSZ, SIG_IGN);
	for (int i = 2; i < argc; i++)
		work(argv[1], argv[i]);
	(void)printf("saving: %d fixtures\n", argc - 2);
	/* The first failure would have ended it. */
	(void)printf("%lu passed, 0 failed, 0 skipped\n", runs);
	return runs > 0 ? 0 : 1;
}
