/* SPDX-License-Identifier: BSD-2-Clause */
/* NetBSD's container: the input is a file, and it is a device. */
#include "fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_image(NULL, data, size);
	fuzz_device(NULL, data, size);
	return 0;
}
