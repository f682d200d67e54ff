# SPDX-License-Identifier: BSD-2-Clause
"""TTEs: UltraSPARC I/II User's Manual 6.2, UltraSPARC Architecture 2007 13.2."""

import pytest
from dumpgen.mmu.sparc64 import PA_4U_47, REGIMES, regime
from mmu_check import INV, LEAF, TAB, Ram, decoded, encoded, indexes

U, S4V = REGIMES["sun4u"], REGIMES["sun4v"]
V = 1 << 63


@pytest.mark.parametrize("reg, level, raw, want", [
    (U, "L1", 0, (INV,)),
    (U, "L1", 0x1_2345_6000, (TAB, 0x1_2345_6000, "rwx")),
    (U, "TTE", V - 1, (INV,)),
    (U, "TTE", V | 0x1_2345_6036, (LEAF, 0x1_2345_6000, "rwx")),
    (U, "TTE", V | 0x1_2345_6034, (LEAF, 0x1_2345_6000, "r-x")),
    (U, "TTE", (1 << 64) - 1, (LEAF, 0x7FF_FFFF_E000, "rwx")),
    (regime("sun4u", PA_4U_47), "TTE", (1 << 64) - 1, (LEAF, 0x7FFF_FFFF_E000, "rwx")),
    (S4V, "TTE", (1 << 64) - 1, (LEAF, 0xFF_FFFF_FFFF_E000, "rwx")),
    (S4V, "TTE", V | 0x1_2345_6740, (LEAF, 0x1_2345_6000, "rw-")),
    (S4V, "TTE", V | 0x1_2345_6780, (LEAF, 0x1_2345_6000, "r-x")),
])
def test_decode(reg, level: str, raw: int, want: tuple) -> None:
    assert decoded(reg, level, raw) == want


def test_encode() -> None:
    assert encoded(U, "TTE", 0x1_2345_6000, "rw-") == V | 0x1_2345_6077
    assert encoded(U, "TTE", 0x1_2345_6000, "r--", shift=22) == V | 3 << 61 | 0x1_2345_6075
    assert encoded(S4V, "TTE", 0x1_2345_6000, "rw-", shift=16) == V | 0x1_2345_6741


def test_indexes() -> None:
    assert indexes(U, 0x1_0000_2000) == (0, 512, 1)
    assert indexes(U, 0x7FF_FFFF_E000) == (1023, 1023, 1023)
    assert U.canonical(0x7FF_FFFF_FFFF) and not U.canonical(0x800_0000_0000)


def test_both_halves_are_one() -> None:
    """Bits 63:43 must be equal, but are no index."""
    ram = Ram()
    tree = U.builder(ram.alloc, ram.page)
    tree.map(0x1_0000_2000, 0x70_0000, 0x2000, "rw-")
    starts = [r.start for r in tree.reader(ram.read).runs() if r.state == "map"]
    assert starts == [0x1_0000_2000, 0xFFFF_F801_0000_2000]


def test_a_large_page_is_a_tte_for_each_8k() -> None:
    ram = Ram()
    tree = U.builder(ram.alloc, ram.page)
    tree.map(0x1_0040_0000, 0x80_0000, 0x40_0000, "rw-")
    table, index = tree.slot(0x1_0040_0000, 2)
    assert index == 512
    assert [tree.get(table, i) for i in (512, 1023)] == [
        V | 3 << 61 | 0x80_0077, V | 3 << 61 | 0xBF_E077]
