"""The clock of a simulation, its machines, and processes that do one thing at a time. Pure."""

import heapq
import math
from collections import defaultdict, deque
from collections.abc import Callable
from itertools import count

Step = Callable[[float], None]
"""Something that happens at a time."""

Job = Callable[[float], float]
"""Work of a process: takes the time at which it starts, returns the seconds that it takes."""

Prices = dict[str, float]
"""Seconds of CPU time per operation, by the operation's name."""

COOLING_SECONDS = 0.005
"""In a pause as long as this, other programs replace most of what a process has in the caches."""

WARMING_SECONDS = 0.0002
"""Work that uses most of what a process has in the caches."""


class Clock:
    """Runs steps in the order of their times; steps of one time in the order in which they were added."""

    def __init__(self) -> None:
        self._steps: list[tuple[float, int, Step]] = []
        self._numbers = count()

    def at(self, time: float, step: Step) -> None:
        heapq.heappush(self._steps, (time, next(self._numbers), step))

    def run(self, until: float) -> None:
        """Runs all steps before `until`."""
        while self._steps and self._steps[0][0] < until:
            time, _, step = heapq.heappop(self._steps)
            step(time)


class Machine:
    """Gives each process a core while it works. Where all cores are in use, processes wait in the order of their calls.

    Without `cores` there is always one: each process is on a machine of its own.
    """

    def __init__(self, cores: int | None = None) -> None:
        self._free = math.inf if cores is None else cores
        self._waiting: deque[Step] = deque()

    def take(self, time: float, start: Step) -> None:
        if self._free > 0:
            self._free -= 1
            start(time)
        else:
            self._waiting.append(start)

    def release(self, time: float) -> None:
        if self._waiting:
            self._waiting.popleft()(time)
        else:
            self._free += 1


class Process:
    """A process with one event loop. A round does all jobs that have arrived; those that arrive meanwhile wait.

    `done`: how often each operation was done. A round after a pause is a `wakes`: the kernel wakes the process up. The
    longer the pause was, the more of the caches is lost: `cold`, from 0 to 1. The more there is to do then, the more of
    that is needed: `misses`, from 0 to 1. `on_rest` is called when a pause begins. `delay`: seconds until a process
    that is to wake up runs, in which it uses no CPU time.
    """

    def __init__(self, clock: Clock, machine: Machine, prices: Prices, delay: float = 0.0) -> None:
        self.done: dict[str, float] = defaultdict(float)
        self._clock = clock
        self._machine = machine
        self._prices = prices
        self._delay = delay
        self._jobs: list[Job] = []
        self.is_busy = False
        self.on_rest: Step | None = None
        self._rests_since = 0.0

    def put(self, time: float, job: Job) -> None:
        self._jobs.append(job)
        if not self.is_busy:
            self.is_busy = True
            self._clock.at(time + self._delay, self._start)

    def _start(self, time: float) -> None:
        self._machine.take(time, self._wake)

    def use(self, operation: str, times: float = 1) -> float:
        """Counts operations. Returns the seconds that they take."""
        self.done[operation] += times
        return times * self._prices.get(operation, 0.0)

    def _wake(self, time: float) -> None:
        lost = 1 - math.exp(-(time - self._rests_since) / COOLING_SECONDS)
        self._round(time, self.use("wakes") + self.use("cold", lost), lost)

    def _round(self, time: float, seconds: float = 0.0, lost: float = 0.0) -> None:
        jobs, self._jobs = self._jobs, []
        before = seconds
        for job in jobs:
            seconds += job(time + seconds)
        missed = 1 - math.exp(-(seconds - before) / WARMING_SECONDS)
        seconds += self.use("misses", lost * missed)
        self._clock.at(time + seconds, self._end_round)

    def _end_round(self, time: float) -> None:
        if self._jobs:
            self._round(time)
            return
        self.is_busy = False
        self._rests_since = time
        self._machine.release(time)
        if self.on_rest:
            self.on_rest(time)
