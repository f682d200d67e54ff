# SPDX-License-Identifier: BSD-2-Clause
"""MC68851 and MC68030 trees by the widths of a translation control register."""

import pytest
from dumpgen.mmu.m68kgen import REGIMES, regime, regime_tcr, tcr
from mmu_check import INV, LEAF, RES, TAB, Ram, decoded, indexes

GEN = REGIMES["gen68k"]


@pytest.mark.parametrize("shift, widths, initial, want", [
    (12, (7, 7, 6), 0, 0x80C0_7760), (13, (7, 7, 5), 0, 0x80D0_7750),
    (12, (10, 10), 0, 0x80C0_AA00),
    (15, (4, 5, 3, 3), 2, 0x80F2_4533),
])
def test_tcr(shift: int, widths: tuple, initial: int, want: int) -> None:
    assert tcr(shift, widths, initial) == want
    assert regime_tcr(regime(shift, widths, initial)) == want


@pytest.mark.parametrize("shift, widths, initial", [
    (12, (7, 7, 7), 0), (12, (16, 4), 0), (7, (10, 15), 0), (12, (7, 7, 6, 0), 0)])
def test_registers_that_cannot_be(shift: int, widths: tuple, initial: int) -> None:
    with pytest.raises(ValueError):
        tcr(shift, widths, initial)


@pytest.mark.parametrize("level, raw, want", [
    ("A", 0xFFFF_FFFC, (INV,)),
    ("A", 0x0012_350A, (TAB, 0x12_3500, "rwx")),
    ("B", 0x0012_351E, (TAB, 0x12_3510, "r-x")),        # any multiple of 16
    ("B", 0x0012_3503, (RES,)),
    ("A", 0x0200_0001, (LEAF, 0x200_0000, "rwx")),      # ends early: 32 MiB
    ("A", 0x0204_0001, (RES,)),                         # at no multiple of that
    ("B", 0x0204_0005, (LEAF, 0x204_0000, "r-x")),
    ("C", 0x0012_3041, (LEAF, 0x12_3000, "rwx")),
    ("C", 0x0012_3456, (TAB, 0x12_3454, "rwx")),        # indirect
    ("C", 0x0012_3003, (RES,)),
    ("indirect", 0x0012_3045, (LEAF, 0x12_3000, "r-x")),
    ("indirect", 0x0012_3002, (INV,)),                  # once only
])
def test_decode(level: str, raw: int, want: tuple) -> None:
    assert decoded(GEN, level, raw) == want


def test_indexes() -> None:
    assert indexes(GEN, 0x00C0_1234) == (0, 0x30, 1)


def test_an_initial_shift_repeats_the_space() -> None:
    ram, reg = Ram(), regime(12, (9, 9), 2)
    tree = reg.builder(ram.alloc, ram.page)
    tree.map(0x1234_5000, 0x70_0000, 0x1000, "rw-")
    reader = tree.reader(ram.read)
    assert [r.start for r in reader.runs() if r.state == "map"] == [
        0x1234_5000, 0x5234_5000, 0x9234_5000, 0xD234_5000]
    assert reader.lookup(0xD234_5678) == 0x70_0678
