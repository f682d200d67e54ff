# SPDX-License-Identifier: BSD-2-Clause
"""What the fuzzers' inputs reach of the library: report.py BUILD TARGET...

Runs each target of BUILD/cov over its seeds, its corpus and the inputs that are committed, and
prints lines and branches of each file of lib/, functions that nothing entered, the speed of the last
run of each target, and what reach.py finds: that decides on the exit status.
"""

import json
import re
import sys
from pathlib import Path

import reach


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


def main() -> int:
    """Prints the report; 1 if a decoder's line is neither reached nor listed."""
    build, targets = Path(sys.argv[1]), sys.argv[2:]
    profiles = [p for t in targets for p in reach.run(build, t, reach.EVERYTHING)]
    data = json.loads(reach.export(build, targets, profiles, "-skip-expansions"))["data"][0]
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
    passed, failed = reach.check(build, targets, profiles)
    print(f"\nheader decoders, but for tests/fuzz/UNREACHED: {passed} passed, {failed} failed, 0 skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
