# SPDX-License-Identifier: BSD-2-Clause
"""NetBSD/armeb: arm with header, tables and data in the other order."""

from ..scenario import Scenario
from .netbsd_arm import ArmPort, make


def port(scn: Scenario) -> ArmPort:
    """Big-endian."""
    return make(scn, "armeb", "big")
