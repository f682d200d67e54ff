/* SPDX-License-Identifier: BSD-2-Clause */
/* Between a virtio device and the bus that it is on. */
#ifndef VIRTIO_H
#define VIRTIO_H

#include <stdbool.h>
#include <stdint.h>

#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
#define le16(x)	__builtin_bswap16(x)
#define le32(x)	__builtin_bswap32(x)
#define le64(x)	__builtin_bswap64(x)
#else
#define le16(x)	((uint16_t)(x))
#define le32(x)	((uint32_t)(x))
#define le64(x)	((uint64_t)(x))
#endif

/* Finds the disk and gives it its ring. */
bool	virtio_open(uint64_t desc, uint64_t avail, uint64_t used, unsigned size);
void	virtio_notify(void);

#endif
