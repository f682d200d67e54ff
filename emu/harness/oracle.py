# SPDX-License-Identifier: BSD-2-Clause
"""The oracle file of a fixture (fixtures/README.md), as a machine's witness reads and writes it."""

from __future__ import annotations

import bisect
import dataclasses
import pathlib
import re

import numpy as np

SPACE = 1 << 64
# The other lines, one of each; the base of those that are numbers.
FIELDS: dict[str, int | None] = {
    **dict.fromkeys(("form", "os", "machine", "regime", "byteorder", "witness", "complete", "file",
                     "device", "save", "raw", "dmap", "open")),
    "bits": 10, "vabits": 10, "pagesize": 10, "kerndisp": 16, "seed": 16,
}
NEEDED = ("os", "machine", "regime")


class OracleError(Exception):
    """The fixture itself is broken: names file, line, value."""


@dataclasses.dataclass(frozen=True)
class Span:
    """A map, hole, absent or short line: bytes va .. va+length-1; pa and prot where stated."""

    kind: str
    va: int
    length: int
    pa: int = 0
    prot: str = "-"

    @property
    def last(self) -> int:
        """The last byte's address."""
        return self.va + self.length - 1


@dataclasses.dataclass(frozen=True)
class Ram:
    """A ram line: physical bytes pa .. pa+length-1 and what they hold."""

    pa: int
    length: int
    kind: str
    offset: int = 0


@dataclasses.dataclass
class Oracle:
    """All lines of one oracle."""

    path: pathlib.Path
    fields: dict[str, str] = dataclasses.field(default_factory=dict)
    regs: dict[str, int] = dataclasses.field(default_factory=dict)
    spans: list[Span] = dataclasses.field(default_factory=list)
    ram: list[Ram] = dataclasses.field(default_factory=list)
    patches: list[tuple[int, bytes]] = dataclasses.field(default_factory=list)
    syms: list[tuple[str, ...]] = dataclasses.field(default_factory=list)

    def ram_at(self, pa: int) -> Ram | None:
        """The ram line that holds pa."""
        i = bisect.bisect_right(self.ram, pa, key=lambda r: r.pa) - 1
        if i >= 0 and pa - self.ram[i].pa < self.ram[i].length:
            return self.ram[i]
        return None

    def ram_between(self, first: int, end: int) -> list[Ram]:
        """The ram lines that overlap first .. end-1."""
        i = max(0, bisect.bisect_right(self.ram, first, key=lambda r: r.pa) - 1)
        found = []
        while i < len(self.ram) and self.ram[i].pa < end:
            if self.ram[i].pa + self.ram[i].length > first:
                found.append(self.ram[i])
            i += 1
        return found


def mix(words: np.ndarray) -> np.ndarray:
    """splitmix64's finaliser of each 64-bit word."""
    z = words.astype(np.uint64)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


def hash_bytes(pa: int, length: int, seed: int) -> bytes:
    """The hash content of physical bytes pa .. pa+length-1, at any alignment."""
    first = pa & ~7
    count = (pa + length - first + 7) // 8
    addresses = np.uint64(first) + np.arange(count, dtype=np.uint64) * np.uint64(8)
    return mix(addresses ^ np.uint64(seed)).astype("<u8").tobytes()[pa - first:][:length]


def _hex(word: str) -> int:
    if not re.fullmatch("[0-9a-fA-F]{1,16}", word):     # int() takes signs and underscores
        raise ValueError(f"{word!r} is not 1 to 16 hexadecimal digits")
    return int(word, 16)


def _span(kind: str, words: list[str]) -> Span:
    if kind == "map":
        va, pa, length = (_hex(w) for w in words[:3])
        return Span(kind, va, length, pa, words[3])
    return Span(kind, _hex(words[0]), _hex(words[1]))


def read(path: pathlib.Path) -> Oracle:
    """Reads and checks an oracle; raises OracleError with the line's number."""
    oracle = Oracle(path)
    try:
        lines = path.read_text("utf-8").splitlines()
    except OSError as error:
        raise OracleError(f"{path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise OracleError(f"{path}: byte {error.start} is {error.object[error.start]:#04x}, "
                          f"which is no UTF-8") from error
    for number, line in enumerate(lines, 1):
        if not line or line.startswith("#"):
            continue
        key, *words = line.split(" ")
        try:
            if key in ("map", "hole", "absent", "short"):
                oracle.spans.append(_span(key, words))
            elif key == "ram":
                offset = _hex(words[3]) if words[2] == "file" else 0
                oracle.ram.append(Ram(_hex(words[0]), _hex(words[1]), words[2], offset))
            elif key == "reg":
                oracle.regs[words[0]] = _hex(words[1])
            elif key == "bytes":
                oracle.patches.append((_hex(words[0]), bytes.fromhex(words[1])))
            elif key in ("sym", "nosym"):
                oracle.syms.append((key, *words))
            elif key in FIELDS:
                if FIELDS[key] is not None:
                    number = int(words[0], FIELDS[key])
                    if not 0 <= number < 1 << 64 or key.endswith("bits") and not 0 < number <= 64:
                        raise ValueError(f"{words[0]}: wanted " + (
                            "1 to 64" if key.endswith("bits") else "64 bits"))
                oracle.fields[key] = " ".join(words)
            else:
                raise ValueError(f"unknown keyword {key!r}")
        except (ValueError, IndexError) as error:
            raise OracleError(f"{path}:{number}: cannot read {line!r}: {error}") from error
    _check(oracle)
    return oracle


def _check(oracle: Oracle) -> None:
    for key in NEEDED:
        if not oracle.fields.get(key):
            raise OracleError(f"{oracle.path}: no {key} line")
    end = 0
    for span in oracle.spans:
        if span.length <= 0 or span.va < end or span.va + span.length > SPACE:
            raise OracleError(f"{oracle.path}: {span.kind} {span.va:x} {span.length:x}: not "
                              f"after the line before it, which ends at {end:x}")
        if span.va > end:
            _gap(oracle, end, span.va)
        end = span.va + span.length
    if oracle.spans and end < SPACE:
        _gap(oracle, end, SPACE)
    end = 0
    for ram in oracle.ram:
        if ram.length <= 0 or ram.pa < end:
            raise OracleError(f"{oracle.path}: ram {ram.pa:x} {ram.length:x}: not after "
                              f"the line before it, which ends at {end:x}")
        end = ram.pa + ram.length


def _gap(oracle: Oracle, first: int, end: int) -> None:
    top = 1 << int(oracle.fields.get("bits", "64"))
    if oracle.fields.get("complete") == "yes" and first < top:
        raise OracleError(f"{oracle.path}: complete yes, but no line says what {first:x} .. "
                          f"{end - 1:x} is")
