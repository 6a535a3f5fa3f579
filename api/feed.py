"""The live feed: one pub/sub connection per process, fanned out to bounded readers."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from redis.asyncio import Redis

from chat import keys
from chat.log import Entry, parse_published
from chat.pubsub import Listener

BUFFERED_ENTRIES = 256
SUBSCRIBE_SECONDS = 1.0


class Reader:
    """What came for one reader and was not taken yet. It never holds more than `BUFFERED_ENTRIES`."""

    def __init__(self) -> None:
        self._entries: list[Entry] = []
        self._gap = True
        self._stir = asyncio.Event()

    def push(self, entry: Entry) -> None:
        if len(self._entries) >= BUFFERED_ENTRIES:
            self.lose()
        else:
            self._entries.append(entry)
            self._stir.set()

    def lose(self) -> None:
        """Something may have been missed: the log has it all."""
        self._entries.clear()
        self._gap = True
        self._stir.set()

    def stir(self) -> None:
        self._stir.set()

    def take(self) -> tuple[list[Entry], bool]:
        """What came since the last time, and whether something may be missing before it."""
        taken, self._entries = self._entries, []
        gap, self._gap = self._gap, False
        self._stir.clear()
        return taken, gap

    async def wait(self, seconds: float) -> bool:
        """Wait until there is something to take; False when nothing came in time."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                return await self._stir.wait()
        return False


class Feed:
    """Hands each published entry to the readers of its turn."""

    def __init__(self, pubsub: Redis, commands: Redis) -> None:
        self._listener = Listener(pubsub, commands, self._hand_out, self._fresh)
        self._readers: dict[str, set[Reader]] = {}
        self.is_closing = False

    @property
    def is_live(self) -> bool:
        """Whether messages come in at all."""
        return self._listener.is_connected

    @property
    def streams(self) -> int:
        """Readers at this moment."""
        return sum(len(readers) for readers in self._readers.values())

    async def run(self) -> None:
        await self._listener.run()

    def close(self) -> None:
        """Have every reader leave; it finds the rest of its turn in the log, on another replica."""
        self.is_closing = True
        for readers in self._readers.values():
            for reader in readers:
                reader.stir()

    @asynccontextmanager
    async def reader(self, turn_id: str) -> AsyncIterator[Reader]:
        """A reader of the turn's events, subscribed before the caller first reads the log.

        While the feed is deaf it comes all the same: the log is re-read at every idle tick.
        """
        channel, reader = keys.turn(turn_id), Reader()
        self._readers.setdefault(channel, set()).add(reader)
        try:
            await self._listener.want(channel)
            if not self._listener.hears(channel):
                await reader.wait(SUBSCRIBE_SECONDS)
            yield reader
        finally:
            readers = self._readers[channel]
            readers.discard(reader)
            if not readers:
                del self._readers[channel]
                self._listener.unwant(channel)

    def _hand_out(self, channel: str, message: str) -> None:
        readers = self._readers.get(channel)
        if not readers:
            return
        entry = parse_published(message)
        for reader in readers:
            if entry.seq:
                reader.push(entry)
            else:
                reader.lose()

    def _fresh(self, channel: str) -> None:
        for reader in self._readers.get(channel, ()):
            reader.lose()
