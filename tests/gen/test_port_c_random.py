# SPDX-License-Identifier: BSD-2-Clause
"""The library judged by random tables of the ports of sparc, sparc64, PowerPC and SuperH: trees,
segment maps and hashed tables."""

import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from dumpgen import build as builder
from dumpgen.errors import ScenarioError
from dumpgen.model import Model, make
from dumpgen.port import find
from dumpgen.scenario import parse
from hypothesis import assume, event, given, note, settings
from hypothesis import strategies as st
from kvm import KINDS, Kvm
from test_library import _merged

Pick = Callable[[int], int]


@dataclass(frozen=True)
class Row:
    """A port, and what its scenarios must not leave to chance."""

    name: str                           # os-machine-regime
    spans: tuple[tuple[int, int], ...]  # addresses worth mapping
    ram: tuple[tuple[int, int], ...]
    options: str = ""
    levels: tuple[str, ...] = ("",)     # what a map's level may be
    edges: tuple[int, ...] = field(default=(12, 18, 22))    # log2 of what tables and segments have


SPARC = ((0, 0x4_4000), (0x10_0000, 0x2_6000), (0x80_0000, 0x1_2000))
BIG = ((0x2000, 0xFE000), (0x20_0000, 0x60_0000), (0x1_0030_0000, 0x90_0000))
PPC = ((0x3000, 0x8_D000), (0x10_0000, 0x4_7000), (0x200_0000, 0x8_1000))
LOCKED = "locked = [[0x100_0000, 0x1_0040_0000], [0x140_0000, 0x1_0080_0000], " \
         "[0x180_0000, 0x40_0000]]\npercpu = [[0x2_0000, 4, 2, 0x1_0000]]"
STATIC = "ktext = [[0x100_0000, 0x40_0000, 0x40_0000]]\n" \
         "kdata = [[0x140_0000, 0x1_0040_0000, 0x80_0000]]"
KVA64 = ((0x1C0_0000, 0x2_0000_0000), (0x2_0000_0000, 0x800_0000_0000))

ROWS = [
    Row("netbsd-sparc-sun4", ((0xF020_0000, 1 << 32),), SPARC),
    Row("netbsd-sparc-sun4c", ((0xF020_0000, 1 << 32),), SPARC),
    Row("netbsd-sparc-srmmu", ((0xF020_0000, 1 << 32),), ((0, 0xC_0000), (0x80_0000, 0x2_6000))),
    Row("netbsd-sparc64-sun4u", KVA64, BIG, LOCKED, edges=(13, 23, 33)),
    Row("netbsd-sparc64-sun4v", KVA64, BIG, LOCKED, edges=(13, 23, 33)),
    Row("openbsd-sparc64-sun4u", KVA64, BIG, STATIC, edges=(13, 23, 33)),
    Row("openbsd-sh-sh", ((0xC000_0000, 0xE000_0000),),
        ((0x0C00_0000, 0x4_0000), (0x1400_0000, 0x2_3000))),
    Row("netbsd-powerpc-oea", ((0xD000_0000, 1 << 32), (0x8000_0000, 0x9000_0000)), PPC,
        "", ("", "primary", "secondary", "dbat", "ibat"), (12, 17, 28)),
    Row("netbsd-powerpc-oea601", ((0xD000_0000, 1 << 32),), PPC, "",
        ("", "primary", "secondary", "dbat"), (12, 17, 28)),
    Row("netbsd-powerpc64-oea64", ((0xD000_0000, 1 << 32), (0, 0x10_0000)),
        (*PPC, (0x400_0000, 0x40_1000)), "",
        ("", "primary", "secondary"), (12, 23, 28)),
]


def _va(pick: Pick, row: Row, near: list[int]) -> int:
    """Often at the edge of a table, or near an address given before."""
    lo, hi = row.spans[pick(len(row.spans))]
    if near and pick(2):
        return near[pick(len(near))] + (pick(9) - 4 << row.edges[0])
    if pick(2):
        edge = row.edges[pick(len(row.edges))]
        va = (lo >> edge) + pick((hi - lo >> edge) + 1) << edge
        return va - (pick(2) << row.edges[0])
    return lo + pick(hi - lo)


