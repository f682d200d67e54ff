# SPDX-License-Identifier: BSD-2-Clause
"""NetBSD/powerpc, OEA: header as in NetBSD sys/arch/powerpc/include/kcore.h; no kernel writes
one."""

from collections.abc import Callable

from ..mmu import powerpc
from ..netbsd import Container, Field
from ..scenario import Scenario
from .base import Layout, State
from .netbsd import NetbsdPort
from .netbsd_sparc64 import rows

EM_PPC = 20
MID_POWERPC = 0x095
PVR = {"oea": 0x0008_3100, "oea601": 0x0001_0001}      # 750, 601


class Oea(powerpc.OeaRegime):
    """OEA with what a scenario says of table size, segment registers and BATs."""

    def __init__(
        self, name: str, shift: int, sr: list[list[int]], dbat: list[list[int]],
        ibat: list[list[int]],
    ) -> None:
        super().__init__(name)
        self._shift, self._sr, self._dbat, self._ibat = shift, sr, dbat, ibat

    def builder(
        self, alloc: Callable[[int], int], page: Callable[[int], bytearray]
    ) -> powerpc.OeaBuilder:
        """A builder whose registers are not only its own."""
        out = powerpc.OeaBuilder(self, alloc, page, self._shift)
        for n, value in self._sr:
            out.sr[n] = value
        for bats, given in ((out.dbat, self._dbat), (out.ibat, self._ibat)):
            for n, upper, lower in given:
                bats[n] = upper, lower
        return out


class _Port(NetbsdPort):
    """A kernel that BATs map one to one; nothing of it is in the hashed table."""

    def place(self, va: int) -> tuple[int | None, bool]:
        return va, False


def cpu_data(state: State, word: int, pvr: int, root: powerpc.Registers) -> tuple[
        bytes, dict[str, Field]]:
    """Registers of word bytes, then (start, size) to the end or to a size of 0."""
    out = Layout("big")
    out.add("", 4, 0)
    out.add("pvr", 4, pvr)
    out.add("sdr1", word, root.sdr1)
    for n, value in enumerate(root.sr):
        out.add(f"sr[{n}]", word, value)
    for name, bats, half in (("dbatl", root.dbat, 1), ("dbatu", root.dbat, 0),
                             ("ibatl", root.ibat, 1), ("ibatu", root.ibat, 0)):
        for n, bat in enumerate(bats):
            out.add(f"{name}[{n}]", word, bat[half])
    out.add("pad_reg", word, 0)
    out.segments(state.segments)
    return out.done()


def port(scn: Scenario) -> NetbsdPort:
    """[port] table_shift: log2 of the hashed table's bytes; sr: [n, value]; dbat, ibat: [n, upper,
    lower]; image = "bat": the kernel is in none but BATs, as a real one; pvr."""
    options = scn.options
    pvr = options.number("pvr", PVR.get(scn.regime, 0), (1 << 32) - 1)
    shift = options.number("table_shift", 16)
    if not 16 <= shift <= 25:
        options.fail("table_shift", f"{shift} is not in 16..25")
    sr, dbat, ibat = (rows(options, key, n) for key, n in (("sr", 2), ("dbat", 3), ("ibat", 3)))
    kind = _Port if options.choice("image", "table", "table", "bat") == "bat" else NetbsdPort
    return kind(
        machine="powerpc",
        bits=32,
        byteorder="big",
        pagesize=4096,
        elf_machine=EM_PPC,
        container=Container(MID_POWERPC, 8, "big"),
        regimes={name: Oea(name, shift, sr, dbat, ibat) for name in powerpc.REGIMES},
        kernbase=0x10_0000,
        text=0x10_0000,
        cpu_data=lambda state: cpu_data(state, 4, pvr, state.root),
        registers=powerpc.registers,
        spread=0x8000,
    )
