# SPDX-License-Identifier: BSD-2-Clause
"""The library under test, through its C interface (lib/kvm.h)."""

import ctypes as c
import os
from pathlib import Path

KINDS = ["map", "hole", "absent", "short", "absent"]    # enum kvm_kind; unknown is absent to us


class Range(c.Structure):
    """struct kvm_range."""

    _fields_ = [("first", c.c_uint64), ("last", c.c_uint64), ("paddr", c.c_uint64),
                ("offset", c.c_int64), ("kind", c.c_int), ("prot", c.c_uint),
                ("prot_known", c.c_bool)]


class Options(c.Structure):
    """struct kvm_open_options."""

    _fields_ = [("size", c.c_size_t), ("flags", c.c_uint), ("resolver", c.c_void_p),
                ("base", c.c_uint64), ("regime", c.c_char_p), ("root", c.c_uint64),
                ("vabits", c.c_uint)]


RAW = 4             # KVM_OPEN_RAW


def options(where: Path) -> tuple[str, Options]:
    """The core's name, and how it is opened."""
    core, made = "core", Options(c.sizeof(Options))
    if not (where / "oracle").exists():
        return core, made
    vabits = 0
    with (where / "oracle").open() as oracle:
        for line in oracle:
            word, *rest = line.split()
            if word == "file":
                core = rest[1]
            elif word == "vabits":
                vabits = int(rest[0])
            elif word == "raw":
                made.flags, made.base = RAW, int(rest[0], 16)
                if len(rest) == 3:
                    made.regime, made.root = rest[1].encode(), int(rest[2], 16)
                    made.vabits = vabits
    return core, made


class StepStruct(c.Structure):
    """struct kvm_step."""

    _fields_ = [("level", c.c_uint), ("name", c.c_char_p), ("table", c.c_uint64),
                ("index", c.c_uint64), ("entry", c.c_uint64), ("raw", c.c_uint64),
                ("verdict", c.c_char_p), ("why", c.c_char_p), ("next", c.c_uint64),
                ("prot", c.c_uint)]


RANGE_CB = c.CFUNCTYPE(c.c_int, c.POINTER(Range), c.c_void_p)
STEP_CB = c.CFUNCTYPE(None, c.POINTER(StepStruct), c.c_void_p)


class Kvm:
    """An open handle."""

    def __init__(self, library: Path, where: Path) -> None:
        so = self._so = c.CDLL(str(library))
        so.kvm_open_image.restype = c.c_void_p
        so.kvm_open_image.argtypes = [c.c_char_p] * 2 + [c.c_int, c.POINTER(Options), c.c_char_p]
        so.kvm_read2.restype = c.c_int64
        so.kvm_read2.argtypes = [c.c_void_p, c.c_uint64, c.c_void_p, c.c_size_t]
        so.kvm_geterr.restype = c.c_char_p
        so.kvm_geterr.argtypes = so.kvm_close.argtypes = [c.c_void_p]
        so.kvm_xlate.argtypes = [c.c_void_p, c.c_uint64, c.POINTER(Range), STEP_CB, c.c_void_p]
        so.kvm_each_range.argtypes = [c.c_void_p, c.c_uint64, c.c_uint64, RANGE_CB, c.c_void_p]
        text = c.create_string_buffer(2048)
        core, how = options(where)
        self._kd = so.kvm_open_image(os.fsencode(where / "kernel"), os.fsencode(where / core), 0,
                                     c.byref(how), text)
        if not self._kd:
            raise OSError(text.value.decode())

    def __enter__(self) -> "Kvm":
        return self

    def __exit__(self, *_: object) -> None:
        self._so.kvm_close(self._kd)

    def read(self, va: int, size: int) -> bytes | None:
        """The bytes, fewer than size where the file ends, or None."""
        buf = c.create_string_buffer(size)
        got = self._so.kvm_read2(self._kd, va, buf, size)
        return None if got < 0 else buf.raw[:got]

    def error(self) -> str:
        """kvm_geterr."""
        return self._so.kvm_geterr(self._kd).decode()

    def xlate(self, va: int) -> tuple[Range, list[tuple[str, int, int, int, str]]]:
        """The range around va and (name, table, index, raw, verdict) of each step."""
        found, steps = Range(), []

        def step(p, _):
            s = p.contents
            steps.append((s.name.decode(), s.table, s.index, s.raw, s.verdict.decode()))

        if self._so.kvm_xlate(self._kd, va, c.byref(found), STEP_CB(step), None):
            raise OSError(self.error())
        return found, steps

    def ranges(self) -> list[tuple[str, int, int, int, str]]:
        """(word, start, end, pa, prot) of all that is not a hole."""
        out = []

        def one(p, _):
            r = p.contents
            out.append((KINDS[r.kind], r.first, r.last + 1, r.paddr, prot(r)))
            return 1

        if self._so.kvm_each_range(self._kd, 0, (1 << 64) - 1, RANGE_CB(one), None):
            raise OSError(self.error())
        return out


def prot(r: Range) -> str:
    """kr_prot as the oracle writes it."""
    if not r.prot_known:
        return "-"
    return "".join(ch if r.prot & bit else "-" for ch, bit in (("r", 1), ("w", 2), ("x", 4)))
