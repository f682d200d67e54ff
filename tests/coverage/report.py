# SPDX-License-Identifier: BSD-2-Clause
"""What of the library the suites reach, from gcov's counts: a table, a page, and what is left.

Every line that never ran, and every condition of which a way was never taken, in the folders of
WANTED must be in the list of reasons; what is in the list must be unreached.  Otherwise it is
shown, and the exit status is 1.
"""

from __future__ import annotations

import argparse
import collections
import dataclasses
import html
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

WANTED = {"lib/mmu": (95, 90), "lib/port": (95, 90), "lib/format": (95, 90)}  # % lines, branches
SUITES = ("unit", "fixtures", "guests", "faults")
SEPARATOR = " ::: "

STYLE = """
:root { color-scheme: light dark; --bad: #c6282833; --half: #b7791f40; --good: #2e7d3222;
  --dim: #808080; --rule: #8884; }
body { font: 15px/1.45 system-ui, sans-serif; margin: 2em auto; max-width: 75em; padding: 0 1em; }
table { border-collapse: collapse; } th, td { padding: .2em .8em; text-align: right; }
th { border-bottom: 1px solid var(--rule); font-weight: 600; }
th:first-child, td:first-child { text-align: left; }
.low { background: var(--bad); } .enough { background: var(--good); }
details { border-top: 1px solid var(--rule); padding: .3em 0; }
summary { cursor: pointer; font-family: ui-monospace, monospace; font-size: 13px; }
summary b { display: inline-block; min-width: 30em; font-weight: normal; }
pre { font: 12px/1.4 ui-monospace, monospace; tab-size: 8; overflow-x: auto; margin: .5em 0; }
pre span { display: block; white-space: pre; } pre i { color: var(--dim); font-style: normal; }
.n { background: var(--bad); } .h { background: var(--half); }
pre em { color: var(--dim); }
"""


class Broken(Exception):
    """Counts that gcov cannot read, or that are not of the library that was built."""


@dataclasses.dataclass
class Line:
    """Of one source line: how often it ran, and how often each way of its conditions was taken."""

    runs: int = 0
    ways: list[int] = dataclasses.field(default_factory=list)

    def gap(self) -> str:
        """What the suites never did here; empty if nothing."""
        if self.runs == 0:
            return "never run"
        missed = sum(n == 0 for n in self.ways)
        return f"{missed} of {len(self.ways)} ways never taken" if missed else ""


@dataclasses.dataclass
class Sum:
    """Lines and ways, and how many of them were reached."""

    lines: int = 0
    run: int = 0
    ways: int = 0
    taken: int = 0

    def add(self, line: Line) -> None:
        """Counts one more line."""
        self.lines += 1
        self.run += line.runs > 0
        self.ways += len(line.ways)
        self.taken += sum(n > 0 for n in line.ways)

    def percents(self) -> tuple[float, float]:
        """Of lines, of branches."""
        return 100 * self.run / max(self.lines, 1), 100 * self.taken / max(self.ways, 1)


# Path -> line number -> function and place in the object -> its counts.  A function of a header
# is in several objects, and a line that a macro repeats is in several functions.
Raw = dict[str, dict[int, dict[tuple[str, int], Line]]]
Source = dict[str, dict[int, Line]]


def read_counts(gcov: str, objects: Path, counts: Path) -> Raw:
    """The counts of one suite, below the folder that GCOV_PREFIX named."""
    raw: Raw = collections.defaultdict(lambda: collections.defaultdict(dict))
    root = counts / objects.resolve().relative_to("/")
    for notes in sorted(objects.glob("lib/**/*.gcno")):
        beside = root / notes.relative_to(objects)
        beside.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(notes, beside)
        done = subprocess.run([gcov, "--json-format", "--stdout", "--branch-probabilities", beside],
                              capture_output=True, text=True)
        if done.returncode != 0 or "mismatch" in done.stderr:
            raise Broken(f"{beside}: {done.stderr.strip() or done.returncode}")
        for answer in done.stdout.splitlines():
            for file in json.loads(answer)["files"]:
                if file["file"].startswith("lib/"):
                    add_file(raw[file["file"]], file["lines"])
    return raw


