# SPDX-License-Identifier: BSD-2-Clause
"""SLB and hashed table of 64-bit PowerPC: Power ISA 2.03 Book III-S, 4.7."""

import pytest
from dumpgen.mmu.powerpc64 import REGIMES, Oea64Builder, Registers, bridge, registers
from hypothesis import given
from hypothesis import strategies as st
from mmu_check import FEW, FRAME, Ram, check_reader

OEA64 = REGIMES["oea64"]
M16 = 1 << 24


def builder(shift: int = 18) -> tuple[Oea64Builder, Ram]:
    ram = Ram()
    return Oea64Builder(OEA64, ram.alloc, ram.page, shift), ram


@pytest.mark.parametrize("second, hash_bit", [(False, 0), (True, 2)])
def test_pte_of_a_small_page(second: bool, hash_bit: int) -> None:
    """VSID 1234567 and address ...f9abc000: AVPN is VSID, then bits 27:23 (13h)."""
    tree, _ = builder()
    tree.slb.append((0xC00_0000_0F << 28 | 1 << 27, 0x1234567 << 12))
    va = 0xC00_0000_0F << 28 | 0x9ABC000
    tree.map(va, 0x3_4567_8000, FRAME, "rw-", level="secondary" if second else "primary")
    # 1234567 ^ 9abc = 123dfdb; 11 bits of it: 7db; of its complement: 024.
    group = tree.base + (0x024 if second else 0x7DB) * 128
    assert tree.slot(va) == (group, 0x9ABC % 8)
    raw = tree.get(group, 4)
    assert raw >> 64 == 0x1234567 << 12 | 0x13 << 7 | hash_bit | 1
    assert raw & (1 << 64) - 1 == 0x3_4567_8196


def test_pte_of_a_large_page() -> None:
    """Page 9 of the segment; the AVPN's last bit is address bit 23, which is zero."""
    tree, _ = builder()
    tree.slb.append((0xC << 28 | 1 << 27, 0x1234567 << 12 | 0x100))
    tree.map(0xC900_0000, 0x7_0000_0000, M16, "r-x", level="primary")
    group = tree.base + ((0x1234567 ^ 9) & 0x7FF) * 128
    raw = tree.get(group, 1)
    assert raw >> 64 == 0x1234567 << 12 | 0x12 << 7 | 4 | 1
    assert raw & (1 << 64) - 1 == 0x7_0000_0113


def test_more_groups_use_more_of_the_hash() -> None:
    tree, _ = builder(20)
    tree.slb.append((0xC << 28 | 1 << 27, 0x1234567 << 12))
    assert tree.root.sdr1 == tree.base | 2
    assert tree.group(0xC9AB_C000, False) == tree.base + 0x1FDB * 128
    assert tree.group(0xC9AB_C000, True) == tree.base + (~0x1FDB & 0x1FFF) * 128


@pytest.mark.parametrize("sr, want", [
    (0x7FF_FFFF, 0x7FF_FFFF << 12), (0x6000_0001, 1 << 12 | 0x800), (0x1000_0002, 2 << 12 | 0x200),
    (0x0800_0003, 3 << 12 | 0x100), (0x8000_0004, 4 << 12),
])
def test_bridge(sr: int, want: int) -> None:
    out = bridge((0,) * 13 + (sr,) + (0,) * 2)
    assert out[13] == (0xD000_0000 | 1 << 27 | 13, want) and len(out) == 16


def test_what_the_header_says_is_what_was_built() -> None:
    tree, ram = builder()
    tree.map(0xD001_2000, 0x500_0000, FRAME, "rw-")
    tree.map(0xE100_0000, 0x600_0000, M16, "rw-")
    root = Registers(tree.root.sdr1, bridge(tree.sr))
    reader = OEA64.reader(root, ram.read)
    assert (reader.lookup(0xD001_2345), reader.lookup(0xE123_4567)) == (0x500_0345, 0x623_4567)


