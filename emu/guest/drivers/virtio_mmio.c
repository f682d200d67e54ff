/* SPDX-License-Identifier: BSD-2-Clause */
/* virtio by memory-mapped registers, the legacy and the present form: virtio 1.1, 4.2.2 and 4.2.4. */
#include "kernel.h"
#include "virtio.h"

#define MAGIC	0x74726976
#define BLOCK	2			/* device id */

static uint64_t base;

static volatile uint32_t *
reg(unsigned offset)
{
	return (volatile uint32_t *)(device_va(base) + offset);
}

static uint32_t
get(unsigned offset)
{
	return le32(*reg(offset));
}

static void
put(unsigned offset, uint32_t value)
{
	*reg(offset) = le32(value);
}

static void
put_address(unsigned offset, uint64_t pa)
{
	put(offset, (uint32_t)pa);
	put(offset + 4, (uint32_t)(pa >> 32));
}

bool
virtio_open(uint64_t desc, uint64_t avail, uint64_t used, unsigned size)
{
	unsigned slot = VIRTIO_COUNT;

	do {
		if (slot-- == 0)
			return false;
		base = VIRTIO_PA + slot * U(VIRTIO_STRIDE);
	} while (get(0) != MAGIC || get(8) != BLOCK);
	put(0x70, 0);			/* reset */
	put(0x70, 3);			/* acknowledge, driver */
	if (get(4) == 1) {
		put(0x24, 0);		/* no features */
		put(0x20, 0);
		put(0x28, 4096);	/* page size of what follows */
		put(0x30, 0);
		put(0x38, size);
		put(0x3c, 4096);
		put(0x40, (uint32_t)(desc / 4096));
	} else {
		put(0x24, 1);		/* VIRTIO_F_VERSION_1 and nothing else */
		put(0x20, 1);
		put(0x24, 0);
		put(0x20, 0);
		put(0x70, 11);		/* features ok */
		if ((get(0x70) & 8) == 0)
			return false;
		put(0x30, 0);
		put(0x38, size);
		put_address(0x80, desc);
		put_address(0x90, avail);
		put_address(0xa0, used);
		put(0x44, 1);
	}
	put(0x70, get(0x70) | 4);	/* driver ok */
	return true;
}

void
virtio_notify(void)
{
	put(0x50, 0);
}
