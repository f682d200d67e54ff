# SPDX-License-Identifier: BSD-2-Clause
"""FreeBSD/sparc64's TSB: entries by hand, places, and pages of all sizes."""

import pytest
from dumpgen.mmu.radix import Kind
from dumpgen.mmu.tsb import TsbRegime
from mmu_check import Ram


def _builder(bits: int = 10):
    memory = Ram()
    return TsbRegime(bits).builder(memory.alloc, memory.page)


def test_entry_by_hand() -> None:
    """sys/sparc64/include/tte.h: tag = VPN << 2 | size; V 63, size 62:61, PA 42:13."""
    tree = _builder()
    tree.map(0xC010_2000, 0x7_0000_4000, 1 << 13, "rwx")
    raw = tree.get(tree.root, 0xC010_2000 >> 13 & 1023)
    assert raw >> 64 == 0xC010_2000 >> 13 << 2
    data = raw & (1 << 64) - 1
    assert data >> 63 == 1 and data >> 61 & 3 == 0
    assert data & (1 << 43) - (1 << 13) == 0x7_0000_4000
    assert data & 1 << 1 and data & 1 << 11
    tree.map(0xC010_4000, 0, 1 << 13, "r--")
    data = tree.get(tree.root, 0xC010_4000 >> 13 & 1023)
    assert not data & 1 << 1 and not data & 1 << 11


def test_entries_are_32_bytes_apart() -> None:
    tree = _builder()
    tree.map(0xC000_2000, 0x4000, 1 << 13, "rw-")
    assert tree.store.read(tree.root + 32, 8) == (0xC000_2000 >> 13 << 2).to_bytes(8, "big")
    assert TsbRegime(10).size == 32 << 10


@pytest.mark.parametrize("size, page", enumerate([1 << 13, 1 << 16, 1 << 19, 1 << 22]))
def test_pages_of_all_sizes(size: int, page: int) -> None:
    tree = _builder()
    va, pa = 0x1_C040_0000, 0x80_0000
    tree.map(va, pa, page, "rw-")
    reader = tree.reader()
    for off in {0, page - 1, page // 2, page - 0x2000}:
        assert reader.lookup(va + off) == pa + off
    assert reader.lookup(va - 1) is None and reader.lookup(va + page) is None
    runs = [r for r in reader.runs() if r.state == "map"]
    assert [(r.start, r.end, r.pa, r.prot) for r in runs] == [(va, va + page, pa, "rw-")]
    raw = tree.get(tree.root, TsbRegime(10).index(va))
    assert raw >> 64 & 3 == size == raw >> 61 & 3


def test_a_place_is_taken_once() -> None:
    tree = _builder(4)
    tree.map(0xC000_0000, 0x4000, 1 << 13, "rw-")
    with pytest.raises(ValueError, match="place 0x0 is taken"):
        tree.map(0xC000_0000 + (16 << 13), 0x6000, 1 << 13, "rw-")
    assert tree.reader().lookup(0xC000_0000 + (16 << 13)) is None
    with pytest.raises(ValueError, match="no page of 0x1000"):
        tree.map(0xC100_0000, 0, 0x1000, "rw-")


@pytest.mark.parametrize("set_, clear", [
    (0, 1 << 63), (1 << 64, 0), (0x2000 << 64, 0), (0x40 << 64, 0), (1 << 61, 0), (1 << 126, 0)])
def test_what_does_not_match_is_a_hole(set_: int, clear: int) -> None:
    """Not valid, another size in tag or data, another page."""
    tree = _builder()
    va = 0xC020_0000
    tree.map(va, 0x4000, 1 << 13, "rw-")
    table, index = tree.slot(va, 0)
    raw = tree.get(table, index)
    tree.put(table, index, (raw | set_) & ~clear)
    assert tree.reader().lookup(va) is None
    assert not any(r.state == "map" and r.start <= va < r.end for r in tree.reader().runs())
    assert next(tree.reader().walk(va)).entry.kind is Kind.INVALID


def test_runs_cover_the_space() -> None:
    tree = _builder()
    tree.map((1 << 64) - (1 << 13), 0x4000, 1 << 13, "rw-")
    tree.map(0, 0x6000, 1 << 13, "rw-")
    runs = list(tree.reader().runs())
    assert runs[0].start == 0 and runs[-1].end == 1 << 64
    assert all(a.end == b.start for a, b in zip(runs, runs[1:]))
