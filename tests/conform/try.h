/* SPDX-License-Identifier: BSD-2-Clause */
/* Opening an image in the way that its fixture says. */
#ifndef CONFORM_TRY_H
#define CONFORM_TRY_H

#include "fixture.h"
#include "lib.h"

/* The options that say so, with KVM_OPEN_* in how. */
void fixture_options(const struct fixture *, unsigned how, struct kvm_open_options *);

/**
 * Opens it by its header, or as raw memory.
 *
 * @param how  KVM_OPEN_*; with 0 an image with a header is opened by kvm_openfiles
 * @param err  receives the sentence, LIB_ERRLEN bytes; may be NULL
 */
kvm_t *fixture_try(const struct lib *, const struct fixture *, const char *kernel, const char *file,
    int flags, unsigned how, char *err);

#endif
