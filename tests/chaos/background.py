"""Workers die while models make replies in the background: each is read on, and none is made twice."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from tests.chaos.deployment import Deployment, kill, open_deployment
from tests.chaos.invariants import check
from tests.chaos.simulated_users import ObservedTurn, SimulatedUser
from tests.support.responses_server import ResponsesServer, Scripted
from tests.support.stack import KEY
from tests.support.waiting import eventually

WHOLE = "Grüße, \U0001f9ca and 漢字:\n\n```py\nx = 1\n```\n\n$$\\frac{a}{b}$$\n\n- one\n- two\n" * 4
THINKING = ("What is asked? \U0001f914", "An answer.")
PAUSE = 0.01


def providers(url: str) -> str:
    """A providers' file with one model that makes replies in the background."""
    return f'''
[[providers]]
name = "responses"
base_url = "{url}"
key_env = "RESPONSES_KEY"
continue = "background"
[[providers.models]]
id = "responding"
max_tokens = 10000
can = ["thinking"]
'''


@asynccontextmanager
async def background_deployment(folder: Path) -> AsyncIterator[tuple[Deployment, ResponsesServer]]:
    async with ResponsesServer().serve() as server:
        opening = open_deployment(
            folder,
            apis=1,
            workers=2,
            providers=lambda _: providers(server.url),
            responses_key=KEY,
            drain_seconds="0",
        )
        async with opening as deployment:
            yield deployment, server


async def killed_at_random(
    deployment: Deployment, server: ResponsesServer, replies: int, seed: int, at_once: int = 5
) -> dict[str, Any]:
    """Have so many replies made, some at once, and kill all workers at a random character of one of each group."""
    rng, resumes, restarts, created = random.Random(seed), 0, 0, len(server.responses)
    for first in range(0, replies, at_once):
        numbers = range(first, min(first + at_once, replies))
        turns = await _group(deployment, server, [f"Story {seed} {number}" for number in numbers], rng)
        resumes += sum(observed.transcript.types.count("resume") for observed in turns)
        restarts += sum(observed.transcript.types.count("restart") for observed in turns)
    responses = list(server.responses.values())[created:]
    assert len(responses) == replies + restarts, f"{len(responses)} responses, {replies} replies, {restarts} restarts"
    assert not server.refused, server.refused
    reads = [after for response in responses for after in response.reads]
    figures = {"replies": replies, "responses": len(responses), "resumed": resumes, "restarted": restarts}
    return {**figures, "reads": len(reads)}


async def _group(
    deployment: Deployment, server: ResponsesServer, questions: list[str], rng: random.Random
) -> list[ObservedTurn]:
    async def pause(_: int) -> None:
        await asyncio.sleep(PAUSE)

    users = [SimulatedUser(deployment, number) for number in range(len(questions))]
    for question in questions:
        server.on(question, Scripted(WHOLE, THINKING, before=pause, seed=rng.randrange(100)))
    turns = [await user.ask(question, model="responding") for user, question in zip(users, questions, strict=True)]
    reading = asyncio.gather(*(user.read(observed) for user, observed in zip(users, turns, strict=True)))
    watched, moment = turns[0].transcript, rng.randrange(len(WHOLE) + sum(map(len, THINKING)))

    async def are_there() -> bool:
        # A response whose worker dies before its first event is not known to anyone, so each of them has to have begun.
        begun = all(each.transcript.end or each.transcript.thinking or each.transcript.text for each in turns)
        return begun and (watched.end is not None or len(watched.thinking) + len(watched.text) >= moment)

    await eventually(are_there)
    await kill_all(deployment)
    await reading
    await check(users, turns, WHOLE)
    for observed in turns:
        assert observed.transcript.thinking == "\n\n".join(THINKING)
        # A worker may lose its lease before a response's first event, on a busy machine; later it goes on.
        assert "restart" not in observed.transcript.types[observed.transcript.types.index("thinking") :]
    return turns


async def kill_all(deployment: Deployment) -> None:
    """Kill all workers, and start others."""
    count = len(deployment.workers)
    while deployment.workers:
        await kill(deployment.workers.pop())
    for _ in range(count):
        await deployment.start_worker()
