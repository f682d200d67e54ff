/* SPDX-License-Identifier: BSD-2-Clause */
/* FreeBSD's and DragonFly's dump devices. */
#ifndef DEVICE_H
#define DEVICE_H

#include "kcore.h"

#define DUMP_TIME_LEN 40
/* "2024-02-29 23:59:59 UTC" */
const char *dump_time(uint64_t seconds, char buf[DUMP_TIME_LEN]);

/* Panic string, host, version and time. */
void dump_show(const struct kvm_dump_info *info);

/* ".gz", ".zst" or "". */
const char *dump_suffix(const struct kvm_dump_info *info);

/* Prints what the device args->operands[0] holds.  EXIT_NO, and nothing printed: no dump. */
int device_info(const struct args *args);

#endif
