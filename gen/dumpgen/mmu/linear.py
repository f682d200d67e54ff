# SPDX-License-Identifier: BSD-2-Clause
"""Direct ranges, and address spaces put together of ranges with different regimes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from .radix import Run, Span, Step, merge


@dataclass(frozen=True)
class Linear:
    """[start, end) is memory from pa on; a reader like any other, without tables."""

    start: int
    end: int
    pa: int
    prot: str = "-"
    word: int = 64
    wrap: int = 0           # bytes after which the memory repeats, under another name; 0: never

    def lookup(self, va: int) -> int | None:
        """Physical address of va."""
        if not self.start <= va < self.end:
            return None
        return self.pa + ((va - self.start) % self.wrap if self.wrap else va - self.start)

    def walk(self, va: int) -> Iterator[Step]:
        """No table is visited."""
        yield from ()

    def visit(self) -> Iterator[tuple]:
        """There are no entries."""
        yield from ()

    def runs(self) -> Iterator[Run]:
        """What each address from 0 to 2**word translates to."""
        if self.start:
            yield Run(0, self.start, "hole")
        step = self.wrap or self.end - self.start
        for va in range(self.start, self.end, step):
            yield Run(va, min(va + step, self.end), "map", self.pa, self.prot)
        if self.end < 1 << self.word:
            yield Run(self.end, 1 << self.word, "hole")


@dataclass(frozen=True)
class Range:
    """A part of an address space and the reader that answers for it."""

    start: int
    end: int
    reader: object          # anything with walk, lookup, visit and runs


class Space:
    """Ranges in the order in which they are asked: the first that holds an address answers.

    Addresses in no range are holes.
    """

    def __init__(self, ranges: Sequence[Range], word: int = 64) -> None:
        self.ranges = tuple(ranges)
        self._word = word

    def _find(self, va: int) -> Range | None:
        return next((r for r in self.ranges if r.start <= va < r.end), None)

    def walk(self, va: int) -> Iterator[Step]:
        """The tables visited for va."""
        found = self._find(va)
        return found.reader.walk(va) if found else iter(())

    def lookup(self, va: int) -> int | None:
        """Physical address of va."""
        found = self._find(va)
        return found.reader.lookup(va) if found else None

    def visit(self) -> Iterator[tuple]:
        """Entries of all ranges' tables; a reader of several ranges is asked once."""
        for reader in {id(r.reader): r.reader for r in self.ranges}.values():
            yield from reader.visit()

    def _pieces(self) -> list[tuple[Span, Range | None]]:
        """The space cut where another range begins to answer."""
        edges = {0, 1 << self._word}
        edges |= {min(e, 1 << self._word) for r in self.ranges for e in (r.start, r.end)}
        cuts = sorted(edges)
        return [((lo, hi), self._find(lo)) for lo, hi in zip(cuts, cuts[1:])]

    def runs(self) -> Iterator[Run]:
        """What each address from 0 to 2**word translates to: ascending, complete, merged."""
        return merge(self._raw_runs())

    def _raw_runs(self) -> Iterator[Run]:
        for (lo, hi), found in self._pieces():
            if found is None:
                yield Run(lo, hi, "hole")
            else:
                yield from clip(found.reader.runs(), lo, hi)


def clip(runs: Iterator[Run], lo: int, hi: int) -> Iterator[Run]:
    """The part of ascending runs within [lo, hi)."""
    for run in runs:
        if run.end <= lo:
            continue
        if run.start >= hi:
            return
        start = max(run.start, lo)
        pa = run.pa + start - run.start if run.state == "map" else 0
        yield Run(start, min(run.end, hi), run.state, pa, run.prot)


@dataclass(frozen=True)
class NoTables:
    """The regime of a machine that is known by direct ranges alone."""

    page: int
    word: int = 64
    byteorder: str = "little"
    name: str = "linear"
    levels: tuple = ()

    @property
    def va_bits(self) -> int:
        """All bits of an address are compared."""
        return self.word

    def page_sizes(self) -> list[int]:
        """What memory is counted in."""
        return [self.page]

    def builder(self, alloc: object, page: object) -> "NoBuilder":
        """Nothing will be built."""
        return NoBuilder(self)

    def reader(self, root: int, read: object, blob: bytes = b"") -> Space:
        """Answers for nothing."""
        return Space([], self.word)


class NoBuilder:
    """Stands where others build tables."""

    root = hardware = 0
    blob = b""
    tables: tuple = ()

    def __init__(self, regime: NoTables) -> None:
        self.regime = regime

    def map(self, va: int, pa: int, page: int, prot: str, bits: int = 0) -> None:
        """There is nothing to map with."""
        raise ValueError(f"{va:#x}: {self.regime.name} has no tables")

    def slot(self, va: int, at: int) -> tuple[int, int]:
        """There are no entries."""
        raise ValueError(f"{va:#x}: {self.regime.name} has no tables")

    def reader(self, read: object = None) -> Space:
        """Answers for nothing."""
        return self.regime.reader(0, read)
