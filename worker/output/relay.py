"""One attempt's way from the model to the turn's log."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence

from chat.event_log import LogWriter
from chat.events import Chunk, Retry, Snapshot, Thinking
from worker.llm.delta import Delta
from worker.llm.tries import Sink
from worker.output.coalescer import Coalescer, Out
from worker.output.flusher import Flusher
from worker.output.reply_timer import ReplyTimer

FULL = 65_536
"""Characters that may wait to be written: beyond them the model is not read on."""


class Stopped(Exception):
    """The turn is to be stopped; what its readers saw is in the relay's `text`."""


class TooSlow(Exception):
    """The reply takes too long. It is broken off between two appends, so that `text` is what readers saw."""


class Relay:
    """Gathers what the model says until the flusher writes it.

    `text` and `thinking` are what is in the log, that is, what readers see; `watch` tells how long it took,
    and `pieces` how many the text came in.
    """

    def __init__(self, writer: LogWriter, flusher: Flusher, on_first_text: Callable[[], None] = lambda: None) -> None:
        self.text = ""
        self.thinking = ""
        self.watch: ReplyTimer | None = None
        self.writer = writer
        self.has_begun = False
        self._on_first_text: Callable[[], None] | None = on_first_text
        self._flusher = flusher
        self._gathered = Coalescer()
        self._failure: Exception | None = None
        self._writing = False
        self._over = asyncio.Event()
        self._settled = asyncio.Event()

    @property
    def pieces(self) -> int:
        return self._gathered.taken

    def recall(self, shown: Snapshot) -> None:
        """Take over what an earlier attempt has shown."""
        self.text, self.thinking = shown.content, shown.thinking

    async def run(self, source: Callable[[Sink], Awaitable[Delta]], seconds: float) -> Delta:
        """Relay all that `source` gives within `seconds`; returns its last delta, which tells how the reply ended.

        Raises `ModelFailure`, `Stopped`, `TooSlow`, `event_log.LostTurn` or `RedisError`; by then the model's
        connection is closed.
        """
        self.watch = ReplyTimer()
        pump = asyncio.ensure_future(source(self))
        pump.add_done_callback(lambda _: self._over.set())
        self._flusher.join(self)
        try:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await self._over.wait()
            return await self._end(pump)
        finally:
            self._flusher.leave(self)
            await _ended(pump)

    async def _end(self, pump: asyncio.Future[Delta]) -> Delta:
        """Have written what readers are still to see, and nothing else."""
        broken_off = not pump.done()
        if broken_off:
            await _ended(pump)
            self._gathered.take()
        if self._gathered:
            self._flusher.flush_now()
        while self._writing or (self._gathered and not self._failure):
            await self._settling()
        if self._failure:
            raise self._failure
        if broken_off:
            raise TooSlow
        return pump.result()

    async def _settling(self) -> None:
        self._settled.clear()
        await self._settled.wait()

    # What the source does: see `worker.llm.tries.Sink`.

    def add(self, item: Delta | Retry, /) -> None:
        is_urgent = not self.has_begun or isinstance(item, Retry)
        self.has_begun = self.has_begun or isinstance(item, Delta)
        gathered = self._gathered
        gathered.add(item)
        self._flusher.notify(self)
        if is_urgent or gathered.size > FULL:
            self._flusher.flush_now()

    @property
    def is_full(self) -> bool:
        return self._gathered.size > FULL

    async def room(self) -> None:
        while self.is_full and not self._failure:
            await self._settling()

    def look(self) -> None:
        """See at once whether the turn is to be stopped."""
        self._flusher.notify(self)
        self._flusher.flush_now()

    # What the flusher does.

    def take(self) -> list[Out]:
        """What is to be written now."""
        self._writing = True
        gathered = self._gathered
        before, taken = gathered.taken, gathered.take()
        self._flusher.pieces += gathered.taken - before
        return taken

    def written(self, events: Sequence[Out], stop: bool) -> None:
        """The events are in the log; `stop` where the turn is to be stopped."""
        for event in events:
            self._keep(event)
        if self._on_first_text and (self.text or self.thinking):
            self._on_first_text()
            self._on_first_text = None
        self._settle(Stopped() if stop else None)

    def failed(self, failure: Exception) -> None:
        """Whether the events are in the log is not known, or it is no longer ours."""
        self._settle(failure)

    def _settle(self, failure: Exception | None) -> None:
        self._writing = False
        self._settled.set()
        if failure:
            self._failure = self._failure or failure
            self._over.set()

    def _keep(self, event: Out) -> None:
        assert self.watch
        if isinstance(event, Chunk):
            self.text += event.content
            self.watch.mark_text()
        elif isinstance(event, Thinking):
            self.thinking += event.content
            self.watch.mark_thinking()


async def _ended(pump: asyncio.Future[Delta]) -> None:
    """Stop it, where it is not done, and wait until its connection is closed."""
    pump.cancel()
    await asyncio.wait([pump])
    if not pump.cancelled():
        pump.exception()  # seen: asyncio would complain of one that nobody looked at
