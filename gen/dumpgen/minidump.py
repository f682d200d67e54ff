# SPDX-License-Identifier: BSD-2-Clause
"""Minidumps of FreeBSD and DragonFly: header, message buffer, dump_avail, bitmap, page map, and the
pages whose bit is set.

Formats: FreeBSD sys/<machine>/include/minidump.h, sys/<machine>/<machine>/minidump_machdep.c,
sys/vm/vm_dumpset.h; DragonFly sys/platform/pc64/include/minidump.h.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .container import Container, Field, Header, Image, Parts
from .errors import ScenarioError
from .hash import Rng
from .mmu.hashed import GROUP
from .mmu.radix import Level, Regime
from .port.base import MESSAGES, Layout
from .scenario import Table
from .spans import Span, clip, subtract, union

MAGIC_SIZE = 24
CHANCE_LIMIT = 32 << 20     # pieces of RAM larger than this keep no page by chance


@dataclass(frozen=True)
class Options:
    """[port] keys of every minidump; fixtures/README.md lists them."""

    table: Table
    version: int
    msgbufsize: int
    bitmapsize: int | None
    avail: list[Span] | None
    avail_after: list[Span]
    avail_bits: int
    dumpavailsize: int | None
    pmapsize: int | None
    keep: str
    garbage: int
    kernbase: int
    kernend: int | None

    def fail(self, key: str, text: str) -> None:
        """Raises the scenario's error."""
        self.table.fail(key, text)


def spans(options: Table, key: str) -> list[Span] | None:
    """[[start, end], ...]: addresses as they are, in no order."""
    rows = options.get(key, None, list)
    if rows is None:
        return None
    for row in rows:
        pair = isinstance(row, list) and len(row) == 2
        if not pair or any(not isinstance(n, int) or n >> 64 for n in row):
            options.fail(key, f"{row!r} is not [start, end]")
    return [(lo, hi) for lo, hi in rows]


def options(table: Table, version: int, kernbase: int) -> Options:
    """Reads the keys; version and kernbase are the port's defaults."""
    return Options(
        table=table,
        version=table.number("version", version, 255),
        msgbufsize=table.number("msgbufsize", 0x1FB0, 1 << 24),
        bitmapsize=table.number("bitmapsize", None, 1 << 32),
        avail=spans(table, "dump_avail"),
        avail_after=spans(table, "avail_after") or [],
        avail_bits=table.number("avail_bits", 64, 64),
        dumpavailsize=table.number("dumpavailsize", None, 1 << 24),
        pmapsize=table.number("pmapsize", None, 1 << 32),
        keep=table.choice("keep", "used", "used", "needed", "all"),
        garbage=table.number("garbage", 0, (1 << 64) - 1),
        kernbase=table.number("kernbase", kernbase, (1 << 64) - 1),
        kernend=table.number("kernend", None),
    )


@dataclass(frozen=True)
class PageMap:
    """The dump's form of the kernel's tables."""

    data: bytes
    regime: Any                         # a radix regime, whose first level is data
    pages: list[int] = field(default_factory=list)      # tables that it needs in memory
    root: Any = 0


@dataclass(frozen=True)
class Sizes:
    """What a header tells of the parts behind it."""

    msgbuf: int
    avail: int
    bitmap: int
    pmap: int


