# SPDX-License-Identifier: BSD-2-Clause
"""NetBSD/mips tables, which its TLB refill code walks: sys/arch/mips/include/mips1_pte.h,
mips3_pte.h; sys/uvm/pmap/pmap_segtab.c.  EntryLo: MIPS R3000 and R4000 manuals, TLB entries.

sysmap: a linear array of PTEs.  segtab: tables of pointers to PTE pages, in KSEG0 or XKPHYS.
"""

from dataclasses import dataclass

from .radix import Entry, Kind, Level, Plant, Regime

KSEG0, KSEG1, KSEG2 = 0x8000_0000, 0xA000_0000, 0xC000_0000
XKPHYS = 0x8000_0000_0000_0000
XKPHYS_CACHED = 0x9800_0000_0000_0000       # coherency 3
XKPHYS_PA = (1 << 59) - 1
XKSEG = 0xC000_0000_0000_0000
COMPAT = 0xFFFF_FFFF_0000_0000              # KSEG0 and KSEG1 of a 64-bit kernel are sign-extended
KSEG_PA = 0x1FFF_FFFF


@dataclass(frozen=True)
class PteFormat:
    """What the dump's header tells of PTEs, and the bits that it does not tell."""

    archlevel: int
    pg_shift: int
    pg_frame: int
    pg_v: int
    dirty: int
    globe: int

    def frame(self, raw: int) -> int:
        """Physical address in a PTE."""
        bits = raw & self.pg_frame
        return bits if self.archlevel == 1 else bits << self.pg_shift

    def put(self, pa: int) -> int:
        """The PTE's bits for a physical address."""
        return pa if self.archlevel == 1 else pa >> self.pg_shift


MIPS1 = PteFormat(1, 12, 0xFFFF_F000, 0x200, 0x400, 0x100)
MIPS3 = PteFormat(3, 6, 0x3FFF_FFC0, 2, 4, 1)
VR41XX = PteFormat(3, 4, 0x3FFF_FFC0, 2, 4, 1)      # frames are numbered in units of 1 KiB
# OpenBSD sys/arch/mips64/include/pte.h: software's bits are above the frame; octeon's are u64.
OPENBSD = PteFormat(3, 6, 0x0FFF_FFC0, 2, 4, 1)
OPENBSD64 = PteFormat(3, 6, (1 << 60) - 64, 2, 4, 1)
NO_READ, NO_EXECUTE = 1 << 63, 1 << 62
FORMATS = {"mips1": MIPS1, "mips3": MIPS3, "vr41xx": VR41XX}


def direct(va: int, bits: int) -> int | None:
    """Physical address of a pointer into a range that needs no TLB; None: it does."""
    if bits == 64 and va >> 62 == 2:
        return va & XKPHYS_PA
    if bits == 64:
        if va & COMPAT != COMPAT:
            return None
        va &= 0xFFFF_FFFF
    return va & KSEG_PA if KSEG0 <= va < KSEG2 else None


class MipsCodec:
    """PTEs of a format, and native pointers to the tables above them."""

    def __init__(self, pte: PteFormat, bits: int) -> None:
        self.pte = pte
        self._bits = bits

    def table(self, level: Level, pa: int) -> int:
        """A pointer as the kernel has it; ValueError if KSEG0 does not reach that far."""
        if self._bits == 64:
            return XKPHYS_CACHED | pa
        if pa > KSEG_PA:
            raise ValueError(f"{pa:#x} is beyond KSEG0")
        return KSEG0 | pa

    def leaf(self, level: Level, pa: int, prot: str) -> int:
        """A global page; the cache attribute (archlevel 3: bits 5:3) is 3, cached."""
        f = self.pte
        cached = 3 << 3 if f.archlevel == 3 else 0
        return f.put(pa) | f.pg_v | f.globe | cached | (f.dirty if prot[1] == "w" else 0)

    def decode(self, level: Level, raw: int) -> Entry:
        """A page without the dirty bit cannot be written; all can be executed."""
        if level.leaf:
            if not raw & self.pte.pg_v:
                return Entry(Kind.INVALID, why="V is clear")
            pa = self.pte.frame(raw) & -level.size
            return Entry(Kind.LEAF, pa, "rwx" if raw & self.pte.dirty else "r-x")
        if not raw:
            return Entry(Kind.INVALID, why="a null pointer")
        pa = direct(raw, self._bits)
        if pa is None:
            return Entry(Kind.RESERVED, why="a pointer that itself needs tables")
        return Entry(Kind.TABLE, pa, "rwx")

    def ignored(self, level: Level, kind: Kind) -> int:
        """Cache attributes, global, and software's bits of a PTE."""
        if kind is Kind.TABLE:
            return 0
        if self.pte is OPENBSD:
            return 0xF000_0039
        if self.pte.archlevel == 1:
            return 0x9FF & ~self.pte.pg_v
        return 0xC000_0000 | 0x39

    def plants(self, level: Level) -> tuple[Plant, ...]:
        """Pointers must lie where no TLB is needed."""
        if level.leaf:
            return (Plant("not-valid", Kind.LEAF, Kind.INVALID, clear=self.pte.pg_v),)
        every = (1 << self._bits) - 1
        top = 3 << 30 if self._bits == 32 else XKSEG
        return (Plant("null", Kind.TABLE, Kind.INVALID, clear=every),
                Plant("mapped-pointer", Kind.TABLE, Kind.RESERVED, set=top),
                Plant("user-pointer", Kind.TABLE, Kind.RESERVED, clear=1 << self._bits - 1))


