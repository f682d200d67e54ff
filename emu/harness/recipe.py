# SPDX-License-Identifier: BSD-2-Clause
"""How a real operating system is brought to its panic: emu/os/*.toml.

what        one line
os machine regime byteorder bits vabits pagesize     as in an oracle
qemu        the program; arguments: its options, without kernel, console and disk
load        how the kernel is given: "-kernel" (default), or "" if the disk boots
append      the kernel's command line
disk        the device that the disk is on, such as "virtio-blk-device"; none: without
timeout     seconds to the panic
panic       regular expression of the console's line at which QEMU is stopped
[[say]]     wait, send: when the console has `wait`, `send` is typed; in order, before the panic
[root]      the root register: one of `info` (regular expression on `info registers`), `gdb`
            (register of QEMU's gdb stub; `order` its byte order, if not the target's); `mask` cuts it
[registers] further ones for the oracle, by the same words
[maps]      where QEMU is asked: list = "x86", "riscv", "m68k" (QEMU lists all mappings), or
            windows = [[va, size, step], ...]: gva2gpa each `step` bytes, narrowed at each change
            skip = [[va, size], ...]: stretches of a list that are left out
[dump]      a kernel that dumps: say (as above, after QEMU was asked), done (regular expression of the
            line at which it is on the device), offset (regular expression on the console: blocks of
            512 bytes from the start of the disk) or "end"; swap (byte of the disk where the
            partition begins that the offset counts from)
"""

from __future__ import annotations

import pathlib
import re
import tomllib
from dataclasses import dataclass, field


class RecipeError(Exception):
    """A recipe that does not say what it must."""


@dataclass(frozen=True)
class Recipe:
    """One recipe, checked."""

    name: str
    what: str
    os: str
    machine: str
    regime: str
    qemu: str
    panic: str
    arguments: list[str]
    maps: dict
    root: dict
    byteorder: str = "little"
    bits: int = 64
    vabits: int = 48
    pagesize: int = 4096
    load: str = "-kernel"
    append: str = ""
    disk: str = ""
    timeout: float = 60
    say: list[dict] = field(default_factory=list)
    registers: dict = field(default_factory=dict)
    dump: dict = field(default_factory=dict)


def _register(path: pathlib.Path, name: str, how: object) -> None:
    if not isinstance(how, dict) or len({"info", "gdb"} & how.keys()) != 1:
        raise RecipeError(f"{path}: {name}: wanted one of info, gdb; found {how!r}")


def read(path: pathlib.Path) -> Recipe:
    """Reads one file."""
    try:
        table = tomllib.loads(path.read_text())
    except OSError as error:
        raise RecipeError(f"{path}: {error.strerror}") from error
    except tomllib.TOMLDecodeError as error:
        raise RecipeError(f"{path}: {error}") from error
    known = Recipe.__dataclass_fields__
    for key in table:
        if key not in known or key == "name":
            raise RecipeError(f"{path}: {key}: not a key of a recipe")
    missing = [key for key in ("what", "os", "machine", "regime", "qemu", "panic", "arguments",
                               "maps", "root") if key not in table]
    if missing:
        raise RecipeError(f"{path}: no {missing[0]}")
    _register(path, "root", table["root"])
    for name, how in table.get("registers", {}).items():
        _register(path, f"registers.{name}", how)
    for key in ("panic", *(("done",) if "dump" in table else ())):
        text = table.get(key) or table.get("dump", {}).get(key, "")
        try:
            re.compile(text)
        except re.error as error:
            raise RecipeError(f"{path}: {key}: {error}") from error
    if not {"list", "windows"} & table["maps"].keys():
        raise RecipeError(f"{path}: maps: neither list nor windows")
    return Recipe(name=f"{table['os']}-{table['machine']}-{table['regime']}", **table)
