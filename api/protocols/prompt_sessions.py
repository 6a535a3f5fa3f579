"""Finds or creates the sessions in which prompts are asked."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from api.protocols.prompts import Prompt
from chat.asked import AskedRequests
from chat.direct_sessions import DirectSessions
from chat.errors import HoldfastError
from chat.personas import Personas, default_of
from chat.session_settings import NOTHING_SET
from chat.sessions import Sessions
from chat.store import RedisError

MAX_CONTEXT = 200
"""Earlier messages that a prompt has in a session that a client of another protocol began."""


class PromptSessions:
    """A prompt is asked in the session that it names, in that of the same request before, or in a new one."""

    def __init__(
        self, personas: Personas, sessions: Sessions, direct_sessions: DirectSessions, asked: AskedRequests
    ) -> None:
        self._persona = default_of(personas)
        self._sessions = sessions
        self._direct_sessions = direct_sessions
        self._asked = asked

    @asynccontextmanager
    async def entered(self, user: str, prompt: Prompt) -> AsyncIterator[tuple[str, bool]]:
        """Yields the session in which to ask, and whether the same request was asked there before.

        One that was created for nothing is removed, unless a repetition has asked there meanwhile. Raises
        `ReplyExpired` and, for a listed session, `TooManySessions`.
        """
        if prompt.session_id:
            yield prompt.session_id, False
            return
        created = await self._create(user, prompt)
        try:
            session_id = await self._session_of(user, prompt, created)
            yield session_id, session_id != created
        except HoldfastError:  # after any other error the turn may be there
            await self._discard(user, prompt, created)
            raise
        if session_id != created:
            await self._discard(user, prompt, created)

    async def _create(self, user: str, prompt: Prompt) -> str:
        if not prompt.is_listed:
            return await self._direct_sessions.create(user, self._persona)
        return (await self._sessions.create(user, self._persona, NOTHING_SET, context=MAX_CONTEXT)).session_id

    async def _discard(self, user: str, prompt: Prompt, session_id: str) -> None:
        """Removes an empty session. Where that fails, a direct one is removed later, and another one stays empty."""
        with suppress(RedisError, OSError):
            sessions = self._sessions.empty if prompt.is_listed else self._direct_sessions
            if await sessions.discard(user, session_id) and prompt.repeats.key:
                await self._asked.not_asked(user, prompt.repeats.key, session_id)

    async def _session_of(self, user: str, prompt: Prompt, created: str) -> str:
        repeats = prompt.repeats
        if repeats.key:
            return await self._asked.by_key(user, repeats.key, created)
        return await self._asked.by_digest(user, repeats.fingerprint, created, is_retry=repeats.is_retry)
