# SPDX-License-Identifier: BSD-2-Clause
"""kcore info and convert: a kernel of another build than the dump's."""

import json
import subprocess
from pathlib import Path

import pytest
from elftools.elf.elffile import ELFFile

FIXTURES = ["freebsd-amd64-pde-v3", "freebsd-arm-armv7-v1-big", "freebsd-powerpc64-radix-v2",
            "freebsd-sparc64-tsb", "dragonfly-x86_64-pdp-v2"]


def problems(kcore: Path, kernel: Path, core: Path) -> list[str]:
    """What kcore info complains about."""
    done = subprocess.run([kcore, "info", "--json", "-k", kernel, core], text=True,
                          capture_output=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)["problems"]


def changed(file: Path, to: Path, old: bytes, new: bytes) -> Path:
    """A copy with one text replaced."""
    data = file.read_bytes()
    assert old in data and len(old) == len(new)
    to.write_bytes(data.replace(old, new))
    return to


def version_at(kernel: Path) -> int:
    """The address of the global symbol version."""
    with kernel.open("rb") as f:
        found = ELFFile(f).get_section_by_name(".symtab").get_symbol_by_name("version")
        return next(s["st_value"] for s in found if s["st_info"]["bind"] == "STB_GLOBAL")


@pytest.mark.parametrize("name", FIXTURES)
def test_version(kcore: Path, fixtures: Path, tmp_path: Path, name: str) -> None:
    """The right kernel is none, one of another build is named with both texts."""
    where = fixtures / name
    assert problems(kcore, where / "kernel", where / "core") == []
    other = changed(where / "kernel", tmp_path / "kernel", b" #0 main-n1: Thu Jan  1",
                    b" #0 main-n1: Thu Jan  2")
    text, = problems(kcore, other, where / "core")
    # The first byte that differs, less 16.
    at = version_at(other) + other_byte(where / "kernel", other) - 16
    assert f"another kernel's dump: version at {at:#x} holds" in text
    assert "Thu Jan  1 00:00" in text.split("the kernel file has")[0]
    assert "Thu Jan  2 00:00" in text.split("the kernel file has")[1]
    out = tmp_path / "out.elf"
    done = subprocess.run([kcore, "convert", "-k", other, where / "core", out], text=True,
                          capture_output=True, timeout=60)
    assert done.returncode == 0 and f"warning: {text}" in done.stderr


def other_byte(one: Path, two: Path) -> int:
    """Where in the text version they differ first."""
    a, b = one.read_bytes(), two.read_bytes()
    first = next(i for i, (x, y) in enumerate(zip(a, b)) if x != y)
    return first - max(a.rindex(word, 0, first) for word in (b"FreeBSD ", b"DragonFly ")
                       if word in a[:first])


@pytest.mark.parametrize("old, new, why", [
    (b"\0version\0", b"\0versiom\0", "no symbol version"),
    (b"FreeBSD 15.0-CURRENT #0", b"\0reeBSD 15.0-CURRENT #0", "does not hold its text version"),
])
def test_unknown(kcore: Path, fixtures: Path, tmp_path: Path, old: bytes, new: bytes,
                 why: str) -> None:
    """What cannot be compared is said to be unknown, not to be another."""
    where = fixtures / "freebsd-amd64-pde-v3"
    other = changed(where / "kernel", tmp_path / "kernel", old, new)
    text, = problems(kcore, other, where / "core")
    assert why in text and "is not known" in text


def test_not_in_the_dump(kcore: Path, fixtures: Path) -> None:
    """So is what the dump does not hold."""
    where = fixtures / "freebsd-arm-armv7-absent"
    text, = problems(kcore, where / "kernel", where / "core")
    assert text.startswith("the kernel's version cannot be read: invalid address (0xc0100020)")
