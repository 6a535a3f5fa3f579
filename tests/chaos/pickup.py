"""Measures how soon a turn is claimed, idle and with many running turns."""

import asyncio
import statistics
import time
from typing import Any

from tests.chaos.deployment import Deployment
from tests.chaos.simulated_users import ObservedTurn, SimulatedUser, ask_all
from tests.support.model_server import Exchange, tell
from tests.support.waiting import eventually

HELD = "A question whose answer waits"
PROBE = "A short question"
WITHIN_SECONDS = 0.06
WITHIN_RATIO = 2.0


async def pick_up(deployment: Deployment, running: int, probes: int) -> dict[str, Any]:
    """Measure the time from opening to claiming, first on idle workers, then with so many running turns."""
    over = asyncio.Event()

    async def hold(exchange: Exchange) -> None:
        await exchange.start()
        await exchange.say("…")
        await over.wait()
        await exchange.finish()

    deployment.model.on(HELD, hold)
    deployment.model.on(PROBE, tell("yes"))
    idle = await _measure(deployment, probes)
    users, turns = await _hold(deployment, running)
    busy = await _measure(deployment, probes)
    over.set()
    await asyncio.gather(*(user.read(observed) for user, observed in zip(users, turns, strict=True)))
    return {
        "running": running,
        "idle_p50": _quantile(idle[0], 50),
        "idle_p95": _quantile(idle[0], 95),
        "busy_p50": _quantile(busy[0], 50),
        "busy_p95": _quantile(busy[0], 95),
        "idle_commands_per_second": idle[1],
        "busy_commands_per_second": busy[1],
    }


async def _hold(deployment: Deployment, running: int) -> tuple[list[SimulatedUser], list[ObservedTurn]]:
    users: list[SimulatedUser] = []
    turns: list[ObservedTurn] = []
    while len(turns) < running:
        more = await ask_all(deployment, min(100, running - len(turns)), HELD)
        users += more[0]
        turns += more[1]

    async def all_asked() -> bool:
        return len(deployment.model.asked(HELD)) >= running

    await eventually(all_asked)
    return users, turns


async def _measure(deployment: Deployment, probes: int) -> tuple[list[float], float]:
    """The seconds to the claim of each probe, and Valkey's commands per second during the measurement."""
    user = SimulatedUser(deployment)
    before, start = await _commands(deployment), time.monotonic()
    times = []
    for _ in range(probes):
        observed = await user.read(await user.ask(PROBE))
        turn = await user.turn(observed.turn_id)
        times.append(turn["started_at"] - turn["created_at"])
    return times, (await _commands(deployment) - before) / (time.monotonic() - start)


async def _commands(deployment: Deployment) -> int:
    return int((await deployment.store.info("stats"))["total_commands_processed"])


def _quantile(values: list[float], percent: int) -> float:
    return statistics.quantiles(values, n=100, method="inclusive")[percent - 1]
