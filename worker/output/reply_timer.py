"""Measures the duration of a reply in seconds."""

from dataclasses import dataclass
from time import monotonic


@dataclass(frozen=True)
class Ago:
    """Seconds since a reply that is continued was begun, and since its first thinking and its first text."""

    begun: float = 0
    thinking: float | None = None
    text: float | None = None


class ReplyTimer:
    """Starts when created, or earlier where it continues a reply. Records the first thinking and the first text.

    A call of a tool counts as text.
    """

    def __init__(self, ago: Ago | None = None) -> None:
        now, ago = monotonic(), ago or Ago()
        self._start = now - ago.begun
        self._thinking = None if ago.thinking is None else now - ago.thinking
        self._text = None if ago.text is None else now - ago.text

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
