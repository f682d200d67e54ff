# SPDX-License-Identifier: BSD-2-Clause
"""Kernels that do one thing wrong, and prove all that they tell: emu/panic must see it."""

import importlib
import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

QEMUS = tuple(f"qemu-system-{name}" for name in ("x86_64", "aarch64"))
pytestmark = pytest.mark.skipif(
    not all(map(shutil.which, QEMUS + ("clang",))),
    reason="no clang, or not all of " + ", ".join(QEMUS))

BREAKS = {                      # fixture, file, text, what it becomes, what emu/panic says
    "text that changes while it dumps": (
        "netbsd-amd64-4level", "common/main.c", "\tdumpsys();\n",
        "\t*(volatile char *)(uintptr_t)DIRECT_VA(virt_pa(text_start)) ^= 1;\n\tdumpsys();\n",
        "is not what memory was at the panic, and holds no data of the kernel"),
    "a full dump of less RAM": (
        "freebsd-amd64-4level", "forms/elf.c", "\tchoose();\n",
        "\tclusters[1].size -= PAGE;\n\tchoose();\n", "a full dump has "),
    "a page of text that can be written": (
        "netbsd-aarch64-4k", "drivers/radix.c", "radix_leaf(level, shift, pa, prot)",
        "radix_leaf(level, shift, pa, va == KERNEL_VA + PAGE ? prot | PROT_W : prot)",
        "| wrong access 1 to ffffc00000201000"),
    "one of many that can be executed": (
        "netbsd-amd64-4level", "drivers/radix.c", "radix_leaf(level, shift, pa, prot)",
        "radix_leaf(level, shift, pa, va == (uintptr_t)DIRECT_VA(8 << 20) ? prot | PROT_X : prot)",
        "alone maps"),
    "another architecture": (
        "freebsd-amd64-4level", "forms/kerneldump.c", "DUMP_ARCH, 12)", '"vax", 12)',
        "the kernel dump header tells ['vax', 2, "),
    "another version of it": (
        "freebsd-amd64-4level", "forms/kerneldump.c", "put(36, 4, DUMP_ARCH_VERSION)",
        "put(36, 4, 1)", "the kernel dump header tells ['amd64', 1, "),
}


@pytest.mark.parametrize("name", BREAKS)
def test_broken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Fails with the reason that is wanted, and leaves no fixture."""
    fixture, file, old, new, says = BREAKS[name]
    monkeypatch.syspath_prepend(ROOT / "emu")
    machines = importlib.import_module("harness.machines")
    target = next(t for t in machines.targets() if t.name == fixture)
    shutil.copytree(ROOT / "emu" / "guest", tmp_path / "guest")
    source = tmp_path / "guest" / file
    text = source.read_text()
    assert text.count(old) == 1, f"{file}: {text.count(old)} of {old!r}"
    source.write_text(text.replace(old, new))
    monkeypatch.setattr(machines, "GUEST", tmp_path / "guest")
    moved = machines.Target(tmp_path / "guest" / target.folder.name, fixture, target.settings)
    kernel = machines.build(moved, tmp_path / "build")
    run = subprocess.run(
        [ROOT / "emu" / "panic", "--kernel", kernel, "-o", tmp_path / "out", "--build", tmp_path,
         "--kcore", ROOT / os.environ.get("BUILD", "build") / "bin" / "kcore", fixture],
        capture_output=True, text=True, timeout=120, check=False)
    assert run.returncode == 1 and says in run.stderr, run.stderr + run.stdout
    assert not list((tmp_path / "out").glob("*"))
