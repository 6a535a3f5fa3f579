"""Deletes everything of a user: on the user's request, or of guests who never came back."""

import asyncio

import structlog

from api.stopping import Stopping
from chat.api_tokens import ApiTokens
from chat.direct_sessions import DirectSessions
from chat.errors import UnknownSession
from chat.files.files import Files
from chat.guest_visits import GuestVisits
from chat.own_personas import OwnPersonas
from chat.session_list import View
from chat.sessions import Sessions
from chat.shares import Shares
from chat.store import RedisError
from chat.store.errors import note

PAGE = 50
LOOK_SECONDS = 60.0
"""Interval at which absent guests are looked for."""

logger = structlog.get_logger(__name__)


class Erasure:
    """Deletes all sessions of users, one after the other, so that no step holds the store for long."""

    def __init__(
        self,
        sessions: Sessions,
        direct: DirectSessions,
        stopping: Stopping,
        visits: GuestVisits,
        files: Files,
        personas: OwnPersonas,
        shares: Shares,
        api_tokens: ApiTokens,
    ) -> None:
        self._sessions = sessions
        self._direct = direct
        self._stopping = stopping
        self._visits = visits
        self._files = files
        self._personas = personas
        self._shares = shares
        self._api_tokens = api_tokens

    async def erase(self, user_id: str) -> int:
        """Deletes all sessions, files, own personas, share links and API tokens of a user.

        Returns the number of sessions that were on the user's list. If it is interrupted, a repetition deletes the
        rest.
        """
        await self._api_tokens.erase(user_id)  # first, so that no program adds anything meanwhile
        count = 0
        for view in (View(archived=True), View()):
            while found := (await self._sessions.page(user_id, PAGE, 0, view))[0]:
                for session in found:
                    count += await self._delete(user_id, session.session_id)
        for session_id in await self._direct.of_user(user_id):
            await self._delete(user_id, session_id)
            await self._direct.remove(user_id, session_id)
        await self._files.erase(user_id)
        await self._personas.erase(user_id)
        await self._shares.erase(user_id)
        await self._visits.forget(user_id)
        return count

    async def _delete(self, user_id: str, session_id: str) -> bool:
        try:
            removed = await self._sessions.delete(user_id, session_id)
        except UnknownSession:  # deleted meanwhile
            return False
        await self._stopping.drop_deleted(session_id, removed)
        return True

    async def run(self) -> None:
        """Deletes the sessions of absent guests, until cancelled. Every API does this; a single one suffices."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            try:
                await self.erase_absent()
            except (RedisError, OSError) as error:
                logger.warning("absent_guests_not_deleted", error=note(error))

    async def erase_absent(self) -> None:
        for user_id in await self._visits.absent():
            if await self._visits.is_absent(user_id):  # not back since the list was read
                logger.info("absent_guest_deleted", sessions=await self.erase(user_id))
