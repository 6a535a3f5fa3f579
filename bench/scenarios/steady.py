"""N readers at once, each with a reply of its own at a given rate (or as fast as the model goes)."""

import asyncio
import gc
from dataclasses import dataclass
from time import monotonic
from typing import Any

from bench import meters
from bench.figures import Figures, Tally, per_token
from bench.room import Room, wish
from bench.targets.base import Answer, Seat, Target, seated
from bench.texts import Wish

PATIENCE = 30.0
"""Seconds that a target may be behind before its unfinished replies count as failed."""

MARGIN = 0.5


@dataclass(frozen=True)
class Load:
    """`readers` begin to ask over `ramp` seconds; `rate` in tokens a second, 0 = a flood.

    Each asks `turns` times, one after the other.
    """

    readers: int
    tokens: int
    rate: float
    ramp: float
    delay: float = 0.3
    turns: int = 1

    @property
    def seconds(self) -> float:
        """From the first question to the end, if nothing is late."""
        return self.ramp + self.turns * (self.delay + (self.tokens / self.rate if self.rate else 0))


Outcome = list[tuple[Wish, list[Answer] | Exception]]


async def steady(room: Room, target: Target, load: Load) -> Figures:
    """One round of one target."""
    async with seated(target, load.readers) as seats:
        gc.collect()
        gc.disable()
        try:
            outcome, used = await measured(room, target, seats, load)
        finally:
            gc.enable()
    tally = Tally()
    sent = await room.sent(asked for asked, _ in outcome)
    for (asked, answers), times in zip(outcome, sent, strict=True):
        tally.count(asked, answers, times, target.take)
    if window := used.pop("window", None):
        used["cpu_steady"] = 1e6 * used.pop("window_cpu") / max(1, tally.arrived(*window))
    return {**tally.figures(), **used, **per_token(used["cpu_seconds"], tally.tokens)}


async def measured(room: Room, target: Target, seats: list[Seat], load: Load) -> tuple[Outcome, Figures]:
    """What became of each question, and what was used on the way."""
    before, started, machine = meters.cpu(target.pids), monotonic(), meters.machine(room.model_pid)
    memory, until = meters.memory(target.pids), started + load.seconds + PATIENCE
    tasks = [
        asyncio.create_task(reader(seat, load, started + place * load.ramp / len(seats), until))
        for place, seat in enumerate(seats)
    ]
    grown = await in_the_middle(target, load, memory) if load.rate and load.turns == 1 else {}
    outcome = [pair for pairs in await asyncio.gather(*tasks) for pair in pairs]
    seconds = {name: used - before[name] for name, used in meters.cpu(target.pids).items()}
    around = meters.around(machine, room.model_pid, sum(seconds.values()))
    return outcome, {"cpu_seconds": seconds, "seconds": monotonic() - started, **grown, **around}


async def reader(seat: Seat, load: Load, start: float, until: float) -> Outcome:
    """All the turns of one reader; what is not whole at `until` has failed."""
    await asyncio.sleep(start - monotonic())
    outcome: Outcome = []
    for _ in range(load.turns):
        asked = wish(load.tokens, load.rate, load.delay)
        try:
            async with asyncio.timeout(until - monotonic()):
                outcome.append((asked, await seat.ask(asked.question())))
        except (OSError, TimeoutError) as error:
            outcome.append((asked, error))
    return outcome


async def in_the_middle(target: Target, load: Load, before: dict[str, int]) -> dict[str, Any]:
    """While all replies run: the processor time per token, and the memory that each stream takes."""
    await asyncio.sleep(load.ramp + load.delay + MARGIN)
    start, started = meters.cpu(target.pids), monotonic()
    await asyncio.sleep(max(0.1, load.tokens / load.rate - load.ramp - 2 * MARGIN))
    used = sum(seconds - start[name] for name, seconds in meters.cpu(target.pids).items())
    window = (started, monotonic())
    memory = meters.memory(target.pids)
    each = {name: (kb - before[name]) / load.readers for name, kb in memory.items()}
    return {"window": window, "window_cpu": used, "stream_kb": sum(each.values()), "stream_kb_of": each}