@pytest.mark.parametrize("flags, pp, want", [
    (0, 2, "rw-"), (0, 3, "r--"), (0, 0, "rw-"), (0, 1 << 63 | 2, "r--"),
    (0x800, 0, "---"), (0x800, 1, "r--"), (0x800, 2, "rw-"), (0x800, 3, "r--"),
    (0x800, 1 << 63 | 2, "---"),
])
def test_prot(flags: int, pp: int, want: str) -> None:
    tree, ram = builder()
    tree.slb.append((0xC << 28 | 1 << 27, 0x1234567 << 12 | flags))
    tree.map(0xC000_0000, 0x500_0000, FRAME, "rw-")
    where = tree.slot(0xC000_0000)
    raw = tree.get(*where) & ~(1 << 63 | 3) | pp
    tree.put(*where, raw)
    assert [r.prot for r in tree.reader(ram.read).runs() if r.state == "map"] == [want]
    tree.put(*where, raw & ~4)
    assert [r.prot for r in tree.reader(ram.read).runs() if r.state == "map"] == [want[:2] + "x"]


@pytest.mark.parametrize("name", [*OEA64.mismatches, "not-valid", "low frame bits"])
@pytest.mark.parametrize("page", [FRAME, M16])
def test_a_pte_of_another_page_does_not_match(name: str, page: int) -> None:
    tree, ram = builder()
    tree.map(0x3000_0000, 0x500_0000 & -page, page, "rw-")
    where = tree.slot(0x3000_0000)
    raw = tree.get(*where)
    if name == "low frame bits":
        tree.put(*where, raw ^ 0x1000)
        assert tree.reader(ram.read).lookup(0x3000_0000) == (0x500_1000 if page == FRAME else None)
        return
    bad = OEA64.plants[0].spoil(raw) if name == "not-valid" else raw ^ OEA64.mismatches[name]
    tree.put(*where, bad)
    assert tree.reader(ram.read).lookup(0x3000_0000) is None
    assert all(r.state == "hole" or r.start != 0x3000_0000 for r in tree.reader(ram.read).runs())
    tree.put(*where, raw ^ OEA64.ignored)
    assert tree.reader(ram.read).lookup(0x3000_0000) == 0x500_0000 & -page


@FEW
@given(st.lists(st.tuples(
    st.sampled_from([0, 1, 15, 16, 0xC_0000_0000, 0xF_FFFF_FFFF, 0x7_FFFF_FFFF]),
    st.one_of(st.integers(0, 65535), st.integers(0, 40)), st.sampled_from([FRAME] * 4 + [M16]),
    st.integers(0, 1 << 20), st.sampled_from(["rw-", "r-x", "r--"]),
    st.sampled_from([None, None, "primary", "secondary"]),
), max_size=25))
def test_random_tables(rows: list) -> None:
    tree, ram = builder()
    done = []
    for esid, number, page, frame, prot, level in rows:
        va = esid << 28 | (number << 12) & -page
        try:
            tree.map(va, frame * page, page, prot, level=level)
        except ValueError:
            continue
        assert not any(va < v + p and v < va + page for v, _, p in done)
        done.append((va, frame * page, page))
    check_reader(tree.reader(ram.read), 64, done)


def test_a_missing_group_makes_pages_unknown() -> None:
    tree, ram = builder()
    tree.map(0x3000_0000, 0x500_0000, FRAME, "rw-", level="primary")
    ram.missing.add(tree.group(0x3000_0000, False) & -FRAME)
    size = sum(r.end - r.start for r in tree.reader(ram.read).runs() if r.state == "unknown")
    assert size == 2 * 2**28 // 64
    assert tree.reader(ram.read).lookup(0x3000_0000) is None


def test_registers() -> None:
    tree, _ = builder()
    tree.map(0x3000_0000, 0x500_0000, FRAME, "rw-")
    regs = registers(OEA64, tree.hardware)
    assert regs["sdr1"] == tree.base and regs["slbe0"] == 0x3800_0000
    assert regs["slbv0"] == tree.slb[0][1]


def test_visit_counts_large_pages_apart() -> None:
    tree, ram = builder()
    tree.map(0x3000_3000, 0x500_0000, FRAME, "rw-")
    tree.map(0x4700_0000, 0x700_0000, M16, "rw-")
    found = list(tree.reader(ram.read).visit())
    assert sorted((at, i) for at, i, raw, _ in found if raw) == [(0, 3), (1, 7)]
    assert sorted((at, i) for at, i, raw, _ in found if not raw) == [(0, 0), (0, 7), (1, 0), (1, 7)]
