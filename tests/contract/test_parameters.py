"""A parameter that a model server refuses is renamed or left out, and the reply comes."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from chat.settings import Settings
from tests.support.databases import database
from tests.support.model_server import Exchange, ModelServer, Script, echo
from tests.support.stack import run_stack
from worker.jobs.titles import Answer
from worker.llm.failures import ModelFailure
from worker.llm.models import Models
from worker.llm.prompt import PromptMessage

RENAMED = "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead."
REFUSALS = {
    "max_tokens": RENAMED,
    "temperature": "Unsupported value: 'temperature' does not support 0.7 with this model. Only the default (1) is.",
    "stream_options": "Unrecognized request argument supplied: stream_options",
}
CONTEXT = (
    "'max_tokens' or 'max_completion_tokens' is too large: 2000. This model's maximum context length is 1024 tokens "
    "and your request has 500 input tokens (2000 > 1024 - 500)."
)


async def refuse(exchange: Exchange, words: str) -> None:
    error = {"message": words, "type": "invalid_request_error", "param": None, "code": None}
    await exchange.respond(400, json.dumps({"error": error}).encode())


def without(*names: str) -> Script:
    """Returns a script that refuses the first of these parameters found in a request."""

    async def script(exchange: Exchange) -> None:
        wrong = next((name for name in names if name in exchange.body), None)
        await (refuse(exchange, REFUSALS[wrong]) if wrong else echo(exchange))

    return script


@pytest.fixture
async def server() -> AsyncIterator[ModelServer]:
    async with ModelServer().serve() as server:
        yield server


@pytest.fixture
async def fresh(server: ModelServer) -> AsyncIterator[Models]:
    """A worker's model client that has sent no request yet."""
    settings = Settings(openai_base_url=server.url, openai_api_key="k", openai_max_tokens=77, openai_temperature=0.3)
    async with Models(settings) as models:
        yield models


async def reply_of(models: Models, question: str, name: str = "m") -> str:
    asked: PromptMessage = {"role": "user", "content": question}
    answer = Answer()
    await models.stream(name, [asked], answer)
    return "".join(answer.pieces)


@pytest.mark.parametrize("names", [["max_tokens"], ["temperature"], ["stream_options"], list(REFUSALS)])
async def test_a_refused_parameter_is_omitted_or_renamed_from_then_on(
    server: ModelServer, fresh: Models, names: list[str]
) -> None:
    server.on("q", without(*names))
    assert await reply_of(fresh, "q") == "You said: q "
    assert len(server.exchanges) == 1 + len(names)
    body = server.exchanges[-1].body
    assert not set(names) & set(body)
    assert body.get("max_completion_tokens") == (77 if "max_tokens" in names else None)
    assert {name: body[name] for name in body if name in REFUSALS} == {
        name: value
        for name, value in (("max_tokens", 77), ("temperature", 0.3), ("stream_options", {"include_usage": True}))
        if name not in names
    }
    assert await reply_of(fresh, "q") == "You said: q "
    assert len(server.exchanges) == 2 + len(names)


async def test_a_parameter_refused_by_one_model_is_sent_to_others(server: ModelServer, fresh: Models) -> None:
    server.on("q", without("max_tokens"))
    await reply_of(fresh, "q", "strict")
    await reply_of(fresh, "easy", "lenient")
    assert server.asked("easy")[0].body["max_tokens"] == 77


@pytest.mark.parametrize("name", ["max_tokens", "temperature", "stream_options"])
async def test_a_refusal_that_names_the_parameter_field_is_learned(
    server: ModelServer, fresh: Models, name: str
) -> None:
    async def terse(exchange: Exchange) -> None:
        if name in exchange.body:
            error = {"message": "no", "param": name, "code": "unsupported_parameter"}
            return await exchange.respond(400, json.dumps({"error": error}).encode())
        await echo(exchange)

    server.on("q", terse)
    assert await reply_of(fresh, "q") == "You said: q "


async def test_a_refusal_that_locates_the_parameter_is_learned(server: ModelServer, fresh: Models) -> None:
    async def strict(exchange: Exchange) -> None:
        if "stream_options" in exchange.body:
            detail = [{"type": "extra_forbidden", "loc": ["body", "stream_options"], "msg": "Extra inputs"}]
            return await exchange.respond(422, json.dumps({"detail": detail}).encode())
        await echo(exchange)

    server.on("q", strict)
    assert await reply_of(fresh, "q") == "You said: q "


async def test_parameters_in_a_quoted_question_are_not_learned(server: ModelServer, fresh: Models) -> None:
    question = "What do max_completion_tokens, temperature and stream_options mean?"

    async def quoting(exchange: Exchange) -> None:
        await refuse(exchange, f"Your input was flagged: {question}")

    server.on(question, quoting)
    with pytest.raises(ModelFailure):
        await reply_of(fresh, question)
    assert len(server.exchanges) == 1
    await reply_of(fresh, "easy")
    assert {"max_tokens", "temperature", "stream_options"} <= server.asked("easy")[0].body.keys()


async def test_parameters_are_not_learned_until_a_request_succeeds(server: ModelServer, fresh: Models) -> None:
    async def stubborn(exchange: Exchange) -> None:
        await refuse(exchange, " ".join(REFUSALS.values()))

    server.on("q", stubborn)
    with pytest.raises(ModelFailure):
        await reply_of(fresh, "q")
    await reply_of(fresh, "easy")
    assert {"max_tokens", "temperature", "stream_options"} <= server.asked("easy")[0].body.keys()


async def test_concurrent_first_requests_are_all_answered(server: ModelServer, fresh: Models) -> None:
    """Each request is refused before the client has learned from any of them."""
    waiting, all_here = 0, asyncio.Event()

    async def together(exchange: Exchange) -> None:
        nonlocal waiting
        waiting += 1
        if waiting == 5:
            all_here.set()
        await all_here.wait()
        await without("max_tokens")(exchange)

    server.on("q", together)
    assert await asyncio.gather(*(reply_of(fresh, "q") for _ in range(5))) == ["You said: q "] * 5


@pytest.mark.parametrize(
    ("words", "code"),
    [(RENAMED, "model_bad_request"), (CONTEXT, "model_context_too_long"), (" ".join(REFUSALS), "model_bad_request")],
)
async def test_a_server_that_refuses_everything_is_soon_given_up(
    server: ModelServer, fresh: Models, words: str, code: str
) -> None:
    async def stubborn(exchange: Exchange) -> None:
        await refuse(exchange, words)

    server.on("q", stubborn)
    with pytest.raises(ModelFailure) as caught:
        await reply_of(fresh, "q")
    assert caught.value.code == code
    assert len(server.exchanges) <= 1 + len(REFUSALS)


async def test_learning_of_parameters_is_invisible_to_readers(redis_url: str, tmp_path: Path) -> None:
    async with run_stack(database(redis_url), tmp_path) as stack, stack.client() as user:
        for question in ("first", "second"):
            stack.model.on(question, without("max_tokens", "temperature"))
            transcript = await user.chat(await user.start(), question)
            assert set(transcript.types) == {"start", "chunk", "end"}
            assert transcript.text == f"You said: {question} "
        assert len(stack.model.asked("first")) == 3
        (second,) = stack.model.asked("second")
        assert second.body["max_completion_tokens"] == 2000
