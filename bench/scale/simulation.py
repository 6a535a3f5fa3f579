"""Simulates a fleet token by token: when each process works, on how much at a time, and what that costs. Pure.

Simulated is what decides how much work a token causes: tokens gather in a worker until its flush interval ends, a
process that is busy finds more work waiting and wakes up less often, and each first and each last token is written at
once. The prices of the operations are given.
"""

import math
import random
from bisect import bisect
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial

from bench.figures import percentile
from bench.scale.load import Figures, Load
from bench.scale.model import TICK, Model
from bench.scale.process import Clock, Machine, Prices, Process
from bench.scale.worker import POLL_SECONDS, Habit, Reply, Worker

STALE_SECONDS = 0.05
"""After a time as long as this, work for others has replaced most of what caches have of one stream."""

CRON_SECONDS = 0.1
"""How often Redis does what it does by itself (`hz 10`)."""

PROBE_SECONDS = 0.25
"""How often an idle API asks Redis for something, on average (measured)."""

QUICKNESS = 3.0
"""Shape of the distribution of how quickly workers claim: their shares of the replies deviate by about a half."""

SETTLE = 0.8
"""Simulated seconds before the measurement, in which the flush intervals adapt."""


@dataclass(frozen=True)
class Result:
    """Figures of a simulated load, and how often each operation was done per second, by kind of process."""

    figures: Figures
    rates: dict[str, dict[str, float]]


@dataclass(frozen=True)
class Event:
    """An event on its way to the readers that its reply has at one API.

    `sent`: when its tokens left the model. `stale`: how much of its readers' state the caches have lost.
    """

    sent: list[float]
    readers: int
    stale: float


