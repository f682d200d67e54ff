# SPDX-License-Identifier: BSD-2-Clause
"""sun3, sun2 and sun3x: PTEs as in NetBSD's pte.h of each."""

import pytest
from dumpgen.mmu.sun3 import REGIMES
from mmu_check import INV, LEAF, RES, TAB, Ram, decoded, encoded, indexes

S3, S2, S3X = (REGIMES[n] for n in ("sun3", "sun2", "sun3x"))


@pytest.mark.parametrize("reg, level, raw, want", [
    (S3, "segmap", 255, (INV,)),
    (S3, "segmap", 0, (TAB, 256, "rwx")),
    (S3, "segmap", 254, (TAB, 256 + 254 * 64, "rwx")),
    (S2, "segmap", 3, (TAB, 512 + 3 * 64, "rwx")),
    (S3, "PMEG", 0x7FFF_FFFF, (INV,)),
    (S3, "PMEG", 0x8001_2345, (LEAF, 0x2468_A000, "r-x")),
    (S3, "PMEG", 0xF3FF_FFFF, (LEAF, 0xFFFF_E000, "rwx")),
    (S3, "PMEG", 0x8401_2345, (RES,)),          # on-board devices
    (S3, "PMEG", 0x8801_2345, (RES,)),          # VME
    (S2, "PMEG", 0x8000_0345, (LEAF, 0x1A_2800, "r-x")),
    (S2, "PMEG", 0xA000_0FFF, (LEAF, 0x7F_F800, "rwx")),
    (S2, "PMEG", 0xC000_0345, (LEAF, 0x1A_2800, "r-x")),
    (S2, "PMEG", 0x8040_0345, (RES,)),
    (S2, "PMEG", 0x8080_0345, (RES,)),
    (S3X, "C", 0x0012_4019, (LEAF, 0x12_4000, "rwx")),
    (S3X, "C", 0x0012_5F1D, (LEAF, 0x12_4000, "r-x")),
    (S3X, "C", 0xFFFF_FFFC, (INV,)),
])
def test_decode(reg, level: str, raw: int, want: tuple) -> None:
    assert decoded(reg, level, raw) == want


def test_encode() -> None:
    assert encoded(S3, "PMEG", 0x2468_A000, "rw-") == 0xC001_2345
    assert encoded(S2, "PMEG", 0x1A_2800, "rw-") == 0xA000_0345


@pytest.mark.parametrize("reg, va, want", [
    (S3, 0x0E00_4000, (0, 2)), (S3, 0x0E02_0000, (1, 0)), (S3, 0x0FFF_FFFF, (255, 15)),
    # sun2: the segments are counted from address 0, the kernel begins within the first.
    (S2, 0x6000, (0, 12)), (S2, 0x8000, (1, 0)), (S2, 0xDFFF, (1, 11)), (S2, 0xE000, (1, 12)),
    (S2, 0xFF_FFFF, (511, 15)),
    (S3X, 0xF800_4000, (2,)), (S3X, 0xFFFF_E000, (0x3FFF,)),
])
def test_indexes(reg, va: int, want: tuple) -> None:
    assert indexes(reg, va) == want and reg.canonical(va)


def test_spaces_are_bounded() -> None:
    for reg, lo, hi in ((S3, 0xE00_0000, 0x1000_0000), (S2, 0x6000, 0x100_0000),
                        (S3X, 0xF800_0000, 1 << 32)):
        assert reg.canonical(lo) and reg.canonical(hi - 1)
        assert not reg.canonical(lo - 1) and not reg.canonical(hi)


def test_header_parts() -> None:
    """A byte for each segment, 255 where there is none; 256 groups of 16 big-endian PTEs."""
    ram = Ram()
    tree = S3.builder(ram.alloc, ram.page)
    tree.map(0x0E02_6000, 0x2468_A000, 0x2000, "rw-")
    assert len(tree.segmap) == 256 and len(tree.groups) == 256 * 64
    group = tree.segmap[1]
    assert set(tree.segmap[:1] + tree.segmap[2:]) == {255}
    assert tree.groups[group * 64 + 12 : group * 64 + 16] == bytes([0xC0, 1, 0x23, 0x45])
    assert tree.groups.count(0) == len(tree.groups) - 4
