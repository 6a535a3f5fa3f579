"""Measures the duration of an attempt in seconds."""

from time import monotonic


class ReplyTimer:
    """Starts when created. Records the first thinking and the first text."""

    def __init__(self) -> None:
        self._start = monotonic()
        self._thinking: float | None = None
        self._text: float | None = None

    def mark_thinking(self) -> None:
        self._thinking = self._thinking or monotonic()

    def mark_text(self) -> None:
        self._text = self._text or monotonic()

    @property
    def seconds(self) -> float:
        """Seconds since the start."""
        return round(monotonic() - self._start, 2)

    @property
    def thinking_seconds(self) -> float | None:
        """Seconds from the first thinking to the first text, or to now without text. None without thinking."""
        if self._thinking is None:
            return None
        return round((self._text or monotonic()) - self._thinking, 2)
