#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""The support table, derived from what the suites last found: fixtures/PORTS and README's table.

    ports.py BUILD FIXTURES PANIC            writes both
    ports.py --check BUILD FIXTURES PANIC    fails if one of them is stale

A row is an OS, machine, regime and byte order that some fixture has.  Its witnesses are
`model`, if a scenario made a fixture of it; `library`, if each of its fixtures conforms;
`ask`, if QEMU's MMU answered for one and contradicted none; `panic`, if a kernel died in QEMU.
"""

import re
import sys
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree

ROOT = Path(__file__).resolve().parents[2]
TABLE = ROOT / "fixtures" / "PORTS"
README = ROOT / "README.md"
BEGIN, END = "<!-- ports: made by make ports -->", "<!-- end of ports -->"
HEAD = """\
# The support table: made by `make ports` from the results of conform, ask and panic; do not edit.
# os machine regime byteorder pagesizes forms witnesses container
"""
WITNESSES = ("library", "model", "ask", "panic")
UNITS = {"K": 10, "M": 20, "G": 30, "T": 40}


class Stale(Exception):
    """A result is missing or contradicts a committed table."""


@dataclass
class Row:
    """What is known of one row."""

    pages: set[int] = field(default_factory=set)
    forms: set[str] = field(default_factory=set)
    fixtures: set[str] = field(default_factory=set)
    witnesses: set[str] = field(default_factory=set)


def size(value: int | str) -> int:
    """Bytes of a scenario's page size, such as "2M"."""
    if isinstance(value, int):
        return value
    return int(value[:-1]) << UNITS[value[-1]] if value[-1] in UNITS else int(value, 0)


def size_text(n: int) -> str:
    """2097152 -> 2M."""
    for unit, shift in reversed(UNITS.items()):
        if n >> shift and not n & (1 << shift) - 1:
            return f"{n >> shift}{unit}"
    return str(n)


def pages(node: object) -> set[int]:
    """Every page size that a scenario asks for."""
    found: set[int] = set()
    if isinstance(node, dict):
        for key, value in node.items():
            if key in ("page", "text_page") and isinstance(value, int | str):
                found.add(size(value))
            else:
                found |= pages(value)
    elif isinstance(node, list):
        for item in node:
            found |= pages(item)
    return found


def facts(oracle: Path) -> dict[str, str]:
    """The one-line facts of an oracle; later lines of one key win."""
    keys = {"os", "machine", "regime", "byteorder", "pagesize", "witness", "device", "open"}
    found = {}
    with oracle.open() as lines:
        for line in lines:
            key, _, value = line.rstrip("\n").partition(" ")
            if key in keys:
                found[key] = value
    return found


def conform_failures(build: Path) -> tuple[set[str], set[str]]:
    """Fixtures that kcore-conform judged, and those with a check that failed."""
    seen, failed = set(), set()
    path = build / "conform.xml"
    if not path.exists():
        raise Stale(f"{path}: not there: run `make conform` first")
    for case in ElementTree.parse(path).iter("testcase"):
        name = f"{case.get('classname', '')}/{case.get('name', '')}".lstrip("/").split("/")[0]
        seen.add(name)
        if case.find("failure") is not None or case.find("error") is not None:
            failed.add(name)
    return seen, failed


def asked(build: Path) -> tuple[set[str], set[str]]:
    """Fixtures that QEMU answered for, and those it contradicted."""
    path = build / "ask.tap"
    if not path.exists():
        raise Stale(f"{path}: not there: run `make ask` first")
    good, bad = set(), set()
    for line in path.read_text().splitlines():
        m = re.match(r"(not )?ok \d+ - ([^ :]+)(.*)", line)
        if m and "# SKIP" not in m[3]:
            (bad if m[1] else good).add(m[2])
    return good, bad


