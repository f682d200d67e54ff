# SPDX-License-Identifier: BSD-2-Clause
"""kcore convert: the ELF core against the oracle, and read by gdb and lldb."""

import re
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from dumpgen.hash import content
from elftools.elf.elffile import ELFFile

FULL = 1 << 20      # maps are compared in full up to this size, beyond at both ends

# One of each container, word size, byte order and kind of table.
CONVERTED = [
    "netbsd-amd64-4level", "netbsd-amd64-4level-middle-absent", "netbsd-amd64-4level-cut-page",
    "netbsd-i386-pae", "netbsd-aarch64-4k", "netbsd-aarch64eb-64k", "netbsd-mipseb-segtab",
    "netbsd-powerpc64-oea64", "netbsd-sparc-srmmu", "openbsd-riscv64-linear",
    "freebsd-amd64-pde-v3", "freebsd-amd64-4level", "freebsd-arm64-4k-v3",
    "freebsd-riscv-pte-v2", "freebsd-powerpc64-radix-v2", "freebsd-i386-pae-v2",
]
# What debuggers must read: fixture, and lldb's word for the machine.
DEBUGGED = ["freebsd-amd64-pde-v3", "freebsd-arm64-4k-v3", "freebsd-riscv-pte-v2",
            "freebsd-powerpc64-radix-v2"]


@dataclass
class Oracle:
    """The lines of an oracle that say what memory holds."""

    facts: dict[str, str] = field(default_factory=dict)
    maps: list[tuple[int, int, int]] = field(default_factory=list)
    ram: list[tuple[int, int, list[str]]] = field(default_factory=list)
    exact: list[tuple[int, bytes]] = field(default_factory=list)
    syms: dict[str, int] = field(default_factory=dict)


def oracle(where: Path) -> Oracle:
    """Reads it."""
    o = Oracle()
    for line in (where / "oracle").read_text().splitlines():
        word, *rest = line.split(" ")
        if word == "map":
            o.maps.append((int(rest[0], 16), int(rest[1], 16), int(rest[2], 16)))
        elif word == "ram":
            o.ram.append((int(rest[0], 16), int(rest[1], 16), rest[2:]))
        elif word == "bytes":
            o.exact.append((int(rest[0], 16), bytes.fromhex(rest[1])))
        elif word == "sym":
            o.syms[rest[0]] = int(rest[1], 16)
        elif rest:
            o.facts[word] = rest[-1]
    return o


def expected(o: Oracle, core: bytes, pa: int, size: int) -> list[int | None]:
    """Each byte that memory must hold; None where nobody says."""
    out: list[int | None] = [None] * size
    for start, length, what in o.ram:
        lo, hi = max(start, pa), min(start + length, pa + size)
        if lo >= hi:
            continue
        if what[0] == "hash":
            first = lo & ~7
            data = content(int(o.facts["seed"], 16), first, (hi + 7 & ~7) - first)[lo - first :]
        elif what[0] == "file":
            at = int(what[1], 16) + lo - start
            data = core[at : at + hi - lo]
        elif what[0] == "zero":
            data = bytes(hi - lo)
        else:
            continue
        out[lo - pa : hi - pa] = data[: hi - lo]
    for start, data in o.exact:
        lo, hi = max(start, pa), min(start + len(data), pa + size)
        if lo < hi:
            out[lo - pa : hi - pa] = data[lo - start : hi - start]
    return out


def convert(kcore: Path, where: Path, out: Path) -> subprocess.CompletedProcess:
    """Runs the tool."""
    core = where / oracle(where).facts["file"]
    return subprocess.run([kcore, "convert", "-k", where / "kernel", core, out], text=True,
                          capture_output=True, timeout=120)


