# SPDX-License-Identifier: BSD-2-Clause
"""A QEMU process: started paused, spoken to by QMP and the gdb stub, never left behind."""

from __future__ import annotations

import ctypes
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import time

PR_SET_PDEATHSIG = 1
ENDS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class CannotRun(Exception):
    """This host lacks something: not a verdict about the fixture."""


class MachineError(Exception):
    """QEMU died, hung or refused."""


def started(command: list, **how: object) -> subprocess.Popen:
    """A process that is killed when this one dies, however that is; the rest is Popen's.

    Signals to end wait meanwhile: Python ignores what is raised in the hooks around a fork.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, ENDS)

    def first() -> None:
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        signal.pthread_sigmask(signal.SIG_SETMASK, before)

    process = None
    try:
        process = subprocess.Popen(command, preexec_fn=first, **how)
    finally:
        try:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
        except KeyboardInterrupt:       # one has come
            if process is not None:
                process.terminate()
                process.wait()
            raise
    return process


def interruptible() -> None:
    """The first signal to end is a KeyboardInterrupt; others do not disturb what cleans up then."""
    ends = [s for s in ENDS
            if signal.getsignal(s) is not signal.SIG_IGN]       # nohup's, a background shell's

    def end(*_: object) -> None:
        for each in ends:
            signal.signal(each, signal.SIG_IGN)
        raise KeyboardInterrupt

    for each in ends:
        signal.signal(each, end)


def seconds(text: str) -> float:
    """A time to wait, of a command line."""
    if not 0 < float(text) <= 1e6:
        raise ValueError
    return float(text)


def signed(address: int) -> int:
    """QMP's integers are signed 64-bit: addresses from 2^63 on must be passed as negative."""
    return address - (1 << 64) if address >> 63 else address


