"""What users of openai-python get whose worker or API ends in mid-reply."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import openai
import pytest

from tests.chaos.deployment import Deployment, ended, kill, open_deployment
from tests.support.model_server import Exchange, Led, ModelServer, Script, break_off, tell
from tests.support.openai_client import asked, client_for

HALF = break_off("half ", hang=True)
PROVIDERS = """
[[providers]]
name = "continues"
base_url = "{url}"
continue = "prefix"
dialect = "mistral"
[[providers.models]]
id = "continues"
[[providers]]
name = "restarts"
base_url = "{url}"
[[providers.models]]
id = "restarts"
"""


@pytest.fixture(scope="module")
async def deployment(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Deployment]:
    folder: Path = tmp_path_factory.mktemp("clients") / "deployment"
    async with open_deployment(
        folder, apis=1, workers=1, drain_seconds="0", providers=lambda url: PROVIDERS.replace("{url}", url)
    ) as running:
        yield running


@pytest.fixture
async def client(deployment: Deployment) -> AsyncIterator[openai.AsyncOpenAI]:
    async with client_for(deployment.api_urls[0], retries=20) as client:
        yield client


class Reading:
    """A stream that is read up to its end or its error."""

    def __init__(self) -> None:
        self.text = ""
        self.error: openai.APIError | None = None
        self.has_text = asyncio.Event()

    async def read(self, client: openai.AsyncOpenAI, model: str, question: str, **more: Any) -> None:
        try:
            stream = await client.chat.completions.create(model=model, messages=asked(question), stream=True, **more)
            async for chunk in stream:
                self.text += chunk.choices[0].delta.content or ""
                if self.text:
                    self.has_text.set()
        except openai.APIError as error:
            self.error = error


def key_of(question: str) -> dict[str, Any]:
    return {"extra_headers": {"Idempotency-Key": f"key {hash(question)}"}}


async def replace_worker(deployment: Deployment) -> None:
    await kill(deployment.workers.pop())
    await deployment.start_worker()


async def replace_api(deployment: Deployment, *, kills: bool) -> None:
    """End the API, and start another one at its address."""
    ((port, process),) = deployment.apis.items()
    if kills:
        await kill(process)
    else:
        process.terminate()
        await ended(process)
    await deployment.start_api(port)
    await deployment.all_ready()


async def read_past(deployment: Deployment, client: openai.AsyncOpenAI, model: str, question: str) -> Reading:
    """Kill the worker once the client has text; another one answers. Returns what the client got."""
    reading = Reading()
    running = asyncio.create_task(reading.read(client, model, question, **key_of(question)))
    await reading.has_text.wait()
    await replace_worker(deployment)
    await running
    return reading


async def test_a_continued_reply_shows_nothing_of_the_kill(deployment: Deployment, client: openai.AsyncOpenAI) -> None:
    question = "A continued reply shows nothing of the kill"
    deployment.model.on(question, HALF, tell("half ", "and half"))
    reading = await read_past(deployment, client, "continues", question)
    assert (reading.text, reading.error) == ("half and half", None)


async def test_a_reply_made_again_is_an_error_and_no_doubled_text(
    deployment: Deployment, client: openai.AsyncOpenAI
) -> None:
    question = "A reply made again is an error and no doubled text"
    deployment.model.on(question, HALF, tell("all ", "of it"))
    reading = await read_past(deployment, client, "restarts", question)
    assert reading.error
    assert (reading.text, reading.error.code) == ("half ", "worker_lost")
    again = Reading()
    await again.read(client, "restarts", question, **key_of(question))
    assert (again.text, again.error) == ("all of it", None)
    assert len(deployment.model.asked(question)) == 2


@pytest.mark.parametrize(("model", "then"), [("continues", "half and half"), ("restarts", "all of it")])
async def test_a_whole_reply_shows_nothing_of_a_kill(
    deployment: Deployment, client: openai.AsyncOpenAI, model: str, then: str
) -> None:
    question = f"A whole reply of {model} shows nothing of the kill"
    half = Signalled(HALF)
    deployment.model.on(question, half, tell(then))
    waiting = asyncio.ensure_future(client.chat.completions.create(model=model, messages=asked(question)))
    await half.began.wait()
    await replace_worker(deployment)
    assert (await waiting).choices[0].message.content == then


class Signalled:
    """Runs a script, and says when it began."""

    def __init__(self, script: Script) -> None:
        self._script = script
        self.began = asyncio.Event()

    async def __call__(self, exchange: Exchange) -> None:
        self.began.set()
        await self._script(exchange)


async def led_by(model: ModelServer, question: str) -> Led:
    led = Led()
    model.on(question, led)
    return led


@pytest.mark.parametrize("kills", [True, False])
async def test_a_stream_of_an_api_that_ends_is_asked_for_again(
    deployment: Deployment, client: openai.AsyncOpenAI, kills: bool
) -> None:
    question = f"A stream of an API that ends is asked for again {kills}"
    led = await led_by(deployment.model, question)
    reading = Reading()
    running = asyncio.create_task(reading.read(client, "restarts", question, **key_of(question)))
    exchange = await led.exchange()
    await exchange.say("half ")
    await reading.has_text.wait()
    await replace_api(deployment, kills=kills)
    await running
    assert reading.text == "half "
    if kills:
        assert isinstance(reading.error, openai.APIConnectionError)
    else:
        assert reading.error
        assert reading.error.code == "server_restarting"
    await exchange.say("and half")
    await led.finish()
    again = Reading()
    await again.read(client, "restarts", question, **key_of(question))
    assert (again.text, again.error) == ("half and half", None)
    assert len(deployment.model.asked(question)) == 1


@pytest.mark.parametrize("kills", [True, False])
async def test_a_whole_reply_outlives_the_api_by_the_sdks_retry(
    deployment: Deployment, client: openai.AsyncOpenAI, kills: bool
) -> None:
    question = f"A whole reply outlives the API by the SDK's retry {kills}"
    led = await led_by(deployment.model, question)
    waiting = asyncio.ensure_future(client.chat.completions.create(model="restarts", messages=asked(question)))
    exchange = await led.exchange()
    await exchange.say("half ")
    await replace_api(deployment, kills=kills)
    await exchange.say("and half")
    await led.finish()
    assert (await waiting).choices[0].message.content == "half and half"
    assert len(deployment.model.asked(question)) == 1
