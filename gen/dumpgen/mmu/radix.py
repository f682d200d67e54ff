# SPDX-License-Identifier: BSD-2-Clause
"""Radix page tables: levels, a builder, and the list of what every address translates to."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Protocol

import numpy as np

FRAME = 4096            # unit of the callbacks that reach memory, whatever the target's page
Span = tuple[int, int]  # half-open


class Kind(str, Enum):
    """What an entry is to the MMU."""

    INVALID = "invalid"
    RESERVED = "reserved"
    TABLE = "table"
    LEAF = "leaf"


@dataclass(frozen=True, slots=True)
class Entry:
    """A decoded entry.

    prot is what this entry alone allows, "-" where the format does not say.  TABLE: pa is where
    the next table lies (an offset if that level is in the header), to its level if it is not
    the following one.  LEAF: pa is the first byte of the page, which is 1 << shift bytes large
    if several entries repeat it, else as large as the level's.  parts: what its equal parts
    allow, first to last, instead of prot.
    """

    kind: Kind
    pa: int = 0
    prot: str = "---"
    why: str = ""
    shift: int = 0
    to: str = ""
    parts: tuple[str, ...] = ()

    def part(self, offset: int, page: int) -> tuple[str, int]:
        """What is allowed at that offset of a page of so many bytes, and where that ends."""
        if not self.parts:
            return self.prot, page
        size = page // len(self.parts)
        return self.parts[offset // size], (offset // size + 1) * size


@dataclass(frozen=True, slots=True)
class Level:
    """One level: the VA bits that index its tables, and what its entries may be."""

    name: str
    shift: int
    bits: int
    leaf: bool
    table: bool
    reserved: bool      # some encoding with the valid bit set is refused by the MMU
    wide: tuple[int, ...] = ()      # log2 of pages that so many consecutive entries repeat
    entry_size: int = 0             # bytes; 0: the regime's
    stride: int = 0                 # bytes from one entry to the next; 0: its size
    skip: int = 0                   # where in its stride an entry lies
    limit: int = 0                  # entries that there are; 0: all that bits can index
    empty: int = 0                  # the entry of what was never mapped
    space: str = "phys"             # where its tables are: memory, or "blob": the dump's header
    parent: str = ""                # the level that points here; "": the one before

    @property
    def size(self) -> int:
        """Bytes of address space behind one entry."""
        return 1 << self.shift

    @property
    def count(self) -> int:
        """Entries in a table."""
        return self.limit or 1 << self.bits

    def page(self, entry: Entry) -> int:
        """Bytes of the page that a leaf entry of this level is of."""
        return 1 << (entry.shift or self.shift)


@dataclass(frozen=True, slots=True)
class Plant:
    """A named way to spoil a good entry: (raw | set) & ~clear is then of that kind."""

    name: str
    of: Kind            # what the entry is before: TABLE or LEAF
    kind: Kind          # what the MMU makes of it: INVALID or RESERVED
    set: int = 0
    clear: int = 0

    def spoil(self, raw: int) -> int:
        """The spoilt entry."""
        return (raw | self.set) & ~self.clear


class Codec(Protocol):
    """Entries of one machine.

    table() takes to=NAME where an entry may point to several levels; leaf() takes shift=N for
    a page that entries repeat, and is then called with the pa of each entry's own share.
    """

    def table(self, level: Level, pa: int) -> int:
        """The entry that points to a table."""

    def leaf(self, level: Level, pa: int, prot: str) -> int:
        """The entry that maps a page."""

    def decode(self, level: Level, raw: int) -> Entry:
        """What the manual says about raw."""

    def ignored(self, level: Level, kind: Kind) -> int:
        """Bits of a good TABLE or LEAF that may have any value: software's, hints, and caching."""

    def plants(self, level: Level) -> tuple[Plant, ...]:
        """Ways to spoil this level's entries that the MMU refuses."""


