"""Pure: how long to wait from one write to the next. The more deltas come, the longer, so that each write has more."""

SHORTEST = 0.015
"""Seconds. A reply at reading speed does not wait for it: its words are further apart."""

EASY_RATE = 500
SECONDS_PER_RATE = 8e-6
"""Of waiting, for each delta a second beyond the easy rate: 4250 a second are written every 45 ms."""

LONGEST = 0.045
"""Seconds. People do not notice it, and the page shows words smoothly."""

MEMORY_SECONDS = 0.2


class FlushInterval:
    """Follows the rate at which deltas come, over about `MEMORY_SECONDS`."""

    def __init__(self) -> None:
        self._rate = 0.0
        self._count = 0
        self._since = 0.0

    def count(self) -> None:
        """One more has come."""
        self._count += 1

    def window(self, now: float) -> float:
        """Seconds from the beginning of one write to the next; `now` in seconds of any clock that only goes forward."""
        elapsed = max(now - self._since, 1e-6)
        self._rate += (self._count / elapsed - self._rate) * elapsed / (elapsed + MEMORY_SECONDS)
        self._count, self._since = 0, now
        return min(LONGEST, SHORTEST + max(0.0, self._rate - EASY_RATE) * SECONDS_PER_RATE)
