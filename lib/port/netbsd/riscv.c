/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * NetBSD/riscv.  cpu data (sys/arch/riscv/include/kcore.h): unsigned long kh_satp and seven more,
 * then the RAM segments, which an entry of size 0 or the end of the data ends.
 */
#include "port/netbsd/riscv.h"

enum { CPU_SATP = 0, CPU_WORDS = 8, SEG_BYTES = 16 };

static uint64_t
read_satp(const struct view *cpu, unsigned xlen)
{
	return xlen == 64 ? view_get64(cpu, CPU_SATP) : view_get32(cpu, CPU_SATP);
}

/* Entry i of the RAM array; false at its end. */
static bool
segment(const struct view *cpu, unsigned xlen, uint64_t i, uint64_t *start, uint64_t *size)
{
	const uint64_t at = CPU_WORDS * (xlen / 8) + i * SEG_BYTES;
	*start = view_get64(cpu, at);
	*size = view_get64(cpu, at + 8);
	return *size != 0;
}

/*
 * Machine id and order of riscv32 and riscv64 are the same: theirs is the form in which satp
 * names a mode, the segments ascend, and one of them holds the root.
 */
bool
netbsd_riscv_probe(const struct netbsd_kcore *kc, unsigned xlen)
{
	struct mmu mmu;
	if (mmu_riscv_init(&mmu, read_satp(&kc->cpu, xlen), xlen, NULL) != KV_OK)
		return false;
	bool root = false;
	uint64_t start, size, next = 0;
	for (uint64_t i = 0; segment(&kc->cpu, xlen, i, &start, &size); i++) {
		root |= mmu.root.addr >= start && mmu.root.addr - start < size;
		if (start < next || !u64_add(start, size, &next))
			return false;
	}
	return root;
}

enum kv_status
netbsd_riscv_decode(struct dump *dump, struct image *img, unsigned xlen, struct kv_err *err)
{
	const struct netbsd_kcore *kc = &dump->kcore;
	const uint64_t segs = CPU_WORDS * (xlen / 8);
	enum kv_status s = dump_cpu_wants(dump, img, segs + SEG_BYTES, err);
	if (s != KV_OK)
		return s;
	uint64_t n = 0, start, size;
	while (segment(&kc->cpu, xlen, n, &start, &size))
		n++;
	if (n == 0)
		return dump_bad(dump, img, segs + 8, "kh_ramsegs[0].size", 0, err,
		    "more than 0: there is no memory segment");
	s = netbsd_segments(dump, img, segs, n, NULL, err);
	if (s != KV_OK)
		return s;

	struct mmu mmu;
	s = mmu_riscv_init(&mmu, read_satp(&kc->cpu, xlen), xlen, err);
	if (s != KV_OK) {
		kv_prefix(err, "%s: kh_satp at offset %#jx", img->name,
		    (uintmax_t)(kc->cpu_off + CPU_SATP));
		return s;
	}
	dump->root = mmu.root.addr;
	dump->vabits = mmu.va_bits;
	return dump_range(dump, 0, xlen == 64 ? UINT64_MAX : UINT32_MAX, &mmu, err);
}
