/* SPDX-License-Identifier: BSD-2-Clause */
/* RAM as QEMU tells a PVH kernel: xen/include/public/arch-x86/hvm/start_info.h. */
#include "kernel.h"

struct cluster clusters[8];
unsigned nclusters;
uint32_t start_info = 1;		/* its address; not in bss, which start.S may clear */

void
pvh_clusters(void)
{
	const char *info = (const char *)(uintptr_t)start_info;
	const char *at = (const char *)(uintptr_t)*(const uint64_t *)(info + 40);
	const uint32_t count = *(const uint32_t *)(info + 48);

	for (uint32_t i = 0; i < count && nclusters < 8; i++, at += 24) {
		const uint64_t start = *(const uint64_t *)at;
		const uint64_t end = (start + *(const uint64_t *)(at + 8)) & ~(PAGE - 1);
		const uint64_t first = (start + PAGE - 1) & ~(PAGE - 1);

		if (*(const uint32_t *)(at + 16) == 1 && first < end)
			clusters[nclusters++] = (struct cluster){ first, end - first };
	}
	if (nclusters < 2)
		panic("too few RAM clusters: ", nclusters);
}
