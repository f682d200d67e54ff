#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""The museum of defects: each row of fixtures/DEFECTS.md as a variant of our library.

defects/NAME.patch is a defect: lines `Row: `, `Port: ` (as that table has them), `Fails: ` (a check
that must fail; the first is the row's), `May-fail: ` (which may), an empty line, and a
diff against lib/.  Checks are named as `kcore-conform --list` names them, `*` being anything.

A variant is judged by a worker on the fixtures that its checks are of, all checks.  The other
fixtures of its port, and one of each other port that links the changed file (--all: all fixtures),
are judged inside the runner by CHEAP checks: what opens, what translates, and where to.
"""

from __future__ import annotations

import argparse
import collections
import dataclasses
import fnmatch
import os
import re
import resource
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CHEAP = "*/xlate,*/open/*,*/info/*,*/each/all"
CPU_SECONDS = 60  # of one fixture
CALL_SECONDS = "20"
WALL_SECONDS = 1200  # of one run of the runner
SHOWN = 12  # fixtures named of those that should not have failed

GOOD = "dragonfly-x86_64-carry.patch"  # what the driver is tested with

# Rows that cannot be a patch of this library, and why.
NOT_OURS: dict[tuple[str, str], str] = {}


class Bad(Exception):
    """What is wrong with a defect, in one sentence."""


@dataclasses.dataclass(frozen=True)
class Row:
    """A row of fixtures/DEFECTS.md."""

    port: str
    what: str
    check: str  # fixture, or fixture/check


@dataclasses.dataclass(frozen=True)
class Defect:
    """A patch's head, and the files that it changes."""

    path: Path
    port: str
    row: str
    fails: list[str]
    may_fail: list[str]
    files: list[str]

    @property
    def name(self) -> str:
        """What it is called in messages."""
        return self.path.stem

    @property
    def fixtures(self) -> set[str]:
        """Those that its checks are of."""
        return {pattern.split("/")[0] for pattern in self.fails}


def rows(path: Path) -> list[Row]:
    """The table."""
    found = []
    for line in path.read_text().splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("|") and len(cells) == 4 and "/" in cells[0]:
            found.append(Row(cells[0], cells[1], cells[3]))
    return found


def read(path: Path) -> Defect:
    """A patch."""
    head, _, diff = path.read_text().partition("\n\n")
    found = collections.defaultdict(list)
    for number, line in enumerate(head.splitlines(), 1):
        key, colon, value = line.partition(": ")
        if key not in ("Row", "Port", "Fails", "May-fail") or not colon or not value:
            raise Bad(f"line {number}: {line!r} is not Row:, Port:, Fails: or May-fail:")
        found[key].append(value)
    if len(found["Row"]) != 1 or len(found["Port"]) != 1 or not found["Fails"]:
        raise Bad("wanted: one line Row:, one Port:, one or more Fails:")
    for pattern in found["Fails"]:
        if not re.fullmatch(r"[\w.-]+/.+", pattern):
            raise Bad(f"Fails: {pattern} does not begin with a fixture's name")
    files = re.findall(r"^\+\+\+ b/(\S+)", diff, re.MULTILINE)
    for file in files:
        if not re.fullmatch(r"lib/.*\.c", file) or not (ROOT / file).is_file():
            raise Bad(f"it changes {file}, which is no .c file of the library")
    return Defect(path, found["Port"][0], found["Row"][0], found["Fails"], found["May-fail"], files)


def matches(name: str, patterns: list[str]) -> bool:
    """True if the check has one of these names."""
    return any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns)


def shown(checks: list[str]) -> str:
    """One check of each fixture."""
    first: dict[str, str] = {}
    for check in checks:
        first.setdefault(check.split("/")[0], check)
    more = f" and in {len(first) - SHOWN} more fixtures" if len(first) > SHOWN else ""
    return " ".join(list(first.values())[:SHOWN]) + more


