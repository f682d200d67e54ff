# SPDX-License-Identifier: BSD-2-Clause
"""The oracle file: written from a model, read back, and held against its own rules."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from .errors import FixtureError
from .memory import PAGE
from .model import Answer, Model
from .spans import Span, SpanIndex

BYTES_A_LINE = 256
TOP = 1 << 64


def _ram(model: Model) -> Iterator[str]:
    """ram lines: what the dump holds, cut where its kind changes."""
    memory = model.memory
    written = SpanIndex([(f, f + PAGE) for f in sorted(memory.pages)])
    hashed = SpanIndex(memory.hash_spans())
    unwritten = SpanIndex(memory.unwritten)
    last: tuple[int, int, str, int] | None = None
    for start, end in model.present():
        for lo, hi, page in written.pieces(start, end):
            kinds: list[tuple[int, int, str]] = []
            if page is not None:
                kinds.append((lo, hi, "file"))
            else:
                for a, b, nobody in unwritten.pieces(lo, hi):
                    if nobody is not None:
                        kinds.append((a, b, "any"))
                        continue
                    for c, d, where in hashed.pieces(a, b):
                        kinds.append((c, d, "zero" if where is None else "hash"))
            for a, b, kind in kinds:
                off = (model.offset(a) or 0) if kind == "file" else 0
                if last and last[1] == a and last[2] == kind and (
                    kind != "file" or last[3] + a - last[0] == off
                ):
                    last = (last[0], b, kind, last[3])
                    continue
                if last:
                    yield _ram_line(*last)
                last = (a, b, kind, off)
    if last:
        yield _ram_line(*last)


def _ram_line(start: int, end: int, kind: str, off: int) -> str:
    tail = f" {off:x}" if kind == "file" else ""
    return f"ram {start:x} {end - start:x} {kind}{tail}"


def _answer_line(a: Answer) -> Iterator[str]:
    size = a.end - a.start
    if size == TOP and a.word != "map":
        yield f"{a.word} 0 {TOP // 2:x}"
        yield f"{a.word} {TOP // 2:x} {TOP // 2:x}"
    elif a.word == "map":
        yield f"map {a.start:x} {a.pa:x} {size:x} {a.prot}"
    else:
        yield f"{a.word} {a.start:x} {size:x}"


def lines(model: Model, answers: list[Answer]) -> Iterator[str]:
    """The oracle's lines."""
    scn, port, regime = model.scn, model.port, model.regime
    yield f"# {scn.name}, made from scenario.toml"
    yield f"form {port.container.form}"
    yield f"os {port.os}"
    yield f"machine {port.machine}"
    yield f"regime {regime.name}"
    yield f"byteorder {port.byteorder}"
    yield f"bits {port.bits}"
    yield f"vabits {regime.va_bits}"
    yield f"pagesize {port.pagesize}"
    yield "witness model"
    yield f"complete {'yes' if scn.open == 'ok' else 'no'}"
    yield f"file core core{'.' + scn.compress if scn.compress else ''}"
    if scn.device_offset is not None:
        yield f"device {scn.device_offset:x}"
    if scn.medium is not None:
        yield "device end"
    if scn.save_text:
        yield f"save fail {scn.save_text}"
    family = f" @{scn.open_family}" if scn.open_family else ""
    yield f"open {scn.open}{family} {scn.open_text}".rstrip()
    yield f"seed {scn.seed:x}"
    if scn.open == "ok":
        yield from _ram(model)
        yield from model.image.lines
        for name, value in model.registers.items():
            yield f"reg {name} {value:x}"
        for run in model.reader().runs():
            if run.state == "unknown":
                yield f"# unknown {run.start:x} {run.end - run.start:x}"
        for a in answers:
            yield from _answer_line(a)
        for pa, data in sorted(model.memory.exact.items()):
            for off in range(0, len(data), BYTES_A_LINE):
                part = data[off : off + BYTES_A_LINE]
                if model.in_file(pa + off, len(part)):
                    yield f"bytes {pa + off:x} {part.hex()}"
    for s in model.kernel.symbols:
        yield f"sym {s.name} {s.va:x} {s.type} {s.bind}"
    for name in model.kernel.absent_symbols:
        yield f"nosym {name}"


