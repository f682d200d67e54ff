# SPDX-License-Identifier: BSD-2-Clause
"""How the library and its tests are compiled, linked and run, and how a run is limited."""

from __future__ import annotations

import dataclasses
import hashlib
import os
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

LEAST_SECONDS = 10  # of CPU time, for one suite or fixture
TIMES_LONGER = 10  # than on the unbroken library: a mutant that takes longer hangs
MOST_BYTES = 3 << 30
MOST_FILE = 4 << 30  # that a suite writes; fixtures are sparse and may have terabytes
HARNESS_BROKEN = (77, 99)  # exit status: cannot judge here, or not at all
SANITIZE = ["-O1", "-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"]
# Compilers that may find out that two texts are one program: ("", flags) is the tree's own.
OTHERS = (("", "-O3"), ("", "-Os"), ("clang", "-O2"))


def limits(seconds: int, sanitized: bool, suite: bool) -> None:
    """In the child: a broken loop must not eat the machine, nor the disk.

    A sanitizer's shadow memory counts as data; it has a limit of its own.
    """
    if not sanitized:
        resource.setrlimit(resource.RLIMIT_DATA, (MOST_BYTES, MOST_BYTES))
    if suite:
        resource.setrlimit(resource.RLIMIT_FSIZE, (MOST_FILE, MOST_FILE))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def failure(command: list[str], root: Path, scratch: Path, seconds: list[float],
            sanitized: bool, patience: int = 1) -> tuple[str, bool]:  # fmt: skip
    """Runs a command: "" if all passed, else the first failed check, or how it ended.

    The first check that fails decides; the others are not waited for.  seconds: of CPU time, what
    each of its tests takes on the unbroken library; patience: how many times the usual limit it
    gets.  Also tells whether that may be the fault of a limit, or of the machine.
    """
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    most = patience * (LEAST_SECONDS + int(TIMES_LONGER * max(seconds)))
    longest, since = 0.0, time.monotonic()  # of silence: what a limit ends has been silent before
    child = subprocess.Popen(
        command, cwd=root, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL, start_new_session=True,
        preexec_fn=lambda: limits(most, sanitized, Path(command[0]).name == "unit"),
        env={**os.environ, "TMPDIR": str(scratch),
             "ASAN_OPTIONS": f"hard_rss_limit_mb={MOST_BYTES >> 20}"},
    )  # fmt: skip
    late = threading.Event()
    status = 0

    def kill() -> None:
        try:
            os.killpg(child.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass

    def expire() -> None:
        late.set()
        kill()

    # CPU time ends loops.  This ends what sleeps, and leaves a busy machine time.
    timer = threading.Timer(
        patience * (20 * LEAST_SECONDS + 4 * TIMES_LONGER * sum(seconds)), expire
    )
    timer.start()
    try:
        assert child.stdout
        for line in child.stdout:
            now = time.monotonic()
            longest, since = max(longest, now - since), now
            if line.startswith(b"not ok"):
                said = line.decode(errors="replace").strip()
                break
        else:
            status = child.wait()
            said = "hung" if late.is_set() else f"exit status {status}" if status else ""
            longest = max(longest, time.monotonic() - since)
        return said, bool(said) and (longest > most or status in HARNESS_BROKEN)
    finally:
        timer.cancel()
        kill()
        child.stdout.close()
        child.wait()
        shutil.rmtree(scratch, ignore_errors=True)


def digest(*parts: bytes | str) -> str:
    """A short digest of texts and bytes."""
    sha = hashlib.sha256()
    for part in parts:
        data = part.encode() if isinstance(part, str) else part
        sha.update(len(data).to_bytes(8, "big") + data)
    return sha.hexdigest()[:32]


INCLUDE = re.compile(r'^\s*#\s*include "([^"]+)"', re.MULTILINE)


def with_headers(root: Path, paths: list[Path]) -> list[Path]:
    """These files and all that they include from their own folder or from lib."""
    found: dict[Path, None] = {}
    todo = sorted(paths)
    while todo:
        path = todo.pop()
        if path not in found:
            found[path] = None
            for name in INCLUDE.findall(path.read_text(errors="replace")):
                places = (path.parent / name, root / "lib" / name)
                todo += [place.resolve() for place in places if place.exists()][:1]
    return list(found)


def digest_files(root: Path, paths: list[Path]) -> str:
    """A digest of files, and of all that they include."""
    return digest(*(part for path in sorted(with_headers(root, paths))
                    for part in (str(path.relative_to(root)), path.read_bytes())))  # fmt: skip


@dataclasses.dataclass(frozen=True)
class Tools:
    """How this tree is compiled and linked, and where its tests are."""

    root: Path
    home: Path
    compile: list[str]
    unit: list[str]  # link: @OUT and @LIB stand for the program and the library's objects
    conform: list[str]
    suites: list[str]
    fixtures: dict[str, Path]  # by name and "/", which suites do not have
    sources: list[str]

    def object(self, lib: Path, path: str, out: Path, flags: list[str],
               compiler: str = "") -> bool:  # fmt: skip
        """Compiles one file of the tree at lib; True if it compiles."""
        out.parent.mkdir(parents=True, exist_ok=True)
        words = [word for word in self.compile if word not in ("-g", "-Werror")]
        words[0] = compiler or words[0]
        command = [*words, "-w", "-g0", *flags, "-c", "-o", str(out), path]
        return not subprocess.run(command, cwd=lib, capture_output=True, check=False).returncode

    def same(self, lib: Path, path: str, scratch: Path) -> bool:
        """True if a compiler makes the same code of this file of the tree at lib and of ours."""
        one, other = scratch / "one.o", scratch / "other.o"
        return any(
            self.object(self.root, path, one, [flag], compiler)
            and self.object(lib, path, other, [flag], compiler)
            and one.read_bytes() == other.read_bytes()
            for compiler, flag in OTHERS
            if not compiler or shutil.which(compiler)
        )

    def library(self, name: str, flags: list[str], jobs: int) -> dict[str, Path]:
        """The objects of the whole library, compiled with more flags; those that changed anew."""
        where = self.home / name
        objects = {path: where / (path[:-2] + ".o") for path in self.sources}

        def one(path: str) -> bool:
            files = digest_files(self.root, [self.root / path])
            key = digest(files, repr(self.compile), repr(flags))
            stamp = objects[path].with_suffix(".key")
            if stamp.exists() and stamp.read_text() == key:
                return True
            stamp.unlink(missing_ok=True)
            ok = self.object(self.root, path, objects[path], flags)
            if ok:
                stamp.write_text(key)
            return ok

        with ThreadPoolExecutor(jobs) as pool:
            for path, ok in zip(objects, pool.map(one, objects)):
                if not ok:
                    sys.exit(f"mutants: {path} does not compile ({name})")
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

    def line(self, kind: str) -> list[str]:
        """How the program of a kind of tests is linked."""
        return self.unit if kind == "unit" else self.conform

    def command(self, program: Path, names: list[str]) -> list[str]:
        """The command that runs one unit suite, or some fixtures."""
        if names[0].endswith("/"):
            return [str(program), *(str(self.fixtures[name]) for name in names)]
        return [str(program), "tests/unit/COUNT", *names]


def kind_of(test: str) -> str:
    """Which program runs a test."""
    return "conform" if test.endswith("/") else "unit"
