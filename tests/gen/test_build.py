# SPDX-License-Identifier: BSD-2-Clause
"""Fixtures as written: the same bytes each time, whole or not at all, and what the model meant."""

import filecmp
import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest
from dumpgen import oracle
from dumpgen.audit import prune, report
from dumpgen.build import build
from dumpgen.corefile import open_core
from dumpgen.errors import FixtureError
from dumpgen.scenario import load
from dumpgen.walk import explain, rebuild

ROOT = Path(__file__).resolve().parents[2]
SCENARIOS = ROOT / "fixtures"
TWICE = ["netbsd-amd64-4level", "netbsd-amd64-4level-device-dumplo", "netbsd-amd64-5level-entries",
         "netbsd-amd64-4level-31segments"]


@pytest.mark.parametrize("name", TWICE)
def test_same_bytes_again(name: str, tmp_path: Path, fixtures: list[Path]) -> None:
    """In another process, with another hash seed of Python's."""
    env = os.environ | {"PYTHONHASHSEED": "4711", "PYTHONPATH": str(ROOT / "gen")}
    env.pop("LD_PRELOAD", None)
    subprocess.run([sys.executable, "-m", "dumpgen", "build", SCENARIOS / f"{name}.toml",
                    "-o", tmp_path], env=env, check=True)
    old = next(p for p in fixtures if p.name == name)
    names = sorted(p.name for p in old.iterdir())
    assert names == sorted(p.name for p in (tmp_path / name).iterdir())
    assert filecmp.cmpfiles(old, tmp_path / name, names, shallow=False) == (names, [], [])


# The model of today writes what the model of yesterday wrote: a change must be meant.
DIGESTS = {
    "core": "3acaf8d35de633945b5bee4d9877f21ce51bee7ca9ac79b6336bf7b75aa7201a",
    "kernel": "d8fe71a67f04201e4b66883098eae49d1cf572c4ee29d3f86ab0487c421ec3d0",
}


def test_bytes_are_pinned(tmp_path: Path) -> None:
    where = build(load(SCENARIOS / "netbsd-amd64-4level-prot.toml"), tmp_path)
    found = {name: hashlib.sha256((where / name).read_bytes()).hexdigest() for name in DIGESTS}
    assert found == DIGESTS


# Where a header counts its RAM segments ("": the list ends by itself), and where the list is
# (0: the header's word at 8 says so).  "linear": no list, a page at PA p is p bytes into the image.
LISTS = {
    "netbsd-amd64": ("Q", 8, 16), "openbsd-amd64": ("Q", 8, 16), "netbsd-i386": ("I", 4, 8),
    "netbsd-aarch64": ("Q", 16, 24), "netbsd-aarch64eb": ("Q", 16, 24),
    "netbsd-alpha": ("Q", 16, 24), "openbsd-alpha": ("Q", 16, 24),
    "netbsd-riscv32": ("", 0, 32), "netbsd-riscv64": ("", 0, 64),
    "openbsd-arm64": ("", 0, 128), "openbsd-riscv64": ("", 0, 128),
    "netbsd-sparc": ("I", 8, 32), "netbsd-sparc64": ("I", 4, 0), "openbsd-sparc64": ("I", 4, 96),
    "netbsd-powerpc": ("", 0, 208), "netbsd-powerpc64": ("", 0, 408), "openbsd-sh": ("I", 4, 8),
    "netbsd-hppa": ("linear", 0, 0), "openbsd-hppa": ("linear", 0, 0),
    "netbsd-vax": ("linear", 0, 0),
}


