# SPDX-License-Identifier: BSD-2-Clause
"""From a scenario to everything that there is to know about its dump."""

from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property

from .container import Field, Header, Image, Parts
from .errors import FixtureError, ScenarioError
from .hash import Rng, content
from .memory import PAGE, Memory, OutOfMemory
from .port import find
from .port.base import Area, Facts, Kernel, Port
from .scenario import Damage, Edit, Map, Ram, Scenario, check_pages
from .spans import Span, SpanIndex, clip, subtract

@dataclass(frozen=True)
class Answer:
    """What the oracle says of [start, end)."""

    word: str           # map, hole, absent, short
    start: int
    end: int
    pa: int = 0
    prot: str = ""


@dataclass(frozen=True)
class Model:
    """A finished dump, not yet written."""

    scn: Scenario
    port: Port
    regime: object          # that of the dump's tables; mmu/__init__.py tells what it can do
    memory: Memory
    root: object            # where the tables begin
    blob: bytes             # tables that lie in the header
    kernel: Kernel
    image: Image            # what is before the memory in the core file
    fields: dict[str, dict[str, Field]]     # file -> name -> place
    cut: int | None         # the core file's length after truncation
    registers: dict[str, int]

    @property
    def header(self) -> Header:
        """All that is before the memory."""
        return self.image.header

    @property
    def cpu(self) -> bytes:
        """The port's own part of the header, padded."""
        return self.image.cpu

    @property
    def end(self) -> int:
        """Where the core file ends."""
        full = len(self.header.data) + self.memory.size
        return full if self.cut is None else min(self.cut, full)

    def offset(self, pa: int) -> int | None:
        """Where pa lies in the core file, were it complete; None if not dumped."""
        off = self.memory.offset(pa) if self.dumped.find(pa) is not None else None
        return None if off is None else len(self.header.data) + off

    @cached_property
    def dumped(self) -> SpanIndex:
        """What of memory the writer wrote: without what it only left room for."""
        return SpanIndex(subtract(self.memory.segments.spans, self.port.skipped))

    def in_file(self, pa: int, size: int) -> bool:
        """Whether [pa, pa + size), which may not cross a page, is in the core file."""
        off = self.offset(pa)
        return off is not None and off + size <= self.end

    def read_table(self, pa: int, size: int) -> bytes | None:
        """A table's bytes as the dump has them; fewer if the file ends before."""
        off = self.offset(pa)
        if off is None or off >= self.end:
            return None
        return self.memory.read(pa, min(size, self.end - off))

    def space(self, read: Callable[[int, int], bytes | None]) -> object:
        """The address space, its tables read through a callback."""
        return self.port.space(self.port.tables(self.regime, self.root, read, self.blob))

    def reader(self) -> object:
        """The address space, as far as the dump has its tables."""
        return self.space(self.read_table)

    def present(self) -> list[Span]:
        """The segments, as far as they are in the file, in the order of their addresses."""
        left, out = self.end - len(self.header.data), []
        for start, end in self.memory.segments.spans:
            size = max(min(end - start, left), 0)
            if size:
                out.append((start, start + size))
            left -= end - start
        return subtract(out, self.port.skipped)

    def answers(self) -> Iterator[Answer]:
        """One answer for each address of the space: ascending, merged where equal."""
        last: Answer | None = None
        for answer in self._answers():
            if last and (last.word, last.prot) == (answer.word, answer.prot):
                if answer.word != "map" or last.pa + last.end - last.start == answer.pa:
                    last = Answer(last.word, last.start, answer.end, last.pa, last.prot)
                    continue
            if last:
                yield last
            last = answer
        if last:
            yield last

    def _answers(self) -> Iterator[Answer]:
        present = SpanIndex(self.present())
        for run in self.reader().runs():
            if run.state != "map":
                # Behind a table that the dump lacks nobody can know: never bytes.
                word = "hole" if run.state == "hole" else "absent"
                yield Answer(word, run.start, run.end)
                continue
            bias = run.start - run.pa
            for lo, hi, seg in self.dumped.pieces(run.pa, run.pa + run.end - run.start):
                if seg is None:
                    yield Answer("absent", lo + bias, hi + bias)
                    continue
                for a, b, there in present.pieces(lo, hi):
                    if there is None:
                        yield Answer("short", a + bias, b + bias)
                    else:
                        yield Answer("map", a + bias, b + bias, a, run.prot)


