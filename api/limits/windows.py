"""Counts requests in moving windows, in this process."""

import time
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Callable

MOST_REQUESTS = 200_000
"""Requests that one limit remembers. Beyond it, the caller whose last request is the oldest is forgotten.

A caller can cause that for itself only by using that many other identities, each of which has its own limit anyway.
"""


class MovingWindow:
    """Admits `amount` requests of each caller in any `seconds`.

    It uses this process' monotonic clock, so changes of the system time have no effect.
    """

    def __init__(self, amount: int, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._amount = amount
        self._seconds = seconds
        self._clock = clock
        self._times: OrderedDict[str, list[float]] = OrderedDict()
        self._total = 0
        self._most = max(MOST_REQUESTS, amount)

    def wait(self, who: str) -> float:
        """Returns the seconds until another request is admitted; 0.0 if one is admitted now."""
        now = self._clock()
        times = self._times.get(who, [])
        past = bisect_right(times, now - self._seconds)
        del times[:past]
        self._total -= past
        return times[0] + self._seconds - now if len(times) >= self._amount else 0.0

    def left(self, who: str) -> int:
        """Returns how many requests of the caller are admitted now."""
        return max(self._amount - len(self._times.get(who, ())), 0)

    def add(self, who: str) -> float:
        """Counts a request and returns its time, with which it can be removed."""
        now = self._clock()
        self._times.setdefault(who, []).append(now)
        self._times.move_to_end(who)
        self._total += 1
        self._forget(now - self._seconds)
        return now

    def remove(self, who: str, at: float) -> None:
        """Removes a counted request."""
        times = self._times.get(who, [])
        if at in times:
            times.remove(at)
            self._total -= 1
        if not times:
            self._times.pop(who, None)

    def _forget(self, past: float) -> None:
        """Drops callers whose last request left the window, and the least recent ones beyond `MOST_REQUESTS`."""
        while self._times:
            who, times = next(iter(self._times.items()))
            if self._total <= self._most and times and times[-1] > past:
                return
            del self._times[who]
            self._total -= len(times)
