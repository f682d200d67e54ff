# SPDX-License-Identifier: BSD-2-Clause
"""SPARC Reference MMU: SPARC Architecture Manual V8, appendix H; and what NetBSD/sparc's dump has
of it: per segment the kernel virtual address of its PTEs (sys/arch/sparc/include/pmap.h).

A Builder makes the hardware's tree; segmap() states the part that the dump's header records.
"""

from .radix import Builder, Entry, Kind, Level, Plant, Reader, Regime

PTD, PTE = 1, 2                     # entry types (H.2)
C, M, R = 1 << 7, 1 << 6, 1 << 5
CONTEXTS = 16                       # in our context table
# What the supervisor may do, by ACC (H.2, table of access permissions).
ACC = ("r--", "rw-", "r-x", "rwx", "--x", "rw-", "r-x", "rwx")
SEGMAP_STRIDE, SG_PTE = 16, 8       # struct segmap
SEGMENT_SHIFT = 18


class SrmmuCodec:
    """Entries of all three levels; frames of 24 bits make 36-bit addresses."""

    def table(self, level: Level, pa: int) -> int:
        """A page table descriptor."""
        return pa >> 4 | PTD

    def leaf(self, level: Level, pa: int, prot: str) -> int:
        """A cacheable page for the supervisor alone: ACC 6 or 7, or 5, 0 which users may read."""
        acc = {"rwx": 7, "r-x": 6, "rw-": 5, "r--": 0}[prot]
        return pa >> 4 | C | R | (M if prot[1] == "w" else 0) | acc << 2 | PTE

    def decode(self, level: Level, raw: int) -> Entry:
        """H.2."""
        kind = raw & 3
        if kind == 0:
            return Entry(Kind.INVALID, why="ET is 0")
        if kind == PTD and level.table:
            return Entry(Kind.TABLE, (raw & ~3) << 4, "rwx")
        if kind != PTE:
            return Entry(Kind.RESERVED, why=f"ET is {kind}")
        return Entry(Kind.LEAF, (raw & ~0xFF) << 4 & -level.size, ACC[raw >> 2 & 7])

    def ignored(self, level: Level, kind: Kind) -> int:
        """Cacheable, modified, referenced."""
        return 0 if kind is Kind.TABLE else C | M | R

    def plants(self, level: Level) -> tuple[Plant, ...]:
        """ET 3, and a descriptor where no table can follow."""
        out = [Plant("invalid", Kind.LEAF, Kind.INVALID, clear=3),
               Plant("type-3", Kind.LEAF, Kind.RESERVED, set=3)]
        if level.table:
            out += [Plant("no-table", Kind.TABLE, Kind.INVALID, clear=3),
                    Plant("table-type-3", Kind.TABLE, Kind.RESERVED, set=3)]
        else:
            out.append(Plant("table", Kind.LEAF, Kind.RESERVED, set=PTD, clear=PTE))
        return tuple(out)


class SegmapCodec(SrmmuCodec):
    """segmap entries point by virtual addresses into the statically mapped kernel."""

    def __init__(self, kernbase: int, va2pa: int) -> None:
        self._base = kernbase
        self._delta = va2pa

    def table(self, level: Level, pa: int) -> int:
        """The virtual address of PTEs at pa."""
        return pa + self._delta & 0xFFFF_FFFF

    def decode(self, level: Level, raw: int) -> Entry:
        """A null pointer is a hole; one below the kernel is nonsense."""
        if level.leaf:
            return super().decode(level, raw)
        if not raw:
            return Entry(Kind.INVALID, why="sg_pte is null")
        if raw < self._base or raw < self._delta:
            return Entry(Kind.RESERVED, why=f"sg_pte is below the kernel, {self._base:#x}")
        return Entry(Kind.TABLE, raw - self._delta, "rwx")

    def ignored(self, level: Level, kind: Kind) -> int:
        return 0 if kind is Kind.TABLE else super().ignored(level, kind)

    def plants(self, level: Level) -> tuple[Plant, ...]:
        if level.leaf:
            return super().plants(level)
        return (Plant("null", Kind.TABLE, Kind.INVALID, clear=0xFFFF_FFFF),
                Plant("user-pointer", Kind.TABLE, Kind.RESERVED, clear=0xF800_0000))


class SrmmuBuilder(Builder):
    """The tree of context 0, and the context table that names it."""

    def __init__(self, regime, alloc, page) -> None:
        super().__init__(regime, alloc, page)
        self._contexts = self.store.new(4 * CONTEXTS)
        self.store.write(self._contexts, (self.root >> 4 | PTD).to_bytes(4, "big"))

    @property
    def hardware(self) -> int:
        """The context table."""
        return self._contexts

    def segmap(self, kernbase: int, va2pa: int) -> bytes:
        """The header's segmap: an entry for each 256 KiB from kernbase on; tables of small pages
        by their virtual address, which is va2pa above the physical one."""
        reader = self.regime.reader(self.root, self.store.read)
        out = bytearray()
        for va in range(kernbase, 1 << 32, 1 << SEGMENT_SHIFT):
            pte = 0
            steps = list(reader.walk(va))
            if len(steps) == 3:
                pte = steps[2].table + va2pa & 0xFFFF_FFFF
            out += bytes(SG_PTE) + pte.to_bytes(4, "big") + bytes(4)
        return bytes(out)


class _SrmmuRegime(Regime):
    def builder(self, alloc, page) -> SrmmuBuilder:
        return SrmmuBuilder(self, alloc, page)


_LEVELS = (
    Level("region", 24, 8, leaf=True, table=True, reserved=True),
    Level("segment", SEGMENT_SHIFT, 6, leaf=True, table=True, reserved=True),
    Level("page", 12, 6, leaf=True, table=False, reserved=True),
)
_HARDWARE = _SrmmuRegime("srmmu", 32, False, _LEVELS, SrmmuCodec(), entry_size=4, byteorder="big",
                         word=32)


def segmap_regime(kernbase: int = 0xF000_0000, va2pa: int = 0xF000_0000) -> Regime:
    """How the dump is read: the segmap array is the reader's blob, at offset 0.

    va2pa: virtual minus physical address of the static kernel (symbol va2pa_offset)."""
    segments = (1 << 32) - kernbase >> SEGMENT_SHIFT
    levels = (
        Level("segmap", SEGMENT_SHIFT, 14, leaf=False, table=True, reserved=True,
              stride=SEGMAP_STRIDE, skip=SG_PTE, limit=segments, space="blob"),
        _LEVELS[2],
    )
    return Regime("srmmu", 32, False, levels, SegmapCodec(kernbase, va2pa), entry_size=4,
                  byteorder="big", word=32, origin=kernbase, spans=((kernbase, 1 << 32),))


def segmap_reader(segmap: bytes, kernbase: int, va2pa: int, read) -> Reader:
    """A reader of the dump's own structures."""
    return segmap_regime(kernbase, va2pa).reader(0, read, segmap)


REGIMES = {"srmmu": _HARDWARE}


def registers(regime: Regime, root: int) -> dict[str, int]:
    """The context table pointer register (H.3: address bits 35:6 in bits 31:2); context 0."""
    return {"ctxtable": root >> 4}
