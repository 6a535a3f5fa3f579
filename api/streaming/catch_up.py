"""Reads the backlog of late readers: in slices, merged and encoded once for all readers of a turn."""

import asyncio
from collections.abc import Callable

from api.streaming.shared import Shared
from api.streaming.sse import Frame, frame_of_merged
from chat.event_log import SLICE, Reading, TurnLog
from chat.replay import MergedEntry, Replay

SNAPSHOT_TRIES = 3
"""How often a log is read for a snapshot if it changes during the reading."""

FIRST_SLICE = 20
"""Entries in the first slice, often the whole backlog. First slices are read without a limit of concurrency."""

SLICES_AT_ONCE = 4
"""Further slices that this process reads at the same time; each takes about a millisecond to parse."""

CACHE_SECONDS = 30
CACHE_BYTES = 8_000_000
"""Lifetime and total size of cached logs. Only logs of more than one slice are cached."""


class TurnGone(Exception):
    """Raised when the turn does not exist any more."""


class MergedLog:
    """The merged entries of a turn after a cursor, and their frames, which are encoded once."""

    def __init__(self, turn_id: str, after: int) -> None:
        self.turn_id = turn_id
        self.after = after
        self.replay = Replay(after)
        self._frames: dict[str, tuple[int, list[Frame]]] = {}

    def frames(self) -> list[Frame]:
        """Returns the merged entries as frames."""
        return self._made("merged", self.replay.entries)

    def snapshot(self) -> list[Frame]:
        """Returns a snapshot of all the text as frames."""
        return self._made("snapshot", self.replay.snapshot)

    def _made(self, name: str, make: Callable[[], list[MergedEntry]]) -> list[Frame]:
        last, frames = self._frames.get(name, (-1, []))
        if last != self.replay.last:
            frames = [frame_of_merged(self.turn_id, entry) for entry in make()]
            self._frames[name] = self.replay.last, frames
        return frames


class MergedLogCache:
    """Caches whole logs for the next reader of the same turn, bounded in time and bytes; drops the oldest first.

    `take` removes a log from the cache, so that two readings never extend the same object.
    """

    def __init__(self, seconds: float = CACHE_SECONDS, max_bytes: int = CACHE_BYTES) -> None:
        self._seconds = seconds
        self._max_bytes = max_bytes
        self._kept: dict[str, tuple[MergedLog, asyncio.TimerHandle]] = {}
        self.size = 0
        """Bytes of all cached logs."""

    def take(self, turn_id: str) -> MergedLog | None:
        """Removes the turn's log from the cache and returns it."""
        merged, timer = self._kept.pop(turn_id, (None, None))
        if merged and timer:
            timer.cancel()
            self.size -= merged.replay.size
        return merged

    def keep(self, merged: MergedLog) -> None:
        """Caches the log instead of an earlier one, unless it is shorter than a slice or larger than the cache."""
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
    """Reads logs for readers. A cached log is served only after Redis has confirmed that the turn still exists."""

    def __init__(self, log: TurnLog) -> None:
        self._log = log
        self._after = Shared(self._read_after)
        self._whole = Shared(self._read_whole)
        self._slices = asyncio.Semaphore(SLICES_AT_ONCE)
        self.cache = MergedLogCache()

    async def missed(self, turn_id: str, cursor: int) -> list[Frame] | None:
        """Returns the events after the cursor, merged, or a snapshot of all the text if the log cannot continue there.

        None if the turn or its log is gone. Raises `redis.RedisError`.
        """
        try:
            frames = await self._after((turn_id, cursor))
            return await self._whole(turn_id) if frames is None else frames
        except TurnGone:
            self.cache.take(turn_id)
            return None

    async def _read_after(self, key: tuple[str, int]) -> list[Frame] | None:
        """Returns the merged events after the cursor; None if the log cannot continue there. Raises `TurnGone`."""
        turn_id, cursor = key
        cached = None if cursor else self.cache.take(turn_id)
        if cached and await self._extend(cached):
            return self._keep(cached).frames()
        merged = MergedLog(turn_id, cursor)
        return self._keep(merged).frames() if await self._extend(merged) else None

    async def _read_whole(self, turn_id: str) -> list[Frame] | None:
        """Returns a snapshot; None without a log. Reads again if the log changes meanwhile: a restart empties it."""
        for _ in range(SNAPSHOT_TRIES):
            merged = self.cache.take(turn_id) or MergedLog(turn_id, 0)
            if await self._extend(merged, whole=True):
                return self._keep(merged).snapshot()
        return None

    async def _extend(self, merged: MergedLog, *, whole: bool = False) -> bool:
        """Reads on to the log's end; returns False at a missing `seq`. With `whole` the log may begin at any `seq`.

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
