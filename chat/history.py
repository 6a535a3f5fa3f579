"""Reading a session's messages in pages."""

from typing import NamedTuple

from chat import keys
from chat.errors import UnknownMessage, UnknownSession
from chat.messages import Message
from chat.store import Redis, Script

PAGE_MESSAGES = 20
MAX_PAGE_MESSAGES = 100
PAGE_BYTES = 2_000_000
"""A page ends before it has more than this, but it has one message at least: each may have megabytes."""

SEARCH_STEPS = 50
"""How often a message of an earlier version is looked for further back, each time among 100 messages or so."""


class Page(NamedTuple):
    """Messages of a session, oldest first, as they were at one moment.

    `fields` is the session's hash, `total` how many messages it has, `earlier` how many are before the page.
    """

    fields: dict[str, str]
    messages: list[Message]
    total: int
    earlier: int


class HistoryPages:
    def __init__(self, store: Redis) -> None:
        self._history = Script(store, "history")

    async def read(self, user_id: str, session_id: str, limit: int, before: str) -> Page:
        """The newest `limit` messages, or those before the message `before`; fewer where they are large.

        Raises `UnknownSession`, or `UnknownMessage` where `before` is not there.
        """
        names, among = (keys.session(session_id), keys.messages(session_id)), ""
        for _ in range(SEARCH_STEPS):
            status, *answer = await self._history(names, user_id, limit, PAGE_BYTES, before, among)
            if status == "unknown_session":
                raise UnknownSession
            if status == "page":
                fields, total, earlier, stored = answer
                pairs = zip(fields[::2], fields[1::2], strict=True)
                return Page(dict(pairs), [Message.from_json(text) for text in reversed(stored)], total, earlier)
            if status == "unknown_message":
                break
            (among,) = answer
        raise UnknownMessage
