# SPDX-License-Identifier: BSD-2-Clause
"""The fixture of a real kernel: its memory or its dump, and an oracle that is QEMU's alone."""

from __future__ import annotations

import argparse
import json
import pathlib
import re
import shutil
import struct
import subprocess

from .realkernel import Failure, RealKernel

EM = {"amd64": 62, "i386": 3, "aarch64": 183, "arm": 40, "riscv64": 243, "mips": 8, "mips64": 8}
HOLE = 1 << 16


def _stub(machine: RealKernel) -> bytes:
    """An ELF header without symbols, for kernels that come as no ELF file."""
    r = machine.recipe
    order = "<" if r.byteorder == "little" else ">"
    word = "Q" if r.bits == 64 else "I"
    head, phdr, shdr = (64, 56, 64) if r.bits == 64 else (52, 32, 40)
    ident = b"\x7fELF" + bytes([r.bits // 32, 1 if order == "<" else 2, 1]) + bytes(9)
    return ident + struct.pack(f"{order}HHI{word}{word}{word}IHHHHHH", 2, EM[r.machine], 1, 0, 0, 0,
                               0, head, phdr, 0, shdr, 0, 0)


def _kernel(machine: RealKernel, result: pathlib.Path) -> None:
    path = machine.options.kernel
    with open(path, "rb") as file:
        if file.read(4) == b"\x7fELF":
            shutil.copyfile(path, result / "kernel")
            return
    (result / "kernel").write_bytes(_stub(machine))


def _raw(machine: RealKernel, result: pathlib.Path) -> tuple[list[str], list[str]]:
    """All RAM from the first piece on, holes between pieces; the lines that say so."""
    base = machine.ram[0][0]
    lines = []
    with open(result / "core", "wb") as out:
        for start, size in machine.ram:
            with open(machine.work / f"ram-{start:x}", "rb") as file:
                at = start - base
                while piece := file.read(HOLE):
                    if piece.count(0) != len(piece):
                        out.seek(at)
                        out.write(piece)
                    at += len(piece)
            lines.append(f"ram {start:x} {size:x} file {start - base:x}")
        out.truncate(sum(machine.ram[-1]) - base)
    r = machine.recipe
    return [f"raw {base:x} {r.regime} {machine.root:x}"], lines


def _saved(machine: RealKernel, result: pathlib.Path,
           options: argparse.Namespace) -> tuple[list[str], list[str]]:
    """The dump that the kernel wrote, fetched by kcore save; its pages are as pmemsave had them."""
    r = machine.recipe
    shutil.copyfile(machine.work / "disk", result / "device")
    command = [options.kcore, "save", "--keep", "-k", result / "kernel"]
    device = "device end"
    if r.dump["offset"] != "end":
        match = re.search(r.dump["offset"], machine.console())
        if match is None:
            raise machine.fail(f"no {r.dump['offset']!r} on the console")
        offset = r.dump.get("swap", 0) + 512 * int(match.group(1))
        command += ["--offset", str(offset)]
        device = f"device {offset:x}"
    done = subprocess.run([*command, result / "device", result / "core"], text=True,
                          capture_output=True, timeout=600, check=False)
    if done.returncode:
        raise Failure(f"kcore save: {done.stderr.strip()}")
    # Dumping changes memory: where the dump differs, nobody says.
    info = subprocess.run([options.kcore, "info", "--json", "-k", result / "kernel",
                           result / "core"], text=True, capture_output=True, timeout=60, check=True)
    lines = []
    with open(result / "core", "rb") as core:
        for extent in json.loads(info.stdout)["extents"]:
            pa, size, at = (int(str(extent[k]), 0) for k in ("paddr", "length", "offset"))
            for off in range(0, size, r.pagesize):
                core.seek(at + off)
                same = core.read(r.pagesize) == machine.physical(pa + off, r.pagesize)
                kind = f"file {at + off:x}" if same else "any"
                if lines and lines[-1][2] == same and sum(lines[-1][:2]) == pa + off:
                    lines[-1] = (lines[-1][0], lines[-1][1] + r.pagesize, same, lines[-1][3])
                else:
                    lines.append((pa + off, r.pagesize, same, kind))
    return [device], [f"ram {pa:x} {size:x} {kind}" for pa, size, _, kind in lines]


def _spans(machine: RealKernel) -> list[str]:
    """map and hole lines, ascending; what was not asked is not said."""
    r, found = machine.recipe, []
    for va, pa, size, prot in machine.maps:
        found.append((va, f"map {va:x} {pa:x} {size:x} -"))
    for va, size in machine.holes:
        found.append((va, f"hole {va:x} {size:x}"))
    return [line for _, line in sorted(found)]


def write(machine: RealKernel, result: pathlib.Path, options: argparse.Namespace) -> int:
    """Writes the fixture; the number of mapped pages."""
    r = machine.recipe
    _kernel(machine, result)
    how, ram = _saved(machine, result, options) if r.dump else _raw(machine, result)
    form = r.dump["form"] if r.dump else "raw"
    lines = [f"# {r.what}: panicked under QEMU {machine.version}, which says all that follows",
             f"form {form}", f"os {'raw' if r.os == 'linux' else r.os}", f"machine {r.machine}",
             f"regime {r.regime}", f"byteorder {r.byteorder}", f"bits {r.bits}",
             f"vabits {r.vabits}", f"pagesize {r.pagesize}", "witness machine", "complete no",
             "file core core", *how, "open ok", *ram,
             *(f"reg {name} {value:x}" for name, value in machine.registers.items()),
             *_spans(machine)]
    (result / "oracle").write_text("\n".join(lines) + "\n")
    return sum(size for _, _, size, _ in machine.maps) // r.pagesize
