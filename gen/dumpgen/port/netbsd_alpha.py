# SPDX-License-Identifier: BSD-2-Clause
"""NetBSD/alpha: header as in NetBSD sys/arch/alpha/include/kcore.h, addresses as in alpha_cpu.h."""

from ..mmu import alpha
from ..mmu.linear import Linear, Range
from ..netbsd import Container, Field
from .base import Layout, State
from .netbsd import NetbsdPort

EM_ALPHA = 0x9026
MID_ALPHA = 0x08D
PAGE = 8192
CONTAINER = Container(MID_ALPHA, 8, "little")
# All of memory is seen here untranslated, and the kernel runs here.
WINDOWS = (Range(*alpha.K0SEG, Linear(*alpha.K0SEG, 0)),)


def cpu_data(state: State) -> tuple[bytes, dict[str, Field]]:
    """lev1map_pa, page_size, nmemsegs, then (start, size) of each segment."""
    out = Layout("little")
    out.add("lev1map_pa", 8, state.root)
    out.add("page_size", 8, PAGE)
    out.add("nmemsegs", 8, len(state.segments))
    out.segments(state.segments)
    return out.done()


PORT = NetbsdPort(
    machine="alpha",
    bits=64,
    byteorder="little",
    pagesize=PAGE,
    elf_machine=EM_ALPHA,
    container=CONTAINER,
    regimes=alpha.REGIMES,
    kernbase=0xFFFF_FC00_0000_0000,
    text=0xFFFF_FC00_00A0_0000,
    cpu_data=cpu_data,
    registers=alpha.registers,
    variables=lambda facts: [("kernel_lev1map", alpha.K0SEG[0] | facts.root)],
    spread=0x8000,
    windows=WINDOWS,
    mapped=(alpha.K1SEG,),
    root_field="lev1map_pa",
)
