"""Moving windows of requests, counted in this process."""

import time
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Callable

MOST_REQUESTS = 200_000
"""Requests that one limit remembers. Beyond it the caller that has been silent for longest is forgotten.

A caller can bring that about for itself only with as many other identities, each of which has the limit's room anyway.
"""


class MovingWindow:
    """Counts the requests of each caller in the last `seconds`, of which there may be `amount`.

    It holds only times of this process' own clock, so a clock that is set changes nothing.
    """

    def __init__(self, amount: int, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._amount = amount
        self._seconds = seconds
        self._clock = clock
        self._times: OrderedDict[str, list[float]] = OrderedDict()
        self._total = 0
        self._most = max(MOST_REQUESTS, amount)

    def wait(self, who: str) -> float:
        """Seconds until there is room for another request; 0.0 where there is room."""
        now = self._clock()
        times = self._times.get(who, [])
        past = bisect_right(times, now - self._seconds)
        del times[:past]
        self._total -= past
        return times[0] + self._seconds - now if len(times) >= self._amount else 0.0

    def add(self, who: str) -> float:
        """Count one, and return its time, by which it can be removed."""
        now = self._clock()
        self._times.setdefault(who, []).append(now)
        self._times.move_to_end(who)
        self._total += 1
        self._forget(now - self._seconds)
        return now

    def remove(self, who: str, at: float) -> None:
        """Count it no more."""
        times = self._times.get(who, [])
        if at in times:
            times.remove(at)
            self._total -= 1
        if not times:
            self._times.pop(who, None)

    def _forget(self, past: float) -> None:
        """Drop callers whose last request is out of the window, and the most silent ones beyond the bound."""
        while self._times:
            who, times = next(iter(self._times.items()))
            if self._total <= self._most and times and times[-1] > past:
                return
            del self._times[who]
            self._total -= len(times)
