"""Pure: how long to wait from one write to the next, and to read nothing meanwhile. The more comes, the longer."""

SHORTEST = 0.015
"""A reply at reading speed is not held up by it: its words are further apart."""

EASY_RATE = 5000
SECONDS_PER_RATE = 4.4e-6
"""Of waiting, for each delta a second beyond the easy rate: 10,000 a second go out every 37 ms."""

LONGEST = 0.05
MEMORY_SECONDS = 0.2

LONGEST_REST = 0.028
WORTH_A_REST = 8
"""Deltas that come meanwhile."""


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
        return min(LONGEST, SHORTEST + max(0.0, self._rate - EASY_RATE) * SECONDS_PER_RATE)

    def rest(self, window: float, left: float, busy: float) -> float:
        """Seconds to read nothing of a window of which some are `left`, so that what comes is read in one go.

        `busy` is the part of its time that the process had to work lately, and will need for what gathers.
        """
        seconds = min(LONGEST_REST, left, window * (1 - busy))
        return seconds if self._rate * seconds >= WORTH_A_REST else 0.0
