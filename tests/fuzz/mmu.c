/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Translation regimes over hostile memory: the first byte chooses the regime, then come the root,
 * four addresses, and memory, which begins at 0 in every space.
 */
#include <inttypes.h>
#include <string.h>

#include "bytes.h"
#include "format/format.h"
#include "fuzz.h"
#include "mmu/mmu.h"

enum { ADDRESSES = 4, HEAD = 1 + 8 + 8 * ADDRESSES, RUNS = 16, LISTED = 5000 };

static const struct mmu *const templates[] = {
	&mmu_x86_4level, &mmu_x86_5level, &mmu_x86_pae, &mmu_x86_pdpt, &mmu_x86_32bit,
	&mmu_x86_pdp_array, &mmu_arm_armv7, &mmu_arm_armv5, &mmu_alpha, &mmu_sparc64_sun4u,
	&mmu_sparc64_sun4v, &mmu_sh, &mmu_powerpc64_radix,
};
enum { TEMPLATES = sizeof(templates) / sizeof(templates[0]) };
static const struct mmu *const arrays[] = {
	&mmu_x86_pte_array, &mmu_x86_pde_array, &mmu_x86_pae_pte_array, &mmu_x86_32bit_pte_array,
	&mmu_arm_armv7_pte_array, &mmu_arm_armv5_pte_array, &mmu_aarch64_4k_pte_array,
	&mmu_aarch64_16k_pte_array, &mmu_riscv_pte_array,
};
enum { ARRAYS = sizeof(arrays) / sizeof(arrays[0]), HASHED = TEMPLATES + ARRAYS + 16 };

