# SPDX-License-Identifier: BSD-2-Clause
"""The oracle of a guest that panicked: from its facts and QEMU's answers, and from the dump."""

from __future__ import annotations

import pathlib

from elftools.elf.elffile import ELFFile

from .guest import Failure, Guest
from .oracle import Ram, hash_bytes

SYMBOLS = ("dumpmag", "dumpsize", "dumplo", "version", "ostype", "osrelease", "panicstr", "msgbufp",
           "time_second", "uvmexp", "kernel_main", "KPML4phys", "KPML5phys", "IdlePTD", "IdlePDPT",
           "PTDpaddr", "PTDsize", "cpu_pae", "kernel_l1pa", "pagetable_l0_ttbr1",
           "kernel_pmap_store", "dumppcb")
NAMES = {"STT_FUNC": "func", "STT_OBJECT": "object", "STT_NOTYPE": "notype", "STT_FILE": "file",
         "STB_LOCAL": "local", "STB_GLOBAL": "global", "STB_WEAK": "weak"}
Piece = tuple[int, int, int]            # pa, bytes, offset in the core


def ram_lines(guest: Guest, core: bytes, pieces: list[Piece]) -> list[Ram]:
    """Each dumped page: hash, file (kernel, tables), any (data that the dumping code changed)."""
    kernel, size = guest.numbers("kernel")
    data = kernel + guest.symbol("data_start") - guest.symbol("text_start")
    seed, page = guest.numbers("seed")[0], guest.target.page
    lines: list[Ram] = []
    for start, length, offset in sorted(pieces):
        if (start, length) in guest.gaps:       # what the disk held before
            lines.append(Ram(start, length, "file", offset))
            continue
        wanted = hash_bytes(start, length, seed)
        before = guest.content(start, length)
        if before is None:
            raise guest.fail(f"{start:x}, {length:x} bytes: in the dump, but in no cluster")
        dumped = core[offset:offset + length]
        for at in range(0, length, page):
            pa, piece = start + at, dumped[at:at + page]
            if piece == wanted[at:at + page]:
                kind = "hash"
            elif piece == before[at:at + page]:
                kind = "file"
            elif data < pa + page and pa < kernel + size:
                kind = "any"
            else:
                raise guest.fail(f"page {pa:x} of the dump is not what memory was at the panic, "
                                 f"and holds no data of the kernel ({data:x} to "
                                 f"{kernel + size:x})")
            last = lines[-1] if lines else None
            if last and last.kind == kind and last.pa + last.length == pa and \
                    (kind != "file" or last.offset + last.length == offset + at):
                lines[-1] = Ram(last.pa, last.length + page, kind, last.offset)
            else:
                lines.append(Ram(pa, page, kind, offset + at if kind == "file" else 0))
    if not any(line.kind == "hash" for line in lines):
        raise guest.fail("no page of the dump holds the hash: wrong seed")
    return lines


def _visible(guest: Guest) -> list[tuple[int, int, int, str]]:
    """The maps that the dump's form can tell of: of a minidump from its kernel base on, and its
    direct map, whose end and base are the header's."""
    linear = [(int(v, 16), int(n, 16)) for v, n in guest.lines("linear")]
    windows = [(int(v, 16), int(n, 16)) for v, n in guest.lines("window")]
    maps = []
    for va, pa, size, prot in guest.maps:       # what the header alone translates has no prot
        cuts = {va, va + size} | {edge for v, n in linear for edge in (v, v + n)
                                  if va < edge < va + size}
        for low, high in zip(sorted(cuts), sorted(cuts)[1:]):
            told = any(v <= low < v + n for v, n in linear)
            maps.append((low, pa + low - va, high - low, "-" if told else prot))
    for words in guest.lines("beyond"):         # by the header, but no CPU has such addresses
        va, pa, size = (int(word, 16) for word in words)
        maps.append((va, pa, size, "-"))
    for words in guest.lines("mirror"):         # an address there means itself plus a number
        start, length, by = (int(word, 16) for word in words)
        for va, pa, size, prot in list(maps):
            low, high = max(va, start + by), min(va + size, start + length + by)
            if low < high:
                maps.append((low - by, pa + low - va, high - low, prot))
    maps.sort()
    if guest.target.form == "elf-virtual":      # offsets stand for addresses of memory
        return sorted((va, offset, size, "-") for va, _, size, offset in guest.segments)
    if not windows:
        return maps
    found = []
    for va, pa, size, prot in maps:
        for start, length in windows:
            low, high = max(start, va), min(start + length, va + size)
            if low < high:
                found.append((low, pa + low - va, high - low, prot))
    return sorted(found)


