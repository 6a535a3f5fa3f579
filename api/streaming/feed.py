"""The live feed: one pub/sub connection per process, fanned out to bounded readers."""

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
IDLE_SECONDS = 5
"""How often a reader that hears nothing looks into the log."""


class Reader:
    """What came for one reader and was not taken yet. It never holds more than `BUFFERED_FRAMES`."""

    def __init__(self) -> None:
        self._frames: list[Frame] = []
        self._gap: Cause | None = "opened"
        self._received_at: float | None = None
        self._notified = False
        self._waiter: asyncio.Future[None] | None = None
        self._idle_seconds = 0
        self._loop = asyncio.get_running_loop()

    def push(self, frame: Frame) -> None:
        if len(self._frames) >= BUFFERED_FRAMES:
            self.mark_gap("overflow")
        else:
            self._frames.append(frame)
            self._idle_seconds = 0
            self.notify()

    def mark_gap(self, cause: Cause) -> None:
        """Something may have been missed: the log has it all."""
        self._frames.clear()
        self._gap = self._gap or cause
        self._idle_seconds = 0
        self.notify()

    def notify(self) -> None:
        self._notified = True
        if self._waiter and not self._waiter.done():
            self._waiter.set_result(None)

    def tick(self) -> None:
        """Another second has passed."""
        self._idle_seconds += 1
        if self._idle_seconds > IDLE_SECONDS:
            self.mark_gap("idle")

    def take(self) -> tuple[list[Frame], Cause | None]:
        """What came since the last time, and why something may be missing before it, if so."""
        taken, self._frames = self._frames, []
        gap, self._gap = self._gap, None
        self._notified = False
        return taken, gap

    def mark_received(self, now: float) -> None:
        """Note when what comes now has come."""
        self._received_at = self._received_at or now

    def take_received_at(self) -> float | None:
        """When the first of what was noted and not asked for yet has come; None where nothing was."""
        received_at, self._received_at = self._received_at, None
        return received_at

    async def wait(self) -> None:
        """Wait until there is something to take. Only one may wait: the one whose reader it is."""
        if not self._notified:
            self._waiter = self._loop.create_future()
            await self._waiter


class Feed:
    """Hands each published entry to the readers of its turn."""

    def __init__(self, pubsub: Redis, commands: Redis, metrics: Metrics) -> None:
        self._listener = Listener(pubsub, commands, self._dispatch, self._on_subscribed)
        self._readers: dict[str, set[Reader]] = {}
        self._probe = FeedProbe(commands, metrics.feed_lag)
        self._measures_next = False
        self.is_closing = False
        metrics.open_streams.set_function(lambda: self.streams)

    @property
    def is_live(self) -> bool:
        """Whether messages come in at all."""
        return self._listener.is_connected and self._probe.is_alive

    @property
    def streams(self) -> int:
        """Readers at this moment."""
        return sum(len(readers) for readers in self._readers.values())

    async def run(self) -> None:
        """Listen until cancelled. One timer serves all readers: one for each would cost more than their events."""
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
        """Have every reader leave; it finds the rest of its turn in the log, on another replica."""
        self.is_closing = True
        for readers in self._readers.values():
            for reader in readers:
                reader.notify()

    @asynccontextmanager
    async def reader(self, turn_id: str) -> AsyncIterator[Reader]:
        """A reader of the turn's events, subscribed before the caller first reads the log.

        While the feed is deaf it comes all the same: the log is re-read at every idle tick.
        """
        channel, reader = keys.turn(turn_id), Reader()
        self._readers.setdefault(channel, set()).add(reader)
        try:
            self._listener.want(channel)
            if not self._listener.hears(channel):
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
