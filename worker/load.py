"""How busy this process is."""

from time import monotonic, thread_time


class Load:
    """Of the event loop's thread."""

    def __init__(self) -> None:
        self._worked, self._at = thread_time(), monotonic()

    def share(self) -> float:
        """The part of the time since the last call, or since the beginning, that it worked: 0 to 1."""
        worked, at = thread_time(), monotonic()
        share = (worked - self._worked) / max(at - self._at, 1e-6)
        self._worked, self._at = worked, at
        return min(1.0, share)
