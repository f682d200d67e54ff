/* SPDX-License-Identifier: BSD-2-Clause */
/* Decoding and emitting NetBSD's kcore container. */
#include "format/netbsd.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Offsets in kcore_hdr_t and kcore_seg_t. */
enum { OFF_HDRSIZE = 4, OFF_SEGHDRSIZE = 6, OFF_NSEG = 8, OFF_SEG_SIZE = 4 };

static uint64_t
round_up(uint64_t n, unsigned align)
{
	return (n + align - 1) / align * align;
}

enum netbsd_form
netbsd_probe(struct image *img, uint32_t *midmag, struct kv_err *err)
{
	uint8_t word[4];
	size_t got;
	enum kv_status s = image_read(img, 0, word, sizeof(word), &got, err);
	if (s != KV_OK) {
		if (s == KV_ETRUNC)
			kv_fail(err, KV_EFORMAT, "%s: %s: has %zu bytes, too few for a header",
			    img->name, got == 0 ? "empty file" : "short file", got);
		return NETBSD_NONE;
	}
	*midmag = be32_get(word);
	if (NETBSD_MAGIC(*midmag) != NETBSD_KCORE_MAGIC) {
		kv_fail(err, KV_EFORMAT, "%s: magic number at offset 0x2 is %#jx, wanted %#x",
		    img->name, (uintmax_t)NETBSD_MAGIC(*midmag), NETBSD_KCORE_MAGIC);
		return NETBSD_NONE;
	}
	/* On a device the CPU segment's header comes first, with the kcore magic. */
	if (NETBSD_FLAGS(*midmag) == NETBSD_FLAG_CPU) {
		kv_fail(err, KV_EFORMAT, "%s: at offset 0 is the header of a dump device, which "
		    "kvm_dump_mkheader adopts", img->name);
		return NETBSD_DEVICE;
	}
	return NETBSD_FILE;
}

/* Reads a header of len bytes that lies at off. */
static enum kv_status
header_read(struct image *img, uint64_t off, void *buf, size_t len, const char *what,
    struct kv_err *err)
{
	size_t got;
	enum kv_status s = image_read(img, off, buf, len, &got, err);
	if (s == KV_ETRUNC)
		return kv_fail(err, KV_ETRUNC, "%s: truncated in the %s: %zu bytes wanted at "
		    "offset %#jx, the file has %#jx", img->name, what, len, (uintmax_t)off,
		    (uintmax_t)img->size);
	return s;
}

static enum kv_status
order_from_nseg(const struct image *img, const uint8_t *nseg, bool *big, struct kv_err *err)
{
	uint32_t le = le32_get(nseg), be = be32_get(nseg);
	if (le != NETBSD_NSEG && be != NETBSD_NSEG)
		return kv_fail(err, KV_EFORMAT, "%s: number of segments (c_nseg) at offset %#x is "
		    "%ju (little-endian) or %ju (big-endian), wanted %d", img->name, OFF_NSEG,
		    (uintmax_t)le, (uintmax_t)be, NETBSD_NSEG);
	*big = be == NETBSD_NSEG;
	return KV_OK;
}

/* Reads and checks a segment's header; *ret is c_size. */
static enum kv_status
segment_header(struct image *img, uint64_t off, const char *what, unsigned flags, bool big,
    uint32_t *ret, struct kv_err *err)
{
	uint8_t hdr[NETBSD_SEGHDR_SIZE];
	enum kv_status s = header_read(img, off, hdr, sizeof(hdr), what, err);
	if (s != KV_OK)
		return s;
	uint32_t midmag = be32_get(hdr);
	if (NETBSD_MAGIC(midmag) != NETBSD_SEG_MAGIC)
		return kv_fail(err, KV_EFORMAT, "%s: %s: segment magic at offset %#jx is %#jx, "
		    "wanted %#x", img->name, what, (uintmax_t)(off + 2),
		    (uintmax_t)NETBSD_MAGIC(midmag), NETBSD_SEG_MAGIC);
	if (NETBSD_FLAGS(midmag) != flags)
		return kv_fail(err, KV_EFORMAT, "%s: %s: flags at offset %#jx are %#jx (word "
		    "%#jx), wanted %#x", img->name, what, (uintmax_t)off,
		    (uintmax_t)NETBSD_FLAGS(midmag), (uintmax_t)midmag, flags);
	*ret = big ? be32_get(hdr + OFF_SEG_SIZE) : le32_get(hdr + OFF_SEG_SIZE);
	return KV_OK;
}

