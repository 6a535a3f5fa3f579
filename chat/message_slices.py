"""Reads all messages of a session, of every branch, a bounded part per call of the store."""

from collections.abc import AsyncGenerator, Sequence
from typing import Any, NamedTuple

from chat import keys
from chat.errors import UnknownSession
from chat.messages import Message
from chat.settings import Settings
from chat.store import Redis, Script, ScriptCall, fields_of, run
from chat.takeover import take_over

SLICE_MESSAGES = 100
SLICE_BYTES = 500_000
"""Limits of one call. A slice has at least one message, even a larger one."""

SLICE = Script("slice")


class Slice(NamedTuple):
    """Some messages, oldest first. `fields`: the session's hash. `final`: id of the last message to read."""

    fields: dict[str, str]
    position: int
    last: str
    final: str
    is_last: bool
    messages: list[Message]


class MessageSlices:
    def __init__(self, store: Redis, settings: Settings) -> None:
        self._store = store
        self._settings = settings

    async def read(self, user_id: str, session_id: str, final: str = "") -> AsyncGenerator[Slice]:
        """Yields slices of the messages up to `final`, "" = those that there are now; at least one slice.

        Raises `UnknownSession` where the session is missing or another user's, at any slice.
        """
        position, last = 0, ""
        while True:
            part = await self._read(user_id, session_id, (position, last, final))
            yield part
            if part.is_last:
                return
            position, last, final = part.position, part.last, part.final

    async def _read(self, user_id: str, session_id: str, place: tuple[int, str, str]) -> Slice:
        args = (user_id, *place, SLICE_MESSAGES, SLICE_BYTES)
        call = ScriptCall(SLICE, keys.history(session_id), args, _slice)
        while (part := await run(self._store, call)) is None:
            await take_over(self._store, self._settings, session_id)
        return part


def _without_request(text: str) -> Message:
    message = Message.from_json(text)
    message.request = None
    return message


def _slice(answer: Sequence[Any]) -> Slice | None:
    """Returns a slice; None where messages have to be taken over first. Raises `UnknownSession`."""
    match answer:
        case ["slice", fields, position, last, final, is_last, stored]:
            messages = [_without_request(text) for text in stored]
            return Slice(fields_of(fields), position, last, final, bool(is_last), messages)
        case ["not_taken_over"]:
            return None
        case _:
            raise UnknownSession
