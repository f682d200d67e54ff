# SPDX-License-Identifier: BSD-2-Clause
"""Direct ranges, and spaces of several ranges."""

from dumpgen.mmu.linear import Linear, Range, Space
from dumpgen.mmu.x86 import REGIMES
from mmu_check import Ram

KSEG = Linear(0x8000_0000, 0xC000_0000, 0, word=32, wrap=0x2000_0000)


def said(reader: object) -> list[tuple]:
    return [(r.start, r.end, r.state, r.pa if r.state == "map" else 0) for r in reader.runs()]


def test_a_range() -> None:
    one = Linear(0x1000, 0x3000, 0x7000, "rwx")
    assert said(one) == [(0, 0x1000, "hole", 0), (0x1000, 0x3000, "map", 0x7000),
                         (0x3000, 1 << 64, "hole", 0)]
    got = [one.lookup(va) for va in (0xFFF, 0x1000, 0x2FFF, 0x3000)]
    assert got == [None, 0x7000, 0x8FFF, None]
    assert list(one.walk(0x1000)) == list(one.visit()) == []


def test_a_range_over_everything() -> None:
    assert said(Linear(0, 1 << 32, 0, word=32)) == [(0, 1 << 32, "map", 0)]


def test_memory_that_repeats() -> None:
    assert said(KSEG)[1:3] == [(0x8000_0000, 0xA000_0000, "map", 0),
                               (0xA000_0000, 0xC000_0000, "map", 0)]
    assert KSEG.lookup(0x8012_3456) == KSEG.lookup(0xA012_3456) == 0x12_3456


def test_the_first_range_answers() -> None:
    space = Space([
        Range(0x2000, 0x3000, Linear(0x2000, 0x3000, 0x9_0000)),
        Range(0x1000, 0x5000, Linear(0x1000, 0x4000, 0x7000)),
        Range(0x4800, 0x6000, Linear(0x4000, 0x6000, 0x1_0000)),
    ], word=32)
    assert said(space) == [
        (0, 0x1000, "hole", 0), (0x1000, 0x2000, "map", 0x7000), (0x2000, 0x3000, "map", 0x9_0000),
        (0x3000, 0x4000, "map", 0x9000), (0x4000, 0x5000, "hole", 0),
        (0x5000, 0x6000, "map", 0x1_1000), (0x6000, 1 << 32, "hole", 0),
    ]
    for va, want in ((0x1FFF, 0x7FFF), (0x2000, 0x9_0000), (0x3000, 0x9000), (0x4900, None),
                     (0x5001, 0x1_1001), (0x6000, None), (0, None)):
        assert space.lookup(va) == want


def test_tables_behind_a_direct_range() -> None:
    ram = Ram()
    tree = REGIMES["32bit"].builder(ram.alloc, ram.page)
    tree.map(0xC000_0000, 0x12_3000, 0x1000, "rw-")
    tree.map(0x8000_1000, 0x99_9000, 0x1000, "rw-")
    reader = tree.reader(ram.read)
    space = Space([Range(0x8000_0000, 0xC000_0000, KSEG), Range(0, 1 << 32, reader)], word=32)
    assert space.lookup(0x8000_1000) == 0x1000 and space.lookup(0xC000_0FFF) == 0x12_3FFF
    assert [s.level.name for s in space.walk(0xC000_0000)] == ["PD", "PT"]
    assert list(space.walk(0x8000_1000)) == []
    assert [r.end - r.start for r in space.runs() if r.state == "map"] == [
        0x2000_0000, 0x2000_0000, 0x1000]
    assert list(space.visit()) == list(reader.visit())
