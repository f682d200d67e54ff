/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Systematic damage: damage FIXTURE...
 *
 * Each core is cut at every byte of its first 4 KiB and at page edges beyond, each byte of its
 * headers is set to 0, to 0xff and flipped, each word of them to the limits of its type and the file,
 * 1000 times something is changed at random, each bit of the entries that lead to an address is
 * flipped, and page tables are replaced by loops, by each other and by garbage.  Each time the image must open, and then
 * agree with itself and, where it was only cut, with the whole one; or fail with a sentence that
 * names the file.  Each case has 30 seconds.
 */
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "fuzz.h"
#include "raw_options.h"

#ifdef __SANITIZE_ADDRESS__
#define HAS_ASAN
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define HAS_ASAN
#endif
#endif
#ifdef HAS_ASAN
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(p, n)		((void)(p), (void)(n))
#define ASAN_UNPOISON_MEMORY_REGION(p, n)	((void)(p), (void)(n))
#endif

enum { CUT = 4096, EDGES = 24, HEADERS = 640, CHANGES = 1000, SAMPLES = 48, BYTES = 16,
	SECONDS = 30, TABLES = 60, REDZONE = 4096, IMAGE_MAX = 24 << 20,
	LISTED_MAX = 6 << 20 /* images whose tables are listed to the end */ };

static char now[256];	/* the case at work */
static unsigned long cases, opened, refused, placed, levels;

static void
too_long(int sig)
{
	(void)sig;
	static const char text[] = ": takes too long\n";
	(void)!write(2, now, strlen(now));
	(void)!write(2, text, sizeof(text) - 1);
	_exit(1);
}

static void
stopped(int sig)
{
	(void)!write(2, "while: ", 7);
	(void)!write(2, now, strlen(now));
	(void)!write(2, "\n", 1);
	(void)signal(sig, SIG_DFL);
	(void)raise(sig);
}

/* What the undamaged image says. */
struct sample {
	uint64_t va;
	uint8_t bytes[BYTES];
};

struct fixture {
	const char *name;
	char kernel[1024], regime[16];
	struct kvm_open_options how;
	uint8_t *image;
	size_t size;
	struct sample v[SAMPLES];
	size_t n, seen;
	uint64_t state;
	kvm_t *kd;
	bool slow;
};

