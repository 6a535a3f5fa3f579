"""Sets Valkey's clock back and forward while replies run."""

import asyncio
import time
from functools import partial
from typing import Any

from tests.chaos.deployment import LEASE_SECONDS, Deployment, kill
from tests.chaos.invariants import check
from tests.chaos.load import Load
from tests.chaos.transcripts import CALM_PAUSE, CALM_WHOLE, CALM_WORDS, script
from tests.support.waiting import eventually

HOUR = 3600
REPLY_SECONDS = CALM_PAUSE * len(CALM_WORDS)
LATE_SECONDS = LEASE_SECONDS + 5


async def clock_steps(deployment: Deployment, steps: tuple[int, ...], rate: float) -> dict[str, Any]:
    """Set the clock under load, one step after the other, and kill a worker at every second step.

    Every turn must end within the reply's length, a lease and 5 s of its question or of the last step, if later.
    """
    assert deployment.valkey.clock, "this deployment's Valkey has no clock that can be set"
    script(deployment.model)
    offset, stepped_at = 0, list[float]()
    async with Load(deployment, rate) as load:
        await load.has_begun(5)
        for number, step in enumerate(steps):
            offset += step
            deployment.valkey.clock.set(offset)
            stepped_at.append(time.monotonic())
            await eventually(partial(_is_off_by, deployment, offset))
            if number % 2:
                await kill(deployment.workers.pop(0))
                await deployment.start_worker()
            await asyncio.sleep(REPLY_SECONDS + LATE_SECONDS)  # the interval between steps
        turns = await load.end()
    states = await check(load.users, turns, CALM_WHOLE)
    slowest = max(_seconds(observed.asked_at, observed.ended_at, stepped_at) for observed in turns)
    assert slowest <= REPLY_SECONDS + LATE_SECONDS, slowest
    again = sum(state["attempt"] > 1 for state in states)
    return {"turns": len(turns), "started_again": again, "slowest": slowest}


async def _is_off_by(deployment: Deployment, offset: int) -> bool:
    seconds, _ = await deployment.store.time()
    return abs(int(seconds) - time.time() - offset) < HOUR / 2


def _seconds(asked_at: float, ended_at: float, stepped_at: list[float]) -> float:
    """Seconds to the turn's end from its question or from the last step before that end, whichever is later."""
    return ended_at - max(asked_at, *(at for at in stepped_at if at < ended_at))
