"""Limits the event streams that a user has open on all replicas."""

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from typing import TypeVar
from uuid import uuid4

import structlog

from chat import keys
from chat.settings import Settings
from chat.slots import Slots
from chat.store import Redis, RedisError, ScriptCall, batch, batch_each, results, run
from chat.store.errors import note

T = TypeVar("T")

LEASE_SECONDS = 15
"""How long a slot is kept without renewal, for example when its process died."""

RENEW_SECONDS = 5

logger = structlog.get_logger(__name__)


@dataclass(frozen=True)
class StreamSlot:
    """The slot that one open stream takes of its user's limit."""

    user_id: str
    name: str


class OpenStreams:
    """Takes a slot before a stream begins, and renews the slots of all open streams in one task per process.

    The slots of a process that dies expire, because they are no longer renewed.
    """

    def __init__(self, store: Redis, settings: Settings) -> None:
        self._store = store
        self._limit = settings.max_streams_per_user
        self._process, self._numbers = uuid4().hex, count()
        self._held: defaultdict[str, set[str]] = defaultdict(set)
        self._released: list[StreamSlot] = []
        self._notified = asyncio.Event()

    async def enter(self, user_id: str, session_id: str, *, returns: bool = False) -> StreamSlot | None:
        """Takes a slot for a stream. Returns None at the limit.

        With `returns`, a reconnect to a session that still has a slot may exceed the limit by up to 100 %: the slot of
        the dropped connection may not have expired yet. Raises `redis.RedisError`; then no slot is kept.
        """
        with self._new_slot(user_id, session_id) as slot:
            holders = await run(self._store, self._reserve_call(slot)) if self._limit else {}
            return slot if await self._is_admitted(slot, holders, returns=returns) else None

    async def enter_and_run(self, user_id: str, session_id: str, call: ScriptCall[T]) -> tuple[StreamSlot | None, T]:
        """As `enter`, and makes another script call in the same round trip, whose result and errors it passes on."""
        with self._new_slot(user_id, session_id) as slot:
            if not self._limit:
                return slot, await run(self._store, call)
            holders, result = await batch(self._store, self._reserve_call(slot), call)
            return slot if await self._is_admitted(slot, holders) else None, result

    @contextmanager
    def _new_slot(self, user_id: str, session_id: str) -> Iterator[StreamSlot]:
        """Names a slot to take, and releases it after an error."""
        slot = StreamSlot(user_id, f"{keys.digest(session_id)}:{self._process}:{next(self._numbers)}")
        try:
            yield slot
        except BaseException:
            self.leave(slot)
            raise

    async def _is_admitted(self, slot: StreamSlot, holders: Collection[str], *, returns: bool = False) -> bool:
        """Whether the stream has its slot. `holders`: names of the slots that fill the limit, if it has none yet."""
        if self._holds_all_slots(slot.user_id, returns):
            self.leave(slot)
            return False
        return not holders or (returns and await self._reserve_again(slot, holders))

    def _holds_all_slots(self, user_id: str, returns: bool) -> bool:
        """Tells whether this process alone holds all slots: after an outage the store knows none until the renewal."""
        limit = 2 * self._limit if returns else self._limit
        return 0 < limit <= len(self._held.get(user_id, ()))

    async def _reserve_again(self, slot: StreamSlot, holders: Collection[str]) -> bool:
        """Takes a slot of the doubled limit if the session has a slot. Returns whether it did."""
        topic = slot.name.partition(":")[0]
        if not any(name.startswith(f"{topic}:") for name in holders):
            return False
        return not await run(self._store, self._reserve_call(slot, 2 * self._limit))

    def _reserve_call(self, slot: StreamSlot, limit: int = 0) -> ScriptCall[dict[str, float]]:
        return self._slots(slot.user_id).reserve_call(slot.name, limit)

    def _slots(self, user_id: str) -> Slots:
        return Slots(keys.streams(user_id), self._limit, LEASE_SECONDS * 1000)

    @contextmanager
    def held(self, slot: StreamSlot) -> Iterator[None]:
        """Keeps the slot while the stream is open."""
        held = self._held[slot.user_id]
        held.add(slot.name)
        try:
            yield
        finally:
            held.discard(slot.name)
            if not held:
                self._held.pop(slot.user_id, None)
            self.leave(slot)

    def leave(self, slot: StreamSlot | None) -> None:
        """Releases the slot in the background."""
        if slot:
            self._released.append(slot)
            self._notified.set()

    async def run(self) -> None:
        """Renews the slots of open streams and releases those that were left, until cancelled."""
        loop = asyncio.get_running_loop()
        renew_at = loop.time() + RENEW_SECONDS
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout_at(renew_at):
                    await self._notified.wait()
            self._notified.clear()
            try:
                await self._release()
                if loop.time() >= renew_at:
                    renew_at = loop.time() + RENEW_SECONDS
                    await self._renew()
            except (RedisError, OSError) as error:
                logger.warning("streams_not_renewed", error=note(error))

    async def _release(self) -> None:
        released, self._released = self._released, []
        if not (released and self._limit):
            return
        try:
            async with self._store.pipeline(transaction=False) as pipe:
                for slot in released:
                    pipe.zrem(keys.streams(slot.user_id), slot.name)
                await pipe.execute()
        except (RedisError, OSError):
            self._released = released + self._released
            raise

    async def _renew(self) -> None:
        if not (self._held and self._limit):
            return
        calls = [self._slots(user_id).keep_call(names) for user_id, names in self._held.items()]
        results(await batch_each(self._store, calls))
