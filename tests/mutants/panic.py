#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Guests as judges: breaks a regime of the library, and asks only the kernels that panicked.

A mutant is a mask, a shift or a constant of lib/mmu: level tables, entries' bits and the walk.
It is judged by the dumps of the guests whose translation comes through the file; no unit test and
no fixture of the model has a say.
"""

from __future__ import annotations

import argparse
import collections
import os
import re
import shutil
import sys
from pathlib import Path

from coverage import Coverage
from mutants import find_fixtures
from operators import Equivalents, Mutant, candidates, line_of
from shared import KILLED, NONE, SURVIVED, UNSEEN, Verdict, failed_check, mixed, run
from tools import Tools

ROOT = Path(__file__).resolve().parents[2]
WANTED = 0.9
KINDS = ("mask", "shift", "constant")
# Files whose regime a kernel in QEMU has; the others' machines are not emulated, or have no MMU
# of that kind there (README.md: no panic witness).
REGIMES = ("aarch64", "alpha", "arm", "array", "displaced", "freebsdhpt", "linear", "m68k", "mips",
           "pages", "powerpc", "powerpc64", "powerpc64radix", "pteg", "radix", "riscv", "scan", "sh",
           "sparc64", "srmmu", "tsb", "virtual", "x86")  # fmt: skip
# What a mutant belongs to: a function, a macro, a table.  Functions' names begin a line.
NAME = re.compile(
    r"^(?:(?!static\b|const\b|struct\b|enum\b|typedef\b)(?P<function>[a-z_]\w*)\(|#define\s+"
    r"(?P<macro>\w+)|(?:static )?const [^=;(]*?(?P<table>\w+)(?:\[\w*\])* =|(?P<enum>enum) \{)",
    re.MULTILINE,
)


def place(text: str, at: int) -> tuple[str, str]:
    """What kind of thing a position is in (function, macro, table), and its name."""
    last = None
    for match in NAME.finditer(text, 0, text.find("\n", at)):
        last = match
    return (last.lastgroup, last[last.lastgroup]) if last else ("", "")


def statement(text: str, mutant: Mutant) -> range:
    """The lines of its statement, of which one may have the code of all; of a table those up to
    the end of the function, which has code for them."""
    start = max(text.rfind(end, 0, mutant.start) for end in (";\n", "{\n", "}\n")) + 2
    end = text.find(";", mutant.end)
    if text[start:mutant.start].lstrip().startswith("static const"):
        end = text.find("\n}\n", end)
    return range(text.count("\n", 0, start) + 1, text.count("\n", 0, end) + 2)


class Beyond:
    """tests/mutants/BEYOND: `path ::: function, macro, table or line ::: reason`, one a line.

    With the mutated line before the reason only that change of the line is meant.
    """

    def __init__(self, path: Path) -> None:
        self.rows: set[tuple[str, ...]] = set()
        for number, row in enumerate(path.read_text().splitlines(), 1):
            parts = [part.strip() for part in row.split(" ::: ")]
            if not row.strip() or row.startswith("#"):
                continue
            if len(parts) not in (3, 4) or not parts[-1]:
                sys.exit(f"{path}:{number}: wanted 'path ::: name or line ::: reason', or "
                         "'path ::: line ::: mutated line ::: reason'")
            self.rows.add(tuple(parts[:-1]))

    def knows(self, mutant: Mutant, text: str) -> bool:
        """True if what it changes is listed."""
        line = line_of(text, mutant.start)
        whole = (mutant.path, place(text, mutant.start)[1]), (mutant.path, line)
        change = mutant.path, line, line_of(mutant.apply(text), mutant.start)
        return change in self.rows or any(name in self.rows for name in whole)


def fits(mutant: Mutant, text: str) -> bool:
    """False for a bit more than the type has: the value is the same."""
    return not (text[: mutant.start].endswith("UINT32_C(") and int(mutant.new, 0) >> 32)


class Judge:
    """Breaks, compiles, and asks the guests."""

    def __init__(self, tools: Tools, coverage: Coverage, texts: dict[str, str],
                 jobs: int) -> None:  # fmt: skip
        self.tools, self.coverage, self.texts = tools, coverage, texts
        self.objects = tools.library("plain", [], jobs)
        # Whom each test killed, in all and by place: it is asked first where it is likely to know.
        self.kills: collections.Counter[tuple[str, str]] = collections.Counter()

    def __call__(self, mutant: Mutant) -> Verdict:
        """Who kills it."""
        tools, text = self.tools, self.texts[mutant.path]
        home = tools.home / f"worker{os.getpid()}"
        if not (home / "lib").exists():
            shutil.copytree(tools.root / "lib", home / "lib")
        (home / mutant.path).write_text(mutant.apply(text))
        try:
            return self.ask(mutant, text, home)
        finally:
            (home / mutant.path).write_text(text)

    def ask(self, mutant: Mutant, text: str, home: Path) -> Verdict:
        """The same, of a tree at home in which it stands."""
        tools, object_, program = self.tools, home / "mutant.o", home / "conform"
        if not tools.object(home, mutant.path, object_, []):
            return NONE, ""
        if object_.read_bytes() == self.objects[mutant.path].read_bytes():
            return NONE, ""
        objects = [object_ if path == mutant.path else o for path, o in self.objects.items()]
        if not tools.link(tools.conform, program, objects, []):
            return NONE, ""
        line = text.count("\n", 0, mutant.start) + 1
        kind, name = place(text, mutant.start)
        # Of a table all that reach the file: readers of page maps come to a line or two of its code.
        reach = self.coverage.by_line.get((mutant.path, line)) or self.coverage.by_file[mutant.path]
        names = sorted(reach, key=lambda n: (-self.kills[name, n], -self.kills["", n],
                                             self.coverage.seconds[n]))  # fmt: skip
        for part in filter(None, (names[:1], names[1:4], names[4:])):
            check = failed_check(program, [tools.fixtures[n] for n in part], home / "tmp")
            if check:
                killer = check.split("/")[0] + "/"
                self.kills[name, killer] += 1
                self.kills["", killer] += 1
                return KILLED, check
        if tools.same(home, mutant.path, home):
            return NONE, ""
        if kind == "function" and not any((mutant.path, number) in self.coverage.by_line
                                          for number in statement(text, mutant)):  # fmt: skip
            return UNSEEN, f"no guest comes to this line of {name}"
        return SURVIVED, f"{len(names)} guests"


def main() -> int:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", default="200", help="mutants to count, or all")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--build", type=Path, required=True, help="folder for all that is made")
    parser.add_argument("--fixtures", type=Path, required=True, help="what emu/panic made")
    parser.add_argument("--compile", required=True, help="command without -c, -o and file")
    parser.add_argument("--conform", required=True, help="link of the runner with @OUT and @LIB")
    parser.add_argument("--list", action="store_true", help="say how many there are, and stop")
    parser.add_argument("--only", default="", help="only files whose path has one of these words")
    parser.add_argument("--out", type=Path, help="survivors and what is unseen as one patch")
    args = parser.parse_args()

    home = args.build.resolve()
    home.mkdir(parents=True, exist_ok=True)
    for old in home.glob("worker*"):
        shutil.rmtree(old)
    sources = [str(path.relative_to(ROOT)) for path in sorted((ROOT / "lib").rglob("*.c"))]
    tools = Tools(ROOT, home, args.compile.split(), *2 * [args.conform.split()], [],
                  find_fixtures([args.fixtures]), sources)  # fmt: skip
    coverage = Coverage(tools, args.jobs)
    for name in coverage.broken:
        print(f"# {name} fails on the unbroken library, and judges nothing")
    wanted = args.only.split()
    texts = {path: (ROOT / path).read_text() for path in sources
             if path in [f"lib/mmu/{name}.c" for name in REGIMES] and
             (not wanted or any(word in path for word in wanted))}  # fmt: skip
    equivalents = Equivalents(Path(__file__).parent / "EQUIVALENT")
    beyond = Beyond(Path(__file__).parent / "BEYOND")
    every = [m for path, text in texts.items() for m in candidates(path, text) if m.kind in KINDS
             and fits(m, text) and not equivalents.knows(m, text)]  # fmt: skip
    found = [m for m in every if not beyond.knows(m, texts[m.path])]
    print(f"# {len(every)} places and ways in {len(texts)} files that guests reach; "
          f"{len(every) - len(found)} beyond their reach (BEYOND); seed {args.seed}",
          flush=True)  # fmt: skip
    if args.list or not found:
        return 0 if found else 99
    judge = Judge(tools, coverage, texts, args.jobs)
    count = len(found) if args.count == "all" else int(args.count)
    return run(mixed(found, args.seed), texts, count, args.jobs, judge, WANTED, args.out,
               lambda m: f"{m.path} {place(texts[m.path], m.start)[1]}")  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
