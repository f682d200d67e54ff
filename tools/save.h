/* SPDX-License-Identifier: BSD-2-Clause */
/* The ways of kcore save. */
#ifndef SAVE_H
#define SAVE_H

#include "kcore.h"

/* Copies part of the device into the file, which has its name only when it is on disk. */
bool save_bytes(const struct args *args, uint64_t off, uint64_t len);

/* FreeBSD's and DragonFly's dump, which is found from the end of the device: an exit status. */
int save_from_end(const struct args *args);

#endif
