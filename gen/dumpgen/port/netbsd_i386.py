# SPDX-License-Identifier: BSD-2-Clause
"""NetBSD/i386, with and without PAE: header as in NetBSD sys/arch/i386/include/kcore.h."""

from ..mmu import x86
from ..netbsd import Container, Field
from ..scenario import Scenario
from .base import Layout, State
from .netbsd import NetbsdPort

EM_386 = 3
MID_I386 = 0x086
PAE = 0x200                     # i386's KCORE_PAE: in the word that names the directory


def port(scn: Scenario) -> NetbsdPort:
    """pae says in the header what the tables are."""
    flag = PAE if scn.regime == "pae" else 0

    def cpu_data(state: State) -> tuple[bytes, dict[str, Field]]:
        """pdppaddr, nmemsegs, then (start, size) of each segment."""
        out = Layout("little")
        out.add("pdppaddr", 4, state.root | flag)
        out.add("nmemsegs", 4, len(state.segments))
        out.segments(state.segments)
        return out.done()

    return NetbsdPort(
        machine="i386",
        bits=32,
        byteorder="little",
        pagesize=4096,
        elf_machine=EM_386,
        container=Container(MID_I386, 4, "little"),
        regimes={name: x86.REGIMES[name] for name in ("32bit", "pae")},
        kernbase=0xC000_0000,
        text=0xC010_0000,
        cpu_data=cpu_data,
        registers=x86.registers,
        variables=lambda facts: [("PDPpaddr", facts.root), ("pte_base", facts.recursive or 0)],
        root_limit=1 << 32,
        spread=0x40_0000,
        root_field="pdppaddr",
    )
