# SPDX-License-Identifier: BSD-2-Clause
"""What the runs over the model, the guests and the guests as judges share: order, limits, report."""

from __future__ import annotations

import collections
import os
import re
import resource
import signal
import subprocess
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from mutants import diff_of, sample
from operators import Mutant

Verdict = tuple[str, str]  # one of the words below, and who or why
KILLED, SURVIVED, UNSEEN, NONE, UNSOUND = "killed", "SURVIVED", "unseen", "none", "unsound"

# Reasons that a machine has as well which is broken, full or too busy.
DOUBTFUL = re.compile(r"skip: |within|socket|does not end|hung|Errno|No space")


class Unsound(Exception):
    """What has no mutant in it fails as well: a full disk, a machine that is missing or too busy."""


def confined(command: list[str], cwd: Path, seconds: float, env: dict[str, str] | None = None,
             until: str = "") -> tuple[int, str]:  # fmt: skip
    """Runs a command: its status (-1: hung) and output.  A line that matches `until` ends it.

    seconds: of each process's own time; a busy machine is given ten times that.
    """

    def limits() -> None:
        resource.setrlimit(resource.RLIMIT_DATA, (4 << 30, 4 << 30))
        resource.setrlimit(resource.RLIMIT_FSIZE, (8 << 40, 8 << 40))
        resource.setrlimit(resource.RLIMIT_CPU, (int(seconds), int(seconds)))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))

    child = subprocess.Popen(
        command, cwd=cwd, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, start_new_session=True, preexec_fn=limits,
        env={**os.environ, **(env or {})},
    )  # fmt: skip
    late = False

    def kill(*_: object) -> None:
        try:
            os.killpg(child.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass

    def expire(*_: object) -> None:
        nonlocal late
        late = True
        kill()

    signal.signal(signal.SIGALRM, expire)
    signal.setitimer(signal.ITIMER_REAL, 10 * seconds)
    said = []
    try:
        assert child.stdout
        for raw in child.stdout:
            line = raw.decode(errors="replace")
            said.append(line)
            if until and re.search(until, line):
                return 1, line
        status = child.wait()
        return -1 if late or status == -signal.SIGXCPU else status, "".join(said)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        kill()
        child.stdout.close()
        child.wait()


def last_line(said: str, silent: str = "hung") -> str:
    """What a command said last, cut; silent: for one that said nothing."""
    return (said.strip().splitlines() or [silent])[-1][:150]


def failed_check(conform: Path, folders: list[Path], scratch: Path) -> str:
    """The first check that kcore-conform fails in these fixtures, "" if none."""
    scratch.mkdir(parents=True, exist_ok=True)
    status, said = confined([str(conform), *map(str, folders)], scratch, 20 + 5 * len(folders),
                            {"TMPDIR": str(scratch)}, "^not ok")  # fmt: skip
    if status == 0:
        return ""
    match = re.search(r"^not ok \d+ - (\S+)", said, re.M)
    if match:
        return match[1]
    ended = "hung" if status < 0 else f"exit status {status}"
    return f"conform {ended}: {last_line(said, 'nothing said')}"


def mixed(found: Iterable[Mutant], seed: int) -> list[Mutant]:
    """All of them in an order of chance in which every kind gets its share."""
    by_kind: dict[str, list[Mutant]] = collections.defaultdict(list)
    for mutant in found:
        by_kind[mutant.kind].append(mutant)
    return sample(by_kind, seed)


_judge: Callable[[Mutant], Verdict]  # in each worker: a fork has it without being told


def _ask(mutant: Mutant) -> Verdict:
    try:
        return _judge(mutant)
    except Unsound as reason:
        return UNSOUND, str(reason)


def run(order: list[Mutant], texts: dict[str, str], count: int, jobs: int,
        judge: Callable[[Mutant], Verdict], wanted: float, out: Path | None,
        group: Callable[[Mutant], str]) -> int:  # fmt: skip
    """Judges mutants until `count` are killed or survive; prints all; 0 if enough are killed.

    judge runs in processes of its own.  What it calls "none" is not counted; "unseen" (no test
    can tell it from the original) is listed and counted apart.
    """
    global _judge
    _judge = judge
    begun = time.monotonic()
    tally: dict[str, collections.Counter[str]] = collections.defaultdict(collections.Counter)
    killers: collections.Counter[str] = collections.Counter()
    kept: dict[str, list[tuple[Mutant, str]]] = {SURVIVED: [], UNSEEN: []}
    counted = taken = dropped = 0
    unsound = ""
    with ProcessPoolExecutor(jobs) as pool:
        while counted < count and taken < len(order) and not unsound:
            batch = order[taken : taken + min(count - counted, 8 * jobs)]
            taken += len(batch)
            for mutant, (word, why) in zip(batch, pool.map(_ask, batch)):
                if word == UNSOUND:
                    unsound = why
                    break
                if word == NONE:
                    dropped += 1
                    continue
                tally[group(mutant)][word] += 1
                if word in kept:
                    kept[word].append((mutant, why))
                if word != UNSEEN:
                    counted += 1
                if word == KILLED:
                    killers[why.split(":")[0]] += 1
                text = texts[mutant.path]
                number = text.count("\n", 0, mutant.start) + 1
                change = " ".join(text[mutant.start : mutant.end].split())
                print(f"{counted:3} {word:8} {mutant.path}:{number} {mutant.kind}: {change[:60]} -> "
                      f"{mutant.new[:60] or 'nothing'}    {why}", flush=True)  # fmt: skip
    patch = ""
    for word, mutants in kept.items():
        for mutant, why in mutants:
            patch += f"\n# {word}: {why}{diff_of(mutant, texts[mutant.path])}"
    if out:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(patch)
    for mutant, why in kept[SURVIVED]:
        print(f"\n# {why}{diff_of(mutant, texts[mutant.path])}", end="")
    for name, words in sorted(tally.items()):
        of = words[KILLED] + words[SURVIVED]
        unseen = f", {words[UNSEEN]} unseen" if words[UNSEEN] else ""
        print(f"# {words[KILLED]:4} of {of:4} {name}{unseen}")
    for killer, number in killers.most_common(12):
        print(f"# killed by {killer}: {number}")
    killed = counted - len(kept[SURVIVED])
    print(f"# {dropped} not counted (they do not compile, or are the same code); "
          f"{time.monotonic() - begun:.0f} s")  # fmt: skip
    print(f"{killed} killed, {len(kept[SURVIVED])} survived, of {counted}; "
          f"{len(kept[UNSEEN])} unseen; wanted {wanted:.0%}")  # fmt: skip
    if unsound:
        print(f"stopped: nothing is changed, and yet: {unsound}")
        return 1
    return 0 if counted and killed >= wanted * counted else 1
