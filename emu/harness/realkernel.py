# SPDX-License-Identifier: BSD-2-Clause
"""One run of a real kernel: boot, panic, QEMU asked at that instant, perhaps a dump."""

from __future__ import annotations

import argparse
import pathlib
import random
import re
import shutil
import socket
import threading
import time

from . import listing
from .qemu import MachineError, Qemu, registers
from .recipe import Recipe

PROBES = 4000           # addresses asked beyond the edges of what is mapped
READ_THROUGH = 1 << 20  # bytes of one map that are read through the MMU
Leaf = listing.Leaf


class Failure(Exception):
    """One clear sentence about what went wrong."""


class RealKernel:
    """The run, and what is known after it."""

    def __init__(self, recipe: Recipe, options: argparse.Namespace, work: pathlib.Path) -> None:
        self.recipe, self.options, self.work = recipe, options, work
        self.timeout = options.timeout or recipe.timeout
        self.said = 0                               # entries of `say` that were sent
        self.ram: list[tuple[int, int]] = []        # (start, size)
        self.maps: list[Leaf] = []
        self.holes: list[tuple[int, int]] = []      # (va, size): asked edges of what is unmapped
        self.registers: dict[str, int] = {}
        self.version = ""
        self.asked = 0

    def console(self) -> str:
        """All that the system has printed."""
        try:
            return (self.work / "console").read_text(errors="replace").replace("\r", "")
        except OSError:
            return ""

    def fail(self, sentence: str) -> Failure:
        """A failure with the console's last lines."""
        tail = "\n".join("    | " + line for line in self.console().splitlines()[-10:])
        return Failure(f"{sentence}; the console's last lines:\n{tail or '    | (nothing)'}")

    def arguments(self) -> list[str]:
        """QEMU's command line."""
        r, o = self.recipe, self.options
        found = ["-accel", "tcg", "-nic", "none", "-vga", "none", "-action", "panic=pause",
                 *r.arguments, "-chardev",
                 "socket,id=console,path=tty,server=on,wait=off,logfile=console",
                 "-serial", "chardev:console"]
        if r.load:
            found += [r.load, str(o.kernel.resolve())]
        if o.initrd:
            found += ["-initrd", str(o.initrd.resolve())]
        if r.append:
            found += ["-append", r.append]
        if o.disk:
            shutil.copyfile(o.disk, self.work / "disk")
            found += ["-drive", "if=none,id=disk,file=disk,format=raw,werror=stop",
                      "-device", f"{r.disk},drive=disk"]
        return found

    # -- the conversation

    @staticmethod
    def _drain(tty: socket.socket) -> None:
        """What is printed is in the log; unread, it would hold up console, CPU and monitor."""
        try:
            while tty.recv(65536):
                pass
        except OSError:
            pass

    def _until(self, qemu: Qemu, pattern: str, say: list[dict], tty: socket.socket) -> re.Match:
        """Types what `say` wants, until the console has a line that matches."""
        limit, sent, seen = time.monotonic() + self.timeout, 0, len(self.console())
        start = seen
        while True:
            events = qemu.take_events()
            console = self.console()
            if sent < len(say) and re.search(say[sent]["wait"], console[seen:], re.M):
                tty.sendall(say[sent]["send"].encode())
                seen, sent = len(console), sent + 1
                continue
            match = re.search(pattern, console[start:], re.M)
            if match and sent == len(say):
                return match
            if events & {"SHUTDOWN", "RESET"} and not match:
                raise self.fail(f"the machine ended before {pattern!r}")
            if time.monotonic() > limit:
                wanted = say[sent]["wait"] if sent < len(say) else pattern
                raise self.fail(f"no {wanted!r} on the console within {self.timeout:g} s")
            time.sleep(0.05)

    def run(self) -> None:
        """Boot, panic, ask, dump."""
        r = self.recipe
        with Qemu(r.qemu, self.arguments(), self.work, 60.0) as qemu:
            number = qemu.command("query-version")
            self.version = ".".join(str(number["qemu"][k]) for k in ("major", "minor", "micro"))
            tty = qemu._connect("tty")
            tty.settimeout(None)
            threading.Thread(target=self._drain, args=(tty,), daemon=True).start()
            try:
                qemu.command("cont")
                self._until(qemu, r.panic, r.say, tty)
                qemu.command("stop")
                self._ask(qemu)
                if r.dump:
                    qemu.command("cont")
                    done = self._until(qemu, r.dump["done"], r.dump.get("say", []), tty)
                    self.done = done.group(0)
                    qemu.command("stop")
            finally:
                tty.shutdown(socket.SHUT_RDWR)
                tty.close()
            self.asked = qemu.asked

    # -- QEMU's answers

    def _ram(self, qemu: Qemu) -> list[tuple[int, int]]:
        """RAM by `info mtree -f`: the flat view of the CPU's memory; ROM and devices are left out."""
        found: list[tuple[int, int]] = []
        for line in qemu.monitor("info mtree -f").splitlines():
            match = re.match(r"\s+([0-9a-f]{16})-([0-9a-f]{16}) \(prio -?\d+, ram\): (\S+)", line)
            if match and re.search(r"ram|mem", match.group(3)) and "rom" not in match.group(3):
                start, last = int(match.group(1), 16), int(match.group(2), 16)
                if found and sum(found[-1]) == start:
                    found[-1] = (found[-1][0], found[-1][1] + last + 1 - start)
                elif (start, last + 1 - start) not in found:
                    found.append((start, last + 1 - start))
        first = []
        for piece in found:         # the view of each address space repeats them
            if first and piece[0] <= first[-1][0]:
                break
            first.append(piece)
        if not first:
            raise MachineError("info mtree -f lists no RAM")
        return first

    def _is_ram(self, pa: int, size: int) -> bool:
        return any(start <= pa and pa + size <= start + length for start, length in self.ram)

    def _listed(self, qemu: Qemu) -> list[Leaf]:
        """QEMU's own list, its large pages cut where skip says."""
        skip = self.recipe.maps.get("skip", [])
        return [leaf for leaf in listing.read(self.recipe.maps["list"], qemu, self.recipe.bits)
                if not any(va <= leaf[0] < va + size for va, size in skip)]

    def _probed(self, qemu: Qemu) -> list[Leaf]:
        """By gva2gpa over windows: a page is as it answers, at every step and around changes."""
        page, found = self.recipe.pagesize, []
        for va, size, step in self.recipe.maps["windows"]:
            asked = list(range(va, va + size, step))
            answers = dict(zip(asked, qemu.gva2gpa(asked), strict=True))
            fine = []
            for a, b in zip(asked, [*asked[1:], va + size]):
                one, two = answers[a], answers.get(b)
                straight = one is not None and two is not None and two - one == b - a
                if step > page and not straight and (one is not None or two is not None):
                    fine += range(a + page, b, page)
            answers |= dict(zip(fine, qemu.gva2gpa(fine), strict=True))
            for at in sorted(answers):
                if answers[at] is not None:
                    found.append((at, answers[at], page, "-"))
                elif not self.holes or sum(self.holes[-1]) != at or at not in fine:
                    self.holes.append((at, page))
                else:
                    self.holes[-1] = (self.holes[-1][0], self.holes[-1][1] + page)
        return found

    def _ask(self, qemu: Qemu) -> None:
        r = self.recipe
        self.ram = self._ram(qemu)
        found = registers(qemu, {"": r.root, **r.registers}, r.byteorder)
        self.root = found.pop("")
        self.registers = found
        leaves = self._listed(qemu) if "list" in r.maps else self._probed(qemu)
        self.maps = [leaf for leaf in listing.merge(leaves) if self._is_ram(leaf[1], leaf[2])]
        if not self.maps:
            raise self.fail("nothing that is mapped lies in RAM")
        if "list" in r.maps:
            self._gaps(qemu, listing.merge([(v, p, n, "") for v, p, n, _ in leaves]))
        self._confirm(qemu)
        for start, size in self.ram:
            name = f"ram-{start:x}"
            qemu.command("pmemsave", val=start, size=size, filename=name)
            if (self.work / name).stat().st_size != size:
                raise MachineError(f"pmemsave gives fewer than {size:#x} bytes at {start:#x}")
        self._through(qemu)

    def _gaps(self, qemu: Qemu, leaves: list[Leaf]) -> None:
        """Pages around and between the listed ones: unmapped, if gva2gpa says so."""
        page, probes = self.recipe.pagesize, set()
        for (va, _, size, _), nxt in zip(leaves, [*leaves[1:], (1 << self.recipe.bits, 0, 0, "")]):
            for at in (va + size, va + size + page, nxt[0] - page):
                if va + size <= at < nxt[0]:
                    probes.add(at)
        chosen = sorted(probes)[:PROBES]
        self.holes = [(at, page) for at, answer in zip(chosen, qemu.gva2gpa(chosen), strict=True)
                      if answer is None]

    def _confirm(self, qemu: Qemu) -> None:
        """gva2gpa at the edges of every map and at random places: as it was listed."""
        chance, asked = random.Random(1), []
        for va, pa, size, _ in self.maps:
            asked += [(va + off, pa + off) for off in {0, size - 1, chance.randrange(size)}]
        for (va, pa), answer in zip(asked, qemu.gva2gpa([va for va, _ in asked]), strict=True):
            if answer != pa:
                said = "unmapped" if answer is None else f"{answer:x}"
                raise MachineError(f"gva2gpa {va:x}: {said}, but {pa:x} was listed")

    def physical(self, pa: int, size: int) -> bytes:
        """Memory as pmemsave had it."""
        for start, length in self.ram:
            if start <= pa and pa + size <= start + length:
                with open(self.work / f"ram-{start:x}", "rb") as file:
                    file.seek(pa - start)
                    return file.read(size)
        raise MachineError(f"{pa:x} is not in RAM")

    def _through(self, qemu: Qemu) -> None:
        """What memsave reads through the MMU is what pmemsave has."""
        for va, pa, size, _ in self.maps[:400]:
            n = min(size, READ_THROUGH)
            if qemu.memory(va, n) != self.physical(pa, n):
                raise MachineError(f"memsave at {va:x} is not what pmemsave has at {pa:x}")
