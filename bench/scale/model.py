"""Simulates the model server of the benchmark: its timers go off together, so tokens leave in bursts. Pure."""

import heapq
import math
from functools import partial
from itertools import count

from bench.scale.process import Clock, Job, Process

TICK = 0.001
"""Resolution of the timers of an event loop."""

LATE = 0.0004
"""How much later than asked for a wait ends on a busy machine, about."""


class Model:
    """Sends tokens at their times. `tick`: 0 where every reply has a model server of its own, with exact timers.

    An event loop that has done its work waits for whole ticks, so tokens that are due meanwhile are sent together.
    """

    def __init__(self, clock: Clock, process: Process, tick: float) -> None:
        self._clock = clock
        self._process = process
        self._tick = tick
        self._due: list[tuple[int, int, Job]] = []
        self._numbers = count()
        self._is_waiting = False
        process.on_rest = self._rest

    def send(self, now: float, due: float, job: Job) -> None:
        """Has the process do `job` once `due` is reached."""
        if not self._tick:
            self._clock.at(due, partial(self._process.put, job=job))
            return
        heapq.heappush(self._due, (round(due / self._tick), next(self._numbers), job))
        if not self._is_waiting and not self._process.is_busy:
            self._rest(now)

    def _rest(self, time: float) -> None:
        """Waits until the next token is due."""
        if not self._due or self._is_waiting:
            return
        ticks = self._due[0][0] - math.floor(time / self._tick + 1e-9)
        self._is_waiting = True
        self._clock.at(time + ticks * self._tick + LATE if ticks > 0 else time, self._fire)

    def _fire(self, time: float) -> None:
        self._is_waiting = False
        now = math.floor(time / self._tick + 1e-9)
        while self._due and self._due[0][0] <= now:
            self._process.put(time, heapq.heappop(self._due)[2])
        if not self._process.is_busy:
            self._rest(time)
