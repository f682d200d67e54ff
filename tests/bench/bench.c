/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bench NAME DIR [LO LAST]: how fast the library reads the fixture in DIR, by the map lines of
 * its oracle (between LO and LAST).  Everything is warm: read once before it is timed.  What is
 * timed stands beside a plain memcpy of the same bytes of the same file, in the same run.
 *
 * bench NAME DIR LO LAST DIR2: what finding a page costs in DIR2, as a ratio to that in DIR.
 */
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "kvm.h"
#include "trace.h"

#define READS		(UINT32_C(1) << 20)	/* random reads a pass */
#define FEW		2000			/* that are traced */
#define PASSES		5			/* the best counts */
#define HOT		(UINT64_C(1) << 20)	/* the window of the hot reads */
#define SEQUENTIAL	(UINT64_C(512) << 20)	/* at most so much is read in sequence */
#define WARM		(UINT64_C(256) << 20)	/* a part of a sparse image that the page cache keeps */

struct map {
	uint64_t va, len;
};

struct bench {
	const char *name;
	char kernel[4096], core[4096];
	struct map *map;
	size_t nmap;
	uint64_t total;		/* bytes behind all maps */
	kvm_t *kd;
	const uint8_t *file;	/* the core, mapped */
	uint64_t file_len;
	uint64_t *addr;		/* READS random addresses */
};

static void
die(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fputs("bench: ", stderr);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	exit(99);
}

static double
now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec * 1e9 + (double)ts.tv_nsec;
}

/* One row; wanted 0: nothing is wanted.  more: larger is better. */
static void
row(const char *what, double got, const char *unit, double wanted, bool more, const char *note)
{
	char goal[64] = "";

	if (wanted >= 0)
		snprintf(goal, sizeof goal, "%s %g %s", more ? ">=" : "<=", wanted, unit);
	printf("%-34s %10.*f %-8s %-16s %-5s %s\n", what, got < 100 ? 2 : 0, got, unit, goal,
	    wanted < 0 ? "" : (more ? got >= wanted : got <= wanted) ? "ok" : "MISS", note);
}

/* xorshift64*: the same addresses in every run. */
static uint64_t
next(uint64_t *s)
{
	*s ^= *s >> 12;
	*s ^= *s << 25;
	*s ^= *s >> 27;
	return *s * UINT64_C(0x2545f4914f6cdd1d);
}

static void
load_maps(struct bench *b, const char *dir, uint64_t lo, uint64_t last)
{
	char path[4200], line[8192], core[256] = "core";
	FILE *f;
	size_t room = 0;

	snprintf(path, sizeof path, "%s/oracle", dir);
	if ((f = fopen(path, "r")) == NULL)
		die("%s: %s", path, strerror(errno));
	while (fgets(line, sizeof line, f) != NULL) {
		struct map m;

		(void)sscanf(line, "file core %255s", core);
		if (sscanf(line, "map %" SCNx64 " %*x %" SCNx64, &m.va, &m.len) != 2 ||
		    m.va < lo || m.va + (m.len - 1) > last || m.len < 16)
			continue;
		if (b->nmap == room) {
			room = room ? 2 * room : 64;
			if ((b->map = realloc(b->map, room * sizeof *b->map)) == NULL)
				die("no memory");
		}
		b->map[b->nmap++] = m;
		b->total += m.len;
	}
	fclose(f);
	if (b->nmap == 0)
		die("%s: no map line between %" PRIx64 " and %" PRIx64, path, lo, last);
	snprintf(b->kernel, sizeof b->kernel, "%s/kernel", dir);
	snprintf(b->core, sizeof b->core, "%s/%s", dir, core);
}

static kvm_t *
open_core(const struct bench *b, unsigned flags)
{
	char err[2048] = "";
	const struct kvm_open_options o = { .ko_size = sizeof o, .ko_flags = flags };
	kvm_t *kd = kvm_open_image(b->kernel, b->core, O_RDONLY, &o, err);

	if (kd == NULL)
		die("%s: %s", b->core, err);
	return kd;
}

/*
 * Random addresses of 8 mapped bytes: over all maps by their length, of each map its beginning
 * only if all are more than WARM bytes; hot: in HOT bytes from the middle of the list on.
 */
