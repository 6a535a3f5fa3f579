"""Simulates the model server of the benchmark: its timers go off together, so tokens leave in bursts. Pure."""

import heapq
import math
from functools import partial
from itertools import count

from bench.scale.process import Clock, Job, Process

TICK = 0.001
"""Resolution of the timers of an event loop."""


def ticks(time: float, tick: float = TICK) -> int:
    """Returns the last whole tick: what the clock of an event loop shows."""
    return math.floor(time / tick + 1e-9)


class Model:
    """Sends tokens at their times. `tick`: 0 where every reply has a model server of its own, with exact timers.

    An event loop reads its clock, in whole ticks, when it wakes up, does what is due, and then waits for whole ticks.
    So the longer its work, the later it wakes up again, and tokens that are due meanwhile are sent together.
    """

    def __init__(self, clock: Clock, process: Process, tick: float) -> None:
        self._clock = clock
        self._process = process
        self._tick = tick
        self._due: list[tuple[int, int, Job]] = []
        self._numbers = count()
        self._is_waiting = False
        self._now = 0
        process.on_rest = self._rest

    def send(self, now: float, due: float, job: Job) -> None:
        """Has the process do `job` once `due` is reached."""
        if not self._tick:
            self._clock.at(due, partial(self._process.put, job=job))
            return
        heapq.heappush(self._due, (round(due / self._tick), next(self._numbers), job))
        if not self._is_waiting and not self._process.is_busy:
            self._now = ticks(now, self._tick)
            self._rest(now)

    def _rest(self, time: float) -> None:
        """Waits until the next token is due, by the clock as it was last read."""
        if self._due and not self._is_waiting:
            self._is_waiting = True
            pause = max(0, self._due[0][0] - self._now) * self._tick
            self._clock.at(time + pause, partial(self._process.put, job=self._fire))

    def _fire(self, now: float) -> float:
        """Sends all tokens that are due."""
        self._is_waiting = False
        self._now, end = ticks(now, self._tick), now
        while self._due and self._due[0][0] <= self._now:
            end += heapq.heappop(self._due)[2](end)
        return end - now
