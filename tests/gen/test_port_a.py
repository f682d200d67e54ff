# SPDX-License-Identifier: BSD-2-Clause
"""Ports of x86, arm64, alpha and RISC-V: headers byte by byte, layouts, and what the systems' own
libraries would make of the fixtures that DEFECTS.md names for them."""

import struct
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

import pytest
from dumpgen.model import Model, make
from dumpgen.scenario import ScenarioError, load, parse

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures"
FRAME52 = 0x000F_FFFF_FFFF_F000


@lru_cache
def _model(name: str) -> Model:
    return make(load(FIXTURES / f"{name}.toml"))


def _changed(name: str, old: str, new: str) -> Model:
    text = (FIXTURES / f"{name}.toml").read_text()
    assert old in text
    return make(parse(name, text.replace(old, new)))


# name: midmag, size of a padded segment header, of the whole header without its DATA segment
CONTAINERS = {
    "netbsd-i386-32bit": ("0086", 8, 12 + 8 + 504),
    "netbsd-i386-pae": ("0086", 8, 12 + 8 + 504),
    "netbsd-i386-32bit-29segments": ("0086", 8, 12 + 8 + 1016),
    "netbsd-aarch64-4k": ("00b7", 16, 16 + 16 + 496),
    "netbsd-aarch64eb-4k": ("00b7", 16, 16 + 16 + 496),
    "netbsd-aarch64-4k-26segments": ("00b7", 16, 16 + 16 + 496),
    "netbsd-alpha-alpha": ("008d", 8, 16 + 8 + 504),
    "netbsd-alpha-alpha-27segments": ("008d", 8, 16 + 8 + 504),
    "netbsd-riscv32-sv32": ("00b9", 16, 16 + 16 + 496),
    "netbsd-riscv64-sv39": ("00b9", 16, 16 + 16 + 496),
    "openbsd-amd64-4level": ("009d", 8, 16 + 8 + 504),
    "openbsd-i386-32bit": ("0086", 8, 12 + 8 + 504),
    "openbsd-arm64-linear": ("009f", 8, 16 + 8 + 504),
    "openbsd-riscv64-linear": ("00a1", 8, 16 + 8 + 504),
    "openbsd-alpha-alpha": ("008d", 8, 16 + 8 + 504),
}


@pytest.mark.parametrize("name", CONTAINERS)
def test_container(name: str) -> None:
    """Atlas: MID, ALIGN, and blocks of the device header."""
    mid, align, data_at = CONTAINERS[name]
    model = _model(name)
    data = model.header.data
    order = "little" if model.port.byteorder == "little" else "big"
    hdr = int.from_bytes(data[4:6], order)
    assert data[:4].hex() == mid + "8fca" and data[hdr:hdr + 4].hex() == "04008fac"
    assert int.from_bytes(data[6:8], order) == align
    assert data[data_at:data_at + 4].hex() == "08008fac" and len(data) == data_at + align
    size = int.from_bytes(data[data_at + 4:data_at + 8], order)
    assert size == model.memory.size & 0xFFFF_FFFF
    first = model.port.container.device_header(model.cpu)
    assert len(first) % 512 == 0 and first[align:] == model.cpu


def _segments(model: Model, at: int) -> list[tuple[int, int]]:
    order = "<" if model.port.byteorder == "little" else ">"
    spans = model.memory.segments.spans
    found = [struct.unpack_from(order + "QQ", model.cpu, at + 16 * i) for i in range(len(spans))]
    return [(start, start + size) for start, size in found]


