"""Simulates one worker: tokens of its replies gather until it writes all of them in one round trip. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from random import Random

from bench.scale.interval import Interval
from bench.scale.model import TICK, ticks
from bench.scale.process import Clock, Process, Step

POLL_SECONDS = 0.1
"""How often a worker with a free slot claims; a test compares it with the worker's."""

Publish = Callable[[float, Sequence[tuple["Reply", list[float]]]], float]
"""Publishes a write at a time; returns the seconds that Redis takes for it."""


@dataclass(frozen=True)
class Habit:
    """How workers write. `window`: a fixed flush interval; None: it adapts, as today.

    `alone`: a first or last word is written by itself; as today, all other replies are written with it.
    """

    window: float | None = None
    alone: bool = False


@dataclass
class Reply:
    """A reply. `left`: tokens that the model has still to send; -1: it never ends."""

    index: int
    left: int = 0
    has_begun: bool = True
    written_at: float = -1.0

    def start(self, tokens: int, has_begun: bool = False) -> None:
        self.left = tokens
        self.has_begun = has_begun

    def send(self) -> bool:
        """Counts a token as sent. Returns whether it was the last one."""
        self.left = max(self.left - 1, -1)
        return self.left == 0


class Worker:
    """Gathers tokens, and writes them when the flush interval ends; a first and a last token at once.

    `_is_writing`: from the begin of a write to the end of its interval. `_is_waiting`: the write is done, its interval
    has not ended.
    """

    def __init__(
        self, clock: Clock, process: Process, redis: Process, publish: Publish, dice: Random, habit: Habit
    ) -> None:
        self.process = process
        self._clock = clock
        self._redis = redis
        self._publish = publish
        self._dice = dice
        self._interval = Interval()
        self._habit = habit
        self._gathered: dict[int, tuple[Reply, list[float]]] = {}
        self._ending: list[Step] = []
        self._count = 0
        self._is_writing = False
        self._is_waiting = False
        self._is_urgent = False
        self._write_number = 0
        self._is_claiming = False
        self._claims_again = False

    def wake(self, time: float) -> None:
        """Receives a message of the wake channel: a job was queued. At most one claim is on its way at a time."""
        self.process.put(time, self._woken)

    def _woken(self, now: float) -> float:
        seconds = self.process.use("wakeups")
        if self._is_claiming:
            self._claims_again = True
        else:
            self._claim(now + seconds)
        return seconds

    def poll(self, time: float) -> None:
        """Claims, and goes on to do so, in case that a message of the wake channel was lost."""
        self.process.put(time, self._poll)
        self._clock.at(time + POLL_SECONDS, self.poll)

    def _poll(self, now: float) -> float:
        if not self._is_claiming:
            self._claim(now)
        return 0.0

    def _claim(self, time: float) -> None:
        self._is_claiming, self._claims_again = True, False
        self._clock.at(time, lambda now: self._redis.put(now, self._run_claim))

    def _run_claim(self, now: float) -> float:
        seconds = self._redis.use("claims")
        self._clock.at(now + seconds, lambda then: self.process.put(then, self._claimed))
        return seconds

    def _claimed(self, now: float) -> float:
        self._is_claiming = False
        if self._claims_again:
            self._claim(now)
        return 0.0

    def receive(self, time: float, reply: Reply, sent: float, on_end: Step | None) -> None:
        """Receives a token that left the model at `sent`. `on_end` is done once it is written, if it is the last."""
        self.process.put(time, partial(self._read, reply, sent, on_end))

    def _read(self, reply: Reply, sent: float, on_end: Step | None, now: float) -> float:
        self._count += 1
        self._gathered.setdefault(reply.index, (reply, []))[1].append(sent)
        is_urgent = on_end is not None or not reply.has_begun
        if is_urgent and self._habit.alone:
            is_urgent = False
            self._clock.at(now, lambda then: self._redis.put(then, lambda _: self._redis.use("batches")))
        reply.has_begun = True
        if on_end:
            self._ending.append(on_end)
        seconds = self.process.use("tokens")
        if is_urgent:
            self._is_urgent = True
        if not self._is_writing or (is_urgent and self._is_waiting):
            self._begin_write(now + seconds)
        return seconds

    def _begin_write(self, time: float) -> None:
        """Writes in the next round of the event loop, so together with what else arrives in this one."""
        self._is_writing, self._is_waiting, self._is_urgent = True, False, False
        self._write_number += 1
        self.process.put(time, self._write)

    def _write(self, now: float) -> float:
        self._is_urgent = False
        window = self._habit.window or self._interval.window(now, self._count)
        written, self._gathered, self._count = list(self._gathered.values()), {}, 0
        endings, self._ending = self._ending, []
        seconds = self.process.use("flushes") + self.process.use("entries", len(written))
        ends = TICK * (ticks(now) + round(window / TICK))
        self._clock.at(now + seconds, lambda then: self._redis.put(then, partial(self._run, written, endings, ends)))
        return seconds

    def _run(self, written: list[tuple[Reply, list[float]]], endings: list[Step], ends: float, now: float) -> float:
        """Runs the write in Redis."""
        redis = self._redis
        seconds = redis.use("batches") + redis.use("entries", len(written))
        seconds += self._publish(now + seconds, written)
        self._clock.at(now + seconds, lambda then: self.process.put(then, partial(self._answered, endings, ends)))
        return seconds

    def _answered(self, endings: list[Step], ends: float, now: float) -> float:
        for step in endings:
            self._clock.at(now, step)
        if self._is_urgent or now >= ends:
            self._interval_ended(now)
        else:
            self._is_waiting = True
            number = self._write_number
            late = self._dice.uniform(0, TICK)
            self._clock.at(ends + late, lambda then: self.process.put(then, partial(self._timer, number)))
        return 0.0

    def _timer(self, number: int, now: float) -> float:
        if self._is_waiting and number == self._write_number:
            self._interval_ended(now)
        return 0.0

    def _interval_ended(self, now: float) -> None:
        self._is_waiting = False
        if self._gathered:
            self._begin_write(now)
        else:
            self._is_writing = False
