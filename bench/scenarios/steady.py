"""Measures N readers at once, each with its own reply at a given rate or as fast as the model sends."""

import asyncio
import gc
from dataclasses import dataclass
from time import monotonic
from typing import Any

from bench import meters
from bench.figures import Figures, Tally, per_token
from bench.room import Room, wish
from bench.targets.base import Answer, Reader, Target, open_readers
from bench.texts import Wish

PATIENCE = 30.0
"""Seconds that a target may be late before its unfinished replies count as failed."""

MARGIN = 0.5


@dataclass(frozen=True)
class Load:
    """The load: `readers` start within `ramp` seconds; `rate` is in tokens per second, 0 is a flood.

    Each reader asks `turns` times, one after the other.
    """

    readers: int
    tokens: int
    rate: float
    ramp: float
    delay: float = 0.3
    turns: int = 1

    @property
    def seconds(self) -> float:
        """Seconds from the first question to the last token, if nothing is late."""
        return self.ramp + self.turns * (self.delay + (self.tokens / self.rate if self.rate else 0))


Outcome = list[tuple[Wish, list[Answer] | Exception]]


async def steady(room: Room, target: Target, load: Load) -> Figures:
    """Measures one target in one round."""
    async with open_readers(target, load.readers) as readers:
        gc.collect()
        gc.disable()
        try:
            outcome, used = await measure(room, target, readers, load)
        finally:
            gc.enable()
    tally = Tally()
    sent = await room.sent(asked for asked, _ in outcome)
    for (asked, answers), times in zip(outcome, sent, strict=True):
        tally.count(asked, answers, times, target.take)
    if window := used.pop("window", None):
        used["cpu_steady"] = 1e6 * used.pop("window_cpu") / max(1, tally.arrived(*window))
    return {**tally.figures(), **used, **per_token(used["cpu_seconds"], tally.tokens)}


async def measure(room: Room, target: Target, readers: list[Reader], load: Load) -> tuple[Outcome, Figures]:
    """Asks all questions. Returns their outcomes, and the CPU time and memory used."""
    before, started, clocks = meters.cpu(target.pids), monotonic(), meters.machine_clocks(room.model_pid)
    memory, until = meters.memory(target.pids), started + load.seconds + PATIENCE
    tasks = [
        asyncio.create_task(ask_all(reader, load, started + index * load.ramp / len(readers), until))
        for index, reader in enumerate(readers)
    ]
    grown = await measure_middle(target, load, memory) if load.rate and load.turns == 1 else {}
    outcome = [pair for pairs in await asyncio.gather(*tasks) for pair in pairs]
    seconds = {name: used - before[name] for name, used in meters.cpu(target.pids).items()}
    loads = meters.loads_since(clocks, room.model_pid, sum(seconds.values()))
    return outcome, {"cpu_seconds": seconds, "seconds": monotonic() - started, **grown, **loads}


async def ask_all(reader: Reader, load: Load, start: float, until: float) -> Outcome:
    """Asks the questions of one reader. A reply that is incomplete at `until` has failed."""
    await asyncio.sleep(start - monotonic())
    outcome: Outcome = []
    for _ in range(load.turns):
        asked = wish(load.tokens, load.rate, load.delay)
        try:
            async with asyncio.timeout(until - monotonic()):
                outcome.append((asked, await reader.ask(asked.question())))
        except (OSError, TimeoutError) as error:
            outcome.append((asked, error))
    return outcome


async def measure_middle(target: Target, load: Load, before: dict[str, int]) -> dict[str, Any]:
    """Measures CPU time and memory per stream while all replies run."""
    await asyncio.sleep(load.ramp + load.delay + MARGIN)
    start, started = meters.cpu(target.pids), monotonic()
    await asyncio.sleep(max(0.1, load.tokens / load.rate - load.ramp - 2 * MARGIN))
    used = sum(seconds - start[name] for name, seconds in meters.cpu(target.pids).items())
    window = (started, monotonic())
    memory = meters.memory(target.pids)
    each = {name: (kb - before[name]) / load.readers for name, kb in memory.items()}
    return {"window": window, "window_cpu": used, "stream_kb": sum(each.values()), "stream_kb_of": each}
