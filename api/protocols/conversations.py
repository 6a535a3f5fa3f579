"""Finds the sessions and messages of clients that keep the conversation themselves, under ids of their own."""

import hashlib
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from uuid import UUID

from api.protocols.prompt_sessions import MAX_CONTEXT
from chat import keys
from chat.client_requests import ClientRequest
from chat.errors import HoldfastError, UnknownSession
from chat.history import MAX_PAGE_MESSAGES
from chat.messages import Message
from chat.personas import Personas, default_of
from chat.session_record import Session
from chat.sessions import Sessions
from chat.store import RedisError
from chat.turns import Turns

MESSAGE_ID = re.compile(r"[0-9A-Za-z-]{1,64}")
MAX_LOOKED_UP = 20
"""Earlier messages of a client that are looked for: the last one is known, unless the conversation began elsewhere."""


@dataclass(frozen=True)
class Place:
    """Where new messages belong. `parent_id`: the message that they follow, "" = they begin the session anew.

    `first`: how many of the client's messages are known before them.
    """

    parent_id: str = ""
    first: int = 0


class Conversations:
    """A conversation has the session of its id or, where its id is a client's own, one whose id is made of that.

    So all requests with the same id of the same user reach the same session, and nothing else has to be stored.
    """

    def __init__(self, sessions: Sessions, turns: Turns, personas: Personas) -> None:
        self._sessions = sessions
        self._turns = turns
        self._persona = default_of(personas)

    async def look(self, user: str, name: str) -> Session | None:
        """Returns the session of a conversation; None without one."""
        for session_id in (name, session_id_of(user, name)):
            if keys.is_session_id(session_id):
                with suppress(UnknownSession):
                    return await self._sessions.get(user, session_id)
        return None

    @asynccontextmanager
    async def entered(self, user: str, name: str) -> AsyncIterator[str]:
        """Yields the id of the conversation's session. Raises `TooManySessions`.

        One that this call has created is removed after a `HoldfastError`, unless another request has asked there.
        """
        found = await self.look(user, name)
        if found:
            yield found.session_id
            return
        session_id = session_id_of(user, name)
        is_new = await self._sessions.empty.ensure(user, session_id, self._persona, MAX_CONTEXT)
        try:
            yield session_id
        except HoldfastError:  # after any other error the turn may be there
            if is_new:
                with suppress(RedisError, OSError):
                    await self._sessions.empty.discard(user, session_id)
            raise

    async def place(self, session_id: str, earlier: Sequence[tuple[int, str]]) -> Place:
        """Returns where new messages belong.

        `earlier`: ids of the client's replies with the number of its messages up to each, the last one first. Where
        nothing is kept of a reply, its question is taken.
        """
        for count, name in earlier[:MAX_LOOKED_UP]:
            for known in (name, _question_of(name)):
                if await self.message(session_id, known):
                    return Place(known, count)
        return Place()

    async def message(self, session_id: str, name: str) -> Message | None:
        """Returns a message of a session by a name that a client sends; None without one."""
        if not MESSAGE_ID.fullmatch(name):
            return None
        try:
            return await self._sessions.message(session_id, name)
        except ValueError:
            return None

    async def page(
        self, user: str, session_id: str, limit: int = MAX_PAGE_MESSAGES, before: str = ""
    ) -> tuple[list[Message], bool]:
        """Returns the newest messages of the branch that is shown, and whether there are earlier ones.

        `before`: those before a message instead, which may be of any branch. Questions without a text have their
        requests. Raises `UnknownMessage`.
        """
        page = await self._sessions.history(user, session_id, limit, before)
        return [await self._complete(session_id, message) for message in page.messages], page.has_more

    async def _complete(self, session_id: str, message: Message) -> Message:
        if message.role == "assistant" or message.content:
            return message
        return await self.message(session_id, message.id) or message

    async def has_tools(self, turn_id: str) -> bool:
        """Returns whether the model may have called tools in a turn."""
        turn = await self._turns.get(turn_id)
        asked = await self._sessions.message(keys.session_of(turn_id), turn.question) if turn else None
        request = asked and asked.request
        return bool(request and (request.has_tools or request.servers))

    async def asked_before(self, user: str, session_id: str, place: Place, request: ClientRequest) -> str:
        """Returns the question that was asked last at a place, if it has the same text as a request; otherwise "".

        It is the one of the branch that is shown.
        """
        after = place.parent_id
        page = await self._sessions.history(user, session_id, 1 if after else MAX_PAGE_MESSAGES, after=after)
        asked = page.messages[0] if page.messages else None
        if asked and asked.role == "user" and (asked.parent_id or "") == after and asked.content == request.shown:
            return asked.id
        return ""

    async def last_turn(self, session: Session) -> str:
        """Returns the turn that runs or, without one, that of the last message that is shown; "" without any."""
        if session.active_turn or not session.leaf:
            return session.active_turn or ""
        last = await self._sessions.message(session.session_id, session.leaf)
        return (last and last.turn_id) or ""


def session_id_of(user: str, name: str) -> str:
    """Returns the id of the session for a conversation's id. Two users never share one."""
    digest = hashlib.blake2b(f"{len(user)}:{user}:{name}".encode(errors="replace"), digest_size=16).digest()
    return str(UUID(bytes=digest, version=4))


def _question_of(name: str) -> str:
    return f"{name.removesuffix('-r')}-q" if name.endswith("-r") else ""