class OcteonCodec(MipsCodec):
    """PTEs of 8 bytes, with bits that forbid."""

    def leaf(self, level: Level, pa: int, prot: str) -> int:
        return super().leaf(level, pa, prot) | (0 if prot[2] == "x" else NO_EXECUTE)

    def decode(self, level: Level, raw: int) -> Entry:
        entry = super().decode(level, raw)
        if entry.kind is not Kind.LEAF:
            return entry
        read, run = "-" if raw & NO_READ else "r", "-" if raw & NO_EXECUTE else "x"
        return Entry(Kind.LEAF, entry.pa, read + entry.prot[1] + run)

    def ignored(self, level: Level, kind: Kind) -> int:
        return 3 << 60 | 0x39


def sysmap(
    entries: int, pte: PteFormat = MIPS3, page_shift: int = 12, bits: int = 32,
    byteorder: str = "little", base: int | None = None,
) -> Regime:
    """A linear array of so many PTEs; header: sysmappa, sysmapsize.

    base: what the first one maps, the lower end of the space; None: KSEG2 or XKSEG.
    """
    if base is None:
        base = KSEG2 if bits == 32 else XKSEG
    va_bits = ((1 << bits) - base - 1).bit_length()
    level = Level("Sysmap", page_shift, va_bits - page_shift, leaf=True, table=False,
                  reserved=False, limit=entries)
    wide = pte is OPENBSD64
    codec = (OcteonCodec if wide else MipsCodec)(pte, bits)
    return Regime("sysmap", va_bits, False, (level,), codec, entry_size=8 if wide else 4,
                  byteorder=byteorder, word=bits, origin=base,
                  spans=((base, 1 << bits),))


def segtab(
    pte: PteFormat = MIPS3, page_shift: int = 12, bits: int = 32, byteorder: str = "little",
) -> Regime:
    """Segment tables from KSEG2 or XKSEG on; header: sysmappa is the root.

    XKSEG is modelled as far as the first table's indexes go; beyond, the TLB has no bits.
    """
    pages = page_shift - 2                      # log2 of the PTEs in a page
    seg = page_shift + pages
    last = Level("PTE", page_shift, pages, leaf=True, table=False, reserved=False)
    if bits == 32:
        # Tables end where user space does: 2 GiB; the kernel uses the upper half of its own.
        levels = (Level("segtab", seg, 31 - seg, leaf=False, table=True, reserved=True), last)
        spans = ((KSEG2, 1 << 32),)
    else:
        size = page_shift - 3
        levels = (
            Level("xsegtab", seg + size, size, leaf=False, table=True, reserved=True),
            Level("segtab", seg, size, leaf=False, table=True, reserved=True), last,
        )
        spans = ((XKSEG, XKSEG + (1 << seg + 2 * size)),)
    levels = tuple(
        Level(lv.name, lv.shift, lv.bits, lv.leaf, lv.table, lv.reserved,
              entry_size=4 if lv.leaf else bits // 8)
        for lv in levels
    )
    va_bits = 31 if bits == 32 else seg + 2 * (page_shift - 3)
    return Regime("segtab", va_bits, False, levels, MipsCodec(pte, bits), byteorder=byteorder,
                  word=bits, spans=spans)


REGIMES = {"sysmap": sysmap(0x4000), "segtab": segtab()}


def registers(regime: Regime, root: int) -> dict[str, int]:
    """None: the CPU knows its TLB only."""
    return {}
