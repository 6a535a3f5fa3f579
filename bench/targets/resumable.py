"""npm's `resumable-stream` on Node and Redis (`bench/peers/resumable-stream`).

Each reply is read twice: by whoever asked, and by a follower through Redis. The follower's figures count, because its
way is the one that survives a reload; the first token is that of whoever has it first.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from uuid import uuid4

from bench.client import Connection
from bench.processes import answering, running, running_valkey
from bench.story import take_completion
from bench.targets.base import Answer, Place, Seat, Target
from launcher import ports
from launcher.setup import page
from launcher.setup.steps import note, stamp, step

PEER = Path(__file__).parents[1] / "peers" / "resumable-stream"


def install() -> None:
    """Install what the peer's lock names; quick where nothing changed."""
    digest = page.digest_of([PEER / "package.json", PEER / "package-lock.json"])
    if not (PEER / "node_modules").is_dir() or stamp("bench-peer") != digest:
        command = page.npm("ci", "--ignore-scripts", "--no-audit", "--no-fund")
        step("Installing resumable-stream (about 16 MB)", command, env=page.environment(), cwd=PEER)
        note("bench-peer", digest)


class FollowedSeat:
    """Asks on one connection and follows on another."""

    def __init__(self, asking: Connection, following: Connection) -> None:
        self._asking = asking
        self._following = following

    async def ask(self, question: str) -> list[Answer]:
        path = f"/chat/{uuid4()}"
        body = {"model": "mock", "messages": [{"role": "user", "content": question}], "stream": True}
        asked = asyncio.create_task(self._asking.send("POST", path, body))
        await self._asking.begun()
        followed = await self._following.send("GET", path)
        own = await asked
        return [Answer(own.asked, followed), Answer(own.asked, own)]

    def close(self) -> None:
        self._asking.close()
        self._following.close()


@asynccontextmanager
async def resumable(place: Place) -> AsyncIterator[Target]:
    port, log = ports.free(), place.folder / "resumable-stream.log"
    node = str(page.node_home() / "bin" / "node")

    @asynccontextmanager
    async def sit() -> AsyncIterator[Seat]:
        seat = FollowedSeat(await Connection.open(port), await Connection.open(port))
        try:
            yield seat
        finally:
            seat.close()

    async with AsyncExitStack() as stack:
        url, valkey_pid = await stack.enter_async_context(running_valkey(place.folder / "resumable-valkey"))
        command = [node, str(PEER / "server.mjs"), str(port)]
        settings = {"REDIS_URL": url, "OPENAI_BASE_URL": place.model_url}
        pid = await stack.enter_async_context(running(command, log, **settings))
        await asyncio.to_thread(answering, port, "/health", log)
        yield Target("resumable-stream", {"valkey": valkey_pid, "node": pid}, take_completion, port, sit)
