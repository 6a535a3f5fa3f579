"""Publishes a probe every second and receives it through the feed, to measure the feed's lag and detect its failure."""

import asyncio
from time import monotonic
from uuid import uuid4

from prometheus_client import Histogram

from chat.store import Redis, RedisError

INTERVAL_SECONDS = 1.0
TIMEOUT_SECONDS = 4.0
"""Time after which a probe that was not received counts as lost."""


class FeedProbe:
    """Publishes probes over the command connection; they arrive over the feed's, behind all messages queued there."""

    def __init__(self, commands: Redis, lag: Histogram) -> None:
        self.channel = f"chat:echo:{uuid4().hex}"
        self._commands = commands
        self._lag = lag
        self._unanswered_since: float | None = None

    @property
    def is_alive(self) -> bool:
        """False if a probe has not been received within `TIMEOUT_SECONDS`."""
        return self._unanswered_since is None or monotonic() - self._unanswered_since < TIMEOUT_SECONDS

    async def run(self) -> None:
        """Publishes probes until cancelled."""
        while True:
            await asyncio.sleep(INTERVAL_SECONDS)
            now = monotonic()
            self._unanswered_since = self._unanswered_since or now
            try:
                await self._commands.publish(self.channel, now)
            except (RedisError, OSError):
                pass  # the probe times out then

    def on_message(self, sent_at: str) -> None:
        """Handles a received probe."""
        self._unanswered_since = None
        self._lag.observe(max(0.0, monotonic() - float(sent_at)))

    def reset(self) -> None:
        """Forgets earlier probes: a new connection does not receive them."""
        self._unanswered_since = None
