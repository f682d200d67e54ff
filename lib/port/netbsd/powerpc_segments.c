/* SPDX-License-Identifier: BSD-2-Clause */
/* sys/arch/powerpc/include/kcore.h: phys_ram_seg_t behind the registers, without a count. */
#include "port/netbsd/powerpc.h"

enum { SEG_SIZE = 8, SEG_BYTES = 16 };

/* Entry i of the array at off; false at its end. */
static bool
segment(const struct view *cpu, uint64_t off, uint64_t i, uint64_t *start, uint64_t *size)
{
	*start = view_get64(cpu, off + i * SEG_BYTES);
	*size = view_get64(cpu, off + i * SEG_BYTES + SEG_SIZE);
	return *size != 0;
}

bool
netbsd_powerpc_segments_ascend(const struct view *cpu, uint64_t off)
{
	uint64_t n = 0, start, size, next = 0;
	for (; segment(cpu, off, n, &start, &size); n++)
		if (start < next || !u64_add(start, size, &next))
			return false;
	return n > 0;
}

enum kv_status
netbsd_powerpc_segments(struct dump *dump, struct image *img, uint64_t off, struct kv_err *err)
{
	uint64_t n = 0, start, size;
	while (segment(&dump->kcore.cpu, off, n, &start, &size))
		n++;
	if (n == 0)
		return dump_bad(dump, img, off + SEG_SIZE, "ram_segs[0].size", 0, err,
		    "more than 0: there is no memory segment");
	return netbsd_segments(dump, img, off, n, NULL, err);
}
