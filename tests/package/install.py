#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Installs the package and builds programs against what was installed.

Usage: install.py BUILD FIXTURE: the README's C program and one in C++, by pkg-config, linked
shared and static, must read the fixture's dumpmag.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from package import Report, prototypes

ROOT = Path(__file__).resolve().parents[2]
PREFIX = "/opt/kcore"
CXX_PROGRAM = """\
#include <kvm.h>
#include <fcntl.h>
#include <cstdio>

int
main(int argc, char **argv)
{
	char err[2048];
	kvm_t *kd = argc == 3 ? kvm_openfiles(argv[1], argv[2], nullptr, O_RDONLY, err) : nullptr;
	struct nlist nl[2] = {};
	unsigned char b[4];

	nl[0].n_name = "dumpmag";
	if (kd == nullptr || kvm_nlist(kd, nl) != 0 ||
	    kvm_read(kd, nl[0].n_value, b, sizeof b) != sizeof b)
		return 1;
	std::printf("dumpmag is %02x%02x%02x%02x\\n", b[3], b[2], b[1], b[0]);
	return kvm_close(kd);
}
"""
EXPECTED = """
bin/kcore bin/kcore-conform bin/kcore-worker-dlopen include/kvm.h lib/libkvm.a lib/libkvm.so
lib/libkvm.so.1
lib/pkgconfig/libkvm.pc share/man/man1/kcore.1 share/man/man1/kcore-conform.1
share/man/man3/kvm.3 share/man/man3/kvm_open.3 share/man/man3/kvm_openfiles.3
"""


def run(*command: object, **env: str) -> subprocess.CompletedProcess[str]:
    """Runs a command and captures what it says."""
    return subprocess.run(
        [str(word) for word in command], capture_output=True, text=True, check=False,
        env={**os.environ, **env}, stdin=subprocess.DEVNULL, cwd=ROOT,
    )  # fmt: skip


def readme_program() -> str:
    """The README's C program."""
    return re.search(r"^```c\n(.*?)^```", (ROOT / "README.md").read_text(), re.M | re.S)[1]


def main() -> int:
    """Command line."""
    build, fixture = Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve()
    report = Report()
    work = build / "package"
    shutil.rmtree(work, ignore_errors=True)
    stage = work / "stage"
    done = run("make", "install", f"BUILD={build}", f"DESTDIR={stage}", f"PREFIX={PREFIX}",
               MAKEFLAGS="", MAKELEVEL="")  # fmt: skip
    if not report.check("make install", done.returncode == 0, done.stderr[-2000:]):
        return report.finish()
    tree = stage / PREFIX[1:]
    for name in EXPECTED.split():
        report.check(f"installed: {name}", (tree / name).exists())
    links = [path for path in stage.rglob("*") if path.is_symlink() and not path.exists()]
    report.check("no link leads nowhere", not links, *links)
    files = [path for path in work.rglob("*") if not path.is_dir()]
    outside = [path for path in files if tree not in path.parents]
    report.check("nothing outside PREFIX", not outside, *outside)

    header, shared = tree / "include/kvm.h", tree / "lib/libkvm.so"
    exported = {
        line.split()[-1].split("@")[0]
        for line in run("nm", "-D", "--defined-only", shared).stdout.splitlines()
        if " A " not in line
    }
    declared = prototypes(header)
    report.check(
        "libkvm.so exports what kvm.h declares, and no more",
        bool(exported) and exported == declared,
        f"only exported: {sorted(exported - declared)}",
        f"only declared: {sorted(declared - exported)}",
    )
    soname = re.search(r"SONAME.*\[(.*)\]", run("readelf", "-d", shared).stdout)
    report.check("soname is libkvm.so.1", bool(soname) and soname[1] == "libkvm.so.1", soname)

    env = {
        "PKG_CONFIG_PATH": str(tree / "lib/pkgconfig"),
        "PKG_CONFIG_SYSROOT_DIR": str(stage),
        "LD_LIBRARY_PATH": str(tree / "lib"),
    }
    (work / "readme.c").write_text(readme_program())
    (work / "cxx.cc").write_text(CXX_PROGRAM)
    for compiler, source, flags in (
        ("cc", "readme.c", ["-std=c11"]),
        ("c++", "cxx.cc", ["-std=c++17"]),
    ):
        for linkage in ("shared", "static"):
            static = ["--static"] if linkage == "static" else []
            config = run("pkg-config", "--cflags", "--libs", *static, "libkvm", **env)
            name = f"{source}, linked {linkage}"
            if not report.check(f"{name}: pkg-config", config.returncode == 0, config.stderr):
                continue
            words = config.stdout.split()
            if static:
                words = [f"{tree}/lib/libkvm.a" if word == "-lkvm" else word for word in words]
            program = work / f"{Path(source).stem}-{linkage}"
            built = run(compiler, *flags, "-Wall", "-Wextra", "-Werror", "-o", program,
                        work / source, *words)  # fmt: skip
            if not report.check(f"{name}: compiles", built.returncode == 0, built.stderr):
                continue
            needed = "libkvm.so.1" in run("readelf", "-d", program).stdout
            report.check(f"{name}: needs libkvm.so.1: {not static}", needed == (not static))
            out = run(program, fixture / "kernel", fixture / "core", **env)
            good = out.stdout == "dumpmag is 8fca0101\n" and out.returncode == 0
            report.check(f"{name}: reads dumpmag", good, out, f"exit {out.returncode}")
    return report.finish()


if __name__ == "__main__":
    sys.exit(main())
