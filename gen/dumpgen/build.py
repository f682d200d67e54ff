# SPDX-License-Identifier: BSD-2-Clause
"""Writes fixture directories: all of one, or nothing."""

import os
import shutil
import tempfile
from pathlib import Path

from . import kerneldump, oracle
from .errors import FixtureError
from .model import Model, apply, check_complete, make, noise
from .scenario import Scenario

CHUNK = 1 << 16


def _write_image(path: Path, at: int, model: Model, head: bytes, size: int) -> None:
    """head at offset at, the memory image behind it, all of it cut or stretched to size."""
    with open(path, "r+b" if path.exists() else "wb") as f:
        for off in range(0, len(head), CHUNK):
            part = head[off : off + CHUNK]
            if any(part):                   # zeros stay a hole of the file
                f.seek(at + off)
                f.write(part)
        for off, data in model.memory.written():
            f.seek(at + len(head) + off)
            f.write(data)
        f.truncate(size)


def _write(model: Model, answers: list, where: Path) -> None:
    scn = model.scn
    kernel = bytearray(model.kernel.file)
    head = bytearray(model.header.data)
    full = len(head) + model.memory.size
    files = {"kernel": kernel, "core": head}
    for row in scn.damage:
        if row.file != "device":
            apply(model, row, files)
    for row in scn.damage:
        if row.do == "truncate" and row.file == "kernel":
            del kernel[row.offset or 0 :]
    (where / "kernel").write_bytes(kernel)
    _write_image(where / "core", 0, model, bytes(head), min(model.end, full))
    if scn.device_offset is not None:
        (where / "device").write_bytes(noise(scn.device_offset, scn.seed | 1))
        first = model.port.container.device_header(model.cpu)
        size = model.memory.size - model.port.container.lost
        end = scn.device_offset + len(first) + size
        _write_image(where / "device", scn.device_offset, model, first, end)
        with open(where / "device", "ab") as f:
            f.write(noise(scn.device_tail, scn.seed | 2))
    if scn.medium is not None or scn.compress:
        _write_packed(model, where)
    (where / "scenario.toml").write_text(scn.text, encoding="utf-8")
    text = "\n".join(oracle.lines(model, answers)) + "\n"
    (where / "oracle").write_text(text, encoding="utf-8")


def _write_packed(model: Model, where: Path) -> None:
    """Compresses the core, and puts what the kernel wrote of it at the end of a device."""
    scn = model.scn
    packed = kerneldump.compress(scn.compress, (where / "core").read_bytes())
    if scn.compress:
        (where / "core").unlink()
        (where / f"core.{scn.compress}").write_bytes(packed)
    if scn.medium is None:
        return
    names = kerneldump.names(model.port.os, model.port.machine, model.port.byteorder)
    data, places = kerneldump.write(scn.medium, packed, names, scn.seed, noise)
    device = bytearray(data)
    for row in scn.damage:
        if row.file == "device":
            apply(model, row, {"device": device}, {"device": places})
    (where / "device").write_bytes(device)


def build(scn: Scenario, out: Path) -> Path:
    """Builds one fixture as out/<name>; what was there stays if this fails."""
    model = make(scn)
    answers = list(model.answers()) if scn.open == "ok" else []
    if answers:
        check_complete(model, answers)
    out.mkdir(parents=True, exist_ok=True)
    target = out / scn.name
    work = Path(tempfile.mkdtemp(prefix=f".{scn.name}.", dir=out))
    try:
        _write(model, answers, work)
        oracle.audit(scn.name, oracle.parse(work / "oracle"))
        work.chmod(0o755)
        if target.exists():
            if not (target / "oracle").exists():
                raise FixtureError(f"{target} is there and is no fixture")
            old = Path(tempfile.mkdtemp(prefix=f".{scn.name}.", dir=out))
            os.rename(target, old / "old")
            os.rename(work, target)
            shutil.rmtree(old)
        else:
            os.rename(work, target)
    except BaseException:
        shutil.rmtree(work, ignore_errors=True)
        raise
    return target
