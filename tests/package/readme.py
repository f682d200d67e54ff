#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Runs the commands of README's "Look into a dump", and compares what they print.

Usage: readme.py BIN PANIC: the folders of kcore, and of the dumps of the kernels that panicked.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from package import Report

ROOT = Path(__file__).resolve().parents[2]
SECTION = "## Look into a dump"
ENTER = re.compile(r"PATH=\$PWD/build/bin:\$PATH; cd build/panic/(\S+)")


def transcript(text: str) -> list[tuple[str, list[str]]]:
    """The section's first block: commands, and the lines that stand below each."""
    block = text.split(SECTION, 1)[1].split("\n\n")[2]
    found: list[tuple[str, list[str]]] = []
    for line in block.splitlines():
        line = line.removeprefix("    ")
        if line.startswith("$ "):
            found.append((line[2:], []))
        else:
            found[-1][1].append(line)
    return found


def main() -> int:
    """All commands, in the folder that the first one enters."""
    binaries, panic = (Path(arg).resolve() for arg in sys.argv[1:])
    report = Report()
    (enter, _), *commands = transcript((ROOT / "README.md").read_text())
    where = ENTER.fullmatch(enter)
    if not report.check("enters a folder of dumps", where is not None, enter):
        return report.finish()
    environment = {**os.environ, "PATH": f"{binaries}:{os.environ['PATH']}"}
    for command, wanted in commands:
        done = subprocess.run(command, shell=True, cwd=panic / where[1], env=environment,
                              capture_output=True, text=True)  # fmt: skip
        # The terminal shows both; each command writes to one of them.
        got = (done.stdout + done.stderr).splitlines()
        report.check(command, got == wanted, "README:", *wanted, "prints:", *got)
    return report.finish()


if __name__ == "__main__":
    sys.exit(main())
