"""Pure: what is measured and simulated: a load and the fleet that serves it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Load:
    """A load, and the processes that serve it.

    `replies` run at the same time, each with `rate` tokens per second and `tokens` tokens, read by `readers` readers.
    `turns`: replies of each session, one after the other; the next begins `delay` seconds after the last has ended.
    `fitted`: the costs are fitted to this load. All others are predicted.
    """

    replies: int
    rate: float
    tokens: int
    readers: int = 1
    workers: int = 1
    apis: int = 1
    webs: int = 0
    turns: int = 1
    delay: float = 0.3
    fitted: bool = False

    @property
    def cycle(self) -> float:
        """The seconds from a question to its session's next one, without what the fleet adds."""
        return self.delay + self.tokens / self.rate

    @property
    def tokens_per_second(self) -> float:
        """The tokens per second of all replies while they run."""
        return self.replies * self.rate


@dataclass(frozen=True)
class Figures:
    """What a load needs per second, measured or simulated.

    `cpu`: cores used, by kind of process, of all its processes together. `wakes`: how often their event loops woke up.
    `tokens`, `events`: per second, events as all readers receive them. `turns`: begun per second. `latency_*`:
    milliseconds from a token's departure at the model to its arrival at a reader.
    """

    cpu: dict[str, float]
    wakes: dict[str, float]
    tokens: float
    events: float
    turns: float
    latency_p50: float
    latency_p95: float

    @property
    def tokens_per_event(self) -> float:
        return self.tokens / self.events if self.events else 0.0
