"""Runs the long form of the scenarios (`make chaos`): prints a table, writes it as JSON, plots recovery times.

python -m tests.chaos [--out FOLDER] [--seed N] [NAME …]     NAME: some of the scenarios only
"""

import argparse
import asyncio
import json
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from itertools import cycle, repeat
from pathlib import Path
from typing import Any

from chat.providers.catalog import Dialect
from tests.chaos import (
    approvals,
    background,
    branches,
    demo,
    last_release,
    resuming,
    scenarios,
    tools,
    two_releases,
)
from tests.chaos.clock import HOUR, clock_steps
from tests.chaos.deployment import Deployment, open_deployment
from tests.chaos.full_store import store_full
from tests.chaos.pickup import WITHIN_RATIO, WITHIN_SECONDS, pick_up
from tests.chaos.poison import poisoned
from tests.support.held_tools import HeldTools
from tests.support.stack import ROOT

Figures = dict[str, Any]
Scenario = Callable[[Deployment, int], Awaitable[Figures]]
TURNS = 100
MANY = 50
KILLS = 20
SCHEDULE_SECONDS = 300.0
ROLLING_SECONDS = 60.0


async def random_schedule(deployment: Deployment, seed: int) -> Figures:
    return await scenarios.random_schedule(deployment, SCHEDULE_SECONDS, rate=5, seed=seed)


async def nothing_is_lost(deployment: Deployment, seed: int) -> Figures:
    return await branches.nothing_is_lost(deployment, conversations=10, steps=12, seed=seed)


async def rolling_restart(deployment: Deployment, _: int) -> Figures:
    tiers = await scenarios.rolling_restart(deployment, ROLLING_SECONDS, rate=20)
    with_valkey = await scenarios.valkey_restarted(deployment, rate=20)
    return {name: number + with_valkey[name] for name, number in tiers.items()}


async def poison(deployment: Deployment, _: int) -> Figures:
    return await poisoned(deployment, MANY, restarted=False)


async def poison_under_a_supervisor(deployment: Deployment, _: int) -> Figures:
    return await poisoned(deployment, MANY, restarted=True)


async def full_briefly(deployment: Deployment, _: int) -> Figures:
    return await store_full(deployment, MANY, 4)


async def full_for_long(deployment: Deployment, _: int) -> Figures:
    return await store_full(deployment, MANY, 60)


async def stepping_clock(deployment: Deployment, _: int) -> Figures:
    return await clock_steps(deployment, (-HOUR, -HOUR, HOUR, HOUR), rate=5)


async def upgrade_and_rollback(deployment: Deployment, _: int) -> Figures:
    last = last_release.unpack(deployment.folder / "last-release")
    deployment.codes = repeat(last)
    await scenarios.restart_all(deployment)
    return await two_releases.upgraded(deployment, last, rate=20)


async def two_releases_killed(deployment: Deployment, _: int) -> Figures:
    last = await _mix_releases(deployment)
    return await two_releases.taken_over(deployment, last, TURNS)


async def two_releases_at_random(deployment: Deployment, seed: int) -> Figures:
    last = await _mix_releases(deployment)
    return await two_releases.faults_at_random(deployment, last, SCHEDULE_SECONDS / 5, rate=5, seed=seed)


async def _mix_releases(deployment: Deployment) -> Path:
    """Make the first of two APIs and of two workers processes of the last release. Returns its packages."""
    last = last_release.unpack(deployment.folder / "last-release")
    deployment.codes = cycle((last, ROOT))
    await scenarios.restart_all(deployment)
    return last


async def pick_up_times(deployment: Deployment, _: int) -> Figures:
    figures = await pick_up(deployment, running=1900, probes=200)
    assert figures["busy_p95"] <= max(WITHIN_SECONDS, WITHIN_RATIO * figures["idle_p95"]), figures
    return figures


async def worker_killed(deployment: Deployment, _: int) -> Figures:
    figures = await scenarios.worker_killed(deployment, TURNS)
    assert figures["last_restart"] <= scenarios.RESTART_SECONDS, figures
    return figures


