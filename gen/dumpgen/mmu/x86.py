# SPDX-License-Identifier: BSD-2-Clause
"""x86-64 page tables: AMD64 APM vol. 2, 5.3; Intel SDM vol. 3A, 4.5 (4-level and 5-level)."""

from .radix import Entry, Kind, Level, Regime

P = 1 << 0
RW = 1 << 1
US = 1 << 2
PWT = 1 << 3
PCD = 1 << 4
A = 1 << 5
D = 1 << 6
PS = 1 << 7
G = 1 << 8
PAT_LARGE = 1 << 12
NX = 1 << 63
FRAME = 0x000F_FFFF_FFFF_F000
IGNORED_LEAF = 0x7FF0_0000_0000_0E00    # SDM 4.5: 62:52 (CR4.PKE clear), 11:9
IGNORED_TABLE = 0x7FF0_0000_0000_0E40   # and D in an entry that is no leaf

CR4_PAE = 1 << 5
CR4_PGE = 1 << 7
CR4_LA57 = 1 << 12
EFER_LME = 1 << 8
EFER_NXE = 1 << 11


class X86Codec:
    """Entries of IA-32e paging with EFER.NXE set and the architecture's full 52-bit frames."""

    def table(self, level: Level, pa: int) -> int:
        """A writable, executable supervisor link."""
        assert level.table and pa & ~FRAME == 0
        return pa | P | RW | A

    def leaf(self, level: Level, pa: int, prot: str) -> int:
        """A global supervisor page, accessed, and dirty if writable."""
        assert level.leaf and pa & ~FRAME == 0 and pa % level.size == 0
        raw = pa | P | A | G
        if level.table:
            raw |= PS
        if prot[1] == "w":
            raw |= RW | D
        if prot[2] != "x":
            raw |= NX
        return raw

    def decode(self, level: Level, raw: int) -> Entry:
        """SDM tables 4-15 to 4-20."""
        if not raw & P:
            return Entry(Kind.INVALID, why="P is clear")
        prot = "r" + ("w" if raw & RW else "-") + ("-" if raw & NX else "x")
        frame = raw & FRAME
        if not level.table:
            return Entry(Kind.LEAF, frame, prot)
        if not raw & PS:
            return Entry(Kind.TABLE, frame, prot)
        if not level.leaf:
            return Entry(Kind.RESERVED, why=f"PS is set in a {level.name} entry")
        low = frame & (level.size - 1) & ~PAT_LARGE
        if low:
            return Entry(Kind.RESERVED, why=f"reserved frame bits {low:#x} are set")
        return Entry(Kind.LEAF, frame & -level.size, prot)


_LEVELS = (
    Level("PML5", 48, 9, leaf=False, table=True, reserved=True),
    Level("PML4", 39, 9, leaf=False, table=True, reserved=True),
    Level("PDPT", 30, 9, leaf=True, table=True, reserved=True),
    Level("PD", 21, 9, leaf=True, table=True, reserved=True),
    Level("PT", 12, 9, leaf=True, table=False, reserved=False),
)

REGIMES = {
    "4level": Regime("4level", 48, True, _LEVELS[1:], X86Codec()),
    "5level": Regime("5level", 57, True, _LEVELS, X86Codec()),
}


def registers(regime: Regime, cr3: int) -> dict[str, int]:
    """What a CPU needs to use these tables."""
    la57 = CR4_LA57 if regime.name == "5level" else 0
    return {"cr3": cr3, "cr4": CR4_PAE | CR4_PGE | la57, "efer": EFER_LME | EFER_NXE}
