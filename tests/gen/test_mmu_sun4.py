# SPDX-License-Identifier: BSD-2-Clause
"""sun4 and sun4c: struct segmap, and PTEs as in NetBSD sys/arch/sparc/include/pte.h."""

import pytest
from dumpgen.mmu.sun4 import REGIMES, regime
from mmu_check import INV, LEAF, RES, TAB, Ram, decoded, encoded, indexes

S4, S4C = REGIMES["sun4"], REGIMES["sun4c"]
FIRST = 1024 * 16       # the PMEGs follow the segment map


@pytest.mark.parametrize("reg, level, raw, want", [
    (S4C, "PMEG", 0x7FFF_FFFF, (INV,)),
    (S4C, "PMEG", 0x8001_2345, (LEAF, 0x1234_5000, "r-x")),
    (S4C, "PMEG", 0xC001_2345, (LEAF, 0x1234_5000, "rwx")),
    (S4C, "PMEG", 0xF307_FFFF, (LEAF, 0x7FFF_F000, "rwx")),
    (S4, "PMEG", 0x8001_2345, (LEAF, 0x2468_A000, "r-x")),      # 8 KiB pages
    (S4C, "PMEG", 0x8401_2345, (RES,)),
    (S4C, "PMEG", 0x8801_2345, (RES,)),
    (S4C, "segmap", 0x0003_0500, (TAB, FIRST + 3 * 256, "rwx")),
    (S4, "segmap", 0x0003_0500, (TAB, FIRST + 3 * 128, "rwx")),
    (S4C, "segmap", 0x0000_0101, (TAB, FIRST, "rwx")),
    (S4C, "segmap", 0x0003_0000, (INV,)),
    (S4C, "segmap", 0x007F_0100, (INV,)),                       # the last PMEG
    (S4C, "segmap", 0x0080_0100, (RES,)),
])
def test_decode(reg, level: str, raw: int, want: tuple) -> None:
    assert decoded(reg, level, raw) == want


def test_encode() -> None:
    assert encoded(S4C, "PMEG", 0x1234_5000, "rw-") == 0xC001_2345
    assert encoded(S4, "PMEG", 0x2468_A000, "r--") == 0x8001_2345


def test_indexes() -> None:
    assert indexes(S4C, 0xF004_4000) == (1, 4)
    assert indexes(S4, 0xF004_4000) == (1, 2)
    assert indexes(S4C, 0xFFFF_F000) == (1023, 63)
    assert indexes(regime("sun4c", 0xE800_0000), 0xE804_0000) == (1, 0)


def test_header_parts() -> None:
    """sg_pmeg at 12, sg_npte at 14: as many as there are pages."""
    ram = Ram()
    tree = S4C.builder(ram.alloc, ram.page)
    for i in range(3):
        tree.map(0xF004_4000 + i * 0x1000, 0x12_3000, 0x1000, "rw-")
    assert len(tree.segmap) == FIRST and len(tree.groups) == 128 * 256
    assert tree.segmap[16:32] == bytes(12) + tree.segmap[28:30] + bytes([3, 0])
    group = int.from_bytes(tree.segmap[28:30], "big")
    assert tree.groups[group * 256 + 16 : group * 256 + 20] == bytes([0xC0, 0, 1, 0x23])
    assert tree.segmap[:16] == bytes(12) + bytes([0, 127, 0, 0])
    assert tree.blob == tree.segmap + tree.groups


def test_groups_run_out() -> None:
    ram = Ram()
    tree = regime("sun4c", npmeg=3).builder(ram.alloc, ram.page)
    for i in range(2):
        tree.map(0xF000_0000 + (i << 18), 0x12_3000, 0x1000, "rw-")
    with pytest.raises(ValueError, match="are taken"):
        tree.map(0xF010_0000, 0x12_3000, 0x1000, "rw-")
