# SPDX-License-Identifier: BSD-2-Clause
"""NetBSD/sun3x: a linear part, in which the PTEs of all kernel addresses lie
(sys/arch/m68k/include/kcore.h, sys/arch/sun3/sun3x/pmap.c)."""

from ..mmu import sun3
from ..netbsd import Field
from ..scenario import Scenario
from .base import Layout, State
from .netbsd import NetbsdPort
from .netbsd_m68k import head, machine, ram, relocated

PAGE = 8192


def port(scn: Scenario) -> NetbsdPort:
    """[port] contig: bytes of the linear part."""
    kernbase = sun3.SUN3X_BASE
    contig = scn.options.number("contig", 0x10_0000, 1 << 27)

    def cpu_data(state: State) -> tuple[bytes, dict[str, Field]]:
        out = head("sun3x", PAGE, kernbase)
        out.add("pg_frame", 4, 0xFFFF_FF00)
        out.add("pg_valid", 4, 1)
        out.add("contig_end", 4, kernbase + contig)
        out.add("kernCbase", 4, kernbase + state.root)
        ram(scn, out, state, 4)
        out.pad(PAGE - 8)
        return out.done()

    return machine(
        scn, cpu_data,
        pagesize=PAGE,
        regimes={"sun3x": sun3.REGIMES["sun3x"]},
        kernbase=kernbase,
        text=kernbase + 0x4000,
        registers=sun3.registers,
        spread=0x8000,
        windows=relocated(kernbase, kernbase + contig, 0),
        root_limit=contig,
        root_field="kernCbase",
        root_of=lambda value: value - kernbase,
    )
