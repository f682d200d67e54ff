/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * NetBSD on m68k since the end of 2025: a header for all Motorola MMUs, which describes the tables
 * as a 68851's TCR and SRP would.
 */
#include "port/netbsd/m68k.h"

/* In the order in which the kernel's pmap_init_kcore_hdr fills them. */
enum {
	CPU_MMUTYPE = 24, CPU_TCR = 28, CPU_SRP = 32, CPU_TT = 40, CPU_RELOC = 56, CPU_RELOCEND = 60,
	CPU_SEGS = 64, SEG_BYTES = 16, NSEGS = 8, NTT = 4,
};

static bool
gen68k_probe(const struct netbsd_kcore *kcore, struct image *img)
{
	(void)img;
	return m68k_head_names(kcore, "gen68k");
}

/*
 * Transparent translation: where a register matches the upper 8 bits, under a mask that may
 * have holes, PA = VA.
 */
static enum kv_status
add_transparent(struct dump *dump, int32_t mmutype, uint32_t tt, struct kv_err *err)
{
	vaddr_t lo, last;
	const uint32_t ignored = (uint8_t)(tt >> 16), base = tt >> 24;
	enum kv_status s = KV_OK;
	/* Asked about one 16 MiB only, it tells whether the register is on. */
	if (!mmu_m68kgen_tt(mmutype, (uint16_t)tt, &lo, &last))
		return KV_OK;
	for (uint32_t top = 0; s == KV_OK && top < 256; top++) {
		if (((top ^ base) & ~ignored) != 0)
			continue;
		lo = (vaddr_t)top << 24;
		while ((((top + 1) ^ base) & ~ignored) == 0)	/* not at 256, which has a ninth bit */
			top++;
		last = (vaddr_t)top << 24 | 0xffffff;
		const struct mmu mmu = mmu_linear(lo, last, lo, MMU_NOPROT);
		s = dump_range(dump, lo, last, &mmu, err);
	}
	return s;
}

static enum kv_status
gen68k_decode(struct dump *dump, struct image *img, const struct port_kernel *kernel,
    struct kv_err *err)
{
	(void)kernel;
	struct m68k_head head;
	enum kv_status s = m68k_head_decode(dump, img, CPU_SEGS + SEG_BYTES, "gen68k", &head, err);
	if (s != KV_OK)
		return s;
	s = netbsd_segments_ended(dump, img, CPU_SEGS, NSEGS, NULL, err);
	if (s != KV_OK)
		return s;
	const int32_t mmutype = (int32_t)m68k_word(dump, CPU_MMUTYPE);
	if (mmutype < -3 || mmutype > 1)
		return dump_bad(dump, img, CPU_MMUTYPE, "mmutype", (uint32_t)mmutype, err, "-3 to 1");
	const uint32_t tcr = m68k_word(dump, CPU_TCR);
	const uint32_t srp[2] = { m68k_word(dump, CPU_SRP), m68k_word(dump, CPU_SRP + 4) };
	struct mmu mmu;
	s = mmu_m68kgen_init(&mmu, mmutype, tcr, srp, err);
	if (s != KV_OK) {
		kv_prefix(err, "%s: cpu segment at offset %#jx", img->name,
		    (uintmax_t)dump->kcore.cpu_off);
		return s;
	}
	if (UINT32_C(1) << (tcr >> 20 & 0xf) != head.page_size)
		return dump_bad(dump, img, CPU_TCR, "tcr", tcr, err, "bits 23:20 to be log2 of page_size, "
		    "%#jx", (uintmax_t)head.page_size);
	dump->root = mmu.root.addr;
	/* The MMU looks at these before any table. */
	for (unsigned i = 0; s == KV_OK && i < NTT; i++)
		s = add_transparent(dump, mmutype, m68k_word(dump, CPU_TT + 4 * i), err);
	if (s == KV_OK)
		s = m68k_linear_range(dump, img, head.kernbase, m68k_word(dump, CPU_RELOCEND),
		    m68k_word(dump, CPU_RELOC), CPU_RELOCEND, "relocend", err);
	return s == KV_OK ? dump_range(dump, 0, UINT32_MAX, &mmu, err) : s;
}

const struct port port_netbsd_gen68k = {
	.os = "netbsd", .machine = "gen68k", .form = "netbsd-kcore",
	.elf_machine = EM_68K, .kernel_bits = 32, .mid = MID_M68K,
	.orders = NETBSD_BIG, .align = 4,
	.bits = 32, .vabits = 32, .pagesize = 4096,
	.probe = gen68k_probe, .decode = gen68k_decode,
};
