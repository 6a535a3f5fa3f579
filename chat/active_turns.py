"""The turns that a user, and all guests at one address, have under way over all replicas, and how many may be."""

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from chat import keys
from chat.errors import LimitReached, TooManyTurns, TooManyTurnsHere
from chat.settings import Settings
from chat.store import Redis, RedisError, Script, ScriptCall, run_batch

OPENING_SECONDS = 10.0
"""A place taken for so long by a turn that is not there is nobody's: its API process died before it was opened."""

ANY = 1 << 31
"""Room for whoever asks: `reserve.lua` knows no other way to be told that a turn comes in however many there are."""


@dataclass(frozen=True)
class Group:
    """Turns that are counted together: where, how many there may be, and what is answered beyond that."""

    name: str
    room: int
    refusal: type[LimitReached]


class ActiveTurns:
    """A place is taken before the turn is opened, by one atomic step for each group that it belongs to.

    Nobody gives it back at the turn's end: whoever finds no place left looks which of the turns are over. So nothing
    has to be done when a turn ends, and nothing leaks when a process dies.
    """

    def __init__(self, store: Redis, settings: Settings) -> None:
        self._store = store
        self._room = settings.max_active_turns_per_user
        self._room_here = settings.max_active_turns_per_address
        self._keep_ms = settings.running_ttl * 1000
        self._reserve = Script(store, "reserve")

    async def take(self, user_id: str, address: str, turn_id: str, *beside: ScriptCall) -> None:
        """Take the turn's places; `address` is the hash of the one to count it for, or "" for none.

        What is to be done `beside` goes the same way. Raises `TooManyTurns` or `TooManyTurnsHere`; then it has none.
        """
        groups = list(self._groups(user_id, address))
        answers = await run_batch(self._store, [*(self._step(group, turn_id, group.room) for group in groups), *beside])
        for answer in answers:
            if isinstance(answer, Exception):
                with contextlib.suppress(RedisError):
                    await self.give_back(user_id, address, turn_id)
                raise answer
        for group, answer in zip(groups, answers, strict=False):
            if not await self._enter(group, turn_id, _taken(answer)):
                await self.give_back(user_id, address, turn_id)
                raise group.refusal

    async def give_back(self, user_id: str, address: str, turn_id: str) -> None:
        for group in self._groups(user_id, address):
            await self._store.zrem(group.name, turn_id)

    def _groups(self, user_id: str, address: str) -> Iterator[Group]:
        if self._room:
            yield Group(keys.active_turns(user_id), self._room, TooManyTurns)
        if self._room_here and address:
            yield Group(keys.active_turns_of_address(address), self._room_here, TooManyTurnsHere)

    async def _enter(self, group: Group, turn_id: str, taken: dict[str, float]) -> bool:
        """A session has one turn at most, so one that has a place lets it in: opening it tells what it comes to."""
        if taken and (over := await self._over(taken)):
            await self._store.zrem(group.name, *over)
            taken = await self._take(group, turn_id, group.room)
        if keys.session_of(turn_id) in map(keys.session_of, taken):
            taken = await self._take(group, turn_id, ANY)
        return not taken

    def _step(self, group: Group, turn_id: str, room: int) -> ScriptCall:
        return self._reserve, ([group.name], (turn_id, room, self._keep_ms))

    async def _take(self, group: Group, turn_id: str, room: int) -> dict[str, float]:
        script, (names, args) = self._step(group, turn_id, room)
        return _taken(await script(names, *args))

    async def _over(self, taken: dict[str, float]) -> list[str]:
        async with self._store.pipeline(transaction=False) as pipe:
            for turn_id in taken:
                pipe.hget(keys.turn(turn_id), "state")
            states = await pipe.execute()
        waiting = {None: OPENING_SECONDS, "queued": float("inf"), "running": float("inf")}
        ages = zip(taken.items(), states, strict=True)
        return [turn_id for (turn_id, age), state in ages if age >= waiting.get(state, 0)]


def _taken(answer: Sequence[str]) -> dict[str, float]:
    """Empty where the turn has its place; else the turns that have them all, and for how many seconds."""
    return {member: int(age) / 1000 for member, age in zip(answer[::2], answer[1::2], strict=True)}
