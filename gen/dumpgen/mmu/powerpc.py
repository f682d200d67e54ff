# SPDX-License-Identifier: BSD-2-Clause
"""32-bit PowerPC OEA: BATs and the hashed page table (Programming Environments Manual for 32-bit
Implementations, 7.4 and 7.6); oea601: the 601's BATs (PowerPC 601 User's Manual 6.7).

Data is read as data accesses see it: data BATs, then the page table; the instruction BATs answer
where these have nothing.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from .hashed import HashedBuilder, HashedRegime, Segment, Table, overlay
from .radix import Entry, Kind, Level, Plant, Run, Step, Store

PTE_V = 1 << 31             # upper word
PTE_H = 1 << 6
PTE_R, PTE_C, PTE_M, PTE_G = 1 << 8, 1 << 7, 1 << 4, 1 << 3
SR_T, SR_KS, SR_N = 1 << 31, 1 << 30, 1 << 28
BAT_VS = 1 << 1
BAT_BL = 0x1_FFFC           # length mask; bits above 12 on a 7455, zero elsewhere
BAT_EA = 0xFFFE_0000
B601_V = 1 << 6             # lower word
B601_BSM = 0x3F
B601_KS = 1 << 3            # upper word
BLOCK = 1 << 17
PP = {"rw": 2, "r-": 3}     # PTE, supervisor key 0
BATS = {"oea": 8, "oea601": 4}

Bat = tuple[int, int]       # upper, lower


@dataclass(frozen=True, slots=True)
class Registers:
    """What header and CPU have; the 601's four BATs are `dbat`."""

    sdr1: int
    sr: tuple[int, ...]
    dbat: tuple[Bat, ...] = ((0, 0),) * 8
    ibat: tuple[Bat, ...] = ((0, 0),) * 8


def _rights(pp: int, key: bool) -> str:
    """Reading and writing by a PTE's PP (PEM table 7-9)."""
    if not key:
        return "r-" if pp == 3 else "rw"
    return ("--", "r-", "rw", "r-")[pp]


@dataclass(frozen=True, slots=True)
class Block:
    """A valid BAT: which register, its range, and what it allows."""

    number: int
    start: int
    size: int
    pa: int
    prot: str


class OeaRegime(HashedRegime):
    """oea or oea601."""

    entry_size = 8
    word = va_bits = 32
    plants = (Plant("not-valid", Kind.LEAF, Kind.INVALID, clear=PTE_V << 32),)
    # Each of these, flipped in a PTE, makes it another page's.
    mismatches = {"vsid-low": 1 << 39, "vsid-high": 1 << 62, "hash": PTE_H << 32,
                  "api-low": 1 << 32, "api-high": 1 << 37}
    ignored = 0x1F8 | 0xE00         # R, C, WIMG, and 22:20 which are reserved

    def __init__(self, name: str) -> None:
        self.name = name
        self.levels = (
            Level("PTEG", 12, 3, leaf=True, table=False, reserved=False),
            Level("BAT", 17, BATS[name].bit_length() - 1, leaf=True, table=False, reserved=False),
        )

    def builder(
        self, alloc: Callable[[int], int], page: Callable[[int], bytearray]
    ) -> "OeaBuilder":
        """A builder with a 64 KiB table."""
        return OeaBuilder(self, alloc, page)

    def table(self, root: Registers) -> Table:
        """PEM 7.6.1.1; a base that is no multiple of the size is or-ed, as the hardware does."""
        size = root.sdr1 & 0x1FF
        return Table(root.sdr1 & 0xFFFF_0000, (size + 1) << 10)

    def segments(self, root: Registers) -> list[Segment]:
        """All but direct-store ones."""
        return [Segment(n << 28, sr & 0xFF_FFFF, 12, bool(sr & SR_KS), bool(sr & SR_N))
                for n, sr in enumerate(root.sr) if not sr & SR_T]

    def tag(self, segment, index, secondary):
        return PTE_V | segment.vsid << 7 | (PTE_H if secondary else 0) | index >> 10

    def tag_mask(self, segment: Segment) -> int:
        return 0xFFFF_FFFF

    def lower_mask(self, segment: Segment) -> int:
        return 0

    def decode(self, segment: Segment, lower: int) -> tuple[int, str]:
        # PEM 7.5.3: guarded memory is not fetched from, a no-execute segment neither.
        run = "-" if segment.no_execute or lower & PTE_G else "x"
        return lower & 0xFFFF_F000, _rights(lower & 3, segment.key) + run

    def encode(self, segment: Segment, index: int, pa: int, prot: str, secondary: bool) -> int:
        if pa >> 32:
            raise ValueError(f"{pa:#x} does not fit into a PTE")
        lower = pa | PTE_R | PTE_M | (PTE_C if prot[1] == "w" else 0) | PP[prot[:2]]
        return self.tag(segment, index, secondary) << 32 | lower

    def valid(self, raw: int) -> bool:
        return bool(raw >> 32 & PTE_V)

    def blocks(self, bats: tuple[Bat, ...]) -> Iterator[Block]:
        """Valid BATs; a length mask with gaps, which the manual forbids, matches nothing."""
        for number, (upper, lower) in enumerate(bats[: BATS[self.name]]):
            if self.name == "oea601":
                mask = (lower & B601_BSM) << 17
                valid = lower & B601_V
                prot = _rights(upper & 3, bool(upper & B601_KS)) + "x"
            else:
                mask = (upper & BAT_BL) << 15
                valid = upper & BAT_VS
                prot = {0: "--", 2: "rw"}.get(lower & 3, "r-") + ("x" if lower & 3 else "-")
            size = mask + BLOCK
            start = upper & BAT_EA
            if not valid or size & (size - 1) or start & mask:
                continue
            yield Block(number, start, size, lower & BAT_EA & ~mask, prot)

    def _allowed(self, prot: str, fetch: bool) -> str:
        """PEM 7.4: data BATs are for loads and stores, instruction BATs for fetches; the 601's
        are for both."""
        if self.name == "oea601":
            return prot
        return "--" + prot[2] if fetch else prot[:2] + "-"

    def _runs(self, bats: tuple[Bat, ...], fetch: bool) -> list[Run]:
        layers = [
            [Run(b.start, b.start + b.size, "map", b.pa, self._allowed(b.prot, fetch))]
            for b in self.blocks(bats)
        ]
        return [run for run in overlay(layers, 1 << 32) if run.state == "map"]

    def before(self, root: Registers) -> list[Run]:
        return self._runs(root.dbat, False)

    def fetch(self, root: Registers) -> list[Run]:
        return self._runs(root.dbat if self.name == "oea601" else root.ibat, True)

    def visit_registers(self, root: Registers) -> Iterator[tuple[int, int, int, Entry]]:
        """Data BATs, by number."""
        blocks = {b.number: b for b in self.blocks(root.dbat)}
        for n, (upper, lower) in enumerate(root.dbat[: BATS[self.name]]):
            b = blocks.get(n)
            entry = Entry(Kind.LEAF, b.pa, b.prot) if b else Entry(Kind.INVALID)
            yield 1, n, upper << 32 | lower, entry

    def block_steps(self, root: Registers, va: int, before: bool) -> list[Step]:
        if not before and self.name == "oea601":
            return []
        bats = root.dbat if before else root.ibat
        for b in self.blocks(bats):
            if b.start <= va < b.start + b.size:
                upper, lower = bats[b.number]
                prot = self._allowed(b.prot, not before)
                entry = Entry(Kind.LEAF, b.pa, prot, shift=b.size.bit_length() - 1)
                return [Step(self.levels[1], 0, b.number, upper << 32 | lower, entry)]
        return []


