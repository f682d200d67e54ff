/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Dumps without a kernel: bare FIXTURE...
 *
 * For checkers of memory that want every instruction instrumented: no libelf, no decompressor.
 * Each core is opened from memory, as a dump and as a device, whole and cut at every KiB of its
 * first 8, and asked for all that a handle can tell.
 */
#include <string.h>

#include "fuzz.h"

enum { IMAGE_MAX = 8 << 20, CUTS = 8 };

static unsigned long opened, refused, skipped;

/* A gzip or zstd stream. */
static bool
packed(const uint8_t *p, size_t size)
{
	return size >= 4 && (memcmp(p, "\x1f\x8b", 2) == 0 || memcmp(p, "\x28\xb5\x2f\xfd", 4) == 0);
}

static void
use(const uint8_t *image, size_t size)
{
	if (fuzz_image(NULL, image, size))
		opened++;
	else
		refused++;
	fuzz_device(NULL, image, size);
}

int
main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		char path[1024];
		(void)snprintf(path, sizeof(path), "%s/core", argv[i]);
		FILE *fp = fopen(path, "rb");
		if (fp == NULL)
			continue;	/* compressed, under another name */
		uint8_t *image = malloc(IMAGE_MAX);
		MUST(image != NULL, "memory");
		const size_t size = fread(image, 1, IMAGE_MAX, fp);	/* a larger one is cut */
		(void)fclose(fp);
		if (packed(image, size)) {
			skipped++;
		} else {
			use(image, size);
			for (size_t n = 1; n <= CUTS && n * 1024 < size; n++)
				use(image, n * 1024);
		}
		free(image);
	}
	if (skipped > 0)
		(void)printf("# skip: %lu compressed dumps\n", skipped);
	(void)printf("bare: %lu opened, %lu refused\n", opened, refused);
	(void)printf("%lu passed, 0 failed, %lu skipped\n", opened + refused, skipped);
	return opened > 100 && refused > 100 ? 0 : 1;
}
