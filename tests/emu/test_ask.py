# SPDX-License-Identifier: BSD-2-Clause
"""emu/ask must accept a right fixture and convict each single wrong fact."""

import argparse
import gzip
import importlib.machinery
import importlib.util
import os
import shutil
import signal
import socket
import struct
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ASK = ROOT / "emu" / "ask"
MASK = (1 << 64) - 1
SEED = 0x123456789ABCDEF0
BASE = 0xFFFF800000000000

pytestmark = pytest.mark.skipif(shutil.which("qemu-system-x86_64") is None,
                                reason="no qemu-system-x86_64")

P, W, PS, NX = 1, 2, 0x80, 1 << 63
TABLES = 0x200000                       # PML4, PDPT, PD, PT, one page each
PT = {0: 0x103000 | P | W | NX, 1: 0x101000 | P | NX, 2: 0x105000 | P, 4: 0x900000 | P | W, 100: 0x130000 | P,
      200: 0x120000 | P | W | NX}
PD = {0: TABLES + 0x3000 | P | W, 1: 0x400000 | 1 << 13 | PS | P | W, 3: 0x400000 | PS | P | W | NX}


def mix(z: int) -> int:
    """splitmix64's finaliser."""
    z = ((z ^ z >> 30) * 0xBF58476D1CE4E5B9) & MASK
    z = ((z ^ z >> 27) * 0x94D049BB133111EB) & MASK
    return z ^ z >> 31


def table(entries: dict[int, int]) -> bytes:
    """A page of entries."""
    return b"".join(struct.pack("<Q", entries.get(i, 0)) for i in range(512))


RIGHT = {
    "seed": f"seed {SEED:x}", "low": "ram 100000 10000 hash",
    "zeros": "ram 120000 2000 zero", "any": "ram 130000 1000 any",
    "tables": "ram 200000 4000 file 0",
    "large ram": "ram 400000 200000 hash", "cr3": "reg cr3 200000",
    "first hole": f"hole 0 {BASE:x}",
    "rw": f"map {BASE:x} 103000 1000 rw-", "ro": f"map {BASE + 0x1000:x} 101000 1000 r--",
    "rx": f"map {BASE + 0x2000:x} 105000 1000 r-x", "hole": f"hole {BASE + 0x3000:x} 1000",
    "absent": f"absent {BASE + 0x4000:x} 1000", "rest": f"hole {BASE + 0x5000:x} 5f000",
    "lone": f"map {BASE + 0x64000:x} 130000 1000 r-x", "more": f"hole {BASE + 0x65000:x} 63000",
    "zero": f"map {BASE + 0xC8000:x} 120000 1000 rw-", "last": f"hole {BASE + 0xC9000:x} 137000",
    "reserved": f"hole {BASE + 0x200000:x} 400000",
    "large": f"map {BASE + 0x600000:x} 400000 200000 rw-",
    "end": f"hole {BASE + 0x800000:x} {(1 << 64) - BASE - 0x800000:x}",
}
WRONG = {
    "address": {"rw": f"map {BASE:x} 104000 1000 rw-"},
    "writable": {"ro": f"map {BASE + 0x1000:x} 101000 1000 rw-"},
    "not writable": {"rw": f"map {BASE:x} 103000 1000 r--"},
    "executable": {"rw": f"map {BASE:x} 103000 1000 rwx"},
    "not executable": {"rx": f"map {BASE + 0x2000:x} 105000 1000 r--"},
    "mapped but a hole": {"rw": f"hole {BASE:x} 1000"},
    "a hole but mapped": {"hole": f"map {BASE + 0x3000:x} 106000 1000 rw-"},
    "a hole but absent": {"hole": f"absent {BASE + 0x3000:x} 1000"},
    "absent but in RAM": {"low": "ram 100000 10000 hash\nram 110000 1000 hash", "rw":
                          f"absent {BASE:x} 1000"},
    "absent but mapped": {"absent": f"map {BASE + 0x4000:x} 10a000 1000 rw-"},
    "reserved bits mapped": {"reserved": f"map {BASE + 0x200000:x} 402000 200000 rw-\n"
                                         f"hole {BASE + 0x400000:x} 200000"},
    "large page ends early": {"large": f"map {BASE + 0x600000:x} 400000 1ff000 rw-\n"
                                       f"hole {BASE + 0x7ff000:x} 1000"},
    "address of zeros": {"zero": f"map {BASE + 0xC8000:x} 121000 1000 rw-"},
    "page hidden in a hole": {"lone": f"hole {BASE + 0x64000:x} 1000"},
    "page hidden deep in a hole": {"rest": f"hole {BASE + 0x5000:x} c3000", "lone": "# hidden",
                                   "more": "# hidden"},
    "root": {"cr3": "reg cr3 201000"},
}


