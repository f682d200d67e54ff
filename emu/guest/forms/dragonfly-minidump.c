/* SPDX-License-Identifier: BSD-2-Clause */
/* DragonFly's minidump, version 2: PDP entries of the whole 48-bit space; sys/platform/pc64. */
#if MINIDUMP_VERSION == 1	/* FreeBSD/amd64's to the bit */
#include "freebsd-minidump.c"
#else
#include "minidump.h"

static void
map_page(uint64_t i, uint64_t *page)
{
	const uint64_t first = i << 39 | (i < 256 ? 0 : UINT64_C(0xffff) << 48);

	if (first >= (MIN_KERNEL & ~((UINT64_C(1) << 39) - 1)))
		for (uint64_t j = 0; j < 512; j++)
			page[j] = radix_get(first + (j << 30), radix_nlevels - 3);
}

void
dumpsys(void)
{
	minidump_choose(false);
	minidump_map = UINT64_C(512) * 4096;
	minidump_text("minidump DFlyBSD/x86-64", 24);
	minidump_field(4, 2);
	minidump_field(4, 0);
	minidump_field(8, minidump_msgbuf);
	minidump_field(8, minidump_bitmap);
	minidump_field(8, minidump_map);
	minidump_field(8, MIN_KERNEL);
	minidump_field(8, DIRECT_VA(0));
	minidump_field(8, DIRECT_VA(minidump_end()));
	print("window %x %x\nwindow %x %x\n", MIN_KERNEL, U(0) - MIN_KERNEL, U(DIRECT_VA(0)),
	    minidump_end());
	print("dmap %x %x 0\nlinear %x %x\n", U(DIRECT_VA(0)), minidump_end(), U(DIRECT_VA(0)),
	    minidump_end());
	minidump_write(map_page);
}
#endif