/* Makes kc->cpu: a view into the image if it is stable, else a copy. */
static enum kv_status
cpu_view(struct netbsd_kcore *kc, struct image *img, uint32_t size, bool big, struct kv_err *err)
{
	if (size > NETBSD_CPU_MAX)
		return kv_fail(err, KV_EFORMAT, "%s: cpu segment: c_size is %#jx, more than %#jx",
		    img->name, (uintmax_t)size, (uintmax_t)NETBSD_CPU_MAX);
	if (kc->cpu_off > img->size || img->size - kc->cpu_off < size)
		return kv_fail(err, KV_ETRUNC, "%s: cpu segment: c_size is %#jx at offset %#jx, "
		    "but the file is truncated: it has %#jx bytes", img->name, (uintmax_t)size,
		    (uintmax_t)kc->cpu_off, (uintmax_t)img->size);
	kc->cpu = (struct view) { .len = size, .big = big };
	if (image_stable(img)) {
		const uint8_t *p = NULL;
		size_t got = 0;
		enum kv_status s = KV_OK;
		if (size > 0)
			s = image_get(img, kc->cpu_off, size, &p, &got, err);
		kc->cpu.p = p;
		return s;
	}
	kc->copy = malloc(size == 0 ? 1 : size);
	if (kc->copy == NULL)
		return kv_fail(err, KV_ENOMEM, "%s: cpu segment: %#jx bytes: %s", img->name,
		    (uintmax_t)size, strerror(ENOMEM));
	kc->cpu.p = kc->copy;
	return header_read(img, kc->cpu_off, kc->copy, size, "cpu segment", err);
}

static enum kv_status
open_file(struct netbsd_kcore *kc, struct image *img, struct kv_err *err)
{
	uint8_t hdr[NETBSD_HDR_SIZE];
	bool big = false;
	enum kv_status s = header_read(img, 0, hdr, sizeof(hdr), "header", err);
	if (s == KV_OK)
		s = order_from_nseg(img, hdr + OFF_NSEG, &big, err);
	if (s != KV_OK)
		return s;
	kc->midmag = be32_get(hdr);
	struct view v = { hdr, sizeof(hdr), big };
	view_u16(&v, OFF_HDRSIZE, &kc->hdrsize);
	view_u16(&v, OFF_SEGHDRSIZE, &kc->seghdrsize);
	if (kc->hdrsize < NETBSD_HDR_SIZE)
		return kv_fail(err, KV_EFORMAT, "%s: c_hdrsize at offset %#x is %#x, wanted %#x "
		    "or more", img->name, OFF_HDRSIZE, kc->hdrsize, NETBSD_HDR_SIZE);
	if (kc->seghdrsize < NETBSD_SEGHDR_SIZE)
		return kv_fail(err, KV_EFORMAT, "%s: c_seghdrsize at offset %#x is %#x, wanted "
		    "%#x or more", img->name, OFF_SEGHDRSIZE, kc->seghdrsize,
		    NETBSD_SEGHDR_SIZE);

	uint32_t size;
	s = segment_header(img, kc->hdrsize, "cpu segment", NETBSD_FLAG_CPU, big, &size, err);
	if (s != KV_OK)
		return s;
	kc->cpu_off = (uint64_t)kc->hdrsize + kc->seghdrsize;
	s = cpu_view(kc, img, size, big, err);
	if (s != KV_OK)
		return s;
	/* The DATA segment's c_size holds the low 32 bits of the length only. */
	char what[64];
	(void)snprintf(what, sizeof(what), "data segment (after a cpu c_size of %#jx)",
	    (uintmax_t)size);
	s = segment_header(img, kc->cpu_off + size, what, NETBSD_FLAG_DATA, big,
	    &kc->data_size, err);
	kc->mem_off = kc->cpu_off + size + kc->seghdrsize;
	return s;
}

enum kv_status
netbsd_open_file(struct netbsd_kcore *kc, struct image *img, struct kv_err *err)
{
	*kc = (struct netbsd_kcore) { 0 };
	enum kv_status s = open_file(kc, img, err);
	if (s != KV_OK)
		netbsd_fini(kc);
	return s;
}

enum kv_status
netbsd_probe_device(struct image *img, uint64_t off, uint32_t *midmag, struct kv_err *err)
{
	uint8_t hdr[NETBSD_SEGHDR_SIZE];
	size_t got;
	enum kv_status s = image_read(img, off, hdr, sizeof(hdr), &got, err);
	if (s == KV_ETRUNC)
		return kv_fail(err, s, "read %zx bytes at offset %jx for cpu_hdr instead of "
		    "requested %zu: %s: has %#jx bytes", got, (uintmax_t)off, sizeof(hdr),
		    img->name, (uintmax_t)img->size);
	if (s != KV_OK) {
		kv_prefix(err, "read %zu bytes at offset %jx for cpu_hdr failed", sizeof(hdr),
		    (uintmax_t)off);
		return s;
	}
	*midmag = be32_get(hdr);
	if (NETBSD_MAGIC(*midmag) != NETBSD_KCORE_MAGIC)
		return kv_fail(err, KV_EUNSUP, "invalid magic in cpu_hdr: %s: magic number at "
		    "offset %#jx is %#jx, wanted %#x", img->name, (uintmax_t)off + 2,
		    (uintmax_t)NETBSD_MAGIC(*midmag), NETBSD_KCORE_MAGIC);
	return KV_OK;
}

/* The kernel makes header and cpu data together a whole number of disk blocks. */
static bool
plausible(uint32_t size, unsigned align)
{
	return size != 0 && size <= NETBSD_CPU_MAX &&
	    (round_up(NETBSD_SEGHDR_SIZE, align) + size) % IMAGE_SECTOR == 0;
}

