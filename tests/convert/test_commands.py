# SPDX-License-Identifier: BSD-2-Clause
"""kcore's commands: what reaches the terminal, exit statuses, and info's texts."""

import json
import re
import resource
import struct
import subprocess
from pathlib import Path

import pytest
from elftools.elf.elffile import ELFFile
from test_info import changed

MAN = Path(__file__).resolve().parents[2] / "tools" / "man" / "kcore.1"
AMD64 = "netbsd-amd64-4level"
I386 = "netbsd-i386-32bit"
ESCAPE = b"\x1b\x9b\x7f\x01"


def run(kcore: Path, *words: object, **how: object) -> subprocess.CompletedProcess:
    """Runs it; the output as bytes."""
    return subprocess.run([kcore, *map(str, words)], timeout=60,
                          **({"capture_output": True} | how))


def listed(kcore: Path, *words: object) -> object:
    """Its JSON."""
    done = run(kcore, *words)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def assert_safe(text: bytes) -> None:
    """No byte that a terminal obeys; what stood there is seen."""
    assert b"????" in text
    assert all(0x20 <= c < 0x7f or c == 0x0a for c in text), text


def test_symbols_are_safe(kcore: Path, fixtures: Path, tmp_path: Path) -> None:
    """The names of a kernel file."""
    where = fixtures / AMD64
    kernel = changed(where / "kernel", tmp_path / "kernel", b"\0boothowto\0",
                     b"\0boot?" + ESCAPE + b"\0")
    core = where / "core"
    symbol, = [s for s in listed(kcore, "nm", "--json", "-k", kernel)
               if s["name"].endswith("\x1b\x9b\x7f\x01")]
    assert_safe(run(kcore, "nm", "-k", kernel).stdout)
    for command in ("read", "xlate"):
        words = [command, "-k", kernel, core, symbol["value"]] + ["16"] * (command == "read")
        done = run(kcore, *words)
        assert done.returncode == 0 and b"<boot?????>" in done.stdout
        assert_safe(done.stdout)
    assert_safe(run(kcore, "map", "-k", kernel, core).stdout)


@pytest.mark.parametrize("old", [b"NetBSD 10.99.12", b"kernel diagnostic"])
def test_texts_are_safe(kcore: Path, fixtures: Path, tmp_path: Path, old: bytes) -> None:
    """The kernel's version and the message of its panic."""
    where = fixtures / AMD64
    core = changed(where / "core", tmp_path / "core", old, ESCAPE + old[4:])
    assert_safe(run(kcore, "info", "-k", where / "kernel", core).stdout)


def test_devices_are_safe(kcore: Path, fixtures: Path, tmp_path: Path) -> None:
    """The texts of a dump device's headers, whose words sum up to 0."""
    data = bytearray((fixtures / "freebsd-amd64-4level-device" / "device").read_bytes())
    at = data.find(b"FreeBSD Kernel Dump\0")
    while at != -1:
        for offset in (20, 64, 128, 320):       # architecture, host, version, panic
            data[at + offset:at + offset + 4] = ESCAPE
        words = struct.unpack_from(">127I", data, at)
        parity = 0
        for word in words:
            parity ^= word
        struct.pack_into(">I", data, at + 508, parity)
        at = data.find(b"FreeBSD Kernel Dump\0", at + 1)
    device, out = tmp_path / "device", tmp_path / "out"
    device.write_bytes(data)
    info = run(kcore, "info", device)
    assert info.returncode == 0 and info.stdout.count(b"????") == 4, info.stderr
    assert_safe(info.stdout)
    assert_safe(run(kcore, "save", "--keep", device, out).stdout.replace(bytes(out), b""))


def test_errors_are_safe(kcore: Path, tmp_path: Path) -> None:
    """What an error quotes of a dump; a file's own name stays as it is."""
    core = tmp_path / "gr\xf6\xdfe"
    core.write_bytes(b"minidump FreeBSD/" + ESCAPE + bytes(8192))
    done = run(kcore, "info", core)
    assert done.returncode == 1
    assert_safe(done.stderr.replace(bytes(core), b""))
    assert bytes(core) in done.stderr