static uint64_t
random_next(struct fixture *fx)
{
	uint64_t z = fx->state += UINT64_C(0x9e3779b97f4a7c15);
	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

/* 0 to below n. */
static size_t
random_below(struct fixture *fx, size_t n)
{
	return (size_t)(random_next(fx) % n);
}

static int
take_sample(const struct kvm_range *r, void *arg)
{
	struct fixture *fx = arg;
	if (r->kr_kind != KVM_MAPPED || r->kr_last - r->kr_first < BYTES)
		return 1;
	const size_t i = fx->n < SAMPLES ? fx->n++ : random_below(fx, SAMPLES);
	struct sample *s = &fx->v[i];
	s->va = r->kr_first + random_next(fx) % (r->kr_last - r->kr_first - BYTES + 2);
	MUST(kvm_read2(fx->kd, s->va, s->bytes, BYTES) == BYTES, "%s", kvm_geterr(fx->kd));
	return ++fx->seen < 4000;
}

/* Every byte that can be read is the undamaged image's. */
static void
check_samples(struct fixture *fx, kvm_t *kd)
{
	for (size_t i = 0; i < fx->n; i++) {
		uint8_t bytes[BYTES];
		const kssize_t n = kvm_read2(kd, fx->v[i].va, bytes, BYTES);
		MUST(n >= -1 && n <= BYTES, "%s", now);
		if (n == -1)
			MUST(kvm_geterr(kd)[0] != '\0', "%s: no sentence", now);
		else
			MUST(memcmp(bytes, fx->v[i].bytes, (size_t)n) == 0, "%s: other bytes at %#jx", now,
			    (uintmax_t)fx->v[i].va);
	}
}

/* Opens the first size bytes of the image; whole: it agrees with the undamaged one. */
static void
try(struct fixture *fx, size_t size, bool whole, bool deep)
{
	char err[2048] = "";
	cases++;
	(void)alarm(SECONDS);
	kvm_t *kd = kvm_open_mem(fx->kernel, fx->image, size, &fx->how, err);
	if (kd == NULL) {
		refused++;
		/* The kernel is as it was: what is wrong is the image's. */
		MUST(strstr(err, "memory image") != NULL, "%s: no name in \"%s\"", now, err);
		/* And what was found, but for what a system does not have. */
		MUST(strpbrk(strstr(err, "memory image") + 12, "0123456789") != NULL ||
		    strstr(err, "does not write") != NULL ||
		    strstr(err, "undefined") != NULL, "%s: no number in \"%s\"",
		    now, err);
		placed += strstr(err, "offset") != NULL || strstr(err, "segment") != NULL;
		return;
	}
	opened++;
	if (whole)
		check_samples(fx, kd);
	if (deep)
		fuzz_handle(kd, fx->image, size);
	(void)kvm_close(kd);
}

static void
cut(struct fixture *fx)
{
	for (size_t size = 0; size < CUT + EDGES * 3 && size <= fx->size; size++) {
		size_t at = size;
		if (size >= CUT) {	/* page edges, and one byte before and behind */
			const size_t k = (size - CUT) / 3 + 1;
			const size_t edge = k < EDGES / 2 ? CUT * k :
			    random_below(fx, fx->size / CUT + 1) * CUT;
			at = edge + (size - CUT) % 3;
			at -= at > 0;
			if (at > fx->size)
				continue;
		}
		(void)snprintf(now, sizeof(now), "%s: cut at %zu", fx->name, at);
		const size_t zone = fx->size - at < REDZONE ? fx->size - at : REDZONE;
		ASAN_POISON_MEMORY_REGION(fx->image + at, zone);
		try(fx, at, true, size >= CUT || size % 64 == 0);
		ASAN_UNPOISON_MEMORY_REGION(fx->image + at, zone);
	}
}

static void
bytes_of_headers(struct fixture *fx)
{
	for (size_t i = 0; i < HEADERS && i < fx->size; i++) {
		const uint8_t was = fx->image[i], values[] = { 0, 0xff, (uint8_t)~was };
		for (size_t k = 0; k < sizeof(values); k++) {
			if (values[k] == was)
				continue;
			(void)snprintf(now, sizeof(now), "%s: byte %zu is %#x", fx->name, i, values[k]);
			fx->image[i] = values[k];
			try(fx, fx->size, false, i < 64 || (k == 0 && i % 4 == 0));
		}
		fx->image[i] = was;
	}
}

/* Each word of the headers, of 4 and of 8 bytes: the largest numbers, signed and not, and the file's size. */
static void
words_of_headers(struct fixture *fx)
{
	struct kvm_info info = { .ki_byteorder = "little" };
	if (fx->kd != NULL)
		MUST(kvm_getinfo(fx->kd, &info, sizeof(info)) == 0, "%s", kvm_geterr(fx->kd));
	const bool big = strcmp(info.ki_byteorder, "big") == 0;
	const struct {
		size_t width;
		uint64_t value;
	} limits[] = {
		{ 4, INT32_MAX }, { 4, UINT64_C(1) << 31 }, { 4, UINT32_MAX }, { 4, fx->size }, { 4, fx->size + 1 },
		{ 4, 1 }, { 8, INT64_MAX }, { 8, UINT64_C(1) << 63 }, { 8, UINT64_MAX }, { 8, UINT64_MAX - 4095 },
	};
	for (size_t at = 0; at + 8 <= HEADERS && at + 8 <= fx->size; at += 4)
		for (size_t k = 0; k < sizeof(limits) / sizeof(limits[0]); k++) {
			const size_t width = limits[k].width;
			uint8_t was[8];
			memcpy(was, fx->image + at, sizeof(was));
			for (size_t i = 0; i < width; i++)
				fx->image[at + i] = (uint8_t)(limits[k].value >> 8 * (big ? width - 1 - i : i));
			(void)snprintf(now, sizeof(now), "%s: word %zu is %#jx", fx->name, at,
			    (uintmax_t)limits[k].value);
			try(fx, fx->size, false, at % 64 == 0);
			memcpy(fx->image + at, was, sizeof(was));
		}
}

static void
random_changes(struct fixture *fx)
{
	for (unsigned n = 0; n < CHANGES; n++) {
		uint8_t was[8];
		const size_t reach = n % 2 == 0 && fx->size > 8192 ? 8192 : fx->size;
		const size_t width = (size_t)1 << random_next(fx) % 4;
		if (reach < 16)
			return;
		const size_t at = random_below(fx, reach - 8) / width * width;
		const uint64_t value = random_next(fx) >> random_next(fx) % 64;
		memcpy(was, fx->image + at, width);
		for (size_t i = 0; i < width; i++)
			fx->image[at + i] = (uint8_t)(value >> (8 * i));
		(void)snprintf(now, sizeof(now), "%s: change %u: %zu bytes at %zu", fx->name, n, width, at);
		try(fx, fx->size, false, n % 4 == 0);
		memcpy(fx->image + at, was, width);
	}
}

/* ---- Page tables ---------------------------------------------------------------------- */

struct table {
	uint64_t paddr, off, entry;
	bool known;
};

struct walk {
	struct table v[8];
	size_t n;
};

static void
note_table(const struct kvm_step *step, void *arg)
{
	struct walk *walk = arg;
	if (step->ks_space == KVM_SPACE_MEMORY && walk->n < 8)
		walk->v[walk->n++] = (struct table) { .paddr = step->ks_entry & ~UINT64_C(0xfff),
			.entry = step->ks_raw };
}

static void
note_entry(const struct kvm_step *step, void *arg)
{
	struct walk *walk = arg;
	if (step->ks_space == KVM_SPACE_MEMORY && walk->n < 8)
		walk->v[walk->n++] = (struct table) { .paddr = step->ks_entry, .entry = step->ks_raw };
}

static int
place_table(const struct kvm_extent *x, void *arg)
{
	struct walk *walk = arg;
	for (size_t i = 0; i < walk->n; i++)
		if (walk->v[i].paddr >= x->ke_paddr && walk->v[i].paddr - x->ke_paddr < x->ke_len) {
			walk->v[i].off = (uint64_t)x->ke_offset + (walk->v[i].paddr - x->ke_paddr);
			walk->v[i].known = true;
		}
	return 1;
}

static int
count_range(const struct kvm_range *r, void *arg)
{
	(void)r;
	++*(uint64_t *)arg;
	return 1;
}

/* What is at va, which is read as it is translated; and a few more pages are listed. */
static void
check_address(struct fixture *fx, uint64_t va)
{
	struct kvm_range r;
	uint8_t bytes[BYTES];
	uint64_t ranges = 0;
	cases++;
	(void)alarm(SECONDS);
	kvm_t *kd = kvm_open_mem(fx->kernel, fx->image, fx->size, &fx->how, NULL);
	if (kd == NULL) {
		refused++;
		return;
	}
	opened++;
	struct kvm_info info;
	MUST(kvm_getinfo(kd, &info, sizeof(info)) == 0, "%s", now);
	if (info.ki_header) {
		MUST(kvm_xlate(kd, va, &r, NULL, NULL) == 0, "%s: %s", now, kvm_geterr(kd));
		const kssize_t n = kvm_read2(kd, va, bytes, 1);
		MUST((n == 1) == (r.kr_kind == KVM_MAPPED), "%s: read %jd, kind %d", now, (intmax_t)n,
		    (int)r.kr_kind);
		if (n == 1) {
			const uint64_t off = (uint64_t)r.kr_offset + (va - r.kr_first);
			MUST(off < fx->size && bytes[0] == fx->image[off], "%s: %#jx reads other bytes", now,
			    (uintmax_t)va);
		} else {
			MUST(kvm_geterr(kd)[0] != '\0', "%s: no sentence", now);
		}
		if (!fx->slow && va < UINT64_MAX - 0x10000)
			(void)kvm_each_range(kd, va, va + 0xffff, count_range, &ranges);
		MUST(ranges <= 0x10000, "%s: %ju ranges", now, (uintmax_t)ranges);
	}
	(void)kvm_close(kd);
}

/* Each bit of the entries on the way to an address, at every level; and entries of ones and zeros. */
static void
entries(struct fixture *fx)
{
	enum { BITS = 64 };
	for (unsigned s = 0; s < 2 && fx->n > 0; s++) {
		struct walk walk = { .n = 0 };
		struct kvm_range r;
		const uint64_t va = fx->v[s == 0 ? 0 : fx->n - 1].va;
		(void)kvm_xlate(fx->kd, va, &r, note_entry, &walk);
		(void)kvm_each_extent(fx->kd, place_table, &walk);
		for (size_t i = 0; i < walk.n; i++) {
			uint8_t was[8], *p = fx->image + walk.v[i].off;
			if (!walk.v[i].known || walk.v[i].off > fx->size - sizeof(was))
				continue;
			memcpy(was, p, sizeof(was));
			for (unsigned bit = 0; bit < BITS + 2; bit++) {
				if (bit < BITS)
					p[bit / 8] ^= (uint8_t)(1u << bit % 8);
				else
					memset(p, bit == BITS ? 0xff : 0, sizeof(was));
				(void)snprintf(now, sizeof(now), "%s: %#jx: entry at %#jx, bit %u", fx->name,
				    (uintmax_t)va, (uintmax_t)walk.v[i].paddr, bit);
				check_address(fx, va);
				memcpy(p, was, sizeof(was));
			}
			levels++;
		}
	}
}

/* A table filled with one of its entries, with another's, with garbage: all is listed, and ends. */
static void
tables(struct fixture *fx)
{
	enum { TABLE = 4096 };
	static uint8_t was[TABLE];
	for (unsigned n = 0; n < TABLES && fx->n > 0; n++) {
		struct walk walk = { .n = 0 };
		struct kvm_range r;
		const uint64_t va = fx->v[random_next(fx) % fx->n].va;
		(void)kvm_xlate(fx->kd, va, &r, note_table, &walk);
		(void)kvm_each_extent(fx->kd, place_table, &walk);
		if (walk.n == 0)
			return;
		const struct table *to = &walk.v[random_next(fx) % walk.n];
		const struct table *from = &walk.v[random_next(fx) % walk.n];
		if (!to->known || !from->known || to->off > fx->size - TABLE || from->off > fx->size - TABLE)
			continue;
		memcpy(was, fx->image + to->off, TABLE);
		(void)snprintf(now, sizeof(now), "%s: tables %u: %#jx like %#jx", fx->name, n,
		    (uintmax_t)to->paddr, (uintmax_t)from->paddr);
		if (n % 3 == 0)
			memmove(fx->image + to->off, fx->image + from->off, TABLE);
		else {
			/* The entry that leads on, everywhere; or anything. */
			uint64_t garbage = random_next(fx);
			const size_t width = random_next(fx) % 2 != 0 ? 8 : 4;
			const uint8_t *entry = n % 3 == 1 ? fx->image + to->off +
			    (random_next(fx) % TABLE) / width * width : NULL;
			for (size_t i = 0; entry == NULL && i + 8 <= TABLE; i += 8, garbage = random_next(fx))
				memcpy(fx->image + to->off + i, &garbage, 8);
			uint8_t copy[8];
			if (entry != NULL) {
				memcpy(copy, entry, width);
				for (size_t i = 0; i < TABLE; i += width)
					memcpy(fx->image + to->off + i, copy, width);
			}
		}
		try(fx, fx->size, false, true);
		/* And all of it, however long that is. */
		(void)alarm(SECONDS);
		uint64_t ranges = 0;
		kvm_t *kd = kvm_open_mem(fx->kernel, fx->image, fx->size, &fx->how, NULL);
		if (kd != NULL && n % 16 == 1 && !fx->slow && fx->size <= LISTED_MAX)
			(void)kvm_each_range(kd, 0, UINT64_MAX, count_range, &ranges);
		if (kd != NULL)
			(void)kvm_close(kd);
		memcpy(fx->image + to->off, was, TABLE);
	}
}

static bool
load(struct fixture *fx, const char *dir)
{
	char path[1024];
	(void)snprintf(path, sizeof(path), "%s/core", dir);
	(void)snprintf(fx->kernel, sizeof(fx->kernel), "%s/kernel", dir);
	FILE *fp = fopen(path, "rb");
	MUST(fp != NULL, "%s", path);
	fx->image = malloc(IMAGE_MAX);
	MUST(fx->image != NULL, "memory");
	fx->size = fread(fx->image, 1, IMAGE_MAX, fp);
	(void)fclose(fp);
	fx->name = strrchr(dir, '/') != NULL ? strrchr(dir, '/') + 1 : dir;
	char err[2048] = "";
	raw_options(dir, fx->regime, &fx->how);
	fx->kd = kvm_open_mem(fx->kernel, fx->image, fx->size, &fx->how, err);
	if (fx->kd == NULL) {	/* nothing defines its translation: it is refused, but not by accident */
		MUST(strstr(err, "undefined") != NULL, "%s: %s", dir, err);
		return true;
	}
	struct kvm_info info;
	MUST(kvm_getinfo(fx->kd, &info, sizeof(info)) == 0 && info.ki_header, "%s: no header", dir);
	/* PowerPC's hashed tables are listed by asking a million times: in part, here. */
	fx->slow = strncmp(info.ki_machine, "powerpc", 7) == 0 && strcmp(info.ki_os, "netbsd") == 0;
	(void)kvm_each_range(fx->kd, 0, fx->slow ? 0x3fffff : UINT64_MAX, take_sample, fx);
	return true;
}

int
main(int argc, char **argv)
{
#ifndef HAS_ASAN
	const struct rlimit space = { .rlim_cur = (rlim_t)1 << 30, .rlim_max = (rlim_t)1 << 30 };
	MUST(setrlimit(RLIMIT_AS, &space) == 0, "RLIMIT_AS");
#endif
	(void)signal(SIGALRM, too_long);
	(void)signal(SIGABRT, stopped);
	for (int i = 1; i < argc; i++) {
		struct fixture fx = { .state = 1, .n = 0 };
		if (!load(&fx, argv[i]))
			continue;
		cut(&fx);
		if (fx.kd != NULL)
			tables(&fx);
		if (fx.kd != NULL)
			entries(&fx);
		bytes_of_headers(&fx);
		words_of_headers(&fx);
		random_changes(&fx);
		(void)alarm(0);
		if (fx.kd != NULL)
			(void)kvm_close(fx.kd);
		free(fx.image);
	}
	(void)printf("damage: %d fixtures, %lu cases: %lu opened, %lu refused, of these %lu say where; "
	    "entries at %lu levels\n", argc - 1, cases, opened, refused, placed, levels);
	MUST(levels > 0, "no entry was changed");
	/* The first failure would have ended it. */
	(void)printf("%lu passed, 0 failed, 0 skipped\n", cases);
	return cases > 0 ? 0 : 1;
}
