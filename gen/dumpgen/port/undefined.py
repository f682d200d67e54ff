# SPDX-License-Identifier: BSD-2-Clause
"""Machines for which neither a header nor symbols define a translation: an image that a library
must refuse, with a good container and a good kernel."""

from collections.abc import Callable

from ..mmu.linear import Linear, NoTables, Range
from ..netbsd import Container, Field
from ..scenario import Scenario
from .base import Port, State


def undefined(
    kind: type[Port], scn: Scenario, machine: str, bits: int, elf_machine: int,
    container: Container, text: int, cpu_data: Callable[[State], tuple[bytes, dict[str, Field]]],
    pagesize: int = 4096,
) -> Port:
    """The port; where its kernel lies in memory is nobody's business."""
    first = scn.ram[0]
    return kind(
        machine=machine,
        bits=bits,
        byteorder=container.byteorder,
        pagesize=pagesize,
        elf_machine=elf_machine,
        container=container,
        regimes={"undefined": NoTables(pagesize, bits, container.byteorder, "undefined")},
        kernbase=text,
        text=text,
        cpu_data=cpu_data,
        spread=0x8000 if pagesize < 0x8000 else pagesize,
        windows=(Range(text, text + first.size,
                       Linear(text, text + first.size, first.start, word=bits)),),
    )
