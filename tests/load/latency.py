"""`python -m tests.load.latency`: measures the latency of a token, directly from an API and through the web tier.

Each reply is read both ways at the same time, so both figures are for the same tokens. The model, the readers and
all servers run on this machine.
"""

import asyncio
import statistics
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from launcher import valkey
from launcher.console import say
from tests.load.attack import raise_open_files
from tests.support.client import Client
from tests.support.guests import guest
from tests.support.model_server import Exchange, Script
from tests.support.sse import frames
from tests.support.stack import Stack
from tests.support.web_tier import WebTier, run_pair, run_web_tier

TOKENS = 300
PAUSE_SECONDS = 0.05
SIZES = (1, 20)
TITLE = f"{'replies at once':<18}{'direct p50':>14}{'p95':>9}{'web tier p50':>15}{'p95':>9}{'added p50':>12}{'p95':>9}"


def clock(all_there: asyncio.Barrier) -> Script:
    """Make a script whose tokens are the times at which they are sent. The first one waits for the readers."""

    async def tell(exchange: Exchange) -> None:
        await exchange.start()
        await all_there.wait()
        for _ in range(TOKENS):
            await exchange.delta(content=f"{time.monotonic()} ")
            await asyncio.sleep(PAUSE_SECONDS)
        await exchange.finish()

    return tell


@dataclass
class Latencies:
    """The seconds from the model to the reader for every token, in the same order both ways."""

    direct: list[float] = field(default_factory=list)
    web: list[float] = field(default_factory=list)

    @property
    def added(self) -> list[float]:
        return [late - soon for soon, late in zip(self.direct, self.web, strict=True)]


async def read(client: Client, turn_id: str, all_there: asyncio.Barrier) -> list[float]:
    seconds: list[float] = []
    async with client, client.events(turn_id) as response:
        async for _, event in frames(response):
            now = time.monotonic()
            if event["type"] == "start":
                await all_there.wait()
            if event["type"] == "chunk":
                seconds += [now - float(sent) for sent in event["content"].split()]
            if event["type"] in ("end", "error"):
                break
    assert len(seconds) == TOKENS, f"{len(seconds)} of {TOKENS} tokens"
    return seconds


async def reply(stack: Stack, tier: WebTier, number: int) -> Latencies:
    user_id, token = guest()
    clients = [Client(url, user_id, token) for url in (stack.url, tier.url)]
    all_there = asyncio.Barrier(1 + len(clients))
    stack.model.on(f"Reply {number}", clock(all_there))
    async with Client(stack.url, user_id, token) as asker:
        turn_id = await asker.ask(await asker.start(), f"Reply {number}")
    return Latencies(*await asyncio.gather(*(read(client, turn_id, all_there) for client in clients)))


async def measure(stack: Stack, tier: WebTier, count: int) -> Latencies:
    replies = await asyncio.gather(*(reply(stack, tier, number) for number in range(count)))
    return Latencies([s for each in replies for s in each.direct], [s for each in replies for s in each.web])


def row(count: int, latencies: Latencies) -> str:
    figures = [
        f"{1000 * statistics.quantiles(values, n=100)[percent - 1]:>{width}.2f} ms"
        for values, first in ((latencies.direct, 11), (latencies.web, 12), (latencies.added, 9))
        for percent, width in ((50, first), (95, 6))
    ]
    return f"{count:<18}" + "".join(figures)


async def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "valkey").mkdir()
        with valkey.running(folder / "valkey") as redis_url:
            async with run_pair(redis_url, folder) as stack, run_web_tier(folder, [stack.url]) as tier:
                say(TITLE)
                for count in SIZES:
                    say(row(count, await measure(stack, tier, count)))


if __name__ == "__main__":
    raise_open_files()
    asyncio.run(main())
