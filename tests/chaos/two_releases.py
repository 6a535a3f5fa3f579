"""Runs processes of the last release and of today's code at the same time on one store."""

from collections.abc import Sequence
from functools import partial
from itertools import cycle, repeat
from pathlib import Path
from typing import Any

from tests.chaos import scenarios
from tests.chaos.deployment import Deployment
from tests.chaos.invariants import check
from tests.chaos.load import UNBOUNDED
from tests.chaos.simulated_users import ObservedTurn, SimulatedUser, ask_all
from tests.chaos.transcripts import CALM_QUESTION, CALM_WHOLE, script
from tests.support.model_server import tell
from tests.support.stack import ROOT

Figures = dict[str, Any]
USERS = 10
"""Of the conversations that go on with both releases."""


async def upgraded(
    deployment: Deployment, last: Path, rate: float, at_most: int = UNBOUNDED, count: int = USERS
) -> Figures:
    """Replace every process of the last release by today's under load, then roll back the same way.

    No reply may be started again. The `count` conversations of each release go on with the other.
    """
    script(deployment.model)
    users, first = await ask_all(deployment, count, CALM_QUESTION)
    await read_all(users, first)
    turns = 0
    for code in (ROOT, last):
        deployment.codes = repeat(code)
        replacing = partial(scenarios.restart_all, deployment)
        states = (await scenarios.under_load(deployment, replacing, rate, at_most))[1]
        scenarios.assert_begun_once(states)
        turns += len(states) + await asked_again(users, first)
    return {"turns": turns}


async def asked_again(users: Sequence[SimulatedUser], first: Sequence[ObservedTurn]) -> int:
    """Each user asks once more in the session of its first turn, whose messages must still be there."""
    more = [await user.ask_in(turn.session_id, CALM_QUESTION) for user, turn in zip(users, first, strict=True)]
    await read_all(users, more)
    await check(users, more, CALM_WHOLE)
    await check(users, first, CALM_WHOLE)
    return len(more)


async def read_all(users: Sequence[SimulatedUser], turns: Sequence[ObservedTurn]) -> None:
    for user, observed in zip(users, turns, strict=True):
        await user.read(observed)


async def taken_over(deployment: Deployment, last: Path, count: int) -> Figures:
    """Kill a worker of one release in mid-stream, so that one of the other goes on; then the other way round."""
    figures = []
    for code in (last, ROOT):
        deployment.codes = repeat(code)
        figures.append(await scenarios.worker_killed(deployment, count, has_all=True))
    return {"turns": 2 * count, "restarted": [figure["restarted"] for figure in figures]}


async def continued(deployment: Deployment) -> list[str]:
    """Have a worker of the last release run a turn that continues a reply. What is read, and what is stored."""
    deployment.model.on("count", tell("one ", reason="length"), tell("all of it"))
    user = SimulatedUser(deployment)
    first = await user.read(await user.ask("count"))
    base = (await user.history(first.session_id))[-1]
    body = {"session_id": first.session_id, "continue_from": base["id"]}
    turn_id = (await user.call("POST", "/chat/turns", json=body))["turn_id"]
    second = await user.read(ObservedTurn(first.session_id, turn_id))
    return [second.transcript.text, *(message["content"] for message in await user.history(first.session_id))]


async def faults_at_random(deployment: Deployment, last: Path, seconds: float, rate: float, seed: int) -> Figures:
    """Cause all kinds of faults while each new process is of the other release than the one before."""
    deployment.codes = cycle((last, ROOT))
    return await scenarios.random_schedule(deployment, seconds, rate, seed)
