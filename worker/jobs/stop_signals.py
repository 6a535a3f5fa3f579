"""Hears that a turn is to be stopped and tells whoever runs it. Only a hint: the flag in the turn is the truth."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager


class StopSignals:
    def __init__(self) -> None:
        self._running: dict[str, Callable[[], None]] = {}

    @contextmanager
    def register(self, turn_id: str, look: Callable[[], None]) -> Iterator[None]:
        """Have `look` called when a stop of the turn is heard."""
        self._running[turn_id] = look
        try:
            yield
        finally:
            if self._running.get(turn_id) is look:
                del self._running[turn_id]

    def on_message(self, _channel: str, turn_id: str) -> None:
        if look := self._running.get(turn_id):
            look()

    def check_all(self, _channel: str) -> None:
        """The connection is new: any hint may have been missed."""
        for look in self._running.values():
            look()
