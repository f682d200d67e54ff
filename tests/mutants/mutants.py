#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Breaks the library in one place at a time and counts which breaks the tests notice.

A mutant is one token, condition or statement changed.  Those that do not compile, or compile to
the same code, are not counted.  Only the changed file is compiled; only the unit suites and
fixtures that reach the changed line (of a table: the file) run, those first that killed a mutant
of the same file before.  What survives is tried once more with sanitizers.
"""

from __future__ import annotations

import argparse
import bisect
import collections
import dataclasses
import difflib
import hashlib
import os
import pickle
import random
import re
import resource
import shutil
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

TREES = ("lib/mmu", "lib/format", "lib/port", "lib/api", "lib/image", "lib/symbol")
WANTED = 0.95
CPU_SECONDS = 10  # of one fixture or suite
WALL_SECONDS = 120  # of one run of several
SANITIZE = ["-O1", "-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"]
TRACE = ["-O0", "-g", "-fsanitize-coverage=trace-pc", "-fno-pie"]

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
# A statement of its own, and the condition of an if on one line.
STATEMENT = re.compile(
    r"^\t+(?!return\b|goto\b|case\b|struct\b|const\b|static\b|typedef\b)"
    r"((?:\*?[A-Za-z_][\w.>\[\]-]*\s*[-+|&^*]?=(?!=)|(?:\(void\))?[a-z_]\w*\()[^;{}#]*;)[^;\n]*$",
    re.MULTILINE,
)
CONDITION = re.compile(r"^\t+(?:\} else )?if \((.*)\)(?: \{)?$", re.MULTILINE)
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
    for match in STATEMENT.finditer(text):
        found.append(Mutant(path, *match.span(1), ";", "statement"))
    for match in CONDITION.finditer(text):
        if match[1].count("(") == match[1].count(")"):
            found.append(Mutant(path, *match.span(1), f"!({match[1]})", "condition"))
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
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def failure(command: list[str], root: Path, scratch: Path, sanitized: bool) -> str:
    """Runs a command: "" if all passed, else the first failed check, or how it ended.

    The first check that fails decides; the others are not waited for.
    """
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    child = subprocess.Popen(
        command, cwd=root, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL, start_new_session=True,
        preexec_fn=lambda: limits(sanitized),
        env={**os.environ, "TMPDIR": str(scratch), "ASAN_OPTIONS": "hard_rss_limit_mb=6144"},
    )  # fmt: skip
    late = threading.Event()

    def kill() -> None:
        try:
            os.killpg(child.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass

    def expire() -> None:
        late.set()
        kill()

    timer = threading.Timer(WALL_SECONDS, expire)
    timer.start()
    try:
        assert child.stdout
        for line in child.stdout:
            if line.startswith(b"not ok"):
                return line.decode(errors="replace").strip()
        status = child.wait()
        return "hung" if late.is_set() else f"exit status {status}" if status else ""
    finally:
        timer.cancel()
        kill()
        child.stdout.close()
        child.wait()
        shutil.rmtree(scratch, ignore_errors=True)


@dataclasses.dataclass(frozen=True)
class Tools:
    """How this tree is compiled and linked, and where its tests are."""

    root: Path
    home: Path
    compile: list[str]
    unit: list[str]  # link: @OUT and @LIB stand for the program and the library's objects
    conform: list[str]
    suites: list[str]
    fixtures: Path
    sources: list[str]

    def object(self, lib: Path, path: str, out: Path, flags: list[str]) -> bool:
        """Compiles one file of the tree at lib; True if it compiles."""
        out.parent.mkdir(parents=True, exist_ok=True)
        words = [word for word in self.compile if word not in ("-g", "-Werror")]
        command = [*words, "-w", "-g0", *flags, "-c", "-o", str(out), path]
        return not subprocess.run(command, cwd=lib, capture_output=True, check=False).returncode

    def library(self, name: str, flags: list[str], jobs: int) -> dict[str, Path]:
        """The objects of the whole library, compiled with more flags."""
        where = self.home / name
        stamp, key = where / ".key", f"{tree_key(self.root, ['lib'])} {self.compile} {flags}"
        objects = {path: where / (path[:-2] + ".o") for path in self.sources}
        if not stamp.exists() or stamp.read_text() != key:
            with ThreadPoolExecutor(jobs) as pool:
                for path, ok in zip(objects, pool.map(
                    lambda path: self.object(self.root, path, objects[path], flags), objects
                )):  # fmt: skip
                    if not ok:
                        sys.exit(f"mutants: {path} does not compile ({name})")
            stamp.write_text(key)
        return objects

    def link(self, line: list[str], out: Path, objects: list[Path], flags: list[str]) -> bool:
        """Links a program."""
        command: list[str] = []
        for word in line:
            command += (
                [str(out)] if word == "@OUT" else map(str, objects) if word == "@LIB" else [word]
            )
        done = subprocess.run([*command, *flags], cwd=self.root, capture_output=True, check=False)
        return done.returncode == 0

    def suite(self, program: Path, name: str) -> list[str]:
        """The command that runs one unit suite."""
        return [str(program), "tests/unit/COUNT", name]


def tree_key(root: Path, places: list[str]) -> str:
    """A digest of the sources at these places."""
    digest = hashlib.sha256()
    for place in places:
        for path in sorted((root / place).rglob("*")):
            if path.suffix in (".c", ".h", ".def", ".map") and path.is_file():
                digest.update(str(path.relative_to(root)).encode() + path.read_bytes())
    return digest.hexdigest()


Lines = dict[str, frozenset[int]]


class Blocks:
    """The lines of each basic block of a traced program."""

    def __init__(self, program: Path, root: Path) -> None:
        def output(*command: str) -> str:
            return subprocess.run(command, capture_output=True, check=True, text=True).stdout

        code = output("objdump", "-d", "--no-show-raw-insn", str(program))
        calls = re.compile(r"^\s*([0-9a-f]+):\s+call.*<__sanitizer_cov_trace_pc>", re.MULTILINE)
        self.calls = sorted(int(match[1], 16) for match in calls.finditer(code))
        self.lines: dict[int, set[tuple[str, int]]] = collections.defaultdict(set)
        table = output("objdump", "--dwarf=decodedline", "-WL", str(program))
        file = ""
        for row in table.splitlines():
            if row.endswith(":") or row.startswith("CU:"):
                file = row.removeprefix("CU: ").strip(":[+] ").removeprefix("./")
                continue
            parts = row.split()
            if len(parts) < 3 or not parts[1].isdigit() or not parts[2].startswith("0x"):
                continue
            name = file if file.endswith(parts[0]) else parts[0]
            self.add(int(parts[2], 16), name, int(parts[1]))

    def add(self, address: int, file: str, line: int) -> None:
        """Code of a line begins here: before the block's call, or behind it."""
        if not self.calls:
            return
        i = bisect.bisect_right(self.calls, address)
        if i > 0:
            self.lines[self.calls[i - 1]].add((file, line))
        if i < len(self.calls) and self.calls[i] - address <= 32:
            self.lines[self.calls[i]].add((file, line))

    def reached(self, trace: Path) -> Lines:
        """The lines that a traced run reached."""
        data = trace.read_bytes() if trace.exists() else b""
        found: dict[str, set[int]] = collections.defaultdict(set)
        for address in {int.from_bytes(data[i : i + 8], sys.byteorder)
                        for i in range(0, len(data), 8)}:  # fmt: skip
            # What was recorded is the address that the call returns to.
            call = bisect.bisect_left(self.calls, address) - 1
            for file, line in self.lines[self.calls[call]] if call >= 0 else ():
                found[file].add(line)
        return {file: frozenset(lines) for file, lines in found.items()}


