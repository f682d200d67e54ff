# SPDX-License-Identifier: BSD-2-Clause
"""x86 entries: SDM vol. 3A, tables 4-14 to 4-20; AMD64 APM vol. 2, figures 5-20 to 5-29."""

import pytest
from dumpgen.mmu.radix import Kind
from dumpgen.mmu.x86 import REGIMES, registers

FOUR, FIVE = REGIMES["4level"], REGIMES["5level"]
NX = 1 << 63
INV, RES, TAB, LEAF = Kind.INVALID, Kind.RESERVED, Kind.TABLE, Kind.LEAF

ROWS = [
    # name, level, raw, kind, pa, prot
    ("zero", "PT", 0, INV, 0, "---"),
    ("all but P", "PT", 0xFFFFFFFFFFFFFFFE, INV, 0, "---"),
    ("P alone", "PT", 1, LEAF, 0, "r-x"),
    ("W", "PT", 3, LEAF, 0, "rwx"),
    ("NX", "PT", NX | 3, LEAF, 0, "rw-"),
    ("bit 7 of a 4K page is PAT", "PT", 0x1081, LEAF, 0x1000, "r-x"),
    ("lowest frame bit", "PT", 0x1001, LEAF, 0x1000, "r-x"),
    ("highest frame bit", "PT", 1 << 51 | 1, LEAF, 1 << 51, "r-x"),
    ("bit 52 is no frame bit", "PT", 1 << 52 | 1, LEAF, 0, "r-x"),
    ("ignored bits of a leaf", "PT", 0x7FF0000000000E01, LEAF, 0, "r-x"),
    ("all bits", "PT", (1 << 64) - 1, LEAF, 0xFFFFFFFFFF000, "rw-"),
    ("PD table", "PD", 0x12345023, TAB, 0x12345000, "rwx"),
    ("PD table, ignored bits", "PD", 0x7FF0000012345F63, TAB, 0x12345000, "rwx"),
    ("2M", "PD", 0x400083, LEAF, 0x400000, "rwx"),
    ("2M with PAT", "PD", 0x401083, LEAF, 0x400000, "rwx"),
    ("2M, bit 13", "PD", 0x402083, RES, 0, "---"),
    ("2M, bit 20", "PD", 0x500083, RES, 0, "---"),
    ("2M, bit 21 is the frame's", "PD", 0x600083, LEAF, 0x600000, "rwx"),
    ("1G", "PDPT", 0x40000083, LEAF, 0x40000000, "rwx"),
    ("1G with PAT", "PDPT", 0x40001083, LEAF, 0x40000000, "rwx"),
    ("1G, bit 13", "PDPT", 0x40002083, RES, 0, "---"),
    ("1G, bit 29", "PDPT", 0x60000083, RES, 0, "---"),
    ("1G, bit 30 is the frame's", "PDPT", 0xC0000083, LEAF, 0xC0000000, "rwx"),
    ("1G, largest", "PDPT", 0xFFFFFC0000083, LEAF, 0xFFFFFC0000000, "rwx"),
    ("PML4 table", "PML4", NX | 0x5021, TAB, 0x5000, "r--"),
    ("PML4 with PS", "PML4", 0x50A3, RES, 0, "---"),
    ("PML5 with PS", "PML5", 0x50A3, RES, 0, "---"),
    ("PML5 table", "PML5", 0x5023, TAB, 0x5000, "rwx"),
]


@pytest.mark.parametrize("row", ROWS, ids=lambda r: r[0])
def test_decode(row: tuple) -> None:
    _, level, raw, kind, pa, prot = row
    entry = FIVE.codec.decode(FIVE.levels[FIVE.level(level)], raw)
    assert (entry.kind, entry.pa, entry.prot) == (kind, pa, prot)


@pytest.mark.parametrize("level, pa, prot, want", [
    ("PT", 0x1234567000, "rw-", NX | 0x1234567163),
    ("PT", 0x1000, "r-x", 0x1121),
    ("PD", 0x1234400000, "r--", NX | 0x12344001A1),
    ("PDPT", 0xFFFFFC0000000, "rwx", 0xFFFFFC00001E3),
])
def test_encode_leaf(level: str, pa: int, prot: str, want: int) -> None:
    assert FOUR.codec.leaf(FOUR.levels[FOUR.level(level)], pa, prot) == want


def test_encode_table() -> None:
    assert FOUR.codec.table(FOUR.levels[0], 0xFFFFFFFFFF000) == 0xFFFFFFFFFF023


@pytest.mark.parametrize("va, want", [
    (0xFFFFFFFF80200000, (511, 510, 1, 0)),     # NetBSD's kernel text
    (0xFFFFA00000000000, (320, 0, 0, 0)),       # NetBSD's recursive slot without ASLR
    (0xFFFFFFFFFFFFFFFF, (511, 511, 511, 511)),
    (0x00007FFFFFFFFFFF, (255, 511, 511, 511)),
    (0x0000008040201000, (1, 1, 1, 1)),
])
def test_indices_of_four_levels(va: int, want: tuple) -> None:
    assert tuple(FOUR.index(va, at) for at in range(4)) == want


def test_indices_of_five_levels() -> None:
    assert tuple(FIVE.index(0xFF01_0100_8040_2FFF, at) for at in range(5)) == (257, 2, 2, 2, 2)


@pytest.mark.parametrize("regime, va, want", [
    (FOUR, 0x00007FFFFFFFFFFF, True), (FOUR, 0x0000800000000000, False),
    (FOUR, 0xFFFF7FFFFFFFFFFF, False), (FOUR, 0xFFFF800000000000, True),
    (FOUR, 0x8000000000000000, False), (FOUR, 0x7FFFFFFFFFFFFFFF, False),
    (FIVE, 0x00FFFFFFFFFFFFFF, True), (FIVE, 0x0100000000000000, False),
    (FIVE, 0xFEFFFFFFFFFFFFFF, False), (FIVE, 0xFF00000000000000, True),
    (FIVE, 0x0000800000000000, True),
])
def test_canonical(regime, va: int, want: bool) -> None:
    assert regime.canonical(va) is want


@pytest.mark.parametrize("regime, cr4", [(FOUR, 0xA0), (FIVE, 0x10A0)])
def test_registers(regime, cr4: int) -> None:
    assert registers(regime, 0x5018) == {"cr3": 0x5018, "cr4": cr4, "efer": 0x900}
