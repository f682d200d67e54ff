# SPDX-License-Identifier: BSD-2-Clause
"""Random tables of every machine that writes minidumps: the map made of them, as a plain reader and
the library find it."""

import os
import tempfile
from pathlib import Path

import pytest
from dumpgen import build as builder
from dumpgen.errors import ScenarioError
from dumpgen.model import Model, make
from dumpgen.scenario import parse
from hypothesis import assume, event, given, note, settings
from hypothesis import strategies as st
from kvm import Kvm
from minidump_reader import Reader
from portspan import Row, ram_lines, scenario
from test_minidump import wrong
from test_port_random import check_reads

EXAMPLES = int(os.environ.get("MINIDUMP_EXAMPLES", "6"))
RAM = ((0x10_0000, 0x53_1000), (0x800_0000, 0x6_1000))
HIGH = ((0x8010_0000, 0x53_1000), (0x9000_0000, 0x6_1000))
AMD64 = ((0xFFFF_FFFF_8000_0000, 0xFFFF_FFFF_8180_0000),)
KVA32 = ((0xC000_0000, 0xC200_0000),)
BASE = "kernbase = 0xffff_ffff_8000_0000\n"

ROWS = [
    Row("freebsd-amd64-pde", ((0xFFFF_FFFF_8000_0000, 1 << 64),), RAM, BASE, edges=(12, 21, 30),
        biggest=1 << 21),
    Row("freebsd-amd64-pde", AMD64, RAM, BASE + "version = 2\ndmapend = 0xffff_f800_0900_0000",
        edges=(12, 21), biggest=1 << 30, case="v2"),
    Row("freebsd-amd64-pte", AMD64, RAM, edges=(12, 21), biggest=1 << 21),
    Row("freebsd-i386-32bit", KVA32, RAM, edges=(12, 22), biggest=1 << 22),
    Row("freebsd-i386-pae", KVA32, RAM, "version = 1", edges=(12, 21), biggest=1 << 21),
    Row("freebsd-arm-armv7", KVA32, RAM, edges=(12, 16, 20), biggest=1 << 20),
    Row("freebsd-arm-armv7", KVA32, RAM, 'byteorder = "big"', edges=(12, 16, 20), biggest=1 << 20,
        case="big"),
    Row("freebsd-arm64-4k", ((0xFFFF_0000_0000_0000, 0xFFFF_0000_0200_0000),), HIGH,
        "dmapbase = 0xffff_a000_0000_0000\ndmapend = 0xffff_a000_1002_3000\n"
        "dmapphys = 0x8000_0000", edges=(12, 21), biggest=1 << 21),
    Row("freebsd-arm64-16k", ((0xFFFF_0000_0000_0000, 0xFFFF_0000_0800_0000),),
        ((0x8010_0000, 0x53_4000), (0x9000_0000, 0x6_4000)), edges=(14, 25), biggest=1 << 25),
    Row("freebsd-riscv-pte", ((0xFFFF_FFC0_0000_0000, 0xFFFF_FFC0_0200_0000),), HIGH,
        'mmu = "sv48"', edges=(12, 16, 21), biggest=1 << 21),
    Row("freebsd-mips-sysmap", KVA32, RAM, 'abi = "n32"', edges=(12, 21)),
    Row("freebsd-mips-sysmap", ((0xC000_0000_0000_0000, 0xC000_0000_0200_0000),), RAM,
        'abi = "n64"\nbyteorder = "little"', edges=(12, 21), case="n64"),
    Row("freebsd-powerpc64-hpt", ((0xE000_0000_0000_0000, 0xE000_0000_4000_0000),),
        ((0, 0x53_1000), (0x800_0000, 0x6_1000)), "vm_end = 0xe000_0000_3000_0000",
        ("", "primary", "secondary"), (12, 23, 28)),
    Row("freebsd-powerpc64le-radix", ((0xC008_0000_0000_0000, 0xC008_0000_8000_0000),),
        ((0, 0x53_1000), (0x800_0000, 0x6_1000)), "vm_end = 0xc010_0000_0000_0000",
        edges=(12, 21, 30), biggest=1 << 30),
    Row("dragonfly-x86_64-pte", AMD64, RAM, edges=(12, 21), biggest=1 << 21),
    Row("dragonfly-x86_64-pdp", ((0xFFFF_FF80_0000_0000, 1 << 64),), RAM, edges=(12, 21, 30, 39),
        biggest=1 << 30),
]


def _picked(row: Row, data: st.DataObject) -> Model:
    text = scenario(lambda n: data.draw(st.integers(0, n - 1)), row)
    note(text)
    try:
        return make(parse("random", text))
    except ScenarioError as e:
        event(f"impossible: {str(e).split(':')[1].split('[')[0].strip()}")
        assume(False)
        raise


@pytest.mark.parametrize("row", ROWS, ids=lambda r: r.name)
@settings(max_examples=EXAMPLES)
@given(data=st.data())
def test_plain_reader_agrees(row: Row, data: st.DataObject) -> None:
    model = _picked(row, data)
    assert wrong(model, Reader(model)) == 0


@pytest.mark.parametrize("row", ROWS, ids=lambda r: r.name)
@settings(max_examples=EXAMPLES)
@given(data=st.data())
def test_library_agrees(library: Path, row: Row, data: st.DataObject) -> None:
    model = _picked(row, data)
    with tempfile.TemporaryDirectory() as tmp:
        with Kvm(library, builder.build(model.scn, Path(tmp))) as kvm:
            check_reads(model, kvm)


@pytest.mark.parametrize("row", ROWS, ids=lambda r: r.name)
def test_rows_are_possible(row: Row) -> None:
    """At least half of a row's random scenarios can be made."""
    import random

    make(parse("plain", row.head(1) + ram_lines(row)))
    made = 0
    for seed in range(12):
        try:
            make(parse("random", scenario(random.Random(seed).randrange, row)))
            made += 1
        except ScenarioError:
            pass
    assert made >= 6, f"{made} of 12"