def span_lines(guest: Guest, ram: list[Ram]) -> list[str]:
    """map, absent and hole lines that cover the whole address space."""
    joined: list[tuple[int, int, int, str]] = []
    for va, pa, size, prot in _visible(guest):
        if joined:
            v, p, s, o = joined[-1]
            if (v + s, p + s, o) == (va, pa, prot):
                joined[-1] = (v, p, s + size, o)
                continue
        joined.append((va, pa, size, prot))
    pieces: list[tuple[int, int]] = []      # RAM, joined
    for line in ram:
        if pieces and sum(pieces[-1]) == line.pa:
            pieces[-1] = (pieces[-1][0], pieces[-1][1] + line.length)
        else:
            pieces.append((line.pa, line.length))
    lines, at, twins = [], 0, _twins(guest, joined)
    for va, pa, size, prot in joined:
        if va > at:
            lines += _holes(at, va, twins)
        done = 0
        for start, length in pieces:
            low, high = max(start, pa), min(start + length, pa + size)
            if low >= high:
                continue
            if low - pa > done:
                lines.append(_absent(guest, va + done, low - pa - done, pa + done))
            lines.append(f"map {va + low - pa:x} {low:x} {high - low:x} {prot}")
            done = high - pa
        if done < size:
            lines.append(_absent(guest, va + done, size - done, pa + done))
        at = va + size
    top = 1 << guest.target.bits
    if at < top:
        lines += _holes(at, top, twins)
    return lines


def _absent(guest: Guest, va: int, size: int, pa: int) -> str:
    """Memory that is not in the dump; where it is, unless the reader sees that in another way."""
    own = any(start <= va < start + length for start, length in
              ((int(v, 16), int(n, 16)) for v, n in guest.lines("unstated")))
    return f"absent {va:x} {size:x}" + ("" if own else f" {pa:x}")


def _twins(guest: Guest, maps: list[tuple[int, int, int, str]]) -> list[tuple[int, int]]:
    """(start, end) of addresses that are those of a map but for the bits that none may choose.

    A reader that takes one bit too many for an address finds bytes there.
    """
    low = (1 << guest.target.vabits) - 1
    top = (1 << guest.target.bits) - 1
    found = []
    for va, _, size, _ in (maps[0], maps[-1]) if top > low and maps else ():
        start = va & low if va > low else va | (top & ~low)
        found.append((start, start + min(size, guest.target.page)))
    return sorted(found)


def _holes(start: int, end: int, apart: list[tuple[int, int]]) -> list[str]:
    """A hole, in pieces where one of these addresses lies in it: a reader tries edges."""
    edges = sorted({start, end} | {edge for low, high in apart if start <= low and high <= end
                                   for edge in (low, high)})
    return [f"hole {low:x} {high - low:x}" for low, high in zip(edges, edges[1:])]


def symbol_lines(kernel: pathlib.Path) -> list[str]:
    """sym lines from the guest's symbol table."""
    with open(kernel, "rb") as file:
        table = ELFFile(file).get_section_by_name(".symtab")
        if table is None:
            raise Failure(f"{kernel}: no symbol table")
        lines = []
        for name in SYMBOLS:
            for symbol in table.get_symbol_by_name(name) or []:
                info = symbol["st_info"]
                lines.append(f"sym {name} {symbol['st_value']:x} {NAMES[info['type']]} "
                             f"{NAMES[info['bind']]}")
    if len(lines) < 4:
        raise Failure(f"{kernel}: has only {len(lines)} of the symbols that a kernel has")
    return lines + ["nosym no_such_symbol"]


def write(guest: Guest, result: pathlib.Path, device: str, pieces: list[Piece]) -> int:
    """Writes the oracle; the number of its spans."""
    t = guest.target
    core = (result / "core").read_bytes()
    ram = ram_lines(guest, core, pieces)
    if t.form == "elf-virtual":
        ram = [Ram(offset, size, "file", offset) for _, _, size, offset in guest.segments]
    spans = span_lines(guest, ram)
    lines = [f"# {t.name}: a kernel that panicked under QEMU {guest.qemu_version}, "
             "and QEMU's answers",
             f"form {t.form}", f"os {t.os}", f"machine {t.arch}", f"regime {t.regime}",
             f"byteorder {t.byteorder}", f"bits {t.bits}", f"vabits {t.oracle_vabits or t.vabits}",
             f"pagesize {t.oracle_pagesize or t.page}", "witness machine",
             "complete yes", "file core core", device,
             "open ok", f"seed {guest.numbers('seed')[0]:x}"]
    lines += ["dmap " + " ".join(words) for words in guest.lines("dmap")]
    lines += [f"kerndisp {by}" for _, _, by in guest.lines("mirror")]
    lines += [f"ram {r.pa:x} {r.length:x} {r.kind}" + (f" {r.offset:x}" if r.kind == "file" else "")
              for r in ram]
    if t.form != "elf-virtual":                 # which tells of no tables
        lines += [f"reg {name} {value:x}" for name, value in guest.registers.items()]
    lines += spans + symbol_lines(result / "kernel")
    (result / "oracle").write_text("\n".join(lines) + "\n")
    return len(spans)
