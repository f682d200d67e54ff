# SPDX-License-Identifier: BSD-2-Clause
"""FreeBSD's full dumps in a page or two: the kernel's variables lead to page tables, or do not.

A table that points at itself is the table of each level, as each level looks at another entry.
"""

import struct

from wrong import FEW, OTHER, variable

I386, AARCH64, X86_64, RISCV = 3, 183, 62, 243
BASE, BASE32 = 0xFFFF_FFFF_8000_1000, 0xC000_1000   # where the targets' kernels are linked to
TEXT, CODE = 0x120, 0x400                           # bytes of them: in the file, and in memory
KPML4, PAE_MODE, IDLE_NOPAE, IDLE_PDPT = variable(3), variable(11), variable(9), variable(10)
PM_SATP = variable(30) + 56                         # of kernel_pmap_store


def elf(bits: int, order: str, machine: int, segments: list[tuple[int, bytes]]) -> bytes:
    """A core of these segments, by physical address (System V gABI, chapters 4 and 5)."""
    wide = bits == 64
    ehsize, phsize, word = (64, 56, "Q") if wide else (52, 32, "I")
    out = b"\x7fELF" + bytes([bits // 32, 1 + (order == ">"), 1]) + bytes(9)
    out += struct.pack(f"{order}HHI3{word}I6H", 4, machine, 1, 0, ehsize, 0, 0, ehsize, phsize,
                       len(segments), 0, 0, 0)
    at = ehsize + phsize * len(segments)
    for pa, data in segments:
        numbers = (at, 0, pa, len(data), len(data))
        out += struct.pack(f"{order}II5QQ", 1, 4, *numbers, 4096) if wide else \
            struct.pack(f"{order}I5III", 1, *numbers, 4, 4096)
        at += len(data)
    return out + b"".join(data for _, data in segments)


def memory(size: int, words: dict[int, int], form: str = "<Q") -> bytes:
    """Zeros, with words at offsets."""
    out = bytearray(size)
    for at, value in words.items():
        struct.pack_into(form, out, at, value)
    return bytes(out)


def code(machine: int) -> bytes:
    """What kernel_elf.c has in the one segment of a 64-bit kernel: its headers, and ostype."""
    out = b"\x7fELF\x02\x01\x01" + bytes(9)
    out += struct.pack("<HHI3QI6H", 2, machine, 1, BASE, 64, 0x600, 0, 64, 56, 1, 64, 4, 3)
    out += struct.pack("<II6Q", 1, 5, 0, BASE, BASE, TEXT, CODE, 4096)
    out = out.ljust(variable(1), b"\0") + b"FreeBSD"
    return out.ljust(TEXT, b"\0")


def amd64() -> dict[str, bytes]:
    """By kernbase, and by a search of each 2 MiB: with the code, without, and cut."""
    def core(*segments: tuple[int, bytes]) -> bytes:
        return elf(64, "<", X86_64, list(segments))

    def table(at: int, page: int) -> dict[int, int]:
        """A table at an address, and the page behind it that BASE leads to."""
        return {8 * 511: at | 3, 8 * 510: at | 3, 0: at | 3, 8: page | 3}

    gib = 1 << 30
    there = memory(0x2000, {**table(gib, gib + 0x1000), 0x1000 + KPML4: gib})
    sure = there[:0x1000] + code(X86_64) + there[0x1000 + TEXT:]
    low = {0x1000 + at: value for at, value in table(0x1000, 0).items()}
    return {
        "amd64": core((0, memory(0x2000, {KPML4: 0x1000, **low}))),
        "amd64-moved": core((gib, there)),
        "amd64-code": core((gib, bytes(0x1000) + code(X86_64))),
        "amd64-sure": core((gib, sure)),
        "amd64-sure-two": core((gib, sure[:0x1100]), (gib + 0x1100, sure[0x1100:])),
        "amd64-sure-cut": core((gib, sure[:0x1100]), (gib + 0x1000 + TEXT, sure[0x1000 + TEXT:])),
        "amd64-top": core((2**64 - 0x1000, bytes(0x1000))),
        "amd64-between": core((KPML4 + 8, bytes(0x1000))),
        "amd64-few": core((gib, there[:-1] + bytes([FEW]))),
        "amd64-cut": core((gib, there))[:60],
    }


def i386() -> dict[str, bytes]:
    """Both formats of a kernel that has both, and what is no table; older kernels."""
    def core(pa: int, words: dict[int, int], last: int = 0) -> bytes:
        return elf(32, "<", I386, [(pa, memory(0x3000, words, "<I")[:-1] + bytes([last]))])

    table = BASE32 + 0x1000
    return {
        "i386": core(BASE32, {IDLE_NOPAE: table}),
        "i386-pae": core(BASE32, {PAE_MODE: 1, IDLE_PDPT: table}),
        "i386-0": core(BASE32, {}),
        "i386-odd": core(BASE32, {PAE_MODE: 1, IDLE_PDPT: table + 8}),
        "i386-absent": core(BASE32, {IDLE_NOPAE: 0x7000_0000}),
        "i386-cut": elf(32, "<", I386, [(BASE32 + PAE_MODE, bytes(0x1000))]),
        "i386-few": core(0, {IDLE_PDPT: 0x1000}, FEW),
    }


def riscv() -> dict[str, bytes]:
    """Sv39: a satp that is one, and what is none."""
    gib = 1 << 30
    pointer = gib >> 2 | 1
    words = {8 * 510: pointer, 0: pointer, 8: (gib + 0x1000) >> 2 | 0xF,
             0x1000 + PM_SATP: 8 << 60 | gib >> 12}
    return {
        "riscv": elf(64, "<", RISCV, [(gib, memory(0x2000, words))]),
        "riscv-last": elf(64, "<", RISCV, [(2**64 - 0x20_0000, bytes(0x2000))]),
        "riscv-linked": elf(64, "<", RISCV, [(BASE, memory(0x1000, {PM_SATP: 3 << 60}))]),
    }


def cores() -> list[tuple[str, bytes]]:
    """All: name and bytes."""
    other = bytes(0x100) + bytes([OTHER])
    return [*(amd64() | i386() | riscv()).items(),
            ("arm64", elf(64, "<", AARCH64, [(1 << 30, bytes(0x2000))])),
            ("arm64-high", elf(64, "<", AARCH64, [(1 << 60, bytes(0x2000))])),
            ("other-class", elf(32, "<", I386, [(0, other)])),
            ("other-order", elf(64, ">", X86_64, [(0, other)])),
            ("other-machine", elf(64, "<", AARCH64, [(0, other)])),
            ("ident", b"\x7fELF\x01\x01"),
            ("unknown", b"X" + other)]
