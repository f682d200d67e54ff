# SPDX-License-Identifier: BSD-2-Clause
"""OpenBSD/powerpc (macppc): header as in OpenBSD sys/arch/powerpc/include/kcore.h; the code that
would write it is compiled out.  Undefined: two tables without segment registers."""

from ..netbsd import Container, Field
from ..scenario import Scenario
from .base import Layout, Port, State
from .openbsd import OpenbsdPort
from .undefined import undefined


def cpu_data(state: State) -> tuple[bytes, dict[str, Field]]:
    """ptable, potable, four RAM segments."""
    out = Layout("big")
    out.add("ptable", 4, 0x20_0000)
    out.add("potable", 4, 0x30_0000)
    out.segments(state.segments)
    return out.done()


def port(scn: Scenario) -> Port:
    """EM_PPC."""
    return undefined(OpenbsdPort, scn, "powerpc", 32, 20, Container(0x095, 8, "big"), 0x10_0000,
                     cpu_data)
