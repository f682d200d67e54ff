# SPDX-License-Identifier: BSD-2-Clause
"""NetBSD/or1k: header as in NetBSD sys/arch/or1k/include/kcore.h: eight words whose meaning is
nowhere stated, then RAM segments.  Undefined."""

from ..netbsd import Container, Field
from ..scenario import Scenario
from .base import Layout, Port, State
from .netbsd import NetbsdPort
from .undefined import undefined


def cpu_data(state: State) -> tuple[bytes, dict[str, Field]]:
    """kh_misc[8], then (start, size) to a size of 0."""
    out = Layout("big")
    for n in range(8):
        out.add(f"kh_misc[{n}]", 8, 0)
    out.segments(state.segments)
    return out.done()


def port(scn: Scenario) -> Port:
    """EM_OR1K."""
    return undefined(NetbsdPort, scn, "or1k", 32, 92, Container(0x0B8, 4, "big"), 0x2000, cpu_data)
