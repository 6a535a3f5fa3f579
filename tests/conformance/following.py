"""Asks a question once and follows its reply through every loss: sections 3.3 and 8 of docs/protocol.md."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from uuid import uuid4

import httpx2

from tests.conformance.reader import Reader, blocks

AGAIN = (408, 429, 500, 502, 503, 504)
SILENCE_SECONDS = 45.0
"""How long a connection may give no byte before it counts as lost."""


class Refused(Exception):
    """The server refused a request for good."""


@dataclass
class Follower:
    """Speaks through `http`, whose base URL and identity are the caller's."""

    http: httpx2.AsyncClient
    silence_seconds: float = SILENCE_SECONDS

    async def ask(self, session_id: str, message: str) -> str:
        """The id of the turn. Raises `Refused`."""
        body, key = {"session_id": session_id, "message": message}, {"Idempotency-Key": uuid4().hex}
        failures = 0
        while True:
            wait, failures = wait_of(failures), failures + 1
            with suppress(httpx2.TransportError):
                answer = await self.http.post("/chat/turns", json=body, headers=key)
                if answer.status_code == 202:
                    return str(answer.json()["turn_id"])
                wait = again(answer, wait)
            await asyncio.sleep(wait)

    async def follow(self, turn_id: str, reader: Reader) -> Reader:
        """Read on until `ending` is set: to `history` where the turn is over or gone. Raises `Refused`."""
        failures = 0
        while not reader.ending:
            wait, failures = wait_of(failures), failures + 1
            with suppress(httpx2.TransportError):
                query, path = {"after": reader.cursor}, f"/chat/turns/{turn_id}/events"
                async with self.http.stream("GET", path, params=query, timeout=self.silence_seconds) as answer:
                    if answer.status_code == 200:
                        failures = 0
                        await read(answer, reader)
                    elif answer.status_code == 400 and reader.cursor:
                        reader.text, reader.thinking, reader.cursor = "", "", 0
                    elif answer.status_code in (204, 404):
                        reader.ending = "history"
                    else:
                        await answer.aread()
                        wait = again(answer, wait)
            if not reader.ending:
                await asyncio.sleep(wait if failures else reader.pause)
        return reader


async def read(answer: httpx2.Response, reader: Reader) -> None:
    """Read one body to its terminal event, or to where it breaks."""
    async for lines in blocks(answer.aiter_bytes()):
        reader.take(lines)
        if reader.ending:
            return


def wait_of(failures: int) -> float:
    """Seconds before a request is repeated that got no answer."""
    return min(8.0, 0.5 * 2.0 ** min(failures, 4))


def again(answer: httpx2.Response, wait: float) -> float:
    """Seconds before a refused request is repeated. Raises `Refused` where that is no use."""
    if answer.status_code not in AGAIN:
        raise Refused(f"{answer.status_code} {answer.text}")
    asked = str(answer.headers.get("Retry-After", ""))
    return max(wait, float(asked) if asked.isdecimal() else 0.0)
