# SPDX-License-Identifier: BSD-2-Clause
"""Seeds that are a good dump but for one thing, for lines of decoders that no fixture's head leads to.

A row names a scenario and what is changed of its file: fields of the model, and
    cpu     bytes of cpu data that NetBSD's and OpenBSD's headers keep, with c_size to match
    memory  bytes at offsets of the memory behind the header
    end     where the file ends; 20 KiB where nothing is said
    last    the last byte, by which targets choose the kernel
    pack    compressed, by gzip; what is cut off of that
"""

import gzip
import struct
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "gen"))

from dumpgen.model import Model, make  # noqa: E402
from dumpgen.scenario import load  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]
LIMIT = 20 << 10
# Last bytes: FUZZ_FEW and its like of fuzz.h, and what freebsd.c reads without a mapping.
FEW, ELSEWHERE, OTHER, UNMAPPED = 0xF9, 0xFA, 0xFC, 0xF0
Changes = dict[str, object]


def variable(number: int) -> int:
    """Where the number-th symbol of kernel_elf.c is, from where the kernel is linked to."""
    return 0x100 + 16 * number


def be32(*values: int) -> bytes:
    """Big-endian words."""
    return struct.pack(f">{len(values)}I", *values)


def le32(*values: int) -> bytes:
    """Little-endian words."""
    return struct.pack(f"<{len(values)}I", *values)


def le64(*values: int) -> bytes:
    """Little-endian words of 8 bytes."""
    return struct.pack(f"<{len(values)}Q", *values)


DUMPMAG, UVMEXP, PHYSMEM, VA2PA_OFFSET = variable(0), variable(14), variable(15), variable(16)
SYSMAP, SYSMAPSIZE, SYSMAPBASE = variable(17), variable(18), variable(19)
PTDPADDR, CPU_PAE, PTDSIZE = variable(27), variable(28), variable(35)

AMD64, ARM32 = "freebsd-amd64-small", "freebsd-arm-avail32-small"
SUN4, SRMMU, SUN2 = "netbsd-sparc-sun4-small", "netbsd-sparc-srmmu-small", "netbsd-sun2-sun2"
FIRST = {"avail0.end": 0x11_0800, "avail1.start": 0x11_0800}    # two ranges with one page
ALL_BITS = b"\xff" * 64

