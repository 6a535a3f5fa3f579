"""One Holdfast is the provider of another: replies survive kills on both sides, and are made once."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.chaos.background import WHOLE, kill_all
from tests.chaos.deployment import Deployment, open_deployment
from tests.chaos.invariants import check
from tests.chaos.simulated_users import ObservedTurn, SimulatedUser
from tests.chaos.test_openai_clients import PROVIDERS, replace_api
from tests.support.guests import token
from tests.support.model_server import Exchange, Script, break_off, tell
from tests.support.waiting import eventually

MODELS = """
[[providers]]
name = "upstream"
base_url = "{url}/v1"
key_env = "UPSTREAM_KEY"
continue = "background"
[[providers.models]]
id = "continues"
max_tokens = 10000
[[providers.models]]
id = "restarts"
max_tokens = 10000
"""
USER = "another-holdfast"
THIRD = len(WHOLE) // 3


@pytest.fixture(scope="module")
async def upstream(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Deployment]:
    folder: Path = tmp_path_factory.mktemp("upstream") / "deployment"
    opening = open_deployment(
        folder, apis=1, workers=1, drain_seconds="0", providers=lambda url: PROVIDERS.replace("{url}", url)
    )
    async with opening as running:
        yield running


@pytest.fixture(scope="module")
async def deployment(upstream: Deployment, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Deployment]:
    folder: Path = tmp_path_factory.mktemp("downstream") / "deployment"
    (url,) = upstream.api_urls
    opening = open_deployment(
        folder,
        apis=1,
        workers=1,
        drain_seconds="0",
        upstream_key=token(USER),
        providers=lambda _: MODELS.replace("{url}", url),
    )
    async with opening as running:
        yield running


def held(*pieces: str) -> tuple[Script, asyncio.Event]:
    """Say the pieces; the last one waits for the event."""
    go = asyncio.Event()

    async def script(exchange: Exchange) -> None:
        await exchange.start()
        await exchange.say(*pieces[:-1])
        await go.wait()
        await exchange.say(pieces[-1])
        await exchange.finish()

    return script, go


async def begun(
    user: SimulatedUser, question: str, model: str, size: int
) -> tuple[ObservedTurn, "asyncio.Task[object]"]:
    """Ask, and wait until the reader has so many characters."""
    observed = await user.ask(question, model=model)
    reading = asyncio.create_task(user.read(observed))

    async def is_there() -> bool:
        return len(observed.transcript.text) >= size

    await eventually(is_there)
    return observed, reading


async def test_three_kills_cost_no_word_and_no_second_reply(upstream: Deployment, deployment: Deployment) -> None:
    question, user = "Three kills cost no word and no second reply", SimulatedUser(deployment)
    script, go = held(WHOLE[:THIRD], WHOLE[THIRD:])
    upstream.model.on(question, script)
    observed, reading = await begun(user, question, "restarts", THIRD)
    await kill_all(deployment)
    await replace_api(upstream, kills=True)
    await kill_all(deployment)
    go.set()
    await reading
    await check([user], [observed], WHOLE)
    assert "restart" not in observed.transcript.types, observed.transcript.types
    assert len(upstream.model.asked(question)) == 1


async def test_the_providers_own_worker_may_die_too(upstream: Deployment, deployment: Deployment) -> None:
    question, user = "The provider's own worker may die, too", SimulatedUser(deployment)
    upstream.model.on(question, break_off(WHOLE[:THIRD], hang=True), tell(WHOLE[:THIRD], WHOLE[THIRD:]))
    observed, reading = await begun(user, question, "continues", THIRD)
    await kill_all(upstream)
    await reading
    await check([user], [observed], WHOLE)
    assert "restart" not in observed.transcript.types, observed.transcript.types


async def test_a_reply_that_the_provider_makes_again_fails(upstream: Deployment, deployment: Deployment) -> None:
    """A reply whose provider fails after its first words is not asked for again, whatever that provider is."""
    question, user = "A reply that the provider makes again fails", SimulatedUser(deployment)
    upstream.model.on(question, break_off(WHOLE[:THIRD], hang=True), tell(WHOLE))
    observed, reading = await begun(user, question, "restarts", THIRD)
    await kill_all(upstream)
    await reading
    (turn,) = await check([user], [observed])
    assert (turn["state"], turn["error"]["code"]) == ("failed", "model_server_error")
    assert observed.transcript.text == WHOLE[:THIRD]


async def test_a_stop_reaches_the_providers_reply(upstream: Deployment, deployment: Deployment) -> None:
    question, user = "A stop reaches the provider's reply", SimulatedUser(deployment)
    script, _ = held("half ", "never")
    upstream.model.on(question, script)
    observed, reading = await begun(user, question, "restarts", 5)
    await user.call("POST", f"/chat/turns/{observed.turn_id}/cancel")
    await reading
    headers = {"Authorization": f"Bearer {token(USER)}"}

    async def is_cancelled() -> bool:
        listed = await upstream.http.get(f"{upstream.api_urls[0]}/chat/sessions", headers=headers)
        (session,) = [each for each in listed.json()["sessions"] if question.startswith(each["title"][:20])]
        history = await upstream.http.get(
            f"{upstream.api_urls[0]}/chat/history?session_id={session['session_id']}", headers=headers
        )
        return bool(history.json()["messages"][-1].get("finish_reason") == "cancelled")

    await eventually(is_cancelled)