def lay(directory: Path, changes: dict[str, str]) -> Path:
    """Writes the fixture with some lines changed."""
    directory.mkdir()
    core = table({256: TABLES + 0x1000 | P | W}) + table({0: TABLES + 0x2000 | P | W})
    (directory / "core").write_bytes(core + table(PD) + table(PT))
    head = "os netbsd\nmachine amd64\nregime 4level\nfile core core\nopen ok\ncomplete yes\n"
    (directory / "oracle").write_text(head + "\n".join({**RIGHT, **changes}.values()) + "\n")
    return directory


def ask(directory: Path, changes: dict[str, str]) -> subprocess.CompletedProcess:
    """Writes the fixture with some lines changed and asks it."""
    return subprocess.run([ASK, lay(directory, changes)], capture_output=True, text=True,
                          timeout=120)


def test_right(tmp_path: Path) -> None:
    run = ask(tmp_path / "fixture", {})
    assert run.returncode == 0, run.stdout + run.stderr
    assert "1 passed, 0 failed, 0 skipped" in run.stdout


@pytest.mark.parametrize("name", WRONG)
def test_wrong(tmp_path: Path, name: str) -> None:
    run = ask(tmp_path / "fixture", WRONG[name])
    assert run.returncode == 1, run.stdout + run.stderr
    assert "wanted:" in run.stdout and "walk:" in run.stdout


def test_wrong_bytes(tmp_path: Path) -> None:
    """Content that the tables themselves show: a bytes line that is not what the RAM line lays."""
    run = ask(tmp_path / "fixture", {"extra": "bytes 103010 00112233"})
    assert run.returncode == 0, run.stdout      # laid, and read back through the MMU
    assert "0 failed" in run.stdout


def test_skipped_is_not_passed(tmp_path: Path) -> None:
    run = ask(tmp_path / "fixture", {"cr3": "# no root"})
    assert run.returncode == 77
    assert "0 passed, 0 failed, 1 skipped" in run.stdout and "# SKIP no reg line" in run.stdout


def test_broken_fixture(tmp_path: Path) -> None:
    run = ask(tmp_path / "fixture", {"rw": f"map {BASE:x} 103000"})
    assert run.returncode == 99 and "fixture is broken" in run.stdout


def test_incomplete(tmp_path: Path) -> None:
    run = ask(tmp_path / "fixture", {"rest": "# nothing"})
    assert run.returncode == 99 and "no line says what ffff800000005000" in run.stdout


