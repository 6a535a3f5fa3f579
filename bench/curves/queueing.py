"""The job queue and the list of open turns."""

from collections.abc import Awaitable, Callable

from bench.curves.curve import CONSTANT, LINEAR, Curve
from bench.curves.lab import Lab, best
from chat import keys
from chat.open_turns import OpenTurns
from chat.store import Script

LEASE_MS = 600_000
SIZES = (10, 100, 1000, 10_000)
PREFIX = "arq:in-progress:"


async def claim_one(lab: Lab, running: int) -> float:
    await fill(lab, running)
    claim = Script(lab.store, "claim")
    await claim([keys.QUEUE, keys.LAST_CLAIM], running, LEASE_MS, PREFIX)
    await fill(lab, 40, "new")
    return await best(lambda: claim([keys.QUEUE, keys.LAST_CLAIM], 1, LEASE_MS, PREFIX))


async def claim_from_many(lab: Lab, waiting: int) -> float:
    await fill(lab, waiting + 40)
    claim = Script(lab.store, "claim")
    return await best(lambda: claim([keys.QUEUE, keys.LAST_CLAIM], 1, LEASE_MS, PREFIX))


async def renew(lab: Lab, leases: int) -> float:
    await fill(lab, leases)
    claimed = await Script(lab.store, "claim")([keys.QUEUE, keys.LAST_CLAIM], leases, LEASE_MS, PREFIX)
    held = [field for place, field in enumerate(claimed) if place % 3 < 2]
    renewing = Script(lab.store, "renew")
    return await best(lambda: renewing([keys.QUEUE, keys.WORKERS], LEASE_MS, PREFIX, "worker", LEASE_MS, *held), 5)


async def put(lab: Lab, waiting: int) -> float:
    await fill(lab, waiting)
    numbers = iter(range(100))
    return await best(lambda: lab.queue.put(f"another.{next(numbers)}"))


def look(ask: Callable[[Lab], Awaitable[object]]) -> Callable[[Lab, int], Awaitable[float]]:
    async def cost(lab: Lab, waiting: int) -> float:
        await fill(lab, waiting)
        return await best(lambda: ask(lab))

    return cost


async def due(lab: Lab, turns: int) -> float:
    """What a sweep takes to look at, where nothing is due."""
    await lab.store.flushdb()
    open_turns = OpenTurns(lab.store)
    async with lab.store.pipeline(transaction=False) as pipe:
        for number in range(turns):
            pipe.zadd(keys.OPEN_TURNS, {f"turn.{number}": 9e15})
        await pipe.execute()
    return await best(open_turns.due)


async def fill(lab: Lab, count: int, name: str = "turn") -> None:
    """A queue of so many jobs and nothing else; with another `name` they come on top."""
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
    Curve("place in the queue", "jobs that wait", CONSTANT, look(lambda lab: lab.queue.position("turn.5"))),
    Curve("depth of the queue", "jobs that wait", CONSTANT, look(lambda lab: lab.queue.waiting())),
    Curve("sweep, nothing due", "turns that are open", CONSTANT, due),
]
