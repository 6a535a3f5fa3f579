"""Limits the active turns of a user, and of all guests at one address, over all API replicas."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeVar

from chat import keys
from chat.errors import LimitReached, TooManyTurns, TooManyTurnsHere
from chat.settings import Settings
from chat.slots import Slots
from chat.store import Redis, RedisError, ScriptCall, batch_each, in_order, results, run

T = TypeVar("T")

OPENING_SECONDS = 10.0
"""Age after which a slot whose turn does not exist counts as leaked: its API process died before opening the turn."""

UNLIMITED = 1 << 31
"""A limit for `reserve.lua` that no set of slots reaches."""


@dataclass(frozen=True)
class Group:
    """Turns that are counted together: their slots, and the error raised when all are taken."""

    slots: Slots
    refusal: type[LimitReached]


class ActiveTurns:
    """Takes a slot before a turn is opened, by one atomic step for each group that the turn belongs to.

    A turn's end does not free its slot. Instead, a caller that finds no free slot checks which of the turns are over.
    So the end of a turn costs nothing, and a process that dies leaks nothing. A turn that waits for its user counts as
    over; with an answer it takes a slot again.
    """

    def __init__(self, store: Redis, settings: Settings) -> None:
        self._store = store
        self._limit = settings.max_active_turns_per_user
        self._limit_per_address = settings.max_active_turns_per_address
        self._keep_ms = settings.running_ttl * 1000

    async def take(self, user_id: str, address: str, turn_id: str, *others: ScriptCall[T]) -> list[T]:
        """Takes the turn's slots. `address` is the hash of the guest's address, or "" to count for the user only.

        Returns the results of `others`, which run once the slots are taken, in the same round trip where it can be.
        Raises `TooManyTurns` or `TooManyTurnsHere`; then it holds no slot.
        """
        groups = list(self._groups(user_id, address))
        calls = [group.slots.reserve_call(turn_id) for group in groups]
        try:
            reserved, others_done = await in_order(self._store, calls, others)
            holders, answers = results(reserved), results(others_done)
        except RedisError:
            with contextlib.suppress(RedisError):
                await self.give_back(user_id, address, turn_id)
            raise
        for group, taken_by in zip(groups, holders, strict=True):
            if not await self._admit(group.slots, turn_id, taken_by):
                await self.give_back(user_id, address, turn_id)
                raise group.refusal
        if any(holders):  # a slot was free only after those of ended turns were freed
            return results(await batch_each(self._store, others))
        return answers

    async def add(self, user_id: str, address: str, turn_id: str) -> None:
        """Takes the slots of a turn that waited, also beyond the limit: it follows one that has ended."""
        calls = [group.slots.reserve_call(turn_id, UNLIMITED) for group in self._groups(user_id, address)]
        results(await batch_each(self._store, calls))

    async def give_back(self, user_id: str, address: str, turn_id: str) -> None:
        for group in self._groups(user_id, address):
            await self._store.zrem(group.slots.key, turn_id)

    def _groups(self, user_id: str, address: str) -> Iterator[Group]:
        if self._limit:
            yield Group(Slots(keys.active_turns(user_id), self._limit, self._keep_ms), TooManyTurns)
        if self._limit_per_address and address:
            slots = Slots(keys.active_turns_of_address(address), self._limit_per_address, self._keep_ms)
            yield Group(slots, TooManyTurnsHere)

    async def _admit(self, slots: Slots, turn_id: str, holders: dict[str, float]) -> bool:
        """Frees the slots of turns that are over, if the turn has none. Returns whether the turn has a slot then.

        A turn whose session already holds a slot is admitted beyond the limit, because a session has at most one
        active turn; `open.lua` then decides.
        """
        if holders and (over := await self._over_among(holders)):
            await self._store.zrem(slots.key, *over)
            holders = await run(self._store, slots.reserve_call(turn_id))
        if keys.session_of(turn_id) in map(keys.session_of, holders):
            holders = await run(self._store, slots.reserve_call(turn_id, UNLIMITED))
        return not holders

    async def _over_among(self, holders: dict[str, float]) -> list[str]:
        async with self._store.pipeline(transaction=False) as pipe:
            for turn_id in holders:
                pipe.hmget(keys.turn(turn_id), ["state", "paused"])
            found = await pipe.execute()
        forever = float("inf")
        max_ages = {None: OPENING_SECONDS, "queued": forever, "running": forever}
        ages = zip(holders.items(), found, strict=True)
        return [turn_id for (turn_id, age), (state, paused) in ages if paused or age >= max_ages.get(state, 0)]
