"""Clients of other protocols work through the web tier: with long prompts, at both addresses."""

import json
from asyncio.subprocess import DEVNULL, PIPE, create_subprocess_exec
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import httpx2
import openai
import pytest

from tests.support import privacy
from tests.support.guests import token
from tests.support.model_server import tell
from tests.support.openai_client import asked, client_for
from tests.support.stack import Stack
from tests.support.waiting import PATIENCE
from tests.support.web_tier import CADDY, CADDYFILE, run_web_tier

QUESTION = "A question of openai-python through the web tier"


async def test_openai_python_works_through_the_web_tier(pair: Stack, tmp_path: Path) -> None:
    pair.model.on(QUESTION, tell("one ", "reply"))
    long = [{"role": "system", "content": "x" * (3 << 20)}, *asked(QUESTION)]
    async with run_web_tier(tmp_path, pair.urls) as tier:
        for url in (tier.url, f"{tier.url}/api"):
            async with client_for(url) as client:
                assert [model.id async for model in client.models.list()]
                whole = await client.chat.completions.create(model="scripted", messages=long)
                assert whole.choices[0].message.content == "one reply"
                stream = await client.chat.completions.create(model="scripted", messages=long, stream=True)
                text = "".join([chunk.choices[0].delta.content or "" async for chunk in stream])
                assert text == "one reply"


async def test_long_prompts_of_other_clients_pass_the_web_tier(pair: Stack, tmp_path: Path) -> None:
    question = "A question of other clients through the web tier"
    privacy.note(question)
    pair.model.on(question, tell("one ", "reply"), tell("one ", "reply"), tell("one ", "reply"), tell("one ", "reply"))
    parts, bearer = [{"type": "text", "text": question}], {"Authorization": f"Bearer {token('user-of-the-tier')}"}
    async with run_web_tier(tmp_path, pair.urls) as tier, httpx2.AsyncClient(headers=bearer, timeout=PATIENCE) as http:
        for url in (tier.url, f"{tier.url}/api"):
            chat = {"id": url, "system": "x" * (3 << 20), "messages": [{"role": "user", "parts": parts}]}
            assert "reply" in (await http.post(f"{url}/ai-sdk/chat", json=chat)).text
            run: dict[str, Any] = {
                "threadId": url,
                "runId": "r",
                "messages": [{"id": "m", "role": "user", "content": question}],
            }
            run["context"] = [{"description": "long", "value": "x" * (3 << 20)}]
            assert "RUN_FINISHED" in (await http.post(f"{url}/ag-ui", json=run)).text


async def test_an_error_of_the_web_tier_has_the_form_of_openai(tmp_path: Path) -> None:
    async with run_web_tier(tmp_path, ["http://127.0.0.1:9"], api_seconds="300ms") as tier:
        async with client_for(tier.url) as client:
            with pytest.raises(openai.InternalServerError) as caught:
                await client.models.retrieve("scripted")
    assert (caught.value.status_code, caught.value.code) == (503, "server_unavailable")


@pytest.mark.parametrize("prefix", ["", "/api"])
async def test_a_prompt_beyond_the_tiers_limit_raises_the_sdks_error(pair: Stack, tmp_path: Path, prefix: str) -> None:
    async with run_web_tier(tmp_path, pair.urls[:1], web_max_import="1KiB") as tier:
        async with client_for(f"{tier.url}{prefix}") as client:
            with pytest.raises(openai.APIStatusError, match="WEB_MAX_IMPORT") as caught:
                await client.responses.create(model="scripted", input="x" * 2048)
    assert (caught.value.status_code, caught.value.code) == (413, "prompt_too_large")


async def test_streams_with_pings_are_given_up_after_45_seconds(tmp_path: Path) -> None:
    command = (str(CADDY), "adapt", "--config", str(CADDYFILE))
    environment = {"HOME": str(tmp_path), "API_DISCOVERY": "static", "API_UPSTREAMS": "127.0.0.1:9"}
    adapting = await create_subprocess_exec(*command, env=environment, stdout=PIPE, stderr=DEVNULL)
    limits = list(_read_limits(json.loads((await adapting.communicate())[0])))
    for path, expected in (("/ai-sdk/chat", 45), ("/ag-ui", 45), ("/v1/*", 20 * 60)):
        for each in (path, f"/api{path}"):
            assert max(seconds for name, seconds in limits if name == each) == expected


def _read_limits(config: Any, paths: Sequence[str] = ()) -> Iterator[tuple[str, float]]:
    """Yields the paths of the innermost matchers, each with the seconds that an API may be silent."""
    if isinstance(config, dict):
        matches = config.get("match")
        if isinstance(matches, list):  # a route's
            paths = [path for match in matches for path in match.get("path", ())] or paths
        if "read_timeout" in config:
            yield from ((path, config["read_timeout"] / 1e9) for path in paths)
    for each in config.values() if isinstance(config, dict) else config if isinstance(config, list) else ():
        yield from _read_limits(each, paths)
