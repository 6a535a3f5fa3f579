"""Shows and removes branches of a session's message tree."""

from collections.abc import Sequence
from typing import Any, NamedTuple
from uuid import uuid4

from chat import keys
from chat.errors import TurnRunning, UnknownMessage, UnknownSession
from chat.settings import Settings
from chat.store import Argument, Redis, Script, ScriptCall, run
from chat.stored_bytes import SessionSize, StoredBytes
from chat.takeover import take_over

SHOW = Script("show")
REMOVE = Script("remove")


class _Answer(NamedTuple):
    """The answer of `show.lua` or `remove.lua`: a status, and what belongs to it."""

    status: str
    values: Sequence[Any]


class Branches:
    """All steps on the branches of sessions.

    All raise `UnknownSession` for a session that is missing or another user's, `UnknownMessage` for a message that it
    does not have, and `TurnRunning` while a reply runs.
    """

    def __init__(self, store: Redis, settings: Settings) -> None:
        self._store = store
        self._settings = settings
        self._stored = StoredBytes(store, settings)

    async def show(self, user_id: str, session_id: str, message_id: str) -> str:
        """Shows the branch of a message, to its leaf that was shown last. Returns the leaf's id."""
        answer = await self._run(SHOW, session_id, user_id, message_id)
        return str(answer.values[0])

    async def remove(self, user_id: str, session_id: str, message_id: str) -> None:
        """Removes a message and all that follow it, with the turns of the replies and their logs."""
        removal, state = uuid4().hex, "more"
        while state == "more":
            state, (revision, size) = await self._run(REMOVE, session_id, user_id, message_id, removal)
            await self._stored.resized(SessionSize(user_id, session_id, revision, size))

    async def _run(self, script: Script, session_id: str, user_id: str, message_id: str, *more: str) -> _Answer:
        if not keys.is_session_id(session_id):
            raise UnknownSession
        names = (*keys.history(session_id), keys.turns(session_id))
        args: tuple[Argument, ...] = (user_id, message_id, self._settings.legacy_messages, *more)
        call = ScriptCall(script, names, args, _read)
        while (answer := await run(self._store, call)).status == "not_taken_over":
            await take_over(self._store, self._settings, session_id)
        return answer


def _read(answer: Sequence[Any]) -> _Answer:
    status, *values = answer
    if status == "busy":
        raise TurnRunning(turn_id=values[0])
    if status == "unknown_session":
        raise UnknownSession
    if status == "unknown_message":
        raise UnknownMessage
    return _Answer(status, values)
