# SPDX-License-Identifier: BSD-2-Clause
"""NetBSD/aarch64eb: aarch64 with header, tables and data in the other order."""

from ..scenario import Scenario
from .netbsd import NetbsdPort
from .netbsd_aarch64 import make


def port(scn: Scenario) -> NetbsdPort:
    """Big-endian."""
    return make(scn, "aarch64eb", "big")
