"""The turns that a user has under way, over all replicas, and how many there may be."""

from redis.asyncio import Redis

from chat import keys
from chat.settings import Settings
from chat.store import Script

OPENING_SECONDS = 10.0
"""A place taken for so long by a turn that is not there is nobody's: its API process died before it was opened."""


ANY = 1 << 31


class ActiveTurns:
    """A place is taken before the turn is opened, by one atomic step.

    Nobody gives it back at the turn's end: whoever finds no place left looks which of the turns are over. So nothing
    has to be done when a turn ends, and nothing leaks when a process dies.
    """

    def __init__(self, store: Redis, settings: Settings) -> None:
        self._store = store
        self._room = settings.max_active_turns_per_user
        self._keep_ms = settings.running_ttl * 1000
        self._reserve = Script(store, "reserve")

    async def take(self, user_id: str, turn_id: str) -> bool:
        """Take a place for the turn; False where the user has none left.

        A session has one turn at most, so one that has a place lets the turn in: opening it tells what it comes to.
        """
        if not self._room:
            return True
        taken = await self._take(user_id, turn_id, self._room)
        if taken and (over := await self._over(taken)):
            await self.give_back(user_id, *over)
            taken = await self._take(user_id, turn_id, self._room)
        if keys.session_of(turn_id) in map(keys.session_of, taken):
            taken = await self._take(user_id, turn_id, ANY)
        return not taken

    async def give_back(self, user_id: str, *turn_ids: str) -> None:
        if turn_ids and self._room:
            await self._store.zrem(keys.active_turns(user_id), *turn_ids)

    async def _take(self, user_id: str, turn_id: str, room: int) -> dict[str, float]:
        """Empty where the turn has its place; else the turns that have them all, and for how many seconds."""
        answer = await self._reserve([keys.active_turns(user_id)], turn_id, room, self._keep_ms)
        return {member: int(age) / 1000 for member, age in zip(answer[::2], answer[1::2], strict=True)}

    async def _over(self, taken: dict[str, float]) -> list[str]:
        async with self._store.pipeline(transaction=False) as pipe:
            for turn_id in taken:
                pipe.hget(keys.turn(turn_id), "state")
            states = await pipe.execute()
        waiting = {None: OPENING_SECONDS, "queued": float("inf"), "running": float("inf")}
        ages = zip(taken.items(), states, strict=True)
        return [turn_id for (turn_id, age), state in ages if age >= waiting.get(state, 0)]
