"""How many bytes the store holds of each user, and how many there may be."""

from chat import keys
from chat.errors import QuotaReached
from chat.settings import Settings
from chat.store import Redis, Script

SESSION_BYTES = 1_000
TURN_BYTES = 1_500
"""About what a session and a turn take besides their texts."""

RECORD_BYTES = 300
ENTRY_BYTES = 64
"""About what an idempotency record takes, and an event in a log besides its text."""

LOOKS = 3
"""How often it is looked whether a session has changed while it was being counted."""


class StoredBytes:
    """Counts the messages of all sessions, and the turns, logs and idempotency records that have not expired.

    The messages of a session are counted anew after each step that changes them, so a count that was lost heals with
    the next. They are counted first and looked at once more afterwards: of two steps at once, a delete among them, the
    later one corrects the earlier. A reply and its log are counted just before their turn ends: beyond the quota a user
    can have what the turns come to that are under way.
    """

    def __init__(self, store: Redis, settings: Settings) -> None:
        self._quota = settings.max_bytes_per_user
        self._kept = settings.conversation_expire_time
        self._turn_kept = settings.log_ttl
        self._record_kept = settings.running_ttl
        self._size = Script(store, "size")
        self._count = Script(store, "count")

    async def check(self, user_id: str) -> None:
        """Raises `QuotaReached`."""
        if self._quota and await self._count(_names(user_id), "") >= self._quota:
            raise QuotaReached

    async def opened(self, session_id: str, *, has_record: bool) -> None:
        """Count a session in which a turn was opened."""
        await self._note(session_id, TURN_BYTES, RECORD_BYTES if has_record else 0)

    async def closing(self, turn_id: str, entries: int, text: int) -> None:
        """Count a turn that is about to end with so many entries in its log, and so many bytes of text in its reply."""
        await self._note(keys.session_of(turn_id), ENTRY_BYTES * entries + text, ending=turn_id, reply=text)

    async def cleared(self, session_id: str) -> None:
        """Count a session whose messages and turns were removed."""
        await self._note(session_id, "none")

    async def deleted(self, user_id: str, session_id: str) -> None:
        """Count a session no more."""
        if self._quota:
            await self._forget(user_id, session_id)

    async def _note(
        self, session_id: str, turns: int | str, records: int = 0, *, ending: str = "", reply: int = 0
    ) -> None:
        """Count the session, and what comes to its turns and records.

        A turn that is `ending` counts where it is active: one whose history was cleared keeps nothing.
        """
        seen: tuple[str, int] | None = None
        for _ in range(LOOKS if self._quota else 0):
            user_id, size, active = await self._size((keys.session(session_id), keys.messages(session_id)))
            if not user_id:
                if seen:
                    await self._forget(seen[0], session_id)
                return
            is_kept = ending in ("", active)
            size += reply if is_kept else 0
            if (user_id, size) == seen:
                return
            held = size + SESSION_BYTES if size else 0
            more = self._turn_kept, turns if is_kept else 0, self._record_kept, records
            await self._count(_names(user_id), session_id, held, self._kept, *more)
            seen, turns, records = (user_id, size), 0, 0

    async def _forget(self, user_id: str, session_id: str) -> None:
        kinds = self._turn_kept, "none", self._record_kept, "none"
        await self._count(_names(user_id), session_id, 0, self._kept, *kinds)


def _names(user_id: str) -> tuple[str, str]:
    return keys.stored_bytes(user_id), keys.stored_times(user_id)
