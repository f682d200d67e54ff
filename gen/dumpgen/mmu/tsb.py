# SPDX-License-Identifier: BSD-2-Clause
"""FreeBSD/sparc64's kernel TSB: a table of TTEs with one place for each address (sys/sparc64/include/
tte.h, tsb.h: an entry has 32 bytes, of which the second half links it into a list)."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from .radix import FRAME, Entry, Kind, Level, ReadTable, Run, Step, Store, merge

STRIDE, SHIFT = 32, 13
V, W, EXEC = 1 << 63, 1 << 1, 1 << 11       # EXEC is FreeBSD's: TS_EXEC << TD_SOFT_SHIFT
PA = (1 << 43) - (1 << 13)
FIXED = 1 << 6 | 1 << 5 | 1 << 4 | 1 << 2 | 1       # L, CP, CV, P, G


@dataclass(frozen=True)
class TsbRegime:
    """A TSB of so many entries; raw is tag and data as one number of 128 bits."""

    bits: int               # log2 of the entries
    name: str = "tsb"
    byteorder: str = "big"
    word: int = 64
    va_bits: int = 64

    @property
    def levels(self) -> tuple[Level, ...]:
        """The only one."""
        return (Level("TTE", SHIFT, self.bits, leaf=True, table=False, reserved=False,
                      wide=(16, 19, 22), entry_size=16, stride=STRIDE),)

    @property
    def size(self) -> int:
        """Bytes of the table."""
        return STRIDE << self.bits

    def page_sizes(self) -> list[int]:
        """8 KiB to 4 MiB."""
        return [1 << SHIFT + 3 * size for size in range(4)]

    def level(self, name: str) -> int:
        """Position of the level of that name."""
        return [lv.name for lv in self.levels].index(name)

    def edges(self, at: int) -> tuple[int, int]:
        """First and last index."""
        return 0, (1 << self.bits) - 1

    def table_size(self, at: int) -> int:
        """Bytes of a table of the level."""
        return self.size

    def index(self, va: int) -> int:
        """The place for an address: by its 8 KiB, however large its page is."""
        return va >> SHIFT & (1 << self.bits) - 1

    def kind(self, raw: int) -> Kind:
        """By the valid bit."""
        return Kind.LEAF if raw & V else Kind.INVALID

    def decode(self, index: int, raw: int) -> tuple[int, Entry] | None:
        """The 8 KiB that an entry at index maps: virtual address and entry; None if it maps none."""
        if not raw & V:
            return None
        tag, size = raw >> 64, raw >> 61 & 3
        shift = SHIFT + 3 * size
        if tag & 3 != size or (tag >> 2) >> 64 - shift:
            return None
        # Of a large page the entry serves the 8 KiB whose place it is in.
        va = tag >> 2 << shift
        for off in range(0, 1 << shift, 1 << SHIFT):
            if self.index(va + off) == index:
                pa = raw & PA & -1 << shift | off
                prot = "r" + ("w" if raw & W else "-") + ("x" if raw & EXEC else "-")
                return va + off, Entry(Kind.LEAF, pa, prot, shift=SHIFT)
        return None

    def builder(
        self, alloc: Callable[[int], int], page: Callable[[int], bytearray]
    ) -> "TsbBuilder":
        """A builder with an empty table."""
        return TsbBuilder(self, alloc, page)

    def reader(self, root: int, read: ReadTable, blob: bytes = b"") -> "TsbReader":
        """A reader of the table at root."""
        return TsbReader(self, root, read)


class TsbBuilder:
    """Fills a TSB."""

    blob = b""

    def __init__(self, regime: TsbRegime, alloc: Callable, page: Callable) -> None:
        self.regime = regime
        self.store = Store(alloc, page)
        self.root = self.hardware = self.store.new(regime.size)
        self.tables = [(0, self.root)]

    def slot(self, va: int, at: int) -> tuple[int, int]:
        """Table and index."""
        return self.root, self.regime.index(va)

    def get(self, table: int, index: int) -> int:
        """Tag and data."""
        return int.from_bytes(self.store.read(table + STRIDE * index, 16), "big")

    def put(self, table: int, index: int, raw: int) -> None:
        """Tag and data."""
        self.store.write(table + STRIDE * index, raw.to_bytes(16, "big"))

    def map(
        self, va: int, pa: int, page: int, prot: str, bits: int = 0, level: str | None = None
    ) -> None:
        """A page; all entries of a large one name its beginning."""
        if page not in self.regime.page_sizes():
            raise ValueError(f"no page of {page:#x} bytes")
        size = self.regime.page_sizes().index(page)
        data = V | size << 61 | pa & PA | FIXED | (W if prot[1] == "w" else 0)
        data |= (EXEC if prot[2] == "x" else 0) | bits
        if pa & ~PA & ~0x1FFF:
            raise ValueError(f"{pa:#x} does not fit into a TTE")
        for off in range(0, page, 1 << SHIFT):
            table, index = self.slot(va + off, 0)
            if self.get(table, index) & V:
                raise ValueError(f"{va + off:#x}: place {index:#x} is taken")
            self.put(table, index, ((va >> SHIFT + 3 * size) << 2 | size) << 64 | data)

    def reader(self, read: ReadTable | None = None) -> "TsbReader":
        """A reader of what was built."""
        return TsbReader(self.regime, self.root, read or self.store.read)


class TsbReader:
    """Reads a TSB through a callback."""

    def __init__(self, regime: TsbRegime, root: int, read: ReadTable) -> None:
        self.regime = regime
        self.root = root
        self._read = read

    def _raws(self) -> Iterator[tuple[int, int | None]]:
        """All entries; None where the table is missing."""
        each = FRAME // STRIDE
        for first in range(0, 1 << self.regime.bits, each):
            data = self._read(self.root + first * STRIDE, FRAME) or b""
            for i in range(each):
                part = data[i * STRIDE : i * STRIDE + 16]
                yield first + i, int.from_bytes(part, "big") if len(part) == 16 else None

    def walk(self, va: int) -> Iterator[Step]:
        """The one entry that is asked."""
        index = self.regime.index(va)
        data = self._read(self.root + STRIDE * index, 16)
        if data is None or len(data) < 16:
            yield Step(self.regime.levels[0], self.root, index, None, None)
            return
        raw = int.from_bytes(data, "big")
        found = self.regime.decode(index, raw)
        entry = Entry(Kind.INVALID, why="is not valid" if not raw & V else "is another page's")
        if found and found[0] == va & -1 << SHIFT:
            entry = found[1]
        yield Step(self.regime.levels[0], self.root, index, raw, entry)

    def lookup(self, va: int) -> int | None:
        """Physical address of va."""
        step = next(self.walk(va))
        if step.entry is None or step.entry.kind is not Kind.LEAF:
            return None
        return step.entry.pa | va & (1 << SHIFT) - 1

    def visit(self) -> Iterator[tuple]:
        """Every entry, for the audit."""
        for index, raw in self._raws():
            if raw is not None:
                found = self.regime.decode(index, raw)
                yield 0, index, raw, found[1] if found else Entry(self.regime.kind(raw))

    def runs(self) -> Iterator[Run]:
        """What each address from 0 to 2**64 translates to."""
        pieces = []
        for index, raw in self._raws():
            found = self.regime.decode(index, raw) if raw is not None else None
            if found:
                pieces.append((found[0], found[1]))
        yield from merge(self._fill(sorted(pieces, key=lambda p: p[0])))

    def _fill(self, pieces: list[tuple[int, Entry]]) -> Iterator[Run]:
        at = 0
        for va, entry in pieces:
            if va > at:
                yield Run(at, va, "hole")
            at = va + (1 << SHIFT)
            yield Run(va, at, "map", entry.pa, entry.prot)
        if at < 1 << 64:
            yield Run(at, 1 << 64, "hole")
