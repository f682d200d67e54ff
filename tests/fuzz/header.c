/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Headers alone: the input is a small image of any system, and a device where it has whole sectors.
 * Nothing is translated, so that what decodes headers is tried tens of thousands of times a second.
 */
#include <inttypes.h>

#include "bytes.h"
#include "fuzz.h"

/* A disk has whole ones: other inputs are files. */
enum { SECTOR = 512 };

/* Extents ascend; what the file lacks of them is counted. */
struct seen {
	uint64_t next, n, missing, size;
};

static int
check_extent(const struct kvm_extent *x, void *arg)
{
	struct seen *seen = arg;
	const uint64_t off = (uint64_t)x->ke_offset;
	MUST(x->ke_len > 0 && x->ke_paddr + (x->ke_len - 1) >= x->ke_paddr, "0x%" PRIx64 " bytes at 0x%"
	    PRIx64, x->ke_len, x->ke_paddr);
	MUST(seen->n == 0 || x->ke_paddr >= seen->next, "0x%" PRIx64 " after 0x%" PRIx64, x->ke_paddr,
	    seen->next);
	MUST(x->ke_offset >= 0 && off + (x->ke_len - 1) >= off, "0x%" PRIx64 " bytes at offset 0x%" PRIx64,
	    x->ke_len, off);
	if (off + x->ke_len > seen->size)
		seen->missing += off >= seen->size ? x->ke_len : off + x->ke_len - seen->size;
	seen->next = x->ke_paddr + x->ke_len;
	seen->n++;
	return 1;
}

static void
check(kvm_t *kd, uint64_t size)
{
	struct kvm_info info;
	struct seen seen = { .size = size };
	MUST(kvm_getinfo(kd, &info, sizeof(info)) == 0, "%s", kvm_geterr(kd));
	if (!info.ki_header)
		return;
	MUST(info.ki_os != NULL && info.ki_machine != NULL && info.ki_form != NULL, "info");
	MUST(kvm_each_extent(kd, check_extent, &seen) == 0, "%s", kvm_geterr(kd));
	MUST(info.ki_missing == seen.missing, "%ju, but extents lack %ju", (uintmax_t)info.ki_missing,
	    (uintmax_t)seen.missing);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct kvm_open_options device = { .ko_size = sizeof(device), .ko_flags = KVM_OPEN_DEVICE };
	char err[2048] = "";
	/* Compressed images are inflated by libraries of others, which are slow to set up. */
	if (size >= 4 && (le16_get(data) == 0x8b1f || le32_get(data) == 0xfd2fb528))
		return 0;
	kvm_t *kd = kvm_open_mem(NULL, data, size, NULL, err);
	MUST(kd != NULL || err[0] != '\0', "no sentence");
	if (kd != NULL) {
		check(kd, size);
		(void)kvm_close(kd);
	}
	if (size % SECTOR != 0)
		return 0;
	kd = kvm_open_mem(NULL, data, size, &device, err);
	MUST(kd != NULL, "%s", err);
	if (kvm_dump_mkheader(kd, 0) > 0)
		check(kd, size);
	(void)kvm_close(kd);
	return 0;
}