class Museum:
    """The built library, and how a variant of it is made and judged."""

    def __init__(self, args: argparse.Namespace) -> None:
        self.build: Path = args.build.resolve()
        self.home = self.build / "defects"
        self.home.mkdir(exist_ok=True)
        self.compile = shlex.split(args.compile)
        self.link = shlex.split(args.link)
        self.all: bool = args.all
        self.dirs = {
            path.parent.name: path.parent for path in args.fixtures.resolve().glob("*/oracle")
        }
        self.sources = [str(p.relative_to(ROOT)) for p in sorted((ROOT / "lib").rglob("*.c"))]
        self.links = self.linked()

    def object(self, source: str) -> Path:
        """The unchanged library's object of a source."""
        return self.build / "obj" / (source[:-2] + ".pic.o")

    def linked(self) -> dict[str, set[str]]:
        """Of each port, the sources that its own file needs, directly or not."""
        needs: dict[str, set[str]] = {}
        home: dict[str, str] = {}
        for source in self.sources:
            out = subprocess.run(
                ["nm", "-P", "-g", str(self.object(source))],
                capture_output=True, check=True, text=True,
            )  # fmt: skip
            symbols = [line.split()[:2] for line in out.stdout.splitlines()]
            needs[source] = {name for name, kind in symbols if kind == "U"}
            home.update({name: source for name, kind in symbols if kind != "U"})
        found = {}
        for source in self.sources:
            match = re.fullmatch(r"lib/port/(\w+)/(\w+)\.c", source)
            if not match or f"port_{match[1]}_{match[2]}" not in home:
                continue
            reached, todo = {source}, [source]
            while todo:
                for name in needs[todo.pop()]:
                    if name in home and home[name] not in reached:
                        reached.add(home[name])
                        todo.append(home[name])
            found[f"{match[1]}/{match[2]}"] = reached
        return found

    def of_port(self, port: str) -> list[str]:
        """A port's fixtures."""
        return [name for name in self.dirs if name.startswith(port.replace("/", "-") + "-")]

    def others(self, defect: Defect) -> list[str]:
        """One fixture of each other port that links a changed file, or of all if none does."""
        changed = set(defect.files)
        ports = [port for port, files in self.links.items() if files & changed]
        if not any(changed & files for files in self.links.values()):
            ports = list(self.links)
        names = [sorted(self.of_port(port), key=lambda name: (len(name), name)) for port in ports]
        return [found[0] for port, found in zip(ports, names) if found and port != defect.port]

    def variant(self, defect: Defect, home: Path) -> Path:
        """The library with the defect."""
        for file in defect.files:
            (home / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / file, home / file)
        if defect.files:
            done = subprocess.run(
                ["patch", "-s", "-f", "-p1", "-F3", "-r", "-", "--no-backup-if-mismatch",
                 "-i", str(defect.path)], cwd=home, capture_output=True, text=True, check=False,
            )  # fmt: skip
            if done.returncode:
                raise Bad(f"does not apply: {(done.stdout + done.stderr).strip()}")
        objects = {source: self.object(source) for source in self.sources}
        for file in defect.files:
            objects[file] = home / (file.replace("/", "-")[:-2] + ".o")
            # Headers beside the file are found where it came from.
            quoted = ["-iquote", str((ROOT / file).parent)]
            self.run(
                "does not compile",
                [*self.compile, *quoted, "-c", "-o", str(objects[file]), str(home / file)],
            )
        so = home / "libkvm.so"
        words = {"@OUT": [str(so)], "@OBJ": [str(path) for path in objects.values()]}
        self.run("does not link", [part for w in self.link for part in words.get(w, [w])])
        return so

    @staticmethod
    def run(what: str, command: list[str]) -> None:
        """A command that must succeed."""
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        if done.returncode:
            errors = [line for line in done.stderr.splitlines() if "error" in line]
            raise Bad(f"{what}: {(errors or [done.stderr.strip()])[0]}")

    def judge(self, so: Path, fixtures: set[str], *options: str) -> set[str]:
        """The checks of these fixtures that fail."""
        if not fixtures:
            return set()
        command = [str(self.build / "bin" / "kcore-conform"), "--lib", str(so), *options]
        command += [str(self.dirs[name]) for name in sorted(fixtures)]
        scratch = so.parent / "tmp"
        scratch.mkdir(exist_ok=True)
        try:
            done = subprocess.run(
                command, cwd=ROOT, capture_output=True, text=True, errors="replace", check=False,
                stdin=subprocess.DEVNULL, timeout=WALL_SECONDS,
                env={**os.environ, "TMPDIR": str(scratch)},
                preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS,) * 2),
            )  # fmt: skip
        except subprocess.TimeoutExpired as late:
            raise Bad(f"the runner took more than {late.timeout:.0f} s") from late
        found = set(re.findall(r"^not ok \d+ - (\S+)", done.stdout, re.MULTILINE))
        summary = re.search(r"^(\d+) passed, (\d+) failed, \d+ skipped$", done.stdout, re.MULTILINE)
        if not summary or done.returncode not in (0, 1) or int(summary[2]) != len(found):
            said = (done.stderr or done.stdout).strip().splitlines()[-1:] or ["nothing"]
            raise Bad(f"the runner ended with {done.returncode}: {said[0]}")
        return found

    def failed(self, defect: Defect, so: Path) -> set[str]:
        """The checks that notice."""
        unknown = sorted(defect.fixtures - self.dirs.keys())
        if unknown:
            raise Bad(f"there is no fixture {unknown[0]}")
        rest = set(self.dirs if self.all else self.of_port(defect.port) + self.others(defect))
        found = self.judge(so, defect.fixtures, "--timeout", CALL_SECONDS)
        return found | self.judge(so, rest - defect.fixtures, "--inside", "--only", CHEAP)

    def wrong(self, defect: Defect, row: Row | None) -> str:
        """What is wrong with a defect; "" if it is noticed where it should be."""
        home = Path(tempfile.mkdtemp(dir=self.home, prefix=defect.name + "-"))
        try:
            if row is None:
                raise Bad(f"no row of {defect.port} says {defect.row!r}")
            if row.check not in (defect.fails[0], defect.fails[0].split("/")[0]):
                raise Bad(f"its row names {row.check}, and its first check is {defect.fails[0]}")
            found = self.failed(defect, self.variant(defect, home))
            missed = [p for p in defect.fails if not any(matches(n, [p]) for n in found)]
            beside = sorted(n for n in found if not matches(n, defect.fails + defect.may_fail))
            if missed:
                which = f", but {len(found)} others do" if found else ", and nothing else"
                raise Bad(f"not noticed: {', '.join(missed)} does not fail{which}")
            if beside:
                raise Bad(f"fails more than it says: {shown(beside)}")
            return ""
        except Bad as bad:
            return str(bad)
        finally:
            shutil.rmtree(home, ignore_errors=True)


