/* SPDX-License-Identifier: BSD-2-Clause */
/* A stretch that the library reports, held against the oracle. */
#ifndef CONFORM_RANGE_H
#define CONFORM_RANGE_H

#include "conform.h"

/*
 * Every address of the range must be what the oracle says: kind, physical address, protection
 * and, for mapped memory, the place in the core.  Addresses that the oracle does not list are
 * free unless it is complete.  Reports its own mismatch.
 */
bool range_agrees(struct subject *, const struct kvm_range *);
/* "mapped", "unmapped" ... */
const char *range_kind_name(enum kvm_kind);

#endif
