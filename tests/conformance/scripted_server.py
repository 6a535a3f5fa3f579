"""A server that answers a reader by a script, and notes what it is asked and when."""

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import parse_qs, urlsplit

SESSION = "5f0c1d3e-8a4b-4c7d-9e2f-1a2b3c4d5e6f"
TURN = f"{SESSION}.179519040012345607"

Event = tuple[int, dict[str, Any]]


def event(seq: int, kind: str, **members: Any) -> Event:
    return seq, {"type": kind, **members}


START = event(1, "start", turn_id=TURN, session_id=SESSION, position=0)


def end(seq: int, reason: str = "stop") -> Event:
    return event(seq, "end", session_id=SESSION, finish_reason=reason, message_id="M")


def body_of(*events: Event, retry_ms: int = 20) -> bytes:
    """The body of a stream."""
    blocks = [f"retry: {retry_ms}\n\n"]
    blocks += [f"id: {TURN}:{seq}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n" for seq, data in events]
    return "".join(blocks).encode()


@dataclass
class Answer:
    """What a request gets. `then`: the body ends, its connection is closed before the body's end, or it stays silent.

    A status of 0 closes the connection without an answer. `ended_at`: shortly before its last byte, or when the silence
    ended.
    """

    status: int = 200
    pieces: Sequence[bytes] = ()
    headers: dict[str, str] = field(default_factory=dict)
    then: Literal["end", "break", "silence"] = "end"
    ended_at: float = 0.0

    def head(self) -> bytes:
        kind = "text/event-stream; charset=utf-8" if self.status == 200 else "application/problem+json"
        fields = {"Content-Type": kind, "Connection": "close", **self.headers}
        if self.status != 204:
            fields["Transfer-Encoding"] = "chunked"
        lines = [f"HTTP/1.1 {self.status} -", *(f"{name}: {value}" for name, value in fields.items())]
        return "\r\n".join([*lines, "", ""]).encode()


def stream(*events: Event, retry_ms: int = 20, then: Literal["end", "break", "silence"] = "end") -> Answer:
    return Answer(pieces=[body_of(*events, retry_ms=retry_ms)], then=then)


def refusal(status: int, code: str, **headers: str) -> Answer:
    problem = {"type": "about:blank", "title": "-", "status": status, "code": code, "detail": "-", "request_id": "r"}
    fields = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status, [json.dumps(problem).encode()], fields)


def accepted() -> Answer:
    body = {"turn_id": TURN, "events": f"/chat/turns/{TURN}/events", "waits": False}
    return Answer(202, [json.dumps(body).encode()], {"Content-Type": "application/json"})


@dataclass
class Request:
    """What was asked."""

    method: str
    path: str
    query: dict[str, list[str]]
    headers: dict[str, str]
    body: bytes
    came_at: float

    @property
    def cursor(self) -> int:
        """Where the reader says that it stands; the header counts before the query."""
        given = self.headers.get("last-event-id") or self.query.get("after", ["0"])[-1]
        return int(given.rpartition(":")[2] or 0)


class ScriptedServer:
    """Answers questions by `to_questions` and readers by `to_readers`, in order; beyond these by 202 and by 204."""

    def __init__(self, to_readers: Sequence[Answer], to_questions: Sequence[Answer] = ()) -> None:
        self.to_readers = [*to_readers]
        self.to_questions = [*to_questions]
        self.questions: list[Request] = []
        self.readers: list[Request] = []
        self.url = ""

    @asynccontextmanager
    async def serve(self) -> AsyncIterator["ScriptedServer"]:
        serving: set[asyncio.Task[None]] = set()

        async def serve_one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.current_task()
            assert task
            serving.add(task)
            try:
                with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
                    await send(self._answer_to(await receive(reader)), reader, writer)
                    writer.close()
                    await writer.wait_closed()
            finally:
                writer.transport.abort()

        server = await asyncio.start_server(serve_one, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        try:
            yield self
        finally:
            server.close()
            for task in serving:
                task.cancel()
            await asyncio.gather(*serving, return_exceptions=True)

    def _answer_to(self, request: Request) -> Answer:
        if request.path == f"/chat/turns/{TURN}/events":
            self.readers.append(request)
            return nth(self.to_readers, len(self.readers), Answer(204))
        if (request.method, request.path) == ("POST", "/chat/turns"):
            self.questions.append(request)
            return nth(self.to_questions, len(self.questions), accepted())
        return refusal(404, "not_found")


def nth(answers: list[Answer], number: int, beyond: Answer) -> Answer:
    if len(answers) < number:
        answers.append(beyond)
    return answers[number - 1]


async def receive(reader: asyncio.StreamReader) -> Request:
    first, *rest = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").rstrip().split("\r\n")
    came_at = time.monotonic()
    method, target, _ = first.split(" ")
    pairs = (line.partition(":") for line in rest)
    headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    parts = urlsplit(target)
    return Request(method, parts.path, parse_qs(parts.query), headers, body, came_at)


async def send(answer: Answer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Send each piece of the body as a chunk of its own; at the end of a silence the reader has left."""
    answer.ended_at = time.monotonic()  # before the last byte, at which a reader begins to wait
    if answer.status:
        writer.write(answer.head())
        for piece in answer.pieces:
            writer.write(b"%x\r\n%b\r\n" % (len(piece), piece))
            await writer.drain()
        if answer.status != 204 and answer.then == "end":
            writer.write(b"0\r\n\r\n")
        await writer.drain()
    if answer.then == "silence":
        await reader.read()
        answer.ended_at = time.monotonic()
