# SPDX-License-Identifier: BSD-2-Clause
"""OpenBSD/hppa: as NetBSD's, under HP-UX's machine id."""

from ..scenario import Scenario
from .base import Port
from .netbsd_hppa import make
from .openbsd import OpenbsdPort

MID_HPUX800 = 0x20B


def port(scn: Scenario) -> Port:
    """OpenBSD's."""
    return make(scn, OpenbsdPort, MID_HPUX800)
