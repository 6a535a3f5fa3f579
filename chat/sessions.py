"""Sessions: create, list, rename, delete, and their histories."""

import time
from dataclasses import dataclass
from typing import Self
from uuid import uuid4

from pydantic import BaseModel
from redis.asyncio import Redis

from chat import keys
from chat.errors import TooManySessions, UnknownSession
from chat.log import LOOK_AGAIN
from chat.messages import Message
from chat.settings import Settings
from chat.store import Script

WINDOW_GROWTH = 8
"""Looking for a message, each look goes so many times further back."""


class Session(BaseModel):
    """One conversation; times in seconds since the epoch. `title` is empty until the first question.

    `trimmed`: older messages are no longer kept.
    """

    session_id: str
    user_id: str
    title: str
    role: str
    created_at: float
    updated_at: float
    active_turn: str | None = None
    trimmed: bool = False

    @classmethod
    def from_hash(cls, session_id: str, fields: dict[str, str]) -> Self:
        return cls.model_validate({**fields, "session_id": session_id, "role": fields.get("persona", "")})


@dataclass(frozen=True)
class History:
    """A session and its messages, oldest first, as they were at one moment."""

    session: Session
    messages: list[Message]


class Sessions:
    """All of these raise `UnknownSession` for a session that is missing or another user's."""

    def __init__(self, store: Redis, settings: Settings) -> None:
        self._store = store
        self._settings = settings
        self._list = Script(store, "list")
        self._clear = Script(store, "clear")
        self._delete = Script(store, "delete")
        self._rename = Script(store, "rename")
        self._title = Script(store, "title")

    async def create(self, user_id: str, persona: str) -> Session:
        """Raises `TooManySessions`; then nothing was stored."""
        session_id, now = str(uuid4()), time.time()
        fields = {"user_id": user_id, "title": "", "persona": persona, "created_at": str(now), "updated_at": str(now)}
        async with self._store.pipeline(transaction=True) as pipe:
            pipe.hset(keys.session(session_id), mapping=fields)
            pipe.expire(keys.session(session_id), self._settings.session_expire_time)
            await pipe.execute()
        keep, room = self._settings.session_expire_time, self._settings.max_sessions_per_user
        if not await self._list([keys.user_sessions(user_id)], session_id, room, now, keep):
            await self._store.unlink(keys.session(session_id))
            raise TooManySessions
        return Session.from_hash(session_id, fields)

    async def touch(self, user_id: str, session_id: str) -> None:
        """Move the session to the top of its user's list, if it is on it."""
        listing = keys.user_sessions(user_id)
        async with self._store.pipeline(transaction=False) as pipe:
            pipe.zadd(listing, {session_id: time.time()}, xx=True)
            pipe.expire(listing, self._settings.session_expire_time)
            await pipe.execute()

    async def get(self, user_id: str, session_id: str) -> Session:
        _check(session_id)
        return _owned(user_id, session_id, await self._store.execute_command("HGETALL", keys.session(session_id)))

    async def history(self, user_id: str, session_id: str) -> History:
        _check(session_id)
        async with self._store.pipeline(transaction=True) as pipe:
            pipe.hgetall(keys.session(session_id))
            pipe.lrange(keys.messages(session_id), 0, -1)
            fields, stored = await pipe.execute()
        return History(_owned(user_id, session_id, fields), [Message.from_json(text) for text in stored])

    async def tail(self, session_id: str, count: int) -> list[Message]:
        """The newest `count` messages (0 = all), oldest first, whoever's they are."""
        stored = await self._store.execute_command("LRANGE", keys.messages(session_id), -count, -1)
        return [Message.from_json(text) for text in stored]

    async def reply(self, turn_id: str) -> Message | None:
        """The stored reply of a turn; it is asked for soon after its end, so the newest messages come first."""
        listing, end = keys.messages(keys.session_of(turn_id)), -1
        while stored := await self._store.execute_command("LRANGE", listing, end * WINDOW_GROWTH, end):
            found = (Message.from_json(text) for text in reversed(stored) if turn_id in text)
            if reply := next((m for m in found if m.turn_id == turn_id and m.role == "assistant"), None):
                return reply
            end = end * WINDOW_GROWTH - 1
        return None

    async def page(self, user_id: str, limit: int, offset: int) -> tuple[list[Session], int]:
        """A page of the user's sessions, newest first, and how many there are in all."""
        listing = keys.user_sessions(user_id)
        while True:
            async with self._store.pipeline(transaction=True) as pipe:
                pipe.zrevrange(listing, offset, offset + limit - 1)
                pipe.zcard(listing)
                ids, total = await pipe.execute()
            sessions, expired = await self._load(ids)
            if not expired:
                return sessions, total
            await self._store.zrem(listing, *expired)

    async def _load(self, ids: list[str]) -> tuple[list[Session], list[str]]:
        async with self._store.pipeline(transaction=False) as pipe:
            for session_id in ids:
                pipe.hgetall(keys.session(session_id))
            found = dict(zip(ids, await pipe.execute(), strict=True))
        sessions = [Session.from_hash(session_id, fields) for session_id, fields in found.items() if fields]
        return sessions, [session_id for session_id, fields in found.items() if not fields]

    async def rename(self, user_id: str, session_id: str, title: str) -> Session:
        _check(session_id)
        if not await self._rename([keys.session(session_id)], user_id, title):
            raise UnknownSession
        return await self.get(user_id, session_id)

    async def awaits_title(self, session_id: str) -> bool:
        """Whether its title is still the one cut from its first question."""
        return bool(await self._store.execute_command("HGET", keys.session(session_id), "title_from") == "question")

    async def give_title(self, session_id: str, title: str) -> bool:
        """Replace the title cut from the first question ("" = let it stay for good); whether there was such a one."""
        return bool(await self._title([keys.session(session_id)], title))

    async def clear(self, user_id: str, session_id: str) -> str | None:
        """Forget the messages and the turns. Returns the id of the turn that was running, which the caller stops."""
        while True:
            active = (await self.get(user_id, session_id)).active_turn or ""
            members = [member for member in await self._turns_of(session_id) if member != active]
            turn_key = keys.turn(active or f"{session_id}.0")
            names = (keys.session(session_id), keys.messages(session_id), keys.turns(session_id), turn_key)
            counts = await self._counts_of(user_id, members)
            answer = await self._clear([*names, *_names(members)], user_id, active, *members)
            if answer == "unknown":
                raise UnknownSession
            if answer == "cleared":
                await self._tell_gone(members, counts)
                return active or None

    async def delete(self, user_id: str, session_id: str) -> list[str]:
        """Remove the session and everything of it; whoever follows or runs a turn of it finds it gone.

        Returns the ids of its turns, whose jobs the caller drops before it forgets that they were open.
        """
        _check(session_id)
        answer, members, counts = "changed", list[str](), set[str]()
        names = (keys.session(session_id), keys.messages(session_id), keys.turns(session_id))
        while answer == "changed":
            members = await self._turns_of(session_id)
            counts = await self._counts_of(user_id, members)
            answer = await self._delete([*names, *_names(members)], user_id, *members)
        if answer == "unknown":
            raise UnknownSession
        await self._store.zrem(keys.user_sessions(user_id), session_id)
        return await self._tell_gone(members, counts)

    async def _turns_of(self, session_id: str) -> list[str]:
        """Turn ids and idempotency keys."""
        return list(await self._store.zrange(keys.turns(session_id), 0, -1))

    async def _counts_of(self, user_id: str, members: list[str]) -> set[str]:
        """Where the turns among them may be counted as active."""
        async with self._store.pipeline(transaction=False) as pipe:
            for turn_id in filter(keys.is_turn_id, members):
                pipe.hget(keys.turn(turn_id), "address")
            addresses = await pipe.execute()
        return {keys.active_turns(user_id), *map(keys.active_turns_of_address, filter(None, addresses))}

    async def _tell_gone(self, members: list[str], counts: set[str]) -> list[str]:
        """Whoever has to do with the turns among them is told that they are gone. Returns these."""
        turn_ids = [member for member in members if keys.is_turn_id(member)]
        async with self._store.pipeline(transaction=False) as pipe:
            for turn_id in turn_ids:
                for name in counts:
                    pipe.zrem(name, turn_id)
                pipe.publish(keys.turn(turn_id), LOOK_AGAIN)
                pipe.publish(keys.STOPS, turn_id)
            await pipe.execute()
        return turn_ids


def _names(members: list[str]) -> list[str]:
    """The keys that the members of a turns zset lead to."""
    turn_ids = {member for member in members if keys.is_turn_id(member)}
    logs = [name for turn_id in turn_ids for name in (keys.turn(turn_id), keys.log(turn_id))]
    return [*logs, *(member for member in members if member not in turn_ids)]


def _owned(user_id: str, session_id: str, fields: dict[str, str]) -> Session:
    if not fields or fields["user_id"] != user_id:
        raise UnknownSession
    return Session.from_hash(session_id, fields)


def _check(session_id: str) -> None:
    if not keys.is_session_id(session_id):
        raise UnknownSession
