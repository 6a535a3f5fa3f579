"""`python -m tests.load [COUNT] [SECONDS]`: attacks a web tier and an API, and prints how visitors are served.

At the end it sends endless request heads to the API. Fails if the API's memory grows by more than `ALLOWED_GROWTH`, or
if a head is not refused.
"""

import asyncio
import statistics
import sys
import tempfile
from pathlib import Path

from launcher import valkey
from tests.load.attack import FIRST, Tally, raise_open_files
from tests.load.heads import flood
from tests.load.siege import Api, Target, Visits, attacked, memory, visit
from tests.support.stack import Stack
from tests.support.web_tier import WebTier, run_pair, run_web_tier

COUNT, SECONDS = 10_000, 20.0
MIB = 1 << 20
WARM_UP_BYTES, HEAD_BYTES, ALLOWED_GROWTH = 20 * MIB, 300 * MIB, 5 * MIB
TITLE = f"{'connections':<22}{'closed':>9}{'request p50':>13}{'p99':>9}{'chat p50':>11}{'p99':>9}{'web':>10}{'api':>10}"


async def siege(count: int, seconds: float) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "valkey").mkdir()
        with valkey.running(folder / "valkey") as redis_url:
            async with run_pair(redis_url, folder) as stack, run_web_tier(folder, stack.urls) as tier:
                for name, target in (("web tier", tier), ("API", Api(stack.url))):
                    say(f"\n{name}\n{TITLE}")
                    say(await row("none", Tally(), stack, tier, await visited(target, seconds)))
                    for kind in FIRST:
                        async with attacked(target, kind, count) as attackers:
                            visits = await visited(target, seconds)
                            tally = await attackers.tally()
                            say(await row(f"{tally.most} {kind}", tally, stack, tier, visits))
                say(await heads(stack))


async def heads(stack: Stack) -> str:
    """Send endless heads to the API. Returns a line with the growth of its memory."""
    api = stack.processes[1].pid
    await flood(Api(stack.url).port, WARM_UP_BYTES)
    before = await memory(api)
    flooded = await flood(Api(stack.url).port, HEAD_BYTES)
    grown = await memory(api) - before
    line = f"{flooded.sent / MIB:.0f} MiB of heads in {flooded.heads}: memory grew by {grown / MIB:.1f} MiB"
    if grown > ALLOWED_GROWTH or flooded.refused < flooded.heads:
        raise SystemExit(f"{line}, {flooded.refused} were refused with 431")
    return line


async def visited(target: Target, seconds: float) -> Visits:
    over = asyncio.Event()
    asyncio.get_running_loop().call_later(seconds, over.set)
    return await visit(target, over)


async def row(name: str, tally: Tally, stack: Stack, tier: WebTier, visits: Visits) -> str:
    web = await memory(tier.process.pid)
    api = max([await memory(process.pid) for process in stack.processes[1:]])
    times = "".join(
        f"{milliseconds(values, percent):>{width}.1f} ms"
        for values, width in ((visits.requests, 10), (visits.chats, 8))
        for percent, width in ((50, width), (99, 6))
    )
    return f"{name:<22}{tally.closed:>9}{times}{web / MIB:>6.0f} MiB{api / MIB:>6.0f} MiB"


def milliseconds(seconds: list[float], percent: int) -> float:
    return 1000 * statistics.quantiles(seconds, n=100)[percent - 1]


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    raise_open_files()
    given = sys.argv[1:]
    asyncio.run(siege(int(given[0]) if given else COUNT, float(given[1]) if len(given) > 1 else SECONDS))
