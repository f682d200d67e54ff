# SPDX-License-Identifier: BSD-2-Clause
"""NetBSD/riscv, 64 bits: the header that NetBSD's libkvm and sys/arch/riscv/include/kcore.h agree
on, a register and seven unused words before the RAM segments.  No kernel writes one yet."""

from ..mmu import riscv
from ..netbsd import Container, Field
from ..scenario import Scenario
from .base import Layout, State
from .netbsd import NetbsdPort

EM_RISCV = 243
MID_RISCV = 0x0B9


def make(scn: Scenario, bits: int, **rest: object) -> NetbsdPort:
    """root_bits are bits of satp."""
    word = bits // 8
    regimes = {n: r for n, r in riscv.REGIMES.items() if r.word == bits}

    def satp(regime: object, root: int) -> int:
        return riscv.satp(regime, root & ~scn.root_bits) | scn.root_bits

    def cpu_data(state: State) -> tuple[bytes, dict[str, Field]]:
        """satp, seven words, then (start, size) of each segment."""
        out = Layout("little")
        out.add("kh_satp", word, satp(regimes[scn.regime], state.root))
        for i in range(1, 8):
            out.add(f"kh_misc{i}", word, 0)
        out.segments(state.segments)
        return out.done()

    return NetbsdPort(
        machine=f"riscv{bits}",
        bits=bits,
        byteorder="little",
        pagesize=4096,
        elf_machine=EM_RISCV,
        container=Container(MID_RISCV, 16, "little"),
        regimes=regimes,
        cpu_data=cpu_data,
        registers=lambda regime, root: {"satp": satp(regime, root)},
        spread=0x20_0000,
        **rest,
    )


def port(scn: Scenario) -> NetbsdPort:
    """VM_MIN_KERNEL_ADDRESS of Sv39, which the wider modes translate as well."""
    start = 0xFFFF_FFC0_0000_0000
    return make(scn, 64, kernbase=start, text=start, text_page=1 << 21)