class Qemu:
    """One machine.  `work` is a directory of its own for sockets and files."""

    def __init__(self, program: str, arguments: list[str], work: pathlib.Path,
                 timeout: float = 20.0, keep: tuple[int, ...] = ()) -> None:
        # QEMU_SYSTEM_X86_64=/path/to/it and so on choose another program.
        found = shutil.which(os.environ.get(program.upper().replace("-", "_"), program))
        if found is None:
            raise CannotRun(f"{program}: not installed")
        self.work = work
        self.timeout = timeout
        self.asked = 0
        # Socket paths are short in struct sockaddr_un: give them relative to `work`.
        self.process = started(
            [found, *arguments, "-S", "-display", "none", "-nodefaults", "-no-reboot",
             "-no-shutdown", "-qmp", "unix:qmp,server=on,wait=off",
             "-chardev", "socket,id=gdb,path=gdb,server=on,wait=off", "-gdb", "chardev:gdb"],
            cwd=work, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE, start_new_session=True, pass_fds=keep)
        self._file = None
        self.events: list[str] = []
        try:
            self._socket = self._connect("qmp")
            self._file = self._socket.makefile("rwb")
            self._reply()
            self.command("qmp_capabilities")
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Qemu:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _connect(self, name: str) -> socket.socket:
        path = f"/proc/self/fd/{os.open(self.work, os.O_RDONLY | os.O_CLOEXEC)}"
        descriptor = int(path.rpartition("/")[2])
        limit = time.monotonic() + self.timeout
        try:
            while True:
                link = socket.socket(socket.AF_UNIX)
                link.settimeout(self.timeout)
                try:
                    link.connect(f"{path}/{name}")
                    return link
                except OSError:
                    link.close()
                if self.process.poll() is not None:
                    raise MachineError(f"QEMU did not start: {self.stderr()}")
                if time.monotonic() > limit:
                    raise MachineError(f"QEMU's socket {name} did not appear")
                time.sleep(0.005)
        finally:
            os.close(descriptor)

    def stderr(self) -> str:
        """What a QEMU that has ended said last."""
        try:
            _, text = self.process.communicate(timeout=2)
        except (subprocess.TimeoutExpired, ValueError):
            return "(no message)"
        return text.decode(errors="replace").strip()[-600:] or \
            f"(no message; exit status {self.process.returncode})"

    def _reply(self) -> dict:
        while True:
            try:
                line = self._file.readline()
            except ConnectionError as error:
                raise MachineError(f"QEMU ended: {self.stderr()}") from error
            except OSError as error:
                raise MachineError(f"QEMU does not answer: {error}") from error
            if not line.endswith(b"\n"):       # nothing, or what it had begun to say
                raise MachineError(f"QEMU ended: {self.stderr()}")
            reply = json.loads(line)
            if "event" not in reply:
                return reply
            self.events.append(reply["event"])

    def commands(self, wanted: list[tuple[str, dict]]) -> list[dict]:
        """Runs commands in a pipeline, so that a round trip is paid once."""
        replies = []
        for first in range(0, len(wanted), 64):
            part = wanted[first:first + 64]
            text = "".join(json.dumps({"execute": c, "arguments": a}) + "\n" for c, a in part)
            try:
                self._file.write(text.encode())
                self._file.flush()
            except OSError as error:
                raise MachineError(f"QEMU ended: {self.stderr()}") from error
            replies += [self._reply() for _ in part]
        self.asked += len(wanted)
        return replies

    def command(self, name: str, **arguments: object) -> object:
        """Runs one QMP command; its result, or MachineError."""
        reply = self.commands([(name, arguments)])[0]
        if "error" in reply:
            raise MachineError(f"QEMU: {name}: {reply['error']['desc']}")
        return reply["return"]

    def monitor(self, line: str) -> str:
        """Runs a command of the human monitor."""
        return str(self.command("human-monitor-command", **{"command-line": line}))

    def gva2gpa(self, addresses: list[int]) -> list[int | None]:
        """What the CPU's MMU, in its present mode, makes of each address; None: unmapped."""
        replies = self.commands([("human-monitor-command",
                                  {"command-line": f"gva2gpa {a:#x}"}) for a in addresses])
        answers: list[int | None] = []
        for address, reply in zip(addresses, replies, strict=True):
            text = reply.get("return", "")
            match = re.match(r"gpa: (?:0x)?([0-9a-f]+)\s*$", text)
            if match is None and not text.startswith("Unmapped"):
                raise MachineError(f"gva2gpa {address:#x}: unexpected answer {reply}")
            answers.append(int(match.group(1), 16) if match else None)
        return answers

    def memory(self, address: int, length: int, physical: bool = False) -> bytes:
        """Bytes through the MMU (memsave) or past it (pmemsave); ends before a hole."""
        path = self.work / "saved"
        path.unlink(missing_ok=True)
        name = "pmemsave" if physical else "memsave"
        self.commands([(name, {"val": signed(address), "size": length, "filename": "saved"})])
        try:
            return path.read_bytes()
        except OSError:
            return b""

    def wait_event(self, names: set[str], seconds: float) -> str | None:
        """Waits for one of these events; None when the time is over."""
        limit = time.monotonic() + seconds
        while True:
            for index, event in enumerate(self.events):
                if event in names:
                    del self.events[:index + 1]
                    return event
            if time.monotonic() > limit:
                return None
            time.sleep(0.01)
            self.command("query-name")      # collects pending events; QMP itself never blocks

    def take_events(self) -> set[str]:
        """The events since the last call."""
        self.command("query-name")          # collects pending events; QMP itself never blocks
        found, self.events = set(self.events), []
        return found

    def where(self) -> dict[int, str]:
        """A line a CPU that says where it is, for error messages; empty if QEMU cannot say."""
        found = {}
        try:
            text = self.monitor("info registers -a")
        except MachineError:
            return found
        for cpu, part in enumerate(re.split(r"^CPU#\d+\s*$", text, flags=re.M)[1:] or [text]):
            match = re.search(r"\b(?:pc|PC|EIP|RIP|NIP|IAOQ)\s*[=:]?\s*([0-9a-fx]+)", part)
            found[cpu] = f"pc {match.group(1)}" if match else "pc unknown"
        return found

    def close(self) -> None:
        """Ends the process whatever state it is in."""
        if self._file is not None:
            try:
                self._file.close()
            except OSError:                 # what a QEMU that is dead was not told
                pass
            self._socket.close()
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        if self.process.stderr is not None:
            self.process.stderr.close()


