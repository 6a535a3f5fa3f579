"""Holdfast with one API, one worker and one Valkey. Questions and streams use the requests of its page."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from uuid import uuid4

from bench.client import Connection, Response
from bench.processes import answering, running, running_valkey
from bench.targets.base import Answer, Reader, Target, TargetConfig
from bench.transcript import take_turn
from launcher import ports

MANY = "1000000"
SETTINGS = {
    "OPENAI_API_KEY": "none",
    "OPENAI_MODEL": "mock",
    "SECRET_KEY": "a-secret-for-the-benchmark-0123456789",
    "LOG_FORMAT": "json",
    "WORKER_SLOTS": "3000",
    "MAX_QUEUE_DEPTH": MANY,
    "MODEL_READ_TIMEOUT": "300",
    # Limits are raised, because one address and few users generate the whole load.
    "RATE_LIMIT_USER": "0",
    "RATE_LIMIT_ADDRESS": "0",
    "RATE_LIMIT_NEW_GUESTS": "0",
    "MAX_ACTIVE_TURNS_PER_ADDRESS": "0",
    "MAX_ACTIVE_TURNS_PER_USER": MANY,
    "MAX_STREAMS_PER_USER": MANY,
    "MAX_SESSIONS_PER_USER": MANY,
    "MAX_BYTES_PER_USER": "1000000000000",
    "MAX_QUEUE_SECONDS": MANY,
    "SESSION_TITLES": "false",
}


class TurnReader:
    """A guest with a session. Asks by POST and follows by GET."""

    def __init__(self, connection: Connection, user: str, session_id: str) -> None:
        self.connection = connection
        self.user = user
        self.session_id = session_id

    async def open_turn(self, question: str) -> Response:
        body = {"session_id": self.session_id, "message": question}
        headers = f"{self.user}idempotency-key: {uuid4()}\r\n"
        return await self.connection.send("POST", "/api/chat/turns", body, headers)

    async def follow(self, turn_id: str) -> Response:
        headers = f"{self.user}accept: text/event-stream\r\n"
        return await self.connection.send("GET", f"/api/chat/turns/{turn_id}/events", headers=headers)

    async def ask(self, question: str) -> list[Answer]:
        opened = await self.open_turn(question)
        return [Answer(opened.asked, await self.follow(opened.json()["turn_id"]))]

    def close(self) -> None:
        self.connection.close()


async def new_guest(port: int) -> TurnReader:
    """Creates a guest with a session."""
    connection = await Connection.open(port)
    user = (await connection.send("POST", "/api/auth/guest")).json()
    headers = f"authorization: Bearer {user['token']}\r\n"
    session = (await connection.send("POST", "/api/chat/start", headers=headers)).json()
    return TurnReader(connection, headers, session["session_id"])


@asynccontextmanager
async def holdfast(config: TargetConfig) -> AsyncIterator[Target]:
    port, log = ports.free(), config.folder / "holdfast.log"

    @asynccontextmanager
    async def open_reader() -> AsyncIterator[Reader]:
        reader = await new_guest(port)
        try:
            yield reader
        finally:
            reader.close()

    async with AsyncExitStack() as stack:
        url, valkey_pid = await stack.enter_async_context(running_valkey(config.folder / "holdfast-valkey"))
        settings = {**SETTINGS, "REDIS_URL": url, "OPENAI_BASE_URL": config.model_url, "PORT": str(port)}
        settings |= config.settings
        pids = {"valkey": valkey_pid}
        for name in ("worker", "api"):
            command = [sys.executable, "-m", name]
            pids[name] = await stack.enter_async_context(running(command, log, **settings))
        await asyncio.to_thread(answering, port, "/health/ready", log)
        yield Target("holdfast", pids, take_turn, port, open_reader, url)
