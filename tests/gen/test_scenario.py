# SPDX-License-Identifier: BSD-2-Clause
"""What a scenario gets wrong is named: scenario, key, value."""

import pytest
from dumpgen.errors import ScenarioError
from dumpgen.model import make
from dumpgen.scenario import parse

GOOD = """
os = "netbsd"
machine = "amd64"
regime = "4level"
seed = 1
[[ram]]
start = 0x1000
size = 0x9f000
content = "hash"
[[ram]]
start = 0x1000000
size = 0x301000
"""
BAD = [
    # what is added, what replaces what, words of the message
    ("no such os", 'os = "netbsd"', 'os = "plan9"', ["machine", "plan9_amd64"]),
    ("no such regime", '"4level"', '"3level"', ["regime", "'3level'", "4level, 5level"]),
    ("seed missing", "seed = 1", "", ["seed", "missing"]),
    ("seed negative", "seed = 1", "seed = -1", ["seed", "-0x1"]),
    ("seed no number", "seed = 1", "seed = true", ["seed", "True"]),
    ("unknown key", "seed = 1", "seed = 1\nsede = 2", ["sede", "unknown", "2"]),
    ("no TOML", "seed = 1", "seed = ", ["no TOML", "line"]),
    ("ram size odd", "0x9f000", "0x9f001", ["ram[0].size", "0x9f001"]),
    ("ram unsorted", "0x1000000", "0", ["ram", "0x0", "0xa0000"]),
    ("ram content", '"hash"', '"noise"', ["ram[0].content", "'noise'"]),
    ("unknown ram key", "0x301000", "0x301000\nszie = 1", ["ram[1].szie"]),
    ("size suffix", "0x301000", '"3X"', ["ram[1].size", "'3X'"]),
    ("too many segments", "0x301000", "0x301000\nsegments = 999", ["ram[1].segments", "999"]),
    ("all segments alike", "0x9f000", "0x301000", ["ram", "0x301000"]),
]
ADDED = [
    ("va unaligned", "[[map]]\nva = 0x1001", ["map[0].va", "0x1001"]),
    ("va too large", "[[map]]\nva = 0x1_0000_0000_0000_0000", ["map[0].va"]),
    ("end too large", "[[map]]\nva = 0xffff_ffff_ffff_f000\nsize = 0x2000", ["map[0].size"]),
    ("odd page", "[[map]]\nva = 0\npage = 0x3000", ["map[0].page", "0x3000"]),
    ("no such page size", "[[map]]\nva = 0\npage = \"16K\"", ["map[0]", "0x4000"]),
    ("mapped twice", "[[map]]\nva = 0\n[[map]]\nva = 0", ["map[1]", "twice"]),
    ("under a large page", "[[map]]\nva = 0\npage = \"2M\"\npa = 0\n[[map]]\nva = 0x1000",
     ["map[1]", "PD entry"]),
    ("prot", "[[map]]\nva = 0\nprot = \"wrx\"", ["map[0].prot", "'wrx'"]),
    ("no such alias", "[[map]]\nva = 0\nalias = \"x\"", ["map[0].alias", "'x'"]),
    ("no memory", "[[map]]\nva = 0\npage = \"1G\"", ["map[0]", "0x40000000"]),
    ("entry level", "[[entry]]\nva = 0\nlevel = \"PML5\"\nraw = 0\nmeans = \"invalid\"",
     ["entry[0].level", "'PML5'"]),
    ("entry means", "[[entry]]\nva = 0\nlevel = \"PD\"\nraw = 0x1083\nmeans = \"reserved\"",
     ["entry[0].means", "'reserved'", "'leaf'", "0x1083"]),
    ("absent unmapped", "[[absent]]\nva = 0x5000", ["absent[0].va", "0x5000"]),
    ("absent both", "[[absent]]\nva = 0\npa = 0", ["absent[0].pa", "exactly one"]),
    ("damage field", "[[damage]]\ndo = \"field\"\nfield = \"c_nsge\"\nvalue = 1",
     ["damage[0].field", "c_nsge", "c_nseg"]),
    ("damage value", "[[damage]]\ndo = \"field\"\nfield = \"c_hdrsize\"\nvalue = 0x10000",
     ["damage[0].value", "0x10000"]),
    ("damage hex", "[[damage]]\ndo = \"set\"\noffset = 0\nhex = \"abc\"", ["damage[0].hex", "abc"]),
    ("open without text", "[open]\nresult = \"fail\"", ["open.text"]),
    ("recursive taken", "[[map]]\nva = 0\n", None),
]


def _error(text: str, tmp_path) -> str:
    from dumpgen.build import build

    with pytest.raises(ScenarioError) as info:
        build(parse("some-name", text), tmp_path)
    assert list(tmp_path.iterdir()) == []
    return str(info.value)


def test_the_good_one_is_good() -> None:
    assert make(parse("x", GOOD)).memory.size == 0x3A0000


@pytest.mark.parametrize("row", BAD, ids=lambda r: r[0])
def test_replaced(row: tuple, tmp_path) -> None:
    _, old, new, words = row
    assert old in GOOD
    text = _error(GOOD.replace(old, new, 1), tmp_path)
    assert text.startswith("some-name: ")
    assert all(w in text for w in words), text


@pytest.mark.parametrize("row", ADDED, ids=lambda r: r[0])
def test_added(row: tuple, tmp_path) -> None:
    _, more, words = row
    body = GOOD + more
    if words is None:
        body, words = body.replace("seed = 1", "seed = 1\nrecursive = 0"), ["recursive", "0x0"]
    text = _error(body, tmp_path)
    assert text.startswith("some-name: ")
    assert all(w in text for w in words), text
