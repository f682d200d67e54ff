# SPDX-License-Identifier: BSD-2-Clause
"""m68k tables whose shape a NetBSD header states: MC68030 User's Manual 9.5 (short descriptors;
MC68851 and HP's own MMU alike), MC68040 User's Manual 3.2; sys/arch/m68k/include/pte_motorola.h."""

from .radix import Entry, Kind, Level, Plant, Regime

# Types: of a table descriptor (68040: UDT) and of a page descriptor (68040: PDT).
PAGE, TABLE = 1, 2
W, U, M = 1 << 2, 1 << 3, 1 << 4
G_040 = 1 << 10
CI_030 = 1 << 6
INDIRECT = 2
MMUTYPE = {"68060": -3, "68040": -2, "68030": -1, "hp": 0, "68851": 1}


def indirect(last: Level) -> Level:
    """The page descriptor that an indirect one of the last level points to (MC68040 3.2.2.3;
    MC68030 9.5.3.2): a table of one entry."""
    return Level("indirect", last.shift, 0, leaf=True, table=False, reserved=last.reserved,
                 parent=last.name)


class M68kCodec:
    """Short descriptors; long ones are refused: a header's masks cannot say them, and NetBSD makes
    none.

    last: the level whose entries are page descriptors.  mmu: "68040", whose upper tables hold
    nothing else than tables; "68030", which may end a walk early (9.5.3.1) and, as the 68040,
    follows indirect page descriptors; or "hp", which knows one valid bit at each level.
    """

    def __init__(self, page_shift: int, last: str, mmu: str = "68030") -> None:
        self._frame = -(1 << page_shift) & 0xFFFF_FFFF
        self._040, self._hp = mmu == "68040", mmu == "hp"
        self._upper = "AB".partition(last)[0] or "AB"
        self._page_table = 4 << (18 - page_shift) if self._040 else 1 << page_shift

    def _above(self, level: Level) -> bool:
        """Whether a level's entries point to tables."""
        return level.name in self._upper

    def _table_mask(self, level: Level) -> int:
        """Table addresses: 68040 figure 3-9; NetBSD's page tables of other MMUs fill a page."""
        size = 512 if self._040 and level.name == "A" else self._page_table
        return -size & 0xFFFF_FFFF

    def table(self, level: Level, pa: int, to: str = "") -> int:
        """A resident table; an indirect descriptor is all address."""
        return pa | U | TABLE if self._above(level) else pa | INDIRECT

    def leaf(self, level: Level, pa: int, prot: str) -> int:
        """A global (68040) page, modified if writable."""
        return pa | PAGE | U | (M if prot[1] == "w" else W) | (G_040 if self._040 else 0)

    def decode(self, level: Level, raw: int) -> Entry:
        """68040: the upper bit of UDT is resident, PDT is 0 invalid, 2 indirect, else resident."""
        kind, above = raw & 3, self._above(level)
        prot = "r-x" if raw & W else "rwx"
        if kind == 0 or (self._040 and above and kind == PAGE):
            return Entry(Kind.INVALID, why=f"is of type {kind}")
        if self._hp:
            if not kind & (TABLE if above else PAGE):
                return Entry(Kind.INVALID, why="has a clear valid bit")
            kind = TABLE if above else PAGE
        if above and (kind == TABLE or self._040):
            return Entry(Kind.TABLE, raw & self._table_mask(level), prot)
        if kind == PAGE or (self._040 and kind == 3):
            pa = raw & self._frame
            if pa % level.size:
                return Entry(Kind.RESERVED, why=f"ends early, at no multiple of {level.size:#x}")
            return Entry(Kind.LEAF, pa, prot)
        if kind == INDIRECT and level.table:
            return Entry(Kind.TABLE, raw & ~3, "rwx", to="indirect")
        if kind == INDIRECT:
            return Entry(Kind.INVALID, why="is indirect, and was itself reached so")
        return Entry(Kind.RESERVED, why="is of type 3: long")

    def ignored(self, level: Level, kind: Kind) -> int:
        """Used, modified, caching, and what the 68040 leaves to the system."""
        if kind is Kind.TABLE:
            if not self._above(level):
                return 0
            low = ~self._table_mask(level) & 0x1F0 if self._040 else 0
            return U | low | (1 if self._040 or self._hp else 0)
        if self._040:
            return U | M | 0x7E0 | (0x1800 & ~self._frame) | 2
        return U | M | CI_030 | (2 if self._hp else 0)

    def plants(self, level: Level) -> tuple[Plant, ...]:
        """What is refused for its type, or for an address that a large page cannot have."""
        out = []
        if level.table:
            out.append(Plant("no-table", Kind.TABLE, Kind.INVALID, clear=3))
        if level.leaf:
            out.append(Plant("invalid", Kind.LEAF, Kind.INVALID, clear=3))
        if self._above(level) and (self._040 or self._hp):
            out.append(Plant("type-1", Kind.TABLE, Kind.INVALID, set=1, clear=2))
        elif self._above(level):
            out.append(Plant("unaligned", Kind.LEAF, Kind.RESERVED, set=level.size >> 1))
        if not self._040 and not self._hp:
            out += [Plant("long", Kind.LEAF, Kind.RESERVED, set=3)] if level.leaf else []
            out += [Plant("long", Kind.TABLE, Kind.RESERVED, set=3)] if level.table else []
        if self._hp and level.leaf:
            out.append(Plant("type-2", Kind.LEAF, Kind.INVALID, set=2, clear=1))
        if not level.table:
            out.append(Plant("indirect-again", Kind.LEAF, Kind.INVALID, set=INDIRECT, clear=1))
        return tuple(out)