class Coverage:
    """Which test reaches which line, and which tests pass on the unbroken library."""

    def __init__(self, tools: Tools, jobs: int) -> None:
        self.tools, self.home = tools, tools.home / "trace"
        self.home.mkdir(parents=True, exist_ok=True)
        self.file = self.home / "coverage.pickle"
        self.seconds: dict[str, float] = {}
        self.lines: dict[str, Lines] = {}
        self.broken: list[str] = []
        known = pickle.loads(self.file.read_bytes()) if self.file.exists() else {}
        root = tools.root
        lib = tree_key(root, ["lib"])
        keys = {
            "unit": lib + tree_key(root, ["tests/unit"]),
            "conform": lib + tree_key(root, ["tests/conform"]),
        }
        tests: dict[str, tuple[str, str]] = {s: ("unit", keys["unit"]) for s in tools.suites}
        for oracle in sorted(tools.fixtures.glob("*/oracle")):
            data = hashlib.sha256(oracle.read_bytes()).hexdigest()
            tests[oracle.parent.name + "/"] = ("conform", keys["conform"] + data)
        todo = [name for name in tests if known.get(name, ("",))[0] != tests[name][1]]
        if todo:
            print(f"# {len(todo)} of {len(tests)} suites and fixtures are traced")
            known = {name: known[name] for name in tests if name in known}
            self.trace(tests, todo, known, jobs)
        for name in tests:
            _, ok, self.seconds[name], lines = known[name]
            if ok:
                self.lines[name] = lines
            else:
                self.broken.append(name)
        self.by_file: dict[str, list[str]] = collections.defaultdict(list)
        self.by_line: dict[tuple[str, int], list[str]] = collections.defaultdict(list)
        # Compilers give some files without their folder: those stand for all that have no other.
        named = {file for files in self.lines.values() for file in files}
        bare: dict[str, list[str]] = collections.defaultdict(list)
        for path in tools.sources:
            if path not in named:
                bare[Path(path).name].append(path)
        for name, files in self.lines.items():
            for key, lines in files.items():
                for file in [key] if "/" in key else bare[key]:
                    self.by_file[file].append(name)
                    for line in lines:
                        self.by_line[file, line].append(name)

    def trace(self, tests: dict[str, tuple[str, str]], todo: list[str],
              known: dict[str, tuple[str, bool, float, Lines]], jobs: int) -> None:  # fmt: skip
        """Runs tests with the instrumented library."""
        tools = self.tools
        objects = list(tools.library("trace/lib", TRACE, jobs).values())
        hook = self.home / "trace.o"
        tools.object(tools.root, "tests/mutants/trace.c", hook, ["-O2", "-fno-pie"])
        blocks = {}
        for kind, line in (("unit", tools.unit), ("conform", tools.conform)):
            program = self.home / kind
            if not tools.link(line, program, [*objects, hook], ["-no-pie"]):
                sys.exit(f"mutants: the traced {kind} does not link")
            blocks[kind] = Blocks(program, tools.root)

        def one(name: str) -> tuple[str, bool, float, Lines]:
            kind, key = tests[name]
            out = self.home / f"{name.rstrip('/')}.trace"
            out.unlink(missing_ok=True)
            program = self.home / kind
            command = (
                tools.suite(program, name)
                if kind == "unit"
                else [str(program), str(tools.fixtures / name)]
            )
            start = time.monotonic()
            done = subprocess.run(
                command, cwd=tools.root, env={**os.environ, "TRACE_OUT": str(out)},
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                check=False,
            )  # fmt: skip
            seconds = time.monotonic() - start
            lines = blocks[kind].reached(out)
            out.unlink(missing_ok=True)
            return key, done.returncode == 0, seconds, lines

        with ThreadPoolExecutor(jobs) as pool:
            known.update(zip(todo, pool.map(one, todo)))
        self.file.write_bytes(pickle.dumps(known))

    def tests(self, path: str, line: int) -> list[str]:
        """The tests that reach a line; of a line without code, those that reach the file."""
        if (path, line) in self.by_line:
            return self.by_line[path, line]
        # Some reach no more than a line or two: they say little about a table.
        reach = {name: len(self.lines[name].get(path, self.lines[name].get(Path(path).name, ())))
                 for name in self.by_file.get(path, [])}  # fmt: skip
        return [name for name, lines in reach.items() if 4 * lines >= max(reach.values())]


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

    def chosen(self, mutant: Mutant, line: int) -> tuple[list[str], list[str]]:
        """The suites and fixtures to ask, the most likely killer first."""
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
        return suites, fixtures[: self.most]

    def ask(self, mutant: Mutant, line: int, home: Path, object_: Path,
            objects: dict[str, Path], flags: list[str], most: int) -> str:  # fmt: skip
        """The first check that fails, "" if none."""
        tools = self.tools
        all_objects = [object_ if path == mutant.path else o for path, o in objects.items()]
        suites, fixtures = self.chosen(mutant, line)
        unit, conform = home / "unit", home / "conform"
        if suites and not tools.link(tools.unit, unit, all_objects, flags):
            return "link"
        for name in suites:
            said = failure(tools.suite(unit, name), tools.root, home / "tmp", bool(flags))
            if said:
                with self.lock:
                    self.kills[mutant.path][name] += 1
                return f"unit {name}"
        if fixtures and not tools.link(tools.conform, conform, all_objects, flags):
            return "link"
        # By itself the first one costs least; one process asks the others.
        for names in filter(None, (fixtures[:1], fixtures[1:most])):
            command = [str(conform), *(str(tools.fixtures / name) for name in names)]
            said = failure(command, tools.root, home / "tmp", bool(flags))
            match = re.search(r"(?:- )?([a-z0-9_]+-[^/ ]+)/", said)
            if said:
                killer = match[1] + "/" if match else ""
                with self.lock:
                    if killer in self.coverage.lines:
                        self.kills[mutant.path][killer] += 1
                return f"conform {killer or said}"
        return ""

    def with_sanitizers(self) -> dict[str, Path]:
        """The library's objects with sanitizers, compiled when first wanted."""
        with self.lock:
            if not self.sanitized:
                self.sanitized = self.tools.library("asan", SANITIZE, self.jobs)
        return self.sanitized

    def judge(self, mutant: Mutant, text: str, home: Path) -> str | None:
        """Who kills it, "" if nobody, None if it is not counted."""
        tools = self.tools
        line = text.count("\n", 0, mutant.start) + 1
        source = home / "src"
        file, object_ = source / mutant.path, home / "mutant.o"
        if not source.exists():
            shutil.copytree(tools.root / "lib", source / "lib")
        try:
            file.write_text(mutant.apply(text))
            if not tools.object(source, mutant.path, object_, []):
                return None
            if object_.read_bytes() == self.objects[mutant.path].read_bytes():
                return None
            killer = self.ask(mutant, line, home, object_, self.objects, [], self.most)
            if killer == "link":
                return None
            if not killer:
                objects = self.with_sanitizers()
                if tools.object(source, mutant.path, object_, SANITIZE):
                    killer = self.ask(mutant, line, home, object_, objects, SANITIZE[2:], 12)
                    killer = killer and f"asan {killer}"
            return killer
        finally:
            file.write_text(text)


