"""Moves a model's deltas into a turn's log, while they come and no faster than readers can tell."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator

from chat.events import Chunk, Retry, Snapshot, Thinking
from chat.log import LogWriter
from worker.coalescer import Coalescer, Out
from worker.deltas import Delta
from worker.stopwatch import Stopwatch

WINDOW = 0.02
"""Seconds between two appends of one turn; the first delta after a pause goes out at once."""

LOOK_SECONDS = 1.0
"""How often the stop flag is looked at while the model is silent, should the hint be lost."""


class Stopped(Exception):
    """The turn is to be stopped; what its readers saw is in the relay's `text`."""


class TooSlow(Exception):
    """The reply takes too long. It is broken off between two appends, so that `text` is what readers saw."""


class Relay:
    """One attempt's way from the model to the log.

    `text` and `thinking` are what is in the log, that is, what readers see; `watch` tells how long it took.
    """

    def __init__(self, writer: LogWriter) -> None:
        self.text = ""
        self.thinking = ""
        self.watch: Stopwatch | None = None
        self._writer = writer
        self._gathered = Coalescer()
        self._stir = asyncio.Event()

    def look(self) -> None:
        """Look at the stop flag now."""
        self._stir.set()

    def recall(self, shown: Snapshot) -> None:
        """Take over what an earlier attempt has shown."""
        self.text, self.thinking = shown.content, shown.thinking

    async def run(self, deltas: AsyncGenerator[Delta | Retry], seconds: float) -> Delta:
        """Relay all of it within `seconds`; returns the last delta, which tells how the reply ended.

        Raises `ModelFailure`, `Stopped`, `TooSlow` or `chat.log.LostTurn`; by then the model's connection is closed.
        """
        self.watch = Stopwatch()
        until = asyncio.get_running_loop().time() + seconds
        pump = asyncio.create_task(self._pump(deltas))
        pump.add_done_callback(lambda _: self._stir.set())
        try:
            while not pump.done() or self._gathered:
                await self._stirred(until)
                await self._flush()
                if not pump.done():
                    await self._pause(until)
            return pump.result()
        finally:
            pump.cancel()
            await asyncio.wait([pump])

    async def _pump(self, deltas: AsyncGenerator[Delta | Retry]) -> Delta:
        last = Delta()
        try:
            async for item in deltas:
                self._gathered.add(item)
                self._stir.set()
                if isinstance(item, Delta):
                    last = item
        finally:
            await deltas.aclose()
        return last

    async def _stirred(self, until: float) -> None:
        loop = asyncio.get_running_loop()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout_at(min(until, loop.time() + LOOK_SECONDS)):
                await self._stir.wait()
        self._stir.clear()

    async def _pause(self, until: float) -> None:
        if asyncio.get_running_loop().time() >= until:
            raise TooSlow
        await asyncio.sleep(WINDOW)

    async def _flush(self) -> None:
        events = self._gathered.take()
        stop = await self._writer.append(*events)
        for event in events:
            self._keep(event)
        if stop:
            raise Stopped

    def _keep(self, event: Out) -> None:
        assert self.watch
        if isinstance(event, Chunk):
            self.text += event.content
            self.watch.speaks()
        elif isinstance(event, Thinking):
            self.thinking += event.content
            self.watch.thinks()
