/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Raw memory: two bytes choose the kernel and the regime, one says how wide addresses are, then come the
 * root register and the first address, and memory.
 */
#include "bytes.h"
#include "fuzz.h"

enum { HEAD = 3 + 8 + 8 };

/* The first one: none is given. */
static const struct {
	const char *os;
	unsigned bits, machine;
	int big;
	uint64_t base;
} kernels[] = {
	{ NULL, 0, 0, 0, 0 },
	{ "FreeBSD", 64, 62, 0, UINT64_C(0xffffffff80001000) },
	{ "DragonFly", 64, 62, 0, UINT64_C(0xffffffff80001000) },
	{ "NetBSD", 64, 62, 0, UINT64_C(0xffffffff80001000) },
	{ "FreeBSD", 32, 3, 0, 0xc0001000 },
	{ "FreeBSD", 32, 40, 0, 0xc0001000 },
	{ "FreeBSD", 32, 40, 1, 0xc0001000 },
	{ "FreeBSD", 64, 183, 0, UINT64_C(0xffff000000001000) },
	{ "FreeBSD", 64, 243, 0, UINT64_C(0xffffffc000001000) },
	{ "NetBSD", 32, 8, 0, 0x80001000 },
	{ "OpenBSD", 64, 8, 1, UINT64_C(0xffffffff81001000) },
	{ "NetBSD", 32, 2, 1, 0xf0001000 },
	{ "Plan 9", 64, 62, 0, UINT64_C(0xffffffff80001000) },
};

static const char *const regimes[] = { NULL, "4level", "5level", "32bit", "pae", "4k", "16k", "64k",
	"armv7", "armv5", "sv32", "sv39", "sv48", "sv57", "alpha", "srmmu", "linear", "", "none" };

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < HEAD)
		return 0;
	const size_t k = data[0] % (sizeof(kernels) / sizeof(kernels[0]));
	const struct kvm_open_options how = { .ko_size = sizeof(how), .ko_flags = KVM_OPEN_RAW,
		.ko_regime = regimes[data[1] % (sizeof(regimes) / sizeof(regimes[0]))],
		.ko_vabits = data[2] % 72u, .ko_root = le64_get(data + 3), .ko_base = le64_get(data + 11) };
	const char *kernel = kernels[k].os == NULL ? NULL : fuzz_kernel(kernels[k].bits, kernels[k].big,
	    kernels[k].machine, kernels[k].os, kernels[k].base, fuzz_how(data, size));
	char err[2048] = "";
	kvm_t *kd = kvm_open_mem(kernel, data + HEAD, size - HEAD, &how, err);
	MUST(kd != NULL || err[0] != '\0', "no sentence");
	if (kd == NULL)
		return 0;
	fuzz_handle(kd, data + HEAD, size - HEAD);
	(void)kvm_close(kd);
	return 0;
}
