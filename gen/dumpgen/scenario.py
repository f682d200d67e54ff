# SPDX-License-Identifier: BSD-2-Clause
"""Scenario files: TOML in, checked dataclasses out.  fixtures/README.md lists the keys."""

import re
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .errors import ScenarioError
from .kerneldump import COMPRESSION, HEADER_KEYS, RESERVED, Medium

ENTRY = (1 << 128) - 1          # the largest entry: a PTE of 64-bit PowerPC
SIZES = {"K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40}


class Table:
    """One TOML table being read: every key must be known, every value of its type."""

    def __init__(self, scenario: str, path: str, raw: Any) -> None:
        self.scenario = scenario
        self.path = path
        if not isinstance(raw, dict):
            self.fail("", f"{raw!r} is not a table")
        self.raw = raw
        self._left = set(raw)

    def fail(self, key: str, text: str) -> None:
        """Raises the error that names scenario, key and value."""
        path = ".".join(p for p in (self.path, key) if p)
        raise ScenarioError(self.scenario, path or "file", text)

    def get(self, key: str, default: Any, *types: type) -> Any:
        """The value at key, of one of the types; no default given as ...: required."""
        self._left.discard(key)
        if key not in self.raw:
            if default is ...:
                self.fail(key, "is missing")
            return default
        value = self.raw[key]
        if not isinstance(value, types) or (isinstance(value, bool) and bool not in types):
            wanted = " or ".join(t.__name__ for t in types)
            self.fail(key, f"{value!r} is not of type {wanted}")
        return value

    def number(self, key: str, default: Any = ..., limit: int = 1 << 64) -> Any:
        """A number in [0, limit]: TOML integer or a string such as "2M"."""
        value = self.get(key, default, int, str)
        if isinstance(value, str):
            match = re.fullmatch(r"(\d+)([KMGT])", value)
            if not match:
                self.fail(key, f"{value!r} is no size such as 4K, 2M, 1G or 1T")
            value = int(match[1]) * SIZES[match[2]]
        if isinstance(value, int) and not 0 <= value <= limit:
            self.fail(key, f"{value:#x} is not in 0..{limit:#x}")
        return value

    def choice(self, key: str, default: Any, *allowed: str) -> Any:
        """A string out of a list."""
        value = self.get(key, default, str)
        if key in self.raw and value not in allowed:
            self.fail(key, f"{value!r} is not one of {', '.join(allowed)}")
        return value

    def pair(self, key: str) -> tuple[int, int] | None:
        """[start, size] as (start, end)."""
        value = self.get(key, None, list)
        if value is None:
            return None
        part = Table(self.scenario, f"{self.path}.{key}", dict(zip("01", value)))
        if len(value) != 2:
            self.fail(key, f"{value!r} is not [start, size]")
        start = part.number("0")
        return start, start + part.number("1")

    def tables(self, key: str) -> list["Table"]:
        """The array of tables at key."""
        rows = self.get(key, [], list)
        return [Table(self.scenario, f"{key}[{i}]", row) for i, row in enumerate(rows)]

    def table(self, key: str) -> "Table":
        """The table at key, empty if there is none."""
        return Table(self.scenario, key, self.get(key, {}, dict))

    def exactly_one(self, *keys: str) -> None:
        """Fails unless one and only one of the keys is there."""
        there = [k for k in keys if k in self.raw]
        if len(there) != 1:
            self.fail(keys[0], f"exactly one of {', '.join(keys)} is wanted, found {there}")

    def done(self) -> None:
        """Fails if a key was not read."""
        for key in sorted(self._left):
            self.fail(key, f"unknown key, value {self.raw[key]!r}")


@dataclass(frozen=True)
class Ram:
    """A piece of the machine's memory; segments > 0 cuts it into that many pieces with gaps.

    content "any": there is room for it in the dump, but nobody wrote it.
    """

    start: int
    size: int
    content: str
    segments: int


@dataclass(frozen=True)
class Map:
    """A range of virtual addresses and where its pages come from.

    page 0: the port's smallest; size 0: one page.
    """

    key: str
    name: str
    va: int
    size: int
    page: int
    pa: int | None
    alias: str | None
    order: str
    prot: str
    bits: int
    content: str
    within: tuple[int, int] | None
    level: str | None = None        # which one, where several have pages of that size


@dataclass(frozen=True)
class Edit:
    """An entry that is not what map would have made it."""

    key: str
    va: int
    level: str
    raw: int | None
    set: int
    clear: int
    share: int | None
    means: str


@dataclass(frozen=True)
class Absent:
    """Memory that the dump leaves out: by physical address, behind a mapping, or a table."""

    key: str
    pa: int | None
    va: int | None
    table: str | None
    size: int


@dataclass(frozen=True)
class Damage:
    """One change to the finished files."""

    key: str
    do: str
    field: str
    other: str
    value: int
    file: str
    offset: int | None
    pa: int | None
    hex: bytes


@dataclass(frozen=True)
class Scenario:
    """Everything that a fixture is made from."""

    name: str
    os: str
    machine: str
    regime: str
    form: str               # of the dump; "": the port's first
    seed: int
    ram: list[Ram]
    tables: tuple[int, int] | None
    root_bits: int
    recursive: int | None
    direct: Map | None
    maps: list[Map]
    edits: list[Edit]
    absent: list[Absent]
    kernel_text: int | None
    kernel_text_page: int | None
    kernel_within: tuple[int, int] | None
    hdrsize: int | None
    seghdrsize: int | None
    device_offset: int | None
    device_tail: int
    medium: Medium | None       # a device whose dump is found from its end
    save_text: str              # why the dump on it cannot be saved; "": it can
    compress: str               # of the core file: "", "gz", "zst"
    damage: list[Damage]
    open: str
    open_text: str
    open_family: str
    segments: int | None
    options: Table          # [port]: what the port asks for; it must ask for all of it
    text: str = field(repr=False, default="")


def check_pages(scenario: str, path: str, row: Map) -> None:
    """Fails unless a map's numbers are multiples of its page."""
    for key in ("va", "size", "pa"):
        if row.page and (getattr(row, key) or 0) % row.page:
            raise ScenarioError(scenario, f"{path}.{key}", f"{getattr(row, key):#x} is no "
                                f"multiple of the page, {row.page:#x}")


def _map(t: Table, default_name: str = "") -> Map:
    page = t.number("page", 0)
    row = Map(
        key=t.path,
        name=t.get("name", default_name, str),
        va=t.number("va", limit=(1 << 64) - 1),
        size=t.number("size", page),
        page=page,
        pa=t.number("pa", None),
        alias=t.get("alias", None, str),
        order=t.choice("order", "scatter", "scatter", "descending", "linear"),
        prot=t.get("prot", "rw-", str),
        bits=t.number("bits", 0),
        content=t.choice("content", "none", "none", "hash"),
        within=t.pair("within"),
        level=t.get("level", None, str),
    )
    if not re.fullmatch(r"r[w-][x-]", row.prot):
        t.fail("prot", f"{row.prot!r} is not r, then w or -, then x or -")
    if page & (page - 1) or (page == 0 and "page" in t.raw):
        t.fail("page", f"{page:#x} is no power of two")
    if "size" in t.raw and row.size == 0 or row.va + row.size > 1 << 64:
        t.fail("size", f"{row.size:#x} bytes from {row.va:#x} on leave the address space")
    check_pages(t.scenario, t.path, row)
    if row.pa is not None and row.alias is not None:
        t.fail("alias", f"{row.alias!r}: pa is given, too")
    t.done()
    return row


def _ram(t: Table) -> Ram:
    row = Ram(
        t.number("start"), t.number("size"), t.choice("content", "zero", "zero", "hash", "any"),
        t.number("segments", 0, 1 << 24),
    )
    for key in ("start", "size"):
        if getattr(row, key) % 4096:
            t.fail(key, f"{getattr(row, key):#x} is no multiple of 0x1000")
    if row.size == 0 or row.start + row.size > 1 << 64:
        t.fail("size", f"{row.size:#x} bytes from {row.start:#x} on")
    if row.segments * 4096 * 2 > row.size:
        t.fail("segments", f"{row.segments} do not fit into {row.size:#x} bytes")
    t.done()
    return row


def _edit(t: Table) -> Edit:
    row = Edit(
        t.path, t.number("va"), t.get("level", ..., str), t.number("raw", None, ENTRY),
        t.number("set", 0, ENTRY), t.number("clear", 0, ENTRY), t.number("share", None),
        t.choice("means", ..., "any", "invalid", "reserved", "table", "leaf"),
    )
    if row.raw is not None and (row.set or row.clear or row.share is not None):
        t.fail("raw", f"{row.raw:#x}: set, clear and share do not go with it")
    t.done()
    return row


def _absent(t: Table) -> Absent:
    t.exactly_one("pa", "va")
    row = Absent(
        t.path, t.number("pa", None), t.number("va", None), t.get("table", None, str),
        t.number("size", 4096),
    )
    if row.size == 0 or row.size % 4096 or (row.pa or 0) % 4096 or (row.va or 0) % 4096:
        t.fail("size", f"{row.size:#x} or the address is no multiple of 0x1000")
    if row.table is not None and row.va is None:
        t.fail("table", f"{row.table!r} needs va")
    t.done()
    return row


def _damage(t: Table) -> Damage:
    do = t.choice("do", ..., "field", "swap", "set", "truncate")
    text = t.get("hex", "", str)
    try:
        data = bytes.fromhex(text)
    except ValueError:
        t.fail("hex", f"{text!r} is no even number of hexadecimal digits")
    need = {"field": ("field", "value"), "swap": ("field", "other"), "set": ("offset", "hex")}
    for key in need.get(do, ()):
        if key not in t.raw:
            t.fail(key, f"is missing, do = {do!r} needs it")
    if do == "truncate":
        t.exactly_one("offset", "pa")
    row = Damage(
        t.path, do, t.get("field", "", str), t.get("other", "", str), t.number("value", 0),
        t.choice("file", "core", "core", "kernel", "device"), t.number("offset", None),
        t.number("pa", None), data,
    )
    t.done()
    return row


def _medium(t: Table, compression: str) -> Medium:
    """[device] version: a dump at its end, as FreeBSD and DragonFly put it."""
    header = t.get("header", {}, dict)
    for key in sorted(set(header) - set(HEADER_KEYS)):
        t.fail(f"header.{key}", f"unknown key, value {header[key]!r}")
    row = Medium(
        t.number("version"), t.number("block", 512), compression, t.number("slack", 0),
        t.number("before", RESERVED), t.number("keysize", 0, 2048), t.get("stale", False, bool),
        header,
    )
    if row.version not in (1, 2, 3, 4) or row.block % 512 or not row.block:
        t.fail("version", f"{row.version} with blocks of {row.block} bytes is not known")
    if compression and row.version < 3 or row.keysize and row.version < 2:
        t.fail("version", f"{row.version} has neither compression nor, before 2, a key")
    return row


def parse(name: str, text: str) -> Scenario:
    """Reads a scenario; raises ScenarioError naming scenario, key and value."""
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as e:
        raise ScenarioError(name, "file", f"no TOML: {e}") from None
    top = Table(name, "", raw)
    seed = top.number("seed", limit=(1 << 64) - 1)
    rams = [_ram(t) for t in top.tables("ram")]
    if not rams:
        top.fail("ram", "at least one piece is wanted, found none")
    options = top.table("port")
    kernel, container = top.table("kernel"), top.table("container")
    device, opens = top.table("device"), top.table("open")
    compression = top.choice("compress", "", *filter(None, COMPRESSION))
    medium = _medium(device, compression) if "version" in device.raw else None
    save_text = device.get("save", "", str) if medium else ""
    is_device = "device" in raw and medium is None
    direct = _map(top.table("direct"), "direct") if "direct" in raw else None
    if not is_device:
        top.get("device", {}, dict)
    scn = Scenario(
        name=name,
        os=top.get("os", ..., str),
        machine=top.get("machine", ..., str),
        regime=top.get("regime", ..., str),
        form=top.get("form", "", str),
        seed=seed,
        ram=rams,
        tables=top.pair("tables"),
        root_bits=top.number("root_bits", 0, (1 << 64) - 1),
        recursive=top.number("recursive", None, 0xFFFF),
        direct=direct,
        maps=[_map(t) for t in top.tables("map")],
        edits=[_edit(t) for t in top.tables("entry")],
        absent=[_absent(t) for t in top.tables("absent")],
        kernel_text=kernel.number("text", None),
        kernel_text_page=kernel.number("text_page", None),
        kernel_within=kernel.pair("within"),
        hdrsize=container.number("hdrsize", None, 0xFFFF),
        seghdrsize=container.number("seghdrsize", None, 0xFFFF),
        device_offset=device.number("offset") if is_device else None,
        device_tail=device.number("tail", 0) if is_device else 0,
        medium=medium,
        save_text=save_text,
        compress=compression,
        damage=[_damage(t) for t in top.tables("damage")],
        open=opens.choice("result", "ok", "ok", "noheader", "fail"),
        open_text=opens.get("text", "", str),
        open_family=opens.get("family", "", str),
        segments=top.number("segments", None),
        options=options,
        text=text,
    )
    for t in (kernel, container, device, opens, top):
        t.done()
    if (scn.open == "ok") != (scn.open_text == ""):
        opens.fail("text", f"{scn.open_text!r} does not go with result = {scn.open!r}")
    if is_device and scn.device_offset % 512:
        device.fail("offset", f"{scn.device_offset:#x} is no multiple of 0x200")
    return scn


def load(path: Path) -> Scenario:
    """Reads a scenario file; its name is the file's."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as e:
        raise ScenarioError(path.stem, "file", f"cannot read {path}: {e}") from None
    return parse(path.stem, text)
