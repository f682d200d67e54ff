# SPDX-License-Identifier: BSD-2-Clause
"""NetBSD/riscv, 32 bits: the header's words are half as wide."""

from ..scenario import Scenario
from .netbsd import NetbsdPort
from .netbsd_riscv64 import make


def port(scn: Scenario) -> NetbsdPort:
    """The kernel of Sv32 begins in the upper half."""
    return make(scn, 32, kernbase=0x8000_0000, text=0x8020_0000)
