#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Breaks the library in one place at a time and counts which breaks the tests notice.

A mutant is one token, condition or statement changed.  Those that do not compile, or of which one
of three compilers makes the same code, are not counted.  Only the changed file is compiled; only
the unit suites and fixtures that reach the changed line (of a table: the file) run, those first
that killed this mutant in the last run, or one of the same file before.  What survives is tried
once more with sanitizers.  Where a limit of time may have failed a test, or the machine did, the
mutant is tried again alone and with more time, and counts as killed only if it fails a test again
that the unbroken library passes.
"""

from __future__ import annotations

import argparse
import collections
import difflib
import itertools
import json
import random
import re
import shutil
import sys
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from coverage import Coverage
from operators import Equivalents, Mutant, candidates, name_of
from tools import SANITIZE, Tools, failure, kind_of

TREES = ("lib/mmu", "lib/format", "lib/port", "lib/api", "lib/image", "lib/symbol")
WANTED = 0.97
MOST_SANITIZED = 12  # fixtures
PATIENCE = 3  # times the usual limits, for what is tried again


class Judge:
    """Breaks, compiles, and asks the tests."""

    def __init__(self, tools: Tools, coverage: Coverage, most: int, jobs: int) -> None:
        self.tools, self.coverage, self.most, self.jobs = tools, coverage, most, jobs
        self.objects = tools.library("plain", [], jobs)
        self.lock = threading.Lock()
        self.sanitized: dict[str, Path] = {}
        self.kills: dict[str, collections.Counter[str]] = collections.defaultdict(
            collections.Counter
        )
        self.sound: dict[tuple[str, bool], bool] = {}
        self.file = tools.home / "killers.json"
        self.killers: dict[str, str] = json.loads(self.file.read_text()) \
            if self.file.exists() else {}  # fmt: skip

    def save(self) -> None:
        """Keeps who killed whom: the next run asks those first."""
        self.file.write_text(json.dumps(self.killers, indent=0, sort_keys=True))

    def chosen(self, mutant: Mutant, line: int, most: int, last: str) -> list[str]:
        """The tests to ask, the most likely killer first, and suites before fixtures."""
        reach = self.coverage.tests(mutant.path, line)
        kills = self.kills[mutant.path]
        seconds = self.coverage.seconds
        suites = [name for name in reach if not name.endswith("/")]
        suites.sort(key=lambda name: (-kills[name], seconds[name]))
        # Fixtures of one port and regime are alike: one of each, then a second one of each.
        ports: dict[str, list[str]] = collections.defaultdict(list)
        for name in reach:
            if name.endswith("/"):
                ports["-".join(name.rstrip("/").split("-")[:3])].append(name)
        order = {}
        for names in ports.values():
            random.Random(line).shuffle(names)
            for i, name in enumerate(names):
                order[name] = i
        fixtures = sorted(order, key=lambda name: (-kills[name], order[name], seconds[name]))
        both = suites + fixtures[:most]
        return [last, *(name for name in both if name != last)] if last in reach else both

    def run(self, names: list[str], program: Path, home: Path, sanitized: bool,
            patience: int) -> tuple[str, bool]:  # fmt: skip
        """Runs tests of one kind: "" if all pass, else the one that failed; true if in doubt."""
        tools = self.tools
        said, doubtful = failure(
            tools.command(program, names), tools.root, home / "tmp",
            [self.coverage.seconds[name] for name in names], sanitized, patience,
        )  # fmt: skip
        match = re.search(r"(?:- )?([a-z0-9_]+-[^/ ]+)/", said)
        if said and match and match[1] + "/" in names:
            return match[1] + "/", doubtful
        return names[0] if said and len(names) == 1 else said, doubtful

    def ask(self, home: Path, objects: dict[str, Path], names: list[str], sanitized: bool,
            patience: int) -> tuple[str, bool]:  # fmt: skip
        """The test that fails, "" if none, "link" if there is no program; true if in doubt."""
        linked: set[str] = set()
        first = True
        while names:
            kind = kind_of(names[0])
            program = home / kind
            if kind not in linked:
                flags = SANITIZE[2:] if sanitized else []
                if not self.tools.link(self.tools.line(kind), program, [*objects.values()], flags):
                    return "link", False
                linked.add(kind)
            # By itself the first fixture costs least; one process asks the others.
            n = 1 if kind == "unit" or first or patience > 1 else len(names)
            first = first and kind == "unit"
            killer, doubtful = self.run(names[:n], program, home, sanitized, patience)
            if killer and (doubtful and patience == 1 or self.is_sound(
                killer, sanitized, patience > 1, home
            )):  # fmt: skip
                return killer, doubtful
            names = [name for name in names if name != killer] if killer in names else names[n:]
        return "", False

    def is_sound(self, name: str, sanitized: bool, again: bool, home: Path) -> bool:
        """True if the unbroken library passes this test: the trace said so without sanitizers."""
        if not sanitized and not again:
            return True
        if name not in self.coverage.lines:  # which of several tests it was is not known
            return False
        with self.lock:
            known = self.sound.get((name, sanitized))
        if known is None:
            program = home / "sound"
            kind = kind_of(name)
            objects = self.with_sanitizers() if sanitized else self.objects
            flags = SANITIZE[2:] if sanitized else []
            if not self.tools.link(self.tools.line(kind), program, [*objects.values()], flags):
                sys.exit(f"mutants: {kind} of the unbroken library does not link")
            known = not self.run([name], program, home, sanitized, PATIENCE)[0]
            if not known:
                how = " with sanitizers" if sanitized else ""
                print(f"# {name} fails{how} on the unbroken library, and judges nothing")
            with self.lock:
                self.sound[name, sanitized] = known
        return known

    def with_sanitizers(self) -> dict[str, Path]:
        """The library's objects with sanitizers, compiled when first wanted."""
        with self.lock:
            if not self.sanitized:
                self.sanitized = self.tools.library("asan", SANITIZE, self.jobs)
        return self.sanitized

    def judge(self, mutant: Mutant, text: str, home: Path,
              patience: int = 1) -> tuple[str | None, bool]:  # fmt: skip
        """Who kills it, "" if nobody, None if it is not counted; true if that is to be asked again."""
        tools = self.tools
        line = text.count("\n", 0, mutant.start) + 1
        source = home / "src"
        file, object_ = source / mutant.path, home / "mutant.o"
        key = "\n".join(name_of(mutant, text))
        if not source.exists():
            shutil.copytree(tools.root / "lib", source / "lib")
        try:
            file.write_text(mutant.apply(text))
            if not tools.object(source, mutant.path, object_, []):
                return None, False
            if object_.read_bytes() == self.objects[mutant.path].read_bytes():
                return None, False
            with self.lock:
                last = self.killers.get(key, "")
                names = self.chosen(mutant, line, self.most, last)
            objects = {**self.objects, mutant.path: object_}
            killer, doubtful = self.ask(home, objects, names, False, patience)
            if killer == "link":
                return None, False
            if not killer and tools.object(source, mutant.path, object_, SANITIZE):
                names = self.chosen(mutant, line, MOST_SANITIZED, last)
                objects = {**self.with_sanitizers(), mutant.path: object_}
                killer, doubtful = self.ask(home, objects, names, True, patience)
                with self.lock:
                    self.killers.pop(key, None)
                if not killer and tools.same(source, mutant.path, home):
                    return None, False
                return killer and f"asan {killer}", doubtful
            if killer in self.coverage.lines:
                with self.lock:
                    self.kills[mutant.path][killer] += 1
                    self.killers[key] = killer
            return killer and f"{kind_of(killer)} {killer}", doubtful
        finally:
            file.write_text(text)


