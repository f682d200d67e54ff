# SPDX-License-Identifier: BSD-2-Clause
"""Physical memory of the modelled machine: what is there, what it holds, what the dump keeps."""

from bisect import bisect_right, insort
from collections.abc import Iterable, Iterator
from itertools import accumulate

from .errors import FixtureError
from .hash import MASK64, Rng, content
from .spans import Span, SpanIndex, subtract, union

PAGE = 4096
STALE = 1 << 16         # of what nobody wrote, so much shows what was on the disk before


class OutOfMemory(Exception):
    """No free frame of the size and alignment wanted."""


class Memory:
    """RAM as spans; hash where filled, overlaid by pages that somebody wrote."""

    def __init__(
        self, ram: list[Span], seed: int, linear: bool = False, unwritten: Iterable[Span] = (),
        origin: int = 0,
    ) -> None:
        """linear: an image from address origin on, with room for what is not there.

        unwritten: of ram, what the dump has room for, too, but nobody wrote.
        """
        self.ram = ram                          # in the order of the dump's segments
        self.image = [(origin, max(end for _, end in ram))] if linear else ram
        self.unwritten = union([*subtract(self.image, ram), *unwritten])
        self.seed = seed
        self.hashed: list[Span] = []            # asked for; hash_spans() merges them
        self.pages: dict[int, bytearray] = {}   # frame address -> content
        self.tables: set[int] = set()           # of these, those that hold page tables
        self.exact: dict[int, bytes] = {}       # what the oracle states byte for byte
        self._absent: list[Span] = []
        self._used: list[Span] = []
        self._rng = Rng(seed ^ 0x616C6C6F63)
        self.freeze()

    def freeze(self) -> None:
        """Recomputes what the dump keeps; call after the last drop()."""
        self.segments = SpanIndex(subtract(self.image, self._absent))
        self._usable = subtract(self.segments.spans, self.unwritten)
        sizes = [end - start for start, end in self.segments.spans]
        self._before = [0, *accumulate(sizes)]
        self.size = self._before[-1]

    def drop(self, start: int, size: int) -> None:
        """Keeps [start, start + size) out of the dump."""
        self._absent.append((start, start + size))

    def fill(self, start: int, size: int) -> None:
        """Gives [start, start + size) hash content."""
        self.hashed.append((start, start + size))

    def hash_spans(self) -> list[Span]:
        """Disjoint spans of hash content."""
        return union(self.hashed)

    def reserve(self, start: int, size: int) -> None:
        """Keeps the allocator away from [start, start + size)."""
        insort(self._used, (start, start + size))

    def reserve_dumped(self, start: int, size: int) -> None:
        """Takes a place that must be free and in the dump."""
        there = any(lo <= start and start + size <= hi for lo, hi in self._usable)
        if not there or not self._is_free(start, start + size):
            raise OutOfMemory(f"{start:#x} to {start + size:#x} is taken, or not in the dump")
        self.reserve(start, size)

    def _is_free(self, start: int, end: int) -> bool:
        at = bisect_right(self._used, (start, end))
        before = at == 0 or all(u[1] <= start for u in self._used[max(at - 2, 0) : at])
        return before and (at == len(self._used) or self._used[at][0] >= end)

    def alloc(self, size: int, within: Span | None = None) -> int:
        """A free, size-aligned, wholly dumped frame at a seeded random place."""
        lo, hi = within or (0, 1 << 64)
        starts = []
        for start, end in self._usable:
            first = -(-max(start, lo) // size) * size
            count = (min(end, hi) - first) // size
            if count > 0:
                starts.append((first, count))
        total = sum(count for _, count in starts)
        sums = list(accumulate(count for _, count in starts))
        for attempt in range(64 + total if total else 0):
            pick = self._rng.below(total) if attempt < 64 else attempt - 64
            at = bisect_right(sums, pick)
            pa = starts[at][0] + (pick - (sums[at - 1] if at else 0)) * size
            if self._is_free(pa, pa + size):
                self.reserve(pa, size)
                return pa
        raise OutOfMemory(f"no free frame of {size:#x} bytes in [{lo:#x}, {hi:#x})")

    def page(self, frame: int) -> bytearray:
        """The frame's bytes for writing; what it held before stays below what is written."""
        if frame not in self.pages:
            self.pages[frame] = bytearray(self.read(frame, PAGE))
        return self.pages[frame]

    def write(self, pa: int, data: bytes, state: bool = True) -> None:
        """Puts data at pa; state: the oracle shall state it byte for byte."""
        if state:
            self.exact[pa] = data
        while data:
            off = pa % PAGE
            part = data[: PAGE - off]
            self.page(pa - off)[off : off + len(part)] = part
            pa, data = pa + len(part), data[len(part) :]

    def read(self, pa: int, size: int) -> bytes:
        """Content of physical memory, dumped or not."""
        out = bytearray()
        while size:
            off = pa % PAGE
            part = min(size, PAGE - off)
            frame = pa - off
            if frame in self.pages:
                out += self.pages[frame][off : off + part]
            elif any(lo <= frame < min(hi, lo + STALE) for lo, hi in self.unwritten):
                out += content(~self.seed & MASK64, pa, part)
            elif any(lo <= frame < hi for lo, hi in self.hashed):
                out += content(self.seed, pa, part)
            else:
                out += bytes(part)
            pa, size = pa + part, size - part
        return bytes(out)

    def offset(self, pa: int) -> int | None:
        """Where pa lies in the packed memory image, or None if the dump leaves it out."""
        at = self.segments.find(pa)
        if at is None:
            return None
        return self._before[at] + pa - self.segments.spans[at][0]

    def address(self, offset: int) -> int:
        """The physical address at an offset of the packed memory image."""
        at = bisect_right(self._before, offset) - 1
        if not 0 <= offset < self.size:
            raise FixtureError(f"offset {offset:#x} is outside the memory image")
        return self.segments.spans[at][0] + offset - self._before[at]

    def written(self) -> Iterator[tuple[int, bytes]]:
        """(image offset, bytes) of everything that is not zero, in pieces."""
        for start, end in self.hash_spans():
            for lo, hi, seg in self.segments.pieces(start, end):
                if seg is None:
                    continue
                for at in range(lo, hi, 1 << 24):
                    size = min(hi - at, 1 << 24)
                    yield self._before[seg] + at - self.segments.spans[seg][0], content(
                        self.seed, at, size
                    )
        for start, end in self.unwritten:
            for lo, hi, seg in self.segments.pieces(start, min(end, start + STALE)):
                if seg is not None:
                    off = self._before[seg] + lo - self.segments.spans[seg][0]
                    yield off, content(~self.seed & MASK64, lo, hi - lo)
        for frame in sorted(self.pages):
            off = self.offset(frame)
            if off is not None:
                yield off, bytes(self.pages[frame])