void
netbsd_align(struct netbsd_kcore *kc, unsigned align)
{
	kc->hdrsize = (uint16_t)round_up(NETBSD_HDR_SIZE, align);
	kc->seghdrsize = (uint16_t)round_up(NETBSD_SEGHDR_SIZE, align);
}

enum kv_status
netbsd_open_device(struct netbsd_kcore *kc, struct image *img, uint64_t off, unsigned align,
    unsigned orders, struct kv_err *err)
{
	*kc = (struct netbsd_kcore) { 0 };
	uint8_t hdr[NETBSD_SEGHDR_SIZE];
	enum kv_status s = header_read(img, off, hdr, sizeof(hdr), "device header", err);
	if (s != KV_OK)
		return s;
	bool big = (orders & NETBSD_LITTLE) == 0 ||
	    ((orders & NETBSD_BIG) != 0 && !plausible(le32_get(hdr + OFF_SEG_SIZE), align));
	uint32_t size = big ? be32_get(hdr + OFF_SEG_SIZE) : le32_get(hdr + OFF_SEG_SIZE);

	kc->midmag = NETBSD_MIDMAG(0, NETBSD_MID(be32_get(hdr)), NETBSD_KCORE_MAGIC);
	netbsd_align(kc, align);
	kc->cpu_off = off + kc->seghdrsize;	/* cannot wrap: off + 8 was read */
	s = cpu_view(kc, img, size, big, err);
	if (s == KV_ETRUNC || s == KV_EFORMAT) {
		uint64_t have = kc->cpu_off < img->size ? img->size - kc->cpu_off : 0;
		kv_prefix(err, "size %ju != cpu_hdr.csize %ju",
		    (uintmax_t)(have < size ? have : size), (uintmax_t)size);
		s = KV_EFORMAT;
	}
	kc->mem_off = kc->cpu_off + size;
	if (s != KV_OK)
		netbsd_fini(kc);
	return s;
}

void
netbsd_fini(struct netbsd_kcore *kc)
{
	free(kc->copy);
	*kc = (struct netbsd_kcore) { 0 };
}

struct sink {
	bool (*put)(void *cookie, const void *buf, size_t len);
	void *cookie;
	uint64_t count;
	const char *failed;
};

static void
emit(struct sink *sink, const void *buf, size_t len, const char *what)
{
	if (sink->failed != NULL || len == 0)
		return;
	if (sink->put(sink->cookie, buf, len))
		sink->count += len;
	else
		sink->failed = what;
}

static void
emit_gap(struct sink *sink, uint64_t len)
{
	static const uint8_t zeros[1024];
	while (len > 0 && sink->failed == NULL) {
		size_t n = len < sizeof(zeros) ? (size_t)len : sizeof(zeros);
		emit(sink, zeros, n, "clear_gap");
		len -= n;
	}
}

static void
emit_segment_header(struct sink *sink, const struct netbsd_kcore *kc, unsigned flags,
    uint32_t size)
{
	uint8_t hdr[NETBSD_SEGHDR_SIZE];
	be32_put(hdr, NETBSD_MIDMAG(flags, 0, NETBSD_SEG_MAGIC));
	if (kc->cpu.big)
		be32_put(hdr + OFF_SEG_SIZE, size);
	else
		le32_put(hdr + OFF_SEG_SIZE, size);
	emit(sink, hdr, sizeof(hdr), "kvm_dump_header");
	emit_gap(sink, (uint64_t)kc->seghdrsize - sizeof(hdr));
}

uint64_t
netbsd_emit(const struct netbsd_kcore *kc, unsigned align, uint32_t dumpsize,
    bool (*put)(void *cookie, const void *buf, size_t len), void *cookie, const char **what)
{
	struct sink sink = { .put = put, .cookie = cookie };
	uint8_t hdr[NETBSD_HDR_SIZE];
	be32_put(hdr, kc->midmag);
	if (kc->cpu.big) {
		be16_put(hdr + OFF_HDRSIZE, kc->hdrsize);
		be16_put(hdr + OFF_SEGHDRSIZE, kc->seghdrsize);
		be32_put(hdr + OFF_NSEG, NETBSD_NSEG);
	} else {
		le16_put(hdr + OFF_HDRSIZE, kc->hdrsize);
		le16_put(hdr + OFF_SEGHDRSIZE, kc->seghdrsize);
		le32_put(hdr + OFF_NSEG, NETBSD_NSEG);
	}
	emit(&sink, hdr, sizeof(hdr), "kvm_dump_header");
	emit_gap(&sink, (uint64_t)kc->hdrsize - sizeof(hdr));

	uint64_t cpu_size = round_up(kc->cpu.len, align);
	emit_segment_header(&sink, kc, NETBSD_FLAG_CPU, (uint32_t)cpu_size);
	emit(&sink, kc->cpu.p, kc->cpu.len, "kvm_dump_header");
	emit_gap(&sink, cpu_size - kc->cpu.len);
	emit_segment_header(&sink, kc, NETBSD_FLAG_DATA, dumpsize);
	*what = sink.failed;
	return sink.failed == NULL ? sink.count : 0;
}
