# SPDX-License-Identifier: BSD-2-Clause
"""OpenBSD/sparc64: header as in OpenBSD sys/arch/sparc64/include/kcore.h, which is NetBSD's first
part; its kernel takes 47 bits of a TTE for the address."""

from ..mmu import sparc64
from ..netbsd import Container, Field
from ..scenario import Scenario
from .base import Layout, State
from .netbsd_sparc64 import (EM_SPARCV9, KERNBASE, LOCKED, MAPPED, OLD_SIZE, PAGE, old_header,
                             statics, window)
from .openbsd import OpenbsdPort

MID_SPARC64 = 0x097


def port(scn: Scenario) -> OpenbsdPort:
    """[port] ktext and kdata: [va, pa, size] of the kernel's locked pages; cputype."""
    cputype = scn.options.number("cputype", 3, (1 << 32) - 1)
    text, data = statics(scn.options)

    def cpu_data(state: State) -> tuple[bytes, dict[str, Field]]:
        out = Layout("big")
        old_header(out, state, cputype, text, data, OLD_SIZE)
        out.segments(state.segments)
        return out.done()

    return OpenbsdPort(
        machine="sparc64",
        bits=64,
        byteorder="big",
        pagesize=PAGE,
        elf_machine=EM_SPARCV9,
        container=Container(MID_SPARC64, 16, "big"),
        regimes={"sun4u": sparc64.regime("sun4u", sparc64.PA_4U_47)},
        kernbase=KERNBASE,
        text=KERNBASE,
        cpu_data=cpu_data,
        registers=sparc64.registers,
        spread=LOCKED,
        windows=tuple(window(va, size, pa) for va, pa, size in (text, data) if size),
        mapped=MAPPED,
        root_field="segmapoffset",
    )
