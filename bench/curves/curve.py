"""Pure: a cost measured at several sizes, and how fast it grows."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from math import log
from typing import Generic, TypeVar

CONSTANT, LINEAR = 0.0, 1.0
TOLERANCE = 0.3
"""How much steeper than promised the last stretch may look: the machine is never quite still."""

FLOOR = 0.0003
"""Seconds below which a growth is not told from noise."""

Where = TypeVar("Where")


@dataclass(frozen=True)
class Curve(Generic[Where]):
    """`cost` gives the seconds of one call at a size; it may grow with the power `bound` of the size.

    At no size may it be more than `most` seconds.
    """

    title: str
    grows: str
    bound: float
    cost: Callable[[Where, int], Awaitable[float]]
    sizes: tuple[int, ...] = (10, 100, 1000, 10_000)
    most: float | None = None


@dataclass(frozen=True)
class Points:
    """What was measured."""

    title: str
    grows: str
    bound: float
    sizes: tuple[int, ...]
    seconds: tuple[float, ...]
    most: float | None = None

    @property
    def power(self) -> float:
        """The exponent over the last stretch: 0 = does not grow, 1 = grows as the size does."""
        (small, large), (before, after) = self.sizes[-2:], self.seconds[-2:]
        return log(max(after, FLOOR) / max(before, FLOOR)) / log(large / small)

    @property
    def holds(self) -> bool:
        return self.power <= self.bound + TOLERANCE and (self.most is None or max(self.seconds) <= self.most)
