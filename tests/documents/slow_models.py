"""docs/guides/models.md: each block, read as a real .env, leads to an answer from a server of that provider's form."""

from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from dotenv import dotenv_values

from tests.dialects import TABLE
from tests.dialects.case import Case
from tests.documents import blocks
from tests.documents.blocks import Block
from tests.documents.table import Record
from tests.support.databases import database
from tests.support.model_server import Exchange, ModelServer, Script, listing, refuse
from tests.support.stack import run_stack

GUIDE = "docs/guides/models.md"
BLOCKS = blocks.of(GUIDE)
QUESTION = "Say hello"
BEARER = {"authorization": "Bearer your-key"}
AZURE = {"api-key": "your-key"}


@dataclass(frozen=True)
class Provider:
    """What a provider demands. `dialect`: the row of `tests/dialects` with its answer; `lists`: has it a list?"""

    address: str
    path: str
    keys: dict[str, str]
    model: str
    dialect: str
    lists: bool = True


PROVIDERS = [
    Provider(
        "http://127.0.0.1:11434",
        "/v1/chat/completions",
        {},
        "llama3.2",
        "Ollama's reasoning with empty content is thinking",
    ),
    Provider(
        "http://host.docker.internal:11434",
        "/v1/chat/completions",
        {},
        "llama3.2",
        "Ollama's empty reasons before the last chunk are ignored",
    ),
    Provider(
        "https://api.deepseek.com",
        "/v1/chat/completions",
        BEARER,
        "deepseek-v4-flash",
        "DeepSeek's keep-alive comments are skipped",
    ),
    Provider(
        "https://openrouter.ai",
        "/api/v1/chat/completions",
        BEARER,
        "deepseek/deepseek-v3.2",
        "OpenRouter's comments are skipped",
    ),
    Provider(
        "https://your-resource.openai.azure.com",
        "/openai/v1/chat/completions",
        BEARER,
        "your-deployment",
        "Azure's first chunk of prompt_filter_results adds nothing",
    ),
    Provider(
        "https://your-resource.openai.azure.com",
        "/openai/deployments/your-deployment/chat/completions?api-version=2024-10-21",
        AZURE,
        "your-deployment",
        "Azure's filter results after the reason add nothing",
        lists=False,
    ),
    Provider(
        "http://127.0.0.1:8001",
        "/v1/chat/completions",
        BEARER,
        "Qwen/Qwen3-8B",
        "vLLM's reasoning in two fields is thinking once",
    ),
]


def dialect(name: str) -> Case:
    (case,) = (case for case in TABLE if case.name == name)
    return case


def values(block: Block) -> dict[str, str]:
    return {name: value or "" for name, value in dotenv_values(stream=StringIO(block.code)).items()}


def demanding(provider: Provider, answer: Script, path: str) -> Script:
    """Answers only requests with the provider's path, query and key, for its model."""

    async def script(exchange: Exchange) -> None:
        sent = {name: exchange.headers.get(name) for name in provider.keys}
        if exchange.path != path:
            await refuse(404)(exchange)
        elif sent != provider.keys:
            await refuse(401)(exchange)
        elif exchange.body.get("model", provider.model) != provider.model:
            await refuse(404, {"error": {"code": "model_not_found", "message": "no such model"}})(exchange)
        else:
            await answer(exchange)

    return script


def streaming(case: Case) -> Script:
    async def script(exchange: Exchange) -> None:
        await exchange.head(200, {"content-type": case.content_type, "connection": "close"})
        await exchange.raw(case.body)

    return script


def serve_as(provider: Provider, server: ModelServer) -> None:
    """Lets the server take the provider's form."""
    server.on(QUESTION, demanding(provider, streaming(dialect(provider.dialect)), provider.path))
    listed = listing(*dict.fromkeys((provider.model, "openai/gpt-5.1"))) if provider.lists else refuse(404)
    server.models = demanding(provider, listed, provider.path.replace("chat/completions", "models"))


@pytest.mark.parametrize(("block", "provider"), list(zip(BLOCKS, PROVIDERS, strict=True)), ids=lambda value: "")
async def test_settings_of_a_provider_lead_to_its_answer(
    redis_url: str, tmp_path: Path, block: Block, provider: Provider, record: Record
) -> None:
    address = values(block)["OPENAI_BASE_URL"]
    assert address.startswith(f"{provider.address}/")
    async with ModelServer().serve() as server:
        serve_as(provider, server)
        here = f"http://127.0.0.1:{server.port}"
        (tmp_path / ".env").write_text(block.code.replace(provider.address, here), "utf-8")
        async with (
            run_stack(
                database(redis_url), tmp_path, openai_base_url="", openai_api_key="", openai_model="", models=""
            ) as stack,
            stack.client() as user,
        ):
            transcript = await user.chat(await user.start(), QUESTION)
            problems = [line for line in stack.logs().splitlines() if "model_server_problem" in line]
    case = dialect(provider.dialect)
    assert (transcript.text, transcript.end and transcript.end["type"]) == (case.text, "end")
    assert [urlsplit(exchange.path).path for exchange in server.exchanges] == [urlsplit(provider.path).path]
    assert bool(problems) is not provider.lists
    record(block, "-", 0, f"`{transcript.text}` from {provider.path}")


def test_every_block_of_the_guide_has_its_provider() -> None:
    assert [block.argument for block in BLOCKS] == ["tests/documents/slow_models.py"] * len(PROVIDERS)
