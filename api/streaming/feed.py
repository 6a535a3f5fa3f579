"""The live feed: distributes the events of one pub/sub connection per process to readers with bounded buffers."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from time import monotonic

from api.health.metrics import Cause, Metrics
from api.streaming.feed_probe import FeedProbe
from api.streaming.sse import Frame, frame_of
from chat import keys
from chat.event_log import parse_published
from chat.store import Redis
from chat.store.pubsub import Listener

BUFFERED_FRAMES = 256
SUBSCRIBE_SECONDS = 1.0
"""How long a new reader waits for its subscription."""

IDLE_SECONDS = 5
"""After how long without an event a reader reads the log."""


class Reader:
    """Buffers the events of one reader until they are taken, at most `BUFFERED_FRAMES`."""

    def __init__(self) -> None:
        self._frames: list[Frame] = []
        self._gap: Cause | None = "opened"
        self._received_at: float | None = None
        self._notified = False
        self._waiter: asyncio.Future[None] | None = None
        self._idle_seconds = 0
        self._loop = asyncio.get_running_loop()

    def push(self, frame: Frame) -> None:
        """Adds an event; a full buffer is dropped and becomes a gap."""
        if len(self._frames) >= BUFFERED_FRAMES:
            self.mark_gap("overflow")
        else:
            self._frames.append(frame)
            self._idle_seconds = 0
            self.notify()

    def mark_gap(self, cause: Cause) -> None:
        """Notes that events may have been missed, and drops the buffer: the reader has to read the log."""
        self._frames.clear()
        self._gap = self._gap or cause
        self._idle_seconds = 0
        self.notify()

    def notify(self) -> None:
        """Wakes the reader."""
        self._notified = True
        if self._waiter and not self._waiter.done():
            self._waiter.set_result(None)

    def tick(self) -> None:
        """Counts a second; marks a gap after `IDLE_SECONDS` without an event."""
        self._idle_seconds += 1
        if self._idle_seconds > IDLE_SECONDS:
            self.mark_gap("idle")

    def take(self) -> tuple[list[Frame], Cause | None]:
        """Returns the buffered events, and the cause of a gap before them, if any."""
        taken, self._frames = self._frames, []
        gap, self._gap = self._gap, None
        self._notified = False
        return taken, gap

    def mark_received(self, now: float) -> None:
        """Notes the time at which the next event was received."""
        self._received_at = self._received_at or now

    def take_received_at(self) -> float | None:
        """Returns and clears the earliest noted time; None if none was noted."""
        received_at, self._received_at = self._received_at, None
        return received_at

    async def wait(self) -> None:
        """Waits until there is something to take. Only one task may wait."""
        if not self._notified:
            self._waiter = self._loop.create_future()
            await self._waiter


class Feed:
    """Distributes each published entry to the readers of its turn."""

    def __init__(self, pubsub: Redis, commands: Redis, metrics: Metrics) -> None:
        self._listener = Listener(pubsub, commands, self._dispatch, self._on_subscribed)
        self._readers: dict[str, set[Reader]] = {}
        self._probe = FeedProbe(commands, metrics.feed_lag)
        self._measures_next = False
        self.is_closing = False
        metrics.open_streams.set_function(lambda: self.streams)

    @property
    def is_live(self) -> bool:
        """Whether the feed receives messages."""
        return self._listener.is_connected and self._probe.is_alive

    @property
    def streams(self) -> int:
        """The number of readers now."""
        return sum(len(readers) for readers in self._readers.values())

    async def run(self) -> None:
        """Listens until cancelled. One timer serves all readers: a timer each would cost more than their events."""
        self._listener.want(self._probe.channel)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._probe.run())
            tasks.create_task(self._listener.run())
            tasks.create_task(self._tick())

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(1)
            self._measures_next = True
            for readers in self._readers.values():
                for reader in readers:
                    reader.tick()

    def close(self) -> None:
        """Makes every reader's stream end; after a reconnect to another replica it reads the rest from the log."""
        self.is_closing = True
        for readers in self._readers.values():
            for reader in readers:
                reader.notify()

    @asynccontextmanager
    async def reader(self, turn_id: str) -> AsyncIterator[Reader]:
        """Opens a reader of the turn's events, subscribed before the caller first reads the log.

        If the subscription takes longer than `SUBSCRIBE_SECONDS`, the reader relies on the log, which it reads every
        `IDLE_SECONDS`.
        """
        channel, reader = keys.turn(turn_id), Reader()
        self._readers.setdefault(channel, set()).add(reader)
        try:
            self._listener.want(channel)
            if not self._listener.is_subscribed(channel):
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(SUBSCRIBE_SECONDS):
                        await reader.wait()
            yield reader
        finally:
            readers = self._readers[channel]
            readers.discard(reader)
            if not readers:
                del self._readers[channel]
                self._listener.unwant(channel)

    def _dispatch(self, channel: str, message: str) -> None:
        readers = self._readers.get(channel)
        if not readers:
            if channel == self._probe.channel:
                self._probe.on_message(message)
            return
        if self._measures_next:
            self._measures_next = False
            for reader in readers:
                reader.mark_received(monotonic())
        entry = parse_published(message)
        frame = frame_of(keys.turn_of(channel), entry)
        for reader in readers:
            if entry.seq:
                reader.push(frame)
            else:
                reader.mark_gap("changed")

    def _on_subscribed(self, channel: str) -> None:
        if channel == self._probe.channel:
            self._probe.reset()
        for reader in self._readers.get(channel, ()):
            reader.mark_gap("reconnected")