class OeaBuilder(HashedBuilder):
    """Pages into the table, blocks of 128 KiB to 256 MiB into BATs.

    The segments' numbers can be changed in `sr` before the first page is mapped.
    """

    regime: OeaRegime

    def __init__(
        self, regime: OeaRegime, alloc: Callable[[int], int], page: Callable[[int], bytearray],
        table_shift: int = 16,
    ) -> None:
        if not 16 <= table_shift <= 25:
            raise ValueError(f"a table of 2^{table_shift} bytes")
        super().__init__(regime, Store(alloc, page), 1 << table_shift)
        # Neighbours' numbers differ in high and low bits, and are nobody's index.
        self.sr = [0xA5_1003 + n * 0x2_0897 & 0xFF_FFFF for n in range(16)]
        self._htabmask = (1 << table_shift - 16) - 1
        self.dbat: list[Bat] = [(0, 0)] * 8
        self.ibat: list[Bat] = [(0, 0)] * 8

    @property
    def root(self) -> Registers:
        return Registers(self.base | self._htabmask, tuple(self.sr), tuple(self.dbat),
                         tuple(self.ibat))

    def map(
        self, va: int, pa: int, page: int, prot: str, bits: int = 0, level: str | None = None
    ) -> None:
        """Maps a page or block; level: primary, secondary, dbat, ibat; None: as it comes."""
        if page == 4096:
            side = {"primary": False, "secondary": True}.get(level or "")
            self.insert(va, pa, page, prot, bits, side)
            return
        largest = 8 << 20 if self.regime.name == "oea601" else 256 << 20
        if page & (page - 1) or not BLOCK <= page <= largest:
            raise ValueError(f"{self.regime.name} has no blocks of {page:#x} bytes")
        if va % page or pa % page:
            raise ValueError(f"{va:#x} or {pa:#x} is no multiple of the block, {page:#x}")
        bats = self.ibat if level == "ibat" else self.dbat
        # From the last one down: a reader that knows four of eight must not pass.
        free = [n for n in reversed(range(BATS[self.regime.name])) if bats[n] == (0, 0)]
        if not free:
            raise ValueError(f"no BAT is left for {va:#x}")
        if any(b.start < va + page and va < b.start + b.size
               for b in self.regime.blocks(tuple(bats))):
            raise ValueError(f"{va:#x} is mapped twice")
        bats[free[0]] = self._bat(va, pa, page, prot)

    def _bat(self, va: int, pa: int, page: int, prot: str) -> Bat:
        mask = page - BLOCK >> 17
        if self.regime.name == "oea601":
            return va | (3 if prot[1] != "w" else 2), pa | B601_V | mask
        return va | mask << 2 | BAT_VS, pa | PTE_M | (2 if prot[1] == "w" else 1)


REGIMES = {name: OeaRegime(name) for name in ("oea", "oea601")}


def registers(regime: OeaRegime, root: Registers) -> dict[str, int]:
    """What a CPU needs to use these tables."""
    out = {"sdr1": root.sdr1}
    out |= {f"sr{n}": sr for n, sr in enumerate(root.sr)}
    kinds = (("bat", root.dbat),) if regime.name == "oea601" else (
        ("dbat", root.dbat), ("ibat", root.ibat))
    for kind, bats in kinds:
        for n, (upper, lower) in enumerate(bats[: BATS[regime.name]]):
            out |= {f"{kind}{n}u": upper, f"{kind}{n}l": lower}
    return out

