"""`make containers`: builds the images, starts docker-compose.yml, and prints a table of the results.

python -m tests.containers [--no-build] [--out FOLDER] [NAME …]     NAME: some of the scenarios only
"""

import argparse
import asyncio
import json
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from launcher.console import Problem, say
from tests.chaos.__main__ import Figures, line
from tests.containers import backup, scenarios
from tests.containers.compose_stack import START, ComposeStack, build, open_compose_stack
from tests.containers.engine import find

SECONDS = 300.0
"""Time limit of one scenario."""

SCENARIOS: dict[str, Callable[[ComposeStack], Awaitable[Mapping[str, Any]]]] = {
    "chat": scenarios.chat,
    "workers 4-6-2-4": partial(scenarios.scaled, worker=[6, 2, 4]),
    "apis 2-3-1-2": partial(scenarios.scaled, api=[3, 1, 2]),
    "web 2-1-2": partial(scenarios.scaled, web=[1, 2]),
    "web killed": partial(scenarios.killed, service="web"),
    "api killed": partial(scenarios.killed, service="api"),
    "worker killed": partial(scenarios.killed, service="worker"),
    "redis killed": partial(scenarios.killed, service="redis"),
    "rolling restart": lambda stack: scenarios.restarted(stack, "web", "api", "worker"),
    "backup restored": backup.restored,
    "redis restarted": lambda stack: scenarios.restarted(stack, "redis"),
}


async def main(names: list[str], out: Path, *, builds: bool) -> int:
    """Run the scenarios one after the other on one compose stack. Returns 1 if one did not hold."""
    engine = find()
    if builds:
        say("Building the images …")
        await build(engine)
    with tempfile.TemporaryDirectory() as folder:
        say(f"Starting the containers with `{' '.join(engine.compose)}` …")
        async with open_compose_stack(engine, Path(folder)) as stack:
            rows = [await run(name, stack) for name in names]
            logs = await stack.logs()
    write(out, rows, logs)
    return 0 if all(row["held"] for row in rows) else 1


def write(out: Path, rows: list[Figures], logs: str) -> None:
    out.mkdir(parents=True, exist_ok=True)
    (out / "containers.json").write_text(json.dumps(rows, indent=1) + "\n", "utf-8")
    (out / "containers.log").write_text(logs, "utf-8")


async def run(name: str, stack: ComposeStack) -> Figures:
    start = time.monotonic()
    try:
        async with asyncio.timeout(SECONDS):
            await stack.up(**START)  # the previous scenario may have failed half-way
            figures: Figures = {"held": True, **await SCENARIOS[name](stack)}
    except (AssertionError, TimeoutError, Problem) as error:
        figures = {"held": False, "error": f"{type(error).__name__}: {error}"[:600]}
    row = {"scenario": name, **figures, "seconds": time.monotonic() - start}
    say(line(row))
    return row


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