static void
choose(struct bench *b, bool hot)
{
	uint64_t s = UINT64_C(88172645463325252), *sum, lo, all = 0;
	size_t *from_map, from = hot ? b->nmap / 2 : 0, n = 0;

	sum = calloc(b->nmap, sizeof *sum);
	from_map = calloc(b->nmap, sizeof *from_map);
	if (sum == NULL || from_map == NULL)
		die("no memory");
	lo = b->map[from].va;
	for (size_t i = from; i < b->nmap; i++) {
		uint64_t len = b->map[i].len;

		if (!hot && b->total > UINT64_C(4) * WARM)
			len = (uint64_t)((double)len * (double)WARM / (double)b->total);
		if (hot && b->map[i].va - lo >= HOT)
			break;
		if (hot && len > HOT - (b->map[i].va - lo))
			len = HOT - (b->map[i].va - lo);
		if (len < 16)
			continue;
		all += len;
		from_map[n] = i;
		sum[n++] = all;
	}
	for (size_t r = 0; r < READS; r++) {
		uint64_t x = next(&s) % all;
		size_t a = 0, z = n - 1;
		uint64_t into, limit;

		while (a < z) {
			size_t mid = (a + z) / 2;

			if (x < sum[mid])
				z = mid;
			else
				a = mid + 1;
		}
		into = x - (a ? sum[a - 1] : 0);
		limit = sum[a] - (a ? sum[a - 1] : 0) - 8;
		b->addr[r] = b->map[from_map[a]].va + (into < limit ? into : limit);
	}
	free(sum);
	free(from_map);
}

static uint64_t
pass(const struct bench *b, size_t n)
{
	uint64_t x = 0, v;

	for (size_t i = 0; i < n; i++) {
		if (kvm_read2(b->kd, b->addr[i], &v, sizeof v) != sizeof v)
			die("%" PRIx64 ": %s", b->addr[i], kvm_geterr(b->kd));
		x ^= v;
	}
	return x;
}

/*
 * Reads of which each must wait for the one before it: ours (off NULL), or the mapped file's.
 * They cannot overlap, so this is what one read takes; the others are what many take.
 */
static double
chained_ns(const struct bench *b, const uint64_t *off)
{
	double best = 1e18;
	volatile uint64_t zero = 0;
	const uint64_t none = zero;	/* the compiler must not know it */

	for (int p = 0; p < PASSES; p++) {
		double t = now();
		uint64_t v = 0;

		for (size_t i = 0; i < READS; i++)
			if (off != NULL)
				memcpy(&v, b->file + (off[i] + (v & none)), sizeof v);
			else if (kvm_read2(b->kd, b->addr[i] + (v & none), &v, sizeof v) != sizeof v)
				die("%" PRIx64 ": %s", b->addr[i], kvm_geterr(b->kd));
		zero = v & none;
		t = (now() - t) / READS;
		if (t < best)
			best = t;
	}
	return best;
}

/* What trace_count runs in the child. */
static void
traced_reads(void *arg)
{
	pass(arg, FEW);
}

/* Reads at the same places of the mapped file; offsets replace the addresses. */
static double
raw_ns(const struct bench *b, const uint64_t *off)
{
	double best = 1e18;
	volatile uint64_t sink;

	for (int p = 0; p < PASSES; p++) {
		double t = now();
		uint64_t x = 0, v;

		for (size_t i = 0; i < READS; i++) {
			memcpy(&v, b->file + off[i], sizeof v);
			x ^= v;
		}
		sink = x;
		t = (now() - t) / READS;
		if (t < best)
			best = t;
	}
	(void)sink;
	return best;
}

/* Where in the file the bytes at the random addresses lie. */
static uint64_t *
offsets(const struct bench *b)
{
	uint64_t *off = calloc(READS, sizeof *off);

	if (off == NULL)
		die("no memory");
	for (size_t i = 0; i < READS; i++) {
		struct kvm_range r;

		if (kvm_xlate(b->kd, b->addr[i], &r, NULL, NULL) != 0 || r.kr_offset < 0)
			die("%" PRIx64 " does not translate", b->addr[i]);
		off[i] = (uint64_t)r.kr_offset + (b->addr[i] - r.kr_first);
		if (off[i] > b->file_len - 8)
			off[i] = b->file_len - 8;	/* a read that straddles two extents */
	}
	return off;
}

static void
random_reads(struct bench *b, bool hot)
{
	double best = 1e18, raw, raw_chained;
	volatile uint64_t sink;
	uint64_t *off;
	struct trace_counts counts;
	char what[64], note[96];

	choose(b, hot);
	off = offsets(b);
	raw = raw_ns(b, off);	/* also fills the page cache, without reading ahead */
	raw_chained = chained_ns(b, off);
	free(off);
	sink = pass(b, READS);
	for (int p = 0; p < PASSES; p++) {
		double t = now();

		sink = pass(b, READS);
		t = (now() - t) / READS;
		if (t < best)
			best = t;
	}
	(void)sink;
	snprintf(note, sizeof note, "the memory itself: %.1f ns", raw);
	snprintf(what, sizeof what, "8-byte read, %s", hot ? "within 1 MiB" : "uniform");
	row(what, best, "ns", hot ? 60 : 100, false, note);
	snprintf(note, sizeof note, "the memory itself: %.1f ns", raw_chained);
	row("    each after the one before", chained_ns(b, NULL), "ns", -1, false, note);
	if (trace_count(traced_reads, b, &counts)) {
		snprintf(what, sizeof what, "    instructions");
		row(what, (double)counts.instructions / FEW, "a read", -1, false, "");
		snprintf(what, sizeof what, "    system calls");
		row(what, (double)counts.calls / FEW, "a read", 0, false, "");
		if (counts.calls > FEW / 100)	/* the cache may grow */
			die("%" PRIu64 " system calls in %d reads", counts.calls, FEW);
	} else
		printf("    instructions, system calls         n/a: %s\n", counts.why);
}

