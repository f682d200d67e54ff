/* SPDX-License-Identifier: BSD-2-Clause */
/* The header of a NetBSD core file, as far as a checker of headers must know it. */
#ifndef CONFORM_KCORE_H
#define CONFORM_KCORE_H

#include "fixture.h"

struct kcore {
	uint32_t midmag;	/* of the file: flags, machine id, magic */
	uint32_t hdrsize, seghdrsize, cpusize, datasize;
	uint64_t memory;	/* where memory starts in the core */
	uint64_t memory_len;	/* bytes of memory that the core has */
};

/* False if the core does not begin with such a header. */
bool kcore_read(const struct fixture *, struct kcore *);
/* Where the dump starts on the fixture's device. */
uint64_t kcore_device_offset(const struct fixture *, const struct kcore *, uint64_t device_size);
/* What the device holds before memory: seghdrsize + cpusize bytes; the caller frees them. */
uint8_t *kcore_device_header(const struct fixture *, const struct kcore *, const uint8_t *header);

#endif
