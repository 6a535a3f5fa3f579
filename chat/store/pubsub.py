"""One pub/sub connection that heals itself."""

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
from chat.tasks import until_one_ends

PING_SECONDS = 5.0
KNOCK_SECONDS = 1.0
LET_GO_SECONDS = 1.0
"""Channels that nobody wants are let go so often, many in one command, unless others are asked for meanwhile."""

SUBSCRIBE_SECONDS = 10.0
"""For a new link, from the first packet on."""

MAX_BACKOFF = 1.0

logger = structlog.get_logger(__name__)


class Listener:
    """Keeps a set of channels subscribed over losses of the connection.

    Only `run` touches the connection: one task reads, another one asks for channels, so that neither waits for the
    other. redis-py neither notices a link that swallows everything nor tells of a reconnect, so when it is silent
    something is published on a channel of its own. A link that stays silent is given up after two intervals and
    replaced by a fresh one: it may be broken, or its server be cut off from where others publish.

    on_message(channel, data)   a message came
    on_subscribed(channel)      from now on messages come; what was published before may have been missed
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
        self._asked: set[str] = set()
        self._unconfirmed: Counter[str] = Counter()
        self._live: set[str] = set()
        self._changed: set[str] = set()
        self._notified = asyncio.Event()

    @property
    def is_connected(self) -> bool:
        return self._control in self._live

    def hears(self, channel: str) -> bool:
        """Whether messages of the channel come in right now."""
        return channel in self._live

    def want(self, channel: str) -> None:
        """Have the channel subscribed as soon as can be; `on_subscribed` tells when, unless it is heard already."""
        self._wanted.add(channel)
        if channel not in self._live:
            self._changed.add(channel)
            self._notified.set()

    def unwant(self, channel: str) -> None:
        """Let the channel go, whenever it suits."""
        self._wanted.discard(channel)
        self._changed.add(channel)

    async def run(self) -> None:
        """Listen until cancelled."""
        backoff = 0.0
        while True:
            try:
                await self._listen()
            except (RedisError, OSError) as error:
                backoff = 0.0 if self._live else min(MAX_BACKOFF, backoff * 2 + 0.02)
                logger.warning("pubsub_lost", error=type(error).__name__, wait_seconds=backoff)
            finally:
                self._live.clear()
            await asyncio.sleep(backoff)

    async def _listen(self) -> None:
        pubsub = self._store.pubsub()
        try:
            self._asked.clear()
            self._unconfirmed.clear()
            self._changed.update(self._wanted)
            async with asyncio.timeout(SUBSCRIBE_SECONDS):
                await self._adjust(pubsub)
            await until_one_ends(self._hear(pubsub), self._keep_adjusting(pubsub))
        finally:
            with contextlib.suppress(RedisError, OSError):
                await pubsub.aclose()

    async def _hear(self, pubsub: PubSub) -> None:
        silent = 0
        while True:
            message = await pubsub.get_message(timeout=self._ping_seconds)
            silent = 0 if message else silent + 1
            if message:
                self._dispatch(message["type"], message["channel"], message["data"])
                await self._dispatch_received(pubsub)
            elif silent > 1:
                raise ConnectionError("the link is silent")
            else:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(KNOCK_SECONDS):
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
            if not self._confirms(channel):
                return
            self._live.add(channel)
        if channel == self._control:
            return
        try:
            if kind == "subscribe":
                self._on_subscribed(channel)
            elif kind == "message":
                self._on_message(channel, data)
        except Exception as error:  # one odd message must not deafen everybody
            logger.error("message_refused", channel=channel, error=type(error).__name__)

    def _confirms(self, channel: str) -> bool:
        """Whether that was asked last: the channel may have been let go since, and asked for again."""
        self._unconfirmed[channel] -= 1
        if self._unconfirmed[channel] > 0:
            return False
        del self._unconfirmed[channel]
        return channel in self._asked

    async def _keep_adjusting(self, pubsub: PubSub) -> None:
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LET_GO_SECONDS):
                    await self._notified.wait()
            await self._adjust(pubsub)

    async def _adjust(self, pubsub: PubSub) -> None:
        self._notified.clear()
        changed, self._changed = self._changed, set()
        more = (changed & self._wanted) - self._asked
        fewer = (changed & self._asked) - self._wanted
        self._asked |= more
        self._asked -= fewer
        self._live -= fewer
        self._unconfirmed.update(more)
        try:
            if more:
                await pubsub.subscribe(*more)
            if fewer:
                await pubsub.unsubscribe(*fewer)
        except RuntimeError as error:  # uvloop's, of a link that was cut and whose end nobody has read yet
            raise ConnectionError("the link is closed") from error
