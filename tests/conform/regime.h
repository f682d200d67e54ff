/* SPDX-License-Identifier: BSD-2-Clause */
/* What the checks of a walk must know of the translation regimes, from the architectures' manuals. */
#ifndef CONFORM_REGIME_H
#define CONFORM_REGIME_H

#include "oracle.h"

/* Bytes of an entry in the table of a walk's step; 0 where the regime has several sizes. */
unsigned regime_entry(const struct oracle *, unsigned step);
/* May va translate without a table: a window of the CPU, a direct map of the kernel? */
bool regime_linear(const struct oracle *, uint64_t va);
/* Are the entries big-endian? */
bool regime_big(const struct oracle *);
/* May a walk look into one table at several places? */
bool regime_hashed(const struct oracle *);
/*
 * The top table's physical address by the translation register, 0 where no reg line tells.  A
 * header that was damaged to name another root maps nothing, and tells nothing here.
 */
uint64_t regime_root(const struct oracle *);

#endif
