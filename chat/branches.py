"""Shows and removes branches of a session's message tree."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from chat import keys
from chat.errors import TurnRunning, UnknownMessage, UnknownSession
from chat.settings import Settings
from chat.store import Redis, Script, ScriptCall, run
from chat.stored_bytes import SessionSize, StoredBytes
from chat.takeover import take_over
from chat.turn_removal import TurnRemoval

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
        self._removal = TurnRemoval(store)

    async def show(self, user_id: str, session_id: str, message_id: str) -> str:
        """Shows the branch of a message, to its leaf that was shown last. Returns the leaf's id."""
        answer = await self._run(SHOW, user_id, session_id, message_id)
        return str(answer.values[0])

    async def remove(self, user_id: str, session_id: str, message_id: str) -> list[str]:
        """Removes a message and all that follow it, with the logs of their turns.

        Returns the ids of turns that may have jobs, which the caller drops.
        """
        with_jobs = list[str]()
        while True:
            answer = await self._run(REMOVE, user_id, session_id, message_id)
            revision, size, turn_ids = answer.values
            with_jobs += await self._removal.remove(user_id, session_id, turn_ids)
            await self._stored.resized(SessionSize(user_id, session_id, revision, size))
            if answer.status == "removed":
                return with_jobs

    async def _run(self, script: Script, user_id: str, session_id: str, message_id: str) -> _Answer:
        if not keys.is_session_id(session_id):
            raise UnknownSession
        args = (user_id, message_id, self._settings.legacy_messages)
        call = ScriptCall(script, keys.history(session_id), args, _read)
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
