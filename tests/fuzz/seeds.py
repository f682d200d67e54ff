# SPDX-License-Identifier: BSD-2-Clause
"""Cuts seeds of a few KiB out of fixtures, and writes dictionaries: seeds.py [--dist] FIXTURES OUT [KERNELS].

--dist: for others, by system and machine, each with a kernel; else by target.

Headers, page maps and the first memory are kept; what lies behind is missing, as in a truncated
dump.  A dump device keeps its end.
"""

import gzip
import shutil
import struct
import sys
import tarfile
import tempfile
from pathlib import Path

try:
    import zstandard
except ImportError:
    zstandard = None

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "gen"))

from dumpgen import kerneldump  # noqa: E402
from dumpgen.build import build  # noqa: E402
from dumpgen.port import freebsdpower  # noqa: E402
from dumpgen.scenario import load  # noqa: E402

import fullcores  # noqa: E402
import wrong  # noqa: E402

LIMIT = 20 << 10
HASHED = 38             # regime of the target mmu
SECTOR = 512
HEADER = 2 * SECTOR
DEVICE_HEAD = 4 << 10
DEVICE_LOOK = 1 << 20

DICTIONARY = {
    "netbsd": [b"\x00\x9d\x8f\xca", b"\x04\x00\x8f\xac", b"\x08\x00\x8f\xac"],
    "openbsd": [b"\x00\x9d\x8f\xca", b"\x04\x00\x8f\xac", b"\x08\x00\x8f\xac"],
    "freebsd": [
        b"\x7fELF", b"minidump FreeBSD/amd64\0\0", b"minidump FreeBSD/i386\0\0\0",
        b"minidump FreeBSD/arm64\0\0", b"minidump FreeBSD/riscv\0\0", b"minidump FreeBSD/mips\0\0\0",
        b"minidump FreeBSD/arm\0\0\0\0", b"minidump FreeBSD/powerpc64", b"mmu_radix", b"mmu_g5",
        b"mmu_phyp", b"FreeBSD Kernel Dump\0", b"Cleared Kernel Dump\0", b"TextDump", b"ustar",
        b"\x00\xd0\xb5\x6f",
    ],
    "dragonfly": [b"\x7fELF", b"minidump DFlyBSD/x86-64\0", b"minidump FreeBSD/amd64\0\0"],
    "variables": [b"\x7fELF", b"\x29\x8f\x0d\x3e", b"cpuid_to_pcpu", b"dpcpu_off", b"swtailq"],
    "kernel": [b"\x7fELF", b"NetBSD\0\0", b"GNU\0", b".symtab", b".debug_info"],
}


