# SPDX-License-Identifier: BSD-2-Clause
"""The library judged by full dumps with random tables, whose root it has to find."""

import os
import tempfile
from pathlib import Path

import porttree
import pytest
from dumpgen import build as builder
from dumpgen.errors import ScenarioError
from dumpgen.mmu import aarch64, arm, riscv, x86
from dumpgen.model import Model, make
from dumpgen.scenario import parse
from hypothesis import assume, event, given, note, settings
from hypothesis import strategies as st
from kvm import Kvm
from porttree import Row
from test_library import check_model
from test_port_random import check_reads

EXAMPLES = max(int(os.environ.get("GEN_EXAMPLES", "200")) // 25, 4)    # of each row

LOW = (0x20_0000, 0x80_0000, 0x1_0000_0000)
FAR = (0x5E20_0000, 0x7000_0000, 0x1_0000_0000)
I386 = (0x40_0000, 0x80_0000, 0x1000_0000)
ARM = (0x1000_0000, 0x1100_0000, 0x2000_0000)
ARM64 = (0x4060_0000, 0x4800_0000, 0x8_8000_0000)
RV = (0x8040_0000, 0x8F00_3000, 0x1_0000_0000)
TRUE = "true"


def _row(machine: str, regime: object, ram: tuple[int, ...], taken: int, **options: object) -> Row:
    return Row("freebsd", machine, regime, ram, options, taken=(taken,))


ROWS = [
    _row("amd64", x86.REGIMES["4level"], LOW, 511),
    _row("amd64", x86.REGIMES["4level"], LOW, 511, la57="false", slack=0x3000),
    _row("amd64", x86.REGIMES["4level"], FAR, 511, load=0x5E00_0000),
    _row("amd64", x86.REGIMES["4level"], FAR, 511, load=0x5E00_0000, dump_delta=TRUE, shuffled=TRUE),
    _row("amd64", x86.REGIMES["5level"], LOW, 511),
    _row("i386", x86.REGIMES["32bit"], I386, 769),
    _row("i386", x86.REGIMES["pae"], I386, 1538),
    _row("i386", x86.REGIMES["32bit"], (0x80_0000, 0x100_0000, 0x1000_0000), 2, kernel='"merged"'),
    _row("i386", x86.REGIMES["pae"], (0x80_0000, 0x100_0000, 0x1000_0000), 4, kernel='"44"'),
    _row("arm", arm.REGIMES["armv7"], ARM, 3072),
    _row("arm", arm.REGIMES["armv7"], ARM, 3072, byteorder='"big"', dump_delta=TRUE, symbols="false"),
    _row("arm64", aarch64.REGIMES["4k"], ARM64, 0, load=0x4060_0000),
    _row("arm64", aarch64.REGIMES["16k"], ARM64, 0, load=0x4060_0000),
    _row("riscv", riscv.REGIMES["sv39"], RV, 256, load=0x8040_0000),
    _row("riscv", riscv.REGIMES["sv48"], RV, 511, load=0x8040_0000),
    Row("dragonfly", "x86_64", x86.REGIMES["4level"], LOW, taken=(511,)),
]


def _model(row: Row, data: st.DataObject) -> Model:
    text = 'form = "elf"\n' + porttree.scenario(lambda n: data.draw(st.integers(0, n - 1)), row)
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
def test_random_full_dumps(library: Path, row: Row, data: st.DataObject) -> None:
    model = _model(row, data)
    with tempfile.TemporaryDirectory() as tmp:
        where = builder.build(model.scn, Path(tmp))
        with Kvm(library, where) as kvm:
            # The library begins at the table of four, the model at what that names.
            (check_reads if row.regime.name == "pae" else check_model)(model, kvm)