class Converted:
    """A converted core, read by pyelftools."""

    def __init__(self, path: Path) -> None:
        self.file = path.read_bytes()
        with path.open("rb") as f:
            elf = ELFFile(f)
            self.header = elf.header
            self.phdrs = [seg.header for seg in elf.iter_segments()]
            self.notes = [n for seg in elf.iter_segments() if seg["p_type"] == "PT_NOTE"
                          for n in seg.iter_notes()]
        self.loads = [p for p in self.phdrs if p.p_type == "PT_LOAD"]

    def read(self, va: int, size: int) -> bytes:
        """Memory at va, which may lie in several segments."""
        out = b""
        while len(out) < size:
            at = va + len(out)
            p = next(p for p in self.loads if p.p_vaddr <= at < p.p_vaddr + p.p_filesz)
            off = at - p.p_vaddr
            n = min(size - len(out), p.p_filesz - off)
            out += self.file[p.p_offset + off :][:n]
        return out


def built(fixtures: Path, name: str) -> Path:
    """A fixture's folder."""
    where = fixtures / name
    assert (where / "oracle").exists(), f"{where}: make fixtures"
    return where


@pytest.mark.parametrize("name", CONVERTED)
def test_memory(kcore: Path, fixtures: Path, tmp_path: Path, name: str) -> None:
    """Every mapped byte is there, nothing else is, and none twice."""
    where = built(fixtures, name)
    o, out = oracle(where), tmp_path / "out.elf"
    done = convert(kcore, where, out)
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    elf = Converted(out)
    assert elf.header.e_type == "ET_CORE"
    assert elf.header.e_ident.EI_CLASS == f"ELFCLASS{o.facts['bits']}"
    assert elf.header.e_ident.EI_DATA == f"ELFDATA2{o.facts['byteorder'][0].upper()}SB".replace(
        "BSB", "MSB")
    assert sum(p.p_memsz for p in elf.loads) == sum(size for _, _, size in o.maps)
    assert all(p.p_memsz == p.p_filesz for p in elf.loads)
    core = (where / o.facts["file"]).read_bytes()
    for va, pa, size in o.maps:
        pieces = [(0, size)] if size <= FULL else [(0, 8192), (size - 8192, 8192)]
        for off, n in pieces:
            got, want = elf.read(va + off, n), expected(o, core, pa + off, n)
            if None in want:
                got = [g if w is not None else None for g, w in zip(got, want)]
            assert list(got) == want, f"{va + off:#x}"
    memory = {(p.p_offset, p.p_filesz) for p in elf.loads}
    assert len(elf.file) <= len(core) + (len(elf.phdrs) + 2 * len(memory) + 4) * 4096


def test_many_segments(kcore: Path, tmp_path: Path) -> None:
    """More than 65535 segments: the gABI's PN_XNUM."""
    scenario = Path(__file__).with_name("many.toml")
    subprocess.run(["/usr/bin/python3", "-m", "dumpgen", "build", scenario, "-o", tmp_path],
                   check=True, timeout=120)
    out = tmp_path / "out.elf"
    assert convert(kcore, tmp_path / "many", out).returncode == 0
    head = out.read_bytes()[:64]
    assert int.from_bytes(head[56:58], "little") == 0xFFFF
    with out.open("rb") as f:
        elf = ELFFile(f)
        count = elf.num_segments()
        assert count > 0x10000
        assert elf.get_segment(count - 1)["p_type"] == "PT_LOAD"
    assert out.stat().st_blocks * 512 < 64 << 20, "zeros are holes"


def test_build_id(kcore: Path, fixtures: Path, tmp_path: Path) -> None:
    """The kernel's build-id is kept."""
    where = built(fixtures, "netbsd-amd64-4level")
    note = tmp_path / "note"
    note.write_bytes(bytes([4, 0, 0, 0, 8, 0, 0, 0, 3, 0, 0, 0]) + b"GNU\0" + b"\1\2\3\4\5\6\7\10")
    kernel = tmp_path / "kernel"
    subprocess.run(["objcopy", f"--add-section=.note.gnu.build-id={note}", where / "kernel", kernel],
                   check=True, timeout=60)
    out = tmp_path / "out.elf"
    subprocess.run([kcore, "convert", "-k", kernel, where / "core", out], check=True, timeout=60)
    notes = [(n["n_type"], n["n_descdata"]) for n in Converted(out).notes if n["n_name"] == "GNU"]
    # pyelftools takes type 3 of a core for NT_PRPSINFO; in the name GNU it is the build-id.
    assert notes == [("NT_PRPSINFO", b"\1\2\3\4\5\6\7\10")]


