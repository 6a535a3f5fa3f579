"""Reads a session's messages in pages."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from chat import keys
from chat.errors import UnknownMessage, UnknownSession
from chat.messages import Message
from chat.store import Redis, Script, ScriptCall, fields_of, run

PAGE_MESSAGES = 20
MAX_PAGE_MESSAGES = 100
PAGE_BYTES = 2_000_000
"""Limit of bytes per page. A page has at least one message, even a larger one."""

SEARCH_STEPS = 50
"""Script calls that search for a message without a number (stored by an earlier version), 100 messages each."""

HISTORY = Script("history")


class Page(NamedTuple):
    """A consistent page of a session's messages, oldest first.

    `fields`: the session's hash. `total`: number of messages. `earlier`: number of messages before the page.
    """

    fields: dict[str, str]
    messages: list[Message]
    total: int
    earlier: int


class HistoryPages:
    def __init__(self, store: Redis) -> None:
        self._store = store

    async def read(self, user_id: str, session_id: str, limit: int, before: str) -> Page:
        """Returns the newest `limit` messages, or those before the message `before`; fewer where they are large.

        Raises `UnknownSession`, or `UnknownMessage` where the message `before` does not exist.
        """
        names, search_among = (keys.session(session_id), keys.messages(session_id)), ""
        for _ in range(SEARCH_STEPS):
            args = (user_id, limit, PAGE_BYTES, before, search_among)
            found = await run(self._store, ScriptCall(HISTORY, names, args, _read))
            if isinstance(found, Page):
                return found
            search_among = str(found)
        raise UnknownMessage


def _read(answer: Sequence[Any]) -> Page | int:
    """Returns a page, or the number of oldest messages in which the search goes on.

    Raises `UnknownSession`, `UnknownMessage`.
    """
    match answer:
        case ["page", fields, total, earlier, stored]:
            return Page(fields_of(fields), [Message.from_json(text) for text in reversed(stored)], total, earlier)
        case ["search", remaining]:
            return int(remaining)
        case ["unknown_message"]:
            raise UnknownMessage
        case _:
            raise UnknownSession
