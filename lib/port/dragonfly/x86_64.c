/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * DragonFly/x86_64.  Source: sys/platform/pc64/include/minidump.h, x86_64/minidump_machdep.c.  Its
 * version 1 is FreeBSD/amd64's.
 */
#include <string.h>

#include "port/freebsd/full.h"
#include "port/freebsd/minidump.h"

static const char magic1[] = "minidump FreeBSD/amd64";

enum { KERNBASE1 = 40, DMAPBASE1 = 48, DMAPEND1 = 56 };
static const struct freebsd_layout layout1 = { .expected = "Expected", .pmapsize = "ptesize",
	.versions = 1, .size = 64, .avail_from = 2 };

static enum kv_status
decode_version1(struct dump *dump, struct image *img, struct kv_err *err)
{
	struct freebsd_head head;
	enum kv_status s = freebsd_head_read(&head, &layout1, dump, img, err);
	if (s == KV_OK)
		s = minidump_read(&head.md, img, &dump->ram, err);
	if (s == KV_OK)
		s = freebsd_page_map(dump, img, &mmu_x86_pte_array, &head.md,
		    freebsd_head_u64(&head, KERNBASE1), err);
	if (s == KV_OK)
		s = freebsd_direct_map(dump, freebsd_head_u64(&head, DMAPBASE1),
		    freebsd_head_u64(&head, DMAPEND1), 0, err);
	return s;
}

enum { VERSION = 24, MSGBUFSIZE = 32, BITMAPSIZE = 40, PTESIZE = 48, KERNBASE = 56, DMAPBASE = 64,
	DMAPEND = 72, HEAD_SIZE = 80 };
#define PDP_BYTES	(UINT64_C(512) * 512 * 8)	/* all 48 bits, 1 GiB an entry */

static enum kv_status
decode_version2(struct dump *dump, struct image *img, struct kv_err *err)
{
	struct freebsd_head head = { .version = 2 };
	enum kv_status s = minidump_head(img, HEAD_SIZE, false, head.bytes, &head.view, err);
	if (s != KV_OK)
		return s;
	const struct minidump_field version = minidump_u32(&head.view, "version", VERSION);
	if (version.value != 2)
		return kv_fail(err, KV_EUNSUP, "wrong minidump version. Expected 2 got %ju: %s: version "
		    "at offset %#jx is %ju, wanted 2", (uintmax_t)version.value, img->name,
		    (uintmax_t)version.off, (uintmax_t)version.value);
	head.md = (struct minidump) {
		.page_shift = 12,
		.order = BITMAP_LITTLE,
		.msgbufsize = minidump_u64(&head.view, "msgbufsize", MSGBUFSIZE),
		.bitmapsize = minidump_u64(&head.view, "bitmapsize", BITMAPSIZE),
		.pmapsize = minidump_u64(&head.view, "ptesize", PTESIZE),
	};
	if (head.md.pmapsize.value != PDP_BYTES)
		return minidump_bad(img, &head.md.pmapsize, err, "%#jx: page directory pointers of 48 "
		    "bits of address", (uintmax_t)PDP_BYTES);
	s = minidump_read(&head.md, img, &dump->ram, err);
	if (s != KV_OK)
		return s;
	struct mmu mmu = mmu_x86_pdp_array;
	mmu.root = (struct kv_loc) { .addr = head.md.pmap_off, .space = KV_FILE };
	const vaddr_t kernbase = freebsd_head_u64(&head, KERNBASE);
	s = dump_range(dump, kernbase, UINT64_MAX, &mmu, err);
	if (s == KV_OK)
		s = freebsd_direct_map(dump, freebsd_head_u64(&head, DMAPBASE),
		    freebsd_head_u64(&head, DMAPEND), 0, err);
	/* The table is of all addresses. */
	if (s == KV_OK && kernbase > 0)
		s = dump_range(dump, 0, kernbase - 1, &mmu, err);
	return s;
}

static enum kv_status
decode_minidump(struct dump *dump, struct image *img, const struct port_kernel *kernel,
    struct kv_err *err)
{
	(void)kernel;
	uint8_t head[MINIDUMP_HEAD_MAX];
	struct view view;
	enum kv_status s = minidump_head(img, VERSION, false, head, &view, err);
	if (s != KV_OK)
		return s;
	if (memcmp(head, magic1, sizeof(magic1)) == 0)
		return decode_version1(dump, img, err);
	return decode_version2(dump, img, err);
}

const struct port port_dragonfly_x86_64 = {
	.os = "dragonfly", .machine = "x86_64", .form = "dragonfly-minidump elf raw",
	.elf_machine = 62, .kernel_bits = 64, .orders = NETBSD_LITTLE,
	.bits = 64, .vabits = 48, .pagesize = 4096,
	.minidump_magic = "minidump DFlyBSD/x86-64", .minidump_magic2 = magic1,
	.decode_minidump = decode_minidump,
	.decode_elf = dragonfly_x86_64_elf, .decode_raw = dragonfly_x86_64_raw,
};
