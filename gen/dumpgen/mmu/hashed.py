# SPDX-License-Identifier: BSD-2-Clause
"""Hashed page tables of PowerPC, 32 and 64 bits: groups of eight PTEs, a primary and a secondary
group for each page.  What differs between the two is told by the regime."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from .radix import FRAME, Entry, Kind, Level, Plant, ReadTable, Run, Step, Store, merge

GROUP = 8                   # PTEs
SEGMENT_SHIFT = 28          # log2 of a segment's bytes


@dataclass(frozen=True, slots=True)
class Segment:
    """256 MiB of effective addresses and what the hardware knows of them."""

    start: int
    vsid: int
    page_shift: int
    key: bool               # supervisor's storage key
    no_execute: bool

    @property
    def pages(self) -> int:
        """Pages in it."""
        return 1 << (SEGMENT_SHIFT - self.page_shift)


@dataclass(frozen=True, slots=True)
class Table:
    """Where the hash table is: group address = base | (hash & groups - 1) * group bytes."""

    base: int
    groups: int


class HashedRegime(ABC):
    """What a regime with a hashed table states; root is its registers, a dataclass."""

    name: str
    word: int
    va_bits: int
    byteorder = "big"
    entry_size: int         # bytes of a PTE
    levels: tuple[Level, ...]
    plants: tuple[Plant, ...]

    @abstractmethod
    def table(self, root: Any) -> Table:
        """The hash table that the registers name."""

    @abstractmethod
    def segments(self, root: Any) -> list[Segment]:
        """Segments that translate, ascending."""

    @abstractmethod
    def tag(self, segment: Segment, index: Any, secondary: bool) -> Any:
        """The masked upper word of the PTE that maps page number index (a number or an array)."""

    @abstractmethod
    def tag_mask(self, segment: Segment) -> int:
        """Bits of the upper word that are compared."""

    @abstractmethod
    def lower_mask(self, segment: Segment) -> int:
        """Bits of the lower word that must be zero for a PTE to be of the segment's page size."""

    @abstractmethod
    def decode(self, segment: Segment, lower: int) -> tuple[int, str]:
        """(pa, prot) of a matching PTE."""

    @abstractmethod
    def encode(self, segment: Segment, index: int, pa: int, prot: str, secondary: bool) -> int:
        """The PTE that maps a page; ValueError if the address does not fit."""

    @abstractmethod
    def valid(self, raw: int) -> bool:
        """Whether a PTE may match at all."""

    def before(self, root: Any) -> list[Run]:
        """Mapped runs that go before the table: block translation of data accesses."""
        return []

    def fetch(self, root: Any) -> list[Run]:
        """Mapped runs that go before the table for instruction fetches."""
        return []

    def block_steps(self, root: Any, va: int, before: bool) -> list[Step]:
        """The block that translates va, as a step."""
        return []

    def kind(self, raw: int) -> Kind:
        """What a PTE is; that of another page is a leaf, too."""
        return Kind.LEAF if self.valid(raw) else Kind.INVALID

    def edges(self, at: int) -> tuple[int, int]:
        """First and last place in a group; first and last register."""
        return 0, self.levels[at].count - 1

    def position(self, raw: int) -> int:
        """Position of the level that a PTE is counted under."""
        return 0

    def visit_registers(self, root: Any) -> Iterator[tuple[int, int, int, Entry]]:
        """The part of visit() that is in no memory."""
        yield from ()

    def group(self, table: Table, segment: Segment, index: Any, secondary: bool) -> Any:
        """Number of the group for a page (number or array)."""
        hashed = segment.vsid & 0x7F_FFFF_FFFF ^ index
        return (~hashed if secondary else hashed) & (table.groups - 1)

    def page_sizes(self) -> list[int]:
        """All sizes of pages, ascending."""
        return sorted({lv.size for lv in self.levels})

    def level(self, name: str) -> int:
        """Position of the level of that name."""
        return [lv.name for lv in self.levels].index(name)

    def reader(self, root: Any, read: ReadTable, blob: bytes = b"") -> "HashedReader":
        """A reader of the tables that the registers name."""
        return HashedReader(self, root, read)


