# SPDX-License-Identifier: BSD-2-Clause
"""QEMU's own lists of mappings: `info tlb` of x86 and m68k, `info mem` of RISC-V."""

from __future__ import annotations

import re

from .qemu import MachineError, Qemu

Leaf = tuple[int, int, int, str]        # va, pa, bytes, prot
PAGE = 4096


def merge(leaves: list[Leaf]) -> list[Leaf]:
    """Neighbours that go on in va, pa and prot become one."""
    found: list[Leaf] = []
    for va, pa, size, prot in sorted(leaves):
        if found:
            v, p, s, o = found[-1]
            if (v + s, p + s, o) == (va, pa, prot):
                found[-1] = (v, p, s + size, o)
                continue
        found.append((va, pa, size, prot))
    return found


def _x86(qemu: Qemu, bits: int) -> list[Leaf]:
    """A line a leaf, with the leaf's own flags: X means no execution."""
    found = []
    for line in qemu.monitor("info tlb").splitlines():
        match = re.match(r"([0-9a-f]+): ([0-9a-f]+) (\S{9})$", line.strip())
        if match is None:
            raise MachineError(f"info tlb: cannot read {line!r}")
        found.append((int(match.group(1), 16) & (1 << bits) - 1,
                      int(match.group(2), 16) & 0x000FFFFFFFFFF000, match.group(3)))
    found.sort()
    # `info tlb` does not tell the sizes of large pages: gva2gpa knows.
    sizes = [1 << 30] if bits == 64 else [4 << 20]
    large = [(va, pa) for va, pa, flags in found if "P" in flags]
    size_of = {}
    starts = {va for va, _, _ in found}
    for size in sizes:
        rest = [(va, pa) for va, pa in large if va not in size_of and
                va % size == 0 and pa % size == 0 and
                not any(va + step in starts for step in (PAGE, 2 << 20) if step < size)]
        answers = qemu.gva2gpa([va + size - 1 for va, _ in rest])
        size_of |= {va: size for (va, pa), last in zip(rest, answers, strict=True)
                    if last == pa + size - 1}
    return [(va, pa, size_of.get(va, 2 << 20) if "P" in flags else PAGE,
             "r" + ("w" if "W" in flags else "-") + ("-" if "X" in flags else "x"))
            for va, pa, flags in found]


def _riscv(qemu: Qemu, bits: int) -> list[Leaf]:
    """vaddr paddr size attr, merged by QEMU."""
    found = []
    for line in qemu.monitor("info mem").splitlines():
        match = re.match(r"([0-9a-f]+) ([0-9a-f]+) ([0-9a-f]+) (\S+)$", line.strip())
        if match:
            attr = match.group(4)
            found.append((int(match.group(1), 16), int(match.group(2), 16),
                          int(match.group(3), 16),
                          "".join(c if c in attr else "-" for c in "rwx")))
    return found


def _m68k(qemu: Qemu, bits: int) -> list[Leaf]:
    """Ranges from the supervisor's root; the user's root is the same tree.  W: write-protected."""
    text = qemu.monitor("info tlb")
    found = set()
    for line in text.splitlines():
        match = re.search(r"([0-9a-f]{8}) - ([0-9a-f]{8}) -> ([0-9a-f]{8}) - ([0-9a-f]{8}) (.*)$",
                          line, re.I)
        if match:
            va, last, pa = (int(match.group(i), 16) for i in (1, 2, 3))
            found.add((va, pa, last - va + (0 if last % PAGE == 0 else 1),
                       "r-x" if match.group(5).startswith("W") else "rwx"))
    return sorted(found)


def read(kind: str, qemu: Qemu, bits: int) -> list[Leaf]:
    """All mappings, ascending; MachineError if there are none."""
    readers = {"x86": _x86, "riscv": _riscv, "m68k": _m68k}
    if kind not in readers:
        raise MachineError(f"oracle = {kind!r}: wanted guest or one of {', '.join(readers)}")
    found = readers[kind](qemu, bits)
    if not found:
        raise MachineError("QEMU lists no mapping")
    return found