@dataclass
class Oracle:
    """An oracle file as a checker sees it."""

    values: dict[str, str] = field(default_factory=dict)    # single-valued lines
    ram: list[tuple[int, int, str, int]] = field(default_factory=list)  # start, end, kind, offset
    registers: dict[str, int] = field(default_factory=dict)
    answers: list[Answer] = field(default_factory=list)
    exact: list[tuple[int, bytes]] = field(default_factory=list)
    ranges: list[tuple[str, list[str]]] = field(default_factory=list)   # dmap, raw, kerndisp
    symbols: list[tuple[str, int, str, str]] = field(default_factory=list)
    absent_symbols: list[str] = field(default_factory=list)


def parse(path: Path) -> Oracle:
    """Reads an oracle file; FixtureError names file and line."""
    out = Oracle()
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line or line.startswith("#"):
            continue
        word, *rest = line.split(" ")
        try:
            if word == "ram":
                pa, size = int(rest[0], 16), int(rest[1], 16)
                out.ram.append((pa, pa + size, rest[2], int(rest[3], 16) if rest[3:] else 0))
            elif word == "reg":
                out.registers[rest[0]] = int(rest[1], 16)
            elif word == "map":
                va, pa, size = (int(r, 16) for r in rest[:3])
                out.answers.append(Answer(word, va, va + size, pa, rest[3]))
            elif word in ("hole", "absent", "short"):
                va, size = (int(r, 16) for r in rest[:2])
                out.answers.append(Answer(word, va, va + size))
            elif word == "bytes":
                out.exact.append((int(rest[0], 16), bytes.fromhex(rest[1])))
            elif word in ("dmap", "kerndisp", "raw"):
                out.ranges.append((word, rest))
            elif word == "sym":
                out.symbols.append((rest[0], int(rest[1], 16), rest[2], rest[3]))
            elif word == "nosym":
                out.absent_symbols.append(rest[0])
            elif word in ("form", "os", "machine", "regime", "byteorder", "bits", "vabits", "file",
                          "pagesize", "witness", "complete", "device", "open", "save",
                          "seed"):
                out.values[word] = " ".join(rest)
            else:
                raise ValueError(f"unknown word {word!r}")
        except (ValueError, IndexError) as e:
            raise FixtureError(f"{path}:{number}: {line[:80]!r}: {e}") from None
    return out


def audit(name: str, oracle: Oracle) -> None:
    """Holds an oracle against the rules of fixtures/README.md; FixtureError says which fails."""
    def disjoint(what: str, spans: list[Span]) -> None:
        for (a, b), (c, d) in zip(spans, spans[1:]):
            if c < b:
                raise FixtureError(f"{name}: {what} line at {c:x} begins before {b:x}")
        for a, b in spans:
            if not a < b or b - a >= TOP or b > TOP:
                raise FixtureError(f"{name}: {what} line at {a:x} has length {b - a:x}")

    disjoint("ram", [(r[0], r[1]) for r in oracle.ram])
    disjoint("map", [(a.start, a.end) for a in oracle.answers])
    if oracle.values.get("complete") == "yes":
        at, top = 0, 1 << int(oracle.values["bits"])
        for a in oracle.answers:
            if a.start != at:
                raise FixtureError(f"{name}: nothing is said of {at:x} to {a.start:x}")
            at = a.end
        if at != top:
            raise FixtureError(f"{name}: nothing is said from {at:x} on")
    ram = SpanIndex([(r[0], r[1]) for r in oracle.ram])
    for a in oracle.answers:
        if a.word != "map":
            continue
        for lo, hi, there in ram.pieces(a.pa, a.pa + a.end - a.start):
            if there is None:
                raise FixtureError(f"{name}: map {a.start:x}: {lo:x} to {hi:x} is in no ram line")
    for pa, data in oracle.exact:
        if any(there is None for _, _, there in ram.pieces(pa, pa + len(data))):
            raise FixtureError(f"{name}: bytes at {pa:x} are in no ram line")