def test_refusals(kcore: Path, fixtures: Path, tmp_path: Path) -> None:
    """A failure says why, and leaves what was there."""
    where = built(fixtures, "netbsd-amd64-4level")
    out = tmp_path / "out.elf"
    out.write_text("mine")
    command = [kcore, "convert", where / "core", out]
    assert subprocess.run(command, capture_output=True).returncode == 2
    for kernel, core, text in [
        (where / "kernel", where / "kernel", "e_type"),
        (where / "core", where / "core", "not an ELF file"),
        (where / "kernel", tmp_path / "none", "none"),
    ]:
        done = subprocess.run([kcore, "convert", "-k", kernel, core, out], text=True,
                              capture_output=True)
        assert done.returncode == 1 and text in done.stderr, done.stderr
        assert out.read_text() == "mine"
    nowhere = tmp_path / "no" / "out.elf"
    done = subprocess.run([kcore, "convert", "-k", where / "kernel", where / "core", nowhere],
                          text=True, capture_output=True)
    assert done.returncode == 1 and "No such file" in done.stderr
    assert [p.name for p in tmp_path.iterdir()] == ["out.elf"]


def test_full_disk(kcore: Path, fixtures: Path, tmp_path: Path) -> None:
    """A file that cannot grow leaves nothing behind."""
    where = built(fixtures, "netbsd-amd64-4level")
    out = tmp_path / "out.elf"
    limit = f"trap '' XFSZ; ulimit -f 64; exec {kcore} convert -k {where}/kernel {where}/core {out}"
    done = subprocess.run(["bash", "-c", limit], text=True, capture_output=True)
    assert done.returncode == 1 and "File too large" in done.stderr, done.stderr
    assert list(tmp_path.iterdir()) == []


def debugger(command: list[str], *names: str) -> str:
    """The output of the first of several debuggers that is installed."""
    program = next((p for p in map(shutil.which, names) if p), None)
    if program is None:
        pytest.skip(f"none of {', '.join(names)} is installed")
    done = subprocess.run([program, *command], text=True, capture_output=True, timeout=120)
    return done.stdout + done.stderr


@pytest.mark.parametrize("tool", ["gdb", "lldb"])
@pytest.mark.parametrize("name", DEBUGGED)
def test_debugger(kcore: Path, fixtures: Path, tmp_path: Path, name: str, tool: str) -> None:
    """A symbol's address, its text, and memory beside it."""
    where, out = built(fixtures, name), tmp_path / "out.elf"
    assert convert(kcore, where, out).returncode == 0
    o = oracle(where)
    elf, va = Converted(out), o.syms["ostype"]
    text = elf.read(va, 16).split(b"\0")[0].decode()
    assert text == "FreeBSD"
    word = elf.read(va & ~7, 8)
    number = int.from_bytes(word, o.facts["byteorder"])
    if tool == "gdb":
        said = debugger(["-batch", "-nx", "-ex", "set osabi GNU/Linux", "-ex",
                         f"file {where}/kernel", "-ex", f"core-file {out}", "-ex", "x/s &ostype",
                         "-ex", f"x/1xg {va & ~7:#x}"], "gdb-multiarch")
        assert f"{va:#x} <ostype>:\t\"{text}\"" in said, said
        assert f"0x{number:016x}" in said, said
    else:
        said = debugger(["-x", "-b", "-o", f"target create --core {out} {where}/kernel", "-o",
                         "memory read --format s --count 1 `(char*)&ostype`", "-o",
                         f"memory read --format x --size 8 --count 1 {va & ~7:#x}"],
                        "lldb-19", "lldb")
        assert re.search(rf"0x0*{va:x}: \"{text}\"", said), said
        assert f"0x{number:016x}" in said, said


