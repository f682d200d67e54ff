/* SPDX-License-Identifier: BSD-2-Clause */
/* virtio-blk with a split ring, one polled request at a time: virtio 1.1, 2.6 and 5.2. */
#include "kernel.h"
#include "virtio.h"

#define QUEUE_SIZE	256
#define NEXT		1		/* descriptor flags */
#define DEVICE_WRITES	2

/* A legacy device wants its ring in this form, in pages of 4 KiB. */
static struct {
	struct { uint64_t pa; uint32_t len; uint16_t flags, next; } desc[QUEUE_SIZE];
	struct { uint16_t flags, index, ring[QUEUE_SIZE]; } avail;
	uint8_t pad[4096 - 4 - 2 * QUEUE_SIZE];
	struct { volatile uint16_t flags, index; struct { uint32_t id, len; } ring[QUEUE_SIZE]; } used;
} queue __attribute__((__aligned__(4096)));
static struct { uint32_t type, zero; uint64_t sector; } request __attribute__((__aligned__(16)));
static volatile uint8_t status;

bool
disk_open(void)
{
	const uint64_t pa = virt_pa(&queue);

	return virtio_open(pa, pa + offsetof(__typeof__(queue), avail),
	    pa + offsetof(__typeof__(queue), used), QUEUE_SIZE);
}

static void
describe(unsigned i, const volatile void *at, uint32_t len, unsigned flags)
{
	queue.desc[i].pa = le64(virt_pa(at));
	queue.desc[i].len = le32(len);
	queue.desc[i].flags = le16((uint16_t)flags);
	queue.desc[i].next = le16((uint16_t)(i + 1));
}

bool
disk_transfer(uint64_t sector, void *buf, uint32_t sectors, bool write)
{
	const uint16_t before = queue.used.index;

	request.type = le32(write ? 1 : 0);
	request.sector = le64(sector);
	status = 0xff;
	describe(0, &request, sizeof request, NEXT);
	describe(1, buf, sectors * SECTOR, NEXT | (write ? 0 : DEVICE_WRITES));
	describe(2, &status, 1, DEVICE_WRITES);
	queue.avail.ring[le16(queue.avail.index) % QUEUE_SIZE] = 0;
	__sync_synchronize();
	queue.avail.index = le16((uint16_t)(le16(queue.avail.index) + 1));
	__sync_synchronize();
	virtio_notify();
	while (queue.used.index == before)	/* the harness has the time limit */
		continue;
	__sync_synchronize();
	return status == 0;
}
