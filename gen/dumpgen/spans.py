# SPDX-License-Identifier: BSD-2-Clause
"""Sorted lists of half-open address intervals (start, end)."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator

Span = tuple[int, int]


def union(spans: Iterable[Span]) -> list[Span]:
    """Sorted, disjoint, neighbours merged."""
    out: list[Span] = []
    for start, end in sorted(spans):
        if start >= end:
            continue
        if out and start <= out[-1][1]:
            out[-1] = (out[-1][0], max(out[-1][1], end))
        else:
            out.append((start, end))
    return out


def subtract(spans: Iterable[Span], holes: Iterable[Span]) -> list[Span]:
    """spans without holes; spans keep their identity, so neighbours stay apart."""
    cut = union(holes)
    starts = [h[0] for h in cut]
    out = []
    for start, end in spans:
        at = max(bisect_right(starts, start) - 1, 0)
        while at < len(cut) and cut[at][0] < end:
            lo, hi = cut[at]
            if hi > start:
                if lo > start:
                    out.append((start, lo))
                start = hi
            at += 1
        if start < end:
            out.append((start, end))
    return out


def clip(spans: Iterable[Span], limits: Iterable[Span]) -> list[Span]:
    """The parts of spans that lie in one of the limits."""
    rows = ((max(a, lo), min(b, hi)) for a, b in spans for lo, hi in limits)
    return [(a, b) for a, b in rows if a < b]


class SpanIndex:
    """Disjoint sorted spans that are asked many times."""

    def __init__(self, spans: Iterable[Span]) -> None:
        self.spans = list(spans)
        self._starts = [s[0] for s in self.spans]

    def find(self, addr: int) -> int | None:
        """Index of the span that holds addr."""
        at = bisect_right(self._starts, addr) - 1
        return at if at >= 0 and addr < self.spans[at][1] else None

    def pieces(self, start: int, end: int) -> Iterator[tuple[int, int, int | None]]:
        """Cuts [start, end) into (lo, hi, span index or None), ascending and complete."""
        at = max(bisect_right(self._starts, start) - 1, 0)
        while start < end:
            while at < len(self.spans) and self.spans[at][1] <= start:
                at += 1
            if at == len(self.spans) or self.spans[at][0] >= end:
                yield start, end, None
                return
            lo, hi = self.spans[at]
            if lo > start:
                yield start, lo, None
                start = lo
            yield start, min(hi, end), at
            start = min(hi, end)
