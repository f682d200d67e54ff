# SPDX-License-Identifier: BSD-2-Clause
"""OpenBSD/sh (landisk): header as in OpenBSD sys/arch/sh/include/kcore.h, addresses as in cpu.h."""

from ..errors import ScenarioError
from ..mmu import sh
from ..mmu.linear import Linear, Range
from ..netbsd import Container, Field
from ..scenario import Scenario
from .base import Layout, State
from .openbsd import OpenbsdPort

EM_SH = 42
MID_SH3 = 0x091
SEGMENTS = 8


def port(scn: Scenario) -> OpenbsdPort:
    """P1 and P2 are all of physical memory, cached and not; P3 has tables."""

    def cpu_data(state: State) -> tuple[bytes, dict[str, Field]]:
        """kcore_kptp, kcore_nsegs, then eight segments, used or not."""
        count = len(state.segments)
        if count > SEGMENTS:
            raise ScenarioError(scn.name, "ram", f"{count} segments, {SEGMENTS} are possible")
        out = Layout("little")
        out.add("kcore_kptp", 4, state.root)
        out.add("kcore_nsegs", 4, count)
        out.segments(state.segments)
        # What is behind the count is nobody's.
        out.pad(8 + 16 * SEGMENTS, b"\x5a")
        return out.done()

    return OpenbsdPort(
        machine="sh",
        bits=32,
        byteorder="little",
        pagesize=4096,
        elf_machine=EM_SH,
        container=Container(MID_SH3, 4, "little"),
        regimes=sh.REGIMES,
        kernbase=0x8C00_0000,
        text=0x8C00_2000,
        cpu_data=cpu_data,
        registers=sh.registers,
        spread=0x8000,
        windows=tuple(Range(lo, hi, Linear(lo, hi, 0, word=32))
                      for lo, hi in ((sh.P1, sh.P2), (sh.P2, sh.P3))),
        mapped=((sh.P3, sh.P4),),
        root_field="kcore_kptp",
    )
