# SPDX-License-Identifier: BSD-2-Clause
"""OpenBSD/alpha: NetBSD's header and layout."""

from ..mmu import alpha
from .netbsd_alpha import CONTAINER, EM_ALPHA, PAGE, WINDOWS, cpu_data
from .openbsd import OpenbsdPort

PORT = OpenbsdPort(
    machine="alpha",
    bits=64,
    byteorder="little",
    pagesize=PAGE,
    elf_machine=EM_ALPHA,
    container=CONTAINER,
    regimes=alpha.REGIMES,
    kernbase=0xFFFF_FC00_0000_0000,
    text=0xFFFF_FC00_0058_0000,
    cpu_data=cpu_data,
    registers=alpha.registers,
    spread=0x8000,
    windows=WINDOWS,
    mapped=(alpha.K1SEG,),
    root_field="lev1map_pa",
)
