"""Holdfast with one API, one worker and one Valkey.

The readers of `holdfast` use the requests of its page, those of `completions` the requests of OpenAI's SDKs.
"""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from functools import partial
from uuid import uuid4

from bench.client import Connection, Response
from bench.processes import answering, running, running_valkey
from bench.targets.base import Answer, PostReader, Reader, Target, TargetConfig
from bench.transcript import take_completion, take_turn
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
    headers = await token_of_guest(connection)
    session = (await connection.send("POST", "/api/chat/start", headers=headers)).json()
    return TurnReader(connection, headers, session["session_id"])


async def token_of_guest(connection: Connection) -> str:
    """Creates a guest. Returns the header that names it."""
    user = (await connection.send("POST", "/api/auth/guest")).json()
    return f"authorization: Bearer {user['token']}\r\n"


@asynccontextmanager
async def holdfast(config: TargetConfig) -> AsyncIterator[Target]:
    async with _serving(config, "holdfast") as target:
        yield replace(target, take=take_turn, open_reader=partial(_page_reader, target.port))


@asynccontextmanager
async def completions(config: TargetConfig) -> AsyncIterator[Target]:
    async with _serving(config, "completions") as target:
        yield replace(target, take=take_completion, open_reader=partial(_sdk_reader, target.port))


@asynccontextmanager
async def _page_reader(port: int) -> AsyncIterator[Reader]:
    reader = await new_guest(port)
    try:
        yield reader
    finally:
        reader.close()


@asynccontextmanager
async def _sdk_reader(port: int) -> AsyncIterator[Reader]:
    connection = await Connection.open(port)
    reader = PostReader(connection, "/v1/chat/completions", await token_of_guest(connection))
    try:
        yield reader
    finally:
        reader.close()


@asynccontextmanager
async def _serving(config: TargetConfig, name: str) -> AsyncIterator[Target]:
    """Runs the servers. Gives a target that has no readers yet."""
    port, log = ports.free(), config.folder / f"{name}.log"
    async with AsyncExitStack() as stack:
        url, valkey_pid = await stack.enter_async_context(running_valkey(config.folder / f"{name}-valkey"))
        settings = {**SETTINGS, "REDIS_URL": url, "OPENAI_BASE_URL": config.model_url, "PORT": str(port)}
        settings |= config.settings
        pids = {"valkey": valkey_pid}
        for program in ("worker", "api"):
            command = [sys.executable, "-m", program]
            pids[program] = await stack.enter_async_context(running(command, log, **settings))
        await asyncio.to_thread(answering, port, "/health/ready", log)
        yield Target(name, pids, take_turn, port, partial(_page_reader, port), url)
