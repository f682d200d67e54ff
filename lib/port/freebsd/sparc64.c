/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * FreeBSD/sparc64 (until 2020): a form of its own.  Sources: sys/sparc64/include/kerneldump.h,
 * lib/libkvm/kvm_sparc64.c.
 */
#include "port/port.h"

#include <stdlib.h>
#include <string.h>

enum { EM_SPARCV9 = 43 };

/* struct sparc64_dump_hdr, then its regions; all big-endian. */
enum { HDR_SIZE = 0, HDR_TSB_PA = 8, HDR_TSB_SIZE = 16, HDR_TSB_MASK = 24, HDR_NREGIONS = 32,
	HDR_REGIONS = 40, REGION_BYTES = 24 };

enum { PAGE = 8192, TSB_ENTRY = 32 };

/* The direct map: the address without its upper bits. */
#define DIRECT		UINT64_C(0xfffff80000000000)

struct header {
	uint64_t size, tsb_pa, tsb_size, tsb_mask, nregions;
};

static enum kv_status
header_read(struct image *img, struct header *ret, struct kv_err *err)
{
	uint8_t b[HDR_REGIONS];
	size_t got;
	enum kv_status s = image_read(img, 0, b, sizeof(b), &got, err);
	if (s != KV_OK)
		return s;
	*ret = (struct header) {
		.size = be64_get(b + HDR_SIZE), .tsb_pa = be64_get(b + HDR_TSB_PA),
		.tsb_size = be64_get(b + HDR_TSB_SIZE), .tsb_mask = be64_get(b + HDR_TSB_MASK),
		.nregions = be32_get(b + HDR_NREGIONS),
	};
	return KV_OK;
}

/* Whether one of the regions, of which a probe looks at a few, begins where the headers end. */
static bool
has_first_region(struct image *img, const struct header *h)
{
	enum { FEW = 256 };
	for (uint64_t i = 0; i < h->nregions && i < FEW; i++) {
		uint8_t b[REGION_BYTES];
		size_t got;
		if (image_read(img, HDR_REGIONS + i * REGION_BYTES, b, sizeof(b), &got, NULL) != KV_OK)
			return false;
		if (be64_get(b + 16) == h->size && be64_get(b + 8) != 0)
			return true;
	}
	return false;
}

/* The TSB has a power of two of entries, and the mask keeps the bits of their numbers. */
static bool
is_mask(uint64_t mask)
{
	return (mask & (mask + 1)) == 0;
}

/* The form has no magic number: a kernel of this machine or none, and numbers that belong together. */
static bool
sparc64_probe(struct image *img, const struct port_kernel *kernel)
{
	struct header h;
	if (kernel->machine != 0 &&
	    (kernel->machine != EM_SPARCV9 || kernel->bits != 64 || !kernel->big))
		return false;
	if (kernel->machine != 0 && strcmp(kernel->os, "freebsd") == 0)
		return img->size > 0;	/* and what is wrong is told */
	if (header_read(img, &h, NULL) != KV_OK || h.tsb_pa % PAGE != 0)
		return false;
	return h.size >= HDR_REGIONS + h.nregions * REGION_BYTES && is_mask(h.tsb_mask) &&
	    has_first_region(img, &h);
}

static enum kv_status
bad(const struct image *img, uint64_t off, const char *field, uint64_t found, const char *wanted,
    uint64_t limit, struct kv_err *err)
{
	return kv_fail(err, KV_EFORMAT, "%s: %s at offset %#jx is %#jx, wanted %s %#jx", img->name,
	    field, (uintmax_t)off, (uintmax_t)found, wanted, (uintmax_t)limit);
}

static enum kv_status
header_check(const struct image *img, const struct header *h, struct kv_err *err)
{
	const uint64_t room = (img->size - HDR_REGIONS) / REGION_BYTES;	/* the header was read */
	if (h->nregions == 0 || h->nregions > room)
		return bad(img, HDR_NREGIONS, "dh_nregions", h->nregions, "1 to what the file has "
		    "room for,", room, err);
	const uint64_t headers = HDR_REGIONS + h->nregions * REGION_BYTES;
	if (h->size < headers)
		return bad(img, HDR_SIZE, "dh_hdr_size", h->size, "the size of header and regions: "
		    "at least", headers, err);
	if (h->size > img->size)
		return bad(img, HDR_SIZE, "dh_hdr_size", h->size, "at most the file's size,", img->size,
		    err);
	if (h->tsb_size % TSB_ENTRY != 0 || h->tsb_mask >= h->tsb_size / TSB_ENTRY)
		return bad(img, HDR_TSB_MASK, "dh_tsb_mask", h->tsb_mask, "less than the entries in "
		    "dh_tsb_size bytes,", h->tsb_size / TSB_ENTRY, err);
	if (!is_mask(h->tsb_mask))
		return kv_fail(err, KV_EFORMAT, "%s: dh_tsb_mask at offset %#jx is %#jx, wanted one less than a "
		    "power of two", img->name, (uintmax_t)HDR_TSB_MASK, (uintmax_t)h->tsb_mask);
	return KV_OK;
}

