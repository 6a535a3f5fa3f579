"""Recognises requests that clients repeat: notes in which session each one is asked."""

import hashlib

from chat import keys
from chat.reply_errors import ReplyExpired
from chat.settings import DAY, Settings
from chat.store import Redis, Script, ScriptCall, run

ASKED = Script("asked")
UNASKED = Script("unasked")

RETRY_SECONDS = 60
"""How long after the longest turn a client may still repeat a request that has no idempotency key."""


def digest_of(*parts: str) -> str:
    """Returns the digest of a request: of all that makes it another one."""
    digest = hashlib.blake2b(digest_size=16)
    for part in parts:
        digest.update(f"{len(part)}:{part}".encode())
    return digest.hexdigest()


class AskedRequests:
    """Finds the session of an earlier request. The caller opens the turn there, with the same idempotency key.

    `open.lua` then finds the turn that the earlier request has opened, or opens it if that request came no further. The
    caller creates its session before, so a noted session exists, and removes it where it is not the one that is used.
    """

    def __init__(self, store: Redis, settings: Settings) -> None:
        self._store = store
        self._seconds = int(settings.turn_timeout * settings.max_attempts) + RETRY_SECONDS

    async def by_key(self, user_id: str, key: str, session_id: str) -> str:
        """Returns the session of the user's idempotency key, which is `session_id` if the key is new. Kept a day.

        Raises `ReplyExpired` where that session is gone with its turn, so that the key never asks a second time.
        """
        noted = await self._noted(_name_of(user_id, key), session_id, DAY)
        if noted != session_id and not await self._exists(noted):
            raise ReplyExpired
        return noted

    async def not_asked(self, user_id: str, key: str, session_id: str) -> None:
        """Forgets that a key is of a session, which was removed before anything was asked there."""
        await run(self._store, ScriptCall(UNASKED, [_name_of(user_id, key)], (session_id,), int))

    async def by_digest(self, user_id: str, digest: str, session_id: str, *, is_retry: bool) -> str:
        """As `by_key`, for a request without a key. `is_retry`: the client says that it sent the request before.

        Otherwise the same request is another one, asked in `session_id`. Kept until `RETRY_SECONDS` after the longest
        turn, from each retry on. Where the session is gone, the request is asked anew.
        """
        name = keys.asked(user_id, f"digest:{digest}")
        if not is_retry:
            await self._store.set(name, session_id, ex=self._seconds)
            return session_id
        gone = ""
        while True:
            noted = await self._noted(name, session_id, self._seconds, gone, renews=True)
            if noted == session_id or await self._exists(noted):
                return noted
            gone = noted

    async def _noted(self, name: str, session_id: str, seconds: int, gone: str = "", *, renews: bool = False) -> str:
        return await run(self._store, ScriptCall(ASKED, [name], (session_id, seconds, gone, int(renews)), str))

    async def _exists(self, session_id: str) -> bool:
        return bool(await self._store.exists(keys.session(session_id)))


def _name_of(user_id: str, key: str) -> str:
    return keys.asked(user_id, f"key:{key}")
