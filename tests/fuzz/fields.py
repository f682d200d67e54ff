# SPDX-License-Identifier: BSD-2-Clause
"""Writes the C table of where containers have which numbers: fields.py SCENARIO.toml... >fields.h

The model knows the fields of each header that it makes.  A layout is what headers that begin with the
same bytes have in common.  mutate.c includes the table.
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "gen"))

from dumpgen import kerneldump  # noqa: E402
from dumpgen.container import Field  # noqa: E402
from dumpgen.model import Model, make  # noqa: E402
from dumpgen.scenario import load  # noqa: E402

REPEATED = 4            # of rows that are alike, so many have fields; others are as good
REACH = 24 << 10        # offsets behind are in no input
ELF = 6                 # bytes of e_ident that say where fields are
SECTION = ("sh_name", "sh_type", "sh_flags", "sh_addr", "sh_offset", "sh_size", "sh_link", "sh_info",
           "sh_addralign", "sh_entsize")        # System V gABI, chapter 4
NETBSD = 8              # the machine, and the sizes of both headers, which say the byte order


def numbers(places: dict[str, Field], shift: int = 0) -> Iterator[tuple[str, Field]]:
    """Fields that are one number, moved down by shift."""
    for name, f in places.items():
        row = re.search(r"\d+", name)
        if f.size in (1, 2, 4, 8) and shift <= f.offset < REACH and f"{name}.start" not in places \
                and not (row and name[:row.start()] in ("seg", "ph", "reg", "avail")
                         and int(row[0]) >= REPEATED):
            yield name, Field(f.offset - shift, f.size, f.byteorder)


def layouts(model: Model) -> Iterator[tuple[bytes, str, dict[str, Field]]]:
    """What a core file of the model begins with, and the fields behind that; what a device does."""
    head, places = model.header.data, model.fields["core"]
    name = f"{model.port.os}/{model.port.machine} {model.port.container.form}"
    if "magic" in places:
        start = head[:places["magic"].size]
    else:
        start = head[:ELF if head.startswith(b"\x7fELF") else NETBSD]
    if not head or any(n.startswith("kd.") for n in places):
        return
    yield start, name, dict(numbers(places))
    device = model.port.container.device_header(model.cpu) if "c_midmag" in places else b""
    at = head.find(model.cpu) - (len(device) - len(model.cpu))
    if device.endswith(model.cpu) and at > 0:
        found = {n: f for n, f in numbers(places, at) if n.split(".")[0] not in ("cpu", "data")}
        yield device[:NETBSD], f"{name} device", {
            "c_midmag": Field(0, 4, "big"), "c_size": Field(4, 4, places["c_nseg"].byteorder), **found}


def dump_headers() -> Iterator[tuple[bytes, str, dict[str, Field]]]:
    """The dump header of FreeBSD's devices, in its versions."""
    for magic in (kerneldump.MAGIC, kerneldump.CLEARED, kerneldump.TEXTDUMP):
        for version in (1, 2, 3, 4):
            yield magic, f"{magic.decode()} {version}", dict(numbers(kerneldump.fields(version)))


def sections() -> Iterator[tuple[bytes, Field, int, dict[str, Field]]]:
    """ELF section headers: what the file begins with, where e_shoff is, a header's size, its fields."""
    for bits in (32, 64):
        for data, order in enumerate(("little", "big"), 1):
            word, at, places = bits // 8, 0, {}
            for name in SECTION:
                size = 4 if name in ("sh_name", "sh_type", "sh_link", "sh_info") else word
                places[name] = Field(at, size, order)
                at += size
            yield bytes((*b"\x7fELF", word // 4, data)), Field(24 + 2 * word, word, order), at, places


def triple(f: Field) -> str:
    """A struct field of C."""
    return f"{{ {f.offset}, {f.size}, {int(f.byteorder == 'big')} }}"


def collect(scenarios: list[Path]) -> dict[tuple[bytes, str], dict[Field, str]]:
    """All layouts; of two scenarios with the same, the one has what the other lacks."""
    out: dict[tuple[bytes, str], dict[Field, str]] = {}
    found = [*dump_headers()]
    for path in scenarios:
        found += layouts(make(load(path)))
    for start, name, places in found:
        for field, f in places.items():
            out.setdefault((start, name), {}).setdefault(f, field)
    return out


def main() -> None:
    """Prints the table."""
    rows: list[str] = []
    made: dict[tuple[bytes, frozenset[Field]], int] = {}
    total = 0

    def add(start: bytes, name: str, places: dict[Field, str], base: str = "{ 0, 0, 0 }, 0") -> None:
        nonlocal total
        text = "".join(f"\\{b:03o}" for b in start)
        rows.append(f'\t{{ "{text}", {len(start)}, {total}, {len(places)}, {base} }},\t/* {name} */')
        total += len(places)
        print(f"\t/* {name} */")
        for f, field in sorted(places.items(), key=lambda row: row[0].offset):
            print(f"\t{triple(f)},\t/* {field} */")

    print("/* Made by tests/fuzz/fields.py from the model of each container. */")
    print("static const struct field fields[] = {")
    for (start, name), places in sorted(collect([Path(p) for p in sys.argv[1:]]).items()):
        if made.setdefault((start, frozenset(places)), len(rows)) == len(rows):
            add(start, name, places)
    for start, base, step, fields in sections():
        add(start, "ELF section headers", {f: n for n, f in fields.items()}, f"{triple(base)}, {step}")
    print("};\n\nstatic const struct layout layouts[] = {", *rows, "};", sep="\n")


if __name__ == "__main__":
    main()
