# SPDX-License-Identifier: BSD-2-Clause
"""What the fixtures of a regime, taken together, fail to try; and fixtures that are left over."""

import shutil
from pathlib import Path

from . import oracle
from .errors import FixtureError
from .mmu.radix import Kind
from .walk import core_reader, rebuild


def _wanted(regime) -> set[tuple[str, str, str]]:
    """(level, kind, first or last) that some fixture must hold."""
    out = set()
    for lv in regime.levels:
        kinds = [Kind.INVALID]
        kinds += [Kind.LEAF] if lv.leaf else []
        kinds += [Kind.TABLE] if lv.table else []
        kinds += [Kind.RESERVED] if lv.reserved else []
        for kind in kinds:
            out |= {(lv.name, kind.value, "first"), (lv.name, kind.value, "last")}
    # An invalid entry that is not simply zero.
    return out | {(lv.name, "nonzero invalid", "any") for lv in regime.levels
                  if _spoilable(regime, lv)}


def _spoilable(regime, lv) -> bool:
    """Whether anything but zero is invalid at a level: pointers may lack a valid bit."""
    if not hasattr(regime, "codec"):
        return True
    size = lv.entry_size or regime.entry_size
    plants = [p for p in regime.codec.plants(lv) if p.kind is Kind.INVALID]
    return any(p.spoil((1 << 64) - 1) & (1 << 8 * size) - 1 for p in plants)


def report(where: list[Path]) -> list[str]:
    """Lines: what each regime's good fixtures hit, and "missing ..." for what none does."""
    hits: dict[tuple[str, str, str], set[tuple[str, str, str]]] = {}
    wanted_of: dict[tuple[str, str, str], set[tuple[str, str, str]]] = {}
    for one in where:
        if not (one / "oracle").is_file():
            raise FixtureError(f"{one}: no fixture: it has no file oracle")
        said = oracle.parse(one / "oracle")
        if said.values.get("witness") != "model" or said.values.get("open") != "ok":
            continue
        oracle.audit(one.name, said)
        model = rebuild(one)
        form = model.port.container.form
        name = model.regime.name + (" minidump" if form.endswith("minidump") else "")
        key = (model.port.os, model.port.machine, name)
        # Kernels of one regime may differ in their levels.
        wanted_of.setdefault(key, set()).update(_wanted(model.regime))
        found = hits.setdefault(key, set())
        for at, index, raw, entry in core_reader(model, one).visit():
            lv = model.regime.levels[at]
            for edge, which in zip(model.regime.edges(at), ("first", "last")):
                if index == edge:
                    found.add((lv.name, entry.kind.value, which))
            if raw and entry.kind is Kind.INVALID:
                found.add((lv.name, "nonzero invalid", "any"))
    if not hits:
        raise FixtureError("no good fixture of the model among " + ", ".join(map(str, where)))
    out = []
    for key, found in sorted(hits.items()):
        name, wanted = "/".join(key), wanted_of[key]
        out += [f"missing {name}: {' '.join(w)}" for w in sorted(wanted - found)]
        out.append(f"audit {name}: {len(wanted & found)} of {len(wanted)} entry cases")
    return out


def prune(where: Path, names: set[str]) -> list[str]:
    """Removes the model's fixtures below where that are not in names; returns what went."""
    gone = []
    for path in sorted(where.glob("*/oracle")):
        one = path.parent
        if (one / "scenario.toml").exists() and one.name not in names:
            shutil.rmtree(one)
            gone.append(one.name)
    return gone
