# SPDX-License-Identifier: BSD-2-Clause
"""NetBSD/vax: nothing in the header; the kernel's image, up to its symbol _end, is at the beginning
of memory (sys/arch/vax/vax/machdep.c)."""

from dataclasses import dataclass, replace

from ..mmu.linear import Linear, NoTables, Range
from ..netbsd import Container
from ..scenario import Scenario
from .base import Facts, Layout
from .netbsd import NetbsdPort

EM_VAX = 75
MID_VAX = 0x096
KERNBASE = 0x8000_0000


@dataclass(frozen=True)
class VaxPort(NetbsdPort):
    """A kernel that lies where it runs, less KERNBASE."""

    def place(self, va: int) -> tuple[int | None, bool]:
        """Also what is behind _end, as the message buffer."""
        return va - KERNBASE, False


def port(scn: Scenario) -> VaxPort:
    """The kernel's length is what is translated.  [port] end = false: no symbol tells it."""
    told = scn.options.get("end", True, bool)
    plain = VaxPort(
        machine="vax",
        bits=32,
        byteorder="little",
        pagesize=4096,
        elf_machine=EM_VAX,
        container=Container(MID_VAX, 4, "little"),
        regimes={"linear": NoTables(4096, 32)},
        kernbase=KERNBASE,
        text=KERNBASE,
        cpu_data=lambda state: Layout("little").done(),
        spread=0x8000,
        linear=True,
        ends=("_end", "end") if told else (),
    )
    if not told:
        return plain
    text = plain.text if scn.kernel_text is None else scn.kernel_text
    image = plain.areas(text, scn.kernel_text_page or plain.pagesize)
    kernel = plain.kernel(image, Facts(0, 0, 0, 0, None, None))
    end = next(s.va for s in kernel.symbols if s.name == "_end")
    return replace(plain, windows=(Range(KERNBASE, end, Linear(KERNBASE, end, 0, word=32)),))
