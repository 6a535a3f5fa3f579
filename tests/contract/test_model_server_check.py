"""A start asks the model server once, and says what is wrong with its address, key or model."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from chat.model_server import Finding, check
from chat.providers.catalog import Provider
from chat.settings import Settings
from launcher import ports
from tests.support.databases import database
from tests.support.model_server import Exchange, ModelServer, Script, listing, refuse, silence, tell
from tests.support.stack import KEY, run_stack
from tests.support.waiting import eventually

NOT_FOUND = refuse(404, "404 page not found")
ONLY_M = listing("m")
LIST = {"object": "list", "data": [{"id": name} for name in ("llama3.2:latest", "models/gemini", "qwen3")]}


@pytest.fixture
async def server() -> AsyncIterator[ModelServer]:
    async with ModelServer().serve() as running:
        yield running


def under(prefix: str, inside: Script = ONLY_M, outside: Script = NOT_FOUND) -> Script:
    """Answers requests below the path `prefix` in one way and all others in another, as Ollama does."""

    async def script(exchange: Exchange) -> None:
        await (inside if exchange.path.startswith(f"{prefix}/models") else outside)(exchange)

    return script


async def found(server: ModelServer, script: Script, path: str = "/v1", **settings: Any) -> Finding | None:
    server.models = script
    address = f"http://127.0.0.1:{server.port}{path}"
    return await check(provider(**{"openai_base_url": address, "openai_api_key": KEY, "openai_model": "m", **settings}))


def provider(**settings: Any) -> Provider:
    (only,) = Settings(**settings).catalog.providers
    return only


@pytest.mark.parametrize(
    ("models", "settings"),
    [
        (listing("m"), {}),
        (listing(), {}),
        (refuse(429), {}),
        (refuse(200, LIST), {"openai_model": "llama3.2"}),
        (refuse(200, LIST), {"openai_model": "gemini", "models": "gemini,qwen3"}),
        (refuse(200, [{"id": "m"}]), {}),
        (under("/v1"), {}),
    ],
)
async def test_a_usable_server_has_no_finding(server: ModelServer, models: Script, settings: dict[str, Any]) -> None:
    assert await found(server, models, **settings) is None


@pytest.mark.parametrize(
    ("models", "path", "status", "words"),
    [
        (refuse(401), "/v1", 401, "refuses the API key (status 401). Check OPENAI_API_KEY."),
        (refuse(403), "/v1", 403, "refuses the API key (status 403)"),
        (refuse(402), "/v1", 402, "the account has no credit"),
        (refuse(308, location="https://elsewhere/v1"), "/v1", 308, "redirects (status 308)"),
        (refuse(500), "/v1", 500, "reports an error of its own"),
        (listing("a", "b"), "/v1", None, "does not list the model m. Check OPENAI_MODEL"),
        (listing("a", "b"), "/v1", None, "Check OPENAI_MODEL. It lists a, b."),
        (under("/v1"), "", 404, "has no list of models (status 404). Its API is under /v1: set OPENAI_BASE_URL to http://127"),
        (under("/v1", refuse(401)), "", 404, "Its API is under /v1"),
        (under("/v1", outside=refuse(200, {"error": "Unexpected"})), "/api", 200, "like an OpenAI-compatible server"),
        (refuse(404), "", 404, "with most servers it ends with /v1"),
        (refuse(404), "/v1", 404, "If replies fail, check OPENAI_BASE_URL"),
        (refuse(200, "<html>"), "/v1", 200, "does not answer like an OpenAI-compatible server"),
    ],
)  # fmt: skip
async def test_what_is_wrong_is_said_with_address_and_status(
    server: ModelServer, models: Script, path: str, status: int | None, words: str
) -> None:
    finding = await found(server, models, path)
    assert finding is not None
    assert finding.status == status
    assert words in finding.sentence
    assert finding.sentence.startswith(f"The model server at http://127.0.0.1:{server.port}{path} ")
    assert KEY not in finding.sentence


async def test_a_server_without_a_list_under_v1_is_asked_once_more(server: ModelServer) -> None:
    await found(server, refuse(404), "")
    assert [exchange.path for exchange in server.checks] == ["/models", "/v1/models"]


async def test_the_login_of_the_address_is_sent_instead_of_the_key(server: ModelServer) -> None:
    assert await check(provider(openai_base_url=f"http://u:p@127.0.0.1:{server.port}/v1")) is not None
    assert [exchange.headers["authorization"] for exchange in server.checks] == ["Basic dTpw"]


async def test_a_key_that_is_missing_is_named_as_such(server: ModelServer) -> None:
    finding = await found(server, refuse(401), openai_api_key="")
    assert finding is not None
    assert "wants an API key (status 401)" in finding.sentence


@pytest.mark.parametrize(
    ("url", "cause"),
    [
        ("http://u:s3cr3t@127.0.0.1:{}/v1?key=s3cr3t", "connection refused"),
        ("https://u:s3cr3t@no-such-host.invalid:{}/v1", "its host name is unknown"),
    ],
)
async def test_a_server_that_is_away_is_named_without_its_login(url: str, cause: str) -> None:
    finding = await check(provider(openai_base_url=url.format(ports.free()), openai_api_key="k"))
    assert finding is not None
    assert f"does not answer: {cause}. Start it, or correct OPENAI_BASE_URL." in finding.sentence
    assert finding.status is None
    assert "s3cr3t" not in finding.sentence


async def test_a_server_without_tls_is_reported_as_such() -> None:
    async def refuse_head(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")
        await writer.drain()
        writer.close()

    plain = await asyncio.start_server(refuse_head, "127.0.0.1", 0)
    async with plain:
        port = plain.sockets[0].getsockname()[1]
        finding = await check(provider(openai_base_url=f"https://127.0.0.1:{port}/v1", openai_api_key="k"))
    assert finding is not None
    assert "does not answer: it does not speak TLS" in finding.sentence


async def test_a_silent_server_ends_the_check_in_time(server: ModelServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chat.model_server.SECONDS", 0.2)
    finding = await found(server, silence)
    assert finding is not None
    assert "no answer within 0.2 s" in finding.sentence


async def test_names_that_a_server_makes_up_are_not_repeated(server: ModelServer) -> None:
    finding = await found(server, listing("a b\n", "x" * 81, "ok"))
    assert finding is not None
    assert finding.sentence.endswith("It lists ok.")


async def test_the_query_of_the_address_is_sent_with_each_request(redis_url: str, tmp_path: Path) -> None:
    async with ModelServer().serve() as azure:
        azure.on("hello", tell("fine"))
        url = f"http://127.0.0.1:{azure.port}/openai/deployments/d?api-version=2024-10-21"
        async with run_stack(database(redis_url), tmp_path, openai_base_url=url) as stack, stack.client() as user:
            transcript = await user.chat(await user.start(), "hello")
            assert transcript.text == "fine"
            await eventually(lambda: _logged(stack.logs(), "model_server"))
        sent = [*azure.exchanges, *azure.checks]
        assert [exchange.path for exchange in sent] == [
            "/openai/deployments/d/chat/completions?api-version=2024-10-21",
            "/openai/deployments/d/models?api-version=2024-10-21",
        ]
        assert {exchange.headers["api-key"] for exchange in sent} == {KEY}


async def test_a_worker_logs_what_is_wrong_and_works(redis_url: str, tmp_path: Path) -> None:
    nowhere = f"http://u:s3cr3t@127.0.0.1:{ports.free()}/v1?key=s3cr3t"
    async with run_stack(database(redis_url), tmp_path, openai_base_url=nowhere) as stack:
        line = await eventually(lambda: _logged(stack.logs(), "model_server_problem"))
        assert line
        assert (line["level"], line["status"]) == ("warning", None)
        assert line["url"] == nowhere.replace("u:s3cr3t@", "").partition("?")[0]
        assert line["problem"] == "does not answer: connection refused"
        assert "OPENAI_BASE_URL" in line["hint"]
        assert "s3cr3t" not in stack.logs()


async def test_a_worker_logs_that_the_server_answers(redis_url: str, tmp_path: Path) -> None:
    async with run_stack(database(redis_url), tmp_path) as stack:
        line = await eventually(lambda: _logged(stack.logs(), "model_server"))
        assert line
        assert (line["event"], line["url"]) == ("model_server_answers", stack.model.url)
        assert [exchange.headers["authorization"] for exchange in stack.model.checks] == [f"Bearer {KEY}"]


async def _logged(logs: str, event: str) -> dict[str, Any] | None:
    lines = [json.loads(line) for line in logs.splitlines() if line.startswith("{")]
    return next((line for line in lines if line["event"].startswith(event)), None)