def write(path: Path, data: bytes) -> None:
    """Writes a file below a folder that it makes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def containers(fixtures: Path, out: Path) -> None:
    """The heads of cores and devices, one of a kind of damage each."""
    for directory in sorted(fixtures.iterdir()):
        target = directory.name.split("-")[0]
        for name in ("core", "device"):
            file = directory / name
            if target not in DICTIONARY or not file.is_file():
                continue
            with file.open("rb") as f:
                if name == "device":
                    f.seek(0, 2)
                    size = f.tell()
                    f.seek(max(0, size - DEVICE_HEAD))
                    tail = f.read()
                    # A small device whose two headers still agree cannot be cut: both parts.
                    if target in ("freebsd", "dragonfly"):
                        write(out / target / f"{directory.name}-end", tail)
                    # Before NetBSD's header, in a block of the disk, is anything.
                    f.seek(0)
                    at = f.read(DEVICE_LOOK).find(b"\x8f\xca")
                    f.seek(max(0, at - 2))
                else:
                    f.seek(0)
                head = f.read(LIMIT)
            write(out / target / f"{directory.name}-{name}", head)
            if name == "core" and "-bad-" not in directory.name:
                write(out / "convert" / directory.name, head)
            write(out / "header" / f"{directory.name}-{name}", head[:HEADER])


def small(out: Path) -> None:
    """Heads of minidumps whose header, bitmap and page map are whole in them."""
    for path in sorted((Path(__file__).parent / "small").glob("*.toml")):
        with tempfile.TemporaryDirectory() as scratch:
            with (build(load(path), Path(scratch)) / "core").open("rb") as f:
                head = f.read(LIMIT)
        for target in (path.stem.split("-")[0], "convert"):
            for end in (0, 1):      # by which the target chooses the kernel
                write(out / target / f"{path.stem}-{end}", head[:-1] + bytes([end]))


def kernels(fixtures: Path, out: Path) -> None:
    """One kernel file of each system and machine."""
    seen = set()
    for directory in sorted(fixtures.iterdir()):
        kind, file = "-".join(directory.name.split("-")[:2]), directory / "kernel"
        if kind not in seen and file.is_file():
            seen.add(kind)
            write(out / "kernel" / kind, file.read_bytes())


def tables(out: Path) -> None:
    """Input of the target mmu: each regime over a few tables that point to each other."""
    for regime in range(45):
        for width, order in ((8, "<"), (4, "<"), (8, ">"), (4, ">")):
            memory = bytearray(0x4000)
            for table in range(4):
                for i in range(0, 0x1000 // width, 37):
                    entry = ((table + i) % 4) << 12 | (3 if i % 2 else 0x67)
                    if width == 8 and order == ">":
                        entry |= 1 << 63
                    struct.pack_into(order + ("Q" if width == 8 else "I"), memory,
                                     table * 0x1000 + i * width, entry)
            head = struct.pack("<BQ4Q", regime, 0x1000 | (8 << 60 if regime == 22 else 0),
                               0x25, 0x2000, 0xFFFFFFFF80000000, 0xC0001000)
            write(out / "mmu" / f"{regime:02d}-{width}{'lb'[order == '>']}", head + memory)


def hashed(groups: int) -> bytes:
    """The first so many groups of a hashed page table of FreeBSD/powerpc64's kernel, of 2048."""
    out = bytearray(groups * 128)
    for i in range(3 * groups):
        second, group = i % 3 == 0, i % groups
        vsid = freebsdpower.vsid(0xE_0000_0000 | i % 7)
        # The page whose hash (Power ISA 2.07, Book III-S, 5.7.7) leads to this group.
        page = (vsid ^ (~group if second else group)) & 0x7FF | i % 5 << 11
        pte = (vsid << 12 | page >> 11 << 7 | (3 if second else 1), i % 6 << 12 | i % 4)
        struct.pack_into(">QQ", out, group * 128 + 16 * (i // groups), *pte)
    return bytes(out)


def powerpc64(out: Path) -> None:
    """Minidumps of FreeBSD/powerpc64, which the target freebsd pads with zeros: both kinds of table,
    both byte orders, linked where it runs and below.  And the table for the target mmu."""
    dmap, kernel = 0xC000 << 48, 0xE000 << 48
    for order in "<>":
        for name, pmap in ((b"mmu_g5", 1 << 18), (b"mmu_radix", 1 << 16)):
            for moved, size in ((0, 1 << 35), (0x2000, 1 << 35), (0x2000_0000_0010_0100, 1 << 35),
                                (0, 0)):
                head = struct.pack(
                    order + "32s32s4I4QI4xQQI", b"minidump FreeBSD/powerpc64", name, 1, 0, 4096, pmap,
                    kernel, kernel + size, dmap, dmap + (1 << 50), 1, dmap + 0x10_0100 + moved,
                    dmap + 0x210_0100, 0)
                data = head.ljust(4096, b"\0") + b"\xff".ljust(4096, b"\0") + hashed(96)
                write(out / "freebsd" / f"powerpc64-{'lb'[order == '>']}-{name.decode()}-{moved:x}-{size:x}",
                      data)
    head = struct.pack("<BQ4Q", HASHED, 0, *(kernel | n << 12 for n in (0, 5, 0x10000, 0x20003)))
    write(out / "mmu" / f"{HASHED}-hashed", head + hashed(120))


def media(out: Path) -> None:
    """Dump devices that are whole: each version and kind of the header, and what is wrong about them."""
    size, block = 1024, 512
    kinds: dict[str, dict[str, int | str]] = {
        "dump": {}, "text": {"magic": kerneldump.TEXTDUMP.decode()},
        "cleared": {"magic": kerneldump.CLEARED.decode()}, "key": {"dumpkeysize": block},
        "gzip": {"compression": 1}, "unknown": {"compression": 9}, "extent": {"dumpextent": 1 << 40},
        "rounds": {"dumpextent": 2**64 - 1}, "length": {"dumplength": size + 1}, "block": {"blocksize": 1024},
        "future": {"version": 5},
    }

    def header(version: int, values: dict[str, int | str]) -> bytes:
        return bytes(kerneldump.pack(version, {
            "magic": kerneldump.MAGIC.decode(), **kerneldump.names("freebsd", "amd64", "little"),
            "blocksize": block, "dumplength": size, "dumpextent": size, **values}))

    for version in range(1, 5):
        for kind, values in kinds.items():
            head = header(version, values)
            device = head + bytes(size + int(values.get("dumpkeysize", 0))) + head
            # What begins with the header is refused before its end is looked at.
            write(out / "freebsd" / f"medium-{version}-{kind}-behind", b"\1" * block + device)
            for target in ("freebsd", "dragonfly", "header"):
                write(out / target / f"medium-{version}-{kind}", device)
        good = header(version, {})
        other = bytearray(good)
        other[100] ^= 1
        write(out / "freebsd" / f"medium-{version}-differ", bytes(other) + bytes(size) + good)
        # savecore(8) leaves the parity as it was; and one that never was right.
        for name, head in (("saved", good), ("saved-damaged", bytes(other))):
            write(out / "freebsd" / f"medium-{version}-{name}",
                  good + bytes(size) + kerneldump.CLEARED.ljust(20, b"\0") + head[20:])
        # powerpc's kernels alone leave it there when they dump over a network.
        write(out / "freebsd" / f"medium-{version}-elf",
              good + dict(fullcores.cores())["amd64"] + bytes([wrong.OTHER]))


def sparc64(out: Path) -> None:
    """FreeBSD/sparc64: a region with its TSB behind the headers, and numbers that do not fit."""
    at, tsb, pa = 64, 8192, 0x4000_0000
    good = {"size": at, "tsb": pa, "tsb_size": tsb, "mask": tsb // 32 - 1, "n": 1, "pa": pa,
            "len": 2 * 8192, "off": at}
    rows: list[dict[str, int]] = [
        {}, {"n": 0}, {"n": 1 << 31}, {"size": 63}, {"size": 1 << 40}, {"mask": 1 << 20}, {"tsb_size": 33},
        {"tsb": 0x2000}, {"len": 2**64 - 1, "pa": pa}, {"off": 2**63}, {"len": 0}, {"mask": 0xFD}]
    for number, row in enumerate(rows):
        v = good | row
        head = struct.pack(">4QI4x3Q", v["size"], v["tsb"], v["tsb_size"], v["mask"], v["n"], v["pa"],
                           v["len"], v["off"])
        page = 0xC000_0000 >> 13
        tte = struct.pack(">2Q16x", page << 2, 1 << 63 | pa)
        memory = bytearray(2 * 8192)
        memory[page % 256 * 32:page % 256 * 32 + 32] = tte
        for end in (0, 1):      # by which the target chooses the kernel
            write(out / "freebsd" / f"sparc64-{number}-{end}", head + memory[:-1] + bytes([end]))
        write(out / "header" / f"sparc64-{number}", head + memory[:HEADER - at])


def by_variables(out: Path) -> None:
    """Dumps whose kernels' variables lead on; the target's kernels have them 16 bytes apart."""
    def variable(number: int) -> int:
        return 0x1100 + 16 * number

    # OpenBSD/mips64: uvmexp begins with the page size; Sysmap, Sysmapsize, Sysmapbase.
    few, kseg = wrong.FEW, 0xFFFFFFFF80002000
    for order, size, sysmap, count, base, end, last in (
            ("<", 4096, kseg, 64, 0xFFFFFFFFC0000000, 0x3000, 0),
            (">", 16384, 0x98 << 56 | 0x2000, 64, 3 << 62, 0x3000, 0),
            ("<", 4095, kseg, 64, 0, 0x3000, 0), ("<", 4096, 0x1000, 64, 0, 0x3000, 0),
            (">", 4096, kseg, 1 << 30, 3 << 62, 0x3000, 0), ("<", 4096, kseg, 64, 1, 0x3000, 0),
            ("<", 4096, kseg, 64, 0, 0x3000, few), ("<", 4096, kseg, 64, 0, variable(18), 0),
            ("<", 4096, kseg, 64, 0, variable(19), 0)):
        memory = bytearray(0x3000)
        struct.pack_into(order + "I", memory, variable(14), size)
        for number, form, value in ((17, "Q", sysmap), (18, "I", count), (19, "Q", base)):
            struct.pack_into(order + form, memory, variable(number), value)
        for i in range(0, 0x1000, 8):
            struct.pack_into(order + "Q", memory, 0x2000 + i, i % 3 << 9 | 0x42)
        memory[-1] = last
        cpu = struct.pack(order + "Qi4x2Q", 0, 0, 0, end).ljust(504, b"\0")
        image = (b"\x00\x9e\x8f\xca" + struct.pack(order + "HHI4x", 16, 8, 2) +
                 b"\x04\x00\x8f\xac" + struct.pack(order + "I", len(cpu)) + cpu +
                 b"\x08\x00\x8f\xac" + struct.pack(order + "I", len(memory)) + memory)
        name = f"mips64-{'lb'[order == '>']}-{size:x}-{sysmap:x}-{count:x}-{base:x}-{end:x}-{last:x}"
        write(out / "openbsd" / name, image)
    # FreeBSD/arm: physaddr is what it is named by, and kernel_l1pa the table's address.
    for order, root in (("<", 0xC0000000), (">", 0xC0000000), ("<", 0xC0000004), ("<", 0)):
        memory = bytearray(0x4000)
        physaddr = 0xC0000000 + variable(34)
        struct.pack_into(order + "I", memory, variable(20) + physaddr - 0xC0001000, root)
        struct.pack_into(order + "I", memory, 0xC00 * 4, 0xC0000402)
        head = b"\x7fELF\x01" + bytes([1 + (order == ">"), 1]) + bytes(9)
        head += struct.pack(order + "HHIIIIIHHHHHH", 4, 40, 1, 0, 52, 0, 0, 52, 32, 1, 0, 0, 0)
        head += struct.pack(order + "8I", 1, 84, 0, 0xC0000000, 0x4000, 0x4000, 4, 4096)
        for last in (0, few):
            memory[-1] = last
            write(out / "freebsd" / f"arm-{'lb'[order == '>']}-{root:x}-{last:x}", head + memory)


LINKED = ("missing", "path", "cut")  # .gnu_debuglink: good, with a folder, without its CRC


def debug(folder: Path, out: Path) -> None:
    """The small kernels with debug information, DWARF, CTF or in another file, of tests/unit."""
    for name in ("amd64", "amd64-nodebug", "amd64-ctf", "dragonfly", "powerpc", "powerpc-ctf", "powerpc64",
                 "powerpc64-ctf", "aarch64", "aarch64-ctf", "mips", "mips-ctf", *LINKED):
        file = folder / (f"linked/{name}/kernel" if name in LINKED else f"freebsd-{name}")
        if not file.is_file():
            print(f"seeds.py: {file} is not there: make unit-kernels", file=sys.stderr)
            continue
        read = not name.startswith(("aarch64", "mips")) and name not in LINKED
        for target in ("kernel", *(["variables"] if read else [])):
            write(out / target / f"debug-{name}", file.read_bytes())


def arm64_16k() -> bytes:
    """Memory at 1 GiB with a kernel of FreeBSD/arm64 whose one table of 16 KiB maps itself, at each level."""
    root = 0x1000 + wrong.variable(12)      # pagetable_l0_ttbr1
    memory = bytearray(0x4000)
    for at in (0, root):
        struct.pack_into("<Q", memory, at, 0x4000_0403)
    return bytes(memory)


def raw(out: Path) -> None:
    """Input of the target raw: each kernel and regime over tables that point to each other."""
    zeros = bytes(8192)
    # Widths, page frames, sizes and bases that are rare or cannot be; a kernel of a system without a port.
    for name, kernel, regime, vabits, root, base, memory in (
            ("vabits", 0, 5, 60, 0x1000, 0, zeros), ("52bits", 0, 5, 52, 0x1000, 0, zeros),
            ("frame", 0, 14, 0, 1 << 51, 0, zeros),
            ("empty", 0, 1, 0, 0x1000, 0, b""), ("past", 0, 1, 0, 0x1000, 2**64 - 1, zeros),
            ("systems", 12, 0, 0, 0, 0, zeros), ("arm64-16k", 7, 0, 0, 0, 0x4000_0000, arm64_16k())):
        write(out / "raw" / name, struct.pack("<BBBQQ", kernel, regime, vabits, root, base) + memory)
    for kernel, regime in [(k, 0) for k in range(12)] + [(0, r) for r in range(1, 19)] + [(9, 16), (10, 16)]:
        memory = bytearray(0x4000)
        big = kernel in (6, 10, 11) or regime == 15
        for table in range(4):
            for i in range(0, 512, 37):
                entry = ((table + i) % 4) << 12 | (0x403 if i % 2 else 0x67)
                struct.pack_into(">I" if big else "<Q", memory, table * 0x1000 + i * 8, entry)
        root = 8 << 60 | 1 if regime in (11, 12, 13) else 0x1000
        head = struct.pack("<BBBQQ", kernel, regime, 0 if regime < 5 else 39, root, 0)
        write(out / "raw" / f"{kernel:02d}-{regime:02d}", head + memory)


def compressed(fixtures: Path, out: Path) -> None:
    """Heads of cores, as FreeBSD's savecore(8) and kernels compress them."""
    for name in ("freebsd-amd64-4level", "netbsd-amd64-4level", "openbsd-amd64-4level"):
        core = fixtures / name / "core"
        if not core.is_file():
            continue
        with core.open("rb") as f:
            head = f.read(LIMIT)
        target = out / name.split("-")[0]
        packed = gzip.compress(head, mtime=0)
        write(target / f"{name}.gz", packed)
        write(target / f"{name}-members.gz", packed + gzip.compress(head[:4096], mtime=0))
        write(target / f"{name}-cut.gz", packed[:-9])
        if zstandard is not None:
            whole = zstandard.ZstdCompressor(write_checksum=True).compress(head)
            write(target / f"{name}.zst", whole)
            write(target / f"{name}-frames.zst",
                  whole + zstandard.ZstdCompressor(write_content_size=False).compress(head[:4096]))


def corpora(out: Path) -> None:
    """What make fuzz-corpus kept of earlier runs."""
    for archive in sorted((Path(__file__).parent / "corpus").glob("*.tar.xz")):
        with tarfile.open(archive) as tar:
            for member in tar:
                data = tar.extractfile(member) if member.isfile() else None
                if data is not None:
                    target, name, text = archive.name.split(".")[0], Path(member.name).name, data.read()
                    write(out / target / f"corpus-{name}", text)
                    # To that target only whole sectors are a disk.
                    if target == "header" and len(text) % SECTOR != 0:
                        write(out / target / f"disk-{name}", text + bytes(-len(text) % SECTOR))


def calls(out: Path) -> None:
    """Input of the target api: a mode, and calls of 12 bytes."""
    for mode in range(4):
        data = bytes([mode]) + b"".join(
            struct.pack("<BBHII", op, 0x67 if op < 7 else 2 * n + mode % 2, 8 + op, n * 0x1234, n)
            for n in range(4)
            for op in range(8))
        write(out / "api" / f"mode{mode}", data)
        # The page's entry, by the 2 MiB page that maps physical 0 on, is changed between two reads.
        page, entry = 0x100 << 2, 0x5100 << 2 | 2
        data = bytes([mode]) + b"".join(struct.pack("<BBHII", *call) for call in (
            (0, 0, 8, page, 0), (1, 4, 4, entry, 0x100003), (0, 0, 8, page, 0)))
        write(out / "api" / f"table{mode}", data)


def dictionaries(out: Path) -> None:
    """libFuzzer's and AFL++'s form."""
    for target, words in DICTIONARY.items():
        lines = ('"' + "".join(f"\\x{b:02x}" for b in word) + '"' for word in words)
        write(out / target, ("\n".join(lines) + "\n").encode())


def dist(fixtures: Path, out: Path) -> None:
    """Cores and devices by OUT/seeds/SYSTEM-MACHINE, OUT/kernels/SYSTEM-MACHINE, OUT/dict/SYSTEM."""
    for directory in sorted(fixtures.iterdir()):
        system = directory.name.split("-")[0]
        kind = "-".join(directory.name.split("-")[:2])
        for file in (directory / "core", directory / "device"):
            if system in DICTIONARY and file.is_file() and (directory / "kernel").is_file():
                with file.open("rb") as f:
                    write(out / "seeds" / kind / f"{directory.name}-{file.name}", f.read(LIMIT))
                if not (out / "kernels" / kind).exists():
                    write(out / "kernels" / kind, (directory / "kernel").read_bytes())
    dictionaries(out / "dict")


def main() -> None:
    """Writes OUT/seeds/TARGET/* and OUT/dict/TARGET."""
    if sys.argv[1] == "--dist":
        dist(Path(sys.argv[2]), Path(sys.argv[3]))
        return
    fixtures, out = Path(sys.argv[1]), Path(sys.argv[2])
    shutil.rmtree(out / "seeds", ignore_errors=True)    # those of earlier versions
    if fixtures.is_dir():
        containers(fixtures, out / "seeds")
        compressed(fixtures, out / "seeds")
        kernels(fixtures, out / "seeds")
    else:
        print(f"seeds.py: {fixtures}: no fixtures: only generated seeds", file=sys.stderr)
    tables(out / "seeds")
    raw(out / "seeds")
    powerpc64(out / "seeds")
    media(out / "seeds")
    sparc64(out / "seeds")
    for name, data in fullcores.cores():
        write(out / "seeds" / "freebsd" / f"core-{name}", data)
    by_variables(out / "seeds")
    small(out / "seeds")
    for target, name, data in wrong.wrong():
        write(out / "seeds" / target / name, data)
        if len(data) <= HEADER:
            write(out / "seeds" / "header" / name, data)
    if len(sys.argv) > 3:
        debug(Path(sys.argv[3]), out / "seeds")
    corpora(out / "seeds")
    calls(out / "seeds")
    dictionaries(out / "dict")


if __name__ == "__main__":
    main()
