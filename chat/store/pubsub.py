"""A pub/sub connection that reconnects and subscribes again."""

import asyncio
import contextlib
from collections import Counter
from collections.abc import Callable
from uuid import uuid4

import structlog
from redis.asyncio import Redis
from redis.asyncio.client import PubSub
from redis.exceptions import ConnectionError, RedisError

from chat.store.connections import received
from chat.store.errors import note
from chat.tasks import until_one_ends

PING_SECONDS = 5.0
"""Silence after which the connection is probed; after as long again without an answer it is replaced."""

PROBE_SECONDS = 1.0
"""Timeout for sending a probe."""

UNSUBSCRIBE_SECONDS = 1.0
"""Interval at which unwanted channels are unsubscribed, many per command; a new subscription triggers it earlier."""

SUBSCRIBE_SECONDS = 10.0
"""Timeout for connecting and the first subscriptions."""

MAX_BACKOFF = 1.0

logger = structlog.get_logger(__name__)


class Listener:
    """Keeps a set of channels subscribed across losses of the connection.

    Only `run` uses the connection: one task reads, another one subscribes, so that neither waits for the other.
    redis-py neither notices a dead connection nor reports a reconnect. So after `ping_seconds` of silence a probe is
    published on a channel of the listener's own, and after another such interval the connection is replaced: it may be
    dead, or its server may be cut off from the server where others publish.

    on_message(channel, data)   a message has arrived
    on_subscribed(channel)      messages arrive from now on; earlier ones may have been missed
    """

    def __init__(
        self,
        store: Redis,
        commands: Redis,
        on_message: Callable[[str, str], None],
        on_subscribed: Callable[[str], None],
        ping_seconds: float = PING_SECONDS,
    ) -> None:
        self._store = store
        self._commands = commands
        self._on_message = on_message
        self._on_subscribed = on_subscribed
        self._ping_seconds = ping_seconds
        self._control = f"chat:listener:{uuid4().hex}"
        self._wanted = {self._control}
        self._requested: set[str] = set()
        self._unconfirmed: Counter[str] = Counter()
        self._live: set[str] = set()
        self._changed: set[str] = set()
        self._notified = asyncio.Event()

    @property
    def is_connected(self) -> bool:
        return self._control in self._live

    def is_subscribed(self, channel: str) -> bool:
        """Whether the subscription of the channel is confirmed."""
        return channel in self._live

    def want(self, channel: str) -> None:
        """Subscribes the channel soon. `on_subscribed` is called then, unless the channel is subscribed already."""
        self._wanted.add(channel)
        if channel not in self._live:
            self._changed.add(channel)
            self._notified.set()

    def unwant(self, channel: str) -> None:
        """Unsubscribes the channel with the next batch."""
        self._wanted.discard(channel)
        self._changed.add(channel)

    async def run(self) -> None:
        """Reads messages until cancelled; reconnects after each loss."""
        backoff = 0.0
        while True:
            try:
                await self._listen()
            except (RedisError, OSError) as error:
                backoff = 0.0 if self._live else min(MAX_BACKOFF, backoff * 2 + 0.02)
                logger.warning("pubsub_lost", error=note(error), wait_seconds=backoff)
            finally:
                self._live.clear()
            await asyncio.sleep(backoff)

    async def _listen(self) -> None:
        pubsub = self._store.pubsub()
        try:
            self._requested.clear()
            self._unconfirmed.clear()
            self._changed.update(self._wanted)
            async with asyncio.timeout(SUBSCRIBE_SECONDS):
                await self._subscribe_changes(pubsub)
            await until_one_ends(self._read_messages(pubsub), self._update_subscriptions(pubsub))
        finally:
            with contextlib.suppress(RedisError, OSError):
                await pubsub.aclose()

    async def _read_messages(self, pubsub: PubSub) -> None:
        silent = 0
        while True:
            message = await pubsub.get_message(timeout=self._ping_seconds)
            silent = 0 if message else silent + 1
            if message:
                self._dispatch(message["type"], message["channel"], message["data"])
                await self._dispatch_received(pubsub)
            elif silent > 1:
                raise ConnectionError("the connection is silent")
            else:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(PROBE_SECONDS):
                        await self._send_probe()

    async def _send_probe(self) -> None:
        with contextlib.suppress(RedisError, OSError):
            await self._commands.publish(self._control, "")

    async def _dispatch_received(self, pubsub: PubSub) -> None:
        for response in received(pubsub):
            if isinstance(response, list) and response[0] == "message":
                self._dispatch(*response)
            elif message := await pubsub.handle_message(response):
                self._dispatch(message["type"], message["channel"], message["data"])

    def _dispatch(self, kind: str, channel: str, data: str) -> None:
        if kind == "subscribe":
            if not self._count_confirmation(channel):
                return
            self._live.add(channel)
        if channel == self._control:
            return
        try:
            if kind == "subscribe":
                self._on_subscribed(channel)
            elif kind == "message":
                self._on_message(channel, data)
        except Exception as error:  # one bad message must not end the subscription of all channels
            logger.error("message_refused", channel=channel, error=type(error).__name__)

    def _count_confirmation(self, channel: str) -> bool:
        """Counts a confirmed subscription. Returns whether it was the latest, still wanted request for the channel.

        The channel may have been unsubscribed and requested again since the confirmed request.
        """
        self._unconfirmed[channel] -= 1
        if self._unconfirmed[channel] > 0:
            return False
        del self._unconfirmed[channel]
        return channel in self._requested

    async def _update_subscriptions(self, pubsub: PubSub) -> None:
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(UNSUBSCRIBE_SECONDS):
                    await self._notified.wait()
            await self._subscribe_changes(pubsub)

    async def _subscribe_changes(self, pubsub: PubSub) -> None:
        self._notified.clear()
        changed, self._changed = self._changed, set()
        added = (changed & self._wanted) - self._requested
        removed = (changed & self._requested) - self._wanted
        self._requested |= added
        self._requested -= removed
        self._live -= removed
        self._unconfirmed.update(added)
        try:
            if added:
                await pubsub.subscribe(*added)
            if removed:
                await pubsub.unsubscribe(*removed)
        except RuntimeError as error:  # from uvloop, for a closed connection whose end has not been read yet
            raise ConnectionError("the connection is closed") from error
