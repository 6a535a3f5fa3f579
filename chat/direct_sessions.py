"""Sessions that are on no list, for clients that keep the conversation themselves; removed after their last turn."""

import asyncio
from uuid import uuid4

import structlog

from chat import keys
from chat.empty_sessions import create_call
from chat.errors import UnknownSession
from chat.files.files import Files
from chat.open_turns import DUE, NOTE
from chat.sessions import Sessions
from chat.settings import Settings
from chat.store import Redis, RedisError, ScriptCall, run
from chat.store.errors import note

PASS_SECONDS = 15.0
BATCH = 100
"""How often sessions are checked, and how many at a time."""

ACTIVE_SECONDS = 60
"""Pause before a session is checked again whose reply runs."""

logger = structlog.get_logger(__name__)


class DirectSessions:
    """Creates and removes direct sessions. They do not count for `MAX_SESSIONS_PER_USER`, and get no title.

    `LOG_TTL` seconds after its last turn a session is removed with all that belongs to it. Two listings name it before
    it exists: one of all users by the time of its next check, and one of its user.
    """

    def __init__(self, store: Redis, settings: Settings, sessions: Sessions, files: Files) -> None:
        self._store = store
        self._settings = settings
        self._sessions = sessions
        self._files = files

    async def create(self, user_id: str, persona: str) -> str:
        """Creates a session. Returns its id."""
        session_id, user = str(uuid4()), keys.digest(user_id)
        await self._store.zadd(keys.DIRECT, {_member(user, session_id): await self._now() + self._kept_ms})
        await self._store.execute_command("SADD", keys.direct_sessions(user), session_id)
        await run(self._store, create_call(user_id, session_id, persona, self._settings.keep_session, ("direct", 1)))
        return session_id

    async def of_user(self, user_id: str) -> list[str]:
        """Returns the ids of the user's direct sessions."""
        return sorted(await self._store.execute_command("SMEMBERS", keys.direct_sessions(keys.digest(user_id))))

    async def remove(self, user_id: str, session_id: str) -> None:
        """Removes a session with its messages, turns and files, if it is there."""
        try:
            async with self._files.removing(user_id, session_id):
                await self._sessions.delete(user_id, session_id)  # sweeps remove the jobs of its turns
        except UnknownSession:
            pass
        await self._forget(keys.digest(user_id), session_id)

    async def discard(self, user_id: str, session_id: str) -> bool:
        """Removes a session in which nothing was ever asked, with its files. Returns whether this call removed it."""
        async with self._files.removing(user_id, session_id):
            is_removed = await self._sessions.empty.discard(user_id, session_id)
        if is_removed:
            await self._forget(keys.digest(user_id), session_id)
        return is_removed

    async def run(self) -> None:
        """Removes sessions that are over, until cancelled. Every API does this; a single one suffices."""
        while True:
            await asyncio.sleep(PASS_SECONDS)
            try:
                while await self.check_due() == BATCH:
                    pass
            except (RedisError, OSError) as error:
                logger.warning("direct_sessions_not_checked", error=note(error))

    async def check_due(self) -> int:
        """Checks the sessions that are due, a bounded number. Returns how many.

        One whose check fails is due again `LOG_TTL` seconds later, and does not keep the others from theirs.
        """
        # A session that a process takes and does not check is due for others after that time.
        due = await run(self._store, ScriptCall(DUE, [keys.DIRECT], (BATCH, self._kept_ms), list))
        failed = list[str]()
        for member in due:
            try:
                await self._check(member)
            except (RedisError, OSError) as error:
                failed.append(note(error))
        if failed:
            logger.warning("direct_sessions_not_checked", count=len(failed), error=failed[-1])
        return len(due)

    async def _check(self, member: str) -> None:
        user, _, session_id = member.partition("/")
        name = keys.session(session_id)
        found = await self._store.execute_command("HMGET", name, "user_id", "active_turn", "updated_at")
        user_id, active, updated_at = found
        if user_id is None:
            return await self._forget(user, session_id)
        now, ends_at = await self._now(), int(float(updated_at) * 1000) + self._kept_ms
        if not active and ends_at <= now:
            return await self.remove(user_id, session_id)
        check_at = now + ACTIVE_SECONDS * 1000 if active else ends_at
        # A script that a full store runs, too: it has to remove sessions above all.
        await run(self._store, ScriptCall(NOTE, [keys.DIRECT], (member, min(check_at - now, self._kept_ms)), int))

    async def _forget(self, user: str, session_id: str) -> None:
        await self._store.zrem(keys.DIRECT, _member(user, session_id))
        await self._store.execute_command("SREM", keys.direct_sessions(user), session_id)

    @property
    def _kept_ms(self) -> int:
        return self._settings.log_ttl * 1000

    async def _now(self) -> int:
        seconds, microseconds = await self._store.time()
        return int(seconds) * 1000 + int(microseconds) // 1000


def _member(user: str, session_id: str) -> str:
    """Returns the session's name in the listing of all users; `user`: the hash of its owner."""
    return f"{user}/{session_id}"
