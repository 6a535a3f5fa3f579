"""The event streams that a user has open, over all replicas, and how many there may be."""

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from typing import Any
from uuid import uuid4

import structlog

from chat import keys
from chat.settings import Settings
from chat.store import Redis, RedisError, Script, ScriptCall, run_batch

LEASE_SECONDS = 15
"""How long a stream is counted whose process died."""

RENEW_SECONDS = 5

logger = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Place:
    """One stream's place among its user's."""

    user_id: str
    name: str


class OpenStreams:
    """A place is taken before the stream begins and renewed by one task per process as long as it is open.

    A process that dies gives nothing back: what is not renewed counts no more.
    """

    def __init__(self, store: Redis, settings: Settings) -> None:
        self._store = store
        self._room = settings.max_streams_per_user
        self._reserve = Script(store, "reserve")
        self._keep = Script(store, "keep")
        self._process, self._numbers = uuid4().hex, count()
        self._held: defaultdict[str, set[str]] = defaultdict(set)
        self._left: list[Place] = []
        self._notified = asyncio.Event()

    async def enter(
        self, user_id: str, session_id: str, *beside: ScriptCall, returns: bool = False
    ) -> tuple[Place | None, list[Any]]:
        """Take a place for a stream that is about to begin, and the answers to what goes the same way.

        None where there is no room. One that `returns` to a session that has a place is not kept out by what may be its
        own ghost, left by a broken line or a dead process. There is as much room again for these and no more, since
        ghosts cannot be told for sure. Raises `redis.RedisError`; then it has no place.
        """
        place = Place(user_id, f"{keys.digest(session_id)}:{self._process}:{next(self._numbers)}")
        try:
            taken, answers = await self._take(place, beside)
            if self._is_full_here(user_id, returns):
                self.leave(place)
                return None, answers
            if taken and not (returns and await self._comes_back(place, taken)):
                return None, answers
        except BaseException:
            self.leave(place)
            raise
        return place, answers

    async def _take(self, place: Place, beside: Sequence[ScriptCall]) -> tuple[list[str], list[Any]]:
        """The names of those that have all places, none where this one has its own; and the answers to the rest."""
        steps = [self._step(place, self._room)] if self._room else []
        answers = await run_batch(self._store, [*steps, *beside])
        for answer in answers:
            if isinstance(answer, Exception):
                raise answer
        return list(answers.pop(0)[::2]) if steps else [], answers

    def _is_full_here(self, user_id: str, returns: bool) -> bool:
        """Whether this process alone holds all places: after an outage the store knows none until they are renewed."""
        room = 2 * self._room if returns else self._room
        return 0 < room <= len(self._held.get(user_id, ()))

    async def _comes_back(self, place: Place, taken: list[str]) -> bool:
        topic = place.name.partition(":")[0]
        if not any(name.startswith(f"{topic}:") for name in taken):
            return False
        script, (names, args) = self._step(place, 2 * self._room)
        return not await script(names, *args)

    def _step(self, place: Place, room: int) -> ScriptCall:
        return self._reserve, ([keys.streams(place.user_id)], (place.name, room, LEASE_SECONDS * 1000))

    @contextmanager
    def held(self, place: Place) -> Iterator[None]:
        """Keep the place while the stream is open."""
        held = self._held[place.user_id]
        held.add(place.name)
        try:
            yield
        finally:
            held.discard(place.name)
            if not held:
                self._held.pop(place.user_id, None)
            self.leave(place)

    def leave(self, place: Place | None) -> None:
        """Give the place back, as soon as can be."""
        if place:
            self._left.append(place)
            self._notified.set()

    async def run(self) -> None:
        """Renew what is open and give back what was left, until cancelled."""
        loop = asyncio.get_running_loop()
        renew_at = loop.time() + RENEW_SECONDS
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout_at(renew_at):
                    await self._notified.wait()
            self._notified.clear()
            try:
                await self._give_back()
                if loop.time() >= renew_at:
                    renew_at = loop.time() + RENEW_SECONDS
                    await self._renew()
            except (RedisError, OSError) as error:
                logger.warning("streams_not_renewed", error=type(error).__name__)

    async def _give_back(self) -> None:
        left, self._left = self._left, []
        if not (left and self._room):
            return
        try:
            async with self._store.pipeline(transaction=False) as pipe:
                for place in left:
                    pipe.zrem(keys.streams(place.user_id), place.name)
                await pipe.execute()
        except (RedisError, OSError):
            self._left = left + self._left
            raise

    async def _renew(self) -> None:
        if not (self._held and self._room):
            return
        answers = await self._keep.each(
            [((keys.streams(user_id),), (LEASE_SECONDS * 1000, *names)) for user_id, names in self._held.items()]
        )
        for answer in answers:
            if isinstance(answer, Exception):
                raise answer
