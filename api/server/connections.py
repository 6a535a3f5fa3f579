"""The connections of this process: how many there may be, and how long one may wait without a whole request."""

import asyncio
from collections import OrderedDict
from typing import Protocol

HEAD_SECONDS = 10.0
"""A request's head has to be here by then; so has the first one of a new connection."""

MAX_SURPLUS = 100
"""Connections beyond the limit that get an answer: 503, or their figures and health for those who watch."""

MIN_TIMER_SECONDS = 0.1


class Waiting(Protocol):
    """A connection that can be told to end."""

    def expire(self) -> None:
        """It has waited for too long."""

    def evict(self) -> None:
        """Another one needs its place."""


class Connections:
    """Counts connections, and keeps those in order that wait for a request, the longest waiting first.

    One that waits gives its place to a new one where all are taken: those who hold connections open without asking
    anything keep nobody out. All have the same time, so one timer serves them all.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._open: set[Waiting] = set()
        self._waiting: OrderedDict[Waiting, float] = OrderedDict()
        self._timer: asyncio.TimerHandle | None = None

    def enter(self, connection: Waiting) -> bool:
        """Take a place. False where there is none: the connection is surplus, and is evicted where it is far beyond."""
        if len(self._open) >= self._limit and self._waiting:
            self._evict_longest_waiting()
        is_surplus = len(self._open) >= self._limit
        self._open.add(connection)
        self.wait(connection)
        if len(self._open) > self._limit + MAX_SURPLUS:
            self.leave(connection)
            connection.evict()
        return not is_surplus

    def leave(self, connection: Waiting) -> None:
        """It is closed."""
        self._open.discard(connection)
        self.stop_waiting(connection)

    def wait(self, connection: Waiting) -> None:
        """It waits from now on for a request, or for the rest of one."""
        loop = asyncio.get_running_loop()
        self._waiting.pop(connection, None)
        self._waiting[connection] = loop.time()
        if self._timer is None:
            self._timer = loop.call_later(HEAD_SECONDS, self._expire_due)

    def stop_waiting(self, connection: Waiting) -> None:
        self._waiting.pop(connection, None)

    def _evict_longest_waiting(self) -> None:
        connection = next(iter(self._waiting))
        self.leave(connection)
        connection.evict()

    def _expire_due(self) -> None:
        """End those whose time is over, and look again when the next one's is."""
        loop, self._timer = asyncio.get_running_loop(), None
        while self._waiting:
            connection, since = next(iter(self._waiting.items()))
            remaining = since + HEAD_SECONDS - loop.time()
            if remaining > 0:
                self._timer = loop.call_later(max(remaining, MIN_TIMER_SECONDS), self._expire_due)
                return
            self.stop_waiting(connection)
            connection.expire()
