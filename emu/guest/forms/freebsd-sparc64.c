/* SPDX-License-Identifier: BSD-2-Clause */
/* FreeBSD/sparc64's full dump, with the TSB's place: sys/sparc64/sparc64/dump_machdep.c. */
#include "kerneldump.h"

extern uint64_t tsb_kernel_phys;

void
dumpsys(void)
{
	static union {
		uint64_t	word[SECTOR / 8];
		uint32_t	half[SECTOR / 4];
	} header __attribute__((__aligned__(512)));
	const uint64_t entries = UINT64_C(1) << TSB_SHIFT;
	uint64_t at = sizeof header, *region = header.word + 5;

	header.word[0] = sizeof header;
	header.word[1] = tsb_kernel_phys;
	header.word[2] = entries << TTE_SHIFT;
	header.word[3] = entries - 1;
	header.half[8] = nclusters;
	for (unsigned i = 0; i < nclusters; i++) {
		*region++ = clusters[i].start;
		*region++ = clusters[i].size;
		*region++ = at;
		at += clusters[i].size;
	}
	kerneldump_begin(at);
	dump_put(&header, sizeof header);
	for (unsigned i = 0; i < nclusters; i++)
		dump_ram(clusters[i].start, clusters[i].size);
	kerneldump_end();
}
