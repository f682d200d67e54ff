# SPDX-License-Identifier: BSD-2-Clause
"""x86 page tables: AMD64 APM vol. 2, 5.2 and 5.3; Intel SDM vol. 3A, 4.3 to 4.5.

pae starts at the page directories, four in a row, as a NetBSD dump names them; the four-entry
table that CR3 needs is the builder's `hardware`.
"""

from .radix import Builder, Entry, Kind, Level, Plant, Regime

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

CR4_PSE = 1 << 4
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

    def ignored(self, level: Level, kind: Kind) -> int:
        """Software's bits, accessed, dirty, and caching."""
        if kind is Kind.TABLE:
            return IGNORED_TABLE | US | PWT | PCD | A | G
        pat = PAT_LARGE if level.table else PS
        return IGNORED_LEAF | US | PWT | PCD | A | D | G | pat

    def plants(self, level: Level) -> tuple[Plant, ...]:
        """SDM 4.7: what sets the RSVD bit of a fault."""
        out = [Plant("not-present", kind, Kind.INVALID, clear=P)
               for kind, there in ((Kind.LEAF, level.leaf), (Kind.TABLE, level.table)) if there]
        if level.leaf and level.table:
            out += [Plant("frame-low", Kind.LEAF, Kind.RESERVED, set=PAT_LARGE << 1),
                    Plant("frame-high", Kind.LEAF, Kind.RESERVED, set=level.size >> 1)]
        elif level.table:
            out.append(Plant("page-size", Kind.TABLE, Kind.RESERVED, set=PS))
        return tuple(out)


PAE_IGNORED = 0xE00                         # SDM 4.4: 11:9
PAE_HIGH = 0x7FF0_0000_0000_0000            # and 62:52 must be zero


class PaeCodec(X86Codec):
    """Entries of PAE paging: long mode's, but bits 62:52 are reserved.  SDM tables 4-9 to 4-11."""

    def decode(self, level: Level, raw: int) -> Entry:
        if raw & P and raw & PAE_HIGH:
            return Entry(Kind.RESERVED, why=f"reserved bits {raw & PAE_HIGH:#x} are set")
        return super().decode(level, raw)

    def ignored(self, level: Level, kind: Kind) -> int:
        return super().ignored(level, kind) & ~PAE_HIGH

    def plants(self, level: Level) -> tuple[Plant, ...]:
        kind = Kind.TABLE if level.table else Kind.LEAF
        return (*super().plants(level), Plant("bit-52", kind, Kind.RESERVED, set=1 << 52),
                Plant("bit-62", kind, Kind.RESERVED, set=1 << 62))


class Pse36Codec:
    """Entries of 32-bit paging, CR4.PSE set, 40-bit large frames (SDM tables 4-4 to 4-6)."""

    HIGH_SHIFT = 19             # bits 20:13 of a 4 MiB entry are bits 39:32 of the frame
    HIGH = 0xFF << 13
    BIT21 = 1 << 21

    def table(self, level: Level, pa: int) -> int:
        """A writable supervisor link."""
        return pa & 0xFFFF_F000 | P | RW | A

    def leaf(self, level: Level, pa: int, prot: str) -> int:
        """A global supervisor page."""
        raw = P | A | G | (RW | D if prot[1] == "w" else 0)
        if level.table:
            return raw | PS | pa & 0xFFC0_0000 | pa >> self.HIGH_SHIFT & self.HIGH
        return raw | pa & 0xFFFF_F000

    def decode(self, level: Level, raw: int) -> Entry:
        """There is no way to forbid execution."""
        if not raw & P:
            return Entry(Kind.INVALID, why="P is clear")
        prot = "r" + ("w" if raw & RW else "-") + "x"
        if not level.table:
            return Entry(Kind.LEAF, raw & 0xFFFF_F000, prot)
        if not raw & PS:
            return Entry(Kind.TABLE, raw & 0xFFFF_F000, prot)
        if raw & self.BIT21:
            return Entry(Kind.RESERVED, why="bit 21 of a 4 MiB entry is set")
        return Entry(Kind.LEAF, raw & 0xFFC0_0000 | (raw & self.HIGH) << self.HIGH_SHIFT, prot)

    def ignored(self, level: Level, kind: Kind) -> int:
        """Software's bits, accessed, dirty, and caching."""
        if kind is Kind.TABLE:
            return 0xE00 | US | PWT | PCD | A | D | G
        return 0xE00 | US | PWT | PCD | A | D | G | (PAT_LARGE if level.table else PS)

    def plants(self, level: Level) -> tuple[Plant, ...]:
        """SDM 4.3, table 4-4."""
        kind = Kind.TABLE if level.table else Kind.LEAF
        clear = Plant("not-present", kind, Kind.INVALID, clear=P)
        if not level.table:
            return (clear,)
        return clear, Plant("bit-21", Kind.LEAF, Kind.RESERVED, set=self.BIT21)


class _PaeRegime(Regime):
    def builder(self, alloc, page) -> "PaeBuilder":
        return PaeBuilder(self, alloc, page)


class PaeBuilder(Builder):
    """Four page directories in a row, and the table of pointers to them that CR3 names."""

    def __init__(self, regime, alloc, page) -> None:
        super().__init__(regime, alloc, page)
        self._pdpt = self.store.new(32)
        for i in range(4):
            self.store.write(self._pdpt + 8 * i, (self.root + 0x1000 * i | P).to_bytes(8, "little"))

    @property
    def hardware(self) -> int:
        """The page-directory-pointer table (SDM 4.4.1: below 4 GiB, 32-byte aligned)."""
        return self._pdpt


_LEVELS = (
    Level("PML5", 48, 9, leaf=False, table=True, reserved=True),
    Level("PML4", 39, 9, leaf=False, table=True, reserved=True),
    Level("PDPT", 30, 9, leaf=True, table=True, reserved=True),
    Level("PD", 21, 9, leaf=True, table=True, reserved=True),
    Level("PT", 12, 9, leaf=True, table=False, reserved=False),
)
_PAE = (
    Level("PD", 21, 11, leaf=True, table=True, reserved=True),
    Level("PT", 12, 9, leaf=True, table=False, reserved=True),
)
_32BIT = (
    Level("PD", 22, 10, leaf=True, table=True, reserved=True),
    Level("PT", 12, 10, leaf=True, table=False, reserved=False),
)

REGIMES = {
    "4level": Regime("4level", 48, True, _LEVELS[1:], X86Codec()),
    "5level": Regime("5level", 57, True, _LEVELS, X86Codec()),
    "pae": _PaeRegime("pae", 32, False, _PAE, PaeCodec(), word=32),
    "32bit": Regime("32bit", 32, False, _32BIT, Pse36Codec(), entry_size=4, word=32),
}


def registers(regime: Regime, cr3: int) -> dict[str, int]:
    """What a CPU needs to use these tables; cr3 is the builder's `hardware`."""
    if regime.name == "32bit":
        return {"cr3": cr3, "cr4": CR4_PSE | CR4_PGE, "efer": 0}
    if regime.name == "pae":
        return {"cr3": cr3, "cr4": CR4_PAE | CR4_PGE, "efer": EFER_NXE}
    la57 = CR4_LA57 if regime.name == "5level" else 0
    return {"cr3": cr3, "cr4": CR4_PAE | CR4_PGE | la57, "efer": EFER_LME | EFER_NXE}
