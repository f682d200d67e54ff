#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""The model reads what kernels in QEMU dumped: its decoders against a machine's tables.

Everywhere else the model reads tables that it wrote.  Here each guest's tables (FreeBSD's
minidumps aside, which have none) are read by the model's reader of that regime, from the root
that the CPU's registers name, and compared with the oracle over the whole address space.
TAP; exit 0 if all agree, 77 if there is no dump.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path += [str(ROOT / "gen"), str(ROOT / "emu")]  # PYTHONPATH may name another model
from dumpgen.mmu import (  # noqa: E402
    aarch64, alpha, arm, m68k, mips, powerpc, powerpc64, riscv, sparc64, srmmu, tsb, x86,
)  # fmt: skip
from harness import oracle  # noqa: E402

Read = Callable[[int, int], bytes | None]
FRAME = (1 << 52) - (1 << 12)
# Ranges that need no table: by the CPU (OSF/1's K0SEG, MIPS' KSEG0, KSEG1 and XKPHYS), by libkvm
# (OpenBSD's direct map), by the header (sparc64's locked pages).
MIPS = ((0x80000000, 0xC0000000), (1 << 63, 3 << 62), (0xFFFFFFFF80000000, 0xFFFFFFFFC0000000))
UNTABLED = {
    ("netbsd", "alpha"): ((0xFFFFFC0000000000, 0xFFFFFE0000000000),),
    ("openbsd", "alpha"): ((0xFFFFFC0000000000, 0xFFFFFE0000000000),),
    ("openbsd", "4level"): ((0xFFFFFD8000000000, 0xFFFFFF8000000000),),
    ("netbsd", "segtab"): MIPS,
    ("netbsd", "sysmap"): MIPS,
    ("netbsd", "sun4u"): ((0x1000000, 0x1400000), (0x40000000, 0x41000000),
                          (0x60000000, 0x61400000)),
    ("openbsd", "sun4u"): ((0x1000000, 0x1400000), (0x40000000, 0x43400000)),
    ("freebsd", "tsb"): ((0xFFFFF80000000000, 1 << 64),),
}  # fmt: skip


def memory(o: oracle.Oracle) -> Read:
    """Physical memory as the dump has it: pages of the file; hashed ones are nobody's tables."""
    core = (o.path.parent / o.fields["file"].split()[-1]).read_bytes()

    def read(pa: int, size: int) -> bytes | None:
        ram = o.ram_at(pa)
        if ram is None or ram.kind == "any":
            return None
        if ram.kind != "file":
            return oracle.hash_bytes(pa, size, int(o.fields["seed"], 16))
        at = ram.offset + pa - ram.pa
        return core[at : at + min(size, ram.pa + ram.length - pa)]

    return read


def word(read: Read, pa: int, size: int, order: str) -> int:
    """A number in memory."""
    return int.from_bytes(read(pa, size) or b"", order)  # type: ignore[arg-type]