class HashedReader:
    """Reads a hash table through a callback, as the manual says."""

    def __init__(self, regime: HashedRegime, root: Any, read: ReadTable) -> None:
        self.regime = regime
        self.root = root
        self._read = read
        self._table = regime.table(root)
        self._segments = regime.segments(root)
        self._group_size = GROUP * regime.entry_size

    def canonical(self, va: int) -> bool:
        """Whether va is in a segment that translates."""
        return self._segment(va) is not None

    def _segment(self, va: int) -> Segment | None:
        start = va >> SEGMENT_SHIFT << SEGMENT_SHIFT
        return next((s for s in self._segments if s.start == start), None)

    def _search(self, va: int) -> Iterator[tuple[Step, int, str]]:
        """Each group visited: (step, pa, prot); a raw of None is a group that cannot be read."""
        seg = self._segment(va)
        if seg is None:
            return
        regime, size = self.regime, self.regime.entry_size
        index = (va - seg.start) >> seg.page_shift
        lv = regime.levels[0]
        for secondary in (False, True):
            group = regime.group(self._table, seg, index, secondary)
            pa = self._table.base | group * self._group_size
            data = self._read(pa, self._group_size)
            if data is None:
                yield Step(lv, pa, 0, None, None), 0, ""
                return
            tag, mask = regime.tag(seg, index, secondary), regime.tag_mask(seg)
            for i in range(len(data) // size):
                raw = int.from_bytes(data[i * size : (i + 1) * size], "big")
                upper, lower = raw >> size * 4, raw & (1 << size * 4) - 1
                if upper & mask == tag and not lower & regime.lower_mask(seg):
                    frame, prot = regime.decode(seg, lower)
                    entry = Entry(Kind.LEAF, frame, prot, shift=seg.page_shift)
                    yield Step(lv, pa, i, raw, entry), frame + va % (1 << seg.page_shift), prot
                    return
            if len(data) < self._group_size:
                yield Step(lv, pa, 0, None, None), 0, ""
                return
            why = f"no PTE of the {'secondary' if secondary else 'primary'} group matches"
            yield Step(lv, pa, GROUP, 0, Entry(Kind.INVALID, why=why)), 0, ""

    def walk(self, va: int) -> Iterator[Step]:
        """The block or the groups that translate va; index is the place in the group."""
        steps = self.regime.block_steps(self.root, va, True)
        if steps:
            yield from steps
            return
        step = None
        for step, _, _ in self._search(va):
            yield step
        missed = step is None or (step.entry is not None and step.entry.kind is Kind.INVALID)
        if missed:
            yield from self.regime.block_steps(self.root, va, False)

    def lookup(self, va: int) -> int | None:
        """Physical address of va; None if there is none, or a group cannot be read."""
        step = None
        for step in self.walk(va):
            pass
        if step is None or step.entry is None or step.entry.kind is not Kind.LEAF:
            return None
        return step.entry.pa + va % step.level.page(step.entry)

    def fetch(self, va: int) -> tuple[int, str] | None:
        """(pa, prot) of the block that an instruction fetch from va finds, if there is one."""
        for run in self.regime.fetch(self.root):
            if run.start <= va < run.end:
                return run.pa + va - run.start, run.prot
        return None

    def _words(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """(upper, lower, there): words by group and place, and whether a group is all there."""
        table, size = self._table, self._group_size
        total = table.groups * size
        raw, there = bytearray(total), np.ones(table.groups, dtype=bool)
        for off in range(0, total, FRAME):
            data = self._read(table.base | off, min(FRAME, total - off))
            got = 0 if data is None else len(data)
            if data:
                raw[off : off + got] = data
            there[(off + got) // size : (off + FRAME) // size] = False
        words = np.frombuffer(bytes(raw), dtype=f">u{self.regime.entry_size // 2}")
        words = words.astype(np.uint64).reshape(table.groups, GROUP, 2)
        return words[:, :, 0], words[:, :, 1], there

    def visit(self) -> Iterator[tuple[int, int, int, Entry]]:
        """(level, place in the group, raw, entry) of each PTE that is not zero and of the first
        empty edges; then of the registers that translate."""
        upper, lower, there = self._words()
        bits = self.regime.entry_size * 4
        edge = set()
        for group in np.flatnonzero(there).tolist():
            for place in range(GROUP):
                raw = int(upper[group, place]) << bits | int(lower[group, place])
                if not raw and (place not in (0, GROUP - 1) or place in edge):
                    continue
                kind = self.regime.kind(raw)
                if raw:
                    yield self.regime.position(raw), place, raw, Entry(kind)
                    continue
                edge.add(place)
                for at in sorted({0, self.regime.position((1 << 2 * bits) - 1)}):
                    yield at, place, 0, Entry(kind)
        yield from self.regime.visit_registers(self.root)

    def _segment_runs(self, seg: Segment, words: tuple) -> Iterator[Run]:
        """Pages of a segment that are mapped or unknown, ascending."""
        upper, lower, there = words
        regime = self.regime
        index = np.arange(seg.pages, dtype=np.int64)
        found = np.zeros(seg.pages, dtype=bool)
        unknown = np.zeros(seg.pages, dtype=bool)
        word = np.zeros(seg.pages, dtype=np.uint64)
        mask = np.uint64(regime.tag_mask(seg))
        low = np.uint64(regime.lower_mask(seg))
        for secondary in (False, True):
            group = regime.group(self._table, seg, index, secondary)
            tag = regime.tag(seg, index, secondary).astype(np.uint64)
            hit = (upper[group] & mask == tag[:, None]) & (lower[group] & low == 0)
            first = hit.argmax(axis=1)
            new = ~found & ~unknown & hit.any(axis=1)
            word[new] = lower[group[new], first[new]]
            found |= new
            unknown |= ~found & ~there[group]
        for i in np.flatnonzero(found | unknown).tolist():
            va = seg.start + (i << seg.page_shift)
            end = va + (1 << seg.page_shift)
            if unknown[i]:
                yield Run(va, end, "unknown")
            else:
                yield Run(va, end, "map", *regime.decode(seg, int(word[i])))

    def runs(self) -> Iterator[Run]:
        """What each address from 0 to 2**word translates to: ascending, complete, merged."""
        words = self._words()
        table = [run for seg in self._segments for run in self._segment_runs(seg, words)]
        end = 1 << self.regime.word
        data = list(overlay([self.regime.before(self.root), table], end))
        fetch = list(overlay([self.regime.fetch(self.root), table], end))
        return merge(together(data, fetch))


def together(data: list[Run], fetch: list[Run]) -> Iterator[Run]:
    """What loads find, executable where a fetch finds the same byte; what only a fetch finds.

    Both cover the same addresses, ascending, with nothing left out.
    """
    i = j = lo = 0
    while i < len(data) and j < len(fetch):
        d, f = data[i], fetch[j]
        hi = min(d.end, f.end)
        pa, fetched = d.pa + lo - d.start, f.pa + lo - f.start
        runs = f.state == "map" and f.prot[2] == "x"
        if d.state == "map":
            yield Run(lo, hi, "map", pa, d.prot[:2] + ("x" if runs and pa == fetched else "-"))
        elif d.state == "hole" and f.state == "map":
            yield Run(lo, hi, "map", fetched, f.prot)
        else:
            yield Run(lo, hi, d.state)
        lo, i, j = hi, i + (d.end == hi), j + (f.end == hi)


def overlay(layers: list[list[Run]], end: int) -> Iterator[Run]:
    """What the first layer that says anything of an address says; holes elsewhere.

    The runs of a layer are ascending and disjoint.
    """
    edges = sorted({0, end} | {e for layer in layers for r in layer for e in (r.start, r.end)})
    heads = [0] * len(layers)
    for lo, hi in zip(edges, edges[1:]):
        for n, layer in enumerate(layers):
            while heads[n] < len(layer) and layer[heads[n]].end <= lo:
                heads[n] += 1
            run = layer[heads[n]] if heads[n] < len(layer) else None
            if run is not None and run.start <= lo:
                pa = run.pa + lo - run.start if run.state == "map" else 0
                yield Run(lo, hi, run.state, pa, run.prot)
                break
        else:
            yield Run(lo, hi, "hole")


class HashedBuilder:
    """Inserts PTEs as a kernel does: the primary group, if that is full the secondary one."""

    regime: HashedRegime

    def __init__(self, regime: HashedRegime, store: Store, size: int) -> None:
        self.regime = regime
        self.store = store
        self.base = store.new(size)
        self.tables = [(0, self.base)]
        self.blob = bytearray()

    @property
    def root(self) -> Any:
        """The registers."""
        raise NotImplementedError

    @property
    def hardware(self) -> Any:
        """What registers() takes as root."""
        return self.root

    def reader(self, read: ReadTable | None = None) -> HashedReader:
        """A reader of what has been built; read: through the dump, None: the builder's memory."""
        return self.regime.reader(self.root, read or self.store.read)

    def get(self, pa: int, index: int) -> int:
        """A PTE of the group at pa."""
        size = self.regime.entry_size
        return int.from_bytes(self.store.read(pa + index * size, size), "big")

    def put(self, pa: int, index: int, raw: int) -> None:
        """Sets a PTE of the group at pa."""
        size = self.regime.entry_size
        self.store.write(pa + index * size, raw.to_bytes(size, "big"))

    def slot(self, va: int, at: int = 0) -> tuple[int, int]:
        """(group, place) of the PTE that maps va; ValueError if none does."""
        for step in self.reader().walk(va):
            if step.entry is not None and step.entry.kind is Kind.LEAF:
                if step.level.name == self.regime.levels[0].name:
                    return step.table, step.index
        raise ValueError(f"no PTE maps {va:#x}")

    def group(self, va: int, secondary: bool) -> int:
        """Address of va's group."""
        table = self.regime.table(self.root)
        seg = self._segment(va)
        number = self.regime.group(table, seg, (va - seg.start) >> seg.page_shift, secondary)
        return table.base | number * GROUP * self.regime.entry_size

    def _segment(self, va: int) -> Segment:
        for seg in self.regime.segments(self.root):
            if seg.start <= va < seg.start + (1 << SEGMENT_SHIFT):
                return seg
        raise ValueError(f"{va:#x} is in no segment that translates")

    def insert(
        self, va: int, pa: int, page: int, prot: str, bits: int, secondary: bool | None,
        place: int | None = None,
    ) -> None:
        """Maps a page by a PTE; secondary None: where there is room."""
        seg = self._segment(va)
        if page != 1 << seg.page_shift:
            raise ValueError(f"{va:#x} is in a segment of {1 << seg.page_shift:#x}-byte pages")
        if va % page or pa % page:
            raise ValueError(f"{va:#x} or {pa:#x} is no multiple of the page, {page:#x}")
        if self.reader().lookup(va) is not None:
            raise ValueError(f"{va:#x} is mapped twice")
        index = (va - seg.start) >> seg.page_shift
        for second in (False, True) if secondary is None else (secondary,):
            group = self.group(va, second)
            # Not always from the first place on: a reader must look at all eight.
            order = [place] if place is not None else [(index + i) % GROUP for i in range(GROUP)]
            for i in order:
                if not self.get(group, i):
                    raw = self.regime.encode(seg, index, pa, prot, second)
                    self.put(group, i, raw | bits)
                    return
        raise ValueError(f"the groups of {va:#x} are full")
