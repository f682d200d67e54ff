/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * NetBSD/sun2: as sun3, with other sizes.  Its kernel says that the header has 3 pages of 2 KiB,
 * but writes 9 before memory (sys/arch/sun2/sun2/machdep.c): the cpu data then ends in the
 * midst of the PMEG table, which goes on where memory should begin.
 */
#include "port/netbsd/sun3.h"

#include <string.h>

enum {
	SUN2_PAGE = 0x800, SUN2_NKSEGMAP = 512,
	PMEG_OFF = SUN2_PAGE - NETBSD_SEGHDR_SIZE,
	TABLE = SUN3_NPMEG * SUN3_PMEG_BYTES,
	DAMAGED_CPU = 3 * SUN2_PAGE - NETBSD_SEGHDR_SIZE,	/* c_size */
	LEFT = 6 * SUN2_PAGE,	/* bytes of the table that it lacks */
};

/* Puts the two parts of the table together, for KV_BLOB. */
static enum kv_status
mend(struct dump *dump, struct image *img, struct kv_err *err)
{
	const struct netbsd_kcore *kc = &dump->kcore;
	uint8_t *whole = dump_alloc(dump, 1, DAMAGED_CPU + LEFT, err);
	if (whole == NULL)
		return KV_ENOMEM;
	memcpy(whole, kc->cpu.p, DAMAGED_CPU);
	size_t got;
	enum kv_status s = image_read(img, kc->mem_off, whole + DAMAGED_CPU, LEFT, &got, err);
	if (s != KV_OK) {
		kv_prefix(err, "%s: the rest of the PMEG table, %#x bytes at offset %#jx", img->name,
		    (unsigned)LEFT, (uintmax_t)kc->mem_off);
		return s;
	}
	dump->mem.blob.p = whole;
	dump->mem.blob.len = DAMAGED_CPU + LEFT;
	return KV_OK;
}

static enum kv_status
sun2_decode(struct dump *dump, struct image *img, const struct port_kernel *kernel,
    struct kv_err *err)
{
	(void)kernel;
	const bool damaged = dump->kcore.cpu.len == DAMAGED_CPU;
	enum kv_status s = sun3_decode(dump, img, "sun2", SUN2_PAGE, SUN2_NKSEGMAP,
	    damaged ? DAMAGED_CPU - PMEG_OFF : TABLE, mmu_sun2_init, err);
	if (s == KV_OK && damaged)
		s = mend(dump, img, err);
	return s == KV_OK ? netbsd_linear(dump, img, damaged ? LEFT : 0, err) : s;
}

const struct port port_netbsd_sun2 = {
	.os = "netbsd", .machine = "sun2", .form = "netbsd-kcore",
	.elf_machine = EM_68K, .kernel_bits = 32, .mid = MID_M680002K,
	.orders = NETBSD_BIG, .align = 4,
	.bits = 32, .vabits = 32, .pagesize = SUN2_PAGE,
	.decode = sun2_decode,
};