async def background_killed(deployment: Deployment, seed: int) -> Figures:
    async with background.background_deployment(deployment.folder / "background") as (running, server):
        return await background.killed_at_random(running, server, KILLS, seed, at_once=1)


async def demo_killed(deployment: Deployment, _: int) -> Figures:
    async with demo.demo_deployment(deployment.folder / "demo") as (with_demo, asked):
        return await demo.interrupted(with_demo, asked, kills=3)


def resumed(dialect: Dialect) -> Scenario:
    async def run(deployment: Deployment, _: int) -> Figures:
        figures = await resuming.resumed(deployment, [dialect], TURNS)
        assert figures["last_resume"] <= scenarios.RESTART_SECONDS, figures
        return figures

    return run


def with_tools(scenario: Callable[[Deployment, HeldTools, int], Awaitable[Figures]]) -> Scenario:
    async def run(deployment: Deployment, seed: int) -> Figures:
        async with tools.tool_deployment(deployment.folder / "tools") as (with_tools, held):
            return await scenario(with_tools, held, seed)

    return run


async def tools_killed(deployment: Deployment, held: HeldTools, seed: int) -> Figures:
    return await tools.killed_at_random(deployment, held, TURNS, KILLS, seed)


async def tools_alone(deployment: Deployment, held: HeldTools, _: int) -> Figures:
    figures = await tools.killed_in_places(deployment, held, tools.ALONE)
    assert figures["alone"] == len(tools.ALONE), figures
    return figures


async def tools_frozen(deployment: Deployment, held: HeldTools, _: int) -> Figures:
    return await tools.worker_frozen(deployment, held)


async def tools_stopped(deployment: Deployment, held: HeldTools, _: int) -> Figures:
    figures = await tools.stopped(deployment, held, KILLS)
    assert figures["slowest"] <= tools.STOP_SECONDS, figures
    return figures


async def approvals_answered(deployment: Deployment, held: HeldTools, _: int) -> Figures:
    return await approvals.answered(deployment, held, MANY, webs=2)


def with_turns(scenario: Callable[[Deployment, int], Awaitable[Figures]]) -> Scenario:
    async def run(deployment: Deployment, _: int) -> Figures:
        return await scenario(deployment, TURNS)

    return run


SCENARIOS: dict[str, tuple[Scenario, int, dict[str, Any]]] = {
    "worker killed": (worker_killed, 5, {}),
    "worker frozen": (with_turns(scenarios.worker_frozen), 1, {}),
    "api killed": (with_turns(scenarios.api_killed), 1, {}),
    "valkey killed": (with_turns(scenarios.valkey_killed), 1, {}),
    "rolling restart": (rolling_restart, 1, {}),
    "random schedule": (random_schedule, 1, {}),
    "versions": (nothing_is_lost, 1, {}),
    "upgrade, rollback": (upgrade_and_rollback, 1, {}),
    "two releases, killed": (two_releases_killed, 1, {"workers": 2}),
    "two releases, random": (two_releases_at_random, 1, {"workers": 2}),
    "poison": (poison, 1, {}),
    "poison, restarts": (poison_under_a_supervisor, 1, {}),
    "store full 4 s": (full_briefly, 1, {}),
    "store full 60 s": (full_for_long, 1, {}),
    "own queue, full 4 s": (full_briefly, 1, {"own_queue": True}),
    "own queue, full 60 s": (full_for_long, 1, {"own_queue": True}),
    "clock steps": (stepping_clock, 1, {"fake_clock": True, "log_ttl": str(4 * HOUR)}),
    **{f"resumed, {each}": (resumed(each), 1, {"providers": resuming.providers}) for each in resuming.DIALECTS},
    "background": (background_killed, 1, {}),
    "demo model killed": (demo_killed, 1, {}),
    "tools, killed": (with_tools(tools_killed), 1, {}),
    "tools, alone": (with_tools(tools_alone), 1, {}),
    "tools, frozen": (with_tools(tools_frozen), 1, {}),
    "tools, stopped": (with_tools(tools_stopped), 1, {}),
    "approvals": (with_tools(approvals_answered), 1, {}),
    "pick-up": (pick_up_times, 1, {"workers": 5, "worker_slots": "400", "lease_seconds": "10"}),
}


