"""Pictures of AI SDK and AG-UI clients are files of their questions; later messages and edits name them."""

import base64
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from tests.files import pictures
from tests.support import privacy
from tests.support.client import Client
from tests.support.file_stack import run_with_models
from tests.support.model_server import ModelServer, tell
from tests.support.providers import Providers

DATA = base64.b64encode(pictures.png()).decode()


@pytest.fixture(scope="module")
async def providers(redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Providers]:
    folder: Path = tmp_path_factory.mktemp("pictures")
    async with run_with_models(redis_url, folder) as running:
        yield running


@pytest.fixture
def model(providers: Providers) -> ModelServer:
    return providers.servers["first"]


@pytest.fixture
async def user(providers: Providers) -> AsyncIterator[Client]:
    async with providers.stack.client() as client:
        yield client


def seen(model: ModelServer, question: str) -> list[str]:
    """Returns the types of the parts that the model got last."""
    return [part["type"] for part in model.asked(question)[-1].body["messages"][0]["content"]]


async def test_use_chat_sends_a_picture_and_edits_its_text(user: Client, model: ModelServer, question: str) -> None:
    privacy.note(question)
    model.on(question, tell("A square."))
    model.on(f"{question}?", tell("Yes."))
    file = {"type": "file", "mediaType": "image/png", "url": f"data:image/png;base64,{DATA}"}
    asked: dict[str, Any] = {"id": "u", "role": "user", "parts": [file, {"type": "text", "text": question}]}
    body = {"id": uuid4().hex, "model": "seeing", "messages": [asked]}
    assert "A square." in (await user.http.post("/ai-sdk/chat", json=body)).text
    assert seen(model, question) == ["image_url", "text"]
    (stored, _) = (await user.http.get(f"/ai-sdk/chat/{body['id']}/messages")).json()["messages"]
    assert stored["parts"][0]["mediaType"] == "image/png"
    assert (await user.http.get(stored["parts"][0]["url"])).status_code == 200
    stored["parts"][-1]["text"] = f"{question}?"
    edited = await user.http.post("/ai-sdk/chat", json={**body, "messages": [stored]})
    assert "Yes." in edited.text
    assert seen(model, f"{question}?") == ["image_url", "text"]


async def test_an_agent_gets_a_picture(user: Client, model: ModelServer, question: str) -> None:
    privacy.note(question)
    model.on(question, tell("A square."))
    source = {"type": "data", "value": DATA, "mimeType": "image/png"}
    content = [{"type": "image", "source": source}, {"type": "text", "text": question}]
    body: dict[str, Any] = {"threadId": uuid4().hex, "runId": "r", "forwardedProps": {"model": "seeing"}}
    body["messages"] = [{"id": "u", "role": "user", "content": content}]
    assert "A square." in (await user.http.post("/ag-ui", json=body)).text
    assert seen(model, question) == ["image_url", "text"]
    body["messages"][0]["content"][0]["source"] = {"type": "url", "value": "http://127.0.0.1/a.png"}
    refused = await user.http.post("/ag-ui", json={**body, "runId": "s"})
    assert (refused.status_code, refused.json()["code"]) == (422, "unsupported_parameter")