@pytest.mark.parametrize("words", [
    ["read", "CORE", "12abc", "16"], ["read", "CORE", "0xzz", "16"], ["read", "CORE", "+8", "16"],
    ["read", "CORE", "version+", "16"], ["read", "CORE", "nosuch-x", "16"],
    ["read", "CORE", "version", "1x"], ["xlate", "CORE", "0xzz"],
    ["xlate", "CORE", "nosuch", "0xzz", "version"], ["info", "--base", "zz", "CORE"],
    ["info", "--regime", "4level", "--root", "zz", "CORE"],
    ["map", "--regime", "4level", "--root", "0", "--vabits", "65", "CORE"],
    ["info", "--regime", "4level", "CORE"], ["info", "--vabits", "48", "CORE"],
    ["convert", "--base", "zz", "CORE", "OUT"],
], ids=" ".join)
def test_wrong_usage(kcore: Path, fixtures: Path, tmp_path: Path, words: list[str]) -> None:
    """A wrong command line ends with 2, says what is wrong with it, and shows the right one."""
    files = {"CORE": fixtures / AMD64 / "core", "OUT": tmp_path / "out"}
    done = run(kcore, words[0], "-k", fixtures / AMD64 / "kernel",
               *(files.get(word, word) for word in words[1:]))
    first, *rest = done.stderr.decode().splitlines()
    assert done.returncode == 2 and first.startswith("kcore: "), done.stderr
    assert not first.startswith("kcore:  ")
    assert rest[-1].startswith(f"usage: kcore {words[0]} ")
    assert list(tmp_path.iterdir()) == []


def test_no_symbol(kcore: Path, fixtures: Path) -> None:
    """A symbol that is not there is no wrong command line."""
    where = fixtures / AMD64
    for words in (["read", "nosuch+8", "16"], ["xlate", "version", "nosuch"]):
        done = run(kcore, words[0], "-k", where / "kernel", where / "core", *words[1:])
        assert done.returncode == 1 and b"nosuch: no such symbol" in done.stderr
        assert b"usage" not in done.stderr


@pytest.mark.parametrize("words", [["--help"], ["-h"], ["info", "--help"], ["read", "-h"],
                                   ["save", "device", "out", "--help"]], ids=" ".join)
def test_help(kcore: Path, words: list[str]) -> None:
    """Help is no error, unless nobody can see it."""
    done = run(kcore, *words)
    assert done.returncode == 0 and done.stderr == b""
    assert done.stdout.startswith(b"usage: kcore "), done.stdout
    if words[0][0] != "-":
        assert done.stdout.startswith(f"usage: kcore {words[0]} ".encode())
    with open("/dev/full", "wb") as full:
        done = run(kcore, *words, capture_output=False, stdout=full, stderr=subprocess.PIPE)
    assert done.returncode == 1 and b"standard output: No space left" in done.stderr


def test_extended_by_sign(kcore: Path, fixtures: Path) -> None:
    """Of a 32-bit target both forms of an address read and show the same, up to the same hole."""
    where = fixtures / I386
    found = [run(kcore, "read", "-k", where / "kernel", where / "core", address, "0x20000")
             for address in ("0xbfeff000", "0xffffffffbfeff000")]
    assert found[0].stdout.count(b"\n") == 0x4000 // 16
    assert found[1].stdout == found[0].stdout and found[1].stderr == found[0].stderr
    symbol, = listed(kcore, "nm", "--json", "-k", where / "kernel", "ostype")
    signed = int(symbol["value"], 16) | 0xffffffff << 32
    done = run(kcore, "read", "-k", where / "kernel", where / "core", hex(signed), "16")
    assert done.stdout.startswith(f"{signed & 0xffffffff:016x} ".encode())
    assert done.stdout.endswith(b" <ostype>\n")
    # What is extended by neither stays what it is.
    done = run(kcore, "xlate", "-k", where / "kernel", where / "core", "0x1bfeff000")
    assert done.returncode == 1 and done.stdout.startswith(b"0x1bfeff000: ")


def test_read_stops(kcore: Path, fixtures: Path) -> None:
    """When its output has failed, whatever is left to be read."""
    where = fixtures / "netbsd-amd64-4level-64g"
    most = max(listed(kcore, "map", "--json", "-k", where / "kernel", where / "core"),
               key=lambda r: (r["kind"] == "mapped") * (int(r["last"], 16) - int(r["first"], 16)))
    size = int(most["last"], 16) - int(most["first"], 16) + 1
    assert size >= 1 << 32
    for raw in ([], ["--raw"]):
        with open("/dev/full", "wb") as full:
            done = run(kcore, "read", *raw, "-k", where / "kernel", where / "core", most["first"],
                       hex(size), capture_output=False, stdout=full, stderr=subprocess.PIPE,
                       preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CPU, (10, 10)))
        assert done.returncode == 1, done
        assert done.stderr == b"kcore: standard output: No space left on device\n"