async def main(names: list[str], folder: Path, seed: int) -> int:
    """Run the scenarios, each on a deployment of its own. Returns 1 if one did not hold."""
    rows: list[Figures] = []
    for name in names or SCENARIOS:
        rows += await run_rounds(name, folder, seed)
    write(rows, folder)
    return 0 if all(row["held"] for row in rows) else 1


def write(rows: list[Figures], folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "chaos.json").write_text(json.dumps(rows, indent=1) + "\n", "utf-8")
    draw(rows, folder / "chaos.svg")


def keep(deployment: Deployment, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(deployment.log, path)


async def run_rounds(name: str, out: Path, seed: int) -> list[Figures]:
    """Run a scenario as many times as the table says. If one run did not hold, keep the log next to the results."""
    scenario, rounds, settings = SCENARIOS[name]
    rows = []
    try:
        with tempfile.TemporaryDirectory() as folder:
            async with open_deployment(Path(folder) / "deployment", **settings) as deployment:
                for number in range(1, rounds + 1):
                    title = f"{name} {number}/{rounds}" if rounds > 1 else name
                    rows.append(await run(title, scenario, deployment, seed))
                if not all(row["held"] for row in rows):
                    keep(deployment, out / f"{name}.log")
    except (AssertionError, TimeoutError) as error:  # it did not start or stop; the other scenarios run all the same
        rows.append({"scenario": name, **broken(error), "seconds": 0.0})
        sys.stdout.write(line(rows[-1]) + "\n")
    return rows


def broken(error: Exception) -> Figures:
    return {"held": False, "error": f"{type(error).__name__}: {error}"[:300]}


async def run(name: str, scenario: Scenario, deployment: Deployment, seed: int) -> Figures:
    start = time.monotonic()
    try:
        figures: Figures = {"held": True, **await scenario(deployment, seed)}
    except (AssertionError, TimeoutError, last_release.HistoryMissing) as error:
        figures = broken(error)
    row = {"scenario": name, **figures, "seconds": time.monotonic() - start}
    sys.stdout.write(line(row) + "\n")
    return row


def line(row: Figures) -> str:
    """Format one row of the table."""
    parts = [f"{key} {_short(value)}" for key, value in row.items() if key not in ("scenario", "held", "recovery")]
    return f"{'held  ' if row['held'] else 'BROKEN'}  {row['scenario']:<20} " + "  ".join(parts)


def _short(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def draw(rows: list[Figures], path: Path) -> None:
    """Plot the seconds from each fault to the restart of each reply as dots, and the promised limit as a line."""
    from matplotlib.figure import Figure  # only the long form needs matplotlib

    measured = [row for row in rows if row.get("recovery")]
    figure = Figure(figsize=(8, 0.6 * len(measured) + 1.6), layout="constrained")
    axes = figure.add_subplot()
    for row_number, row in enumerate(reversed(measured)):
        axes.plot(row["recovery"], [row_number] * len(row["recovery"]), "o", alpha=0.4, color="tab:blue")
    axes.axvline(scenarios.RESTART_SECONDS, color="tab:red", linestyle="--", label="lease + 2 s")
    axes.set_yticks(range(len(measured)), [row["scenario"] for row in reversed(measured)])
    axes.set_xlim(left=0)
    axes.set_xlabel("seconds from the fault to the restart of a reply")
    axes.legend(loc="lower right")
    figure.savefig(path)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make chaos", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(SCENARIOS))
    parser.add_argument("--out", type=Path, default=Path(".holdfast/chaos"))
    parser.add_argument("--seed", type=int, default=random.randrange(10_000))
    given = parser.parse_args()
    if unknown := set(given.names) - SCENARIOS.keys():
        parser.error(f"no such scenario: {', '.join(sorted(unknown))}")
    return given


if __name__ == "__main__":
    given = arguments()
    sys.exit(asyncio.run(main(given.names, given.out, given.seed)))
