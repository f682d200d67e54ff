/* SPDX-License-Identifier: BSD-2-Clause */
#include "port/netbsd/riscv.h"

static bool
riscv64_probe(const struct netbsd_kcore *kcore, struct image *img)
{
	(void)img;
	return netbsd_riscv_probe(kcore, 64);
}

static enum kv_status
riscv64_decode(struct dump *dump, struct image *img, const struct port_kernel *kernel,
    struct kv_err *err)
{
	(void)kernel;
	return netbsd_riscv_decode(dump, img, 64, err);
}

const struct port port_netbsd_riscv64 = {
	RISCV_COMMON, .machine = "riscv64", .kernel_bits = 64,
	.bits = 64,
	.probe = riscv64_probe, .decode = riscv64_decode,
};
