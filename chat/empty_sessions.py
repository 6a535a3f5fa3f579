"""Sessions in which nothing was asked yet: how they begin, and how they are removed if nothing is."""

from collections.abc import Sequence
from typing import Any

from chat import keys
from chat.errors import TooManySessions
from chat.session_list import SessionList
from chat.settings import Settings
from chat.store import Redis, Script, ScriptCall, run

CREATE = Script("create")
DISCARD = Script("discard")


class EmptySessions:
    """Creates sessions under given ids, and removes those in which nothing was ever asked."""

    def __init__(self, store: Redis, settings: Settings, listed: SessionList) -> None:
        self._store = store
        self._seconds = settings.keep_session
        self._list = listed

    async def create(self, user_id: str, session_id: str, persona: str, fields: Sequence[str]) -> str:
        """Creates a session. Returns the time, seconds since the epoch; `fields`: as in `create_call`.

        Raises `TooManySessions`; then nothing was stored.
        """
        created_at, _ = await run(self._store, create_call(user_id, session_id, persona, self._seconds, fields))
        await self._add(user_id, session_id)
        return created_at

    async def ensure(self, user_id: str, session_id: str, persona: str, context: int) -> bool:
        """Creates the session with this id, unless it is there. Returns whether it was created.

        `context`: how many earlier messages a prompt has. Raises `TooManySessions`; then nothing was stored.
        """
        fields = ("context_messages", str(context))
        _, is_new = await run(self._store, create_call(user_id, session_id, persona, self._seconds, fields))
        # One that is there is on no list where its creator has not come so far, or the answer of the script was lost.
        if is_new or not await self._list.has(user_id, session_id):
            await self._add(user_id, session_id)
        return is_new

    async def discard(self, user_id: str, session_id: str) -> bool:
        """Removes a session in which nothing was ever asked; any other stays. Returns whether this call removed it."""
        names = [keys.session(session_id), keys.waiting(session_id)]
        answer = await run(self._store, ScriptCall(DISCARD, names, (user_id,), str))
        if answer != "kept":
            await self._list.remove(user_id, session_id)
            if await self._store.exists(keys.session(session_id)):  # created again meanwhile, and perhaps listed before
                await self._list.add(user_id, session_id)
        return answer == "discarded"

    async def _add(self, user_id: str, session_id: str) -> None:
        if not await self._list.add(user_id, session_id):
            await self.discard(user_id, session_id)
            raise TooManySessions


def create_call(
    user_id: str, session_id: str, persona: str, kept_seconds: int, fields: Sequence[str | int]
) -> ScriptCall[tuple[str, bool]]:
    """Returns the call that creates a session, unless it is there.

    `fields`: names and values in turn; a value "" is left out. The result: the time of creation in seconds since the
    epoch, and whether the session is new.
    """
    return ScriptCall(CREATE, [keys.session(session_id)], (user_id, persona, kept_seconds, *fields), _created)


def _created(answer: Sequence[Any]) -> tuple[str, bool]:
    created_at, is_new = answer
    return created_at, bool(is_new)