# struct pcb by words, from FreeBSD's sys/*/include/pcb.h (arm: frame.h) and DragonFly's; "-" is what
# a kernel that panics does not save.  The fixture, the words, and what lldb calls some of them.
SAVED = "r15 r14 r13 r12 rbp rsp rbx rip"
SAVED_386 = "edi esi ebp esp ebx eip"
SAVED_ARM64 = "x19 x20 x21 x22 x23 x24 x25 x26 x27 x28 x29 lr"
SAVED_RISCV = "s0 s1 s2 s3 s4 s5 s6 s7 s8 s9 s10 s11"
SAVED_POWER = " ".join(f"r{i}" for i in range(12, 32)) + " cr r1 r2 lr"
PCB = {
    "amd64": ("freebsd-amd64-pde-v3", SAVED, "rip rsp rbx r15"),
    "amd64 to 8": ("freebsd-amd64-pte-v1", "- " * 9 + SAVED, "rip rsp rbx r15"),
    "dragonfly": ("dragonfly-x86_64-pdp-v2", "- " * 9 + SAVED, ""),
    "i386": ("freebsd-i386-pae-v2", SAVED_386, "eip esp ebx edi"),
    "i386 to 9": ("freebsd-i386-32bit-v1", "- " + SAVED_386, "eip esp ebx edi"),
    "i386 between": ("freebsd-i386-32bit-v1", "- " * 4 + SAVED_386, "eip esp ebx edi"),
    "arm64": ("freebsd-arm64-4k-v3", SAVED_ARM64 + " sp", "pc sp lr x19 x28"),
    "arm64 to 13": ("freebsd-arm64-16k-v3", "- " * 19 + SAVED_ARM64 + " - sp", "pc sp lr x19"),
    "arm": ("freebsd-arm-armv7-v2", "r4 r5 r6 r7 r8 r9 r10 r11 r12 sp lr pc", "pc sp lr r4"),
    "armeb": ("freebsd-arm-armv7-v1-big", "r4 r5 r6 r7 r8 r9 r10 r11 r12 sp lr pc", ""),
    "riscv": ("freebsd-riscv-pte-v2", "ra sp gp tp " + SAVED_RISCV, ""),
    "riscv to 12": ("freebsd-riscv-pte-v1", "ra sp gp tp " + "- " * 7 + SAVED_RISCV, ""),
    "powerpc64": ("freebsd-powerpc64-radix-v2", SAVED_POWER, "pc r1 lr r14 r31"),
    "powerpc64le": ("freebsd-powerpc64le-radix-v2", SAVED_POWER, ""),
    "powerpc": ("freebsd-powerpc-virtual", SAVED_POWER, ""),
}
# What Debian's lldb makes of cores of FreeBSD on these.
LLDB_CANNOT = {
    "dragonfly": "lldb knows no cores of DragonFly",
    "armeb": "lldb knows no big-endian arm of FreeBSD",
    "riscv": "lldb 19 takes FreeBSD's notes on riscv64 for those of 32 bits",
    "riscv to 12": "lldb 19 takes FreeBSD's notes on riscv64 for those of 32 bits",
    "powerpc64le": "lldb 19 crashes at cores of FreeBSD on powerpc64le",
    "powerpc": "lldb knows no cores of FreeBSD on 32-bit powerpc",
}
PC, SP, FP = {"rip", "eip", "pc", "lr", "ra"}, {"rsp", "esp", "sp", "r1"}, {"rbp", "ebp", "x29", "s0"}