def set_bits(bitmap: bytearray, first: int, count: int) -> None:
    """Sets so many bits, least significant first."""
    last = first + count
    while first < last and first % 8:
        bitmap[first // 8] |= 1 << first % 8
        first += 1
    whole = (last - first) // 8
    bitmap[first // 8 : first // 8 + whole] = b"\xff" * whole
    for bit in range(first + whole * 8, last):
        bitmap[bit // 8] |= 1 << bit % 8


@dataclass(frozen=True)
class Minidump(Container):
    """A kind of minidump; head() packs what is before the message buffer."""

    options: Options
    page: int
    byteorder: str
    word: int                                       # bits of the bitmap's words
    has_avail: bool
    head: Callable[[Sizes], Layout]
    page_map: Callable[[Parts], PageMap]
    lines: tuple[str, ...] = ()
    name: str = "freebsd-minidump"
    cache: dict[str, PageMap] = field(default_factory=dict, compare=False)

    @property
    def form(self) -> str:
        """FreeBSD's or DragonFly's."""
        return self.name

    def up(self, size: int) -> int:
        """Rounded to whole pages."""
        return -(-size // self.page) * self.page

    def down(self, address: int) -> int:
        """The page that holds an address."""
        return address - address % self.page

    def page_map_of(self, parts: Parts) -> PageMap:
        """The page map; it is made once, when the tables are finished."""
        if "map" not in self.cache:
            self.cache["map"] = self.page_map(parts)
        return self.cache["map"]

    def ranges(self, parts: Parts) -> list[Span]:
        """dump_avail, as this kernel has it."""
        return parts.memory.ram if self.options.avail is None else self.options.avail

    def covered(self, parts: Parts) -> list[Span]:
        """Whole pages that have a bit."""
        if self.has_avail and self.options.dumpavailsize != 0:
            return [(self.down(lo), self.up(hi)) for lo, hi in self.ranges(parts)]
        top = self.up(max(hi for _, hi in parts.memory.ram))
        if self.options.bitmapsize is not None:
            top = self.options.bitmapsize * 8 * self.page
        return [(0, top)]

    def select(self, parts: Parts) -> None:
        """Keeps what the kernel maps, the machine's tables (or only those that the page map needs),
        and a fourth of all memory, as if its allocator used that through the direct map."""
        memory, found = parts.memory, self.page_map_of(parts)
        ram = [(self.down(lo), self.up(hi)) for lo, hi in union(memory.ram)]
        if self.options.keep == "all":
            used = ram
        else:
            reader = found.regime.reader(found.root, memory.read, found.data)
            used = [(run.pa, run.pa + run.end - run.start) for run in reader.runs()
                    if run.state == "map"]
            used += [(pa, pa + 1) for pa in found.pages]
            used += parts.kernel
            if self.options.keep == "used":
                used += tables(parts)
            used += self._chance(parts)
            used = clip(union((self.down(lo), self.up(hi)) for lo, hi in used), ram)
        used = clip(union(used), union(self.covered(parts)))
        for lo, hi in subtract(memory.ram, used):
            memory.drop(lo, hi - lo)

    def _chance(self, parts: Parts) -> Iterator[Span]:
        rng = Rng(parts.scn.seed ^ 0x6D696E69)
        for lo, hi in parts.memory.ram:
            if hi - lo > CHANCE_LIMIT:
                continue
            pa = self.down(lo) + rng.below(64) * self.page
            while pa < hi:
                size = (1 + rng.below(24)) * self.page
                yield pa, min(pa + size, self.up(hi))
                pa += size + (1 + rng.below(72)) * self.page

    def _avail(self, parts: Parts) -> bytes:
        if not self.has_avail or self.options.dumpavailsize == 0:
            return b""
        size = self.options.avail_bits // 8
        rows = [*self.ranges(parts), (0, 0), *self.options.avail_after]
        data = b"".join(n.to_bytes(size, self.byteorder) for row in rows for n in row)
        wanted = self.options.dumpavailsize
        if wanted is None:
            return data.ljust(self.up(len(data)), b"\0")
        # Without room for it there is no terminator.
        if wanted < 2 * size * len(self.ranges(parts)):
            self.options.fail("dumpavailsize", f"{wanted:#x} has no room for the ranges")
        return data[:wanted].ljust(wanted, b"\0")

    def _bitmap(self, parts: Parts) -> bytes:
        ranges = self.covered(parts)
        count = sum(hi - lo for lo, hi in ranges) // self.page
        size = self.options.bitmapsize
        if size is None:
            size = self.up(-(-count // 64) * 8)
        elif size * 8 < count:
            self.options.fail("bitmapsize", f"{size:#x} has no room for {count} pages")
        bitmap, before = bytearray(-(-size // 8) * 8), 0
        for lo, hi in ranges:
            for a, b in clip(parts.memory.segments.spans, [(lo, hi)]):
                if a % self.page or b % self.page:
                    raise ScenarioError(parts.scn.name, "ram", f"{a:#x} to {b:#x} is dumped, which "
                                        f"are no whole pages of {self.page:#x}")
                set_bits(bitmap, before + (a - lo) // self.page, (b - a) // self.page)
            before += (hi - lo) // self.page
        if self.byteorder == "big":
            words = np.frombuffer(bytes(bitmap), dtype=f"<u{self.word // 8}")
            bitmap = bytearray(words.astype(f">u{self.word // 8}").tobytes())
        return bytes(bitmap[:size])

    def image(self, parts: Parts) -> Image:
        """All that is before the pages."""
        found = self.page_map_of(parts)
        text = MESSAGES.encode()
        size = self.options.msgbufsize
        msgbuf = (text * (size // len(text) + 1))[:size]
        avail, bitmap = self._avail(parts), self._bitmap(parts)
        layout = self.head(Sizes(len(msgbuf), len(avail), len(bitmap), len(found.data)))
        layout.pad(self.page)
        fields = dict(layout.fields)
        data = bytes(layout.data)
        for part, name in ((msgbuf, "msgbuf"), (avail, "avail"), (bitmap, "bitmap"),
                           (found.data, "pmap")):
            if part:
                fields[name] = Field(len(data), min(len(part), 8), self.byteorder)
            if name == "avail":
                step = self.options.avail_bits // 8
                for i in range(len(part) // (2 * step)):
                    at = len(data) + 2 * step * i
                    fields[f"avail{i}"] = Field(at, 2 * step, self.byteorder)
                    fields[f"avail{i}.start"] = Field(at, step, self.byteorder)
                    fields[f"avail{i}.end"] = Field(at + step, step, self.byteorder)
            data += part.ljust(self.up(len(part)), b"\0")
        return Image(Header(data, fields), b"", found.regime, found.root, found.data, self.lines)


def head(magic: str, opts: Options, sizes: Sizes, byteorder: str = "little") -> Layout:
    """The header up to bitmapsize, which is the same on nearly all machines."""
    out = Layout(byteorder)
    out.raw("magic", magic.encode().ljust(MAGIC_SIZE, b"\0"))
    out.add("version", 4, opts.version)
    out.add("msgbufsize", 4, sizes.msgbuf)
    out.add("bitmapsize", 4, sizes.bitmap)
    return out


def later(out: Layout, opts: Options, name: str, since: int, value: int, size: int = 4) -> None:
    """A field that versions before since do not have: they leave whatever is there."""
    out.add(name, size, value if opts.version >= since else opts.garbage)


def flat(
    data: bytes, opts: Options, codec: Any, shift: int = 12, entry_size: int = 8,
    byteorder: str = "little", bits: int = 64, name: str = "pte", level: str = "PTE",
    reserved: bool = False, wide: tuple[int, ...] = (),
) -> PageMap:
    """A page map that is an array of the last level's entries, from kernbase on."""
    data = resize(data, opts)
    count = len(data) // entry_size
    last = Level(level, shift, (count - 1).bit_length(), leaf=True, table=False, reserved=reserved,
                 wide=wide, limit=count, space="blob")
    regime = Regime(name, bits, False, (last,), codec, entry_size, byteorder, bits,
                    ((opts.kernbase, opts.kernbase + (count << shift)),), opts.kernbase)
    return PageMap(data, regime)


def resize(data: bytes, opts: Options) -> bytes:
    """The page map, cut or filled to the size that the scenario wants."""
    return data if opts.pmapsize is None else data[: opts.pmapsize].ljust(opts.pmapsize, b"\0")


def tables(parts: Parts) -> list[Span]:
    """Where the machine's tables lie, so that a CPU can be asked about the dump."""
    tree = parts.tree
    if not hasattr(tree.regime, "table_size"):
        table = tree.regime.table(tree.root)
        return [(table.base, table.base + table.groups * GROUP * tree.regime.entry_size)]
    found = [(pa, pa + tree.regime.table_size(at)) for at, pa in tree.tables]
    return [*found, (tree.hardware, tree.hardware + 1)]


def in_ram(parts: Parts, pa: int) -> bool:
    """Whether there is memory, so that the kernel may read a table there."""
    return any(lo <= pa < hi for lo, hi in parts.memory.ram)


def kernel_end(parts: Parts, opts: Options, chunk: int) -> int:
    """Where the page map ends: behind the last page that the machine maps from kernbase on, but
    for the direct map."""
    end = opts.kernend
    if end is None:
        direct = parts.scn.direct
        but = [(direct.va, direct.va + direct.size)] if direct else []
        runs = [(r.start, r.end) for r in parts.tree.reader().runs() if r.state == "map"]
        end = max((hi for _, hi in subtract(runs, but)), default=opts.kernbase)
    end = max(end, opts.kernbase + 1)
    if end - opts.kernbase > chunk << 16:
        opts.fail("kernbase", f"a page map from {opts.kernbase:#x} to {end:#x}")
    return opts.kernbase + -(-(end - opts.kernbase) // chunk) * chunk
