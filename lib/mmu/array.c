/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The page map of a minidump: an array of entries in the image, from the kernel's first address on.
 * To the walker it is a root that is shorter than its index is wide.
 */
#include <inttypes.h>

#include "mmu.h"

enum kv_status
mmu_array(struct mmu *mmu, vaddr_t base, uint64_t off, uint64_t size, struct kv_err *err)
{
	struct radix_level *root = &mmu->levels[0];
	const vaddr_t top = low_mask(mmu->va_bits);
	if ((base & (low_mask(root->shift) | ~top)) != 0)
		return kv_fail(err, KV_EFORMAT,
		    "kernbase is 0x%" PRIx64 ", wanted a multiple of 0x%" PRIx64 " up to 0x%" PRIx64, base,
		    low_mask(root->shift) + 1, top);
	if (size < root->entry_size)
		return kv_fail(err, KV_EFORMAT,
		    "the page map has 0x%" PRIx64 " bytes, wanted an entry of %u or more", size,
		    root->entry_size);
	mmu->root = (struct kv_loc){ .addr = off, .space = KV_FILE };
	mmu->root_first = base >> root->shift;
	mmu->root_count = size / root->entry_size;
	/* What would lie beyond the last address. */
	const uint64_t most = low_mask(root->bits) - mmu->root_first + 1;
	if (mmu->root_count > most)
		mmu->root_count = most;
	return KV_OK;
}
