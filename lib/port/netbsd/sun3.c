/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * NetBSD/sun3.  cpu data: the head, segshift, pg_frame, pg_valid, ksegmap, and the PMEG table
 * at page_size - 8: on a second page of the device, whose first page begins with an 8 byte header.
 */
#include "port/netbsd/sun3.h"

enum { CPU_SEGSHIFT = 24, CPU_PG_FRAME = 28, CPU_PG_VALID = 32, CPU_KSEGMAP = 36 };
enum { SUN3_PAGE = 0x2000, SUN3_NKSEGMAP = 256 };

static enum kv_status
pte_constants_check(const struct dump *dump, const struct image *img, const struct mmu_sun3 *how,
    struct kv_err *err)
{
	if (how->pg_valid == 0 || (how->pg_valid & (how->pg_valid - 1)) != 0 ||
	    (how->pg_valid & how->pg_frame) != 0)
		return dump_bad(dump, img, CPU_PG_VALID, "pg_valid", how->pg_valid, err,
		    "one bit that is not in pg_frame, %#jx", (uintmax_t)how->pg_frame);
	/* Frames are numbered from bit 0 on, and memory ends at 2^32. */
	const uint64_t most = UINT32_MAX / how->page_size;
	if (how->pg_frame == 0 || (how->pg_frame & (how->pg_frame + 1)) != 0 || how->pg_frame > most)
		return dump_bad(dump, img, CPU_PG_FRAME, "pg_frame", how->pg_frame, err,
		    "bits from 0 on, %#jx at most", (uintmax_t)most);
	return KV_OK;
}

enum kv_status
sun3_decode(struct dump *dump, struct image *img, const char *name, uint32_t page_size,
    unsigned nksegmap, unsigned table,
    enum kv_status (*init)(struct mmu *ret, const struct mmu_sun3 *how, struct kv_err *err),
    struct kv_err *err)
{
	const unsigned pmeg_off = page_size - NETBSD_SEGHDR_SIZE;
	struct m68k_head head;
	enum kv_status s = m68k_head_decode(dump, img, pmeg_off + table, name, &head, err);
	if (s != KV_OK)
		return s;
	if (head.page_size != page_size)
		return dump_bad(dump, img, M68K_PAGE_SIZE, "page_size", head.page_size, err, "%#jx",
		    (uintmax_t)page_size);
	const struct mmu_sun3 how = {
		.page_size = head.page_size,
		.kernbase = head.kernbase,
		.segshift = m68k_word(dump, CPU_SEGSHIFT),
		.pg_frame = m68k_word(dump, CPU_PG_FRAME),
		.pg_valid = m68k_word(dump, CPU_PG_VALID),
		.ksegmap_off = CPU_KSEGMAP,
		.nksegmap = nksegmap,
		.pmeg_off = pmeg_off,
	};
	s = pte_constants_check(dump, img, &how, err);
	if (s != KV_OK)
		return s;
	struct mmu mmu;
	s = init(&mmu, &how, err);
	if (s != KV_OK) {
		kv_prefix(err, "%s: cpu segment at offset %#jx", img->name,
		    (uintmax_t)dump->kcore.cpu_off);
		return s;
	}
	return dump_range(dump, head.kernbase, UINT32_MAX, &mmu, err);
}

static bool
sun3_probe(const struct netbsd_kcore *kcore, struct image *img)
{
	(void)img;
	return m68k_head_names(kcore, "sun3");
}

static enum kv_status
netbsd_sun3_decode(struct dump *dump, struct image *img, const struct port_kernel *kernel,
    struct kv_err *err)
{
	(void)kernel;
	enum kv_status s = sun3_decode(dump, img, "sun3", SUN3_PAGE, SUN3_NKSEGMAP,
	    SUN3_NPMEG * SUN3_PMEG_BYTES, mmu_sun3_init, err);
	return s == KV_OK ? netbsd_linear(dump, img, 0, err) : s;
}

const struct port port_netbsd_sun3 = {
	.os = "netbsd", .machine = "sun3", .form = "netbsd-kcore",
	.elf_machine = EM_68K, .kernel_bits = 32, .mid = MID_M68K,
	.orders = NETBSD_BIG, .align = 4,
	.bits = 32, .vabits = 32, .pagesize = SUN3_PAGE,
	.probe = sun3_probe, .decode = netbsd_sun3_decode,
};
