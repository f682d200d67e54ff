# SPDX-License-Identifier: BSD-2-Clause
"""NetBSD/sparc64 and OpenBSD/sparc64 kernel tables, which their TLB refill code walks: three
levels of physical addresses, then TTEs (UltraSPARC I/II User's Manual 6.2; UltraSPARC Architecture
2007 13.2 for sun4v); sys/arch/sparc64/sparc64/pmap.c."""

from .radix import Entry, Kind, Level, Plant, Regime

V = 1 << 63
TABLE = 8192                    # bytes of every table
PA_4U = 0x0000_07FF_FFFF_E000       # 43 bits
PA_4U_47 = 0x0000_7FFF_FFFF_E000    # later CPUs; what OpenBSD uses
PA_4V = 0x00FF_FFFF_FFFF_E000
SIZES = {16: 1, 19: 2, 22: 3}       # log2 of a page: its code


class Sparc64Codec:
    """Pointers without flags, and TTEs of one CPU family."""

    def __init__(self, sun4v: bool, pa_mask: int) -> None:
        self._4v = sun4v
        self._pa = pa_mask

    def table(self, level: Level, pa: int) -> int:
        """The address alone."""
        return pa

    def leaf(self, level: Level, pa: int, prot: str, shift: int = 0) -> int:
        """A privileged, cacheable page; a TTE for each 8 KiB of a larger one."""
        size, write = SIZES.get(shift, 0), prot[1] == "w"
        if self._4v:
            return V | pa | 3 << 9 | 1 << 8 | (prot[2] == "x") << 7 | write << 6 | size
        return V | size << 61 | pa | 1 << 6 | 3 << 4 | 1 << 2 | write << 1 | 1

    def decode(self, level: Level, raw: int) -> Entry:
        """A pointer to a page is valid unless zero; a TTE by its top bit.  Its size is a TLB's."""
        if level.table:
            if not raw:
                return Entry(Kind.INVALID, why="is zero")
            if raw % TABLE:
                return Entry(Kind.RESERVED, why=f"is no multiple of {TABLE:#x}")
            return Entry(Kind.TABLE, raw, "rwx")
        if not raw & V:
            return Entry(Kind.INVALID, why="V is clear")
        if self._4v:
            prot = "r" + ("w" if raw & 1 << 6 else "-") + ("x" if raw & 1 << 7 else "-")
        else:
            prot = "r" + ("w" if raw & 2 else "-") + "x"
        return Entry(Kind.LEAF, raw & self._pa, prot)

    def ignored(self, level: Level, kind: Kind) -> int:
        """Size, software's bits, and cacheability."""
        if kind is Kind.TABLE:
            return 0
        if self._4v:
            return 0x3F << 56 | 1 << 62 | 0x1F00 | 0x3F
        return 3 << 61 | 0x3F << 53 | 1 << 59 | 0x1FF << 50 | 0x1FFD

    def plants(self, level: Level) -> tuple[Plant, ...]:
        """Tables fill pages."""
        if level.table:
            return (Plant("zero", Kind.TABLE, Kind.INVALID, clear=(1 << 64) - 1),
                    Plant("unaligned", Kind.TABLE, Kind.RESERVED, set=1),
                    Plant("half-page", Kind.TABLE, Kind.RESERVED, set=TABLE >> 1))
        return (Plant("not-valid", Kind.LEAF, Kind.INVALID, clear=V),)


_LEVELS = (
    Level("L1", 33, 10, leaf=False, table=True, reserved=True),
    Level("L2", 23, 10, leaf=False, table=True, reserved=True),
    Level("TTE", 13, 10, leaf=True, table=False, reserved=False, wide=tuple(SIZES)),
)


def regime(name: str, pa_mask: int | None = None) -> Regime:
    """sun4u or sun4v.  Bits 63:43 of an address must be equal, and are no index: the tables
    answer for both halves alike."""
    mask = pa_mask or (PA_4V if name == "sun4v" else PA_4U)
    half = 1 << 43
    return Regime(name, 44, True, _LEVELS, Sparc64Codec(name == "sun4v", mask), byteorder="big",
                  spans=((0, half), ((1 << 64) - half, 1 << 64)))


REGIMES = {name: regime(name) for name in ("sun4u", "sun4v")}


def registers(reg: Regime, root: int) -> dict[str, int]:
    """None: the CPU knows its TLB only."""
    return {}
