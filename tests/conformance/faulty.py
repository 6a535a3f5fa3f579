"""A server with one fault: a transport that changes a request, an answer or an event on its way."""

import json
import re
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

import httpx2

from tests.conformance.reader import blocks, fields
from tests.conformance.visitors import plain

MEDIA = "text/event-stream"
Block = list[str]
Event = tuple[int, dict[str, Any]]


@dataclass
class Asked:
    """A request that a fault may change."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: dict[str, Any]


@dataclass
class Answer:
    """An answer to be changed. `about` is its method, path and status; `body` is empty where it is no JSON."""

    about: str
    status: int
    headers: dict[str, str]
    body: dict[str, Any]


def as_it_is(_: Any) -> None:
    """Change nothing."""


@dataclass(frozen=True)
class Fault:
    """Breaks the promise `number`: its check has to say `why`. Blocks are changed before events."""

    number: str
    why: str
    request: Callable[[Asked], None] = as_it_is
    answer: Callable[[Answer], None] = as_it_is
    block: Callable[[Block], list[Block]] = field(default=lambda block: [block])
    event: Callable[[int, dict[str, Any]], list[Event]] = field(default=lambda seq, data: [(seq, data)])


class FaultyTransport(httpx2.AsyncBaseTransport):
    """Speaks to the real server, with a fault between."""

    def __init__(self, fault: Fault) -> None:
        self._fault = fault
        self._inner = plain()

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        answer = await self._inner.handle_async_request(await self._changed(request))
        is_stream = answer.headers.get("Content-Type", "").startswith(MEDIA)
        content = b"" if is_stream else await answer.aread()
        changed = Answer(
            f"{request.method} {request.url.path} {answer.status_code}",
            answer.status_code,
            {name: value for name, value in answer.headers.items() if name != "content-length"},
            parsed(content),
        )
        self._fault.answer(changed)
        if is_stream:
            return httpx2.Response(changed.status, headers=changed.headers, stream=FaultyStream(answer, self._fault))
        if parsed(content):
            content = json.dumps(changed.body).encode() if changed.body else b""
        return httpx2.Response(changed.status, headers=changed.headers, content=content)

    async def _changed(self, request: httpx2.Request) -> httpx2.Request:
        headers = {name: value for name, value in request.headers.items() if name != "content-length"}
        content = await request.aread()
        asked = Asked(request.method, request.url.path, dict(request.url.params), headers, parsed(content))
        self._fault.request(asked)
        content = json.dumps(asked.body).encode() if asked.body else content
        url = request.url.copy_with(path=asked.path, params=asked.query or None)
        return httpx2.Request(asked.method, url, headers=asked.headers, content=content, extensions=request.extensions)

    async def aclose(self) -> None:
        await self._inner.aclose()


def parsed(content: bytes) -> dict[str, Any]:
    """The members of a JSON object; none where it is something else."""
    try:
        found = json.loads(content)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


class FaultyStream(httpx2.AsyncByteStream):
    """The body of an event stream, with its blocks and events changed."""

    def __init__(self, answer: httpx2.Response, fault: Fault) -> None:
        self._answer = answer
        self._fault = fault

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for block in blocks(self._answer.aiter_raw()):
            for changed in self._fault.block(block):
                for final in self._events(changed):
                    yield ("\n".join(final) + "\n\n").encode()

    def _events(self, block: Block) -> list[Block]:
        found = fields(block)
        if "data" not in found or "id" not in found:
            return [block]
        turn_id, _, seq = found["id"].rpartition(":")
        events = self._fault.event(int(seq), json.loads(found["data"]))
        return [[f"id: {turn_id}:{seq}", f"data: {json.dumps(data)}"] for seq, data in events]

    async def aclose(self) -> None:
        await self._answer.aclose()


def matches(at: str, about: str) -> bool:
    return re.search(at, about) is not None
