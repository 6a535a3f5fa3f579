"""Fits the prices of operations to measured CPU times. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from bench.scale.load import Load
from bench.scale.process import Prices
from bench.scale.simulation import Result, Simulation

OPERATIONS: dict[str, tuple[str, ...]] = {
    "model": ("wakes", "cold", "tokens"),
    "worker": ("seconds", "streams", "wakes", "cold", "tokens", "flushes", "entries", "turns", "wakeups"),
    "redis": ("crons", "worker_seconds", "probes", "streams", "wakes", "misses", "entries", "turns"),
    "api": ("seconds", "streams", "wakes", "misses", "messages", "events", "events_to_web", "stale", "turns"),
    "web": ("seconds", "wakes", "events"),
    "client": ("wakes", "events", "turns"),
}
"""What each kind of process does that has a price of its own."""

FIRST_GUESS = 300e-6
HOPS = 4
"""Processes that a token wakes up on its way: worker, Redis, API, and reader."""

PASSES = 5
"""The prices decide a little about how often each operation is done, so both are computed in turn."""


@dataclass(frozen=True)
class Case:
    """A measured load: the cores that each kind of process used, and how the replies were shared among the workers.

    `latency`: the median in milliseconds.
    """

    load: Load
    cpu: Mapping[str, float]
    latency: float = 0.0
    shares: Sequence[float] = ()

    def simulate(self, prices: dict[str, Prices], cores: int) -> Result:
        return Simulation(self.load, prices, cores, shares=self.shares).run()


def fit(cases: Sequence[Case], known: Mapping[str, Prices], cores: int) -> dict[str, Prices]:
    """Returns the prices by kind of process, in seconds, that explain the measured cores best.

    `known`: prices that were measured by themselves. `cores`: those of the machine.
    """
    prices = {kind: {"wakes": FIRST_GUESS, **known.get(kind, {})} for kind in OPERATIONS}
    delay = 0.0
    for _ in range(PASSES):
        results = [case.simulate(prices, cores) for case in cases]
        delay = max(0.0, delay + _missing_delay(cases, results))
        rates = [result.rates for result in results]
        for kind, names in OPERATIONS.items():
            rows = [[done[kind].get(name, 0.0) for name in names] for done in rates]
            apart = known.get(kind, {})
            used = [
                case.cpu.get(kind, 0.0) - sum(done[kind].get(name, 0.0) * price for name, price in apart.items())
                for case, done in zip(cases, rates, strict=True)
            ]
            prices[kind] = {**apart, **dict(zip(names, nonnegative(rows, used), strict=True))}
        prices["any"] = {"delay": delay}
    return prices


def _missing_delay(cases: Sequence[Case], results: Sequence[Result]) -> float:
    """Returns by how many seconds a process that is to wake up runs later than simulated.

    A token of a single reply waits for nothing else: each process on its way has to wake up.
    """
    missing = [
        (case.latency - result.figures.latency_p50) / 1000 / HOPS
        for case, result in zip(cases, results, strict=True)
        if case.load.replies == case.load.readers == 1 and case.latency
    ]
    return sum(missing) / len(missing) if missing else 0.0


def nonnegative(rows: Sequence[Sequence[float]], targets: Sequence[float]) -> list[float]:
    """Returns the factors, none below zero, of the smallest sum of squared relative errors.

    Rows whose target is zero are left out. Tries every subset of the columns, of which there are few.
    """
    used = [(row, target) for row, target in zip(rows, targets, strict=True) if target > 0]
    scaled = [[value / target for value in row] for row, target in used]
    width = len(rows[0])
    best, least = [0.0] * width, float("inf")
    if not used:
        return best
    for size in range(1, width + 1):
        for columns in combinations(range(width), size):
            found = _least_squares([[row[column] for column in columns] for row in scaled])
            if found is None or min(found) < 0:
                continue
            error = sum((sum(row[c] * x for c, x in zip(columns, found, strict=True)) - 1) ** 2 for row in scaled)
            if error < least * 0.999:
                best, least = [0.0] * width, error
                for column, value in zip(columns, found, strict=True):
                    best[column] = value
    return best


def _least_squares(rows: Sequence[Sequence[float]]) -> list[float] | None:
    """Solves the normal equations for targets that are all 1; None where they have no single solution."""
    width = len(rows[0])
    scale = [max(abs(row[column]) for row in rows) or 1.0 for column in range(width)]
    unit = [[value / scale[column] for column, value in enumerate(row)] for row in rows]
    table = [
        [sum(row[i] * row[j] for row in unit) for j in range(width)] + [sum(row[i] for row in unit)]
        for i in range(width)
    ]
    for pivot in range(width):
        best = max(range(pivot, width), key=lambda index: abs(table[index][pivot]))
        if abs(table[best][pivot]) < 1e-9:
            return None
        table[pivot], table[best] = table[best], table[pivot]
        for index in range(width):
            if index != pivot:
                factor = table[index][pivot] / table[pivot][pivot]
                table[index] = [a - factor * b for a, b in zip(table[index], table[pivot], strict=True)]
    return [table[index][width] / table[index][index] / scale[index] for index in range(width)]