def scenario(pick: Pick, row: Row) -> str:
    """TOML text."""
    os, machine, name = row.name.split("-")
    head = f'os = "{os}"\nmachine = "{machine}"\nregime = "{name}"\nseed = {pick(1 << 32)}\n'
    port = find(parse(row.name, f"{head}[port]\n{row.options}\n[[ram]]\nstart = 0\nsize = 4096\n"))
    regime = port.regimes[name]
    lines = [head, f"[port]\n{row.options}"]
    for start, size in row.ram:
        lines.append(f'[[ram]]\nstart = {start:#x}\nsize = {size:#x}\ncontent = "hash"')
    near: list[int] = []
    for _ in range(1 + pick(6)):
        level = row.levels[pick(len(row.levels))]
        sizes = [128 << 10, 256 << 10] if "bat" in level else [
            s for s in regime.page_sizes() if s < 1 << 17]
        page = sizes[pick(len(sizes))]
        va = _va(pick, row, near) & -page & (1 << port.bits) - 1
        near.append(va)
        lines.append(f"[[map]]\nva = {va:#x}\npage = {page}\nsize = {page * (1 + pick(4))}\n"
                     f'prot = "{("rw-", "r--", "r-x", "rwx")[pick(4)]}"')
        if level:
            lines.append(f'level = "{level}"')
        if page > port.pagesize or pick(3) == 0:
            start, size = row.ram[pick(len(row.ram))]
            lines.append(f"pa = {start + pick(size) & -page:#x}")
    for _ in range(pick(5)):
        at = pick(len(regime.levels))
        codec = getattr(regime, "codec", regime)
        plants = codec.plants(regime.levels[at]) if codec is not regime else codec.plants
        if "BAT" == regime.levels[at].name:
            continue
        lines.append(f'[[entry]]\nva = {near[pick(len(near))]:#x}\n'
                     f'level = "{regime.levels[at].name}"\nmeans = "any"')
        bits = 8 * regime.entry_size
        if pick(2):
            plant = plants[pick(len(plants))]
            lines.append(f"set = {plant.set:#x}\nclear = {plant.clear & (1 << bits) - 1:#x}")
        elif not regime.levels[at].table:
            lines.append(f"{('set', 'clear')[pick(2)]} = {1 << pick(bits):#x}")
    for _ in range(pick(3)):
        start, size = row.ram[pick(len(row.ram))]
        lines.append(f"[[absent]]\npa = {start + pick(size) & -4096:#x}")
    return "\n".join(lines) + "\n"


def _some(rows: list) -> list:
    """All of few, every so manieth of many: a lost part of a hashed table makes thousands."""
    return rows[:: max(len(rows) // 300, 1)]


def check_reads(model: Model, kvm: Kvm) -> None:
    """Ranges and reads; what a step is called is the conformance run's matter."""
    answers = list(model.answers())
    want = [(a.word, a.start, a.end, a.pa, a.prot) for a in answers if a.word != "hole"]
    assert _merged(kvm.ranges()) == _merged(want)
    for a in _some(answers):
        size = a.end - a.start
        spots = [(a.start, 1), (a.end - 1, 1), (a.start + size // 2, 1), (a.start, min(size, 9)),
                 (a.start, min(size, 0x3000))]
        for va, count in spots:
            got, what = kvm.read(va, count), f"{a.word} at {va:#x}: {count:#x} bytes"
            if a.word == "map":
                assert got == model.memory.read(a.pa + va - a.start, count), what
            else:
                assert got is None and kvm.error(), what
            found, _ = kvm.xlate(va)
            assert KINDS[found.kind] == a.word, what


def _make(row: Row, data: st.DataObject) -> Model:
    text = scenario(lambda n: data.draw(st.integers(0, n - 1)), row)
    note(text)
    try:
        return make(parse("random", text))
    except ScenarioError as e:
        event(f"impossible: {str(e).split(':')[1].split('[')[0].strip()}")
        assume(False)
        raise


@pytest.mark.parametrize("row", ROWS, ids=lambda r: r.name)
@settings(max_examples=15)
@given(data=st.data())
def test_answers_agree_with_walks(row: Row, data: st.DataObject) -> None:
    reader = _make(row, data).reader()
    for run in _some(list(reader.runs())):
        for va in (run.start, run.end - 1, (run.start + run.end) // 2):
            want = run.pa + va - run.start if run.state == "map" else None
            assert reader.lookup(va) == want, f"{va:#x}"


def _opens(library: Path, name: str) -> bool:
    """Whether the library has the port at all."""
    ram = "".join(f"[[ram]]\nstart = {a}\nsize = {n}\n" for a, n in
                  next(r.ram for r in ROWS if r.name == name))
    options = next(r.options for r in ROWS if r.name == name)
    os, machine, regime = name.split("-")
    text = f'os = "{os}"\nmachine = "{machine}"\nregime = "{regime}"\nseed = 1\n' \
           f"[port]\n{options}\n{ram}"
    with tempfile.TemporaryDirectory() as tmp:
        where = builder.build(parse("plain", text), Path(tmp))
        try:
            with Kvm(library, where):
                return True
        except OSError as e:
            if "no supported port" in str(e):
                return False
            raise


@pytest.fixture(params=ROWS, ids=lambda r: r.name)
def row(request: pytest.FixtureRequest, library: Path) -> Row:
    """Each port that the library has."""
    if not _opens(library, request.param.name):
        pytest.skip(f"the library has no {request.param.name}")
    return request.param


@settings(max_examples=12)
@given(data=st.data())
def test_random_tables(library: Path, row: Row, data: st.DataObject) -> None:
    model = _make(row, data)
    with tempfile.TemporaryDirectory() as tmp:
        where = builder.build(model.scn, Path(tmp))
        with Kvm(library, where) as kvm:
            check_reads(model, kvm)
