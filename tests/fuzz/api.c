/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Calls on a small NetBSD/amd64 dump in a file: each 12 bytes of input are one.  Writes change
 * page tables too; what was written is read back.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../unit/dump.h"
#include "fuzz.h"

enum { CALL = 12, CALLS = 64, LEN = 300 };

/* Addresses near what is mapped. */
static uint64_t
address(uint64_t n)
{
	static const uint64_t bases[] = { DUMP_VA, DUMP_TOP, DUMP_VA + 0x200000, 0 };
	return bases[n % 4] + (n >> 2) % 0x8000 - 0x100;
}

static int
stop_after(const struct kvm_range *range, void *arg)
{
	(void)range;
	return ++*(unsigned *)arg < 100;
}

static void
check_write(kvm_t *kd, uint64_t va, const uint8_t *bytes, size_t len)
{
	uint8_t before[LEN], after[LEN];
	const kssize_t had = kvm_read2(kd, va, before, len);
	const kssize_t n = kvm_write2(kd, va, bytes, len);
	MUST(n == (kssize_t)len || n == -1, "%jd of %zu", (intmax_t)n, len);
	if (n == -1) {
		/* Then nothing has changed. */
		MUST(had != (kssize_t)len, "0x%" PRIx64 ": %s", va, kvm_geterr(kd));
		return;
	}
	MUST(had == n, "0x%" PRIx64 ": %jd could be read", va, (intmax_t)had);
	/* Tables may have changed, and with them where these bytes are. */
	struct kvm_range r;
	if (kvm_read2(kd, va, after, len) != n || kvm_xlate(kd, va, &r, NULL, NULL) != 0)
		return;
	const uint64_t pa = r.kr_paddr + (va - r.kr_first);
	if (pa + len <= 0x2000 || pa >= 0x9000 || (pa >= 0x7000 && pa + len <= 0x8000))
		MUST(memcmp(after, bytes, len) == 0, "0x%" PRIx64, va);
}

static int
stop_at_symbol(const struct kvm_symbol *sym, void *arg)
{
	MUST(sym->ky_name != NULL, "a symbol without a name");
	return ++*(unsigned *)arg < 20;
}

static void
note_step(const struct kvm_step *step, void *arg)
{
	MUST(step->ks_name != NULL && step->ks_verdict != NULL && ++*(unsigned *)arg < 64, "step %u",
	    *(unsigned *)arg);
}

static bool
drop_piece(void *arg, const void *buf, size_t len)
{
	MUST(buf != NULL || len == 0, "%zu", len);
	*(uint64_t *)arg += len;
	return *(uint64_t *)arg % 3 != 0;
}

/* What reads no memory, or only what symbols name; some are of other systems, and refuse. */
static void
call_symbols(kvm_t *kd, unsigned which, uint64_t va)
{
	struct kvm_nlist nl[] = { { .n_name = "_version" }, { .n_name = "dumpmag" }, { .n_name = NULL } };
	struct kvm_symbol sym;
	struct kvm_range r;
	unsigned n = 0;
	uint64_t bytes = 0;
	switch (which % 8) {
	case 0:
		MUST(kvm_nlist2(kd, nl) <= 2, "%s", kvm_geterr(kd));
		break;
	case 1:
		if (kvm_symbol_at(kd, va, &sym) == 0)
			MUST(sym.ky_value <= va, "0x%" PRIx64 " at 0x%" PRIx64, sym.ky_value, va);
		break;
	case 2:
		(void)kvm_each_symbol(kd, stop_at_symbol, &n);
		break;
	case 3:
		(void)kvm_xlate(kd, va, &r, note_step, &n);
		break;
	case 4:
		(void)kvm_dump_header64(kd, drop_piece, &bytes, va);
		break;
	case 5:
		(void)kvm_getmaxcpu(kd), (void)kvm_kerndisp(kd), (void)kvm_native(kd);
		break;
	case 6:
		MUST(kvm_dump_clear(kd) == -1, "there is no dump header to clear");
		break;
	default:
		(void)kvm_counter_u64_fetch(kd, (unsigned long)va);
		break;
	}
}

static void
call(kvm_t *kd, const uint8_t *p)
{
	struct kvm_range r;
	uint8_t buf[LEN], bytes[LEN];
	const uint64_t va = (p[0] & 0x80) != 0 ? le64_get(p + 4) : address(le32_get(p + 4));
	size_t len = le16_get(p + 2) % LEN;
	unsigned n = 0;
	switch (p[0] & 7) {
	case 0:
		(void)kvm_read2(kd, va, buf, len);
		break;
	case 1:
		for (size_t i = 0; i < len; i++)
			bytes[i] = p[4 + (i + p[1]) % 8];
		check_write(kd, va, bytes, len);
		break;
	case 2:
		(void)kvm_xlate(kd, va, &r, NULL, NULL);
		break;
	case 3:
		(void)kvm_each_range(kd, va, va + ((uint64_t)len << 12), stop_after, &n);
		break;
	case 4:
		(void)kvm_readstr(kd, (unsigned long)va, (char *)buf, &len);
		break;
	case 5:
		(void)kvm_dump_inval(kd);
		break;
	case 6:
		(void)kvm_dump_mkheader(kd, (off_t)va);
		break;
	default:
		call_symbols(kd, p[1], va);
		break;
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t image[DUMP_SIZE], now[DUMP_SIZE];
	static char path[32];
	static int fd = -1;
	if (size < 1)
		return 0;
	if (fd == -1) {
		dump_make(image);
		fd = memfd_create("core", 0);
		MUST(fd != -1, "memfd");
		(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	}
	MUST(pwrite(fd, image, sizeof(image), 0) == DUMP_SIZE, "core");
	const struct kvm_open_options how = { .ko_size = sizeof(how), .ko_flags = data[0] % 4 };
	char err[2048] = "";
	const char *kernel = fuzz_kernel(64, 0, 62, "NetBSD", DUMP_VA, 0);
	kvm_t *kd = kvm_open_image(kernel, path, O_RDWR, &how, err);
	MUST(kd != NULL, "%s", err);
	for (size_t i = 1, calls = 0; size - i >= CALL && calls < CALLS; i += CALL, calls++)
		call(kd, data + i);
	MUST(pread(fd, now, sizeof(now), 0) == DUMP_SIZE, "core");
	fuzz_handle(kd, now, sizeof(now));
	/* Whoever opens it now sees the same. */
	fuzz_image(kernel, now, sizeof(now));
	(void)kvm_close(kd);
	return 0;
}
