# SPDX-License-Identifier: BSD-2-Clause
"""Every statement of the header decoders is reached by an input of the fuzzers, or UNREACHED says why not.

reach.py BUILD TARGET...: runs each target of BUILD/cov over the inputs that are committed.  A statement
that is neither reached nor listed is a failure, and so is one that is both.
"""

import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

BATCH = 500         # inputs of one process
DECODERS = ("lib/format/", "lib/port/")
SEPARATOR = " ::: "
COMMITTED = ("seeds",)                          # these have tests/fuzz/corpus unpacked among them
EVERYTHING = ("seeds", "corpus")                # and what was found since


def run(build: Path, target: str, folders: tuple[str, ...]) -> list[Path]:
    """Runs a target over its inputs and crashers; returns raw profiles."""
    places = [*(build / f for f in folders), Path("fixtures/crashers")]
    files = sorted(f for d in places for f in (d / target).glob("*") if f.is_file())
    if not files:
        sys.exit(f"reach.py: {target} has no inputs in {', '.join(map(str, places))}")
    profiles = []
    for at in range(0, len(files), BATCH):
        profiles.append(build / "cov" / f"{target}-{at}.profraw")
        subprocess.run([build / "cov" / "bin" / f"replay-{target}", *files[at:at + BATCH]], check=True,
                       stderr=subprocess.DEVNULL, env={"LLVM_PROFILE_FILE": str(profiles[-1])})
    return profiles


def export(build: Path, targets: list[str], profiles: list[Path], *form: str) -> str:
    """What llvm-cov says of all targets together."""
    merged = build / "cov" / "all.profdata"
    subprocess.run(["llvm-profdata", "merge", "-sparse", "-o", merged, *profiles], check=True)
    programs = [build / "cov" / "bin" / f"replay-{t}" for t in targets]
    objects = [word for p in programs[1:] for word in ("-object", str(p))]
    return subprocess.run(["llvm-cov", "export", *form, f"-instr-profile={merged}", programs[0], *objects],
                          check=True, capture_output=True, text=True).stdout


@dataclass(frozen=True, order=True)
class Statement:
    """By the function and the text of its first line, as lines move; "#2" if it is there again."""

    path: str
    function: str
    text: str


def statements(path: str, counts: dict[int, int]) -> tuple[dict[Statement, int], int]:
    """Statements of which a line was not reached, each with that line's number; lines that were."""
    missed: dict[Statement, int] = {}
    times: dict[tuple[str, str], int] = {}
    reached, function, start = 0, "", ""
    ended = True
    for number, line in enumerate(Path(path).read_text().splitlines(), 1):
        if name := re.match(r"(\w+)\(", line):
            function = name[1]
        text = re.sub(r"\s*/\*.*?(\*/|$)", "", line).strip()
        if not text:
            continue
        if ended:
            nth = times[function, text] = times.get((function, text), 0) + 1
            start = text if nth == 1 else f"{text} #{nth}"
        ended = text.endswith((";", "{", "}", ":", ")", "else"))
        if counts.get(number) == 0 and text != "}":
            missed.setdefault(Statement(path, function, start), number)
        reached += counts.get(number, 0) > 0
    return missed, reached


def read_lines(lcov: str) -> dict[str, dict[int, int]]:
    """File below lib/ -> line -> how often it ran, of llvm-cov's lcov."""
    out: dict[str, dict[int, int]] = {}
    lines: dict[int, int] = {}
    for row in lcov.splitlines():
        if row.startswith("SF:"):
            path = "lib/" + row.rpartition("/lib/")[2]
            lines = out.setdefault(path, {}) if path.startswith(DECODERS) else {}
        elif row.startswith("DA:"):
            number, count = row[3:].split(",")[:2]
            lines[int(number)] = lines.get(int(number), 0) + int(count)
    return out


def read_reasons(path: Path) -> dict[Statement, tuple[int, str]]:
    """The list: statement -> line of the list, and why it is not reached."""
    reasons: dict[Statement, tuple[int, str]] = {}
    for number, line in enumerate(path.read_text().splitlines(), 1):
        if not line or line.startswith("#"):
            continue
        parts = line.split(SEPARATOR)
        if len(parts) != 4 or not all(part.strip() for part in parts):
            sys.exit(f"{path}:{number}: {len(parts)} fields, wanted file ::: function ::: line ::: reason")
        if Statement(*parts[:3]) in reasons:
            sys.exit(f"{path}:{number}: listed twice")
        reasons[Statement(*parts[:3])] = number, parts[3]
    return reasons


def check(build: Path, targets: list[str], profiles: list[Path]) -> tuple[int, int]:
    """Prints what is neither reached nor listed, or both.  How many are right, and wrong."""
    where = Path("tests/fuzz/UNREACHED")
    reasons, seen = read_reasons(where), set()
    passed = failed = 0
    files = read_lines(export(build, targets, profiles, "-format=lcov"))
    if not any(path.startswith("lib/port/") for path in files):
        sys.exit("reach.py: llvm-cov tells of no file of lib/port")
    for path, counts in sorted(files.items()):
        missed, reached = statements(path, counts)
        passed += reached
        for statement, number in missed.items():
            seen.add(statement)
            if statement in reasons:
                passed += 1
                continue
            failed += 1
            print(f"{path}:{number}: {statement.function}: not reached, and not listed: {statement.text}")
    for statement, (number, _) in reasons.items():
        if statement not in seen:
            failed += 1
            print(f"{where}:{number}: listed, but reached or gone: {statement.text}")
    return passed, failed


def main() -> int:
    """The check alone."""
    build, targets = Path(sys.argv[1]), sys.argv[2:]
    profiles = [p for t in targets for p in run(build, t, COMMITTED)]
    passed, failed = check(build, targets, profiles)
    print(f"{passed} passed, {failed} failed, 0 skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
