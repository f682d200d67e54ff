# SPDX-License-Identifier: BSD-2-Clause
"""OpenBSD/arm64: header as in OpenBSD sys/arch/arm64/include/kcore.h; no kernel writes one."""

from ..scenario import Scenario
from .openbsd import StaticPort, static_port


def port(scn: Scenario) -> StaticPort:
    """Static part of the kernel only."""
    return static_port(scn, "arm64", 64, 183, 0x09F, 0xFFFF_FF80_0000_0000)