struct region {
	uint64_t pa, size, off;
};

static int
by_pa(const void *a, const void *b)
{
	const struct region *x = a, *y = b;
	return u64_compare(x->pa, y->pa);
}

static enum kv_status
regions_read(struct dump *dump, struct image *img, uint64_t n, struct kv_err *err)
{
	struct region *v = dump_alloc(dump, (size_t)n, sizeof(*v), err);
	if (v == NULL)
		return KV_ENOMEM;
	for (size_t i = 0; i < n; i++) {
		uint8_t b[REGION_BYTES];
		size_t got;
		enum kv_status s = image_read(img, HDR_REGIONS + i * (uint64_t)REGION_BYTES, b, sizeof(b),
		    &got, err);
		if (s != KV_OK)
			return s;
		v[i] = (struct region) { be64_get(b), be64_get(b + 8), be64_get(b + 16) };
		if (v[i].size != 0 && v[i].size - 1 > UINT64_MAX - v[i].pa)
			return bad(img, HDR_REGIONS + i * (uint64_t)REGION_BYTES + 8, "dr_size", v[i].size,
			    "what goes with dr_pa not past 2^64: at most", 0 - v[i].pa, err);
	}
	qsort(v, (size_t)n, sizeof(*v), by_pa);
	enum kv_status s = format_init(&dump->ram, (size_t)n, img->size, err);
	for (size_t i = 0; i < n && s == KV_OK; i++)
		if (v[i].size > 0)
			s = format_add(&dump->ram, i, v[i].pa, v[i].size, v[i].off, err);
	if (s != KV_OK)
		kv_prefix(err, "%s: regions, sorted", img->name);
	return s;
}

static enum kv_status
tsb_check(struct dump *dump, const struct image *img, const struct header *h, struct kv_err *err)
{
	struct place at;
	format_locate(&dump->ram, h->tsb_pa, &at);
	if (at.kind == PLACE_ABSENT)
		return bad(img, HDR_TSB_PA, "dh_tsb_pa", h->tsb_pa, "an address in one of the regions, in all",
		    dump->ram.n, err);
	return KV_OK;
}

static enum kv_status
sparc64_decode(struct dump *dump, struct image *img, const struct port_kernel *kernel,
    struct kv_err *err)
{
	(void)kernel;
	struct header h;
	dump->big = true;
	enum kv_status s = header_read(img, &h, err);
	if (s == KV_OK)
		s = header_check(img, &h, err);
	if (s == KV_OK)
		s = regions_read(dump, img, h.nregions, err);
	if (s == KV_OK)
		s = tsb_check(dump, img, &h, err);
	if (s != KV_OK)
		return s;
	dump->root = h.tsb_pa;
	dump->dmap = (struct as_range) { .lo = DIRECT, .last = UINT64_MAX,
		.mmu = mmu_linear(DIRECT, UINT64_MAX, 0, MMU_NOPROT) };
	s = dump_range(dump, DIRECT, UINT64_MAX, &dump->dmap.mmu, err);
	const struct mmu tsb = mmu_tsb((struct kv_loc) { .addr = h.tsb_pa, .space = KV_PHYS },
	    h.tsb_mask);
	return s == KV_OK ? dump_range(dump, 0, DIRECT - 1, &tsb, err) : s;
}

const struct port port_freebsd_sparc64 = {
	.os = "freebsd", .machine = "sparc64", .form = "freebsd-sparc64",
	.elf_machine = EM_SPARCV9, .orders = NETBSD_BIG,
	.bits = 64, .vabits = 64, .pagesize = PAGE,
	.probe_other = sparc64_probe, .decode_other = sparc64_decode,
};