# name: format of what is before the RAM segments, where they begin, what the words are
HEADS = {
    "netbsd-i386-32bit": ("<II", 8, lambda m: (m.root, 3)),
    "netbsd-i386-pae": ("<II", 8, lambda m: (m.root | 0x200, 3)),
    "netbsd-aarch64-4k": ("<QQQ", 24, lambda m: (0x5_B510_3510, m.root | 0x55 << 48 | 1, 3)),
    "netbsd-aarch64eb-4k": (">QQQ", 24, lambda m: (0x5_B510_3510, m.root | 0x55 << 48 | 1, 3)),
    "netbsd-aarch64-16k": ("<QQQ", 24, lambda m: (0x5_7510_3510, m.root | 0x55 << 48 | 1, 3)),
    "netbsd-aarch64-64k-42bits": ("<QQQ", 24, lambda m: (0x5_F516_3510, m.root, 3)),
    "netbsd-alpha-alpha": ("<QQQ", 24, lambda m: (m.root, 8192, 3)),
    "netbsd-riscv32-sv32": (
        "<8I", 32, lambda m: (1 << 31 | 0x155 << 22 | m.root >> 12, *[0] * 7)),
    "netbsd-riscv64-sv39": (
        "<8Q", 64, lambda m: (8 << 60 | 0x1234 << 44 | m.root >> 12, *[0] * 7)),
    "netbsd-riscv64-sv48-edges": ("<8Q", 64, lambda m: (9 << 60 | m.root >> 12, *[0] * 7)),
    "netbsd-riscv64-sv57-edges": ("<8Q", 64, lambda m: (10 << 60 | m.root >> 12, *[0] * 7)),
    "openbsd-amd64-4level": ("<QQ", 16, lambda m: (m.root | 1 << 63, 3)),
    "openbsd-arm64-linear": (
        "<16Q", 128, lambda m: (0xFFFF_FF80_0000_0000, 0x20_0000, 0x5_0000, *[0] * 13)),
    "openbsd-riscv64-linear-nothing": (
        "<16Q", 128, lambda m: (0xFFFF_FFC0_0000_0000, 0x20_0000, *[0] * 14)),
    "openbsd-alpha-alpha": ("<QQQ", 24, lambda m: (m.root, 8192, 3)),
}


@pytest.mark.parametrize("name", HEADS)
def test_header(name: str) -> None:
    """Atlas, sections 2, 3, 5, 16 and OpenBSD's 3.1, 3.3, 3.4."""
    fmt, at, words = HEADS[name]
    model = _model(name)
    assert struct.unpack_from(fmt, model.cpu) == words(model)
    assert _segments(model, at) == model.memory.segments.spans
    used = at + 16 * len(model.memory.segments.spans)
    assert not any(model.cpu[used:])


@pytest.mark.parametrize("name, at", [
    ("netbsd-aarch64-4k-26segments", 24 + 16 * 29 + 8), ("netbsd-riscv64-sv39-24segments", 496),
    ("netbsd-alpha-alpha-27segments", 504), ("openbsd-amd64-4level-27segments", 16 + 16 * 30 + 8),
])
def test_no_room_for_a_terminator(name: str, at: int) -> None:
    """16 bytes of zeros do not fit behind the last segment."""
    model = _model(name)
    assert len(model.cpu) <= at and len(model.cpu) - 16 * len(model.memory.segments.spans) < at


@pytest.mark.parametrize("name, kernbase", [
    ("openbsd-i386-32bit", 0xD000_0000), ("openbsd-i386-pae", 0xD000_0000),
    ("netbsd-alpha-alpha", 0xFFFF_FC00_0000_0000), ("openbsd-alpha-alpha", 0xFFFF_FC00_0000_0000),
    ("openbsd-arm64-linear", 0xFFFF_FF80_0000_0000 - 0x4000_0000),
    ("openbsd-riscv64-linear", 0xFFFF_FFC0_0000_0000 - 0x8000_0000),
])
def test_image_lies_where_it_is_linked(name: str, kernbase: int) -> None:
    model = _model(name)
    for s in model.kernel.symbols:
        if s.type != "file" and s.name not in ("_end", "etext"):
            assert model.reader().lookup(s.va) == s.va - kernbase, s.name


def _variable(model: Model, name: str, size: int) -> int:
    va = next(s.va for s in model.kernel.symbols if s.name == name)
    pa = model.reader().lookup(va)
    return int.from_bytes(model.memory.read(pa, size), model.port.byteorder)


@pytest.mark.parametrize("regime, size, pae", [("32bit", 0x1000, 0), ("pae", 0x4000, 1)])
def test_variables_of_openbsd_i386(regime: str, size: int, pae: int) -> None:
    model = _model(f"openbsd-i386-{regime}")
    assert _variable(model, "PTDpaddr", 4) == model.root
    assert _variable(model, "PTDsize", 4) == size and _variable(model, "cpu_pae", 4) == pae
    assert any(model.cpu)                           # what was on the stack
    for pa in (0x1000, 0x20_0000, 0x80_0000):       # not packed
        assert model.memory.offset(pa) == pa
    assert model.memory.size == 0xE1_3000


