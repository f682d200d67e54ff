# SPDX-License-Identifier: BSD-2-Clause
"""What the fuzzers' inputs reach of the library: report.py BUILD TARGET...

Runs each target of BUILD/cov over its seeds, its corpus and the inputs that are committed, and
prints lines and branches of each file of lib/, functions that nothing entered, and the
speed of the last run of each target.
"""

import json
import re
import subprocess
import sys
from pathlib import Path

BATCH = 500         # inputs of one process


def inputs(build: Path, target: str) -> list[Path]:
    """All files that a target is run over."""
    folders = [build / "seeds", build / "corpus", Path("fixtures/crashers")]
    return sorted(f for d in folders for f in (d / target).glob("*") if f.is_file())


def run(build: Path, target: str) -> list[Path]:
    """Runs a target over its inputs; returns raw profiles."""
    files, profiles = inputs(build, target), []
    program = build / "cov" / "bin" / f"replay-{target}"
    for at in range(0, len(files), BATCH):
        profiles.append(build / "cov" / f"{target}-{at}.profraw")
        subprocess.run([program, *files[at:at + BATCH]], check=True, stderr=subprocess.DEVNULL,
                       env={"LLVM_PROFILE_FILE": str(profiles[-1])})
    return profiles


def speed(build: Path, target: str) -> str:
    """Executions a second and core, of the last run."""
    log = build / "log" / target
    text = log.read_text(errors="replace") if log.is_file() else ""
    units = re.search(r"number_of_executed_units: (\d+)", text)
    user = re.search(r"user_time_sec: ([\d.]+)", text)
    edges = re.findall(r"cov: (\d+)", text)
    if not units or not user or float(user[1]) == 0:
        return "not run"
    return (f"{int(units[1]):9} executions, {int(units[1]) / float(user[1]):7.0f} a second and core, "
            f"{edges[-1] if edges else '?'} edges")


def export(build: Path, targets: list[str], profiles: list[Path]) -> dict:
    """llvm-cov's summary of all targets together."""
    merged = build / "cov" / "all.profdata"
    subprocess.run(["llvm-profdata", "merge", "-sparse", "-o", merged, *profiles], check=True)
    programs = [build / "cov" / "bin" / f"replay-{t}" for t in targets]
    objects = [word for p in programs[1:] for word in ("-object", str(p))]
    out = subprocess.run(["llvm-cov", "export", "-skip-expansions", f"-instr-profile={merged}",
                          programs[0], *objects], check=True, capture_output=True).stdout
    return json.loads(out)["data"][0]


def main() -> None:
    """Prints the report."""
    build, targets = Path(sys.argv[1]), sys.argv[2:]
    profiles = [p for t in targets for p in run(build, t)]
    data = export(build, targets, profiles)
    print("speed of the last run")
    for target in targets:
        print(f"    {target:10} {speed(build, target)}")
    print(f"\n{'file of lib/':34} {'lines':>12} {'branches':>14}")
    total = [0, 0, 0, 0]
    for file in sorted(data["files"], key=lambda f: f["filename"]):
        name = file["filename"].rpartition("/lib/")[2]
        if "/lib/" not in file["filename"] or not name.endswith(".c"):
            continue
        row = [file["summary"][k][n] for k in ("lines", "branches") for n in ("covered", "count")]
        total = [a + b for a, b in zip(total, row)]
        print(f"{name:34} {row[0]:5} of {row[1]:4} {row[2]:6} of {row[3]:4}"
              f"{row[0] / max(1, row[1]):7.0%}")
    print(f"{'all':34} {total[0]:5} of {total[1]:4} {total[2]:6} of {total[3]:4}"
          f"{total[0] / max(1, total[1]):7.0%}")
    # A function is counted once for each program that holds it.
    counts: dict[tuple[str, str], int] = {}
    for f in data["functions"]:
        key = (f["filenames"][0].rpartition("/lib/")[2], f["name"].rpartition(":")[2])
        if "/lib/" in f["filenames"][0] and key[0].endswith(".c"):
            counts[key] = counts.get(key, 0) + f["count"]
    never: dict[str, list[str]] = {}
    for (name, function), n in sorted(counts.items()):
        if n == 0:
            never.setdefault(name, []).append(function)
    print("\nfunctions that nothing entered")
    for name, functions in never.items():
        print(f"    {name}: {', '.join(functions)}")


if __name__ == "__main__":
    main()
