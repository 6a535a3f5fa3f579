"""Limits the event streams that a user has open on all replicas."""

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
from chat.store import Call, Redis, RedisError, Script, ScriptCall, raise_errors, run_batch

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
        self._reserve = Script(store, "reserve")
        self._keep = Script(store, "keep")
        self._process, self._numbers = uuid4().hex, count()
        self._held: defaultdict[str, set[str]] = defaultdict(set)
        self._released: list[StreamSlot] = []
        self._notified = asyncio.Event()

    async def enter(
        self, user_id: str, session_id: str, *calls: ScriptCall, returns: bool = False
    ) -> tuple[StreamSlot | None, list[Any]]:
        """Takes a slot for a stream, and makes other script calls in the same round trip.

        Returns the slot, None at the limit; and the answers to the calls. With `returns`, a reconnect to a session that
        still has a slot may exceed the limit by up to 100 %: the slot of the dropped connection may not have expired
        yet. Raises `redis.RedisError`; then no slot is kept.
        """
        slot = StreamSlot(user_id, f"{keys.digest(session_id)}:{self._process}:{next(self._numbers)}")
        try:
            holders, answers = await self._reserve_slot(slot, calls)
            if self._holds_all_slots(user_id, returns):
                self.leave(slot)
                return None, answers
            if holders and not (returns and await self._reserve_again(slot, holders)):
                return None, answers
        except BaseException:
            self.leave(slot)
            raise
        return slot, answers

    async def _reserve_slot(self, slot: StreamSlot, calls: Sequence[ScriptCall]) -> tuple[list[str], list[Any]]:
        """Returns the names of the slots that fill the limit, [] if this slot was taken; and the calls' answers."""
        steps = [self._reserve_call(slot, self._limit)] if self._limit else []
        answers = raise_errors(await run_batch(self._store, [*steps, *calls]))
        return list(answers.pop(0)[::2]) if steps else [], answers

    def _holds_all_slots(self, user_id: str, returns: bool) -> bool:
        """Tells whether this process alone holds all slots: after an outage the store knows none until the renewal."""
        limit = 2 * self._limit if returns else self._limit
        return 0 < limit <= len(self._held.get(user_id, ()))

    async def _reserve_again(self, slot: StreamSlot, holders: list[str]) -> bool:
        """Takes a slot of the doubled limit if the session has a slot. Returns whether it did."""
        topic = slot.name.partition(":")[0]
        if not any(name.startswith(f"{topic}:") for name in holders):
            return False
        script, (names, args) = self._reserve_call(slot, 2 * self._limit)
        return not await script(names, *args)

    def _reserve_call(self, slot: StreamSlot, limit: int) -> ScriptCall:
        return self._reserve, ([keys.streams(slot.user_id)], (slot.name, limit, LEASE_SECONDS * 1000))

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
                logger.warning("streams_not_renewed", error=type(error).__name__)

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
        calls: list[Call] = [
            ((keys.streams(user_id),), (LEASE_SECONDS * 1000, *names)) for user_id, names in self._held.items()
        ]
        raise_errors(await self._keep.each(calls))
