/* SPDX-License-Identifier: BSD-2-Clause */
/* What the checks of a walk must know of the translation regimes, from the architectures' manuals. */
#ifndef CONFORM_REGIME_H
#define CONFORM_REGIME_H

#include "oracle.h"

/* Bytes of an entry in the regime's tables; 0 where they differ from table to table. */
unsigned regime_entry(const struct oracle *);
/* May va translate without a table: a window of the CPU, a direct map of the kernel? */
bool regime_linear(const struct oracle *, uint64_t va);
/* Do tables lie in the dump's header, and not in memory? */
bool regime_in_header(const struct oracle *);
/*
 * The top table's physical address by the translation register, 0 where no reg line tells.  A
 * header that was damaged to name another root maps nothing, and tells nothing here.
 */
uint64_t regime_root(const struct oracle *);

#endif
