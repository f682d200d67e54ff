# SPDX-License-Identifier: BSD-2-Clause
"""OpenBSD/powerpc64: its kcore.h is empty, and its kernel does not dump.  Undefined."""

from ..netbsd import Container
from ..scenario import Scenario
from .base import Layout, Port
from .openbsd import OpenbsdPort
from .undefined import undefined


def port(scn: Scenario) -> Port:
    """EM_PPC64."""
    return undefined(OpenbsdPort, scn, "powerpc64", 64, 21, Container(0x0A0, 8, "big"), 0x10_0000,
                     lambda state: Layout("big").done())
