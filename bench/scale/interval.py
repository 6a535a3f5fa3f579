"""The flush interval of a worker, computed as the worker does; a test compares both. Pure."""

SHORTEST = 0.015
LOW_RATE = 500
SECONDS_PER_RATE = 8e-6
LONGEST = 0.045
AVERAGING_SECONDS = 0.2


class Interval:
    """Follows the rate of deltas of one worker. All times are in seconds."""

    def __init__(self) -> None:
        self._rate = 0.0
        self._since = 0.0

    def window(self, now: float, count: int) -> float:
        """Returns the time from the start of this write to the next. `count`: deltas since the last call."""
        elapsed = max(now - self._since, 1e-6)
        self._rate += (count / elapsed - self._rate) * elapsed / (elapsed + AVERAGING_SECONDS)
        self._since = now
        return min(LONGEST, SHORTEST + max(0.0, self._rate - LOW_RATE) * SECONDS_PER_RATE)