/* Numbers for those regimes that have registers; size: of memory. */
static bool
choose(struct mmu *mmu, unsigned which, uint64_t root, const uint64_t n[ADDRESSES], uint64_t size)
{
	if (which < TEMPLATES) {
		*mmu = *templates[which];
		mmu->root = (struct kv_loc) { .addr = root, .space = mmu->root.space };
		return true;
	}
	which -= TEMPLATES;
	if (which < ARRAYS) {
		*mmu = *arrays[which];
		return mmu_array(mmu, n[0], root, n[1] % (size + 1), NULL) == KV_OK;
	}
	which -= ARRAYS;
	const bool big = (root & 1) != 0;
	struct mmu_mips mips = { .bits = n[0] % 2 != 0 ? 32 : 64, .page_shift = (unsigned)(12 + n[0] / 2 % 3),
		.archlevel = n[0] / 8 % 2 != 0 ? 1 : 3, .pg_shift = n[0] / 16 % 2 != 0 ? 6 : 12,
		.pg_v = 2, .big = big };
	const struct mmu_m68k m68k = { .mmutype = -(int32_t)(n[0] % 4), .page_size = n[0] / 4 % 2 != 0 ? 8192 : 4096,
		.sg_v = 2, .sg_frame = 0xfffff000, .sg_ishift = 22, .sg_pmask = 0x3ff000,
		.sg40_shift1 = (uint32_t)(n[1] % 33), .sg40_mask2 = (uint32_t)n[2],
		.sg40_shift2 = (uint32_t)(n[1] / 64 % 33), .sg40_mask3 = (uint32_t)n[3],
		.sg40_shift3 = (uint32_t)(n[1] / 4096 % 33), .sg40_addr1 = 0xfffffe00,
		.sg40_addr2 = 0xffffff00, .pg_v = 1, .pg_frame = 0xfffff000, .sysseg_pa = (uint32_t)root };
	const uint32_t srp[2] = { (uint32_t)n[1], (uint32_t)root };
	const struct mmu_sun3 sun3 = { .page_size = 8192, .kernbase = 0x0e000000, .segshift = 17,
		.pg_frame = 0x7ffff, .pg_valid = 0x80000000, .nksegmap = (uint32_t)(n[0] % 256),
		.pmeg_off = n[1] % 4096 };
	const struct mmu_sun4 sun4 = { .sun4c = big, .kernbase = 0xf8000000, .nsegmap = (uint32_t)(n[0] % 512),
		.npmeg = (uint32_t)(n[1] % 512), .pmeg_off = n[2] % 4096 };
	struct mmu_powerpc ppc = { .sdr1 = (uint32_t)root, .is_601 = n[0] % 2, .xbl = n[0] / 2 % 2 };
	uint64_t sr[16];
	for (unsigned i = 0; i < 16; i++) {
		sr[i] = n[i % ADDRESSES] >> i;
		ppc.sr[i] = (uint32_t)sr[i];
		ppc.bats[i / 8][i % 8].upper = (uint32_t)(n[1] >> i);
		ppc.bats[i / 8][i % 8].lower = (uint32_t)(n[2] >> i);
	}
	switch (which) {
	case 0: return mmu_riscv_init(mmu, root, 64, NULL) == KV_OK;
	case 1: return mmu_riscv_init(mmu, root, 32, NULL) == KV_OK;
	case 2: return mmu_aarch64_init(mmu, n[0], root, big, NULL) == KV_OK;
	case 3: return mmu_mips_sysmap_init(mmu, &mips, 0xc0000000, root, n[1] % (size / 4 + 1), NULL) == KV_OK;
	case 4: return mmu_mips_segtab_init(mmu, &mips, root, NULL) == KV_OK;
	case 5: return mmu_m68k_init(mmu, &m68k, NULL) == KV_OK;
	case 6: return mmu_m68kgen_init(mmu, (int32_t)(n[0] % 8) - 4, (uint32_t)n[2], srp, NULL) == KV_OK;
	case 7: return mmu_sun3_init(mmu, &sun3, NULL) == KV_OK;
	case 8: return mmu_sun2_init(mmu, &sun3, NULL) == KV_OK;
	case 9: return mmu_sun3x_init(mmu, 8192, 0xf8000000, 0xffffe000, 1, (uint32_t)root, NULL) == KV_OK;
	case 10: return mmu_sun4_init(mmu, &sun4, NULL) == KV_OK;
	case 11: return mmu_srmmu_segmap_init(mmu, 0xf0000000, (uint32_t)(n[0] % 64), n[1] % 4096, n[2], NULL) == KV_OK;
	case 12: *mmu = mmu_srmmu_context(root, (unsigned)(n[0] % 256)); return true;
	case 13: *mmu = mmu_powerpc_oea(&ppc); return true;
	case 14: *mmu = mmu_powerpc64_oea64(root, sr); return true;
	case 15: *mmu = mmu_tsb((struct kv_loc) { .addr = root, .space = KV_PHYS }, low_mask(n[0] % 8)); return true;
	case HASHED - TEMPLATES - ARRAYS: return mmu_freebsd_hpt_init(mmu, 0, size, NULL) == KV_OK;
	case 17: *mmu = mmu_linear(n[0] & ~UINT64_C(0xfff), n[0] | n[1], root, KV_R); return true;
	case 18: *mmu = mmu_mips_freebsd_pte_array(big, big ? 64 : 32, n[0] % 2);
		return mmu_array(mmu, n[0] & ~UINT64_C(0xfff), root % (size + 1), n[1] % (size + 1), NULL) == KV_OK;
	default: return false;
	}
}

static enum kv_status
identity(void *arg, vaddr_t va, struct kv_run *run, struct kv_err *err)
{
	(void)err;
	const uint64_t size = *(const uint64_t *)arg;
	if (va >= size)
		return KV_EUNMAPPED;
	*run = (struct kv_run) { .first = 0, .last = size - 1, .at = { .space = KV_PHYS } };
	return KV_OK;
}

struct list {
	struct kv_run v[RUNS];
	enum kv_status st[RUNS];
	size_t n, all;
	vaddr_t lo, last;
};

static bool
add(void *arg, const struct kv_run *run, enum kv_status st)
{
	struct list *list = arg;
	MUST(run->first <= run->last && run->first >= list->lo && run->last <= list->last,
	    "0x%" PRIx64 " to 0x%" PRIx64, run->first, run->last);
	if (list->n < RUNS) {
		list->st[list->n] = st;
		list->v[list->n++] = *run;
	}
	return ++list->all < LISTED;
}

static void
check_run(const struct mmu *mmu, const struct mmu_src *src, const struct kv_run *listed,
    enum kv_status st, vaddr_t va)
{
	struct kv_run run = { 0 };
	const enum kv_status is = mmu_walk(mmu, src, va, &run, NULL, NULL, NULL);
	if (st != KV_OK) {
		MUST(is != KV_OK || mmu->nlevels == 0, "0x%" PRIx64 ": listed with %d, walk says %d", va, (int)st,
		    (int)is);
		return;
	}
	MUST(is == KV_OK, "0x%" PRIx64 ": listed, walk says %d", va, (int)is);
	MUST(run.first <= va && va <= run.last, "0x%" PRIx64, va);
	MUST(run.at.space == listed->at.space &&
	    run.at.addr + (va - run.first) == listed->at.addr + (va - listed->first),
	    "0x%" PRIx64 ": 0x%" PRIx64 " and 0x%" PRIx64, va, run.at.addr + (va - run.first),
	    listed->at.addr + (va - listed->first));
	MUST(run.prot == listed->prot && run.prot_known == listed->prot_known, "0x%" PRIx64, va);
}

