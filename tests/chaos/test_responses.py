"""What users of OpenAI's Responses get whose worker, API or own process ends in mid-reply."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import openai
import pytest

from tests.chaos.deployment import Deployment, open_deployment
from tests.chaos.test_openai_clients import HALF, PROVIDERS, led_by, replace_api, replace_worker
from tests.support import privacy
from tests.support.model_server import tell
from tests.support.openai_client import client_for
from tests.support.response_reader import ResponseState
from tests.support.waiting import PATIENCE


@pytest.fixture(scope="module")
async def deployment(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Deployment]:
    folder: Path = tmp_path_factory.mktemp("responses") / "deployment"
    async with open_deployment(
        folder, apis=1, workers=1, drain_seconds="0", providers=lambda url: PROVIDERS.replace("{url}", url)
    ) as running:
        yield running


@pytest.fixture
async def client(deployment: Deployment) -> AsyncIterator[openai.AsyncOpenAI]:
    async with client_for(deployment.api_urls[0], retries=20) as client:
        yield client


class Reading:
    """A client that streams a response over any number of connections, and goes on after the last number it has."""

    def __init__(self, client: openai.AsyncOpenAI) -> None:
        self._client = client
        self.state = ResponseState()
        self.id = ""
        self.broke = 0
        self.has_text = asyncio.Event()

    @property
    def text(self) -> str:
        return "".join(self.state.parts.values())

    async def read(self, model: str, question: str) -> None:
        privacy.note(question)
        await self._take(await self._client.responses.create(model=model, input=question, stream=True))
        while not (self.state.final or self.state.error):
            after = self.state.last
            await self._take(await self._client.responses.retrieve(self.id, stream=True, starting_after=after))

    async def _take(self, stream: Any) -> None:
        try:
            async for event in stream:
                self.state.take([event.to_dict()])
                self.id = self.id or event.response.id
                if self.text:
                    self.has_text.set()
        except openai.APIConnectionError:
            self.broke += 1


async def read_past(deployment: Deployment, client: openai.AsyncOpenAI, model: str, question: str) -> Reading:
    """Kill the worker once the client has text; another one answers."""
    reading = Reading(client)
    running = asyncio.create_task(reading.read(model, question))
    await reading.has_text.wait()
    await replace_worker(deployment)
    await running
    return reading


async def test_a_continued_response_shows_nothing_of_a_kill(deployment: Deployment, client: openai.AsyncOpenAI) -> None:
    question = "A continued response shows nothing of a kill"
    deployment.model.on(question, HALF, tell("half ", "and half"))
    reading = await read_past(deployment, client, "continues", question)
    assert reading.state.final
    assert (reading.text, reading.broke) == ("half and half", 0)


async def test_a_response_made_again_is_an_error_then_whole(deployment: Deployment, client: openai.AsyncOpenAI) -> None:
    question = "A response made again is an error, then whole"
    deployment.model.on(question, HALF, tell("all ", "of it"))
    reading = await read_past(deployment, client, "restarts", question)
    assert reading.state.error
    assert (reading.text, reading.state.error["code"]) == ("half ", "worker_lost")
    again = ResponseState()
    async with await client.responses.retrieve(reading.id, stream=True) as stream:
        again.take([event.to_dict() async for event in stream])
    assert again.final
    assert "".join(again.parts.values()) == "all of it"
    late = ResponseState()
    async with await client.responses.retrieve(reading.id, stream=True, starting_after=reading.state.last) as stream:
        late.take([event.to_dict() async for event in stream])
    assert late.error
    assert (await client.responses.retrieve(reading.id)).output_text == "all of it"


@pytest.mark.parametrize("kills", [True, False])
async def test_a_stream_goes_on_after_its_api_has_ended(
    deployment: Deployment, client: openai.AsyncOpenAI, kills: bool
) -> None:
    question = f"A stream goes on after its API has ended {kills}"
    led, reading = await led_by(deployment.model, question), Reading(client)
    running = asyncio.create_task(reading.read("restarts", question))
    exchange = await led.exchange()
    await exchange.say("half ")
    await reading.has_text.wait()
    await replace_api(deployment, kills=kills)
    await exchange.say("and half")
    await led.finish()
    await running
    assert reading.state.final
    assert (reading.text, reading.broke) == ("half and half", int(kills))
    assert len(deployment.model.asked(question)) == 1


READER = """
import json, sys
import openai
url, key, name, after = sys.argv[1:]
client = openai.OpenAI(base_url=url, api_key=key)
if name == "-":
    stream = client.responses.create(model="restarts", input=after, background=True, stream=True)
else:
    stream = client.responses.retrieve(name, stream=True, starting_after=int(after))
for event in stream:
    print(event.to_json(indent=None), flush=True)
"""


async def reader(client: openai.AsyncOpenAI, name: str, after: str) -> asyncio.subprocess.Process:
    """Start a process that streams a response, and writes each event as a line."""
    arguments = (str(client.base_url), client.api_key, name, after)
    return await asyncio.create_subprocess_exec(
        sys.executable, "-c", READER, *arguments, stdout=asyncio.subprocess.PIPE, limit=1 << 20
    )


async def test_a_second_process_goes_on_where_a_killed_one_was(
    deployment: Deployment, client: openai.AsyncOpenAI
) -> None:
    question = "A second process goes on where a killed one was"
    privacy.note(question)
    led, state = await led_by(deployment.model, question), ResponseState()
    first = await reader(client, "-", question)
    assert first.stdout
    exchange = await led.exchange()
    await exchange.say("half ")
    name = ""
    async with asyncio.timeout(PATIENCE):
        while "half " not in state.parts.values():
            event = json.loads(await first.stdout.readline())
            name = name or event["response"]["id"]
            state.take([event])
    first.kill()
    await first.wait()
    await exchange.say("and half")
    await led.finish()
    second = await reader(client, name, str(state.last))
    written, _ = await second.communicate()
    state.take(map(json.loads, written.splitlines()))
    assert state.final
    assert list(state.parts.values()) == ["half and half"]
    assert len(deployment.model.asked(question)) == 1
