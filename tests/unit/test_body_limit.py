"""The limit on request bodies refuses long ones, also where the application answers before reading."""

from types import SimpleNamespace
from typing import Any

import pytest
from starlette.types import Message, Receive, Scope, Send

from api.health.metrics import Metrics
from api.middleware.guards import BodyLimit


async def answers_early(_: Scope, receive: Receive, send: Send) -> None:
    """Starts its response, reads the body, then ends the response."""
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await receive()
    await receive()
    await send({"type": "http.response.body", "body": b"done"})


async def test_a_response_that_has_begun_gets_no_second_start() -> None:
    sent: list[Message] = []
    pieces = iter([{"type": "http.request", "body": b"xx", "more_body": True}] * 2)

    async def receive() -> Message:
        return next(pieces)

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": "/", "headers": [], "state": {}}
    await BodyLimit(answers_early, longest=3)(scope, receive, send)
    assert [message["type"] for message in sent] == ["http.response.start", "http.response.body"]
    assert sent[0]["status"] == 200


async def status_for(length: bytes) -> int:
    """Returns the status for a request with this Content-Length, which no server has checked before."""
    sent: list[Message] = []

    async def accept(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})

    async def receive() -> Message:
        raise AssertionError("the body was read")

    async def send(message: Message) -> None:
        sent.append(message)

    scope: dict[str, Any] = {"type": "http", "method": "POST", "path": "/", "headers": [(b"content-length", length)]}
    scope["state"] = {"holdfast": SimpleNamespace(metrics=Metrics())}
    await BodyLimit(accept, longest=1000)(scope, receive, send)
    return int(sent[0]["status"])


@pytest.mark.parametrize("length", [b"0", b"1000", b" 5 ", b"5\t", b"0" * 5000 + b"5", b"0" * 5000])
async def test_a_content_length_within_the_limit_is_accepted(length: bytes) -> None:
    assert await status_for(length) == 200


TOO_MUCH = [b"1001", b"9" * 18, b"9" * 19, b"9" * 5000]
NO_NUMBER = [
    b"",
    b" ",
    b"-1",
    b"+5",
    b"1e3",
    b"0x5",
    b"1_0",
    b"5 5",
    b"5, 5",
    "\u0665".encode(),
    "\uff15".encode(),
    b"\xb2",
]


@pytest.mark.parametrize("length", [*TOO_MUCH, *NO_NUMBER], ids=lambda length: repr(length[:20]))
async def test_a_content_length_too_large_or_malformed_is_refused(length: bytes) -> None:
    assert await status_for(length) == 413
