"""Compares what the simulation predicts with what was measured. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bench.scale.fit import Case, fit
from bench.scale.load import Figures, Load
from bench.scale.model import TICK
from bench.scale.process import Prices
from bench.scale.record import Record
from bench.scale.scenarios import SCENARIOS

TOLERANCE = 0.2
"""The greatest relative error of a prediction."""

TICK_MS = 1000 * TICK

REGULAR = 100
"""Tokens per second of a worker from which on its median latency does not depend on the phases of single replies."""

CHECKED = ("worker", "api", "redis", "web")
"""The kinds of processes whose CPU time is checked. The model server and the client belong to the benchmark."""


@dataclass(frozen=True)
class Check:
    """One figure of a scenario, measured and predicted.

    `counted`: whether its error may not exceed `TOLERANCE`. `finest`: the least difference that says something.
    """

    scenario: str
    figure: str
    measured: float
    predicted: float
    counted: bool = True
    finest: float = 0.0

    @property
    def error(self) -> float:
        return self.predicted / self.measured - 1

    @property
    def is_beyond(self) -> bool:
        """Whether the prediction is too far off."""
        differs = abs(self.predicted - self.measured) >= self.finest
        return self.counted and differs and abs(self.error) > TOLERANCE


def prices_of(record: Record, loads: Mapping[str, Load] = SCENARIOS) -> dict[str, Prices]:
    """Fits the prices to the loads that are marked for it."""
    cases = [_case(record, name, load) for name, load in loads.items() if load.fitted]
    return fit(cases, record.known, int(record.about["cores"]))


def _case(record: Record, name: str, load: Load) -> Case:
    shares = record.shares(name) if load.replies and load.workers > 1 else ()
    figures = record.figures(name)
    return Case(load, figures.cpu, figures.latency_p50, shares)


def check(record: Record, prices: dict[str, Prices], loads: Mapping[str, Load] = SCENARIOS) -> list[Check]:
    """Predicts every load, as on the machine of the record, and compares."""
    found: list[Check] = []
    for name, load in loads.items():
        predicted = _case(record, name, load).simulate(prices, int(record.about["cores"])).figures
        found += _checks(name, load, record.figures(name), predicted)
    return found


def _checks(name: str, load: Load, was: Figures, predicted: Figures) -> Iterator[Check]:
    """Yields the checks of one load.

    Not counted: the slowest tokens, which depend on what else ran on the machine, and latencies of workers with a few
    slow replies, which depend on when exactly their tokens come. Latencies are not compared more finely than the timers
    of model server and workers: their tick is longer than all that most single replies' tokens take.
    """
    for kind in CHECKED:
        if kind != "web" or load.webs:
            yield Check(name, f"CPU of {kind}", was.cpu[kind], predicted.cpu[kind])
    if load.replies:
        yield Check(name, "events per second", was.events, predicted.events)
        is_regular = load.replies == 1 or load.tokens_per_second / load.workers >= REGULAR
        yield Check(name, "latency p50", was.latency_p50, predicted.latency_p50, is_regular, TICK_MS)
        yield Check(name, "latency p95", was.latency_p95, predicted.latency_p95, counted=False)
