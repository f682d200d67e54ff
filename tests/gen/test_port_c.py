# SPDX-License-Identifier: BSD-2-Clause
"""Ports of sparc, sparc64, PowerPC, SuperH, PA-RISC and VAX: headers byte by byte, layouts, and
what the systems' own libraries would make of the fixtures that DEFECTS.md names for them."""

import struct
from functools import lru_cache
from pathlib import Path

import pytest
from dumpgen.model import Model, make
from dumpgen.scenario import ScenarioError, load, parse

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures"
UNDEFINED = ("netbsd-or1k-undefined", "netbsd-sh3-undefined", "netbsd-sh3-undefined-eb",
             "netbsd-ia64-undefined", "openbsd-powerpc-undefined", "openbsd-powerpc64-undefined")


@lru_cache
def _model(name: str) -> Model:
    return make(load(FIXTURES / f"{name}.toml"))


def _pa(model: Model, va: int) -> int | None:
    """The model's own answer."""
    for a in model.answers():
        if a.start <= va < a.end:
            return a.pa + va - a.start if a.word == "map" else None
    return None


def _tables(model: Model) -> object:
    return model.port.tables(model.regime, model.root, model.read_table, model.blob)


# name: midmag, ALIGN, where the DATA segment's header is
CONTAINERS = {
    "netbsd-sparc-sun4": ("008a", 8, None),
    "netbsd-sparc64-sun4u": ("009c", 16, 16 + 16 + 496),
    "netbsd-sparc64-sun4u-40locked": ("009c", 16, 16 + 16 + 1008),
    "openbsd-sparc64-sun4u": ("0097", 16, 16 + 16 + 496),
    "openbsd-sparc64-sun4u-30segments": ("0097", 16, 16 + 16 + 1008),
    "netbsd-powerpc-oea": ("0095", 8, 16 + 8 + 504),
    "netbsd-powerpc-oea-18segments": ("0095", 8, 16 + 8 + 504),
    "netbsd-powerpc64-oea64-6segments": ("0094", 8, 16 + 8 + 504),
    "netbsd-hppa-linear": ("009a", 8, 16 + 8 + 504),
    "openbsd-hppa-linear": ("020b", 8, 16 + 8 + 504),
    "netbsd-vax-linear": ("0096", 4, 12 + 8 + 504),
    "openbsd-sh-sh-p3": ("0091", 4, 12 + 8 + 504),
    "netbsd-or1k-undefined": ("00b8", 4, 12 + 8 + 504),
    "netbsd-sh3-undefined": ("0091", 4, 12 + 8 + 504),
    "netbsd-sh3-undefined-eb": ("0091", 4, 12 + 8 + 504),
    "netbsd-ia64-undefined": ("009f", 16, 16 + 16 + 496),
    "openbsd-powerpc-undefined": ("0095", 8, 16 + 8 + 504),
    "openbsd-powerpc64-undefined": ("00a0", 8, 16 + 8 + 504),
}


