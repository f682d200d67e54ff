/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the fuzz targets share.  Each tests/fuzz/<target>.c defines LLVMFuzzerTestOneInput, which
 * libFuzzer, AFL++ and tests/fuzz/replay.c call.
 */
#ifndef FUZZ_H
#define FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "kvm.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What must hold whatever the input; the sentence says what was found. */
#define MUST(ok, ...) do {						\
	if (!(ok)) {							\
		(void)fprintf(stderr, "%s:%d: MUST(%s): ", __FILE__, __LINE__, #ok);	\
		(void)fprintf(stderr, __VA_ARGS__);			\
		(void)fputc('\n', stderr);				\
		abort();						\
	}								\
} while (0)

/* Opens the image, as a dump or as a device, and checks what fuzz_handle does.  False: it is no dump. */
bool fuzz_image(const char *kernel, const uint8_t *image, size_t size);
void fuzz_device(const char *kernel, const uint8_t *image, size_t size);

/* The same of an image that is read with pread, and not mapped; it has the memory that a mapped one has. */
void fuzz_unmapped(const char *kernel, const uint8_t *image, size_t size);

/* If the input begins with magic: fuzz_image of it, with zeros behind up to total bytes. */
bool fuzz_padded(const char *magic, size_t total, const uint8_t *data, size_t size);

/*
 * Checks a handle on an image of size bytes: extents ascend; what each_range lists, xlate
 * says too, on both sides of each end; reads agree with it, however they are split.
 */
void fuzz_handle(kvm_t *kd, const uint8_t *image, size_t size);

/*
 * The path of a kernel of the given ELF class, byte order, machine and system, with the symbols
 * that ports look for, linked to base.  how: fewer of them; linked elsewhere; of another machine.
 */
enum { FUZZ_FEW = 1, FUZZ_ELSEWHERE = 2, FUZZ_OTHER = 4 };
const char *fuzz_kernel(unsigned bits, int big, unsigned machine, const char *os, uint64_t base,
    unsigned how);

/* What the last byte of an image wants of its kernel: a few of 256, something. */
unsigned fuzz_how(const uint8_t *image, size_t size);

/* The kernel for an image of NetBSD's or OpenBSD's container, by its machine id; or NULL. */
const char *fuzz_kernel_of(const char *os, const uint8_t *image, size_t size);

#endif
