/* SPDX-License-Identifier: BSD-2-Clause */
/* Minidumps and ELF cores of DragonFly. */
#include <string.h>

#include "bytes.h"
#include "fuzz.h"

enum { DFLYBSD = 8192 + (1 << 21) + 8 * 4096, EM_X86_64 = 62 };

static const char *
kernel_for(unsigned bits, int big, unsigned machine, const uint8_t *data, size_t size)
{
	return fuzz_kernel(bits, big, machine, "DragonFly",
	    bits == 32 ? UINT64_C(0xc0001000) : UINT64_C(0xffffffff80001000), fuzz_how(data, size));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *kernel = NULL;
	/* Its page map is larger than inputs. */
	if (fuzz_padded("minidump DFlyBSD/x86-64", DFLYBSD, data, size))
		return 0;
	/* The kernel that it wants, where the first segments are often loaded to. */
	if (size >= 20 && memcmp(data, "\177ELF", 4) == 0)
		kernel = kernel_for(data[4] == 1 ? 32 : 64, data[5] == 2,
		    data[5] == 2 ? be16_get(data + 18) : le16_get(data + 18), data, size);
	/* The magic number of its first version is FreeBSD's. */
	if (size >= 28 && memcmp(data, "minidump FreeBSD/amd64", 22) == 0)
		kernel = kernel_for(64, 0, EM_X86_64, data, size);
	fuzz_image(kernel, data, size);
	fuzz_device(NULL, data, size);
	return 0;
}
