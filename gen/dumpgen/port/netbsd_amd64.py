# SPDX-License-Identifier: BSD-2-Clause
"""NetBSD/amd64: header as in NetBSD sys/arch/amd64/include/kcore.h, addresses as in param.h."""

from ..mmu import x86
from ..netbsd import Container, Field
from .base import Facts, Layout, State
from .netbsd import NetbsdPort

EM_X86_64 = 62
MID_X86_64 = 0x09D


def cpu_data(state: State) -> tuple[bytes, dict[str, Field]]:
    """ptdpaddr, nmemsegs, then (start, size) of each segment."""
    out = Layout("little")
    out.add("ptdpaddr", 8, state.root)
    out.add("nmemsegs", 8, len(state.segments))
    out.segments(state.segments)
    return out.done()


def _variables(facts: Facts) -> list[tuple[str, int]]:
    low, high = facts.direct or (0, 0)
    return [
        ("PDPpaddr", facts.root),
        ("pmap_direct_base", low),
        ("pmap_direct_end", high & (1 << 64) - 1),
        ("pte_base", facts.recursive or 0),
        ("vm_min_kernel_address", 0xFFFF_8000_0000_0000),
    ]


PORT = NetbsdPort(
    machine="amd64",
    bits=64,
    byteorder="little",
    pagesize=4096,
    elf_machine=EM_X86_64,
    container=Container(MID_X86_64, 8, "little"),
    regimes=x86.REGIMES,
    kernbase=0xFFFF_FFFF_8000_0000,
    text=0xFFFF_FFFF_8020_0000,
    cpu_data=cpu_data,
    registers=x86.registers,
    variables=_variables,
    text_page=1 << 21,
    root_field="ptdpaddr",
)
