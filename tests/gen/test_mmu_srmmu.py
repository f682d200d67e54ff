# SPDX-License-Identifier: BSD-2-Clause
"""SPARC V8 appendix H; NetBSD's struct segmap."""

import pytest
from dumpgen.mmu.linear import clip
from dumpgen.mmu.radix import Kind
from dumpgen.mmu.srmmu import REGIMES, registers, segmap_reader, segmap_regime
from hypothesis import given
from hypothesis import strategies as st
from mmu_check import INV, LEAF, RES, TAB, Ram, decoded, encoded, indexes

SR = REGIMES["srmmu"]
BASE, DELTA = 0xF000_0000, 0xEFE0_0000


@pytest.mark.parametrize("level, raw, want", [
    ("page", 0xFFFF_FFFC, (INV,)),
    ("page", 0x0800_019E, (LEAF, 0x8000_1000, "rwx")),
    ("page", 0xFFFF_FFFE, (LEAF, 0xF_FFFF_F000, "rwx")),            # 36 bits
    ("page", 0x0800_0182, (LEAF, 0x8000_1000, "r--")),
    ("page", 0x0800_0186, (LEAF, 0x8000_1000, "rw-")),
    ("page", 0x0800_018A, (LEAF, 0x8000_1000, "r-x")),
    ("page", 0x0800_0192, (LEAF, 0x8000_1000, "--x")),
    ("page", 0x0800_0196, (LEAF, 0x8000_1000, "rw-")),              # the user's is read only
    ("page", 0x0800_019A, (LEAF, 0x8000_1000, "r-x")),
    ("page", 0x0800_019D, (RES,)),
    ("page", 0x0800_019F, (RES,)),
    ("segment", 0x0004_1231, (TAB, 0x41_2300, "rwx")),              # tables are 256 bytes
    ("segment", 0x0004_1233, (RES,)),
    ("segment", 0x0040_029E, (LEAF, 0x400_0000, "rwx")),
    ("region", 0x0010_009E, (LEAF, 0x100_0000, "rwx")),
    ("region", 0x0004_1241, (TAB, 0x41_2400, "rwx")),
])
def test_decode(level: str, raw: int, want: tuple) -> None:
    assert decoded(SR, level, raw) == want


def test_encode() -> None:
    assert encoded(SR, "page", 0x8000_1000, "rwx") == 0x0800_01FE
    assert encoded(SR, "region", 0xF_FF00_0000, "r--") == 0xFFF0_00A2


def test_indexes() -> None:
    assert indexes(SR, 0xF000_4000) == (0xF0, 0, 4)
    assert indexes(segmap_regime(), 0xF004_4000) == (1, 4)


def test_context_table() -> None:
    ram = Ram()
    tree = SR.builder(ram.alloc, ram.page)
    assert int.from_bytes(ram.read(tree.hardware, 4), "big") == tree.root >> 4 | 1
    assert registers(SR, tree.hardware) == {"ctxtable": tree.hardware >> 4}


@given(st.dictionaries(st.integers(0, 0xFFFF), st.integers(0, 0xFF_FFFF), max_size=30))
def test_the_segmap_finds_what_the_tree_maps(pages: dict[int, int]) -> None:
    ram = Ram()
    tree = SR.builder(ram.alloc, ram.page)
    for number, frame in pages.items():
        tree.map(BASE + number * 0x1000, frame * 0x1000, 0x1000, "rwx")
    tree.map(0x1000, 0x5000, 0x1000, "rw-")         # the user's is not in the dump's map
    reader = segmap_reader(tree.segmap(BASE, DELTA), BASE, DELTA, ram.read)
    top = 1 << 32
    assert list(clip(reader.runs(), BASE, top)) == list(
        clip(tree.reader(ram.read).runs(), BASE, top))
    assert reader.lookup(0x1000) is None and tree.reader(ram.read).lookup(0x1000) == 0x5000
    for number in pages:
        assert reader.lookup(BASE + number * 0x1000 + 5) == pages[number] * 0x1000 + 5


def test_segmap_layout() -> None:
    """struct segmap is 16 bytes, sg_pte at 8; 1024 of them."""
    ram = Ram()
    tree = SR.builder(ram.alloc, ram.page)
    tree.map(0xF004_4000, 0x70_0000, 0x1000, "rw-")
    segmap = tree.segmap(BASE, DELTA)
    table = tree.slot(0xF004_4000, 2)[0]
    assert len(segmap) == 1024 * 16
    assert int.from_bytes(segmap[24:28], "big") == table + DELTA
    assert not any(segmap[:24]) and not any(segmap[28:])


def test_pointers_that_cannot_be() -> None:
    codec, level = segmap_regime(BASE, DELTA).codec, segmap_regime(BASE, DELTA).levels[0]
    assert codec.decode(level, 0).kind is Kind.INVALID
    assert codec.decode(level, 0xEFFF_FF00).kind is Kind.RESERVED
    assert codec.decode(level, 0xF041_2300).pa == 0x61_2300
    for plant in codec.plants(level):
        assert codec.decode(level, plant.spoil(0xF041_2300)).kind is plant.kind
