"""The bound of bodies, beside an application that answers before it has read."""

from types import SimpleNamespace
from typing import Any

import pytest
from starlette.types import Message, Receive, Scope, Send

from api.health.metrics import Metrics
from api.middleware.guards import BodyLimit


async def hasty(_: Scope, receive: Receive, send: Send) -> None:
    """Begins its answer, reads on, and ends it."""
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await receive()
    await receive()
    await send({"type": "http.response.body", "body": b"done"})


async def test_an_answer_that_had_begun_gets_no_second_head() -> None:
    sent: list[Message] = []
    pieces = iter([{"type": "http.request", "body": b"xx", "more_body": True}] * 2)

    async def receive() -> Message:
        return next(pieces)

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": "/", "headers": [], "state": {}}
    await BodyLimit(hasty, longest=3)(scope, receive, send)
    assert [message["type"] for message in sent] == ["http.response.start", "http.response.body"]
    assert sent[0]["status"] == 200


async def status_for(length: bytes) -> int:
    """What a request with this Content-Length is answered, as a server would hand it on that had not looked at it."""
    sent: list[Message] = []

    async def welcome(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})

    async def receive() -> Message:
        raise AssertionError("the body was read")

    async def send(message: Message) -> None:
        sent.append(message)

    scope: dict[str, Any] = {"type": "http", "method": "POST", "path": "/", "headers": [(b"content-length", length)]}
    scope["state"] = {"holdfast": SimpleNamespace(metrics=Metrics())}
    await BodyLimit(welcome, longest=1000)(scope, receive, send)
    return int(sent[0]["status"])


@pytest.mark.parametrize("length", [b"0", b"1000", b" 5 ", b"5\t", b"0" * 5000 + b"5", b"0" * 5000])
async def test_a_length_within_the_bound_lets_a_body_in(length: bytes) -> None:
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
async def test_any_other_length_keeps_a_body_out(length: bytes) -> None:
    assert await status_for(length) == 413
