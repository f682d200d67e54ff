# SPDX-License-Identifier: BSD-2-Clause
"""kcore save: what is saved from a device, and whether there is a dump."""

import shutil
import subprocess
from pathlib import Path

import pytest
from test_convert import Oracle, built, oracle
from test_info import changed

DUMPMAG = 0x8FCA0101        # NetBSD and OpenBSD, sys/arch/*/*/machdep.c
# One of each system, word size and byte order; arm's dumpmag is a u_int32_t.
DEVICES = ["netbsd-amd64-4level-device", "netbsd-sparc64-sun4u-device", "netbsd-i386-pae-device",
           "netbsd-sparc-srmmu-device", "openbsd-amd64-4level-device", "openbsd-arm-linear-device",
           "openbsd-hppa-linear-device", "openbsd-mips64-sysmap-big-device",
           "openbsd-mips64-sysmap-device", "openbsd-sparc64-sun4u-device"]


def save(kcore: Path, where: Path, device: Path, out: Path) -> subprocess.CompletedProcess:
    """Runs the tool."""
    at = int(oracle(where).facts["device"], 16)
    return subprocess.run([kcore, "save", "-k", where / "kernel", "--offset", str(at), device, out],
                          text=True, capture_output=True, timeout=60)


def dumpmag(where: Path) -> tuple[Oracle, int, int]:
    """The oracle, where in the core the variable lies, and its size."""
    o = oracle(where)
    size = int(o.facts["bits"]) // 8 if "openbsd" in where.name else 4
    core = (where / "core").read_bytes()
    # Nothing else in the model's kernels has these bytes.
    word = DUMPMAG.to_bytes(size, o.facts["byteorder"])
    assert core.count(word) == 1, where
    return o, core.index(word), size


def problem(kcore: Path, where: Path, core: Path) -> str:
    """What kcore info complains about."""
    done = subprocess.run([kcore, "info", "-k", where / "kernel", core], text=True,
                          capture_output=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return "\n".join(x for x in done.stdout.splitlines() if x.startswith("problem"))


@pytest.mark.parametrize("name", DEVICES)
def test_save(kcore: Path, fixtures: Path, tmp_path: Path, name: str) -> None:
    """The file is the core, and a dump is saved once."""
    where = built(fixtures, name)
    o, at, size = dumpmag(where)
    core = (where / "core").read_bytes()
    device, out = tmp_path / "device", tmp_path / "out"
    shutil.copy(where / "device", device)
    done = save(kcore, where, device, out)
    assert done.returncode == 0, done.stderr
    assert out.read_bytes() == core
    assert problem(kcore, where, out) == ""
    out.unlink()
    done = save(kcore, where, device, out)
    assert done.returncode == 1 and not out.exists()
    assert f"dumpmag at {o.syms['dumpmag']:#x} reads 0, wanted {DUMPMAG:#x}" in done.stderr
    assert "saved before" in done.stderr


@pytest.mark.parametrize("name", DEVICES)
def test_other_dumpmag(kcore: Path, fixtures: Path, tmp_path: Path, name: str) -> None:
    """Each byte of dumpmag matters, in the file and on the device."""
    where = built(fixtures, name)
    o, at, size = dumpmag(where)
    core, device, out = tmp_path / "core", tmp_path / "device", tmp_path / "out"
    for i in range(size):
        word = bytearray(DUMPMAG.to_bytes(size, o.facts["byteorder"]))
        word[i] ^= 0x40
        found = int.from_bytes(word, o.facts["byteorder"])
        text = f"dumpmag at {o.syms['dumpmag']:#x} reads {found:#x}, wanted {DUMPMAG:#x}: another"
        data = bytearray((where / "core").read_bytes())
        data[at : at + size] = word
        core.write_bytes(data)
        assert text in problem(kcore, where, core)
        data = (where / "device").read_bytes()
        device.write_bytes(data.replace(DUMPMAG.to_bytes(size, o.facts["byteorder"]), word))
        done = save(kcore, where, device, out)
        assert done.returncode == 1 and text in done.stderr and not out.exists(), done.stderr


def test_no_dumpmag(kcore: Path, fixtures: Path, tmp_path: Path) -> None:
    """A kernel without the variable proves nothing: there is nothing to save."""
    where = tmp_path / "dump"
    shutil.copytree(built(fixtures, "openbsd-amd64-4level-device"), where)
    changed(where / "kernel", where / "kernel", b"\0dumpmag\0", b"\0dumpmah\0")
    before = (where / "device").read_bytes()
    done = save(kcore, where, where / "device", tmp_path / "out")
    assert done.returncode == 1 and "the kernel has no symbol dumpmag" in done.stderr, done.stderr
    assert not (tmp_path / "out").exists() and (where / "device").read_bytes() == before
