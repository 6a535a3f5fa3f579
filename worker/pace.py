"""Pure: how long to wait from one write to the next. The more comes, the longer."""

SECONDS_PER_RATE = 2.6e-6
"""Of waiting, for each delta a second: 5,000 a second go out every 13 ms, 10,000 every 26 ms."""

SHORTEST = 0.013
"""A reply at reading speed is not held up by it: its words are further apart."""

LONGEST = 0.05
MEMORY_SECONDS = 0.2


class Pace:
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
        return min(LONGEST, max(SHORTEST, self._rate * SECONDS_PER_RATE))
