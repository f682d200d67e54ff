# SPDX-License-Identifier: BSD-2-Clause
"""PowerPC radix tables of a process, which are the kernel's, too: Power ISA 3.0B Book III, 5.7.10.
"""

from .radix import Entry, Kind, Level, Plant, Regime

V, L = 1 << 63, 1 << 62
NLB = 0x00FF_FFFF_FFFF_FF00
RPN = 0x00FF_FFFF_FFFF_F000
REFERENCED, CHANGED = 1 << 8, 1 << 7
EAA_PRIVILEGED, EAA_R, EAA_W, EAA_X = 8, 4, 2, 1
SOFTWARE = 1 << 61 | 7 << 57 | 7 << 9       # SW bits of a leaf
EFFECTIVE = 0xC000_0000_0000_0000           # quadrant 3


class RadixCodec:
    """Directory and page table entries; big-endian on every kernel."""

    def table(self, level: Level, pa: int) -> int:
        """A directory entry: the next table has 2^9 entries."""
        return V | pa | 9

    def leaf(self, level: Level, pa: int, prot: str) -> int:
        """A kernel page."""
        raw = V | L | pa | REFERENCED | EAA_PRIVILEGED | EAA_R
        return raw | (EAA_W | CHANGED if prot[1] == "w" else 0) | (EAA_X if prot[2] == "x" else 0)

    def decode(self, level: Level, raw: int) -> Entry:
        """5.7.10.1 and 5.7.10.2."""
        if not raw & V:
            return Entry(Kind.INVALID, why="V is clear")
        if not raw & L:
            if not level.table:
                return Entry(Kind.RESERVED, why="a directory entry in the last table")
            return Entry(Kind.TABLE, raw & NLB, "rwx")
        if not level.leaf:
            return Entry(Kind.RESERVED, why="a page of 512 GiB")
        flags = ((EAA_R, "r"), (EAA_W, "w"), (EAA_X, "x"))
        prot = "".join(c if raw & bit else "-" for bit, c in flags)
        return Entry(Kind.LEAF, raw & RPN & -level.size, prot)

    def ignored(self, level: Level, kind: Kind) -> int:
        """Software's bits, referenced, changed."""
        return 0 if kind is Kind.TABLE else SOFTWARE | REFERENCED | CHANGED

    def plants(self, level: Level) -> tuple[Plant, ...]:
        """What is no entry."""
        if not level.table:
            return (Plant("not-valid", Kind.LEAF, Kind.INVALID, clear=V),
                    Plant("directory", Kind.LEAF, Kind.RESERVED, clear=L))
        return (Plant("no-table", Kind.TABLE, Kind.INVALID, clear=V),)


LEVELS = (
    Level("root", 39, 13, leaf=False, table=True, reserved=False),
    Level("L2", 30, 9, leaf=True, table=True, reserved=False),
    Level("L3", 21, 9, leaf=True, table=True, reserved=False),
    Level("L4", 12, 9, leaf=True, table=False, reserved=True),
)
REGIMES = {
    "radix": Regime("radix", 52, False, LEVELS, RadixCodec(), byteorder="big",
                    spans=((EFFECTIVE, EFFECTIVE + (1 << 52)),)),
}


def registers(regime: Regime, root: int) -> dict[str, int]:
    """None: the tables that lead to the root are not modelled."""
    return {}