def sample(by_kind: dict[str, list[Mutant]], seed: int) -> list[Mutant]:
    """All mutants in the order in which they are taken: each kind in turn, or constants would
    crowd out the rest."""
    chooser = random.Random(seed)
    for mutants in by_kind.values():
        chooser.shuffle(mutants)
    order: list[Mutant] = []
    while any(by_kind.values()):
        order += [by_kind[kind].pop() for kind in sorted(by_kind) if by_kind[kind]]
    return order


def diff_of(mutant: Mutant, text: str) -> str:
    """The change as a patch."""
    lines = difflib.unified_diff(
        text.splitlines(keepends=True), mutant.apply(text).splitlines(keepends=True),
        f"a/{mutant.path}", f"b/{mutant.path}",
    )  # fmt: skip
    return f"\n# survivor ({mutant.kind})\n{''.join(lines)}"


def find_fixtures(places: list[Path]) -> dict[str, Path]:
    """The fixtures in these folders, by name and "/"."""
    return {f"{oracle.parent.name}/": oracle.parent.resolve()
            for place in places for oracle in sorted(place.glob("*/oracle"))}  # fmt: skip


def main() -> int:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", default="200", help="mutants to count, or all")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--most", type=int, default=60, help="fixtures asked about one mutant")
    parser.add_argument("--build", type=Path, required=True, help="folder for all that is made")
    parser.add_argument("--fixtures", type=Path, nargs="+", required=True)
    parser.add_argument("--compile", required=True, help="command without -c, -o and file")
    parser.add_argument("--unit", required=True, help="link of the suites with @OUT and @LIB")
    parser.add_argument("--conform", required=True, help="link of the runner, the same")
    parser.add_argument("--suites", nargs="+", required=True, help="unit suites")
    parser.add_argument("--list", action="store_true", help="say how many there are, and stop")
    parser.add_argument("--only", default="", help="only files whose path has one of these words")
    parser.add_argument("--out", type=Path, help="survivors as one patch")
    args = parser.parse_args()
    sys.stdout.reconfigure(line_buffering=True)

    root = Path(__file__).resolve().parents[2]
    texts = {
        str(path.relative_to(root)): path.read_text()
        for tree in TREES
        for path in sorted((root / tree).rglob("*.c"))
    }
    wanted = args.only.split()
    chosen = [path for path in texts if not wanted or any(word in path for word in wanted)]
    equivalents = Equivalents(Path(__file__).parent / "EQUIVALENT")
    by_kind: dict[str, list[Mutant]] = {}
    listed = 0
    for path, text in texts.items():
        for mutant in candidates(path, text):
            if equivalents.knows(mutant, text):
                listed += path in chosen
            elif path in chosen:
                by_kind.setdefault(mutant.kind, []).append(mutant)
    for name in sorted(equivalents.stale):
        print(f"# EQUIVALENT:{equivalents.rows[name]}: there is no such line, or no such change")
    total = sum(map(len, by_kind.values()))
    print(f"# {total} places and ways in {len(chosen)} files; {listed} listed as equivalent; "
          f"seed {args.seed}")  # fmt: skip
    if args.list or not total:
        for kind, mutants in sorted(by_kind.items()):
            print(f"{kind:12} {len(mutants)}")
        return 0 if total and not equivalents.stale else 99
    count = total if args.count == "all" else int(args.count)
    order = sample(by_kind, args.seed)

    home = args.build.resolve()
    sources = [str(path.relative_to(root)) for path in sorted((root / "lib").rglob("*.c"))]
    tools = Tools(
        root, home, args.compile.split(), args.unit.split(), args.conform.split(), args.suites,
        find_fixtures(args.fixtures), sources,
    )  # fmt: skip
    coverage = Coverage(tools, args.jobs)
    for name in coverage.broken:
        print(f"# {name} fails on the unbroken library, and judges nothing")
    judge = Judge(tools, coverage, args.most, args.jobs)
    for i in range(args.jobs + 1):
        shutil.rmtree(home / f"worker{i}", ignore_errors=True)
    start = time.monotonic()
    local, places = threading.local(), iter(range(args.jobs + 1))

    def one(mutant: Mutant, patience: int = 1) -> tuple[str | None, bool]:
        if not hasattr(local, "home"):
            local.home = home / f"worker{next(places)}"
            local.home.mkdir(parents=True)
        return judge.judge(mutant, texts[mutant.path], local.home, patience)

    killers: collections.Counter[str] = collections.Counter()
    scores: dict[str, list[int]] = collections.defaultdict(lambda: [0, 0])
    survivors: list[Mutant] = []
    counted = uncounted = 0

    def tell(mutant: Mutant, killer: str | None) -> None:
        nonlocal counted, uncounted
        if killer is None:
            uncounted += 1
            return
        text = texts[mutant.path]
        number = text.count("\n", 0, mutant.start) + 1
        counted += 1
        scores[mutant.path][1] += 1
        if killer:
            scores[mutant.path][0] += 1
            killers[killer.split()[0]] += 1
        else:
            survivors.append(mutant)
            if not coverage.tests(mutant.path, number):
                killer = "SURVIVED (no test comes here)"
        change = f"{text[mutant.start:mutant.end]} -> {mutant.new or 'nothing'}"
        print(f"{counted:3} {killer or 'SURVIVED':40} {mutant.path}:{number} "
              f"{mutant.kind}: {' '.join(change.split())}")  # fmt: skip
        judge.save()

    doubts: list[Mutant] = []
    todo, flight = iter(order), collections.deque[tuple[Mutant, Future[tuple[str | None, bool]]]]()
    with ThreadPoolExecutor(args.jobs) as pool:
        while counted + len(doubts) < count:
            for mutant in itertools.islice(todo, 32 * args.jobs - len(flight)):
                flight.append((mutant, pool.submit(one, mutant)))
            if not flight:
                break
            mutant, future = flight.popleft()
            killer, doubtful = future.result()
            if doubtful:
                doubts.append(mutant)
            else:
                tell(mutant, killer)
        for _, future in flight:
            future.cancel()
    for mutant in doubts:  # alone: the pool is gone
        tell(mutant, one(mutant, PATIENCE)[0])

    patch = "".join(diff_of(mutant, texts[mutant.path]) for mutant in survivors)
    print(patch)
    if args.out:
        args.out.write_text(patch)
    for path, (killed, of) in sorted(scores.items()):
        print(f"# {killed:4} of {of:4} {path}")
    for killer, number in killers.most_common():
        print(f"# killed by {killer}: {number}")
    print(f"# not counted (do not compile, or compile to the same code): {uncounted}")
    print(f"# tried again alone, for a limit may have killed them: {len(doubts)}")
    killed = counted - len(survivors)
    print(f"# {time.monotonic() - start:.0f} s for {counted + uncounted} mutants")
    print(f"{killed} killed, {len(survivors)} survived, of {counted}; wanted {WANTED:.0%}")
    sound = not equivalents.stale and not coverage.broken
    return 0 if counted and killed >= WANTED * counted and sound else 1


if __name__ == "__main__":
    sys.exit(main())
