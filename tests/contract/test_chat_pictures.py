"""Pictures of chat completions are files of their questions: read, scaled, shown to models that can see."""

import base64
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import openai
import pytest

from tests.files import pictures
from tests.support.file_stack import run_with_models
from tests.support.model_server import ModelServer, tell
from tests.support.openai_client import client_for
from tests.support.providers import Providers

URL = f"data:image/png;base64,{base64.b64encode(pictures.png()).decode()}"


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


def showing(question: str, *urls: str) -> Any:
    pictures = [{"type": "image_url", "image_url": {"url": url, "detail": "low"}} for url in urls]
    return [{"role": "user", "content": [*pictures, {"type": "text", "text": question}]}]


async def test_a_model_that_can_see_gets_the_picture(
    client: openai.AsyncOpenAI, model: ModelServer, question: str
) -> None:
    model.on(question, tell("A square."))
    reply = await client.chat.completions.create(model="seeing", messages=showing(question, URL, URL))
    assert reply.choices[0].message.content == "A square."
    (exchange,) = model.asked(question)
    first, second, text = exchange.body["messages"][0]["content"]
    assert first == second
    assert first["image_url"]["url"].startswith("data:image/jpeg;base64,")
    assert first["image_url"]["detail"] == "low"
    assert text == {"type": "text", "text": question}


async def test_a_key_gets_the_reply_about_its_picture_again(
    client: openai.AsyncOpenAI, model: ModelServer, question: str
) -> None:
    key = {"Idempotency-Key": f"key of {question}"}
    ids = set[str]()
    for _ in range(2):
        reply = await client.chat.completions.create(model="seeing", messages=showing(question, URL), extra_headers=key)
        ids.add(reply.id)
    assert (len(ids), len(model.asked(question))) == (1, 1)


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("data:image/png;base64,%%%", "invalid_request"),
        (f"data:image/png;base64,{base64.b64encode(bytes(range(200))).decode()}", "file_type_refused"),
        ("https://pictures.example/a.png", "unsupported_parameter"),
        ("file:0123456789abcdef0123456789abcdef", "unknown_file"),
    ],
)
async def test_a_picture_that_cannot_be_read_is_refused(
    client: openai.AsyncOpenAI, model: ModelServer, question: str, url: str, code: str
) -> None:
    with pytest.raises(openai.APIStatusError) as caught:
        await client.chat.completions.create(model="seeing", messages=showing(question, url))
    assert caught.value.code == code
    assert caught.value.status_code in (400, 404)
    assert model.asked(question) == []


async def test_too_many_pictures_are_refused_before_one_is_stored(
    client: openai.AsyncOpenAI, model: ModelServer, question: str
) -> None:
    urls = [f"{URL}{'=' * number}" for number in range(11)]
    with pytest.raises(openai.BadRequestError) as caught:
        await client.chat.completions.create(model="seeing", messages=showing(question, *urls))
    assert caught.value.code == "too_many_files"
    assert model.asked(question) == []
