"""Removes turns of a session, frees their slots, and notifies their readers and workers."""

from collections.abc import Iterable
from typing import NamedTuple

from chat import keys
from chat.event_log import READ_LOG
from chat.store import Redis

SLICE = 200
"""Turns removed by one step."""


class TurnState(NamedTuple):
    """The fields read from a turn before it is removed."""

    state: str | None
    address: str | None
    position: str | None

    @property
    def is_over(self) -> bool:
        return self.state not in ("waiting", "queued", "running")


class TurnRemoval:
    """Removes turns in slices, so that no step holds the store for long."""

    def __init__(self, store: Redis) -> None:
        self._store = store

    async def states_of(self, turn_ids: list[str]) -> dict[str, TurnState]:
        """Reads the state of each turn, in one round trip."""
        async with self._store.pipeline(transaction=False) as pipe:
            for turn_id in turn_ids:
                pipe.hmget(keys.turn(turn_id), ["state", "address", "position"])
            found = await pipe.execute()
        return {turn_id: TurnState(*fields) for turn_id, fields in zip(turn_ids, found, strict=True)}

    async def drop_oldest(self, user_id: str, session_id: str, keep: int = 0) -> dict[str, str]:
        """Removes turns in slices until at most `keep` are left. Returns those that may have jobs, as `free_slots`.

        Removes those that expire first. These are over, because an active turn expires last. Turns that are not over
        are removed only if `keep` is 0, for a deleted session.
        """
        listing, with_jobs = keys.turns(session_id), dict[str, str]()
        while (surplus := await self._store.zcard(listing) - keep) > 0:
            states = await self.states_of(await self._store.zrange(listing, 0, min(surplus, SLICE) - 1))
            if keep and not all(known.is_over for known in states.values()):
                break
            await self._store.unlink(*turn_keys(states))
            await self._store.zrem(listing, *states)
            with_jobs |= await self.free_slots(user_id, states)
        return with_jobs

    async def free_slots(self, user_id: str, states: dict[str, TurnState]) -> dict[str, str]:
        """Frees the slots of removed turns, and notifies their readers and workers.

        Returns the turns that may have jobs, with the positions of their models' replies ("" = none): those that were
        not over, and those that are still among the open turns.
        """
        if not states:
            return {}
        addresses = {known.address for known in states.values() if known.address}
        slots = [keys.active_turns(user_id), *map(keys.active_turns_of_address, addresses)]
        not_over = [turn_id for turn_id, known in states.items() if not known.is_over]
        async with self._store.pipeline(transaction=False) as pipe:
            pipe.execute_command("ZMSCORE", keys.OPEN_TURNS, *states)
            for name in slots:
                pipe.zrem(name, *states)
            for turn_id in not_over:
                pipe.publish(keys.turn(turn_id), READ_LOG)
                pipe.publish(keys.STOPS, turn_id)
            scores, *_ = await pipe.execute()
        noted = {turn_id for turn_id, score in zip(states, scores, strict=True) if score is not None}
        with_jobs = [turn_id for turn_id in states if turn_id in noted or turn_id in not_over]
        return {turn_id: states[turn_id].position or "" for turn_id in with_jobs}


def turn_keys(turn_ids: Iterable[str]) -> list[str]:
    """Returns the keys of turns. In sessions of earlier versions the members are names of keys themselves."""
    return [
        name
        for member in turn_ids
        for name in ((keys.turn(member), keys.log(member)) if keys.is_turn_id(member) else (member,))
    ]