def add_file(raw: dict[int, dict[tuple[str, int], Line]], lines: list[dict]) -> None:
    """Adds what one object says of one file."""
    seen: collections.Counter[tuple[int, str]] = collections.Counter()
    for one in lines:
        number, function = one["line_number"], one.get("function_name", "")
        key = (function, seen[number, function])
        seen[number, function] += 1
        have = raw[number].setdefault(key, Line())
        have.runs += one["count"]
        ways = [way["count"] for way in one["branches"]]
        if len(have.ways) != len(ways):
            have.ways = [0] * len(ways)
        have.ways = [a + b for a, b in zip(have.ways, ways)]


def merge(raws: list[Raw]) -> Source:
    """All suites together, a line at a time."""
    total: Raw = collections.defaultdict(lambda: collections.defaultdict(dict))
    for raw in raws:
        for path, lines in raw.items():
            for number, parts in lines.items():
                for key, part in parts.items():
                    have = total[path][number].setdefault(key, Line(0, [0] * len(part.ways)))
                    have.runs += part.runs
                    have.ways = [a + b for a, b in zip(have.ways, part.ways)]
    return {path: {number: Line(max(p.runs for p in parts.values()),
                                [n for p in parts.values() for n in p.ways])
                   for number, parts in sorted(lines.items())}
            for path, lines in sorted(total.items())}


def folder(path: str) -> str:
    """lib/port/netbsd/amd64.c -> lib/port."""
    return "/".join(path.split("/")[:-1][:2])


def by_folder(source: Source) -> dict[str, Sum]:
    """Sums, and that of all."""
    sums: dict[str, Sum] = collections.defaultdict(Sum)
    for path, lines in source.items():
        for line in lines.values():
            sums[folder(path)].add(line)
            sums["all"].add(line)
    return dict(sorted(sums.items(), key=lambda item: (item[0] == "all", item[0])))


@dataclasses.dataclass
class Reason:
    """A line of the list."""

    where: str
    text: str
    used: bool = False


def read_reasons(path: Path) -> dict[tuple[str, str], Reason]:
    """(file, source line) -> reason."""
    reasons: dict[tuple[str, str], Reason] = {}
    for number, line in enumerate(path.read_text().splitlines(), 1):
        if not line or line.startswith("#"):
            continue
        parts = line.split(SEPARATOR)
        if len(parts) != 3 or not all(part.strip() for part in parts):
            sys.exit(f"{path}:{number}: {len(parts)} fields, wanted file ::: line ::: reason")
        if tuple(parts[:2]) in reasons:
            sys.exit(f"{path}:{number}: listed twice")
        reasons[parts[0], parts[1]] = Reason(f"{path}:{number}", parts[2])
    return reasons


def table(suites: dict[str, Source], total: Source) -> list[list[str]]:
    """Rows of cells: folders by lines and branches of all, then each suite's alone."""
    rows = [["folder", "lines", "branches"]]
    for name in suites:
        rows[0] += [f"{name}: lines", "branches"]
    parts = [by_folder(source) for source in suites.values()]
    for name, total_sum in by_folder(total).items():
        cells = [name, *(f"{p:.1f} %" for p in total_sum.percents())]
        for part in parts:
            cells += [f"{p:.1f} %" for p in part.get(name, Sum()).percents()]
        rows.append(cells)
    return rows


