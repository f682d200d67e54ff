# SPDX-License-Identifier: BSD-2-Clause
"""OpenBSD/m88k (luna88k): header as in OpenBSD sys/arch/m88k/include/kcore.h; the kernel maps all
of memory one to one."""

from ..mmu.linear import Linear, NoTables, Range
from ..netbsd import Container, Field
from ..scenario import Scenario
from .base import Layout, State
from .openbsd import OpenbsdPort

EM_88K = 5
MID_M88K = 0x099


def port(scn: Scenario) -> OpenbsdPort:
    """One segment, from address 0 on."""
    cputype = scn.options.number("cputype", 0)
    if len(scn.ram) > 1 or scn.ram[0].start:
        scn.options.fail("", "ram has to be one piece from address 0 on")
    end = scn.ram[0].size

    def cpu_data(state: State) -> tuple[bytes, dict[str, Field]]:
        out = Layout("big")
        out.add("cputype", 4, cputype)
        out.pad(8)
        out.segments(state.segments)
        return out.done()

    return OpenbsdPort(
        machine="m88k",
        bits=32,
        byteorder="big",
        pagesize=4096,
        elf_machine=EM_88K,
        container=Container(MID_M88K, 16, "big"),
        regimes={"linear": NoTables(4096, 32, "big")},
        kernbase=0,
        text=0x2_0000,
        cpu_data=cpu_data,
        spread=0x8000,
        windows=(Range(0, end, Linear(0, end, 0, word=32)),),
    )