@dataclass(frozen=True)
class Regime:
    """A radix translation regime; levels run from the root down."""

    name: str
    va_bits: int
    sign_extended: bool
    levels: tuple[Level, ...]
    codec: Codec
    entry_size: int = 8
    byteorder: str = "little"
    word: int = 64              # bits of an address: the space that runs() covers
    spans: tuple[Span, ...] = field(default=())     # what the tables translate; (): by va_bits
    origin: int = 0             # subtracted from an address before it is cut into indexes

    def __post_init__(self) -> None:
        if not self.spans:
            bits, top = self.va_bits, 1 << 64
            half = 1 << (bits - 1)
            spans = ((0, half), (top - half, top)) if self.sign_extended else ((0, 1 << bits),)
            object.__setattr__(self, "spans", spans)

    def level(self, name: str) -> int:
        """Position of the level of that name, root first."""
        return [lv.name for lv in self.levels].index(name)

    def leaf_level(self, page: int) -> int | None:
        """Position of the first level whose leaves can be page bytes large."""
        for at, lv in enumerate(self.levels):
            if lv.leaf and (lv.size == page or any(1 << w == page for w in lv.wide)):
                return at
        return None

    def page_sizes(self) -> list[int]:
        """All sizes of pages, ascending."""
        sizes = {lv.size for lv in self.levels if lv.leaf}
        return sorted(sizes | {1 << w for lv in self.levels if lv.leaf for w in lv.wide})

    def canonical(self, va: int) -> bool:
        """Whether the MMU looks at its tables for va at all."""
        return any(lo <= va < hi for lo, hi in self.spans)

    def index(self, va: int, at: int) -> int:
        """Index of va in a table of the level at position at."""
        lv = self.levels[at]
        return va - self.origin >> lv.shift & ((1 << lv.bits) - 1)

    def size_of(self, at: int) -> int:
        """Bytes of an entry of the level at position at."""
        return self.levels[at].entry_size or self.entry_size

    def stride_of(self, at: int) -> int:
        """Bytes from one entry to the next."""
        return self.levels[at].stride or self.size_of(at)

    def table_size(self, at: int) -> int:
        """Bytes of a table."""
        return self.levels[at].count * self.stride_of(at)

    def edges(self, at: int) -> tuple[int, int]:
        """First and last index that an address can have in a table of that level."""
        if at:
            return 0, self.levels[at].count - 1
        ends = [self.index(va, 0) for lo, hi in self.spans for va in (lo, hi - 1)]
        return min(ends), min(max(ends), self.levels[0].count - 1)

    def next(self, at: int, entry: Entry) -> int:
        """Position of the level that a TABLE entry of level at points to."""
        return self.level(entry.to) if entry.to else at + 1

    def path(self, at: int) -> list[int]:
        """Positions of the levels from the root to at, both included."""
        if at == 0:
            return [0]
        parent = self.levels[at].parent
        return [*self.path(self.level(parent) if parent else at - 1), at]

    def builder(
        self, alloc: Callable[[int], int], page: Callable[[int], bytearray]
    ) -> "Builder":
        """A builder of this regime's tables."""
        return Builder(self, alloc, page)

    def reader(self, root: int, read: "ReadTable", blob: bytes = b"") -> "Reader":
        """A reader of the tables at root."""
        return Reader(self, root, read, blob)


@dataclass(frozen=True, slots=True)
class Run:
    """All of [start, end) has one answer; pa belongs to start."""

    start: int
    end: int
    state: str          # map, hole, or unknown: a table that cannot be read
    pa: int = 0
    prot: str = "---"


@dataclass(frozen=True, slots=True)
class Step:
    """One table visited by a walk; raw is None if it cannot be read, or has no such entry."""

    level: Level
    table: int
    index: int
    raw: int | None
    entry: Entry | None


def both(one: str, other: str) -> str:
    """What two levels together allow; "-" if one of them does not say."""
    return "".join(c if c == d else "-" for c, d in zip(one, other))


def merge(runs: Iterator[Run]) -> Iterator[Run]:
    """Joins neighbours that one run can say; each run begins where the last one ends."""
    last: Run | None = None
    for run in runs:
        if last is not None and last.state == run.state:
            linear = run.state != "map" or (
                last.prot == run.prot and last.pa + last.end - last.start == run.pa
            )
            if linear:
                last = Run(last.start, run.end, last.state, last.pa, last.prot)
                continue
        if last is not None:
            yield last
        last = run
    if last is not None:
        yield last


# Reads size bytes at a physical address, never over the end of a FRAME; None if the dump lacks
# them, fewer bytes if the file ends before.
ReadTable = Callable[[int, int], bytes | None]


