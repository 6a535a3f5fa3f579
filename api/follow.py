"""Following a turn: live first, then the log, then what comes; nothing twice, nothing missing."""

import asyncio
from collections.abc import AsyncGenerator
from time import monotonic

from redis.exceptions import RedisError

from api.cursor import MAX_SEQ
from api.feed import Feed, Reader
from api.frames import Frame, frame_of
from api.metrics import Metrics
from chat.events import End, Error, Event, Snapshot, encode
from chat.keys import session_of
from chat.log import Entry, Reading, TurnLog
from chat.messages import Message
from chat.replay import merge, text_of
from chat.sessions import Sessions

AGAIN_SECONDS = 1.0
"""How soon it looks again after the store was out of reach."""


class Follower:
    def __init__(self, feed: Feed, log: TurnLog, sessions: Sessions, metrics: Metrics) -> None:
        self._feed = feed
        self._log = log
        self._sessions = sessions
        self._metrics = metrics

    async def follow(self, turn_id: str, cursor: int) -> AsyncGenerator[list[Frame]]:
        """The turn's events after the cursor as they come, up to its end, or until this process closes."""
        async with self._feed.reader(turn_id) as reader:
            while not self._feed.is_closing:
                frames, gap = reader.take()
                came_at = reader.timed()
                if frames and frames[0].seq <= cursor:
                    frames = [frame for frame in frames if frame.seq > cursor]
                if gap or not _continues(frames, cursor):
                    self._metrics.catch_up_reads.labels(gap or "hole").inc()
                    frames = await self._missed_patiently(turn_id, cursor, reader)
                if frames:
                    yield frames
                    if came_at:
                        self._metrics.stream_lag.observe(monotonic() - came_at)
                    cursor = frames[-1].seq
                    if frames[-1].is_terminal:
                        return
                await reader.wait()

    async def _missed_patiently(self, turn_id: str, cursor: int, reader: Reader) -> list[Frame]:
        """As `missed`. While the store is out of reach nothing is told, and the reader looks again soon."""
        try:
            return [frame_of(turn_id, entry) for entry in await self.missed(turn_id, cursor)]
        except RedisError:
            await asyncio.sleep(AGAIN_SECONDS)
            reader.lose("outage")
            return []

    async def missed(self, turn_id: str, cursor: int) -> list[Entry]:
        """What a reader at the cursor has to be told; a snapshot where the log cannot continue from there."""
        reading = await self._log.read(turn_id, cursor)
        if reading and reading.serves(cursor):
            return merge(reading.entries)
        whole = await self._log.read(turn_id, 0) if reading else None
        return _snapshot(whole) if whole and whole.entries else await self._afterwards(turn_id)

    async def _afterwards(self, turn_id: str) -> list[Entry]:
        """The story of a turn whose log is gone, from the history."""
        message = await self._sessions.reply(turn_id)
        last = _last_of(session_of(turn_id), message)
        text = [Snapshot(content=message.content, thinking=message.thinking or "")] if message else []
        return [Entry(MAX_SEQ - 1, encode(event)) for event in text] + [Entry(MAX_SEQ, encode(last))]


def _continues(frames: list[Frame], cursor: int) -> bool:
    """Whether no number is missing; they grow, so the first and the last tell."""
    return not frames or (frames[0].seq == cursor + 1 and frames[-1].seq == cursor + len(frames))


def _snapshot(whole: Reading) -> list[Entry]:
    last = [entry for entry in whole.entries[-1:] if entry.is_terminal]
    return [Entry(whole.last - len(last), encode(text_of(whole.entries))), *last]


def _last_of(session_id: str, message: Message | None) -> Event:
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
