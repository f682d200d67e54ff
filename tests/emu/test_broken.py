# SPDX-License-Identifier: BSD-2-Clause
"""Kernels that do one thing wrong, and prove all that they tell: emu/panic must see it."""

import importlib
import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

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
    "the same frame for each bit of an address": (
        "netbsd-amd64-4level", "common/plan.c", "pa ^ U(1) << bit", "pa ^ U(1) << PAGE_SHIFT",
        " of a frame's address is, wanted all from 12 to 49"),
    "a dump by virtual address without some pages": (
        "freebsd-powerpc64le-virtual", "forms/elf.c", "f->kind > FILL", "f->kind >= FILL",
        "segments, wanted 13"),
    "a dumpsize that is not the dump's": (
        "netbsd-amd64-4level", "forms/netbsd-kcore.c", "(int)(bytes >> PAGE_SHIFT);",
        "(int)(bytes >> PAGE_SHIFT) + 1;", "the kernel's dumpsize is 0x1f7d, wanted 0x1f7c"),
    "a direct map of less than all RAM": (
        "freebsd-amd64-pde-v3", "forms/minidump.c",
        "return clusters[nclusters - 1].start + clusters[nclusters - 1].size;",
        "return clusters[nclusters - 1].start + clusters[nclusters - 1].size - PAGE;",
        "has 0 to 100fff000 of RAM, wanted 100000000 to 101000000, too"),
    "tables that see another table in their place": (
        "netbsd-i386-32bit", "i386/machine.c", "radix_set(U(SLOT + i) << TEXT_SHIFT, 0,",
        "radix_set(U(SLOT + i) << TEXT_SHIFT, 1,", " is not seen at bf"),
    "a hole with a page in it": (
        "freebsd-amd64-pte-v1", "amd64/machine.h", "UINT64_C(0x06000000)", "UINT64_C(0x08000000)",
        "the guest tells of ffffffffbee00000 twice: `hole` and `map`"),
}


@pytest.mark.parametrize("name", BREAKS)
def test_broken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Fails with the reason that is wanted, and leaves no fixture."""
    fixture, file, old, new, says = BREAKS[name]
    monkeypatch.syspath_prepend(ROOT / "emu")
    machines = importlib.import_module("harness.machines")
    target = next(t for t in machines.targets() if t.name == fixture)
    if not shutil.which(target.qemu):
        pytest.skip(f"{target.qemu}: not installed")
    shutil.copytree(ROOT / "emu" / "guest", tmp_path / "guest")
    source = tmp_path / "guest" / file
    text = source.read_text()
    assert text.count(old) == 1, f"{file}: {text.count(old)} of {old!r}"
    source.write_text(text.replace(old, new))
    monkeypatch.setattr(machines, "GUEST", tmp_path / "guest")
    moved = machines.Target(tmp_path / "guest" / target.folder.name, fixture, target.settings)
    try:
        kernel = machines.build(moved, tmp_path / "build")
    except machines.CannotRun as reason:
        pytest.skip(str(reason))
    run = subprocess.run(
        [ROOT / "emu" / "panic", "--kernel", kernel, "-o", tmp_path / "out", "--build", tmp_path,
         "--kcore", ROOT / os.environ.get("BUILD", "build") / "bin" / "kcore", fixture],
        capture_output=True, text=True, timeout=120, check=False)
    assert run.returncode == 1 and says in run.stderr, run.stderr + run.stdout
    assert not list((tmp_path / "out").glob("*"))
