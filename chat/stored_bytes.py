"""Counts the bytes that the store holds for each user, and enforces the quota."""

from collections.abc import Sequence
from dataclasses import dataclass

from chat import keys
from chat.errors import QuotaReached
from chat.messages import Message
from chat.settings import Settings
from chat.store import Redis, Script, ScriptCall, in_order, results, run

SESSION_BYTES = 1_000
TURN_BYTES = 1_500
"""Estimated bytes of a session and of a turn without their texts."""

RECORD_BYTES = 300
ENTRY_BYTES = 64
"""Estimated bytes of an idempotency record, and of a log entry without its text."""

DELETED = 2**53 - 1
"""The revision of a deleted session: no session reaches it."""

COUNT = Script("count")
EXISTS = Script("exists")


@dataclass(frozen=True)
class SessionSize:
    """The bytes of a session's messages at a `revision`, which grows with each question and each removal."""

    user_id: str
    session_id: str
    revision: int
    bytes: int


class StoredBytes:
    """Counts the messages of all sessions, and the turns, logs and idempotency records that have not expired.

    The messages of a session are measured with each question, which corrects a count that was lost. A reply and its log
    are counted just before their turn ends, so a user can exceed the quota by the replies of the active turns. A count
    that follows that of the session's deletion is removed: after it is checked whether the session exists.
    """

    def __init__(self, store: Redis, settings: Settings) -> None:
        self._quota = settings.max_bytes_per_user
        self._kept = settings.keep_history
        self._turn_kept = settings.log_ttl
        self._record_kept = settings.running_ttl
        self._store = store

    def total_calls(self, user_id: str) -> list[ScriptCall[int]]:
        """Returns the call whose result `check` takes: none without a quota."""
        return [ScriptCall(COUNT, _count_keys(user_id), [""], int)] if self._quota else []

    def check(self, totals: Sequence[int], more: int = 0) -> None:
        """Raises `QuotaReached` if the quota is used up, or would be exceeded by `more` bytes."""
        if any(total >= self._quota or total + more > self._quota for total in totals):
            raise QuotaReached

    async def opened(self, size: SessionSize, *others: ScriptCall[int], has_record: bool) -> None:
        """Counts a session in which a turn was opened. Sends `others` in the same round trip."""
        await self._count(size, [*others, *self._calls(size, TURN_BYTES, RECORD_BYTES if has_record else 0)])

    async def imported(self, size: SessionSize) -> None:
        """Counts a session that was imported."""
        await self._count(size, self._calls(size, 0))

    async def _count(self, size: SessionSize, calls: Sequence[ScriptCall[int]]) -> None:
        """Makes the calls, and removes the session from the count if it was deleted meanwhile."""
        counted, checked = await in_order(self._store, calls, [_exists_call(size.session_id)])
        results(counted)
        if not all(results(checked)):
            await self.deleted(size.user_id, size.session_id)

    async def not_closed(self, asked: SessionSize) -> None:
        """Corrects the count of a reply whose turn could not be closed, if its session was deleted."""
        if asked.user_id and not await run(self._store, _exists_call(asked.session_id)):
            await self.deleted(asked.user_id, asked.session_id)

    def reply_calls(self, asked: SessionSize, entries: int, reply: Message | None) -> list[ScriptCall[int]]:
        """Returns the calls that count a reply and the `entries` of its log; none for a turn of an earlier version.

        `asked` has the session's revision when the turn was opened; its bytes do not matter.
        """
        text = _text_bytes(reply) if reply else 0
        return self._calls(asked, ENTRY_BYTES * entries + text, reply=text) if asked.user_id else []

    async def resized(self, size: SessionSize) -> None:
        """Counts a session of which some messages were removed."""
        await self._run(self._calls(size, 0))

    async def cleared(self, user_id: str, session_id: str, revision: int) -> None:
        """Counts a session whose messages and turns were removed."""
        await self._run(self._calls(SessionSize(user_id, session_id, revision, 0), "none"))

    async def deleted(self, user_id: str, session_id: str) -> None:
        """Removes a session from the count."""
        await self._run(self._calls(SessionSize(user_id, session_id, DELETED, 0), "none", "none"))

    async def _run(self, calls: list[ScriptCall[int]]) -> None:
        for call in calls:
            await run(self._store, call)

    def _calls(
        self, size: SessionSize, turns: int | str, records: int | str = 0, *, reply: int | None = None
    ) -> list[ScriptCall[int]]:
        """Returns the calls that set the session's bytes, or add a reply's, and add others; none without a quota."""
        if not self._quota:
            return []
        session_bytes: int | str = size.bytes + SESSION_BYTES if size.bytes else 0
        kept = self._kept if size.revision < DELETED else 0
        others = self._turn_kept, turns, self._record_kept, records
        if reply is not None:
            session_bytes = f"+{reply}"
        args = size.session_id, size.revision, session_bytes, kept, *others
        return [ScriptCall(COUNT, _count_keys(size.user_id), args, int)]


def _text_bytes(reply: Message) -> int:
    return sum(len(text.encode()) for text in reply.texts)


def _exists_call(session_id: str) -> ScriptCall[bool]:
    return ScriptCall(EXISTS, [keys.session(session_id)], (), bool)


def _count_keys(user_id: str) -> tuple[str, str]:
    return keys.stored_bytes(user_id), keys.stored_times(user_id)
