#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Breaks the model's page tables in one place at a time, and asks the other two witnesses.

For each mutant of gen/dumpgen/mmu the fixtures that reach its line are made again.  It is killed if
one cannot be made (the model refuses what it made itself), or if the library does not read a changed one as
its oracle says, if QEMU's MMU does not translate its tables so, or if the model then misreads the
tables of a kernel that panicked.  What changes no byte and reads these well is unseen.
"""

from __future__ import annotations

import argparse
import collections
import functools
import hashlib
import os
import pickle
import random
import re
import shutil
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pysource
from operators import Equivalents, Mutant
from shared import (DOUBTFUL, KILLED, NONE, SURVIVED, UNSEEN, Unsound, Verdict, confined,
                    failed_check, last_line, mixed, run)  # fmt: skip

WANTED = 0.97
TREE = "gen/dumpgen/mmu"
ASKED = 12  # changed fixtures that the library accepts, put to QEMU
BATCHES = (1, 4, 12, 40)  # fixtures made again at once; then all the others

Lines = dict[str, frozenset[int]]


def extents(fd: int) -> Iterator[tuple[int, int]]:
    """The parts of a file that are no holes: (start, end)."""
    at, size = 0, os.fstat(fd).st_size
    while at < size:
        try:
            start = os.lseek(fd, at, os.SEEK_DATA)
        except OSError:  # only a hole is left
            return
        at = os.lseek(fd, start, os.SEEK_HOLE)
        yield start, at


def same_file(one: Path, other: Path) -> bool:
    """True if they have the same bytes; terabytes of holes are not read."""
    if one.stat().st_size != other.stat().st_size:
        return False
    with open(one, "rb") as a, open(other, "rb") as b:
        for fd in (a.fileno(), b.fileno()):
            for start, end in extents(fd):
                for at in range(start, end, 1 << 20):
                    length = min(1 << 20, end - at)
                    if os.pread(a.fileno(), length, at) != os.pread(b.fileno(), length, at):
                        return False
    return True


def same(one: Path, other: Path) -> bool:
    """True if two fixtures have the same files with the same bytes."""
    names = sorted(p.name for p in one.iterdir())
    if names != sorted(p.name for p in other.iterdir()):
        return False
    return all(same_file(one / name, other / name) for name in ["oracle", *names])


def stamp(folder: Path) -> str:
    """Which fixture that is: its oracle, and the sizes of its files."""
    if not (folder / "oracle").exists():
        return ""
    sizes = sorted((p.name, p.stat().st_size) for p in folder.iterdir())
    return hashlib.sha256((folder / "oracle").read_bytes() + repr(sizes).encode()).hexdigest()


def skips(said: str) -> int:
    """How many fixtures emu/ask did not ask about."""
    match = re.search(r"^\d+ passed, \d+ failed, (\d+) skipped", said, re.M)
    return int(match[1]) if match else 0


def make(gen: Path, scenarios: list[Path], out: Path) -> str:
    """Makes fixtures in one process; "" or the first complaint."""
    shutil.rmtree(out, ignore_errors=True)
    status, said = confined(
        [sys.executable, "-m", "dumpgen", "build", "-j", "1", "-o", str(out), *map(str, scenarios)],
        gen, 20 + 2 * len(scenarios),
        {"PYTHONPATH": str(gen), "PYTHONDONTWRITEBYTECODE": "1"},
    )  # fmt: skip
    if status < 0:
        return "hung"
    return last_line(said, f"exit status {status}") if status else ""


def traced(root: Path, scratch: Path, scenario: Path, fixtures: Path) -> tuple[bool, Lines]:
    """Makes one fixture: whether it has the bytes of the one that is there, and the lines run."""
    sys.path.insert(0, str(root / "gen"))
    from dumpgen.build import build
    from dumpgen.scenario import load

    found: dict[str, set[int]] = collections.defaultdict(set)
    tree = str(root / TREE) + "/"

    def local(frame: object, event: str, _: object) -> object:
        if event == "line":
            found[frame.f_code.co_filename].add(frame.f_lineno)
        return local

    def outer(frame: object, _: str, __: object) -> object:
        return local if frame.f_code.co_filename.startswith(tree) else None

    sys.settrace(outer)
    try:
        made = build(load(scenario), scratch)
    finally:
        sys.settrace(None)
    there = fixtures / scenario.stem
    equal = there.is_dir() and same(made, there)
    shutil.rmtree(made)
    return equal, {f"{TREE}/{Path(f).name}": frozenset(n) for f, n in found.items()}


class Coverage:
    """Which fixture reaches which line of the model."""

    def __init__(self, root: Path, home: Path, fixtures: Path, jobs: int) -> None:
        digest = hashlib.sha256()
        for path in sorted((root / "gen").rglob("*.py")):
            digest.update(path.read_bytes())
        model = digest.hexdigest()
        cache = home / "coverage.pickle"
        known = pickle.loads(cache.read_bytes()) if cache.exists() else {}
        keys = {p: model + hashlib.sha256(p.read_bytes()).hexdigest() + stamp(fixtures / p.stem)
                for p in sorted((root / "fixtures").glob("*.toml"))}  # fmt: skip
        todo = [p for p in keys if known.get(p.stem, ("",))[0] != keys[p]]
        if todo:
            print(f"# {len(todo)} of {len(keys)} fixtures are traced", flush=True)
            scratch = home / "trace"
            scratch.mkdir(parents=True, exist_ok=True)
            one = functools.partial(traced, root, scratch, fixtures=fixtures)
            with ProcessPoolExecutor(jobs) as pool:
                for path, (equal, lines) in zip(todo, pool.map(one, todo, chunksize=8)):
                    known[path.stem] = keys[path], equal, lines
            cache.write_bytes(pickle.dumps({n: row for n, row in known.items() if row[1]}))
        self.scenarios = {p.stem: p for p in keys}
        self.by_line: dict[tuple[str, int], list[str]] = collections.defaultdict(list)
        self.reach: dict[str, collections.Counter[str]] = collections.defaultdict(
            collections.Counter)  # fmt: skip
        for name in self.scenarios:
            _, equal, files = known[name]
            if not equal:
                print(f"# {name}: in {fixtures} are other bytes; it judges nothing")
                continue
            for file, lines in files.items():
                self.reach[file][name] = len(lines)
                for line in lines:
                    self.by_line[file, line].append(name)
        self.inside = {path: pysource.functions((root / path).read_text())
                       for path in (str(p.relative_to(root)) for p in (root / TREE).glob("*.py"))}  # fmt: skip

    def names(self, path: str, line: int, end: int) -> list[str]:
        """The fixtures that reach a line, or the file, if the line is in no function."""
        if line not in self.inside[path]:
            reach = self.reach[path]
            return [n for n, lines in reach.items() if 4 * lines >= max(reach.values())]
        # What is written on several lines is known by some of them.
        found = {n for i in range(line, end + 1) for n in self.by_line.get((path, i), ())}
        return sorted(found)


class Judge:
    """Breaks the model, makes fixtures, and asks the library and the machine."""

    def __init__(self, root: Path, home: Path, fixtures: Path, conform: Path,
                 panic: Path | None, coverage: Coverage,
                 texts: dict[str, str]) -> None:  # fmt: skip
        self.root, self.home, self.fixtures, self.conform = root, home, fixtures, conform
        self.panic, self.coverage, self.texts = panic, coverage, texts
        self.kills: dict[str, collections.Counter[str]] = collections.defaultdict(
            collections.Counter)  # fmt: skip

    def order(self, mutant: Mutant) -> list[str]:
        """What reaches it: who killed before, then one of each port and regime, then the others."""
        text = self.texts[mutant.path]
        line = text.count("\n", 0, mutant.start) + 1
        names = self.coverage.names(mutant.path, line, text.count("\n", 0, mutant.end) + 1)
        random.Random(mutant.start).shuffle(names)
        turn: collections.Counter[str] = collections.Counter()
        place = {}
        for name in names:
            port = "-".join(name.split("-")[:3])
            place[name] = turn[port]
            turn[port] += 1
        kills = self.kills[mutant.path]
        return sorted(names, key=lambda n: (-kills[n], place[n]))

    def __call__(self, mutant: Mutant) -> Verdict:
        """Who kills it."""
        home = self.home / f"worker{os.getpid()}"
        gen = home / "gen"
        if not gen.exists():
            shutil.copytree(self.root / "gen", gen, ignore=shutil.ignore_patterns("__pycache__"))
        text = self.texts[mutant.path]
        broken = mutant.apply(text)
        try:
            compile(broken, mutant.path, "exec")
        except SyntaxError:
            return NONE, ""
        (home / mutant.path).write_text(broken)
        try:
            return self.ask(mutant, home, gen)
        finally:
            (home / mutant.path).write_text(text)
            shutil.rmtree(home / "out", ignore_errors=True)

    def ask(self, mutant: Mutant, home: Path, gen: Path) -> Verdict:
        """The fixtures, then the guests."""
        word, why = self.ask_fixtures(mutant, home, gen)
        if word == KILLED or not self.panic:
            return word, why
        # The model's readers against the tables of the kernels that panicked.
        said = self.ask_guests(gen)
        if not said:
            return word, why
        unbroken = self.ask_guests(self.root / "gen")
        if unbroken:
            raise Unsound(f"guest: {unbroken}")
        return KILLED, f"guest: {said}"

    def ask_guests(self, gen: Path) -> str:
        """What the guests say against a model, "" if nothing."""
        assert self.panic
        status, said = confined(
            [sys.executable, str(self.root / "tests/gen/guests.py"), str(self.panic)], self.root,
            60, {"PYTHONPATH": str(gen), "PYTHONDONTWRITEBYTECODE": "1"}, "^not ok",
        )  # fmt: skip
        return "" if status in (0, 77) else last_line(said)

    def ask_fixtures(self, mutant: Mutant, home: Path, gen: Path) -> Verdict:
        """Makes fixtures, more and more of them, until one tells."""
        order = self.order(mutant)
        if not order:
            return UNSEEN, "no fixture reaches it"
        changed: list[str] = []
        asked: list[Path] = []
        done, sizes = 0, iter(BATCHES)
        while done < len(order):
            part = order[done : done + next(sizes, 100)]
            done += len(part)
            out = home / "out"
            said = make(gen, [self.coverage.scenarios[n] for n in part], out)
            if said:
                self.check_unbroken(said, part, home)
                return KILLED, f"model: {said}"
            new = [out / n for n in part if not same(out / n, self.fixtures / n)]
            check = failed_check(self.conform, new, home / "tmp") if new else ""
            if check:
                unbroken = failed_check(self.conform, [self.fixtures / f.name for f in new],
                                        home / "tmp")  # fmt: skip
                if unbroken:
                    raise Unsound(f"library: {unbroken}")
                self.kills[mutant.path][check.split("/")[0]] += 1
                return KILLED, f"library: {check}"
            changed += [folder.name for folder in new]
            # A machine cannot be asked about a header that lies.
            sound = [folder for folder in new if "-bad-" not in folder.name]
            for folder in sound[: ASKED - len(asked)]:
                shutil.rmtree(home / "changed" / folder.name, ignore_errors=True)
                (home / "changed").mkdir(exist_ok=True)
                asked.append(folder.rename(home / "changed" / folder.name))
        if not changed:
            return UNSEEN, f"no byte of {len(order)} fixtures changes"
        survived = SURVIVED, f"{len(changed)} fixtures change: {', '.join(changed[:3])}"
        if not asked:
            return survived
        status, said = self.ask_machine(asked, home)
        shutil.rmtree(home / "changed")
        if status in (0, 77) and not skips(said):
            return survived
        was, unbroken = self.ask_machine([self.fixtures / f.name for f in asked], home)
        if was not in (0, 77):
            raise Unsound(f"machine: {last_line(unbroken)}")
        if status not in (0, 77):
            return KILLED, f"machine: {last_line(said)}"
        # Registers that are gone are no reason to ask nothing.
        if skips(said) > skips(unbroken):
            return KILLED, f"machine: skips {skips(said)} of {len(asked)}, before {skips(unbroken)}"
        return survived

    def check_unbroken(self, said: str, names: list[str], home: Path) -> None:
        """Unsound if a complaint that is none of the model's meets the model as it is, too."""
        if not DOUBTFUL.search(said):
            return
        again = make(self.root / "gen", [self.coverage.scenarios[n] for n in names], home / "out")
        if again:
            raise Unsound(f"model: {again}")

    def ask_machine(self, folders: list[Path], home: Path) -> tuple[int, str]:
        """Puts fixtures to QEMU's MMU: exit status and output."""
        scratch = home / "tmp"              # what is killed leaves its folder there
        shutil.rmtree(scratch, ignore_errors=True)
        scratch.mkdir()
        return confined(
            [sys.executable, str(self.root / "emu/ask"), *map(str, folders)], self.root, 60,
            {"PYTHONDONTWRITEBYTECODE": "1", "BUILD": str(self.conform.parents[1]),
             "TMPDIR": str(scratch)}, "^not ok",
        )  # fmt: skip


