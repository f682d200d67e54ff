# SPDX-License-Identifier: BSD-2-Clause
"""OpenBSD/amd64: header as in OpenBSD sys/arch/amd64/include/kcore.h, addresses as in pmap.h."""

from ..mmu import x86
from ..mmu.linear import Linear, Range
from ..netbsd import Container
from .netbsd_amd64 import EM_X86_64, MID_X86_64, cpu_data
from .openbsd import OpenbsdPort

CR3_FRAME = 0x000F_FFFF_FFFF_F000           # CR3 carries "reuse PCID", bit 63
PMAP_DIRECT = (0xFFFF_FD80_0000_0000, 0xFFFF_FF80_0000_0000)

PORT = OpenbsdPort(
    machine="amd64",
    bits=64,
    byteorder="little",
    pagesize=4096,
    elf_machine=EM_X86_64,
    container=Container(MID_X86_64, 8, "little"),
    regimes={"4level": x86.REGIMES["4level"]},
    kernbase=0xFFFF_FFFF_8000_0000,
    text=0xFFFF_FFFF_8100_0000,
    cpu_data=cpu_data,
    # The CPU does not keep the bit: it is part of the instruction that loads CR3.
    registers=lambda regime, root: x86.registers(regime, root & ~(1 << 63)),
    text_page=1 << 21,
    windows=(Range(*PMAP_DIRECT, Linear(*PMAP_DIRECT, 0)),),
    root_field="ptdpaddr",
    root_of=lambda value: value & CR3_FRAME,
)
