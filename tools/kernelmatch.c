/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * NetBSD and OpenBSD have a variable for this, dumpmag, whose value is set when the kernel dumps.
 * The others have none, but each kernel has its version as a text, with the time and place of its
 * build: sys/conf/newvers.sh.  It does not change while the kernel runs.
 */
#include "kernelmatch.h"

#include <string.h>

#include "kernelfile.h"

enum { WHY = 512, VERSION = 256 };

/*
 * A uint32_t on NetBSD, a u_long on OpenBSD, whose macppc alone has another value: translation is
 * undefined there.
 */
static enum kernelmatch
by_dumpmag(kvm_t *kd, const struct kvm_info *info, char why[WHY])
{
	const uint64_t wanted = UINT64_C(0x8fca0101);
	const bool big = strcmp(info->ki_byteorder, "big") == 0;
	const size_t size = strcmp(info->ki_os, "openbsd") == 0 ? info->ki_bits / 8 : 4;
	struct kvm_symbol sym;
	uint8_t b[8];
	const int missing = kvm_symbol_find(kd, "dumpmag", &sym);
	if (missing != 0) {
		(void)snprintf(why, WHY, "%.400s: whether the kernel is this dump's is not known",
		    missing == -1 ? kvm_geterr(kd) : "the kernel has no symbol dumpmag");
		return MATCH_UNKNOWN;
	}
	if (kvm_read2(kd, sym.ky_value, b, size) != (kssize_t)size) {
		(void)snprintf(why, WHY, "the kernel's dumpmag cannot be read: %.400s",
		    kvm_geterr(kd));
		return MATCH_UNKNOWN;
	}
	uint64_t found = 0;
	for (size_t i = 0; i < size; i++)
		found = found << 8 | b[big ? i : size - 1 - i];
	if (found == wanted)
		return MATCH_SAME;
	(void)snprintf(why, WHY, "the kernel's dumpmag at %#jx reads %#jx, wanted %#jx: another "
	    "kernel's dump%s", (uintmax_t)sym.ky_value, (uintmax_t)found, (uintmax_t)wanted,
	    found == 0 ? ", or one that was saved before" : "");
	return MATCH_OTHER;
}

/* To the first byte that is none of a text, at most so much as a sentence can show. */
static int
text_length(const uint8_t *p, size_t len)
{
	int n = 0;
	while ((size_t)n < len && n < 100 && p[n] >= 0x20 && p[n] < 0x7f)
		n++;
	return n;
}

static enum kernelmatch
by_version(kvm_t *kd, char why[WHY])
{
	const char *path = kvm_getkernelname(kd);
	struct kvm_symbol sym;
	uint8_t wanted[VERSION], found[VERSION];
	if (kvm_symbol_find(kd, "version", &sym) != 0) {
		(void)snprintf(why, WHY,
		    "the kernel has no symbol version: whether it is this dump's is not known");
		return MATCH_UNKNOWN;
	}
	const size_t size = sym.ky_size < VERSION ? (size_t)sym.ky_size : VERSION;
	const size_t have = kernelfile_memory(path, sym.ky_value, wanted, size);
	const uint8_t *end = memchr(wanted, '\0', have);
	const size_t len = end != NULL ? (size_t)(end - wanted) + 1 : have;
	if (len < 2) {
		(void)snprintf(why, WHY, "%.200s does not hold its text version at %#jx: whether "
		    "it is this dump's kernel is not known", path, (uintmax_t)sym.ky_value);
		return MATCH_UNKNOWN;
	}
	if (kvm_read2(kd, sym.ky_value, found, len) != (kssize_t)len) {
		(void)snprintf(why, WHY, "the kernel's version cannot be read: %.400s",
		    kvm_geterr(kd));
		return MATCH_UNKNOWN;
	}
	if (memcmp(found, wanted, len) == 0)
		return MATCH_SAME;
	/* What differs may stand at the end of a long text. */
	size_t at = 0;
	while (found[at] == wanted[at])
		at++;
	at = at < 16 ? 0 : at - 16;
	(void)snprintf(why, WHY, "another kernel's dump: version at %#jx holds %s\"%.*s\", the "
	    "kernel file has %s\"%.*s\"", (uintmax_t)(sym.ky_value + at), at > 0 ? "..." : "",
	    text_length(found + at, len - at), (const char *)found + at, at > 0 ? "..." : "",
	    text_length(wanted + at, len - at), (const char *)wanted + at);
	return MATCH_OTHER;
}

enum kernelmatch
kernelmatch(kvm_t *kd, const struct kvm_info *info, char why[WHY])
{
	const bool mark = strcmp(info->ki_os, "netbsd") == 0 || strcmp(info->ki_os, "openbsd") == 0;
	return mark ? by_dumpmag(kd, info, why) : by_version(kd, why);
}
