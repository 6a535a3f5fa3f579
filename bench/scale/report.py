"""Computes everything that docs/scale.md shows from one record, each part when it is asked for. Pure."""

from dataclasses import dataclass
from functools import cached_property

from bench.scale import benchmark
from bench.scale.benchmark import Speed
from bench.scale.check import Check, check, prices_of
from bench.scale.fleets import Fleet, fleet
from bench.scale.limits import Demand, Today
from bench.scale.plan import Capacity, Plan
from bench.scale.process import Prices
from bench.scale.record import Record
from bench.scale.sensitivity import Variant, variants
from bench.scale.tables import beyond

SIZES = (10_000, 100_000, 1_000_000)
SMALLEST = 1000
"""A size from which on the growth of each demand is computed."""


@dataclass(frozen=True)
class Report:
    record: Record

    @cached_property
    def prices(self) -> dict[str, Prices]:
        return prices_of(self.record)

    @cached_property
    def checks(self) -> list[Check]:
        return check(self.record, self.prices)

    @property
    def beyond(self) -> list[Check]:
        """The predictions that are too far off."""
        return beyond(self.checks)

    @cached_property
    def speed(self) -> Speed:
        return benchmark.speed(self.record, self.prices)

    @cached_property
    def capacity(self) -> Capacity:
        return Capacity(Plan(), benchmark.scaled(self.prices, self.speed.factor))

    @cached_property
    def today(self) -> Today:
        return Today(self.capacity, self.record, self.speed.factor)

    @cached_property
    def demands(self) -> dict[int, list[Demand]]:
        return {size: self.today.demands(size) for size in (SMALLEST, *SIZES)}

    @cached_property
    def fleets(self) -> list[Fleet]:
        return [fleet(self.capacity, self.today, size) for size in SIZES]

    @cached_property
    def variants(self) -> list[Variant]:
        return list(variants(self.capacity))
