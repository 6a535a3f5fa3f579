"""openai-node: replies whole and streamed, its error classes, retries that ask once, and processes that are killed."""

import asyncio
import json
from typing import Any
from uuid import uuid4

import pytest

from tests.chaos.deployment import Deployment
from tests.clients.conftest import node
from tests.clients.killing import replace_api, replace_worker
from tests.clients.slow_ag_ui import HALF, Begun
from tests.support.guests import token
from tests.support.model_server import Led, refuse, tell


@pytest.fixture
def question() -> str:
    return f"question {uuid4().hex[:8]}"


async def ask(deployment: Deployment, question: str, *, model: str = "continues", **more: Any) -> dict[str, Any]:
    """Asks in a process of its own. Returns what it has got."""
    create = {"model": model, "messages": [{"role": "user", "content": question}], **more.pop("create", {})}
    options = {"baseURL": f"{deployment.api_urls[0]}/v1", "apiKey": token(f"user-{uuid4().hex[:8]}"), **more}
    result: dict[str, Any] = json.loads(await node("openai.mjs", json.dumps({**options, "create": create})))
    return result


@pytest.mark.parametrize("stream", [True, False], ids=["streamed", "whole"])
async def test_a_reply_arrives(deployment: Deployment, question: str, stream: bool) -> None:
    deployment.model.on(question, tell("One, ", "two."))
    result = await ask(deployment, question, create={"stream": stream})
    assert (result["text"], result["error"]) == ("One, two.", None)


async def test_the_models_are_listed(deployment: Deployment) -> None:
    assert (await ask(deployment, "", models=True))["calls"] == ["continues", "restarts", "tooled"]


@pytest.mark.parametrize(
    ("name", "status", "more"),
    [
        ("NotFoundError", 404, {"model": "no-such-model"}),
        ("BadRequestError", 400, {"create": {"n": 2}}),
        ("AuthenticationError", 401, {"apiKey": "wrong"}),
    ],
    ids=["model", "parameter", "key"],
)
async def test_a_refusal_is_an_error_of_its_class(
    deployment: Deployment, question: str, name: str, status: int, more: Any
) -> None:
    error = (await ask(deployment, question, **more))["error"]
    assert (error["name"], error["status"]) == (name, status)


async def test_a_failed_reply_is_not_asked_for_again(deployment: Deployment, question: str) -> None:
    deployment.model.on(question, refuse(400), tell("Never."))
    error = (await ask(deployment, question))["error"]
    assert (error["name"], error["code"]) == ("BadRequestError", "model_bad_request")
    assert len(deployment.model.asked(question)) == 1


async def test_a_retry_after_a_killed_api_asks_once(deployment: Deployment, question: str) -> None:
    led = Led()
    deployment.model.on(question, led)
    asking = asyncio.create_task(ask(deployment, question, maxRetries=20))
    exchange = await led.exchange()
    await exchange.say("One, ")
    await replace_api(deployment)
    await exchange.say("two.")
    await led.finish()
    assert (await asking)["text"] == "One, two."
    assert len(deployment.model.asked(question)) == 1


async def test_a_stream_that_breaks_off_is_read_again_by_its_key(deployment: Deployment, question: str) -> None:
    led = Led()
    key: dict[str, Any] = {"apiKey": token(f"user-{uuid4().hex[:8]}"), "headers": {"Idempotency-Key": uuid4().hex}}
    deployment.model.on(question, led)
    asking = asyncio.create_task(ask(deployment, question, create={"stream": True}, **key))
    exchange = await led.exchange()
    await exchange.say("One, ")
    await replace_api(deployment)
    await exchange.say("two.")
    await led.finish()
    cut = await asking
    assert cut["error"] or cut["text"] == "One, two."  # a kill before the first byte is a retry
    again = await ask(deployment, question, create={"stream": True}, **key)
    assert (again["text"], again["error"]) == ("One, two.", None)
    assert len(deployment.model.asked(question)) == 1


@pytest.mark.parametrize(("model", "then"), [("continues", "half and half"), ("restarts", "all of it")])
async def test_a_killed_worker_leaves_no_doubled_text(
    deployment: Deployment, question: str, model: str, then: str
) -> None:
    half = Begun(HALF)
    deployment.model.on(question, half, tell(then))
    asking = asyncio.create_task(ask(deployment, question, model=model, create={"stream": True}))
    await half.began.wait()
    await replace_worker(deployment)
    result = await asking
    if result["error"]:
        assert (result["error"]["code"], result["text"], model) == ("worker_lost", "half ", "restarts")
    else:
        assert result["text"] == then
