"""`python -m bench.scale`: predicts what large fleets need, from measurements of small ones. See docs/scale.md.

Without a command it fits the prices to bench/scale/measured.json, compares the simulation with all that was measured,
and prints the tables; it ends with 1 if a prediction is more than 20 % off. `measure` measures anew (Linux only),
`document` puts the tables into docs/scale.md.
"""

import argparse
import sys
from pathlib import Path

from bench.scale import document, record
from bench.scale.report import Report
from launcher.console import Problem


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.scale", description=__doc__)
    parser.add_argument("command", nargs="?", choices=("measure", "document"))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", default="", help="scenarios, with ; between them; others stay as recorded")
    parser.add_argument("--machine", default="", help="the machine in words, for the record")
    parser.add_argument("--record", type=Path, default=record.FILE, help="the file of the measurements")
    return parser.parse_args()


def main() -> int:
    given = arguments()
    if given.command == "measure":
        from bench.scale.measuring import measure_all  # needs Linux

        try:
            measure_all(given.record, given.rounds, given.only, given.machine)
        except Problem as problem:
            sys.stderr.write(f"{problem}\n")
            return 2
    report = Report(record.load(given.record))
    if given.command == "document":
        document.write(report)
        return 0
    sys.stdout.write("\n\n".join(f"## {name}\n\n{make(report)}" for name, make in document.TABLES.items()) + "\n")
    return int(bool(report.beyond))


if __name__ == "__main__":
    sys.exit(main())
