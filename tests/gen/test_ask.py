# SPDX-License-Identifier: BSD-2-Clause
"""Random trees of the model, put to QEMU's MMU by emu/ask."""

import os
import random
import shutil
import subprocess
from pathlib import Path

import pytest
import randomtree
from dumpgen.build import build
from dumpgen.errors import ScenarioError
from dumpgen.hash import Rng
from dumpgen.scenario import parse

ROOT = Path(__file__).resolve().parents[2]
ASK = ROOT / "emu" / "ask"


def test_random_trees_in_qemu(tmp_path: Path) -> None:
    if shutil.which("qemu-system-x86_64") is None:
        pytest.skip("no qemu-system-x86_64")
    seed = int(os.environ.get("GEN_SEED", "0") or 0) or random.SystemRandom().getrandbits(32)
    wanted = int(os.environ.get("GEN_EXAMPLES", "200"))
    print(f"GEN_SEED={seed}")
    rng, names, tries = Rng(seed), [], 0
    while len(names) < wanted:
        tries += 1
        assert tries < 5 * wanted, "most random scenarios are impossible"
        name = f"random-{len(names):03}"
        try:
            build(parse(name, randomtree.scenario(rng.below, plain=True)), tmp_path)
        except ScenarioError:
            continue
        names.append(name)
    env = {k: v for k, v in os.environ.items() if k != "LD_PRELOAD"}    # the sanitizer's
    run = subprocess.run([ASK, *(tmp_path / n for n in names)], capture_output=True, text=True,
                         env=env, timeout=1800)
    if run.returncode == 77:
        pytest.skip(f"emu/ask cannot run: {run.stderr.strip()[-200:]}")
    tail = (run.stdout + run.stderr)[-4000:]
    assert run.returncode == 0, f"GEN_SEED={seed}: emu/ask gave {run.returncode}\n{tail}"
