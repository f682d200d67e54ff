# SPDX-License-Identifier: BSD-2-Clause
"""Radix page tables: levels, a builder, and the list of what every address translates to."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

import numpy as np


class Kind(str, Enum):
    """What an entry is to the MMU."""

    INVALID = "invalid"
    RESERVED = "reserved"
    TABLE = "table"
    LEAF = "leaf"


@dataclass(frozen=True, slots=True)
class Entry:
    """A decoded entry; prot is what this entry alone allows."""

    kind: Kind
    pa: int = 0
    prot: str = "---"
    why: str = ""


@dataclass(frozen=True, slots=True)
class Level:
    """One level: the VA bits that index its tables, and what its entries may be."""

    name: str
    shift: int
    bits: int
    leaf: bool
    table: bool
    reserved: bool      # some encoding with the valid bit set is refused by the MMU

    @property
    def size(self) -> int:
        """Bytes of address space behind one entry."""
        return 1 << self.shift

    @property
    def count(self) -> int:
        """Entries in a table."""
        return 1 << self.bits


class Codec(Protocol):
    """Entries of one machine."""

    def table(self, level: Level, pa: int) -> int:
        """The entry that points to a table."""

    def leaf(self, level: Level, pa: int, prot: str) -> int:
        """The entry that maps a page."""

    def decode(self, level: Level, raw: int) -> Entry:
        """What the manual says about raw."""


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

    def level(self, name: str) -> int:
        """Position of the level of that name, root first."""
        return [lv.name for lv in self.levels].index(name)

    def leaf_level(self, page: int) -> int | None:
        """Position of the level whose leaves are page bytes large."""
        for at, lv in enumerate(self.levels):
            if lv.leaf and lv.size == page:
                return at
        return None

    def canonical(self, va: int) -> bool:
        """Whether the MMU looks at its tables for va at all."""
        top = va >> (self.va_bits - 1)
        ones = (1 << (65 - self.va_bits)) - 1
        return top in (0, ones) if self.sign_extended else top <= 1

    def index(self, va: int, at: int) -> int:
        """Index of va in a table of the level at position at."""
        lv = self.levels[at]
        return va >> lv.shift & (lv.count - 1)


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
    """One table visited by a walk; raw is None if the table cannot be read."""

    level: Level
    table: int
    index: int
    raw: int | None
    entry: Entry | None


def both(one: str, other: str) -> str:
    """What two levels together allow."""
    return "".join(c if c == d else "-" for c, d in zip(one, other))


# Reads size bytes of a table at a physical address; None if the dump lacks them.
ReadTable = Callable[[int, int], bytes | None]


class Reader:
    """Reads trees through a callback, as the manual says."""

    def __init__(self, regime: Regime, root: int, read: ReadTable) -> None:
        self.regime = regime
        self.root = root
        self._read = read
        self._dtype = ("<" if regime.byteorder == "little" else ">") + f"u{regime.entry_size}"

    def entries(self, pa: int, at: int) -> np.ndarray | None:
        """All entries of the table at pa, read as a table of that level."""
        raw = self._read(pa, self.regime.levels[at].count * self.regime.entry_size)
        return None if raw is None else np.frombuffer(raw, dtype=self._dtype)

    def walk(self, va: int) -> Iterator[Step]:
        """The tables that the MMU visits for va, root first."""
        pa = self.root
        for at, lv in enumerate(self.regime.levels):
            index = self.regime.index(va, at)
            table = self.entries(pa, at)
            if table is None:
                yield Step(lv, pa, index, None, None)
                return
            raw = int(table[index])
            entry = self.regime.codec.decode(lv, raw)
            yield Step(lv, pa, index, raw, entry)
            if entry.kind is not Kind.TABLE:
                return
            pa = entry.pa

    def visit(self) -> Iterator[tuple[int, int, int, Entry]]:
        """(level, index, raw, entry) of each table that can be reached, once per level and table."""
        todo, seen = [(self.root, 0)], set()
        while todo:
            pa, at = todo.pop()
            table = None if (pa, at) in seen else self.entries(pa, at)
            seen.add((pa, at))
            if table is None:
                continue
            last = len(table) - 1
            edges = [i for i in (0, last) if not table[i]]
            for index in [*edges, *np.flatnonzero(table).tolist()]:
                raw = int(table[index])
                entry = self.regime.codec.decode(self.regime.levels[at], raw)
                yield at, index, raw, entry
                if entry.kind is Kind.TABLE:
                    todo.append((entry.pa, at + 1))

    def runs(self) -> Iterator[Run]:
        """What each address from 0 to 2**64 translates to: ascending, complete, merged."""
        last: Run | None = None
        for run in self._raw_runs():
            if last is not None and last.state == run.state and last.end == run.start:
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

    def _raw_runs(self) -> Iterator[Run]:
        bits = self.regime.va_bits
        half = 1 << (bits - 1)
        if not self.regime.sign_extended:
            yield from self._table_runs(self.root, 0, 0, 0, 1 << bits, "rwx")
            if bits < 64:
                yield Run(1 << bits, 1 << 64, "hole")
            return
        top = (1 << 64) - (1 << bits)
        yield from self._table_runs(self.root, 0, 0, 0, half, "rwx")
        if bits < 64:
            yield Run(half, top + half, "hole")
        yield from self._table_runs(self.root, 0, top, top + half, 1 << 64, "rwx")

    def _table_runs(
        self, pa: int, at: int, base: int, start: int, end: int, prot: str
    ) -> Iterator[Run]:
        """Runs of [start, end), which lies in the space that one table at pa maps from base on."""
        lv = self.regime.levels[at]
        table = self.entries(pa, at)
        if table is None:
            yield Run(start, end, "unknown")
            return
        lo, hi = (start - base) >> lv.shift, (end - base) >> lv.shift
        done = start
        for index in (np.flatnonzero(table[lo:hi]) + lo).tolist():
            va = base + (index << lv.shift)
            if va > done:
                yield Run(done, va, "hole")
            done = va + lv.size
            entry = self.regime.codec.decode(lv, int(table[index]))
            if entry.kind is Kind.LEAF:
                yield Run(va, done, "map", entry.pa, both(prot, entry.prot))
            elif entry.kind is Kind.TABLE:
                yield from self._table_runs(entry.pa, at + 1, va, va, done, both(prot, entry.prot))
            else:
                yield Run(va, done, "hole")
        if done < end:
            yield Run(done, end, "hole")


class Builder:
    """Builds a tree as a kernel does: allocate a table, link it, set the entry."""

    def __init__(
        self, regime: Regime, alloc: Callable[[int], int], page: Callable[[int], bytearray]
    ) -> None:
        self.regime = regime
        self._alloc = alloc
        self._page = page
        self.tables: list[tuple[int, int]] = []     # (position of the level, pa), as allocated
        self.root = self._new(0)

    def _new(self, at: int) -> int:
        size = self.regime.levels[at].count * self.regime.entry_size
        pa = self._alloc(size)
        self._page(pa)[:size] = bytes(size)
        self.tables.append((at, pa))
        return pa

    def _slot(self, pa: int, index: int) -> tuple[bytearray, slice]:
        size = self.regime.entry_size
        return self._page(pa), slice(index * size, (index + 1) * size)

    def get(self, pa: int, index: int) -> int:
        """An entry of the table at pa."""
        page, where = self._slot(pa, index)
        return int.from_bytes(page[where], self.regime.byteorder)

    def put(self, pa: int, index: int, raw: int) -> None:
        """Sets an entry of the table at pa."""
        page, where = self._slot(pa, index)
        page[where] = raw.to_bytes(self.regime.entry_size, self.regime.byteorder)

    def table(self, va: int, at: int) -> int:
        """Physical address of va's table at a level; missing tables are made.

        Raises ValueError if a leaf or an unusable entry stands in the way.
        """
        pa = self.root
        for above in range(at):
            lv = self.regime.levels[above]
            index = self.regime.index(va, above)
            raw = self.get(pa, index)
            if raw == 0:
                raw = self.regime.codec.table(lv, self._new(above + 1))
                self.put(pa, index, raw)
            entry = self.regime.codec.decode(lv, raw)
            if entry.kind is not Kind.TABLE:
                raise ValueError(f"{lv.name} entry {raw:#x} for {va:#x} is no table")
            pa = entry.pa
        return pa

    def map(self, va: int, pa: int, page: int, prot: str, bits: int = 0) -> None:
        """Maps one page; bits are or-ed into the entry.  ValueError if something is there."""
        at = self.regime.leaf_level(page)
        if at is None:
            raise ValueError(f"{self.regime.name} has no pages of {page:#x} bytes")
        table, index = self.table(va, at), self.regime.index(va, at)
        if self.get(table, index):
            raise ValueError(f"{va:#x} is mapped twice")
        self.put(table, index, self.regime.codec.leaf(self.regime.levels[at], pa, prot) | bits)
