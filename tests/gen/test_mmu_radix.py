# SPDX-License-Identifier: BSD-2-Clause
"""Every radix regime of the model, by what must hold for all of them."""

from dataclasses import replace

import pytest
from dumpgen.mmu import (
    aarch64, alpha, arm, m68k, m68kgen, mips, riscv, sh, sparc64, srmmu, sun3, sun4, x86,
)
from dumpgen.mmu.radix import Kind, Regime
from hypothesis import given
from hypothesis import strategies as st
from mmu_check import FEW, Ram, check_codec, check_edges, check_tree, mappings, other_order

M8K = [m68k.regime("68030", 13), m68k.regime("68040", 13), m68k.regime("68030", hp=True)]
GEN = [m68kgen.regime(12, w) for w in ((10, 10), (4, 6, 10), (5, 5, 5, 5))]
MIPS = [
    mips.segtab(pte, shift, bits) for bits in (32, 64) for shift in (12, 13, 14)
    for pte in (mips.MIPS1, mips.MIPS3, mips.VR41XX) if not (bits == 64 and pte is mips.MIPS1)
] + [mips.sysmap(0x1357, mips.MIPS1), mips.sysmap(3), mips.sysmap(0x801, mips.MIPS3, 13, 64)]
ARM64 = [aarch64.regime(name, bits) for name, bits in (
    ("4k", 39), ("4k", 25), ("4k", 42), ("16k", 47), ("16k", 36), ("64k", 42), ("64k", 29),
    ("64k", 52), ("4k", 16))]

# A regime, and the bits of a physical address that its entries hold.
CASES: list[tuple[Regime, int]] = [
    (x86.REGIMES["4level"], 52), (x86.REGIMES["5level"], 52), (x86.REGIMES["pae"], 52),
    (x86.REGIMES["32bit"], 32),
    *((r, 56) for n, r in riscv.REGIMES.items() if n != "sv32"), (riscv.REGIMES["sv32"], 34),
    *((r, 48) for r in [*aarch64.REGIMES.values(), *ARM64]),
    (arm.REGIMES["armv7"], 32), (arm.REGIMES["armv5"], 32),
    (alpha.REGIMES["alpha"], 45),
    *((r, 34 if r.codec.pte is mips.VR41XX else 32 if r.codec.pte is mips.MIPS1 else 36)
      for r in [*mips.REGIMES.values(), *MIPS]),
    *((r, 32) for r in [*m68k.REGIMES.values(), *M8K, *m68kgen.REGIMES.values(), *GEN]),
    (sparc64.REGIMES["sun4u"], 43), (sparc64.REGIMES["sun4v"], 56),
    (srmmu.REGIMES["srmmu"], 36),
    (sun3.REGIMES["sun3"], 32), (sun3.REGIMES["sun2"], 23), (sun3.REGIMES["sun3x"], 32),
    (sun4.REGIMES["sun4"], 32), (sun4.REGIMES["sun4c"], 31),
    (sh.REGIMES["sh"], 29),
]


def _name(case: tuple[Regime, int]) -> str:
    r = case[0]
    return f"{r.name}-{r.va_bits}-{r.levels[-1].size:#x}-{len(r.levels)}-{r.word}"


def _spans(regime: Regime) -> list[tuple[int, int]]:
    """sparc64's upper half is the lower one again: maps go into one of them."""
    return list(regime.spans[:1] if regime.name in ("sun4u", "sun4v") else regime.spans)


@pytest.mark.parametrize("case", CASES, ids=_name)
def test_codec(case: tuple[Regime, int]) -> None:
    regime, bits = case
    # KSEG0 and P1 reach 512 MiB; supersections more than the 32 bits of all else.
    narrow = 29 if regime.name in ("segtab", "sh") and regime.word == 32 else bits
    for pa in ((1 << narrow) - 1, 0x1555_5555 & (1 << narrow) - 1, 1 << narrow - 1):
        assert check_codec(regime, pa) >= 4


@pytest.mark.parametrize("case", CASES, ids=_name)
@pytest.mark.parametrize("swap", [False, True], ids=["own order", "other order"])
@FEW
@given(data=st.data())
def test_random_trees(case: tuple[Regime, int], swap: bool, data: st.DataObject) -> None:
    regime, bits = case
    regime = other_order(regime) if swap and regime.name != "pae" else regime
    spans = _spans(regime)
    if regime.name in ("sun4u", "sun4v"):
        regime = replace(regime, spans=tuple(spans))
    if regime.name == "sysmap":
        lv = regime.levels[0]
        spans = [(regime.origin, regime.origin + (lv.limit << lv.shift))]
    check_tree(regime, data.draw(mappings(regime, spans, bits)))


@pytest.mark.parametrize("case", [c for c in CASES if c[0].name not in ("sysmap",)], ids=_name)
def test_first_and_last_index(case: tuple[Regime, int]) -> None:
    regime, _ = case
    regime = replace(regime, spans=tuple(_spans(regime)))
    check_edges(regime, regime.page_sizes()[0], 0x30_0000)


@pytest.mark.parametrize("case", CASES, ids=_name)
def test_unmapped_tree_is_one_hole(case: tuple[Regime, int]) -> None:
    regime, ram = case[0], Ram()
    tree = regime.builder(ram.alloc, ram.page)
    runs = list(tree.reader(ram.read).runs())
    assert [(r.start, r.end, r.state) for r in runs] == [(0, 1 << regime.word, "hole")]


@pytest.mark.parametrize("case", CASES, ids=_name)
def test_an_address_outside_cannot_be_mapped(case: tuple[Regime, int]) -> None:
    regime, ram = case[0], Ram()
    tree = regime.builder(ram.alloc, ram.page)
    page = regime.page_sizes()[0]
    for lo, hi in regime.spans:
        for va in (lo - page, hi):
            if 0 <= va < 1 << regime.word and not regime.canonical(va):
                with pytest.raises(ValueError, match="is no address"):
                    tree.map(va, 0x40_0000, page, "rw-")
                assert list(tree.reader(ram.read).walk(va)) == []


@pytest.mark.parametrize("case", CASES, ids=_name)
def test_planted_entries_are_holes(case: tuple[Regime, int]) -> None:
    """Each way to spoil an entry unmaps what was behind it, and nothing else."""
    regime, _ = case
    for at, lv in enumerate(regime.levels):
        for plant in regime.codec.plants(lv):
            ram = Ram()
            tree = regime.builder(ram.alloc, ram.page)
            lo, hi = _spans(regime)[0]
            if plant.of is Kind.TABLE:
                below = next(i for i in range(at + 1, len(regime.levels))
                             if not regime.levels[i].parent or regime.levels[i].parent == lv.name)
                size = next(lv2.size for lv2 in regime.levels[below:] if lv2.leaf)
            else:
                size = lv.size
            va = -(-(lo + 3 * (1 << 20)) // size) * size
            if regime.name == "sysmap":
                va = lo + lv.size
            if not lo <= va < hi:
                va = -(-lo // size) * size
            level = lv.name if plant.of is Kind.LEAF else None
            tree.map(va, size * 4, size, "r-x", level=level)
            table, index = tree.slot(va, at)
            tree.put(table, index, plant.spoil(tree.get(table, index)) & (1 << 64) - 1)
            steps = list(tree.reader(ram.read).walk(va))
            assert steps[-1].entry.kind is plant.kind, (lv.name, plant.name)
            assert steps[-1].level is lv
            runs = list(tree.reader(ram.read).runs())
            assert [r.state for r in runs] == ["hole"], (lv.name, plant.name)
