# SPDX-License-Identifier: BSD-2-Clause
"""kcore convert and save: what they must not write over, and what they refuse to begin."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest
from test_convert import built, oracle

DUMP = "netbsd-amd64-4level"
# Found from its end, and at an offset.
DEVICES = ["freebsd-amd64-4level-device", "openbsd-amd64-4level-device"]


def run(*command: object, **how: object) -> subprocess.CompletedProcess:
    """Runs the tool; what hangs fails."""
    return subprocess.run([str(x) for x in command], text=True, capture_output=True, timeout=30,
                          **how)


def inputs(fixtures: Path, name: str, to: Path) -> Path:
    """A copy of a fixture that may be damaged."""
    shutil.copytree(built(fixtures, name), to)
    return to


def command(where: Path, out: object) -> list[object]:
    """The words after kcore."""
    device = oracle(where).facts.get("device")
    if device is None:
        return ["convert", "-k", where / "kernel", where / "core", out]
    if device == "end":
        return ["save", "-k", where / "kernel", where / "device", out]
    return ["save", "-k", where / "kernel", "--offset", f"0x{device}", where / "device", out]


def contents(where: Path) -> dict[str, object]:
    """What lies in a folder, with what it is."""
    return {p.name: (p.lstat().st_mode, p.read_bytes() if p.is_file() else None)
            for p in sorted(where.iterdir())}


def make(kind: str, where: Path) -> str:
    """A thing that is no file to write a dump to; its name."""
    if kind == "fifo":
        os.mkfifo(where / kind)
    elif kind == "folder":
        (where / kind).mkdir()
    elif kind == "node":
        try:
            os.mknod(where / kind, 0o20666, os.makedev(1, 3))
        except PermissionError:
            pytest.skip("device nodes are made by root only")
    elif kind == "symlink":
        (where / kind).symlink_to("oracle")
    elif kind == "dangling":
        (where / kind).symlink_to("nothing")
    elif kind == "symlink to input":
        (where / kind).symlink_to("core")
    return kind


@pytest.mark.parametrize("kind", ["fifo", "folder", "node", "symlink", "dangling",
                                  "symlink to input"])
@pytest.mark.parametrize("name", [DUMP, *DEVICES])
def test_special(kcore: Path, fixtures: Path, tmp_path: Path, name: str, kind: str) -> None:
    """What is no regular file is left as it is."""
    where = inputs(fixtures, name, tmp_path / "dump")
    out = where / make(kind, where)
    before = contents(where)
    done = run(kcore, *command(where, out))
    assert (done.returncode, done.stdout) == (1, "")
    assert f"{out}: not a regular file" in done.stderr, done.stderr
    assert contents(where) == before


@pytest.mark.parametrize("kind", ["input", "kernel", "link", "other name"])
@pytest.mark.parametrize("name", [DUMP, *DEVICES])
def test_own_input(kcore: Path, fixtures: Path, tmp_path: Path, name: str, kind: str) -> None:
    """The output does not replace what it is made of, by whatever name."""
    where = inputs(fixtures, name, tmp_path / "dump")
    source = where / ("core" if name == DUMP else "device")
    out = where / "kernel" if kind == "kernel" else source
    if kind == "link":
        out = where / "link"
        os.link(source, out)
    elif kind == "other name":
        out = where / ".." / where.name / source.name
    before = contents(where)
    done = run(kcore, *command(where, out))
    assert (done.returncode, done.stdout) == (1, "")
    replaced = where / "kernel" if kind == "kernel" else source
    assert f"{out}: is {replaced}, from which it is to be made" in done.stderr, done.stderr
    assert contents(where) == before


@pytest.mark.parametrize("name", [DUMP, *DEVICES])
def test_replaces(kcore: Path, fixtures: Path, tmp_path: Path, name: str) -> None:
    """A file of another run is replaced."""
    where = inputs(fixtures, name, tmp_path / "dump")
    out = tmp_path / "out"
    out.write_text("mine")
    assert run(kcore, *command(where, out)).returncode == 0
    if name == DUMP:
        assert out.read_bytes().startswith(b"\x7fELF")
    else:
        assert out.read_bytes() == (where / "core").read_bytes()


@pytest.mark.parametrize("closed", ["0<&-", "1>&-", "2>&-", "0<&- 1>&-", "0<&- 1>&- 2>&-"])
@pytest.mark.parametrize("name", DEVICES)
def test_closed(kcore: Path, fixtures: Path, tmp_path: Path, name: str, closed: str) -> None:
    """What kcore says does not land in a file that it opened."""
    where = inputs(fixtures, name, tmp_path / "dump")
    script = f'exec "$@" {closed}'
    before = contents(where)
    done = run("bash", "-c", script, "-", kcore, *command(where, tmp_path / "no" / "out"))
    assert done.returncode == 1 and contents(where) == before
    # Nothing can be said of what is well done: that is an error, as on a full disk.
    done = run("bash", "-c", script, "-", kcore, *command(where, tmp_path / "out"))
    assert done.returncode == (1 if "1>" in closed else 0)
    assert (tmp_path / "out").read_bytes() == (where / "core").read_bytes()
    whole = inputs(fixtures, name, tmp_path / "whole")
    assert run(kcore, *command(whole, tmp_path / "out2")).returncode == 0
    assert (where / "device").read_bytes() == (whole / "device").read_bytes()


@pytest.mark.parametrize("name", [DUMP, *DEVICES])
@pytest.mark.parametrize("kernel, why", [
    ("fifo", "not a regular file"), ("folder", "not a regular file"),
    ("empty", "not an ELF file: only 0 bytes long"), ("none", "No such file or directory"),
])
def test_wrong_kernel(kcore: Path, fixtures: Path, tmp_path: Path, name: str, kernel: str,
                      why: str) -> None:
    """A kernel that cannot be opened is refused by name, before anything is done."""
    where = inputs(fixtures, name, tmp_path / "dump")
    (where / "kernel").rename(where / "right")
    (where / "empty").touch()
    if kernel in ("fifo", "folder"):
        make(kernel, where)
    if kernel != "none":
        (where / kernel).rename(where / "kernel")
    before = contents(where)
    done = run(kcore, *command(where, tmp_path / "out"))
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"kcore: {where / 'kernel'}: {why}\n"
    assert not (tmp_path / "out").exists() and contents(where) == before


def test_other_kernel(kcore: Path, fixtures: Path, tmp_path: Path) -> None:
    """A kernel that is another's reads nothing from the saved core: a warning, it is saved."""
    where = inputs(fixtures, DEVICES[0], tmp_path / "dump")
    shutil.copy(built(fixtures, "freebsd-i386-pae") / "kernel", where / "kernel")
    before = (where / "device").read_bytes()
    done = run(kcore, *command(where, tmp_path / "out"))
    assert done.returncode == 0
    assert "kcore: warning: the saved core does not open: " in done.stderr
    assert (tmp_path / "out").read_bytes() == (where / "core").read_bytes()
    assert (where / "device").read_bytes() != before


@pytest.mark.parametrize("name", [DUMP, *DEVICES])
def test_unreadable_folder(kcore: Path, fixtures: Path, name: str) -> None:
    """One may write into a folder that one may not read."""
    with tempfile.TemporaryDirectory(prefix="kcore.") as folder:
        top = Path(folder)      # tmp_path is root's alone
        where = inputs(fixtures, name, top / "dump")
        tool = shutil.copy(kcore, top)
        out = top / "drop" / "out"
        out.parent.mkdir()
        how: dict[str, object] = {}
        if os.geteuid() == 0:   # who may read it nevertheless
            how = {"user": 65534, "group": 65534, "extra_groups": []}
        for p in [top, where, *where.iterdir()]:
            p.chmod(0o777)
        out.parent.chmod(0o333)
        try:
            done = run(tool, *command(where, out), **how)
        finally:
            out.parent.chmod(0o700)
        assert (done.returncode, done.stderr) == (0, "")
        assert [p.name for p in out.parent.iterdir()] == ["out"]
        if name != DUMP:
            assert out.read_bytes() == (where / "core").read_bytes()
            assert (where / "device").read_bytes() != (fixtures / name / "device").read_bytes()
