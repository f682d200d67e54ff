/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once

#include <stdbool.h>

/* So many allocations of the program's own code succeed, and then none; -1: all do. */
extern int allocations_left;
/* Then all but one. */
extern bool allocations_go_on;
/* So many of the library's reads succeed, and then none; -1: all do.  By port_faults.c. */
extern int reads_left;