def page(rows: list[list[str]], total: Source, reasons: dict[tuple[str, str], Reason],
         texts: dict[str, list[str]]) -> str:
    """One HTML page that needs nothing else."""
    out = ["<!doctype html><html lang=en><meta charset=utf-8><title>Coverage of libkvm</title>",
           "<meta name=viewport content='width=device-width'>",
           f"<style>{STYLE}</style><h1>Coverage of libkvm</h1><table>"]
    for number, row in enumerate(rows):
        cells = []
        for column, cell in enumerate(row):
            wanted = WANTED.get(row[0], ())
            style = ""
            if number and 1 <= column <= len(wanted):
                low = float(cell.split()[0]) < wanted[column - 1]
                style = f" class={'low' if low else 'enough'}"
            cells.append(f"<t{'d' if number else 'h'}{style}>{html.escape(cell)}")
        out.append("<tr>" + "".join(cells))
    out.append("</table><p>Lines and branches that no suite reaches are coloured; the reason, "
               "where one is listed, stands behind them.")
    for path, lines in total.items():
        sums = Sum()
        for line in lines.values():
            sums.add(line)
        percents = "lines {:.1f} %, branches {:.1f} %".format(*sums.percents())
        out.append(f"<details><summary><b>{html.escape(path)}</b> {percents}</summary><pre>")
        for number, text in enumerate(texts[path], 1):
            line = lines.get(number)
            runs = "" if line is None else str(line.runs)
            gap = "" if line is None else line.gap()
            style = "" if not gap else " class=n" if line and line.runs == 0 else " class=h"
            why = reasons.get((path, text.strip())) if gap else None
            note = f"  <em>{html.escape(gap + (': ' + why.text if why else ''))}</em>" if gap else ""
            out.append(f"<span{style}><i>{runs:>12} {number:>4} </i>{html.escape(text)}{note}</span>")
        out.append("</pre></details>")
    return "".join(out) + "</html>\n"


def main() -> int:
    """The report; 1 if a folder has less than wanted, or the list of reasons is not right."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("counts", type=Path, help="a folder a suite")
    parser.add_argument("--gcov", default="gcov")
    parser.add_argument("--objects", type=Path, required=True)
    parser.add_argument("--reasons", type=Path, required=True)
    parser.add_argument("--html", type=Path)
    parser.add_argument("--text", type=Path)
    args = parser.parse_args()

    skipped, raws = [], {}
    for name in SUITES:
        if any((args.counts / name).glob("**/*.gcda")):
            raws[name] = read_counts(args.gcov, args.objects, args.counts / name)
        else:
            skipped.append(name)
    if "unit" not in raws or "fixtures" not in raws:
        print(f"report.py: {args.counts}: no counts of unit and fixtures", file=sys.stderr)
        return 99
    total = merge(list(raws.values()))
    texts = {path: Path(path).read_text().splitlines() for path in total}
    reasons = read_reasons(args.reasons)

    rows = table({name: merge([raw]) for name, raw in raws.items()}, total)
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    out = ["  ".join(cell.ljust(w) if i == 0 else cell.rjust(w)
                     for i, (cell, w) in enumerate(zip(row, widths))).rstrip() for row in rows]
    out.append("")

    failed = passed = 0
    for name, wanted in WANTED.items():
        for what, have, want in zip(("lines", "branches"), by_folder(total)[name].percents(), wanted):
            if have < want:
                out.append(f"{name}: {have:.1f} % of {what}, wanted {want} %")
                failed += 1
            else:
                passed += 1
    for path, lines in total.items():
        for number, line in lines.items():
            text = texts[path][number - 1].strip()
            if not (gap := line.gap()):
                continue
            if reason := reasons.get((path, text)):
                reason.used = True
                passed += 1
            elif folder(path) in WANTED:
                out.append(f"{path}:{number}: {gap}, not listed: {text}")
                failed += 1
    for (path, text), reason in reasons.items():
        if not reason.used:
            out.append(f"{reason.where}: listed, but {path} has no unreached line: {text}")
            failed += 1
    for name in skipped:
        out.append(f"skipped: {name}, of which there are no counts (make panic)")
    out.append(f"{passed} passed, {failed} failed, {len(skipped)} skipped")

    shown = "\n".join(out) + "\n"
    sys.stdout.write(shown)
    if args.text:
        args.text.write_text(shown)
    if args.html:
        args.html.write_text(page(rows, total, reasons, texts))
    return 1 if failed else 0


if __name__ == "__main__":
    os.chdir(Path(__file__).resolve().parents[2])
    try:
        sys.exit(main())
    except Broken as error:
        print(f"report.py: {error}", file=sys.stderr)
        sys.exit(99)
