"""How long the event loop of a process stands still while readers catch up, at the most."""

import asyncio
from collections.abc import Awaitable
from time import perf_counter

from api.catch_up import CatchUp
from bench.curves.curve import LINEAR, Curve
from bench.curves.lab import Lab

TICK_SECONDS = 0.001
LIMIT_SECONDS = 0.02
READERS = 100
TRIALS = 3
SIZES = (1000, 8000, 32_000)


class Probe:
    """Wakes every millisecond, and notes by how much the latest of its wake-ups was late."""

    def __init__(self) -> None:
        self.longest = 0.0

    async def run(self) -> None:
        while True:
            began = perf_counter()
            await asyncio.sleep(TICK_SECONDS)
            self.longest = max(self.longest, perf_counter() - began - TICK_SECONDS)


async def longest_pause(work: Awaitable[object]) -> float:
    """Seconds of the longest pause of the event loop during the work."""
    probe = Probe()
    ticking = asyncio.create_task(probe.run())
    await asyncio.sleep(5 * TICK_SECONDS)
    probe.longest = 0.0
    await work
    await asyncio.sleep(5 * TICK_SECONDS)
    ticking.cancel()
    return probe.longest


async def one_reader(lab: Lab, entries: int) -> float:
    turn_id, _ = await lab.running(await lab.session(), entries)
    return min([await longest_pause(CatchUp(lab.log).missed(turn_id, 0)) for _ in range(TRIALS)])


async def snapshot(lab: Lab, entries: int) -> float:
    """A reader whose cursor the log does not know gets all the text in one event."""
    turn_id, seq = await lab.running(await lab.session(), entries)
    return min([await longest_pause(CatchUp(lab.log).missed(turn_id, seq + 1)) for _ in range(TRIALS)])


async def readers_of_one(lab: Lab, entries: int) -> float:
    turn_id, _ = await lab.running(await lab.session(), entries)

    async def all_at_once() -> None:
        catch_up = CatchUp(lab.log)
        await asyncio.gather(*(catch_up.missed(turn_id, 0) for _ in range(READERS)))

    return min([await longest_pause(all_at_once()) for _ in range(TRIALS)])


async def readers_of_many(lab: Lab, entries: int) -> float:
    """Each reader has a cursor of its own, so none can be told what another is."""
    turn_id, _ = await lab.running(await lab.session(), entries)

    async def all_at_once() -> None:
        catch_up = CatchUp(lab.log)
        await asyncio.gather(*(catch_up.missed(turn_id, cursor) for cursor in range(READERS)))

    return min([await longest_pause(all_at_once()) for _ in range(TRIALS)])


CURVES: list[Curve[Lab]] = [
    Curve("pause: one reader catches up", "entries missed", LINEAR, one_reader, SIZES, LIMIT_SECONDS),
    Curve("pause: one reader gets a snapshot", "entries in the log", LINEAR, snapshot, SIZES, LIMIT_SECONDS),
    Curve("pause: 100 readers of one cursor", "entries missed", LINEAR, readers_of_one, SIZES, LIMIT_SECONDS),
    Curve("pause: 100 readers of 100 cursors", "entries missed", LINEAR, readers_of_many, SIZES, LIMIT_SECONDS),
]
