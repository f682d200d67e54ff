# SPDX-License-Identifier: BSD-2-Clause
"""Alpha page tables as OSF/1 PALcode walks them: Alpha AARM 4th ed., II-B 3 (memory management)."""

from .radix import Entry, Kind, Level, Plant, Regime

V = 1 << 0
FOR, FOW, FOE = 1 << 1, 1 << 2, 1 << 3
ASM = 1 << 4
GH = 3 << 5
KRE, URE, KWE, UWE = 1 << 8, 1 << 9, 1 << 12, 1 << 13
SOFTWARE = 0xFFFF << 16
PAGE_SHIFT = 13
K0SEG = (0xFFFF_FC00_0000_0000, 0xFFFF_FE00_0000_0000)     # physical memory, untranslated
K1SEG = (0xFFFF_FE00_0000_0000, 1 << 64)


class AlphaCodec:
    """PTEs; those of all levels are alike."""

    def table(self, level: Level, pa: int) -> int:
        """PALcode needs kernel read enable on the way."""
        return pa >> PAGE_SHIFT << 32 | V | ASM | KRE | KWE

    def leaf(self, level: Level, pa: int, prot: str) -> int:
        """A global kernel page."""
        raw = pa >> PAGE_SHIFT << 32 | V | ASM | KRE
        return raw | (KWE if prot[1] == "w" else FOW) | (0 if prot[2] == "x" else FOE)

    def decode(self, level: Level, raw: int) -> Entry:
        """II-B 3.4; granularity hints only help a TLB.  A dump is read even where KRE is clear."""
        if not raw & V:
            return Entry(Kind.INVALID, why="V is clear")
        pa = raw >> 32 << PAGE_SHIFT
        if level.table:
            return Entry(Kind.TABLE, pa, "rwx")
        read = raw & KRE and not raw & FOR
        prot = ("r" if read else "-") + ("w" if raw & KWE and not raw & FOW else "-")
        return Entry(Kind.LEAF, pa, prot + ("x" if raw & KRE and not raw & FOE else "-"))

    def ignored(self, level: Level, kind: Kind) -> int:
        """Software's bits, hints, user rights."""
        return SOFTWARE | GH | ASM | URE | UWE

    def plants(self, level: Level) -> tuple[Plant, ...]:
        """There are no reserved encodings."""
        kind = Kind.TABLE if level.table else Kind.LEAF
        return (Plant("not-valid", kind, Kind.INVALID, clear=V),)


_LEVELS = (
    Level("L1", 33, 10, leaf=False, table=True, reserved=False),
    Level("L2", 23, 10, leaf=False, table=True, reserved=False),
    Level("L3", 13, 10, leaf=True, table=False, reserved=False),
)

REGIMES = {"alpha": Regime("alpha", 43, True, _LEVELS, AlphaCodec())}


def registers(regime: Regime, root: int) -> dict[str, int]:
    """What a CPU needs to use these tables: the page frame number of the level-1 table."""
    return {"ptbr": root >> PAGE_SHIFT}