def reader(o: oracle.Oracle, read: Read) -> object | None:
    """The model's reader of a fixture's tables; None if registers do not name them."""
    name, regs = o.fields["regime"], o.regs
    if name in aarch64.REGIMES:
        regime = aarch64.regime(name, int(o.fields["vabits"]), o.fields["byteorder"])
        return regime.reader(regs["ttbr1"] & (1 << 48) - 2, read)
    if name in riscv.REGIMES:
        bits = 22 if name == "sv32" else 44
        return riscv.REGIMES[name].reader((regs["satp"] & (1 << bits) - 1) << 12, read)
    if name in x86.REGIMES and "cr3" in regs:
        root = regs["cr3"] & FRAME
        if name == "pae":       # the four directories lie in a row
            root = word(read, regs["cr3"] & 0xFFFFFFE0, 8, "little") & FRAME
        return x86.REGIMES[name].reader(root, read)
    if name in arm.REGIMES:
        either = replace(arm.REGIMES[name], byteorder=o.fields["byteorder"])
        return either.reader(regs["ttbr0"] & 0xFFFFC000, read)
    if name == "alpha":
        return alpha.REGIMES[name].reader(regs["ptbr"] << 13, read)
    if name == "68040":
        shift = int(o.fields["pagesize"]).bit_length() - 1
        return m68k.regime(name, shift).reader(regs["srp"], read)
    if name == "srmmu":
        table = word(read, regs["ctxtable"] << 4, 4, "big")
        return srmmu.REGIMES[name].reader((table & ~3) << 4, read)
    if name == "oea":
        bats = {side: tuple((regs.get(f"{side}{n}u", 0), regs.get(f"{side}{n}l", 0))
                            for n in range(8)) for side in ("dbat", "ibat")}  # fmt: skip
        root = powerpc.Registers(
            regs["sdr1"], tuple(regs[f"sr{n}"] for n in range(16)), bats["dbat"], bats["ibat"])
        return powerpc.REGIMES[name].reader(root, read)
    if name == "oea64":
        slb = tuple((regs[f"slbe{n}"], regs[f"slbv{n}"]) for n in range(16))
        return powerpc64.REGIMES[name].reader(powerpc64.Registers(regs["sdr1"], slb), read)
    bits, shift = int(o.fields["bits"]), int(o.fields["pagesize"]).bit_length() - 1
    if name == "segtab":
        regime = mips.segtab(page_shift=shift, bits=bits, byteorder=o.fields["byteorder"])
        return regime.reader(regs["root"], read)
    if name == "sysmap":
        entries = 1 << (18 if bits == 32 else 19)       # emu/guest/mips: SYSMAP_SHIFT
        regime = mips.sysmap(entries, bits=bits, byteorder=o.fields["byteorder"])
        return regime.reader(regs["root"], read)
    if name == "sun4u":
        return sparc64.REGIMES[name].reader(regs["root"], read)
    if name == "tsb":
        return tsb.TsbRegime(regs["mask"].bit_length()).reader(regs["root"], read)
    return None


def differences(o: oracle.Oracle, tables: object) -> Iterator[str]:
    """Where the model and the oracle say something else."""
    untabled = UNTABLED.get((o.fields["os"], o.fields["regime"]), ())
    runs = list(tables.runs())
    at = 0
    for span in o.spans:
        start, end = span.va, span.va + span.length
        while at and runs[at].start > start:
            at -= 1
        while at < len(runs) and runs[at].end <= start:
            at += 1
        for run in runs[at:]:
            if run.start >= end:
                break
            first = max(run.start, start)
            if any(low <= first < high for low, high in untabled):
                continue
            said = run.state if run.state != "map" else f"{run.pa + first - run.start:x} {run.prot}"
            if span.kind == "hole" and run.state != "hole":
                yield f"{first:x}: a hole, the model reads {said}"
            elif span.kind == "absent" and run.state == "hole":
                yield f"{first:x}: not dumped, the model reads no translation"
            elif span.kind == "absent" and run.state == "map" and \
                    o.ram_at(run.pa + first - run.start):
                yield f"{first:x}: not dumped, the model reads {said}, which is"
            elif span.kind == "map":
                want = f"{span.pa + first - start:x}"
                if said.split()[0] != want or span.prot not in ("-", run.prot):
                    yield f"{first:x}: {want} {span.prot}, the model reads {said}"


def main() -> int:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="what emu/panic made")
    parser.add_argument("--only", default="", help="dumps with this in their name")
    args = parser.parse_args()
    found = [p for p in sorted(args.folder.glob("*/oracle")) if args.only in p.parent.name]
    passed = failed = skipped = 0
    for path in found:
        o = oracle.read(path)
        name = path.parent.name
        tables = None if "minidump" in o.fields["form"] else reader(o, memory(o))
        if tables is None:
            why = "a minidump" if "minidump" in o.fields["form"] else "no register names its tables"
            print(f"ok - {name} # SKIP {why}")
            skipped += 1
            continue
        wrong = list(differences(o, tables))
        print(f"{'not ok' if wrong else 'ok'} - {name}")
        for line in wrong[:4]:
            print(f"#  {line}")
        failed += bool(wrong)
        passed += not wrong
    print(f"1..{len(found)}\n{passed} passed, {failed} failed, {skipped} skipped")
    return 77 if not found else 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