def judged(museum: Museum, table: dict[tuple[str, str], Row], where: Path, only: str, jobs: int
           ) -> tuple[dict[str, str], set[tuple[str, str]]]:  # fmt: skip
    """What is wrong with each defect of a folder, and the rows that have a patch there."""
    defects: dict[tuple[str, str], Defect] = {}
    wrong: dict[str, str] = {}
    for path in sorted(where.resolve().glob("*.patch")):
        try:
            defect = read(path)
            key = (defect.port, defect.row)
            if key in defects:
                raise Bad(f"has the row of {defects[key].name}")
            defects[key] = defect
        except Bad as bad:
            wrong[path.stem] = str(bad)
    wanted = [d for d in defects.values() if matches(d.name, only.split())]
    with ThreadPoolExecutor(jobs) as pool:
        found = pool.map(lambda d: museum.wrong(d, table.get((d.port, d.row))), wanted)
        wrong.update(zip((d.name for d in wanted), found))
    return wrong, set(defects)


# Damage done to a good patch: what is replaced (a pattern), by what, and what must be said of it.
DAMAGE = {
    "empty": (r"\n\n.*", "\n\n", "not noticed: "),
    "elsewhere": (r"\n-\t.*?\n", "\n-no such line\n", "does not apply: "),
    "nonsense": (r"\n\+\t", "\n+\tnonsense;\t", "does not compile: "),
    "tells-less": (r"May-fail: [^\n]*\n", "", "fails more than it says: "),
    "no-row": (r"Row: ", "Row: never ", "no row of "),
    "other-check": (r"Fails: [^/]*/", r"\g<0>sym/", "its row names "),
    "no-check": (r"Fails: [^\n]*\n", "", "wanted: "),
    "header": (r"(\+\+\+ b/lib/[^\n]*)\.c", r"\1.h", "it changes "),
}


