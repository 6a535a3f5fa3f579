"""One user of the server under test, over HTTP."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx2

from tests.conformance.reader import Reader
from tests.conformance.stream import Stream
from tests.conformance.verdicts import same


@dataclass
class Seen:
    """All that a run has read: for the sentences about every stream and every refusal."""

    streams: list[Stream] = field(default_factory=list)
    refusals: list[httpx2.Response] = field(default_factory=list)

    async def note(self, answer: httpx2.Response) -> None:
        """Keep an answer that is a refusal, with its body."""
        if answer.status_code >= 400:
            await answer.aread()
            self.refusals.append(answer)


Query = Mapping[str, str | int] | None


class User:
    """Requests of one identity; `http` has the base URL and the bearer token."""

    def __init__(self, http: httpx2.AsyncClient, seen: Seen) -> None:
        self.http = http
        self._seen = seen

    async def request(self, method: str, path: str, **more: Any) -> httpx2.Response:
        """The answer. While the server counts too many requests, wait as it says and repeat."""
        while True:
            answer = await self.http.request(method, path, **more)
            await self._seen.note(answer)
            if not _is_rate_limited(answer):
                return answer
            await asyncio.sleep(int(answer.headers["Retry-After"]))

    async def json(self, method: str, path: str, **more: Any) -> dict[str, Any]:
        """The members of an answer that has to be 200."""
        answer = await self.request(method, path, **more)
        same(answer.status_code, 200, f"status of {method} {path}")
        return dict(answer.json())

    async def start(self) -> str:
        """A new session's id."""
        return str((await self.json("POST", "/chat/start"))["session_id"])

    async def post(self, session_id: str, message: str | None = None, key: str = "", **more: Any) -> httpx2.Response:
        """The answer to a question."""
        body = {"session_id": session_id, **({} if message is None else {"message": message}), **more}
        headers = {"Idempotency-Key": key} if key else {}
        return await self.request("POST", "/chat/turns", json=body, headers=headers)

    async def ask(self, session_id: str, message: str | None = None, **more: Any) -> str:
        """The id of the turn that a question opens."""
        answer = await self.post(session_id, message, **more)
        same(answer.status_code, 202, "status of POST /chat/turns")
        return str(answer.json()["turn_id"])

    async def look(self, turn_id: str) -> dict[str, Any]:
        return await self.json("GET", f"/chat/turns/{turn_id}")

    async def stop(self, turn_id: str, **query: str) -> str:
        """The state that the answer names."""
        return str((await self.json("POST", f"/chat/turns/{turn_id}/cancel", params=query))["state"])

    async def history(self, session_id: str, **query: str | int) -> dict[str, Any]:
        """The newest page, of up to 100 messages, or the one that the query names."""
        query = {"session_id": session_id, "limit": 100, **query}
        return await self.json("GET", "/chat/history", params=query)

    async def messages(self, session_id: str, **query: str | int) -> list[dict[str, Any]]:
        return list((await self.history(session_id, **query))["messages"])

    @asynccontextmanager
    async def open(
        self, path: str, cursor: str | None = None, reader: Reader | None = None, turn_id: str = "", query: Query = None
    ) -> AsyncIterator[Stream]:
        """An event stream, or what it is refused with. `cursor` is the `Last-Event-ID`, also an empty one."""
        headers = {"Accept": "text/event-stream", **({} if cursor is None else {"Last-Event-ID": cursor})}
        while True:
            async with self.http.stream("GET", path, params=query, headers=headers) as answer:
                await self._seen.note(answer)
                if not _is_rate_limited(answer):
                    stream = Stream(answer, reader or Reader(), turn_id)
                    self._seen.streams.append(stream)
                    yield stream
                    return
            await asyncio.sleep(int(answer.headers["Retry-After"]))


def _is_rate_limited(answer: httpx2.Response) -> bool:
    return answer.status_code == 429 and answer.json().get("code") == "rate_limited"
