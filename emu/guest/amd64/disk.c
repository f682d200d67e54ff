/* SPDX-License-Identifier: BSD-2-Clause */
/* virtio-blk on PCI by its legacy I/O ports, one polled request at a time: virtio 1.1, 4.1.4.8. */
#include "machine.h"

#define ID_VIRTIO_BLK	0x10011af4	/* device 1001, vendor 1af4 */
#define QUEUE_MAX	256
#define NEXT		1		/* descriptor flags */
#define DEVICE_WRITES	2

static uint16_t port;
static struct {
	struct { uint64_t pa; uint32_t len; uint16_t flags, next; } desc[QUEUE_MAX];
	struct { uint16_t flags, index, ring[QUEUE_MAX]; } avail;
	uint8_t pad[4096 - 4 - 2 * QUEUE_MAX];
	struct { volatile uint16_t flags, index; struct { uint32_t id, len; } ring[QUEUE_MAX]; } used;
} queue __attribute__((__aligned__(4096)));
static struct { uint32_t type, zero; uint64_t sector; } request;
static volatile uint8_t status;

static uint32_t
pci_address(uint32_t device, uint32_t reg)
{
	return 0x80000000 | device << 11 | reg;
}

bool
machine_disk_open(void)
{
	for (uint32_t device = 0; device < 32; device++) {
		out32(0xcf8, pci_address(device, 0));
		if (in32(0xcfc) != ID_VIRTIO_BLK)
			continue;
		out32(0xcf8, pci_address(device, 0x10));
		port = (uint16_t)(in32(0xcfc) & ~3u);
		out32(0xcf8, pci_address(device, 4));
		out32(0xcfc, 5);	/* command: I/O space, bus master */
		out8(port + 18, 0);	/* reset */
		out8(port + 18, 3);	/* acknowledge, driver */
		out32(port + 4, 0);	/* no features */
		out16(port + 14, 0);
		if (in16(port + 12) != QUEUE_MAX)
			return false;
		out32(port + 8, (uint32_t)(machine_pa(&queue) / PAGE));
		out8(port + 18, 7);	/* driver ok */
		return true;
	}
	return false;
}

static void
describe(unsigned i, const volatile void *at, uint32_t len, unsigned flags)
{
	queue.desc[i].pa = machine_pa((const void *)at);
	queue.desc[i].len = len;
	queue.desc[i].flags = (uint16_t)flags;
	queue.desc[i].next = (uint16_t)(i + 1);
}

bool
machine_disk(uint64_t sector, void *buf, uint32_t sectors, bool write)
{
	const uint16_t before = queue.used.index;

	request.type = write ? 1 : 0;
	request.sector = sector;
	status = 0xff;
	describe(0, &request, sizeof request, NEXT);
	describe(1, buf, sectors * 512, NEXT | (write ? 0 : DEVICE_WRITES));
	describe(2, &status, 1, DEVICE_WRITES);
	queue.avail.ring[queue.avail.index % QUEUE_MAX] = 0;
	__asm__ volatile("mfence" : : : "memory");
	queue.avail.index++;
	__asm__ volatile("mfence" : : : "memory");
	out16(port + 16, 0);
	while (queue.used.index == before)	/* the harness has the time limit */
		__asm__ volatile("pause" : : : "memory");
	return status == 0;
}
