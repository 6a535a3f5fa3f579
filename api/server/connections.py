"""Limits the connections of this process: their number, and how long one may wait for a complete request head."""

import asyncio
from collections import OrderedDict
from typing import Protocol

HEAD_SECONDS = 10.0
"""Time for a request's head, and for the first request of a new connection."""

MAX_SURPLUS = 100
"""Connections beyond the limit that are still answered: 503, except for health checks and metrics."""

MIN_TIMER_SECONDS = 0.1
"""Shortest delay of the timer, so that connections that are due at about the same time share one call."""


class Waiting(Protocol):
    """A connection that waits for a request and can be closed."""

    def expire(self) -> None:
        """Closes the connection because it has waited too long."""

    def evict(self) -> None:
        """Closes the connection because another one needs its slot."""


class Connections:
    """Counts connections, and orders those that wait for a request, the longest waiting first.

    At the limit, a new connection takes the slot of the longest waiting one, so that idle clients cannot block others.
    All have the same timeout, so one timer serves them all.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._open: set[Waiting] = set()
        self._waiting: OrderedDict[Waiting, float] = OrderedDict()
        self._timer: asyncio.TimerHandle | None = None

    def enter(self, connection: Waiting) -> bool:
        """Takes a slot. Returns False if there is none: the connection is surplus. Evicts it beyond `MAX_SURPLUS`."""
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
        """Removes a connection that is closed."""
        self._open.discard(connection)
        self.stop_waiting(connection)

    def wait(self, connection: Waiting) -> None:
        """Starts the timeout of a connection that waits for a request head or the rest of one."""
        loop = asyncio.get_running_loop()
        self._waiting.pop(connection, None)
        self._waiting[connection] = loop.time()
        if self._timer is None:
            self._timer = loop.call_later(HEAD_SECONDS, self._expire_due)

    def stop_waiting(self, connection: Waiting) -> None:
        """Ends the timeout of a connection."""
        self._waiting.pop(connection, None)

    def _evict_longest_waiting(self) -> None:
        connection = next(iter(self._waiting))
        self.leave(connection)
        connection.evict()

    def _expire_due(self) -> None:
        """Expires the connections whose timeout is over, and sets the timer for the next one."""
        loop, self._timer = asyncio.get_running_loop(), None
        while self._waiting:
            connection, since = next(iter(self._waiting.items()))
            remaining = since + HEAD_SECONDS - loop.time()
            if remaining > 0:
                self._timer = loop.call_later(max(remaining, MIN_TIMER_SECONDS), self._expire_due)
                return
            self.stop_waiting(connection)
            connection.expire()
