/* SPDX-License-Identifier: BSD-2-Clause */
/* FreeBSD/arm64. */
#include "port/freebsd/full.h"
#include "port/freebsd/minidump.h"

/* sys/arm64/include/minidump.h */
enum { FLAGS = 76, FLAGS_FROM = 3, FLAGS_PAGE = 3 };
static const struct freebsd_layout layout = { .expected = "Expected", .pmapsize = "pmapsize",
	.versions = 3, .size = 80, .avail_off = 72, .avail_from = 2 };

/* The page size decides where everything lies. */
static enum kv_status
choose_mmu(struct freebsd_head *head, const struct image *img, const struct mmu **ret,
    struct kv_err *err)
{
	static const struct {
		unsigned page_shift;
		const struct mmu *mmu;
	} sizes[] = { { 12, &mmu_aarch64_4k_pte_array }, { 14, &mmu_aarch64_16k_pte_array } };
	struct minidump_field flags = { .name = "flags", .off = FLAGS };
	if (head->version >= FLAGS_FROM)
		flags = minidump_u32(&head->view, "flags", FLAGS);
	const uint64_t size = flags.value & FLAGS_PAGE;
	if (size == 2)
		return kv_fail(err, KV_EUNSUP, "%s: flags at offset %#jx are %#jx: pages of 64 KiB "
		    "are not supported", img->name, (uintmax_t)flags.off, (uintmax_t)flags.value);
	if (size == 3)
		return minidump_bad(img, &flags, err, "0 (4 KiB pages) or 1 (16 KiB) in bits 1:0");
	head->md.page_shift = sizes[size].page_shift;
	*ret = sizes[size].mmu;
	return KV_OK;
}

static enum kv_status
decode_minidump(struct dump *dump, struct image *img, const struct port_kernel *kernel,
    struct kv_err *err)
{
	(void)kernel;
	struct freebsd_head head;
	const struct mmu *mmu = NULL;
	enum kv_status s = freebsd_head_read(&head, &layout, dump, img, err);
	if (s == KV_OK)
		s = choose_mmu(&head, img, &mmu, err);
	if (s == KV_OK)
		s = minidump_read(&head.md, img, &dump->ram, err);
	if (s != KV_OK)
		return s;
	dump->pagesize = 1u << head.md.page_shift;
	return freebsd_direct_then_map(dump, img, mmu, &head, err);
}

const struct port port_freebsd_arm64 = {
	.os = "freebsd", .machine = "arm64", .form = "freebsd-minidump elf raw",
	.elf_machine = 183, .kernel_bits = 64, .orders = NETBSD_LITTLE,
	.bits = 64, .pagesize = 4096,
	.minidump_magic = "minidump FreeBSD/arm64", .decode_minidump = decode_minidump,
	.decode_elf = freebsd_arm64_elf, .decode_raw = freebsd_arm64_raw,
};
