"""Hears itself over pub/sub every second: how late tells how far the feed is behind, and silence that it is deaf."""

import asyncio
from time import monotonic
from uuid import uuid4

from prometheus_client import Histogram

from chat.store import Redis, RedisError

INTERVAL_SECONDS = 1.0
TIMEOUT_SECONDS = 4.0
"""A call that was not heard for so long will not be."""


class FeedProbe:
    """Calls go out over one connection and come back over the feed's, behind everything that waits there."""

    def __init__(self, commands: Redis, lag: Histogram) -> None:
        self.channel = f"chat:echo:{uuid4().hex}"
        self._commands = commands
        self._lag = lag
        self._unanswered_since: float | None = None

    @property
    def is_alive(self) -> bool:
        """False where a call should have been heard by now."""
        return self._unanswered_since is None or monotonic() - self._unanswered_since < TIMEOUT_SECONDS

    async def run(self) -> None:
        """Call until cancelled."""
        while True:
            await asyncio.sleep(INTERVAL_SECONDS)
            now = monotonic()
            self._unanswered_since = self._unanswered_since or now
            try:
                await self._commands.publish(self.channel, now)
            except (RedisError, OSError):
                pass  # then nobody can be heard

    def on_message(self, sent_at: str) -> None:
        self._unanswered_since = None
        self._lag.observe(max(0.0, monotonic() - float(sent_at)))

    def reset(self) -> None:
        """The connection is new: what was called before will not be heard."""
        self._unanswered_since = None
