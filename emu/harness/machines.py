# SPDX-License-Identifier: BSD-2-Clause
"""What emu/guest holds: each folder with a machine.toml is a machine, each fixture a run."""

from __future__ import annotations

import dataclasses
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import tomllib
from collections.abc import Callable
from typing import Any

from .qemu import CannotRun

GUEST = pathlib.Path(__file__).resolve().parents[1] / "guest"
FORMS = {"netbsd": "netbsd-kcore", "openbsd": "netbsd-kcore", "freebsd": "freebsd-minidump",
         "dragonfly": "dragonfly-minidump"}
RELEASES = {"netbsd": ("NetBSD", "10.99.12"), "openbsd": ("OpenBSD", "7.6"),
            "freebsd": ("FreeBSD", "14.1-RELEASE"), "dragonfly": ("DragonFly", "6.4-RELEASE")}
FLAGS = ("-std=c11 -O2 -ffreestanding -fno-pic -fno-pie -fno-stack-protector -fno-strict-aliasing "
         "-fno-asynchronous-unwind-tables -Wall -Wextra -Wconversion -Wshadow -Werror -nostdlib "
         "-static -Wl,--build-id=none").split()

# Key -> type, with a default where it may be left out.  A variant or a fixture may set each too.
KEYS: dict[str, tuple[type, object]] = {
    "qemu": (str, None), "arguments": (list, []), "more": (list, []), "disk": (str, None),
    "disk_sectors": (int, 90000), "compiler": (str, None), "libraries": (str, ""),
    "drivers": (list, None), "byteorder": (str, None), "bits": (int, None), "page": (int, None),
    "vabits": (int, None), "kernel": (list, None), "text_align": (int, 0), "oracle": (str, None),
    "console": (int, -1), "load": (str, "-kernel"), "defines": (list, []), "packages": (list, []),
    "form": (str, ""), "machine": (str, ""), "regime": (str, ""), "timeout": (int, 0),
    "symbols": (dict, {}), "oracle_vabits": (int, 0), "oracle_pagesize": (int, 0),
    "registers": (dict, {}), "tells": (dict, {}), "objcopy": (str, ""),
    "ram": (str, ""), "frames": (dict, {}), "segments": (int, 0),
}

ADDED = ("registers", "tells", "frames")  # these tables are not replaced, but added to


def _number(value: object) -> bool:
    return type(value) is int and value >= 0        # true is an int, too


def _frames(value: dict) -> bool:
    return all(re.fullmatch(r"page|[1-5]?\d", key) and _number(end) and
               (16 if key == "page" else int(key)) < end <= 64 for key, end in value.items())


def _strings(value: list) -> bool:
    return all(isinstance(word, str) for word in value)


def _command(value: str) -> bool:
    try:
        return bool(shlex.split(value))
    except ValueError:                  # a quote without its end
        return False


def _pattern(value: object) -> bool:
    try:
        return isinstance(value, str) and re.compile(value).groups > 0
    except re.error:
        return False


def _disk(value: str) -> bool:
    return not value.startswith("memory:") or re.fullmatch("memory:(0x[0-9a-f]+|0|[1-9][0-9]*)",
                                                           value) is not None


# What a value must be beyond its type: whether it is, and what is wanted.
Check = tuple[Callable[[Any], bool], str]
ORDER: Check = (lambda v: v in ("little", "big"), "little or big")
CHECKS: dict[str, Check] = {
    **{key: (_strings, "a list of strings") for key in KEYS if KEYS[key][0] is list},
    **{key: (_number, "0 or more") for key in KEYS if KEYS[key][0] is int},
    "console": (lambda v: v >= -1, "an address, or -1 for a serial line"),
    "kernel": (lambda v: len(v) == 2 and all(map(_number, v)), "two numbers, VA and PA"),
    "symbols": (lambda v: all(map(_number, v.values())), "a number each"),
    "compiler": (_command, "a command"),
    "libraries": (lambda v: not v or _command(v), "words of a command"),
    "disk": (_disk, "memory:<address>, or a device"),
    "byteorder": ORDER,
    "frames": (_frames, "page or a shift, and how many bits its frames' addresses have"),
}
REGISTER: dict[str, Check] = {
    "info": (_pattern, "a regular expression with a group"),
    "gdb": (lambda v: isinstance(v, str), "a register's name"),
    "order": ORDER, "mask": (_number, "a number"),
}


class DescriptionError(Exception):
    """A machine.toml says something that is not understood."""


