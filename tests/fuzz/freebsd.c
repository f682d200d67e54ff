/* SPDX-License-Identifier: BSD-2-Clause */
/* Minidumps, ELF cores and dump devices of FreeBSD. */
#include <string.h>

#include "bytes.h"
#include "fuzz.h"

enum { POWERPC64 = 8192 + (1 << 18) + 8 * 4096, UNMAPPED = 0xf0 };

/* Where kernels of these machines are linked to, and what a minidump begins with; mips has both widths. */
static const struct {
	const char *magic;
	unsigned bits, machine;
	uint64_t base;
} kernels[] = {
	{ "minidump FreeBSD/amd64", 64, 62, UINT64_C(0xffffffff80001000) },
	{ "minidump FreeBSD/i386", 32, 3, 0xc0001000 },
	{ "minidump FreeBSD/mips", 32, 8, 0x80001000 },
	{ "minidump FreeBSD/mips", 64, 8, UINT64_C(0xffffffff80001000) },
};

/* A minidump's kernel, as its last byte says: one of those that may be, or none. */
static const char *
minidump_kernel(const uint8_t *data, size_t size)
{
	for (size_t i = 0; i < sizeof(kernels) / sizeof(kernels[0]); i++) {
		const size_t len = strlen(kernels[i].magic);
		if (size >= 28 && memcmp(data, kernels[i].magic, len) == 0 && data[size - 1] % 2u == i % 2)
			return fuzz_kernel(kernels[i].bits, data[24] == 0, kernels[i].machine, "FreeBSD",
			    kernels[i].base, fuzz_how(data, size));
	}
	return NULL;
}

/* The kernel that a core wants, where the first segments are often loaded to. */
static const char *
elf_kernel(const uint8_t *data, size_t size)
{
	const int big = data[5] == 2;
	const unsigned machine = big ? be16_get(data + 18) : le16_get(data + 18);
	const unsigned bits = data[4] == 1 ? 32 : 64;
	return fuzz_kernel(bits, big, machine, "FreeBSD",
	    bits == 32 ? UINT64_C(0xc0001000) : UINT64_C(0xffffffff80001000), fuzz_how(data, size));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *kernel = size > 0 ? minidump_kernel(data, size) : NULL;
	/* Its smallest page map is larger than inputs. */
	if (fuzz_padded("minidump FreeBSD/powerpc64", POWERPC64, data, size))
		return 0;
	if (size >= 20 && memcmp(data, "\177ELF", 4) == 0)
		kernel = elf_kernel(data, size);
	/* sparc64's form has no magic number: with its kernel what is wrong is told. */
	if (kernel == NULL && size > 0 && data[0] == 0 && data[size - 1] % 2 != 0)
		kernel = fuzz_kernel(64, 1, 43, "FreeBSD", 0xc0001000, 0);
	if (kernel == NULL && (fuzz_how(data, size) & FUZZ_OTHER) != 0)
		kernel = fuzz_kernel(64, 0, 62, "FreeBSD", UINT64_C(0xffffffff80001000), 0);
	fuzz_image(kernel, data, size);
	if (size > 0 && data[size - 1] / 8 == UNMAPPED / 8)
		fuzz_unmapped(kernel, data, size);
	fuzz_device(NULL, data, size);
	return 0;
}