def panicked(where: Path, to: Path, words: str, pc: int | None = None,
             sp: int | None = None) -> dict[str, int]:
    """A copy of the fixture whose dumppcb holds these registers: their values."""
    shutil.copytree(where, to)
    o = oracle(where)
    core = to / o.facts["file"]
    data = bytearray(core.read_bytes())
    # The page of dumppcb begins with the second half of another variable, which tells where it is.
    page = o.syms["straddle"] + 16
    at = data.index(bytes(range(0xB0, 0xC0)) + bytes(16)) + o.syms["dumppcb"] - page
    size, values = int(o.facts["bits"]) // 8, {}
    moved = int(o.facts.get("kerndisp", "0"), 16)
    for i, name in enumerate(words.split()):
        if name == "-":
            continue
        value = 0x4000_0000 + 0x1_0203 * (i + 1)
        if name in PC:
            value = o.syms["main"] + 8 + moved if pc is None else pc
        elif name in SP | FP:
            value = page - 128 + 16 * (name in FP) + moved if sp is None else sp
        values[name] = value
        data[at + size * i : at + size * (i + 1)] = value.to_bytes(size, o.facts["byteorder"])
    core.write_bytes(data)
    if not PC - {"lr", "ra"} & values.keys():
        values["pc"] = values["lr" if "lr" in values else "ra"]
    return values


@pytest.mark.parametrize("tool", ["gdb", "lldb"])
@pytest.mark.parametrize("name", PCB)
def test_registers(kcore: Path, fixtures: Path, tmp_path: Path, name: str, tool: str) -> None:
    """The debugger shows the registers that the kernel saved."""
    fixture, words, lldb_names = PCB[name]
    where, out = tmp_path / "dump", tmp_path / "out.elf"
    values = panicked(built(fixtures, fixture), where, words)
    done = convert(kcore, where, out)
    assert "registers of the panic" in done.stdout, done.stdout + done.stderr
    if tool == "gdb":
        shown = [x for n in values for x in ("-ex", f"printf \"{n} %llx\\n\", ${n}")]
        said = debugger(["-batch", "-nx", "-ex", "set osabi GNU/Linux", "-ex",
                         f"file {where}/kernel", "-ex", f"core-file {out}", *shown], "gdb-multiarch")
        wanted = values
    elif name in LLDB_CANNOT:
        pytest.skip(LLDB_CANNOT[name])
    else:
        shown = [x for n in lldb_names.split() for x in ("-o", f"register read --format x {n}")]
        said = debugger(["-x", "-b", "-o", f"target create --core {out} {where}/kernel", *shown],
                        "lldb-19", "lldb")
        wanted = {n: values[n] for n in lldb_names.split()}
    for register, value in wanted.items():
        assert re.search(rf"(?m)^ *{register} (= 0x0*)?{value:x}\b", said), f"{register}: {said}"


@pytest.mark.parametrize("name, pc, sp, why", [
    ("amd64", 0xFFFF_FFFF_8060_1000, None, "program counter is 0xffffffff80601000"),
    ("amd64", None, 0xFFFF_FFFF_FFFF_0000, "stack pointer is 0xffffffffffff0000"),
    ("amd64", None, 0xFFFF_FFFF_8020_0010, "stack pointer is 0xffffffff80200010: an address of"),
    ("riscv", None, 0, "stack pointer is 0"),
])
def test_no_registers(kcore: Path, fixtures: Path, tmp_path: Path, name: str, pc: int | None,
                      sp: int | None, why: str) -> None:
    """What cannot be a struct pcb is not shown as one, and the command says why."""
    fixture, words, _ = PCB[name]
    where, out = tmp_path / "dump", tmp_path / "out.elf"
    panicked(built(fixtures, fixture), where, words, pc, sp)
    done = convert(kcore, where, out)
    assert done.returncode == 0 and "no registers: dumppcb at 0x" in done.stdout, done.stdout
    assert why in done.stdout and "registers of the panic" not in done.stdout, done.stdout
    status = next(n for n in Converted(out).notes if n["n_name"] == "CORE")["n_descdata"]
    assert not any(status[112:]), "registers are zeros"
