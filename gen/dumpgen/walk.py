# SPDX-License-Identifier: BSD-2-Clause
"""Explains an address: what the model meant, and what the built fixture's tables say."""

from collections.abc import Iterator
from pathlib import Path

from .corefile import open_core
from .errors import FixtureError
from .mmu.radix import Kind
from .model import Model, make
from .scenario import load, parse


def rebuild(where: Path) -> Model:
    """The model of a built fixture, made again from its own scenario."""
    path = where / "scenario.toml"
    if not path.exists():
        raise FixtureError(f"{where}: no scenario.toml: not made by the model")
    return make(parse(where.resolve().name, load(path).text))


def core_reader(model: Model, where: Path) -> object:
    """The tables, read from the fixture's core file."""
    core = open_core(where)             # closed with the process: a reader lives as long

    def read(pa: int, size: int) -> bytes | None:
        off = model.offset(pa)
        if off is None:
            return None
        core.seek(off)
        return core.read(size)

    return model.space(read)


def explain(where: Path, va: int) -> Iterator[str]:
    """Lines for a human: the answer, then one line a level."""
    if not 0 <= va < 1 << 64:
        raise FixtureError(f"{va:#x} is no 64-bit address")
    model = rebuild(where)
    for a in model.answers():
        if a.start <= va < a.end:
            at = f", pa {a.pa + va - a.start:#x} {a.prot}" if a.word == "map" else ""
            yield f"{va:#x}: {a.word} {a.start:#x} to {a.end - 1:#x}{at}"
            break
    meant, steps = model.reader().walk(va), list(core_reader(model, where).walk(va))
    if not steps:
        yield "  no table is asked"
    for step in steps:
        want = next(meant, None)
        head = f"  {step.level.name} at {step.table:#x}, entry {step.index:#x}"
        if step.raw is None or step.entry is None:
            yield f"{head}: the table is not in the dump"
        else:
            e = step.entry
            to = f" to {e.pa:#x} {e.prot}" if e.kind in (Kind.TABLE, Kind.LEAF) else f": {e.why}"
            size = step.level.entry_size or model.regime.entry_size
            at = step.table + step.index * (step.level.stride or size) + step.level.skip
            yield f"{head} at {at:#x}: {step.raw:#x}, {e.kind.value}{to}"
        if want is None or want.raw != step.raw:
            yield f"    but the model put {want and want.raw!r} there"
