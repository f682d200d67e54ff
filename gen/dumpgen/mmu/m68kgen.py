# SPDX-License-Identifier: BSD-2-Clause
"""gen68k: an m68k tree of short descriptors whose shape a translation control register states
(MC68851 User's Manual 5.1.4; MC68030 User's Manual 9.5.2, 9.7.2)."""

from collections.abc import Sequence

from .m68k import INDIRECT, indirect
from .radix import Entry, Kind, Level, Plant, Regime

PAGE, SHORT = 1, 2
W, U, M = 1 << 2, 1 << 3, 1 << 4
E = 1 << 31                     # TCR: enable
TABLE_ADDRESS = 0xFFFF_FFF0
SRP_SHORT = 2                   # type of the root pointer: a table of short descriptors


class Gen68kCodec:
    """Descriptors of types 0 invalid, 1 page (early, above the last level), 2 short table; below
    the last level's type 2 there is a page descriptor."""

    def __init__(self, page_shift: int, upper: str) -> None:
        self._page = page_shift
        self._upper = upper     # the levels whose entries point to tables

    def table(self, level: Level, pa: int, to: str = "") -> int:
        """A table of short descriptors; an indirect descriptor is all address."""
        return pa | U | SHORT if level.name in self._upper else pa | INDIRECT

    def leaf(self, level: Level, pa: int, prot: str) -> int:
        """A page; modified if writable."""
        return pa | PAGE | U | (M if prot[1] == "w" else W)

    def decode(self, level: Level, raw: int) -> Entry:
        """A table lies at any multiple of 16 bytes (MC68030 9.5.1; a 68040 has another codec)."""
        kind, prot = raw & 3, "r-x" if raw & W else "rwx"
        if kind == 0:
            return Entry(Kind.INVALID, why="is of type 0")
        if kind == PAGE:
            pa = raw & -(1 << self._page) & 0xFFFF_FFFF
            if pa % level.size:
                return Entry(Kind.RESERVED, why=f"ends early, at no multiple of {level.size:#x}")
            return Entry(Kind.LEAF, pa, prot)
        if kind == SHORT and level.name not in self._upper:
            if level.table:
                return Entry(Kind.TABLE, raw & ~3, "rwx", to="indirect")
            return Entry(Kind.INVALID, why="is of type 2: only one level of indirection is allowed")
        if kind == SHORT:
            return Entry(Kind.TABLE, raw & TABLE_ADDRESS, prot)
        return Entry(Kind.RESERVED, why="is of type 3: long")

    def ignored(self, level: Level, kind: Kind) -> int:
        """Used and, in a page, modified and cache inhibit."""
        if kind is Kind.TABLE:
            return U if level.name in self._upper else 0
        return U | M | 1 << 6

    def plants(self, level: Level) -> tuple[Plant, ...]:
        """Long descriptors need a tree of their own kind; the last level has no tables."""
        out = [Plant("invalid", Kind.LEAF, Kind.INVALID, clear=3),
               Plant("long", Kind.LEAF, Kind.RESERVED, set=3)]
        if level.table:
            return (*out, Plant("no-table", Kind.TABLE, Kind.INVALID, clear=3),
                    Plant("long-table", Kind.TABLE, Kind.RESERVED, set=3))
        return (*out, Plant("indirect-again", Kind.LEAF, Kind.INVALID, set=2, clear=1))


def tcr(page_shift: int, widths: Sequence[int], initial: int = 0) -> int:
    """The register: page size 23:20, initial shift 19:16, widths A to D from 15:12 down."""
    if page_shift + initial + sum(widths) != 32 or not 1 <= len(widths) <= 4:
        raise ValueError(f"{page_shift} + {initial} + {list(widths)} is not 32")
    if not 8 <= page_shift <= 15 or any(not 1 <= w <= 15 for w in widths):
        raise ValueError(f"page 2^{page_shift}, widths {list(widths)}")
    raw = E | page_shift << 20 | initial << 16
    for i, width in enumerate(widths):
        raw |= width << 12 - 4 * i
    return raw


def regime(page_shift: int = 12, widths: Sequence[int] = (7, 7, 6), initial: int = 0) -> Regime:
    """A tree by widths.  The initial shift drops the top bits of an address, so that everything
    is there 2^initial times."""
    tcr(page_shift, widths, initial)
    levels, shift = [], 32 - initial
    for name, width in zip("ABCD", widths):
        shift -= width
        levels.append(Level(name, shift, width, leaf=True, table=True, reserved=True))
    levels.append(indirect(levels[-1]))
    codec = Gen68kCodec(page_shift, "ABCD"[:len(widths) - 1])
    return Regime("gen68k", 32, False, tuple(levels), codec, entry_size=4, byteorder="big", word=32)


REGIMES = {"gen68k": regime()}


def regime_tcr(reg: Regime) -> int:
    """The header's tcr for a regime."""
    widths = [lv.bits for lv in reg.levels if lv.bits]
    page = reg.levels[-1].shift
    return tcr(page, widths, 32 - page - sum(widths))


def registers(reg: Regime, root: int) -> dict[str, int]:
    """None: no QEMU has a 68851's MMU."""
    return {}
