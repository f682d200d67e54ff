/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * FreeBSD/powerpc64: minidumps of either byte order, with a hashed page table or a radix tree.
 * Source: sys/powerpc/include/minidump.h, lib/libkvm/kvm_minidump_powerpc64*.c.
 */
#include "port/freebsd/powerpc64.h"

#include <string.h>

#include "format/minidump.h"

enum { MMU_NAME = 32, MMU_NAME_LEN = 32, VERSION = 64, MSGBUFSIZE = 68, BITMAPSIZE = 72,
	PMAPSIZE = 76, KERNBASE = 80, KERNEND = 88, DMAPBASE = 96, DMAPEND = 104, STARTKERNEL = 120,
	DUMPAVAILSIZE = 136, HEAD_SIZE = 140 };
enum { RADIX_ROOT_BYTES = 65536 };

/* PPC64_KERNBASE: where kernels are linked. */
#define LINKED_AT	UINT64_C(0x100100)

static enum kv_status
make_mmu(const struct image *img, const struct minidump *md, const char *name, struct mmu *ret,
    struct kv_err *err)
{
	if (strcmp(name, "mmu_g5") == 0 || strcmp(name, "mmu_phyp") == 0) {
		enum kv_status s = mmu_freebsd_hpt_init(ret, md->pmap_off, md->pmapsize.value, err);
		if (s != KV_OK)
			kv_prefix(err, "%s: pmapsize at offset %#x", img->name, (unsigned)PMAPSIZE);
		return s;
	}
	*ret = mmu_powerpc64_radix;
	ret->root = (struct kv_loc) { .addr = md->pmap_off, .space = KV_FILE };
	return KV_OK;
}

/* What must be right before the parts are looked for. */
static enum kv_status
check_pmapsize(const struct image *img, const struct minidump *md, const char *name,
    struct kv_err *err)
{
	if (strcmp(name, "mmu_g5") == 0 || strcmp(name, "mmu_phyp") == 0)
		return KV_OK;
	if (strcmp(name, "mmu_radix") != 0)
		return kv_fail(err, KV_EUNSUP, "unsupported MMU: %s: %s: mmu_name at offset %#x is "
		    "\"%s\", wanted mmu_g5, mmu_phyp or mmu_radix", name, img->name,
		    (unsigned)MMU_NAME, name);
	const uint64_t size = md->pmapsize.value;
	if (size == 0)
		return kv_fail(err, KV_EFORMAT, "radix minidump does not contain a page map: %s: "
		    "pmapsize at offset %#x is 0, wanted %#x", img->name, (unsigned)PMAPSIZE,
		    (unsigned)RADIX_ROOT_BYTES);
	if (size != RADIX_ROOT_BYTES)
		return kv_fail(err, KV_EFORMAT, "unexpected radix page map size: %ju: %s: pmapsize at "
		    "offset %#x, wanted %u", (uintmax_t)size, img->name, (unsigned)PMAPSIZE,
		    (unsigned)RADIX_ROOT_BYTES);
	return KV_OK;
}

/* Stretches of addresses, inclusive. */
struct piece {
	vaddr_t lo, last;
};

/* The addresses below limit from which disp leads to [lo, last]: one piece, or two around 0. */
static unsigned
displaced_pieces(vaddr_t lo, vaddr_t last, uint64_t disp, vaddr_t limit, struct piece ret[2])
{
	const vaddr_t from = lo - disp, to = last - disp;
	const struct piece all[2] = {
		{ from <= to ? from : 0, to },
		{ from, UINT64_MAX },
	};
	unsigned n = 0;
	for (unsigned i = 0; i < (from <= to ? 1u : 2u); i++)
		if (all[i].lo < limit)
			ret[n++] = (struct piece) { all[i].lo, u64_min(all[i].last, limit - 1) };
	return n;
}

/*
 * Addresses below the direct map are those of the kernel file: displaced once, they lead into the
 * direct map or to the tables.
 */
