"""Replies go on where they stopped when their worker is killed."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Literal

import pytest

from tests.chaos import demo, resuming
from tests.chaos.deployment import Deployment, ended, kill, open_deployment
from tests.chaos.invariants import check
from tests.chaos.simulated_users import ObservedTurn, SimulatedUser
from tests.support.model_server import Exchange, Script, break_off, refuse, tell
from tests.support.waiting import eventually


@pytest.fixture(scope="module")
async def deployment(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Deployment]:
    folder = tmp_path_factory.mktemp("resuming") / "deployment"
    async with open_deployment(
        folder, apis=1, workers=2, drain_seconds="0", providers=resuming.providers
    ) as deployment:
        yield deployment


async def test_replies_of_every_dialect_go_on_after_a_kill(deployment: Deployment) -> None:
    figures = await resuming.resumed(deployment, resuming.DIALECTS, 1, kills=2)
    assert figures["resumed"] > 0


async def test_the_demo_model_goes_on_after_a_kill(tmp_path: Path) -> None:
    async with demo.demo_deployment(tmp_path / "deployment", max_tokens=80) as (deployment, asked):
        figures = await demo.interrupted(deployment, asked, kills=1)
    assert figures["resumed"] == 1


async def taken_over(
    deployment: Deployment,
    question: str,
    first: Script,
    *then: Script,
    how: Literal["kill", "stop"] = "kill",
    model: str = "mistral",
) -> ObservedTurn:
    """Have all workers leave once a reader shows some of the first answer. Others get the next answers."""
    user = SimulatedUser(deployment)
    deployment.model.on(question, first, *then)
    observed = await user.ask(question, model=model)
    reading = asyncio.create_task(user.read(observed))

    async def shows() -> bool:
        return bool(observed.transcript.text or observed.transcript.thinking)

    await eventually(shows)
    for worker in deployment.workers:
        if how == "stop":
            worker.terminate()
    for worker in deployment.workers:
        await (kill(worker) if how == "kill" else ended(worker))
    deployment.workers.clear()
    for _ in range(2):
        await deployment.start_worker()
    await reading
    await check([user], [observed])
    return observed


def asked(deployment: Deployment, question: str) -> list[str]:
    """The prefix of each request with that question."""
    return [exchange.prefix for exchange in deployment.model.asked(question)]


async def test_a_server_that_refuses_a_prefix_makes_the_reply_again(deployment: Deployment) -> None:
    question = "A server that refuses a prefix makes the reply again"

    async def again(exchange: Exchange) -> None:
        await (refuse(400) if exchange.prefix else tell("all of it"))(exchange)

    first = break_off("half ", hang=True)
    observed = await taken_over(deployment, question, first, again)
    assert asked(deployment, question) == ["", "half", ""]
    kinds = [kind for kind in observed.transcript.types if kind in ("resume", "restart")]
    assert (kinds, observed.transcript.text) == (["resume", "restart"], "all of it")


async def test_a_reply_that_stopped_in_thinking_starts_again(deployment: Deployment) -> None:
    question = "A reply that stopped in thinking starts again"

    async def thinks(exchange: Exchange) -> None:
        await exchange.start()
        await exchange.delta(reasoning_content="hm")
        await asyncio.Event().wait()

    observed = await taken_over(deployment, question, thinks, tell("all of it"))
    assert asked(deployment, question) == ["", ""]
    assert "restart" in observed.transcript.types
    assert "resume" not in observed.transcript.types
    assert (observed.transcript.text, observed.transcript.thinking) == ("all of it", "")


async def test_a_worker_that_is_stopped_hands_its_text_on(deployment: Deployment) -> None:
    question = "A worker that is stopped hands its text on"
    first = break_off("half ", hang=True)
    observed = await taken_over(deployment, question, first, tell("half", " and half"), how="stop")
    assert asked(deployment, question) == ["", "half"]
    assert observed.transcript.text == "half and half"
    assert "restart" not in observed.transcript.types


async def test_a_model_that_fails_after_a_resume_keeps_the_text(deployment: Deployment) -> None:
    question = "A model that fails after a resume keeps the text"
    first = break_off("half ", hang=True)
    observed = await taken_over(deployment, question, first, refuse(401))
    end = observed.transcript.end
    assert end
    assert (end["type"], end["code"], observed.transcript.text) == ("error", "model_unauthorized", "half ")


async def test_a_model_that_fails_after_a_resume_has_a_fall_back(deployment: Deployment) -> None:
    question = "A model that fails after a resume has a fall back"
    first = break_off("a half ", hang=True)
    observed = await taken_over(
        deployment, question, first, refuse(401), refuse(401), tell("a whole"), model="falling-back"
    )
    kinds = [kind for kind in observed.transcript.types if kind in ("resume", "restart", "retry")]
    assert (observed.transcript.text, kinds) == ("a whole", ["resume", "restart", "retry"])
    assert asked(deployment, question) == ["", "a half", "", ""]
