/* SPDX-License-Identifier: BSD-2-Clause */
/* Direct segments and the page size of MIPS kernels. */
#include "port/mips.h"

/* MIPS64 Architecture vol. III, 4.3 to 4.6: the segments, and that a kernel may do all there. */
#define KSEG0	UINT64_C(0x80000000)
#define KSEG_BYTES UINT64_C(0x20000000)
#define CKSEG0	UINT64_C(0xffffffff80000000)
#define XKPHYS	UINT64_C(0x8000000000000000)
#define XKPHYS_BYTES (UINT64_C(1) << 59)
enum { XKPHYS_WINDOWS = 8 };

static enum kv_status
add_windows(struct dump *dump, vaddr_t base, uint64_t size, unsigned n, unsigned prot,
    struct kv_err *err)
{
	enum kv_status s = KV_OK;
	for (unsigned i = 0; s == KV_OK && i < n; i++) {
		const vaddr_t lo = base + i * size, last = lo + (size - 1);
		const struct mmu mmu = mmu_linear(lo, last, 0, prot);
		s = dump_range(dump, lo, last, &mmu, err);
	}
	return s;
}

enum kv_status
mips_direct_ranges(struct dump *dump, unsigned bits, unsigned prot, struct kv_err *err)
{
	if (bits == 32)
		return add_windows(dump, KSEG0, KSEG_BYTES, 2, prot, err);
	enum kv_status s = add_windows(dump, XKPHYS, XKPHYS_BYTES, XKPHYS_WINDOWS, prot, err);
	return s == KV_OK ? add_windows(dump, CKSEG0, KSEG_BYTES, 2, prot, err) : s;
}

enum kv_status
mips_page_shift(struct dump *dump, const struct port_kernel *kernel, unsigned *ret,
    struct kv_err *err)
{
	uint64_t size;
	enum kv_status s = dump_kernel_uint(dump, kernel, "uvmexp", 4, &size, err);
	if (s != KV_OK) {
		kv_prefix(err, "the page size is not known");
		return s;
	}
	for (unsigned shift = 12; shift <= 14; shift++)
		if (size == UINT64_C(1) << shift) {
			*ret = shift;
			return KV_OK;
		}
	return kv_fail(err, KV_EFORMAT, "page size: uvmexp.pagesize of the kernel %s is %#jx, wanted "
	    "0x1000, 0x2000 or 0x4000", kernel->name, (uintmax_t)size);
}
