"""A plain relay (`bench/peers/relay.py`): one process, no queue, no storage."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bench.processes import answering, running
from bench.targets.base import Target, TargetConfig, post_reader
from bench.transcript import take_content
from launcher import ports


@asynccontextmanager
async def relay(config: TargetConfig) -> AsyncIterator[Target]:
    port, log = ports.free(), config.folder / "relay.log"
    command = [sys.executable, "-m", "bench.peers.relay", str(port)]
    async with running(command, log, OPENAI_BASE_URL=config.model_url, OPENAI_API_KEY="none") as pid:
        await asyncio.to_thread(answering, port, "/health", log)
        yield Target("relay", {"relay": pid}, take_content, port, post_reader(port, "/chat"))
