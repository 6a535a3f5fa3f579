"""How long an attempt took, in seconds."""

from time import monotonic


class ReplyTimer:
    """Runs from its making; the first thinking and the first text are noted once each."""

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
        """So far."""
        return round(monotonic() - self._start, 2)

    @property
    def thinking_seconds(self) -> float | None:
        """From the first thinking to the first text, or to now while there is none; None without thinking."""
        if self._thinking is None:
            return None
        return round((self._text or monotonic()) - self._thinking, 2)
