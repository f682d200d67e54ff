# SPDX-License-Identifier: BSD-2-Clause
"""BATs and the hashed table of 32-bit PowerPC: PEM 7.4 (BATs), 7.6.1 (table); 601 manual 6.7."""

import pytest
from dumpgen.mmu.hashed import overlay
from dumpgen.mmu.powerpc import REGIMES, OeaBuilder, Registers, registers
from dumpgen.mmu.radix import Kind, Run
from hypothesis import given
from hypothesis import strategies as st
from mmu_check import FEW, FRAME, Ram, check_reader

OEA, OEA601 = REGIMES["oea"], REGIMES["oea601"]
SR = tuple(0x123400 + n for n in range(16))


def builder(regime=OEA, shift: int = 16) -> tuple[OeaBuilder, Ram]:
    ram = Ram()
    return OeaBuilder(regime, ram.alloc, ram.page, shift), ram


def test_where_groups_are() -> None:
    """VSID A51003, page 12: hash 51011, of which 10 bits count; its complement's are 3ee."""
    tree, _ = builder()
    tree.sr[13] = 0xA5_1003
    assert tree.group(0xD001_2345, False) == tree.base + 0x11 * 64
    assert tree.group(0xD001_2345, True) == tree.base + 0x3EE * 64


def test_a_larger_mask_uses_more_of_the_hash() -> None:
    """HTABMASK 3: 12 bits; page 0f12 and VSID a51003 make 51003 ^ f12 = 51f11."""
    tree, _ = builder(shift=18)
    tree.sr[13] = 0xA5_1003
    assert tree.root.sdr1 == tree.base | 3
    assert tree.group(0xD0F1_2000, False) == tree.base + 0xF11 * 64
    assert tree.group(0xD0F1_2000, True) == tree.base + 0x0EE * 64


@pytest.mark.parametrize("second, want", [(False, 0x8000_0000), (True, 0x8000_0040)])
def test_pte(second: bool, want: int) -> None:
    """V, VSID in 30:7, H in 6, API in 5:0; R, C, M and PP below the frame."""
    tree, _ = builder()
    tree.sr[13] = 0xABCDEF
    tree.map(0xDFED_C000, 0x1234_5000, FRAME, "rw-", level="secondary" if second else "primary")
    pteg, place = tree.slot(0xDFED_CFFF)
    raw = tree.get(pteg, place)
    assert raw >> 32 == want | 0xABCDEF << 7 | 0xFEDC >> 10
    assert raw & 0xFFFF_FFFF == 0x1234_5192
    assert place == 0xFEDC % 8


def read(root: Registers, va: int, memory: dict[int, bytes] | None = None) -> tuple:
    """(pa, prot) by the registers alone, or None."""
    reader = OEA.reader(root, lambda pa, size: (memory or {}).get(pa, bytes(size)))
    run = next(r for r in reader.runs() if r.start <= va < r.end)
    assert reader.lookup(va) == (run.pa + va - run.start if run.state == "map" else None)
    return (run.pa + va - run.start, run.prot) if run.state == "map" else None


@pytest.mark.parametrize("upper, lower, va, want", [
    (0xC000_0002, 0x0100_0012, 0xC000_0000, (0x0100_0000, "rwx")),      # 128 KiB
    (0xC000_0002, 0x0100_0012, 0xC001_FFFF, (0x0101_FFFF, "rwx")),
    (0xC000_0002, 0x0100_0012, 0xC002_0000, None),
    (0xC000_1FFE, 0x1000_0011, 0xCFFF_FFFF, (0x1FFF_FFFF, "r-x")),      # 256 MiB
    (0xC000_1FFE, 0x1000_0011, 0xD000_0000, None),
    (0xC000_1FFD, 0x1000_0011, 0xC000_0000, None),                      # user's only
    (0x8000_3FFE, 0x2000_0012, 0x9FFF_FFFF, (0x3FFF_FFFF, "rwx")),      # 512 MiB of a 7455
    (0x0001_FFFE, 0x0000_0012, 0xFFFF_FFFF, (0xFFFF_FFFF, "rwx")),      # 4 GiB
    (0xC000_0006, 0x0100_0012, 0xC003_FFFF, (0x0103_FFFF, "rwx")),      # 256 KiB
    (0xC000_000A, 0x0100_0012, 0xC000_0000, None),                      # a mask with a gap
    (0xC002_0006, 0x0100_0012, 0xC002_0000, None),                      # begins within its block
    (0xC000_0002, 0x0100_0010, 0xC000_0000, (0x0100_0000, "---")),
])
def test_bat(upper: int, lower: int, va: int, want: tuple) -> None:
    none = ((0, 0),) * 7
    bats, direct = (*none, (upper, lower)), (1 << 31,) * 16
    pa, prot = want or (0, "---")
    data, fetch = (pa, prot[:2] + "-"), (pa, "--" + prot[2])
    assert read(Registers(0x40_0000, direct, dbat=bats), va) == (want and data)
    assert read(Registers(0x40_0000, direct, ibat=bats), va) == (want and fetch)
    assert read(Registers(0x40_0000, direct, dbat=bats, ibat=bats), va) == want