@dataclasses.dataclass
class Target:
    """One fixture to be made: a machine's folder, and its settings with the fixture's own."""

    folder: pathlib.Path
    name: str
    settings: dict[str, object]

    def __getattr__(self, key: str) -> object:
        try:
            return self.__dict__["settings"][key]
        except KeyError:
            raise AttributeError(key) from None

    @property
    def os(self) -> str:
        """The operating system that it plays."""
        return self.name.split("-")[0]

    @property
    def arch(self) -> str:
        """The machine's name as its OS has it, part of the fixture's name."""
        return self.settings["machine"] or self.name.split("-")[1]

    @property
    def regime(self) -> str:
        """The regime, part of the fixture's name."""
        return self.settings["regime"] or self.name.split("-")[2]

    @property
    def form(self) -> str:
        """The oracle's form."""
        return self.settings["form"] or FORMS[self.os]


def _expanded(path: pathlib.Path, registers: dict[str, dict]) -> dict[str, dict]:
    """sr{0..15} is sixteen registers."""
    found = {}
    for name, how in registers.items():
        if not isinstance(how, dict) or how and len({"info", "gdb"} & how.keys()) != 1:
            raise DescriptionError(f"{path}: registers.{name}: wanted info, gdb or nothing; "
                                   f"found {how!r}")
        for key, value in how.items():
            holds, wanted = REGISTER.get(key, (lambda _: False, f"one of {', '.join(REGISTER)}"))
            if not holds(value):
                raise DescriptionError(f"{path}: registers.{name}: {key} = {value!r}: "
                                       f"wanted {wanted}")
        span = re.fullmatch(r"(\w*)\{(\d+)\.\.(\d+)\}(\w*)", name)
        if span and int(span[2]) > int(span[3]):
            raise DescriptionError(f"{path}: registers.{name}: no number is from {span[2]} to "
                                   f"{span[3]}")
        for i in range(int(span[2]), int(span[3]) + 1) if span else [0]:
            found[f"{span[1]}{i}{span[4]}" if span else name] = how
    return found


def _check_tells(path: pathlib.Path, tells: dict[str, object]) -> None:
    """Kinds of lines that guests tell, and how many: another word would be counted nowhere."""
    from .guest import FACTS            # which itself needs this file
    for word, count in tells.items():
        if word not in FACTS or not _number(count):
            raise DescriptionError(f"{path}: tells.{word} = {count!r}: wanted " + (
                "0 or more" if word in FACTS else f"one of {', '.join(FACTS)}"))


