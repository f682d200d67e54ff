/* SPDX-License-Identifier: BSD-2-Clause */
/* A fixture's address space and its physical memory, as an SVG inside an HTML page. */
#ifndef CONFORM_PICTURE_H
#define CONFORM_PICTURE_H

#include <stdint.h>
#include <stdio.h>

#include "json.h"

/* bad: virtual addresses at which a check failed. */
void picture_write(FILE *, const struct place *, const uint64_t *bad, size_t nbad);

#endif
