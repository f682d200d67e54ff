# SPDX-License-Identifier: BSD-2-Clause
"""Random trees of the model, read back through the library."""

import tempfile
from pathlib import Path

import pytest
import randomtree
from dumpgen import build as builder
from dumpgen.errors import ScenarioError
from dumpgen.mmu.radix import Kind, Regime
from dumpgen.model import Answer, Model, make
from dumpgen.scenario import parse
from hypothesis import assume, event, given, note
from hypothesis import strategies as st
from kvm import KINDS, Kvm, prot

TOP = 1 << 64


def _as_told(rows: list[tuple], want: list[tuple]) -> list[tuple]:
    """rows, without protections where the model says that the format has none."""
    silent = [(start, end) for word, start, end, _, allowed in want if allowed == "-"]
    edges = sorted({e for pair in silent for e in pair})
    out = []
    for word, start, end, pa, allowed in rows:
        cuts = [start, *(e for e in edges if start < e < end), end]
        for lo, hi in zip(cuts, cuts[1:]):
            told = any(a <= lo and hi <= b for a, b in silent)
            out.append((word, lo, hi, pa + lo - start, "-" if told else allowed))
    return out


def _folded(steps: list[tuple]) -> list[tuple]:
    """Steps with reserved entries called invalid."""
    return [(*s[:-1], "invalid" if s[-1] == "reserved" else s[-1]) for s in steps]


def _merged(rows: list[tuple[str, int, int, int, str]]) -> list[tuple]:
    """Neighbours merged by the model's rules: only maps have address and protection."""
    out: list[tuple] = []
    for word, start, end, pa, allowed in rows:
        if word != "map":
            pa, allowed = 0, ""
        if out:
            w, s, e, p, a = out[-1]
            if (w, e, a) == (word, start, allowed) and (word != "map" or p + e - s == pa):
                out[-1] = (w, s, end, p, a)
                continue
        out.append((word, start, end, pa, allowed))
    return out


