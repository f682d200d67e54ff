/* SPDX-License-Identifier: BSD-2-Clause */
/* OpenBSD's container: the input is a file, and it is a device. */
#include "fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *kernel = fuzz_kernel_of("openbsd", data, size);
	if (kernel == NULL || !fuzz_image(kernel, data, size))
		fuzz_image(NULL, data, size);
	fuzz_device(kernel, data, size);
	return 0;
}
