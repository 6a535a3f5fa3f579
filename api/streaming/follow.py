"""Follows a turn: subscribes first, then reads the log, then delivers live events; none twice, none missing."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress
from time import monotonic

from api.health.metrics import Metrics
from api.streaming.catch_up import CatchUp
from api.streaming.cursor import MAX_SEQ
from api.streaming.feed import Feed, Reader
from api.streaming.shared import Shared
from api.streaming.sse import Frame, frame_of
from chat.event_log import Entry, TurnLog
from chat.events import End, Error, Event, Snapshot
from chat.keys import session_of
from chat.messages import Message
from chat.sessions import Sessions
from chat.store import RedisError

RETRY_SECONDS = 1.0
"""Delay before the log is read again after the store was unreachable."""


class Follower:
    """Delivers the events of turns to readers."""

    def __init__(self, feed: Feed, log: TurnLog, sessions: Sessions, metrics: Metrics) -> None:
        self._feed = feed
        self._catch_up = CatchUp(log)
        self._from_history = Shared(self._read_history)
        self.reply = Shared(sessions.reply)
        """Returns the stored reply of a turn; concurrent calls share one read."""
        self._metrics = metrics

    async def follow(self, turn_id: str, cursor: int) -> AsyncGenerator[list[Frame]]:
        """Yields the turn's events after the cursor as they arrive, up to its end or until this process shuts down."""
        async with self._feed.reader(turn_id) as reader:
            while not self._feed.is_closing:
                frames, gap = reader.take()
                received_at = reader.take_received_at()
                if frames and frames[0].seq <= cursor:
                    frames = [frame for frame in frames if frame.seq > cursor]
                if gap or not _is_contiguous(frames, cursor):
                    self._metrics.catch_up_reads.labels(gap or "hole").inc()
                    frames = await self._missed_or_retry(turn_id, cursor, reader)
                if frames:
                    yield frames
                    if received_at:
                        self._metrics.stream_lag.observe(monotonic() - received_at)
                    cursor = frames[-1].seq
                    if frames[-1].is_terminal:
                        return
                await reader.wait()

    async def follow_for(self, turn_id: str, cursor: int, seconds: float) -> AsyncGenerator[list[Frame]]:
        """Yields the events after the cursor once: those that are there, or else the first that come within `seconds`.

        While the store is unreachable it yields nothing: the reader comes back.
        """
        with suppress(RedisError):
            frames = await self.missed(turn_id, cursor)
            if not frames and seconds:
                frames = await self._next(turn_id, cursor, seconds)
            if frames:
                yield frames

    async def _next(self, turn_id: str, cursor: int, seconds: float) -> list[Frame]:
        async with aclosing(self.follow(turn_id, cursor)) as batches:
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    return await anext(batches, [])
        return []

    async def _missed_or_retry(self, turn_id: str, cursor: int, reader: Reader) -> list[Frame]:
        """As `missed`; while the store is unreachable returns [] and makes the reader try again later."""
        try:
            return await self.missed(turn_id, cursor)
        except RedisError:
            await asyncio.sleep(RETRY_SECONDS)
            reader.mark_gap("outage")
            return []

    async def missed(self, turn_id: str, cursor: int) -> list[Frame]:
        """Returns the events after the cursor; a snapshot if the log cannot continue there."""
        frames = await self._catch_up.missed(turn_id, cursor)
        return await self._from_history(turn_id) if frames is None else frames

    async def _read_history(self, turn_id: str) -> list[Frame]:
        """Returns a snapshot and the last event of a turn whose log is gone, from the history."""
        message = await self.reply(turn_id)
        last = _final_event(session_of(turn_id), message)
        shown = [_snapshot(message)] if message else []
        entries = [Entry.of(MAX_SEQ - 1, event) for event in shown] + [Entry.of(MAX_SEQ, last)]
        return [frame_of(turn_id, entry) for entry in entries]


def _is_contiguous(frames: list[Frame], cursor: int) -> bool:
    """Tells whether no `seq` is missing after the cursor; as they only grow, the first and the last suffice."""
    return not frames or (frames[0].seq == cursor + 1 and frames[-1].seq == cursor + len(frames))


def _snapshot(message: Message) -> Snapshot:
    return Snapshot(
        content=message.content,
        thinking=message.thinking or "",
        tool_calls=message.tool_calls,
        steps=message.steps,
    )


def _final_event(session_id: str, message: Message | None) -> Event:
    if message is None:
        return Error(code="unknown_turn", content="This turn was deleted or ended too long ago.", retryable=False)
    if message.finish_reason == "error":
        return Error(code="turn_failed", content="The reply broke off.", retryable=True, message_id=message.id)
    return End(
        session_id=session_id,
        finish_reason=message.finish_reason or "stop",
        usage=message.usage,
        message_id=message.id,
    )
