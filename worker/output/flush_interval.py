"""Computes the time between two writes: the more deltas per second, the longer, so that each write has more. Pure."""

SHORTEST = 0.015
"""Seconds. It does not delay a reply at reading speed, because that reply's tokens are further apart."""

LOW_RATE = 500
"""Deltas per second up to which the interval stays at `SHORTEST`."""
SECONDS_PER_RATE = 8e-6
"""Added per delta per second above `LOW_RATE`: at 4250 deltas per second the interval is 45 ms."""

LONGEST = 0.045
"""Seconds. People do not notice this delay, and the page reveals words smoothly."""

AVERAGING_SECONDS = 0.2
"""Time constant of the average rate."""


class FlushInterval:
    """Follows the rate of deltas, averaged over about `AVERAGING_SECONDS`."""

    def __init__(self) -> None:
        self._rate = 0.0
        self._count = 0
        self._since = 0.0

    def count(self) -> None:
        """Counts one delta."""
        self._count += 1

    def window(self, now: float) -> float:
        """Returns the seconds from the start of one write to the start of the next.

        `now`: seconds of a clock that never goes back.
        """
        elapsed = max(now - self._since, 1e-6)
        self._rate += (self._count / elapsed - self._rate) * elapsed / (elapsed + AVERAGING_SECONDS)
        self._count, self._since = 0, now
        return min(LONGEST, SHORTEST + max(0.0, self._rate - LOW_RATE) * SECONDS_PER_RATE)