def test_a_fetch_from_elsewhere() -> None:
    """A block for fetches that leads to another place makes nothing executable, PEM 7.4."""
    data, fetch = ((0xC000_0006, 0x0100_0012),), ((0xC002_0002, 0x0900_0012),)
    root = Registers(0x40_0000, (1 << 31,) * 16, dbat=data, ibat=fetch)
    assert read(root, 0xC001_FFFF) == (0x0101_FFFF, "rw-")
    assert read(root, 0xC002_0000) == (0x0102_0000, "rw-")


@pytest.mark.parametrize("upper, lower, va, want", [
    (0xC000_0002, 0x0100_0040, 0xC001_FFFF, 0x0101_FFFF),
    (0xC000_0002, 0x0100_0040, 0xC002_0000, None),
    (0xC000_0002, 0x0100_007F, 0xC07F_FFFF, 0x017F_FFFF),               # 8 MiB
    (0xC000_0002, 0x0100_007F, 0xC080_0000, None),
    (0xC000_0042, 0x0100_003F, 0xC000_0000, None),                      # V is in the lower word
])
def test_bat_of_a_601(upper: int, lower: int, va: int, want: int | None) -> None:
    root = Registers(0x40_0000, (1 << 31,) * 16, dbat=((0, 0),) * 3 + ((upper, lower),))
    assert OEA601.reader(root, lambda pa, size: bytes(size)).lookup(va) == want
    out = Registers(0x40_0000, (1 << 31,) * 16, dbat=((0, 0),) * 4 + ((upper, lower),))
    assert OEA601.reader(out, lambda pa, size: bytes(size)).lookup(va) is None


def test_data_then_table_then_instructions() -> None:
    tree, ram = builder()
    tree.map(0xC000_0000, 0x500_0000, FRAME, "rw-")
    tree.map(0xC002_0000, 0x600_0000, FRAME, "rw-")
    tree.map(0xC002_0000, 0x900_0000, 1 << 17, "r-x", level="ibat")
    runs = {r.start: r for r in tree.reader(ram.read).runs() if r.state == "map"}
    assert runs[0xC002_0000].pa == 0x600_0000 and runs[0xC002_1000].pa == 0x900_1000
    tree.dbat[0] = (0xC000_0002, 0x0700_0012)
    assert tree.reader(ram.read).lookup(0xC000_0123) == 0x700_0123


@pytest.mark.parametrize("sr, prot, want", [
    (0, "rw-", "rwx"), (0, "r--", "r-x"), (1 << 30, "rw-", "rwx"), (1 << 30, "r--", "r-x"),
    (1 << 28, "rwx", "rw-"), (1 << 29, "rw-", "rwx"),
])
def test_prot_of_a_page(sr: int, prot: str, want: str) -> None:
    tree, ram = builder()
    tree.sr[2] |= sr
    tree.map(0x2000_0000, 0x500_0000, FRAME, prot)
    assert [r.prot for r in tree.reader(ram.read).runs() if r.state == "map"] == [want]


def test_direct_store_segments_translate_nothing() -> None:
    tree, ram = builder()
    tree.map(0x2000_0000, 0x500_0000, FRAME, "rw-")
    tree.sr[2] |= 1 << 31
    assert tree.reader(ram.read).lookup(0x2000_0000) is None
    assert [r.state for r in tree.reader(ram.read).runs()] == ["hole"]


@pytest.mark.parametrize("name", OEA.mismatches)
@pytest.mark.parametrize("level", ["primary", "secondary"])
def test_a_pte_of_another_page_does_not_match(name: str, level: str) -> None:
    tree, ram = builder()
    tree.map(0x2000_3000, 0x500_0000, FRAME, "rw-", level=level)
    where = tree.slot(0x2000_3000)
    raw = tree.get(*where)
    tree.put(*where, raw ^ OEA.mismatches[name])
    assert tree.reader(ram.read).lookup(0x2000_3000) is None
    tree.put(*where, raw ^ OEA.ignored)
    assert tree.reader(ram.read).lookup(0x2000_3000) == 0x500_0000
    tree.put(*where, OEA.plants[0].spoil(raw))
    assert tree.reader(ram.read).lookup(0x2000_3000) is None