class Reader:
    """Reads trees through a callback, as the manual says."""

    def __init__(self, regime: Regime, root: int, read: ReadTable, blob: bytes = b"") -> None:
        self.regime = regime
        self.root = root
        self._read = read
        self._blob = blob

    def _bytes(self, at: int, pa: int, size: int) -> bytes | None:
        """Bytes of a table of level at, from its space."""
        if self.regime.levels[at].space == "blob":
            return self._blob[pa : pa + size] if pa + size <= len(self._blob) else None
        return self._read(pa, size)

    def _pieces(self, pa: int, at: int) -> Iterator[tuple[int, int, np.ndarray | None]]:
        """(first index, end index, entries or None) of a table, frame by frame."""
        lv, stride = self.regime.levels[at], self.regime.stride_of(at)
        size = self.regime.size_of(at)
        dtype = np.dtype(("<" if self.regime.byteorder == "little" else ">") + f"u{size}")
        first = 0
        while first < lv.count:
            at_pa = pa + first * stride
            fit = max((FRAME - at_pa % FRAME) // stride, 1)
            if lv.space == "blob":
                fit = lv.count
            end = min(first + fit, lv.count)
            raw = self._bytes(at, at_pa, (end - first) * stride)
            # A file that ends within a table has the entries before its end.
            count = 0 if raw is None else max(len(raw) - lv.skip - size + stride, 0) // stride
            known = first + min(count, end - first)
            if known > first:
                yield first, known, np.ndarray((known - first,), dtype, raw, lv.skip, (stride,))
            if known < end:
                yield known, end, None
            first = end

    def entries(self, pa: int, at: int) -> np.ndarray | None:
        """All entries of the table at pa, read as a table of that level; None if one is missing."""
        pieces = [piece for _, _, piece in self._pieces(pa, at)]
        return None if any(p is None for p in pieces) else np.concatenate(pieces)

    def walk(self, va: int) -> Iterator[Step]:
        """The tables that the MMU visits for va, root first."""
        pa, at = self.root, 0
        if not self.regime.canonical(va):
            return
        while True:
            lv, size = self.regime.levels[at], self.regime.size_of(at)
            index = self.regime.index(va, at)
            if index >= lv.count:
                why = f"is none of the table's {lv.count}"
                yield Step(lv, pa, index, None, Entry(Kind.INVALID, why=why))
                return
            data = self._bytes(at, pa + index * self.regime.stride_of(at) + lv.skip, size)
            if data is None or len(data) < size:
                yield Step(lv, pa, index, None, None)
                return
            raw = int.from_bytes(data, self.regime.byteorder)
            entry = self.regime.codec.decode(lv, raw)
            if entry.parts:
                page = lv.page(entry)
                allowed, _ = entry.part((va - self.regime.origin) % page, page)
                entry = replace(entry, prot=allowed)
            yield Step(lv, pa, index, raw, entry)
            if entry.kind is not Kind.TABLE:
                return
            pa, at = entry.pa, self.regime.next(at, entry)

    def lookup(self, va: int) -> int | None:
        """Physical address of va; None if there is none, or a table cannot be read."""
        step = None
        for step in self.walk(va):
            pass
        if step is None or step.entry is None or step.entry.kind is not Kind.LEAF:
            return None
        page = step.level.page(step.entry)
        return step.entry.pa + (va - self.regime.origin) % page

    def visit(self) -> Iterator[tuple[int, int, int, Entry]]:
        """(level, index, raw, entry) of all tables in reach, once per level and table."""
        todo, seen = [(self.root, 0)], set()
        while todo:
            pa, at = todo.pop()
            if (pa, at) in seen:
                continue
            seen.add((pa, at))
            lv = self.regime.levels[at]
            for first, end, table in self._pieces(pa, at):
                if table is None:
                    continue
                edges = [i for i in set(self.regime.edges(at))
                         if first <= i < end and table[i - first] == lv.empty]
                used = (np.flatnonzero(table != lv.empty) + first).tolist()
                for index in [*sorted(edges), *used]:
                    raw = int(table[index - first])
                    entry = self.regime.codec.decode(lv, raw)
                    yield at, index, raw, entry
                    if entry.kind is Kind.TABLE:
                        todo.append((entry.pa, self.regime.next(at, entry)))

    def runs(self) -> Iterator[Run]:
        """What each address from 0 to 2**word translates to: ascending, complete, merged."""
        return merge(self._raw_runs())

    def _raw_runs(self) -> Iterator[Run]:
        top = self.regime.levels[0]
        window = 1 << (top.shift + top.bits)
        done = 0
        for lo, hi in self.regime.spans:
            if lo > done:
                yield Run(done, lo, "hole")
            done = hi
            while lo < hi:
                base = lo - (lo - self.regime.origin) % window
                end = min(hi, base + window)
                yield from self._table_runs(self.root, 0, base, lo, end, "rwx")
                lo = end
        if done < 1 << self.regime.word:
            yield Run(done, 1 << self.regime.word, "hole")

    def _table_runs(
        self, pa: int, at: int, base: int, start: int, end: int, prot: str
    ) -> Iterator[Run]:
        """Runs of [start, end), which lies in the space that one table at pa maps from base on."""
        lv = self.regime.levels[at]
        done = start
        for first, stop, table in self._pieces(pa, at):
            lo = max(base + (first << lv.shift), start)
            hi = min(base + (stop << lv.shift), end)
            if lo >= hi:
                continue
            if table is None:
                if lo > done:
                    yield Run(done, lo, "hole")
                yield Run(lo, hi, "unknown")
                done = hi
                continue
            for i in np.flatnonzero(table != lv.empty).tolist():
                entry_va = base + ((first + i) << lv.shift)
                # A space may begin or end within an entry (sun2's first segment).
                va, after = max(entry_va, start), min(entry_va + lv.size, end)
                if va >= after:
                    continue
                if va > done:
                    yield Run(done, va, "hole")
                done = after
                entry = self.regime.codec.decode(lv, int(table[i]))
                if entry.kind is Kind.LEAF:
                    page = lv.page(entry)
                    while va < after:
                        off = (va - self.regime.origin) % page
                        allowed, part_end = entry.part(off, page)
                        part = min(after, va + part_end - off)
                        yield Run(va, part, "map", entry.pa + off, both(prot, allowed))
                        va = part
                elif entry.kind is Kind.TABLE:
                    yield from self._table_runs(
                        entry.pa, self.regime.next(at, entry), entry_va, va, after,
                        both(prot, entry.prot),
                    )
                else:
                    yield Run(va, after, "hole")
        if done < end:
            yield Run(done, end, "hole")


class Store:
    """Memory that tables are put into."""

    def __init__(
        self, alloc: Callable[[int], int], page: Callable[[int], bytearray]
    ) -> None:
        self._alloc = alloc
        self._page = page
        self._spare: dict[int, list[int]] = {}

    def new(self, size: int) -> int:
        """Zeroed memory, aligned to the power of two that holds it; small ones share a frame."""
        slot = 1 << (size - 1).bit_length()
        if slot >= FRAME:
            pa = self._alloc(slot)
        else:
            free = self._spare.setdefault(slot, [])
            if not free:
                frame = self._alloc(FRAME)
                # Last first: a reader that clears too many bits of a pointer must not pass.
                free += range(frame, frame + FRAME, slot)
            pa = free.pop()
        self.write(pa, bytes(size))
        return pa

    def write(self, pa: int, data: bytes) -> None:
        """Puts data at pa."""
        while data:
            off = pa % FRAME
            part = data[: FRAME - off]
            self._page(pa - off)[off : off + len(part)] = part
            pa, data = pa + len(part), data[len(part) :]

    def read(self, pa: int, size: int) -> bytes:
        """What lies at pa."""
        out = b""
        while size:
            off = pa % FRAME
            part = min(size, FRAME - off)
            out += self._page(pa - off)[off : off + part]
            pa, size = pa + part, size - part
        return bytes(out)


class Builder:
    """Builds a tree as a kernel does: allocate a table, link it, set the entry."""

    def __init__(
        self, regime: Regime, alloc: Callable[[int], int], page: Callable[[int], bytearray]
    ) -> None:
        self.regime = regime
        self.store = Store(alloc, page)
        self.blob = bytearray()                     # tables of the levels that are in the header
        self.tables: list[tuple[int, int]] = []     # (position of the level, pa), as allocated
        self._at: dict[int, int] = {}
        self.root = self.new(0)

    @property
    def hardware(self) -> int:
        """What registers() takes as root."""
        return self.root

    def reader(self, read: ReadTable | None = None) -> Reader:
        """A reader of what has been built; read: through the dump, None: the builder's memory."""
        return self.regime.reader(self.root, read or self.store.read, bytes(self.blob))

    def new(self, at: int) -> int:
        """A table of level at without entries."""
        lv = self.regime.levels[at]
        size, stride = self.regime.table_size(at), self.regime.stride_of(at)
        pa = self.place(at, size)
        if lv.empty:
            for index in range(lv.count):
                self._store(lv, pa + index * stride + lv.skip, lv.empty, self.regime.size_of(at))
        self.tables.append((at, pa))
        self._at[pa] = at
        return pa

    def place(self, at: int, size: int) -> int:
        """Zeroed room for a table of level at."""
        if self.regime.levels[at].space == "phys":
            return self.store.new(size)
        self.blob += bytes(size)
        return len(self.blob) - size

    def _store(self, lv: Level, where: int, raw: int, size: int) -> None:
        data = raw.to_bytes(size, self.regime.byteorder)
        if lv.space == "phys":
            self.store.write(where, data)
        else:
            self.blob[where : where + size] = data

    def _place(self, pa: int, index: int) -> tuple[Level, int, int]:
        """Level, address and size of an entry."""
        at = self._at.get(pa, 0)
        lv = self.regime.levels[at]
        return lv, pa + index * self.regime.stride_of(at) + lv.skip, self.regime.size_of(at)

    def get(self, pa: int, index: int) -> int:
        """An entry of the table at pa."""
        lv, where, size = self._place(pa, index)
        data = self.store.read(where, size) if lv.space == "phys" else self.blob[where:where + size]
        return int.from_bytes(data, self.regime.byteorder)

    def put(self, pa: int, index: int, raw: int) -> None:
        """Sets an entry of the table at pa."""
        lv, where, size = self._place(pa, index)
        self._store(lv, where, raw, size)

    def table(self, va: int, at: int) -> int:
        """Where va's table of a level is; missing tables are made.

        Raises ValueError if a leaf or an unusable entry stands in the way.
        """
        if not self.regime.canonical(va):
            raise ValueError(f"{va:#x} is no address that {self.regime.name} translates")
        pa = self.root
        path = self.regime.path(at)
        for above, below in zip(path, path[1:]):
            lv, index = self.regime.levels[above], self.regime.index(va, above)
            self._within(lv, index, va)
            raw = self.get(pa, index)
            if raw == lv.empty:
                new = self.new(below)
                to = {} if below == above + 1 else {"to": self.regime.levels[below].name}
                raw = self.regime.codec.table(lv, new, **to)
                made = self.regime.codec.decode(lv, raw)
                if made.kind is not Kind.TABLE or made.pa != new:
                    raise ValueError(f"{lv.name} entry cannot point to a table at {new:#x}")
                self.put(pa, index, raw)
            entry = self.regime.codec.decode(lv, raw)
            if entry.kind is not Kind.TABLE or self.regime.next(above, entry) != below:
                raise ValueError(f"{lv.name} entry {raw:#x} for {va:#x} is no table")
            pa = entry.pa
        return pa

    def slot(self, va: int, at: int) -> tuple[int, int]:
        """(table, index) of va's entry of a level, for get and put; missing tables are made."""
        return self.table(va, at), self.regime.index(va, at)

    @staticmethod
    def _within(lv: Level, index: int, va: int) -> None:
        if index >= lv.count:
            raise ValueError(f"{va:#x} is beyond the {lv.count} entries of {lv.name}")

    def map(
        self, va: int, pa: int, page: int, prot: str, bits: int = 0, level: str | None = None
    ) -> None:
        """Maps one page; bits are or-ed into the entry.  ValueError if something is there.

        level: which one, where several have pages of that size; None: the first.
        """
        at = self.regime.leaf_level(page) if level is None else self.regime.level(level)
        if at is None:
            raise ValueError(f"{self.regime.name} has no pages of {page:#x} bytes")
        lv, codec = self.regime.levels[at], self.regime.codec
        if va % page or pa % page:
            raise ValueError(f"{va:#x} or {pa:#x} is no multiple of the page, {page:#x}")
        table, index = self.slot(va, at)
        raws = []
        for i in range(page // lv.size):
            self._within(lv, index + i, va)
            if self.get(table, index + i) != lv.empty:
                raise ValueError(f"{va:#x} is mapped twice")
            share = pa + i * lv.size
            wide = {"shift": page.bit_length() - 1} if page > lv.size else {}
            raw = codec.leaf(lv, share, prot, **wide)
            entry = codec.decode(lv, raw)
            off = share % lv.page(entry)
            if entry.kind is not Kind.LEAF or entry.pa + off != share:
                raise ValueError(f"{pa:#x} does not fit into a {lv.name} entry")
            raws.append(raw | bits)
        for i, raw in enumerate(raws):
            self.put(table, index + i, raw)