/* The same reads where each is a walk: what KVM_OPEN_NOCACHE costs, and a first read at most. */
static void
uncached_reads(struct bench *b)
{
	kvm_t *cached = b->kd;
	double best = 1e18;
	struct trace_counts counts;

	b->kd = open_core(b, KVM_OPEN_NOCACHE);
	for (int p = 0; p < PASSES; p++) {
		double t = now();

		(void)pass(b, READS / 8);
		t = (now() - t) / (READS / 8);
		if (t < best)
			best = t;
	}
	row("8-byte read, uniform, no cache", best, "ns", -1, false, "");
	if (trace_count(traced_reads, b, &counts))
		row("    instructions", (double)counts.instructions / FEW, "a read", -1, false, "");
	kvm_close(b->kd);
	b->kd = cached;
}

static void
sequential(struct bench *b, size_t chunk, double wanted)
{
	struct map m = b->map[0];
	struct kvm_range r;
	uint8_t *buf;
	double ours = 1e18, raw = 1e18;
	uint64_t off;
	char what[64], note[96];

	for (size_t i = 1; i < b->nmap; i++)
		if (b->map[i].len > m.len)
			m = b->map[i];
	if (m.len > SEQUENTIAL)
		m.len = SEQUENTIAL;
	m.len -= m.len % chunk;
	if (m.len == 0) {
		printf("%zu KiB reads in sequence            n/a: no map is as long\n", chunk >> 10);
		return;
	}
	if (kvm_xlate(b->kd, m.va, &r, NULL, NULL) != 0 || r.kr_offset < 0)
		die("%" PRIx64 " does not translate", m.va);
	off = (uint64_t)r.kr_offset + (m.va - r.kr_first);
	if (off > b->file_len || b->file_len - off < m.len)
		die("%" PRIx64 ": not in sequence in the file", m.va);
	if ((buf = malloc(chunk)) == NULL)
		die("no memory");
	for (int p = 0; p < PASSES + 1; p++) {
		double t = now();

		for (uint64_t at = 0; at < m.len; at += chunk)
			if (kvm_read2(b->kd, m.va + at, buf, chunk) != (kssize_t)chunk)
				die("%" PRIx64 ": %s", m.va + at, kvm_geterr(b->kd));
		t = now() - t;
		if (t < ours && p > 0)
			ours = t;
		t = now();
		for (uint64_t at = 0; at < m.len; at += chunk) {
			memcpy(buf, b->file + off + at, chunk);
			__asm__ volatile("" : : "r"(buf) : "memory");
		}
		t = now() - t;
		if (t < raw && p > 0)
			raw = t;
	}
	free(buf);
	snprintf(what, sizeof what, "%zu KiB reads in sequence", chunk >> 10);
	snprintf(note, sizeof note, "%.2f GB/s, memcpy %.2f GB/s", (double)m.len / ours,
	    (double)m.len / raw);
	row(what, 100 * raw / ours, "%", wanted, true, note);
}

static void
opening(const struct bench *b)
{
	double best = 1e18;
	struct kvm_info info;
	char note[96];
	kvm_t *kd;

	for (int p = 0; p < 4 * PASSES; p++) {
		double t = now();

		kd = open_core(b, 0);
		t = now() - t;
		if (t < best)
			best = t;
		kvm_close(kd);
	}
	if (kvm_getinfo(b->kd, &info, sizeof info) != 0)
		die("kvm_getinfo: %s", kvm_geterr(b->kd));
	snprintf(note, sizeof note, "%zu extents, %" PRIu64 " MiB", info.ki_nextents,
	    info.ki_memory >> 20);
	/* A minidump has a bitmap to count. */
	row("open", best / 1e6, "ms", strstr(info.ki_form, "minidump") != NULL ? 50 :
	    info.ki_nextents >= 20000 ? 5 : -1, false, note);
}

