# SPDX-License-Identifier: BSD-2-Clause
"""The library judged by random tables of every port that has tables."""

import os
import tempfile
from pathlib import Path

import porttree
import pytest
from dumpgen import build as builder
from dumpgen.errors import ScenarioError
from dumpgen.mmu import aarch64, alpha, riscv, x86
from dumpgen.model import Model, make
from dumpgen.scenario import parse
from hypothesis import assume, event, given, note, settings
from hypothesis import strategies as st
from kvm import KINDS, Kvm
from portspan import Row, ram_lines, scenario
from porttree import Row as Tree
from test_library import _as_told, _merged, check_model

EXAMPLES = max(int(os.environ.get("GEN_EXAMPLES", "200")) // 25, 4)    # of each row

ARM64 = (0x4000_0000, 0x4800_1000, 0x8_8000_0000)
RV = (0x8000_0000, 0x8f00_3000, 0x1_0000_0000)
X86 = (0x1000, 0x80_0000, 0x4000_0000)


def _arm64(machine: str, granule: str, bits: int) -> Tree:
    order = "big" if machine.endswith("eb") else "little"
    size = aarch64.regime(granule, bits, order)
    # As the port places a kernel.
    text = 0xFFFF_C000_0000_0000 if bits >= 47 else (1 << 64) - (1 << bits - 1)
    top = size.levels[0]
    taken = (text >> top.shift & top.count - 1,)
    return Tree("netbsd", machine, size, ARM64, {"vabits": bits}, None, taken)


def _rv(mode: str) -> Tree:
    regime = riscv.REGIMES[mode]
    return Tree("netbsd", "riscv64", regime, RV, taken=(256 if mode == "sv39" else 511,))


# Trees whose root covers all of the space: addresses are made index by index.
TREES = [
    Tree("netbsd", "i386", x86.REGIMES["32bit"], X86, taken=(768, 769, 770)),
    Tree("netbsd", "i386", x86.REGIMES["pae"], (0x1000, 0x80_0000, 0x1_0000_0000),
         taken=(1536, 1537, 1538, 1539, 1540)),
    Tree("openbsd", "i386", x86.REGIMES["32bit"], (0x20_0000, 0x80_0000, 0x100_0000), taken=(832,),
         absent=False),
    Tree("openbsd", "i386", x86.REGIMES["pae"], (0x20_0000, 0x80_0000, 0x100_0000), taken=(1665,),
         absent=False),
    Tree("openbsd", "amd64", x86.REGIMES["4level"], (0x1000, 0x80_0000, 0x1_0000_0000),
         taken=(511,)),
    *(_arm64("aarch64", g, b) for g, b in (
        ("4k", 48), ("4k", 39), ("4k", 33), ("16k", 47), ("16k", 40), ("64k", 48), ("64k", 42),
        ("64k", 52))),
    *(_arm64("aarch64eb", g, 48) for g in ("4k", "64k")), _arm64("aarch64eb", "16k", 47),
    *(_rv(m) for m in ("sv39", "sv48", "sv57")),
    Tree("netbsd", "riscv32", riscv.REGIMES["sv32"], RV, taken=(512, 513, 514)),
    Tree("netbsd", "alpha", alpha.REGIMES["alpha"], (0xA0_0000, 0x2_0000_0000, 0x8_0000_0000)),
    Tree("openbsd", "alpha", alpha.REGIMES["alpha"], (0x58_0000, 0x2_0000_0000, 0x8_0000_0000)),
]

ARM = ((0x4000_0000, 0x21_D000), (0x4080_0000, 0x4_5000), (0x6000_0000, 0x1_1000))
LOW = ((0x1_4000, 0x9_8000), (0x10_0000, 0x14_C000), (0x2000_0000, 0x1_4000))
M68K = ((0x40_0000, 0x9_8000), (0x50_0000, 0xA_6000), (0x80_0000, 0x1_4000))
SUN = ((0, 0x9_4000), (0xA_0000, 0x4_6000))
SUN3X = ((0, 0x1D_A000), (0x20_0000, 0x4_2000), (0x800_0000, 0x1_4000))
SPARC = ((0, 0x4_4000), (0x10_0000, 0x2_6000), (0x80_0000, 0x1_2000))
BIG = ((0x2000, 0xFE000), (0x20_0000, 0x60_0000), (0x1_0030_0000, 0x90_0000))
PPC = ((0x3000, 0x8_D000), (0x10_0000, 0x4_7000), (0x200_0000, 0x8_1000))
LOCKED = "locked = [[0x100_0000, 0x1_0040_0000], [0x140_0000, 0x1_0080_0000], " \
         "[0x180_0000, 0x40_0000]]\npercpu = [[0x2_0000, 4, 2, 0x1_0000]]"
STATIC = "ktext = [[0x100_0000, 0x40_0000, 0x40_0000]]\n" \
         "kdata = [[0x140_0000, 0x1_0040_0000, 0x80_0000]]"
KVA64 = ((0x1C0_0000, 0x2_0000_0000), (0x2_0000_0000, 0x800_0000_0000))
ALL = (0, 1 << 32)
KSEG2 = (0xC000_0000, 1 << 32)
XKSEG = 0xC000_0000_0000_0000


def _arm(machine: str) -> list[Row]:
    return [
        Row(f"netbsd-{machine}-armv7", (ALL,), ARM, edges=(12, 16, 20, 24), biggest=1 << 24),
        Row(f"netbsd-{machine}-armv5", (ALL,), ARM, edges=(10, 12, 16, 20), biggest=1 << 20,
            levels=("", "", "fine")),
    ]


def _mips(machine: str) -> list[Row]:
    """Pages of all sizes, PTEs of all formats, both widths, and the older header."""
    def tables(case: str, bits: int, page: int, **more: object) -> Row:
        shift = page.bit_length() - 1
        options = f"bits = {bits}\npage = {page}\n" + "\n".join(
            f"{k} = {str(v).lower() if isinstance(v, bool) else repr(v)}" for k, v in more.items())
        seg = 2 * shift - 2
        if bits == 32:
            return Row(f"netbsd-{machine}-segtab", (KSEG2,), LOW, options, edges=(shift, seg),
                       case=case)
        top = seg + shift - 3
        return Row(f"netbsd-{machine}-segtab", ((XKSEG, XKSEG + (1 << top + shift - 3)),), LOW,
                   options, edges=(shift, seg, top), case=case)

    def array(case: str, options: str, base: int) -> Row:
        return Row(f"netbsd-{machine}-sysmap", ((base, base + 0x400_0000),), LOW, options,
                   edges=(12, 25), case=case)

    return [
        tables("", 32, 4096), tables("8k", 32, 8192), tables("16k", 32, 16384),
        tables("mips1", 32, 4096, pte="mips1"), tables("vr41xx", 32, 4096, pte="vr41xx"),
        tables("old", 32, 4096, old=True),
        tables("64", 64, 4096), tables("64-16k", 64, 16384),
        array("", "", 0xC000_0000), array("mips1", 'pte = "mips1"', 0xC000_0000),
        array("64", "bits = 64", XKSEG),
    ]


def _m68k() -> list[Row]:
    def table(regime: str, page: int, case: str, edges: tuple[int, ...], more: str = "") -> Row:
        return Row(f"netbsd-m68k-{regime}", (ALL,), M68K, f"page = {page}\n{more}", edges=edges,
                   case=case)

    def shaped(case: str, options: str, edges: tuple[int, ...], biggest: int = 1 << 25) -> Row:
        return Row("netbsd-gen68k-gen68k", (ALL,), M68K, options, edges=edges, case=case,
                   biggest=biggest)

    return [
        table("68030", 4096, "", (12, 22)), table("68030", 8192, "8k", (13, 24)),
        table("68030", 4096, "hp", (12, 22), 'mmutype = "hp"'),
        table("68040", 4096, "", (12, 18, 25)), table("68040", 8192, "8k", (13, 18, 25)),
        table("68040", 4096, "68060", (12, 18, 25), 'mmutype = "68060"'),
        shaped("", "mmutype = -1", (12, 18, 25)),
        shaped("4levels", "mmutype = -1\nwidths = [4, 4, 6, 6]", (12, 18, 24, 28), 1 << 28),
        shaped("2levels", "mmutype = 1\nwidths = [10, 9]\npage = 8192", (13, 22)),
        shaped("initial", "mmutype = -1\nwidths = [5, 6, 6]\ninitial = 3", (12, 18, 24)),
        shaped("68040", "", (12, 18, 25)),
    ]


# The others: addresses are picked from what their tables serve.
ROWS = [
    *(row for machine in ("arm", "armeb") for row in _arm(machine)),
    *(row for machine in ("mipsel", "mipseb") for row in _mips(machine)),
    Row("openbsd-mips64-sysmap", ((XKSEG, XKSEG + 0x400_0000),),
        ((0x20_0000, 0x8_C000), (0x100_0000, 0x4_4000), (0x2000_0000, 0x3_0000)), edges=(14, 20)),
    *_m68k(),
    Row("netbsd-sun2-sun2", ((0x6000, 0x100_0000),), SUN, edges=(11, 15), absent=False),
    Row("netbsd-sun2-sun2", ((0x6000, 0x100_0000),), SUN, "damaged = false", edges=(11, 15),
        case="whole", absent=False),
    Row("netbsd-sun3-sun3", ((0xE00_0000, 0x1000_0000),), SUN, edges=(13, 17), absent=False),
    Row("netbsd-sun3x-sun3x", ((0xF800_0000, 1 << 32),), SUN3X, edges=(13, 20)),
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


def _some(rows: list) -> list:
    """All of few, every so manieth of many: a lost part of a hashed table makes thousands."""
    return rows[:: max(len(rows) // 300, 1)]


def check_reads(model: Model, kvm: Kvm) -> None:
    """Ranges and reads; what a step is called is the conformance run's matter."""
    answers = list(model.answers())
    want = [(a.word, a.start, a.end, a.pa, a.prot) for a in answers if a.word != "hole"]
    assert _merged(_as_told(kvm.ranges(), want)) == _merged(want)
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


def _make(text: str) -> Model:
    """Of a random scenario, if it is possible."""
    note(text)
    try:
        return make(parse("random", text))
    except ScenarioError as e:
        event(f"impossible: {str(e).split(':')[1].split('[')[0].strip()}")
        assume(False)
        raise


def _picked(row: Row, data: st.DataObject) -> Model:
    return _make(scenario(lambda n: data.draw(st.integers(0, n - 1)), row))


def _compare(library: Path, model: Model, whole: bool) -> None:
    with tempfile.TemporaryDirectory() as tmp:
        where = builder.build(model.scn, Path(tmp))
        with Kvm(library, where) as kvm:
            (check_model if whole else check_reads)(model, kvm)


@pytest.mark.parametrize("row", TREES, ids=lambda r: r.name)
@settings(max_examples=EXAMPLES)
@given(data=st.data())
def test_random_trees(library: Path, row: Tree, data: st.DataObject) -> None:
    model = _make(porttree.scenario(lambda n: data.draw(st.integers(0, n - 1)), row))
    _compare(library, model, True)


@pytest.mark.parametrize("row", ROWS, ids=lambda r: r.name)
@settings(max_examples=EXAMPLES)
@given(data=st.data())
def test_answers_agree_with_walks(row: Row, data: st.DataObject) -> None:
    reader = _picked(row, data).reader()
    for run in _some(list(reader.runs())):
        for va in (run.start, run.end - 1, (run.start + run.end) // 2):
            want = run.pa + va - run.start if run.state == "map" else None
            assert reader.lookup(va) == want, f"{va:#x}"


@pytest.mark.parametrize("row", ROWS, ids=lambda r: r.name)
@settings(max_examples=EXAMPLES)
@given(data=st.data())
def test_random_tables(library: Path, row: Row, data: st.DataObject) -> None:
    model = _picked(row, data)
    small = len(list(model.answers())) < 300
    _compare(library, model, small and row.kind.split("-")[1] not in ("sparc", "sparc64"))




@pytest.mark.parametrize("row", ROWS, ids=lambda r: r.name)
def test_rows_are_possible(library: Path, row: Row) -> None:
    """The library opens a row's plainest dump, and at least half of its random scenarios can be made."""
    import random

    model = make(parse("plain", row.head(1) + ram_lines(row)))
    _compare(library, model, False)
    made = 0
    for seed in range(20):
        try:
            make(parse("random", scenario(random.Random(seed).randrange, row)))
            made += 1
        except ScenarioError:
            pass
    assert made >= 10, f"{made} of 20"


def test_every_port_with_tables_has_a_row() -> None:
    """By the regimes of the fixtures; netbsd-amd64 has test_library.py, linear ports no tables."""
    fixtures = Path(__file__).resolve().parents[2] / "fixtures"
    lines = [line.split() for line in (fixtures / "PORTS").read_text().splitlines()
             if not line.startswith("#")]
    kinds = {"-".join(words[:3]) for words in lines if words[0] in ("netbsd", "openbsd")
             and words[2] not in ("linear", "undefined")}
    have = {row.kind for row in ROWS}
    have |= {f"{row.os}-{row.machine}-{row.regime.name}" for row in TREES}
    assert kinds - have == {"netbsd-amd64-4level", "netbsd-amd64-5level"}
