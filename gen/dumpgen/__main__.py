# SPDX-License-Identifier: BSD-2-Clause
"""Command line: python3 -m dumpgen build|list|walk|audit|prune."""

import argparse
import multiprocessing
import os
import sys
from pathlib import Path

from .build import build
from .errors import FixtureError, ScenarioError
from .scenario import load


def _build_one(job: tuple[str, str]) -> str:
    """Builds one scenario file; returns "" or what went wrong."""
    path, out = job
    try:
        build(load(Path(path)), Path(out))
    except (ScenarioError, FixtureError, OSError) as e:
        return str(e)
    return ""


def _cmd_build(args: argparse.Namespace) -> int:
    jobs = [(path, args.out) for path in args.scenario]
    stems = [Path(p).stem for p in args.scenario]
    for name in stems:
        if stems.count(name) > 1:
            print(f"dumpgen: {name}: two scenarios of this name", file=sys.stderr)
            return 2
    count = min(len(jobs), args.jobs or os.cpu_count() or 1)
    if count <= 1:
        results = [_build_one(job) for job in jobs]
    else:
        with multiprocessing.Pool(count) as pool:
            results = pool.map(_build_one, jobs, chunksize=1)
    for text in filter(None, results):
        print(f"dumpgen: {text}", file=sys.stderr)
    return 1 if any(results) else 0


def _cmd_list(args: argparse.Namespace) -> int:
    for path in sorted(Path(args.dir).glob("*.toml")):
        print(path.stem)
    return 0


def _address(text: str) -> int:
    """A virtual address; symbols are the kernel's, which the model does not read."""
    try:
        return int(text, 0)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r}, wanted an address: 0x80001000") from None


def _cmd_walk(args: argparse.Namespace) -> int:
    from .walk import explain

    for line in explain(Path(args.dir), args.va):
        print(line)
    return 0


def _cmd_audit(args: argparse.Namespace) -> int:
    from .audit import report

    missing = report([Path(d) for d in args.dir])
    for line in missing:
        print(line)
    return 1 if any(line.startswith("missing") for line in missing) else 0


def _cmd_prune(args: argparse.Namespace) -> int:
    from .audit import prune

    for name in prune(Path(args.out), {Path(s).stem for s in args.scenario}):
        print(f"dumpgen: removed {name}, which has no scenario any more")
    return 0


def main() -> int:
    """Exit 0 done, 1 a scenario or fixture is wrong, 2 usage."""
    parser = argparse.ArgumentParser(prog="dumpgen", description=__doc__)
    sub = parser.add_subparsers(dest="command", required=True)
    p = sub.add_parser("build", help="make fixtures from scenarios")
    p.add_argument("scenario", nargs="+", metavar="SCENARIO.toml")
    p.add_argument("-o", dest="out", required=True, metavar="DIR")
    p.add_argument("-j", dest="jobs", type=int, default=0, help="processes; default: one a CPU")
    p.set_defaults(run=_cmd_build)
    p = sub.add_parser("list", help="names of the scenarios")
    p.add_argument("dir", nargs="?", metavar="DIR",
                   default=Path(__file__).resolve().parents[2] / "fixtures")
    p.set_defaults(run=_cmd_list)
    p = sub.add_parser("walk", help="explain an address of a fixture")
    p.add_argument("dir", metavar="DIR")
    p.add_argument("va", metavar="VA", type=_address, help="in C syntax")
    p.set_defaults(run=_cmd_walk)
    p = sub.add_parser("audit", help="what the fixtures of each regime leave out")
    p.add_argument("dir", nargs="+", metavar="DIR")
    p.set_defaults(run=_cmd_audit)
    p = sub.add_parser("prune", help="remove fixtures whose scenario is gone")
    p.add_argument("scenario", nargs="+", metavar="SCENARIO.toml")
    p.add_argument("-o", dest="out", required=True, metavar="DIR")
    p.set_defaults(run=_cmd_prune)
    args = parser.parse_args()
    try:
        return args.run(args)
    except BrokenPipeError:
        return 1
    except (ScenarioError, FixtureError, OSError, ValueError) as e:
        print(f"dumpgen: {e}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
