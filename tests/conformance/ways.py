"""The two addresses at which a turn is followed. A check that takes a `way` is made for each."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Protocol

from tests.conformance.reader import Reader
from tests.conformance.stream import Stream
from tests.conformance.user import User

NOT_ASKED = "This question must never be asked."


class Way(Protocol):
    name: str

    def ask(self, user: User, session_id: str, question: str) -> AbstractAsyncContextManager[Stream]:
        """Ask, and follow from the start."""

    def follow(
        self, user: User, turn_id: str, cursor: str = "", reader: Reader | None = None
    ) -> AbstractAsyncContextManager[Stream]:
        """Follow a turn that was asked before; without a cursor from the start."""


class ByEvents:
    """`POST /chat/turns`, then `GET /chat/turns/{turn_id}/events`."""

    name = "/chat/turns/{turn_id}/events"

    @asynccontextmanager
    async def ask(self, user: User, session_id: str, question: str) -> AsyncIterator[Stream]:
        turn_id = await user.ask(session_id, question)
        async with self.follow(user, turn_id) as stream:
            yield stream

    def follow(
        self, user: User, turn_id: str, cursor: str = "", reader: Reader | None = None
    ) -> AbstractAsyncContextManager[Stream]:
        return user.open(f"/chat/turns/{turn_id}/events", cursor or None, reader, turn_id)


class ByStream:
    """`GET /chat/stream`, as a native EventSource."""

    name = "/chat/stream"

    def ask(self, user: User, session_id: str, question: str) -> AbstractAsyncContextManager[Stream]:
        return user.open("/chat/stream", query={"session_id": session_id, "message": question})

    def follow(
        self, user: User, turn_id: str, cursor: str = "", reader: Reader | None = None
    ) -> AbstractAsyncContextManager[Stream]:
        query = {"session_id": turn_id.partition(".")[0], "message": NOT_ASKED}
        return user.open("/chat/stream", cursor or f"{turn_id}:0", reader, turn_id, query)


EVENTS, STREAM = ByEvents(), ByStream()
WAYS: tuple[Way, ...] = (EVENTS, STREAM)
