#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Breaks the kernels that panic in one place at a time, and asks the machine and the library.

Of each mutant the kernels that it changes are built and run.  It is killed if the guest's own
proofs fail, if the driver finds that QEMU's MMU or memory is not what the guest said, or if the
library does not read the dump as the oracle says.
"""

from __future__ import annotations

import argparse
import collections
import hashlib
import os
import random
import re
import shutil
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from elftools.elf.elffile import ELFFile
from operators import Equivalents, Mutant, candidates
from shared import (DOUBTFUL, KILLED, NONE, SURVIVED, Unsound, Verdict, confined, failed_check,
                    mixed, run)  # fmt: skip

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "emu"))
from harness import machines  # noqa: E402
from harness.machines import CannotRun, DescriptionError, Target  # noqa: E402

WANTED = 0.97
FILES = ("*/machine.c", "aim64/*.c", "sparc64/*.c", "drivers/radix.c", "common/plan.c",
         "common/dump.c", "forms/*.c")
MOST = 60  # kernels that are run for one mutant; of each machine, form, regime and OS first one
TIMEOUT = 20  # seconds of each stage of a guest; the slowest takes 3 of an idle machine


def uses(path: str, target: Target) -> bool:
    """True if a source of the guests is part of this one."""
    folder, file = Path(path).parts[-2:]
    form = str(target.form)
    return {
        "common": True,
        "drivers": Path(file).stem in target.drivers,
        "forms": Path(file).stem in {
            form, form.removesuffix("-virtual"), "kerneldump" if target.os != "netbsd" else "",
            "minidump" if form.endswith("minidump") else "",
        },
    }.get(folder, folder == target.folder.name)  # fmt: skip


def digest_of(folder: Path) -> str:
    """Of all files that make guests."""
    files = (p for p in sorted(folder.rglob("*")) if p.is_file() and "__pycache__" not in p.parts)
    return hashlib.sha256(b"".join(str(p).encode() + p.read_bytes() for p in files)).hexdigest()


def loaded(kernel: Path) -> list[tuple[int, int, bytes]]:
    """What of a kernel is in memory: its symbols have the names of the compiler's temporary files."""
    with open(kernel, "rb") as file:
        return [(s["p_vaddr"], s["p_memsz"], s.data()) for s in ELFFile(file).iter_segments()]


def apart(targets: list[Target]) -> list[Target]:
    """In another order: one of each machine, form, regime and OS first, then the others."""
    turn: collections.Counter[tuple[str, ...]] = collections.Counter()
    place = {}
    for target in targets:
        key = target.folder.name, str(target.form), target.regime, target.os
        place[target.name] = turn[key]
        turn[key] += 1
    return sorted(targets, key=lambda t: place[t.name])


