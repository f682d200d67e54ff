/* SPDX-License-Identifier: BSD-2-Clause */
/* Runs a fuzz target over files, where there is no libFuzzer: replay FILE... */
#include "fuzz.h"

int
main(int argc, char **argv)
{
	static uint8_t data[1 << 22];
	for (int i = 1; i < argc; i++) {
		FILE *fp = fopen(argv[i], "rb");
		if (fp == NULL) {
			perror(argv[i]);
			return 1;
		}
		const size_t size = fread(data, 1, sizeof(data), fp);
		(void)fclose(fp);
		/* A copy of exactly that size, so that reads past its end are seen. */
		uint8_t *copy = malloc(size > 0 ? size : 1);
		MUST(copy != NULL, "memory");
		for (size_t k = 0; k < size; k++)
			copy[k] = data[k];
		(void)fprintf(stderr, "replay %s\n", argv[i]);
		(void)LLVMFuzzerTestOneInput(copy, size);
		free(copy);
	}
	return 0;
}
