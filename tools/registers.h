/* SPDX-License-Identifier: BSD-2-Clause */
/* The registers that a panicking kernel saved. */
#ifndef REGISTERS_H
#define REGISTERS_H

#include "kernelfile.h"

enum { REGISTERS_MAX = 48 };	/* words of the largest set */

/* Both sets as the target has them in memory: words, of which those that were not saved are 0. */
struct registers {
	unsigned nlinux, nfreebsd;	/* words; 0: this machine's set is not known */
	uint8_t as_linux[REGISTERS_MAX * 8], as_freebsd[REGISTERS_MAX * 8];
	bool saved;
	char why[256];			/* not saved: a sentence */
};

/* os as in struct kvm_info. */
void registers_read(struct registers *ret, kvm_t *kd, const struct kernelfile *kernel,
    const char *os);

#endif
