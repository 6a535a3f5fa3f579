"""`make bench`: measures every target in every scenario, and writes tables, JSON and plots.

python -m bench [--only NAME[,NAME]] [--targets NAME[,NAME]] [--rounds N] [--out FOLDER]
"""

import argparse
import resource
import sys
import tempfile
from pathlib import Path

import uvloop

from bench import report
from bench.run import run
from bench.scenarios import SCENARIOS
from bench.targets import TARGETS
from bench.targets.resumable import install
from launcher.console import Problem


def names(given: str, known: dict[str, object]) -> list[str]:
    chosen = given.split(",") if given else list(known)
    if unknown := set(chosen) - known.keys():
        raise Problem(f"unknown: {', '.join(sorted(unknown))}; there are {', '.join(known)}")
    return chosen


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--only", default="", help=f"of {', '.join(SCENARIOS)}")
    parser.add_argument("--targets", default="", help=f"of {', '.join(TARGETS)}")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--out", type=Path, default=Path(".holdfast/bench"))
    return parser.parse_args()


def main() -> int:
    given = arguments()
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(hard, 65_536)), hard))
    try:
        scenarios = names(given.only, dict(SCENARIOS))
        targets = names(given.targets, dict(TARGETS))
        if "resumable-stream" in targets:
            install()
        with tempfile.TemporaryDirectory() as folder:
            rows = uvloop.run(run(Path(folder), scenarios, targets, given.rounds))
    except Problem as problem:
        sys.stderr.write(f"{problem}\n")
        return 2
    return report.write(rows, given.out)


if __name__ == "__main__":
    sys.exit(main())
