# SPDX-License-Identifier: BSD-2-Clause
"""NetBSD/powerpc64, OEA64: header as in NetBSD sys/arch/powerpc/include/kcore.h; no kernel writes
one.  Its sixteen segment registers are those of the ISA's bridge: all that is translated lies below
4 GiB."""

from collections.abc import Callable

from ..mmu import powerpc, powerpc64
from ..netbsd import Container, Field
from ..scenario import Scenario
from .base import State
from .netbsd import NetbsdPort
from .netbsd_powerpc import cpu_data
from .netbsd_sparc64 import rows

EM_PPC64 = 21
MID_POWERPC64 = 0x094
PVR = 0x0039_0202               # 970


class BridgeBuilder(powerpc64.Oea64Builder):
    """Sixteen segments, always; large ones are those that a scenario names."""

    def __init__(self, regime, alloc, page, shift: int, given: list[list[int]]) -> None:
        self._sr = [0x5A5_1003 + n * 0x2_0897 for n in range(16)]
        for n, value in given:
            self._sr[n] = value
        super().__init__(regime, alloc, page, shift)
        self.slb = list(powerpc64.bridge(tuple(self._sr)))

    @property
    def sr(self) -> tuple[int, ...]:
        return tuple(self._sr)

    def map(self, va, pa, page, prot, bits=0, level=None) -> None:
        if va >> 32:
            raise ValueError(f"{va:#x} is in no segment that a register holds")
        super().map(va, pa, page, prot, bits, level)


class Bridge(powerpc64.Oea64Regime):
    """oea64 by segment registers."""

    def __init__(self, shift: int, sr: list[list[int]]) -> None:
        self._shift, self._sr = shift, sr

    def builder(
        self, alloc: Callable[[int], int], page: Callable[[int], bytearray]
    ) -> BridgeBuilder:
        """A builder whose segments are the scenario's."""
        return BridgeBuilder(self, alloc, page, self._shift, self._sr)


def port(scn: Scenario) -> NetbsdPort:
    """[port] table_shift: log2 of the hashed table's bytes; sr: [n, value]; bats: nonsense in the
    BAT registers, which a 64-bit CPU has not; pvr."""
    options = scn.options
    pvr = options.number("pvr", PVR, (1 << 32) - 1)
    shift, sr = options.number("table_shift", 18), rows(options, "sr", 2)
    if not 18 <= shift <= 46:
        options.fail("table_shift", f"{shift} is not in 18..46")
    bats = ((0x0FFF_FFFF, 0x12),) * 8 if options.get("bats", False, bool) else ((0, 0),) * 8

    def header(state: State) -> tuple[bytes, dict[str, Field]]:
        tree = state.tree
        root = powerpc.Registers(tree.root.sdr1, tree.sr, bats, bats)
        return cpu_data(state, 8, pvr, root)

    return NetbsdPort(
        machine="powerpc64",
        bits=64,
        byteorder="big",
        pagesize=4096,
        elf_machine=EM_PPC64,
        container=Container(MID_POWERPC64, 8, "big"),
        regimes={"oea64": Bridge(shift, sr)},
        kernbase=0x10_0000,
        text=0x10_0000,
        cpu_data=header,
        registers=powerpc64.registers,
        spread=0x8000,
    )