@pytest.mark.parametrize("name", CONTAINERS)
def test_container(name: str) -> None:
    """MID, ALIGN, and whole blocks of device header."""
    mid, align, data_at = CONTAINERS[name]
    model = _model(name)
    data, order = model.header.data, model.port.byteorder
    hdr = int.from_bytes(data[4:6], order)
    assert data[:4].hex() == mid + "8fca" and hdr == -(-12 // align) * align
    seg = int.from_bytes(data[6:8], order)
    assert seg == max(align, 8) and data[hdr : hdr + 4].hex() == "04008fac"
    assert len(model.port.container.device_header(model.cpu)) % 512 == 0
    if data_at is not None:
        assert data[data_at : data_at + 4].hex() == "08008fac" and len(data) == data_at + seg


def _segments(model: Model, at: int, order: str = ">") -> list[tuple[int, int]]:
    count = len(model.memory.segments.spans)
    flat = struct.unpack_from(f"{order}{2 * count}Q", model.cpu, at)
    return [(a, a + n) for a, n in zip(flat[::2], flat[1::2])]


def test_sparc64_header() -> None:
    model = _model("netbsd-sparc64-sun4u")
    cpu = model.cpu
    assert struct.unpack_from(">II", cpu, 0) == (3, 3)
    memsegs, nsegmap, pad, top = struct.unpack_from(">QIIQ", cpu, 8)
    assert (memsegs, nsegmap, pad, top) == (160 + 3 * 16, 1024, 0, model.root)
    assert struct.unpack_from(">QQ", cpu, 32) == (0x100_0000, 0xE004_8000)
    assert struct.unpack_from(">7Q", cpu, 96) == (
        0x3AFE_C01E, 3, 160, 4, 0x1_0000, 2, 0x2_0000)
    assert struct.unpack_from(">6Q", cpu, 160) == (
        0x100_0000, 0x1_0040_0000, 0x140_0000, 0x1_0080_0000, 0x180_0000, 0x40_0000)
    assert _segments(model, memsegs) == model.memory.segments.spans
    # The third CPU's area, from the window's first byte on.
    assert _pa(model, 0xE004_0000) == 0x4_0000 and _pa(model, 0xE004_FFFF) == 0x4_FFFF
    assert _pa(model, 0xE003_FFFF) is None and _pa(model, 0xE005_0000) is None


@pytest.mark.parametrize("name", ["netbsd-sparc64-sun4u-old-firstbyte", "openbsd-sparc64-sun4u"])
def test_old_sparc64_header(name: str) -> None:
    model = _model(name)
    assert struct.unpack_from(">Q", model.cpu, 8) == (96,)
    text, data = model.scn.options.raw["ktext"][0], model.scn.options.raw["kdata"][0]
    assert struct.unpack_from(">6Q", model.cpu, 48) == (*text, *data)
    assert _segments(model, 96) == model.memory.segments.spans


def test_tables_of_sparc64() -> None:
    """Atlas: va 0x100002000 has the indexes 0, 512, 1."""
    model = _model("netbsd-sparc64-sun4u")
    steps = list(_tables(model).walk(0x1_0000_2000))
    assert [s.index for s in steps] == [0, 512, 1]


def test_sparc_header() -> None:
    model = _model("netbsd-sparc-sun4c")
    segmap = 32 + 3 * 16
    words = struct.unpack_from(">8I", model.cpu, 0)
    assert words == (1, 0xF000_0000, 3, 32, 1024, segmap, 128, segmap + 16 * 1024)
    assert _segments(model, 32) == model.memory.segments.spans
    # By hand, as the atlas says: segment 512, then the PTE of its first page.
    at = segmap + 512 * 16
    pmeg, npte = struct.unpack_from(">HB", model.cpu, at + 12)
    pte, = struct.unpack_from(">I", model.cpu, words[7] + 4 * pmeg * 64)
    assert npte and pte >> 31 and pte >> 26 & 3 == 0
    assert _pa(model, 0xF800_0000) == (pte & 0x7FFFF) << 12


def test_srmmu_by_hand() -> None:
    """Atlas: va 0xf0004000 is PTE 4 of segment 0; PTEs are behind kernel virtual addresses."""
    model = _model("netbsd-sparc-srmmu")
    assert struct.unpack_from(">8I", model.cpu, 0)[6] == 0
    pointer, = struct.unpack_from(">I", model.cpu, 32 + 3 * 16 + 8)
    pte = int.from_bytes(model.memory.read(pointer - 0xF000_0000 + 4 * 4, 4), "big")
    assert pte & 3 == 2 and (pte & 0xFFFF_FF00) << 4 == _pa(model, 0xF000_4000) == 0x4000


def test_sparc_leaves_its_first_page() -> None:
    for name, size in (("sun4", 8192), ("sun4c", 4096), ("srmmu", 4096)):
        assert _model(f"netbsd-sparc-{name}").memory.unwritten == [(0, size)]


def test_powerpc_header() -> None:
    model = _model("netbsd-powerpc-oea-xbl")
    cpu, root = model.cpu, model.root
    assert struct.unpack_from(">II", cpu, 4) == (0x8001_0201, root.sdr1)
    assert struct.unpack_from(">16I", cpu, 12) == root.sr
    for at, bats, half in ((76, root.dbat, 1), (108, root.dbat, 0), (140, root.ibat, 1),
                           (172, root.ibat, 0)):
        assert struct.unpack_from(">8I", cpu, at) == tuple(b[half] for b in bats)
    assert _segments(model, 208) == model.memory.segments.spans
    assert root.dbat[1] == (0x3FFE, 0x12)       # 512M


def test_powerpc64_header() -> None:
    model = _model("netbsd-powerpc64-oea64-large")
    sdr1, *sr = struct.unpack_from(">17Q", model.cpu, 8)
    assert sdr1 == model.root.sdr1 and sr[10] == 0x0AA5_1003 and sr[15] == 0x0FFF_FFFF
    assert _segments(model, 408) == model.memory.segments.spans
    assert _pa(model, 0xA012_3456) == 0x112_3456


def test_sh_header() -> None:
    model = _model("openbsd-sh-sh-p3")
    assert struct.unpack_from("<II", model.cpu, 0) == (model.root, 3)
    assert _segments(model, 8, "<") == model.memory.segments.spans
    assert _pa(model, 0x8C00_0123) == _pa(model, 0xAC00_0123) == 0x0C00_0123


def test_linear_images() -> None:
    for name in ("netbsd-hppa-linear", "openbsd-hppa-linear"):
        model = _model(name)
        size = struct.unpack_from(">I", model.header.data, len(model.header.data) - 4)[0]
        assert [(a.word, a.start, a.end, a.pa) for a in model.answers()] == [
            ("map", 0, size, 0), ("hole", size, 1 << 32, 0)]
    vax = _model("netbsd-vax-linear")
    ends = {s.name: s.va for s in vax.kernel.symbols if s.name in ("_end", "end")}
    end = ends["_end"]
    assert ends == {"_end": end, "end": end} and end % 4096
    assert [(a.word, a.start, a.end, a.pa) for a in vax.answers()] == [
        ("hole", 0, 1 << 31, 0), ("map", 1 << 31, end, 0), ("hole", end, 1 << 32, 0)]


@pytest.mark.parametrize("name", UNDEFINED)
def test_undefined_rows_are_refused(name: str) -> None:
    scn = load(FIXTURES / f"{name}.toml")
    assert (scn.open, scn.open_text) == ("fail", "undefined")


# What the references do, as the atlas has it.

def test_reference_takes_h_for_zero() -> None:
    """powerpc: secondary groups are never found."""
    model = _model("netbsd-powerpc-oea-secondary")
    entries = [raw for at, _, raw, _ in _tables(model).visit() if at == 0 and raw]
    assert sum(raw >> 38 & 1 for raw in entries) >= 17
    assert any(not raw >> 38 & 1 for raw in entries)


def test_reference_looks_for_601_bats_in_upper_words() -> None:
    model = _model("netbsd-powerpc-oea601-bat")
    used = [b for b in model.root.dbat if b != (0, 0)]
    assert len(used) == 2 and all(lower & 0x40 and not upper & 0x40 for upper, lower in used)
    assert _pa(model, 0x10_0000) == 0x10_0000


def test_reference_has_short_bats_and_none_for_instructions() -> None:
    assert _pa(_model("netbsd-powerpc-oea-xbl"), 0x9234_5000) == 0x5234_5000
    model = _model("netbsd-powerpc-oea-ibat")
    text = _model("netbsd-powerpc-oea-ibat").port.text
    data_only = list(model.regime.before(model.root))
    assert _pa(model, text) == text and not any(r.start <= text < r.end for r in data_only)


def test_reference_adds_the_wrong_segment() -> None:
    """powerpc, powerpc64: off += the next segment's size."""
    for name in ("netbsd-powerpc-oea-unequal", "netbsd-powerpc64-oea64"):
        spans = _model(name).memory.segments.spans
        sizes = [b - a for a, b in spans]
        wrong = [sum(sizes[1 : n + 1]) for n in range(len(sizes))]
        right = [sum(sizes[:n]) for n in range(len(sizes))]
        assert all(a != b for a, b in zip(wrong[1:], right[1:]))


def test_reference_reads_behind_the_last_segment() -> None:
    for name, at in (("netbsd-powerpc-oea-18segments", 208),
                     ("netbsd-powerpc64-oea64-6segments", 408)):
        model = _model(name)
        assert len(model.cpu) - at - 16 * len(model.memory.segments.spans) < 16


def test_reference_refuses_sparc() -> None:
    """sun4m: sg_npte is 0 in each entry; sun4: 8196; moved: PA = KVA - kernbase."""
    model = _model("netbsd-sparc-srmmu")
    first = 32 + 16 * len(model.memory.segments.spans)
    assert not any(model.cpu[first + 16 * n + 14] for n in range(1024))
    assert _model("netbsd-sparc-srmmu-4d").cpu[:4] == bytes([0, 0, 0, 4])
    moved = _model("netbsd-sparc-srmmu-moved-kernel")
    pointer, = struct.unpack_from(">I", moved.cpu, 32 + 16 * 3 + 8)
    assert not any(a <= pointer - 0xF000_0000 < b for a, b in moved.memory.segments.spans)
    sun4 = _model("netbsd-sparc-sun4")
    va = 0xF804_0000
    pmeg, = struct.unpack_from(">H", sun4.cpu, 32 + 16 * 3 + 16 * ((va - 0xF000_0000) >> 18) + 12)
    groups = 32 + 16 * 3 + 16 * 1024
    theirs, = struct.unpack_from(">I", sun4.cpu, groups + 4 * (pmeg * 31))
    assert (theirs & 0x7FFFF) << 13 != _pa(sun4, va)


def test_reference_on_sparc64() -> None:
    """A range's first byte, addresses in the hole, the mask of sun4v."""
    for name in ("netbsd-sparc64-sun4u-old-firstbyte", "openbsd-sparc64-sun4u"):
        model = _model(name)
        assert _pa(model, 0x100_0000) is not None and _tables(model).lookup(0x100_0000) is None
    hole = _model("netbsd-sparc64-sun4u-vahole")
    assert _pa(hole, 0x1_0000_0000) is not None and _pa(hole, 0x0800_0001_0000_0000) is None
    high = _pa(_model("netbsd-sparc64-sun4v-highpa"), 0x1_0000_0000)
    assert high is not None and high & 0x7FF_FFFF_E000 == 0x2000
    assert _pa(_model("netbsd-sparc64-sun4v-highpa"), 0x1_0020_0000) == 0x2000


def test_reference_never_translates_p3() -> None:
    model = _model("openbsd-sh-sh-p3")
    pointers = [raw for at, _, raw, _ in _tables(model).visit() if at == 0 and raw]
    assert pointers and not any(raw & 0x100 for raw in pointers)
    assert _pa(_model("openbsd-sh-sh-edges"), 0xDFFF_FFFF) == 0x1400_2FFF


@pytest.mark.parametrize("name, old, new, says", [
    ("netbsd-sparc-srmmu", "va = 0xf800_0000", "va = 0xefff_f000", "below the kernel"),
    ("netbsd-sparc-srmmu", "va = 0xf800_0000\nsize = 0x1_0000",
     'va = 0xf800_0000\npage = "256K"\nsize = "256K"\npa = 0', "no pages of 0x40000"),
    ("openbsd-sh-sh-8segments", "[[map]]", "[[ram]]\nstart = 0x1e00_0000\nsize = 0x1000\n\n[[map]]",
     "9 segments"),
    ("netbsd-sparc64-sun4u-old-firstbyte", "old = true", "old = true\nlocked = [[0, 0]]", "old"),
    ("netbsd-sparc64-sun4u", "percpu = [[0x2_0000, 4,", "percpu = [[0x2_0000,", "no list of 4"),
    ("netbsd-powerpc-oea-1m-table", "table_shift = 20", "table_shift = 26", "16..25"),
    ("netbsd-hppa-linear", "start = 0x20_a000\nsize = 0x5000", "start = 0x20_b000\nsize = 0x4000",
     "no holes"),
])
def test_impossible_scenarios(name: str, old: str, new: str, says: str) -> None:
    text = (FIXTURES / f"{name}.toml").read_text(encoding="utf-8")
    assert old in text
    with pytest.raises(ScenarioError, match=says):
        make(parse(name, text.replace(old, new, 1)))
