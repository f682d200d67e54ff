# SPDX-License-Identifier: BSD-2-Clause
"""NetBSD/aarch64: header as in NetBSD sys/arch/aarch64/include/kcore.h 1.2, addresses as in
vmparam.h."""

from ..mmu import aarch64
from ..netbsd import Container, Field
from ..scenario import Scenario
from .base import Layout, State
from .netbsd import NetbsdPort

EM_AARCH64 = 183
MID_AARCH64 = 0x0B7
VM_KERNEL_IO = 0xFFFF_C000_0000_0000


def make(scn: Scenario, machine: str, byteorder: str) -> NetbsdPort:
    """[port] vabits: 64 - TCR.T1SZ."""
    bits = scn.options.number("vabits", 48)
    regimes = dict(aarch64.REGIMES)
    if scn.regime in regimes:
        try:
            regimes[scn.regime] = aarch64.regime(scn.regime, bits, byteorder)
        except ValueError as e:
            scn.options.fail("vabits", str(e))
    regime = regimes.get(scn.regime, regimes["4k"])
    page = regime.page_sizes()[0]
    text = VM_KERNEL_IO if bits >= 47 else (1 << 64) - (1 << bits - 1)

    def cpu_data(state: State) -> tuple[bytes, dict[str, Field]]:
        """TCR_EL1, TTBR1_EL1, number of RAM segments, then (start, size) of each."""
        out = Layout(byteorder)
        out.add("kh_tcr1", 8, aarch64.tcr(regime))
        out.add("kh_ttbr1", 8, state.root)
        out.add("kh_nramsegs", 8, len(state.segments))
        out.segments(state.segments)
        return out.done()

    return NetbsdPort(
        machine=machine,
        bits=64,
        byteorder=byteorder,
        pagesize=page,
        elf_machine=EM_AARCH64,
        container=Container(MID_AARCH64, 16, byteorder),
        regimes=regimes,
        kernbase=text,
        text=text,
        cpu_data=cpu_data,
        registers=aarch64.registers,
        text_page=1 << 21 if page == 4096 and bits > 30 else page,
        spread=max(min(1 << bits - 3, 1 << 21), 2 * page),
        root_field="kh_ttbr1",
    )


def port(scn: Scenario) -> NetbsdPort:
    """The usual byte order."""
    return make(scn, "aarch64", "little")
