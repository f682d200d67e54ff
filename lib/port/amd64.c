/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * amd64, as NetBSD and OpenBSD dump it.  cpu data (sys/arch/amd64/include/kcore.h): u64
 * ptdpaddr, u64 nmemsegs, then the RAM segments.  Their count is bounded by the cpu data only:
 * NetBSD's sparse dumps have many.
 */
#include "port/amd64.h"

enum { CPU_PTDPADDR = 0, CPU_NMEMSEGS = 8, CPU_SEGS = 16, SEG_BYTES = 16 };

/* AMD64 APM vol. 2, 3.1.2: CR3 holds bits 51:12 of the top table's address; 5.2: P. */
#define CR3_FRAME	UINT64_C(0x000ffffffffff000)
#define ENTRY_P		UINT64_C(0x1)
/* Intel SDM vol. 3A, 4.10.4.1: "keep what this PCID has cached".  OpenBSD saves it, NetBSD has no PCIDs. */
#define CR3_REUSE_PCID	(UINT64_C(1) << 63)

enum kv_status
amd64_header(struct dump *dump, struct image *img, struct kv_err *err)
{
	const struct view *cpu = &dump->kcore.cpu;
	enum kv_status s = dump_cpu_wants(dump, img, CPU_SEGS, err);
	if (s != KV_OK)
		return s;
	uint64_t ptdpaddr = 0, nmemsegs = 0, room = (cpu->len - CPU_SEGS) / SEG_BYTES;
	view_u64(cpu, CPU_PTDPADDR, &ptdpaddr);
	view_u64(cpu, CPU_NMEMSEGS, &nmemsegs);
	if (nmemsegs == 0 || nmemsegs > room)
		return dump_bad(dump, img, CPU_NMEMSEGS, "nmemsegs", nmemsegs, err,
		    "1 to %#jx: the cpu segment has %#zx bytes", (uintmax_t)room, cpu->len);
	dump->root = ptdpaddr & CR3_FRAME;
	return netbsd_segments(dump, img, CPU_SEGS, nmemsegs, NULL, err);
}

/* Where 8 bytes of physical memory lie in the image; false if no segment holds them. */
static bool
locate(const struct netbsd_kcore *kc, paddr_t pa, uint64_t *ret)
{
	uint64_t n = 0, start = 0, size = 0, at = kc->mem_off;
	view_u64(&kc->cpu, CPU_NMEMSEGS, &n);
	for (uint64_t i = 0; i < n; i++, at += size) {
		uint64_t off = CPU_SEGS + i * SEG_BYTES;
		if (!view_u64(&kc->cpu, off, &start) || !view_u64(&kc->cpu, off + 8, &size) ||
		    size > UINT64_MAX - at)
			return false;
		if (pa >= start && pa - start < size) {
			*ret = at + (pa - start);
			return size - (pa - start) >= 8;
		}
	}
	return false;
}

/*
 * Both kernels let an entry of the top table point back at it: OpenBSD's is always number 255
 * (sys/arch/amd64/include/pmap.h), NetBSD's one of 256 to 511 (sys/arch/x86/x86/pmap.c).
 * OpenBSD's header is one disk block.
 */
enum amd64_system
amd64_system(const struct netbsd_kcore *kc, struct image *img)
{
	enum { BLOCK_CPU = 504, OPENBSD_SLOT = 255, ENTRIES = 512 };
	uint64_t ptdpaddr, off;
	if (!view_u64(&kc->cpu, CPU_PTDPADDR, &ptdpaddr))
		return AMD64_EITHER;
	if ((ptdpaddr & CR3_REUSE_PCID) != 0)
		return AMD64_OPENBSD;
	if (kc->cpu.len != BLOCK_CPU)
		return AMD64_NETBSD;
	const paddr_t root = ptdpaddr & CR3_FRAME;
	for (unsigned i = OPENBSD_SLOT; i < ENTRIES; i++) {
		uint8_t b[8];
		size_t got;
		if (!locate(kc, root + 8 * (paddr_t)i, &off) ||
		    image_read(img, off, b, sizeof(b), &got, NULL) != KV_OK)
			return AMD64_EITHER;
		uint64_t entry = le64_get(b);
		if ((entry & ENTRY_P) != 0 && (entry & CR3_FRAME) == root)
			return i == OPENBSD_SLOT ? AMD64_OPENBSD : AMD64_NETBSD;
	}
	return AMD64_EITHER;
}