def test_core_is_what_the_oracle_says(fixtures: list[Path]) -> None:
    """Reads ram and bytes lines back out of the core by the segments in its header alone."""
    import struct

    from dumpgen.hash import content

    seen = set()
    for where in fixtures:
        said = oracle.parse(where / "oracle")
        if said.values["open"] != "ok" or said.values["witness"] != "model":
            continue
        port = f"{said.values['os']}-{said.values['machine']}"
        if port not in LISTS:
            continue
        seen.add(port)
        order = "<" if said.values["byteorder"] == "little" else ">"
        size_of, count_at, list_at = LISTS[port]
        with open_core(where) as core:
            head = core.read(1 << 21)
            hdr, seg = struct.unpack_from(order + "HH", head, 4)
            cpu_size = struct.unpack_from(order + "I", head, hdr + 4)[0]
            if not list_at:
                list_at = struct.unpack_from(order + "Q", head, hdr + seg + 8)[0]
            count = (cpu_size - list_at) // 16
            if size_of == "linear":
                count = 0
            elif size_of:
                count = struct.unpack_from(order + size_of, head, hdr + seg + count_at)[0]
            at, places = hdr + 2 * seg + cpu_size, []
            for i in range(count):
                start, size = struct.unpack_from(order + "QQ", head, hdr + seg + list_at + 16 * i)
                if not size_of and not size:
                    break
                places.append((start, start + size, at))
                at += size
            if size_of == "linear":
                places = [(0, 1 << 64, at)]

            def read(pa: int, size: int) -> bytes:
                for start, end, off in places:
                    if start <= pa < end:
                        core.seek(off + pa - start)
                        return core.read(min(size, end - pa))
                raise AssertionError(f"{where.name}: {pa:x} is in no segment")

            seed = int(said.values["seed"], 16)
            for start, end, kind, off in said.ram[:300]:
                for pa in {start, (start + end) // 2 & ~7, end - 8}:
                    got = read(pa, 8)
                    if len(got) < 8 and pa + 8 > end:
                        continue
                    if kind == "file":
                        core.seek(off + pa - start)
                        assert got == core.read(8), f"{where.name}: file {pa:x}"
                    elif pa % 8 == 0 and pa + 8 <= end and kind != "any":
                        want = content(seed, pa, 8) if kind == "hash" else bytes(8)
                        assert got == want, f"{where.name}: {kind} {pa:x}"
            for pa, data in said.exact:
                assert read(pa, len(data)) == data, f"{where.name}: bytes {pa:x}"
    assert seen == set(LISTS)


# Kernels of these run where they lie.
ONE_TO_ONE = {"powerpc", "powerpc64", "powerpc64le", "hppa", "m88k", "m68k", "gen68k"}


def test_oracles_obey_their_rules(fixtures: list[Path]) -> None:
    for where in fixtures:
        said = oracle.parse(where / "oracle")
        oracle.audit(where.name, said)
        # A broken walk would pass.
        same = [f"{a.start:x}" for a in said.answers if a.word == "map" and a.start == a.pa]
        if where.name.endswith(("-44", "-merged")):
            continue            # FreeBSD/i386 since 12 runs where it lies
        assert not same or said.values["machine"] in ONE_TO_ONE, f"{where.name}: identity maps"


@pytest.mark.parametrize("old, new, words", [
    ("hole 0 ffff800000100000", "hole 1000 ffff8000000ff000", "nothing is said of 0 to 1000"),
    ("complete yes\n", "complete yes\nmap 0 1000 1000 rw-\n", "begins before"),
    ("complete yes\n", "complete yes\nram 0 1000 any\nram 0 800 any\n", "ram line"),
    ("map ", "pam ", "unknown word 'pam'"),
    ("reg cr3 ", "reg cr3 x", "invalid literal"),
])
def test_broken_oracles_are_found(old: str, new: str, words: str, tmp_path: Path,
                                  fixtures: list[Path]) -> None:
    where = next(p for p in fixtures if p.name == "netbsd-amd64-4level")
    text = (where / "oracle").read_text()
    assert old in text
    (tmp_path / "oracle").write_text(text.replace(old, new, 1))
    with pytest.raises(FixtureError, match=words):
        oracle.audit("x", oracle.parse(tmp_path / "oracle"))


def test_map_without_ram_is_found(tmp_path: Path, fixtures: list[Path]) -> None:
    where = next(p for p in fixtures if p.name == "netbsd-amd64-4level")
    lines = (where / "oracle").read_text().splitlines()
    first = next(ln for ln in lines if ln.startswith("map ")).split()
    pa = int(first[2], 16)
    kept = []
    for line in lines:
        word, *rest = line.split()
        if word == "ram" and int(rest[0], 16) <= pa < int(rest[0], 16) + int(rest[1], 16):
            continue
        kept.append(line)
    assert len(kept) == len(lines) - 1
    (tmp_path / "oracle").write_text("\n".join(kept))
    with pytest.raises(FixtureError, match="is in no ram line"):
        oracle.audit("x", oracle.parse(tmp_path / "oracle"))


def test_regimes_are_covered(fixtures: list[Path]) -> None:
    lines = report(fixtures)
    assert [ln for ln in lines if ln.startswith("missing")] == []
    assert len(lines) == len({ln.split(":")[0] for ln in lines}) >= 2


def test_coverage_can_be_missed(fixtures: list[Path]) -> None:
    lines = report([p for p in fixtures if p.name == "netbsd-amd64-4level"])
    assert "missing netbsd/amd64/4level: PML4 reserved last" in lines


def test_every_scenario_is_built(fixtures: list[Path]) -> None:
    assert {p.stem for p in SCENARIOS.glob("*.toml")} <= {p.name for p in fixtures}


def test_failed_build_keeps_the_old_one(tmp_path: Path, monkeypatch) -> None:
    scn = load(SCENARIOS / "netbsd-amd64-4level-prot.toml")
    where = build(scn, tmp_path)
    before = (where / "core").read_bytes()
    monkeypatch.setattr(oracle, "audit", lambda *a: (_ for _ in ()).throw(FixtureError("no")))
    with pytest.raises(FixtureError):
        build(scn, tmp_path)
    assert [p.name for p in tmp_path.iterdir()] == [scn.name]
    assert (where / "core").read_bytes() == before


def test_foreign_directory_is_not_replaced(tmp_path: Path) -> None:
    scn = load(SCENARIOS / "netbsd-amd64-4level-prot.toml")
    (tmp_path / scn.name).mkdir()
    with pytest.raises(FixtureError, match="is no fixture"):
        build(scn, tmp_path)
    assert [p.name for p in tmp_path.iterdir()] == [scn.name]


def test_prune_spares_what_is_not_the_models(tmp_path: Path) -> None:
    for name, scenario in (("gone", True), ("kept", True), ("machine", False)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "oracle").write_text("")
        if scenario:
            (tmp_path / name / "scenario.toml").write_text("")
    assert prune(tmp_path, {"kept"}) == ["gone"]
    assert sorted(p.name for p in tmp_path.iterdir()) == ["kept", "machine"]


def test_walk_explains(tmp_path: Path) -> None:
    where = build(load(SCENARIOS / "netbsd-amd64-4level-prot.toml"), tmp_path)
    lines = list(explain(where, 0xFFFF800000101234))
    answer = next(a for a in rebuild(where).answers() if a.start <= 0xFFFF800000101234 < a.end)
    assert f"map {answer.start:#x}" in lines[0] and f"pa {answer.pa + 0x234:#x} rw-" in lines[0]
    assert [ln.split()[0] for ln in lines[1:]] == ["PML4", "PDPT", "PD", "PT"]
    assert all("leaf" in ln or "table" in ln for ln in lines[1:])
    assert "no table is asked" in list(explain(where, 1 << 63))[1]


def test_walk_sees_a_changed_core(tmp_path: Path) -> None:
    where = build(load(SCENARIOS / "netbsd-amd64-4level-prot.toml"), tmp_path)
    model = rebuild(where)
    with open(where / "core", "r+b") as f:
        f.seek(model.offset(model.root) + 8 * 256)
        f.write(bytes(8))
    lines = list(explain(where, 0xFFFF800000101234))
    assert "P is clear" in lines[1] and "the model put" in lines[2]
