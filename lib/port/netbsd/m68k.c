/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * NetBSD on m68k with Motorola's or HP's MMU: amiga, atari, hp300, luna68k, mac68k, mvme68k,
 * news68k, next68k, virt68k, x68k.  The header holds the shifts and masks of the tables.
 */
#include "port/netbsd/m68k.h"

#include <string.h>

enum {
	CPU_MMUTYPE = 24, CPU_SG_V = 28, CPU_SG_FRAME = 32, CPU_SG_ISHIFT = 36, CPU_SG_PMASK = 40,
	CPU_SG40_SHIFT1 = 44, CPU_SG40_MASK2 = 48, CPU_SG40_SHIFT2 = 52, CPU_SG40_MASK3 = 56,
	CPU_SG40_SHIFT3 = 60, CPU_SG40_ADDR1 = 64, CPU_SG40_ADDR2 = 68, CPU_PG_V = 72,
	CPU_PG_FRAME = 76, CPU_SYSSEG_PA = 80, CPU_RELOC = 84, CPU_RELOCEND = 88,
	CPU_SEGS = 92, SEG_BYTES = 16, NSEGS = 8,
};

/* Names decide between the ports of this machine id. */
static bool
m68k_probe(const struct netbsd_kcore *kcore, struct image *img)
{
	(void)img;
	return !m68k_head_names(kcore, "sun3") && !m68k_head_names(kcore, "sun3x") &&
	    !m68k_head_names(kcore, "gen68k");
}

static enum kv_status
m68k_decode(struct dump *dump, struct image *img, const struct port_kernel *kernel,
    struct kv_err *err)
{
	(void)kernel;
	struct m68k_head head;
	enum kv_status s = m68k_head_decode(dump, img, CPU_SEGS + SEG_BYTES, NULL, &head, err);
	if (s != KV_OK)
		return s;
	/*
	 * dumpsys of sys/arch/x68k/x68k/machdep.c and of amiga's: page 0 is not written, and takes on
	 * amiga one disk block instead of a page.
	 */
	const bool amiga = strcmp(head.name, "amiga") == 0;
	const struct netbsd_page0 page0 = { head.page_size, amiga ? 512 : head.page_size };
	s = netbsd_segments_ended(dump, img, CPU_SEGS, NSEGS,
	    amiga || strcmp(head.name, "x68k") == 0 ? &page0 : NULL, err);
	if (s != KV_OK)
		return s;
	const struct mmu_m68k how = {
		.mmutype = (int32_t)m68k_word(dump, CPU_MMUTYPE),
		.page_size = head.page_size,
		.sg_v = m68k_word(dump, CPU_SG_V),
		.sg_frame = m68k_word(dump, CPU_SG_FRAME),
		.sg_ishift = m68k_word(dump, CPU_SG_ISHIFT),
		.sg_pmask = m68k_word(dump, CPU_SG_PMASK),
		.sg40_shift1 = m68k_word(dump, CPU_SG40_SHIFT1),
		.sg40_mask2 = m68k_word(dump, CPU_SG40_MASK2),
		.sg40_shift2 = m68k_word(dump, CPU_SG40_SHIFT2),
		.sg40_mask3 = m68k_word(dump, CPU_SG40_MASK3),
		.sg40_shift3 = m68k_word(dump, CPU_SG40_SHIFT3),
		.sg40_addr1 = m68k_word(dump, CPU_SG40_ADDR1),
		.sg40_addr2 = m68k_word(dump, CPU_SG40_ADDR2),
		.pg_v = m68k_word(dump, CPU_PG_V),
		.pg_frame = m68k_word(dump, CPU_PG_FRAME),
		.sysseg_pa = m68k_word(dump, CPU_SYSSEG_PA),
	};
	struct mmu mmu;
	s = mmu_m68k_init(&mmu, &how, err);
	if (s != KV_OK) {
		kv_prefix(err, "%s: cpu segment at offset %#jx", img->name,
		    (uintmax_t)dump->kcore.cpu_off);
		return s;
	}
	dump->root = how.sysseg_pa;
	/* The kernel's image, from kernbase to relocend, lies at reloc. */
	s = m68k_linear_range(dump, img, head.kernbase, m68k_word(dump, CPU_RELOCEND),
	    m68k_word(dump, CPU_RELOC), CPU_RELOCEND, "relocend", err);
	return s == KV_OK ? dump_range(dump, 0, UINT32_MAX, &mmu, err) : s;
}

const struct port port_netbsd_m68k = {
	.os = "netbsd", .machine = "m68k", .form = "netbsd-kcore",
	.elf_machine = EM_68K, .kernel_bits = 32, .mid = MID_M68K,
	.orders = NETBSD_BIG, .align = 4,
	.bits = 32, .vabits = 32, .pagesize = 4096,
	.probe = m68k_probe, .decode = m68k_decode,
};
