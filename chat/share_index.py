"""Finds share links: the session that a link leads to, and the links of a user."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from chat import keys
from chat.settings import FOREVER
from chat.share_errors import MAX_OF_USER
from chat.store import Redis, Script, ScriptCall, run

SHARE_NOTE = Script("share_note")


class Noted(NamedTuple):
    """A share link as the index has it. The session decides whether it still exists."""

    session_id: str
    share_id: str


class ShareIndex:
    """The keys outside of the session's slot. None of them shows anything without the session's own record.

    They are written after that record and removed after it. A process that dies in between leaves a record that is
    indexed when its user lists the session's links, or keys that lead nowhere: these are removed when the link is
    followed or its user lists all links, at the latest when they expire.
    """

    def __init__(self, store: Redis) -> None:
        self._store = store

    async def add(self, user_id: str, noted: Noted, seconds: int) -> bool:
        """Adds a link that expires after so many seconds (0 = never). Returns whether the limit of links allows it."""
        kept = seconds or FOREVER
        await self._store.execute_command("SET", keys.shared_session(noted.share_id), noted.session_id, "EX", kept)
        args = ("/".join(noted), kept, MAX_OF_USER)
        if await run(self._store, ScriptCall(SHARE_NOTE, [keys.user_shares(user_id)], args, bool)):
            return True
        await self.forget(noted.share_id)
        return False

    async def session_of(self, share_id: str) -> str | None:
        """Returns the id of the session that a link leads to."""
        found = await self._store.get(keys.shared_session(share_id))
        return str(found) if found else None

    async def listed(self, user_id: str) -> list[Noted]:
        """Returns the user's links, of which some may not exist any more."""
        found: Sequence[str] = await self._store.zrange(keys.user_shares(user_id), 0, -1)
        return [Noted(*member.split("/")) for member in found]

    async def forget(self, share_id: str) -> None:
        """Removes where a link leads to."""
        await self._store.unlink(keys.shared_session(share_id))

    async def remove(self, user_id: str, links: Iterable[Noted]) -> None:
        """Removes links."""
        members = list[str]()
        for noted in links:
            await self.forget(noted.share_id)  # one by one: on a Cluster each is in a slot of its own
            members.append("/".join(noted))
        if members:
            await self._store.execute_command("ZREM", keys.user_shares(user_id), *members)

    async def remove_session(self, user_id: str, session_id: str) -> None:
        """Removes the links of a session."""
        await self.remove(user_id, [each for each in await self.listed(user_id) if each.session_id == session_id])
