"""Relays the reply of one attempt from the model to the turn's event log."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence

from chat.event_log import NO_POSITION, LogWriter
from chat.events import TEXTS, Chunk, Event, Restart, Snapshot, Thinking, ToolCall
from chat.reply_calls import ReplyCalls
from chat.tool_calls import FunctionCall, ReplyStep
from worker.llm.delta import Delta
from worker.llm.going_on import Sink
from worker.output.coalescer import Coalescer
from worker.output.flusher import Flusher
from worker.output.reply_timer import Ago, ReplyTimer

FULL = 65_536
"""Characters that may wait to be written. Beyond them nothing more is read from the model."""

FIRST = (*TEXTS, ToolCall)
"""Events with which a reply begins for its readers."""


class Stopped(Exception):
    """Raised when the turn is to be stopped. The relay's `text` is what readers saw."""


class TooSlow(Exception):
    """Raised when the reply takes too long. The relay stops between two writes, so that `text` is what readers saw."""


class Relay:
    """Gathers the deltas of a reply until the flusher writes them.

    `text`, `thinking`, `calls`, `steps`: what is in the log, which is what readers see. `events`: how many events are
    there.
    `timer`: the reply's timing. `pieces`: number of pieces of text that this attempt has taken so far.
    `base`: text that the reply goes on with, which is written first, and again after a restart.
    """

    def __init__(
        self,
        writer: LogWriter,
        flusher: Flusher,
        on_first_text: Callable[[], None] = lambda: None,
        attempt: int = 1,
        base: Snapshot | None = None,
    ) -> None:
        self.text = ""
        self.thinking = ""
        self._recorded = ReplyCalls()
        self.events = 0
        self.timer: ReplyTimer | None = None
        self.writer = writer
        self.has_begun = False
        self.on_begin: Callable[[], None] = lambda: None
        self._attempt = attempt
        self._base = base
        self._is_beyond_base = False
        self._ago: Ago | None = None
        self._position: Callable[[int], str] | None = None
        self._has_old_position = False
        self._on_first_text: Callable[[], None] | None = on_first_text
        self._flusher = flusher
        self._gathered = Coalescer()
        self._failure: Exception | None = None
        self._is_over = False
        self._writing = False
        self._finished = asyncio.Event()
        self._write_ended = asyncio.Event()

    @property
    def calls(self) -> list[FunctionCall]:
        """All calls of tools."""
        return self._recorded.all

    @property
    def shown(self) -> Snapshot:
        """All that readers see of the reply."""
        calls, steps = self._recorded.of_client, self._recorded.steps
        return Snapshot(content=self.text, thinking=self.thinking, tool_calls=calls or None, steps=steps or None)

    @property
    def pieces(self) -> int:
        return self._gathered.taken

    @property
    def steps(self) -> list[ReplyStep]:
        """The requests to the model that have called tools of tool servers."""
        return self._recorded.steps

    @property
    def has_text(self) -> bool:
        return bool(self.text.strip())

    @property
    def has_thoughts(self) -> bool:
        return bool(self.thinking.strip())

    def restore(self, shown: Snapshot, events: int = 0, ago: Ago | None = None) -> None:
        """Takes over the text that earlier attempts have written, in so many events, and its times."""
        self.text, self.thinking = shown.content, shown.thinking
        self._recorded.add(shown)
        self.events, self._ago = events, ago
        self._is_beyond_base = bool(events)

    async def run(self, source: Callable[["Relay"], Awaitable[Delta]], seconds: float) -> Delta:
        """Relays what `source` adds within `seconds`. Returns the last delta, which has the finish reason.

        Raises `ModelFailure`, `Stopped`, `TooSlow`, `event_log.LostTurn` or `RedisError`. By then the connection to the
        model is closed.
        """
        self.timer = ReplyTimer(self._ago)
        reading = asyncio.ensure_future(source(self))
        reading.add_done_callback(lambda _: self._finished.set())
        self._flusher.join(self)
        if self._base and not self._is_beyond_base:
            self.add(self._base)
        try:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await self._finished.wait()
            return await self._finish(reading)
        finally:
            self._is_over = True
            self._flusher.leave(self)
            await _stop(reading)

    async def _finish(self, reading: asyncio.Future[Delta]) -> Delta:
        """Waits until the rest is written. If the reply was interrupted, discards what the flusher has not taken."""
        interrupted = not reading.done()
        if interrupted:
            await _stop(reading)
            self._gathered.take()
        if self._gathered:
            self._flusher.flush_now()
        while self._writing or (self._gathered and not self._failure):
            await self._wait_for_write()
        if self._failure:
            raise self._failure
        if interrupted:
            raise TooSlow
        return reading.result()

    async def _wait_for_write(self) -> None:
        self._write_ended.clear()
        await self._write_ended.wait()

    # Called by the source: see `worker.llm.going_on.Sink`.

    def add(self, item: Delta | Event, /) -> None:
        if self._is_over:  # a decoder that is cancelled hands on what it held back
            return
        is_urgent = not self.has_begun or not isinstance(item, Delta)
        if is_urgent and isinstance(item, Delta):
            self.has_begun = self._is_beyond_base = True
            self.on_begin()
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
            await self._wait_for_write()

    def track(self, position: Callable[[int], str] | None, /, *, at_once: bool = False) -> None:
        self._has_old_position = self._has_old_position or self._position is not None
        self._position = position
        if at_once or (position is None and self._has_old_position):
            self.look()

    @property
    def position(self) -> str:
        """Where the model's reply is, including what is not written yet; "" where that is not tracked."""
        return self._position(self.pieces) if self._position else ""

    def restart(self) -> None:
        if self._base and not self._is_beyond_base:  # readers have nothing to drop
            return
        self._position, self._has_old_position = None, False
        self.has_begun = self._is_beyond_base = False
        self.add(Restart(attempt=self._attempt))
        if self._base:
            self.add(self._base)

    def begin_request(self) -> None:
        self.has_begun = False

    async def settled(self) -> None:
        while (self._gathered or self._writing) and not self._failure:
            self._flusher.flush_now()
            await self._wait_for_write()
        if self._failure:
            raise self._failure

    def look(self) -> None:
        """Reads the turn's stop flag at once."""
        self._flusher.notify(self)
        self._flusher.flush_now()

    # Called by the flusher.

    def take(self) -> list[Event]:
        """Returns the events to write now."""
        self._writing = True
        gathered = self._gathered
        before, taken = gathered.taken, gathered.take()
        self._flusher.pieces += gathered.taken - before
        self.writer.position = self._position_of(gathered.taken)
        return taken

    def _position_of(self, pieces: int) -> str:
        """Returns what to write as the position."""
        was_old, self._has_old_position = self._has_old_position, False
        if self._position:
            return self._position(pieces)
        return NO_POSITION if was_old else ""

    def written(self, events: Sequence[Event], stop: bool) -> None:
        """Records that the events are in the log. `stop`: the turn is to be stopped."""
        self.events += len(events)
        for event in events:
            self._record(event)
        if self._on_first_text and any(isinstance(event, FIRST) for event in events):
            self._on_first_text()
            self._on_first_text = None
        self._end_write(Stopped() if stop else None)

    def failed(self, failure: Exception) -> None:
        """Ends the reply. The events may be in the log or not, or a newer claim owns the turn."""
        self._end_write(failure)

    def _end_write(self, failure: Exception | None) -> None:
        self._writing = False
        self._write_ended.set()
        if failure:
            self._failure = self._failure or failure
            self._finished.set()

    def _record(self, event: Event) -> None:
        assert self.timer
        self._recorded.add(event)
        if isinstance(event, Chunk):
            self.text += event.content
            self.timer.mark_text()
        elif isinstance(event, Thinking):
            self.thinking += event.content
            self.timer.mark_thinking()
        elif isinstance(event, Snapshot):
            self.text, self.thinking = event.content, event.thinking
        elif isinstance(event, ToolCall):
            self.timer.mark_text()
        elif isinstance(event, Restart):
            self.text = self.thinking = ""
            self.timer = ReplyTimer()


async def _stop(reading: asyncio.Future[Delta]) -> None:
    """Cancels the task unless it is done, and waits until its connection is closed."""
    reading.cancel()
    await asyncio.wait([reading])
    if not reading.cancelled():
        reading.exception()  # marks it as retrieved, otherwise asyncio logs it


def within(seconds: float, ask: Callable[[Sink], Awaitable[Delta]]) -> Callable[[Sink], Awaitable[Delta]]:
    """Returns an `Ask` that raises `TooSlow` where another one takes longer."""

    async def bounded(sink: Sink) -> Delta:
        limit = asyncio.timeout(seconds)
        try:
            async with limit:
                return await ask(sink)
        except TimeoutError:
            if limit.expired():
                raise TooSlow from None
            raise

    return bounded