def main() -> int:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", default="60", help="mutants to count, or all")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--build", type=Path, required=True, help="folder for all that is made")
    parser.add_argument("--fixtures", type=Path, required=True)
    parser.add_argument("--conform", type=Path, required=True, help="kcore-conform")
    parser.add_argument("--panic", type=Path, help="what emu/panic made")
    parser.add_argument("--list", action="store_true", help="say how many there are, and stop")
    parser.add_argument("--only", default="", help="only files whose path has one of these words")
    parser.add_argument("--out", type=Path, help="survivors and what is unseen as one patch")
    args = parser.parse_args()

    root = Path(__file__).resolve().parents[2]
    wanted = args.only.split()
    texts = {str(p.relative_to(root)): p.read_text() for p in sorted((root / TREE).glob("*.py"))}
    equivalents = Equivalents(Path(__file__).parent / "EQUIVALENT.model")
    every = [m for path, text in texts.items()
             if not wanted or any(word in path for word in wanted)
             for m in pysource.candidates(path, text)]  # fmt: skip
    found = [m for m in every if not equivalents.knows(m, texts[m.path])]
    print(f"# {len(every)} places and ways in {TREE}; {len(every) - len(found)} listed as "
          f"equivalent; seed {args.seed}")  # fmt: skip
    if args.list or not found:
        for kind, number in sorted(collections.Counter(m.kind for m in found).items()):
            print(f"{kind:12} {number}")
        return 0 if found else 99
    home = args.build.resolve()
    home.mkdir(parents=True, exist_ok=True)
    for old in home.glob("worker*"):
        shutil.rmtree(old)
    coverage = Coverage(root, home, args.fixtures.resolve(), args.jobs)
    judge = Judge(root, home, args.fixtures.resolve(), args.conform.resolve(),
                  args.panic and args.panic.resolve(), coverage, texts)
    count = len(found) if args.count == "all" else int(args.count)
    return run(mixed(found, args.seed), texts, count, args.jobs, judge, WANTED, args.out,
               lambda mutant: mutant.path)  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
