/* SPDX-License-Identifier: BSD-2-Clause */
/* The virtio disk behind PCI's legacy I/O ports: virtio 1.1, 4.1.4.8. */
#include "kernel.h"
#include "virtio.h"

#define PCI_ADDRESS	0xcf8		/* configuration mechanism 1 */
#define PCI_DATA	0xcfc
#define ID_VIRTIO_BLK	0x10011af4	/* device 1001, vendor 1af4 */

static uint16_t port;

static void
pci_select(uint32_t device, uint32_t reg)
{
	out32(PCI_ADDRESS, 0x80000000 | device << 11 | reg);
}

bool
virtio_open(uint64_t desc, uint64_t avail, uint64_t used, unsigned size)
{
	(void)avail;
	(void)used;
	for (uint32_t device = 0; device < 32; device++) {
		pci_select(device, 0);
		if (in32(PCI_DATA) != ID_VIRTIO_BLK)
			continue;
		pci_select(device, 0x10);
		port = (uint16_t)(in32(PCI_DATA) & ~3u);
		pci_select(device, 4);
		out32(PCI_DATA, 5);	/* command: I/O space, bus master */
		out8(port + 18, 0);	/* reset */
		out8(port + 18, 3);	/* acknowledge, driver */
		out32(port + 4, 0);	/* no features */
		out16(port + 14, 0);
		if (in16(port + 12) != size)
			return false;
		out32(port + 8, (uint32_t)(desc / 4096));
		out8(port + 18, 7);	/* driver ok */
		return true;
	}
	return false;
}

void
virtio_notify(void)
{
	out16(port + 16, 0);
}
