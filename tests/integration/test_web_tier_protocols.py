"""Clients of other protocols work through the web tier: with long prompts, at both addresses."""

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
from tests.support.web_tier import run_web_tier

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