static void
symbols(const struct bench *b)
{
	static const char *const names[] = {
		"dumpmag", "version", "panicstr", "msgbufp", "uvmexp", "no_such_symbol",
	};
	enum { N = sizeof names / sizeof names[0] };
	struct kvm_nlist nl[N + 1];
	double best = 1e18;

	memset(nl, 0, sizeof nl);
	for (int p = 0; p < PASSES; p++) {
		double t = now();

		for (int i = 0; i < 20000; i++) {
			for (size_t k = 0; k < N; k++)
				nl[k].n_name = names[k];
			if (kvm_nlist2(b->kd, nl) < 0)
				die("kvm_nlist2: %s", kvm_geterr(b->kd));
		}
		t = now() - t;
		if (t < best)
			best = t;
	}
	row("symbol look-ups", 20000.0 * N / best * 1e3, "M/s", -1, true, "");
}

/* Private memory: what the library allocated; the image is shared with the page cache. */
static void
resident(void)
{
	FILE *f = fopen("/proc/self/status", "r");
	char line[256];
	double anon = 0, file = 0;

	if (f == NULL) {
		printf("resident memory                    n/a: no /proc\n");
		return;
	}
	while (fgets(line, sizeof line, f) != NULL) {
		(void)sscanf(line, "RssAnon: %lf", &anon);
		(void)sscanf(line, "RssFile: %lf", &file);
	}
	fclose(f);
	snprintf(line, sizeof line, "and %.0f MiB of page cache", file / 1024);
	row("resident memory", anon / 1024, "MiB", 100, false, line);
	if (anon / 1024 > 100)
		die("resident memory is %.0f MiB, wanted 100 or less", anon / 1024);
}

/*
 * Instructions of a read that nothing is cached for: the page's place in the dump is looked up each
 * time.  They are counted, not timed, so the ratio is the same on every machine, busy or not.
 */
static bool
look_up(const char *dir, uint64_t lo, uint64_t last, double *ret)
{
	struct bench b = { .addr = calloc(READS, sizeof *b.addr) };
	struct trace_counts counts;

	if (b.addr == NULL)
		die("no memory");
	load_maps(&b, dir, lo, last);
	b.kd = open_core(&b, KVM_OPEN_NOCACHE);
	choose(&b, false);
	(void)pass(&b, FEW);
	bool counted = trace_count(traced_reads, &b, &counts);
	if (counted)
		*ret = (double)counts.instructions / FEW;
	else
		printf("look-ups                           n/a: %s\n", counts.why);
	kvm_close(b.kd);
	free(b.addr);
	free(b.map);
	return counted;
}

static int
compare(const char *name, const char *dir, const char *dir2, uint64_t lo, uint64_t last)
{
	double one, two;
	char note[96];

	printf("\n%s\n", name);
	if (!look_up(dir, lo, last, &one) || !look_up(dir2, lo, last, &two))
		return 0;
	snprintf(note, sizeof note, "%.0f instructions, %.0f", two, one);
	row("a look-up in one to the other", two / one, "times", 1.1, false, note);
	return 0;
}

int
main(int argc, char **argv)
{
	struct bench b = { .name = argc > 1 ? argv[1] : "" };
	struct stat st;
	uint64_t lo = 0, last = UINT64_MAX;
	void *p;
	int fd;

	if (argc != 3 && argc != 5 && argc != 6) {
		fprintf(stderr, "usage: bench NAME DIR [LO LAST [DIR2]]\n");
		return 2;
	}
	if (argc >= 5) {
		lo = strtoull(argv[3], NULL, 16);
		last = strtoull(argv[4], NULL, 16);
	}
	if (argc == 6)
		return compare(argv[1], argv[2], argv[5], lo, last);
	load_maps(&b, argv[2], lo, last);
	b.kd = open_core(&b, 0);
	printf("\n%s: %" PRIu64 " MiB behind %zu ranges\n", b.name, b.total >> 20, b.nmap);
	opening(&b);
	symbols(&b);
	resident();

	if ((fd = open(b.core, O_RDONLY)) < 0 || fstat(fd, &st) != 0)
		die("%s: %s", b.core, strerror(errno));
	b.file_len = (uint64_t)st.st_size;
	if ((p = mmap(NULL, (size_t)b.file_len, PROT_READ, MAP_SHARED, fd, 0)) == MAP_FAILED)
		die("%s: %s", b.core, strerror(errno));
	b.file = p;
	/* Reading ahead in a sparse image of 33 GiB would fill all memory with its holes. */
	(void)posix_madvise(p, (size_t)b.file_len, POSIX_MADV_RANDOM);
	if ((b.addr = calloc(READS, sizeof *b.addr)) == NULL)
		die("no memory");
	random_reads(&b, false);
	uncached_reads(&b);
	random_reads(&b, true);
	sequential(&b, 4096, -1);
	sequential(&b, 1 << 20, 80);
	return kvm_close(b.kd);
}
