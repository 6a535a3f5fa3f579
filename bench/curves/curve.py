"""Pure: costs at several sizes, and how fast they grow."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from math import log
from typing import Generic, TypeVar

CONSTANT, LINEAR = 0.0, 1.0
TOLERANCE = 0.3
"""How far the measured power may exceed the promised one, because of noise."""

FLOOR = 0.0003
"""Seconds below which growth cannot be distinguished from noise."""

Where = TypeVar("Where")


@dataclass(frozen=True)
class Curve(Generic[Where]):
    """A cost to measure. `cost` returns the seconds of one call at a size; they may grow with the power `bound`.

    At no size may it exceed `most` seconds.
    """

    title: str
    grows: str
    bound: float
    cost: Callable[[Where, int], Awaitable[float]]
    sizes: tuple[int, ...] = (10, 100, 1000, 10_000)
    most: float | None = None


@dataclass(frozen=True)
class Points:
    """A measured curve."""

    title: str
    grows: str
    bound: float
    sizes: tuple[int, ...]
    seconds: tuple[float, ...]
    most: float | None = None

    @property
    def power(self) -> float:
        """The exponent between the two largest sizes: 0 = constant, 1 = linear."""
        (small, large), (before, after) = self.sizes[-2:], self.seconds[-2:]
        return log(max(after, FLOOR) / max(before, FLOOR)) / log(large / small)

    @property
    def holds(self) -> bool:
        return self.power <= self.bound + TOLERANCE and (self.most is None or max(self.seconds) <= self.most)
