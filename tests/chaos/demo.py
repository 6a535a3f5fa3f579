"""The demo model's worker is killed in the middle of a reply, again and again."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from launcher import model, ports
from tests.chaos.deployment import Deployment, kill, open_deployment
from tests.chaos.invariants import check
from tests.chaos.simulated_users import ObservedTurn, SimulatedUser
from tests.support.network import Relay, relay
from tests.support.one_cpu import keep_on_one_cpu
from tests.support.stack import WITHOUT
from tests.support.waiting import eventually

QUESTION = "Tell me a very long story about a fox, a river and a village."
STEP = 100
"""Characters of the reply between two kills."""

TRIES = 5
"""How often the question is asked: the model may end a story before it was interrupted often enough."""

BODY = re.compile(rb"POST /v1/chat/completions .*?\r\n\r\n(\{.*?\})(?=POST |GET |$)", re.DOTALL)


@asynccontextmanager
async def demo_deployment(folder: Path, max_tokens: int = 200) -> AsyncIterator[tuple[Deployment, Relay]]:
    """One API and two workers with the demo model. The relay in front of it keeps what it is asked."""
    port = ports.free()
    process = await asyncio.create_subprocess_exec(*model.command(port), stdout=asyncio.subprocess.PIPE)
    keep_on_one_cpu(process.pid)
    try:
        assert process.stdout is not None
        assert await process.stdout.readline()
        async with relay(port) as asked:
            settings: dict[str, Any] = {**WITHOUT, "lease_seconds": "1", "openai_max_tokens": str(max_tokens)}
            settings["demo_base_url"] = f"http://127.0.0.1:{asked.port}/v1"
            async with open_deployment(folder, apis=1, workers=2, **settings) as deployment:
                yield deployment, asked
    finally:
        process.terminate()
        await process.wait()


async def interrupted(deployment: Deployment, asked: Relay, kills: int) -> dict[str, Any]:
    """Ask the demo model, and kill its worker so many times while it answers."""
    for _ in range(TRIES):
        asked.asked.clear()
        user = SimulatedUser(deployment)
        observed = await user.ask(QUESTION)
        reading = asyncio.create_task(user.read(observed))
        killed = await _kill_repeatedly(deployment, observed, kills)
        await reading
        (turn,) = await check([user], [observed])
        if killed == kills and turn["attempt"] == kills + 1:
            return _judge(observed, turn, prefixes(asked))
    raise AssertionError(f"no story of {TRIES} was long enough for {kills} kills")


async def _kill_repeatedly(deployment: Deployment, observed: ObservedTurn, kills: int) -> int:
    """Kill the worker each time that `STEP` more characters are shown. Returns how often the reply was running."""
    transcript, killed = observed.transcript, 0
    for number in range(kills):
        shown = len(transcript.text)

        async def has_grown(shown: int = shown) -> bool:
            return len(transcript.text) >= shown + STEP or transcript.end is not None

        await eventually(has_grown)
        if transcript.end:
            break
        killed = number + 1
        await _kill_all(deployment)
    return killed


async def _kill_all(deployment: Deployment) -> None:
    """Kill all workers, whichever of them answers, and start others."""
    count = len(deployment.workers)
    while deployment.workers:
        await kill(deployment.workers.pop())
    for _ in range(count):
        await deployment.start_worker()


def _judge(observed: ObservedTurn, turn: dict[str, Any], asked: list[str]) -> dict[str, Any]:
    """Check that the text grew without a break. Returns the figures."""
    text, types = observed.transcript.text, observed.transcript.types
    assert turn["state"] == "done", turn
    assert types.count("resume") == turn["attempt"] - 1, types
    assert "restart" not in types, types
    assert [prefix for prefix in asked if prefix] == asked[1:], asked
    assert len(asked) == turn["attempt"], (asked, turn)
    for earlier, later in zip(asked, [*asked[1:], text], strict=True):
        assert later.startswith(earlier), (earlier, later)
        assert len(later) > len(earlier), (earlier, later)
    return {"characters": len(text), "prefixes": [len(prefix) for prefix in asked], "resumed": types.count("resume")}


def prefixes(asked: Relay) -> list[str]:
    """The text that each request had the model continue; "" for one that begins the reply."""
    found = []
    for connection in asked.asked:
        for body in BODY.findall(bytes(connection)):
            last = json.loads(body)["messages"][-1]
            found.append(last["content"] if last["role"] == "assistant" else "")
    return found