def rows(build: Path, fixtures: Path, panic: Path) -> dict[tuple[str, ...], Row]:
    """The table, from the fixtures and the last results."""
    table: dict[tuple[str, ...], Row] = {}
    seen, failed = conform_failures(build)
    good, bad = asked(build)
    for oracle in sorted([*fixtures.glob("*/oracle"), *panic.glob("*/oracle")]):
        fact, name = facts(oracle), oracle.parent.name
        if fact["open"].startswith("fail") and "undefined" not in fact["open"]:
            continue
        undefined = fact["open"].startswith("fail")
        regime = "undefined" if undefined else fact["regime"]
        row = table.setdefault((fact["os"], fact["machine"], regime, fact["byteorder"]), Row())
        row.fixtures.add(name)
        row.forms.add("device" if "device" in fact else "file")
        if undefined:
            continue
        row.pages.add(int(fact["pagesize"]))
        if fact["witness"] == "machine":
            row.witnesses.add("panic")
        else:
            row.witnesses.add("model")
            scenario = tomllib.loads((oracle.parent / "scenario.toml").read_text())
            row.pages |= {n for n in pages(scenario) if n >= int(fact["pagesize"])}
    for key, row in table.items():
        if key[2] == "undefined":
            continue
        missing = row.fixtures - seen
        if missing:
            raise Stale(f"{min(missing)}: kcore-conform has not judged it: run `make conform` first")
        if not row.fixtures & failed:
            row.witnesses.add("library")
        if row.fixtures & good and not row.fixtures & bad:
            row.witnesses.add("ask")
    return table


def listed() -> set[tuple[str, str, str]]:
    """(os, machine, regime) of lib/port/ports.def."""
    text = (ROOT / "lib/port/ports.def").read_text()
    ports = re.findall(r'^PORT\((\w+), (\w+), "([^"]+)"\)', text, re.M)
    return {(os, machine, regime) for os, machine, all in ports for regime in all.split()}


def line(key: tuple[str, ...], row: Row) -> list[str]:
    """The columns of one row."""
    return [
        *key,
        ",".join(size_text(n) for n in sorted(row.pages)) or "-",
        ",".join(f for f in ("file", "device") if f in row.forms),
        ",".join(w for w in WITNESSES if w in row.witnesses) or "-",
        "atlas",    # no other library and no other kernel has agreed yet
    ]


def short(lines: list[list[str]]) -> list[list[str]]:
    """README's lines: one for each OS and machine, regimes of the same witnesses together."""
    merged: dict[tuple[str, str], list[list[str]]] = {}
    for ln in lines:
        merged.setdefault((ln[0], ln[1]), []).append(ln)
    out = []
    for (os, machine), group in merged.items():
        orders = sorted({ln[3] for ln in group})
        sizes = sorted({p for ln in group for p in ln[4].split(",") if p != "-"}, key=size)
        by_witness: dict[str, list[str]] = {}
        for ln in group:
            regimes = by_witness.setdefault(ln[6].replace(",", ", "), [])
            if ln[2] not in regimes:
                regimes.append(ln[2])
        said = "; ".join(
            ", ".join(r) + (f": {w}" if w != "-" else "") for w, r in by_witness.items()
        )
        out.append([os, machine, ", ".join(orders), ", ".join(sizes) or "-", said])
    return out


def texts(table: dict[tuple[str, ...], Row]) -> tuple[str, str]:
    """fixtures/PORTS, and README with its table."""
    have = {key[:3] for key in table}
    for missing in sorted(listed() ^ have):
        side = "has no fixture" if missing not in have else "is not in lib/port/ports.def"
        raise Stale(f"{'/'.join(missing)}: {side}")
    lines = [line(key, table[key]) for key in sorted(table)]
    readme = README.read_text()
    if BEGIN not in readme or END not in readme:
        raise Stale(f"{README}: no place for the table: {BEGIN}")
    head = "| OS | machine | byte order | pages | regimes: witnesses |"
    body = "\n".join("| " + " | ".join(ln) + " |" for ln in short(lines))
    before, after = readme.split(BEGIN)[0], readme.split(END)[1]
    shown = f"{before}{BEGIN}\n{head}\n|{'---|' * 5}\n{body}\n{END}{after}"
    return HEAD + "".join(" ".join(ln) + "\n" for ln in lines), shown


def main(argv: list[str]) -> int:
    """Writes the tables, or compares them."""
    check = argv[:1] == ["--check"]
    if len(argv) != 3 + check:
        print(__doc__, file=sys.stderr)
        return 2
    build, fixtures, panic = (Path(a) for a in argv[check:])
    try:
        table = rows(build, fixtures, panic)
        wanted, readme = texts(table)
        if check:
            for path, text in ((TABLE, wanted), (README, readme)):
                if not path.exists() or path.read_text() != text:
                    raise Stale(f"{path}: stale: run `make ports` and commit")
    except Stale as e:
        print(f"ports: {e}", file=sys.stderr)
        print("0 passed, 1 failed, 0 skipped")
        return 1
    if not check:
        TABLE.write_text(wanted)
        README.write_text(readme)
    print(f"{len(table)} passed, 0 failed, 0 skipped")
    return 0


sys.exit(main(sys.argv[1:]))
