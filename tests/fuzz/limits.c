/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The limits that README states: limits DIR
 *
 * Dumps made here, NetBSD/amd64's but for one, much larger than any fixture: memory is reserved, not filled.  Each row
 * prints what it took; memory is counted, time only has to be sane.
 */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "../unit/dump.h"
#include "fuzz.h"

enum { PAGE = 4096, CPU = 24, SECONDS = 60, SHDR = 64, SYM = 24 };

void *__real_malloc(size_t);
void *__real_calloc(size_t, size_t);
void *__real_realloc(void *, size_t);
void __real_free(void *);
void *__wrap_malloc(size_t);
void *__wrap_calloc(size_t, size_t);
void *__wrap_realloc(void *, size_t);
void __wrap_free(void *);

static size_t live, peak;	/* bytes that the library holds, and held at most */
static unsigned passed, skipped;

static void *
got(void *p)
{
	live += p != NULL ? malloc_usable_size(p) : 0;
	peak = live > peak ? live : peak;
	return p;
}

void *
__wrap_malloc(size_t n)
{
	return got(__real_malloc(n));
}

void *
__wrap_calloc(size_t n, size_t m)
{
	return got(__real_calloc(n, m));
}

void *
__wrap_realloc(void *p, size_t n)
{
	const size_t had = p != NULL ? malloc_usable_size(p) : 0;
	void *q = __real_realloc(p, n);
	if (q == NULL)
		return NULL;
	live -= had;
	return got(q);
}

void
__wrap_free(void *p)
{
	live -= p != NULL ? malloc_usable_size(p) : 0;
	__real_free(p);
}

