# SPDX-License-Identifier: BSD-2-Clause
"""Random trees of the model, put to QEMU's MMU by emu/ask.

GEN_SEED repeats a run, ASK_TREES is how many trees of each regime, ASK_ONLY picks regimes by a
part of their name.
"""

import os
import random
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import portspan
import porttree
import pytest
import randomtree
from dumpgen.build import build
from dumpgen.errors import ScenarioError
from dumpgen.hash import Rng
from dumpgen.scenario import parse
from test_port_random import ROWS, TREES

ROOT = Path(__file__).resolve().parents[2]
ASK = ROOT / "emu" / "ask"
ROUND = 8                               # trees of each regime that lie on the disk at a time
# Of the regimes that ports' random tests have: those that hardware walks and QEMU has.
WALKED = re.compile(r"netbsd-(i386|aarch64(eb)?|arm(eb)?|riscv(32|64)|alpha|powerpc(64)?)-"
                    r"|openbsd-(i386|amd64|alpha)-|netbsd-m68k-68040|netbsd-sparc-srmmu")

Scenario = Callable[[randomtree.Pick], str]
REGIMES: dict[str, Scenario] = {
    "netbsd-amd64": lambda pick: randomtree.scenario(pick, plain=True),
    **{row.name: lambda pick, row=row: porttree.scenario(pick, row) for row in TREES},
    **{row.name: lambda pick, row=row: portspan.scenario(pick, row) for row in ROWS},
}
ASKED = [name for name in REGIMES if name == "netbsd-amd64" or WALKED.match(name)]


def _build(name: str, seed: int, wanted: int, where: Path) -> list[Path]:
    """So many fixtures of random scenarios of one regime."""
    rng, made, tries = Rng(seed), [], 0
    while len(made) < wanted:
        tries += 1
        assert tries < 8 * wanted + 40, f"most random scenarios of {name} are impossible"
        try:
            text = REGIMES[name](rng.below)
            if "segmap" in text:        # the kernel's own array, which hardware does not read
                continue
            made.append(build(parse(f"{name}-{tries:03}", text), where))
        except ScenarioError:
            continue
    return made


def test_each_machine_is_asked() -> None:
    """A machine of emu/ask without random trees would not be noticed otherwise."""
    same = {"x86_64", "arm64", "riscv"}     # other systems' names of machines that are asked
    of = {name.split("-")[1] for name in ASKED} | same
    have = set()
    for file in (ROOT / "emu" / "arch").glob("*/probes.py"):
        table = re.search(r"^MACHINES = \{(.*)\}", file.read_text(), re.M)
        assert table, file
        have.update(re.findall(r'"(\w+)":', table.group(1)))
    assert of == have


def _ask(seed: int, trees: int, where: Path) -> None:
    """One round: so many random trees of each regime, all of which QEMU must confirm."""
    again = f"GEN_SEED={seed} ASK_TREES={trees} repeats this"
    only = os.environ.get("ASK_ONLY", "")
    made: list[Path] = []
    for i, name in enumerate(ASKED):
        # amd64's are the cheapest, and the richest in what may be set.
        wanted = trees * (10 if name == "netbsd-amd64" else 1)
        if only in name:
            made += _build(name, seed + i, wanted, where)
    assert made, f"ASK_ONLY={only}: no such regime"
    env = {k: v for k, v in os.environ.items() if k != "LD_PRELOAD"}    # the sanitizer's
    run = subprocess.run([ASK, *made], capture_output=True, text=True, env=env, timeout=3600)
    (where / "ask.tap").write_text(run.stdout)
    if run.returncode == 77:
        pytest.skip(f"emu/ask cannot run: {run.stdout.strip()[-200:]}")
    bad = [line for line in run.stdout.splitlines() if line.startswith("not ok")]
    tail = "\n".join(bad[:20]) + "\n" + (run.stdout + run.stderr)[-4000:]
    assert run.returncode == 0, f"{again}: emu/ask gave {run.returncode}\n{tail}"
    for line in run.stdout.splitlines():
        assert "# SKIP" not in line or "not installed" in line, f"{again}: {line}"


def test_random_trees_in_qemu(tmp_path: Path) -> None:
    if shutil.which("qemu-system-x86_64") is None:
        pytest.skip("no qemu-system-x86_64")
    seed = int(os.environ.get("GEN_SEED", "0") or 0) or random.SystemRandom().getrandbits(32)
    trees = int(os.environ.get("ASK_TREES", "2"))
    for turn in range(-(-trees // ROUND)):
        where = tmp_path / f"round-{turn}"
        _ask(seed + 1009 * turn, min(ROUND, trees - ROUND * turn), where)
        shutil.rmtree(where)            # many trees would fill the disk
