#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Breaks the library in one place at a time and counts which breaks the tests notice.

A mutant is one token changed in lib/mmu, lib/format or lib/port.  Those that do not compile, or
compile to the same code, are not counted.  The rest are judged by the suites in turn, the
fastest first; a suite that fails, crashes or hangs has killed the mutant.
"""

from __future__ import annotations

import argparse
import dataclasses
import difflib
import os
import queue
import random
import re
import resource
import shutil
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

TREES = ("lib/mmu", "lib/format", "lib/port")
COPIED = ("Makefile", "ci", "lib", "tools", "tests", "gen", "emu", "fixtures")
WANTED = 0.96

TOKEN = re.compile(
    r"""
    (?P<skip>/\*.*?\*/ | //[^\n]* | "(?:\\.|[^"\\\n])*" | '(?:\\.|[^'\\\n])*'
        | \#\s*(?!define\b)\w+ (?:\\\n|[^\n])* | __attribute__\s*\(\(.*?\)\)\)?)
  | (?P<number>\b(?:0[xX][0-9a-fA-F]+|\d+)(?:[uUlL]*)\b)
  | (?P<name>[A-Za-z_]\w*)
  | (?P<op><<=|>>=|->|\+\+|--|<<|>>|<=|>=|==|!=|&&|\|\||[-+*/%&|^]=
        |[-+*/%&|^~!<>=?:;,.(){}\[\]\#\\])
    """,
    re.VERBOSE | re.DOTALL,
)

COMPARE = {"<": "<=", "<=": "<", ">": ">=", ">=": ">", "==": "!=", "!=": "=="}
LOGIC = {"&&": "||", "||": "&&"}
BITS = {"&": "|", "|": "&", "^": "&", "&=": "|=", "|=": "&="}
SHIFT = {"<<": ">>", ">>": "<<", "<<=": ">>=", ">>=": "<<="}
ARITH = {"+": "-", "-": "+", "+=": "-=", "-=": "+=", "*": "+", "++": "--"}
# After one of these an operator takes one operand, or what follows is no operator at all.
BEFORE_UNARY = set("=(,[{};?:&|^~!<>+-*/%") | {
    "&&", "||", "==", "!=", "<=", ">=", "<<", ">>", "+=", "-=", "*=", "&=", "|=", "return", "case",
}  # fmt: skip
TYPES = {
    "char", "int", "unsigned", "long", "short", "void", "bool", "size_t", "off_t", "const",
    "struct", "enum", "static", "sizeof",
}  # fmt: skip


@dataclasses.dataclass(frozen=True)
class Mutant:
    """One change: text[start:end] of path becomes new."""

    path: str
    start: int
    end: int
    new: str
    kind: str

    def apply(self, text: str) -> str:
        """The file's text with the change made."""
        return text[: self.start] + self.new + text[self.end :]


def is_type(name: str) -> bool:
    """True for what begins or continues a declaration or a cast."""
    return name in TYPES or name.endswith("_t")


def neighbours(literal: str) -> list[str]:
    """Values one off; for a mask also one bit more and one bit less."""
    digits = literal.rstrip("uUlL")
    suffix = literal[len(digits) :]
    value = int(digits, 16 if digits[:2] in ("0x", "0X") else 8 if digits[0] == "0" else 10)
    values = {value + 1, value - 1} - {-1}
    if digits[:2] in ("0x", "0X"):
        values = {value ^ (value & -value), value ^ (1 << value.bit_length() - 1 if value else 1)}
        values |= {value | 1 << value.bit_length(), value + 1}
    shown = hex if digits[:2] in ("0x", "0X") else str
    return [shown(v) + suffix for v in sorted(values - {value})]


def candidates(path: str, text: str) -> list[Mutant]:
    """Every mutant of one file."""
    found: list[Mutant] = []
    previous = ";"
    for match in TOKEN.finditer(text):
        if match["skip"]:
            continue
        token, at = match[0], (match.start(), match.end())

        def add(kind: str, *news: str) -> None:
            for new in news:
                found.append(Mutant(path, *at, new, kind))

        # An operator with one operand stands close to it; one with two stands apart.
        binary = previous not in BEFORE_UNARY and not is_type(previous) and text[at[1]].isspace()
        if match["number"]:
            add("mask" if token[:2] in ("0x", "0X") else "constant", *neighbours(token))
        elif match["name"]:
            if token in ("true", "false"):
                kind = "return" if previous == "return" else "constant"
                add(kind, {"true": "false"}.get(token, "true"))
            elif token.startswith("KV_E") and token[3:4] == "E":
                wrong = "KV_EABSENT" if token != "KV_EABSENT" else "KV_EUNMAPPED"
                add("return", wrong, *(["KV_OK"] if previous == "return" else []))
            elif token == "KV_OK":
                add("return", "KV_EFORMAT")
            elif previous == "return" and not is_type(token):
                add("return", f"!{token}")
            elif token == "break" or token == "continue":
                add("bound", {"break": "continue"}.get(token, "break"))
        elif token in COMPARE and binary:
            add("comparison" if token in ("==", "!=") else "bound", COMPARE[token])
        elif token in LOGIC:
            add("logic", LOGIC[token])
        elif token in SHIFT:
            add("shift", SHIFT[token])
        elif token in BITS and binary:
            add("mask", BITS[token])
        elif token in ARITH and (binary or token == "++"):
            add("arithmetic", ARITH[token])
        elif token == "!":
            add("negation", "")
        elif token == "~":
            add("mask", "")
        previous = token
    return found


def line_of(text: str, at: int) -> str:
    """The line that holds position at, without its margin."""
    start = text.rfind("\n", 0, at) + 1
    end = text.find("\n", at)
    return text[start : end if end >= 0 else None].strip()


class Equivalents:
    """tests/mutants/EQUIVALENT: `path | line | mutated line | reason`, one a line."""

    def __init__(self, path: Path) -> None:
        self.rows: dict[tuple[str, str, str], str] = {}
        for number, row in enumerate(path.read_text().splitlines(), 1):
            if not row.strip() or row.startswith("#"):
                continue
            parts = [part.strip() for part in row.split(" ::: ")]
            if len(parts) != 4 or not parts[3]:
                sys.exit(f"{path}:{number}: wanted 'path ::: line ::: mutated line ::: reason'")
            self.rows[parts[0], parts[1], parts[2]] = parts[3]

    def knows(self, mutant: Mutant, text: str) -> bool:
        """True if this change is listed."""
        after = mutant.apply(text)
        key = (mutant.path, line_of(text, mutant.start), line_of(after, mutant.start))
        return key in self.rows


def limits(sanitized: bool) -> None:
    """In the child: a broken loop must not eat the machine.

    A sanitizer's shadow memory counts as data; it has a limit of its own.
    """
    if not sanitized:
        resource.setrlimit(resource.RLIMIT_DATA, (6 << 30, 6 << 30))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def run(command: list[str], cwd: Path, log: Path, limit: float) -> tuple[str, float]:
    """Runs a command in a process group of its own: "ok", "failed" or "hung", and seconds.

    The first check that fails decides; the others are not waited for.  What a killed suite leaves
    in TMPDIR is removed.
    """
    start = time.monotonic()
    scratch = log.parent / "tmp"
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir()
    with log.open("wb") as out, log.open("rb") as said:
        child = subprocess.Popen(
            command, cwd=cwd, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT,
            start_new_session=True, preexec_fn=lambda: limits("asan" in log.name),
            env={**os.environ, "TMPDIR": str(scratch), "ASAN_OPTIONS": "hard_rss_limit_mb=6144"},
        )  # fmt: skip
        status, rest = "", b""
        try:
            while not status:
                try:
                    status = "ok" if child.wait(0.1) == 0 else "failed"
                except subprocess.TimeoutExpired:
                    *lines, rest = (rest + said.read()).split(b"\n")
                    if any(line.startswith(b"not ok") for line in lines):
                        status = "failed"
                    elif time.monotonic() - start > limit:
                        status = "hung"
        finally:
            try:
                os.killpg(child.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            child.wait()
    return status, time.monotonic() - start


class Worker:
    """A copy of the sources with objects of its own, where one mutant at a time lives."""

    def __init__(self, root: Path, home: Path, suites: list[str], variables: list[str]) -> None:
        self.root, self.home, self.suites = root, home, suites
        self.source = home / "src"
        self.make = ["make", "-s", "--no-print-directory", "BUILD=build", "WARN=-w", *variables]
        self.limits: dict[str, float] = {}
        self.unbroken: dict[str, bytes | None] = {}
        shutil.rmtree(self.source, ignore_errors=True)
        self.source.mkdir(parents=True)
        for name in COPIED:
            origin = root / name
            if origin.is_dir():
                ignore = shutil.ignore_patterns("__pycache__")
                shutil.copytree(origin, self.source / name, ignore=ignore)
            elif origin.exists():
                shutil.copy2(origin, self.source / name)

    def target(self, name: str, limit: float) -> tuple[str, float]:
        """Makes one target here."""
        return run([*self.make, name], self.source, self.home / f"{name}.log", limit)

    def baseline(self) -> None:
        """Unbroken, every suite must pass; how long that takes sets the limits."""
        for name in ["all", *self.suites]:
            status, seconds = self.target(name, 900)
            if status != "ok":
                sys.exit(f"mutants: unbroken, 'make {name}' {status}: see {self.home / name}.log")
            # The second time nothing is compiled any more.
            if name != "all":
                status, seconds = self.target(name, 900)
            self.limits[name] = max(20.0, 6 * seconds)

    def object_code(self, path: str) -> bytes | None:
        """The file's code without debug information, or None if it does not compile."""
        out = self.home / "probe.o"
        done = subprocess.run(
            [*self.make, "-f", "Makefile", "-f", "tests/mutants/probe.mk", "probe",
             f"PROBE={path}", f"PROBE_OUT={out}"],
            cwd=self.source, stdin=subprocess.DEVNULL, capture_output=True, check=False,
        )  # fmt: skip
        return out.read_bytes() if done.returncode == 0 else None

    def judge(self, mutant: Mutant, text: str) -> str | None:
        """Who kills it ("unit", "conform (hung)"), "" if nobody, None if it is not counted."""
        file = self.source / mutant.path
        try:
            if mutant.path not in self.unbroken:
                self.unbroken[mutant.path] = self.object_code(mutant.path)
            file.write_text(mutant.apply(text))
            after = self.object_code(mutant.path)
            if after is None or after == self.unbroken[mutant.path]:
                return None
            status, _ = self.target("all", 300)
            if status != "ok":
                return None
            for name in self.suites:
                status, _ = self.target(name, self.limits[name])
                if status != "ok":
                    return name if status == "failed" else f"{name} (hung)"
            return ""
        finally:
            file.write_text(text)


def main() -> int:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=50, help="mutants to count")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--build", type=Path, required=True, help="folder for all that is made")
    parser.add_argument("--suites", nargs="+", required=True, help="make targets, fastest first")
    parser.add_argument("--list", action="store_true", help="say how many there are, and stop")
    parser.add_argument("--only", default="", help="only files whose path contains this")
    parser.add_argument("variables", nargs="*", help="VARIABLE=VALUE for make")
    args = parser.parse_args()
    sys.stdout.reconfigure(line_buffering=True)

    root = Path(__file__).resolve().parents[2]
    texts = {
        str(path.relative_to(root)): path.read_text()
        for tree in TREES
        for path in sorted((root / tree).rglob("*.c"))
        if args.only in str(path)
    }
    equivalents = Equivalents(Path(__file__).parent / "EQUIVALENT")
    by_kind: dict[str, list[Mutant]] = {}
    listed = 0
    for path, text in texts.items():
        for mutant in candidates(path, text):
            if equivalents.knows(mutant, text):
                listed += 1
            else:
                by_kind.setdefault(mutant.kind, []).append(mutant)
    total = sum(map(len, by_kind.values()))
    print(f"# {total} places and ways in {len(texts)} files; {listed} listed as equivalent; "
          f"seed {args.seed}")  # fmt: skip
    if args.list or not total:
        for kind, mutants in sorted(by_kind.items()):
            print(f"{kind:12} {len(mutants)}")
        return 0 if total else 99

    # Every kind gets its share, or constants would crowd out the rest.
    chooser = random.Random(args.seed)
    for mutants in by_kind.values():
        chooser.shuffle(mutants)
    order: list[Mutant] = []
    while any(by_kind.values()):
        for kind in sorted(by_kind):
            if by_kind[kind]:
                order.append(by_kind[kind].pop())

    workers: queue.Queue[Worker] = queue.Queue()
    with ThreadPoolExecutor(args.jobs) as pool:
        made = [
            Worker(root, args.build.resolve() / f"worker{i}", args.suites, args.variables)
            for i in range(args.jobs)
        ]
        list(pool.map(Worker.baseline, made))
        for worker in made:
            workers.put(worker)

        def judge(mutant: Mutant) -> tuple[Mutant, str | None]:
            worker = workers.get()
            try:
                return mutant, worker.judge(mutant, texts[mutant.path])
            finally:
                workers.put(worker)

        killers: dict[str, int] = {}
        survivors: list[Mutant] = []
        counted = uncounted = taken = 0
        while counted < args.count and taken < len(order):
            batch = order[taken : taken + min(args.count - counted, 4 * args.jobs)]
            taken += len(batch)
            for mutant, killer in pool.map(judge, batch):
                text = texts[mutant.path]
                number = text.count("\n", 0, mutant.start) + 1
                if killer is None:
                    uncounted += 1
                    continue
                counted += 1
                if killer:
                    killers[killer] = killers.get(killer, 0) + 1
                else:
                    survivors.append(mutant)
                change = f"{text[mutant.start:mutant.end]} -> {mutant.new or 'nothing'}"
                where = f"{mutant.path}:{number}"
                print(f"{counted:3} {killer or 'SURVIVED':16} {where} {mutant.kind}: {change}")

    for mutant in survivors:
        text = texts[mutant.path]
        print(f"\n# survivor ({mutant.kind})")
        sys.stdout.writelines(
            difflib.unified_diff(
                text.splitlines(keepends=True), mutant.apply(text).splitlines(keepends=True),
                f"a/{mutant.path}", f"b/{mutant.path}",
            )  # fmt: skip
        )
    print()
    for killer, number in sorted(killers.items()):
        print(f"# killed by {killer}: {number}")
    print(f"# not counted (do not compile, or compile to the same code): {uncounted}")
    killed = counted - len(survivors)
    print(f"{killed} killed, {len(survivors)} survived, of {counted}; wanted {WANTED:.0%}")
    return 0 if counted and killed >= WANTED * counted else 1


if __name__ == "__main__":
    sys.exit(main())