static enum kv_status
linked_ranges(struct dump *dump, const struct mmu *mmu, struct piece kva, vaddr_t dmapbase,
    struct kv_err *err)
{
	const uint64_t disp = (uint64_t)dump->kerndisp;
	const struct as_range *dmap = &dump->dmap;
	struct piece piece[2];
	enum kv_status s = KV_OK;
	unsigned n = dmap->lo < dmap->last ?
	    displaced_pieces(dmap->lo, dmap->last, disp, dmapbase, piece) : 0;
	for (unsigned i = 0; s == KV_OK && i < n; i++) {
		const vaddr_t lo = piece[i].lo, last = piece[i].last;
		const struct mmu linear = mmu_linear(lo, last,
		    dmap->mmu.root.addr + (lo + disp - dmap->lo), MMU_NOPROT);
		s = dump_range(dump, lo, last, &linear, err);
	}
	struct mmu *inner = s == KV_OK ? dump_alloc(dump, 1, sizeof(*inner), err) : NULL;
	if (inner == NULL)
		return s == KV_OK ? KV_ENOMEM : s;
	*inner = *mmu;
	const struct mmu displaced = mmu_displaced(inner, disp);
	n = displaced_pieces(kva.lo, kva.last, disp, dmapbase, piece);
	for (unsigned i = 0; s == KV_OK && i < n; i++)
		s = dump_range(dump, piece[i].lo, piece[i].last, &displaced, err);
	return s;
}

enum kv_status
freebsd_powerpc64_minidump(struct dump *dump, struct image *img, const struct port_kernel *kernel,
    struct kv_err *err)
{
	(void)kernel;
	uint8_t bytes[MINIDUMP_HEAD_MAX];
	struct view head;
	size_t got;
	enum kv_status s = image_read(img, 0, bytes, HEAD_SIZE, &got, NULL);
	if (s != KV_OK)
		return kv_fail(err, s, "cannot read minidump header: %s: %#zx bytes are there, wanted "
		    "%#x", img->name, got, (unsigned)HEAD_SIZE);
	head = (struct view) { .p = bytes, .len = HEAD_SIZE, .big = dump->big };
	uint32_t version;
	s = minidump_version(img, &head, VERSION, 2, "Expected", &version, err);
	if (s != KV_OK)
		return s;
	char name[MMU_NAME_LEN + 1] = { 0 };
	memcpy(name, bytes + MMU_NAME, MMU_NAME_LEN);
	struct minidump md = {
		.page_shift = 12,
		.order = dump->big ? BITMAP_BIG64 : BITMAP_LITTLE,
		.big = dump->big,
		.msgbufsize = minidump_u32(&head, "msgbufsize", MSGBUFSIZE),
		.bitmapsize = minidump_u32(&head, "bitmapsize", BITMAPSIZE),
		.pmapsize = minidump_u32(&head, "pmapsize", PMAPSIZE),
	};
	if (version >= 2)
		md.dumpavailsize = minidump_u32(&head, "dumpavailsize", DUMPAVAILSIZE);
	struct mmu mmu;
	s = check_pmapsize(img, &md, name, err);
	if (s == KV_OK)
		s = minidump_read(&md, img, &dump->ram, err);
	if (s == KV_OK)
		s = make_mmu(img, &md, name, &mmu, err);
	if (s != KV_OK)
		return s;

	const vaddr_t kernbase = minidump_u64(&head, "kernbase", KERNBASE).value;
	const vaddr_t dmapbase = minidump_u64(&head, "dmapbase", DMAPBASE).value;
	const vaddr_t dmapend = minidump_u64(&head, "dmapend", DMAPEND).value;
	const uint64_t start = minidump_u64(&head, "startkernel", STARTKERNEL).value;
	dump->kerndisp = (int64_t)(start - LINKED_AT);
	struct piece kva = { kernbase, UINT64_MAX };
	if (mmu.ops == &mmu_radix_ops) {
		/* Bits 51 and below are looked up, as libkvm does. */
		mmu.va_base = kernbase & ~low_mask(mmu.va_bits);
	} else {
		/* Only the segments up to kernend are the kernel's. */
		const vaddr_t kernend = minidump_u64(&head, "kernend", KERNEND).value;
		if (kernend <= kernbase)
			return kv_fail(err, KV_EFORMAT, "%s: kernend at offset %#x is %#jx, wanted more "
			    "than kernbase, %#jx", img->name, (unsigned)KERNEND, (uintmax_t)kernend,
			    (uintmax_t)kernbase);
		kva.last = (kernend - 1) | low_mask(28);
	}
	/* dmapend is the last address.  As libkvm masks: pa = va & ~dmapbase. */
	if (dmapend > dmapbase) {
		dump->dmap = (struct as_range) { .lo = dmapbase, .last = dmapend,
			.mmu = mmu_linear(dmapbase, dmapend, 0, MMU_NOPROT) };
		s = dump_range(dump, dmapbase, dmapend, &dump->dmap.mmu, err);
	}
	if (s == KV_OK)
		s = linked_ranges(dump, &mmu, kva, dmapbase, err);
	return s == KV_OK ? dump_range(dump, kva.lo, kva.last, &mmu, err) : s;
}

const struct port port_freebsd_powerpc64 = {
	FREEBSD_POWERPC64_COMMON, .machine = "powerpc64", .orders = NETBSD_BIG,
};