def test_no_qemu(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QEMU_SYSTEM_X86_64", "/nonexistent")
    run = ask(tmp_path / "fixture", {})
    assert run.returncode == 77 and "qemu-system-x86_64: not installed" in run.stdout


def test_no_fixture(tmp_path: Path) -> None:
    run = subprocess.run([ASK, tmp_path], capture_output=True, text=True, timeout=60)
    assert run.returncode == 2 and "no fixture" in run.stderr


def test_no_fixture_in_one(tmp_path: Path) -> None:
    """A name that is not there is told, though others are."""
    lay(tmp_path / "fixture", {})
    (tmp_path / "empty").mkdir()
    run = subprocess.run([ASK, tmp_path / "no", tmp_path / "fixture", tmp_path / "empty"],
                         capture_output=True, text=True, timeout=60)
    assert run.returncode == 2 and run.stdout == ""
    assert f"at or below {tmp_path / 'no'}, {tmp_path / 'empty'}\n" in run.stderr


BROKEN = {
    "no UTF-8": (b"seed", b"\xfe\xff", "is 0xfe, which is no UTF-8"),
    "seed": (f"seed {SEED:x}".encode(), b"seed xyz", "cannot read 'seed xyz'"),
    "keyword": (b"complete yes", b"garbage here", "unknown keyword 'garbage'"),
    "bits": (b"complete yes", b"bits many", "cannot read 'bits many'"),
    "sign": (b"map ffff800000000000 103000", b"map ffff800000000000 -103000", "'-103000' is not"),
    "offset": (b"file 0", b"file ffffffffffffffff", "oracle: ram 200000 4000 file "
               "ffffffffffffffff: no file has a byte 0xffffffffffffffff"),
    "core's name": (b"core core", b"core co\0re", "oracle: file 'co\\x00re': no file has such"),
    "long seed": (f"seed {SEED:x}".encode(), b"seed 10000000000000000", "wanted 64 bits"),
    "negative seed": (f"seed {SEED:x}".encode(), b"seed -1", "'seed -1': -1: wanted 64 bits"),
    "negative bits": (b"complete yes", b"bits -1", "cannot read 'bits -1': -1: wanted 1 to 64"),
    "many bits": (b"complete yes", b"bits 65", "65: wanted 1 to 64"),
    "no machine": (b"machine amd64", b"# none", "no machine line"),
    "nothing": (None, b"", "no os line"),
    "garbage": (None, b"garbage here\n", "unknown keyword 'garbage'"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_broken_oracles(tmp_path: Path, name: str) -> None:
    """They are told to be broken, and the fixtures after them are judged."""
    old, new, says = BROKEN[name]
    for directory in ("a", "b"):
        lay(tmp_path / directory, {})
    oracle = tmp_path / "a" / "oracle"
    assert old is None or old in oracle.read_bytes()
    oracle.write_bytes(new if old is None else oracle.read_bytes().replace(old, new))
    run = subprocess.run([ASK, tmp_path], capture_output=True, text=True, timeout=60)
    assert run.returncode == 99, run.stdout + run.stderr
    assert "not ok 1 - a\n#  fixture is broken: " in run.stdout and says in run.stdout
    assert "ok 2 - b: " in run.stdout and run.stderr == ""


@pytest.mark.parametrize("suffix", ["gz", "zst"])
@pytest.mark.parametrize("damage", ["first", "middle", "end"])
def test_broken_compression(tmp_path: Path, suffix: str, damage: str) -> None:
    """A core that cannot be unpacked."""
    where = tmp_path / "fixture"
    lay(where, {})
    core = (where / "core").read_bytes()
    if suffix == "zst":
        try:
            import zstandard
        except ImportError:
            pytest.skip("python3-zstandard: not installed")
        packed = bytearray(zstandard.ZstdCompressor(write_checksum=True).compress(core))
    else:
        packed = bytearray(gzip.compress(core))
    if damage == "end":
        del packed[-len(packed) // 2:]
    else:
        at = {"first": 0, "middle": 12}[damage]
        packed[at:at + 4] = bytes(4) if damage == "first" else b"\xff" * 4
    (where / f"core.{suffix}").write_bytes(packed)
    oracle = where / "oracle"
    oracle.write_text(oracle.read_text().replace("file core core", f"file core core.{suffix}"))
    run = subprocess.run([ASK, where], capture_output=True, text=True, timeout=60)
    assert run.returncode == 99, run.stdout + run.stderr
    assert "fixture is broken: " in run.stdout and run.stderr == ""


@pytest.mark.parametrize("option", ["--timeout", "--fixture-time"])
@pytest.mark.parametrize("value", ["-1", "0", "nan", "inf", "x"])
def test_wrong_time(tmp_path: Path, option: str, value: str) -> None:
    """No time to wait."""
    lay(tmp_path / "fixture", {})
    run = subprocess.run([ASK, option, value, tmp_path / "fixture"], capture_output=True,
                         text=True, timeout=60)
    assert run.returncode == 2 and f"argument {option}: invalid" in run.stderr, run.stderr


@pytest.mark.parametrize("to, says", [("/dev/full", "No space left on device"),
                                      ("pipe", "Broken pipe")])
def test_output_fails(tmp_path: Path, to: str, says: str) -> None:
    """It is told, and nothing is left behind."""
    lay(tmp_path / "fixture", {})
    (tmp_path / "tmp").mkdir()
    if to == "pipe":
        reader, out = os.pipe()
        os.close(reader)
    else:
        out = os.open(to, os.O_WRONLY)
    try:
        run = subprocess.run([ASK, tmp_path / "fixture"], stdout=out, stderr=subprocess.PIPE,
                             text=True, timeout=60, env={**os.environ, "TMPDIR": tmp_path / "tmp"})
    finally:
        os.close(out)
    assert run.returncode == 99 and run.stderr == f"emu/ask: standard output: {says}\n"
    assert list((tmp_path / "tmp").iterdir()) == []


@pytest.mark.parametrize("name, status, says", [
    ("address", 1, "not asked: the rest: out of time"),
    ("right", 77, "ok 1 - fixture # SKIP out of time")])
def test_out_of_time(tmp_path: Path, name: str, status: int, says: str) -> None:
    """What was found before the time was over stays found; only without it, it is a skip."""
    where = lay(tmp_path / "fixture", WRONG.get(name, {}))
    run = subprocess.run([ASK, "--fixture-time", "1e-9", where], capture_output=True, text=True,
                         timeout=60)
    assert run.returncode == status and says in run.stdout, run.stdout + run.stderr
    assert ("wanted:" in run.stdout) == (status == 1)


# Before which packet to the stub, or command of QMP, QEMU dies; whether a mismatch was found then.
DIES = {"in its boot": ("P", 1, False), "in a change of registers": ("P", 5, False),
        "when asked": ("gva2gpa", 1, False), "in its accesses": ("c", 2, True),
        "after its accesses": ("z1", 2, True)}


@pytest.mark.parametrize("name", DIES)
def test_machine_dies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
                      capsys: pytest.CaptureFixture, name: str) -> None:
    """It is the machine's failure, no mismatch is lost, and the next fixture has a new machine."""
    when, left, found = DIES[name]
    loader = importlib.machinery.SourceFileLoader("emu_ask", str(ASK))
    program = importlib.util.module_from_spec(importlib.util.spec_from_loader("emu_ask", loader))
    loader.exec_module(program)
    qemu = importlib.import_module("harness.qemu")
    ask_stub, run_commands = qemu.Gdb.ask, qemu.Qemu.commands

    def die(machine: qemu.Qemu, what: str) -> None:
        nonlocal left
        left -= what.startswith(when)
        if left == 0:
            left = -1
            machine.process.kill()
            machine.process.wait()

    def ask_then(gdb: qemu.Gdb, packet: str, seconds: float | None = None) -> bytes:
        die(gdb._qemu, packet)
        return ask_stub(gdb, packet, seconds)

    def commands_then(machine: qemu.Qemu, wanted: list) -> list:
        die(machine, wanted[0][1].get("command-line", ""))
        return run_commands(machine, wanted)

    monkeypatch.setattr(qemu.Gdb, "ask", ask_then)
    monkeypatch.setattr(qemu.Qemu, "commands", commands_then)
    (tmp_path / "work").mkdir()
    runner = program.Runner(argparse.Namespace(verbose=False, fixture_time=60, timeout=20),
                            tmp_path / "work")
    fixtures = [lay(tmp_path / "a", WRONG["address"]), lay(tmp_path / "b", {})]
    try:
        assert program.judge(fixtures, runner) == 1
    finally:
        runner.close()
    said = capsys.readouterr().out
    assert "not ok 1 - a\n#  machine: " in said and "(no message; exit status -9)\n" in said, said
    assert "ok 2 - b: " in said and "1 passed, 1 failed, 0 skipped" in said, said
    assert ("wanted:" in said) == found, said


STUB = {        # what is asked, the answer (None: it is gone), what is said of it
    "error": (lambda gdb: gdb.get("pc"), "E14", "register pc: answer 'E14'"),
    "nothing": (lambda gdb: gdb.get("pc"), "", "register pc: answer ''"),
    "unknown value": (lambda gdb: gdb.get("pc"), "xxxxxxxx", "register pc: answer 'xxxxxxxx'"),
    "half a byte": (lambda gdb: gdb.get("pc"), "123", "register pc: answer '123'"),
    "gone": (lambda gdb: gdb.get("pc"), None, "connection closed: gone"),
    "value": (lambda gdb: gdb.get("pc") == 0x1234, "34120000", ""),
    "no such register": (lambda gdb: gdb.get("sp"), "00", "no register sp"),
    "too wide": (lambda gdb: gdb.set("pc", 1 << 32), "OK", "pc has 4 bytes, not room for 0x1"),
    "widest": (lambda gdb: gdb.set("pc", (1 << 32) - 1) is None, "OK", ""),
    "refused": (lambda gdb: gdb.set("pc", 0), "E22", "register pc = 0x0 refused"),
    "no registers": (lambda gdb: gdb.ask("g"), "E14", "registers: answer 'E14'"),
    "registers": (lambda gdb: gdb.ask("g") == b"e14e", "e14e", ""),
    "no such description": (lambda gdb: gdb._file("x"), "E00", "description x: answer 'E00'"),
    "no descriptions": (lambda gdb: gdb._file("x") == "", "", ""),
}


@pytest.mark.parametrize("name", STUB)
def test_stub_answers(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """What the stub says instead of what it was asked for, or that it says nothing any more."""
    monkeypatch.syspath_prepend(ROOT / "emu")
    qemu = importlib.import_module("harness.qemu")
    asks, answer, says = STUB[name]
    ours, its = socket.socketpair()
    gdb = qemu.Gdb(argparse.Namespace(_connect=lambda _: ours, timeout=5, stderr=lambda: "gone"))
    gdb.registers = {"pc": (1, 4)}
    if answer is None:
        its.close()
    else:
        its.sendall(f"${answer}#00".encode())
    with ours, its:
        if not says:
            assert asks(gdb)
            return
        with pytest.raises(qemu.MachineError) as error:
            asks(gdb)
    assert says in str(error.value)


@pytest.mark.parametrize("what", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_interrupted(tmp_path: Path, what: signal.Signals) -> None:
    """Nothing is left behind."""
    for name in ("tmp", "bin"):
        (tmp_path / name).mkdir()
    hangs = tmp_path / "bin" / "qemu"
    hangs.write_text(f"#!/bin/sh\n: >{tmp_path}/started\nexec sleep 60\n")
    hangs.chmod(0o755)
    run = subprocess.Popen(
        [ASK, "--timeout", "60", lay(tmp_path / "fixture", {})], stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True,
        env={**os.environ, "TMPDIR": str(tmp_path / "tmp"), "QEMU_SYSTEM_X86_64": str(hangs)},
        # Ignored where the tests run in a shell's background, or by nohup.
        preexec_fn=lambda: [signal.signal(s, signal.SIG_DFL) for s in (what, signal.SIGINT)])
    for _ in range(600):
        if (tmp_path / "started").exists():
            break
        time.sleep(0.05)
    assert os.listdir(tmp_path / "tmp")
    run.send_signal(what)
    said, errors = run.communicate(timeout=30)
    assert run.returncode == 1 and "Bail out! interrupted" in said and errors == ""
    assert os.listdir(tmp_path / "tmp") == []


def _said(program: str) -> str:
    """What a Python program of its own prints; it must not fail."""
    run = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True,
                         timeout=60)
    assert run.returncode == 0, run.stderr
    return run.stdout


def test_interrupted_twice() -> None:
    """The second signal does not disturb what the first one's KeyboardInterrupt cleans up."""
    program = ("import os, signal, sys; sys.path.insert(0, 'emu'); from harness import qemu\n"
               "signal.signal(signal.SIGHUP, signal.SIG_IGN); qemu.interruptible()\n"
               "os.kill(os.getpid(), signal.SIGHUP)\n"
               "try: os.kill(os.getpid(), signal.SIGTERM); signal.pause()\n"
               "except KeyboardInterrupt:\n"
               "    for s in (signal.SIGTERM, signal.SIGINT): os.kill(os.getpid(), s)\n"
               "    print('cleaned')\n")
    assert _said(program) == "cleaned\n"


def test_interrupted_in_a_fork() -> None:
    """A signal then is not lost, and the process ends before what cleans up."""
    program = ("import os, signal, sys; sys.path.insert(0, 'emu'); from harness import qemu\n"
               "qemu.interruptible(); own = os.getpid()\n"
               "os.register_at_fork(after_in_parent=lambda: os.kill(own, signal.SIGTERM))\n"
               "try: qemu.started(['sleep', '60'])\n"
               "except KeyboardInterrupt:\n"
               "    try: os.waitpid(-1, os.WNOHANG)\n"
               "    except ChildProcessError: print('ended')\n")
    assert _said(program) == "ended\n"


# One fixture of each other machine; whether its CPU makes accesses, too.
OTHERS = {
    "netbsd-i386-pae": True, "netbsd-aarch64eb-16k-47bits-edges": True, "netbsd-arm-armv7": True,
    "netbsd-armeb-armv5": True, "netbsd-riscv32-sv32": True, "netbsd-riscv64-sv39": True,
    "netbsd-sparc-srmmu": True, "netbsd-powerpc-oea": True, "netbsd-powerpc64-oea64": True,
    "netbsd-alpha-alpha": False, "netbsd-m68k-68040": False,
}


@pytest.fixture(scope="module")
def others(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the model built these fixtures."""
    where = tmp_path_factory.mktemp("others")
    files = [f"fixtures/{name}.toml" for name in OTHERS]
    subprocess.run([sys.executable, "-m", "dumpgen", "build", *files, "-o", where], check=True,
                   cwd=ROOT, env={**os.environ, "PYTHONPATH": "gen"}, timeout=300)
    return where


def change(lines: list[str], how: str) -> list[str]:
    """One wrong fact about the middle one of the pages that are mapped alone."""
    maps = [i for i, line in enumerate(lines) if line.startswith("map ") and
            len(line.split()[4]) == 3 and line.split()[4][0] == "r"]
    at = maps[len(maps) // 2]
    _, va, pa, size, prot = lines[at].split()
    new = {
        "address": f"map {va} {int(pa, 16) ^ 0x10000:x} {size} {prot}",
        "hole": f"hole {va} {size}",
        "absent": f"absent {va} {size}",
        "protection": f"map {va} {pa} {size} {'r' + ('-' if prot[1] == 'w' else 'w') + prot[2]}",
    }[how]
    return lines[:at] + [new] + lines[at + 1:]


@pytest.mark.parametrize("name", OTHERS)
def test_right_elsewhere(others: Path, name: str) -> None:
    run = subprocess.run([ASK, others / name], capture_output=True, text=True, timeout=120)
    if run.returncode == 77 and "not installed" in run.stdout:
        pytest.skip("its QEMU is not installed")
    assert run.returncode == 0, run.stdout


@pytest.mark.parametrize("how", ["address", "hole", "absent", "protection"])
@pytest.mark.parametrize("name", OTHERS)
def test_wrong_elsewhere(others: Path, tmp_path: Path, name: str, how: str) -> None:
    """Each kind of wrong fact is convicted on each machine."""
    if how == "protection" and not OTHERS[name]:
        pytest.skip(f"QEMU's debug walk tells no protection: {name}")
    where = tmp_path / name
    shutil.copytree(others / name, where)
    oracle = where / "oracle"
    oracle.write_text("\n".join(change(oracle.read_text().splitlines(), how)) + "\n")
    wrong = subprocess.run([ASK, where], capture_output=True, text=True, timeout=120)
    if wrong.returncode == 77 and "not installed" in wrong.stdout:
        pytest.skip("its QEMU is not installed")
    assert wrong.returncode == 1 and "wanted:" in wrong.stdout, wrong.stdout


def test_root_beyond_memory(others: Path, tmp_path: Path) -> None:
    """A register that names hashed memory as the context table: the root may be anywhere."""
    where = tmp_path / "fixture"
    shutil.copytree(others / "netbsd-sparc-srmmu", where)
    oracle = where / "oracle"
    text = oracle.read_text()
    old = next(line for line in text.splitlines() if line.startswith("reg ctxtable "))
    oracle.write_text(text.replace(old, "reg ctxtable 8000"))
    run = subprocess.run([ASK, where], capture_output=True, text=True, timeout=120)
    if run.returncode == 77 and "not installed" in run.stdout:
        pytest.skip("its QEMU is not installed")
    assert run.returncode == 99 and "root table of 0x400 bytes at" in run.stdout, run.stdout
