# SPDX-License-Identifier: BSD-2-Clause
"""NetBSD/amd64: header as in NetBSD sys/arch/amd64/include/kcore.h, addresses as in param.h."""

import struct

from ..mmu import x86
from ..netbsd import Container, Field
from ..spans import Span
from .netbsd import Facts, NetbsdPort

EM_X86_64 = 62
MID_X86_64 = 0x09D


def _cpu_data(root: int, segments: list[Span]) -> tuple[bytes, dict[str, Field]]:
    """ptdpaddr, nmemsegs, then (start, size) of each segment."""
    data = struct.pack("<QQ", root, len(segments))
    fields = {"ptdpaddr": Field(0, 8, "little"), "nmemsegs": Field(8, 8, "little")}
    data += b"".join(struct.pack("<QQ", start, end - start) for start, end in segments)
    for i in range(len(segments)):
        at = 16 + 16 * i
        fields[f"seg{i}"] = Field(at, 16, "little")
        fields[f"seg{i}.start"] = Field(at, 8, "little")
        fields[f"seg{i}.size"] = Field(at + 8, 8, "little")
    return data, fields


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
    cpu_data=_cpu_data,
    registers=x86.registers,
    variables=_variables,
)
