# SPDX-License-Identifier: BSD-2-Clause
"""Operating systems on machines: <os>_<machine>.py holds PORT, port() or FORMS; nothing else lists
them.  FORMS: what makes the port for each form of dump, the usual form first."""

from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING

from ..errors import ScenarioError

if TYPE_CHECKING:
    from ..scenario import Scenario
    from .base import Port


def names() -> list[str]:
    """All ports, as <os>_<machine>."""
    return sorted(m.name for m in iter_modules(__path__) if "_" in m.name)


def find(scn: "Scenario") -> "Port":
    """The port that a scenario names; raises ScenarioError."""
    name = f"{scn.os}_{scn.machine}"
    if name not in names():
        raise ScenarioError(scn.name, "machine", f"{name!r} is not one of {', '.join(names())}")
    module = import_module(f".{name}", __name__)
    if hasattr(module, "FORMS"):
        form = scn.form or next(iter(module.FORMS))
        if form not in module.FORMS:
            raise ScenarioError(scn.name, "form", f"{form!r} is not one of "
                                + ", ".join(module.FORMS))
        port = module.FORMS[form](scn)
    else:
        port = module.port(scn) if hasattr(module, "port") else module.PORT
        if scn.form not in ("", port.container.form):
            raise ScenarioError(scn.name, "form", f"{scn.form!r} is not {port.container.form!r}")
    scn.options.done()
    return port
