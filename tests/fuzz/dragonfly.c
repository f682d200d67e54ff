/* SPDX-License-Identifier: BSD-2-Clause */
/* Minidumps and ELF cores of DragonFly. */
#include <string.h>

#include "bytes.h"
#include "fuzz.h"

enum { DFLYBSD = 8192 + (1 << 21) + 8 * 4096 };

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *kernel = NULL;
	/* Its page map is larger than inputs. */
	if (fuzz_padded("minidump DFlyBSD/x86-64", DFLYBSD, data, size))
		return 0;
	if (size >= 20 && memcmp(data, "\177ELF", 4) == 0) {
		/* The kernel that it wants, where the first segments are often loaded to. */
		const int big = data[5] == 2;
		const unsigned machine = big ? be16_get(data + 18) : le16_get(data + 18);
		const unsigned bits = data[4] == 1 ? 32 : 64;
		kernel = fuzz_kernel(bits, big, machine, "DragonFly",
		    bits == 32 ? UINT64_C(0xc0001000) : UINT64_C(0xffffffff80001000));
	}
	fuzz_image(kernel, data, size);
	fuzz_device(NULL, data, size);
	return 0;
}