@dataclass
class Simulation:
    """One run. `prices` by kind of process. `cores`: those of the one machine of all; None: each has its own.

    `tick`: 0 where every reply has a model of its own. `habit`: how workers write; a fixed interval is for a part of a
    fleet, whose workers also have other replies. `shares`: how many replies each worker has, if that is known.
    """

    load: Load
    prices: dict[str, Prices]
    cores: int | None = None
    seconds: float = 2.0
    seed: int = 1
    tick: float = TICK
    shares: Sequence[float] = ()
    habit: Habit = field(default_factory=Habit)
    clock: Clock = field(default_factory=Clock)
    latencies: list[float] = field(default_factory=list)
    events: int = 0
    turns: int = 0

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)
        self.machine = Machine(self.cores)
        self.model_process = self._process("model")
        self.model = Model(self.clock, self.model_process, self.tick)
        self.redis = self._process("redis")
        self.apis = [self._process("api") for _ in range(self.load.apis)]
        self.web, self.client = self._process("web"), self._process("client")
        self.workers = [
            Worker(self.clock, self._process("worker"), self.redis, self._publish, self.random, self.habit)
            for _ in range(self.load.workers)
        ]
        self._homes = self._claimed()
        self._replies = [Reply(index) for index in range(self.load.replies)]
        self._readers = [self._readers_of(index) for index in range(self.load.replies)]

    def _claimed(self) -> list[int]:
        """Returns the worker of each reply, by `shares`. Without them it is chance which worker claims a reply."""
        numbers = range(self.load.workers)
        if self.shares:
            ends = [sum(self.shares[: number + 1]) for number in numbers]
            places = [(index + 0.5) / self.load.replies * ends[-1] for index in range(self.load.replies)]
            self.random.shuffle(places)
            return [bisect(ends, place) for place in places]
        weights = [self.random.gammavariate(QUICKNESS, 1 / QUICKNESS) for _ in numbers]
        return self.random.choices(numbers, weights, k=self.load.replies)

    def _process(self, kind: str) -> Process:
        delay = self.prices.get("any", {}).get("delay", 0.0)
        return Process(self.clock, self.machine, self.prices.get(kind, {}), delay)

    def _readers_of(self, index: int) -> dict[int, int]:
        """Returns how many readers a reply has at each API."""
        return dict(Counter((index + number) % self.load.apis for number in range(self.load.readers)))

    def run(self) -> Result:
        """Simulates `SETTLE` and then `seconds`, whose figures it returns."""
        self._start_idle()
        for reply in self._replies:
            self._schedule(reply)
        self.clock.run(SETTLE)
        before = self._counts()
        self.latencies, self.events, self.turns = [], 0, 0
        self.clock.run(SETTLE + self.seconds)
        return self._result(before)

    # What processes do even without any reply.

    def _start_idle(self) -> None:
        for worker in self.workers:
            self.clock.at(self.random.uniform(0, POLL_SECONDS), worker.poll)
        for _ in self.apis:
            self.clock.at(self.random.uniform(0, PROBE_SECONDS), self._probe)
        self.clock.at(self.random.uniform(0, CRON_SECONDS), self._cron)

    def _probe(self, time: float) -> None:
        self.redis.put(time, lambda _: self.redis.use("probes"))
        self.clock.at(time + PROBE_SECONDS, self._probe)

    def _cron(self, time: float) -> None:
        self.redis.put(time, lambda _: self.redis.use("crons"))
        self.clock.at(time + CRON_SECONDS, self._cron)

    # A reply: tokens at a fixed rate from the model, through its worker.

    def _schedule(self, reply: Reply) -> None:
        """Starts a reply that runs all the time, or one of several short ones, somewhere in its cycle."""
        load = self.load
        if load.turns == 1:
            reply.left = -1
            self._next(reply, 0.0, self.random.uniform(0, 1 / load.rate))
            return
        left = self.random.uniform(0, load.cycle)
        tokens = math.ceil(left * load.rate)
        if tokens > load.tokens:
            self.clock.at(left - load.tokens / load.rate, partial(self._begin, reply))
        else:
            reply.start(tokens, has_begun=True)
            self._next(reply, 0.0, left - (tokens - 1) / load.rate)

    def _begin(self, reply: Reply, time: float) -> None:
        """Opens a turn: API, Redis, worker, one after the other; then the model waits for `delay`."""
        self.turns += 1
        reply.start(self.load.tokens)
        api, worker = self.apis[reply.index % self.load.apis], self._worker_of(reply)

        def opened(now: float) -> float:
            seconds = worker.process.use("turns", 0.5)
            self._next(reply, now, now + seconds + self.load.delay)
            return seconds

        def stored(now: float) -> float:
            seconds = self.redis.use("turns", 0.5)
            for listener in self.workers:
                seconds += self.redis.use("wakeups")
                self.clock.at(now + seconds, listener.wake)
            self.clock.at(now + seconds, lambda then: worker.process.put(then, opened))
            return seconds

        def asked(now: float) -> float:
            seconds = api.use("turns", 0.5)
            self.clock.at(now + seconds, lambda then: self.redis.put(then, stored))
            return seconds

        api.put(time, asked)

    def _end(self, reply: Reply, time: float) -> None:
        """Closes a turn whose last event is written, and begins the session's next one."""
        for process in (self._worker_of(reply).process, self.redis, self.apis[reply.index % self.load.apis]):
            process.put(time, partial(_close_turn, process))
        self.clock.at(time + self._closing, partial(self._begin, reply))

    @property
    def _closing(self) -> float:
        return sum(self.prices.get(kind, {}).get("turns", 0.0) / 2 for kind in ("worker", "redis", "api"))

    def _worker_of(self, reply: Reply) -> Worker:
        return self.workers[self._homes[reply.index]]

    def _next(self, reply: Reply, now: float, due: float) -> None:
        """Has the model send the reply's next token at `due`."""
        self.model.send(now, due, partial(self._send, reply, due))

    def _send(self, reply: Reply, due: float, now: float) -> float:
        process = self.model_process
        seconds = process.use("tokens")
        is_last = reply.send()
        self._worker_of(reply).receive(now + seconds, reply, now, partial(self._end, reply) if is_last else None)
        if not is_last:
            self._next(reply, now, due + 1 / self.load.rate)
        return seconds

    # What a worker has written goes to the APIs that have readers, and from there to the readers.

    def _publish(self, time: float, written: Sequence[tuple[Reply, list[float]]]) -> float:
        """Publishes the events of one write, while Redis runs it. Returns the seconds that Redis takes."""
        bundles: dict[int, list[Event]] = {}
        seconds = 0.0
        for reply, sent in written:
            stale = 1 - math.exp((reply.written_at - time) / STALE_SECONDS)
            reply.written_at = time
            for api, readers in self._readers[reply.index].items():
                bundles.setdefault(api, []).append(Event(sent, readers, stale))
        for api, bundle in bundles.items():
            seconds += self.redis.use("pushes")
            self.clock.at(time + seconds, partial(self._hand_out, self.apis[api], bundle))
        return seconds

    def _hand_out(self, api: Process, bundle: list[Event], time: float) -> None:
        api.put(time, partial(self._deliver, api, bundle))

    def _deliver(self, api: Process, bundle: list[Event], now: float) -> float:
        seconds = api.use("messages", len(bundle))
        first, operation = (self.web, "events_to_web") if self.load.webs else (self.client, "events")
        for event in bundle:
            for _ in range(event.readers):
                seconds += api.use(operation) + api.use("stale", event.stale)
                self.clock.at(now + seconds, partial(self._arrive, first, event.sent))
        return seconds

    def _arrive(self, process: Process, sent: list[float], time: float) -> None:
        process.put(time, partial(self._pass, process, sent))

    def _pass(self, process: Process, sent: list[float], now: float) -> float:
        """Passes an event through the web tier to the client."""
        seconds = process.use("events")
        if process is self.web:
            self.clock.at(now + seconds, partial(self._arrive, self.client, sent))
        else:
            self.events += 1
            self.latencies += [now + seconds - moment for moment in sent]
        return seconds

    # The figures.

    def _counts(self) -> dict[str, dict[str, float]]:
        processes = {
            "model": [self.model_process],
            "worker": [worker.process for worker in self.workers],
            "redis": [self.redis],
            "api": self.apis,
            "web": [self.web],
            "client": [self.client],
        }
        return {kind: _total(group) for kind, group in processes.items()}

    def _result(self, before: dict[str, dict[str, float]]) -> Result:
        rates = {
            kind: {name: (value - before[kind].get(name, 0.0)) / self.seconds for name, value in after.items()}
            for kind, after in self._counts().items()
        }
        self._add_idle(rates)
        cpu = {
            kind: sum(times * self.prices.get(kind, {}).get(name, 0.0) for name, times in done.items())
            for kind, done in rates.items()
        }
        return Result(
            Figures(
                cpu=cpu,
                wakes={kind: done.get("wakes", 0.0) for kind, done in rates.items()},
                tokens=len(self.latencies) / self.seconds,
                events=self.events / self.seconds,
                turns=self.turns / self.seconds,
                latency_p50=1000 * percentile(self.latencies, 50) if self.latencies else 0.0,
                latency_p95=1000 * percentile(self.latencies, 95) if self.latencies else 0.0,
            ),
            rates,
        )

    def _add_idle(self, rates: dict[str, dict[str, float]]) -> None:
        """Adds what processes do even without any reply, and what each open stream costs."""
        load = self.load
        rates["worker"] |= {"seconds": load.workers, "streams": load.replies}
        rates["api"] |= {"seconds": load.apis, "streams": load.replies * load.readers}
        rates["redis"] |= {"worker_seconds": load.workers, "api_seconds": load.apis, "streams": load.replies}
        rates["web"] |= {"seconds": load.webs}


def _close_turn(process: Process, _: float) -> float:
    return process.use("turns", 0.5)


def _total(processes: Iterable[Process]) -> dict[str, float]:
    """Adds up what processes of one kind have done."""
    total: dict[str, float] = defaultdict(float)
    for process in processes:
        for name, times in process.done.items():
            total[name] += times
    return total
