# SPDX-License-Identifier: BSD-2-Clause
"""The library judged by random trees of the ports of x86, arm64, alpha and RISC-V."""

import os
import tempfile
from pathlib import Path

import pytest
from dumpgen import build as builder
from dumpgen.errors import ScenarioError
from dumpgen.mmu import aarch64, alpha, riscv, x86
from dumpgen.model import make
from dumpgen.scenario import parse
from hypothesis import assume, event, given, note, settings
from hypothesis import strategies as st
from kvm import Kvm
from porttree import Row, scenario
from test_library import check_model

EXAMPLES = max(int(os.environ.get("GEN_EXAMPLES", "200")) // 25, 4)    # of each row

ARM = (0x4000_0000, 0x4800_1000, 0x8_8000_0000)
RV = (0x8000_0000, 0x8f00_3000, 0x1_0000_0000)
X86 = (0x1000, 0x80_0000, 0x4000_0000)


def _arm(machine: str, granule: str, bits: int) -> Row:
    order = "big" if machine.endswith("eb") else "little"
    size = aarch64.regime(granule, bits, order)
    # As the port places a kernel.
    text = 0xFFFF_C000_0000_0000 if bits >= 47 else (1 << 64) - (1 << bits - 1)
    top = size.levels[0]
    taken = (text >> top.shift & top.count - 1,)
    return Row("netbsd", machine, size, ARM, {"vabits": bits}, None, taken)


def _rv(mode: str) -> Row:
    regime = riscv.REGIMES[mode]
    return Row("netbsd", "riscv64", regime, RV, taken=(256 if mode == "sv39" else 511,))


ROWS = [
    Row("netbsd", "i386", x86.REGIMES["32bit"], X86, taken=(768, 769, 770)),
    Row("netbsd", "i386", x86.REGIMES["pae"], (0x1000, 0x80_0000, 0x1_0000_0000),
        taken=(1536, 1537, 1538, 1539, 1540)),
    Row("openbsd", "i386", x86.REGIMES["32bit"], (0x20_0000, 0x80_0000, 0x100_0000), taken=(832,),
        absent=False),
    Row("openbsd", "i386", x86.REGIMES["pae"], (0x20_0000, 0x80_0000, 0x100_0000), taken=(1665,),
        absent=False),
    Row("openbsd", "amd64", x86.REGIMES["4level"], (0x1000, 0x80_0000, 0x1_0000_0000),
        taken=(511,)),
    *(_arm("aarch64", g, b) for g, b in (
        ("4k", 48), ("4k", 39), ("4k", 33), ("16k", 47), ("16k", 40), ("64k", 48), ("64k", 42),
        ("64k", 52))),
    _arm("aarch64eb", "4k", 48), _arm("aarch64eb", "64k", 48),
    *(_rv(m) for m in ("sv39", "sv48", "sv57")),
    Row("netbsd", "riscv32", riscv.REGIMES["sv32"], RV, taken=(512, 513, 514)),
    Row("netbsd", "alpha", alpha.REGIMES["alpha"], (0xA0_0000, 0x2_0000_0000, 0x8_0000_0000)),
    Row("openbsd", "alpha", alpha.REGIMES["alpha"], (0x58_0000, 0x2_0000_0000, 0x8_0000_0000)),
]


@pytest.mark.parametrize("row", ROWS, ids=lambda r: r.name)
@settings(max_examples=EXAMPLES)
@given(data=st.data())
def test_random_trees(library: Path, row: Row, data: st.DataObject) -> None:
    text = scenario(lambda n: data.draw(st.integers(0, n - 1)), row)
    note(text)
    scn = parse("random", text)
    try:
        model = make(scn)
    except ScenarioError as e:
        event(f"impossible: {str(e).split(':')[1].split('[')[0].strip()}")
        assume(False)
    with tempfile.TemporaryDirectory() as tmp:
        where = builder.build(scn, Path(tmp))
        with Kvm(library, where) as kvm:
            check_model(model, kvm)
