# SPDX-License-Identifier: BSD-2-Clause
"""Spans and physical memory against naive models of themselves."""

import pytest
from dumpgen.hash import content
from dumpgen.memory import PAGE, Memory, OutOfMemory
from dumpgen.spans import SpanIndex, subtract, union
from hypothesis import given
from hypothesis import strategies as st

spans = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 12)), max_size=8).map(
    lambda rows: [(a, a + n) for a, n in rows]
)


def _points(rows: list) -> set[int]:
    return {p for a, b in rows for p in range(a, b)}


@given(spans)
def test_union(rows: list) -> None:
    out = union(rows)
    assert _points(out) == _points(rows)
    assert all(a < b for a, b in out) and all(b < c for (_, b), (c, _) in zip(out, out[1:]))


@given(spans, spans)
def test_subtract(rows: list, holes: list) -> None:
    base = union(rows)
    out = subtract(base, holes)
    assert _points(out) == _points(base) - _points(holes)
    assert all(a < b for a, b in out) and all(b <= c for (_, b), (c, _) in zip(out, out[1:]))


@given(spans, st.integers(0, 60), st.integers(1, 30))
def test_pieces(rows: list, start: int, size: int) -> None:
    base = union(rows)
    index = SpanIndex(base)
    at = start
    for lo, hi, where in index.pieces(start, start + size):
        assert lo == at < hi
        at = hi
        for p in range(lo, hi):
            assert index.find(p) == where
            assert (where is not None) == (p in _points(base))
    assert at == start + size


def _memory() -> Memory:
    memory = Memory([(0x1000, 0x5000), (0x10000, 0x12000)], 9)
    memory.fill(0x2000, 0x1000)
    memory.fill(0x10000, 0x2000)
    memory.drop(0x3000, 0x1000)
    memory.freeze()
    return memory


def test_segments_and_offsets() -> None:
    memory = _memory()
    assert memory.segments.spans == [(0x1000, 0x3000), (0x4000, 0x5000), (0x10000, 0x12000)]
    assert memory.size == 0x5000
    rows = {0x1000: 0, 0x2FFF: 0x1FFF, 0x3000: None, 0x4000: 0x2000, 0x10001: 0x3001, 0x12000: None}
    assert {pa: memory.offset(pa) for pa in rows} == rows
    assert all(memory.address(off) == pa for pa, off in rows.items() if off is not None)


def test_image_is_content() -> None:
    memory = _memory()
    memory.write(0x4FFE, b"abc")
    image = bytearray(memory.size)
    for off, data in memory.written():
        image[off : off + len(data)] = data
    assert image[0x1000:0x2000] == content(9, 0x2000, PAGE)
    assert image[0x3000:0x5000] == content(9, 0x10000, 2 * PAGE)
    assert image[0x2FFE:0x3000] == b"ab" and not any(image[:0x1000])
    assert bytes(image[0x2000:0x3000]) == memory.read(0x4000, PAGE)


def test_allocator_never_repeats_and_ends() -> None:
    memory = _memory()
    frames = [memory.alloc(PAGE) for _ in range(5)]
    assert len(set(frames)) == 5
    assert all(memory.offset(pa) is not None and pa % PAGE == 0 for pa in frames)
    with pytest.raises(OutOfMemory):
        memory.alloc(PAGE)


def test_allocator_aligns() -> None:
    memory = Memory([(0x1000, 0x501000)], 1)
    taken = memory.alloc(0x200000)
    assert taken in (0x200000,)
    with pytest.raises(OutOfMemory):
        memory.alloc(0x400000)
