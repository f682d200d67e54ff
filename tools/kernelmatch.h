/* SPDX-License-Identifier: BSD-2-Clause */
/* Whether a kernel file is the one that a dump was made by. */
#ifndef KERNELMATCH_H
#define KERNELMATCH_H

#include "kcore.h"

enum kernelmatch { MATCH_SAME, MATCH_UNKNOWN, MATCH_OTHER };

/**
 * Compares what only that kernel leaves in memory.
 *
 * @param why  unless MATCH_SAME: a sentence with what was found and what was wanted
 */
enum kernelmatch kernelmatch(kvm_t *kd, const struct kvm_info *info, char why[512]);

#endif
