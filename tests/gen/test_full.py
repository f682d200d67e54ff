# SPDX-License-Identifier: BSD-2-Clause
"""Full dumps, devices and raw images as written: what a reader that knows only the formats finds
in them agrees with the oracle."""

import struct
from pathlib import Path

import pytest
from dumpgen import kerneldump, oracle
from dumpgen.corefile import open_core
from dumpgen.errors import ScenarioError
from dumpgen.hash import content
from dumpgen.model import make
from dumpgen.oracle import Oracle
from dumpgen.scenario import parse
from elftools.elf.elffile import ELFFile
from elftools.elf.sections import SymbolTableSection

ROOT = Path(__file__).resolve().parents[2]
PT_DUMP_DELTA = 0x6FB5D000


def good(fixtures: list[Path], form: str) -> list[tuple[Path, Oracle]]:
    """The model's fixtures of a form that open."""
    out = []
    for where in fixtures:
        said = oracle.parse(where / "oracle")
        if (said.values["witness"], said.values["open"]) != ("model", "ok"):
            continue
        if said.values["form"] == form:
            out.append((where, said))
    assert out
    return out


def loads(core, said: Oracle) -> list[tuple[int, int, int]]:
    """(physical address, file size, offset) of each PT_LOAD, read by hand."""
    core.seek(0)
    head = core.read(64)
    order = "<" if said.values["byteorder"] == "little" else ">"
    wide = said.values["bits"] == "64"
    if wide:
        phoff, shoff = struct.unpack_from(order + "QQ", head, 32)
        size, count = struct.unpack_from(order + "HH", head, 54)
    else:
        phoff, shoff = struct.unpack_from(order + "II", head, 28)
        size, count = struct.unpack_from(order + "HH", head, 42)
    if count == 0xFFFF:
        core.seek(shoff + (44 if wide else 28))
        count = struct.unpack(order + "I", core.read(4))[0]
    core.seek(phoff)
    data, out = core.read(size * count), []
    for i in range(count):
        if wide:
            kind, _, off, _, pa, filesz, _, _ = struct.unpack_from(order + "IIQQQQQQ", data, i * size)
        else:
            kind, off, _, pa, filesz, _, _, _ = struct.unpack_from(order + "8I", data, i * size)
        if kind == 1:
            out.append((pa, filesz, off))
    return out


