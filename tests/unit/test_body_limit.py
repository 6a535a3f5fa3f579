"""The bound of bodies, beside an application that answers before it has read."""

from starlette.types import Message, Receive, Scope, Send

from api.guards import BodyLimit


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
