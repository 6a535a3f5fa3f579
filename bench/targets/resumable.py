"""npm's `resumable-stream` on Node and Redis (`bench/peers/resumable-stream`).

Each reply is read twice: on the connection that asked, and by a follower through Redis. The follower's figures count,
because only its path survives a reload. The first token counts on the connection that receives it first.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from uuid import uuid4

from bench.client import Connection
from bench.processes import answering, running, running_valkey
from bench.targets.base import Answer, Reader, Target, TargetConfig
from bench.transcript import take_completion
from launcher import ports
from launcher.setup import page
from launcher.setup.steps import note, stamp, step

PEER = Path(__file__).parents[1] / "peers" / "resumable-stream"


def install() -> None:
    """Installs the packages of the peer's lock unless they are installed."""
    digest = page.digest_of([PEER / "package.json", PEER / "package-lock.json"])
    if not (PEER / "node_modules").is_dir() or stamp("bench-peer") != digest:
        command = page.npm("ci", "--ignore-scripts", "--no-audit", "--no-fund")
        step("Installing resumable-stream (about 16 MB)", command, env=page.environment(), cwd=PEER)
        note("bench-peer", digest)


class FollowedReader:
    """Asks on one connection and follows on another."""

    def __init__(self, asking: Connection, following: Connection) -> None:
        self._asking = asking
        self._following = following

    async def ask(self, question: str) -> list[Answer]:
        path = f"/chat/{uuid4()}"
        body = {"model": "mock", "messages": [{"role": "user", "content": question}], "stream": True}
        asked = asyncio.create_task(self._asking.send("POST", path, body))
        await self._asking.head_received()
        followed = await self._following.send("GET", path)
        own = await asked
        return [Answer(own.asked, followed), Answer(own.asked, own)]

    def close(self) -> None:
        self._asking.close()
        self._following.close()


@asynccontextmanager
async def resumable(config: TargetConfig) -> AsyncIterator[Target]:
    port, log = ports.free(), config.folder / "resumable-stream.log"
    node = str(page.node_home() / "bin" / "node")

    @asynccontextmanager
    async def open_reader() -> AsyncIterator[Reader]:
        reader = FollowedReader(await Connection.open(port), await Connection.open(port))
        try:
            yield reader
        finally:
            reader.close()

    async with AsyncExitStack() as stack:
        url, valkey_pid = await stack.enter_async_context(running_valkey(config.folder / "resumable-valkey"))
        command = [node, str(PEER / "server.mjs"), str(port)]
        settings = {"REDIS_URL": url, "OPENAI_BASE_URL": config.model_url}
        pid = await stack.enter_async_context(running(command, log, **settings))
        await asyncio.to_thread(answering, port, "/health", log)
        yield Target("resumable-stream", {"valkey": valkey_pid, "node": pid}, take_completion, port, open_reader)
