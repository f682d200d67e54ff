# SPDX-License-Identifier: BSD-2-Clause
"""Of which ports does a worker judge the dumps?  Those of its machine: worker.c has a word for the
machine that it is compiled for, flavor.c knows what a system's dumps call that."""

import re
import shlex
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

HERE = Path(__file__).parent
PORTS = HERE.parents[1] / "fixtures" / "PORTS"
NEEDED = "kvm_openfiles kvm_close kvm_read kvm_geterr"

# A port: system, machine, byte order.
Port = tuple[str, str, str]
Result = tuple[str, bool, str]

# Where the system's word, or how many machines its library reads, is not the worker's word alone:
# NetBSD's kvm_m68k.c looks for a reader by the name in the header; OpenBSD has one mips64 and
# FreeBSD one arm and one mips of two orders.
OTHERS: dict[tuple[str, str], set[tuple[str, str]]] = {
    ("netbsd", "m68k"): {("m68k", "big"), ("sun2", "big"), ("sun3", "big"), ("sun3x", "big"),
                         ("gen68k", "big")},
    ("openbsd", "aarch64"): {("arm64", "little")},
    ("openbsd", "mipseb"): {("mips64", "big")},
    ("openbsd", "mipsel"): {("mips64", "little")},
    ("openbsd", "sh3"): {("sh", "little")},
    ("freebsd", "aarch64"): {("arm64", "little")},
    ("freebsd", "arm"): {("arm", "little")},
    ("freebsd", "armeb"): {("arm", "big")},
    ("freebsd", "mipseb"): {("mips", "big")},
    ("freebsd", "mipsel"): {("mips", "little")},
    ("freebsd", "riscv64"): {("riscv", "little")},
    ("dragonfly", "amd64"): {("x86_64", "little")},
}

# What compilers say of the machines that they are for.
COMPILERS = {
    **{target: f"clang --target={target}--netbsd" for target in (
        "aarch64", "aarch64_be", "armeb", "armv7", "i386", "m68k", "mips", "mips64", "mips64el",
        "mipsel", "powerpc", "powerpc64", "powerpc64le", "riscv32", "riscv64", "sparc", "sparc64",
        "x86_64")},
    **{target: f"{target}-linux-gnu-gcc" for target in ("alpha", "hppa", "sh4")},
}
WORD = {"aarch64_be": "aarch64eb", "armv7": "arm", "mips": "mipseb", "mips64": "mipseb",
        "mips64el": "mipsel", "sh4": "sh3", "x86_64": "amd64"}


def machine() -> str:
    """The function of worker.c."""
    found = re.search(r"^static const char \*\nmachine\(void\)\n.*?^}\n",
                      (HERE / "worker.c").read_text(), re.M | re.S)
    if not found:
        raise SystemExit("words.py: worker.c has no function machine() that it understands")
    return found[0]


def words() -> list[str]:
    """All that it may return."""
    return sorted(set(re.findall(r'"(\w+)"', machine())) - {"unknown"})


def ports() -> dict[Port, str]:
    """Each port, and the beginning of its fixtures' names."""
    rows = [line.split() for line in PORTS.read_text().splitlines() if not line.startswith("#")]
    return {(row[0], row[1], row[3]): f"{row[0]}-{row[1]}-{row[2]}" for row in rows}


def examples(fixtures: Path) -> dict[Port, Path]:
    """A fixture of each port that opens, or is refused for its machine only."""
    found = {}
    for port, prefix in ports().items():
        for where in sorted(fixtures.glob(f"{prefix}*")):
            oracle = where / "oracle"
            if "-bad" not in where.name and "-raw" not in where.name and oracle.is_file() and \
                    f"\nbyteorder {port[2]}\n" in oracle.read_text():
                found[port] = where
                break
    return found


def judged(run: Callable[..., tuple[int, str]], worker: Path, os: str, word: str,
           dirs: dict[Port, Path]) -> set[tuple[str, str]]:
    """Machines and orders that a worker of this system and word takes for its own."""
    mine = {port: path for port, path in dirs.items() if port[0] == os}
    paths = [str(path) for path in mine.values()]
    if os != "freebsd":
        listed = run("--exec", f"echo = 1 {os} {word} 40 {NEEDED}", "--list", *paths)[1]
        return {port[1:] for port, path in mine.items() if f"{path.name}/flavor\n" not in listed}
    # It reads them all, but only its own is native: of which our library, here, knows nothing.
    hello = f"1s/^= 1 kcore [^ ]*/= 1 freebsd {word}/"
    said = run("--exec", f"{worker} | sed -u '{hello}'", "--only", "*/open/native", *paths)[1]
    return {port[1:] for port, path in mine.items()
            if re.search(rf"^not ok \d+ - {re.escape(path.name)}/open/native$", said, re.M)}


def rows(run: Callable[..., tuple[int, str]], worker: Path, fixtures: Path) -> Iterator[Result]:
    """Name, verdict and what explains it."""
    dirs = examples(fixtures)
    lost = sorted(set(ports()) - set(dirs))
    yield "words: each port has a fixture", not lost, repr(lost)
    reached: set[Port] = set()
    for os in sorted({port[0] for port in dirs}):
        wrong = []
        for word in words():
            got = judged(run, worker, os, word, dirs)
            same = {port[1:] for port in dirs if port[:2] == (os, word)}
            if got != OTHERS.get((os, word), same):
                wrong.append(f"{word} takes {sorted(got)}, wanted {sorted(OTHERS.get((os, word), same))}")
            reached |= {(os, *port) for port in got}
        yield f"words: a worker of {os} judges the dumps of its machine, and no others", not wrong, \
            "\n".join(wrong)
    lost = sorted(set(dirs) - reached)
    yield "words: each port is judged by a worker of some machine", not lost, "\n".join(
        f"{os}/{name}, {order}-endian, is reached by none: machine() of worker.c wants a word for it, or "
        "machines[] of flavor.c a row (and OTHERS of words.py one)" for os, name, order in lost)
    status, output = run("--exec", f"echo = 1 netbsd unknown 40 {NEEDED}",
                         str(dirs["netbsd", "amd64", "little"]))
    yield "words: a worker that does not know its machine says so", \
        "machine() of worker.c" in output, output
    wrong, asked = [], 0
    for target, compiler in COMPILERS.items():
        command = shlex.split(compiler)
        if not shutil.which(command[0]):
            continue
        done = subprocess.run([*command, "-E", "-P", "-xc", "-"], input=machine(), text=True,
                              capture_output=True, check=False)
        if done.returncode != 0:
            continue
        asked += 1
        said = re.findall(r'return "(\w+)"', done.stdout)
        if said != [WORD.get(target, target)]:
            wrong.append(f"{compiler}: {said}, wanted {WORD.get(target, target)}")
    yield f"words: a worker knows what it is compiled for ({asked} compilers asked)", not wrong, \
        "\n".join(wrong)