static void
check_step(void *arg, const struct mmu_step *step)
{
	MUST(++*(unsigned *)arg < 64 && step->name != NULL, "%u steps", *(unsigned *)arg);
}

static void
check_walk(const struct mmu *mmu, const struct mmu_src *src, vaddr_t va)
{
	struct kv_run run = { 0 }, traced = { 0 };
	struct kv_err err = { .text = "" };
	unsigned steps = 0;
	const enum kv_status st = mmu_walk(mmu, src, va, &run, NULL, NULL, NULL);
	MUST(mmu_walk(mmu, src, va, &traced, check_step, &steps, &err) == st, "0x%" PRIx64, va);
	MUST(st == KV_OK || err.text[0] != '\0', "no sentence for 0x%" PRIx64, va);
	if (st != KV_OK && st != KV_EUNMAPPED)
		return;
	MUST(run.first <= va && va <= run.last, "0x%" PRIx64 " in 0x%" PRIx64 " to 0x%" PRIx64, va,
	    run.first, run.last);
	/* The listing of what is at va alone is what the walk says. */
	struct list list = { .lo = va, .last = va };
	MUST(mmu_each(mmu, src, va, va, add, &list, NULL) == KV_OK, "0x%" PRIx64, va);
	if (mmu->nlevels > 0)
		MUST(list.n == (st == KV_OK), "0x%" PRIx64 ": walk %d, %zu listed", va, (int)st, list.n);
	for (size_t i = 0; i < list.n; i++)
		check_run(mmu, src, &list.v[i], list.st[i], va);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size <= HEAD)
		return 0;
	uint64_t n[ADDRESSES], len = size - HEAD;
	const uint64_t root = le64_get(data + 1);
	const uint8_t *bytes = data + HEAD;
	/* No smaller table of these is valid: most of it is empty. */
	static uint8_t padded[1 << 18];
	if (data[0] == HASHED && len <= sizeof(padded)) {
		memset(padded, 0, sizeof(padded));
		memcpy(padded, bytes, len);
		bytes = padded;
		len = sizeof(padded);
	}
	for (unsigned i = 0; i < ADDRESSES; i++)
		n[i] = le64_get(data + 9 + 8 * i);
	struct mmu mmu;
	if (!choose(&mmu, data[0], root, n, len))
		return 0;
	mmu.table_limit = 48;
	struct image img;
	struct format ram;
	MUST(image_open_mem(&img, "memory", bytes, len, NULL) == KV_OK &&
	    format_init(&ram, 1, len, NULL) == KV_OK && format_add(&ram, 0, 0, len, 0, NULL) == KV_OK,
	    "memory");
	format_index(&ram);
	struct memory mem = { .img = &img, .fmt = &ram, .blob = { .p = bytes, .len = len,
		.big = mmu.big }, .virt = identity, .virt_arg = &len };
	const struct mmu_src src = { .read = memory_read, .arg = &mem };
	/* What is listed by asking for each page is listed in part. */
	struct list list = { .lo = 0, .last = UINT64_MAX };
	if (mmu.nlevels == 0)
		list = (struct list) { .lo = n[3] & UINT32_MAX, .last = (n[3] & UINT32_MAX) + 0x80000 };
	(void)mmu_each(&mmu, &src, list.lo, list.last, add, &list, NULL);
	for (size_t i = 0; i < list.n; i++) {
		check_run(&mmu, &src, &list.v[i], list.st[i], list.v[i].first);
		check_run(&mmu, &src, &list.v[i], list.st[i], list.v[i].last);
		if (list.st[i] == KV_OK)
			check_walk(&mmu, &src, list.v[i].last + 1);
	}
	for (unsigned i = 0; i < ADDRESSES; i++)
		check_walk(&mmu, &src, n[i]);
	format_fini(&ram);
	(void)image_close(&img);
	return 0;
}
