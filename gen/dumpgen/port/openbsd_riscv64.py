# SPDX-License-Identifier: BSD-2-Clause
"""OpenBSD/riscv64: header as in OpenBSD sys/arch/riscv64/include/kcore.h; no kernel writes one."""

from ..scenario import Scenario
from .openbsd import StaticPort, static_port


def port(scn: Scenario) -> StaticPort:
    """Static part of the kernel only."""
    return static_port(scn, "riscv64", 64, 243, 0x0A1, 0xFFFF_FFC0_0000_0000)
