"""A user of Holdfast who talks HTTP only."""

import contextlib
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Self
from uuid import uuid4

import httpx2

from tests.support import privacy
from tests.support.sse import Transcript, frames
from tests.support.waiting import PATIENCE

USER_TEXT = ("message", "title", "query", "instructions", "prompt", "note")
"""Request fields that contain text of a user."""


async def _note(request: httpx2.Request) -> None:
    """Record the user's text, even of requests that will be rejected: no log may contain it."""
    fields: object = dict(request.url.params)
    if request.headers.get("content-type") == "application/json":
        with contextlib.suppress(ValueError, RecursionError, httpx2.RequestNotRead):
            fields = json.loads(request.content)
    for name in USER_TEXT:
        privacy.note(fields.get(name) if isinstance(fields, dict) else None)


class Client:
    """Acts as `user_id`: with a bearer token, or with `user_id` in every query, as the calls in the article do."""

    def __init__(self, url: str, user_id: str | None = None, token: str = "") -> None:
        self.user_id = user_id or f"user-{uuid4().hex[:12]}"
        self.http = httpx2.AsyncClient(base_url=url, timeout=PATIENCE, event_hooks={"request": [_note]})
        if token:
            self.http.headers["Authorization"] = f"Bearer {token}"
        else:
            self.http.params = self.http.params.add("user_id", self.user_id)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.http.aclose()

    async def start(self) -> str:
        """Start a session and return its ID."""
        response = await self.http.post("/chat/start")
        assert response.status_code == 200, response.text
        return str(response.json()["session_id"])

    async def post_turn(
        self, session_id: str, message: str | None = None, key: str = "", **more: Any
    ) -> httpx2.Response:
        body = {"session_id": session_id, **({} if message is None else {"message": message}), **more}
        return await self.http.post("/chat/turns", json=body, headers={"Idempotency-Key": key} if key else {})

    async def ask(self, session_id: str, message: str | None = None, **more: Any) -> str:
        """Ask and return the ID of the new turn."""
        response = await self.post_turn(session_id, message, **more)
        assert response.status_code == 202, response.text
        return str(response.json()["turn_id"])

    async def post_file(self, name: str, content: bytes, type: str = "application/octet-stream") -> httpx2.Response:
        privacy.note(name)
        privacy.note(content[:200].decode("utf-8", "ignore"))
        return await self.http.post("/files", files={"file": (name, content, type)})

    async def upload(self, name: str, content: bytes) -> dict[str, Any]:
        """Upload a file and return its description."""
        response = await self.post_file(name, content)
        assert response.status_code == 201, response.text
        return dict(response.json())

    async def turn(self, turn_id: str) -> dict[str, Any]:
        response = await self.http.get(f"/chat/turns/{turn_id}")
        assert response.status_code == 200, response.text
        return dict(response.json())

    async def history(self, session_id: str) -> list[dict[str, Any]]:
        """All messages of all pages, oldest first."""
        found: list[dict[str, Any]] = []
        query: dict[str, Any] = {"session_id": session_id, "limit": 100}
        while True:
            response = await self.http.get("/chat/history", params=query)
            assert response.status_code == 200, response.text
            page = response.json()
            found = [*page["messages"], *found]
            if not page["has_more"]:
                return found
            query["before"] = found[0]["id"]

    @asynccontextmanager
    async def events(self, turn_id: str, last_event_id: str = "", **query: Any) -> AsyncIterator[httpx2.Response]:
        """Open the turn's event stream."""
        headers = {"Last-Event-ID": last_event_id} if last_event_id else {}
        path = f"/chat/turns/{turn_id}/events"
        async with self.http.stream("GET", path, params=query, headers=headers) as response:
            yield response

    @asynccontextmanager
    async def stream(
        self, session_id: str, message: str, last_event_id: str = "", **query: Any
    ) -> AsyncIterator[httpx2.Response]:
        """Open the article's stream as a native EventSource does."""
        headers = {"Accept": "text/event-stream", **({"Last-Event-ID": last_event_id} if last_event_id else {})}
        params = {"session_id": session_id, "message": message, **query}
        async with self.http.stream("GET", "/chat/stream", params=params, headers=headers) as response:
            yield response

    async def follow(self, turn_id: str, transcript: Transcript | None = None, **query: Any) -> Transcript:
        """Read from the transcript's cursor to the end of the turn; reconnect each time the stream breaks."""
        transcript = transcript or Transcript()
        while not transcript.end:
            try:
                async with self.events(turn_id, transcript.last_id, **query) as response:
                    assert response.status_code == 200, f"{response.status_code} after {transcript.last_id}"
                    async for event_id, event in frames(response):
                        transcript.take(event_id, event)
                        if transcript.end:
                            break
            except httpx2.TransportError:
                continue
        return transcript

    async def chat(self, session_id: str, message: str, **more: Any) -> Transcript:
        """Ask a question and read the whole reply."""
        return await self.follow(await self.ask(session_id, message, **more))