def probe(said: Oracle, core, places: list[tuple[int, int, int]], name: str) -> None:
    """Holds the oracle's ram and bytes lines against the file."""
    places = sorted(places)
    starts = [p[0] for p in places]

    def read(pa: int, size: int) -> bytes:
        from bisect import bisect_right
        at = bisect_right(starts, pa) - 1
        start, length, off = places[at]
        assert start <= pa < start + length, f"{name}: {pa:x} is in no segment"
        core.seek(off + pa - start)
        return core.read(size)

    seed = int(said.values["seed"], 16)
    for start, end, kind, off in said.ram[:200]:
        for pa in {start, (start + end) // 2 & ~7, end - 8 & ~7}:
            if pa < start or pa + 8 > end or kind == "any":
                continue
            want = bytes(8)
            if kind == "file":
                core.seek(off + pa - start)
                want = core.read(8)
            elif kind == "hash":
                want = content(seed, pa, 8)
            assert read(pa, 8) == want, f"{name}: {kind} {pa:x}"
    for pa, data in said.exact:
        assert read(pa, len(data)) == data, f"{name}: bytes {pa:x}"


def test_elf_cores_hold_what_the_oracle_says(fixtures: list[Path]) -> None:
    for where, said in good(fixtures, "elf"):
        with open_core(where) as core:
            probe(said, core, loads(core, said), where.name)


def test_raw_images_are_memory(fixtures: list[Path]) -> None:
    for where, said in good(fixtures, "raw"):
        base = int(next(rest[0] for word, rest in said.ranges if word == "raw"), 16)
        with open_core(where) as core:
            size = core.seek(0, 2)
            assert base + size == max(end for _, end, _, _ in said.ram), where.name
            probe(said, core, [(base, size, 0)], where.name)


def test_virtual_cores_are_addressed_by_offset(fixtures: list[Path]) -> None:
    seen = set()
    for where, said in good(fixtures, "elf-virtual"):
        with open_core(where) as core:
            skip = 512 if core.read(4) == b"Free" else 0
            seen.add(skip)
            probe(said, core, [(0, 1 << 62, skip)], where.name)
            core.seek(skip)
            elf = ELFFile(_From(core, skip))
            rows = {s["p_vaddr"]: s for s in elf.iter_segments()}
            for a in said.answers:
                if a.word == "map":
                    row = rows[a.start]
                    assert row["p_offset"] == a.pa and row["p_paddr"] in (2**32 - 1, 2**64 - 1)
    assert seen == {0, 512}


class _From:
    """A file that begins later."""

    def __init__(self, file, skip: int) -> None:
        self._file, self._skip = file, skip

    def seek(self, offset: int, whence: int = 0) -> int:
        return self._file.seek(offset + (0 if whence else self._skip), whence) - self._skip

    def tell(self) -> int:
        return self._file.tell() - self._skip

    def read(self, size: int = -1) -> bytes:
        return self._file.read(size)


def test_sparc64_translates_by_its_header(fixtures: list[Path]) -> None:
    """Header, regions and TSB as sys/sparc64/include/{kerneldump,tte}.h have them."""
    for where, said in good(fixtures, "freebsd-sparc64"):
        with open_core(where) as core:
            head = core.read(40)
            size, tsb, total, mask, count = struct.unpack(">QQQQi4x", head)
            rows = [struct.unpack(">QQQ", core.read(24)) for _ in range(count)]
            assert rows[0][2] >= size >= 40 + 24 * count and mask == total // 32 - 1
            places = [(pa, length, off) for pa, length, off in rows]
            probe(said, core, places, where.name)

            def read(pa: int, length: int) -> bytes:
                start, _, off = next(p for p in places if p[0] <= pa < p[0] + p[1])
                core.seek(off + pa - start)
                return core.read(length)

            for a in said.answers:
                if a.word != "map" or a.start >> 43 == (1 << 21) - 1:
                    continue
                for va in (a.start, a.end - 0x2000):
                    tag, data = struct.unpack(">QQ", read(tsb + ((va >> 13) & mask) * 32, 16))
                    code = data >> 61 & 3
                    assert data >> 63 and tag == va >> 13 + 3 * code << 2 | code, where.name
                    frame = data & (1 << 43) - (1 << 13) & -1 << 13 + 3 * code
                    pa = frame | va & (1 << 13 + 3 * code) - 1
                    assert pa == a.pa + va - a.start, f"{where.name}: {va:x}"


def symbols(where: Path) -> dict[str, int]:
    """The kernel's, by pyelftools."""
    with open(where / "kernel", "rb") as f:
        tables = [s for s in ELFFile(f).iter_sections() if isinstance(s, SymbolTableSection)]
        return {s.name: s["st_value"] for t in tables for s in t.iter_symbols()}


def first_read(where: Path, said: Oracle, sym: dict[str, int], delta: int):
    """A reader of kernel variables before any table is known."""
    core = open_core(where)
    places = loads(core, said)

    def read(name: str, size: int, off: int = 0) -> int:
        pa = sym[name] + off + delta
        for start, length, at in places:
            if start <= pa < start + length:
                core.seek(at + pa - start)
                return int.from_bytes(core.read(size), said.values["byteorder"])
        raise AssertionError(f"{where.name}: {name} at {pa:x} is not in the dump")

    return read


def kernel_delta(said: Oracle, sym: dict[str, int]) -> int:
    """What the oracle's own translation of a kernel variable says."""
    va = sym["ostype"]
    hit = next(a for a in said.answers if a.word == "map" and a.start <= va < a.end)
    return hit.pa - hit.start


def test_roots_are_where_symbols_say(fixtures: list[Path]) -> None:
    """By the same steps as a reader; the place of the kernel is the oracle's."""
    seen = set()
    for where, said in good(fixtures, "elf"):
        sym = symbols(where)
        port = (said.values["os"], said.values["machine"])
        if any(a.word == "map" and a.start <= sym["ostype"] < a.end for a in said.answers):
            read = first_read(where, said, sym, kernel_delta(said, sym))
        else:
            continue
        seen.add((*port, said.values["regime"]))
        reg = said.registers
        if port == ("dragonfly", "x86_64"):
            root, want = read("dumppcb", 8, 64), reg["cr3"]
        elif port[1] == "amd64":
            five = read("KPML5phys", 8) if "KPML5phys" in sym else 0
            assert bool(five) == (said.values["regime"] == "5level"), where.name
            root, want = five or read("KPML4phys", 8), reg["cr3"]
            assert five != read("KPML4phys", 8)
        elif port[1] == "i386":
            pae = said.values["regime"] == "pae"
            if "pae_mode" in sym:
                assert read("pae_mode", 4) == pae
                assert read("IdlePTD_pae" if not pae else "IdlePTD_nopae", 4) == 0
            else:
                assert ("IdlePDPT" in sym) == pae
            name = "IdlePDPT" if pae else "IdlePTD" if "IdlePTD" in sym else "IdlePTD_nopae"
            root, want = read(name, 4), reg["cr3"]
        elif port[1] == "arm":
            root, want = read("kernel_l1pa", 4), reg["ttbr0"]
        elif port[1] == "arm64":
            root, want = sym["pagetable_l0_ttbr1"] + kernel_delta(said, sym), reg["ttbr1"]
        else:
            root, want = read("kernel_pmap_store", 8, 56), reg["satp"]
        assert root & 2**64 - 1 == want, where.name
    assert len(seen) == 11, sorted(seen)


@pytest.mark.parametrize("name", ["freebsd-amd64-4level-delta", "freebsd-arm-armv7",
                                  "freebsd-arm64-4k-delta", "freebsd-riscv-sv39-delta"])
def test_program_header_says_where_the_kernel_lies(name: str, fixtures: list[Path]) -> None:
    where = next(p for p in fixtures if p.name == name)
    said = oracle.parse(where / "oracle")
    with open(where / "core", "rb") as f:
        row = list(ELFFile(f).iter_segments())[-1]
        assert row["p_type"] in (PT_DUMP_DELTA, "PT_DUMP_DELTA")
        assert (row["p_offset"], row["p_filesz"], row["p_memsz"]) == (0, 0, 0)
        assert row["p_paddr"] - row["p_vaddr"] == kernel_delta(said, symbols(where))


@pytest.mark.parametrize("name, at", [
    ("freebsd-amd64-4level-decoy", 0x20_0000), ("freebsd-arm64-4k-decoy", 0x4020_1000)])
def test_decoys_look_like_the_kernel(name: str, at: int, fixtures: list[Path]) -> None:
    where = next(p for p in fixtures if p.name == name)
    said = oracle.parse(where / "oracle")
    with open(where / "kernel", "rb") as f:
        text = next(s for s in ELFFile(f).iter_sections() if s.name == ".text").data()
    with open(where / "core", "rb") as core:
        pa, length, off = next(p for p in loads(core, said) if p[0] <= at < p[0] + p[1])
        core.seek(off + at - pa)
        assert core.read(len(text)) == text
    sym = symbols(where)
    assert kernel_delta(said, sym) != at - sym["start"], "the decoy is the kernel"


def test_unsorted_is_unsorted(fixtures: list[Path]) -> None:
    where = next(p for p in fixtures if p.name == "freebsd-amd64-4level-unsorted")
    with open(where / "core", "rb") as core:
        rows = [r[0] for r in loads(core, oracle.parse(where / "oracle"))]
    assert rows != sorted(rows) and len(rows) > 4


def test_devices(fixtures: list[Path]) -> None:
    """Two equal headers with parity, the trailer last, the dump before it; nothing else counts."""
    versions = set()
    for where in fixtures:
        said = oracle.parse(where / "oracle")
        if said.values.get("device") != "end" or "save" in said.values:
            continue
        data = (where / "device").read_bytes()
        core = where / said.values["file"].split()[1]
        block = 4096 if "4096" in where.name or where.name.endswith("device-zst") else 512
        last = data[-block:][:512]
        version = struct.unpack_from(">I", last, 32)[0]
        versions.add(version)
        f = kerneldump.fields(version)

        def get(name: str) -> int:
            return int.from_bytes(last[f[name].offset : f[name].offset + f[name].size], "big")

        xor = 0
        for (word,) in struct.iter_unpack(">I", last):
            xor ^= word
        assert xor == 0 and get("blocksize") == block, where.name
        extent = get("dumpextent") if "dumpextent" in f else -(-get("dumplength") // block) * block
        begin = len(data) - block - extent
        assert data[begin - block :][:512] == last, where.name
        assert data[begin : begin + get("dumplength")] == core.read_bytes(), where.name
        if core.suffix:
            assert extent >= get("dumplength")
        assert begin - block >= 1 << 16, "the first 64 KiB are never written"
    assert versions == {1, 2, 3, 4}


BASE = """
os = "freebsd"
machine = "amd64"
form = "elf"
regime = "4level"
seed = 1
ram = [{ start = 0x1000, size = 0x4_0000 }, { start = 0x20_0000, size = 0x3_0000 }]
map = [{ va = 0xffff_fe00_0010_0000 }]
"""


@pytest.mark.parametrize("more, words", [
    ("device = { version = 5 }", "5 with blocks of 512"),
    ("device = { version = 4, block = 100 }", "blocks of 100"),
    ('device = { version = 2 }\ncompress = "gz"', "compression"),
    ("device = { version = 1, keysize = 256 }", "key"),
    ("device = { version = 4, header = { no = 1 } }", "header.no: unknown key"),
    ('compress = "xz"', "'xz' is not one of gz, zst"),
    ("port = { load = 0x1000 }", "port.load: 0x1000 is no multiple"),
    ("port = { load = 0x40_0000 }", "is taken, or not in the dump"),
    ('port = { front = "back" }', "'back' is not one of"),
    ("port = { decoy = 0x1000, nonsense = 1 }", "nonsense: unknown key"),
])
def test_nonsense_is_refused(more: str, words: str) -> None:
    with pytest.raises(ScenarioError, match=words):
        make(parse("x", BASE + more))


def test_segments_must_fit_their_file() -> None:
    text = (ROOT / "fixtures" / "freebsd-powerpc-virtual.toml").read_text()
    with pytest.raises(ScenarioError, match="is what the segments take"):
        make(parse("x", text.replace("0x5_7000", "0x5_8000")))
    text = (ROOT / "fixtures" / "freebsd-i386-pae.toml").read_text()
    text = text.replace("start = 0x80_0000", "start = 0x1_0000_0000")
    with pytest.raises(ScenarioError, match="32-bit program header"):
        make(parse("x", text))
