"""One session on a real store with the classes that work on it; starts no process."""

from typing import Any

from redis.asyncio import Redis

from chat import keys
from chat.event_log import LogWriter, TurnLog
from chat.events import End, Event
from chat.messages import Message, reply_id
from chat.questions import Question
from chat.sessions import Sessions
from chat.settings import Settings
from chat.turn_record import Earlier, State, Turn
from chat.turns import Opened, Turns
from tests.support.kept import kept_of

USER = "alice"
SETTINGS = Settings(max_history_messages=4, max_active_turns_per_user=1000)


def missing_turn(turn_id: str) -> Turn:
    """A turn as a worker knows it whose record has meanwhile been removed."""
    return Turn(turn_id=turn_id, state="running", attempt=1, seq=1, persona="", model="", question="", created_at=0)


class ChatFixture:
    """One session of `USER` with the classes that work on it."""

    def __init__(self, store: Redis, session_id: str) -> None:
        self.store = store
        self.session_id = session_id
        self.sessions = Sessions(store, SETTINGS)
        self.turns = Turns(store, SETTINGS)
        self.log = TurnLog(store)

    def question(self, message: str | None = "hello", **more: Any) -> Question:
        return Question(self.session_id, "assistant", "m", message, **more)

    async def open(self, message: str | None = "hello", user: str = USER, **more: Any) -> Opened:
        return await self.turns.open(user, self.question(message, **more), 0)

    async def begun(self, token: str = "100") -> tuple[str, LogWriter]:
        """Open a turn and begin it with the claim `token`."""
        turn_id = (await self.open()).turn_id
        return turn_id, await self.claim(turn_id, token)

    async def claim(self, turn_id: str, token: str, earlier: Earlier = "drop") -> LogWriter:
        claimed = await self.turns.begin(turn_id, token, earlier=earlier)
        assert claimed.status == "begun"
        assert claimed.turn is not None
        return LogWriter(turn_id, token, claimed.turn.seq)

    async def append(self, writer: LogWriter, *events: Event) -> bool:
        """Append the events and return whether the turn should stop."""
        (outcome,) = await self.log.append([(writer, events)])
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    async def write(self, turn_id: str, token: str, *events: Event) -> None:
        """Append the events with the claim `token`, which has begun the turn."""
        await self.append(LogWriter(turn_id, token, await self.last(turn_id)), *events)

    async def turn_fields(self, turn_id: str) -> dict[str, str]:
        """The stored hash of the turn."""
        return dict(await self.store.execute_command("HGETALL", keys.turn(turn_id)))

    async def close(self, turn_id: str, token: str = "100", text: str = "hi", state: State = "done") -> None:
        turn = await self.turns.get(turn_id) or missing_turn(turn_id)
        reply = Message(id=reply_id(turn_id), role="assistant", content=text, turn_id=turn_id) if text else None
        await self.turns.close(turn, token, state, End(session_id=self.session_id, finish_reason="stop"), reply)

    async def add_exchange(self, message: str) -> None:
        """Run a turn to its end: the question `message`, the reply "re: message"."""
        turn_id = (await self.open(message)).turn_id
        await self.claim(turn_id, "1")
        await self.close(turn_id, "1", f"re: {message}")

    async def last(self, turn_id: str) -> int:
        """The `seq` of the turn's last event."""
        return int(await self.store.execute_command("HGET", keys.turn(turn_id), "seq"))

    async def logged(self, turn_id: str) -> list[str]:
        """The turn's log: the JSON of every event."""
        reading = await self.log.read(turn_id, 0)
        assert reading
        assert [entry.seq for entry in reading.entries][-1] == reading.last
        return [entry.json for entry in reading.entries]

    async def contents(self) -> list[str]:
        return [message.content for message in (await self.sessions.history(USER, self.session_id)).messages]

    async def kept(self) -> dict[str, Any]:
        return await kept_of(self.store, self.store, USER, self.session_id)