@pytest.mark.parametrize("name, size", [
    ("netbsd-i386-pae", 4), ("netbsd-aarch64eb-64k", 4), ("netbsd-riscv32-sv32", 4),
    ("openbsd-amd64-4level", 8), ("openbsd-i386-pae", 4), ("openbsd-alpha-alpha", 8),
])
def test_dumpmag(name: str, size: int) -> None:
    """OpenBSD's is a u_long."""
    model = _model(name)
    symbol = next(s for s in model.kernel.symbols if s.name == "dumpmag")
    assert symbol.size == size and _variable(model, "dumpmag", size) == 0x8FCA0101
    ostype = {"netbsd": b"NetBSD\0", "openbsd": b"OpenBSD\0"}[model.port.os]
    value = _variable(model, "ostype", len(ostype))
    assert value.to_bytes(len(ostype), model.port.byteorder) == ostype
    assert ostype in model.kernel.file


def test_pages_are_the_dumps_own() -> None:
    wanted = {"netbsd-aarch64-4k": 4096, "netbsd-aarch64-16k": 16384, "netbsd-aarch64-64k": 65536,
              "netbsd-alpha-alpha": 8192, "netbsd-i386-pae": 4096}
    for name, page in wanted.items():
        assert _model(name).port.pagesize == page == _variable(_model(name), "uvmexp", 4)
        # "straddle" runs from one page into the next.
        straddle = next(s for s in _model(name).kernel.symbols if s.name == "straddle")
        assert straddle.va % page == page - 16


@pytest.mark.parametrize("name, old, new, words", [
    ("netbsd-aarch64-4k-39bits", "vabits = 0x27", "vabits = 60", "vabits"),
    ("netbsd-aarch64-4k-39bits", "vabits = 0x27", "vabit = 39", "vabit"),
    ("netbsd-riscv32-sv32", '"sv32"', '"sv39"', "regime"),
    ("openbsd-arm64-linear-8segments", "segments = 5", "segments = 6", "segments"),
    ("openbsd-i386-32bit", "size = 0x35_4000", "size = 0x5_4000", "kernel.text"),
    ("openbsd-arm64-linear-nothing", "[port]", "[[map]]\nva = 0\n[port]", "no tables"),
])
def test_impossible(name: str, old: str, new: str, words: str) -> None:
    with pytest.raises(ScenarioError, match=words):
        _changed(name, old, new)


# What the references do, in the words of DEFECTS.md, each as a function that translates or not.

Translate = Callable[[Model, int], int | None]


def _entry(model: Model, pa: int, size: int) -> int:
    data = model.memory.read(pa, size)
    return int.from_bytes(data, model.port.byteorder)


def _x86(
    model: Model, va: int, levels: list[int], size: int, frame: int, leaves: tuple[int, ...],
    root: int, big_frame: int | None = None, step: int | None = None,
) -> int | None:
    """A walk with mistakes: leaves are the shifts that may be pages, step the bytes an index."""
    table, bits = root, 9 if size == 8 else 10
    for shift in levels:
        width = 11 if size == 8 and len(levels) == 2 and shift == levels[0] else bits
        index = va >> shift & ((1 << width) - 1)
        stride = size if shift == levels[0] or step is None else step
        entry = _entry(model, table + index * stride, size)
        if not entry & 1:
            return None
        if shift == 12 or (entry & 0x80 and shift in leaves):
            mask = (big_frame or frame) & -(1 << shift)
            return entry & mask | va & ((1 << shift) - 1)
        table = entry & frame
    return None


def _i386(model: Model, va: int) -> int | None:
    return _x86(model, va, [22, 12], 4, 0xFFFF_F000, (22,), model.root, 0xFFFF_F000)


def _openbsd_i386(model: Model, va: int) -> int | None:
    return _x86(model, va, [22, 12], 4, 0xFFFF_F000, (), model.root)


def _openbsd_pae_index(model: Model, va: int) -> int | None:
    return _x86(model, va, [21, 12], 8, FRAME52, (21,), model.root, step=4)


def _openbsd_pae_low(model: Model, va: int) -> int | None:
    return _x86(model, va, [21, 12], 8, 0xFFFF_F000, (21,), model.root)


FOUR = [39, 30, 21, 12]


def _openbsd_amd64_root(model: Model, va: int) -> int | None:
    return _x86(model, va, FOUR, 8, FRAME52, (30, 21), model.root | model.scn.root_bits)


def _openbsd_amd64_1g(model: Model, va: int) -> int | None:
    return _x86(model, va, FOUR, 8, FRAME52, (21,), model.root)


