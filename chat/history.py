"""Reads a session's messages in pages."""

from typing import NamedTuple

from chat import keys
from chat.errors import UnknownMessage, UnknownSession
from chat.messages import Message
from chat.store import Redis, Script

PAGE_MESSAGES = 20
MAX_PAGE_MESSAGES = 100
PAGE_BYTES = 2_000_000
"""Limit of bytes per page. A page has at least one message, even a larger one."""

SEARCH_STEPS = 50
"""Script calls that search for a message without a number (stored by an earlier version), 100 messages each."""


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
        self._history = Script(store, "history")

    async def read(self, user_id: str, session_id: str, limit: int, before: str) -> Page:
        """Returns the newest `limit` messages, or those before the message `before`; fewer where they are large.

        Raises `UnknownSession`, or `UnknownMessage` where the message `before` does not exist.
        """
        names, search_among = (keys.session(session_id), keys.messages(session_id)), ""
        for _ in range(SEARCH_STEPS):
            status, *answer = await self._history(names, user_id, limit, PAGE_BYTES, before, search_among)
            if status == "unknown_session":
                raise UnknownSession
            if status == "page":
                fields, total, earlier, stored = answer
                pairs = zip(fields[::2], fields[1::2], strict=True)
                return Page(dict(pairs), [Message.from_json(text) for text in reversed(stored)], total, earlier)
            if status == "unknown_message":
                break
            (search_among,) = answer
        raise UnknownMessage
