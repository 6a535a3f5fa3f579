"""Makes the store refuse writes while replies run."""

import asyncio
import time
from collections import Counter
from typing import Any

from chat import keys
from tests.chaos.deployment import Deployment
from tests.chaos.invariants import check
from tests.chaos.scenarios import readiness_is, streaming
from tests.chaos.transcripts import QUESTION, WHOLE

ONE_MEGABYTE = 1
NO_LIMIT = 0


async def store_full(deployment: Deployment, count: int, seconds: float) -> dict[str, Any]:
    """Fill both stores in mid-stream for so many seconds. Every reply must be complete and readiness must fail."""
    before = len(deployment.model.asked(QUESTION))
    replies = await streaming(deployment, count)
    await _limit(deployment, ONE_MEGABYTE)
    filled_at = time.monotonic()
    replies.go_on()
    red = await readiness_is(deployment, 503) - filled_at
    await asyncio.sleep(max(0.0, filled_at + seconds - time.monotonic()))  # the outage itself
    await _limit(deployment, NO_LIMIT)
    freed_at = time.monotonic()
    green = await readiness_is(deployment, 200) - freed_at
    await replies.read
    states = await check(replies.users, replies.turns, WHOLE)
    losses = [
        await deployment.store.execute_command("HGET", keys.turn(observed.turn_id), "losses")
        for observed in replies.turns
    ]
    asked = len(deployment.model.asked(QUESTION)) - before
    attempts = Counter(state["attempt"] for state in states)
    assert not any(int(lost or 0) for lost in losses), losses
    assert asked <= 2 * count, asked
    assert max(attempts) <= 2, attempts
    return {"turns": count, "full_for": seconds, "asked": asked, "red_after": red, "green_after": green}


async def _limit(deployment: Deployment, megabytes: int) -> None:
    for server in (deployment.store, deployment.queue):
        await server.execute_command("CONFIG", "SET", "maxmemory", megabytes)
