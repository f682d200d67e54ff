# SPDX-License-Identifier: BSD-2-Clause
"""OpenBSD/arm: header as in OpenBSD sys/arch/arm/include/kcore.h; real kernels set ram_segs only,
so that nothing is translated."""

from ..scenario import Scenario
from .openbsd import StaticPort, static_port


def port(scn: Scenario) -> StaticPort:
    """Static part of the kernel only."""
    return static_port(scn, "arm", 32, 40, 0x08F, 0xC000_0000)
