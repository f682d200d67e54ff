# SPDX-License-Identifier: BSD-2-Clause
"""NetBSD/mips, big-endian."""

from ..scenario import Scenario
from .netbsd import NetbsdPort
from .netbsd_mipsel import make


def port(scn: Scenario) -> NetbsdPort:
    """Big-endian."""
    return make(scn, "mipseb", "big")
