# SPDX-License-Identifier: BSD-2-Clause
"""emu/boot: a kernel of emu/guest taken for a real one, and runs that go wrong."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "emu"))

from harness import machines  # noqa: E402

BUILD = ROOT / os.environ.get("BUILD", "build")
BOOT = ROOT / "emu" / "boot"

pytestmark = pytest.mark.skipif(shutil.which("qemu-system-x86_64") is None,
                                reason="no qemu-system-x86_64")

RECIPE = """
what = "a kernel of ours"
os = "netbsd"
machine = "amd64"
regime = "4level"
qemu = "qemu-system-x86_64"
arguments = {arguments}
panic = '{panic}'
timeout = 8

[root]
info = 'CR3=([0-9a-f]+)'
mask = 0x000ffffffffff000

[maps]
{maps}
"""


@pytest.fixture(scope="module")
def target() -> machines.Target:
    """The guest that stands in."""
    return next(t for t in machines.targets() if t.name == "netbsd-amd64-4level")


def command(where: Path, target: machines.Target, **changed: str) -> list:
    """Writes the recipe; how it is run."""
    words = {"arguments": str(target.arguments).replace("'", '"'), "panic": "^debugger",
             "maps": 'list = "x86"'} | changed
    recipe = where / "ours.toml"
    recipe.write_text(RECIPE.format(**words))
    kernel = machines.build(target, BUILD / "guest")
    (where / "disk").write_bytes(bytes(1 << 20))
    return [BOOT, recipe, "--kernel", kernel, "-o", where / "out"]


def boot(where: Path, target: machines.Target, **changed: str) -> subprocess.CompletedProcess:
    """Writes the recipe and runs it."""
    return subprocess.run(command(where, target, **changed), text=True, capture_output=True,
                          timeout=120)


# Elsewhere the guest has entries with reserved bits, which QEMU's debug walks take for good.
@pytest.mark.parametrize("maps", ['list = "x86"\nskip = [[0, 0xffffffff80000000]]', "windows"])
def test_conforms(tmp_path: Path, target: machines.Target, maps: str) -> None:
    """The library reads the memory as QEMU's MMU does."""
    if maps == "windows":
        va = target.kernel[0]
        maps = f"windows = [[{va:#x}, 0x4000000, 0x80000]]"
    done = boot(tmp_path, target, maps=maps)
    assert done.returncode == 0, done.stderr
    where = tmp_path / "out" / "netbsd-amd64-4level-boot"
    oracle = (where / "oracle").read_text().splitlines()
    assert sum(line.startswith("map ") for line in oracle) > 0
    assert sum(line.startswith("hole ") for line in oracle) > 0
    judged = subprocess.run([BUILD / "bin" / "kcore-conform", where], text=True,
                            capture_output=True, timeout=120)
    assert judged.returncode == 0, judged.stdout[-3000:]


def test_caught(tmp_path: Path, target: machines.Target) -> None:
    """One wrong bit in a page table of the memory is seen."""
    assert boot(tmp_path, target).returncode == 0
    where = tmp_path / "out" / "netbsd-amd64-4level-boot"
    oracle = (where / "oracle").read_text().splitlines()
    base, _, root = next(line.split()[1:] for line in oracle if line.startswith("raw "))
    with open(where / "core", "r+b") as core:
        core.seek(int(root, 16) - int(base, 16) + 511 * 8)
        entry = core.read(8)
        core.seek(-8, os.SEEK_CUR)
        core.write(bytes([entry[0], entry[1] ^ 0x10, *entry[2:]]))
    judged = subprocess.run([BUILD / "bin" / "kcore-conform", where], capture_output=True,
                            timeout=120)
    assert judged.returncode == 1


@pytest.mark.parametrize("changed, says", [
    ({"panic": "never printed"}, "no 'never printed' on the console"),
    ({"maps": 'windows = [[0x1000, 0x10000, 0x1000]]'}, "nothing that is mapped lies in RAM"),
])
def test_goes_wrong(tmp_path: Path, target: machines.Target, changed: dict, says: str) -> None:
    """A clear error with the console's last lines, and no half fixture."""
    recipe_time = {"arguments": str(target.arguments).replace("'", '"')}
    done = boot(tmp_path, target, **recipe_time, **changed)
    assert done.returncode == 1 and says in done.stderr, done.stderr
    assert "    | " in done.stderr
    assert list((tmp_path / "out").iterdir()) == []


@pytest.mark.parametrize("what", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_interrupted(tmp_path: Path, target: machines.Target, what: signal.Signals) -> None:
    """Nothing is left but by SIGKILL, and of that nothing by the next run; a kept run stays."""
    out = tmp_path / "out"
    (out / ".netbsd-amd64-4level-boot.kept.1").mkdir(parents=True)
    kept = list(out.iterdir())
    words = command(tmp_path, target, panic="never printed")
    # Ignored where the tests run in a shell's background.
    with subprocess.Popen(words, text=True, stderr=subprocess.PIPE, preexec_fn=lambda:
                          signal.signal(signal.SIGINT, signal.SIG_DFL)) as run:
        limit = time.monotonic() + 20
        while not any(out.glob(".*/console")):
            assert run.poll() is None and time.monotonic() < limit
            time.sleep(0.02)
        run.send_signal(what)
        errors = run.communicate(timeout=20)[1]
    if what == signal.SIGKILL:
        assert len(list(out.iterdir())) == 2
        assert boot(tmp_path, target, panic="never printed").returncode == 1
    else:
        assert run.returncode == 1 and "interrupted" in errors, errors
    assert list(out.iterdir()) == kept


def test_bad_recipe(tmp_path: Path) -> None:
    """A key that is not known is an error that names it."""
    recipe = tmp_path / "bad.toml"
    recipe.write_text('what = "x"\nnonsense = 1\n')
    done = subprocess.run([BOOT, recipe, "--kernel", "/nowhere", "-o", tmp_path], text=True,
                          capture_output=True, timeout=60)
    assert done.returncode == 2 and "nonsense" in done.stderr