def test_all_sixteen_places_and_no_more() -> None:
    """Pages whose hashes agree in the low bits: 8 go into each of two groups."""
    tree, ram = builder()
    pages = [n << 22 for n in range(17)]
    for n, off in enumerate(pages[:16]):
        tree.map(0x2000_0000 + off, 0x100_0000 + n * FRAME, FRAME, "rw-")
    with pytest.raises(ValueError, match="are full"):
        tree.map(0x2000_0000 + pages[16], 0x200_0000, FRAME, "rw-")
    groups = [tree.slot(0x2000_0000 + off)[0] for off in pages[:16]]
    assert groups == [tree.group(0x2000_0000, False)] * 8 + [tree.group(0x2000_0000, True)] * 8
    check_reader(tree.reader(ram.read), 32,
                 [(0x2000_0000 + off, 0x100_0000 + n * FRAME, FRAME)
                  for n, off in enumerate(pages[:16])])


def test_a_missing_group_makes_pages_unknown() -> None:
    tree, ram = builder()
    tree.map(0x2000_0000, 0x500_0000, FRAME, "rw-", level="primary")
    tree.map(0x3000_0000, 0x600_0000, FRAME, "rw-", level="secondary")
    ram.missing.add(tree.group(0x2000_0000, False) & -FRAME)
    states = {}
    for run in tree.reader(ram.read).runs():
        states[run.state] = states.get(run.state, 0) + run.end - run.start
        assert tree.reader(ram.read).lookup(run.start) == (run.pa if run.state == "map" else None)
    # One of 16 frames: a page's first group is in it, or its second one.
    assert states["unknown"] == 2 * 2**32 // 16 and states["map"] == FRAME
    assert list(tree.reader(ram.read).walk(0x2000_0000))[-1].raw is None


@FEW
@given(st.lists(st.tuples(
    st.integers(0, 15), st.one_of(st.integers(0, 65535), st.integers(0, 40)),
    st.sampled_from([FRAME] * 6 + [1 << 17, 1 << 20]), st.integers(0, 4000),
    st.sampled_from(["rw-", "r-x"]), st.sampled_from([None, None, "primary", "secondary"]),
), max_size=30), st.sampled_from([16, 17]), st.sampled_from(["oea", "oea601"]))
def test_random_tables(rows: list, shift: int, name: str) -> None:
    tree, ram = builder(REGIMES[name], shift)
    done = []
    for seg, number, page, frame, prot, level in rows:
        va = (seg << 28 | number << 12) & -page
        if any(va < v + p and v < va + page for v, _, p in done):
            continue
        try:
            level = level if page == FRAME else None
            tree.map(va, frame * page & 0xFFFF_FFFF, page, prot, level=level)
        except ValueError:
            continue
        done.append((va, frame * page & 0xFFFF_FFFF, page))
    check_reader(tree.reader(ram.read), 32, done)


def test_registers() -> None:
    tree, _ = builder()
    tree.map(0xF000_0000, 0x8000_0000, 1 << 17, "rw-")
    regs = registers(OEA, tree.hardware)
    assert regs["sdr1"] == tree.base and regs["sr15"] == tree.sr[15]
    assert (regs["dbat7u"], regs["dbat7l"]) == (0xF000_0002, 0x8000_0012)
    assert len(regs) == 1 + 16 + 32 and len(registers(OEA601, tree.hardware)) == 1 + 16 + 8


def test_overlay() -> None:
    one = [Run(2, 4, "map", 0x102, "r"), Run(8, 9, "unknown")]
    two = [Run(0, 3, "map", 0x200, "w"), Run(3, 6, "map", 0x303, "x")]
    got = [(r.start, r.end, r.state, r.pa) for r in overlay([one, two], 10)]
    assert got == [(0, 2, "map", 0x200), (2, 3, "map", 0x102), (3, 4, "map", 0x103),
                   (4, 6, "map", 0x304), (6, 8, "hole", 0), (8, 9, "unknown", 0),
                   (9, 10, "hole", 0)]


def test_visit_lists_ptes_and_empty_edges() -> None:
    tree, ram = builder()
    tree.map(0x2000_3000, 0x500_0000, FRAME, "rw-")
    tree.map(0x4000_0000, 0x600_0000, 1 << 17, "rw-")
    tree.dbat[0] = (0xC000_0000, 0)
    found = list(tree.reader(ram.read).visit())
    assert [(at, i, e.kind) for at, i, raw, e in found if raw] == [
        (0, 3, Kind.LEAF), (1, 0, Kind.INVALID), (1, 7, Kind.LEAF)]
    assert sorted((at, i) for at, i, raw, _ in found if not raw) == [
        (0, 0), (0, 7), *((1, n) for n in range(1, 7))]
    assert [lv.count for lv in OEA.levels + OEA601.levels] == [8, 8, 8, 4]
