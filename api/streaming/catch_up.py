"""What late readers have missed: read in slices, merged and encoded once for all readers of a turn."""

import asyncio
from collections.abc import Callable

from api.streaming.shared import Shared
from api.streaming.sse import Frame, frame_of_merged
from chat.event_log import SLICE, Reading, TurnLog
from chat.replay import MergedEntry, Replay

SNAPSHOT_TRIES = 3
"""How often a whole log is read that changes while it is read."""

FIRST_SLICE = 20
"""Entries that are read first, which mostly are all: any number of readers may do so at the same time."""

SLICES_AT_ONCE = 4
"""Further slices that this process reads at the same time: each takes about a millisecond to parse."""

CACHE_SECONDS = 30
CACHE_BYTES = 8_000_000
"""How long, and how much, of what was read is kept for the next reader. Only what took more than one slice is."""


class TurnGone(Exception):
    """The turn is not there any more."""


class MergedLog:
    """The merged entries of a turn after a cursor, with their frames, each made once."""

    def __init__(self, turn_id: str, after: int) -> None:
        self.turn_id = turn_id
        self.after = after
        self.replay = Replay(after)
        self._frames: dict[str, tuple[int, list[Frame]]] = {}

    def frames(self) -> list[Frame]:
        return self._made("merged", self.replay.entries)

    def snapshot(self) -> list[Frame]:
        return self._made("snapshot", self.replay.snapshot)

    def _made(self, name: str, make: Callable[[], list[MergedEntry]]) -> list[Frame]:
        last, frames = self._frames.get(name, (-1, []))
        if last != self.replay.last:
            frames = [frame_of_merged(self.turn_id, entry) for entry in make()]
            self._frames[name] = self.replay.last, frames
        return frames


class MergedLogCache:
    """Whole logs for the next reader of the same turn, bounded in time and size; the oldest goes first.

    One that is taken is no longer in the cache, so two readings never add to the same object.
    """

    def __init__(self, seconds: float = CACHE_SECONDS, max_bytes: int = CACHE_BYTES) -> None:
        self._seconds = seconds
        self._max_bytes = max_bytes
        self._kept: dict[str, tuple[MergedLog, asyncio.TimerHandle]] = {}
        self.size = 0
        """Bytes of all of them."""

    def take(self, turn_id: str) -> MergedLog | None:
        merged, timer = self._kept.pop(turn_id, (None, None))
        if merged and timer:
            timer.cancel()
            self.size -= merged.replay.size
        return merged

    def keep(self, merged: MergedLog) -> None:
        """Keep it in place of an earlier one, where it is longer than a slice and there is room."""
        self.take(merged.turn_id)
        size = merged.replay.size
        if merged.replay.count < SLICE or size > self._max_bytes:
            return
        while self.size + size > self._max_bytes:
            self.take(next(iter(self._kept)))
        self.size += size
        timer = asyncio.get_running_loop().call_later(self._seconds, self.take, merged.turn_id)
        self._kept[merged.turn_id] = merged, timer


class CatchUp:
    """Reads logs for readers. What is cached is served only after Redis has confirmed that the turn still exists."""

    def __init__(self, log: TurnLog) -> None:
        self._log = log
        self._after = Shared(self._read_after)
        self._whole = Shared(self._read_whole)
        self._slices = asyncio.Semaphore(SLICES_AT_ONCE)
        self.cache = MergedLogCache()

    async def missed(self, turn_id: str, cursor: int) -> list[Frame] | None:
        """The events after the cursor, merged, or a snapshot of all the text where the log cannot go on from there.

        None where the turn or its log is gone. Raises `redis.RedisError`.
        """
        try:
            frames = await self._after((turn_id, cursor))
            return await self._whole(turn_id) if frames is None else frames
        except TurnGone:
            self.cache.take(turn_id)
            return None

    async def _read_after(self, key: tuple[str, int]) -> list[Frame] | None:
        """None where the log cannot go on from the cursor."""
        turn_id, cursor = key
        cached = None if cursor else self.cache.take(turn_id)
        if cached and await self._extend(cached):
            return self._keep(cached).frames()
        merged = MergedLog(turn_id, cursor)
        return self._keep(merged).frames() if await self._extend(merged) else None

    async def _read_whole(self, turn_id: str) -> list[Frame] | None:
        """All the text; None where there is no log. Read again where it changed meanwhile: a restart empties it."""
        for _ in range(SNAPSHOT_TRIES):
            merged = self.cache.take(turn_id) or MergedLog(turn_id, 0)
            if await self._extend(merged, whole=True):
                return self._keep(merged).snapshot()
        return None

    async def _extend(self, merged: MergedLog, *, whole: bool = False) -> bool:
        """Read on to the log's end; False where there is a hole. A `whole` log may begin anywhere.

        Raises `TurnGone`.
        """
        replay = merged.replay
        part = await self._slice(merged, FIRST_SLICE)
        while part.serves(replay.last) or (whole and part.entries and not replay.count):
            replay.add(part.entries)
            if not part.is_full:
                return replay.last == part.last
            await asyncio.sleep(0)
            async with self._slices:
                part = await self._slice(merged, SLICE)
        return False

    async def _slice(self, merged: MergedLog, count: int) -> Reading:
        part = await self._log.read_slice(merged.turn_id, merged.replay.last, count)
        if part is None:
            raise TurnGone
        return part

    def _keep(self, merged: MergedLog) -> MergedLog:
        if merged.after == 0:
            self.cache.keep(merged)
        return merged
