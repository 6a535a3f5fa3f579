"""Passes stop messages on to running turns. A message is only a hint: the flag in the turn is the truth."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager


class StopSignals:
    """Keeps a callback for each running turn."""

    def __init__(self) -> None:
        self._running: dict[str, Callable[[], None]] = {}

    @contextmanager
    def register(self, turn_id: str, check: Callable[[], None]) -> Iterator[None]:
        """Calls `check` when a stop of the turn is received, until the block ends."""
        self._running[turn_id] = check
        try:
            yield
        finally:
            if self._running.get(turn_id) is check:
                del self._running[turn_id]

    def on_message(self, _channel: str, turn_id: str) -> None:
        if check := self._running.get(turn_id):
            check()

    def check_all(self, _channel: str) -> None:
        """Calls every callback, because a new connection may have missed messages."""
        for check in self._running.values():
            check()
