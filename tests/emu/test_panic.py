# SPDX-License-Identifier: BSD-2-Clause
"""emu/panic beside machines that go wrong: one clear error, no process, no half fixture."""

import importlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PANIC = ROOT / "emu" / "panic"

pytestmark = pytest.mark.skipif(shutil.which("qemu-system-x86_64") is None,
                                reason="no qemu-system-x86_64")

PVH = '.section .note.Xen,"a",@note; .long 4,4,18; .asciz "Xen"; .long _start; .text; .code32;'
HELLO = "mov $0x3f8,%edx; mov $0x21,%al; out %al,%dx; mov $10,%al; out %al,%dx;"
SAY = "mov $text,%esi; 1: lodsb; test %al,%al; 2: jz 2b; out %al,%dx; jmp 1b;"
REGISTERS = "reg cr3 0\\nreg cr4 0\\nreg efer 0\\n"
KERNELS = {
    "hang": HELLO + "1: jmp 1b",
    "triple fault": HELLO + "lidt 0; ud2",
    "gives up": HELLO + SAY + "text: .asciz \"halted\\n\"",
    "proves nothing": HELLO + SAY + "text: .asciz \"panic: all is well\\ndebugger\\n\"",
} | {name: HELLO + SAY + f'text: .asciz "{told}\\nproved\\npanic: all is well\\ndebugger\\n"'
     for name, told in (("tells no register", ""),
                        ("tells another", "reg a 0\\n"),
                        ("tells a wrong one", "reg cr3 3000\\nreg cr4 0\\nreg efer 0\\n"),
                        ("half a register", "reg cr3"), ("no number", "cluster zz 1000"),
                        ("half a cluster", "cluster 1000"), ("a sign", "cluster -1 1000"),
                        ("too long a number", "cluster 10000000000000000 1000"),
                        ("half a map", REGISTERS + "map 1 2 3"),
                        ("no protection", REGISTERS + "map 1 2 3 4"))}
SAYS = {"hang": "the guest hangs (CPU 0: pc ", "triple fault": "a triple fault",
        "gives up": "the guest stopped before panic",
        "proves nothing": "the guest stopped before its panic",
        "tells no register": "the guest did not tell reg cr3, unlike amd64/machine.toml",
        "tells another": "the guest told reg a, unlike amd64/machine.toml",
        "tells a wrong one": "QEMU has cr3 0, the guest 3000",
        "half a register": "the guest tells `reg cr3`, wanted `reg name value`",
        "no number": "the guest tells `cluster zz 1000`, wanted `cluster pa size`",
        "half a cluster": "the guest tells `cluster 1000`, wanted `cluster pa size`",
        "a sign": "the guest tells `cluster -1 1000`, wanted `cluster pa size`",
        "too long a number": "the guest tells `cluster 10000000000000000 1000`, wanted",
        "half a map": "the guest tells `map 1 2 3`, wanted `map va pa size prot`",
        "no protection": "the guest tells `map 1 2 3 4`, wanted `map va pa size prot`"}
FIXTURE = "netbsd-amd64-4level-panic"


def kernel(where: Path, name: str) -> Path:
    """A kernel of a few instructions."""
    source = where / "kernel.S"
    source.write_text(PVH + ".globl _start; _start: " + KERNELS[name] + "\n")
    out = where / "kernel"
    subprocess.run(["gcc", "-nostdlib", "-static", "-Wl,-Ttext=0x100000,--build-id=none", "-o", out,
                    source], check=True, timeout=60)
    return out


def command(where: Path, *more: str) -> list[str]:
    """emu/panic for one regime, output and build below `where`."""
    return [str(PANIC), FIXTURE, "-o", str(where / "out"), "--build",
            str(where / "build"), *more]


def machines(where: Path) -> list[str]:
    """QEMU processes that use a directory below `where`."""
    found = []
    for process in Path("/proc").iterdir():
        try:
            if process.name.isdigit() and os.readlink(process / "cwd").startswith(str(where)):
                found.append((process / "cmdline").read_text())
        except OSError:
            pass
    return found


def left(where: Path) -> list[str]:
    """What lies in the output directory, hidden names too."""
    return os.listdir(where / "out") if (where / "out").exists() else []


