/* SPDX-License-Identifier: BSD-2-Clause */
/* The ways of kcore save. */
#ifndef SAVE_H
#define SAVE_H

#include "kcore.h"

/* Copies part of a device into the file out, which has its name only when it is on disk. */
bool save_bytes(const char *device, const char *out, uint64_t off, uint64_t len);

/* FreeBSD's and DragonFly's dump, which is found from the end of the device: an exit status. */
int save_from_end(const struct args *args);

#endif
