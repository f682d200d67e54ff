/* SPDX-License-Identifier: BSD-2-Clause */
/* The notes of a converted core: a thread with its registers, and the kernel's build-id. */
#ifndef ELFNOTES_H
#define ELFNOTES_H

#include "registers.h"

struct notes {
	uint8_t *p;
	size_t n;
	bool registers;		/* the dump has those of the CPU that panicked */
	char why[256];		/* it has not: a sentence */
};

/*
 * Makes them, to be freed by the caller.  os as in struct kvm_info.  False and a complaint if
 * there is no memory.
 */
bool notes_make(struct notes *ret, kvm_t *kd, const struct kernelfile *kernel, const char *os);

/* Numbers of the target into bytes. */
void put(const struct kernelfile *kernel, uint8_t *p, unsigned size, uint64_t value);

#endif
