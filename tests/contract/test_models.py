"""Models of several providers are listed with what they can; a session remembers its model; thinking is switched."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.support.client import Client
from tests.support.databases import database
from tests.support.providers import KEY, Providers, run_with_file

TEXT = """
default = "plain"

[[providers]]
name = "First"
base_url = "{first}"
key_env = "PROVIDER_KEY"

[[providers.models]]
id = "clever"
name = "vendor/clever-3"
label = "Clever"
context_length = 128000
price = { input = 0.5, output = 1.5, currency = "EUR" }
can = ["vision", "thinking"]
temperature = 0.2
max_tokens = 300
reasoning_effort = "low"
extra_body = { top_k = 20 }
thinking_on = { enable_thinking = true, thinking_budget = 900 }
thinking_off = { enable_thinking = false }

[[providers]]
name = "Second"
base_url = "{second}"

[[providers.models]]
id = "plain"

[[providers.models]]
id = "thinker"
can = ["thinking"]
"""


@pytest.fixture(scope="module")
async def providers(redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Providers]:
    async with run_with_file(database(redis_url), tmp_path_factory.mktemp("models"), TEXT) as running:
        yield running


@pytest.fixture
async def ann(providers: Providers) -> AsyncIterator[Client]:
    async with providers.stack.client() as user:
        yield user


async def session_of(user: Client, session_id: str) -> dict[str, Any]:
    return dict((await user.http.get("/chat/history", params={"session_id": session_id})).json())


def bodies(providers: Providers, question: str, server: str = "first") -> list[dict[str, Any]]:
    return [exchange.body for exchange in providers.servers[server].asked(question)]


async def test_all_models_are_listed_with_what_they_can(ann: Client) -> None:
    listed = (await ann.http.get("/models")).json()
    assert listed["default_model"] == "plain"
    assert [(each["provider"], each["id"], each["label"], each["thinking"]) for each in listed["models"]] == [
        ("First", "clever", "Clever", "switch"),
        ("Second", "plain", "plain", "no"),
        ("Second", "thinker", "thinker", "always"),
    ]
    assert listed["models"][0] == {
        "id": "clever",
        "label": "Clever",
        "provider": "First",
        "demo": False,
        "can": ["thinking", "vision"],
        "context_length": 128000,
        "max_tokens": 300,
        "price": {"input": 0.5, "output": 1.5, "currency": "EUR"},
        "thinking": "switch",
    }


async def test_a_request_goes_to_its_provider_with_its_parameters(providers: Providers, ann: Client) -> None:
    transcript = await ann.chat(await ann.start(), "to the clever one", model="clever")
    assert transcript.text == "You said: to the clever one "
    (exchange,) = providers.servers["first"].asked("to the clever one")
    assert exchange.headers["authorization"] == f"Bearer {KEY}"
    sent = {name: value for name, value in exchange.body.items() if name != "messages"}
    assert sent == {
        "model": "vendor/clever-3",
        "temperature": 0.2,
        "max_tokens": 300,
        "reasoning_effort": "low",
        "top_k": 20,
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    await ann.chat(await ann.start(), "to the plain one")
    (plain,) = bodies(providers, "to the plain one", "second")
    assert set(plain) == {"model", "messages", "stream", "stream_options"}
    assert providers.servers["second"].exchanges[-1].headers["authorization"] == "Bearer none"


async def test_a_session_remembers_the_model_of_its_last_question(providers: Providers, ann: Client) -> None:
    session_id = await ann.start()
    assert (await session_of(ann, session_id))["model"] is None
    await ann.chat(session_id, "with the default")
    assert (await session_of(ann, session_id))["model"] == "plain"
    await ann.chat(session_id, "with another", model="clever")
    await ann.chat(session_id, "without a model")
    assert len(bodies(providers, "without a model")) == 1
    found = await session_of(ann, session_id)
    assert found["model"] == "clever"
    assert [message.get("model") for message in found["messages"][1::2]] == ["plain", "clever", "clever"]
    listed = (await ann.http.get("/chat/sessions")).json()["sessions"]
    assert [session["model"] for session in listed] == ["clever"]


async def test_a_waiting_question_has_its_sessions_model(providers: Providers, ann: Client) -> None:
    session_id = await ann.start()
    first = await ann.ask(session_id, "asked first", model="clever")
    second = await ann.ask(session_id, "asked second", when_busy="wait")
    third = await ann.ask(session_id, "asked third", when_busy="wait", model="thinker")
    for turn_id in (first, second, third):
        await ann.follow(turn_id)
    assert [(await ann.turn(turn_id))["model"] for turn_id in (first, second, third)] == ["clever", "clever", "thinker"]
    assert (await session_of(ann, session_id))["model"] == "thinker"


async def test_a_model_that_is_no_longer_listed_is_replaced(providers: Providers, ann: Client) -> None:
    session_id = await ann.start()
    await ann.chat(session_id, "before it was removed", model="clever")
    store = providers.stack.store
    await store.execute_command("HSET", f"chat:{{{session_id}}}:session", "model", "removed")
    await ann.chat(session_id, "after it was removed")
    assert len(bodies(providers, "after it was removed", "second")) == 1


@pytest.mark.parametrize(
    ("thinking", "sent"),
    [
        (True, {"enable_thinking": True, "thinking_budget": 900}),
        (False, {"enable_thinking": False}),
        (None, {}),
    ],
)
async def test_thinking_is_switched_by_the_models_own_fields(
    providers: Providers, ann: Client, thinking: bool | None, sent: dict[str, Any]
) -> None:
    question = f"with thinking {thinking}"
    await ann.chat(await ann.start(), question, model="clever", thinking=thinking)
    (body,) = bodies(providers, question)
    assert {name: value for name, value in body.items() if "thinking" in name} == sent


async def test_thinking_has_no_effect_where_it_cannot_be_switched(providers: Providers, ann: Client) -> None:
    await ann.chat(await ann.start(), "thinks always", model="thinker", thinking=False)
    (body,) = bodies(providers, "thinks always", "second")
    assert set(body) == {"model", "messages", "stream", "stream_options"}


async def test_an_unlisted_model_is_refused(ann: Client) -> None:
    response = await ann.post_turn(await ann.start(), "hello", model="vendor/clever-3")
    assert (response.status_code, response.json()["code"]) == (422, "unknown_model")
