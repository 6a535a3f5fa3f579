"""Measures the job queue and the list of open turns."""

import time
from collections.abc import Awaitable, Callable

from bench.curves.curve import CONSTANT, LINEAR, Curve
from bench.curves.lab import Lab, best
from chat import keys
from chat.claims import Claims
from chat.open_turns import SWEEP_SECONDS, OpenTurns

LEASE_SECONDS = 600
SIZES = (10, 100, 1000, 10_000)


async def claim_one(lab: Lab, running: int) -> float:
    await fill(lab, running)
    claims = Claims(lab.store, "worker", LEASE_SECONDS)
    await claims.take(running)
    await fill(lab, 40, "new")
    return await best(lambda: claims.take(1))


async def claim_from_many(lab: Lab, waiting: int) -> float:
    await fill(lab, waiting + 40)
    claims = Claims(lab.store, "worker", LEASE_SECONDS)
    return await best(lambda: claims.take(1))


async def renew(lab: Lab, leases: int) -> float:
    await fill(lab, leases)
    claims = Claims(lab.store, "worker", LEASE_SECONDS)
    tokens = {claim.job_id: claim.token for claim in await claims.take(leases)}
    return await best(lambda: claims.renew(tokens), 5)


async def put(lab: Lab, waiting: int) -> float:
    await fill(lab, waiting)
    numbers = iter(range(100))
    return await best(lambda: lab.queue.put(f"another.{next(numbers)}"))


def reading(ask: Callable[[Lab], Awaitable[object]]) -> Callable[[Lab, int], Awaitable[float]]:
    async def cost(lab: Lab, waiting: int) -> float:
        await fill(lab, waiting)
        return await best(lambda: ask(lab))

    return cost


async def due(lab: Lab, turns: int) -> float:
    """Measures how long a sweep takes to find that no turn is due."""
    await lab.store.flushdb()
    open_turns = OpenTurns(lab.store)
    looked_at = int(1000 * (time.time() + SWEEP_SECONDS))
    async with lab.store.pipeline(transaction=False) as pipe:
        for number in range(turns):
            pipe.zadd(keys.OPEN_TURNS, {f"turn.{number}": looked_at})
        await pipe.execute()
    return await best(open_turns.due)


async def fill(lab: Lab, count: int, name: str = "turn") -> None:
    """Fills the queue with `count` jobs. Empties the store first, except for another `name` than "turn"."""
    if name == "turn":
        await lab.store.flushdb()
    async with lab.store.pipeline(transaction=False) as pipe:
        for number in range(count):
            pipe.zadd(keys.QUEUE, {f"{name}.{number}": 1})
        await pipe.execute()


CURVES: list[Curve[Lab]] = [
    Curve("claim a job", "jobs that run", CONSTANT, claim_one),
    Curve("claim a job", "jobs that wait", CONSTANT, claim_from_many),
    Curve("renew", "leases of the worker", LINEAR, renew),
    Curve("queue a job", "jobs that wait", CONSTANT, put),
    Curve("place in the queue", "jobs that wait", CONSTANT, reading(lambda lab: lab.queue.position("turn.5"))),
    Curve("depth of the queue", "jobs that wait", CONSTANT, reading(lambda lab: lab.queue.waiting())),
    Curve("sweep, nothing due", "turns that are open", CONSTANT, due),
]
