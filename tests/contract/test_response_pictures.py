"""Pictures of responses are files of their questions, and stay with the branch."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import openai
import pytest

from tests.contract.test_chat_pictures import URL
from tests.contract.test_responses import TOOLS
from tests.contract.test_tool_calls import SUN, calling
from tests.support import privacy
from tests.support.file_stack import run_with_models
from tests.support.model_server import ModelServer, tell
from tests.support.openai_client import client_for
from tests.support.providers import Providers


@pytest.fixture(scope="module")
async def providers(redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Providers]:
    folder: Path = tmp_path_factory.mktemp("pictures")
    async with run_with_models(redis_url, folder) as running:
        yield running


@pytest.fixture
def model(providers: Providers) -> ModelServer:
    return providers.servers["first"]


@pytest.fixture
async def client(providers: Providers) -> AsyncIterator[openai.AsyncOpenAI]:
    async with client_for(providers.stack.url) as client:
        yield client


async def test_a_picture_and_calls_stay_over_three_turns(
    client: openai.AsyncOpenAI, model: ModelServer, question: str
) -> None:
    privacy.note(question)
    model.on(question, calling(SUN), tell("A sunny square."), tell("Yes."))
    image = {"type": "input_image", "image_url": URL, "detail": "low"}
    content: Any = [{"role": "user", "content": [{"type": "input_text", "text": question}, image]}]
    first = await client.responses.create(model="seeing", input=content, tools=TOOLS)
    result: Any = [{"type": "function_call_output", "call_id": SUN["id"], "output": "sun"}]
    second = await client.responses.create(model="seeing", input=result, previous_response_id=first.id, tools=TOOLS)
    assert second.output_text == "A sunny square."
    await client.responses.create(model="seeing", input="Sure?", previous_response_id=second.id)
    asked = model.asked("Sure?")[-1].body["messages"]
    assert [message["role"] for message in asked] == ["user", "assistant", "tool", "assistant", "user"]
    assert asked[0]["content"][1]["image_url"]["url"].startswith("data:image/jpeg;base64,")
    (item,) = (await client.responses.input_items.list(first.id)).data
    parts: Any = item.to_dict()["content"]
    text, picture = parts
    assert (text["text"], picture["type"], picture["detail"]) == (question, "input_image", "low")
    again: Any = [{"role": "user", "content": [picture, {"type": "input_text", "text": f"{question}?"}]}]
    await client.responses.create(model="seeing", input=again)
    (exchange,) = model.asked(f"{question}?")
    assert exchange.body["messages"][0]["content"][0] == asked[0]["content"][1]


async def test_an_address_is_refused_by_name(client: openai.AsyncOpenAI) -> None:
    image = {"type": "input_image", "image_url": "https://friend.example/a.png", "detail": "low"}
    content: Any = [{"role": "user", "content": [image]}]
    with pytest.raises(openai.BadRequestError) as caught:
        await client.responses.create(model="seeing", input=content)
    assert caught.value.code == "unsupported_parameter"