ROWS: list[tuple[str, Changes]] = [
    # dump_avail and the bitmap
    (AMD64, {"avail0.end": 0x1000}),
    (AMD64, {"avail0.end": 0}),
    (AMD64, {"avail0.end": 1 << 40}),
    (AMD64, {"avail0.end": 0x11_0000, "avail1.start": 0x1000, "avail1.end": 0x2000}),
    (AMD64, {"avail0.end": 0x11_0000, "avail1.start": 0x11_0000, "avail1.end": 0x12_0000}),
    (AMD64, {**FIRST, "avail1.end": 0x11_0C00, "bitmap": b"\x01".ljust(64, b"\0")}),
    (AMD64, {**FIRST, "avail1.end": 0x11_3000, "bitmap": b"\x01".ljust(64, b"\0")}),
    (AMD64, {**FIRST, "avail1.end": 0x11_3000, "bitmap": ALL_BITS}),
    (AMD64, {"bitmapsize": 0}),
    (AMD64, {"pmapsize": 0}),
    (AMD64, {"pmapsize": 0x1001}),
    (AMD64, {"kernbase": 1}),
    (AMD64, {"kernbase": 0xFFFF_8000_0000_0000, "dmapbase": 0xFFFF_F800_0000_0000,
             "dmapend": 0xFFFF_F900_0000_0000}),
    (AMD64, {"pack": 0}),
    (AMD64, {"last": UNMAPPED}),
    ("freebsd-riscv-small", {"kernbase": 0xFFFF_FFC0_0000_0000, "dmapbase": 0xFFFF_FFD0_0000_0000,
                             "dmapend": 0xFFFF_FFF0_0000_0000}),
    ("freebsd-arm64-small", {}),
    (ARM32, {}),
    (ARM32, {"avail0.end": 0}),
    (ARM32, {"avail0.start": 0xFFFF_FFFF, "avail0.end": 1}),
    # NetBSD's and OpenBSD's headers
    *((name, {"cpu": 8}) for name in (
        "netbsd-alpha-alpha", "netbsd-arm-armv7", "netbsd-i386-32bit", "netbsd-mipsel-segtab",
        "netbsd-powerpc-oea", "netbsd-riscv64-sv39", "openbsd-m88k-linear", "openbsd-mips64-sysmap",
        "openbsd-sh-sh-p3", "openbsd-alpha-alpha", "netbsd-sparc64-sun4u", SUN2, SUN4)),
    ("netbsd-amd64-4level", {"ptdpaddr": 0x1000, "nmemsegs": 2, "seg0.start": 0, "seg0.size": 0x1004,
                             "seg1.start": 0x1004, "seg1.size": 0x2000}),
    # Without a kernel, an entry of the top table tells the system.
    *(("openbsd-amd64-4level", {"ptdpaddr": 0x1000, "nmemsegs": 1, "seg0.start": 0x1000 + 8 * 255,
                                "seg0.size": 0x1000, "memory": {8 * slot: le64(0x1001)}, "end": 1024})
      for slot in (0, 1)),
    ("openbsd-amd64-4level", {"ptdpaddr": 0x1000, "nmemsegs": 1, "seg0.start": 0x1000,
                              "seg0.size": 0x1000, "memory": {0: bytes(0x1000)}, "last": OTHER}),
    ("netbsd-mipsel-sysmap", {"seg0.start": 0, "memory": {0x1000 + UVMEXP: le32(4095)}}),
    ("netbsd-mipsel-segtab", {"seg0.start": 0, "sysmappa": 0x2000, "memory": {
        0x1000 + UVMEXP: le32(4096), 0x2000: le32(0x8000_3000) * 1024, 0x3000: le32(0x42) * 1024}}),
    *((f"netbsd-m68k-{kind}", {"seg0.start": 0, "sysseg_pa": 0x2000, "memory": {
        0x2000: be32(0x3002) * 1024, 0x3000: be32(0x4002, 0x3001) * 512, 0x4000: be32(0x3001) * 128}})
      for kind in ("68030", "68040")),
    # The table goes on in pages that it says itself where they are.
    ("netbsd-sun3x-sun3x", {"contig_end": 0xF800_2000, "kernCbase": 0xF800_1FFC}),
    ("netbsd-arm-armv7", {"PAKernelL1Table": 0, "seg0.start": 0,
                          "memory": {4 * 0xC00: le32(0x8000_0C02)}}),
    ("netbsd-arm-armv7", {"last": FEW}),
    *(("openbsd-i386-32bit", {"memory": {
        0x1000 + PTDPADDR: le32(table), 0x1000 + PTDSIZE: le32(size), 0x1000 + CPU_PAE: le32(pae)}})
      for table, size, pae in ((0x3000, 4096, 0), (0x3000, 16384, 1), (0x3004, 4096, 0),
                               (0x3000, 0, 1))),
    ("netbsd-alpha-alpha", {"lev1map_pa": 1}),
    ("openbsd-m88k-linear", {"seg0.size": 1 << 33}),
    ("openbsd-sh-sh-p3", {"kcore_kptp": 3}),
    ("openbsd-arm64-linear", {"seg0.start": 2**64 - 0x1000, "seg0.size": 0x1000, "seg1.size": 0,
                              "seg2.size": 0, "kerneloffs": 0x2000}),
    ("netbsd-gen68k-gen68k", {"tcr": 0x80D0_7750}),
    (SUN2, {"name": b"sun3".ljust(16, b"\0")}),
    (SUN2, {"end": 0x1840}),
    (SUN2, {"pg_valid": 3}),
    (SUN2, {"pg_frame": 5}),
    (SUN2, {"page_size": 0x1000}),
    (SUN2, {"segshift": 60}),
    ("netbsd-sun3-sun3", {"end": 24 << 10}),
    ("netbsd-sun3-sun3", {"end": 26 << 10}),
    ("netbsd-sparc-sun4c-small", {}),
    (SUN4, {"npmeg": 0}),
    (SUN4, {"npmeg": 1 << 20}),
    (SUN4, {"nmemseg": 0}),
    (SRMMU, {"last": FEW}),
    (SRMMU, {"memory": {0x4000 + VA2PA_OFFSET: be32(0xFF00_0000)}}),
    (SRMMU, {"memory": {0x5000 + VA2PA_OFFSET: be32(0xFEFF_F000)}, "end": 24 << 10}),
    ("netbsd-vax-linear", {"last": FEW}),
    ("netbsd-vax-linear", {"last": ELSEWHERE}),
    ("netbsd-vax-linear", {"data.c_size": 16}),
    ("netbsd-hppa-linear", {"data.c_size": 0, "memory": {0x1000 + PHYSMEM: be32(5)}}),
    ("openbsd-hppa-linear", {"data.c_size": 0, "memory": {0x1000 + PHYSMEM: be32(0)}}),
    ("netbsd-hppa-linear", {"data.c_size": 0, "last": FEW}),
]


def change(model: Model, changes: Changes) -> bytes:
    """The head of a model's core file, with changes."""
    head, places = bytearray(model.header.data), model.fields["core"]
    cut = 0
    for name, value in changes.items():
        if name in places:
            f = places[name]
            data = value if isinstance(value, bytes) else value.to_bytes(f.size, f.byteorder)
            head[f.offset:f.offset + len(data)] = data
    if "cpu" in changes:
        size, after = places["cpu.c_size"], places["data.c_midmag"].offset
        start = after - len(model.cpu)
        keep = changes["cpu"]
        head[size.offset:size.offset + 4] = keep.to_bytes(4, size.byteorder)
        del head[start + keep:after]
        cut = 1
    unknown = set(changes) - set(places) - {"cpu", "memory", "end", "last", "pack"}
    if unknown:
        sys.exit(f"wrong.py: {model.scn.name}: no field {', '.join(unknown)}: there are "
                 f"{', '.join(places)}")
    out = bytearray(changes.get("end", min(LIMIT, len(head) + model.memory.size)))
    n = min(len(head), len(out))
    out[:n] = head[:n]
    for off, data in model.memory.written():
        at = len(head) + off
        if at < len(out) and not cut:
            out[at:at + len(data)] = data[:len(out) - at]
    for off, data in changes.get("memory", {}).items():
        out[len(head) + off:len(head) + off + len(data)] = data
    if "last" in changes:
        out[-1] = changes["last"]
    if "pack" in changes:
        packed = gzip.compress(bytes(out), mtime=0)
        return packed[:len(packed) - changes["pack"]]
    return bytes(out)


def wrong() -> list[tuple[str, str, bytes]]:
    """All rows: target, name, bytes."""
    models: dict[str, Model] = {}
    out = []
    for number, (name, changes) in enumerate(ROWS):
        if name not in models:
            small = ROOT / "tests" / "fuzz" / "small" / f"{name}.toml"
            models[name] = make(load(small if small.exists() else ROOT / "fixtures" / f"{name}.toml"))
        out.append((name.split("-")[0], f"{name}-{number:02d}-" + "-".join(changes),
                    change(models[name], changes)))
    return out
