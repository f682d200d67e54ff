/* SPDX-License-Identifier: BSD-2-Clause */
/* Between a virtio device and the bus that it is on. */
#ifndef VIRTIO_H
#define VIRTIO_H

#include <stdbool.h>
#include <stdint.h>

/* Finds the disk and gives it its ring. */
bool	virtio_open(uint64_t desc, uint64_t avail, uint64_t used, unsigned size);
void	virtio_notify(void);

#endif