@pytest.mark.parametrize("name", KERNELS)
def test_guest_goes_wrong(tmp_path: Path, name: str) -> None:
    (tmp_path / "out" / FIXTURE).mkdir(parents=True)    # of an older run
    run = subprocess.run(command(tmp_path, "--kernel", str(kernel(tmp_path, name)), "--timeout",
                                 "4"), capture_output=True, text=True, timeout=60)
    assert run.returncode == 1
    assert SAYS[name] in run.stderr and "| !" in run.stderr, run.stderr
    assert "0 passed, 1 failed, 0 skipped" in run.stdout
    assert left(tmp_path) == [] and machines(tmp_path) == []


def test_no_qemu(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QEMU_SYSTEM_X86_64", "/nonexistent")
    run = subprocess.run(command(tmp_path), capture_output=True, text=True, timeout=60)
    assert run.returncode == 77 and "not installed" in run.stderr
    assert "0 passed, 0 failed, 1 skipped" in run.stdout and left(tmp_path) == []


def test_qemu_refuses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QEMU_SYSTEM_X86_64", "/bin/false")
    run = subprocess.run(command(tmp_path), capture_output=True, text=True, timeout=60)
    assert run.returncode == 1 and "QEMU did not start" in run.stderr and left(tmp_path) == []


@pytest.mark.parametrize("what", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_interrupted(tmp_path: Path, what: signal.Signals) -> None:
    run = subprocess.Popen(command(tmp_path, "--kernel", str(kernel(tmp_path, "hang"))),
                           stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                           # Ignored where the tests run in a shell's background, or by nohup.
                           preexec_fn=lambda: [signal.signal(s, signal.SIG_DFL) for s in (
                               signal.SIGINT, signal.SIGHUP)])
    for _ in range(200):
        if machines(tmp_path):
            break
        time.sleep(0.05)
    else:
        run.kill()
        pytest.fail("QEMU did not start")
    run.send_signal(what)
    _, errors = run.communicate(timeout=30)
    if what == signal.SIGKILL:
        assert run.returncode == -what
    else:
        assert run.returncode == 1 and "interrupted" in errors
        assert left(tmp_path) == []
    for _ in range(100):
        if not machines(tmp_path):
            return
        time.sleep(0.05)
    pytest.fail(f"still running: {machines(tmp_path)}")


def test_interrupted_in_ask(tmp_path: Path) -> None:
    """emu/ask is told to end, has its files in the guest's folder, and is waited for."""
    ask = ("import os, pathlib, signal, sys, time\n"
           "def end(*_): pathlib.Path(os.environ['TMPDIR'], 'ended').touch(); sys.exit(1)\n"
           "signal.signal(signal.SIGTERM, end); os.kill(os.getppid(), signal.SIGTERM)\n"
           "for _ in range(1000): time.sleep(0.02)\n")
    (tmp_path / "ask").write_text(ask)
    program = ("import pathlib, runpy; names = runpy.run_path('emu/panic')\n"
               f"where = pathlib.Path({str(tmp_path)!r}); check = names['self_check']\n"
               "check.__globals__['HERE'] = where; names['interruptible']()\n"
               "try: check(where, where, 30)\n"
               "except KeyboardInterrupt: print((where / 'ended').exists())\n")
    run = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True,
                         timeout=60, check=False)  # fmt: skip
    assert run.stdout == "True\n", run.stderr


@pytest.mark.parametrize("words, says", [
    (["--timeout", "nan"], "argument --timeout: invalid"),
    (["--timeout", "0"], "argument --timeout: invalid"),
    (["--timeout", "inf"], "argument --timeout: invalid"),
    (["--json", "/nonexistent/x"], "argument --json: /nonexistent/x: No such file"),
    (["--json", "/"], "argument --json: /: Is a directory")])
def test_usage(tmp_path: Path, words: list[str], says: str) -> None:
    """It is told before any guest is run."""
    run = subprocess.run(command(tmp_path, *words), capture_output=True, text=True, timeout=60,
                         check=False)  # fmt: skip
    assert run.returncode == 2 and says in run.stderr and "Traceback" not in run.stderr
    assert not run.stdout and left(tmp_path) == []


def test_list() -> None:
    """Every folder of emu/guest with a description is a machine, each fixture named once."""
    listed = subprocess.run([PANIC, "--list"], capture_output=True, text=True, timeout=60,
                            check=True).stdout.splitlines()
    reasons = [line for line in listed if line.startswith("# ")]
    names = [line for line in listed if line not in reasons]
    assert reasons and all(re.fullmatch(r"# \w+ [^:]+: .+", line) for line in reasons)
    assert len(names) == len(set(names)) >= 41 and FIXTURE in names
    folders = {p.parent.name for p in (ROOT / "emu" / "guest").glob("*/start.S")}
    for folder in folders:
        assert subprocess.run([PANIC, "--list", "--arch", folder], capture_output=True,
                              timeout=60, check=False).returncode == 0, folder


@pytest.mark.parametrize("words, says", [
    (["no-such-fixture"], "no fixture has name no-such-fixture"),
    ([FIXTURE, "no-such-fixture"], "no fixture has name no-such-fixture"),
    (["--arch", "pdp11"], r"no fixture has --arch pdp11; wanted: .*\bamd64\b"),
    (["--os", "freebsd", "--arch", "riscv64"],
     r"no fixture of --os freebsd has --arch riscv64; wanted: .*\briscv\b"),
    (["--arch", "sparc64", "--regime", "pae"], "of --arch sparc64 has --regime pae; wanted: "),
])  # fmt: skip
def test_list_of_none(words: list[str], says: str) -> None:
    """A word that no fixture has is named, with what it may be."""
    run = subprocess.run([PANIC, "--list", *words], capture_output=True, text=True, timeout=60,
                         check=False)  # fmt: skip
    assert run.returncode == 2 and re.search(says, run.stderr) and not run.stdout


def test_list_for_a_reader_who_stops() -> None:
    """`--list | head` is no error."""
    run = subprocess.run(f"set -o pipefail; {PANIC} --list | head -n 1", shell=True, timeout=60,
                         executable="/bin/bash", capture_output=True, check=False)  # fmt: skip
    assert run.stdout and run.returncode in (0, 128 + signal.SIGPIPE) and not run.stderr


def test_ports(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each row of the support table has a guest, or a reason why not; never both."""
    monkeypatch.syspath_prepend(ROOT / "emu")
    harness = importlib.import_module("harness.machines")
    guests = {f"{t.os} {t.arch} {t.regime} {t.byteorder}" for t in harness.targets()}
    rows = [" ".join(line.split()[:4]) for line in
            (ROOT / "fixtures" / "PORTS").read_text().splitlines() if not line.startswith("#")]
    reasons = harness.missing()
    without = {row for row in rows if row in reasons or row.rpartition(" ")[0] in reasons}
    assert len(rows) > 60 and set(rows) - without == guests & set(rows) and not without & guests
    for key in reasons:
        assert any(row == key or row.rpartition(" ")[0] == key for row in rows), key


@pytest.mark.parametrize("text, says", [
    ("qemu = ", "machine.toml: "), ("quemu = 'x'", "quemu = 'x': unknown key"),
    ("bits = '32'", "bits = '32': wanted int"), ("", "missing"),
    ("registers = { x = { gdb = 'x', info = 'x' } }", "registers.x: wanted info, gdb or nothing"),
    ("registers = { x = 'x' }", "registers.x: wanted info, gdb or nothing"),
    ("registers = 'x'", "registers = 'x': wanted dict"), ("tells = 3", "tells = 3: wanted dict"),
    ("registers = { x = { info = 'R' } }", "registers.x: info = 'R': wanted a regular expression"),
    ("registers = { x = { info = '(R' } }", "registers.x: info = '(R': wanted a regular expr"),
    ("registers = { x = { info = 5 } }", "registers.x: info = 5: wanted a regular expression"),
    ("registers = { x = { gdb = 5 } }", "registers.x: gdb = 5: wanted a register's name"),
    ("registers = { x = { gdb = 'x', mask = 'ff' } }", "registers.x: mask = 'ff': wanted a number"),
    ("registers = { x = { gdb = 'x', order = 'up' } }", "order = 'up': wanted little or big"),
    ("registers = { x = { gdb = 'x', maks = 1 } }", "maks = 1: wanted one of info, gdb, order"),
    ("registers = { 'x{3..1}' = {} }", "registers.x{3..1}: no number is from 3 to 1"),
    ("tells = { holes = 3 }", "tells.holes = 3: wanted one of cluster, map, hole"),
    ("tells = { hole = '3' }", "tells.hole = '3': wanted 0 or more"),
    ("tells = { hole = true }", "tells.hole = True: wanted 0 or more"),
    ("frames = { page = 65 }", "frames = {'page': 65}: wanted page or a shift"),
    ("frames = { pages = 32 }", "frames = {'pages': 32}: wanted page or a shift"),
    ("frames = { page = '32' }", "frames = {'page': '32'}: wanted page or a shift"),
    ("kernel = [1]", "kernel = [1]: wanted two numbers"),
    ("kernel = [1, '2']", "kernel = [1, '2']: wanted two numbers"),
    ("symbols = { x = 'y' }", "symbols = {'x': 'y'}: wanted a number each"),
    ("drivers = [1]", "drivers = [1]: wanted a list of strings"),
    ("page = true", "page = True: wanted int"), ("vabits = -1", "vabits = -1: wanted 0 or more"),
    ("console = -2", "console = -2: wanted an address"), ("compiler = ''", "wanted a command"),
    ("compiler = \"cc '\"", "compiler = \"cc '\": wanted a command"),
    ("libraries = \"'\"", "libraries = \"'\": wanted words"),
    ("byteorder = 'middle'", "byteorder = 'middle': wanted little or big"),
    ("disk = 'memory:z'", "disk = 'memory:z': wanted memory:<address>"),
    ("variant = 5", "variant = 5: wanted [variant.<name>]"),
    ("variant = { x = 5 }", "variant = {'x': 5}: wanted [variant.<name>]"),
    ("fixture = 5\n#", "fixture = 5: wanted [[fixture]]"),
    ("fixture = [5]\n#", "fixture = [5]: wanted [[fixture]]"),
    ("fixture = []\n#", "fixture = []: wanted [[fixture]]"),
    ("fixture = [{ name = 5 }]\n#", "fixture name 5: wanted <os>-<machine>-<regime>"),
    ("fixture = [{ name = 'linux-x-y' }]\n#", "'linux-x-y': wanted <os>-<machine>-<regime>, os one "
     "of netbsd, openbsd"), ("fixture = [{ name = 'netbsd-x' }]\n#", "'netbsd-x': wanted <os>-"),
    ("fixture = [{ name = 'netbsd-../x-y' }]\n#", "'netbsd-../x-y': wanted <os>-"),
    ("fixture = [{ name = 'netbsd-x-y', variant = 3 }]\n#", "variant = 3: wanted one of (none)"),
    ("fixture = [{ name = 'netbsd-x-y', variant = [['a']] }]\n#", "variant = ['a']: wanted one of"),
    ("a = '\udcff'", "'utf-8' codec can't decode byte 0xff"), (None, "No such file")])
def test_description(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str | None,
                     says: str) -> None:
    """A wrong machine.toml is told with file, fixture and key."""
    monkeypatch.syspath_prepend(ROOT / "emu")
    machines_module = importlib.import_module("harness.machines")
    if text is not None:
        tail = "" if text.endswith("#") else "\n[[fixture]]\nname = 'netbsd-x-y'\n"
        (tmp_path / "machine.toml").write_text(text + tail, "utf-8", "surrogateescape")
    with pytest.raises(machines_module.DescriptionError) as error:
        machines_module.read(tmp_path)
    assert says in str(error.value) and "machine.toml" in str(error.value)


def test_named_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A fixture's name is one machine's, and once: else one's dump is taken for the other's."""
    monkeypatch.syspath_prepend(ROOT / "emu")
    machines_module = importlib.import_module("harness.machines")
    monkeypatch.setattr(machines_module, "GUEST", tmp_path)
    text = (ROOT / "emu" / "guest" / "sh" / "machine.toml").read_text()
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "machine.toml").write_text(text)
    assert [t.name for t in machines_module.targets()] == ["openbsd-sh-sh"]
    again = "\n[[fixture]]\nname = 'openbsd-sh-sh'\n"
    for where, more in (("a", again), ("b", "")):
        (tmp_path / where).mkdir(exist_ok=True)
        (tmp_path / "a" / "machine.toml").write_text(text)
        (tmp_path / where / "machine.toml").write_text(text + more)
        with pytest.raises(machines_module.DescriptionError) as error:
            machines_module.targets()
        assert str(error.value) == (f"{tmp_path / where / 'machine.toml'}: fixture name "
                                    "'openbsd-sh-sh': wanted once, a/machine.toml has it before")


def test_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A guest that tells more or fewer facts than its machine.toml says, and of which kind."""
    monkeypatch.syspath_prepend(ROOT / "emu")
    machines_module = importlib.import_module("harness.machines")
    guest_module = importlib.import_module("harness.guest")
    target = next(t for t in machines_module.targets() if f"{t.name}-panic" == FIXTURE)
    guest = guest_module.Guest(target, tmp_path / "kernel", tmp_path, 1)
    lines = ""
    for word, count in target.tells.items():
        rest = " 1000" * (len(guest_module.WORDS[word].split()) - 1)
        rest = rest.removesuffix("1000") + "rw-" if word == "map" else rest
        lines += "".join(f"{word} {i << 12:x}{rest}\n" for i in range(count))
    for text, says in ((lines, ""), (lines.replace("hole 0 1000\n", ""), "17 lines of `hole`"),
                       (lines + "map 99000 1000 1000 rw-\n", "89 lines of `map`"),
                       (lines + "hole 3000 1000\n", "`hole 3000 1000` twice"),
                       (lines + "window 0 0\n", "1 lines of `window`, amd64/machine.toml wants 0"),
                       (lines.replace("hole 3000 1000", "hole 3000 1001"),
                        "`hole 3000 1001`, wanted whole pages of 0x1000 bytes, up to 0x1"),
                       (lines.replace("hole 3000 1000", "hole 3000 0"),
                        "`hole 3000 0`, wanted whole pages"),
                       (lines.replace("hole 3000 1000", "hole fffffffffffff000 2000"),
                        "`hole fffffffffffff000 2000`, wanted whole pages")):
        (tmp_path / "console").write_text(text)
        if not says:
            guest.check_told()
            continue
        with pytest.raises(guest_module.Failure) as error:
            guest.check_told()
        assert says in str(error.value)


def test_variants(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A later variant goes over an earlier one, the fixture over both; an unknown one is told."""
    monkeypatch.syspath_prepend(ROOT / "emu")
    machines_module = importlib.import_module("harness.machines")
    text = ("qemu = 'q'\ndisk = 'd'\ncompiler = 'c'\ndrivers = []\nbyteorder = 'little'\n"
            "bits = 32\npage = 1\nvabits = 32\nkernel = [0, 0]\noracle = 'guest'\n"
            "fixture = [{ name = 'netbsd-x-y', variant = ['a', 'b'], regime = 'f' }]\n"
            "[variant.a]\npage = 2\nvabits = 20\nregime = 'a'\nregisters = { a = {} }\n"
            "[variant.b]\npage = 3\n[registers]\n'r{9..10}x' = { info = '(R)' }\n")
    (tmp_path / "machine.toml").write_text(text)
    target, = machines_module.read(tmp_path)
    assert (target.page, target.vabits, target.regime, target.bits) == (3, 20, "f", 32)
    assert target.registers == {"r9x": {"info": "(R)"}, "r10x": {"info": "(R)"}, "a": {}}
    (tmp_path / "machine.toml").write_text(text.replace("'b']", "'c']"))
    with pytest.raises(machines_module.DescriptionError, match="netbsd-x-y.*'c'.*one of a, b"):
        machines_module.read(tmp_path)


def test_summary(tmp_path: Path) -> None:
    """The JSON says what became of each fixture."""
    summary = tmp_path / "summary.json"
    subprocess.run(command(tmp_path, "--kernel", str(kernel(tmp_path, "gives up")), "--json",
                           str(summary)), capture_output=True, timeout=60, check=False)
    told = json.loads(summary.read_text())
    assert (told["passed"], told["failed"], told["skipped"]) == (0, 1, 0)
    assert [(f["name"], f["verdict"]) for f in told["fixtures"]] == [(FIXTURE, "failed")]


def test_summary_is_lost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A device that is full when all is over."""
    monkeypatch.setenv("QEMU_SYSTEM_X86_64", "/nonexistent")
    run = subprocess.run(command(tmp_path, "--json", "/dev/full"), capture_output=True, text=True,
                         timeout=60, check=False)  # fmt: skip
    assert run.returncode == 1 and "emu/panic: /dev/full: No space left on device\n" in run.stderr


def test_bad_kcore(tmp_path: Path) -> None:
    """A saver that only pretends is found out."""
    run = subprocess.run(command(tmp_path, "--kcore", "/bin/true", "--timeout", "30"),
                         capture_output=True, text=True, timeout=120)
    assert run.returncode == 1 and "core" in run.stderr and left(tmp_path) == [], run.stderr