def _cut_up(ram: Ram, rng: Rng) -> list[Span]:
    """ram.segments pieces of random sizes with random gaps; first and last byte are kept."""
    pages, n = ram.size // PAGE, ram.segments
    weights = [1 + rng.below(15) for _ in range(2 * n - 1)]
    spare, total = pages - (2 * n - 1), sum(weights)
    out, at, acc = [], 0, 0
    for i, w in enumerate(weights):
        before = spare * acc // total
        acc += w
        size = 1 + spare * acc // total - before
        if i % 2 == 0:
            out.append((ram.start + at * PAGE, ram.start + (at + size) * PAGE))
        at += size
    return out


class _Making:
    """The steps from scenario to model, in order."""

    def __init__(self, scn: Scenario) -> None:
        self.scn = scn
        self.port = find(scn)
        if scn.regime not in self.port.regimes:
            self.fail("regime", f"{scn.regime!r} is not one of {', '.join(self.port.regimes)}")
        self.regime = self.port.regimes[scn.regime]
        self.frames: dict[str, tuple[Map, list[int]]] = {}
        self.taken: dict[str, list[int]] = {}
        self.unmapped: set[str] = set()         # maps whose addresses a window answers for
        self.areas: list[Area] = []
        self.within: Span | None = None         # where tables may lie now
        self.memory = self._memory()

    def fail(self, key: str, text: str) -> None:
        """Raises the scenario's error."""
        raise ScenarioError(self.scn.name, key, text)

    def _memory(self) -> Memory:
        rng = Rng(self.scn.seed ^ 0x7365_6773)
        spans: list[Span] = []
        for ram in self.scn.ram:
            spans += _cut_up(ram, rng) if ram.segments else [(ram.start, ram.start + ram.size)]
        for (a, b), (c, d) in zip(spans, spans[1:]):
            if c < b:
                self.fail("ram", f"{c:#x} does not follow {b:#x}: pieces overlap or are unsorted")
        unwritten = [(r.start, r.start + r.size) for r in self.scn.ram if r.content == "any"]
        unwritten += clip(spans, self.port.skipped)
        memory = Memory(spans, self.scn.seed, self.port.linear, unwritten, self.port.origin)
        for ram in self.scn.ram:
            if ram.content == "hash":
                memory.fill(ram.start, ram.size)
        for row in self.scn.absent:
            if self.port.linear:
                self.fail(row.key, "a page lies at its address in this image, which has no gaps")
            if row.pa is not None:
                memory.drop(row.pa, row.size)
        for start, end in self.port.passed:
            memory.drop(start, end - start)
        memory.freeze()
        return memory

    def _table_frame(self, size: int) -> int:
        pa = self.memory.alloc(size, self.within)
        self.memory.tables.add(pa)
        return pa

    def _plant(self) -> None:
        self.within = self.port.root_within or self.scn.tables or (0, self.port.root_limit)
        try:
            self.tree = self.regime.builder(self._table_frame, self.memory.page)
        except OutOfMemory as e:
            self.fail("ram", str(e))
        self.within = self.scn.tables

    def _map_pages(self, row: Map, frames: list[int]) -> None:
        """Maps row's pages to frames and remembers them under its name."""
        try:
            for i, pa in enumerate(frames if row.key not in self.unmapped else ()):
                level = {} if row.level is None else {"level": row.level}
                self.tree.map(row.va + i * row.page, pa, row.page, row.prot, row.bits, **level)
        except ValueError as e:
            self.fail(row.key, str(e))
        except OutOfMemory as e:
            self.fail(row.key, f"no table for {row.va:#x}: {e}")
        if row.key not in self.unmapped:
            self._check_map(row, frames)
        if row.name:
            if row.name in self.frames:
                self.fail(f"{row.key}.name", f"{row.name!r} is taken")
            self.frames[row.name] = (row, frames)

    def _check_map(self, row: Map, frames: list[int]) -> None:
        """Reads the tables back: what they say is what the scenario wants, not just consistent."""
        reader = self.tree.reader()
        if row.level == "ibat":         # a load does not see it
            self._check_fetch(row, frames, reader.fetch)
            return
        for i in {0, len(frames) - 1}:
            for off in (0, row.page - 1):
                va, pa = row.va + i * row.page + off, frames[i] + off
                if (got := reader.lookup(va)) != pa:
                    self.fail(row.key, f"the tables translate {va:#x} to "
                              f"{'nothing' if got is None else hex(got)}, not to {pa:#x}")
            *_, last = reader.walk(row.va + i * row.page)
            prot = last.entry.prot
            if row.bits or prot == "-":
                continue
            # Execution is not refused everywhere, but what is wanted must be allowed.
            if prot[1] != row.prot[1] or (row.prot[2] == "x" and prot[2] != "x"):
                self.fail(row.key, f"the tables allow {prot} at {row.va:#x}, not {row.prot}")

    def _check_fetch(self, row: Map, frames: list[int],
                     fetch: Callable[[int], tuple[int, str] | None]) -> None:
        """The same by instruction fetches; a block that allows loads allows them, too."""
        for i in {0, len(frames) - 1}:
            for off in (0, row.page - 1):
                va, want = row.va + i * row.page + off, (frames[i] + off, "--x")
                if (got := fetch(va)) != want:
                    said = "nothing" if got is None else f"{got[0]:#x} {got[1]}"
                    self.fail(row.key, f"instruction blocks translate {va:#x} to {said}, not to "
                              f"{want[0]:#x} {want[1]}")

    def _map(self, row: Map) -> None:
        count = row.size // row.page
        if row.pa is not None:
            frames = [row.pa + i * row.page for i in range(count)]
            if row.order == "descending":
                frames.reverse()
        elif row.alias is not None:
            if row.alias not in self.frames:
                self.fail(f"{row.key}.alias", f"no map before this one is named {row.alias!r}")
            of, theirs = self.frames[row.alias]
            if of.page % row.page or of.size < row.size:
                self.fail(f"{row.key}.size", f"{row.size:#x} in pages of {row.page:#x}: "
                          f"{row.alias!r} has {of.size:#x} in pages of {of.page:#x}")
            frames = [pa + off for pa in theirs for off in range(0, of.page, row.page)][:count]
        else:
            frames = self.taken[row.key]
        self._map_pages(row, frames)

    def _frames(self, row: Map, count: int) -> list[int]:
        try:
            if row.order == "linear":
                # One stretch; only a power of two can be asked of the allocator.
                first = self.memory.alloc(1 << (row.size - 1).bit_length(), row.within)
                frames = [first + i * row.page for i in range(count)]
            else:
                frames = [self.memory.alloc(row.page, row.within) for _ in range(count)]
        except OutOfMemory as e:
            self.fail(row.key, str(e))
        if row.order == "descending":
            frames.sort(reverse=True)
        if row.content == "hash":
            for pa in frames:
                self.memory.fill(pa, row.page)
        return frames

    def _edit(self, row: Edit) -> None:
        names = [lv.name for lv in self.regime.levels]
        if row.level not in names:
            self.fail(f"{row.key}.level", f"{row.level!r} is not one of {', '.join(names)}")
        at = self.regime.level(row.level)
        try:
            table, index = self.tree.slot(row.va, at)
            raw = self.tree.get(table, index) if row.raw is None else row.raw
            if row.share is not None:
                raw = self.tree.get(*self.tree.slot(row.share, at))
        except ValueError as e:
            self.fail(f"{row.key}.va", str(e))
        except OutOfMemory as e:
            self.fail(f"{row.key}.va", f"no table for {row.va:#x}: {e}")
        raw = (raw | row.set) & ~row.clear
        self.tree.put(table, index, raw)
        if hasattr(self.regime, "codec"):
            kind = self.regime.codec.decode(self.regime.levels[at], raw).kind
        else:
            kind = self.regime.kind(raw)
        if row.means not in ("any", kind):
            self.fail(f"{row.key}.means", f"{row.means!r}: the entry {raw:#x} is {kind.value!r}")

    def _lookup(self, key: str, va: int) -> int:
        """Physical address behind va by the model's own tables, dumped or not."""
        pa = self.port.space(self.tree.reader()).lookup(va)
        if pa is None:
            self.fail(key, f"{va:#x} is not mapped")
        return pa

    def _table_size(self, at: int) -> int:
        return self.regime.table_size(at) if hasattr(self.regime, "table_size") else PAGE

    def _drop(self) -> None:
        for row in self.scn.absent:
            if row.va is None:
                continue
            if row.table is None:
                for off in range(0, row.size, PAGE):
                    self.memory.drop(self._lookup(f"{row.key}.va", row.va + off), PAGE)
                continue
            names = [lv.name for lv in self.regime.levels]
            if row.table not in names:
                self.fail(f"{row.key}.table", f"{row.table!r} is not one of {', '.join(names)}")
            try:
                at = names.index(row.table)
                pa, _ = self.tree.slot(row.va, at)
            except ValueError as e:
                self.fail(f"{row.key}.va", str(e))
            # Small tables share a frame, and dumps have whole ones.
            size = max(self._table_size(at), row.size)
            self.memory.drop(pa - pa % PAGE, -(-(pa % PAGE + size) // PAGE) * PAGE)
        self.port.container.select(self._parts())
        self.memory.freeze()
        found = len(self.memory.segments.spans)
        if self.scn.segments not in (None, found):
            self.fail("segments", f"{self.scn.segments} wanted, the dump has {found}")
        sizes = {end - start for start, end in self.memory.segments.spans}
        if found > 1 and len(sizes) == 1:
            self.fail("ram", f"all {found} segments are {sizes.pop():#x} bytes large: "
                      "a reader that mixes them up would pass")

    def _kernel_maps(self) -> list[Map]:
        page = self.scn.kernel_text_page or self.port.text_page or self.port.pagesize
        if page not in (*self.regime.page_sizes(), self.port.pagesize):
            self.fail("kernel.text_page", f"{page:#x} is no page size of {self.regime.name}")
        text = self.port.text if self.scn.kernel_text is None else self.scn.kernel_text
        if text % page:
            self.fail("kernel.text", f"{text:#x} is no multiple of the page, {page:#x}")
        self.areas, rows = self.port.areas(text, page), []
        for a in self.areas:
            key = f"kernel.{a.name}"
            pa, mapped = self.port.place(a.va)
            order = "descending" if a.name == "data" and pa is None else "scatter"
            rows.append(Map(key, key, a.va, a.size, a.page, pa, None, order, a.prot, 0, "none",
                            self.scn.kernel_within))
            if not mapped:
                self.unmapped.add(key)
            if pa is not None:
                try:
                    self.memory.reserve_dumped(pa, a.size)
                except OutOfMemory as e:
                    self.fail(key, str(e))
        return rows

    def _maps(self) -> list[Map]:
        """The scenario's maps, now that the smallest page is known."""
        rows = []
        for row in ([self.scn.direct] if self.scn.direct else []) + self.scn.maps:
            page = row.page or self.port.pagesize
            row = replace(row, page=page, size=row.size or page)
            check_pages(self.scn.name, row.key, row)
            rows.append(row)
        return rows

    def _recursive(self) -> int | None:
        """Links the root into itself; returns the virtual address of the slot."""
        slot = self.scn.recursive
        if slot is None:
            return None
        top, root = self.regime.levels[0], self.tree.root
        # A root as large as several tables (PAE) takes as many slots.
        size = self.regime.table_size(1)
        for i in range(self.regime.table_size(0) // size):
            if slot + i >= top.count or self.tree.get(root, slot + i):
                self.fail("recursive", f"slot {slot + i:#x} is taken or there is none")
            entry = self.regime.codec.table(top, root + i * size)
            self.tree.put(root, slot + i, entry)
        va, bits = slot << top.shift, self.regime.va_bits
        if self.regime.sign_extended and va >> (bits - 1):
            va += (1 << 64) - (1 << bits)
        return va

    def make(self) -> Model:
        """All of it."""
        scn, memory = self.scn, self.memory
        kernel_maps = self._kernel_maps()
        rows = kernel_maps + self._maps()
        # Large frames first: later there may be none left in one piece.
        for row in sorted(rows, key=lambda r: -r.page):
            if row.pa is None and row.alias is None:
                self.taken[row.key] = self._frames(row, row.size // row.page)
        self._plant()
        for row in rows:
            self._map(row)
        recursive = self._recursive()
        for edit in scn.edits:
            self._edit(edit)
        self._drop()

        row = next((r for r in rows if r.key == "direct"), None)
        direct = (row.va, row.va + row.size) if row else None
        physical = sum(end - start for start, end in memory.ram) // PAGE
        root = self.tree.root
        if isinstance(root, int):
            root |= scn.root_bits
        dumplo = (scn.device_offset if scn.device_offset is not None else 0x5F800) // 512
        if self.port.text < self.port.kernbase:
            raise ScenarioError(scn.name, "port.kernbase", f"{self.port.kernbase:#x}: the kernel "
                                f"begins before it, at {self.port.text:#x}")
        kernel = self.port.kernel(
            self.areas,
            Facts(root, memory.size // self.port.pagesize, physical, dumplo, direct, recursive, self.tree),
        )
        homes = {
            row.va + i * row.page: pa
            for row, frames in (self.frames[m.name] for m in kernel_maps)
            for i, pa in enumerate(frames)
        }
        step = min(PAGE, self.port.pagesize)
        for va, data in kernel.content:
            for off in range(0, len(data), step):
                page = max(home for home in homes if home <= va + off)
                part = data[off : off + step]
                memory.write(homes[page] + va + off - page, part, state=any(part))
        return self._finish(kernel, root)

    def _parts(self) -> Parts:
        root = self.tree.root
        if isinstance(root, int):
            root |= self.scn.root_bits
        image = [(pa, pa + row.page) for row, frames in self.frames.values()
                 if row.key.startswith("kernel.") for pa in frames]
        return Parts(self.scn, self.port, self.memory, self.tree, root, image)

    def _finish(self, kernel: Kernel, root: object) -> Model:
        scn, memory, port = self.scn, self.memory, self.port
        image = port.container.image(self._parts())
        header = image.header
        fields = {"core": header.fields, "kernel": kernel.fields, "device": {}}
        lost = port.container.lost
        cut = len(header.data) + memory.size - lost if lost else None
        for row in scn.damage:
            if row.do != "truncate" or row.file != "core":
                continue
            cut = row.offset
            if row.pa is not None:
                off = memory.offset(row.pa)
                if off is None:
                    self.fail(f"{row.key}.pa", f"{row.pa:#x} is not in the dump")
                cut = len(header.data) + off
        top, hardware = self.tree.root, self.tree.hardware
        if isinstance(hardware, int) and isinstance(root, int):
            hardware |= scn.root_bits
        for row in scn.damage:
            if (row.file, row.do, row.field) == ("core", "field", port.root_field):
                top, hardware = port.root_of(row.value), row.value
        if image.regime is not None:
            top = image.root
        return Model(
            scn, port, image.regime or self.regime, memory, top,
            bytes(self.tree.blob) if image.blob is None else image.blob, kernel, image, fields, cut,
            port.registers(self.regime, hardware),
        )


def make(scn: Scenario) -> Model:
    """Builds the model of a scenario; ScenarioError if it asks for the impossible."""
    return _Making(scn).make()


def apply(
    model: Model, row: Damage, files: dict[str, bytearray],
    places: dict[str, dict[str, Field]] | None = None,
) -> None:
    """Does one piece of damage to a file's leading bytes; truncation is the writer's."""
    places = model.fields if places is None else places
    if row.do == "truncate":
        return
    data = files[row.file]

    def place(name: str) -> Field:
        if name not in places[row.file]:
            raise ScenarioError(model.scn.name, f"{row.key}.field", f"{name!r} is no field of "
                                f"{row.file}; there are {', '.join(places[row.file])}")
        return places[row.file][name]

    if row.do == "field":
        f = place(row.field)
        if row.value >> 8 * f.size:
            raise ScenarioError(model.scn.name, f"{row.key}.value",
                                f"{row.value:#x} does not fit into {f.size} bytes")
        data[f.offset : f.offset + f.size] = row.value.to_bytes(f.size, f.byteorder)
    elif row.do == "swap":
        f, g = place(row.field), place(row.other)
        one, two = data[f.offset : f.offset + f.size], data[g.offset : g.offset + g.size]
        data[f.offset : f.offset + f.size], data[g.offset : g.offset + g.size] = two, one
    else:
        if row.offset is None or row.offset + len(row.hex) > len(data):
            raise ScenarioError(model.scn.name, f"{row.key}.offset", f"{row.offset} leaves the "
                                f"first {len(data)} bytes of {row.file}")
        data[row.offset : row.offset + len(row.hex)] = row.hex


def noise(size: int, salt: int) -> bytes:
    """Bytes of a disk that nobody cleared; no part of it looks like a header."""
    return bytes(b | 1 for b in content(salt, 0, size))


def check_complete(model: Model, answers: list[Answer]) -> None:
    """Fails unless the answers cover the address space and agree with what was asked for."""
    at = 0
    for a in answers:
        if a.start != at or a.end <= a.start:
            raise FixtureError(f"{model.scn.name}: answers jump from {at:#x} to {a.start:#x}")
        at = a.end
    if at != 1 << model.regime.word:
        raise FixtureError(f"{model.scn.name}: answers end at {at:#x}")
    _check_absent(model, answers)


def _check_absent(model: Model, answers: list[Answer]) -> None:
    """Fails unless the dump lacks just what the scenario leaves out."""
    starts = [a.start for a in answers]
    for row in model.scn.absent:
        for off in range(0, row.size, PAGE) if row.pa is not None else ():
            if model.memory.offset(row.pa + off) is not None:
                raise FixtureError(f"{model.scn.name}: {row.key}: {row.pa + off:#x} is dumped")
        # Whoever lacks a table knows nothing of what it maps, one page of it at least.
        for off in range(0, row.size if row.table is None else 1, PAGE) if row.pa is None else ():
            va = row.va + off
            found = answers[bisect_right(starts, va) - 1]
            if found.word != "absent":
                raise FixtureError(f"{model.scn.name}: {row.key}: {va:#x} is said to be "
                                   f"{found.word!r}, not 'absent'")
