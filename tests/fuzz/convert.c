/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * kcore convert: the input becomes an ELF core in memory, which must hold what the handle says,
 * and nothing else.
 */
#include <inttypes.h>

#include "api/handle.h"
#include "bytes.h"
#include "fuzz.h"

/* All of it; what it calls is below. */
#include "../../tools/convert.c"

enum { OUT_MAX = 1 << 20, TABLES = 12, SEGMENTS = 64, SAMPLE = 32 };

static uint8_t written[OUT_MAX];
static uint64_t dirty;		/* bytes that are not all 0 */
static uint64_t finished;	/* bytes; 0: not */

void
complain(const char *fmt, ...)
{
	char text[2048];
	va_list ap;
	va_start(ap, fmt);
	MUST(vsnprintf(text, sizeof(text), fmt, ap) > 0, "no sentence");
	va_end(ap);
}

kvm_t *
core_open(const struct args *args, const char *core)
{
	(void)args, (void)core;
	return NULL;
}

bool
kernelfile_read(struct kernelfile *ret, const char *path)
{
	(void)ret, (void)path;
	return false;
}

/* A text that no dump has. */
size_t
kernelfile_memory(const char *path, uint64_t va, void *buf, size_t len)
{
	(void)path, (void)va;
	memset(buf, 'v', len);
	return len;
}

bool
output_open(struct output *out, const struct args *args)
{
	out->path = args->operands[1];
	return true;
}

bool
output_write(struct output *out, uint64_t off, const void *buf, size_t len)
{
	(void)out;
	if (off > OUT_MAX || OUT_MAX - off < len) {
		complain("%ju bytes at %ju: the disk is full", (uintmax_t)len, (uintmax_t)off);
		return false;
	}
	if (len > 0)
		memcpy(written + off, buf, len);
	dirty = off + len > dirty ? off + len : dirty;
	return true;
}

bool
output_finish(struct output *out, uint64_t len)
{
	(void)out;
	MUST(len <= OUT_MAX, "0x%" PRIx64, len);
	finished = len;
	return true;
}

void
output_drop(struct output *out)
{
	(void)out;
}

static uint64_t
get(const struct kernelfile *k, uint64_t off, unsigned size)
{
	uint64_t v = 0;
	MUST(off <= finished && finished - off >= size, "0x%" PRIx64 " of 0x%" PRIx64, off, finished);
	for (unsigned i = 0; i < size; i++)
		v |= (uint64_t)written[off + (k->big ? size - 1 - i : i)] << 8 * i;
	return v;
}

/* The segment reads as the handle does, at both its ends. */
static void
check_segment(kvm_t *kd, uint64_t va, uint64_t off, uint64_t len)
{
	uint8_t bytes[SAMPLE];
	const uint64_t n = len < SAMPLE ? len : SAMPLE;
	for (int end = 0; end < 2; end++) {
		const uint64_t skip = end == 0 ? 0 : len - n;
		MUST(kvm_read2(kd, va + skip, bytes, (size_t)n) == (kssize_t)n, "0x%" PRIx64 ": %s",
		    va + skip, kvm_geterr(kd));
		MUST(memcmp(written + off + skip, bytes, (size_t)n) == 0, "0x%" PRIx64, va + skip);
	}
}

static void
check_core(const struct conversion *c)
{
	const struct kernelfile *k = c->kernel;
	const unsigned word = k->bits / 8, phsize = k->bits == 64 ? 56 : 32;
	MUST(memcmp(written, "\177ELF", 4) == 0 && get(k, 16, 2) == ET_CORE, "ELF header");
	const uint64_t phoff = get(k, 24 + word, word), shoff = get(k, 24 + 2 * word, word);
	uint64_t n = get(k, k->bits == 64 ? 56 : 44, 2), next = 0;
	if (n == PN_XNUM)
		n = get(k, shoff + (k->bits == 64 ? 44 : 28), 4);
	MUST(n == c->map.n + 1, "%ju segments of %zu", (uintmax_t)n, c->map.n + 1);
	for (uint64_t i = 1; i < n; i++) {
		const uint64_t at = phoff + i * phsize, off = get(k, at + (word == 8 ? 8 : 4), word),
		    va = get(k, at + (word == 8 ? 16 : 8), word),
		    len = get(k, at + (word == 8 ? 32 : 16), word);
		MUST(get(k, at, 4) == PT_LOAD && len > 0, "segment %ju", (uintmax_t)i);
		MUST(off < finished && finished - off >= len, "0x%" PRIx64 " at 0x%" PRIx64, len, off);
		MUST(i == 1 || va >= next, "0x%" PRIx64 " after 0x%" PRIx64, va, next);
		next = va + len;
		if (i < SEGMENTS || i + SEGMENTS > n)
			check_segment(c->kd, va, off, len);
	}
}

/* The kernel that the dump wants: without one, some are not opened. */
static const char *
kernel_for(const uint8_t *data, size_t size)
{
	if (size >= 20 && memcmp(data, "\177ELF", 4) == 0) {
		const unsigned bits = data[4] == 1 ? 32 : 64;
		const int big = data[5] == 2;
		return fuzz_kernel(bits, big, big ? be16_get(data + 18) : le16_get(data + 18), "FreeBSD",
		    bits == 32 ? UINT64_C(0xc0001000) : UINT64_C(0xffffffff80001000), fuzz_how(data, size));
	}
	const char *kernel = fuzz_kernel_of("netbsd", data, size);
	return kernel != NULL ? kernel : fuzz_kernel_of("openbsd", data, size);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char name[] = "core", *operands[] = { name, name };
	const struct args args = { .operands = operands, .noperands = 2 };
	kvm_t *kd = kvm_open_mem(kernel_for(data, size), data, size, NULL, NULL);
	if (kd == NULL || kd->dump.port == NULL) {
		if (kd != NULL)
			(void)kvm_close(kd);
		return 0;
	}
	for (unsigned i = 0; i < kd->dump.nas; i++)
		if (kd->dump.as[i].mmu.table_limit > TABLES)
			kd->dump.as[i].mmu.table_limit = TABLES;
	const struct port *port = kd->dump.port;
	const struct kernelfile kernel = { .machine = port->elf_machine, .bits = kd->dump.bits,
		.big = kd->dump.big, .build_id = { 1, 2, 3 }, .build_id_len = data[0] % 4,
		.text_size = UINT64_MAX };
	struct conversion c = { .kd = kd, .kernel = &kernel, .out = { .fd = -1 } };
	finished = 0;
	memset(written, 0, dirty);
	dirty = 0;
	/* PowerPC's hashed tables are listed by asking a million times. */
	const bool slow = strncmp(port->machine, "powerpc", 7) == 0 && strcmp(port->os, "netbsd") == 0;
	if (!slow && prepare(&c, &args) && output_open(&c.out, &args) && convert(&c)) {
		MUST(finished > 0, "no file");
		check_core(&c);
	}
	free(c.map.v);
	free(c.notes.p);
	(void)kvm_close(kd);
	return 0;
}
