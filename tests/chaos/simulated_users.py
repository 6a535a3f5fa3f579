"""Simulated users, who ask and read on through faults of the servers, as a normal client does."""

import asyncio
import time
from dataclasses import dataclass, field
from typing import Any, Protocol
from uuid import uuid4

import httpx2

from tests.support.guests import guest
from tests.support.sse import Transcript, frames

PATIENCE_SECONDS = 40
PAUSE_SECONDS = 0.1


class Site(Protocol):
    """What users talk to: its URLs, which may change, and the HTTP client that all users share."""

    @property
    def urls(self) -> list[str]: ...
    @property
    def http(self) -> httpx2.AsyncClient: ...


@dataclass
class ObservedTurn:
    """A turn as its reader saw it, with times by the monotonic clock. `reconnects` counts the broken streams."""

    session_id: str
    turn_id: str
    transcript: Transcript = field(default_factory=Transcript)
    restarts: list[float] = field(default_factory=list)
    resumes: list[float] = field(default_factory=list)
    reconnects: int = 0
    asked_at: float = field(default_factory=time.monotonic)
    ended_at: float = 0.0


class SimulatedUser:
    """A guest who uses one address until it fails, then the next. `identity` has the headers that authenticate it."""

    def __init__(self, site: Site, number: int = 0) -> None:
        _, token = guest()
        self._site = site
        self.identity = {"Authorization": f"Bearer {token}"}
        self._number = number

    @property
    def _url(self) -> str:
        return self._site.urls[self._number % len(self._site.urls)]

    def _switch_address(self) -> None:
        self._number += 1

    async def call(self, method: str, path: str, **request: Any) -> Any:
        """Send a request and return the response's JSON; retries at the next address after a failure or a 5xx."""
        headers = {**self.identity, **request.pop("headers", {})}
        last = "no answer"
        until = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < until:
            try:
                response = await self._site.http.request(
                    method, self._url + path, headers=headers, timeout=PATIENCE_SECONDS, **request
                )
                if response.status_code < 500:
                    response.raise_for_status()
                    return response.json()
                last = response.text
            except httpx2.TransportError as error:
                last = repr(error)
            self._switch_address()
            await asyncio.sleep(PAUSE_SECONDS)
        raise AssertionError(f"{method} {path}: {last}")

    async def ask(self, question: str, **more: str) -> ObservedTurn:
        """Ask the first question of a new session, exactly once despite retries. `more`: further fields of the body."""
        session_id = (await self.call("POST", "/chat/start"))["session_id"]
        return await self.ask_in(session_id, question, **more)

    async def ask_in(self, session_id: str, question: str, **more: str) -> ObservedTurn:
        body = {"session_id": session_id, "message": question, **more}
        key = {"Idempotency-Key": uuid4().hex}
        turn_id = (await self.call("POST", "/chat/turns", json=body, headers=key))["turn_id"]
        return ObservedTurn(session_id, turn_id)

    async def read(self, observed: ObservedTurn) -> ObservedTurn:
        """Follow the turn to its end, reconnecting with the cursor as often as needed."""
        async with asyncio.timeout(3 * PATIENCE_SECONDS):
            while not observed.transcript.end:
                try:
                    await self._read_once(observed)
                except httpx2.TransportError:
                    pass
                if not observed.transcript.end:
                    observed.reconnects += 1
                    self._switch_address()
                    await asyncio.sleep(PAUSE_SECONDS)
        return observed

    async def _read_once(self, observed: ObservedTurn) -> None:
        transcript = observed.transcript
        headers = {**self.identity, **({"Last-Event-ID": transcript.last_id} if transcript.last_id else {})}
        url = f"{self._url}/chat/turns/{observed.turn_id}/events"
        timeout = httpx2.Timeout(20, pool=None)
        async with self._site.http.stream("GET", url, headers=headers, timeout=timeout) as response:
            if response.status_code != 200:
                assert response.status_code >= 500, f"{response.status_code} after {transcript.last_id}"
                return
            async for event_id, event in frames(response):
                transcript.take(event_id, event)
                if event["type"] == "restart":
                    observed.restarts.append(time.monotonic())
                if event["type"] == "resume":
                    observed.resumes.append(time.monotonic())
                if transcript.end:
                    observed.ended_at = time.monotonic()
                    return

    async def history(self, session_id: str) -> list[dict[str, Any]]:
        answer = await self.call("GET", "/chat/history", params={"session_id": session_id})
        return list(answer["messages"])

    async def turn(self, turn_id: str) -> dict[str, Any]:
        return dict(await self.call("GET", f"/chat/turns/{turn_id}"))


async def ask_all(site: Site, count: int, question: str) -> tuple[list[SimulatedUser], list[ObservedTurn]]:
    """Create so many users, each of whom asks the question. Returns them and their turns."""
    users = [SimulatedUser(site, number) for number in range(count)]
    return users, list(await asyncio.gather(*(user.ask(question) for user in users)))
