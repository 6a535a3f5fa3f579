"""What a process of 0.1.0 does to a session, written out as the commands of its scripts. It knows only the list."""

from typing import Any
from uuid import uuid4

from pydantic import BaseModel
from redis.asyncio import Redis

from chat import keys


class EarlierMessage(BaseModel):
    """A message in the form of 0.1.0, whose id is not its first field."""

    role: str
    content: str
    timestamp: float
    id: str
    turn_id: str

    def to_json(self) -> str:
        return self.model_dump_json()


class EarlierRelease:
    """A process of 0.1.0 that works on one session. `limit`: its MAX_HISTORY_MESSAGES, 0 = unlimited."""

    def __init__(self, store: Redis, session_id: str, limit: int = 20) -> None:
        self.store = store
        self.session_id = session_id
        self.limit = limit
        self.number = 176_400_000_000_000_000
        self._list = keys.messages(session_id)
        self._session = keys.session(session_id)
        self._turns = keys.turns(session_id)

    def message(self, role: str, content: str, turn_id: str) -> EarlierMessage:
        return EarlierMessage(role=role, content=content, timestamp=1.5, id=uuid4().hex, turn_id=turn_id)

    def dialogue(self, count: int, text: str = "") -> list[EarlierMessage]:
        """Makes alternating questions and replies, "0", "1" …, two for each turn."""
        roles = ("user", "assistant")
        numbers = range(self.number, self.number + count)
        self.number += count
        return [
            self.message(roles[index % 2], f"{index}{text}", f"{self.session_id}.{numbers[index - index % 2]}")
            for index in range(count)
        ]

    async def write(self, messages: list[EarlierMessage]) -> None:
        """Stores messages as its `open.lua` and `close.lua` did in the past."""
        if messages:
            await self.store.execute_command("RPUSH", self._list, *[each.to_json() for each in messages])
            await self.store.expire(self._list, 604_800)
        await self._set(self._session, title="0", title_from="question")

    async def ask(self, content: str | None, replace_from: str = "") -> str:
        """`open.lua`: opens a turn; without `content` the question before `replace_from` is answered again."""
        self.number += 1
        turn_id = f"{self.session_id}.{self.number}"
        stored = await self.read()
        stays = [each.id for each in stored].index(replace_from) if replace_from else len(stored)
        if stays == 0:
            await self.store.delete(self._list)
        else:
            await self.store.execute_command("LTRIM", self._list, 0, stays - 1)
        question = stored[stays - 1] if content is None else self.message("user", content, turn_id)
        if content is not None:
            await self._push(question)
        await self._set(self._session, active_turn=turn_id, updated_at=1764000000, persona="assistant")
        if await self._field("title") == "":
            await self._set(self._session, title=content or "", title_from="question")
        turn = {"state": "queued", "attempt": 0, "owner": 0, "seq": 1, "created_at": 1764000000, "model": "m"}
        await self._set(keys.turn(turn_id), question=question.id, persona="assistant", **turn)
        await self.store.xadd(keys.log(turn_id), {"e": '{"type":"start"}'}, id="1-0")
        await self.store.zadd(self._turns, {turn_id: 9e9})
        return turn_id

    async def answer(self, turn_id: str, content: str) -> str:
        """`begin.lua` and `close.lua`: stores the reply, if it has text, and frees the session. Returns its id."""
        reply = self.message("assistant", content, turn_id)
        if await self._field("active_turn") == turn_id:
            if content:
                await self._push(reply)
            await self.store.execute_command("HDEL", self._session, "active_turn")
        await self._set(keys.turn(turn_id), state="done", seq=2, finished_at=1764000001)
        return reply.id

    async def exchange(self, content: str | None, replace_from: str = "") -> str:
        """Asks and answers a question. Returns the id of the reply."""
        return await self.answer(await self.ask(content, replace_from), f"re: {content or 'again'}")

    async def clear(self) -> None:
        """`clear.lua`: removes the list and every key that the turns zset names."""
        await self.store.delete(*await self._named(), self._list)
        await self.store.delete(self._turns)  # it removes its members
        await self.store.execute_command("HDEL", self._session, "active_turn", "trimmed")

    async def delete(self) -> None:
        """`delete.lua`: removes these and the session itself."""
        await self.store.delete(*await self._named(), self._list, self._turns, self._session)

    async def read(self) -> list[EarlierMessage]:
        """`Sessions.history`: what it shows."""
        stored = await self.store.execute_command("LRANGE", self._list, 0, -1)
        return [EarlierMessage.model_validate_json(text) for text in stored]

    async def _set(self, name: str, **fields: Any) -> None:
        await self.store.execute_command("HSET", name, *[word for pair in fields.items() for word in pair])

    async def _field(self, name: str) -> str | None:
        found: str | None = await self.store.execute_command("HGET", self._session, name)
        return found

    async def _push(self, message: EarlierMessage) -> None:
        await self.store.execute_command("RPUSH", self._list, message.to_json())
        if self.limit and await self.store.execute_command("LLEN", self._list) > self.limit:
            await self.store.execute_command("LTRIM", self._list, -self.limit, -1)
            await self._set(self._session, trimmed=1)
        await self.store.expire(self._list, 604_800)

    async def _named(self) -> list[str]:
        members: list[str] = await self.store.zrange(self._turns, 0, -1)
        turns = [
            name for member in members if keys.is_turn_id(member) for name in (keys.turn(member), keys.log(member))
        ]
        return [*turns, *(member for member in members if not keys.is_turn_id(member))]

    async def claim(self, turn_id: str, token: str) -> int:
        """Begins another attempt at a running turn, as its newest claim. Returns the number of its last event."""
        turn, log = keys.turn(turn_id), keys.log(turn_id)
        await self.store.execute_command("HSET", turn, "owner", token, "state", "running")
        await self.store.execute_command("HDEL", turn, "handed_back")
        attempt = await self.store.execute_command("HINCRBY", turn, "attempt", 1)
        for entry, _ in await self.store.xrange(log, "2-0"):
            await self.store.xdel(log, entry)
        seq = int(await self.store.execute_command("HINCRBY", turn, "seq", 1_000_000))
        await self.store.xadd(log, {"e": f'{{"type":"restart","attempt":{attempt}}}'}, f"{seq}-0")
        return seq
