"""`make containers`: builds the images, starts docker-compose.yml, and prints a table of the results.

python -m tests.containers [--no-build] [--out FOLDER] [NAME …]     NAME: some of the scenarios only
"""

import argparse
import asyncio
import json
import sys
import tempfile
import time
import traceback
from itertools import groupby
from pathlib import Path

import httpx2

from launcher.console import Problem, say
from tests.chaos.__main__ import Figures, line
from tests.containers.catalogue import SCENARIOS, Scenario
from tests.containers.compose_stack import ComposeStack, build, open_compose_stack
from tests.containers.engine import Engine, find
from tests.containers.setups import Setup

SECONDS = 1500.0
"""Time limit of one scenario."""

FAULTS = (AssertionError, TimeoutError, Problem, httpx2.HTTPError, ExceptionGroup)


async def main(names: list[str], out: Path, *, builds: bool) -> int:
    """Run the scenarios one after the other. Returns 1 if one did not hold."""
    engine = find()
    if builds:
        say("Building the images …")
        await build(engine, {profile for name in names for profile in SCENARIOS[name].setup.profiles})
    rows: list[Figures] = []
    logs = ""
    for setup, group in groupby(names, lambda name: SCENARIOS[name].setup):
        say(f"Starting the containers with `{' '.join(engine.compose)}` …")
        of_setup, log = await run_all(engine, setup, list(group))
        rows += of_setup
        logs += log
    write(out, rows, logs)
    return 0 if all(row["held"] for row in rows) else 1


async def run_all(engine: Engine, setup: Setup, names: list[str]) -> tuple[list[Figures], str]:
    """Run the scenarios of one setup on one stack. Returns their figures and the containers' logs."""
    rows: list[Figures] = []
    logs = ""
    try:
        with tempfile.TemporaryDirectory() as folder:
            async with open_compose_stack(engine, Path(folder), setup) as stack:
                for name in names:
                    rows.append(await run(name, SCENARIOS[name], stack))
                logs = await stack.logs()
    except FAULTS as fault:  # the stack did not start, or did not stop
        say(str(fault))
        rows += [{"scenario": name, **_not_held(fault), "seconds": 0.0} for name in names[len(rows) :]]
    return rows, logs


def write(out: Path, rows: list[Figures], logs: str) -> None:
    out.mkdir(parents=True, exist_ok=True)
    (out / "containers.json").write_text(json.dumps(rows, indent=1) + "\n", "utf-8")
    (out / "containers.log").write_text(logs, "utf-8")


async def run(name: str, scenario: Scenario, stack: ComposeStack) -> Figures:
    start = time.monotonic()
    try:
        async with asyncio.timeout(SECONDS):
            await stack.up(**stack.setup.start)  # the previous scenario may have failed half-way
            figures: Figures = {"held": True, **await scenario.run(stack)}
    except FAULTS as error:
        figures = _not_held(error)
    row = {"scenario": name, **figures, "seconds": time.monotonic() - start}
    say(line(row))
    return row


def _not_held(error: Exception) -> Figures:
    while isinstance(error, ExceptionGroup):
        error = error.exceptions[0]
    steps = [f"{Path(step.filename).stem}:{step.lineno}" for step in traceback.extract_tb(error.__traceback__)]
    return {"held": False, "error": f"{type(error).__name__}: {error}"[:600], "at": " ".join(steps[-3:])}


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make containers", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(SCENARIOS))
    parser.add_argument("--no-build", action="store_true", help="use the existing images")
    parser.add_argument("--out", type=Path, default=Path(".holdfast/containers"))
    given = parser.parse_args()
    if unknown := set(given.names) - SCENARIOS.keys():
        parser.error(f"no such scenario: {', '.join(sorted(unknown))}")
    return given


if __name__ == "__main__":
    given = arguments()
    try:
        sys.exit(asyncio.run(main(given.names or list(SCENARIOS), given.out, builds=not given.no_build)))
    except Problem as problem:
        sys.exit(str(problem))
    except KeyboardInterrupt:
        sys.exit("Stopped; the containers are removed.")
