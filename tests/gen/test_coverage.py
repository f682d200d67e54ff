# SPDX-License-Identifier: BSD-2-Clause
"""What the scenarios of each row of the support table must hold between them: kinds of damage,
forms, absent pages, unequal pieces of RAM, large pages over the end of an extent.  First and last
indexes of every level are the audit's matter (test_build.py)."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import pytest
from dumpgen.port import find
from dumpgen.scenario import Scenario, load

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures"
Key = tuple[str, str, str, str]         # os, machine, regime, byte order

# Why a row need not hold something; the reason is a fact of the machine or of its dumps.
LINEAR = "the image has room for every address up to its end: no page can be absent"
FROM_0 = "the dump's header has no list of RAM: it begins at 0 and is one piece with room for holes"
LOW = "the kernel's linear part is at the beginning of memory, which begins at 0"
EXCUSED: dict[str, dict[str, str]] = {
    "absent": {row: LINEAR for row in (
        "netbsd hppa linear", "netbsd sun2 sun2", "netbsd sun3 sun3", "netbsd vax linear",
        "openbsd hppa linear", "openbsd i386 32bit", "openbsd i386 pae", "openbsd m88k linear")},
    "ram": {
        **{row: FROM_0 for row in (
            "netbsd hppa linear", "netbsd sun2 sun2", "netbsd sun3 sun3", "netbsd vax linear",
            "openbsd hppa linear", "openbsd m88k linear")},
        "netbsd sun3x sun3x": LOW,
    },
}


@dataclass
class Have:
    """What a row's scenarios hold."""

    damage: set[str] = field(default_factory=set)
    forms: set[str] = field(default_factory=set)
    absent: bool = False
    ram: bool = False
    pages: set[int] = field(default_factory=set)    # larger than the smallest, mapped by some
    over: set[int] = field(default_factory=set)     # of these, those with an end in no RAM


def _damage(scn: Scenario) -> Iterator[str]:
    """Names of the kinds: which field, or where the file ends."""
    for d in scn.damage:
        yield d.do if d.do == "truncate" else f"{d.do} {d.file} {d.field or d.offset}"


def _inside(start: int, size: int, scn: Scenario) -> bool:
    """Whether RAM has all of [start, start + size)."""
    at = start
    for ram in scn.ram:
        if ram.start <= at < ram.start + ram.size:
            at = ram.start + ram.size
    return at >= start + size


def _touches(start: int, size: int, scn: Scenario) -> bool:
    return any(r.start < start + size and start < r.start + r.size for r in scn.ram)


@lru_cache
def rows() -> dict[Key, Have]:
    """By every scenario of the two systems whose dumps are NetBSD's container."""
    table: dict[Key, Have] = {}
    for path in sorted(FIXTURES.glob("*.toml")):
        if path.name.split("-")[0] not in ("netbsd", "openbsd"):
            continue
        scn = load(path)
        if scn.regime == "undefined":
            continue
        port = find(scn)
        have = table.setdefault((scn.os, scn.machine, scn.regime, port.byteorder), Have())
        have.damage |= set(_damage(scn))
        if scn.open != "ok":
            continue
        have.forms.add("file" if scn.device_offset is None else "device")
        have.absent |= bool(scn.absent)
        sizes = [r.size for r in scn.ram]
        have.ram |= scn.ram[0].start > 0 and len(sizes) > 1 and len(set(sizes)) == len(sizes)
        for m in [*scn.maps, *([scn.direct] if scn.direct else [])]:
            page = m.page or port.pagesize
            if page == port.pagesize:
                continue
            have.pages.add(page)
            at = range(m.pa, m.pa + (m.size or page), page) if m.pa is not None else ()
            if any(_touches(pa, page, scn) and not _inside(pa, page, scn) for pa in at):
                have.over.add(page)
    return table


def _name(key: Key) -> str:
    return " ".join(key[:3])


ROWS = sorted(rows())


@pytest.fixture(params=ROWS, ids=lambda k: "-".join(k))
def key(request: pytest.FixtureRequest) -> Key:
    """Each row."""
    return request.param


def test_three_kinds_of_damage(key: Key) -> None:
    kinds = rows()[key].damage
    assert len(kinds) >= 3, f"{' '.join(key)}: damaged by {', '.join(sorted(kinds)) or 'nothing'}"


def test_file_and_device(key: Key) -> None:
    assert rows()[key].forms == {"file", "device"}, f"{' '.join(key)}: has {rows()[key].forms}"


@pytest.mark.parametrize("what, wanted", [
    ("absent", "a scenario with [[absent]]"),
    ("ram", "RAM from another address than 0 on, in pieces of unequal sizes"),
])
def test_memory(key: Key, what: str, wanted: str) -> None:
    """An excuse that is not needed is wrong."""
    has, excuse = getattr(rows()[key], what), EXCUSED[what].get(_name(key))
    assert has or excuse, f"{' '.join(key)}: wanted {wanted}"
    assert not (has and excuse), f"{' '.join(key)}: has {wanted}, and is excused: {excuse}"


def test_a_large_page_over_the_end_of_memory(key: Key) -> None:
    """Of each row that has large pages."""
    have = rows()[key]
    if have.pages:
        assert have.over, f"{' '.join(key)}: pages of {sorted(map(hex, have.pages))}, none over " \
            "the end of a piece of RAM"