def selftest(museum: Museum, table: dict[tuple[str, str], Row], good: Path) -> dict[str, str]:
    """What is wrong with the driver: of each damaged patch it must say what is wrong with that."""
    wrong: dict[str, str] = {}
    for name, (pattern, new, wanted) in DAMAGE.items():
        text = good.read_text()
        bad = re.sub(pattern, new, text, flags=re.DOTALL)
        with tempfile.TemporaryDirectory() as scratch:
            (Path(scratch) / f"damaged-{name}.patch").write_text(bad)
            said = judged(museum, table, Path(scratch), "*", 1)[0][f"damaged-{name}"]
        ok = bad != text and said.startswith(wanted)
        wrong[f"damaged-{name}"] = "" if ok else f"wanted '{wanted}...', the driver says {said!r}"
    return wrong


def main() -> int:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", type=Path, required=True, help="where the library was built")
    parser.add_argument("--fixtures", type=Path, required=True)
    parser.add_argument("--compile", required=True, help="command without -c, -o and file")
    parser.add_argument("--link", required=True, help="command with @OUT and @OBJ")
    parser.add_argument("--defects", type=Path, default=ROOT / "tests/conform/defects")
    parser.add_argument("--only", default="*", help="defects by name, patterns with spaces between")
    parser.add_argument("--all", action="store_true", help="judge by all fixtures")
    parser.add_argument("--jobs", type=int, default=2)
    args = parser.parse_args()
    sys.stdout.reconfigure(line_buffering=True)

    table = {(row.port, row.what): row for row in rows(ROOT / "fixtures" / "DEFECTS.md")}
    museum = Museum(args)
    start = time.monotonic()
    wrong, defects = judged(museum, table, args.defects, args.only, args.jobs)
    number = len(wrong)
    if args.only == "*":
        for key in NOT_OURS.keys() | table.keys():
            if key not in table:
                wrong[": ".join(key)] = "is no row, but listed as one that can have no patch"
            elif key not in NOT_OURS and key not in defects:
                wrong[": ".join(key)] = "has no patch"
            elif key in NOT_OURS and key in defects:
                wrong[": ".join(key)] = "has a patch, but is listed as one that can have none"
        wrong.update(selftest(museum, table, args.defects / GOOD))
    for name, why in sorted(wrong.items()):
        if why:
            print(f"not ok - {name}: {why}")
    skipped = NOT_OURS if args.only == "*" else {}
    for key, why in skipped.items():
        print(f"ok - {': '.join(key)} # SKIP {why}")
    failed = sum(map(bool, wrong.values()))
    print(f"# {number} defects in {time.monotonic() - start:.0f} s")
    print(f"{len(wrong) - failed} passed, {failed} failed, {len(skipped)} skipped")
    return 0 if wrong and not failed else 1


if __name__ == "__main__":
    sys.exit(main())
