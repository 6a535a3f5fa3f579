"""Nothing of an answered request stays in memory, even before the garbage collector runs, which is rare.

Streams and files leave a few kilobytes to it, because anyio's task groups keep the error that cancelled a task.
"""

import gc
import json
import weakref
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx2
import pytest
from starlette.types import Message, Scope

from api.auth.guests import Guests
from api.main import create_app
from api.streaming.event_stream import ServerSend
from api.streaming.shutdown import ShutdownSignal
from chat.settings import Settings
from tests.load.siege import memory
from tests.support.databases import STORE, numbered
from tests.support.fixtures import stack_of
from tests.support.stack import ROOT, SECRET, Stack

PIECE = 65_536
JSON = ("content-type", "application/json")
BAD_TOKEN = ("authorization", "Bearer not.a.token")
OTHER_SITE = ("sec-fetch-site", "cross-site")
MISSING = "11111111-1111-4111-8111-111111111111"
BIG = 3_000_000
ALLOWED_GROWTH = 30 << 20

large = stack_of(workers=0, auth_mode="guest", max_message_chars="300000")
"""A stack whose API accepts large bodies."""


class Marker:
    """Lives as long as the scope that contains it."""


@dataclass
class Server:
    """The server's side of one request. Like uvicorn's, it holds the scope, and `send` is its method."""

    scope: Scope
    body: bytes
    sent: list[Message] = field(default_factory=list)

    async def receive(self) -> Message:
        if self.body is None:
            return {"type": "http.disconnect"}
        piece, self.body = self.body[:PIECE], self.body[PIECE:]
        more = bool(self.body)
        if not more:
            self.body = None  # type: ignore[assignment]  # the next message is the disconnect
        return {"type": "http.request", "body": piece, "more_body": more}

    async def send(self, message: Message) -> None:
        self.sent.append(message)


def turn(message: object, session_id: str = MISSING) -> bytes:
    return json.dumps({"session_id": session_id, "message": message}).encode()


Case = tuple[int, str, str, list[tuple[str, str]], bytes]
REFUSED: dict[str, Case] = {
    "no identity": (401, "POST", "/chat/turns", [JSON], turn("x" * BIG)),
    "bad token": (401, "POST", "/chat/turns", [JSON, BAD_TOKEN], turn("x" * BIG)),
    "bad token, no identity needed": (200, "GET", "/roles", [BAD_TOKEN], b""),
    "broken JSON": (400, "POST", "/chat/turns", [JSON], b"{" + b"x" * BIG),
    "no UTF-8": (400, "POST", "/chat/turns", [JSON], b"\xff" + b"x" * BIG),
    "deep JSON": (400, "POST", "/chat/turns", [JSON], b"[" * 100_000),
    "wrong shape": (422, "POST", "/chat/turns", [JSON, ("authorization", "")], turn(["x" * BIG])),
    "too long": (422, "POST", "/chat/turns", [JSON, ("authorization", "")], turn("x" * BIG)),
    "unknown session": (404, "POST", "/chat/turns", [JSON, ("authorization", "")], turn("x" * 299_000)),
    "body too large": (413, "POST", "/chat/turns", [JSON], b"x" * 2 * BIG),
    "declared body too large": (413, "POST", "/chat/turns", [JSON, ("content-length", "60000000")], b"x" * BIG),
    "another site": (403, "POST", "/chat/turns", [JSON, OTHER_SITE], turn("x" * BIG)),
    "not found": (404, "POST", "/nowhere", [JSON], turn("x" * BIG)),
    "wrong method": (405, "PUT", "/chat/turns", [JSON], turn("x" * BIG)),
    "wrong title": (422, "PATCH", f"/chat/sessions/{MISSING}", [JSON, ("authorization", "")], b'{"title": 1}'),
    "unknown turn": (404, "GET", f"/chat/turns/{MISSING}.1/events", [("authorization", "")], b""),
    "a new guest": (200, "GET", "/me", [], b""),
}
"""The expected status and the request. An empty `authorization` stands for a guest's token."""


@pytest.fixture(scope="module")
async def served(redis_url: str) -> AsyncIterator[tuple[ServerSend, dict[str, Any]]]:
    """The application, and the state that the server copies into each scope."""
    settings = Settings(
        _env_file=None,
        redis_url=numbered(redis_url, STORE),
        secret_key=SECRET,
        web_dir=ROOT / "web" / "dist",
        max_message_chars=300_000,
        rate_limit_user="0",
        rate_limit_address="0",
        rate_limit_new_guests="0",
    )
    app = create_app(settings, ShutdownSignal())
    async with app.router.lifespan_context(app) as state:
        yield ServerSend(app), dict(state or {})


def scope_of(state: dict[str, Any], method: str, path: str, given: list[tuple[str, str]], marker: Marker) -> Scope:
    token = Guests(Settings(_env_file=None, secret_key=SECRET)).sign("guest-1")
    headers = [(name, value or f"Bearer {token}") for name, value in given]
    return {
        "type": "http",
        "http_version": "1.1",
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "scheme": "http",
        "headers": [(name.encode(), value.encode()) for name, value in headers],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 8000),
        "state": dict(state),
        "extensions": {"marker": marker},
    }


async def answered(app: ServerSend, state: dict[str, Any], case: Case) -> "tuple[int, weakref.ref[Marker]]":
    """Send the request. Returns the status, and a reference that is alive as long as anything of the request is."""
    _, method, path, given, body = case
    marker = Marker()
    server = Server(scope_of(state, method, path, given, marker), body)
    await app(server.scope, server.receive, server.send)
    return int(server.sent[0]["status"]), weakref.ref(marker)


@contextmanager
def without_collector() -> Iterator[None]:
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


@pytest.mark.parametrize("case", REFUSED)
async def test_nothing_of_an_answered_request_stays_in_memory(
    served: tuple[ServerSend, dict[str, Any]], case: str
) -> None:
    app, state = served
    await answered(app, state, REFUSED[case])
    with without_collector():
        for _ in range(3):
            status, alive = await answered(app, state, REFUSED[case])
            assert status == REFUSED[case][0]
            assert alive() is None


async def test_nothing_of_a_request_that_raised_stays_in_memory(
    served: tuple[ServerSend, dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    app, state = served

    async def breaks(*_: object) -> None:
        found: list[BaseException] = []
        try:
            raise ZeroDivisionError
        except ZeroDivisionError as error:
            found.append(error)  # a cycle: the frame holds the error, and the error the frame
        raise RuntimeError from found[0]

    monkeypatch.setattr(state["holdfast"].limits, "count_address", breaks)
    with without_collector():
        status, alive = await answered(app, state, REFUSED["a new guest"])
        assert status == 500
        assert alive() is None


async def test_many_refused_bodies_do_not_grow_memory(large: Stack) -> None:
    (process,) = large.processes
    async with httpx2.AsyncClient(base_url=large.url, headers=dict([BAD_TOKEN, JSON]), timeout=30) as http:
        for _ in range(10):
            await http.post("/chat/turns", content=turn("x" * BIG))
        before = await memory(process.pid)
        for number in range(40):
            content = turn("x" * BIG) if number % 2 else b"{" + b"x" * BIG
            assert (await http.post("/chat/turns", content=content)).status_code in (400, 401)
        assert await memory(process.pid) - before < ALLOWED_GROWTH