def texts(kcore: Path, kernel: Path, core: Path) -> dict[str, str | None]:
    """What info says of the version and the panic, the same in both forms."""
    plain = {line[:7].strip(): line[10:] for line in
             run(kcore, "info", "-k", kernel, core).stdout.decode().splitlines()}
    found = listed(kcore, "info", "--json", "-k", kernel, core)
    for key in ("version", "panic"):
        assert plain.get(key) == found[key]
    return {key: found[key] for key in ("version", "panic")}


def point_panicstr(kcore: Path, where: Path, to: Path, tail: int) -> Path:
    """A core whose panicstr names the last bytes of a page before a hole, all of them letters."""
    ranges = listed(kcore, "map", "--json", "-k", where / "kernel", where / "core")
    page = next(a for a, b in zip(ranges, ranges[1:]) if a["kind"] == b["kind"] == "mapped" and
                int(a["last"], 16) + 1 < int(b["first"], 16) and
                int(a["last"], 16) + 1 - int(a["first"], 16) >= tail)
    place, = listed(kcore, "xlate", "--json", "-k", where / "kernel", where / "core", "panicstr")
    last = int(page["last"], 16)
    data = bytearray((where / "core").read_bytes())
    struct.pack_into("<Q", data, int(place["offset"], 16), last + 1 - tail)
    end = int(page["offset"], 16) + last + 1 - int(page["first"], 16)
    data[end - tail:end] = b"A" * tail
    to.write_bytes(data)
    return to


def test_info_texts(kcore: Path, fixtures: Path, tmp_path: Path) -> None:
    """With --json, too; of a long one, or one that nothing ends, the beginning."""
    where = fixtures / AMD64
    right = texts(kcore, where / "kernel", where / "core")
    assert right["version"].startswith("NetBSD 10.99.12 (KCORE) #0")
    assert right["panic"] == 'kernel diagnostic assertion "model == library" failed'
    for tail, shown in ((10, 10), (1024, 1023), (4096, 1023)):
        core = point_panicstr(kcore, where, tmp_path / "core", tail)
        assert texts(kcore, where / "kernel", core) == right | {"panic": "A" * shown}
    place, = listed(kcore, "xlate", "--json", "-k", where / "kernel", where / "core", "panicstr")
    data = bytearray((where / "core").read_bytes())
    struct.pack_into("<Q", data, int(place["offset"], 16), 0)
    (tmp_path / "core").write_bytes(data)
    assert texts(kcore, where / "kernel", tmp_path / "core") == right | {"panic": None}


def test_regime_is_no_guess(kcore: Path, fixtures: Path) -> None:
    """Where the command line names it."""
    core = fixtures / AMD64 / "core"
    found = listed(kcore, "info", "--json", "--regime", "4level", "--root", "0", core)
    assert found["problems"] == ["no kernel was given (-k): no symbols"]
    found = listed(kcore, "info", "--json", fixtures / "netbsd-sparc64-sun4u" / "core")
    assert found["problems"] == ["no kernel was given (-k): no symbols, and the regime is a guess"]


@pytest.mark.parametrize("name, word", [
    ("freebsd-amd64-pde-v3", "amd64"), ("freebsd-arm64-4k-v3", "arm64"), (I386, "i386"),
    ("netbsd-arm-armv7", "arm"), ("netbsd-mipseb-segtab", "mips"), ("netbsd-powerpc-oea", "powerpc"),
    ("netbsd-powerpc64-oea64", "powerpc64"), ("netbsd-riscv64-sv39", "riscv64"),
    ("netbsd-riscv32-sv32", "riscv32"), ("netbsd-alpha-alpha", "alpha"),
    ("netbsd-sparc-srmmu", "sparc"), ("netbsd-hppa-linear", "hppa"), ("netbsd-m68k-68040", "m68k"),
])
def test_thread(kcore: Path, fixtures: Path, tmp_path: Path, name: str, word: str) -> None:
    """On the machines that the man page lists convert writes a thread, on others none."""
    listing = re.search(r"build-id; and, on\n(.*?)\na thread", MAN.read_text(), re.DOTALL)
    assert listing is not None
    where, out = fixtures / name, tmp_path / "out.elf"
    done = run(kcore, "convert", "-k", where / "kernel", where / "core", out)
    assert done.returncode == 0, done.stderr
    with out.open("rb") as f:
        threads = [note["n_type"] for segment in ELFFile(f).iter_segments("PT_NOTE")
                   for note in segment.iter_notes() if note["n_name"] == "CORE"]
    assert len(threads) == (word in re.findall(r"\w+", listing[1]))