static double
seconds(void)
{
	struct timespec t;
	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double start;

static void
begin(void)
{
	peak = live;
	start = seconds();
}

static void
end(const char *what, uint64_t n)
{
	const double took = seconds() - start;
	(void)printf("%-10s %12ju: %.3f s\n", what, (uintmax_t)n, took);
	MUST(took < SECONDS, "%s: %f seconds", what, took);
	passed++;
}

/* An image of so many bytes, all zero, of which pages are only there once written; or NULL. */
static uint8_t *
image_new(uint64_t size)
{
	if (size > SIZE_MAX / 2)
		return NULL;
	void *p = mmap(NULL, (size_t)size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
	    -1, 0);
	return p == MAP_FAILED ? NULL : p;
}

/*
 * The header of n segments of len bytes, from physical address 0 on, with gaps of gap bytes; the top
 * table lies at root.  Returns where memory begins.
 */
static size_t
header(uint8_t *p, uint64_t n, uint64_t len, uint64_t gap, uint64_t root)
{
	const uint32_t cpu = (uint32_t)(16 + 16 * n);
	be32_put(p, 0x009d8fca);
	le16_put(p + 4, 16);
	le16_put(p + 6, 8);
	le32_put(p + 8, 2);
	be32_put(p + 16, 0x04008fac);
	le32_put(p + 20, cpu);
	dump_put64(p + CPU, root);
	dump_put64(p + CPU + 8, n);
	for (uint64_t i = 0; i < n; i++) {
		dump_put64(p + CPU + 16 + 16 * i, i * (len + gap));
		dump_put64(p + CPU + 24 + 16 * i, len);
	}
	be32_put(p + CPU + cpu, 0x08008fac);
	le32_put(p + CPU + cpu + 4, (uint32_t)(n * len));	/* the file keeps the low 32 bits */
	return CPU + cpu + 8;
}

static int
count_extent(const struct kvm_extent *x, void *arg)
{
	(void)x;
	++*(uint64_t *)arg;
	return 1;
}

static int
count_range(const struct kvm_range *r, void *arg)
{
	(void)r;
	++*(uint64_t *)arg;
	return 1;
}

/* Extents: what one of them costs, and the last is found. */
static void
extents(void)
{
	enum { N = 1 << 20, EACH = 64 };
	const size_t size = CPU + 16 + 16 * (size_t)N + 8 + (size_t)N * PAGE;
	uint8_t *image = sizeof(size_t) > 4 ? image_new(size) : NULL;
	if (image == NULL) {
		(void)printf("# skip: no room for an image of 2^32 bytes\n");
		skipped++;
		return;
	}
	const size_t mem = header(image, N, PAGE, PAGE, 0);
	/* A top table that maps the last segment, by 4 KiB; tables are the first segments. */
	const uint64_t last = (uint64_t)(N - 1) * 2 * PAGE;
	for (unsigned i = 0; i < 4; i++)
		dump_put64(image + mem + (size_t)i * PAGE, i < 3 ? (i + 1) * 2 * PAGE + 3 : last + 3);
	memcpy(image + mem + (size_t)(N - 1) * PAGE + 100, "the last", 8);
	begin();
	char err[2048] = "", text[8];
	kvm_t *kd = kvm_open_mem(NULL, image, size, NULL, err);
	MUST(kd != NULL, "%s", err);
	uint64_t n = 0;
	const size_t used = peak;
	MUST(kvm_each_extent(kd, count_extent, &n) == 0 && n == N, "%ju extents", (uintmax_t)n);
	MUST(kvm_read2(kd, 100, text, 8) == 8 && memcmp(text, "the last", 8) == 0, "%s", kvm_geterr(kd));
	(void)kvm_close(kd);
	(void)munmap(image, size);
	(void)printf("%-10s %zu bytes each at most\n", "extents", used / N);
	MUST(used < (size_t)N * EACH, "%zu bytes for %d extents", used, N);
	end("extents", N);
}

/* Mapped ranges: no two neighbours are linear. */
static void
ranges(void)
{
	enum { TABLES = 2048, DATA = 512 };
	const uint64_t frames = 8 + TABLES + DATA, size = 128 + frames * PAGE;
	uint8_t *image = image_new(size);
	MUST(image != NULL, "mmap");
	uint8_t *mem = image + header(image, 1, frames * PAGE, 0, 0);
	/* 0: top, 1: PDPT, 2 to 5: page directories, 8 on: page tables, and then data. */
	dump_put64(mem, 1 * PAGE + 3);
	for (unsigned i = 0; i < TABLES / 512; i++)
		dump_put64(mem + PAGE + 8 * i, (2 + i) * PAGE + 3);
	for (unsigned i = 0; i < TABLES; i++)
		dump_put64(mem + 2 * PAGE + 8 * i, (8 + i) * PAGE + 3);
	for (size_t i = 0; i < TABLES * 512; i++)
		dump_put64(mem + 8 * PAGE + 8 * i, (8 + TABLES + (DATA - 1 - i % DATA)) * (uint64_t)PAGE + 3);
	begin();
	char err[2048] = "";
	uint64_t n = 0;
	kvm_t *kd = kvm_open_mem(NULL, image, (size_t)size, NULL, err);
	MUST(kd != NULL, "%s", err);
	MUST(kvm_each_range(kd, 0, UINT64_MAX, count_range, &n) == 0, "%s", kvm_geterr(kd));
	MUST(n == TABLES * 512, "%ju ranges", (uintmax_t)n);
	MUST(peak - live < 4 << 20 && live < 1 << 20, "%zu bytes", peak);
	(void)kvm_close(kd);
	(void)munmap(image, (size_t)size);
	end("ranges", n);
}

/* The worst tables: every entry of every table leads to the top again. */
static void
loops(void)
{
	enum { FRAMES = 16384 };
	const uint64_t size = 128 + (uint64_t)FRAMES * PAGE;
	uint8_t *image = image_new(size);
	MUST(image != NULL, "mmap");
	uint8_t *mem = image + header(image, 1, (uint64_t)FRAMES * PAGE, 0, 0);
	for (size_t i = 0; i < FRAMES * 512; i++)
		dump_put64(mem + 8 * i, (i * 7919) % FRAMES * PAGE + 3);
	begin();
	char err[2048] = "";
	uint64_t n = 0;
	kvm_t *kd = kvm_open_mem(NULL, image, (size_t)size, NULL, err);
	MUST(kd != NULL, "%s", err);
	MUST(kvm_each_range(kd, 0, UINT64_MAX, count_range, &n) == -1, "it ends");
	MUST(strstr(kvm_geterr(kd), "page tables loop: gave up after 66560 of them") != NULL, "%s",
	    kvm_geterr(kd));	/* 4 for each frame of the dump, and 1024 */
	(void)kvm_close(kd);
	(void)munmap(image, (size_t)size);
	end("loops", 66560);
}

/* Handles: each has what it needs, and gives it back. */
static void
handles(void)
{
	enum { N = 1000, EACH = 3 << 20 /* most is the cache of translations */ };
	static uint8_t image[128 + 8 * PAGE];
	static kvm_t *kd[N];
	uint8_t byte;
	char err[2048] = "";
	uint8_t *mem = image + header(image, 1, 8 * PAGE, 0, 0);
	for (unsigned i = 0; i < 4; i++)
		dump_put64(mem + i * PAGE, (i + 1) * PAGE + 3);
	mem[4 * PAGE] = 0x5a;
	begin();
	const size_t before = live;
	for (unsigned i = 0; i < N; i++) {
		kd[i] = kvm_open_mem(NULL, image, sizeof(image), NULL, err);
		MUST(kd[i] != NULL, "handle %u: %s", i, err);
	}
	for (unsigned i = 0; i < N; i++) {
		MUST(kvm_read2(kd[i], 0, &byte, 1) == 1, "%s", kvm_geterr(kd[i]));
		MUST(byte == 0x5a, "handle %u", i);
	}
	const size_t used = live - before;
	for (unsigned i = 0; i < N; i++)
		MUST(kvm_close(kd[i]) == 0, "handle %u", i);
	(void)printf("%-10s %zu bytes each\n", "handles", used / N);
	MUST(used < (size_t)N * EACH, "%zu bytes for %d handles", used, N);
	MUST(live == before, "%zu bytes are kept", live - before);
	end("handles", N);
}

/* Symbols: the last one is found. */
static void
symbols(const char *dir)
{
	enum { N = 1 << 20, NAME = 8, SECTIONS = 3 };
	char path[1024], err[2048] = "";
	(void)snprintf(path, sizeof(path), "%s/limits.kernel", dir);
	const size_t syms = 64 + SECTIONS * SHDR, strs = syms + (size_t)SYM * N, size = strs + (size_t)NAME * N;
	uint8_t *p = calloc(1, size);
	MUST(p != NULL, "memory");
	memcpy(p, "\177ELF\2\1\1", 7);
	le16_put(p + 16, ET_EXEC);
	le16_put(p + 18, EM_X86_64);
	le32_put(p + 20, 1);
	dump_put64(p + 40, 64);
	le16_put(p + 52, 64);
	le16_put(p + 58, SHDR);
	le16_put(p + 60, SECTIONS);
	uint8_t *sh = p + 64 + SHDR;
	le32_put(sh + 4, SHT_SYMTAB);
	dump_put64(sh + 24, syms);
	dump_put64(sh + 32, (uint64_t)SYM * N);
	le32_put(sh + 40, 2);
	le32_put(sh + 44, 1);
	dump_put64(sh + 48, 8);
	dump_put64(sh + 56, SYM);
	sh += SHDR;
	le32_put(sh + 4, SHT_STRTAB);
	dump_put64(sh + 24, strs);
	dump_put64(sh + 32, (uint64_t)NAME * N);
	for (size_t i = 1; i < N; i++) {
		uint8_t *sym = p + syms + i * SYM;
		char name[NAME + 1];
		(void)snprintf(name, sizeof(name), "s%06zx", i);
		memcpy(p + strs + i * NAME, name, NAME);
		le32_put(sym, (uint32_t)(i * NAME));
		sym[4] = STB_GLOBAL << 4 | STT_OBJECT;
		le16_put(sym + 6, SHN_ABS);
		dump_put64(sym + 8, 0x1000 + i);
	}
	FILE *fp = fopen(path, "wb");
	MUST(fp != NULL && fwrite(p, 1, size, fp) == size && fclose(fp) == 0, "%s", path);
	free(p);
	begin();
	kvm_t *kd = kvm_open_mem(path, "", 0, NULL, err);
	MUST(kd != NULL, "%s", err);
	struct kvm_symbol symbol;
	char name[NAME + 1];
	(void)snprintf(name, sizeof(name), "s%06x", N - 1);
	MUST(kvm_symbol_find(kd, name, &symbol) == 0 && symbol.ky_value == 0x1000 + N - 1, "%s",
	    kvm_geterr(kd));
	MUST(kvm_symbol_find(kd, "s", &symbol) == 1, "s");
	(void)kvm_close(kd);
	(void)unlink(path);
	end("symbols", N);
}

/* The largest file: a dump of 8 TiB less a page, mapped and by pread; memory's last bytes are right. */
static void
largest(const char *dir)
{
	const uint64_t len = (UINT64_C(1) << 43) - (UINT64_C(64) << 10);
	char path[1024], err[2048] = "", text[4];
	uint8_t head[256] = { 0 };
	(void)snprintf(path, sizeof(path), "%s/limits.core", dir);
	const size_t mem = header(head, 1, len, 0, 0);
	const int fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
	MUST(fd != -1, "%s", path);
	if (ftruncate(fd, (off_t)(mem + len)) == -1) {
		(void)printf("# skip: no file of %#jx bytes here: %s\n", (uintmax_t)(mem + len), strerror(errno));
		skipped++;
		(void)close(fd);
		(void)unlink(path);
		return;
	}
	uint8_t entry[8];
	for (unsigned i = 0; i < 4; i++) {
		dump_put64(entry, (i < 3 ? (i + 1) * (uint64_t)PAGE : len - PAGE) + 3);
		MUST(pwrite(fd, entry, 8, (off_t)(mem + i * PAGE)) == 8, "%s", path);
	}
	MUST(pwrite(fd, head, mem, 0) == (ssize_t)mem && pwrite(fd, "last", 4, (off_t)(mem + len - 4)) == 4, "%s",
	    path);
	(void)close(fd);
	begin();
	for (unsigned how = 0; how <= KVM_OPEN_PREAD; how += KVM_OPEN_PREAD) {
		const struct kvm_open_options o = { .ko_size = sizeof(o), .ko_flags = how };
		kvm_t *kd = kvm_open_image(NULL, path, O_RDONLY, &o, err);
		MUST(kd != NULL, "%s", err);
		MUST(kvm_read2(kd, PAGE - 4, text, 4) == 4 && memcmp(text, "last", 4) == 0, "%s", kvm_geterr(kd));
		(void)kvm_close(kd);
	}
	(void)unlink(path);
	end("bytes", len);
}

/* An ELF header, of one program header at 64, which is returned; gABI, chapters 4 and 5. */
static uint8_t *
elf_put(uint8_t *p, unsigned type, unsigned machine)
{
	memcpy(p, "\177ELF\2\1\1\11", 8);	/* ELFOSABI_FREEBSD */
	le16_put(p + 16, (uint16_t)type);
	le16_put(p + 18, (uint16_t)machine);
	le32_put(p + 20, 1);
	dump_put64(p + 32, 64);
	le16_put(p + 52, 64);
	le16_put(p + 54, 56);
	le16_put(p + 56, 1);
	le16_put(p + 58, SHDR);
	le32_put(p + 64, PT_LOAD);
	le32_put(p + 68, PF_R | PF_X);
	return p + 64;
}

/* The file of a FreeBSD/arm64 kernel: a page of code, and the symbol that leads to its tables. */
static void
arm64_kernel(const char *path)
{
	enum { CODE = PAGE, SHOFF = 0x200, SYMOFF = 0x300, STROFF = 0x400 };
	static const char name[] = "pagetable_l0_ttbr1";
	const uint64_t va = UINT64_C(0xffff000000000000);
	static uint8_t file[2 * PAGE];
	uint8_t *ph = elf_put(file, ET_EXEC, EM_AARCH64);
	dump_put64(file + 40, SHOFF);
	le16_put(file + 60, 3);
	dump_put64(ph + 8, CODE);
	dump_put64(ph + 16, va);
	dump_put64(ph + 32, PAGE);
	dump_put64(ph + 40, PAGE);
	memset(file + CODE, 0x5a, PAGE);
	uint8_t *sh = file + SHOFF + SHDR;
	le32_put(sh + 4, SHT_SYMTAB);
	dump_put64(sh + 24, SYMOFF);
	dump_put64(sh + 32, 2 * SYM);
	le32_put(sh + 40, 2);
	le32_put(sh + 44, 1);
	dump_put64(sh + 56, SYM);
	sh += SHDR;
	le32_put(sh + 4, SHT_STRTAB);
	dump_put64(sh + 24, STROFF);
	dump_put64(sh + 32, 1 + sizeof(name));
	le32_put(file + SYMOFF + SYM, 1);
	file[SYMOFF + SYM + 4] = STB_GLOBAL << 4 | STT_OBJECT;
	le16_put(file + SYMOFF + SYM + 6, SHN_ABS);
	dump_put64(file + SYMOFF + SYM + 8, va + PAGE);
	memcpy(file + STROFF + 1, name, sizeof(name));
	FILE *fp = fopen(path, "wb");
	MUST(fp != NULL && fwrite(file, 1, sizeof(file), fp) == sizeof(file) && fclose(fp) == 0, "%s", path);
}

/* The search for a kernel that is not there: it ends before a full dump of 2 TiB does. */
static void
places(const char *dir)
{
	enum { PLACES = 1 << 17 };
	const uint64_t len = UINT64_C(1) << 41;
	char path[1024], kernel[1024], err[2048] = "";
	uint8_t head[PAGE] = { 0 };
	(void)snprintf(path, sizeof(path), "%s/limits.core", dir);
	(void)snprintf(kernel, sizeof(kernel), "%s/limits.kernel", dir);
	arm64_kernel(kernel);
	uint8_t *ph = elf_put(head, ET_CORE, EM_AARCH64);
	dump_put64(ph + 8, PAGE);
	dump_put64(ph + 24, UINT64_C(0x40000000));
	dump_put64(ph + 32, len);
	dump_put64(ph + 40, len);
	dump_put64(ph + 48, PAGE);
	FILE *fp = fopen(path, "wb");
	MUST(fp != NULL && fwrite(head, 1, sizeof(head), fp) == sizeof(head) && fclose(fp) == 0, "%s", path);
	if (truncate(path, (off_t)(PAGE + len)) == -1) {
		(void)printf("# skip: no file of %#jx bytes here: %s\n", (uintmax_t)(PAGE + len), strerror(errno));
		skipped++;
	} else {
		begin();
		MUST(kvm_open_image(kernel, path, O_RDONLY, NULL, err) == NULL, "it opens");
		MUST(strstr(err, "(places tried: 131072, the last at 0x403fe00000, as far as it is searched for)") != NULL,
		    "%s", err);
		end("places", PLACES);
	}
	(void)unlink(path);
	(void)unlink(kernel);
}

int
main(int argc, char **argv)
{
	MUST(argc == 2, "usage: limits DIR");
	extents();
	ranges();
	loops();
	handles();
	symbols(argv[1]);
	largest(argv[1]);
	places(argv[1]);
	(void)printf("%u passed, 0 failed, %u skipped\n", passed, skipped);
	return passed > 0 ? 0 : 1;
}