class Judge:
    """Builds, runs, and asks."""

    def __init__(self, home: Path, kcore: Path, conform: Path, texts: dict[str, str],
                 jobs: int) -> None:  # fmt: skip
        self.home, self.kcore, self.conform, self.texts = home, kcore, conform, texts
        self.targets: dict[str, list[Target]] = {}
        self.kills: dict[str, collections.Counter[str]] = collections.defaultdict(
            collections.Counter)  # fmt: skip
        # A mutant need not please the compiler.
        machines.FLAGS[:] = [*(w for w in machines.FLAGS if w != "-Werror"), "-w"]
        stamp, key = home / "plain" / ".key", digest_of(ROOT / "emu")
        kept = stamp.exists() and stamp.read_text() == key

        def plain(target: Target) -> bool:
            try:
                if not kept or not (home / "plain" / f"{target.name}.elf").exists():
                    machines.build(target, home / "plain")
                return True
            except CannotRun as reason:
                print(f"# {target.name}: {reason}")
                return False

        stamp.unlink(missing_ok=True)
        targets = [t for t in machines.targets() if any(uses(path, t) for path in texts)]
        with ThreadPoolExecutor(jobs) as pool:
            every = [target for target, can in zip(targets, pool.map(plain, targets)) if can]
        stamp.write_text(key)
        for path in texts:
            found = [target for target in every if uses(path, target)]
            random.Random(path).shuffle(found)
            self.targets[path] = apart(found)

    def __call__(self, mutant: Mutant) -> Verdict:
        """Who kills it."""
        home = self.home / f"worker{os.getpid()}"
        guest = home / "emu" / "guest"
        if not guest.exists():
            shutil.copytree(ROOT / "emu" / "guest", guest)
        machines.GUEST = guest
        text = self.texts[mutant.path]
        (home / mutant.path).write_text(mutant.apply(text))
        try:
            return self.ask(mutant, home)
        finally:
            (home / mutant.path).write_text(text)

    def ask(self, mutant: Mutant, home: Path) -> Verdict:
        """Runs each kernel that has become another one, until one tells."""
        ran = []
        kills = self.kills[mutant.path]
        for target in sorted(self.targets[mutant.path], key=lambda t: -kills[t.name]):
            moved = Target(machines.GUEST / target.folder.name, target.name, target.settings)
            try:
                kernel = machines.build(moved, home / "guest")
            except DescriptionError:
                continue
            if loaded(kernel) == loaded(self.home / "plain" / kernel.name):
                continue
            if len(ran) == MOST:
                break
            ran.append(target.name)
            killer = self.panic(target, kernel, home)
            if killer and DOUBTFUL.search(killer):
                same = self.panic(target, self.home / "plain" / kernel.name, home)
                if same:
                    raise Unsound(same)
            if killer:
                kills[target.name] += 1
                return KILLED, killer
        return (SURVIVED, f"{len(ran)} kernels: {' '.join(ran[:4])}") if ran else (NONE, "")

    def panic(self, target: Target, kernel: Path, home: Path) -> str:
        """Runs one kernel: who says that it is wrong, "" if nobody."""
        out = home / "out"
        shutil.rmtree(out, ignore_errors=True)
        status, said = confined(
            [sys.executable, str(ROOT / "emu/panic"), "-o", str(out), "--build", str(home),
             "--kcore", str(self.kcore), "--kernel", str(kernel), "--timeout", str(TIMEOUT),
             target.name],
            ROOT, 60, {"PYTHONDONTWRITEBYTECODE": "1"},
        )  # fmt: skip
        if status:
            wrong = re.search(r"\| (wrong .*)", said)
            error = re.search(rf"{target.name}: (.*)", said)
            who = "guest" if wrong else "driver"
            return f"{who}: {target.name}: {(wrong or error or [said, said[-150:]])[1][:150]}"
        check = failed_check(self.conform, [out / f"{target.name}-panic"], home / "tmp")
        return check and f"library: {check}"


def main() -> int:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", default="40", help="mutants to count, or all")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--build", type=Path, required=True, help="folder for all that is made")
    parser.add_argument("--bin", type=Path, required=True, help="where kcore and kcore-conform are")
    parser.add_argument("--list", action="store_true", help="say how many there are, and stop")
    parser.add_argument("--only", default="", help="only files whose path has one of these words")
    parser.add_argument("--out", type=Path, help="survivors as one patch")
    args = parser.parse_args()

    wanted = args.only.split()
    texts = {str(p.relative_to(ROOT)): p.read_text()
             for p in sorted({p for place in FILES for p in (ROOT / "emu/guest").glob(place)})
             if not wanted or any(word in str(p.relative_to(ROOT)) for word in wanted)}
    equivalents = Equivalents(Path(__file__).parent / "EQUIVALENT.guests")
    every = [m for path, text in texts.items() for m in candidates(path, text)]
    found = [m for m in every if not equivalents.knows(m, texts[m.path])]
    print(f"# {len(every)} places and ways in {len(texts)} files of emu/guest; "
          f"{len(every) - len(found)} listed as equivalent; seed {args.seed}", flush=True)  # fmt: skip
    if args.list or not found:
        return 0 if found else 99
    home = args.build.resolve()
    home.mkdir(parents=True, exist_ok=True)
    for old in home.glob("worker*"):
        shutil.rmtree(old)
    binaries = args.bin.resolve()
    judge = Judge(home, binaries / "kcore", binaries / "kcore-conform", texts,
                  args.jobs)
    count = len(found) if args.count == "all" else int(args.count)
    return run(mixed(found, args.seed), texts, count, args.jobs, judge, WANTED, args.out,
               lambda mutant: mutant.path)  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