def regime(name: str, page_shift: int = 12, hp: bool = False) -> Regime:
    """68030 (also 68851, or HP's own MMU) or 68040 (also 68060) with 4 or 8 KiB pages."""
    if name == "68040":
        codec = M68kCodec(page_shift, "C", name)
        levels = (
            Level("A", 25, 7, leaf=False, table=True, reserved=False),
            Level("B", 18, 7, leaf=False, table=True, reserved=False),
            Level("C", page_shift, 18 - page_shift, leaf=True, table=True, reserved=False),
        )
    else:
        codec = M68kCodec(page_shift, "B", "hp" if hp else name)
        seg = page_shift * 2 - 2
        levels = (
            Level("A", seg, 32 - seg, leaf=not hp, table=True, reserved=not hp),
            Level("B", page_shift, seg - page_shift, leaf=True, table=not hp, reserved=not hp),
        )
    if not hp:
        levels = (*levels, indirect(levels[-1]))
    return Regime(name, 32, False, levels, codec, entry_size=4, byteorder="big", word=32)


REGIMES = {"68030": regime("68030"), "68040": regime("68040")}


def constants(reg: Regime) -> dict[str, int]:
    """The header's constants, as real kernels write them for any MMU (atlas of the port)."""
    shift = reg.levels[-1].shift
    frame = -(1 << shift) & 0xFFFF_FFFF
    seg = 2 * shift - 2
    return {
        "sg_v": 2, "sg_frame": frame, "sg_ishift": seg, "sg_pmask": frame & (1 << seg) - 1,
        "sg40_shift1": 25, "sg40_mask2": 0x01FC_0000, "sg40_shift2": 18,
        "sg40_mask3": frame & 0x3_FFFF, "sg40_shift3": shift, "sg40_addr1": 0xFFFF_FE00,
        "sg40_addr2": -(4 << 18 - shift) & 0xFFFF_FFFF, "pg_v": 1, "pg_frame": frame,
    }


def registers(reg: Regime, root: int) -> dict[str, int]:
    """What a 68040 needs to use these tables; no QEMU has the others' MMUs."""
    if reg.name != "68040":
        return {}
    tc = 0x8000 | (0x4000 if reg.levels[-1].shift == 13 else 0)
    return {"srp": root, "urp": root, "tc": tc, "dtt0": 0, "dtt1": 0, "itt0": 0, "itt1": 0}
