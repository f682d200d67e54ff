# SPDX-License-Identifier: BSD-2-Clause
"""NetBSD/sh3: no header is defined, and its kernel's dumpsys is empty.  Undefined: P1 and P2 are
known, but not where memory begins."""

from ..netbsd import Container
from ..scenario import Scenario
from .base import Layout, Port
from .netbsd import NetbsdPort
from .undefined import undefined


def port(scn: Scenario) -> Port:
    """EM_SH."""
    order = scn.options.choice("byteorder", "little", "little", "big")
    return undefined(NetbsdPort, scn, "sh3", 32, 42, Container(0x091, 4, order), 0x8C01_0000,
                     lambda state: Layout(order).done())
