#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""A port is a handful of files: fails where its name turns up in any other.

A name is what fixtures, the model and messages call a port: <os>-<machine>, <os>_<machine>,
<os>/<machine>; or the machine as a C string.  lib/PORTING.md says which files a port has: here,
that the two with its header are there, and that the layers below and above do not know of it.
"""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PORTS = re.compile(r"^PORT\((\w+), (\w+), ", re.MULTILINE)
CODE = re.compile(r"(\.(c|h|py|S|mk)|/Makefile|^Makefile)$")
COMMENT = re.compile(r'/\*.*?\*/|//[^\n]*|^\s*#[^\n]*|"""(?:.*?)"""', re.DOTALL | re.MULTILINE)
# A port's own folders, where one system's may build on another's; and what names all of them.
HOMES = ("lib/port/", "gen/dumpgen/port/", "tests/", "emu/", "fixtures/")
# lib/port itself is what all ports share: it has a home below, and names none, but for these.
KNOWN = {
    "lib/port/raw.c": "raw images have no header: it says which machine a regime is of",
    "lib/port/native.c": "the host's own machine",
    "lib/port/port.c": "names of ELF machines, for messages",
    "lib/port/elfcore.c": "PowerPC's ELF cores hold virtual addresses, by which they are told",
    "lib/api/percpu.c": "per-CPU areas of amd64, whose layout no header states",
    "gen/dumpgen/sparc64dump.py": "a container that one machine alone has",
    "gen/dumpgen/kerneldump.py": "FreeBSD's device header names the architecture",
}


def code(path: str) -> str:
    """A file's text, its comments blanked, line by line."""
    text = (ROOT / path).read_text(errors="replace")
    return COMMENT.sub(lambda m: "\n" * m[0].count("\n"), text)


def shared(path: str) -> bool:
    """Whether a file is nobody's in particular."""
    if path in KNOWN or not CODE.search(path):
        return False
    if path.startswith("lib/port/"):
        return path.count("/") == 2
    return not path.startswith(HOMES)


def main() -> int:
    """TAP: a check for each port."""
    ports = PORTS.findall((ROOT / "lib/port/ports.def").read_text())
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True,
                            check=True).stdout.split()
    texts = {path: code(path) for path in listed if shared(path) and (ROOT / path).is_file()}
    machines = {machine for _, machine in ports}
    bad = 0
    for number, (os, machine) in enumerate(ports, 1):
        name = re.compile(rf'(?<![A-Za-z0-9]){os}[-_/]{machine}(?![A-Za-z0-9])|"{machine}"')
        wrong = []
        for path, text in texts.items():
            # Families: lib/port/alpha.c is what the systems' alphas share.  Regimes have names too.
            if Path(path).stem in machines or Path(path).parent.name == "mmu":
                continue
            found = name.search(text)
            if found:
                wrong.append(f"{path}:{text.count(chr(10), 0, found.start()) + 1} names it")
        for path in (f"lib/port/{os}/{machine}.c", f"gen/dumpgen/port/{os}_{machine}.py"):
            if path not in listed:
                wrong.append(f"{path} is not there")
        bad += bool(wrong)
        print(f"{'not ok' if wrong else 'ok'} {number} - {os}/{machine}")
        for line in wrong:
            print(f"#  {line}")
    print(f"1..{len(ports)}\n# {len(texts)} files read")
    print(f"{len(ports) - bad} passed, {bad} failed, 0 skipped")
    return (1 if bad else 0) if ports and texts else 99


if __name__ == "__main__":
    sys.exit(main())
