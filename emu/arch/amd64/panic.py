# SPDX-License-Identifier: BSD-2-Clause
"""How the amd64 guest is built and started, and what its MMU can be asked as a whole."""

from __future__ import annotations

import re

from harness.qemu import MachineError, Qemu

REGIMES = {"4level": 48, "5level": 57}      # name -> translated bits
OS, MACHINE, BYTEORDER, BITS, PAGE = "netbsd", "amd64", "little", 64, 4096
COMPILERS = ("AMD64_CC", "x86_64-linux-gnu-gcc", "gcc")
CFLAGS = ("-std=c11 -O2 -g -ffreestanding -fno-pic -fno-pie -mcmodel=kernel -mno-red-zone -mno-sse "
          "-mno-mmx -mgeneral-regs-only -fcf-protection=none -fno-stack-protector "
          "-fno-asynchronous-unwind-tables -Wall -Wextra -Wconversion -Wshadow -Werror").split()
LDFLAGS = ("-nostdlib -static -Wl,--build-id=none,-z,max-page-size=0x1000,-z,noexecstack").split()
QEMU = "qemu-system-x86_64"

ACCESSED_DIRTY = 0x60               # AMD64 APM vol. 2, 5.4.1
RAM = 48 << 20
BELOW = 32 << 20                    # the rest lies above 4 GiB
HIGH = 4 << 30


def arguments(kernel: str, regime: str, ram: str, device: str) -> list[str]:
    """QEMU's command line; console into the file `console`."""
    return ["-M", f"pc,max-ram-below-4g={BELOW >> 20}M,memory-backend=ram", "-accel", "tcg",
            "-m", str(RAM >> 20), "-cpu", "max,phys-bits=52", "-nic", "none", "-vga", "none",
            "-object", f"memory-backend-file,id=ram,size={RAM},mem-path={ram},share=on",
            "-serial", "file:console", "-device", "pvpanic", "-action", "panic=pause",
            "-drive", f"if=none,id=disk,file={device},format=raw,werror=stop",
            "-device", "virtio-blk-pci,drive=disk,disable-legacy=off",
            "-kernel", kernel, "-append", regime]


def ram_offset(pa: int) -> int:
    """Where the RAM file holds a physical address."""
    return pa if pa < BELOW else pa - HIGH + BELOW


def registers(qemu: Qemu) -> dict[str, int]:
    """The translation registers as they are."""
    text = qemu.monitor("info registers")
    found = {}
    for name in ("CR0", "CR3", "CR4", "EFER"):
        match = re.search(rf"\b{name}=([0-9a-f]+)", text)
        if match is None:
            raise MachineError(f"info registers has no {name}")
        found[name.lower()] = int(match.group(1), 16)
    if bool(found["cr0"] >> 31) is not True:
        raise MachineError(f"translation is off at the panic: cr0 {found['cr0']:x}")
    return {name: found[name] for name in ("cr3", "cr4", "efer")}


def leaves(qemu: Qemu) -> list[tuple[int, int, int]]:
    """(va, pa, bytes) of every leaf that QEMU's `info tlb` finds, ascending by va."""
    found = []
    for line in qemu.monitor("info tlb").splitlines():
        match = re.match(r"([0-9a-f]{16}): ([0-9a-f]{16}) (\S{9})$", line.strip())
        if match is None:
            raise MachineError(f"info tlb: cannot read {line!r}")
        found.append((int(match.group(1), 16), int(match.group(2), 16), match.group(3)))
    found.sort()
    starts = {va for va, _, _ in found}
    large = [(va, pa) for va, pa, flags in found if "P" in flags]
    # `info tlb` does not tell 2 MiB from 1 GiB: a 2 MiB page ends before the next 2 MiB.
    candidates = [(va, pa) for va, pa in large
                  if va % (1 << 30) == 0 and pa % (1 << 30) == 0 and va + (2 << 20) not in starts]
    beyond = qemu.gva2gpa([va + (1 << 30) - 1 for va, _ in candidates])
    huge = {va for (va, pa), last in zip(candidates, beyond, strict=True)
            if last == pa + (1 << 30) - 1}
    return [(va, pa & 0x000FFFFFFFFFF000,
             (1 << 30) if va in huge else (2 << 20) if "P" in flags else PAGE)
            for va, pa, flags in found]
