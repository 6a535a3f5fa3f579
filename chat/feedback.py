"""Stores what users think of replies."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from chat import keys
from chat.errors import UnknownMessage, UnknownSession
from chat.messages import Feedback, Vote
from chat.reply_errors import NotAReply
from chat.settings import Settings
from chat.store import Redis, Script, ScriptCall, run
from chat.stored_bytes import SessionSize, StoredBytes
from chat.takeover import take_over

FEEDBACK = Script("feedback")


class Given(NamedTuple):
    """What was before, and the model that wrote the reply ("" = not known)."""

    before: Vote | None
    model: str
    revision: int
    bytes: int


class FeedbackSteps:
    def __init__(self, store: Redis, settings: Settings) -> None:
        self._store = store
        self._settings = settings
        self._stored = StoredBytes(store, settings)

    async def give(self, user_id: str, session_id: str, message_id: str, feedback: Feedback | None) -> Given:
        """Sets the feedback on a reply, None = removes it.

        Raises `UnknownSession`, `UnknownMessage`, or `NotAReply` for a question; with feedback also `QuotaReached`.
        """
        if not keys.is_session_id(session_id):
            raise UnknownSession
        if feedback:
            self._stored.check([await run(self._store, call) for call in self._stored.total_calls(user_id)])
        text = feedback.model_dump_json() if feedback else ""
        call = ScriptCall(FEEDBACK, keys.history(session_id), (user_id, message_id, text), _given)
        while (given := await run(self._store, call)) is None:
            await take_over(self._store, self._settings, session_id)
        await self._stored.resized(SessionSize(user_id, session_id, given.revision, given.bytes))
        return given


def _given(answer: Sequence[Any]) -> Given | None:
    """Reads the answer; None where messages have to be taken over first."""
    match answer:
        case ["stored", before, model, revision, size]:
            vote = Feedback.model_validate_json(before).vote if before else None
            return Given(vote, model, revision, size)
        case ["not_taken_over"]:
            return None
        case ["not_a_reply"]:
            raise NotAReply
        case ["unknown_message"]:
            raise UnknownMessage
        case _:
            raise UnknownSession
