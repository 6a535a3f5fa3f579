"""`make bench-curves`: measures how costs grow, and writes a table, JSON and a plot.

python -m bench.curves [--out FOLDER] [--only WORD]
"""

import argparse
import gc
import json
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import TypeVar

import uvloop

from bench.curves import branching, holding, neighbours, pages, pauses, plot, queueing, reading, routes, turns
from bench.curves.curve import Curve, Points
from bench.curves.lab import open_lab
from bench.report import short, table
from bench.room import open_room

Where = TypeVar("Where")
PASSES = 3


async def measure(folder: Path, word: str) -> list[Points]:
    points = []
    async with open_lab(folder / "lab") as lab:
        modules = (turns, branching, reading, holding, queueing, pages)
        for curve in (curve for module in modules for curve in module.CURVES):
            if word in curve.title:
                points.append(await trace(curve, lab))
                await lab.store.flushdb()
    wanted = [curve for curve in (*routes.CURVES, *pauses.CURVES, *neighbours.CURVES) if word in curve.title]
    if wanted:
        async with open_room(folder / "room", ["holdfast"], MAX_HISTORY_MESSAGES="0", LOG_TTL="1") as room:
            async with routes.open_site(room) as site:
                points += [await trace(route, site) for route in wanted]
    return points


async def trace(curve: Curve[Where], where: Where) -> Points:
    """Measures a curve, up to `PASSES` times until it holds. Keeps the minimum, because noise only adds time."""
    seconds = [float("inf")] * len(curve.sizes)
    for _ in range(PASSES):
        again = [await curve.cost(where, size) for size in curve.sizes]
        seconds = [min(pair) for pair in zip(seconds, again, strict=True)]
        points = Points(curve.title, curve.grows, curve.bound, curve.sizes, tuple(seconds), curve.most)
        if points.holds:
            break
    sys.stdout.write(" | ".join(row(points)) + "\n")
    sys.stdout.flush()
    return points


def row(points: Points) -> list[str]:
    pairs = zip(points.sizes, points.seconds, strict=True)
    costs = ", ".join(f"{size:,}: {short(1000 * seconds)}" for size, seconds in pairs)
    verdict = "PASS" if points.holds else "FAIL"
    return [points.title, points.grows, costs, f"{points.power:.2f}", f"{points.bound:.0f}", verdict]


def main() -> int:
    parser = argparse.ArgumentParser(prog="make bench-curves", description=__doc__)
    parser.add_argument("--out", type=Path, default=Path(".holdfast/bench"))
    parser.add_argument("--only", default="", metavar="WORD", help="curves with this in their title")
    given = parser.parse_args()
    gc.disable()  # so that collections do not fall into a measurement
    with tempfile.TemporaryDirectory() as folder:
        points = uvloop.run(measure(Path(folder), given.only))
    given.out.mkdir(parents=True, exist_ok=True)
    head = ["what", "grows with", "ms at a size", "power", "at most", ""]
    text = table(head, [row(one) for one in points])
    (given.out / "curves.md").write_text(text, "utf-8")
    (given.out / "curves.json").write_text(json.dumps([asdict(one) for one in points], indent=1) + "\n", "utf-8")
    plot.draw(points, given.out / "curves.svg")
    sys.stdout.write(f"\n{text}\nKept in {given.out}: curves.md, curves.json, curves.svg\n")
    return int(not all(one.holds for one in points))


if __name__ == "__main__":
    sys.exit(main())