def main() -> int:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", default="50", help="mutants to count, or all")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--most", type=int, default=40, help="fixtures asked about one mutant")
    parser.add_argument("--build", type=Path, required=True, help="folder for all that is made")
    parser.add_argument("--fixtures", type=Path, required=True)
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
    for path in chosen:
        for mutant in candidates(path, texts[path]):
            if equivalents.knows(mutant, texts[path]):
                listed += 1
            else:
                by_kind.setdefault(mutant.kind, []).append(mutant)
    total = sum(map(len, by_kind.values()))
    print(f"# {total} places and ways in {len(chosen)} files; {listed} listed as equivalent; "
          f"seed {args.seed}")  # fmt: skip
    if args.list or not total:
        for kind, mutants in sorted(by_kind.items()):
            print(f"{kind:12} {len(mutants)}")
        return 0 if total else 99
    count = total if args.count == "all" else int(args.count)

    # Every kind gets its share, or constants would crowd out the rest.
    chooser = random.Random(args.seed)
    for mutants in by_kind.values():
        chooser.shuffle(mutants)
    order: list[Mutant] = []
    while any(by_kind.values()):
        for kind in sorted(by_kind):
            if by_kind[kind]:
                order.append(by_kind[kind].pop())

    home = args.build.resolve()
    sources = [str(path.relative_to(root)) for path in sorted((root / "lib").rglob("*.c"))]
    tools = Tools(
        root, home, args.compile.split(), args.unit.split(), args.conform.split(), args.suites,
        args.fixtures.resolve(), sources,
    )  # fmt: skip
    coverage = Coverage(tools, args.jobs)
    for name in coverage.broken:
        print(f"# {name} fails on the unbroken library, and judges nothing")
    judge = Judge(tools, coverage, args.most, args.jobs)
    for i in range(args.jobs):
        shutil.rmtree(home / f"worker{i}", ignore_errors=True)
    start = time.monotonic()
    local, places = threading.local(), iter(range(args.jobs))

    def one(mutant: Mutant) -> str | None:
        if not hasattr(local, "home"):
            local.home = home / f"worker{next(places)}"
            local.home.mkdir(parents=True)
        return judge.judge(mutant, texts[mutant.path], local.home)

    killers: collections.Counter[str] = collections.Counter()
    scores: dict[str, list[int]] = collections.defaultdict(lambda: [0, 0])
    survivors: list[Mutant] = []
    counted = uncounted = taken = 0
    with ThreadPoolExecutor(args.jobs) as pool:
        while counted < count and taken < len(order):
            batch = order[taken : taken + min(count - counted, 8 * args.jobs)]
            taken += len(batch)
            for mutant, killer in zip(batch, pool.map(one, batch)):
                text = texts[mutant.path]
                number = text.count("\n", 0, mutant.start) + 1
                if killer is None:
                    uncounted += 1
                    continue
                counted += 1
                scores[mutant.path][1] += 1
                if killer:
                    scores[mutant.path][0] += 1
                    killers[killer.split()[0]] += 1
                else:
                    survivors.append(mutant)
                    if (mutant.path, number) not in coverage.by_line:
                        killer = "SURVIVED (no test has this line)"
                change = f"{text[mutant.start:mutant.end]} -> {mutant.new or 'nothing'}"
                print(f"{counted:3} {killer or 'SURVIVED':40} {mutant.path}:{number} "
                      f"{mutant.kind}: {change}")  # fmt: skip

    patch = ""
    for mutant in survivors:
        text = texts[mutant.path]
        diff = difflib.unified_diff(
            text.splitlines(keepends=True), mutant.apply(text).splitlines(keepends=True),
            f"a/{mutant.path}", f"b/{mutant.path}",
        )  # fmt: skip
        patch += f"\n# survivor ({mutant.kind})\n{''.join(diff)}"
    print(patch)
    if args.out:
        args.out.write_text(patch)
    for path, (killed, of) in sorted(scores.items()):
        print(f"# {killed:4} of {of:4} {path}")
    for killer, number in killers.most_common():
        print(f"# killed by {killer}: {number}")
    print(f"# not counted (do not compile, or compile to the same code): {uncounted}")
    killed = counted - len(survivors)
    print(f"# {time.monotonic() - start:.0f} s for {counted + uncounted} mutants")
    print(f"{killed} killed, {len(survivors)} survived, of {counted}; wanted {WANTED:.0%}")
    return 0 if counted and killed >= WANTED * counted else 1


if __name__ == "__main__":
    sys.exit(main())
