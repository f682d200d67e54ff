# SPDX-License-Identifier: BSD-2-Clause
"""NetBSD/hppa: a header of one int that nobody sets, and memory from address 0 on; the kernel's
image and all of memory are mapped one to one (sys/arch/hppa/hppa/pmap.c)."""

from ..hash import content
from ..mmu.linear import Linear, NoTables, Range
from ..netbsd import Container, Field
from ..scenario import Scenario
from .base import Layout, Port, State
from .netbsd import NetbsdPort

EM_PARISC = 15
MID_HPPA = 0x09A


def cpu_data(state: State) -> tuple[bytes, dict[str, Field]]:
    """What was on the stack."""
    out = Layout("big")
    out.raw("stack", content(0x7374_6163, 0, 504))
    return out.done()


def make(scn: Scenario, kind: type[Port], mid: int) -> Port:
    """NetBSD's and OpenBSD's differ by their machine id only."""
    last = scn.ram[-1]
    end = last.start + last.size
    if any(b.start != a.start + a.size for a, b in zip(scn.ram, scn.ram[1:])) or scn.ram[0].start:
        scn.options.fail("", "ram has to begin at 0 and have no holes: physmem is where it ends")
    return kind(
        machine="hppa",
        bits=32,
        byteorder="big",
        pagesize=4096,
        elf_machine=EM_PARISC,
        container=Container(mid, 8, "big"),
        regimes={"linear": NoTables(4096, 32, "big")},
        kernbase=0,
        text=0x20_0000,
        cpu_data=cpu_data,
        spread=0x8000,
        windows=(Range(0, end, Linear(0, end, 0, word=32)),),
        linear=True,
    )


def port(scn: Scenario) -> Port:
    """NetBSD's."""
    return make(scn, NetbsdPort, MID_HPPA)
