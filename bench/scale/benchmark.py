"""Compares the simulation with bench/README.md, and brings the prices to the speed of its machine. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import prod

from bench.scale.load import Load
from bench.scale.process import Prices
from bench.scale.record import Record
from bench.scale.simulation import Simulation

STEADY = {"100x50": Load(100, 50, 600), "500x20": Load(500, 20, 300)}
"""Scenarios of `make bench` whose CPU time per token of all processes, while all replies run, is compared."""

FLEET = ("worker", "api", "redis")
CORES = 2


@dataclass(frozen=True)
class Speed:
    """`factor`: CPU time on the benchmark's machine, in parts of that on the machine of the record.

    `rows`: by scenario the microseconds per token that bench/README.md has, and those of the simulation.
    """

    factor: float
    rows: dict[str, tuple[float, float]]


def speed(record: Record, prices: dict[str, Prices]) -> Speed:
    """Computes one factor for all scenarios, so that what remains of their errors can be seen."""
    simulated = {name: us_per_token(load, prices) for name, load in STEADY.items()}
    ratios = [record.benchmark[name] / simulated[name] for name in STEADY]
    factor = prod(ratios) ** (1 / len(ratios))
    return Speed(factor, {name: (record.benchmark[name], simulated[name] * factor) for name in STEADY})


def us_per_token(load: Load, prices: dict[str, Prices]) -> float:
    """Returns the microseconds of CPU time of the fleet for each token."""
    figures = Simulation(load, prices, CORES).run().figures
    return 1e6 * sum(figures.cpu[kind] for kind in FLEET) / figures.tokens


def scaled(prices: Mapping[str, Prices], factor: float) -> dict[str, Prices]:
    return {kind: {name: value * factor for name, value in of_kind.items()} for kind, of_kind in prices.items()}
