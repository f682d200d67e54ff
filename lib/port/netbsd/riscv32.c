/* SPDX-License-Identifier: BSD-2-Clause */
#include "port/netbsd/riscv.h"

static bool
riscv32_probe(const struct netbsd_kcore *kcore, struct image *img)
{
	(void)img;
	return netbsd_riscv_probe(kcore, 32);
}

static enum kv_status
riscv32_decode(struct dump *dump, struct image *img, const struct port_kernel *kernel,
    struct kv_err *err)
{
	(void)kernel;
	return netbsd_riscv_decode(dump, img, 32, err);
}

const struct port port_netbsd_riscv32 = {
	RISCV_COMMON, .machine = "riscv32", .kernel_bits = 32,
	.bits = 32,
	.probe = riscv32_probe, .decode = riscv32_decode,
};
