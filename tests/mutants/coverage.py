# SPDX-License-Identifier: BSD-2-Clause
"""Which test reaches which line of the library; what was found is kept for the next run.

A test is traced again when it changed, or a file of the library that it reached, or a header of
these.
"""

from __future__ import annotations

import bisect
import collections
import dataclasses
import os
import pickle
import re
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tools import Tools, digest, digest_files, kind_of

TRACE = ["-Og", "-g", "-fsanitize-coverage=trace-pc", "-fno-pie"]
SAVE_EVERY = 50

Lines = dict[str, frozenset[int]]


@dataclasses.dataclass(frozen=True)
class Traced:
    """One test on the unbroken library."""

    key: str  # of the test itself
    sources: dict[str, str]  # digests of the files reached
    ok: bool
    seconds: float  # of CPU time
    lines: Lines


class Blocks:
    """The lines of each basic block of a traced program."""

    def __init__(self, program: Path, root: Path) -> None:
        def output(*command: str, given: str | None = None) -> str:
            return subprocess.run(
                command, capture_output=True, check=True, text=True, input=given
            ).stdout

        code = output("objdump", "-d", "--no-show-raw-insn", str(program))
        calls = re.compile(r"^\s*([0-9a-f]+):\s+call.*<__sanitizer_cov_trace_pc>", re.MULTILINE)
        self.calls = sorted(int(match[1], 16) for match in calls.finditer(code))
        if not self.calls:
            sys.exit(f"mutants: {program} has no traced block")
        table = output("objdump", "--dwarf=decodedline", "-WL", str(program))
        addresses = sorted({int(match, 16) for match in re.findall(r"\s(0x[0-9a-f]+)\b", table)})
        places = output(
            "addr2line", "-e", str(program), given="".join(f"{at:x}\n" for at in addresses)
        )
        self.lines: dict[int, set[tuple[str, int]]] = collections.defaultdict(set)
        for address, place in zip(addresses, places.splitlines(), strict=True):
            file, _, line = place.split(" ")[0].rpartition(":")
            file = os.path.normpath(file).removeprefix(f"{root}/")
            if file.startswith("lib/") and line.isdigit():
                self.add(address, file, int(line))

    def add(self, address: int, file: str, line: int) -> None:
        """Code of a line begins here: before the block's call, or behind it."""
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
        self.file = self.home / "traced.pickle"
        self.sources = {
            path: digest_files(tools.root, [tools.root / path]) for path in tools.sources
        }
        keys = self.keys()
        known: dict[str, Traced] = {}
        if self.file.exists():
            known = {name: Traced(*row) for name, row in pickle.loads(self.file.read_bytes())}
        todo = [name for name, key in keys.items() if not self.holds(known.get(name), key)]
        if todo:
            print(f"# {len(todo)} of {len(keys)} suites and fixtures are traced")
            self.trace(keys, todo, known, jobs)
        self.seconds = {name: known[name].seconds for name in keys}
        self.broken = [name for name in keys if not known[name].ok]
        self.lines = {name: known[name].lines for name in keys if known[name].ok}
        self.by_file: dict[str, list[str]] = collections.defaultdict(list)
        self.by_line: dict[tuple[str, int], list[str]] = collections.defaultdict(list)
        for name, files in self.lines.items():
            for file, lines in files.items():
                self.by_file[file].append(name)
                for line in lines:
                    self.by_line[file, line].append(name)

    def keys(self) -> dict[str, str]:
        """Every test, and a digest of what it is made of besides the library's files."""
        root, tools = self.tools.root, self.tools
        unit, conform = root / "tests/unit", root / "tests/conform"
        how = digest(repr(tools.compile), repr(TRACE))
        shared = how + digest_files(root, [*unit.glob("kernel/*.c"), unit / "main.c"])
        keys = {s: digest(shared, digest_files(root, [unit / f"{s}.c"])) for s in tools.suites}
        runner = how + digest_files(root, list(conform.glob("*.c")))
        for name, path in tools.fixtures.items():
            sizes = sorted((p.name, p.stat().st_size) for p in path.iterdir() if p.is_file())
            keys[name] = digest(runner, (path / "oracle").read_bytes(), repr(sizes))
        return keys

    def holds(self, row: Traced | None, key: str) -> bool:
        """True if what is known of a test is still so; one that failed is tried again."""
        return row is not None and row.ok and row.key == key and all(
            self.sources.get(path) == found for path, found in row.sources.items()
        )  # fmt: skip

    def save(self, known: dict[str, Traced]) -> None:
        """Keeps what is known; as tuples, which do not change when a class does."""
        rows = [(name, tuple(vars(row).values())) for name, row in known.items()]
        new = self.file.with_suffix(".new")
        new.write_bytes(pickle.dumps(rows))
        new.replace(self.file)

    def trace(self, keys: dict[str, str], todo: list[str], known: dict[str, Traced],
              jobs: int) -> None:  # fmt: skip
        """Runs tests with the instrumented library."""
        tools = self.tools
        objects = list(tools.library("trace/lib", TRACE, jobs).values())
        hook = self.home / "trace.o"
        tools.object(tools.root, "tests/mutants/trace.c", hook, ["-O2", "-fno-pie"])
        blocks = {}
        for kind in {kind_of(name) for name in todo}:
            program = self.home / kind
            if not tools.link(tools.line(kind), program, [*objects, hook], ["-no-pie"]):
                sys.exit(f"mutants: the traced {kind} does not link")
            blocks[kind] = Blocks(program, tools.root)

        def one(name: str) -> Traced:
            kind = kind_of(name)
            out = self.home / f"{name.rstrip('/')}.trace"
            out.unlink(missing_ok=True)
            scratch = self.home / f"{name.rstrip('/')}.tmp"
            scratch.mkdir(exist_ok=True)
            child = subprocess.Popen(
                tools.command(self.home / kind, [name]), cwd=tools.root,
                env={**os.environ, "TRACE_OUT": str(out), "TMPDIR": str(scratch)},
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            )  # fmt: skip
            _, status, usage = os.wait4(child.pid, 0)
            child.returncode = status  # waited for already
            shutil.rmtree(scratch)
            lines = blocks[kind].reached(out)
            out.unlink(missing_ok=True)
            return Traced(
                keys[name], {path: self.sources[path] for path in lines if path in self.sources},
                status == 0, usage.ru_utime + usage.ru_stime, lines,
            )  # fmt: skip

        with ThreadPoolExecutor(jobs) as pool:
            for i, (name, row) in enumerate(zip(todo, pool.map(one, todo)), 1):
                known[name] = row
                if i % SAVE_EVERY == 0:
                    self.save(known)
        self.save({name: known[name] for name in keys})

    def tests(self, path: str, line: int) -> list[str]:
        """The tests that reach a line; of a line without code, those that reach the file."""
        if (path, line) in self.by_line:
            return self.by_line[path, line]
        # Some reach no more than a line or two: they say little about a table.
        reach = {name: len(self.lines[name][path]) for name in self.by_file.get(path, [])}
        if reach:
            return [name for name, lines in reach.items() if 4 * lines >= max(reach.values())]
        # A port that is nothing but a table: its dumps, and what is said about all ports.
        os_, _, machine = path.removeprefix("lib/port/").removesuffix(".c").partition("/")
        return [name for name in self.lines if name.startswith((f"{os_}-{machine}-", "port_"))]
