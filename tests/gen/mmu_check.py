# SPDX-License-Identifier: BSD-2-Clause
"""What must hold for every translation regime of the model, whatever its tables."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from dumpgen.mmu.radix import Kind, Level, Regime, Run
from hypothesis import settings
from hypothesis import strategies as st

FRAME = 4096
# There are many regimes: of each fewer trees than of the tests that judge the library.
FEW = settings(max_examples=max(settings().max_examples // 12, 5))


class Ram:
    """Memory for a builder: frames in an order that is not ascending, and not from 0 on."""

    def __init__(self, start: int = 0x40_0000) -> None:
        self.frames: dict[int, bytearray] = {}
        self._next = start
        self.missing: set[int] = set()

    def alloc(self, size: int) -> int:
        """Size-aligned; a gap follows."""
        pa = -(-self._next // size) * size
        self._next = pa + size + FRAME
        return pa

    def page(self, frame: int) -> bytearray:
        """A frame, at first full of what was there before."""
        assert frame % FRAME == 0
        return self.frames.setdefault(frame, bytearray(b"\xa5" * FRAME))

    def read(self, pa: int, size: int) -> bytes | None:
        """None for missing frames; fails where a read crosses a frame's end."""
        frame, off = pa & -FRAME, pa % FRAME
        assert off + size <= FRAME, f"a read of {size:#x} bytes at {pa:#x}"
        if frame in self.missing or frame not in self.frames:
            return None
        return bytes(self.frames[frame][off : off + size])


def check_codec(regime: Regime, pa: int) -> int:
    """Encoding and decoding agree, ignored bits are ignored, planted ones are not.

    pa: an address with as many bits as entries hold; returns how many entries were looked at.
    """
    codec, done = regime.codec, 0
    for at, lv in enumerate(regime.levels):
        for kind, entry, size in _good(regime, at, lv, pa):
            target = pa & -size
            raw = entry(target)
            got = codec.decode(lv, raw)
            assert got.kind is kind, f"{lv.name} {raw:#x}: {got}"
            share = target % (1 << got.shift) if got.shift else 0
            assert got.pa + share == target, f"{lv.name} {raw:#x}: {got}"
            ignored = codec.ignored(lv, kind)
            for bits in [1 << i for i in range(64) if ignored >> i & 1] + [ignored]:
                one, other = codec.decode(lv, raw | bits), codec.decode(lv, raw & ~bits)
                assert (one.kind, one.pa) == (other.kind, other.pa) == (got.kind, got.pa), (
                    f"{lv.name} {raw:#x} with {bits:#x}")
            for plant in codec.plants(lv):
                if plant.of is kind:
                    bad = codec.decode(lv, plant.spoil(raw))
                    assert bad.kind is plant.kind and bad.why, f"{lv.name} {plant.name}: {bad}"
                    done += 1
            done += 1
        reserved = {p.kind for p in codec.plants(lv)}
        assert (Kind.RESERVED in reserved) <= lv.reserved, lv.name
        assert Kind.INVALID in reserved, f"{lv.name}: nothing to plant"
        assert codec.decode(lv, lv.empty).kind is Kind.INVALID
    return done


def _good(regime: Regime, at: int, lv: Level, pa: int) -> Iterator[tuple]:
    """(kind, encoder, alignment) of each good entry."""
    codec = regime.codec
    if lv.leaf:
        for prot in ("rw-", "r-x", "rwx", "r--"):
            yield Kind.LEAF, lambda p, prot=prot: codec.leaf(lv, p, prot), lv.size
    if lv.table and regime.levels[at + 1].space == "phys":
        size = 1 << (regime.table_size(at + 1) - 1).bit_length()
        yield Kind.TABLE, lambda p: codec.table(lv, p), size


