# SPDX-License-Identifier: BSD-2-Clause
"""64-bit PowerPC OEA: SLB and the hashed page table (Power ISA 2.03 Book III-S, 4.7), 256 MiB
segments with 4 KiB or 16 MiB pages; bridge() makes SLB entries of segment registers, which is all
that a NetBSD header has."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from .hashed import SEGMENT_SHIFT, HashedBuilder, HashedRegime, Segment, Table
from .radix import Kind, Level, Plant, Store

PTE_V, PTE_H, PTE_L = 1 << 0, 1 << 1, 1 << 2
AVPN_SHIFT = 7
RPN = 0x0FFF_FFFF_FFFF_F000
PTE_R, PTE_C, PTE_M, PTE_N, PTE_G = 1 << 8, 1 << 7, 1 << 4, 1 << 2, 1 << 3
PP0 = 1 << 63
SDR1_ORG = 0x0FFF_FFFF_FFFC_0000
SLBE_V = 1 << 27            # slbmte RB: ESID, V, index
SLBV_KS, SLBV_N, SLBV_L = 1 << 11, 1 << 9, 1 << 8       # slbmte RS: VSID << 12, flags
VSID_SHIFT = 12
VSID = (1 << 52) - 1
SR_KS, SR_N, SR_L, SR_VSID = 1 << 30, 1 << 28, 1 << 27, 0x7FF_FFFF
LARGE_SHIFT = 24

Slb = tuple[int, int]       # RB, RS


@dataclass(frozen=True, slots=True)
class Registers:
    """What the CPU has."""

    sdr1: int
    slb: tuple[Slb, ...]


def bridge(sr: tuple[int, ...]) -> tuple[Slb, ...]:
    """SLB entries of sixteen segment registers, as mtsr makes them (4.9.3.1, bridge)."""
    return tuple(
        (n << SEGMENT_SHIFT | SLBE_V | n,
         (value & SR_VSID) << VSID_SHIFT | SLBV_KS * bool(value & SR_KS)
         | SLBV_N * bool(value & SR_N) | SLBV_L * bool(value & SR_L))
        for n, value in enumerate(sr)
    )


class Oea64Regime(HashedRegime):
    """PTEs of two doublewords."""

    name = "oea64"
    entry_size = 16
    word = va_bits = 64
    levels = (Level("PTEG", 12, 3, leaf=True, table=False, reserved=False),
              Level("PTEG-16M", LARGE_SHIFT, 3, leaf=True, table=False, reserved=False))
    plants = (Plant("not-valid", Kind.LEAF, Kind.INVALID, clear=PTE_V << 64),)
    # Each of these, flipped in a PTE, makes it another page's.
    mismatches = {"vsid-low": 1 << 76, "vsid-high": 1 << 127, "hash": PTE_H << 64,
                  "page-high": 1 << 75, "large": PTE_L << 64}
    ignored = 0x78 << 64 | 0x1FC & ~(PTE_N | PTE_G)     # software's; R, C, WIM

    def builder(
        self, alloc: Callable[[int], int], page: Callable[[int], bytearray]
    ) -> "Oea64Builder":
        """A builder with the smallest table, 256 KiB."""
        return Oea64Builder(self, alloc, page)

    def table(self, root: Registers) -> Table:
        """4.7.2: 2^(11 + HTABSIZE) groups."""
        return Table(root.sdr1 & SDR1_ORG, 1 << 11 + (root.sdr1 & 0x1F))

    def segments(self, root: Registers) -> list[Segment]:
        out = [
            Segment(rb >> SEGMENT_SHIFT << SEGMENT_SHIFT, rs >> VSID_SHIFT & VSID,
                    LARGE_SHIFT if rs & SLBV_L else 12, bool(rs & SLBV_KS), bool(rs & SLBV_N))
            for rb, rs in root.slb if rb & SLBE_V
        ]
        if len({seg.start for seg in out}) < len(out):
            raise ValueError("two SLB entries of one segment")
        return sorted(out, key=lambda seg: seg.start)

    def tag(self, segment, index, secondary):
        """The AVPN ends with address bit 23, which is zero in a PTE of a 16 MiB page."""
        large = segment.page_shift == LARGE_SHIFT
        page = index << 1 if large else index >> 11
        flags = PTE_V | (PTE_H if secondary else 0) | (PTE_L if large else 0)
        upper = segment.vsid << VSID_SHIFT
        tag = page << AVPN_SHIFT | flags
        # An array is of signed words, where the upper part may not fit.
        return upper | tag if isinstance(tag, int) else tag.astype(np.uint64) | np.uint64(upper)

    def tag_mask(self, segment: Segment) -> int:
        return (1 << 64) - 1 & ~0x78

    def lower_mask(self, segment: Segment) -> int:
        """In a large page the low frame bits would name another size."""
        return (1 << LARGE_SHIFT) - 0x1000 if segment.page_shift == LARGE_SHIFT else 0

    def decode(self, segment: Segment, lower: int) -> tuple[int, str]:
        """PP is PP0 and the low two bits (4.7.3, table of page protection)."""
        pp, key = (lower >> 63) << 2 | lower & 3, segment.key
        if pp > 3:
            rights = "--" if key else "r-"
        elif key:
            rights = ("--", "r-", "rw", "r-")[pp]
        else:
            rights = "r-" if pp == 3 else "rw"
        never = segment.no_execute or lower & (PTE_N | PTE_G)
        return lower & RPN, rights + ("-" if never else "x")

    def encode(self, segment: Segment, index: int, pa: int, prot: str, secondary: bool) -> int:
        if pa & ~RPN:
            raise ValueError(f"{pa:#x} does not fit into a PTE")
        write, never = prot[1] == "w", prot[2] != "x"
        lower = pa | PTE_R | PTE_M | (PTE_C | 2 if write else 3) | PTE_N * never
        return self.tag(segment, index, secondary) << 64 | lower

    def valid(self, raw: int) -> bool:
        return bool(raw >> 64 & PTE_V)

    def position(self, raw: int) -> int:
        return 1 if raw >> 64 & PTE_L else 0


class Oea64Builder(HashedBuilder):
    """Segments are made as pages need them; a segment has pages of one size."""

    regime: Oea64Regime

    def __init__(
        self, regime: Oea64Regime, alloc: Callable[[int], int], page: Callable[[int], bytearray],
        table_shift: int = 18,
    ) -> None:
        if not 18 <= table_shift <= 46:
            raise ValueError(f"a table of 2^{table_shift} bytes")
        super().__init__(regime, Store(alloc, page), 1 << table_shift)
        self._size = table_shift - 18
        self.slb: list[Slb] = []

    @property
    def root(self) -> Registers:
        return Registers(self.base | self._size, tuple(self.slb))

    @property
    def sr(self) -> tuple[int, ...]:
        """The header's segment registers: of the segments below 4 GiB; 0 elsewhere."""
        out = [0] * 16
        for rb, rs in self.slb:
            if rb >> 32 == 0:
                out[rb >> SEGMENT_SHIFT] = rs >> VSID_SHIFT & SR_VSID | SR_L * bool(rs & SLBV_L)
        return tuple(out)

    def map(
        self, va: int, pa: int, page: int, prot: str, bits: int = 0, level: str | None = None
    ) -> None:
        """Maps a page; level: primary or secondary; None: as it comes."""
        if page not in (4096, 1 << LARGE_SHIFT):
            raise ValueError(f"{self.regime.name} has no pages of {page:#x} bytes")
        esid = va >> SEGMENT_SHIFT
        if all(rb >> SEGMENT_SHIFT != esid for rb, _ in self.slb):
            # 27 bits: what a segment register holds.
            vsid = 0x3A5_1003 + len(self.slb) * 0x2_0897 & SR_VSID
            flags = SLBV_L if page > 4096 else 0
            entry = esid << SEGMENT_SHIFT | SLBE_V | len(self.slb), vsid << VSID_SHIFT | flags
            self.slb.append(entry)
        side = {"primary": False, "secondary": True}.get(level or "")
        self.insert(va, pa, page, prot, bits, side)


REGIMES = {"oea64": Oea64Regime()}


def registers(regime: Oea64Regime, root: Registers) -> dict[str, int]:
    """What a CPU needs to use these tables: SDR1, and the operands of slbmte."""
    out = {"sdr1": root.sdr1}
    for n, (rb, rs) in enumerate(root.slb):
        out |= {f"slbe{n}": rb, f"slbv{n}": rs}
    return out
