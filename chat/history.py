"""Reads the branches of a session's messages in pages."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from pydantic import BaseModel

from chat import keys
from chat.attachments import Attachment
from chat.errors import UnknownMessage, UnknownSession
from chat.messages import Message, Versions
from chat.session_list import SessionList
from chat.settings import Settings
from chat.store import Redis, Script, ScriptCall, fields_of, run
from chat.takeover import take_over

PAGE_MESSAGES = 20
MAX_PAGE_MESSAGES = 100
PAGE_BYTES = 2_000_000
"""Limit of bytes per page. A page has at least one message, even a larger one."""

HISTORY = Script("history")


class WaitingQuestion(BaseModel):
    """A question that waits until the reply before it has ended; `role` and `model` as they were asked for."""

    turn_id: str
    message: str
    asked_at: float
    role: str
    model: str
    attachments: list[Attachment] = []


class Part(NamedTuple):
    """Which messages of which branch a page has; "" = not given, and all by default: the newest of the shown branch.

    `branch`: a message whose branch is read. At most one of these is given: the message `before` which or `after` which
    the page's messages are, or `around` which; if the branch does not have it, its own branch is read.
    """

    before: str = ""
    branch: str = ""
    around: str = ""
    after: str = ""


NEWEST = Part()


class Page(NamedTuple):
    """A consistent page of a branch of a session, oldest message first.

    `fields`: the session's hash. `total`: number of the branch's messages. `earlier`, `later`: number of those
    before and after the page. `waiting`: the questions that wait, in order. `is_shown`: the branch is the one that is
    shown; while a reply runs, that is the one to its question.
    """

    fields: dict[str, str]
    messages: list[Message]
    total: int
    earlier: int
    later: int
    waiting: list[WaitingQuestion]
    is_shown: bool


class HistoryPages:
    def __init__(self, store: Redis, settings: Settings) -> None:
        self._store = store
        self._settings = settings
        self._list = SessionList(store, settings)

    async def read(self, user_id: str, session_id: str, limit: int, part: Part = NEWEST) -> Page:
        """Returns at most `limit` messages, fewer where they are large.

        Raises `UnknownSession`, or `UnknownMessage` where a message of `part` does not exist.
        """
        args = (user_id, limit, PAGE_BYTES, part.before, part.branch, part.around, part.after)
        call = ScriptCall(HISTORY, keys.history(session_id), args, _read)
        while (page := await run(self._store, call)) is None:
            await take_over(self._store, self._settings, session_id)
            await self._list.renew(user_id)
        return page


def _read(answer: Sequence[Any]) -> Page | None:
    """Returns a page; None where messages have to be taken over first. Raises `UnknownSession`, `UnknownMessage`."""
    match answer:
        case ["page", fields, total, earlier, later, stored, versions, waiting, is_shown]:
            messages = [_message(text, ids) for text, ids in zip(stored, versions, strict=True)]
            asked = [_waiting(*each) for each in waiting]
            return Page(fields_of(fields), messages[::-1], total, earlier, later, asked, bool(is_shown))
        case ["not_taken_over"]:
            return None
        case ["unknown_message"]:
            raise UnknownMessage
        case _:
            raise UnknownSession


def _message(text: str, versions: str) -> Message:
    message, ids = Message.from_json(text), versions.split()
    message.request = None
    message.versions = Versions(index=ids.index(message.id), count=len(ids), ids=ids)
    return message


def _waiting(turn_id: str, body: str, persona: str, model: str) -> WaitingQuestion:
    asked = Message.from_body(body)
    return WaitingQuestion(
        turn_id=turn_id,
        message=asked.content,
        asked_at=asked.timestamp,
        role=persona,
        model=model,
        attachments=asked.attachments or [],
    )