def _load(path: pathlib.Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise DescriptionError(f"{path}: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise DescriptionError(f"{path}: {error}") from error


def read(folder: pathlib.Path) -> list[Target]:
    """The fixtures of one machine."""
    path = folder / "machine.toml"
    data = _load(path)
    fixtures, variants = data.pop("fixture", []), data.pop("variant", {})
    if not isinstance(fixtures, list) or not fixtures or \
            not all(isinstance(fixture, dict) for fixture in fixtures):
        raise DescriptionError(f"{path}: fixture = {fixtures!r}: wanted [[fixture]], one or more")
    if not isinstance(variants, dict) or \
            not all(isinstance(variant, dict) for variant in variants.values()):
        raise DescriptionError(f"{path}: variant = {variants!r}: wanted [variant.<name>], a table")
    found = []
    for fixture in fixtures:
        name = fixture.pop("name", "")
        if not isinstance(name, str) or not re.fullmatch(r"\w+(-\w+){2,}", name) or \
                name.split("-")[0] not in RELEASES:
            raise DescriptionError(f"{path}: fixture name {name!r}: wanted <os>-<machine>-<regime>,"
                                   f" os one of {', '.join(RELEASES)}")
        layers, chosen = [data], fixture.pop("variant", [])
        for variant in chosen if isinstance(chosen, list) else [chosen]:
            if not isinstance(variant, str) or variant not in variants:
                raise DescriptionError(f"{path}: {name}: variant = {variant!r}: wanted one of "
                                       f"{', '.join(variants) or '(none)'}")
            layers.append(variants[variant])
        given: dict[str, object] = {}
        for layer in [*layers, fixture]:
            both = [key for key in ADDED if key in given and key in layer]
            sums = {key: given[key] | layer[key] for key in both
                    if isinstance(given[key], dict) and isinstance(layer[key], dict)}
            given |= layer | sums
        for key, value in given.items():
            if key not in KEYS or type(value) is not KEYS[key][0]:
                raise DescriptionError(f"{path}: {name}: {key} = {value!r}: " + (
                    "unknown key" if key not in KEYS else f"wanted {KEYS[key][0].__name__}"))
            holds, wanted = CHECKS.get(key, (lambda _: True, ""))
            if not holds(value):
                raise DescriptionError(f"{path}: {name}: {key} = {value!r}: wanted {wanted}")
        _check_tells(path, given.get("tells", {}))
        if "registers" in given:
            given["registers"] = _expanded(path, given["registers"])
        missing = [k for k, (_, default) in KEYS.items() if default is None and k not in given]
        if missing:
            raise DescriptionError(f"{path}: {name}: {missing[0]}: missing")
        settings = {key: default for key, (_, default) in KEYS.items()} | given
        found.append(Target(folder, name, settings))
    return found


def targets() -> list[Target]:
    """Everything that emu/guest can make."""
    found: list[Target] = []
    for path in sorted(GUEST.glob("*/machine.toml")):
        for target in read(path.parent):
            for other in found:
                if other.name == target.name:
                    raise DescriptionError(f"{path}: fixture name {target.name!r}: wanted once, "
                                           f"{other.folder.name}/machine.toml has it before")
            found.append(target)
    return found


def missing() -> dict[str, str]:
    """Ports without a guest -> the reason found."""
    return _load(GUEST / "without.toml")


def _compiler(target: Target) -> list[str]:
    """The compiler's command; <FOLDER>_CC in the environment chooses another program."""
    program, *flags = shlex.split(str(target.compiler))
    program = os.environ.get(f"{target.folder.name.upper()}_CC") or program
    for tool in (program, *(f[10:] for f in flags if f.startswith("--ld-path="))):
        if shutil.which(tool) is None:
            raise CannotRun(f"{tool}: not installed, wanted for the {target.folder.name} guest")
    return [program, *flags]


def build(target: Target, out: pathlib.Path) -> pathlib.Path:
    """Compiles the machine's folder, common, its drivers and its dump format."""
    va, pa = target.kernel
    page, mask = target.page, (1 << target.bits) - 1
    text = target.text_align or page
    ostype, release = RELEASES[target.os]
    offset = va - pa & mask
    defines = [f"PAGE_SHIFT={page.bit_length() - 1}", f"VABITS={target.vabits}",
               f"KERNEL_VA={va:#x}", f"KERNEL_VA_MINUS_PA={offset:#x}",
               f'OSTYPE="{ostype}"', f'OSRELEASE="{release}"',
               *(f"{name.upper()}={int(name == target.os)}" for name in RELEASES),
               f"DISK_SECTORS={target.disk_sectors}", f"REGIME_{target.regime}=1",
               *target.defines]
    common = GUEST / "common"
    sources = [target.folder / "start.S", *sorted(target.folder.glob("*.c")),
               *sorted(common.glob("*.c")),
               *(GUEST / "drivers" / f"{name}.c" for name in target.drivers),
               GUEST / "forms" / f"{target.form}.c"]
    if target.os in ("freebsd", "dragonfly"):
        sources.append(GUEST / "forms" / "kerneldump.c")
    if str(target.form).endswith("minidump"):
        sources.append(GUEST / "forms" / "minidump.c")
    script = target.folder / "kernel.ld"
    symbols = target.symbols | {"KERNEL_VA": va, "KERNEL_VA_MINUS_PA": offset, "TEXT_ALIGN": text,
               "DATA_ALIGN": page}
    out.mkdir(parents=True, exist_ok=True)
    kernel = out / f"{target.name}.elf"
    made = kernel.with_suffix(f".{os.getpid()}")
    program, *own = _compiler(target)
    command = [program, *FLAGS, *own, *(f"-D{d}" for d in defines),
               f"-Wl,-T,{script if script.exists() else common / 'kernel.ld'}",
               *(f"-Wl,--defsym={n}={v:#x}" for n, v in symbols.items()),
               f"-Wl,-z,max-page-size={page:#x},-z,noexecstack", f"-I{target.folder}",
               f"-I{common}", f"-I{GUEST / 'drivers'}", f"-I{GUEST / 'forms'}",
               f"-ffile-prefix-map={GUEST.parent.parent}=.",
               "-o", str(made), *map(str, sources), *shlex.split(str(target.libraries))]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    if done.returncode:
        raise DescriptionError(f"cannot build the guest of {target.name}:\n"
                               f"{done.stderr.strip()[:3000]}")
    made.rename(kernel)
    return kernel


def loaded(target: Target, kernel: pathlib.Path, work: pathlib.Path) -> pathlib.Path:
    """What QEMU is given: the ELF, or its flat image where a firmware wants that."""
    if not target.objcopy:
        return kernel
    flat = work.resolve() / "kernel.bin"
    done = subprocess.run([str(target.objcopy), "-O", "binary", kernel, flat], capture_output=True,
                          text=True, timeout=60, check=False)
    if done.returncode:
        raise CannotRun(f"{target.objcopy}: {done.stderr.strip()[:300]}")
    return flat
