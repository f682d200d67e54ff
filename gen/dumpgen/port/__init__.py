# SPDX-License-Identifier: BSD-2-Clause
"""Operating systems on machines: <os>_<machine>.py holds PORT; nothing else lists them."""

from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING

from ..errors import ScenarioError

if TYPE_CHECKING:
    from .netbsd import NetbsdPort


def names() -> list[str]:
    """All ports, as <os>_<machine>."""
    return sorted(m.name for m in iter_modules(__path__) if "_" in m.name)


def find(scenario: str, os: str, machine: str) -> "NetbsdPort":
    """The port of that name; raises ScenarioError."""
    name = f"{os}_{machine}"
    if name not in names():
        raise ScenarioError(scenario, "machine", f"{name!r} is not one of {', '.join(names())}")
    return import_module(f".{name}", __name__).PORT