def _spots(a: Answer) -> list[tuple[int, int]]:
    """(va, size) of the reads inside an answer that find most mistakes."""
    size = a.end - a.start
    spots = [(a.start, 1), (a.end - 1, 1), (a.start + size // 2, 1)]
    for n in (2, 3, 8, 9):
        if n <= size:
            spots += [(a.start, n), (a.end - n, n)]
    if size > 4104:
        spots += [(a.start + 4093, 9), (a.end - 4099, 9)]
    spots.append((a.start, min(size, 0x3000)))
    return spots


def check_model(model: Model, kvm: Kvm) -> int:
    """Compares every answer, inside and on both sides of its edges; returns reads made."""
    answers, reads = list(model.answers()), 0
    # The runner judges the walks of hashed tables, BATs, windows and arrays in headers.
    # In other containers than NetBSD's a reader may begin elsewhere than the model: at a page map's
    # entry, at PAE's four pointers.
    tables = isinstance(model.regime, Regime) and not any(
        lv.space == "blob" for lv in model.regime.levels) and (
        model.port.container.form == "netbsd-kcore")
    # Where the file ends a read may stop short instead: in data, or in a table on the way.
    early = ("short",) if model.cut is None else ("short", "absent")
    want = [(a.word, a.start, a.end, a.pa, a.prot) for a in answers if a.word != "hole"]
    assert _merged(_as_told(kvm.ranges(), want)) == _merged(want)
    for a, following in zip(answers, [*answers[1:], None]):
        for va, size in _spots(a):
            got = kvm.read(va, size)
            reads += 1
            what = f"{a.word} {a.start:#x} to {a.end - 1:#x}: read({va:#x}, {size:#x})"
            if a.word == "map":
                assert got == model.memory.read(a.pa + va - a.start, size), what
            elif a.word in early:
                assert got in (None, b""), what
            else:
                assert got is None and kvm.error(), what
        for va in (a.start, a.end - 1):
            found, steps = kvm.xlate(va)
            assert found.first <= va <= found.last, f"{va:#x}"
            assert KINDS[found.kind] == a.word, f"{va:#x}: {kvm.error()}"
            assert a.start <= found.first and found.last < a.end or a.word != "map", f"{va:#x}"
            if a.word == "map":
                assert found.paddr - found.first == a.pa - a.start, f"{va:#x}"
                assert a.prot in ("-", prot(found)), f"{va:#x}"
            mine = [
                (s.index, s.raw, s.entry.kind.value)
                for s in model.reader().walk(va) if s.raw is not None and s.entry is not None
            ] if tables and model.regime.canonical(va) else []
            # Each names its levels as it likes, and places tables by pointer or by address.
            seen = [s[2:] for s in steps]
            # The 68030 and 68040 manuals do not tell the two apart.
            if model.scn.machine in ("sun3x", "m68k", "gen68k"):
                seen, mine = _folded(seen), _folded(mine)
            assert not tables or seen == mine, f"{va:#x}"
        if following is not None and a.word == following.word == "map":
            n = min(8, a.end - a.start, following.end - following.start)
            left = model.memory.read(a.pa + a.end - a.start - n, n)
            right = model.memory.read(following.pa, n)
            assert kvm.read(a.end - n, 2 * n) == left + right, f"across {a.end:#x}"
            reads += 1
        elif following is not None:
            got = kvm.read(a.end - 1, 2)
            reads += 1
            end = {"map": model.memory.read(a.pa + a.end - a.start - 1, 1)}.get(a.word, b"")
            stops = a.word in early or (a.word == "map" and following.word in early)
            allowed = [None, end] if stops else [None]
            assert got in allowed, f"across {a.end:#x}, {a.word} to {following.word}"
    return reads


@given(st.data())
def test_random_trees(library: Path, data: st.DataObject) -> None:
    text = randomtree.scenario(lambda n: data.draw(st.integers(0, n - 1)))
    note(text)
    scn = parse("random", text)
    try:
        model = make(scn)
    except ScenarioError as e:
        event(f"impossible: {str(e).split(':')[1].split('[')[0].strip()}")
        assume(False)
    for _, _, _, entry in model.reader().visit():
        if entry.kind is not Kind.LEAF:
            event(f"has {entry.kind.value} entries")
    with tempfile.TemporaryDirectory() as tmp:
        where = builder.build(scn, Path(tmp))
        with Kvm(library, where) as kvm:
            check_model(model, kvm)


@given(st.data())
def test_files_cut_anywhere(library: Path, data: st.DataObject) -> None:
    """A core cut at any length errs, or answers as the model of the cut core."""
    text = randomtree.scenario(lambda n: data.draw(st.integers(0, n - 1)))
    try:
        whole = make(parse("random", text))
    except ScenarioError:
        assume(False)
    full = whole.end
    cut = full - 1 - data.draw(st.integers(0, full - 1))
    cut = cut & -4096 | len(whole.header.data) & 4095 if data.draw(st.booleans()) else cut
    assume(0 <= cut < full)
    scn = parse("random", text + f'[[damage]]\ndo = "truncate"\noffset = {cut}\n')
    note(scn.text)
    model = make(scn)
    with tempfile.TemporaryDirectory() as tmp:
        where = builder.build(scn, Path(tmp))
        if cut < len(model.header.data):
            try:
                kvm = Kvm(library, where)
            except OSError as e:
                assert str(e)
                return
            with kvm:
                assert kvm.read(model.kernel.symbols[1].va, 1) is None and kvm.error()
            return
        dumpmag = next(s.va for s in model.kernel.symbols if s.name == "dumpmag")
        pa = model.reader().lookup(dumpmag)
        if model.regime.name == "5level" and (pa is None or not model.in_file(pa, 4)):
            return      # the depth of the tree is told by dumpmag, and dumpmag is gone
        with Kvm(library, where) as kvm:
            check_model(model, kvm)


def test_fixtures_through_the_library(library: Path, fixtures: list[Path]) -> None:
    """The good fixtures of the model that are small enough to be looked at whole."""
    from dumpgen.walk import rebuild

    done = 0
    for where in fixtures:
        if not (where / "scenario.toml").exists():
            continue
        model = rebuild(where)
        if model.scn.open != "ok" or len(model.memory.segments.spans) > 1000:
            continue
        with Kvm(library, where) as kvm:
            check_model(model, kvm)
        done += 1
    assert done >= 20


def test_the_check_can_fail(library: Path, fixtures: list[Path]) -> None:
    """One entry changed in the model, not in the file: the comparison must notice."""
    from dumpgen.walk import rebuild

    where = next(p for p in fixtures if p.name == "netbsd-amd64-4level-alias")
    model = rebuild(where)
    table = next(reversed(sorted(model.memory.tables)))
    page = model.memory.page(table)
    at = next(i for i in range(0, 4096, 8) if page[i] & 1)
    page[at] ^= 1
    with Kvm(library, where) as kvm, pytest.raises(AssertionError):
        check_model(model, kvm)
