"""Computes how much one process of each kind can serve, by simulating it at its planned share of a core. Pure."""

from dataclasses import dataclass, field, replace
from functools import cached_property

from bench.scale.load import Load
from bench.scale.process import Prices
from bench.scale.simulation import Result, Simulation
from bench.scale.worker import Habit

MANY = 2
"""Turns of a session, as far as the simulation is concerned: more than one means that replies begin and end."""

FIRST_REPLIES = 200
PASSES = 4
CLOSE = 0.05
"""How close the simulated share of a core has to come to the planned one."""

SECONDS = 1.0
THINKING_SECONDS = 0.5
"""From the worker's request to the model's first token."""


@dataclass(frozen=True)
class Plan:
    """What is planned for. `rate`: tokens per second of one reply. `tokens`: of one reply. `share`: of a core in use.

    `habit`: how workers write, if not as today.
    """

    rate: float = 30
    tokens: int = 400
    readers: int = 1
    share: float = 0.6
    habit: Habit = field(default_factory=Habit)

    @property
    def turns_per_reply(self) -> float:
        """Turns begun per second for each reply that runs."""
        return 1 / (THINKING_SECONDS + self.tokens / self.rate)

    def load(self, replies: int, workers: int = 1, apis: int = 1) -> Load:
        return Load(
            replies, self.rate, self.tokens, self.readers, workers, apis, webs=1, turns=MANY, delay=THINKING_SECONDS
        )


@dataclass(frozen=True)
class Capacity:
    """What single processes can serve. All figures follow from `plan` and `prices`."""

    plan: Plan
    prices: dict[str, Prices]

    @cached_property
    def _worker(self) -> tuple[int, Result]:
        """Returns the replies with which a worker uses its share of a core, and their simulation."""
        replies = FIRST_REPLIES
        for _ in range(PASSES):
            result = self._simulate(self.plan.load(replies), self.plan.habit)
            if abs(result.figures.cpu["worker"] / self.plan.share - 1) < CLOSE:
                break
            replies = max(1, round(replies * self.plan.share / result.figures.cpu["worker"]))
        return replies, result

    @property
    def replies_per_worker(self) -> int:
        return self._worker[0]

    @cached_property
    def window(self) -> float:
        """The time between two writes of a worker that is used as planned."""
        return 1 / self._worker[1].rates["worker"]["flushes"]

    @property
    def _habit(self) -> Habit:
        """How the workers of a fleet write, of whose replies only a part is simulated."""
        return Habit(self.window, alone=True)

    @cached_property
    def events_per_reply(self) -> float:
        """Events per second of one reply, counted once however many read it."""
        replies, result = self._worker
        return result.rates["worker"]["entries"] / replies

    @cached_property
    def web_cores_per_reply(self) -> float:
        """Cores of the web tier for each reply that runs, with all its readers."""
        return self.events_per_reply * self.plan.readers * self.prices["web"]["events"]

    def streams_per_api(self, workers: int) -> int:
        """Returns the streams with which an API uses its share of a core. Their replies run on so many workers."""
        streams = FIRST_REPLIES
        for _ in range(PASSES):
            spread = min(workers, streams)
            cpu = self._simulate(self._of_one_api(streams, spread), self._habit).figures.cpu["api"]
            if abs(cpu / self.plan.share - 1) < CLOSE:
                break
            streams = max(1, round(streams * self.plan.share / cpu))
        return streams

    def _of_one_api(self, streams: int, workers: int) -> Load:
        """Returns the load of one API: each of its streams is the only reader of its reply there."""
        return replace(self.plan.load(streams, workers=workers), readers=1)

    def redis_cores(self, replies: int, workers: int, apis: int) -> dict[str, float]:
        """Returns the cores that Redis uses for replies that are spread over workers and APIs, by operation."""
        load = self.plan.load(replies, workers=workers, apis=apis)
        rates = self._simulate(load, self._habit).rates["redis"]
        return {name: times * self.prices["redis"].get(name, 0.0) for name, times in rates.items()}

    def _simulate(self, load: Load, habit: Habit) -> Result:
        return Simulation(load, self.prices, seconds=SECONDS, tick=0, habit=habit).run()