@st.composite
def mappings(draw: st.DrawFn, regime: Any, spans: list[tuple[int, int]], pa_bits: int) -> list:
    """(va, pa, page, prot) that may overlap; edges of the spans and of tables are likely."""
    out = []
    for _ in range(draw(st.integers(1, 14))):
        page = draw(st.sampled_from(regime.page_sizes()))
        lo, hi = draw(st.sampled_from(spans))
        count = ((hi & -page) - -(-lo // page) * page) // page
        if count <= 0:
            continue
        n = draw(st.one_of(
            st.sampled_from([0, count - 1]),
            st.integers(0, count - 1),
            st.integers(0, min(count - 1, 40)),
        ))
        va = -(-lo // page) * page + n * page
        pa = draw(st.one_of(st.integers(0, (1 << pa_bits) // page - 1),
                            st.integers(0, min(64, (1 << pa_bits) // page - 1)))) * page
        out.append((va, pa, page, draw(st.sampled_from(["rw-", "r-x", "rwx", "r--"]))))
    return out


def build(regime: Any, wanted: list) -> tuple[Any, Ram, list[tuple[int, int, int]]]:
    """Maps what can be mapped: (builder, its memory, what was mapped)."""
    ram = Ram()
    tree, done = regime.builder(ram.alloc, ram.page), []
    for va, pa, page, prot in wanted:
        clash = any(va < v + p and v < va + page for v, _, p in done)
        try:
            tree.map(va, pa, page, prot)
        except ValueError:
            continue        # something is there, or blocks the way
        assert not clash, f"{va:#x} was mapped over something"
        done.append((va, pa, page))
    return tree, ram, done


def check_reader(reader: Any, word: int, done: list[tuple[int, int, int]]) -> list[Run]:
    """The runs are complete, say what was mapped and no more, and agree with walks."""
    runs = list(reader.runs())
    at = 0
    for run, after in zip(runs, [*runs[1:], None]):
        assert run.start == at < run.end
        at = run.end
        if after and run.state == after.state != "map":
            raise AssertionError(f"{run} and {after} should be one")
    assert at == 1 << word
    said = 0
    for run in runs:
        ends = (run.start, run.end - 1)
        if run.state != "map":
            assert all(reader.lookup(va) is None for va in ends)
            continue
        said += run.end - run.start
        assert [reader.lookup(va) for va in ends] == [run.pa, run.pa + run.end - 1 - run.start]
    for va, pa, page in done:
        for off in (0, page // 2 + 1, page - 1):
            assert reader.lookup(va + off) == pa + off, f"{va + off:#x}"
            run = next(r for r in runs if r.start <= va + off < r.end)
            assert run.state == "map" and run.pa + va + off - run.start == pa + off
    assert said == sum(page for _, _, page in done)
    return runs


def check_tree(regime: Any, wanted: list) -> None:
    """Builds and reads back; then without one of the tables' frames."""
    tree, ram, done = build(regime, wanted)
    runs = check_reader(tree.reader(ram.read), regime.word, done)
    phys = [pa for at, pa in tree.tables if at and regime.levels[at].space == "phys"]
    if not phys:
        return
    ram.missing.add(phys[-1] & -FRAME)
    less = list(tree.reader(ram.read).runs())
    assert any(r.state == "unknown" for r in less)
    for run in less:
        if run.state == "map":
            assert any(r.state == "map" and r.start <= run.start and run.end <= r.end
                       and r.pa - r.start == run.pa - run.start for r in runs)


def check_edges(regime: Regime, page: int, pa: int) -> None:
    """First and last index of every level can be mapped, one page before and after cannot be
    reached by them."""
    for lo, hi in regime.spans:
        tree, ram, done = build(regime, [(-(-lo // page) * page, pa, page, "rw-"),
                                         ((hi & -page) - page, pa + 2 * page, page, "r--")])
        assert len(done) == 2
        check_reader(tree.reader(ram.read), regime.word, done)


def other_order(regime: Regime) -> Regime:
    """The same regime with the other byte order."""
    return replace(regime, byteorder="big" if regime.byteorder == "little" else "little")


INV, RES, TAB, LEAF = Kind.INVALID, Kind.RESERVED, Kind.TABLE, Kind.LEAF


def decoded(regime: Regime, level: str, raw: int) -> tuple:
    """(kind,) of an entry that maps nothing, else (kind, pa, prot)."""
    entry = regime.codec.decode(regime.levels[regime.level(level)], raw)
    if entry.kind in (INV, RES):
        assert entry.why
        return (entry.kind,)
    return entry.kind, entry.pa, entry.prot


def encoded(regime: Regime, level: str, pa: int, prot: str, **wide: int) -> int:
    """A leaf entry."""
    return regime.codec.leaf(regime.levels[regime.level(level)], pa, prot, **wide)


def indexes(regime: Regime, va: int) -> tuple[int, ...]:
    """The index of va at each level that has more than one."""
    return tuple(regime.index(va, at) for at, lv in enumerate(regime.levels) if lv.bits)
