# SPDX-License-Identifier: BSD-2-Clause
"""NetBSD/ia64: no header is defined, and its kernel does not dump.  Undefined."""

from ..netbsd import Container
from ..scenario import Scenario
from .base import Layout, Port
from .netbsd import NetbsdPort
from .undefined import undefined


def port(scn: Scenario) -> Port:
    """EM_IA_64; the kernel is in region 4."""
    return undefined(NetbsdPort, scn, "ia64", 64, 50, Container(0x09F, 16, "little"),
                     0x8000_0000_0010_0000, lambda state: Layout("little").done(), 16384)
