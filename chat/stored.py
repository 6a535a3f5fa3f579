"""Counts the bytes that the store holds for each user, and enforces the quota."""

from chat import keys
from chat.errors import QuotaReached
from chat.settings import Settings
from chat.store import Redis, Script

SESSION_BYTES = 1_000
TURN_BYTES = 1_500
"""Estimated bytes of a session and of a turn without their texts."""

RECORD_BYTES = 300
ENTRY_BYTES = 64
"""Estimated bytes of an idempotency record, and of a log entry without its text."""

MAX_MEASUREMENTS = 3
"""A session is measured again until its size did not change during the count, at most so many times."""


class StoredBytes:
    """Counts the messages of all sessions, and the turns, logs and idempotency records that have not expired.

    The messages of a session are counted again after each step that changes them, so the next step corrects a count
    that was lost. A session is measured again after its count: of two concurrent steps, the later one corrects the
    earlier, also where one is a delete. A reply and its log are counted just before their turn ends, so a user can
    exceed the quota by the replies of the active turns.
    """

    def __init__(self, store: Redis, settings: Settings) -> None:
        self._quota = settings.max_bytes_per_user
        self._kept = settings.conversation_expire_time
        self._turn_kept = settings.log_ttl
        self._record_kept = settings.running_ttl
        self._size = Script(store, "size")
        self._count = Script(store, "count")

    async def check(self, user_id: str) -> None:
        """Raises `QuotaReached` if the user's quota is used up."""
        if self._quota and await self._count(_count_keys(user_id), "") >= self._quota:
            raise QuotaReached

    async def opened(self, session_id: str, *, has_record: bool) -> None:
        """Counts a session in which a turn was opened."""
        await self._recount(session_id, TURN_BYTES, RECORD_BYTES if has_record else 0)

    async def closing(self, turn_id: str, entries: int, text: int) -> None:
        """Counts a turn that is about to end. `entries`: length of its log. `text`: bytes of text in its reply."""
        await self._recount(keys.session_of(turn_id), ENTRY_BYTES * entries + text, ending=turn_id, reply=text)

    async def cleared(self, session_id: str) -> None:
        """Counts a session whose messages and turns were removed."""
        await self._recount(session_id, "none")

    async def deleted(self, user_id: str, session_id: str) -> None:
        """Removes a session from the count."""
        if self._quota:
            await self._forget(user_id, session_id)

    async def _recount(
        self, session_id: str, turns: int | str, records: int = 0, *, ending: str = "", reply: int = 0
    ) -> None:
        """Counts the session's messages, and adds bytes of `turns` and `records`.

        The turn `ending` counts only while it is active: if the history was cleared meanwhile, it stores nothing.
        """
        counted: tuple[str, int] | None = None
        for _ in range(MAX_MEASUREMENTS if self._quota else 0):
            user_id, size, active = await self._size((keys.session(session_id), keys.messages(session_id)))
            if not user_id:
                if counted:
                    await self._forget(counted[0], session_id)
                return
            is_stored = ending in ("", active)
            size += reply if is_stored else 0
            if (user_id, size) == counted:
                return
            session_bytes = size + SESSION_BYTES if size else 0
            added = self._turn_kept, turns if is_stored else 0, self._record_kept, records
            await self._count(_count_keys(user_id), session_id, session_bytes, self._kept, *added)
            counted, turns, records = (user_id, size), 0, 0

    async def _forget(self, user_id: str, session_id: str) -> None:
        removed = self._turn_kept, "none", self._record_kept, "none"
        await self._count(_count_keys(user_id), session_id, 0, self._kept, *removed)


def _count_keys(user_id: str) -> tuple[str, str]:
    return keys.stored_bytes(user_id), keys.stored_times(user_id)
