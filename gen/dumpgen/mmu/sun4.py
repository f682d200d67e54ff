# SPDX-License-Identifier: BSD-2-Clause
"""sun4 and sun4c: a struct segmap names one of npmeg groups of PTEs, both in the dump's header
(sys/arch/sparc/include/pmap.h and pte.h)."""

import collections

from .pmeg import PmegBuilder, PmegCodec, PmegRegime
from .radix import Entry, Kind, Level, Plant, Regime

STRIDE, SG_PMEG = 16, 12            # struct segmap: u16 sg_pmeg, u8 sg_npte, s8 sg_nwired
SEGMENT_SHIFT = 18


class Sun4Codec(PmegCodec):
    """A segment map word: group number 31:16, count of valid PTEs 15:8, of wired ones 7:0."""

    def number(self, raw: int) -> int:
        return raw >> 16

    def link(self, group: int) -> int:
        return group << 16 | 1 << 8

    def decode(self, level: Level, raw: int) -> Entry:
        if level.table and not raw >> 8 & 0xFF:
            return Entry(Kind.INVALID, why="sg_npte is 0")
        return super().decode(level, raw)

    def ignored(self, level: Level, kind: Kind) -> int:
        return 0xFF if kind is Kind.TABLE else super().ignored(level, kind)

    def plants(self, level: Level) -> tuple[Plant, ...]:
        out = super().plants(level)
        if not level.table:
            return out
        return (Plant("no-group", Kind.TABLE, Kind.INVALID, set=self.groups - 1 << 16,
                      clear=0xFFFF_0000 & ~(self.groups - 1 << 16)),
                Plant("no-ptes", Kind.TABLE, Kind.INVALID, clear=0xFF00),
                Plant("group-too-large", Kind.TABLE, Kind.RESERVED, set=0xFFFF_0000))


class Sun4Builder(PmegBuilder):
    """Keeps sg_npte."""

    def map(self, va: int, pa: int, page: int, prot: str, bits: int = 0,
            level: str | None = None) -> None:
        super().map(va, pa, page, prot, bits, level)
        index = self.regime.index(va, 0)
        self._ptes[index] += 1
        self.put(self.root, index, self.get(self.root, index) & ~0xFF00 | self._ptes[index] << 8)

    def __init__(self, regime, alloc, page) -> None:
        self._ptes: collections.Counter[int] = collections.Counter()
        super().__init__(regime, alloc, page)


class Sun4Regime(PmegRegime):
    """As PmegRegime."""

    def builder(self, alloc, page) -> Sun4Builder:
        return Sun4Builder(self, alloc, page)


def regime(name: str, kernbase: int = 0xF000_0000, npmeg: int = 0) -> Regime:
    """sun4 (8 KiB pages) or sun4c (4 KiB), with so many groups."""
    shift = {"sun4": 13, "sun4c": 12}[name]
    npmeg = npmeg or {"sun4": 512, "sun4c": 128}[name]
    segments = (1 << 32) - kernbase >> SEGMENT_SHIFT
    codec = Sun4Codec(page_shift=shift, frame=0x7_FFFF, write=1 << 30, type_shift=26,
                      groups=npmeg, group_size=4 << SEGMENT_SHIFT - shift,
                      first=STRIDE * segments)
    levels = (
        Level("segmap", SEGMENT_SHIFT, (segments - 1).bit_length(), leaf=False, table=True,
              reserved=True, stride=STRIDE, skip=SG_PMEG, empty=npmeg - 1 << 16, limit=segments,
              space="blob"),
        Level("PMEG", shift, SEGMENT_SHIFT - shift, leaf=True, table=False, reserved=True,
              space="blob"),
    )
    return Sun4Regime(name, 32, False, levels, codec, entry_size=4, byteorder="big", word=32,
                      origin=kernbase, spans=((kernbase, 1 << 32),))


REGIMES = {name: regime(name) for name in ("sun4", "sun4c")}


def registers(reg: Regime, root: int) -> dict[str, int]:
    """None: no QEMU has these MMUs."""
    return {}
