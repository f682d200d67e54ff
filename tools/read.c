/* SPDX-License-Identifier: BSD-2-Clause */
/* kcore read: bytes, as a hex dump or raw. */
#include "kcore.h"

#include <string.h>

enum { CHUNK = 65536, LINE = 16 };

static void
show_line(kvm_t *kd, kvaddr_t va, const uint8_t *p, size_t n, bool named)
{
	printf("%016jx ", (uintmax_t)va);
	for (size_t i = 0; i < LINE; i++) {
		if (i % 8 == 0)
			printf(" ");
		if (i < n)
			printf("%02x ", p[i]);
		else
			printf("   ");
	}
	printf(" |");
	for (size_t i = 0; i < n; i++)
		printf("%c", p[i] >= 0x20 && p[i] < 0x7f ? p[i] : '.');
	printf("|");
	if (named)
		say_name(kd, va, (int)(LINE - n) + 1);
	printf("\n");
}

/* Bytes from va on that can be read, at most len; 0 and a complaint if there are none. */
static size_t
readable(kvm_t *kd, kvaddr_t va, uint64_t len)
{
	struct kvm_range range;
	if (kvm_xlate(kd, va, &range, NULL, NULL) == -1 || range.kr_kind != KVM_MAPPED) {
		complain("%s", kvm_geterr(kd));
		return 0;
	}
	uint64_t n = range.kr_last - va < len ? range.kr_last - va + 1 : len;
	return n < CHUNK ? (size_t)n : CHUNK;
}

static bool
show(kvm_t *kd, kvaddr_t va, uint64_t len, bool raw)
{
	uint8_t buf[CHUNK], line[LINE];
	size_t held = 0;	/* bytes of a line that a chunk ended in */
	kvaddr_t start = va;
	bool ok = true;
	while (len > 0) {
		size_t n = readable(kd, va, len);
		if (n == 0 || kvm_read2(kd, va, buf, n) != (kssize_t)n) {
			if (n != 0)
				complain("%s", kvm_geterr(kd));
			ok = false;
			break;
		}
		if (raw)
			(void)fwrite(buf, 1, n, stdout);
		for (size_t i = 0; !raw && i < n; i++) {
			line[held++] = buf[i];
			kvaddr_t first = va + i + 1 - held;
			if (held == LINE) {
				show_line(kd, first, line, held, first == start);
				held = 0;
			}
		}
		if (va > UINT64_MAX - n && len > n) {
			complain("%#jx is the top of the address space", (uintmax_t)UINT64_MAX);
			ok = false;
			break;
		}
		va += n;
		len -= n;
		if (ferror(stdout))	/* output_done says why */
			return false;
	}
	if (held > 0)
		show_line(kd, va - held, line, held, va - held == start);
	return ok;
}

static int
run(const struct args *args)
{
	uint64_t len;
	kvaddr_t va;
	if (!number_parse(args->operands[2], &len))
		return EXIT_USAGE;
	kvm_t *kd = core_open(args, args->operands[0]);
	if (kd == NULL)
		return EXIT_NO;
	int status = address_parse(kd, args->operands[1], &va);
	if (status == EXIT_OK && !show(kd, va, len, args->raw))
		status = EXIT_NO;
	kvm_close(kd);
	return status;
}

const struct command cmd_read = {
	.name = "read", .usage = "[--raw] [-k KERNEL] CORE ADDRESS LENGTH", .what = "memory",
	.options = "krC", .min = 3, .max = 3, .run = run,
};