def _openbsd_amd64_direct(model: Model, va: int) -> int | None:
    if 0xFFFF_FD80_0000_0000 <= va <= 0xFFFF_FF80_0000_0000:
        return va - 0xFFFF_FD80_0000_0000
    return _x86(model, va, FOUR, 8, FRAME52, (30, 21), model.root)


def _aarch64(model: Model, va: int, table: int, ones: int = 16, last: bool = True) -> int | None:
    if va >> (64 - ones) != (1 << ones) - 1:
        return None
    shift = model.port.pagesize.bit_length() - 1
    step, bits = shift - 3, model.regime.va_bits
    at = shift + (-(-(bits - shift) // step) - 1) * step
    va &= (1 << bits) - 1
    while True:
        entry = _entry(model, table + 8 * (va >> at & ((1 << step) - 1)), 8)
        if not entry & 1:
            return None
        if at == shift or not entry & 2:
            if at == shift and not entry & 2 and not last:
                return None
            return entry & ((1 << 48) - 1) & -(1 << at) | va & ((1 << at) - 1)
        table, at = entry & ((1 << 48) - 1) & -(1 << shift), at - step


def _aarch64_flags(model: Model, va: int) -> int | None:
    return _aarch64(model, va, (model.root | model.scn.root_bits) & ((1 << 48) - 1), last=False)


def _aarch64_ones(model: Model, va: int) -> int | None:
    return _aarch64(model, va, model.root, last=False)


def _aarch64_last(model: Model, va: int) -> int | None:
    return _aarch64(model, va, model.root)


def _answers_differ(model: Model, translate: Translate) -> int:
    """At how many edges of the oracle the reference says something else."""
    wrong = 0
    for a in model.answers():
        if a.word not in ("map", "hole"):
            continue
        for va in {a.start, a.end - 1, (a.start + a.end) // 2}:
            wanted = a.pa + va - a.start if a.word == "map" else None
            wrong += translate(model, va) != wanted
    return wrong


def _right(model: Model, va: int) -> int | None:
    return model.reader().lookup(va)


REFERENCES: dict[str, Translate] = {
    "netbsd-i386-32bit-pse36": _i386,
    "openbsd-i386-32bit": _openbsd_i386,
    "openbsd-i386-pae": _openbsd_pae_index,
    "openbsd-i386-pae-high": _openbsd_pae_low,
    "openbsd-amd64-4level": _openbsd_amd64_root,
    "openbsd-amd64-4level-edges": _openbsd_amd64_1g,
    "openbsd-amd64-4level-direct-end": _openbsd_amd64_direct,
    "netbsd-aarch64-4k": _aarch64_flags,
    "netbsd-aarch64eb-4k": _aarch64_flags,
    "netbsd-aarch64-4k-25bits": _aarch64_flags,
    "netbsd-aarch64-4k-39bits": _aarch64_ones,
    "netbsd-aarch64-64k-52bits": _aarch64_ones,
    "netbsd-aarch64-4k-last-block": _aarch64_last,
}


@pytest.mark.parametrize("name", REFERENCES)
def test_reference_fails(name: str) -> None:
    model = _model(name)
    assert _answers_differ(model, REFERENCES[name]) > 0
    assert _answers_differ(model, _right) == 0


def test_mistakes_are_the_only_ones() -> None:
    """The walks above are right where nothing brings their mistake out."""
    for name, translate in (
        ("netbsd-i386-32bit-bigtext", _i386),
        ("openbsd-i386-32bit-device", _openbsd_i386), ("netbsd-i386-pae-device", lambda m, v: _x86(
            m, v, [21, 12], 8, FRAME52, (21,), m.root)),
        ("openbsd-i386-pae-device", _openbsd_pae_low), ("netbsd-aarch64-16k-absent", _aarch64_last),
        ("netbsd-aarch64-64k-42bits", lambda m, v: _aarch64(m, v, m.root, 22)),
    ):
        model = _model(name)
        assert _answers_differ(model, translate) == 0, name


def test_offsets_of_unequal_segments() -> None:
    """NetBSD's riscv adds the size of the next segment, not of the one it skips."""
    model = _model("netbsd-riscv64-sv39")
    spans = model.memory.segments.spans

    def wrong(pa: int) -> int | None:
        off = 0
        for i, (start, end) in enumerate(spans):
            if start <= pa < end:
                return off + pa - start
            off += spans[i + 1][1] - spans[i + 1][0] if i + 1 < len(spans) else 0
        return None

    assert [wrong(start) != model.memory.offset(start) for start, _ in spans] == [False, True, True]
