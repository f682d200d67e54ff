/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * NetBSD/sun3x.  cpu data: the head, pg_frame, pg_valid, contig_end (below it the kernel lies at
 * physical address 0 on), kernCbase (the virtual address, in that part, of kernbase's PTE), RAM.
 */
#include "port/netbsd/m68k.h"

enum {
	CPU_PG_FRAME = 24, CPU_PG_VALID = 28, CPU_CONTIG_END = 32, CPU_KERNCBASE = 36, CPU_SEGS = 40,
	SEG_BYTES = 16, NSEGS = 4,
};
enum { SUN3X_PAGE = 0x2000 };

static bool
sun3x_probe(const struct netbsd_kcore *kcore, struct image *img)
{
	(void)img;
	return m68k_head_names(kcore, "sun3x");
}

static enum kv_status
sun3x_decode(struct dump *dump, struct image *img, const struct port_kernel *kernel,
    struct kv_err *err)
{
	(void)kernel;
	struct m68k_head head;
	enum kv_status s = m68k_head_decode(dump, img, CPU_SEGS + SEG_BYTES, "sun3x", &head, err);
	if (s != KV_OK)
		return s;
	if (head.page_size != SUN3X_PAGE)
		return dump_bad(dump, img, M68K_PAGE_SIZE, "page_size", head.page_size, err, "%#x",
		    (unsigned)SUN3X_PAGE);
	s = netbsd_segments_ended(dump, img, CPU_SEGS, NSEGS, NULL, err);
	if (s != KV_OK)
		return s;
	const uint32_t frame = m68k_word(dump, CPU_PG_FRAME), valid = m68k_word(dump, CPU_PG_VALID),
		       contig_end = m68k_word(dump, CPU_CONTIG_END),
		       kern_c_base = m68k_word(dump, CPU_KERNCBASE);
	if (valid == 0)
		return dump_bad(dump, img, CPU_PG_VALID, "pg_valid", valid, err, "a bit of a PTE");
	if (contig_end <= head.kernbase)
		return dump_bad(dump, img, CPU_CONTIG_END, "contig_end", contig_end, err,
		    "more than kernbase, %#jx", (uintmax_t)head.kernbase);
	if (kern_c_base < head.kernbase || kern_c_base >= contig_end || (kern_c_base & 3) != 0)
		return dump_bad(dump, img, CPU_KERNCBASE, "kernCbase", kern_c_base, err,
		    "a multiple of 4 from kernbase, %#jx, to below contig_end, %#jx",
		    (uintmax_t)head.kernbase, (uintmax_t)contig_end);
	struct mmu mmu;
	s = mmu_sun3x_init(&mmu, head.page_size, head.kernbase, frame, valid, kern_c_base, err);
	if (s != KV_OK) {
		kv_prefix(err, "%s: cpu segment at offset %#jx", img->name,
		    (uintmax_t)dump->kcore.cpu_off);
		return s;
	}
	dump->root = kern_c_base - head.kernbase;
	s = m68k_linear_range(dump, img, head.kernbase, contig_end, 0, CPU_CONTIG_END, "contig_end",
	    err);
	return s == KV_OK ? dump_range(dump, head.kernbase, UINT32_MAX, &mmu, err) : s;
}

const struct port port_netbsd_sun3x = {
	.os = "netbsd", .machine = "sun3x", .form = "netbsd-kcore",
	.elf_machine = EM_68K, .kernel_bits = 32, .mid = MID_M68K,
	.orders = NETBSD_BIG, .align = 4,
	.bits = 32, .vabits = 32, .pagesize = SUN3X_PAGE,
	.probe = sun3x_probe, .decode = sun3x_decode,
};