class Gdb:
    """QEMU's gdb stub: registers, breakpoints, continue.  Only while the machine is stopped."""

    def __init__(self, qemu: Qemu, xml: str = "", order: str = "little") -> None:
        self.order = order              # of registers: the target's own
        self._qemu = qemu
        self._link = qemu._connect("gdb")
        self._timeout = qemu.timeout
        self._buffer = b""
        self.registers: dict[str, tuple[int, int]] = {}
        if not xml:                         # memory only
            return
        self.ask("qSupported:xmlRegisters=" + xml.partition("-")[0])
        self.registers = self._read_names(xml)

    def close(self) -> None:
        """Leaves the stub."""
        self._link.close()

    def _read(self, seconds: float) -> bytes:
        self._link.settimeout(seconds)
        while True:
            match = re.search(rb"\$([^#]*)#..", self._buffer)
            if match:
                self._buffer = self._buffer[match.end():]
                self._send(b"+")
                return match.group(1)
            try:
                piece = self._link.recv(65536)
            except TimeoutError as error:
                raise MachineError(f"gdb stub: no answer within {seconds:g} s") from error
            except OSError:
                piece = b""
            if not piece:
                raise MachineError(f"gdb stub: connection closed: {self._qemu.stderr()}")
            self._buffer += piece

    def _send(self, data: bytes) -> None:
        try:
            self._link.sendall(data)
        except TimeoutError as error:
            raise MachineError("gdb stub: takes nothing") from error
        except OSError as error:
            raise MachineError(f"gdb stub: connection closed: {self._qemu.stderr()}") from error

    def ask(self, packet: str, seconds: float | None = None) -> bytes:
        """Sends a packet and reads its answer."""
        data = packet.encode()
        self._send(b"$" + data + b"#%02x" % (sum(data) & 255))
        answer = self._read(seconds or self._timeout)
        if packet == "g" and answer[:1] in (b"", b"E"):     # its digits are in lower case
            raise MachineError(f"gdb stub: registers: answer {answer.decode()!r}")
        return answer

    def _file(self, name: str) -> str:
        """A file of the target's description."""
        text = b""
        while True:
            piece = self.ask(f"qXfer:features:read:{name}:{len(text):x},7f0")
            text += piece[1:]
            if piece[:1] == b"E":
                raise MachineError(f"gdb stub: description {name}: answer {piece.decode()!r}")
            if piece[:1] != b"m":           # the last, or nothing from a stub that has none
                return re.sub(r"<!--.*?-->", "", text.decode(), flags=re.S)

    def _read_names(self, xml: str) -> dict[str, tuple[int, int]]:
        """Register name -> (number, bytes); each follows the one before, in the next file too."""
        found: dict[str, tuple[int, int]] = {}
        number = 0
        text = self._file(xml)
        for name in re.findall(r'<xi:include href="([^"]*)"', text):
            text += self._file(name)
        for name, bits, more in re.findall(r'<reg name="(\w+)" bitsize="(\d+)"([^>]*)>', text):
            given = re.search(r'regnum="(\d+)"', more)
            number = int(given.group(1)) if given else number
            found[name] = (number, int(bits) // 8)
            number += 1
        return found

    def _number(self, name: str) -> tuple[int, int]:
        if name not in self.registers:
            raise MachineError(f"gdb stub: no register {name}")
        return self.registers[name]

    def set(self, name: str, value: int, size: int | None = None) -> None:
        """Writes a register."""
        number, width = self._number(name)
        size = size or width
        if value >> 8 * size:
            raise MachineError(f"gdb stub: register {name} has {size} bytes, not room for "
                               f"{value:#x}")
        text = value.to_bytes(size, self.order).hex()
        if self.ask(f"P{number:x}={text}") != b"OK":
            raise MachineError(f"gdb stub: register {name} = {value:#x} refused")

    def get(self, name: str) -> int:
        """Reads a register."""
        answer = self.ask(f"p{self._number(name)[0]:x}").decode()
        if not re.fullmatch("([0-9a-f]{2})+", answer):      # an error, or x for what it cannot say
            raise MachineError(f"gdb stub: register {name}: answer {answer!r}")
        return int.from_bytes(bytes.fromhex(answer), self.order)

    def run_to(self, address: int, seconds: float) -> None:
        """Continues until the instruction at a virtual address."""
        if self.ask(f"Z1,{address:x},1") != b"OK":
            raise MachineError(f"gdb stub: breakpoint at {address:#x} refused")
        try:
            answer = self.ask("c", seconds)
            if not answer.startswith(b"T05"):
                raise MachineError(f"gdb stub: stopped by {answer!r}, wanted the breakpoint")
        finally:
            try:
                self.ask(f"z1,{address:x},1")
            except MachineError:
                pass


def registers(qemu: Qemu, wanted: dict[str, dict], order: str) -> dict[str, int]:
    """Those of the CPU that QEMU shows.

    Each is named by `gdb`, a register of its stub, in the byte order `order` where that is not
    the target's; or by `info`, a pattern in `info registers`.  `mask` cuts it.  One with neither
    is left out: QEMU shows it nowhere.
    """
    found = {}
    text = qemu.monitor("info registers") if any("info" in how for how in wanted.values()) else ""
    gdb = Gdb(qemu, "target.xml") if any("gdb" in how for how in wanted.values()) else None
    try:
        for name, how in wanted.items():
            if "info" in how:
                match = re.search(how["info"], text)
                if match is None:
                    raise MachineError(f"info registers has no {how['info']}")
                if not re.fullmatch("[0-9a-fA-F]+", match.group(1) or ""):
                    raise MachineError(f"info registers: {how['info']} finds {match.group(1)!r}, "
                                       f"no number")
                value = int(match.group(1), 16)
            elif "gdb" in how and gdb is not None:
                gdb.order = how.get("order", order)
                value = gdb.get(how["gdb"])
            else:
                continue
            found[name] = value & how.get("mask", (1 << 64) - 1)
    finally:
        if gdb is not None:
            gdb.close()
    return found
