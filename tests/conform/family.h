/* SPDX-License-Identifier: BSD-2-Clause */
/* What the systems' libraries say where programs match on it. */
#ifndef CONFORM_FAMILY_H
#define CONFORM_FAMILY_H

#include "oracle.h"

/* How kvm_geterr's sentence begins after a read of an address that does not translate. */
void family_unmapped(const struct oracle *, uint64_t va, char *buf, size_t size);
/* Whether that sentence is stored even where hard errors are printed. */
bool family_soft(const struct oracle *);

#endif
