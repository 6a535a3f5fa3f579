"""openai-node's Responses: streamed, read on by another process, polled, cancelled, and with an API that is killed."""

import asyncio
import json
from typing import Any
from uuid import uuid4

import pytest

from tests.chaos.deployment import Deployment
from tests.clients.conftest import node, started
from tests.clients.killing import replace_api
from tests.support.guests import token
from tests.support.model_server import Led, tell

Result = dict[str, Any]


@pytest.fixture
def question() -> str:
    return f"question {uuid4().hex[:8]}"


class User:
    """A user, each of whose steps is a process of its own."""

    def __init__(self, deployment: Deployment) -> None:
        self._options = {"baseURL": f"{deployment.api_urls[0]}/v1", "apiKey": token(f"user-{uuid4().hex[:8]}")}

    def arguments(self, **options: Any) -> tuple[str, str]:
        return "responses.mjs", json.dumps({**self._options, **options})

    async def do(self, **options: Any) -> Result:
        """Returns the last line of a process."""
        result: Result = json.loads((await node(*self.arguments(**options))).splitlines()[-1])
        return result

    async def read_until(self, text: str, **options: Any) -> Result:
        """Kills a process once it has this text. Returns its line."""
        process = await started(*self.arguments(**options))
        assert process.stdout
        async for line in process.stdout:
            result: Result = json.loads(line)
            if result["text"] == text:
                break
        process.kill()
        await process.communicate()
        assert result["text"] == text
        return result


@pytest.fixture
def user(deployment: Deployment) -> User:
    return User(deployment)


def asked(question: str, **more: Any) -> Result:
    return {"model": "continues", "input": question, **more}


async def test_a_response_arrives_streamed_and_whole(user: User, deployment: Deployment, question: str) -> None:
    deployment.model.on(question, tell("One, ", "two."), tell("Three."))
    streamed = await user.do(create=asked(question, stream=True))
    assert (streamed["text"], streamed["status"], streamed["error"]) == ("One, two.", "completed", None)
    whole = await user.do(create=asked(question, previous_response_id=streamed["id"]))
    assert (whole["text"], whole["status"]) == ("Three.", "completed")
    found = await user.do(retrieve=streamed["id"])
    assert (found["text"], found["status"]) == ("One, two.", "completed")


async def test_another_process_reads_on_after_the_last_event(user: User, deployment: Deployment, question: str) -> None:
    led = Led()
    deployment.model.on(question, led)
    reading = asyncio.create_task(user.read_until("One, ", create=asked(question, stream=True, background=True)))
    exchange = await led.exchange()
    await exchange.say("One, ")
    first = await reading
    await replace_api(deployment)
    rest = asyncio.create_task(user.do(retrieve=first["id"], after=first["last"]))
    await exchange.say("two.")
    await led.finish()
    last = await rest
    assert (first["text"] + last["text"], last["status"], last["error"]) == ("One, two.", "completed", None)
    assert len(deployment.model.asked(question)) == 1


async def test_a_response_in_the_background_is_stopped(user: User, deployment: Deployment, question: str) -> None:
    led = Led()
    deployment.model.on(question, led)
    reading = asyncio.create_task(user.read_until("half ", create=asked(question, stream=True, background=True)))
    await (await led.exchange()).say("half ")
    response = (await reading)["id"]
    running = await user.do(retrieve=response)
    assert (running["status"], running["text"]) == ("in_progress", "half ")
    assert (await user.do(cancel=response))["status"] == "cancelled"
    streamed = await user.do(retrieve=response, after=0)
    assert (streamed["text"], streamed["status"], streamed["error"]) == ("half ", "cancelled", None)
    found = await user.do(retrieve=response)
    assert (found["status"], found["text"]) == ("cancelled", "half ")


async def test_an_unknown_response_is_an_error_of_its_class(user: User) -> None:
    error = (await user.do(retrieve="resp_unknown"))["error"]
    assert (error["name"], error["status"], error["code"]) == ("NotFoundError", 404, "response_not_found")
